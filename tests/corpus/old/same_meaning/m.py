from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
m = Base.metadata
ID = lambda: Column("id", Integer, primary_key=True)
Table("t", m, ID(), Column("a", DateTime(timezone=True), server_default=text("CURRENT_TIMESTAMP")),
      Column("b", Numeric, server_default="0"), Column("c", DateTime, server_default=text("(now() AT TIME ZONE 'utc')")),
      Column("d", DateTime(timezone=True), server_default=func.now()), Column("e", Integer, server_default=text("5")),
      Column("f", Text, server_default=text("'x'::varchar")), Column("g", Date, server_default=text("now()::date")))
