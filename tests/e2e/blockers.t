# blockers: what is said, in the end and meanwhile, of whoever keeps a migration from its locks.
use strict;
use warnings;

use Cluster;
use Holder;
use JSON::PP;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(options => {
	max_prepared_transactions => 5,
	max_connections           => 40,
	autovacuum_naptime        => 1,
	min_parallel_table_scan_size => 0,
});
$pg->start;
$pg->query('CREATE ROLE app LOGIN; CREATE ROLE owner LOGIN; CREATE ROLE lonely LOGIN CONNECTION LIMIT 1');

my $count = 0;
my @ends;

# A database with a table t, and a migration that wants it.
sub site {
	my ($sql, %is) = @_;
	my $name = 'blockers' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => $sql // 'ALTER TABLE t ADD y int;', down => 'SELECT 1;', %is });
	$pg->create_database($name);
	$pg->query('CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2); GRANT ALL ON t TO app; GRANT CREATE ON SCHEMA public TO owner, lonely;
		CREATE TABLE away (x int)', $name);
	$pg->query("ALTER TABLE t OWNER TO $is{owner}", $name) if $is{owner};
	my $url = $pg->url($name);
	$url =~ s/user=postgres/user=$is{owner}/ if $is{owner};
	return { name => $name, dir => $dir, env => { MIGRATE_URL => $url,
		MIGRATE_APPLY_LOCK_TIMEOUT => '400ms', MIGRATE_APPLY_LOCK_RETRY => '0', %{ $is{env} // {} } } };
}

sub up {
	my ($site, @more) = @_;
	return run(@more, 'upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
}

sub held {
	my ($site, $sql, %is) = @_;
	return Holder->new($pg, $site->{name}, $sql, %is);
}

# Everywhere that the last message goes to.
sub told {
	my ($site, $up) = @_;
	my %env = (dir => $site->{dir}, env => $site->{env});
	my $json = run('upgrade', 'head', { %env, env => { %{ $site->{env} }, MIGRATE_LOG_FORMAT => 'json' } });
	my ($error) = grep { $_->{level} eq 'error' } map { decode_json($_) } split /\n/, $json->{err};
	my $status  = decode_json(run('status', '--json', { %env })->{out});
	return (
		'the error'  => $up->{err},
		'JSON'       => "$error->{message} $error->{hint}",
		'the journal' => $pg->query('SELECT error FROM migrate_journal ORDER BY id DESC LIMIT 1', $site->{name}),
		'log'        => run('log', { %env })->{out},
		'status --json' => $status->{last_runs}[-1]{error} // '',
	);
}

my $sleeps = 'BEGIN; SELECT * FROM t; SELECT pg_sleep(300);';
my $idles  = "BEGIN; SELECT * FROM t;";
my $parallel = $pg->query("SELECT name FROM pg_settings WHERE name IN ('debug_parallel_query', 'force_parallel_mode')");
my $since  = qr/in a transaction since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00/;

# While the others run.
my $long   = site(undef, env => { MIGRATE_APPLY_LOCK_TIMEOUT => '100ms', MIGRATE_APPLY_LOCK_RETRY => '33s' });
my $first  = held($long, $idles);
my $retries = start('upgrade', 'head', { dir => $long->{dir}, env => $long->{env}, timeout => 120 });

subtest 'the last message, wherever it goes, names the holder and what ends it' => sub {
	my %blockers = (
		'a query'             => [ $sleeps, qr/held by pid PID \(NAME as postgres, active for \d+ s, $since\): SELECT pg_sleep\(300\)/ ],
		'an idle transaction' => [ $idles, qr/held by pid PID \(NAME as postgres, idle in transaction for \d+ s, $since\): SELECT \* FROM t(?!;)/ ],
		'a parallel query'    => [ "SET $parallel = on; BEGIN; SELECT count(*), pg_sleep(300) FROM t;",
			qr/held by pid PID \(NAME as postgres, active for/ ],
		'a password in its query' => [ "BEGIN; LOCK TABLE t; SELECT 'hunter2', \$x\$hunter2\$x\$ /* hunter2 */, pg_sleep(300);",
			qr/held by pid PID \(NAME as postgres, active for [^)]+\): SELECT '…', '…' , pg_sleep\(300\)/ ],
	);
	for my $what (sort keys %blockers) {
		my ($sql, $expected) = @{ $blockers{$what} };
		my $site   = site();
		my $holder = held($site, $sql);
		my $pid    = $holder->pid;
		$expected =~ s/PID/$pid/;
		$expected =~ s/NAME/$holder->{name}/;
		my $up = up($site);
		is($up->{status}, 7, "$what: status 7");
		my %told = told($site, $up);
		like($told{'the error'}, qr/canceling statement due to lock timeout, $expected.*\(SQLSTATE 55P03\)/, 'in the error');
		for my $where (sort keys %told) {
			my $flat = $told{$where} =~ s/\s+/ /gr;
			like($flat, qr/pid $pid \($holder->{name} as postgres/, "$where names it");
			like($flat, qr/SELECT pg_terminate_backend\($pid\);/, "$where has the command that ends it");
			unlike($flat, qr/hunter2|Mend/, '… no secret, and no word of the file');
		}
		like($up->{err}, qr/SELECT pg_cancel_backend\($pid\);/, 'a query can be cancelled alone') if $sql =~ /sleep/;
		my ($end) = $up->{err} =~ /(SELECT pg_terminate_backend\(\d+\);)/;
		my ($again) = $up->{err} =~ /then run again: migrate (.*)$/m;
		$pg->query($end, $site->{name});
		is(run(split(/ /, $again), { dir => $site->{dir}, env => $site->{env} })->{status}, 0, 'both commands of the hint, and it is done');
		$holder->end;
	}
};

subtest 'others than a session of one\'s own' => sub {
	my $prepared = site();
	$pg->query("BEGIN; INSERT INTO away VALUES (1); SELECT * FROM away; PREPARE TRANSACTION 'innocent'", $prepared->{name});
	$pg->query("BEGIN; INSERT INTO t VALUES (3); PREPARE TRANSACTION 'it''s'", $prepared->{name});
	my $up = up($prepared);
	like($up->{err}, qr/held by the prepared transaction 'it''s' \(as postgres, prepared for \d+ s, $since\) \(SQLSTATE/, 'a prepared transaction');
	unlike($up->{err}, qr/innocent/, 'and no other');
	like($up->{err}, qr/hint: .*ROLLBACK PREPARED 'it''s'; or COMMIT PREPARED 'it''s';/, 'the hint');
	like($pg->query('SELECT error FROM migrate_journal', $prepared->{name}), qr/ROLLBACK PREPARED 'it''s';/, 'the journal');
	$pg->query("ROLLBACK PREPARED 'it''s'", $prepared->{name});
	is(up($prepared)->{status}, 0, 'done when it is gone');
	$pg->query("ROLLBACK PREPARED 'innocent'", $prepared->{name});

	my $row = site('UPDATE t SET x = 5;');
	$pg->query("BEGIN; UPDATE t SET x = 4; PREPARE TRANSACTION 'row'", $row->{name});
	like(up($row)->{err}, qr/held by the prepared transaction 'row' /, 'one that has locked rows');
	$pg->query("ROLLBACK PREPARED 'row'", $row->{name});

	my $hidden = site(undef, owner => 'owner');
	my $other  = held($hidden, "BEGIN; SELECT x, 'hunter2' FROM t;", role => 'app');
	my $pid    = $other->pid;
	my $blind  = up($hidden);
	like($blind->{err}, qr/held by pid $pid \($other->{name} as app, whose query this role may not see\) \(SQLSTATE/, 'a query that is hidden');
	like($blind->{err}, qr/SELECT pg_terminate_backend\($pid\);/, 'and the command all the same');
	unlike($blind->{err}, qr/insufficient|hunter2/, 'nothing else');
	$other->end;

	my $many    = site();
	my @holders = map { held($many, $idles) } 1 .. 5;
	my $several = up($many);
	my @named   = $several->{err} =~ /lock timeout, held by (.*)$/m;
	is(scalar(() = $named[0] =~ /pid \d+ \(holder/g), 3, 'of several three are named');
	like($named[0], qr/; and 2 more/, 'the others counted');
	my ($end) = $several->{err} =~ /(SELECT pg_terminate_backend\(pid\) FROM pg_stat_activity WHERE pid IN \([\d, ]+\);)/;
	$pg->query($end, $many->{name});
	is(up($many)->{status}, 0, 'and all are ended by the command of the hint') or diag $several->{err};
	$_->end for @holders;
};

subtest 'the head of a queue' => sub {
	my $site   = site('INSERT INTO t VALUES (9);');
	my $head   = held($site, $idles);
	my $second = held($site, 'ALTER TABLE t ADD z int;');
	my $third  = held($site, 'SELECT * FROM t;');
	my $up = up($site);
	my ($pid, $other) = ($head->pid, $second->pid);
	like($up->{err}, qr/held by pid $pid \($head->{name} as postgres, idle in transaction/, 'is named');
	unlike($up->{err}, qr/\b$other\b/, 'not who waits himself');
	$_->end for $third, $second, $head;
};

subtest 'a lock_timeout shorter than the first look' => sub {
	my %sites = (
		'the setting'   => site(undef, env => { MIGRATE_APPLY_LOCK_TIMEOUT => '80ms' }),
		'the marker'    => site(undef, up_options => 'lock_timeout:80ms'),
		'SET LOCAL'     => site("SET LOCAL lock_timeout = '80ms';\nALTER TABLE t ADD y int;", env => { MIGRATE_APPLY_LOCK_TIMEOUT => '5s' }),
		'set_config'    => site("SELECT pg_catalog.set_config('lock_timeout', '80ms', false);\nALTER TABLE t ADD y int;"),
		'no transaction' => site("SET lock_timeout = '80ms';\nALTER TABLE t ADD y int;", up_options => 'transaction:false'),
		'the role\'s own, tried again' => site(undef, env => { MIGRATE_APPLY_LOCK_TIMEOUT => '0', MIGRATE_APPLY_LOCK_RETRY => '2s',
			PGOPTIONS => '-c lock_timeout=80ms' }),
	);
	for my $what (sort keys %sites) {
		my $holder = held($sites{$what}, $idles);
		my ($pid, $up) = ($holder->pid, up($sites{$what}));
		like($up->{err}, qr/ERROR.*lock timeout, held by pid $pid /, $what) or diag $up->{err};
		$holder->end;
	}
};

subtest 'who cannot be seen' => sub {
	my $site   = site(undef, owner => 'lonely');
	my $holder = held($site, $idles);
	my $up = up($site);
	is($up->{status}, 7, 'no second connection: status 7');
	unlike($up->{err}, qr/held by|terminate|pid/, 'nobody is named');
	like($up->{err}, qr/hint: It was rolled back\. The holder of the lock could not be determined\. Let it finish, or raise \[apply\] lock_retry/, 'and the hint says so');
	$holder->end;
	my $nowait = site('LOCK TABLE t NOWAIT;');
	$holder = held($nowait, $idles);
	$up = up($nowait);
	like($up->{err}, qr/could not obtain lock on relation "t" \(SQLSTATE 55P03\)/, 'NOWAIT');
	unlike($up->{err}, qr/Mend/, 'is no fault of the file');
	$holder->end;
};

subtest 'what is no lock timeout, and goes away as well' => sub {
	my $order = site("LOCK TABLE t;\nSELECT pg_sleep(0.1);\nLOCK TABLE away;", env => { MIGRATE_APPLY_LOCK_TIMEOUT => '20s' });
	my $other = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($order->{name}) ], stdin => join "\n",
		"SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE away;",
		"DO \$\$ BEGIN FOR i IN 1 .. 4000 LOOP PERFORM pg_sleep(0.005); EXIT WHEN EXISTS (SELECT FROM pg_locks
			WHERE relation = 't'::regclass AND mode = 'AccessExclusiveLock' AND granted); END LOOP; END \$\$;",
		'LOCK TABLE t; COMMIT;');
	$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 'away'::regclass AND granted AND mode = 'AccessExclusiveLock'", '1', 20, $order->{name});
	my $up = up($order);
	is($up->{status}, 7, 'a deadlock');
	like($up->{err}, qr/deadlock detected \(SQLSTATE 40P01\).*hint: It was rolled back\. Two transactions waited for each other/s, 'its hint');
	$other->finish;

	my $site = site("DO \$\$ BEGIN RAISE 'could not serialize access' USING ERRCODE = 'serialization_failure'; END \$\$;", env => { MIGRATE_APPLY_LOCK_RETRY => '0' });
	$up = up($site);
	is($up->{status}, 7, 'a serialization failure');
	like($up->{err}, qr/SQLSTATE 40001.*hint: It was rolled back\. Another transaction has changed the same rows\. .*run again: migrate upgrade head/s, 'its hint');
};

subtest 'a step without a transaction' => sub {
	my $site   = site("SELECT 1;\nALTER TABLE t ADD y int;", up_options => 'transaction:false');
	my $holder = held($site, $idles);
	my $pid    = $holder->pid;
	my $up = up($site);
	is($up->{status}, 8, 'status 8');
	like($up->{err}, qr/held by pid $pid .*hint: 1 of 2 statements is done; the next run continues after it\. End what holds the lock: SELECT pg_term/s, 'its hint');
	$holder->end;
	is(up($site)->{status}, 0, 'the next run continues');
};

subtest 'an autovacuum that prevents wraparound' => sub {
	my $site = site();
	$pg->query("ALTER TABLE t SET (autovacuum_enabled = off, autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_cost_delay = 100);
		INSERT INTO t SELECT g FROM generate_series(1, 50000) g; CREATE TABLE burnt (i int)", $site->{name});
	$pg->query("DO \$\$ BEGIN FOR i IN 1 .. 100100 LOOP BEGIN INSERT INTO burnt VALUES (1); RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END \$\$", $site->{name});
	my $pid = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM % (to prevent wraparound)' AND datname = '$site->{name}'";
	$pg->wait_for("SELECT count(*) FROM ($pid) AS v", '1', 60);
	$pid = $pg->query($pid);
	my $up = up($site);
	like($up->{err}, qr/held by pid $pid \(autovacuum worker, active for [^)]*\): autovacuum: VACUUM (?:ANALYZE )?public\.t \(to prevent wraparound\) \(SQLSTATE/, 'is named');
	like($up->{err}, qr/pg_terminate_backend\($pid\); \(better let it finish: it prevents wraparound/, 'better to be let alone');
	$pg->query("SELECT pg_terminate_backend($pid)");
};

subtest 'half a minute of tries' => sub {
	my $pid = $first->pid;
	ok($retries->wait_for_line(qr/ERROR/, 60), 'comes to its end');
	$retries->finish;
	my @lines = grep {/waiting for a lock|trying again/} split /\n/, $retries->{err};
	like($lines[0], qr/waiting for a lock at [^ ]+:8: held by pid $pid /, 'a line when it begins');
	like($lines[1], qr/lock timeout, held by pid $pid .*; rolled back, trying again in \d/, 'one when it is tried again');
	like($lines[-1], qr/for 3\d\.\d s: held by pid $pid |trying again in .*, after \d+ tries/, 'and one after half a minute') or diag $retries->{err};
	cmp_ok(scalar(() = $retries->{err} =~ /^INFO/mg), '<=', 5, 'are all') or diag $retries->{err};
	is($pg->query('SELECT count(*) FROM migrate_journal', $long->{name}), '1', 'the journal has one row');
	$first->end;
};

subtest 'another holder' => sub {
	my $site = site(undef, env => { MIGRATE_APPLY_LOCK_RETRY => '60s' });
	my $one  = held($site, $idles);
	my $up   = start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
	my ($old, $new) = ($one->pid);
	ok($up->wait_for_line(qr/trying again/, 30), 'tries again');
	my $two = held($site, $idles);
	$new = $two->pid;
	$pg->wait_for("SELECT state FROM pg_stat_activity WHERE pid = $new", 'idle in transaction', 30);
	$one->end;
	ok($up->wait_for_line(qr/(?:waiting for a lock|lock timeout).*held by pid $new /, 30), 'names who holds it now');
	$two->end;
	is($up->finish->{status}, 0, 'until it is free');
};

done_testing;
