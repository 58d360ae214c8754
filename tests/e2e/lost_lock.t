# lost_lock: who holds the migration lock, or the connection that holds it, is gone in the middle of a run
# while another waits. No step is applied twice or by two.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;

my $count = 0;

sub ran { my ($what) = @_; return "INSERT INTO ran VALUES ('$what');\n" }

# A database whose second migration stops at a gate that is shut.
sub site {
	my ($mode, %is) = @_;
	my $name = 'lost' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => ran('a') });
	migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => ran('b1') . "LOCK TABLE gate;\n" . ran('b2'), up_options => 'lock_timeout:0', %is });
	migration("$dir/migrations", 'cccc', { parents => 'bbbb', up => ran('c') });
	$pg->create_database($name);
	$pg->query('CREATE TABLE ran (what text); CREATE TABLE gate ()', $name);
	my $site = { name => $name, dir => $dir, env => { MIGRATE_URL => $pg->url($name), MIGRATE_LOCK_MODE => $mode } };
	$site->{gate} = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($name) ],
		stdin => 'BEGIN; LOCK TABLE gate; SELECT pg_sleep(120);', timeout => 200);
	waiting($site, 'granted', '1');
	return $site;
}

# How many have the gate, or wait for it.
sub waiting {
	my ($site, $who, $number) = @_;
	return $pg->wait_for("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE relname = 'gate' AND $who", $number, 60, $site->{name});
}

sub open_gate {
	my ($site) = @_;
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$site->{name}' AND query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()");
	$site->{gate}->finish;
	return;
}

sub up { my ($site) = @_; return start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env}, timeout => 120 }) }

# The migration lock itself; see core/pg/lock.c.
my $held = "locktype = 'advisory' AND granted AND classid = 1835624306 AND objid = 1635017984
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

sub end_holder {
	my ($site) = @_;
	return $pg->query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE $held", $site->{name});
}

# All is there, once, and the journal says so.
sub whole {
	my ($site) = @_;
	is($pg->query(q{SELECT string_agg(what, ' ' ORDER BY what) FROM ran}, $site->{name}), 'a b1 b2 c', 'every statement ran once');
	is($pg->query(q{SELECT string_agg(revision, ' ' ORDER BY id) FROM migrate_journal WHERE status = 'done'}, $site->{name}), 'aaaa bbbb cccc', 'every step is done once');
	is($pg->query('SELECT version_num FROM alembic_version', $site->{name}), 'cccc', 'at the head');
	return;
}

for my $mode (qw(session transaction)) {
	for my $options ('', ' transaction:false') {
		subtest "the holder is killed, $mode,$options" => sub {
			my $site  = site($mode, up_options => "lock_timeout:0$options");
			my $first = up($site);
			waiting($site, 'NOT granted', '1');
			my $second = up($site);
			ok($second->wait_for_line(qr/waiting for the migration lock: held by pid/, 30), 'another waits');
			$first->signal('KILL');
			$first->finish;
			ok($second->wait_for_line(qr/Running upgrade aaaa -> bbbb/, 30), 'which is not for ever');
			open_gate($site);
			$second->finish;
			is($second->{status}, 0, 'and does the rest') or diag $second->{err};
			whole($site);
		};
		subtest "the connection with the lock is lost, $mode,$options" => sub {
			my $site  = site($mode, up_options => "lock_timeout:0$options");
			my $first = up($site);
			waiting($site, 'NOT granted', '1');
			my $second = up($site);
			ok($second->wait_for_line(qr/waiting for the migration lock: held by pid/, 30), 'another waits');
			my $pid = $pg->query("SELECT pid FROM pg_locks WHERE $held", $site->{name});
			end_holder($site);
			$pg->wait_for("SELECT count(*) FROM pg_locks WHERE $held AND pid <> $pid", '1', 30, $site->{name});
			ok($second->wait_for_line(qr/Running upgrade aaaa -> bbbb/, 30), 'which is not for ever');
			open_gate($site);
			my @status = sort map { $_->finish->{status} } $first, $second;
			is($status[0], 0, 'one of them goes on to the end') or diag $first->{err}, $second->{err};
			like("$first->{err}$second->{err}", qr/another run has continued this step since the lock was lost/, 'and says why') if $mode eq 'transaction' && $options;
			like($status[1], qr/^[078]$/, "the other ends with $status[1]") or diag $first->{err}, $second->{err};
			whole($site);
		};
	}
}

done_testing;
