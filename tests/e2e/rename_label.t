# rename_label: labels of an enum that were names of a Python Enum and are its values now, or that have other names, are
# asked about as renames are, and renamed: ALTER TYPE … RENAME VALUE, both ways.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

plan skip_all => 'no SQLAlchemy' if system('/usr/bin/python3 -c "import sqlalchemy, psycopg2" 2>/dev/null');

my $pg = Cluster->new(port => 1);
$pg->start;
my ($dir, $db) = (tempdir(), $pg->create_database('labels'));
my %env = (DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_SOURCE => 'python:models:Base',
	MIGRATE_MODELS_PYTHON => '/usr/bin/python3', PYTHONDONTWRITEBYTECODE => 1);
my %how = (dir => $dir, timeout => 120, env => \%env);

sub migrate { return run(@_, \%how) }

sub labels {
	my ($type) = @_;
	return scalar $pg->query("SELECT string_agg(enumlabel, '|' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = '$type'::regtype", $db);
}

$pg->query(<<'END', $db);
CREATE SCHEMA app;
CREATE TYPE status AS ENUM ('ACTIVE', 'SWITCHED_OFF', 'ODD');
CREATE TYPE app.kind AS ENUM ('in work', 'done, really', 'x:y', 'back\slash', 'kept');
CREATE TABLE t (id serial PRIMARY KEY, s status NOT NULL DEFAULT 'ACTIVE', ss status[] DEFAULT '{ACTIVE,ODD}',
	k app.kind DEFAULT 'in work', CONSTRAINT ck CHECK (s <> 'ODD'));
CREATE INDEX i ON t (s) WHERE s = 'ACTIVE';
CREATE VIEW v AS SELECT id FROM t WHERE s = 'ACTIVE';
INSERT INTO t DEFAULT VALUES;
END
write_file("$dir/models.py", my $models = <<'END');
import enum
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import declarative_base
from sqlalchemy.types import TypeDecorator

Base = declarative_base()

class Status(enum.Enum):
    ACTIVE = 'active'
    SWITCHED_OFF = 'off'
    ODD = "it's"

class Wrapped(TypeDecorator):
    impl = Enum(Status, name='status', values_callable=lambda members: [member.value for member in members])
    cache_ok = True

class T(Base):
    __tablename__ = 't'
    id = Column(Integer, primary_key=True)
    s = Column(Wrapped, nullable=False, server_default='active')
    ss = Column(ARRAY(Wrapped))
    k = Column(Enum('In-Work', 'finished', 'z', 'back/slash', 'kept', name='kind', schema='app'))
    __table_args__ = (Index('i', 's', postgresql_where=(s == Status.ACTIVE)),)
END
mkdir "$dir/migrations";

my $status = q{status.ACTIVE:active,status.SWITCHED_OFF:off,status.ODD:'it''s'};
my $kind   = q{app.kind.'in work':In-Work,app.kind.'done, really':finished,app.kind.'x:y':z,}
	. q{app.kind.E'back\\\\slash':'back/slash'};
my $plain = migrate('diff');
sub in_shell { my ($word) = @_; return q{'} . $word =~ s/'/'\\''/gr . q{'} }
like($plain->{out}, qr/^-- If this is a rename, make this file again with --rename \Q@{[in_shell($_)]}\E$/m, 'the file notes it')
	for $status, $kind;
like($plain->{out}, qr/ADD VALUE 'active'/, 'and has labels beside the old ones until it is said');
my $made = migrate(qw(revision --autogenerate -m new --rev-id new));
like($made->{err}, qr/If this is a rename, say so: --rename \Q@{[in_shell($status)]}\E/, 'so does the log');
unlink glob "$dir/migrations/*.sql";

my $said = migrate('diff', '--rename', $status, '--rename', $kind);
is($said->{out}, <<'END' =~ s{^(?=ALTER)}{-- hazard: the running application asks for the old name\n}gmr, 'labels of all kinds are renamed, and all that uses them goes along');
ALTER TYPE public.status RENAME VALUE 'ACTIVE' TO 'active';
ALTER TYPE public.status RENAME VALUE 'SWITCHED_OFF' TO 'off';
ALTER TYPE public.status RENAME VALUE 'ODD' TO 'it''s';
ALTER TYPE app.kind RENAME VALUE 'in work' TO 'In-Work';
ALTER TYPE app.kind RENAME VALUE 'done, really' TO 'finished';
ALTER TYPE app.kind RENAME VALUE 'x:y' TO 'z';
ALTER TYPE app.kind RENAME VALUE E'back\\slash' TO 'back/slash';
END
is(migrate('diff', '--rename', 'status.ACTIVE:active', '--down', '--rename', $kind)->{out} =~ /RENAME VALUE 'active' TO 'ACTIVE';\n\z/, 1,
	'one alone, and the way back');
is(labels('status'), 'ACTIVE|SWITCHED_OFF|ODD', 'nothing was done to the database');

my $wrong = migrate(qw(diff --rename status.ACTIV:active));
is($wrong->{status}, 2, 'a label that is not there');
like($wrong->{err}, qr/ERROR \[migrate\] --rename status\.ACTIV:active: the database has no table, column or label 'status\.ACTIV'\n.*TYPE\.LABEL:NEW/, '… is named');
like(migrate(qw(diff --rename status.ACTIVE:ODD))->{err}, qr/--rename status\.ACTIVE:ODD: .*already exists/, 'a label that is there');

SKIP: {
	skip 'script(1) is not installed', 2 if !grep { -x "$_/script" } split /:/, $ENV{PATH};
	my $asked = terminal(250, qw(revision --autogenerate -m labels --rev-id labels), { %how, stdin => "y\ny\n" });
	like($asked->{out}, qr/Were labels of app\.kind renamed: 'in work' to In-Work, .*\? \[y\/N\]/, 'asked about on a terminal');
	like($asked->{out}, qr/Were labels of status renamed: ACTIVE to active, SWITCHED_OFF to off, ODD to 'it''s'\? \[y\/N\]/, 'once a type');
}
unlink glob "$dir/migrations/*.sql";
migrate(qw(revision --autogenerate -m labels --rev-id labels), '--rename', $status, '--rename', $kind);
is(migrate(qw(upgrade heads))->{status}, 0, 'applied');
is(labels('status') . ' ' . labels('app.kind'), q{active|off|it's In-Work|finished|z|back/slash|kept}, 'in their places');
is(scalar $pg->query('INSERT INTO t DEFAULT VALUES RETURNING s, ss, k', $db), "active|{active,it's}|In-Work", 'defaults follow');
is(scalar $pg->query('SELECT count(*) FROM v', $db), 2, 'and rows and views');
is(migrate('check')->{status}, 0, 'no difference is left');
is(migrate(qw(downgrade base))->{status}, 0, 'taken back');
is(labels('status') . ' ' . labels('app.kind'), 'ACTIVE|SWITCHED_OFF|ODD in work|done, really|x:y|back\slash|kept', 'all of them');

# And from values to names.
$pg->query(q{ALTER TYPE status RENAME VALUE 'ACTIVE' TO 'active'; ALTER TYPE status RENAME VALUE 'SWITCHED_OFF' TO 'off'}, $db);
write_file("$dir/models.py", $models =~ s/, values_callable=[^\n]*\]\)/)/r =~ s/server_default='active'/server_default='ACTIVE'/r);
like(migrate('diff')->{out}, qr/--rename status\.active:ACTIVE,status\.off:SWITCHED_OFF$/m, 'values that are names again');
# Without a Python Enum, and where nothing is alike.
write_file("$dir/models.py", $models =~ s/Enum\(Status, .*/Enum('active', 'off', 'ODD', 'more', 'still more', name='status')/r);
unlike(migrate('diff')->{out}, qr/status\.\w+:/, 'labels that only come are no renames');

done_testing;
