"""models: the DDL of SQLAlchemy models, a line of JSON for each statement as soon as it is known, and one
without SQL at the end.

core/schema/models.c runs it with the python3 of the place where the models are:

    python3 -c SCRIPT MODULE:NAME[,NAME...] CURRENT [STAND_IN]

CURRENT is the quoted schema of what is given none. STAND_IN is one where it is to be put instead; then other
schemas get names that begin like that, which are told. A NAME is a declarative base, a MetaData, a list of these or a callable that gives one; without names
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
    from sqlalchemy import (CheckConstraint, Date, DateTime, Enum, MetaData, Time, TypeDecorator, create_mock_engine,
                            text)
    from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, Sequence
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
    fail("%s of %s is not a MetaData, a declarative base or a callable that returns one" % (name, module_name))


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

said = set()


def name_of(*parts):
    """As core/schema/models.h has it: without a schema it begins with a dot."""
    quote = engine.dialect.identifier_preparer.quote
    return ".".join(quote(part) if part else "" for part in parts)


def schema_of(item):
    return real.get(item.schema, item.schema)


def pieces_of(table, sql, compiler):
    """What the table can do without, should the server refuse it: (where, how long, kind, name)."""
    found = []

    def add(text, start, kind, name):
        at = sql.find(text, start)
        if at >= 0 and name:
            before = len(sql[:at].encode())
            found.append((before, len(text.encode()), kind, name_of(schema_of(table), table.name, name)))

    for column in table.columns:
        start = sql.find("\n\t%s " % compiler.preparer.format_column(column))
        default = None if start < 0 else compiler.get_column_default_string(column)
        if start >= 0 and getattr(column, "computed", None) is not None:
            add(" " + compiler.process(column.computed), start, "column", column.name)
        elif default is not None:
            add(" DEFAULT " + default, start, "default", column.name)
    for constraint in table.constraints:
        name = getattr(constraint, "name", None)
        if isinstance(constraint, CheckConstraint) and isinstance(name, str):
            add(", \n\t" + compiler.process(constraint), 0, "constraint", name)
    return ["%d %d %s %s" % piece for piece in sorted(found)]


def subject_of(statement, sql, compiler):
    """What the statement makes, for those that can be told by their names."""
    item = getattr(statement, "element", None)
    if isinstance(statement, CreateTable):
        return {"pieces": pieces_of(item, sql, compiler)}
    if isinstance(statement, CreateIndex):
        return {"kind": "index", "name": name_of(schema_of(item.table), item.name)}
    if isinstance(statement, AddConstraint) and isinstance(item.name, str):
        kind = "foreign key" if item.__visit_name__ == "foreign_key_constraint" else "constraint"
        return {"kind": kind, "name": name_of(schema_of(item.table), item.table.name, item.name)}
    return {}


def put(statement, *args, **kw):
    compiler = None
    if isinstance(statement, str):
        sql = statement
    else:
        compiler = statement.compile(dialect=engine.dialect, **options)
        sql = str(compiler)
    sql = sql.strip()
    # Several MetaData may share an enum, and a model may say the same index twice.
    if not sql or sql in said:
        return
    if sql.startswith("CREATE "):
        said.add(sql)
    say(sql=sql, **(subject_of(statement, sql, compiler) if compiler is not None else {}))


def translation_of_engine():
    """The schema_translate_map of the module's engine, if that is one and the same in all of them."""
    maps = []
    for value in list(vars(module).values()):
        options = getattr(getattr(value, "sync_engine", value), "get_execution_options", None)
        try:
            found = options().get("schema_translate_map") if callable(options) else None
        except Exception:
            continue
        if isinstance(found, dict) and found and found not in maps:
            maps.append(found)
    return maps[0] if len(maps) == 1 else {}


def translate(schemas):
    """Where the schemas of the models are in the database, and where they are to be put now."""
    own = translation_of_engine()
    current = sys.argv[2].strip('"').replace('""', '"')
    real = {schema: own.get(schema, schema) or current for schema in schemas}
    if None in own:
        real[None] = own[None] or current
    if len(sys.argv) < 4:
        return real, real if own else {}
    stand_in = sys.argv[3]
    places = {current: stand_in}
    for schema in sorted(set(real.values())):
        places.setdefault(schema, "%s_%d_" % (stand_in, len(places)))
    quote = engine.dialect.identifier_preparer.quote_schema
    say(schemas=["%s %s" % (place, quote(schema)) for schema, place in places.items() if place != stand_in])
    return real, {schema: places[name] for schema, name in real.items()}


def left_by_info():
    """What is marked as Alembic's users mark it: info={"skip_autogenerate": True}, or {"is_view": True}."""
    for metadata in metadatas:
        for table in metadata.tables.values():
            if table.info.get("skip_autogenerate") or table.info.get("is_view"):
                yield "table " + name_of(schema_of(table), table.name)
            for column in table.columns:
                if column.info.get("skip_autogenerate"):
                    yield "column " + name_of(schema_of(table), table.name, column.name)


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


def deferral(constraint):
    """What is said of when it is checked; what has no name gets the server's."""
    kind, end = {"foreign_key_constraint": ("foreign key", "fkey"), "unique_constraint": ("constraint", "key"),
                 "primary_key_constraint": ("constraint", "pkey")}.get(constraint.__visit_name__, ("constraint", ""))
    columns = [] if end == "pkey" else [column.name for column in getattr(constraint, "columns", [])]
    name = constraint.name if isinstance(constraint.name, str) else "_".join([constraint.table.name, *columns, end])
    if constraint.deferrable is not None:
        yield kind, name, "deferrable"
    if constraint.initially is not None or constraint.deferrable is False:
        yield kind, name, "initially"


def stated(table, quote):
    """Defaults that the models give in so many words, so that they are a wish: kind, name, attribute."""
    schema = quote(schema_of(table)) + "." if schema_of(table) else ""
    name = schema + quote(table.name)
    for word in words(table.dialect_kwargs, TABLE_WORDS):
        yield "table", name, word
    if table.comment == "":
        yield "table", name, "comment"
    for index in table.indexes:
        if index.name:
            for word in words(index.dialect_kwargs, INDEX_WORDS):
                yield "index", schema + quote(index.name), word
    for constraint in table.constraints:
        for kind, told, word in deferral(constraint):
            yield kind, name + "." + quote(told), word
    for column in table.columns:
        whole = name + "." + quote(column.name)
        if column.comment == "":
            yield "column", whole, "comment"
        if column.autoincrement is True:
            yield "column", whole, "autoincrement"
        for word in series(getattr(column, "identity", None), "identity_"):
            yield "column", whole, word
        for label in labels(column.type):
            yield "column", whole, "label " + literal(label)
        yield from members(column.type, quote)
        if isinstance(column.default, Sequence):
            yield from stated_sequence(column.default, quote)
            yield "sequence", name_in(column.default, quote), "serves " + whole


def literal(label):
    """As quote_literal has it."""
    label = label.replace("'", "''")
    return "'%s'" % label if "\\" not in label else "E'%s'" % label.replace("\\", "\\\\")


def mean_now(column):
    """A literal 'now()' would be the moment in which the column is made, for all rows to come."""
    default = column.server_default
    word = getattr(default, "arg", None)
    if isinstance(word, str) and word.strip().lower() in ("now", "now()") and isinstance(
            getattr(column.type, "impl", column.type), (Date, DateTime, Time)):
        default.arg = text("now()")
        say(note="%s.%s: server_default=%r is a string, the moment in which the column is made; it is taken for "
            "func.now()" % (column.table.name, column.name, word))


def members(type_, quote):
    """The former and the present label of each member of a Python Enum, should names be values now, or values
    names."""
    while getattr(type_, "item_type", None) is not None or isinstance(type_, TypeDecorator):
        type_ = type_.impl if isinstance(type_, TypeDecorator) else type_.item_type
    if not isinstance(type_, Enum) or not type_.name or not getattr(type_, "enum_class", None):
        return
    name = (quote(schema_of(type_)) + "." if schema_of(type_) else "") + quote(type_.name)
    for member in type_.enum_class:
        both = [text for text in (member.name, member.value) if isinstance(text, str) and "\n" not in text]
        for label in both:
            if label in type_.enums:
                yield from (("enum", name, "member %s %s" % (literal(former), literal(label)))
                            for former in both if former not in type_.enums)


def labels(type_):
    """Of an Enum that is text in the database."""
    if isinstance(type_, Enum) and not (type_.native_enum and type_.name):
        return [label for label in type_.enums if "\n" not in label]
    return []


def name_in(item, quote):
    return (quote(schema_of(item)) + "." if schema_of(item) else "") + quote(item.name)


def stated_sequence(sequence, quote):
    name = name_in(sequence, quote)
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


def schemas_of(type_):
    while type_ is not None:
        yield getattr(type_, "schema", None)
        type_ = getattr(type_, "item_type", None)


try:
    # With named parameters a per cent sign stays single.
    engine = create_mock_engine("postgresql://", put, paramstyle="named")
    engine.dialect._backslash_escapes = False
    schemas = set()
    for metadata in metadatas:
        for table in metadata.tables.values():
            schemas.add(table.schema)
            schemas.update(schema for column in table.columns for schema in schemas_of(column.type))
        schemas.update(getattr(s, "schema", None) for s in getattr(metadata, "_sequences", {}).values())
        schemas.add(metadata.schema)
    real, translated = translate({schema for schema in schemas if isinstance(schema, str)})
    options = {"schema_translate_map": translated, "render_schema_translate": True} if translated else {}
    say_stated(engine.dialect.identifier_preparer.quote)
    for schema in sorted(set((translated or real).values())):
        put("CREATE SCHEMA IF NOT EXISTS %s"
            % engine.dialect.identifier_preparer.quote_schema(schema))
    for metadata in metadatas:
        for table in metadata.tables.values():
            for column in table.columns:
                mean_now(column)
        metadata.create_all(engine, checkfirst=False)
    say(left=list(left_by_info()) + list(left_by_env()))
except Exception:
    fail("SQLAlchemy cannot make DDL of %s" % sys.argv[1], traced())
end()
