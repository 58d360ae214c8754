from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
m = Base.metadata
ID = lambda: Column("id", Integer, primary_key=True)
Table("t", m, ID(), Column("tags", ARRAY(Text), index=True))
