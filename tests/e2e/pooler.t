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
	like($direct->{err}, qr/Name the server itself in MIGRATE_DIRECT_URL/, 'as the hint says');
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

$pooler->stop;
done_testing;
