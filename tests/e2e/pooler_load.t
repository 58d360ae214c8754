# pooler_load: an application that works through a pooler all the time sees no error, and none of our settings,
# while boots with and without something to apply go through the same pooler, or around it.
#
# BOOTS=n of each kind: see make vanish.
use strict;
use warnings;

use Cluster;
use Migrate;
use Pooler;
use Process;
use Test::More;

plan skip_all => 'pgbouncer is not installed' if !Pooler::installed();

my $boots = $ENV{BOOTS} // 5;
my $pg    = Cluster->new(port => 1);
$pg->start;
my $pooler = Pooler->new($pg, default_pool_size => 6);
my $name   = $pg->create_database('shop');
my $dir    = tempdir();
chmod 0755, $dir;
mkdir "$dir/migrations";
$pg->query('CREATE TABLE orders (id int PRIMARY KEY, n int NOT NULL); INSERT INTO orders SELECT i, 0 FROM generate_series(1, 20) i', $name);

# What the sessions are set to when nobody has been there.
my $state = q{md5(string_agg(concat(name, setting), ',' ORDER BY name))};
my $whose = q{pg_settings WHERE name NOT IN ('application_name', 'client_encoding') AND context IN ('user', 'superuser')};
my $clean = $pooler->query("SELECT $state FROM $whose", $name);
write_file("$dir/application.sql", <<"SQL");
\\set id random(1, 20)
UPDATE orders SET n = n + 1 WHERE id = :id;
SELECT count(*) FROM orders;
BEGIN;
SELECT n FROM orders WHERE id = :id FOR UPDATE;
COMMIT;
SELECT 1 / CAST($state = '$clean' AND count(*) > 0 AND current_user = 'postgres' AND NOT EXISTS (SELECT FROM pg_prepared_statements)
	AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.locktype = 'advisory') AS int) FROM $whose;
SQL

my $application = Process->start([ Cluster::bin('pgbench'), qw(-n -c 4 -j 1 -T 3600 --rate=120 -f), "$dir/application.sql", $pooler->url($name) ], timeout => 3600);

sub done { return $pg->query('SELECT sum(n) FROM orders', $name) }

# Until it has done some more.
sub goes_on {
	my $from = done();
	return ok(eval { $pg->wait_for("SELECT sum(n) > $from + 20 FROM orders", 't', 60, $name) } && $application->running, 'the application works');
}

goes_on();
my ($last, $count) = ('', 0);

sub more {
	my $id = sprintf 'm%04d', ++$count;
	my @kinds = ("CREATE TABLE $id (x int);", "ALTER TABLE orders ADD $id int;", "CREATE INDEX CONCURRENTLY $id ON orders (n);\nANALYZE orders;",
		"INSERT INTO orders SELECT coalesce(max(id), 0) + 1, 0 FROM orders;");
	migration("$dir/migrations", $id, { parents => $last, up => $kinds[ $count % @kinds ], down => 'SELECT 1;' });
	$last = $id;
	return;
}

my %through = (MIGRATE_URL => $pooler->url($name), MIGRATE_BACKUP_DIRECTORY => "$dir/backups", MIGRATE_BACKUP_REUSE => '0', MIGRATE_LOCK_TIMEOUT => '2m');
my %apart   = (%through, MIGRATE_LOCK_MODE => 'transaction');
my %around  = (MIGRATE_DIRECT_URL => $pg->url($name), MIGRATE_WAIT_SOCKET_ONLY => 'on');
my @ways = (
	[ 'around the pooler, with a backup', 0, { %through, %around, MIGRATE_BOOT_REHEARSE => 'schema' } ],
	[ 'the same with the lock apart', 0, { %apart, %around } ],
	[ 'through the pooler, without', 0, { %apart, MIGRATE_BACKUP_ENABLED => 'off' } ],
	[ 'through the pooler, with a backup', 3, \%apart ],
	[ 'through the pooler, with the lock of a session', 3, \%through ],
);

sub boot { my ($env) = @_; return start(qw(entrypoint -- true), { dir => $dir, env => $env, plain => 1, timeout => 120 }) }

for my $way (@ways) {
	my ($what, $status, $env) = @$way;
	subtest $what => sub {
		for my $round (1 .. $boots) {
			my $pending = $round % 2;
			more() if $pending;
			my @replicas = map { boot($env) } 1 .. 2;
			for my $replica (@replicas) {
				is($replica->finish->{status}, $pending ? $status : 0, $pending ? 'something to apply' : 'nothing to apply') or diag $replica->{err};
			}
			is(boot({ %through, %around, MIGRATE_BACKUP_ENABLED => 'off' })->finish->{status}, 0, 'it is applied otherwise') if $pending && $status;
		}
		goes_on();
	};
}
for my $words ([qw(backup)], [qw(check --models-source), "$dir/application.sql"], [qw(lint m0001)]) {
	is(run(@$words, { dir => $dir, env => \%apart })->{status}, 3, "refused: $words->[0]");
}
my $dumps = () = glob "$dir/backups/*.dump";
cmp_ok($dumps, '>', 0, "$dumps backups were taken");
goes_on();

# What a pg_dump leaves behind, to see that the application notices such things.
my $before = done();
note "$before transactions of the application";
unlike($application->text('err'), qr/error/i, 'the application has seen no error');
$pooler->everywhere(q{SELECT set_config('search_path', '', false)}, $name);
ok($application->wait_for_line(qr/relation "orders" does not exist/, 60), 'though it would have seen what pg_dump leaves');
$application->signal('TERM');
$application->finish;
$pooler->stop;
done_testing;
