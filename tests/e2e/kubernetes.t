# kubernetes: wait --revision, and the last words of a container that failed.
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

done_testing;
