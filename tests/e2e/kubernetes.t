# kubernetes: wait --revision and what ends it, probes, and the last words of a container that failed.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;

sub project {
	my ($database) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'a1', { up => 'CREATE TABLE a (id int);', down => 'DROP TABLE a;' });
	migration("$dir/migrations", 'b2', { parents => 'a1', up => 'CREATE TABLE b (id int);', down => 'DROP TABLE b;' });
	$pg->create_database($database);
	return { dir => $dir, timeout => 180, env => { DATABASE_URL => $pg->tcp_url($database) } };
}

subtest 'wait --revision' => sub {
	my $in      = project('waiting');
	my $for_one = start('wait', '--revision', 'a1', '--wait-timeout', '2m', $in);
	my $for_all = start('wait', '--revision', 'head', '--wait-timeout', '2m', $in);
	ok($_->wait_for_line(qr/waiting for revision \S+; the database is at <base>$/), 'waits')
	    for $for_one, $for_all;
	is(run('upgrade', 'a1', $in)->{status}, 0, 'somebody migrates');
	is($for_one->finish->{status}, 0, 'is ready at its revision');
	ok($for_all->wait_for_line(qr/the database is at a1$/), 'says how far it is');
	is(run('upgrade', 'head', $in)->{status}, 0, 'and on');
	is($for_all->finish->{status}, 0, 'is ready at the head');
	is(run('wait', '--revision', 'a1', $in)->{status}, 0, 'behind a revision is good too');
	is($pg->query('SELECT count(*) FROM migrate_journal', 'waiting'), 2, 'nothing else was done')
	    if $pg->can('query');
};

subtest 'what ends it' => sub {
	my $in   = project('ending');
	my $late = run('wait', '--revision', 'head', '--wait-timeout', '1s', $in);
	is($late->{status}, 9, 'the time');
	like($late->{err}, qr/did not get to head within 1\.0 s\n  detail: it is at <base>; pending: 2 revisions/, 'says what is missing');
	my $stopped = start('wait', '--revision', 'head', $in);
	$stopped->wait_for_line(qr/waiting for revision/);
	$stopped->signal('TERM');
	is($stopped->finish->{status}, 143, 'a stop');
	is(run('wait', '--revision', 'nope', $in)->{status}, 3, 'a revision that is not there');
	is(run('wait', '--revision', '+1', $in)->{status}, 2, 'one that would move on');
	run('upgrade', 'head', $in);
	unlink glob "$in->{dir}/migrations/b2*";
	is(run('wait', '--revision', 'head', $in)->{status}, 10, 'a database ahead of the files');
	$in->{env}{MIGRATE_BOOT_AHEAD} = 'warn';
	is(run('wait', '--revision', 'head', $in)->{status}, 0, 'unless that is allowed');
};

subtest 'a connection that breaks' => sub {
	my $in   = project('breaking');
	my $wait = start('wait', '--revision', 'head', '--wait-timeout', '2m', $in);
	$wait->wait_for_line(qr/waiting for revision/);
	$pg->stop;
	$pg->start;
	is(run('upgrade', 'head', $in)->{status}, 0, 'behind a restart somebody migrates');
	is($wait->finish->{status}, 0, 'which is seen') or diag $wait->{err};
};

subtest 'last words' => sub {
	my $in = project('words');
	my $log = $in->{env}{MIGRATE_BOOT_TERMINATION_LOG} = "$in->{dir}/termination-log";
	migration("$in->{dir}/migrations", 'c3', { parents => 'b2', up => 'SELECT ' . 'x' x 9000 . ';' });
	is(run('entrypoint', $in)->{status}, 7, 'a boot fails');
	ok(!-e $log, 'no file is made');
	write_file($log, 'earlier words' x 1000);
	my $got = run('entrypoint', $in);
	is('ERROR [migrate] ' . slurp($log) . "\n", $got->{err} =~ s/.*?(?=ERROR)//sr, 'into a file that is there goes the error');
	like(slurp($log), qr/\Arevision c3: .*\n  at .*c3_c3\.sql:\d+\n/, 'whole');
	write_file($log, '');
	is(run('upgrade', 'head', $in)->{status}, 7, 'another command fails');
	is(slurp($log), '', 'and says nothing there');
	is(run('entrypoint', '--url', 'postgresql://', { %$in, env => { %{ $in->{env} }, MIGRATE_WAIT_TIMEOUT => 'soon' } })->{status}, 3,
		'settings that are wrong');
	run('wait', '--revision', 'nope', $in);
	like(slurp($log), qr/\ACan't locate revision identified by 'nope'\n/, 'wait says it too');
};

subtest 'wait --revision beside a boot that fails' => sub {
	my $in = project('failing');
	migration("$in->{dir}/migrations", 'c3', { parents => 'b2', up => 'SELECT 1 / n FROM none;' });
	my $boot = sub { return run('entrypoint', { %$in, env => { %{ $in->{env} }, MIGRATE_BACKUP_ENABLED => 'off', @_ } }) };
	my $wait = start('wait', '--revision', 'head', '--wait-timeout', '2m', $in);
	ok($wait->wait_for_line(qr/waiting for revision/), 'waits');
	is($boot->()->{status}, 7, 'a boot fails in a way that stays');
	my $got = $wait->finish;
	is($got->{status}, 9, 'which ends the wait');
	cmp_ok($got->{seconds} // 0, '<', 60, 'before its time') if exists $got->{seconds};
	like($got->{err}, qr/ERROR \[migrate\] the boot that this waits for failed with status 7: revision c3: .*none/, 'with the reason');
	like($got->{err}, qr/detail: it ended at \S+ \S+, by \S+ on \S+; the database is at b2, not at head; pending: 1 revision/, 'the state');
	like($got->{err}, qr/hint: Fix the cause, in the file or the data, then start it again\./, 'and what to do');
	is(run('wait', '--revision', 'head', $in)->{status}, 9, 'one that starts just after it ends, too');
	is(run('wait', '--revision', 'b2', $in)->{status}, 0, 'but not where it is not needed');

	$pg->query(q{UPDATE migrate_attempt SET begun = begun - interval '1 day', ended = ended - interval '1 day'}, 'failing');
	my $next = start('wait', '--revision', 'head', '--wait-timeout', '2m', $in);
	ok($next->wait_for_line(qr/WARN .*the last try failed: boot at .*; waiting for another$/), 'what failed yesterday is said only');
	migration("$in->{dir}/migrations", 'c3', { parents => 'b2', up => 'SELECT 1;' });
	is($boot->()->{status}, 0, 'and when the next try goes well');
	is($next->finish->{status}, 0, 'it is ready');

	migration("$in->{dir}/migrations", 'd4', { parents => 'c3', up => 'SELECT 1;' });
	$pg->query(q{UPDATE migrate_attempt SET begun = now(), ended = now(), status = 5}, 'failing');
	my $late = run('wait', '--revision', 'head', '--wait-timeout', '1s', $in);
	is($late->{status}, 9, 'a failure that another try may cure ends nothing');
	like($late->{err}, qr/did not get to head within 1\.0 s\n.*; the last try failed: boot\b/, 'but is named in the end');
	$pg->query('REVOKE ALL ON migrate_attempt FROM PUBLIC; CREATE ROLE onlooker LOGIN; GRANT SELECT ON alembic_version TO onlooker', 'failing');
	my $blind = run('wait', '--revision', 'head', '--wait-timeout', '1s',
		{ %$in, env => { DATABASE_URL => $pg->tcp_url('failing') =~ s{//\w+}{//onlooker}r } });
	is($blind->{status}, 9, 'who may not read the attempts waits all the same') or diag $blind->{err};
	unlike($blind->{err}, qr/last try|migrate_attempt/, 'and says nothing of them');
};

subtest 'current --check-boot' => sub {
	my $in    = project('probed');
	my $probe = sub { return run('current', '--check-boot', @_, $in) };
	my $got   = $probe->();
	is($got->{status}, 9, 'a database that a boot would migrate');
	like($got->{err}, qr/the database is not at head; pending: 2 revisions/, 'why not');
	run('upgrade', 'a1', $in);
	is($probe->()->{status}, 9, 'half-way too');
	$in->{env}{MIGRATE_BOOT_TARGET} = 'a1';
	is($probe->()->{out}, "a1\n", 'but not at the boot\'s own target');
	is(run('current', '--check-heads', $in)->{status}, 9, 'which is not every head');
	$in->{env}{MIGRATE_BOOT_TARGET} = '+1';
	is($probe->()->{status}, 0, 'nor with one that moves');
	delete $in->{env}{MIGRATE_BOOT_TARGET};
	run('upgrade', 'head', $in);
	is($probe->()->{status}, 0, 'at the head');
	unlink glob "$in->{dir}/migrations/b2*";
	is($probe->()->{status}, 10, 'a database ahead of the files');
	for my $policy (qw(warn allow)) {
		$in->{env}{MIGRATE_BOOT_AHEAD} = $policy;
		is(run('entrypoint', $in)->{status}, 0, "which a boot takes with $policy");
		is($probe->()->{out}, "b2\n", 'is taken here as well');
		is($probe->('--json')->{out}, qq([{"revision":"b2"}]\n), 'in JSON');
	}
	my $none = { dir => tempdir(), env => $in->{env} };
	mkdir "$none->{dir}/migrations";
	is(run('current', '--check-boot', { %$none, env => { DATABASE_URL => $pg->tcp_url('postgres') } })->{status}, 0, 'no migrations at all');
};

subtest 'hold' => sub {
	my $in = project('held');
	migration("$in->{dir}/migrations", 'c3', { parents => 'b2', up => 'SELECT 1 / n FROM none;' });
	%{ $in->{env} } = (%{ $in->{env} }, MIGRATE_BACKUP_ENABLED => 'off', MIGRATE_BOOT_FAILURE => 'hold');
	my $boot = start('entrypoint', '--', 'echo', 'started', $in);
	ok($boot->wait_for_line(qr/waiting to be stopped, or started again after the fix, to end with status 7$/), 'a failure that stays is held');
	like($boot->text('err'), qr/ERROR .*revision c3: .*WARN /s, 'after it was said');
	is($pg->query(q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'held'}, 'postgres'), 0, 'with no connection left');
	ok($boot->running, 'it stays');
	$boot->signal('TERM');
	my $got = $boot->finish;
	is($got->{status}, 7, 'until it is stopped, with its status');
	is(() = $got->{err} =~ /ERROR/g, 1, 'and one error');
	is($got->{out}, '', 'the application was not started');
	is(run('entrypoint', { %$in, env => { %{ $in->{env} }, DATABASE_URL => 'postgresql://u@127.0.0.1:1/x',
		MIGRATE_WAIT_TIMEOUT => '1s' } })->{status}, 4, 'a server that is away is another matter');
};

subtest 'service links' => sub {
	my $got = run('wait', { env => { DB_HOST => '127.0.0.1', DB_NAME => 'x', DB_USER => 'u', MIGRATE_WAIT_TIMEOUT => '1s',
		DB_PORT => 'tcp://10.96.0.7:1' } });
	is($got->{status}, 4, 'the port of a link is taken');
	like($got->{err}, qr/127\.0\.0\.1:1: .*DB_PORT=tcp:\/\/10\.96\.0\.7:1 for a Service .*enableServiceLinks: false/s, 'and said to be one');
};

done_testing;
