# session_state: what a migration leaves in the session decides nothing for the next one.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;
$pg->query('CREATE ROLE low');

my $count = 0;

# A database, and the migrations, each after the one before.
sub site {
	my (@parts) = @_;
	my $name = $pg->create_database('state' . ++$count);
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	my $before;
	my $id = 'a';
	for my $part (@parts) {
		my %is = ref $part ? %$part : (up => $part);
		migration("$dir/migrations", $id, { parents => $before, down => 'SELECT 1;', %is });
		$before = $id++;
	}
	$pg->query('CREATE SCHEMA other; CREATE TABLE base (x int); INSERT INTO base VALUES (1);
		CREATE TABLE seen (what text); GRANT ALL ON SCHEMA public TO low; GRANT ALL ON seen TO low', $name);
	return { name => $name, dir => $dir, env => { MIGRATE_URL => $pg->url($name) } };
}

sub up { my ($site, @more) = @_; return run('upgrade', 'head', @more, { dir => $site->{dir}, env => $site->{env} }) }
sub query { my ($site, $sql) = @_; return $pg->query($sql, $site->{name}) }

# What is seen by the second migration.
my %left = (
	'temporary tables' => ['CREATE TEMP TABLE base AS SELECT * FROM public.base;',
		q{INSERT INTO seen SELECT relpersistence FROM pg_class WHERE oid = 'base'::regclass;}, 'p'],
	'temporary views' => ['CREATE TEMP VIEW base AS SELECT 2 AS x;', 'INSERT INTO seen SELECT x FROM base;', '1'],
	'temporary functions' => ['CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;',
		q{INSERT INTO seen SELECT count(*) FROM pg_proc WHERE pronamespace = pg_my_temp_schema();}, '0'],
	'prepared statements' => ['PREPARE p AS SELECT 1; PREPARE "P;x" AS SELECT 2;',
		q{INSERT INTO seen SELECT count(*) FROM pg_prepared_statements WHERE from_sql;}, '0'],
	'prepared in a function' => [q{DO $$ BEGIN EXECUTE 'PREPARE p AS SELECT 1'; END $$;},
		q{INSERT INTO seen SELECT count(*) FROM pg_prepared_statements WHERE from_sql;}, '0'],
	'held cursors' => ['DECLARE c CURSOR WITH HOLD FOR SELECT 1;',
		q{INSERT INTO seen SELECT count(*) FROM pg_cursors WHERE is_holdable;}, '0'],
	'listening' => ['LISTEN channel;', 'INSERT INTO seen SELECT count(*) FROM pg_listening_channels();', '0'],
	'advisory locks' => ['SELECT pg_advisory_lock(1), pg_advisory_lock(1), pg_advisory_lock_shared(-2), pg_advisory_lock(3, -4);',
		q{INSERT INTO seen SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();}, '1'],
	'sequences' => [q{CREATE SEQUENCE s; SELECT nextval('s');},
		q{DO $$ BEGIN PERFORM currval('s'); INSERT INTO seen VALUES ('defined'); EXCEPTION WHEN OTHERS THEN
			INSERT INTO seen VALUES (SQLSTATE); END $$;}, '55000'],
	'settings' => ['SET search_path = other; SET DateStyle = german; SET session_replication_role = replica;',
		q{INSERT INTO public.seen SELECT concat_ws(' ', current_setting('search_path'), current_setting('datestyle'),
			current_setting('session_replication_role'));}, '"$user", public ISO, MDY origin'],
	'set_config in a function' => [q{DO $$ BEGIN PERFORM set_config('search_path', 'other', false); END $$;},
		q{INSERT INTO public.seen SELECT current_setting('search_path');}, '"$user", public'],
	'a read-only default' => ['SET default_transaction_read_only = on;', q{INSERT INTO seen VALUES ('written');}, 'written'],
	'an isolation level' => ['SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;',
		q{INSERT INTO seen SELECT current_setting('transaction_isolation');}, 'read committed'],
	'a short timeout' => [q{SET statement_timeout = '200ms'; SET lock_timeout = '200ms';},
		q{INSERT INTO seen SELECT pg_sleep(0.5)::text || 'slept';}, 'slept'],
	'a custom parameter' => [q{SET app.x = '1';}, q{INSERT INTO seen SELECT '<' || current_setting('app.x', true) || '>';}, '<>'],
	'a role' => ['SET ROLE low;', 'INSERT INTO seen SELECT current_user;', 'postgres'],
	'a user' => ['SET SESSION AUTHORIZATION low;', 'INSERT INTO seen SELECT session_user;', 'postgres'],
);

for my $what (sort keys %left) {
	my ($leave, $look, $seen) = @{ $left{$what} };
	for my $how ('', ' transaction:false') {
		my $site = site({ up => $leave, up_options => $how }, { up => $look, up_options => $how });
		my $done = up($site);
		is($done->{status}, 0, "$what,$how: 0") or diag $done->{err};
		is(query($site, 'SELECT what FROM seen'), $seen, 'as if run one by one');
		is(query($site, 'SELECT count(*) FROM pg_locks WHERE locktype = \'advisory\''), '0', 'no lock is left');
	}
	my $site = site($leave, $look);
	my $done = up($site, '--apply-transaction', 'all');
	is($done->{status}, 0, "$what, all in one transaction: 0") or diag $done->{err};
	my $expected = $what eq 'an isolation level' ? 'read committed' : $seen;
	is(query($site, 'SELECT what FROM seen'), $expected, 'as if run one by one');
	my $dry = up(site($leave, $look), '--dry-run');
	is($dry->{status}, 0, "$what, tried: 0") or diag $dry->{err};
}

subtest 'a failure is tried again in a clean session' => sub {
	my $site = site('SELECT 1;', "PREPARE p AS SELECT 1;\nSELECT pg_advisory_lock(1);\nLOCK TABLE base;\nINSERT INTO seen VALUES ('b');");
	my $gate = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ],
		stdin => 'BEGIN; LOCK TABLE base; SELECT pg_sleep(120);', timeout => 200);
	$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 'base'::regclass AND granted", '1', 30, $site->{name});
	my $run = start('upgrade', 'head', { dir => $site->{dir}, env => { %{ $site->{env} }, MIGRATE_APPLY_LOCK_TIMEOUT => '20ms' }, timeout => 120 });
	ok($run->wait_for_line(qr/rolled back, trying again/, 60), 'it runs into its lock timeout');
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$site->{name}' AND query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()");
	$gate->finish;
	$run->finish;
	is($run->{status}, 0, 'and is not in its own way then') or diag $run->{err};
};

subtest 'DISCARD TEMP that cannot be within one transaction' => sub {
	my $leave = 'CREATE TEMP TABLE p (x int PRIMARY KEY); CREATE TEMP TABLE c (x int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
		INSERT INTO c VALUES (1); INSERT INTO p VALUES (1);';
	my $site = site($leave, q{INSERT INTO seen VALUES ('b');});
	my $done = up($site, '--apply-transaction', 'all');
	is($done->{status}, 7, 'fails with 7') or diag $done->{err};
	like($done->{err}, qr{cannot reset the session state that migrations/a_a\.sql left before migrations/b_b\.sql begins.*pending trigger events}s, 'naming both files');
	like($done->{err}, qr/--apply-transaction step/, 'and a way out');
	is(query($site, 'SELECT count(*) FROM seen'), '0', 'nothing is done');
	my $each = up($site, '--apply-transaction', 'step');
	is($each->{status}, 0, 'which is one') or diag $each->{err};
	is(up(site($leave, 'SELECT 1;'), '--dry-run')->{status}, 0, 'a dry run knows that there will be a COMMIT');
	my $deferred = site('CREATE TABLE p (x int PRIMARY KEY); CREATE TABLE c (x int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
		INSERT INTO c VALUES (1);', 'INSERT INTO p VALUES (1);');
	is(up($deferred, '--apply-transaction', 'all')->{status}, 0, 'what is deferred stays so until the end');
};

subtest 'a RESET ALL of the migration keeps our own settings' => sub {
	for my $reset ('RESET ALL;', 'DISCARD ALL;') {
		my $site = site({ up => "$reset\nINSERT INTO seen SELECT current_setting('idle_session_timeout');", up_options => 'transaction:false' });
		$pg->query("ALTER DATABASE $site->{name} SET idle_session_timeout = '10min'");
		is(up($site)->{status}, 0, $reset);
		is(query($site, 'SELECT what FROM seen'), '0', 'does not let the server end the session');
	}
};

# What a later part of the file needs, after the earlier one was run in another session.
sub resumed {
	my ($done, $rest, %is) = @_;
	my $site = site({ up => "$done\nSELECT 1 / count(*) FROM public.gate;\n$rest", up_options => 'transaction:false', %is });
	query($site, 'CREATE TABLE gate (); GRANT SELECT ON gate TO low');
	my $failed = up($site);
	query($site, 'ALTER TABLE gate ADD COLUMN x int; INSERT INTO gate VALUES (1)');
	return ($site, $failed, up($site));
}

my %again = (
	'search_path' => ['SET search_path = other;', 'CREATE TABLE t ();', q{SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 't'}, 'other'],
	'set_config' => [q{SELECT pg_catalog.set_config('search_path', 'other', false);}, 'CREATE TABLE t ();',
		q{SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 't'}, 'other'],
	'a role' => ['SET ROLE low;', 'CREATE TABLE t ();', q{SELECT relowner::regrole FROM pg_class WHERE relname = 't'}, 'low'],
	'a user' => ['SET SESSION AUTHORIZATION low;', 'INSERT INTO seen SELECT session_user;', 'SELECT what FROM seen', 'low'],
	'a date style' => ['SET DateStyle = german;', q{INSERT INTO seen SELECT '1.2.2026'::date - '2026-01-01'::date;}, 'SELECT what FROM seen', '31'],
	'a time zone' => [q{SET TIME ZONE 'Asia/Tokyo';}, q{INSERT INTO seen SELECT extract(hour FROM timestamptz '2026-01-01 00:00Z');}, 'SELECT what FROM seen', '9'],
	'a custom parameter' => [q{SET app.x = 'it''s';}, q{INSERT INTO seen SELECT current_setting('app.x');}, 'SELECT what FROM seen', q{it's}],
	'triggers' => ['SET session_replication_role = replica;', q{INSERT INTO seen SELECT current_setting('session_replication_role');}, 'SELECT what FROM seen', 'replica'],
	'strings' => ['SET standard_conforming_strings = off;', q{INSERT INTO seen VALUES ('a\';b');}, 'SELECT what FROM seen', q{a';b}],
	'prepared' => [q{PREPARE p (text) AS INSERT INTO seen VALUES ($1);}, q{EXECUTE p('x');}, 'SELECT what FROM seen', 'x'],
	'deallocated' => ['PREPARE p AS SELECT 1; DEALLOCATE ALL; PREPARE p AS INSERT INTO seen VALUES (2);', 'EXECUTE p;', 'SELECT what FROM seen', '2'],
	'in a transaction' => [q{BEGIN; SET app.x = 'a'; SAVEPOINT s; SET app.x = 'b'; ROLLBACK TO s; COMMIT; BEGIN; SET app.x = 'c'; ROLLBACK;},
		q{INSERT INTO seen SELECT current_setting('app.x');}, 'SELECT what FROM seen', 'a'],
	'reset' => [q{SET app.x = 'a'; SET search_path = other; RESET ALL;}, q{INSERT INTO seen SELECT current_setting('app.x');}, 'SELECT what FROM seen', ''],
	'prepared, and taken back' => ['CREATE TABLE gone (); PREPARE p AS SELECT * FROM gone; EXECUTE p; DEALLOCATE p; DROP TABLE gone;', q{INSERT INTO seen VALUES ('x');},
		'SELECT what FROM seen', 'x'],
	'a role, and back' => ['CREATE ROLE gone; SET ROLE gone; RESET ROLE; DROP ROLE gone;', 'INSERT INTO seen SELECT current_user;', 'SELECT what FROM seen', 'postgres'],
	'put together, but told' => [q{DO $$ BEGIN EXECUTE format('CREATE TABLE %I ()', 'put'); EXECUTE 'DROP TABLE ' || quote_ident('put'); END $$;},
		q{INSERT INTO seen VALUES ('x');}, 'SELECT what FROM seen', 'x'],
	'discarded' => [q{SET ROLE low; CREATE TEMP TABLE seen (what text); DISCARD ALL;}, q{INSERT INTO seen SELECT current_user;}, 'SELECT what FROM seen', 'postgres'],
	'an isolation level' => ['SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ;',
		q{INSERT INTO seen SELECT current_setting('transaction_isolation');}, 'SELECT what FROM seen', 'repeatable read'],
);
for my $what (sort keys %again) {
	my ($done, $rest, $look, $expected) = @{ $again{$what} };
	my ($site, $failed, $second) = resumed($done, $rest);
	is($failed->{status}, 8, "$what: fails half-way") or diag $failed->{err};
	is($second->{status}, 0, 'is resumed') or diag $second->{err};
	is(query($site, $look), $expected, 'in a session like the first');
}

subtest 'a down part is resumed like that, too' => sub {
	my $site = site({ up => 'SELECT 1;', down => "SET search_path = other;\nSELECT 1 / count(*) FROM public.gate;\nCREATE TABLE t ();", down_options => 'transaction:false' });
	query($site, 'CREATE TABLE gate (x int)');
	up($site);
	my @down = map { query($site, 'INSERT INTO gate VALUES (1)') if $_; run('downgrade', 'base', { dir => $site->{dir}, env => $site->{env} }) } 0, 1;
	is($down[0]{status}, 8, 'half-way down') or diag $down[0]{err};
	is($down[1]{status}, 0, 'and on') or diag $down[1]{err};
	is(query($site, q{SELECT relnamespace::regnamespace FROM pg_class WHERE relname = 't'}), 'other', 'in the same schema');
};

subtest 'one that cannot be set again fails with 8' => sub {
	my ($site) = resumed("CREATE ROLE gone; SET ROLE gone; SET app.x = 1; RESET ROLE; DROP ROLE gone;", q{INSERT INTO seen VALUES ('x');});
	my $done = up($site);
	is($done->{status}, 8, "status 8") or diag $done->{err};
	like($done->{err}, qr/cannot restore the session as it was after the last completed statement: role "gone" does not exist.*at .*a_a\.sql:8\n.*resolve a --applied/s, 'with the place, and the way out');
	is(query($site, 'SELECT count(*) FROM seen'), '0', 'nothing is done');
	is(run('resolve', 'a', '--applied', { dir => $site->{dir}, env => $site->{env} })->{status}, 0, 'which works');
};

my %held = (
	'a temporary relation' => 'CREATE TEMP TABLE t (x int);',
	'a cursor WITH HOLD' => 'DECLARE c CURSOR WITH HOLD FOR SELECT 1;',
	'an advisory lock' => 'SELECT pg_advisory_lock(1);',
	'a setting' => q{SELECT set_config('app.x', max(x)::text, false) FROM base;},
	'the value of a sequence' => q{CREATE SEQUENCE s; SELECT nextval('s'); SELECT currval('s');},
	'the seed of random\(\)' => 'SELECT setseed(0.5);',
);
for my $what (sort keys %held) {
	my ($site, $failed, $second) = resumed("SET app.y = 1;\n$held{$what}", q{INSERT INTO seen VALUES ('x');});
	is($failed->{status}, 8, "$what: uninterrupted it goes as far as it can") or diag $failed->{err};
	my $rows = query($site, 'SELECT count(*) FROM migrate_journal');
	is($second->{status}, 8, 'it is not resumed');
	like($second->{err}, qr{revision a cannot be continued: line 9 left $what in a session that is gone.*a_a\.sql:9\n.*resolve a --applied}s, 'and says why');
	is(query($site, 'SELECT count(*) FROM seen'), '0', 'nothing is done');
	is(query($site, 'SELECT count(*) FROM migrate_journal'), $rows, 'nor written');
	my $whole = site({ up => "$held{$what}\nINSERT INTO seen VALUES ('x');", up_options => 'transaction:false' });
	is(up($whole)->{status}, 0, 'a whole run is allowed');
}

# However it is written.
for my $left (q{SELECT pg_catalog."set_config"('app.x', max(x)::text, false) FROM base;}, q{SELECT "pg_advisory_lock"(42);}, q{SELECT U&"pg_\0061dvisory_lock"(42);},
	q{UPDATE pg_settings SET setting = 'other' WHERE name = 'search_path';}, q{UPDATE pg_catalog."pg_settings" SET setting = 'other' WHERE name = 'search_path';},
	q{ALTER ROLE low SET search_path = other;}, q{ALTER USER low RESET ALL;}, q{DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.x = 1', current_database()); END $$;},
	q{DO E'BEGIN PERFORM pg_adv\\x69sory_lock(42); END';}, q{DO U&'BEGIN PERFORM pg_\0061dvisory_lock(42); END';}, q{DO 'BEGIN EXECUTE ''SE''||''T search_path = other''; END';},
	q{DO $$ BEGIN EXECUTE concat('SE', 'T search_path = other'); END $$;}, q{DO $$ BEGIN EXECUTE chr(83) || 'ET search_path = other'; END $$;}) {
	my ($site, $failed, $second) = resumed($left, q{INSERT INTO public.seen VALUES ('x');});
	is($failed->{status}, 8, "$left: fails half-way") or diag $failed->{err};
	is($second->{status}, 8, 'it is not resumed') or diag $second->{err};
	like($second->{err}, qr/revision a cannot be continued: line 8 left .* in a session that is gone/, 'and says why');
	is(query($site, 'SELECT count(*) FROM public.seen'), '0', 'nothing is done');
}

subtest 'a transaction of the part\'s own is noted with its COMMIT' => sub {
	my $site = site({ up => "BEGIN; SET app.x = 'a'; INSERT INTO seen VALUES ('x'); COMMIT; SELECT 1;", up_options => 'transaction:false' });
	is(up($site)->{status}, 0, 'it runs');
	is(query($site, q{SELECT (SELECT xmin::text FROM seen) = xmin::text FROM migrate_journal WHERE statements_done = 4 LIMIT 1}), 't', 'in one transaction');
	for my $end ('BEGIN READ ONLY; SELECT 1; COMMIT;', 'BEGIN; INSERT INTO seen VALUES (1); COMMIT AND CHAIN; END;', 'BEGIN; SAVEPOINT s; ROLLBACK;') {
		my $other = site({ up => "$end SELECT 1;", up_options => 'transaction:false' });
		my $done  = up($other);
		is($done->{status}, 0, $end) or diag $done->{err};
	}
	my $deferred = site({ up => "CREATE TABLE u (x int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nBEGIN;\nINSERT INTO u VALUES (1), (1);\nCOMMIT;",
		up_options => 'transaction:false' });
	my $failed = up($deferred);
	is($failed->{status}, 8, 'what is deferred fails there') or diag $failed->{err};
	like($failed->{err}, qr/duplicate key value.*a_a\.sql:11\n.*1 of 4 statements is done/s, 'at the COMMIT');
};

# The migration lock, and who else wants it.
subtest 'a migration gives up the lock' => sub {
	for my $drop ('DISCARD ALL;', 'SELECT pg_advisory_unlock_all();', 'INSERT INTO seen SELECT \'\' FROM pg_advisory_unlock_all();',
		'DO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$;', 'BEGIN; SELECT pg_advisory_unlock_all(); COMMIT;') {
		my $site = site({ up => "$drop\nLOCK TABLE gate;\nINSERT INTO seen VALUES ('done');" =~ s/LOCK.*\n/BEGIN; LOCK TABLE gate; COMMIT;\n/r,
			up_options => 'transaction:false lock_timeout:0' });
		query($site, 'CREATE TABLE gate ()');
		my $gate = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ],
			stdin => 'BEGIN; LOCK TABLE gate; SELECT pg_sleep(120);', timeout => 200);
		$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 'gate'::regclass AND granted", '1', 30, $site->{name});
		my $first = start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env}, timeout => 120 });
		$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 'gate'::regclass AND NOT granted", '1', 30, $site->{name});
		my $second = start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env}, timeout => 120 });
		ok($second->wait_for_line(qr/waiting for the migration lock: held by pid/, 30), "$drop: the lock is taken again");
		$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$site->{name}' AND query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()");
		$gate->finish;
		is($_->finish->{status}, 0, 'both end well') || diag $_->{err} for $first, $second;
		is(query($site, q{SELECT count(*) FROM seen WHERE what = 'done'}), '1', 'and what follows is done once');
	}
};

# Somebody has it before it can be taken again.
subtest 'a migration gives up the lock to another' => sub {
	my $key  = '7883946363647714560';
	my $take = "CREATE EXTENSION dblink; SELECT dblink_connect('thief', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1)
		|| ' port=' || current_setting('port') || ' user=postgres dbname=' || current_database());";
	for my $drop ('pg_advisory_unlock_all()', 'pg_advisory_unlock(7883946363647714560)') {
		my $site = site({ up => "$take\nINSERT INTO seen VALUES ('before');\nWITH d AS MATERIALIZED (SELECT $drop)"
			. " SELECT dblink_exec('thief', 'DO \$\$ BEGIN PERFORM pg_advisory_lock($key); END \$\$') FROM d;\nINSERT INTO seen VALUES ('after');",
			up_options => 'transaction:false' });
		my $done = up($site);
		is($done->{status}, 8, "$drop: 8") or diag $done->{err};
		like($done->{err}, qr/the migration gave up the migration lock, and another run holds it now/, 'and says so');
		is(query($site, q{SELECT string_agg(what, ' ') FROM seen}), 'before', 'nothing is done after that');
		is(query($site, q{SELECT count(*) FROM migrate_journal WHERE status = 'failed'}), '0', "the journal is the other's");
	}
};

subtest 'the lock is free again, and the journal is another run\'s' => sub {
	my $drop = "WITH d AS MATERIALIZED (SELECT pg_advisory_unlock_all()) SELECT dblink_exec('thief',
		'INSERT INTO migrate_journal (revision, direction, status, transactional, statements_done, statements_total, duration_ms, tool_version)
		 VALUES (''a'', ''up'', ''done'', false, 4, 4, 1, ''x'')') FROM d;";
	my $site = site({ up => "CREATE EXTENSION dblink; SELECT dblink_connect('thief', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1)
		|| ' port=' || current_setting('port') || ' user=postgres dbname=' || current_database());\n$drop\nINSERT INTO seen VALUES ('after');",
		up_options => 'transaction:false' });
	my $done = up($site);
	is($done->{status}, 8, "status 8") or diag $done->{err};
	like($done->{err}, qr/another run has continued this step since the lock was lost/, 'and says so');
	is(query($site, q{SELECT count(*) FROM seen}), '0', 'nothing is done after that');
	is(query($site, q{SELECT status FROM migrate_journal ORDER BY id DESC LIMIT 1}), 'done', 'nor written');
	is(query($site, q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), '0', 'the lock is given back');
};

subtest 'between two transactions' => sub {
	my $site = site('SELECT pg_advisory_unlock_all();', q{INSERT INTO seen SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';});
	my $done = up($site);
	is($done->{status}, 0, 'the run goes on') or diag $done->{err};
	like($done->{err}, qr/gave up the migration lock; taking it again/, 'and says that it takes the lock again');
	is(query($site, 'SELECT what FROM seen'), '1', 'which it has');
};

subtest 'between two tries and two migrations the session is ours' => sub {
	my $isolation = q{INSERT INTO seen SELECT current_setting('transaction_isolation');};
	my $site = site("$isolation SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ;", $isolation, "$isolation ALTER TABLE base ADD y int;");
	query($site, "ALTER DATABASE $site->{name} SET idle_session_timeout = '150ms'");
	query($site, "ALTER DATABASE $site->{name} SET default_transaction_isolation = 'serializable'");
	my $holder = Process->start([ Cluster::bin('psql'), '-XqAt', $pg->url($site->{name}) ], timeout => 100,
		stdin => "SET idle_session_timeout = 0; BEGIN; LOCK TABLE base; SELECT pg_sleep(90);");
	$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 'base'::regclass AND granted AND mode = 'AccessExclusiveLock'", '1', 30, $site->{name});
	my $up = start('upgrade', 'head', { dir => $site->{dir}, env => { %{ $site->{env} }, MIGRATE_APPLY_LOCK_TIMEOUT => '50ms' } });
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$site->{name}' AND application_name = 'migrate'
		AND state = 'idle' AND clock_timestamp() - state_change > '400ms'", '1', 60);
	query($site, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(90)%' AND pid <> pg_backend_pid()");
	$holder->finish;
	is($up->finish->{status}, 0, 'no idle_session_timeout ends it') or diag $up->{err};
	is(query($site, 'SELECT string_agg(DISTINCT what, $$,$$) FROM seen'), 'read committed', 'and each one begins as the first did');
};

done_testing;
