# pooler_left: after each command the sessions of a pool are as they were before: settings, prepared statements,
# channels, locks, temporary tables, cursors, roles.
use strict;
use warnings;

use Cluster;
use Crash;
use Migrate;
use Pooler;
use Test::More;

plan skip_all => 'pgbouncer is not installed' if !Pooler::installed();

my $pg = Cluster->new(port => 1, options => { max_prepared_transactions => 4 });
$pg->start;
# The lock has one of them as long as somebody migrates.
my $pooler = Pooler->new($pg, default_pool_size => 2, application_name_add_host => 0);
my $name = $pg->create_database('shop');
$pg->query('CREATE ROLE painter; GRANT ALL ON SCHEMA public TO painter; CREATE SCHEMA studio AUTHORIZATION painter', $name);
my $dir = tempdir();
mkdir "$dir/migrations";

# Each session as "pid kind what". The pooler itself sees to its clients' application_name and client_encoding; a
# library, once loaded, stays.
my $state = q{SELECT pg_backend_pid() || ' ' || x.kind || ' ' || x.what FROM (
	SELECT 'setting', name || ' = ' || setting FROM pg_settings WHERE name NOT IN ('application_name', 'client_encoding') AND name NOT LIKE 'plpgsql.%'
	UNION ALL SELECT 'prepared', statement FROM pg_prepared_statements
	UNION ALL SELECT 'channel', c FROM pg_listening_channels() c
	UNION ALL SELECT 'lock', l.classid || ' ' || l.objid FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.locktype = 'advisory'
	UNION ALL SELECT 'temporary', c.relname FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema()
	UNION ALL SELECT 'cursor', c.name FROM pg_cursors c
	UNION ALL SELECT 'role', current_user || ' ' || session_user) AS x (kind, what) ORDER BY 1};

sub state_now { return map { ($_ => 1) } map { split /\n/ } $pooler->everywhere($state, $name) }

my %before = state_now();
is(scalar(keys %{ { map { (/^(\d+)/ => 1) } keys %before } }), 2, 'two sessions are looked at');
is(join(' ', grep { !/ (?:setting|role) / } keys %before), '', 'which hold nothing');

sub same {
	my ($what) = @_;
	my %now = state_now();
	my @news = ((map {"- $_"} grep { !$now{$_} } sort keys %before), (map {"+ $_"} grep { !$before{$_} } sort keys %now));
	ok(!@news, "$what leaves nothing") or diag join "\n", @news;
	%before = %now;
	return;
}

my %pooled = (MIGRATE_URL => $pooler->url($name), MIGRATE_LOCK_MODE => 'transaction', MIGRATE_BACKUP_ENABLED => 'off', MIGRATE_BACKUP_DIRECTORY => "$dir/backups");

# command([word…], status, name => value…)
sub command {
	my ($words, $status, %env) = @_;
	my $got = run(@$words, { dir => $dir, env => { %pooled, %env } });
	my $with = join '', map {" $_=" . ($env{$_} // '')} sort keys %env;
	is($got->{status}, $status, "@$words$with: $status") or diag $got->{out}, $got->{err};
	return same("@$words$with");
}

migration("$dir/migrations", 'a', { up => "CREATE TABLE t (x int);\nINSERT INTO t VALUES (1);", down => 'DROP TABLE t;' });
command([ split / / ], 0) for 'current', 'ensure_version', 'status', 'log', 'history -i', 'upgrade head --dry-run', 'entrypoint -- true',
	'current -v', 'check', 'heads', 'downgrade -1', 'upgrade +1', 'wait --revision head', 'stamp base', 'stamp head', 'entrypoint -- true';
command(['doctor'], 0);

# What is refused, whether the pooler is noticed or named.
for my $mode (qw(session transaction)) {
	command([ split / / ], 3, MIGRATE_LOCK_MODE => $mode) for 'backup', 'diff --models-source schema.sql';
}
migration("$dir/migrations", 'b', { parents => 'a', up => 'CREATE TABLE u (x int);', down => 'DROP TABLE u;' });
command([ split / / ], 3, MIGRATE_LOCK_MODE => 'session') for 'lint', 'rehearse', 'upgrade head', 'entrypoint -- true', 'downgrade base', 'stamp head';
command([ split / / ], 3) for 'lint', 'rehearse';
command(['status'], 0, MIGRATE_LOCK_MODE => 'session');

# Migrations of every kind, with and without what the configuration sets for them.
my %limits = (MIGRATE_APPLY_LOCK_TIMEOUT => '3s', MIGRATE_APPLY_STATEMENT_TIMEOUT => '1h');
my %whose  = (MIGRATE_APPLY_ROLE => 'painter', MIGRATE_APPLY_SEARCH_PATH => 'studio');
command([ 'upgrade', 'head' ], 0, %limits);
my $last = 'b';

sub step {
	my ($id, $status, $is, %env) = @_;
	migration("$dir/migrations", $id, { parents => $last, down => 'SELECT 1;', %$is });
	command([ 'entrypoint', '--', 'true' ], $status, %env);
	$last = $id if !$status;
	return;
}

step('c', 0, { up => 'CREATE TABLE painted (x int);', up_options => 'lock_timeout:1s' }, %whose);
step('d', 0, { up => "SET LOCAL work_mem = '1MB';\nCREATE TEMPORARY TABLE scrap (x int) ON COMMIT DROP;\nINSERT INTO t VALUES (2);" }, %limits);
step('e', 0, { up => "INSERT INTO t VALUES (3);\nCREATE INDEX CONCURRENTLY i ON t (x);\nINSERT INTO t VALUES (4);" }, %limits);
step('f', 0, { up => "COPY t FROM stdin;\n5\n\\.\n" });
step('g', 0, { up => "VACUUM t;\nREINDEX TABLE CONCURRENTLY t;", up_options => 'lock_timeout:1s' });
step('h', 7, { up => "CREATE TABLE v (x int);\nSELECT 1 / 0;" }, %limits, %whose);
step('h', 8, { up => "INSERT INTO t VALUES (6);\nCREATE UNIQUE INDEX CONCURRENTLY j ON t ((x / x));\nSELECT 1 / 0;", up_options => 'transaction:false' });
command(['status'], 0);
step('h', 0, { up => "INSERT INTO t VALUES (6);\nCREATE INDEX CONCURRENTLY j ON t ((x / 1));\nSELECT 1 / 1;", up_options => 'transaction:false' });
step('i', 0, { up => "SELECT count(*) FROM t;\nINSERT INTO t VALUES (7);" }, MIGRATE_APPLY_TRANSACTION => 'all');

# One that is killed when its index is there, which the next run finds out by making it on nothing.
migration("$dir/migrations", 'k', { parents => $last, up => "INSERT INTO t VALUES (8);\nCREATE INDEX CONCURRENTLY k ON t (x);\nINSERT INTO t VALUES (9);", down => 'SELECT 1;' });
my $crash = Crash->start(qw(upgrade head), { dir => $dir, env => \%pooled });
my $there = 'f';
$there = $pg->query(q{SELECT count(*) = 1 FROM pg_index WHERE indexrelid = to_regclass('public.k') AND indisvalid}, $name) while $there eq 'f' && defined $crash->next;
kill 'KILL', $crash->run->{pid};
$crash->run->finish;
%before = state_now(); # the pooler has closed what the dead one had
my $again = run(qw(upgrade head), { dir => $dir, env => \%pooled });
like($again->{err}, qr/an earlier run has done this already/, 'an index that was not noted') or diag $again->{err};
same('which is found out and');
is($pg->query('SELECT string_agg(x::text, chr(32) ORDER BY x) FROM t', $name), '1 2 3 4 5 6 7 8 9', 'every statement ran once');
$last = 'k';

# Without a transaction nothing holds what the configuration sets, but for whoever has the session next.
my $apart = { up => "INSERT INTO public.t VALUES (10);\nCREATE INDEX CONCURRENTLY ON studio.painted (x);" };
step('l', 3, $apart, MIGRATE_APPLY_ROLE => 'painter');
step('l', 3, $apart, MIGRATE_APPLY_SEARCH_PATH => 'studio');
step('l', 0, $apart, %limits);

# What a migration itself does to its session ends with its transaction, and without one is refused.
my @own = ("SET work_mem = '1MB';", "SELECT set_config('search_path', 'studio', false);", 'SET ROLE painter;', 'PREPARE p AS SELECT 1;', 'LISTEN painted;',
	'CREATE TEMPORARY TABLE scrap (x int);', 'DECLARE held CURSOR WITH HOLD FOR SELECT 1;', 'SELECT pg_advisory_lock(42);', "SET TIME ZONE 'Asia/Tokyo';",
	'SET SESSION AUTHORIZATION painter;', "DO \$\$ BEGIN PERFORM set_config('work_mem', '2MB', false); END \$\$;", 'SELECT 1 AS x INTO TEMPORARY scrap;');
step("n$_", 0, { up => $own[$_] }) for 0 .. $#own;
step('nn', 7, { up => join "\n", @own[ 0, 4, 8 ], 'SELECT 1 / 0;' });
for my $own (@own) {
	my $apart = { up => "$own\nCREATE INDEX CONCURRENTLY ON public.t (x);" };
	step('nn', 3, $apart);
	step('nn', 3, { %$apart, up => "INSERT INTO public.t VALUES (11);\n$own", up_options => 'transaction:false' });
}
step('nn', 0, { up => "BEGIN;\nSET LOCAL work_mem = '1MB';\nINSERT INTO public.t VALUES (12);\nCOMMIT;\nCREATE INDEX CONCURRENTLY ON public.t (x);" });

$pooler->stop;
done_testing;
