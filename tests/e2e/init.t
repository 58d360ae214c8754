# init: entrypoint --init stays and does what a PID 1 has to.
use strict;
use warnings;

use Cluster;
use Config;
use Cwd qw(abs_path);
use Migrate;
use Process;
use Test::More;
use Time::HiRes qw(sleep);

my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $pg   = Cluster->new(port => 1);
$pg->start;
my $dir = tempdir();
mkdir "$dir/migrations";
my %env = (DATABASE_URL => $pg->tcp_url('postgres'));
my @names  = split ' ', $Config{sig_name};
my %number = map { ($names[$_] => $_) } 0 .. $#names;

sub init  { return start('entrypoint', @_, { dir => $dir, env => \%env, timeout => 120 }) }
sub child { return init('--init', '--', $^X, '-e', @_) }

# Says what comes to it, until SIGTERM.
my $parrot = <<'END';
$| = 1;
for my $name (@ARGV) { $SIG{$name} = sub { print "got $name\n"; exit 3 if $name eq 'TERM' } }
print "ready $$ ", getppid, "\n";
sleep 1 while 1;
END

# Polls for what shall become true.
sub soon {
	my ($what, $is) = @_;
	my $deadline = time + 60;
	sleep 0.01 while !$is->() && time < $deadline;
	return ok($is->(), $what);
}

sub stat_of {
	my ($pid) = @_;
	my $stat = -e "/proc/$pid/stat" ? slurp("/proc/$pid/stat") : '';
	return $stat =~ /\) (\S) (\d+) (\d+)/ ? { state => $1, parent => $2, group => $3 } : {};
}

subtest 'its end is the command\'s' => sub {
	for my $case (
		[ 0   => 'exit 0' ], [ 7 => 'exit 7' ], [ 255 => 'exit 255' ],
		[ 137 => 'kill -KILL $$' ], [ 143 => 'kill -TERM $$' ],
	) {
		my ($status, $script) = @$case;
		my $got = init('--init', '--', 'sh', '-c', $script)->finish;
		is($got->{status}, $status, $script) or diag $got->{err};
		unlike($got->{err}, qr/ERROR/, 'without a word');
	}
	my $missing = init('--init', '--', '/nonexistent')->finish;
	is($missing->{status}, 127, 'a command that is not there');
	is(() = $missing->{err} =~ /cannot execute '\/nonexistent'/g, 1, 'is said once');
};

subtest 'signals' => sub {
	my @passed = grep { $number{$_} && !/^(?:KILL|STOP|CHLD|CLD|CONT|TSTP|TTIN|TTOU|TERM|NUM\d+|RT.*|IOT|POLL|UNUSED|STKFLT)$/ } @names;
	my $init  = child($parrot, @passed, 'TERM');
	my ($pid, $parent) = ($init->wait_for_line(qr/^ready/) // '') =~ /(\d+) (\d+)/;
	is($parent, $init->{pid}, 'the command is its child');
	is(stat_of($pid)->{group}, $pid, 'in a group of its own');
	is(readlink "/proc/$parent/cwd", '/', 'it keeps no directory in use');
	cmp_ok(scalar @passed, '>', 20, 'of many kinds');
	for my $name (@passed) {
		$init->signal($name);
		ok($init->wait_for_line(qr/^got $name$/), $name);
	}
	$init->signal('TERM');
	is($init->finish->{status}, 3, 'and the command decides when to end');
};

subtest 'a stop' => sub {
	my $init  = child($parrot, 'TERM', 'CONT');
	my ($pid) = ($init->wait_for_line(qr/^ready/) // '') =~ /(\d+)/;
	$init->signal('TSTP');
	soon('stops both', sub { (stat_of($pid)->{state} // '') . (stat_of($init->{pid})->{state} // '') eq 'TT' });
	$init->signal('CONT');
	ok($init->wait_for_line(qr/^got CONT$/), 'and SIGCONT starts both');
	$init->signal('TERM');
	is($init->finish->{status}, 3, 'to their usual end');
};

subtest 'orphans' => sub {
	my $init = child(<<'END');
$| = 1;
pipe my $read, my $write;
if (!fork) {
	if (!fork) { close $write; print "orphan $$\n"; readline $read; exit 0 }
	exit 0;
}
wait;
close $read;
$SIG{USR1} = sub { close $write };
print "ready\n";
sleep 1 while 1;
END
	$init->wait_for_line(qr/^ready/);
	my ($orphan) = ($init->wait_for_line(qr/^orphan/) // '') =~ /(\d+)/;
	soon('become its children', sub { (stat_of($orphan)->{parent} // 0) == $init->{pid} });
	$init->signal('USR1');
	soon('and are reaped', sub { !%{ stat_of($orphan) } });
	ok($init->running, 'which is not its end');
	$init->signal('KILL');
};

subtest 'the whole group' => sub {
	my $script = 'sleep 1000 & echo started $!; wait; echo waited';
	for my $case ([ '--init', 'lives on' ], [ '--init-group', 'is ended' ]) {
		my ($option, $then) = @$case;
		my $init = init($option, '--', 'sh', '-c', $script);
		my ($sleeper) = ($init->wait_for_line(qr/^started/) // '') =~ /(\d+)/;
		$init->signal('TERM');
		is($init->finish->{status}, 143, "$option: the shell is ended");
		my $ended = sub { (stat_of($sleeper)->{state} // 'Z') eq 'Z' };
		$option eq '--init' ? ok(!$ended->(), "what it started $then")
		    : soon("what it started $then", $ended);
		kill 'KILL', $sleeper;
	}
};

subtest 'job control' => sub {
	my $script = <<'END';
$| = 1;
use POSIX;
$SIG{CONT} = sub { print "continued\n" };
print POSIX::tcgetpgrp(0) == getpgrp ? "ready\n" : "no terminal\n";
sleep 1 while 1;
END
	my @program = (File::Spec->rel2abs($ENV{MIGRATE}), 'entrypoint', '--init', '--', $^X, '-e', $script);
	my $shell = Process->run([ '/usr/bin/python3', "$root/tests/lib/job.py", @program ],
		dir => $dir, env => { %ENV, %env }, timeout => 120);
	like($shell->{out}, qr/ready.*continued.*shell: stopped\nshell: 130\n/s, '^Z stops it, fg starts it, ^C ends it')
	    or diag $shell->{err};
};

done_testing;
