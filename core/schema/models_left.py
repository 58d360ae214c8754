

# models_left: which of the things that the database alone has env.py leaves out. Each argument is one: what it is there, its
# schema (or nothing), table, name and, to be printed, its number.
import sys
from types import SimpleNamespace


def no(hook, function, type_there, schema, table, name):
    if hook == "include_name":
        return not function(name, type_there, {"schema_name": schema or None, "table_name": table})
    parent = SimpleNamespace(name=table, schema=schema or None, info={}, key=table)
    thing = SimpleNamespace(name=name, table=parent, schema=schema or None, info={}, key=name, dialect_options={})
    return not function(thing, name, type_there, True, None)


for _, hook, function in hooks_there():
    for argument in sys.argv[1:]:
        type_there, schema, table, name, number = argument.split("\n")
        try:
            if function is not None and no(hook, function, type_there, schema, table, name):
                print(number)
        except Exception:
            pass
