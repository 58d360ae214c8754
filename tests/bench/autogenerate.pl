# autogenerate [BUILD]: `revision --autogenerate` on SQLAlchemy models, beside Alembic's on the same models and
# beside pg_dump --schema-only: 100 and 1,000 tables where nothing changed, and where all are new. Also
# shown: Alembic's comparison alone, called by a script, which writes no file and reads no configuration.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Cluster;
use File::Temp ();
use Process;

my @sizes  = split /,/, $ENV{BENCH_TABLES} // '100,1000';
my $rounds = $ENV{BENCH_ROUNDS} // 3;
my $pg     = Cluster->new(port => 1, options => { max_locks_per_transaction => 1024 });
$pg->start;
my $dir = File::Temp->newdir('migrate-bench-XXXXXX', TMPDIR => 1);
my @verdicts;

sub spill {
	my ($name, $text) = @_;
	open my $file, '>', "$dir/$name" or die "$dir/$name: $!";
	print $file $text;
	close $file or die "$dir/$name: $!";
	return;
}

spill('models.py', <<'END');
import os
from sqlalchemy import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
for n in range(int(os.environ["TABLES"])):
    columns = [Column("id", Integer, primary_key=True), Column("name", String(40), nullable=False, index=True),
               Column("state", String(10), nullable=False, server_default="new"), Column("at", DateTime(timezone=True)),
               Column("amount", Numeric(10, 2), nullable=False), Column("note", Text, comment="said"),
               Column("other", Integer, ForeignKey("t%d.id" % (n // 2)) if n else None),
               UniqueConstraint("name", "at")]
    Table("t%d" % n, Base.metadata, *columns)
END
spill('create.py', <<'END');
import os, sqlalchemy
from models import Base
Base.metadata.create_all(sqlalchemy.create_engine(os.environ["SQLALCHEMY_URL"]))
END
spill('alembic.py_', <<'END');
import os, sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from models import Base
with sqlalchemy.create_engine(os.environ["SQLALCHEMY_URL"]).connect() as connection:
    options = {"compare_type": True, "compare_server_default": True}
    print(len(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)))
END
mkdir "$dir/$_" for qw(migrations alembic alembic/versions);
spill('alembic.ini', "[alembic]\nscript_location = alembic\n");
spill('alembic/script.py.mako', <<'END');
"""${message}"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
from alembic import op
import sqlalchemy as sa

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
END
spill('alembic/env.py', <<'END');
import os, sqlalchemy
from alembic import context
from models import Base
with sqlalchemy.create_engine(os.environ["SQLALCHEMY_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True,
                      compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()
END

# Each makes its file, if it makes one, as the first there is.
sub revision {
	my ($command, $env) = @_;
	my $is = measure([ @$command, qw(revision --autogenerate -m bench) ], env => $env, dir => "$dir");
	unlink glob "$dir/migrations/*.sql $dir/alembic/versions/*.py";
	return $is;
}

for my $tables (@sizes) {
	my ($full, $empty) = map { $pg->create_database("$_$tables") } qw(full empty);
	my $env = sub {
		my $url = $pg->tcp_url($_[0]);
		return { TABLES => $tables, DATABASE_URL => $url, SQLALCHEMY_URL => $url =~ s/^postgresql:/postgresql+psycopg2:/r,
			PYTHONPATH => $dir, MIGRATE_MODELS_SOURCE => 'python:models:Base',
			MIGRATE_MODELS_PYTHON => '/usr/bin/python3', MIGRATE_DIRECTORY => "$dir/migrations" };
	};
	measure([ '/usr/bin/python3', "$dir/create.py" ], env => $env->($full), dir => "$dir");
	my $is = in_turn($rounds,
		[ same    => sub { revision([ migrate_program() ], $env->($full)) } ],
		[ alembic => sub { revision([ alembic_program() ], $env->($full)) } ],
		[ alone   => sub { measure([ '/usr/bin/python3', "$dir/alembic.py_" ], env => $env->($full), dir => "$dir") } ],
		[ read    => sub { measure([ migrate_program(), 'diff', '--models-source', $pg->tcp_url($full) ], env => $env->($full), dir => "$dir") } ],
		[ pg_dump => sub { measure([ Cluster::bin('pg_dump'), '--schema-only', '-d', $pg->tcp_url($full) ], env => {}) } ],
		[ new         => sub { revision([ migrate_program() ], $env->($empty)) } ],
		[ alembic_new => sub { revision([ alembic_program() ], $env->($empty)) } ],
		[ alone_new   => sub { measure([ '/usr/bin/python3', "$dir/alembic.py_" ], env => $env->($empty), dir => "$dir") } ]);
	my %wall = map { ($_ => median(map { $_->{wall} / 1000 } @{ $is->{$_} })) } keys %$is;
	heading("$tables tables, ms");
	table([ '', 'migrate', 'Alembic', 'ratio', 'its comparison alone', 'pg_dump' ],
		[ 'nothing changed', (map { sprintf '%.0f', $_ } @wall{qw(same alembic)}), sprintf('%.2f', $wall{alembic} / $wall{same}), sprintf('%.0f', $wall{alone}), '' ],
		[ 'all are new', (map { sprintf '%.0f', $_ } @wall{qw(new alembic_new)}), sprintf('%.2f', $wall{alembic_new} / $wall{new}), sprintf('%.0f', $wall{alone_new}), '' ],
		[ 'one catalog read', sprintf('%.0f', $wall{read} / 2), '', '', '', sprintf('%.0f', $wall{pg_dump}) ]);
	# Of both catalogs; beside it python3 holds the models, which is no memory of migrate's.
	my $memory = median(map { $_->{memory} / 1024 } @{ $is->{read} });
	printf "memory: %.0f MB, with python3's %.0f MB\n", $memory, median(map { $_->{memory} / 1024 } @{ $is->{same} });
	push @verdicts,
	    [ "$tables tables: at least 3 times faster than Alembic", $wall{same} * 3 <= $wall{alembic} ],
	    [ "$tables new tables: faster than Alembic", $wall{new} < $wall{alembic_new} ],
	    [ "$tables tables: a catalog is read within pg_dump's time", $wall{read} / 2 <= $wall{pg_dump} ],
	    [ "$tables tables: under 64 MB", $memory < 64 ];
}
printf "%-60s %s\n", $_->[0], $_->[1] ? 'yes' : 'NO' for @verdicts;
