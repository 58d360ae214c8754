from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()
Table("t", metadata, Column("id", Integer, primary_key=True),
    Column("colours", ARRAY(Enum("red", "blue", name="colour", schema="kinds")), nullable=False))
