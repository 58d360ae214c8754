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
	my $self = bless { dir => $dir, pg => $pg, size => $is{default_pool_size}, process => Process->start([ @as, $program, "$dir/ini" ], timeout => 600) }, $class;
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

# What a query answers in each of its connections to the server, as many as its pool may have: all are in a
# transaction at once, which waits for the others.
sub everywhere {
	my ($self, $sql, $name) = @_;
	my $gate = Process->start([ Cluster::bin('psql'), '-Xq', $self->{pg}->url($name) ], timeout => 300,
		stdin => 'SELECT pg_advisory_lock(6432); SELECT pg_sleep(300)');
	my $here = q{locktype = 'advisory' AND objid = 6432 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())};
	$self->{pg}->wait_for("SELECT count(*) FROM pg_locks WHERE $here AND granted", 1, 30, $name);
	my @each = map { Process->start([ Cluster::bin('psql'), '-XAtq', '-v', 'ON_ERROR_STOP=1', $self->url($name) ],
		stdin => "BEGIN; $sql; SELECT FROM pg_advisory_lock_shared(6432); SELECT FROM pg_advisory_unlock_shared(6432); COMMIT") } 1 .. $self->{size};
	$self->{pg}->wait_for("SELECT count(*) FROM pg_locks WHERE $here AND NOT granted", $self->{size}, 30, $name);
	$self->{pg}->query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE $here AND granted", $name);
	$gate->finish;
	$_->finish->{status} and die $_->{err} for @each;
	return map { $_->{out} =~ s/\s+\z//r } @each;
}

sub stop {
	my ($self) = @_;
	$self->{process}->signal('INT');
	$self->{process}->finish;
	return;
}

1;
