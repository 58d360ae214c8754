# locks: a migration that cannot have its locks, and what failed concurrent builds leave behind.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;
use Time::HiRes qw(time);

my $pg = Cluster->new;
$pg->start;

my $count = 0;

sub site {
	my ($sql, %is) = @_;
	my $name = 'locks' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => $sql, down => 'SELECT 1;', %is });
	$pg->create_database($name);
	$pg->query('CREATE TABLE t (x int); INSERT INTO t VALUES (1), (1)', $name);
	return { name => $name, dir => $dir, env => { MIGRATE_URL => $pg->url($name) } };
}

# A session that has read t in a transaction that goes on.
sub reader {
	my ($site) = @_;
	my $reader = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ],
		stdin => 'BEGIN; SELECT * FROM t; SELECT pg_sleep(60);');
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'
		AND application_name = 'psql' AND datname = '$site->{name}' AND wait_event = 'PgSleep'", '1', 20);
	return $reader;
}

# What the reads of another session took, in ms, which go on without a pause until it is enough. The server
# is asked, so that a busy client does not count.
sub reads_meanwhile {
	my ($site, $enough) = @_;
	my $session = Process->start([ Cluster::bin('psql'), '-XAtq', $pg->url($site->{name}) ],
		stdin => "SELECT 'took ' || 1000 * extract(epoch FROM clock_timestamp() - statement_timestamp())
			FROM (SELECT count(*) FROM t) t;\nSELECT pg_sleep(0.002);\n" x 100_000);
	my $deadline = time + 50;
	until ($enough->()) {
		die "not within 50 s\n" if time > $deadline;
		select undef, undef, undef, 0.02;
	}
	$session->signal('TERM');
	$session->finish;
	return $session->{out} =~ /^took ([\d.]+)$/mg;
}

sub let_go {
	my ($site, $reader) = @_;
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = 'psql' AND datname = '$site->{name}' AND query LIKE '%pg_sleep(60)%'");
	$reader->finish;
	return;
}

subtest 'a table that is in use' => sub {
	my $site = site('ALTER TABLE t ADD y int;');
	my $reader = reader($site);
	my $up = start('upgrade', 'head', { dir => $site->{dir}, env => { %{ $site->{env} }, MIGRATE_APPLY_LOCK_TIMEOUT => '800ms',
		MIGRATE_LOG_LEVEL => 'debug' } });
	ok($up->wait_for_line(qr{waiting for a lock at migrations/aaaa_aaaa\.sql:8: held by pid \d+ \(psql as postgres, active for \d+ s\): SELECT pg_sleep}, 20),
		'names who holds it');
	ok($up->wait_for_line(qr/lock timeout.*held by pid \d+.*rolled back, trying again in/, 20), 'is tried again');
	my @reads = reads_meanwhile($site, sub { (() = $up->text('err') =~ /rolled back, trying again/g) >= 4 });
	my $worst = (sort { $b <=> $a } @reads)[0];
	cmp_ok($worst, '<', 800 + 500, 'of ' . @reads . " reads by others none is stalled longer than the lock timeout: $worst ms");
	cmp_ok($worst, '>', 400, 'though some are');
	let_go($site, $reader);
	is($up->finish->{status}, 0, 'until it is free') or diag $up->{err};
	is($pg->query(q{SELECT count(*) FROM migrate_journal}, $site->{name}), '1', 'the journal has one row');
};

subtest 'one that stays in use' => sub {
	for my $mode (qw(step all)) {
		my $site = site('ALTER TABLE t ADD y int;');
		my $reader = reader($site);
		my $up = run('upgrade', 'head', { dir => $site->{dir}, env => { %{ $site->{env} },
			MIGRATE_APPLY_LOCK_TIMEOUT => '100ms', MIGRATE_APPLY_LOCK_RETRY => '1s', MIGRATE_APPLY_TRANSACTION => $mode } });
		is($up->{status}, 7, "transaction = $mode: status 7 in the end");
		like($up->{err}, qr/lock timeout.*55P03/, 'with the server\'s words');
		is($pg->query('SELECT count(*) FROM alembic_version', $site->{name}), '0', 'nothing was applied');
		let_go($site, $reader);
	}
	my $site = site('ALTER TABLE t ADD y int;', up_options => 'lock_timeout:50ms');
	my $reader = reader($site);
	my $began = time;
	is(run('upgrade', 'head', '--apply-lock-retry', '0', { dir => $site->{dir}, env => $site->{env} })->{status}, 7,
		'a migration\'s own limit');
	let_go($site, $reader);
};

subtest 'an index that a failed build left invalid' => sub {
	for my $name ('', 'IF NOT EXISTS u', 'IF NOT EXISTS "U x"', 'u') {
		my $site = site("CREATE UNIQUE INDEX CONCURRENTLY $name ON public.t (x);\nCREATE TABLE after (x int);");
		my $up = sub { return run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} }) };
		my $first = $up->();
		is($first->{status}, 8, "'$name' fails half-way");
		my $invalid = sub { return $pg->query(q{SELECT count(*) || ' ' || count(*) FILTER (WHERE NOT indisvalid)
			FROM pg_index WHERE indrelid = 't'::regclass}, $site->{name}) };
		is($invalid->(), '1 1', 'and leaves an invalid index');
		is($up->()->{status}, 8, 'again');
		is($invalid->(), '1 1', 'and still leaves one');
		$pg->query('DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)', $site->{name});
		my $last = $up->();
		is($last->{status}, 0, 'until the data allow it') or diag $last->{err};
		like($last->{err}, qr/dropping public\.\S.* which an earlier attempt left invalid/, 'it is dropped first');
		is($invalid->(), '1 0', 'and the index is valid');
	}
	my $site = site("REINDEX TABLE CONCURRENTLY t;\nSELECT 1/count(*) FROM gone;");
	$pg->query('CREATE INDEX i ON t (x); CREATE INDEX i_ccnew ON t (x);
		UPDATE pg_index SET indisvalid = false WHERE indexrelid = \'i_ccnew\'::regclass', $site->{name});
	run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
	is($pg->query(q{SELECT count(*) FROM pg_class WHERE relname = 'i_ccnew'}, $site->{name}), '1', 'what is not ours stays at the first try');
};

done_testing;
