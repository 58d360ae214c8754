package Link;

# Link: a machine of its own, which is a network namespace, and the cable between it and this one. What runs
# there can be cut off as by a broken switch: neither end hears of it, no FIN and no RST is sent.

use strict;
use warnings;

use Process;
use Scalar::Util qw(weaken);

my ($count, %alive) = (0);

# Why there can be none here; undef where there can.
sub missing {
	my $name = "migrate-$$-probe";
	my $made = eval { Process->run([ 'ip', 'netns', 'add', $name ]) };
	return 'ip is not installed (iproute2)' if !$made || $made->{status} == 127;
	chomp(my $why = $made->{err});
	return "no network namespace can be made, which needs CAP_SYS_ADMIN: $why" if $made->{status};
	my $pair = Process->run([ 'ip', 'link', 'add', "mgp$$", 'type', 'veth', 'peer', 'name', "mgq$$", 'netns', $name ]);
	chomp($why = $pair->{err});
	_ip('netns', 'del', $name);
	return $pair->{status} ? "no network interface can be made, which needs CAP_NET_ADMIN: $why" : undef;
}

# What a script that was killed has left.
sub _sweep {
	for my $name (map {m{([^/]+)\z}} glob '/run/netns/migrate-*-*') {
		my ($owner) = $name =~ /^migrate-(\d+)-/ or next;
		eval { _ip('netns', 'del', $name) } if !-d "/proc/$owner";
	}
	return;
}

sub new {
	my ($class) = @_;
	_sweep();
	my $number  = ($$ * 8 + $count++) % 16384;
	my @octets  = (198, 18 + ($number >> 13), ($number >> 5) & 255, ($number & 31) * 8);
	my $address = sub { return join '.', @octets[ 0 .. 2 ], $octets[3] + $_[0] };
	my $self    = bless { owner => $$, name => "migrate-$$-$count", near => "mgn$$-$count", address => $address->(1) }, $class;
	_ip('netns', 'add', $self->{name});
	weaken($alive{ $self->{name} } = $self);
	_ip('link', 'add', $self->{near}, qw(type veth peer name far netns), $self->{name});
	_ip('address', 'add', $address->(1) . '/29', 'dev', $self->{near});
	_ip('link', 'set', $self->{near}, 'up');
	$self->_there('address', 'add', $address->(2) . '/29', 'dev', 'far');
	$self->_there('link', 'set', $_, 'up') for qw(lo far);
	return $self;
}

# This machine's, on the cable.
sub address { return $_[0]{address} }

# What runs a command there: Migrate's within.
sub within { return [ 'ip', 'netns', 'exec', $_[0]{name} ] }

sub down { return $_[0]->_there('link', 'set', 'far', 'down') }

sub up { return $_[0]->_there('link', 'set', 'far', 'up') }

sub _there {
	my ($self, @words) = @_;
	return _ip('-n', $self->{name}, @words);
}

sub _ip {
	my (@words) = @_;
	my $done = Process->run([ 'ip', @words ]);
	die "ip @words: $done->{err}" if $done->{status};
	return;
}

# Its interface there goes with it, and so does the one here.
sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$ || !delete $alive{ $self->{name} };
	local ($?, $!, $@);
	eval { _ip('netns', 'del', $self->{name}) };
	return;
}

END {
	for my $link (values %alive) {
		$link->DESTROY if $link;
	}
}

1;
