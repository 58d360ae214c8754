from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
m = Base.metadata
ID = lambda: Column("id", Integer, primary_key=True)
Table("files", m, ID(), Column("f", Text))
Table("images", m, ID(), Column("f", Text, unique=True))
