from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
m = Base.metadata
ID = lambda: Column("id", Integer, primary_key=True)
Table("t", m, Column("id", BigInteger, primary_key=True), Column("at", Date, primary_key=True), Column("f", Text, index=True), Column("g", Integer, index=True))
