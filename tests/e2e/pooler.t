# pooler: through PgBouncer.
use strict;
use warnings;

use Cluster;
use Migrate;
use Pooler;
use Process;
use Test::More;

plan skip_all => 'pgbouncer is not installed' if !Pooler::installed();

my $pg = Cluster->new(options => { max_prepared_transactions => 4 });
$pg->start;
my $pooler = Pooler->new($pg);

my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'a', { up => 'CREATE TABLE t (x int);', down => 'DROP TABLE t;' });
migration("$dir/migrations", 'b', { parents => 'a', up => "CREATE INDEX CONCURRENTLY i ON t (x);\nSELECT 1;", down => 'DROP INDEX i;' });
migration("$dir/migrations", 'c', { parents => 'b', up => "DEALLOCATE ALL; CREATE TABLE u (x int);", down => 'DROP TABLE u;' });

sub up {
	my ($name, %env) = @_;
	return run('upgrade', 'head', { dir => $dir, env => { MIGRATE_URL => $pooler->url($name), %env } });
}

sub at { return $pg->query('SELECT string_agg(version_num, \',\') FROM alembic_version', $_[0]) }

$pg->create_database($_) for qw(one two three);

my $locks = q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'};
for my $mode (qw(transaction session statement)) {
	my $its = $mode eq 'transaction' ? $pooler : Pooler->new($pg, pool_mode => $mode);
	my $env = { MIGRATE_URL => $its->url('one') };
	my $refused = run('upgrade', 'head', { dir => $dir, env => $env });
	is($refused->{status}, 3, "a session's lock is refused in $mode mode: 3") or diag $refused->{err};
	like($refused->{err}, qr/connected through a pooler.*server's own URL: MIGRATE_DIRECT_URL=.*MIGRATE_LOCK_MODE=transaction and MIGRATE_BACKUP_ENABLED=off/s, 'with two ways out');
	unlike($refused->{err}, qr/transaction-mode/, 'and no guess at its mode');
	is($pg->query($locks), '0', 'and strands no lock');
	my $direct = run('upgrade', 'head', { dir => $dir, env => { %$env, MIGRATE_DIRECT_URL => $its->url('one') } });
	is($direct->{status}, 3, 'a direct URL that is the pooler\'s is no way out: 3');
	like($direct->{err}, qr/Set MIGRATE_DIRECT_URL to the server itself/, 'as the hint says');
	$its->stop if $its != $pooler;
}

is(up('one', MIGRATE_DIRECT_URL => $pg->url('one'))->{status}, 0, 'the server\'s own URL');
is(at('one'), 'c', 'does it');

my $got = up('two', MIGRATE_LOCK_MODE => 'transaction');
is($got->{status}, 0, 'and so does a transaction-level lock') or diag $got->{err};
is(at('two'), 'c', 'to the head');
is($pg->query($locks), '0', 'which is given back');
is($pg->query('SHOW lock_timeout', 'two'), '0', 'nothing is set for others');
my $down = run('downgrade', 'base', { dir => $dir, env => { MIGRATE_URL => $pooler->url('two'), MIGRATE_LOCK_MODE => 'transaction' } });
is($down->{status}, 0, 'down too') or diag $down->{err};

my @all = map { start('upgrade', 'head', { dir => $dir,
	env => { MIGRATE_URL => $pooler->url('three'), MIGRATE_LOCK_MODE => 'transaction' } }) } 1 .. 4;
is($_->finish->{status}, 0, 'one of several at once') || diag $_->{err} for @all;
is($pg->query('SELECT count(*) FROM migrate_journal WHERE status = \'done\'', 'three'), '3', 'each step ran once');

# All that each of a pool's two backends holds: one for the lock, and one that migrates.
my $holds = q{SELECT concat_ws(E'\n', pg_backend_pid(), current_user, session_user,
	(SELECT string_agg(name || '=' || setting, E'\n' ORDER BY name) FROM pg_settings),
	(SELECT string_agg(name, ' ' ORDER BY name) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE is_holdable),
	(SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
	(SELECT string_agg(concat_ws(':', classid, objid, mode), ' ' ORDER BY objid) FROM pg_locks
	 WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid <> 77));};

sub backends {
	my ($name) = @_;
	my @psql = (Cluster::bin('psql'), '-XqAt');
	my $gate = Process->start([ @psql, $pg->url($name) ], stdin => 'SELECT pg_advisory_lock(77); SELECT pg_sleep(120);', timeout => 200);
	my $held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND";
	$pg->wait_for("$held granted", '1', 30);
	my $one = Process->start([ @psql, $pooler->url($name) ], stdin => "BEGIN; $holds SELECT pg_advisory_xact_lock(77); COMMIT;", timeout => 200);
	$pg->wait_for("$held NOT granted", '1', 30);
	my $two = Process->run([ @psql, $pooler->url($name) ], stdin => "BEGIN; $holds COMMIT;");
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()");
	$_->finish for $gate, $one;
	return join "\n--\n", sort $one->{out}, $two->{out};
}

subtest 'nothing stays in a pooled connection' => sub {
	$pg->create_database($_) for qw(four five);
	for my $name (qw(four five)) {
		my $files = tempdir();
		mkdir "$files/migrations";
		my $set = "SET search_path = other, public; SET work_mem = '5MB'; SET app.x = '1';";
		migration("$files/migrations", 'a', { down => 'DROP TABLE t;',
			up => "CREATE SCHEMA other; CREATE TABLE public.t (x int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO public.t VALUES (1);
				CREATE TEMP TABLE u (x int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO u VALUES (1);
				$set PREPARE p AS SELECT 1; LISTEN c; SELECT pg_advisory_lock(1), pg_advisory_lock(2), pg_advisory_lock(2);
				DECLARE h CURSOR WITH HOLD FOR SELECT 1; CREATE TEMP SEQUENCE v; SET ROLE pg_monitor;" });
		migration("$files/migrations", 'b', { parents => 'a', up => "SELECT 1; CREATE INDEX CONCURRENTLY i ON t (x); SELECT 1;", down => 'DROP INDEX i;' });
		migration("$files/migrations", 'c', { parents => 'b', up => 'CREATE TABLE v (x int);', down => 'DROP TABLE v;' });
		my %left = (four => 'SELECT 1;', five => "SELECT pg_advisory_lock(5); PREPARE q AS SELECT 1;");
		backends($name);
		$pg->program('psql', [ '-Xq', $pooler->url($name) ], stdin => $left{$name});
		my $before = backends($name);
		is(() = $before =~ /^work_mem=/mg, 2, 'two backends');
		my @env = (dir => $files, env => { MIGRATE_URL => $pooler->url($name), MIGRATE_LOCK_MODE => 'transaction' });
		my $up = run('upgrade', 'head', {@env});
		is($up->{status}, 0, 'a migration that leaves all there is') or diag $up->{err};
		is(backends($name), $before, "after one that went through, $name");
		my $all = run('downgrade', 'base', {@env});
		is($all->{status}, 0, 'back again') or diag $all->{err};
		is(backends($name), $before, 'and after the way back');
	}
};

subtest 'a session cannot be set again behind a pooler' => sub {
	$pg->create_database('six');
	my $files = tempdir();
	mkdir "$files/migrations";
	migration("$files/migrations", 'a', { up => "SET search_path = public; SELECT 1 / count(*) FROM gate; SELECT 1;", up_options => 'transaction:false' });
	$pg->query('CREATE TABLE gate (x int)', 'six');
	my $go = sub { return run('upgrade', 'head', { dir => $files, env => { MIGRATE_URL => $pooler->url('six'), MIGRATE_LOCK_MODE => 'transaction', @_ } }) };
	is($go->()->{status}, 3, 'nor set at all, without a transaction');
	is($go->(MIGRATE_DIRECT_URL => $pg->url('six'))->{status}, 8, 'one that is half-way');
	$pg->query('INSERT INTO gate VALUES (1)', 'six');
	my $again = $go->();
	is($again->{status}, 8, 'is not resumed') or diag $again->{err};
	like($again->{err}, qr/revision a cannot be continued through a pooler.*MIGRATE_DIRECT_URL=/s, 'which says how it can be');
	my $direct = $go->(MIGRATE_DIRECT_URL => $pg->url('six'));
	is($direct->{status}, 0, 'which it can') or diag $direct->{err};
};

$pooler->stop;
done_testing;
