package Pooler;

# Pooler: a PgBouncer before a Cluster, stopped with the object or the script.

use strict;
use warnings;

use Cluster;
use Migrate;
use Process;

my ($program) = grep { -x } map {"$_/pgbouncer"} split(/:/, $ENV{PATH}), '/usr/sbin';

sub installed { return defined $program }

# Pooler->new($cluster, pool_mode => …, and other settings of its ini file), started. Transactions, and
# three connections to the server, where nothing else is said.
sub new {
	my ($class, $pg, %setting) = @_;
	my $dir = tempdir();
	chmod 0777, $dir;
	my %is = (pool_mode => 'transaction', default_pool_size => 3, max_client_conn => 200, listen_addr => '',
		unix_socket_dir => $dir, listen_port => 6432, auth_type => 'trust', auth_file => "$dir/users",
		admin_users => 'postgres', ignore_startup_parameters => 'extra_float_digits', %setting);
	write_file("$dir/users", qq{"postgres" ""\n});
	write_file("$dir/ini", "[databases]\n* = host=" . $pg->socket_dir . ' port=' . $pg->port . "\n[pgbouncer]\n"
		. join '', map {"$_ = $is{$_}\n"} sort keys %is);
	my @as = $> == 0 ? qw(setpriv --reuid=postgres --regid=postgres --init-groups --) : ();
	my $self = bless { dir => $dir, process => Process->start([ @as, $program, "$dir/ini" ], timeout => 600) }, $class;
	$self->{process}->wait_for_line(qr/process up/, 20) or die 'no PgBouncer';
	return $self;
}

sub url {
	my ($self, $name) = @_;
	return "postgresql://postgres\@/$name?host=$self->{dir}&port=6432";
}

# What a query answers through it; dies with what psql says.
sub query {
	my ($self, $sql, $name) = @_;
	my $done = Process->run([ Cluster::bin('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1', $self->url($name) ], stdin => $sql);
	die "$sql\n$done->{err}" if $done->{status};
	chomp $done->{out};
	return $done->{out};
}

# A command of its console, such as RECONNECT.
sub command {
	my ($self, $command) = @_;
	return $self->query($command, 'pgbouncer');
}

sub stop {
	my ($self) = @_;
	$self->{process}->signal('INT');
	$self->{process}->finish;
	return;
}

1;
