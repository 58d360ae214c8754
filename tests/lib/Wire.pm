package Wire;

# Wire: between the program and a server: what the server says can be changed on its way, or made up.
#
# Wire->new($to, sub { … changes $_, what came from the server }): $to is a port of 127.0.0.1, or the path of a
# socket; each connection is a process of its own. Wire->serve(sub { my ($client, $number) = @_; … }): no server.
# $wire->port; what is left ends with the object.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();

sub new {
	my ($class, $to, $change) = @_;
	return $class->serve(sub { _relay($_[0], $to, $change) });
}

sub serve {
	my ($class, $answer) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 50, ReuseAddr => 1) or die "listen: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		setpgrp 0, 0;
		$SIG{TERM} = 'DEFAULT';
		$SIG{CHLD} = 'IGNORE';
		_accept($listen, $answer);
		POSIX::_exit(0);
	}
	return bless { port => $listen->sockport, pid => $pid, owner => $$ }, $class;
}

sub port { return $_[0]{port} }

sub _accept {
	my ($listen, $answer) = @_;
	for (my $number = 1; my $client = $listen->accept; $number++) {
		my $pid = fork // next;
		next if $pid;
		$answer->($client, $number);
		POSIX::_exit(0);
	}
	return;
}

sub _relay {
	my ($client, $to, $change) = @_;
	my $server = $to =~ m{^/} ? IO::Socket::UNIX->new(Peer => $to) : IO::Socket::INET->new("127.0.0.1:$to");
	return if !$server;
	my $both = IO::Select->new($client, $server);
	while (my @ready = $both->can_read) {
		for my $from (@ready) {
			return if !sysread $from, local $_, 65536;
			$change->() if $from == $server;
			syswrite $from == $server ? $client : $server, $_;
		}
	}
	return;
}

# A message of the server's, and an error that ends a connection: Wire::error('57P03', 'starting up').
sub error {
	my ($sqlstate, $text) = @_;
	my $fields = join '', map {"$_\0"} 'SFATAL', 'VFATAL', "C$sqlstate", "M$text";
	return 'E' . pack('N', 5 + length $fields) . "$fields\0";
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $!, $@);
	kill 'TERM', -$self->{pid}, $self->{pid};
	waitpid $self->{pid}, 0;
}

1;
