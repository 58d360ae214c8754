# pooler_path: an empty search_path, as somebody's pg_dump leaves it in a pooled session, is waited out.
use strict;
use warnings;

use Cluster;
use Migrate;
use Pooler;
use Process;
use Test::More;

plan skip_all => 'pgbouncer is not installed' if !Pooler::installed();

my $pg = Cluster->new(port => 1);
$pg->start;
my $pooler = Pooler->new($pg);
my $dir    = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'a', { up => 'CREATE TABLE t (x int);' });
migration("$dir/migrations", 'b', { parents => 'a', up => 'CREATE TABLE u (x int);' });
my $key = '7883946363647714560'; # core/pg/lock.c

sub poison { my ($name) = @_; return $pooler->everywhere(q{SELECT set_config('search_path', '', false)}, $name) }

sub heal { return $pooler->command('RECONNECT') }

sub begin {
	my ($name, @words) = @_;
	return start(@words, { dir => $dir, env => { MIGRATE_URL => $pooler->url($name), MIGRATE_LOCK_MODE => 'transaction',
		MIGRATE_BACKUP_ENABLED => 'off', MIGRATE_WAIT_TIMEOUT => '60s' } });
}

sub ends {
	my ($run, $what) = @_;
	is($run->finish->{status}, 0, $what) or diag $run->{err};
	return;
}

# Until the database has had so many more transactions.
sub asks {
	my ($name, $count) = @_;
	my $had   = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '$name'";
	my $until = $pg->query($had) + $count;
	return $pg->wait_for("SELECT ($had) >= $until", 't');
}

# What somebody holds whose own run is not of interest here.
sub holder {
	my ($name) = @_;
	my $holder = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($name) ], timeout => 300, stdin => "SELECT pg_advisory_lock($key); SELECT pg_sleep(300)");
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$name' AND query LIKE '%pg_sleep(300)' AND state = 'active' AND wait_event = 'PgSleep'", 1);
	return $holder;
}

sub release {
	my ($holder, $name) = @_;
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted", $name);
	$holder->finish;
	return;
}

subtest 'a replica that starts' => sub {
	my $name = $pg->create_database('starts');
	poison($name);
	my $run = begin($name, qw(entrypoint -- echo started));
	ok($run->wait_for_line(qr/waiting for postgresql at .*search_path of this session was emptied/), 'waits, and says why');
	heal();
	ends($run, 'until the session is another');
	like($run->{out}, qr/started/, 'and starts the application');
};

subtest 'a command' => sub {
	my $name = $pg->create_database('asks');
	poison($name);
	my $run = begin($name, 'current')->finish;
	is($run->{status}, 4, 'does not take the database for a fresh one');
	like($run->{err}, qr/search_path of this session was emptied.*MIGRATE_DIRECT_URL.*RECONNECT/s, 'and says what to do');
	my $given = run('current', { dir => $dir, env => { MIGRATE_URL => $pg->url($name) . '&options=-csearch_path%3D' } });
	is($given->{status}, 3, 'a search_path that the URL empties stays a wrong setting: 3') or diag $given->{err};
	$pg->query('CREATE ROLE lost LOGIN; ALTER ROLE lost SET search_path = nowhere');
	$given = run('current', { dir => $dir, env => { MIGRATE_URL => $pg->url($name) =~ s/user=postgres/user=lost/r } });
	is($given->{status}, 3, 'and so does a role\'s') or diag $given->{err};
};

subtest 'who waits for the lock' => sub {
	my $name   = $pg->create_database('waits');
	my $holder = holder($name);
	my $run    = begin($name, qw(entrypoint -- echo started));
	ok($run->wait_for_line(qr/waiting for the migration lock/), 'another one migrates');
	poison($name);
	asks($name, 10);
	ok($run->running, 'it goes on waiting');
	release($holder, $name);
	heal();
	ends($run, 'and migrates once it can');
	is($pg->query('SELECT version_num FROM alembic_version', $name), 'b', 'all of it');
};

subtest 'who waits for a revision' => sub {
	my $name = $pg->create_database('awaits');
	my $run  = begin($name, qw(wait --revision head));
	ok($run->wait_for_line(qr/waiting for revision head/), 'which is not there yet');
	poison($name);
	is(run('upgrade', 'head', { dir => $dir, env => { MIGRATE_URL => $pg->url($name) } })->{status}, 0, 'another applies it');
	asks($name, 8);
	ok($run->running, 'it goes on waiting');
	heal();
	ends($run, 'and sees it');
};

$pooler->stop;
done_testing;
