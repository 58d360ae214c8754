package Process;

# Process: a child whose output goes to files, that has a deadline, and that never outlives the
# script which started it.

use strict;
use warnings;

use File::Temp ();
use POSIX      ();
use Scalar::Util qw(weaken);
use Time::HiRes  qw(alarm clock_gettime CLOCK_MONOTONIC);

my %running;

# Process->start([program, args…], env => {the whole environment}, dir => …, stdin => text,
#     timeout => seconds, default 60, secrets => [text…]). The child leads a process group of its own. If
# it writes one of the secrets, the script dies when it ends.
sub start {
	my ($class, $command, %option) = @_;
	my $files = File::Temp->newdir('migrate-io-XXXXXX', TMPDIR => 1);
	my $self  = bless {
		command => $command,
		timeout => $option{timeout} // 60,
		secrets => $option{secrets} // [],
		files   => $files,
		owner   => $$,
		seen    => { out => 0, err => 0 },
	}, $class;

	open my $in, '>', "$files/in" or die "$files/in: $!";
	print $in $option{stdin} // '';
	close $in or die "$files/in: $!";
	for my $stream (qw(out err)) {
		open my $write, '>>', "$files/$stream" or die "$files/$stream: $!";
		open $self->{read}{$stream}, '<', "$files/$stream" or die "$files/$stream: $!";
		$self->{write}{$stream} = $write;
	}
	$self->{began} = clock_gettime(CLOCK_MONOTONIC);
	$self->{pid}   = fork // die "fork: $!";
	$self->_become(%option) if !$self->{pid};
	delete $self->{write};
	weaken($running{ $self->{pid} } = $self);
	return $self;
}

sub _become {
	my ($self, %option) = @_;
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE ALRM CHLD);
	setpgrp 0, 0;
	if (   (!defined $option{dir} || chdir $option{dir})
		&& open(STDIN,  '<',   "$self->{files}/in")
		&& open(STDOUT, '>>&', $self->{write}{out})
		&& open(STDERR, '>>&', $self->{write}{err})) {
		%ENV = %{ $option{env} } if $option{env};
		no warnings 'exec';
		exec { $self->{command}[0] } @{ $self->{command} };
	}
	syswrite STDERR, "$self->{command}[0]: $!\n";
	POSIX::_exit(127);
}

# Runs to the end: start and finish.
sub run {
	my ($class, @arguments) = @_;
	return $class->start(@arguments)->finish;
}

sub running {
	my ($self) = @_;
	return 0 if defined $self->{status};
	$self->_reaped($?) if waitpid($self->{pid}, POSIX::WNOHANG) == $self->{pid};
	return !defined $self->{status};
}

# Waits for the end. The same object then holds status (exit code, or 128 + signal), out, err,
# seconds, and timed_out if the deadline passed and the whole group was killed.
sub finish {
	my ($self) = @_;
	return $self if defined $self->{status};
	my $left = $self->{began} + $self->{timeout} - clock_gettime(CLOCK_MONOTONIC);
	local $SIG{ALRM} = sub { $self->_expire };
	alarm($left > 0.001 ? $left : 0.001);
	my $pid = waitpid $self->{pid}, 0;
	my $wait = $?;
	alarm(0);
	die "lost process $self->{pid}: $!" if $pid != $self->{pid};
	$self->_reaped($wait);
	$self->_report("killed after $self->{timeout} s") if $self->{timed_out};
	return $self;
}

sub _expire {
	my ($self) = @_;
	$self->{timed_out} = 1;
	kill 'KILL', -$self->{pid}, $self->{pid};
}

sub _reaped {
	my ($self, $wait) = @_;
	$self->{seconds} = clock_gettime(CLOCK_MONOTONIC) - $self->{began};
	$self->{status}  = $wait & 127 ? 128 + ($wait & 127) : $wait >> 8;
	delete $running{ $self->{pid} };
	$self->{$_} = $self->text($_) for qw(out err);
	for my $secret (@{ $self->{secrets} }) {
		die "@{$self->{command}}: writes the secret '$secret'\n" if index("$self->{out}$self->{err}", $secret) >= 0;
	}
}

sub _report {
	my ($self, $what) = @_;
	my $output = $self->text('out') . $self->text('err');
	$output =~ s/^/#   /mg;
	warn "# @{$self->{command}}\n# $what\n$output\n";
}

# Process::gone(pid): it runs no longer. A container whose first process reaps nobody keeps what is left of it.
sub gone {
	my ($pid) = @_;
	return 1 if !kill 0, $pid;
	open my $stat, '<', "/proc/$pid/stat" or return 1;
	return <$stat> =~ /\) Z [^)]*\z/ ? 1 : 0;
}

sub signal {
	my ($self, $name) = @_;
	return $self->running && kill $name, $self->{pid};
}

# What it has written so far; stream is 'out' or 'err'.
sub text {
	my ($self, $stream) = @_;
	my $file = $self->{read}{$stream};
	local $/;
	seek $file, 0, 0;
	return <$file> // '';
}

# The complete lines that were written since the last call, as [stream, line].
sub new_lines {
	my ($self) = @_;
	my @lines;
	for my $stream (qw(err out)) {
		my $text = substr $self->text($stream), $self->{seen}{$stream};
		while ($text =~ /\G([^\n]*)\n/gc) {
			push @lines, [ $stream, $1 ];
			$self->{seen}{$stream} += length($1) + 1;
		}
	}
	return @lines;
}

# The first line of either stream that matches; undef, and a report, when the process ends or the
# time passes without one.
sub wait_for_line {
	my ($self, $pattern, $seconds) = @_;
	$seconds //= 30;
	my $deadline = clock_gettime(CLOCK_MONOTONIC) + $seconds;
	while (1) {
		my $running = $self->running;
		for my $line (map { split /\n/, $self->text($_) } qw(err out)) {
			return $line if $line =~ $pattern;
		}
		last if !$running || clock_gettime(CLOCK_MONOTONIC) > $deadline;
		select undef, undef, undef, 0.005;
	}
	$self->_report($self->running ? "no line matched $pattern within $seconds s"
		: "ended with status $self->{status} and no line matched $pattern");
	return undef;
}

sub DESTROY {
	my ($self) = @_;
	return if defined $self->{status} || $self->{owner} != $$ || !$self->{pid};
	local ($?, $!, $@);
	kill 'KILL', -$self->{pid}, $self->{pid};
	waitpid $self->{pid}, 0;
	delete $running{ $self->{pid} };
}

END {
	for my $process (values %running) {
		$process->DESTROY if $process;
	}
}

1;
