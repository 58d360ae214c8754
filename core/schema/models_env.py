"""models_env: what Alembic's env.py leaves out, where that can be found out: it stands before models.py, in the same
names.

include_object and include_name are run where they use nothing but themselves, other functions of env.py and
what is written out there, as in EXCLUDED = {"spatial_ref_sys"}.
"""

import ast
import builtins
import configparser
import os


def env_py():
    """The env.py of this place, as alembic.ini says or where `alembic init` puts it."""
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read("alembic.ini", encoding="utf-8")
    except Exception:
        pass
    said = ini.get("alembic", "script_location", fallback="").replace("%(here)s", os.getcwd())
    for place in [said] if said else ["alembic", "migrations"]:
        path = os.path.join(place, "env.py")
        if os.path.isfile(path):
            return path
    return None


def is_literal(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("set", "frozenset", "tuple", "list"):
        return all(is_literal(argument) for argument in node.args)
    try:
        ast.literal_eval(node)
    except Exception:
        return False
    return True


def is_simple(node):
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return node.value is not None and is_literal(node.value)
    return isinstance(node, ast.FunctionDef) and not node.decorator_list


def unannotated(node):
    """What the types of arguments and names are called may be imported."""
    if isinstance(node, ast.AnnAssign):
        return ast.copy_location(ast.Assign([node.target], node.value), node)
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            part.annotation = None
        elif isinstance(part, ast.FunctionDef):
            part.returns = None
    return node


def free_names(function):
    """The names that the function takes from elsewhere."""
    used = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    own = {node.id for node in used if not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return {node.id for node in used} - own


def hooks_of(path):
    """(name of the hook, function or None where it is not simple) of those that env.py hands to Alembic."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    simple = [unannotated(node) for node in tree.body if is_simple(node)]
    names = {}
    for node in simple:
        try:
            exec(compile(ast.Module([node], []), path, "exec"), names)
        except Exception:
            pass
    functions = {node.name: node for node in simple if isinstance(node, ast.FunctionDef)}
    for call in ast.walk(tree):
        for keyword in getattr(call, "keywords", []):
            if keyword.arg not in ("include_object", "include_name"):
                continue
            function = functions.get(getattr(keyword.value, "id", None))
            known = function is not None and function.name in names and all(
                name in names or hasattr(builtins, name) for name in free_names(function))
            yield keyword.arg, names[function.name] if known else None


def things():
    """(kind here, type there, object, name, table or None) of the models."""
    for metadata in metadatas:
        for table in metadata.tables.values():
            yield "table", "table", table, table.name, None
            for column in table.columns:
                yield "column", "column", column, column.name, table
            for index in table.indexes:
                yield "index", "index", index, index.name, table


def says_no(hook, function, type_there, thing, name, table):
    if hook == "include_object":
        return not function(thing, name, type_there, False, None)
    parents = {"schema_name": (table if table is not None else thing).schema}
    if table is not None:
        parents["table_name"] = table.name
    return not function(name, type_there, parents)


def left_by_hook(hook, function):
    gone = set()
    for kind, type_there, thing, name, table in things():
        if table in gone or not says_no(hook, function, type_there, thing, name, table):
            continue
        gone.add(thing)
        parts = [schema_of(table if table is not None else thing)]
        parts += [table.name] if kind == "column" else []
        yield kind + " " + name_of(*parts, name)


def hooks_there():
    """(path, hook, function); none where env.py cannot be read, as Alembic will say."""
    path = env_py()
    try:
        return [(path, *hook) for hook in sorted(set(hooks_of(path)), key=str)] if path else []
    except Exception:
        return []


def left_by_env():
    for path, hook, function in hooks_there():
        try:
            if function is not None:
                yield from list(left_by_hook(hook, function))
                continue
        except Exception:
            pass
        say(note="%s has %s, which is not read here; to leave out what it leaves out: --models-exclude 'PATTERN,...'"
            % (path, hook))
