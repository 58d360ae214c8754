"""beside: an old and a new list of MetaData in databases, and what Alembic's autogenerate makes of them."""

import os
import sys

from sqlalchemy import create_engine, text


def alembic(engine, new, schemas):
    import sqlalchemy
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from sqlalchemy.dialects import postgresql

    options = {"compare_type": True, "compare_server_default": True, "include_schemas": True, "target_metadata": new,
        "include_name": lambda name, kind, _: kind != "schema" or name is None or name in schemas}
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts=options)
        code = render_python_code(produce_migrations(context, new).upgrade_ops)
        code = "def upgrade():\n    %s\n" % code
        if os.environ.get("RANDOM_SHOW"):
            print(code, file=sys.stderr)
        names = {"op": Operations(context), "sa": sqlalchemy, "postgresql": postgresql}
        exec(code, names)
        names["upgrade"]()


def used(metadatas):
    return {table.schema for metadata in metadatas for table in metadata.tables.values()} - {None, "public"}


def main(old, new, urls, extensions=()):
    """Old in the first two databases, new in the third, and in the second what Alembic's autogenerate makes
    of old towards new. Says why if Alembic's migration fails. The extensions are in all three."""
    engines = [create_engine(url) for url in urls]
    schemas = used(old) | used(new)
    for place, (engine, metadatas) in enumerate(zip(engines, (old, old, new))):
        with engine.begin() as connection:
            for extension in extensions:
                connection.execute(text('CREATE EXTENSION "%s"' % extension))
            # Alembic makes no schemas; whoever uses it has done that before.
            for schema in sorted(schemas if place == 1 else used(metadatas)):
                connection.execute(text("CREATE SCHEMA %s" % schema))
            for metadata in metadatas:
                metadata.create_all(connection)
    try:
        alembic(engines[1], new, schemas)
    except Exception as error:
        print("%s: %s" % (type(error).__name__, str(error).splitlines()[0]))
