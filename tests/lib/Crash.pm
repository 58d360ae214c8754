package Crash;

# Crash: a run of the program that stops at each of its failpoints (core/base/failpoint.h).

use strict;
use warnings;

use File::Temp ();
use IO::Select;
use IO::Socket::UNIX;
use Migrate ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

# Crash->start(argument…, {as for Migrate::start})
sub start {
	my ($class, @arguments) = @_;
	my $option = ref $arguments[-1] ? pop @arguments : {};
	my $dir    = File::Temp->newdir('migrate-fp-XXXXXX', TMPDIR => 1);
	my $socket = IO::Socket::UNIX->new(Local => "$dir/s", Listen => 5) or die "$dir/s: $!";
	my %env    = (%{ $option->{env} // {} }, MIGRATE_FAILPOINTS => "$dir/s");
	my $run    = Migrate::start(@arguments, { %$option, env => \%env });
	return bless { dir => $dir, socket => $socket, run => $run }, $class;
}

sub run { return $_[0]{run} }

# The name of the failpoint at which the program now stands, or undef when it has ended.
sub next {
	my ($self) = @_;
	my $select = IO::Select->new($self->{socket});
	my $until  = clock_gettime(CLOCK_MONOTONIC) + 60;
	$self->go;
	until ($select->can_read(0.01)) {
		return undef if !$self->{run}->running;
		die "stuck:\n" . $self->{run}->text('err') if clock_gettime(CLOCK_MONOTONIC) > $until;
	}
	$self->{at} = $self->{socket}->accept;
	local $/;
	return readline $self->{at};
}

# Lets the program go on.
sub go {
	my ($self) = @_;
	close delete $self->{at} if $self->{at};
	return;
}

# To the end, past all other failpoints; the Process.
sub finish {
	my ($self) = @_;
	while (defined $self->next) { }
	return $self->{run}->finish;
}

1;
