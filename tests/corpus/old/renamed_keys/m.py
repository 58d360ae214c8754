from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
metadata = MetaData()
Table('t', metadata, Column('id', Integer, primary_key=True), Column('a', Integer, unique=True), Column('b', Integer, ForeignKey('t.id')))
Table('pair', metadata, Column('a', Integer, primary_key=True, autoincrement=False), Column('b', Integer, primary_key=True, autoincrement=False))
Table('part', metadata, Column('x', Integer), Column('y', Integer), ForeignKeyConstraint(['x', 'y'], ['pair.a', 'pair.b']))
