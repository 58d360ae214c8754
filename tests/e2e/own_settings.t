# own_settings: every session of migrate begins with its settings, in the message that asks its first question;
# pg_dump and pg_restore are given them after the URL's.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1, options => { log_statement => 'all', log_connections => 'on', log_line_prefix => '<%p %a> ' });
$pg->start;
my $name = $pg->create_database('own');
my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'aaaa', { up => 'CREATE TABLE t (i int);', down => 'DROP TABLE t;' });
write_file("$dir/schema.sql", "CREATE TABLE t (i int);\nCREATE TABLE u (i int);\nCREATE TABLE v (i int);\n");

# Programs that say what they were given.
for my $program (qw(pg_dump pg_restore)) {
	write_file("$dir/$program", "#!/bin/sh\ncase \"\$*\" in *--version*) ;; *) echo \"\$PGOPTIONS\" >>$dir/$program.options;; esac\nexec "
		. Cluster::bin($program) . qq{ "\$@"\n});
	chmod 0755, "$dir/$program";
}
my %env = (MIGRATE_URL => $pg->tcp_url($name), MIGRATE_MODELS_SOURCE => 'schema.sql', MIGRATE_BACKUP_PG_DUMP => "$dir/pg_dump",
	MIGRATE_BACKUP_PG_RESTORE => "$dir/pg_restore", MIGRATE_BACKUP_JOBS => 1);

# What each of its sessions sent, as [messages], since then.
sub sessions {
	my ($from) = @_;
	my (%sent, @order);
	my $log = substr $pg->log, $from;
	while ($log =~ /^<(\d+) migrate[^>]*> LOG:  (?:statement|execute[^:]*): (.*(?:\n[\t].*)*)/mg) {
		push @order, $1 if !$sent{$1};
		push @{ $sent{$1} }, $2;
	}
	return map { $sent{$_} } @order;
}

sub migrate {
	my ($words, %more) = @_;
	my $from = length $pg->log;
	my $got = run(@$words, { dir => $dir, env => { %env, %more }, timeout => 120 });
	is($got->{status}, $more{STATUS} // 0, "@$words") or diag $got->{err};
	my @sessions = sessions($from);
	my @without = grep { $_->[0] !~ /set_config.*tcp_user_timeout/s } @sessions;
	ok(!@without, scalar(@sessions) . ' sessions, each of which begins with its settings') or diag map {"@$_[0 .. 1]\n"} @without;
	return @sessions;
}

my @first = migrate([qw(upgrade head)]);
my @noop = migrate([qw(entrypoint -- true)]);
is(scalar(@noop), 1, 'a normal start has one session');
is(scalar(@{ $noop[0] }), 1, 'and one message');
migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => 'CREATE TABLE u (i int);', down => 'DROP TABLE u;' });
migrate([qw(rehearse)]);
migrate([qw(backup)]);
migrate([qw(rehearse --data)]);
migrate([qw(lint)]);
migrate([qw(diff)]);
migrate([qw(entrypoint -- true)], MIGRATE_BOOT_REHEARSE => 'schema');
migrate([qw(downgrade -1)], MIGRATE_LOCK_MODE => 'transaction', MIGRATE_DIRECT_URL => $pg->tcp_url($name));
migrate([$_], ) for qw(status log current);
migrate([qw(stamp head)]);
migrate([qw(restore --to own_restored)]);
migrate([ qw(wait --revision head) ]);
migrate([qw(doctor)]);

subtest 'between two migrations' => sub {
	migration("$dir/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT 1;' });
	migration("$dir/migrations", 'dddd', { parents => 'cccc', up => "VACUUM t;\nSELECT 1;" });
	$pg->query("ALTER DATABASE $name SET statement_timeout = '1h'; ALTER DATABASE $name SET lock_timeout = '1h'");
	write_file("$dir/migrations/cccc_cccc.sql", slurp("$dir/migrations/cccc_cccc.sql")
		=~ s/SELECT 1;/CREATE TABLE seen AS SELECT name, setting FROM pg_settings WHERE name ~ 'timeout|tcp_keepalives|check_interval';/r);
	migrate([qw(upgrade head)], MIGRATE_BACKUP_ENABLED => 'off');
	my %seen = map { split /=/ } split /\n/, $pg->query("SELECT name || '=' || setting FROM seen", $name);
	is($seen{statement_timeout}, 3600000, 'a migration has the role\'s statement_timeout');
	is($seen{lock_timeout}, 2000, 'and [apply] lock_timeout');
	is($seen{idle_session_timeout}, 0, 'its session may be idle');
	is($seen{tcp_keepalives_idle}, 10, 'the server looks after it');
	is($seen{client_connection_check_interval}, 2000, 'in the middle of a statement, too');
};

for my $mode (qw(session transaction)) {
	for my $apart (0, 1) {
		subtest "what holds for a migration: [lock] mode $mode, " . ($apart ? 'outside' : 'in') . ' a transaction' => sub {
			$pg->query("CREATE DATABASE theirs; ALTER DATABASE theirs SET statement_timeout = '1h'; ALTER DATABASE theirs SET DateStyle = 'German';
				ALTER DATABASE theirs SET default_transaction_isolation = 'serializable'; ALTER DATABASE theirs SET jit_above_cost = 7");
			my $theirs = tempdir();
			mkdir "$theirs/migrations";
			migration("$theirs/migrations", $_->[0], { parents => $_->[1], up_options => $apart ? 'transaction:false' : '',
				up => "CREATE TABLE seen_$_->[0] AS SELECT name, setting FROM pg_settings;\nSELECT 1;" }) for [qw(aaaa)], [qw(bbbb aaaa)];
			my $up = run(qw(upgrade head), { dir => $theirs, env => { MIGRATE_URL => $pg->tcp_url('theirs'), MIGRATE_LOCK_MODE => $mode,
				$mode eq 'transaction' ? (MIGRATE_DIRECT_URL => $pg->tcp_url('theirs')) : () } });
			is($up->{status}, 0, 'up') or diag $up->{err};
			for my $id (qw(aaaa bbbb)) {
				my %seen = map { split /=/, $_, 2 } split /\n/, $pg->query("SELECT name || '=' || setting FROM seen_$id", 'theirs');
				is($seen{$_->[0]}, $_->[1], "$id: $_->[0]") for [ statement_timeout => 3600000 ], [ lock_timeout => 2000 ], [ DateStyle => 'German, DMY' ],
				    [ default_transaction_isolation => 'serializable' ], [ jit => $pg->query('SHOW jit') ], [ idle_session_timeout => 0 ],
				    [ tcp_keepalives_idle => 10 ];
			}
			$pg->query('DROP DATABASE theirs');
		};
	}
}

subtest 'a program\'s options' => sub {
	for my $program (qw(pg_dump pg_restore)) {
		my @given = split /\n/, slurp("$dir/$program.options");
		like("@given", qr/(?:^| )-c idle_session_timeout=0(?: |$)/, "$program has them");
	}
	unlink "$dir/pg_dump.options";
	migrate([qw(backup)], MIGRATE_URL => $env{MIGRATE_URL} . '?options=-c%20work_mem%3D5MB%20-c%20application_name%3Da%5C%20b%20-c%20idle_session_timeout%3D9s', STATUS => 0);
	like(slurp("$dir/pg_dump.options"), qr/^-c work_mem=5MB -c application_name=a\\ b -c idle_session_timeout=9s -c tcp.* -c idle_session_timeout=0 /, 'after those of the URL')
	    or diag slurp("$dir/pg_dump.options");
};

subtest 'a server that refuses them' => sub {
	$pg->query('CREATE ROLE plain LOGIN; GRANT pg_read_all_data TO plain; REVOKE EXECUTE ON FUNCTION set_config FROM PUBLIC', $name);
	my %plain = (MIGRATE_URL => $pg->tcp_url($name, user => 'plain'));
	for my $words ([qw(current)], [qw(log)], [qw(status)], [qw(entrypoint -- echo started)]) {
		my $got = run(@$words, { dir => $dir, env => { %env, %plain } });
		unlike($got->{err}, qr/set_config/, "@$words goes without") or diag $got->{err};
	}
	my $got = run(qw(entrypoint -- echo started), { dir => $dir, env => { %env, %plain } });
	is($got->{out}, "started\n", 'the application starts') or diag $got->{err};
};

done_testing;
