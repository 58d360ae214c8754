# attempts: every boot, upgrade and downgrade that has something to do leaves a row in migrate_attempt, however it
# ends; status, log and doctor tell of those that failed. Nothing of this makes a run fail.
use strict;
use warnings;

use Cluster;
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(options => { synchronous_commit => 'on' });
$pg->start;

my $count = 0;

# A database and the files given, a chain.
sub site {
	my ($env, @files) = @_;
	my $name = 'attempts' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	my @apart = ($env->{MIGRATE_LOCK_MODE} // '') eq 'transaction' ? (MIGRATE_BACKUP_ENABLED => 'off') : ();
	my $site = { name => $name, dir => $dir, env => { MIGRATE_URL => $pg->url($name), MIGRATE_WAIT_SOCKET_ONLY => 'on', @apart, %$env } };
	add($site, %$_) for @files;
	$pg->create_database($name);
	return $site;
}

my %table = (id => 'aaaa', up => 'CREATE TABLE t (x int);', down => 'DROP TABLE t;');

sub add {
	my ($site, %is) = @_;
	my $path = migration("$site->{dir}/migrations", $is{id}, { parents => $site->{head} // [], %is });
	$site->{head} = $is{id};
	return $path;
}

sub child { my ($site, $env) = @_; return { dir => $site->{dir}, timeout => 120, env => { %{ $site->{env} }, %{ $env // {} } } } }

sub migrate { my ($site, @args) = @_; return run(@args, child($site)) }

sub query { my ($site, $sql) = @_; return $pg->query($sql, $site->{name}) }

sub json { my ($site, @args) = @_; return JSON::PP::decode_json(migrate($site, @args, '--json')->{out}) }

# "command status steps_done" of each row, '?' for what is not known.
sub rows {
	my ($site) = @_;
	return query($site, q{SELECT coalesce(string_agg(concat_ws(' ', command, coalesce(status::text, '?'), steps_done), ', ' ORDER BY id), '')
		FROM migrate_attempt});
}

sub none { my ($site) = @_; return query($site, q{SELECT to_regclass('migrate_attempt') IS NULL}) eq 't' }

# A session that runs the SQL and then sleeps in its transaction.
sub session {
	my ($site, $sql) = @_;
	my $session = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ], timeout => 200, stdin => "BEGIN; $sql; SELECT pg_sleep(150);");
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(150)%' AND wait_event = 'PgSleep' AND datname = '$site->{name}'", '1', 30);
	return $session;
}

sub end_session {
	my ($site, $session) = @_;
	query($site, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(150)%' AND pid <> pg_backend_pid()");
	return $session->finish;
}

# Until nothing of a run is left in the server.
sub quiet { my ($site) = @_; return $pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$site->{name}' AND application_name IN ('migrate', 'pg_dump')", '0', 30) }

# One that has begun a step that does not end by itself.
sub stuck {
	my ($site, $env) = @_;
	my $run = start('entrypoint', child($site, $env));
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$site->{name}' AND application_name = 'migrate' AND query LIKE '%pg_sleep(140)%' AND state = 'active'", '1', 60);
	return $run;
}

subtest 'a row for what has something to do' => sub {
	my $site = site({}, \%table, { id => 'bbbb', up => 'SELECT 1;', down => 'SELECT 1;' });
	is(migrate($site, qw(upgrade --dry-run head))->{status}, 0, 'a dry run');
	ok(none($site), 'leaves none');
	is(migrate($site, qw(upgrade +1))->{status}, 0, 'an upgrade');
	is(migrate($site, qw(entrypoint -- true))->{status}, 0, 'a boot');
	is(migrate($site, qw(downgrade -2))->{status}, 0, 'a downgrade');
	is(rows($site), 'upgrade 0 1, boot 0 1, downgrade 0 2', 'have one each');
	is(query($site, q{SELECT string_agg(concat_ws(' ', target, heads, pending), ', ' ORDER BY id) FROM migrate_attempt}),
		'+1 {} {aaaa}, head {aaaa} {bbbb}, -2 {bbbb} {bbbb,aaaa}', 'with what was to be done');
	is(query($site, q{SELECT count(*) FROM migrate_attempt WHERE ended >= begun AND role = 'postgres' AND host IS NOT NULL
		AND application = 'migrate' AND tool_version IS NOT NULL AND error IS NULL AND (backup IS NOT NULL) = (command = 'boot')}), '3', 'when, by whom, with which backup');
	migrate($site, qw(upgrade head));
	my $before = rows($site);
	is(migrate($site, @$_)->{status}, 0, "@$_ with nothing to do") for [qw(upgrade head)], [qw(entrypoint -- true)];
	is(rows($site), $before, 'leaves none');
	like(migrate($site, 'log')->{out}, qr/\A(?:\S+ \S+  (?:up|down) +\w{4}  done  .*\n){6}\z/, 'the log has its steps and nothing else');
	is(json($site, 'status')->{last_attempt}{status}, 'done', 'status has the newest');
};

subtest 'what fails before any step' => sub {
	my $site = site({}, \%table, { id => 'bbbb', up => 'SELECT 1;' });
	migrate($site, qw(upgrade aaaa));
	my %fails = (
		backup => [ 6, { MIGRATE_BACKUP_DIRECTORY => '/dev/null/x' }, qr/fix the backup \(`migrate backup`/ ],
		files  => [ 3, {}, qr/fix what the error names/ ],
		edited => [ 11, {}, qr/the files match what was applied again: start it again/ ],
	);
	my ($a, $b) = map { glob "$site->{dir}/migrations/$_*" } qw(aaaa bbbb);
	my %of = (files => [ $b, 'SELECT 1', "SELECT 'x" ], edited => [ $a, 'x int', 'x text' ]);
	for my $what (qw(backup files edited)) {
		my ($status, $env, $next) = @{ $fails{$what} };
		my ($path, $from, $to) = @{ $of{$what} // [] };
		my $kept = $path && slurp($path);
		write_file($path, $kept =~ s/\Q$from/$to/r) if $path;
		my $got = run('entrypoint', child($site, $env));
		is($got->{status}, $status, "$what: $status") or diag $got->{err};
		write_file($path, $kept) if $path;
		like(rows($site), qr/boot $status 0\z/, 'has a row');
		my ($said) = $got->{err} =~ /^ERROR \[migrate\] (.*?)(?: \(SQLSTATE \w+\))?$/m;
		like(migrate($site, 'log')->{out}, qr/  boot +head +failed \(0 of 1 steps\)  .* by postgres on \S+: \Q$said\E\n\z/, 'a line in the log');
		my $shown = migrate($site, 'status')->{out};
		like($shown, qr/^Failing:   boot.* at \d{4}-\S+ \S+ by postgres on \S+: \Q$said\E/m, 'status tells of it') or diag $shown;
		like($shown, qr/^Next:      $next/m, 'and what to do');
		like(migrate($site, 'doctor')->{out}, qr/^warning +last run +boot.*\Q$said\E/m, 'and so does the doctor');
	}
	my $is = json($site, 'status');
	is($is->{failing}{times}, 3, 'how often in a row');
	is($is->{failing}{last}{exit_code}, 11, 'and why the last time');
	like(migrate($site, 'status')->{out}, qr/^Failing:   boot, 3 times in a row since /m, 'in words, too');
	is(scalar(grep { $_->{attempt} } @{ json($site, 'log') }), 3, 'log --json has them');
	is(scalar @{ json($site, qw(log -n 2)) }, 2, 'the newest of all with -n');
	is(migrate($site, qw(log aaaa))->{out} =~ tr/\n//, 1, 'and none where one revision is asked for');
	is(migrate($site, 'entrypoint')->{status}, 0, 'until it goes well');
	is(json($site, 'status')->{failing}, undef, 'then nothing is failing');
	unlike(migrate($site, 'status')->{out}, qr/^Failing/m, 'nor on the screen');
	like(migrate($site, 'doctor')->{out}, qr/^ok +last run /m, 'the doctor is content');
};

subtest 'what a person did about it' => sub {
	for my $act ([qw(stamp bbbb)], [qw(repair aaaa)]) {
		my $site = site({}, \%table, { id => 'bbbb', up => 'SELECT 1/0;' }, { id => 'cccc', up => 'SELECT 1;' });
		migrate($site, qw(upgrade head)) for 1, 2;
		is(json($site, 'status')->{failing}{times}, 2, 'it fails');
		is(scalar(grep { $_->{attempt} } @{ json($site, 'log') }), 0, 'which the log has among its steps');
		like(json($site, 'status')->{next}, qr/^fix the cause, in the file or the data, then run: migrate upgrade heads$/, 'and is to be fixed first');
		is(migrate($site, @$act)->{status}, 0, "@$act");
		is(json($site, 'status')->{next}, 'migrate upgrade heads', 'is something new to try');
	}
};

subtest 'the lock' => sub {
	for my $mode (qw(session transaction)) {
		my $site = site({ MIGRATE_LOCK_MODE => $mode }, \%table, { id => 'bbbb', up => 'SELECT pg_sleep(140);' });
		migrate($site, qw(upgrade aaaa));
		my $first = stuck($site);
		my $pid = query($site, 'SELECT pid FROM pg_locks WHERE classid = 1835624306 AND objid = 1635017984 AND granted');
		my $got = run('entrypoint', child($site, { MIGRATE_LOCK_TIMEOUT => '200ms' }));
		is($got->{status}, 5, "$mode: not to be had") or diag $got->{err};
		is(rows($site), 'upgrade 0 1, boot ? 0, boot 5 0', 'both have a row');
		like(query($site, 'SELECT error FROM migrate_attempt WHERE status = 5'), qr/^could not obtain the migration lock within .*: held by pid $pid /, 'with who had it');
		my $is = json($site, 'status');
		is($is->{failing}{times}, 1, 'one has failed, one is running');
		like($is->{next}, qr/^wait until pid $pid \(.*\) releases the migration lock$/, 'whose end is to be waited for');
		$first->signal('TERM');
		is($first->finish->{status}, 143, 'stopped');
		is(rows($site), 'upgrade 0 1, boot 143 0, boot 5 0', 'which is recorded');
		my ($stopped) = grep { $_->{attempt} } @{ json($site, 'log') };
		is($stopped->{error}, 'revision bbbb: stopped by SIGTERM', 'and in the log');
		like(json($site, 'status')->{next}, qr/^the migration lock is free now: start it again$/, 'then it is free');
	}
};

subtest 'ends without a word' => sub {
	my %ends = (
		'kill -9' => sub { my ($site, $run) = @_; $run->signal('KILL'); $run->finish;
			query($site, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate'}) },
		'a killed server' => sub { my ($site, $run) = @_; $pg->restart('immediate'); $run->finish },
	);
	for my $mode (qw(session transaction)) {
		for my $how (sort keys %ends) {
			my $site = site({ MIGRATE_LOCK_MODE => $mode }, { id => 'aaaa', up => 'SELECT pg_sleep(140);', up_options => 'transaction:false' });
			my $run = stuck($site);
			is(json($site, 'status')->{last_attempt}{status}, 'running', "$mode, $how: it runs");
			$ends{$how}->($site, $run);
			isnt($run->{status}, 0, 'and is gone');
			quiet($site);
			is(rows($site), 'boot ? 0', 'the row has no end');
			like(migrate($site, 'log')->{out}, qr/  boot +head +ended without reporting why  .*by postgres on \S+$/m, 'the log says what that means');
			like(migrate($site, 'status')->{out}, qr/^Failing:   boot at .*: ended without reporting why$/m, 'status, too');
			is(json($site, 'status')->{failing}{last}{status}, 'vanished', 'in JSON');
		}
	}
};

subtest 'a lost connection' => sub {
	for my $mode (qw(session transaction)) {
		for my $options ('', 'transaction:false') {
			my $site = site({ MIGRATE_LOCK_MODE => $mode }, { id => 'aaaa', up => 'SELECT pg_sleep(140);', up_options => $options });
			my $run = stuck($site);
			query($site, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(140)%' AND pid <> pg_backend_pid()});
			my $status = $options ? 8 : 7;
			is($run->finish->{status}, $status, "$mode: its end") or diag $run->{err};
			is(rows($site), "boot $status 0", 'is written on another one');
			like(migrate($site, 'status')->{out}, qr/^Failing:   boot at .*: revision aaaa: terminating connection/m, 'with its reason');
			my $again = $options ? 'run: migrate upgrade aaaa' : 'start it again';
			like(json($site, 'status')->{next}, qr/^see in the server's log who ended its connection, then $again$/, 'and what to do');
		}
	}
};

# What is next after a failure of a kind.
sub next_after {
	my ($site, $like, $what) = @_;
	like(json($site, 'status')->{next}, $like, "$what: what is next");
	return;
}

subtest 'what a lock was not to be had for' => sub {
	for my $options ('', 'transaction:false') {
		my $site = site({ MIGRATE_APPLY_LOCK_TIMEOUT => '2s', MIGRATE_APPLY_LOCK_RETRY => '0' }, \%table, { id => 'bbbb', up => "SELECT 1;\nALTER TABLE t ADD y int;", up_options => $options });
		migrate($site, qw(upgrade aaaa));
		my $holder = session($site, 'LOCK TABLE t');
		my $again = $options ? 'bbbb' : 'heads';
		is(migrate($site, qw(upgrade head))->{status}, $options ? 8 : 7, "a lock timeout: $options");
		next_after($site, qr/^end what held the lock, if it is still there: SELECT pg_terminate_backend\(\d+\);.* Or let it finish; then run: migrate upgrade $again$/, 'whose holder is known');
		my ($command) = json($site, 'status')->{next} =~ /(SELECT pg_terminate_backend\(\d+\);)/;
		like(migrate($site, 'status')->{out}, qr/^Failing:   .*; to end it: \Q$command\E/m, 'the line has the command, too');
		query($site, $command);
		$holder->finish;
		is(migrate($site, qw(upgrade head))->{status}, 0, 'which helps');
	}
	for my $state (qw(55P03 40P01 40001)) {
		my $site = site({ MIGRATE_APPLY_LOCK_RETRY => '0' }, { id => 'aaaa', up => "DO \$\$ BEGIN RAISE 'no' USING ERRCODE = '$state'; END \$\$;" });
		is(migrate($site, qw(upgrade head))->{status}, 7, "SQLSTATE $state");
		next_after($site, qr/^let (?:what held the lock|the transaction that it met) finish, then run: migrate upgrade heads$/, "SQLSTATE $state");
	}
};

subtest 'what took too long, or was canceled' => sub {
	my $site = site({ MIGRATE_APPLY_STATEMENT_TIMEOUT => '50ms' }, { id => 'aaaa', up => 'SELECT pg_sleep(140);' });
	migrate($site, qw(upgrade head));
	next_after($site, qr/^give it more time \(statement_timeout:1h in its marker line, .*\), then run: migrate upgrade heads$/, 'statement_timeout');
	$site = site({}, { id => 'aaaa', up => 'SELECT pg_sleep(140);' });
	my $run = stuck($site);
	query($site, q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(140)%' AND pid <> pg_backend_pid()});
	like($run->finish->{err}, qr/hint: It was rolled back\. Somebody canceled the statement \(pg_cancel_backend\); run again: migrate upgrade head$/m, 'a statement that somebody cancels');
	next_after($site, qr/^somebody canceled the statement, nothing is wrong with it: start it again$/, 'canceled');
};

subtest 'what cannot be continued' => sub {
	my $half = "SELECT 1 / (SELECT count(*) FROM pg_tables WHERE tablename = 'gate');";
	my %left = (
		'a temporary table' => [ 'CREATE TEMP TABLE mine (x int);', qr/^finish aaaa by hand, .*; then run: migrate resolve aaaa --applied$/, 'CREATE TABLE gate ()' ],
		'a cursor' => [ 'DECLARE mine CURSOR WITH HOLD FOR SELECT 1;', qr/^finish aaaa by hand, .*; then run: migrate resolve aaaa --applied$/, 'CREATE TABLE gate ()' ],
		'a SET that fails' => [ "CREATE ROLE gone_%d;\nSET ROLE gone_%d;", qr/^make the statement succeed that sets the session, then run: migrate upgrade aaaa; or finish by hand, then run: migrate resolve aaaa --applied$/,
			'DROP ROLE gone_%d' ],
	);
	for my $what (sort keys %left) {
		my ($up, $next, $meanwhile) = map { ref ? $_ : s/%d/$count/gr } @{ $left{$what} };
		my $site = site({}, { id => 'aaaa', up => "$up\n$half", up_options => 'transaction:false' });
		is(migrate($site, qw(upgrade head))->{status}, 8, $what);
		next_after($site, qr/^fix the cause, in the file or the data, then run: migrate upgrade aaaa$/, 'half done');
		query($site, $meanwhile);
		is(migrate($site, qw(upgrade aaaa))->{status}, 8, 'cannot be continued');
		next_after($site, $next, $what);
		is(migrate($site, qw(resolve aaaa --applied))->{status}, 0, 'which can be done');
		is(json($site, 'status')->{next}, 'nothing', 'and ends it');
	}
};

subtest 'a migration that gives up the lock' => sub {
	my $site = site({ MIGRATE_BACKUP_ENABLED => 'off' }, { id => 'aaaa', up => "SELECT pg_advisory_unlock_all();\nSELECT pg_sleep(140) WHERE pg_try_advisory_xact_lock(1) IS NULL;\nLOCK TABLE gate;" });
	query($site, 'CREATE TABLE gate ()');
	my $holder = session($site, 'LOCK TABLE gate');
	my ($first, $second) = map { my $at = $_; my $run = start(qw(upgrade head), child($site, { MIGRATE_APPLY_LOCK_TIMEOUT => '100s' }));
		$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$site->{name}' AND wait_event_type = 'Lock'", $at, 60); $run } 1, 2;
	end_session($site, $holder);
	is($first->finish->{status}, 0, 'goes well') or diag $first->{err};
	is($second->finish->{status}, 7, 'the other fails');
	like($second->{err}, qr/the version table \S+ changed while this run held the lock.*migrate current; then run again\.$/ms, 'and says why') or diag $second->{err};
	unlike($second->{err}, qr/\bFix\b/, 'the file is not to blame');
	is(migrate($site, qw(upgrade head))->{status}, 0, 'then nothing is left to do');
};

subtest 'SIGTERM' => sub {
	my $site = site({}, \%table, { id => 'bbbb', up => 'SELECT pg_sleep(140);' });
	migrate($site, qw(upgrade aaaa));
	my $table = session($site, 'LOCK TABLE t');
	my $dump = start('entrypoint', child($site));
	$dump->wait_for_line(qr/pg_dump .* writes/, 60);
	$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND NOT granted", '1', 60, $site->{name});
	$dump->signal('TERM');
	is($dump->finish->{status}, 143, 'while the backup is taken');
	like(rows($site), qr/, boot 143 0\z/, 'is recorded');
	end_session($site, $table);
	my $first = stuck($site, { MIGRATE_BACKUP_ENABLED => 'off' });
	my $second = start('entrypoint', child($site, { MIGRATE_BACKUP_ENABLED => 'off' }));
	$second->wait_for_line(qr/waiting for the migration lock/, 60);
	$second->signal('TERM');
	is($second->finish->{status}, 143, 'while the lock is waited for');
	like(rows($site), qr/, boot \? 0, boot 143 0\z/, 'is recorded');
	$first->signal('TERM');
	$first->finish;
	quiet($site);
};

subtest 'one boot has one row' => sub {
	my $site = site({}, \%table, { id => 'bbbb', up => 'SELECT 1;' });
	migrate($site, qw(upgrade aaaa));
	my $table = session($site, 'LOCK TABLE t');
	my $boot = start('entrypoint', child($site));
	$pg->wait_for("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND NOT granted", '1', 60, $site->{name});
	my $begun = query($site, 'SELECT begun FROM migrate_attempt ORDER BY id DESC LIMIT 1');
	query($site, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate'});
	end_session($site, $table);
	is($boot->finish->{status}, 0, 'which lost its connection and started over') or diag $boot->{err};
	like($boot->{err}, qr/starting over/, 'as it says');
	is(rows($site), 'upgrade 0 1, boot 0 1', 'and is in it as a whole');
	is(query($site, 'SELECT begun FROM migrate_attempt ORDER BY id DESC LIMIT 1'), $begun, 'from its beginning');
};

subtest 'several at once' => sub {
	my $site = site({}, { id => 'aaaa', up => "CREATE TABLE t (x int);\nSELECT pg_sleep(0.5);" });
	my @runs = map { start('entrypoint', child($site)) } 1 .. 4;
	is($_->finish->{status}, 0, 'a replica') || diag $_->{err} for @runs;
	is(scalar(grep { $_->{err} =~ /cannot record/ } @runs), 0, 'the table is made once, and nobody complains');
	my $rows = rows($site);
	is(scalar(() = $rows =~ /boot 0 1/g), 1, 'one did it') or diag $rows;
	unlike($rows, qr/\?|[1-9]\d* 0\b/, 'the others found nothing to do');
};

subtest 'a hundred are kept' => sub {
	my $site = site({}, \%table);
	migrate($site, qw(upgrade head));
	query($site, q{INSERT INTO migrate_attempt (command, target, heads, pending, tool_version, database, ended, status)
		SELECT 'boot', 'head', '{}', '{}', '0', 1, now(), 1 FROM generate_series(1, 300)});
	migrate($site, qw(downgrade -1));
	is(query($site, 'SELECT count(*) FROM migrate_attempt'), '100', 'no more');
	like(rows($site), qr/downgrade 0 1\z/, 'the newest among them');
};

subtest 'as whom' => sub {
	query({ name => 'postgres' }, 'CREATE ROLE app LOGIN; CREATE ROLE other LOGIN');
	my $login = sub { my ($site) = @_; $site->{env}{MIGRATE_URL} =~ s/user=postgres/user=app/; return $site };
	my $cannot = sub {
		my ($what, $site) = @_;
		my $got = migrate($site, qw(upgrade head));
		is($got->{status}, 0, "$what: the run goes on") or diag $got->{err};
		is(scalar(() = $got->{err} =~ /WARN .*cannot record this run .*: permission denied/g), 1, 'and says so once') or diag $got->{err};
		is(migrate($site, $_)->{status}, 0, "$_ works") for qw(status log);
	};
	my @files = (\%table, { id => 'bbbb', up => 'SELECT 1;' });

	my $site = $login->(site({}, @files));
	migrate({ %$site, env => { %{ $site->{env} }, MIGRATE_URL => $pg->url($site->{name}) } }, qw(upgrade aaaa));
	query($site, 'DROP TABLE migrate_attempt; GRANT ALL ON alembic_version, migrate_journal TO app; REVOKE CREATE ON SCHEMA public FROM PUBLIC');
	$cannot->('no right to create', $site);
	ok(none($site), 'there is none');

	$site = $login->(site({}, @files));
	query($site, 'GRANT CREATE ON SCHEMA public TO app');
	migrate($site, qw(upgrade aaaa));
	query($site, 'ALTER TABLE migrate_attempt OWNER TO postgres; REVOKE ALL ON migrate_attempt FROM app');
	$cannot->('no right to insert', $site);

	$site = $login->(site({}, @files));
	query($site, 'GRANT CREATE ON SCHEMA public TO app');
	migrate($site, qw(upgrade aaaa));
	query($site, 'DROP TABLE migrate_attempt; GRANT SELECT, UPDATE ON alembic_version TO other');
	migrate({ %$site, env => { %{ $site->{env} }, MIGRATE_URL => $pg->url($site->{name}) } }, qw(downgrade -1));
	is(query($site, q{SELECT string_agg(DISTINCT concat_ws(' ', grantee, privilege_type), ', ') FROM information_schema.role_table_grants
		WHERE table_name = 'migrate_attempt' AND grantee = 'other'}), 'other SELECT, other UPDATE', 'who may use the version table may use this one');
	my $boot = migrate($site, 'entrypoint');
	is($boot->{status}, 0, 'so a table that a superuser made is in nobody\'s way') or diag $boot->{err};
	is(migrate($site, 'backup')->{status}, 0, 'nor in a backup\'s');
	like(rows($site), qr/boot 0 2\z/, 'and is written');
};

subtest 'in any state of the database' => sub {
	my $site = site({}, \%table, { id => 'bbbb', up => 'DROP TABLE migrate_attempt;' }, { id => 'cccc', up => 'SELECT 1;' });
	my $got = migrate($site, qw(upgrade head));
	is($got->{status}, 0, 'dropped meanwhile: the run goes on') or diag $got->{err};
	like($got->{err}, qr/WARN .*cannot record the end of this run/, 'and says so');

	$site = site({}, \%table);
	query($site, "ALTER DATABASE $site->{name} SET default_transaction_read_only = on");
	$got = migrate($site, qw(upgrade head));
	isnt($got->{status}, 0, 'read-only');
	unlike($got->{err}, qr/cannot record/, 'has its own error and no other');

	my $odd = q{it's "meta"};
	$site = site({ MIGRATE_VERSION_TABLE_SCHEMA => $odd }, \%table);
	query($site, q{CREATE SCHEMA "it's ""meta"""});
	unlike(migrate($site, qw(upgrade head))->{err}, qr/WARN/, 'a schema of any name');
	is(query($site, q{SELECT count(*) FROM "it's ""meta""".migrate_attempt WHERE status = 0}), '1', 'has it, beside the version table');

	$site = site({}, \%table);
	query($site, qq{CREATE SCHEMA evil;
		CREATE FUNCTION evil.no(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT 1/0 = 1';
		CREATE FUNCTION evil.no(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT 1/0 = 1';
		CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT to_timestamp(1/0)';
		CREATE OPERATOR evil.= (FUNCTION = evil.no, LEFTARG = bigint, RIGHTARG = bigint);
		CREATE OPERATOR evil.= (FUNCTION = evil.no, LEFTARG = oid, RIGHTARG = oid);
		CREATE OPERATOR evil.<= (FUNCTION = evil.no, LEFTARG = bigint, RIGHTARG = bigint);
		ALTER DATABASE $site->{name} SET search_path = evil, pg_catalog, public});
	$site->{env}{MIGRATE_VERSION_TABLE_SCHEMA} = 'public';
	$got = migrate($site, qw(upgrade head));
	unlike($got->{err}, qr/WARN/, 'a search_path with other operators') or diag $got->{err};
	is(query($site, q{SET search_path = public; SELECT status FROM migrate_attempt}), '0', 'does not matter');

	$site = site({}, \%table);
	query($site, "ALTER DATABASE $site->{name} SET default_transaction_isolation = 'serializable'");
	my @runs = map { start('entrypoint', child($site)) } 1 .. 3;
	$_->finish for @runs;
	is(scalar(grep { $_->{err} =~ /WARN/ } @runs), 0, 'another isolation by default, neither');
};

subtest 'the migration\'s own settings' => sub {
	for my $set ('SET ROLE nobody_much', 'SET default_transaction_read_only = on', "SET search_path = ''", 'SET statement_timeout = 1') {
		query({ name => 'postgres' }, q{DO $$ BEGIN CREATE ROLE nobody_much; EXCEPTION WHEN duplicate_object THEN NULL; END $$});
		my $site = site({}, { id => 'aaaa', up => "SELECT 1;\n$set;\nSELECT nonsense;", up_options => 'transaction:false' });
		my $got = migrate($site, qw(upgrade head));
		is($got->{status}, 8, "$set; then it fails") or diag $got->{err};
		is(rows($site), 'upgrade 8 0', 'which is recorded');
	}
};

subtest 'a table of ours' => sub {
	my $site = site({}, { id => 'aaaa', up => 'SELECT 1/0;' });
	migrate($site, 'entrypoint');
	like(migrate($site, 'entrypoint')->{err}, qr/no backup: the database is empty/, 'a database with nothing else is empty');
	$site = site({}, \%table);
	migrate($site, qw(upgrade head));
	my $models = write_file("$site->{dir}/schema.sql", 'CREATE TABLE t (x int);');
	my $check = run('check', child($site, { MIGRATE_MODELS_SOURCE => $models }));
	is($check->{status}, 0, 'none that models lack') or diag $check->{out}, $check->{err};
};

subtest 'a copy of the database' => sub {
	my $site = site({}, { id => 'aaaa', up => 'SELECT pg_sleep(140);' });
	my $run = stuck($site, { MIGRATE_BACKUP_ENABLED => 'off' });
	$run->signal('KILL');
	$run->finish;
	query($site, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate'});
	quiet($site);
	$pg->create_database('attempts_copy', "TEMPLATE $site->{name}");
	my $is = json({ %$site, env => { %{ $site->{env} }, MIGRATE_URL => $pg->url('attempts_copy') } }, 'status');
	is($is->{failing}, undef, 'has not failed itself');
	is($is->{last_attempt}{status}, 'copied', 'what it has of the other is told from its own');
};

subtest 'a standby' => sub {
	my $site = site({}, \%table, { id => 'bbbb', up => 'SELECT 1/0;' });
	migrate($site, qw(upgrade head));
	my $standby = Cluster->standby_of($pg);
	$standby->start;
	my $lsn = query($site, 'SELECT pg_current_wal_lsn()');
	$standby->wait_for("SELECT pg_last_wal_replay_lsn() >= '$lsn'", 't', 60);
	my $there = { %$site, env => { %{ $site->{env} }, MIGRATE_URL => $standby->url($site->{name}) . '&target_session_attrs=any' } };
		is(json($there, 'status')->{failing}{times}, 1, 'tells the same');
	my $got = migrate($there, qw(upgrade head));
	isnt($got->{status}, 0, 'and takes no run');
	unlike($got->{err}, qr/cannot record/, 'without another complaint') or diag $got->{err};
};

done_testing;
