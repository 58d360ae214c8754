from sqlalchemy import *
from sqlalchemy.orm import declarative_base
Base = declarative_base()
for n in 'acde':
    Table(n, Base.metadata, Column('id', Integer, *([Identity()] if n == 'c' else []), primary_key=True))
