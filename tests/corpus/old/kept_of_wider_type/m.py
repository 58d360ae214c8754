from sqlalchemy import *
metadata = MetaData()
Table('t', metadata, Column('id', Integer, primary_key=True), Column('status', BigInteger, nullable=False))
