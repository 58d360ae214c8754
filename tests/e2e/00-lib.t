# The test library itself, against a real server; needs no migrate program.

use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;
use Time::HiRes qw(time);

sub through {
	my ($url) = @_;
	return Process->run([ Cluster::bin('psql'), '-XAtc', 'SELECT current_database()', $url ]);
}

sub perl {
	my ($module, $script, @options) = @_;
	return Process->run([ $^X, (map {"-I$_"} @INC), "-M$module", '-e', $script ], @options);
}

subtest 'a cluster on a socket' => sub {
	my $pg = Cluster->new(options => { work_mem => '5MB', cluster_name => "it's" });
	$pg->start;
	is($pg->query('SELECT 1'),             '1',    'answers');
	is($pg->query('SHOW work_mem'),        '5MB',  'has the options');
	is($pg->query('SHOW cluster_name'), "it's",  'quotes the options');
	is($pg->query('SHOW listen_addresses'), '',     'listens on no address');

	$pg->create_database('a "b" c');
	is($pg->query('SELECT current_database()', 'a "b" c'), 'a "b" c', 'makes databases');
	is(through($pg->url('a "b" c'))->{out}, qq{a "b" c\n}, 'url leads to a database');

	$pg->query("CREATE TABLE kept (n int); INSERT INTO kept SELECT generate_series(1, 1000)");
	$pg->restart;
	is($pg->query('SELECT count(*) FROM kept'), '1000', 'keeps its rows over a restart');
	$pg->restart('immediate');
	is($pg->query('SELECT count(*) FROM kept'), '1000', 'keeps its rows over a crash');

	$pg->configure(work_mem => '6MB');
	$pg->reload;
	is($pg->query('SHOW work_mem'), '6MB', 'reloads');

	my ($status, $out, $err) = $pg->psql("SELECT 'ö';\nSELECT 1 / 0;");
	is($status, 0,   'psql goes on after an error');
	is($out,    'ö', 'psql returns the output');
	like($err, qr/division by zero/, 'psql returns the errors');
	ok(!eval { $pg->query('SELECT 1 / 0'); 1 }, 'query dies on an error');
	like($@,       qr/division by zero/, 'and says why');
	like($pg->log, qr/division by zero/, 'log is the server\'s');

	$pg->stop;
	($status, undef, $err) = $pg->psql('SELECT 1');
	is($status, 2, 'a stopped server does not answer');
	ok(!$pg->running, 'and is known to be stopped');
};

subtest 'a cluster on a port with passwords' => sub {
	my $pg = Cluster->new(port => 1, auth => 'scram', password => "p'a:s@/s");
	$pg->start;
	is($pg->query('SELECT 1'), '1', 'answers over the socket');
	is(through($pg->tcp_url)->{out}, "postgres\n", 'answers over TCP');
	like(through($pg->tcp_url('postgres', password => 'no'))->{err},
		qr/password authentication failed/, 'rejects a wrong password');
	my $other = Cluster->new(port => 1);
	isnt($other->port, $pg->port, 'two clusters have two ports');
};

subtest 'a standby' => sub {
	my $pg = Cluster->new(standby => 1);
	$pg->start;
	is($pg->query('SELECT pg_is_in_recovery()'), 't', 'is in recovery');
	$pg->promote;
	ok($pg->wait_for('SELECT pg_is_in_recovery()', 'f'), 'until it is promoted');
};

subtest 'a cluster disappears' => sub {
	my $pg = Cluster->new;
	$pg->start;
	my ($dir, $pid) = ($pg->socket_dir, $pg->pid);
	my $child = fork // die "fork: $!";
	exit 0 if !$child;
	waitpid $child, 0;
	is($pg->query('SELECT 1'), '1', 'not with a forked child');
	undef $pg;
	ok(!-e $dir,      'with its object: files');
	ok(Process::gone($pid), 'with its object: processes');

	for my $end ('die "on purpose\n"', 'exit 3', 'kill "TERM", $$', 'kill "KILL", $$') {
		my $script = perl(Cluster => <<'END' . $end);
$| = 1;
our $pg = Cluster->new;
$pg->start;
print join(" ", $pg->socket_dir, $pg->pid);
END
		($dir, $pid) = split / /, $script->{out};
		my $deadline = time + 10;
		select undef, undef, undef, 0.005 while !Process::gone($pid) && time < $deadline;
		ok(Process::gone($pid), "with its script: $end");
		Cluster->new if $end =~ /KILL/;
		ok(!-e $dir, "and so do its files: $end");
		is($script->{status}, 3, 'the exit status stays') if $end =~ /exit/;
	}
};

subtest 'a process' => sub {
	my $done = Process->run([ 'sh', '-c', 'cat; echo err >&2; exit 3' ], stdin => "text\n");
	is($done->{status}, 3,        'status');
	is($done->{out},    "text\n", 'stdin and stdout');
	is($done->{err},    "err\n",  'stderr');
	cmp_ok($done->{seconds}, '<', 5, 'seconds');
	is(Process->run([ 'sh', '-c', 'kill -TERM $$' ])->{status}, 143, 'status of a signal');
	is(Process->run(['/nonexistent'])->{status}, 127, 'status of a missing program');
	is(Process->run([ 'sh', '-c', 'echo $A$B' ], env => { A => 1 })->{out},
		"1\n", 'only the given environment');

	my $job = Process->start([ 'sh', '-c', <<'END' ]);
trap "echo bye; exit 0" TERM
echo hi
while :; do sleep 0.05; done
END
	is($job->wait_for_line(qr/^h/, 10), 'hi', 'waits for a line');
	is_deeply([ $job->new_lines ], [ [ out => 'hi' ] ], 'new lines');
	ok($job->running, 'runs');
	ok($job->signal('TERM'), 'takes a signal');
	is($job->finish->{status}, 0,          'and ends');
	is($job->{out},            "hi\nbye\n", 'with all its output');
	is_deeply([ $job->new_lines ], [ [ out => 'bye' ] ], 'new lines after the end');
	ok(!$job->signal('TERM'), 'takes no signal any more');

	my @reports;
	local $SIG{__WARN__} = sub { push @reports, @_ };
	$job = Process->run([ 'sh', '-c', 'echo here >&2; sleep 60 & wait' ], timeout => 0.2);
	is($job->{status}, 137, 'is killed at its deadline');
	ok($job->{timed_out}, 'which is known');
	like("@reports", qr/killed after 0.2 s\n#   here/, 'and reported');
	is(Process->start(['true'])->wait_for_line(qr/x/), undef, 'a line that never comes');
	like($reports[-1], qr/ended with status 0/, 'is reported');

	my $pid = Process->start([ 'sleep', '60' ])->{pid};
	ok(Process::gone($pid), 'is killed with its handle');
};

subtest 'files' => sub {
	my $dir  = tempdir();
	my $path = migration($dir, '4c1f0d2b9a7e', {
		parents    => [ 'a', 'b' ],
		message    => 'Add a table',
		up         => 'SELECT 1;',
		up_options => 'transaction:false',
		down       => "SELECT 2;\n",
	});
	is($path, "$dir/4c1f0d2b9a7e_add_a_table.sql", 'name of a migration');
	is(slurp($path), <<'END', 'text of a migration');
-- Add a table
--
-- Revision ID: 4c1f0d2b9a7e
-- Revises: a, b
-- Create Date: 2026-11-22 10:04:00+00:00

-- migrate:up transaction:false
SELECT 1;

-- migrate:down
SELECT 2;
END
	like(slurp(migration($dir, 'a', { name => 'x.sql', up => 'SELECT 1;' })),
		qr/^-- Revises:\n(?!.*migrate:down)/ms, 'a base that cannot be downgraded');
};

subtest 'the environment of the program' => sub {
	my $program = write_file(tempdir() . '/program', "#!/bin/sh\npwd\nenv\n");
	chmod 0755, $program;
	my %named   = map { ($_ => 1) } qw(MIGRATE_X PGHOST DB_HOST DATABASE_URL POSTGRES_DB);
	my $script  = 'print run("x", {env => {MIGRATE_URL => 1, HOME => undef}})->{out}';
	my %env     = (%ENV, %named, MIGRATE => $program, KEPT => 1);
	my $out     = perl(Migrate => $script, env => \%env)->{out};
	my $names = join '|', qw(MIGRATE HOME), keys %named;
	unlike($out, qr/^(?:$names)=/m, 'names no database or setting');
	like($out, qr/^MIGRATE_URL=1$/m, 'but what is given');
	like($out, qr/^KEPT=1$/m,        'and what is no business of it');
};

done_testing;
