# pooler: behind PgBouncer in transaction mode.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

my ($bouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan skip_all => 'pgbouncer is not installed' if !defined $bouncer;

my $pg = Cluster->new(options => { max_prepared_transactions => 4 });
$pg->start;

my $dir = tempdir();
chmod 0777, $dir;
write_file("$dir/users", qq{"postgres" ""\n});
write_file("$dir/ini", "[databases]\n* = host=" . $pg->socket_dir . ' port=' . $pg->port . "\n[pgbouncer]\n"
	. "pool_mode = transaction\nlisten_addr =\nunix_socket_dir = $dir\nlisten_port = 6432\nauth_type = trust\nauth_file = $dir/users\n"
	. "default_pool_size = 3\nmax_client_conn = 50\n");
my @as = $> == 0 ? qw(setpriv --reuid=postgres --regid=postgres --init-groups --) : ();
my $pool = Process->start([ @as, $bouncer, "$dir/ini" ], timeout => 300);
ok($pool->wait_for_line(qr/process up/, 20), 'the pooler is up');

mkdir "$dir/migrations";
migration("$dir/migrations", 'a', { up => 'CREATE TABLE t (x int);', down => 'DROP TABLE t;' });
migration("$dir/migrations", 'b', { parents => 'a', up => "CREATE INDEX CONCURRENTLY i ON t (x);\nSELECT 1;", down => 'DROP INDEX i;' });
migration("$dir/migrations", 'c', { parents => 'b', up => "DEALLOCATE ALL; CREATE TABLE u (x int);", down => 'DROP TABLE u;' });

sub pooled { my ($name) = @_; return "postgresql://postgres\@/$name?host=$dir&port=6432" }

sub up {
	my ($name, %env) = @_;
	return run('upgrade', 'head', { dir => $dir, env => { MIGRATE_URL => pooled($name), %env } });
}

sub at { return $pg->query('SELECT string_agg(version_num, \',\') FROM alembic_version', $_[0]) }

$pg->create_database($_) for qw(one two three);

my $refused = up('one');
is($refused->{status}, 3, 'a session lock is refused: 3') or diag $refused->{err};
like($refused->{err}, qr/transaction-mode pooler.*MIGRATE_DIRECT_URL.*MIGRATE_LOCK_MODE=transaction/s, 'with two ways out');
is($pg->query('SELECT count(*) FROM pg_locks WHERE locktype = \'advisory\''), '0', 'and strands no lock');

my $doctor = sub { return run('doctor', { dir => $dir, env => { MIGRATE_URL => pooled('one'), @_ } }) };
like($doctor->()->{out}, qr/^failure +pooler +.*\n +Give .*MIGRATE_DIRECT_URL/m, 'the doctor says so, too');
like($doctor->(MIGRATE_LOCK_MODE => 'transaction')->{out}, qr/^ok +pooler +there is one/m, 'unless the lock is one for it');

is(up('one', MIGRATE_DIRECT_URL => $pg->url('one'))->{status}, 0, 'the server\'s own URL');
is(at('one'), 'c', 'does it');

my $got = up('two', MIGRATE_LOCK_MODE => 'transaction');
is($got->{status}, 0, 'and so does a transaction-level lock') or diag $got->{err};
is(at('two'), 'c', 'to the head');
is($pg->query('SELECT count(*) FROM pg_locks WHERE locktype = \'advisory\''), '0', 'which is given back');
is($pg->query('SHOW lock_timeout', 'two'), '0', 'nothing is set for others');
my $down = run('downgrade', 'base', { dir => $dir, env => { MIGRATE_URL => pooled('two'), MIGRATE_LOCK_MODE => 'transaction' } });
is($down->{status}, 0, 'down too') or diag $down->{err};

my @all = map { start('upgrade', 'head', { dir => $dir,
	env => { MIGRATE_URL => pooled('three'), MIGRATE_LOCK_MODE => 'transaction' } }) } 1 .. 4;
is($_->finish->{status}, 0, 'one of several at once') || diag $_->{err} for @all;
is($pg->query('SELECT count(*) FROM migrate_journal WHERE status = \'done\'', 'three'), '3', 'each step ran once');

$pool->signal('INT');
$pool->finish;
done_testing;
