from sqlalchemy import *
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import UserDefinedType
Base = declarative_base()
class Short(UserDefinedType):
    cache_ok = True
    def get_col_spec(self, **kw):
        return '"Short Text"'
class T(Base):
    __tablename__ = 't'
    id = Column(Text, primary_key=True, server_default=text('"Of Others"."New Id"()'))
    s = Column(Short)
