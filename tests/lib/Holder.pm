package Holder;

# Holder: a session of psql that holds something as long as it is wanted.

use strict;
use warnings;

use Cluster;
use Process;

my $count = 0;

# Holder->new($pg, $database, $sql, role => …, name => its application_name): runs the script, and returns
# when it has come to its end, or to a statement that sleeps or waits.
sub new {
	my ($class, $pg, $database, $sql, %is) = @_;
	my $name = $is{name} // 'holder' . ++$count;
	my $url  = $pg->url($database);
	$url =~ s/user=postgres/user=$is{role}/ if $is{role};
	my $self = bless { pg => $pg, database => $database, name => $name }, $class;
	$self->{process} = Process->start([ Cluster::bin('psql'), '-Xq', $url ], timeout => 300,
		stdin => "SET application_name = '$name';\n$sql\n\\! exec sleep 300\n");
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE application_name = '$name' AND (state LIKE 'idle%' AND query <> ''
		AND query NOT LIKE 'SET application_name%' AND query NOT LIKE 'BEGIN%' OR wait_event = 'PgSleep' OR wait_event_type = 'Lock')", '1', 30);
	return $self;
}

sub pid {
	my ($self) = @_;
	return $self->{pg}->query("SELECT pid FROM pg_stat_activity WHERE application_name = '$self->{name}' AND backend_type = 'client backend'");
}

sub end {
	my ($self) = @_;
	$self->{pg}->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '$self->{name}'");
	$self->{process}->signal('KILL');
	$self->{process}->finish;
	return;
}

1;
