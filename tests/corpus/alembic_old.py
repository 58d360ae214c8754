"""alembic_old NAME URL: what Alembic's autogenerate makes of the database for NAME of the module m, in its defaults,
done and printed; of tables that the models have, in the schemas that they are in."""

import importlib
import sys

from sqlalchemy import create_engine


def main(name, url):
    import sqlalchemy
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from sqlalchemy.dialects import postgresql

    module = importlib.import_module("m")
    metadata = getattr(module, name)
    metadata = getattr(metadata, "metadata", metadata)
    tables = {(table.schema, table.name) for table in metadata.tables.values()}

    def ours(thing, name, kind, reflected, compare_to):
        return kind != "table" or (thing.schema, name) in tables

    options = {"compare_type": True, "include_schemas": len({schema for schema, _ in tables}) > 1, "include_object": ours,
        "target_metadata": metadata, "user_module_prefix": "m."}
    with create_engine(url).begin() as connection:
        context = MigrationContext.configure(connection, opts=options)
        code = render_python_code(produce_migrations(context, metadata).upgrade_ops)
        names = dict(vars(module), op=Operations(context), sa=sqlalchemy, postgresql=postgresql, m=module)
        exec("def upgrade():\n    %s\n" % code, names)
        names["upgrade"]()
    said = [line for line in code.splitlines() if not line.strip().startswith("#") and line.strip() != "pass"]
    print("".join("%s\n" % line for line in said), end="")


main(*sys.argv[1:])
