"""import_alembic: an Alembic environment as lines of JSON, the SQL of each revision among them.

core/import/alembic.c runs it, behind core/import/record.py, with the python3 of the place where
Alembic runs:

    python3 -c SCRIPT FROM WITHOUT_ENV SECTION X...

The environment's own env.py configures Alembic, in offline mode, once. Its call of run_migrations
comes to convert() below, which calls upgrade() and downgrade() of every revision, oldest first, and
says what was recorded.
"""

import contextlib
from argparse import Namespace

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
