"""import_record: what one part of an Alembic revision runs, written down as SQL.

In place of SQLAlchemy's connection stands one that compiles what it is given, with its values, and
keeps it. What needs an answer from a database ends the part with the reason. Nothing is ever sent to a
database. core/import/alembic.py follows in the same script and uses what is here.
"""

import datetime
import decimal
import enum
import json
import os
import re
import sys
import traceback
import uuid

# The answer has a descriptor of its own: applications print when they are imported.
channel = os.dup(1)
os.dup2(2, 1)


def say(kind, **fields):
    data = (json.dumps(dict(fields, kind=kind)) + "\n").encode()
    while data:
        data = data[os.write(channel, data):]


def fail(message, hint, error=None):
    """Ends it all. Alembic's own errors say enough; others need their traceback."""
    said = ""
    if error and type(error).__name__ not in ("CommandError", "RevisionError"):
        said = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    say("error", message=message, hint=hint, detail=said[-3500:])
    os._exit(0)


try:
    import alembic
    import sqlalchemy
    from alembic.config import Config
    from alembic.ddl.impl import DefaultImpl
    from alembic.runtime.environment import EnvironmentContext
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from sqlalchemy import inspection, text
    from sqlalchemy.engine.url import make_url
    from sqlalchemy.schema import DDLElement
    from sqlalchemy.sql import visitors
    from sqlalchemy.sql.dml import Insert, Update
    from sqlalchemy.sql.elements import TextClause
except ImportError as error:
    fail("%s cannot import Alembic: %s" % (sys.executable or "python3", error),
         "Run it where Alembic runs, or name that python: migrate import alembic --python FILE")

if tuple(int(n) for n in re.findall(r"\d+", sqlalchemy.__version__)[:2]) < (1, 4):
    fail("SQLAlchemy %s is too old to convert from" % sqlalchemy.__version__,
         "Install SQLAlchemy 1.4 or later beside Alembic.")


class Stop(BaseException):
    """Ends a part that needs an answer; no Exception, for migrations catch those."""


class Recorder:
    """What one part runs, in order."""

    def __init__(self):
        self.setup = []         # by env.py, before the migrations
        self.pieces = self.setup
        self.reason = None
        self.types = set()      # that the revisions so far created
        self.new_types = set()
        self.asked = False      # whether it is offline
        self.doubled = False    # the application's driver takes %% for %
        self.runs = 0           # calls of run_migrations
        self.warnings = []

    def begin(self):
        self.pieces, self.reason, self.new_types = [], None, set()
        self.asked = False

    def write(self, sql):
        sql = sql.strip()
        if sql:
            self.pieces.append(sql)

    def stop(self, reason):
        self.reason = self.reason or reason
        raise Stop(reason)


recorder = Recorder()


def quote(string):
    return "'" + string.replace("'", "''") + "'"


def literal(value):
    """A Python value as SQL, for what SQLAlchemy has no literal of."""
    if isinstance(value, enum.Enum):
        value = value.name
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, decimal.Decimal)):
        return str(value)
    if isinstance(value, float):
        return repr(value) if value - value == 0 else quote(str(value)) + "::float8"
    if isinstance(value, (str, uuid.UUID, datetime.datetime, datetime.date, datetime.time)):
        return quote(str(value))
    if isinstance(value, datetime.timedelta):
        return quote("%d days %d.%06d seconds" % (value.days, value.seconds, value.microseconds))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return quote("\\x" + bytes(value).hex())
    if isinstance(value, dict):
        return quote(json.dumps(value, ensure_ascii=False))
    if isinstance(value, (list, tuple, set)):
        return "ARRAY[%s]" % ", ".join(map(literal, value)) if value else "'{}'"
    return recorder.stop("uses a value of type %s" % type(value).__name__)


def make_dialect():
    """PostgreSQL's, with values in place and text as it is: % single, backslashes too."""
    dialect = make_url("postgresql://").get_dialect()(paramstyle="named")
    dialect._backslash_escapes = False

    class Compiler(dialect.statement_compiler):
        def render_literal_value(self, value, type_):
            if type_._isnull:
                return literal(value)
            try:
                return super().render_literal_value(value, type_)
            except Exception:
                process = type_.dialect_impl(self.dialect).bind_processor(self.dialect)
                return literal(process(value) if process else value)

        def render_literal_bindparam(self, bindparam, *args, **kw):
            if bindparam.required and bindparam.value is None and bindparam.callable is None:
                raise ValueError("a value is required for the parameter :%s" % bindparam.key)
            if bindparam.value is None and bindparam.type.should_evaluate_none:
                return self.render_literal_value(None, bindparam.type)
            return super().render_literal_bindparam(bindparam, *args, **kw)

    dialect.statement_compiler = Compiler
    return dialect


def add_defaults(statement, compiled):
    """Column defaults that Python computes: values like others."""
    values = {}
    for column in compiled.insert_prefetch or compiled.update_prefetch:
        default = column.default if isinstance(statement, Insert) else column.onupdate
        if default is None or getattr(statement, "_multi_values", ()):
            recorder.stop("needs a value that the database computes for %s" % column)
        values[column.key] = default.arg(None) if default.is_callable else default.arg
    return statement.values(values)


def compiled_text(statement, dialect):
    if isinstance(statement, DDLElement):
        return str(statement.compile(dialect=dialect))
    if isinstance(statement, Insert) and not statement._returning and statement.select is None:
        statement = statement.inline()
    options = {"dialect": dialect, "compile_kwargs": {"literal_binds": True}}
    compiled = statement.compile(**options)
    if isinstance(statement, (Insert, Update)) and compiled.prefetch:
        compiled = add_defaults(statement, compiled).compile(**options)
    return str(compiled)


def with_values(statement, row):
    """The statement with the parameters that were handed over beside it."""
    if not row:
        return statement
    if isinstance(statement, TextClause):
        return statement.bindparams(**{k: v for k, v in row.items() if k in statement._bindparams})
    named = set()
    visitors.traverse(statement, {}, {"bindparam": lambda bind: named.add(bind.key)})

    def give(bind):
        if bind.key in row:
            bind.value, bind.required = row[bind.key], False

    others = {k: v for k, v in row.items() if k not in named}
    if named & set(row):
        statement = visitors.cloned_traverse(statement, {}, {"bindparam": give})
    return statement.values(others) if others and isinstance(statement, (Insert, Update)) else statement


GUARDED = {
    "create_table": (r"^CREATE TABLE ", "CREATE TABLE IF NOT EXISTS "),
    "create_index": (r"^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?", r"CREATE \1INDEX \2IF NOT EXISTS "),
    "create_sequence": (r"^CREATE SEQUENCE ", "CREATE SEQUENCE IF NOT EXISTS "),
    "drop_table": (r"^DROP TABLE ", "DROP TABLE IF EXISTS "),
    "drop_index": (r"^DROP INDEX (CONCURRENTLY )?", r"DROP INDEX \1IF EXISTS "),
    "drop_sequence": (r"^DROP SEQUENCE ", "DROP SEQUENCE IF EXISTS "),
    "drop_enum_type": (r"^DROP TYPE ", "DROP TYPE IF EXISTS "),
    "drop_domain_type": (r"^DROP DOMAIN ", "DROP DOMAIN IF EXISTS "),
}


def unless_exists(type_, sql):
    """CREATE TYPE has no IF NOT EXISTS."""
    tag = "$migrate$"
    while tag in sql:
        tag = "$_" + tag[1:]
    name = recorder.dialect.identifier_preparer.format_type(type_)
    return ("DO %s\nBEGIN\n\tIF pg_catalog.to_regtype(%s) IS NULL THEN\n\t\t%s;\n\tEND IF;\nEND\n%s"
            % (tag, quote(name), sql, tag))


class Result:
    """What no database answered: whoever looks at it cannot be converted."""

    def close(self):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        recorder.stop("reads data (%s)" % name)


def _read(self, *args):
    recorder.stop("reads data")


for name in "iter next len bool getitem contains enter eq".split():
    setattr(Result, "__%s__" % name, _read)


class Transaction:
    """The step's own transaction, which is there already."""

    is_active = True

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def commit(self):
        pass

    close = commit

    def rollback(self):
        recorder.stop("rolls back")


class Connection:
    """In place of SQLAlchemy's: op.get_bind()."""

    closed = False
    schema_translate_map = None

    def __init__(self, dialect):
        self.dialect = dialect
        self.name = dialect.name
        self.info = {}
        self.checking = []

    engine = property(lambda self: self)

    def schema_for_object(self, obj):
        return obj.schema

    def get_execution_options(self):
        return {}

    def execution_options(self, **options):
        if "isolation_level" in options:
            recorder.stop("sets an isolation level")
        return self

    def execute(self, statement, *rows, **values):
        values.pop("execution_options", None)
        rows = [row for item in rows if item for row in (item if isinstance(item, list) else [item])]
        if isinstance(statement, str):
            return self.exec_driver_sql(statement, rows)
        if hasattr(statement, "__clause_element__"):
            statement = statement.__clause_element__()
        for row in rows or [values]:
            self.record(statement, row)
        return Result()

    def record(self, statement, row=None):
        sql = compiled_text(with_values(statement, row), self.dialect).strip()
        kind = getattr(statement, "__visit_name__", "")
        guarded = any(self.checking)
        if kind in ("create_enum_type", "create_domain_type"):
            name = self.dialect.identifier_preparer.format_type(statement.element)
            recorder.new_types.add(name)
            # In one run, Alembic creates a type for the first of the tables that use it alone.
            if guarded or name in recorder.types:
                sql = unless_exists(statement.element, sql)
        elif guarded and kind in GUARDED and "EXISTS" not in sql.split("(")[0]:
            sql = re.sub(*GUARDED[kind], sql)
        recorder.write(sql)

    def exec_driver_sql(self, statement, parameters=None, execution_options=None):
        if parameters:
            recorder.stop("hands parameters to the driver")
        recorder.write(statement.replace("%%", "%") if recorder.doubled else statement)
        return Result()

    def _run_ddl_visitor(self, visitor, element, connection=None, checkfirst=False, **kw):
        self.checking.append(bool(checkfirst))
        try:
            visitor(self.dialect, self, checkfirst=False, **kw).traverse_single(element)
        finally:
            self.checking.pop()

    def begin(self):
        return Transaction()

    def begin_nested(self):
        recorder.stop("depends on whether a savepoint succeeded")

    def in_transaction(self):
        return True

    def in_nested_transaction(self):
        return False

    def commit(self):
        recorder.write("COMMIT")
        recorder.write("BEGIN")

    def close(self):
        pass

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        recorder.stop("reads the database (%s)" % name)


@inspection._inspects(Connection)
def _inspect(connection):
    recorder.stop("inspects the database")


