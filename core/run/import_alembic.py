"""import_alembic: an Alembic environment as lines of JSON, the SQL of each revision among them.

core/run/import_alembic.c runs it with the python3 of the place where Alembic runs:

    python3 -c SCRIPT FROM WITHOUT_ENV SECTION X...

The environment's own env.py configures Alembic, in offline mode, once. Its call of run_migrations
comes to convert() below, which calls upgrade() and downgrade() of every revision, oldest first, with a
connection that writes down what it is given. What needs an answer from a database ends the part with
the reason. Nothing is ever sent to a database.
"""

import contextlib
import datetime
import decimal
import enum
import json
import os
import re
import sys
import traceback
import uuid
from argparse import Namespace

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
        recorder.stop("goes on as a savepoint ended")

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


# Alembic's own, replaced: everything that would reach an output or a database.

def configure(cls, connection=None, url=None, dialect_name=None, dialect=None,
              environment_context=None, dialect_opts=None, opts=None):
    with contextlib.suppress(Exception):
        asked = connection.dialect.name if connection is not None else make_url(url).drivername
        recorder.doubled = "psycopg" in asked or "pg8000" in asked or "+" not in asked
        if not re.match("postgres|driver", asked):
            recorder.warnings.append("env.py is for %s; the SQL was made for PostgreSQL" % asked)
    recorder.dialect = make_dialect()
    return cls(recorder.dialect, None, dict(opts or {}, as_sql=True), environment_context)


@contextlib.contextmanager
def autocommit_block(self):
    recorder.write("COMMIT")
    yield
    recorder.write("BEGIN")


def execute(self, construct, execution_options=None, multiparams=(), params=None):
    construct = text(construct) if isinstance(construct, str) else construct
    self.connection.execute(construct, *([list(multiparams)] if multiparams else []), **(params or {}))


def static_output(self, output):
    if not output.lstrip().startswith("--"):
        recorder.write(output)


def is_offline_mode(self):
    recorder.asked = True
    return True


def run_migrations(self, **kw):
    recorder.runs += 1
    if recorder.runs > 1:
        fail("env.py runs its migrations several times", "Only an environment for one database in "
             "one schema can be converted; make env.py run one of them.")
    with contextlib.suppress(KeyError):
        if self.opts["version_table"] != "alembic_version":
            recorder.warnings.append("Alembic's version table is %s; migrate's is alembic_version: "
                                     "copy its rows" % self.opts["version_table"])
    if self.version_table_schema:
        recorder.warnings.append("Alembic's version table is in schema %s: migrate needs that schema "
                                 "first in its search_path" % self.version_table_schema)
    convert(self, kw)


MigrationContext.configure = classmethod(configure)
MigrationContext._stdout_connection = lambda self, connection: Connection(self.dialect)
MigrationContext._ensure_version_table = lambda self, *args, **kw: None
MigrationContext.autocommit_block = autocommit_block
MigrationContext.begin_transaction = lambda self, *args, **kw: contextlib.nullcontext()
MigrationContext.run_migrations = run_migrations
DefaultImpl._exec = execute
DefaultImpl.static_output = static_output
EnvironmentContext.is_offline_mode = is_offline_mode


def path_of(module):
    path = os.path.relpath(module.__file__)
    return os.path.abspath(path) if path.startswith("..") else path


def place_of(error, path):
    """The last line of the revision's own file on the way to the error, and whether it raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if os.path.realpath(frame.filename) == os.path.realpath(path)]
    if not own:
        return path, False
    return "%s:%d" % (path, own[-1].lineno), own[-1] is frames[-1] and own[-1].line.startswith("raise")


def run_part(module, name, kw, context):
    """The fields of one part: its pieces of SQL; and, if that is not all, why and where."""
    path = path_of(module)
    kind, why = "whole", None
    recorder.begin()
    context.impl.memo.clear()
    try:
        getattr(module, name)(**kw)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        place, raised = place_of(error, path)
        what = str(error) if isinstance(error, Stop) else "%s: %s" % (type(error).__name__, error)
        why = "%s() %s, %s" % (name, what if isinstance(error, Stop) else "fails with " + what, place)
        refuses = (raised and not isinstance(error, Stop)) or not hasattr(module, name)
        kind = "refuses" if refuses else "hand"
    if recorder.reason and not why:
        kind, why = "hand", "%s() %s, %s" % (name, recorder.reason, path)
    if not why and recorder.asked:
        recorder.warnings.append("%s() in %s asks whether it is offline: what it does online only "
                                 "is not in its file" % (name, path))
    pieces = recorder.setup + recorder.pieces if recorder.pieces else []
    return {name: pieces, name + "_kind": kind, name + "_why": why}


def message_of(doc):
    """The docstring above the lines that Alembic's template adds, and the date in those."""
    lines = []
    for line in (doc or "").strip().splitlines():
        if re.match(r"\s*(Revision ID|Revises|Create Date)\s*:", line, re.I):
            break
        lines.append(line.strip())
    date = re.search(r"^\s*Create Date:[ \t]*(.+?)\s*$", doc or "", re.M)
    return "\n".join(lines).strip(), date.group(1) if date else ""


def names(value):
    return [value] if isinstance(value, str) else list(value or ())


def labels_of(revision):
    return names(getattr(revision.module, "branch_labels", None))


def depends_of(revision, resolved, labels):
    """As written, if it is written with whole ids and labels."""
    written = names(getattr(revision.module, "depends_on", None))
    return written if all(name in labels or name in resolved for name in written) else resolved


def convert(context, kw):
    revisions = list(context.script.walk_revisions())
    every = {label for revision in revisions for label in labels_of(revision)}
    for revision in reversed(revisions):
        message, date = message_of(revision.module.__doc__)
        resolved = names(getattr(revision, "_resolved_dependencies", revision.dependencies))
        fields = run_part(revision.module, "upgrade", kw, context)
        recorder.types |= recorder.new_types
        fields.update(run_part(revision.module, "downgrade", kw, context))
        say("revision", id=revision.revision, message=message, date=date, labels=labels_of(revision),
            path=path_of(revision.module), parents=names(revision.down_revision),
            resolved=resolved, depends=depends_of(revision, resolved, every),
            inherited=names(revision.branch_labels),
            transaction=int(bool(context.impl.transactional_ddl)), **fields)


def has_env(directory):
    return os.path.isfile(os.path.join(directory, "env.py"))


def has_alembic(toml):
    with contextlib.suppress(OSError):
        with open(toml, encoding="utf-8") as file:
            return re.search(r"^\s*\[tool\.alembic\]", file.read(), re.M) is not None
    return False


def make_config(path, **kw):
    options = Namespace(config=path, name=arguments.section, x=arguments.x, raiseerr=False, sql=True,
                        tag=None, revision="heads", cmd=(None, [], []))
    return Config(path, ini_section=arguments.section, cmd_opts=options, **kw)


def config_in(directory):
    """The configuration that stands in a directory; None if there is none."""
    ini, toml = (os.path.join(directory, name) for name in ("alembic.ini", "pyproject.toml"))
    if os.path.isfile(ini):
        return make_config(ini)
    return make_config(None, toml_file=toml) if has_alembic(toml) else None


def location_of(config):
    return getattr(config, "get_alembic_option", config.get_main_option)("script_location")


def config_for(scripts):
    """For a directory that holds env.py: the configuration in or above it that names it, or none."""
    directory = os.path.abspath(scripts)
    for _ in range(4):
        config = config_in(directory)
        location = config and location_of(config)
        if location and os.path.realpath(os.path.join(directory, location)) == os.path.realpath(scripts):
            return config
        if config and not location:
            break
        config, directory = None, os.path.dirname(directory)
    config = config or make_config(None)
    config.set_main_option("script_location", os.path.abspath(scripts).replace("%", "%%"))
    return config


def find_config(place):
    if os.path.isfile(place):
        return make_config(None, toml_file=place) if place.endswith(".toml") else make_config(place)
    if not os.path.isdir(place):
        fail("'%s' is neither an alembic.ini nor a directory" % place,
             "Name Alembic's ini file: migrate import alembic alembic.ini")
    config = config_for(place) if has_env(place) else config_in(place)
    if config is None:
        fail("there is no alembic.ini in '%s'" % os.path.abspath(place),
             "Name Alembic's ini file: migrate import alembic DIR/alembic.ini")
    return config


def settle_directory(config):
    """As Alembic, a relative script_location counts from here; else from where the ini file is."""
    location = location_of(config)
    file = config.config_file_name or getattr(config, "toml_file_name", None) or "."
    home = os.path.dirname(os.path.abspath(str(file)))
    if not location and has_env(home):
        config.set_main_option("script_location", home.replace("%", "%%"))
    elif location and not has_env(location) and has_env(os.path.join(home, location)):
        os.chdir(home)


def main():
    try:
        config = find_config(arguments.place)
        settle_directory(config)
        scripts = ScriptDirectory.from_config(config)
        heads = sorted(scripts.get_heads())
        for revision in scripts.walk_revisions():
            revision.module
    except Exception as error:
        fail("Alembic cannot read its revisions: %s" % error,
             "See that this works here: alembic history", error)
    environment = EnvironmentContext(config, scripts, fn=lambda *args: [], as_sql=True,
                                     starting_rev=None, destination_rev="heads", tag=None)
    try:
        with environment:
            if arguments.without_env:
                environment.configure(dialect_name="postgresql")
                environment.run_migrations()
            else:
                scripts.run_env()
        if recorder.runs == 0:
            raise RuntimeError("it does not call context.run_migrations()")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        fail("env.py fails in Alembic's offline mode: %s: %s" % (type(error).__name__, error),
             "See that this works here: alembic upgrade head --sql; or convert without env.py and the "
             "naming conventions of its models: migrate import alembic --without-env", error)
    if recorder.setup:
        recorder.warnings.append("env.py runs SQL before the migrations: it stands in every part")
    say("end", heads=heads, warnings=recorder.warnings, alembic=alembic.__version__)


arguments = Namespace(place=sys.argv[1], without_env=sys.argv[2] == "1", section=sys.argv[3], x=sys.argv[4:])
main()
