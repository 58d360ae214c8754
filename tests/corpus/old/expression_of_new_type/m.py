from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY, INT4RANGE, UUID
from sqlalchemy.orm import declarative_base

Base = declarative_base()
m = Base.metadata
Table('t', m, Column('id', Integer, primary_key=True), Column('a', Integer), Column('g', BigInteger))
