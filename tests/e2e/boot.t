# boot: wait, back up, migrate, exec: what `migrate entrypoint` does on its way and at its end.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(options => {
	log_statement => 'all', log_connections => 'on', log_disconnections => 'off' });
$pg->start;

my $count = 0;

# A database of its own, a directory with migrations a and b, and the environment for both.
sub site {
	my (%is) = @_;
	my $name = 'site' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', {
		message => 'first', up => 'CREATE TABLE t (x int); INSERT INTO t VALUES (1);',
		down => 'DROP TABLE t;' });
	migration("$dir/migrations", 'bbbb', {
		parents => 'aaaa', message => 'second', up => 'ALTER TABLE t ADD y text;',
		down => 'ALTER TABLE t DROP y;' });
	$pg->create_database($name);
	return { name => $name, dir => $dir, env => {
		MIGRATE_URL => $pg->url($name), MIGRATE_WAIT_SOCKET_ONLY => 'on', %{ $is{env} // {} } } };
}

sub boot {
	my ($site, @rest) = @_;
	my %more = ref $rest[-1] ? %{ pop @rest } : ();
	my %env  = (%{ $site->{env} }, %{ delete $more{env} // {} });
	return run('entrypoint', @rest, { dir => $site->{dir}, env => \%env, %more });
}

sub begin {
	my ($site, $env, @rest) = @_;
	return start('entrypoint', @rest,
		{ dir => $site->{dir}, env => { %{ $site->{env} }, %{ $env // {} } } });
}

sub at { my ($site) = @_; return $pg->query(
	q{SELECT coalesce(string_agg(version_num, ',' ORDER BY 1), '') FROM alembic_version},
	$site->{name}) }

sub files { my ($site) = @_; return sort map { s{.*/}{}r } glob "$site->{dir}/backups/{*,.[!.]*}" }

# Nothing of an interrupted run may be left in the server.
sub quiet_server {
	my ($site) = @_;
	return $pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$site->{name}'
		AND application_name IN ('migrate', 'pg_dump')", '0', 5);
}

subtest 'the first start of an empty database' => sub {
	my $site = site();
	my $boot = boot($site, '--', 'sh', '-c', 'echo started as $0 with "$1"', 'app', 'an arg');
	is($boot->{status}, 0, 'succeeds') or diag $boot->{err};
	is($boot->{out}, "started as app with an arg\n", 'and is the application');
	like($boot->{err}, qr/Running upgrade  -> aaaa, first\n.*Running upgrade aaaa -> bbbb, second\n/s,
		'in Alembic\'s words');
	like($boot->{err}, qr/no backup: the database is empty/, 'nothing to back up');
	is(at($site), 'bbbb', 'the version table says so');
	is($pg->query('SELECT count(*) FROM t WHERE y IS NULL', $site->{name}), '1', 'and the tables are there');
	is($pg->query(q{SELECT string_agg(revision || ' ' || direction || ' ' || status, ',' ORDER BY id)
		FROM migrate_journal}, $site->{name}), 'aaaa up done,bbbb up done', 'and the journal');
	is($pg->query(q{SELECT format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || conname
		FROM pg_attribute a JOIN pg_constraint c ON c.conrelid = a.attrelid
		WHERE attrelid = 'alembic_version'::regclass AND attnum > 0}, $site->{name}),
		'character varying(32) true alembic_version_pkc', 'the table is Alembic\'s');
};

subtest 'a normal start' => sub {
	my $site = site();
	is(boot($site)->{status}, 0, 'after the first');
	my $from = length $pg->log;
	my $boot = boot($site, '--', 'true');
	is($boot->{status}, 0, 'succeeds');
	my $log = substr $pg->log, $from;
	is(scalar(() = $log =~ /connection received/g), 1, 'opens one connection') or diag $log;
	is(scalar(() = $log =~ /LOG:  (?:statement|execute)/g), 1, 'sends one query') or diag $log;
	unlike($log, qr/advisory/, 'takes no lock');
	is_deeply([ files($site) ], [], 'makes no backup');
	is(boot($site)->{status}, 0, 'without a command it is an init container');
};

subtest 'what is pending on a database with data' => sub {
	my $site = site();
	is(run('upgrade', 'aaaa', { dir => $site->{dir}, env => $site->{env} })->{status}, 0, 'half-way');
	my $boot = boot($site, '--', 'true');
	is($boot->{status}, 0, 'is applied') or diag $boot->{err};
	my @files = files($site);
	is(scalar @files, 2, 'after a backup with its manifest') or diag "@files";
	like($boot->{err}, qr/backup.*verified.*Running upgrade aaaa -> bbbb/s, 'in this order');
	my ($dump) = grep { /\.dump$/ } @files;
	my ($status) = $pg->program("pg_restore", [ "--list", "$site->{dir}/backups/$dump" ])->{status};
	is($status, 0, 'which pg_restore can read');
	my $manifest = slurp("$site->{dir}/backups/$dump.json");
	like($manifest, qr/"heads":\s*\["aaaa"\]/, 'the manifest names where it was');
	like($manifest, qr/"pending":\s*\["bbbb"\]/, 'and what was pending');
	my $id = $dump =~ s/\.dump$//r;
	is($pg->query(q{SELECT backup FROM migrate_journal WHERE revision = 'bbbb'}, $site->{name}), $id,
		'the journal names the backup');
};

subtest 'the application' => sub {
	my $site = site();
	boot($site);
	my $started = boot($site, '--', 'sh', '-c', 'grep -E "Sig(Blk|Ign|Cgt)" /proc/self/status; ls /proc/$$/fd');
	like($started->{out}, qr/SigBlk:\s+0+\n/, 'starts with no signal blocked');
	my $alone = Process->run([ 'grep', 'SigIgn', '/proc/self/status' ], env => {%ENV}, dir => '/');
	chomp(my $ignored = $alone->{out});	# by whoever started the test
	like($started->{out}, qr/^\Q$ignored\E$/m, 'and none ignored but what was') or diag $started->{out};
	like($started->{out}, qr/^0\n1\n2\n\z/m, 'and no descriptor of ours');
	is(boot($site, '--', '/nonexistent/app')->{status}, 127, 'that is not there: 127');
	my $plain = write_file("$site->{dir}/plain", "x");
	my $boot = boot($site, '--', $plain);
	is($boot->{status}, 126, 'that cannot be executed: 126') or diag $boot->{err};
	is(boot($site, '--', 'sh', '-c', 'exit 42')->{status}, 42, 'ends with its own status');
	is(boot($site, '--', 'sh', '-c', 'kill -9 $$')->{status}, 137, 'or by its signal');
};

subtest 'waiting' => sub {
	my $site = site();
	$pg->stop;
	my $boot = begin($site, {}, '--', 'echo', 'up');
	ok($boot->wait_for_line(qr/waiting for/, 20), 'is said');
	$pg->start;
	is($boot->finish->{status}, 0, 'and ends') or diag $boot->{err};
	is($boot->{out}, "up\n", 'with the application');
	like($boot->{err}, qr/ready after/, 'and says how long it took');
	my @waiting = $boot->{err} =~ /waiting for/g;
	cmp_ok(scalar @waiting, '<=', 4, 'a line when the reason changes, not one an attempt');

	my $never = run('wait', '--wait-timeout', '300ms',
		{ env => { MIGRATE_URL => 'postgresql:///x?host=/nonexistent' } });
	is($never->{status}, 4, 'has a limit: 4');
	like($never->{err}, qr/not reachable within/, 'and says so');
	like($never->{err}, qr/\d+ times/, 'with its history folded');
};

subtest 'what no waiting can mend' => sub {
	my $auth = Cluster->new(port => 1, auth => 'scram', password => 'right');
	$auth->start;
	my $wrong = run('wait', { env => {
		MIGRATE_URL => $auth->tcp_url('postgres', user => 'postgres', password => 'wr%40ng') } });
	is($wrong->{status}, 3, 'a wrong password: 3');
	cmp_ok($wrong->{seconds}, '<', 5, 'ends at once');
	like($wrong->{err}, qr/password authentication failed.*hint:/s, 'with its message and a hint');
	unlike($wrong->{err}, qr/wr(?:%40|@)ng/, 'but not the password');
	my $none = run('wait', { env => { MIGRATE_URL => $auth->tcp_url('nodb',
		user => 'postgres', password => 'right'), MIGRATE_WAIT_DATABASE_GRACE => '300ms' } });
	is($none->{status}, 3, 'a database that never comes: 3') or diag $none->{err};
	like($none->{err}, qr/"nodb" does not exist/, 'named');
};

subtest 'the lock' => sub {
	my $site = site();
	my $holder = begin($site, {}, '--', 'true');
	$holder->finish;
	my $blocked = site();
	my ($key) = $pg->log =~ /pg_try_advisory_lock\((-?\d+)/;
	# another session holds the lock, whatever its key: it is taken from the server's own log
	SKIP: {
		my $query = $pg->query(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'});
		is($query, '0', 'is released at the end');
	}
	write_file("$blocked->{dir}/migrations/aaaa_first.sql", slurp("$blocked->{dir}/migrations/aaaa_first.sql")
		=~ s/CREATE TABLE t/SELECT pg_sleep(30); CREATE TABLE t/r);
	my $first = begin($blocked, {}, '--', 'true');
	ok($first->wait_for_line(qr/Running upgrade/, 20), 'one migrates');
	my $second = boot($blocked, { env => { MIGRATE_LOCK_TIMEOUT => '300ms' } });
	is($second->{status}, 5, 'the other waits, and gives up in time: 5');
	like($second->{err}, qr/waiting for the migration lock.*pid \d+.*migrate/, 'it names the holder');
	$first->signal('KILL');
	is($first->finish->{status}, 137, 'the first is killed');
	$pg->wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", '0', 20);
	pass('and its lock goes with it');
};

subtest 'two replicas' => sub {
	my $site = site();
	my @boots = map { begin($site, {}, '--', 'echo', 'up') } 1 .. 4;
	is($_->finish->{status}, 0, 'one of them starts') || diag $_->{err} for @boots;
	is($pg->query('SELECT count(*) FROM migrate_journal', $site->{name}), '2', 'each step ran once');
	is($pg->query('SELECT count(*) FROM t', $site->{name}), '1', 'and left what it should');
};

subtest 'the backup fails' => sub {
	my $site = site();
	run('upgrade', 'aaaa', { dir => $site->{dir}, env => $site->{env} });
	my $boot = boot($site, '--', 'echo', 'up', { env => { MIGRATE_BACKUP_PG_DUMP => '/bin/false' } });
	is($boot->{status}, 6, 'status 6') or diag $boot->{err};
	is($boot->{out}, '', 'the application does not start');
	is(at($site), 'aaaa', 'nothing was applied');
	$boot = boot($site, { env => { MIGRATE_BACKUP_DIRECTORY => '/proc/none' } });
	is($boot->{status}, 6, 'an impossible directory: 6');
	my $fake = write_file("$site->{dir}/pg_dump", "#!/bin/sh\n"
		. "case \$1 in --version) exec pg_dump --version;; esac\n"
		. 'for a; do case $a in --file=*) head -c 5000 /dev/zero >"${a#--file=}";; esac; done' . "\n");
	chmod 0755, $fake;
	$boot = boot($site, { env => { MIGRATE_BACKUP_PG_DUMP => $fake } });
	is($boot->{status}, 6, 'an archive that cannot be read back: 6') or diag $boot->{err};
	is_deeply([ files($site) ], [], 'and nothing is left of any');
};

subtest 'a migration fails' => sub {
	my $site = site();
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', message => 'third',
		up => "CREATE TABLE u (x int);\n-- a comment\nINSERT INTO u\n  VALUES ('ü', nonsense);" });
	my $boot = boot($site, '--', 'echo', 'up');
	is($boot->{status}, 7, 'status 7') or diag $boot->{err};
	is($boot->{out}, '', 'the application does not start');
	is(at($site), 'bbbb', 'those before it stay');
	is($pg->query(q{SELECT to_regclass('u') IS NULL}, $site->{name}), 't', 'it was rolled back');
	like($boot->{err}, qr/cccc.*column "nonsense" does not exist/, 'the server\'s message');
	like($boot->{err}, qr/cccc_third\.sql:11\b/, 'file and line') or diag $boot->{err};
	like($boot->{err}, qr/INSERT INTO u/, 'the statement');
	is($pg->query(q{SELECT status || ' ' || sqlstate FROM migrate_journal WHERE revision = 'cccc'},
		$site->{name}), 'failed 42703', 'and the journal knows');
	my $all = site(env => { MIGRATE_APPLY_TRANSACTION => 'all' });
	migration("$all->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT nonsense;' });
	is(boot($all)->{status}, 7, 'with transaction = all too');
	is(at($all), '', 'but then nothing stays');
};

subtest 'a migration without transaction fails half-way' => sub {
	my $site = site();
	my $file = migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', message => 'third',
		up => "CREATE TABLE one (x int);\nCREATE INDEX CONCURRENTLY i ON one (x);\n"
			. "CREATE TABLE two (x int, CHECK (missing()));\nCREATE TABLE three (x int);",
		down => "DROP INDEX CONCURRENTLY i;\nDROP TABLE one;\nDROP TABLE missing_too;\nDROP TABLE three" });
	my $boot = boot($site, '--', 'echo', 'up');
	is($boot->{status}, 8, 'status 8') or diag $boot->{err};
	is(at($site), 'bbbb', 'it is still pending');
	my $status = run('status', '--exit-code', { dir => $site->{dir}, env => $site->{env} });
	is($status->{status}, 9, 'status --exit-code: 9');
	like($status->{out}, qr/Half done: cccc, up, 2 statements/, 'and says where it stands');
	is(run('downgrade', '-1', { dir => $site->{dir}, env => $site->{env} })->{status}, 8,
		'a downgrade does not go past it');
	my $text = slurp($file);
	write_file($file, $text =~ s/TABLE one/TABLE another/r);
	$boot = boot($site);
	is($boot->{status}, 8, 'what is done must not be edited');
	like($boot->{err}, qr/first 2 statements of revision cccc have already been applied but were edited/, 'which is said');
	write_file($file, $text =~ s/missing\(\)\)/missing())   /r =~ s/TABLE three/TABLE IF NOT EXISTS three/r);
	$pg->query('CREATE FUNCTION missing() RETURNS bool LANGUAGE sql IMMUTABLE RETURN true', $site->{name});
	$boot = boot($site, '--', 'echo', 'up');
	is($boot->{status}, 0, 'the next start goes on behind what is done') or diag $boot->{err};
	like($boot->{err}, qr/cccc continues at statement 3 of 4/, 'and says so');
	is(at($site), 'cccc', 'to the end');
	is(boot($site)->{status}, 0, 'and the one after that has nothing to do');

	my $down = run('downgrade', '-1', { dir => $site->{dir}, env => $site->{env} });
	is($down->{status}, 8, 'half-way down: 8') or diag $down->{err};
	is(at($site), 'bbbb', 'what is begun to be taken back is not current');
	my $start = boot($site);
	is($start->{status}, 8, 'and does not start');
	like($start->{err}, qr/^  hint: Finish that first: migrate downgrade cccc\@-1$/m, 'but says what finishes it');
	$pg->query('CREATE TABLE missing_too (x int)', $site->{name});
	$down = run('downgrade', '-1', { dir => $site->{dir}, env => $site->{env} });
	is($down->{status}, 0, 'the same command finishes it') or diag $down->{err};
	is(at($site), 'bbbb', 'and nothing more');
	is($pg->query(q{SELECT to_regclass('three') IS NULL}, $site->{name}), 't', 'it is gone');
};

subtest 'files and database that do not fit' => sub {
	my $site = site();
	boot($site);
	write_file("$site->{dir}/migrations/aaaa_first.sql", slurp("$site->{dir}/migrations/aaaa_first.sql")
		=~ s/x int/x bigint/r);
	is(boot($site)->{status}, 0, 'an edited migration is no reason to stop with nothing pending');
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT 1;' });
	my $boot = boot($site, '--', 'echo', 'up');
	is($boot->{status}, 11, 'with something pending it is: 11') or diag $boot->{err};
	like($boot->{err}, qr/aaaa.*edited/, 'named');
	is(at($site), 'bbbb', 'nothing is applied');
	is(boot($site, { env => { MIGRATE_BOOT_EDITED => 'warn' } })->{status}, 0, 'unless told so');

	my $spaced = site();
	boot($spaced);
	write_file("$spaced->{dir}/migrations/aaaa_first.sql", slurp("$spaced->{dir}/migrations/aaaa_first.sql")
		=~ s/CREATE TABLE t/CREATE   TABLE -- new\r\n  t/r);
	migration("$spaced->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT 1;' });
	is(boot($spaced)->{status}, 0, 'white space and comments are no edit');

	my $ahead = site();
	boot($ahead);
	unlink "$ahead->{dir}/migrations/bbbb_second.sql";
	$boot = boot($ahead, '--', 'echo', 'up');
	is($boot->{status}, 10, 'a database ahead of the files: 10') or diag $boot->{err};
	like($boot->{err}, qr/Can't locate revision identified by 'bbbb'/, 'in Alembic\'s words');
	is($boot->{out}, '', 'the application does not start');
	is(boot($ahead, '--', 'echo', 'up', { env => { MIGRATE_BOOT_AHEAD => 'warn' } })->{out}, "up\n",
		'unless told so');
};

subtest 'a version table that changes under the lock' => sub {
	my $site = site();
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', message => 'second',
		up => "CREATE TABLE moved (x int); UPDATE alembic_version SET version_num = 'zzzz';" });
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'CREATE TABLE late (x int);' });
	my $boot = boot($site, '--', 'echo', 'up');
	is($boot->{status}, 7, 'stops the run: 7') or diag $boot->{err};
	like($boot->{err}, qr/version table public\.alembic_version changed while this run held the lock/, 'which says so');
	like($boot->{err}, qr/detail: expected bbbb/, 'and what it expected');
	is($pg->query(q{SELECT to_regclass('late') IS NULL}, $site->{name}), 't', 'nothing of the step is left');
};

subtest 'a stop' => sub {
	my %ends = (
		waiting => sub { my ($site) = @_;
			return begin($site, { MIGRATE_URL => 'postgresql:///x?host=/nonexistent' }, '--', 'true') },
		migrating => sub { my ($site) = @_;
			migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb',
				up => 'CREATE TABLE slow (x int); SELECT pg_sleep(60);' });
			return begin($site, {}, '--', 'true') },
		dumping => sub { my ($site) = @_;
			run('upgrade', 'aaaa', { dir => $site->{dir}, env => $site->{env} });
			$site->{locker} = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ],
				stdin => "BEGIN; LOCK TABLE t; SELECT pg_sleep(60);");
			$pg->wait_for("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
				AND relation = 't'::regclass", '1', 10, $site->{name});
			return begin($site, {}, '--', 'true') },
	);
	my %sign = (waiting => qr/waiting for/, migrating => qr/Running upgrade bbbb -> cccc/,
		dumping => qr/backup: pg_dump/);
	for my $phase (sort keys %ends) {
		for my $signal ($phase eq 'waiting' ? ('TERM', 'INT') : 'TERM') {
			my $site = site();
			my $boot = $ends{$phase}->($site);
			ok($boot->wait_for_line($sign{$phase}, 20), "while $phase");
			if ($phase eq 'migrating') {
				$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE
					'%pg_sleep(60)%' AND state = 'active' AND application_name = 'migrate'", '1', 10);
			}
			my $began = Time::HiRes::time();
			$boot->signal($signal);
			$boot->finish;
			is($boot->{status}, $signal eq 'TERM' ? 143 : 130, "$signal ends it with its status")
				or diag $boot->{err};
			cmp_ok(Time::HiRes::time() - $began, '<', 2, 'within two seconds');
			ok(quiet_server($site), 'nothing is left in the server');
			is_deeply([ files($site) ], [], 'and no partial file');
			is(at($site), $phase eq 'migrating' ? 'bbbb' : 'aaaa', 'no step is half done')
				if $phase ne 'waiting';
			$site->{locker}->signal('KILL') if $site->{locker};
			$site->{locker}->finish if $site->{locker};
		}
	}
	my $site = site();
	write_file("$site->{dir}/migrations/aaaa_first.sql", slurp("$site->{dir}/migrations/aaaa_first.sql")
		=~ s/CREATE TABLE t/SELECT pg_sleep(60); CREATE TABLE t/r);
	my $first = begin($site, {}, '--', 'true');
	ok($first->wait_for_line(qr/Running upgrade/, 20), 'while another migrates');
	my $second = begin($site, {}, '--', 'true');
	ok($second->wait_for_line(qr/waiting for the migration lock/, 20), 'and one waits for the lock');
	$second->signal('TERM');
	is($second->finish->{status}, 143, 'the waiting one ends');
	$first->signal('TERM');
	is($first->finish->{status}, 143, 'and so does the other');
};

done_testing;
