"""alembic_cases: Alembic's own autogenerate tests, of its sources in $ALEMBIC, as pairs of models.

Each test runs against a database that is none until it compares something; the models it has created by
then are the old ones, those it compares are the new ones.

    alembic_cases.py DIRECTORY

prints a line for each test: its name, and `pair` where both are in the file of its name, for pair.py; `same`
and the test that has the same pair; `none` and why it compares nothing; `fails` and why PostgreSQL cannot
have such models.
"""

import glob
import importlib
import inspect
import itertools
import os
import pickle
import re
import sys
from unittest import mock

root = os.path.abspath(os.environ["ALEMBIC"])
sys.path[:0] = [root]

from sqlalchemy import BigInteger, CheckConstraint, Column, MetaData, Sequence, Table, create_mock_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.testing import config


class Skipped(Exception):
    pass


class Pytest:
    """What SQLAlchemy's testing wants of pytest: the arguments of a test, kept at the test."""

    skip_test_exception = Skipped
    mark_base_test_class = staticmethod(lambda: lambda cls: cls)
    fixture_classmethod = classmethod
    async_test = staticmethod(lambda function: function)
    add_to_marker = mock.MagicMock()
    get_current_test_name = staticmethod(lambda: "test")

    @staticmethod
    def combinations(*sets, id_=None, argnames=None, **_):
        def decorate(function):
            names = argnames.replace(",", " ").split() if argnames else arguments(function)
            keep = [kind != "i" for kind in id_ or ""]
            rows = []
            for given in sets:
                given = given if isinstance(given, tuple) else (given,)
                given = [value for value in given if not hasattr(value, "as_skips")]
                rows.append([value for value, kept in itertools.zip_longest(given, keep, fillvalue=True) if kept])
            function.given = [(names, rows)] + getattr(function, "given", [])
            return function
        return decorate

    @staticmethod
    def fixture(*function, params=(None,), **_):
        def decorate(function):
            function.params = params
            return function
        return decorate(*function) if function else decorate


def arguments(function):
    return [name for name in inspect.signature(inspect.unwrap(function)).parameters if name != "self"]


def prepare():
    """config as SQLAlchemy's plugin would leave it, on a database that takes everything."""
    dialect = postgresql.dialect()
    dialect.default_schema_name = "public"
    dialect.server_version_info = (15, 0)
    none = mock.MagicMock(dialect=dialect, driver="psycopg2")
    none.name = "postgresql"
    for call in (none.connect, none.begin, none.__enter__, none.execution_options):
        call.return_value = none
    config._fixture_functions = Pytest
    config.db, config.test_schema, config.test_schema_2 = none, "test_schema", "test_schema_2"
    config._current = mock.MagicMock(db=none)
    requirements = importlib.import_module("tests.requirements").DefaultRequirements()
    import alembic.testing.env
    import alembic.testing.util
    import sqlalchemy.testing.engines
    for place in (config, sqlalchemy.testing, alembic.testing):
        place.requirements = place.requires = requirements
    alembic.testing.env.staging_env = alembic.testing.env.clear_staging_env = lambda *args, **kw: None
    for place in (sqlalchemy.testing.engines, alembic.testing.util):
        place.testing_engine = lambda *args, **kw: none


made, compared = [], []
really = MetaData.create_all, Table.create


def listen():
    from alembic.autogenerate import api

    def put(what, *args, **kw):
        metadata = what if isinstance(what, MetaData) else what.metadata
        if metadata not in made:
            made.append(metadata)

    begin = api.AutogenContext.__init__

    def compare(self, context, metadata=None, *args, **kw):
        begin(self, context, metadata, *args, **kw)
        if self.metadata is not None:
            compared.append(self.metadata)

    MetaData.create_all = Table.create = put
    api.AutogenContext.__init__ = compare


# What tests of a single column do with it, before they look at what the database says of it.
def column_pair(old, new, sequences=((), ()), schema=None):
    metadata = MetaData(), MetaData()
    for column, has, this in zip((old, new), sequences, metadata):
        Table("sometable", this, column, schema=schema)
        for sequence in has:
            this._sequences[sequence.name] = sequence
    made.append(metadata[0])
    compared.append(metadata[1])
    raise Skipped


def roundtrip(self, kind, default, alternate=None, diff_expected=None):
    sequences = list(self.metadata._sequences.values())
    column_pair(Column("c", kind, server_default=default),
        Column("c", kind, server_default=default if alternate is None else alternate), (sequences, sequences))


def expect_default(self, expected, column, *more, **kw):
    more += tuple(kw.values())
    column_pair(column, Column("x", BigInteger()), ([this for this in more if isinstance(this, Sequence)], ()),
        next((this for this in more if isinstance(this, str)), None))


def compare_type(self, impl_fixture, inspected_type, metadata_type, expected):
    column_pair(Column("x", inspected_type), Column("x", metadata_type))


def compare_default(self, old, new, *_):
    made.append(old.metadata)
    compared.append(new.metadata)
    raise Skipped


SPECIAL = {"_compare_default_roundtrip": roundtrip, "_expect_default": expect_default, "_compare_default": compare_default}


def fixture_of(test, name):
    return getattr(test, name, None) or getattr(sys.modules[type(test).__module__], name, None)


def value_of(test, name, known):
    """An argument that no combination gives: a fixture's value, or something that takes everything."""
    if name in known:
        return known[name]
    function = fixture_of(test, name)
    if name == "metadata":
        value = MetaData()
    elif name == "connection" or function is None:
        value = config.db
    else:
        request = mock.MagicMock(param=known.get("param of " + name))
        value = function(**{of: request if of == "request" else value_of(test, of, known) for of in arguments(function)})
        value = next(value) if inspect.isgenerator(value) else value
    known[name] = value
    return value


def variants(test, function):
    """Every set of arguments, as dictionaries."""
    layer, given = function, []
    while layer is not None:
        given += getattr(layer, "given", [])
        layer = getattr(layer, "__wrapped__", None)
    unique = {id(part): part for part in given}.values()
    for rows in itertools.product(*[part[1] for part in unique]):
        known = {name: value for part, row in zip(unique, rows) for name, value in zip(part[0], row)}
        fixtures, wanted = {}, arguments(function)
        while wanted:
            name = wanted.pop()
            made_by = None if name in known else fixture_of(test, name)
            if made_by is not None and name not in fixtures:
                fixtures[name] = getattr(made_by, "params", [None])
                wanted += arguments(made_by)
        for params in itertools.product(*fixtures.values()):
            yield {**known, **{"param of " + name: value for name, value in zip(fixtures, params)}}


def reason(error):
    return "%s: %s" % (type(error).__name__, re.sub(r" object at \w+", "", str(error)).partition("\n")[0])


def translate(metadata):
    """A check of many tests' models is another database's: PostgreSQL has no len()."""
    for table in metadata.tables.values():
        for check in table.constraints:
            if isinstance(check, CheckConstraint) and str(check.sqltext).startswith("len("):
                check.sqltext = text(str(check.sqltext).replace("len(", "length("))


def attempt(cls, name, chosen):
    """The pair that one variant of a test compares, or None, and why it does not."""
    made.clear()
    compared.clear()
    test = cls()
    why = "compares nothing"
    try:
        for step in (getattr(cls, "setup_class", None), getattr(test, "setUp", None)):
            if step:
                step()
        function = getattr(cls, name)
        known = next(itertools.islice(variants(test, function), chosen, None))
        if "inspected_type" in known:
            function = compare_type
        else:
            function = inspect.unwrap(function)
        function(test, **{of: value_of(test, of, known) for of in arguments(function)})
    except Exception as error:
        why = reason(error)
    if not compared or not made and not any(this.tables for this in compared if isinstance(this, MetaData)):
        return None, why
    lists = [list(value) if isinstance(value, (list, tuple)) else [value] for value in (made, compared[-1])]
    for metadata in lists[0] + lists[1]:
        translate(metadata)
    return [value or [MetaData()] for value in lists], None


def classes(module):
    for cls in list(vars(module).values()):
        if isinstance(cls, type) and cls.__module__ == module.__name__:
            names = [name for name in dir(cls) if name.startswith("test_") and callable(getattr(cls, name))]
            if names:
                for special in SPECIAL.keys() & vars(cls).keys():
                    setattr(cls, special, SPECIAL[special])
                yield cls, names


def ddl(pair):
    """What creates the models; a table's indexes are a set."""
    said = [], []
    for metadatas, statements in zip(pair, said):
        engine = create_mock_engine("postgresql://",
            lambda what, *args, **kw: statements.append(str(what.compile(dialect=engine.dialect))))
        for metadata in metadatas:
            really[0](metadata, engine, checkfirst=False)
    return tuple(tuple(sorted(statements)) for statements in said)


def kept(pair, said, title):
    """The pair for pair.py, or where SQLAlchemy's copy of it is another one, the test's name."""
    try:
        copy = pickle.dumps(pair)
        if ddl(pickle.loads(copy)) == said:
            return copy
    except Exception:
        pass
    return pickle.dumps(title)


def pair_of(title):
    """The pair of a test of that name."""
    title, _, chosen = title.partition("-")
    module, _, path = title.partition(":")
    cls, _, name = path.partition(".")
    module = importlib.import_module(module)
    list(classes(module))
    pair, _ = attempt(getattr(module, cls), name, int(chosen or 0))
    MetaData.create_all, Table.create = really
    return pair


def tests():
    """Name, class, test and number of each variant of each test."""
    files = [*glob.glob(root + "/tests/test_autogen_[!r]*.py"), root + "/tests/test_postgresql.py",
        *glob.glob(root + "/alembic/testing/suite/test_autogen_*.py")]
    for file in sorted(files):
        module = importlib.import_module(os.path.relpath(file, root)[:-3].replace("/", "."))
        for cls, names in classes(module):
            for name in names:
                count = len(list(variants(cls(), getattr(cls, name))))
                for chosen in range(count):
                    title = "%s:%s.%s" % (module.__name__, cls.__name__, name)
                    yield "%s-%d" % (title, chosen) if count > 1 else title, cls, name, chosen


def main(directory, answer):
    seen = {}
    for title, *test in tests():
        pair, why = attempt(*test)
        if pair is None:
            print(title, "none", why, sep="\t", file=answer)
            continue
        try:
            said = ddl(pair)
        except Exception as error:
            print(title, "fails", reason(error), sep="\t", file=answer)
            continue
        if said not in seen:
            seen[said] = title
            with open(os.path.join(directory, title), "wb") as file:
                file.write(kept(pair, said, title))
        print(title, "pair" if seen[said] == title else "same", seen[said], sep="\t", file=answer)


prepare()
listen()
if __name__ == "__main__":
    # Tests print, and leave things behind.
    answer, sys.stdout = sys.stdout, sys.stderr
    os.chdir(sys.argv[1])
    main(sys.argv[1], answer)
    answer.flush()
    os._exit(0)
