package Engine;

# Engine: a Docker engine of this script's own, which can be stopped and started as a reboot of the host does it.
# DOCKER_HOST names it from new() on. Wants Alone, for the networks that it makes.

use strict;
use warnings;

use File::Temp ();
use Process;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $owner = $$;
my $alive;

# Why there can be none here; undef where there can.
sub missing {
	return 'only root can start a Docker engine' if $> != 0;
	for my $program (qw(dockerd containerd)) {
		return "$program is not installed" if Process->run([ 'sh', '-c', "command -v $program" ])->{status};
	}
	return undef;
}

# With these images of the engine that answers here.
sub new {
	my ($class, @images) = @_;
	my $dir  = File::Temp::tempdir('migrate-test-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = $alive = bless { dir => $dir }, $class;
	open my $config, '>', "$dir/daemon.json" or die "$dir/daemon.json: $!";
	print $config "{}\n";
	close $config or die "$dir/daemon.json: $!";
	_run('docker', 'save', '-o', "$dir/images.tar", @images);
	$ENV{DOCKER_HOST} = "unix://$dir/docker.sock";
	$self->start;
	_run('docker', 'load', '-q', '-i', "$dir/images.tar");
	unlink "$dir/images.tar";
	return $self;
}

sub _run {
	my (@command) = @_;
	my $done = Process->run([@command], timeout => 900);
	die "@command: $done->{err}" if $done->{status};
	return;
}

sub start {
	my ($self) = @_;
	my $dir = $self->{dir};
	$self->{daemon} = Process->start([ 'dockerd', '--config-file', "$dir/daemon.json", '--data-root', "$dir/data", '--exec-root', "$dir/run",
		'--pidfile', "$dir/pid", '--host', $ENV{DOCKER_HOST} ], timeout => 3600);
	my $deadline = clock_gettime(CLOCK_MONOTONIC) + 180;
	while (Process->run([ 'docker', 'version' ])->{status}) {
		die 'dockerd: ' . $self->{daemon}->text('err')
		    if !$self->{daemon}->running || clock_gettime(CLOCK_MONOTONIC) > $deadline;
		select undef, undef, undef, 0.2;
	}
	return;
}

# As an orderly shutdown of the host: the engine stops its containers, then itself.
sub stop {
	my ($self) = @_;
	return if !$self->{daemon};
	$self->{daemon}->signal('TERM');
	$self->{daemon}->finish;
	delete $self->{daemon};
	return;
}

END {
	if ($alive && $$ == $owner) {
		local $?;
		$alive->stop;
		Process->run([ 'umount', $_ ]) for glob "$alive->{dir}/run/netns/*";
	}
}

1;
