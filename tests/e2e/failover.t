# failover: the primary is gone in the middle of a migration, and its standby is promoted.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

# A primary, its standby, a database with a gate that is shut, and migrations that stop at it.
sub site {
	my (%is) = @_;
	my $primary = Cluster->new(options => { wal_level => 'replica', max_wal_senders => 4, synchronous_commit => 'on', %is });
	$primary->start;
	my $standby = Cluster->standby_of($primary);
	$standby->start;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	$primary->query('CREATE TABLE ran (what text); CREATE TABLE gate ()');
	return { primary => $primary, standby => $standby, dir => $dir, env => {
		MIGRATE_URL => sprintf('postgresql:///postgres?host=%s,%s&port=%d,%d&user=postgres',
			map({ $_->socket_dir } $primary, $standby), map { $_->port } $primary, $standby),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_ENABLED => 'off' } };
}

sub ran { my ($what) = @_; return "INSERT INTO ran VALUES ('$what');\n" }

sub chain {
	my ($site, @steps) = @_;
	my $parent;
	for my $step (@steps) {
		migration("$site->{dir}/migrations", $step->{id}, { down => 'SELECT 1;', %$step, parents => $parent });
		$parent = $step->{id};
	}
	return;
}

sub boot { my ($site) = @_; return start('entrypoint', { dir => $site->{dir}, env => $site->{env} }) }

sub shut_gate {
	my ($site) = @_;
	my $holder = Process->start([ Cluster::bin('psql'), '-Xq', $site->{primary}->url ],
		stdin => 'BEGIN; LOCK TABLE gate; SELECT pg_sleep(120);', timeout => 200);
	$site->{primary}->wait_for(q{SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
		WHERE relname = 'gate' AND granted AND mode = 'AccessExclusiveLock'}, '1', 20);
	return $holder;
}

sub at_gate {
	my ($site) = @_;
	return $site->{primary}->wait_for(q{SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
		WHERE relname = 'gate' AND NOT granted}, '1', 60);
}

sub caught_up {
	my ($site) = @_;
	my $position = $site->{primary}->query('SELECT pg_current_wal_lsn()');
	return $site->{standby}->wait_for("SELECT pg_last_wal_replay_lsn() >= '$position'", 't', 60);
}

sub ran_all {
	my ($site, @expected) = @_;
	is($site->{standby}->query(q{SELECT string_agg(what, ' ' ORDER BY what) FROM ran}), "@expected", 'each once');
	return;
}

# Whether the journal tells of each revision that it was applied, and of none twice.
sub journal_is {
	my ($site, $expected, $what) = @_;
	is($site->{standby}->query(q{SELECT string_agg(revision || ' ' || status, ', ' ORDER BY id) FROM migrate_journal}), $expected, $what);
	return;
}

subtest 'in the middle of a step' => sub {
	my $site = site();
	chain($site, { id => 'aaaa', up => ran('a') },
		{ id => 'bbbb', up => ran('b') . "LOCK TABLE gate;\n", up_options => 'lock_timeout:0' },
		{ id => 'cccc', up => ran('c') });
	my $gate = shut_gate($site);
	my $boot = boot($site);
	at_gate($site);
	caught_up($site);
	$site->{primary}->stop('immediate');
	$boot->finish;
	is($boot->{status}, 7, 'the boot ends: 7') or diag $boot->{err};
	like($boot->{err}, qr/revision bbbb.*Run again: whether its COMMIT had come through, the next run sees/s, 'and says what is known') or diag $boot->{err};
	my $next = boot($site);
	ok($next->wait_for_line(qr/standby|recovery|read-only/, 30), 'the next one waits while the standby is one');
	$site->{standby}->promote;
	$next->finish;
	is($next->{status}, 0, 'goes on when it is promoted') or diag $next->{err};
	ran_all($site, qw(a b c));
	journal_is($site, 'aaaa done, bbbb done, cccc done', 'the journal has one row for each');
	$gate->finish;
};

subtest 'in the middle of a step without transaction' => sub {
	my $site = site();
	chain($site, { id => 'aaaa', up => ran('a1') . ran('a2') . "LOCK TABLE gate;\nCREATE INDEX CONCURRENTLY i ON ran (what);\n" . ran('a3'),
		up_options => 'transaction:false lock_timeout:0' }, { id => 'bbbb', up => ran('b') });
	my $gate = shut_gate($site);
	my $boot = boot($site);
	at_gate($site);
	caught_up($site);
	$site->{primary}->stop('immediate');
	$site->{standby}->promote;
	$boot->finish;
	is($boot->{status}, 8, 'the boot ends: 8') or diag $boot->{err};
	like($boot->{err}, qr/2 of 5 statements are done\. Fix the cause.*: the next run continues after them/, 'and says how far it was') or diag $boot->{err};
	my $next = boot($site)->finish;
	is($next->{status}, 0, 'the next one goes on there') or diag $next->{err};
	like($next->{err}, qr/aaaa continues at statement 3 of 5/, 'and says so');
	ran_all($site, qw(a1 a2 a3 b));
	journal_is($site, 'aaaa started, aaaa statement, aaaa statement, aaaa statement, aaaa statement, aaaa done, bbbb done', 'the journal too');
	$gate->finish;
};

subtest 'what the standby had not received' => sub {
	my $site = site();
	chain($site, { id => 'aaaa', up => ran('a') });
	is(boot($site)->finish->{status}, 0, 'a first boot');
	caught_up($site);
	$site->{primary}->hba('local replication all reject', 'local all all trust');
	$site->{primary}->reload;
	$site->{primary}->query('SELECT pg_terminate_backend(pid) FROM pg_stat_replication');
	$site->{primary}->wait_for('SELECT count(*) FROM pg_stat_replication', '0', 30);
	chain($site, { id => 'aaaa', up => ran('a') }, { id => 'bbbb', up => ran('b') },
		{ id => 'cccc', up => ran('c1') . "CREATE INDEX CONCURRENTLY i ON ran (what);\n" . ran('c2'), up_options => 'transaction:false' });
	is(boot($site)->finish->{status}, 0, 'a second one, of which it sees nothing');
	$site->{primary}->stop('immediate');
	$site->{standby}->promote;
	is($site->{standby}->query('SELECT version_num FROM alembic_version'), 'aaaa', 'is lost as a whole');
	my $next = boot($site)->finish;
	is($next->{status}, 0, 'and done again by the next') or diag $next->{err};
	ran_all($site, qw(a b c1 c2));
	is($site->{standby}->query(q{SELECT string_agg(revision, ' ' ORDER BY id) FROM migrate_journal WHERE status = 'done'}), 'aaaa bbbb cccc', 'which its journal tells');
};

done_testing;
