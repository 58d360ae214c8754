# gigabridge_bot's migrations: each goes up and back down without a trace, and all of them together
# make what its SQLAlchemy models describe. psql applies them; needs no migrate program.

use strict;
use warnings;

use Cluster;
use File::Basename qw(basename dirname);
use File::Spec;
use Migrate qw(slurp);
use Process;
use Test::More;

my $root   = File::Spec->rel2abs(dirname(__FILE__) . '/../..');
my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';

# In the order of their chain, each with its id, file and the text of its parts.
sub migrations {
	my %after;
	for my $path (glob "$root/migrations/*.sql") {
		my $text     = slurp($path);
		my ($id)     = $text =~ /^-- Revision ID: ([0-9a-f]{12})$/m;
		my ($parent) = $text =~ /^-- Revises: ?([0-9a-f]{12})?$/m;
		my ($up, $down) = $text =~ /^-- migrate:up\n(.*)^-- migrate:down\n(.*)/ms;
		$after{ $parent // '' } =
		    { id => $id, file => basename($path), up => $up, down => $down };
	}
	my @chain;
	for (my $next = $after{''}; $next; $next = $after{ $next->{id} }) {
		push @chain, $next;
	}
	return @chain;
}

sub schema {
	my ($pg, $db) = @_;
	my $dump = $pg->program('pg_dump', ['--schema-only'], db => $db);
	die $dump->{err} if $dump->{status};
	return $dump->{out} =~ s/^\\(?:un)?restrict .*\n//mgr;
}

sub apply {
	my ($pg, $sql, $db) = @_;
	return $pg->query("BEGIN;\n$sql\nCOMMIT;", $db);
}

sub python {
	my ($script, @arguments) = @_;
	my %env = (%ENV, PYTHONPATH => "$root/docker/bot", PYTHONDONTWRITEBYTECODE => 1);
	return Process->run([ $python, '-', @arguments ], stdin => $script, env => \%env);
}

# The rows that go in once a revision is there.
my %rows = (
	'1d7a94c3e06b' => <<'END',
INSERT INTO users (tg_id, username, status) VALUES
	(1, 'a', 'active'), (2, 'b', 'paused'), (3, NULL, 'expired'), (4, 'd', ' Active'),
	(5, 'e', 'blocked'), (6, 'f', 'deleted?');
INSERT INTO servers (location_id, host)
	SELECT id, lower(country_code) || '.example.org' FROM locations;
INSERT INTO subscriptions (user_id, tariff_id, server_id, expires_at)
	SELECT u.id, t.id, 1, now() + make_interval(days => duration_days) FROM users u, tariffs t;
END
	'9b2e6a1d3c58' => <<'END',
INSERT INTO payments (user_id, tariff_id, subscription_id, provider, provider_payment_id, amount)
	SELECT user_id, tariff_id, id, 'stars', 'p' || id, 249 FROM subscriptions;
UPDATE payments SET status = 'paid', paid_at = now() WHERE id % 2 = 0;
INSERT INTO support_tickets (user_id, payment_id, subject)
	SELECT user_id, id, 'Не работает' FROM payments;
INSERT INTO support_messages (ticket_id, author_id, body)
	SELECT id, user_id, 'Помогите' FROM support_tickets;
END
	'4c1f0d2b9a7e' => q{INSERT INTO notifications (user_id, kind) SELECT id, 'x' FROM users},
	'b83e5f17c2d0' => q{UPDATE users SET email = tg_id || '@example.org' WHERE tg_id < 4},
	'6fa0c9d4837b' => q{INSERT INTO users (tg_id) VALUES (7) ON CONFLICT DO NOTHING},
);

my $pg = Cluster->new;
$pg->start;
my $db         = $pg->create_database('migrated');
my @migrations = migrations();

is(scalar @migrations, scalar(() = glob "$root/migrations/*.sql"), 'one chain has all migrations');
for my $migration (@migrations) {
	my ($id, $file) = @$migration{qw(id file)};
	like($file, qr/^${id}_\w+\.sql$/, "$file: name");

	my $before = schema($pg, $db);
	apply($pg, $migration->{up}, $db);
	my $after = schema($pg, $db);
	isnt($after, $before, "$file: up changes the schema");
	$pg->query($rows{$id}, $db);
	apply($pg, $migration->{down}, $db);
	is(schema($pg, $db), $before, "$file: down restores it");
	apply($pg, $migration->{up}, $db);
	is(schema($pg, $db), $after, "$file: up makes the same again");
	$pg->query($rows{$id}, $db);
	$migration->{before} = $before;
}
is($pg->query('SELECT string_agg(status::text, $$,$$ ORDER BY tg_id) FROM users', $db),
	'active,paused,expired,active,banned,paused,active',
	'every status has its value of the enum');
is($pg->query('SELECT string_agg(name, $$,$$ ORDER BY id) FROM tariffs', $db),
	'Пробный,Месяц,Год', 'the tariffs are there');

SKIP: {
	skip 'no SQLAlchemy', 1 if python('import sqlalchemy, psycopg2')->{status};
	my $fresh = $pg->create_database('fresh');
	my $ddl   = python(<<'END');
from sqlalchemy import create_mock_engine
from database.models import Base

def put(statement, *_, **__):
    print(str(statement.compile(dialect=engine.dialect)).rstrip(), end=";\n")

engine = create_mock_engine("postgresql+psycopg2://", put, paramstyle="named")
Base.metadata.create_all(engine, checkfirst=False)
END
	$pg->query($ddl->{out}, $fresh);
	is(schema($pg, $fresh), schema($pg, $db), 'the models make the same schema')
	    or diag $ddl->{err};
}

SKIP: {
	skip 'no Alembic', 2 if python('import alembic, psycopg2')->{status};
	my $compare = <<'END';
import pprint, sys
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from database.models import Base

with create_engine(sys.argv[1]).connect() as connection:
    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    pprint.pprint(compare_metadata(context, Base.metadata))
END
	my $url  = $pg->url($db) =~ s/^postgresql:/postgresql+psycopg2:/r;
	my $done = python($compare, $url);
	is($done->{out}, "[]\n", 'Alembic finds no difference between the models and the database')
	    or diag $done->{err};
	my $users = 'ALTER TABLE users ALTER COLUMN username TYPE';
	$pg->query("$users text, ALTER COLUMN balance SET DEFAULT 1", $db);
	like(python($compare, $url)->{out}, qr/modify_type.*username.*modify_default.*balance/s,
		'and would find one');
	$pg->query("$users varchar(32), ALTER COLUMN balance SET DEFAULT 0", $db);
}

for my $migration (reverse @migrations) {
	apply($pg, $migration->{down}, $db);
	is(schema($pg, $db), $migration->{before}, "$migration->{file}: down, towards the base");
}

done_testing;
