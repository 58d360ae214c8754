"""models: the DDL of SQLAlchemy models, a line of JSON for each statement as soon as it is known, and one
without SQL at the end.

core/schema/models.c runs it with the python3 of the place where the models are:

    python3 -c SCRIPT MODULE:NAME[,NAME...]

A NAME is a declarative base, a MetaData, a list of these or a callable that gives one; without names
every MetaData of the module counts. Nothing is ever sent to a database.
"""

import gc
import importlib
import json
import os
import sys
import traceback

# What lives for a second is not worth looking for garbage in: a sixth of the time.
gc.disable()

# The answer has a descriptor of its own: applications print when they are imported.
channel = os.dup(1)
os.dup2(2, 1)


def say(**fields):
    data = (json.dumps(fields) + "\n").encode()
    while data:
        data = data[os.write(channel, data):]


def end(**fields):
    say(**fields)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def fail(message, detail=""):
    end(error=message, detail=detail[-3800:])


def traced():
    """The traceback as Python prints it, without what this script adds to it."""
    kind, error, trace = sys.exc_info()
    while trace and trace.tb_frame.f_code.co_filename in ("<string>", importlib.__file__):
        trace = trace.tb_next
    while trace and "importlib._bootstrap" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return "".join(traceback.format_exception(kind, error, trace)).rstrip()


sys.path.insert(0, os.getcwd())
module_name, _, names = sys.argv[1].partition(":")
try:
    module = importlib.import_module(module_name)
except BaseException:
    fail("cannot import %s" % module_name, traced())

try:
    from sqlalchemy import Enum, MetaData, create_mock_engine
    from sqlalchemy.schema import Sequence
except ImportError as error:
    fail("%s cannot import SQLAlchemy 1.4 or later: %s" % (sys.executable or "python3", error))


def flatten(name, value):
    """Every MetaData that `value` stands for."""
    if isinstance(value, MetaData):
        return [value]
    if isinstance(getattr(value, "metadata", None), MetaData):
        return [value.metadata]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [found for item in value for found in flatten(name, item)]
    if isinstance(value, dict):
        return flatten(name, list(value.values()))
    if callable(value):
        return flatten(name, value())
    fail("%s of %s is no MetaData, declarative base or callable that gives one" % (name, module_name))


found = []
try:
    if names:
        for name in names.split(","):
            value = module
            for part in name.strip().split("."):
                value = getattr(value, part)
            found += flatten(name, value)
    else:
        for name, value in sorted(vars(module).items()):
            metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
            if isinstance(metadata, MetaData):
                found.append(metadata)
except AttributeError as error:
    fail("cannot find %s in %s: %s" % (names, module_name, error))
except Exception:
    fail("cannot get %s from %s" % (names, module_name), traced())

metadatas = []
for metadata in found:
    tables = list(metadata.tables.values())
    # SQLAlchemy 2 carries a MetaData of pg_catalog's own tables.
    if metadata not in metadatas and not (tables and all(t.schema == "pg_catalog" for t in tables)):
        metadatas.append(metadata)
if not metadatas:
    fail("%s has no MetaData" % module_name)

shared = set()


def put(statement, *args, **kw):
    if isinstance(statement, str):
        sql = statement
    else:
        sql = str(statement.compile(dialect=engine.dialect))
    sql = sql.strip()
    # Several MetaData may share an enum or a sequence.
    if sql in shared:
        return
    if sql.startswith(("CREATE TYPE ", "CREATE SEQUENCE ")):
        shared.add(sql)
    if sql:
        say(sql=sql)


INDEX_WORDS = {"where": "predicate", "using": "method", "ops": "classes", "include": "include",
               "with": "options", "tablespace": "tablespace"}
TABLE_WORDS = {"partition_by": "partition_by", "using": "access_method", "with": "options",
               "tablespace": "tablespace"}
SERIES_WORDS = {"increment": "increment", "minvalue": "minimum", "nominvalue": "minimum",
                "maxvalue": "maximum", "nomaxvalue": "maximum", "start": "start", "cache": "cache",
                "cycle": "cycle"}


def words(given, known):
    """What is given of dialect_kwargs, be it the default."""
    return {known[key[11:]] for key in given
            if key.startswith("postgresql_") and key[11:] in known}


def series(options, prefix=""):
    return {prefix + told for name, told in SERIES_WORDS.items()
            if getattr(options, name, None) is not None}


def stated(table, quote):
    """Defaults that the models give in so many words, so that they are a wish: kind, name, attribute."""
    schema = quote(table.schema) + "." if table.schema else ""
    name = schema + quote(table.name)
    for word in words(table.dialect_kwargs, TABLE_WORDS):
        yield "table", name, word
    if table.comment == "":
        yield "table", name, "comment"
    for index in table.indexes:
        if index.name:
            for word in words(index.dialect_kwargs, INDEX_WORDS):
                yield "index", schema + quote(index.name), word
    for column in table.columns:
        whole = name + "." + quote(column.name)
        if column.comment == "":
            yield "column", whole, "comment"
        if column.autoincrement is True:
            yield "column", whole, "autoincrement"
        for word in series(getattr(column, "identity", None), "identity_"):
            yield "column", whole, word
        for label in labels(column.type):
            yield "column", whole, "label '%s'" % label.replace("'", "''")
        if isinstance(column.default, Sequence):
            yield from stated_sequence(column.default, quote)


def labels(type_):
    """Of an Enum that is text in the database."""
    if isinstance(type_, Enum) and not (type_.native_enum and type_.name):
        return [label for label in type_.enums if "\n" not in label]
    return []


def stated_sequence(sequence, quote):
    name = (quote(sequence.schema) + "." if sequence.schema else "") + quote(sequence.name)
    for word in series(sequence) | ({"type"} if sequence.data_type is not None else set()):
        yield "sequence", name, word


def say_stated(quote):
    found = set()
    for metadata in metadatas:
        for table in metadata.tables.values():
            found.update(stated(table, quote))
        for sequence in getattr(metadata, "_sequences", {}).values():
            found.update(stated_sequence(sequence, quote))
    if found:
        say(stated="\n".join(sorted(" ".join(words) for words in found)))


try:
    # With named parameters a per cent sign stays single.
    engine = create_mock_engine("postgresql://", put, paramstyle="named")
    engine.dialect._backslash_escapes = False
    say_stated(engine.dialect.identifier_preparer.quote)
    schemas = set()
    for metadata in metadatas:
        for table in metadata.tables.values():
            schemas.add(table.schema)
            schemas.update(getattr(column.type, "schema", None) for column in table.columns)
        schemas.update(getattr(s, "schema", None) for s in getattr(metadata, "_sequences", {}).values())
        schemas.add(metadata.schema)
    for schema in sorted(s for s in schemas if isinstance(s, str)):
        put("CREATE SCHEMA IF NOT EXISTS %s"
            % engine.dialect.identifier_preparer.quote_schema(schema))
    for metadata in metadatas:
        metadata.create_all(engine, checkfirst=False)
except Exception:
    fail("SQLAlchemy cannot make DDL of %s" % sys.argv[1], traced())
end()
