"""live_alembic SCRIPTS THEIRS OURS: Alembic as the oracle of tests/lib/Alembic.pm, one process for
thousands of commands. THEIRS and OURS are libpq connection strings.

Reads one request a line, answers with one line, both JSON:
    {"argv": ["upgrade", "head"]}  runs Alembic's command line on THEIRS
        -> {"ended": "well" | "error" | "crash" | "usage", "said": …, "out": …, "log": [message…]}
    {"state": "theirs" | "ours"}   what alembic_version and ran say; empties ran
        -> {"rows": [id…] or null without the table, "ran": ["up id" | "down id"…]}
    {"sql": …, "on": "theirs" | "ours"}  -> {"rows": [[…], …]}

"error" is what Alembic reports in words; "crash" any other exception, a TimeoutError where it does not
end; "usage" argparse's exit.

Where Alembic takes the order of a directory or of a set, which differs from run to run, it is given
one of the orders that it can have: by file name, and as written. Nothing else of it is changed.
"""

import contextlib
import io
import json
import logging
import signal
import sys
import warnings

import psycopg2
import sqlalchemy
from alembic import command, util
from alembic.config import CommandLine, Config
from alembic.script import base, revision

sys.dont_write_bytecode = True
warnings.simplefilter("ignore")
util.warn = revision.util.warn = lambda *args, **kwargs: None


def in_file_order():
    listed = base.Script._list_py_dir.__func__
    base.Script._list_py_dir = classmethod(lambda cls, *args: sorted(listed(cls, *args)))


def in_written_order():
    normalize = revision.RevisionMap._normalize_depends_on

    def ordered(self, revisions, map_):
        normalize(self, revisions, map_)
        for rev in revisions:
            kept = set(rev._normalized_resolved_dependencies)
            rev._normalized_resolved_dependencies = tuple(
                dep for dep in rev._resolved_dependencies if dep in kept)

    revision.RevisionMap._normalize_depends_on = ordered


def expire(*_):
    raise TimeoutError("it does not end")


class Log(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        if record.getMessage().startswith("Running "):
            self.lines.append(record.getMessage())


class Alembic:
    def __init__(self, scripts, dsn):
        self.scripts = scripts
        self.engine = sqlalchemy.create_engine(
            "postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn))
        self.log = Log()
        logger = logging.getLogger("alembic.runtime.migration")
        logger.addHandler(self.log)
        logger.setLevel(logging.INFO)
        logger.propagate = False

    def config(self, out, options=None):
        config = Config(stdout=out, cmd_opts=options)
        config.set_main_option("script_location", self.scripts)
        config.attributes["engine"] = self.engine
        return config

    def call(self, argv, out):
        if argv == ["check"] and not hasattr(command, "check"):
            # What `revision --autogenerate` asks first, and `check` from 1.9 on.
            command.revision(self.config(out), autogenerate=True,
                             process_revision_directives=lambda *args: args[2].clear())
            return print("No new upgrade operations detected.", file=out)
        options = CommandLine(prog="alembic").parser.parse_args(argv)
        run, positional, keyword = options.cmd
        run(self.config(out, options), *[getattr(options, name, None) for name in positional],
            **{name: getattr(options, name, None) for name in keyword})

    def run(self, argv):
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        self.log.lines = []
        ended, said = "well", ""
        signal.alarm(5)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                self.call(argv, out)
        except SystemExit:
            ended = "usage"
        except (util.CommandError, revision.RevisionError) as error:
            ended, said = "error", str(error)
        except Exception as error:
            ended, said = "crash", "%s: %s" % (type(error).__name__, error)
        finally:
            signal.alarm(0)
        return {"ended": ended, "said": said, "out": out.buffer.getvalue().decode(), "log": self.log.lines}


def query(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {"rows": cursor.fetchall() if cursor.description else []}


def state(connection):
    exists = query(connection, "SELECT to_regclass('alembic_version') IS NOT NULL")["rows"][0][0]
    rows = query(connection, "SELECT version_num FROM alembic_version")["rows"] if exists else None
    ran = query(connection, "DELETE FROM ran RETURNING id, direction || ' ' || revision")["rows"]
    return {"rows": sorted(row[0] for row in rows) if exists else None,
             "ran": [row[1] for row in sorted(ran)]}


def main():
    scripts, theirs, ours = sys.argv[1:]
    in_file_order()
    in_written_order()
    signal.signal(signal.SIGALRM, expire)
    alembic = Alembic(scripts, theirs)
    connections = {"theirs": psycopg2.connect(theirs), "ours": psycopg2.connect(ours)}
    for connection in connections.values():
        connection.autocommit = True
    answers = sys.stdout
    for line in sys.stdin:
        request = json.loads(line)
        if "argv" in request:
            answer = alembic.run(request["argv"])
        elif "state" in request:
            answer = state(connections[request["state"]])
        else:
            answer = query(connections[request["on"]], request["sql"])
        print(json.dumps(answer), file=answers, flush=True)


main()
