# idle: a session that waits for a backup, an upload or a rehearsal outlives the server's timeouts; a backup
# outlives the session.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $major = $pg->query('SHOW server_version') =~ s/\..*//r;
my $count = 0;

# A shell command that lasts until each session of migrate has been idle for far longer than it may be.
my $psql = join ' ', 'psql', '-XAtq', '-h', $pg->socket_dir, '-p', $pg->port, '-U', 'postgres';
my $long = sprintf q{until [ "$(%s -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '$DATABASE' AND
	application_name = 'migrate' AND clock_timestamp() - state_change < '1.2s'")" = 0 ]; do sleep 0.1; done}, $psql;

# A database at aaaa, bbbb pending; a pg_dump in its own directory that does something before and after.
sub site {
	my (%is) = @_;
	my $site = { name => 'idle' . ++$count, dir => tempdir() };
	mkdir "$site->{dir}/$_" for qw(migrations copies);
	migration("$site->{dir}/migrations", 'aaaa', { up => 'CREATE TABLE t (i int); INSERT INTO t VALUES (1);' });
	$pg->create_database($site->{name});
	$site->{env} = { MIGRATE_URL => $pg->tcp_url($site->{name}), DATABASE => $site->{name}, MIGRATE_WAIT_TIMEOUT => '20s' };
	my $up = run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
	die $up->{err} if $up->{status};
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => $is{up} // 'ALTER TABLE t ADD j int;',
		down => 'ALTER TABLE t DROP j;' });
	$pg->query("ALTER DATABASE $site->{name} SET $_", $site->{name}) for @{ $is{set} // [] };
	$site->{env}{MIGRATE_BACKUP_PG_DUMP} = write_file("$site->{dir}/pg_dump", sprintf <<'END', $is{before} // ':', Cluster::bin('pg_dump'), $is{after} // ':');
#!/bin/sh
case "$*" in *--version*) ;; *) echo >>ran; %s;; esac
%s "$@" || exit
case "$*" in *--version*) ;; *) %s;; esac
END
	chmod 0755, "$site->{dir}/pg_dump";
	return $site;
}

sub boot {
	my ($site, %env) = @_;
	my $boot = run('entrypoint', '--', 'echo', 'started', { dir => $site->{dir}, env => { %{ $site->{env} }, %env }, timeout => 120 });
	is($boot->{status}, 0, 'the boot succeeds') or diag $boot->{err};
	is($boot->{out}, "started\n", 'and is the application');
	unlike($boot->{err}, qr/starting over/, 'at its first try') if !$site->{broken};
	my @dumps = glob "$site->{dir}/backups/*.dump*";
	is(scalar(grep { !/json$/ } @dumps), 1, 'with one backup') or diag "@dumps\n$boot->{err}";
	is(() = slurp("$site->{dir}/ran") =~ /\n/g, 1, 'and one pg_dump') if -e "$site->{dir}/ran";
	return $boot;
}

my @idle = ("idle_session_timeout = '300ms'", "idle_in_transaction_session_timeout = '300ms'",
	$major >= 17 ? "transaction_timeout = '600ms'" : ());

subtest 'a long backup' => sub { boot(site(set => \@idle, before => $long)) };

subtest 'the lock in a transaction' => sub {
	boot(site(set => \@idle, before => $long), MIGRATE_LOCK_MODE => 'transaction', MIGRATE_DIRECT_URL => $pg->tcp_url("idle$count"));
};

subtest 'a long upload' => sub {
	my $site = site(set => \@idle);
	mkdir "$site->{dir}/copies";
	boot($site, MIGRATE_BACKUP_UPLOAD => "file://$site->{dir}/copies", MIGRATE_BACKUP_ENCRYPT => "sh -c '" . ($long =~ s/'/'\\''/gr) . "; tr A-Za-z N-ZA-Mn-za-m'",
		MIGRATE_BACKUP_DECRYPT => 'tr A-Za-z N-ZA-Mn-za-m');
};

for my $how (qw(schema data)) {
	subtest "a long rehearsal with $how" => sub {
		# A migration's own transaction is the role's to limit.
		boot(site(set => [ @idle[ 0, 1 ] ], up => "SELECT pg_sleep(1);\nALTER TABLE t ADD j int;"), MIGRATE_BOOT_REHEARSE => $how);
	};
}

my $end = sprintf q{%s -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$DATABASE' AND
	application_name = 'migrate'" >/dev/null}, $psql;
for my $reuse (qw(1h 0)) {
	subtest "a connection lost during the backup, [backup] reuse $reuse" => sub {
		my $site = site(after => $end);
		$site->{broken} = 1;
		my $boot = boot($site, MIGRATE_BACKUP_REUSE => $reuse);
		like($boot->{err}, qr/starting over.*reusing .*Running upgrade aaaa -> bbbb/s, 'the backup is used again');
	};
}

subtest 'a connection lost during a backup that takes longer than [wait] timeout' => sub {
	my $site = site(before => 'sleep 1.5', after => $end);
	$site->{broken} = 1;
	boot($site, MIGRATE_WAIT_TIMEOUT => '1s');
};

subtest 'a connection lost during `migrate backup`' => sub {
	my $site = site(after => $end);
	my $got = run('backup', { dir => $site->{dir}, env => $site->{env} });
	is($got->{status}, 0, 'takes nothing from it') or diag $got->{err};
	is(run('backup', 'verify', { dir => $site->{dir}, env => $site->{env} })->{status}, 0, 'it is whole');
};

done_testing;
