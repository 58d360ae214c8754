from sqlalchemy import *

metadata = MetaData()
Table("t", metadata, Column("id", Integer, primary_key=True), Column("low", Integer), Column("high", Integer), Column("code", Text),
    CheckConstraint("low < high"), CheckConstraint("code <> ''", name="t_code"))
