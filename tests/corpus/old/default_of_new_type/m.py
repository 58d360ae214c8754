from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
m = Base.metadata
ID = lambda: Column("id", Integer, primary_key=True)
Table("t", m, ID(), Column("a", Boolean), Column("b", Enum("x", "y", name="st")), Column("c", Boolean), Column("d", BigInteger),
      Column("e", Integer), Column("f", Integer), Column("g", Numeric(5, 2)))
