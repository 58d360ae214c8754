# vanished: a migrator's machine is cut off, and nobody hears of it, neither the server nor the migrator. Another
# one has the lock within 30 s, and every step is done once.
#
# LINKS=n cuts n more at the exchanges they stand at, LINK_SEED=n at others, LINK_LONG=1 a dump in the middle of
# its data, too: see make vanish.
use strict;
use warnings;

use Cluster;
use Crash;
use Link;
use Migrate;
use Pooler;
use Process;
use Test::More;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $missing = Link::missing();
plan skip_all => $missing if defined $missing;

my $links = $ENV{LINKS} // 4;
my $each  = 20;
srand($ENV{LINK_SEED} // 1);

my $link = Link->new;
my $pg = Cluster->new(port => 1, options => { listen_addresses => '127.0.0.1,' . $link->address, synchronous_commit => 'on', max_connections => 300 });
$pg->hba('local all all trust', 'host all all 127.0.0.1/32 trust', 'host all all ' . $link->address . '/29 trust');
$pg->start;

sub clock { return clock_gettime(CLOCK_MONOTONIC) }

# The migration lock itself; see core/pg/lock.c.
my $lock = q{locktype = 'advisory' AND granted AND classid = 1835624306 AND objid = 1635017984};
my $held = "$lock AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

sub ran { my ($what) = @_; return "INSERT INTO ran VALUES ('$what');\n" }

# A database whose second migration stops, or whose backup does, as long as the gate is shut.
my $sites = 0;

sub site {
	my (%is) = @_;
	my $name = 'vanished' . ++$sites;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => ran('a') });
	migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => ran('b1') . ($is{stop} // '') . "\n" . ran('b2'),
		up_options => 'lock_timeout:0' . ($is{options} // '') });
	migration("$dir/migrations", 'cccc', { parents => 'bbbb', up => ran('c') });
	$pg->create_database($name);
	$pg->query('CREATE TABLE ran (what text); CREATE TABLE gate (x int); ' . ($is{setup} // ''), $name);
	my $site = { %is, name => $name, dir => $dir, env => { MIGRATE_BACKUP_ENABLED => 'off', MIGRATE_LOCK_TIMEOUT => '5m', %{ $is{env} // {} } } };
	shut($site, $is{gate}) if $is{gate};
	return $site;
}

sub shut {
	my ($site, $sql) = @_;
	$site->{gate} = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ], timeout => 900,
		stdin => "$sql; SELECT pg_sleep(900) AS gate");
	$pg->wait_for(q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(900) AS%' AND wait_event = 'PgSleep' AND datname = current_database()}, 1, 60, $site->{name});
	return;
}

sub open_gate {
	my ($site) = @_;
	my $gate = delete $site->{gate} // return;
	$pg->query(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(900) AS%' AND datname = current_database()}, $site->{name});
	$gate->finish;
	return;
}

# As doctor says that a pooler should be set, whose own keepalives decide.
my %keepalives = (tcp_keepidle => 10, tcp_keepintvl => 5, tcp_keepcnt => 3, tcp_user_timeout => 20000);
my $pooler = Pooler::installed() && Pooler->new($pg, %keepalives, listen_addr => $link->address);

sub url {
	my ($site, $host) = @_;
	my $port = $site->{pooled} && $host eq $link->address ? 6432 : $pg->port;
	return sprintf 'postgresql://postgres@%s:%d/%s', $host, $port, $site->{name};
}

sub options {
	my ($site, $host) = @_;
	return { dir => $site->{dir}, timeout => 900, env => { %{ $site->{env} }, MIGRATE_URL => url($site, $host),
		($site->{direct} ? (MIGRATE_DIRECT_URL => url($site, $host)) : ()), MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/backups-$host" } };
}

sub there { my ($site) = @_; return { %{ options($site, $link->address) }, within => $link->within } }

sub here { my ($site) = @_; return options($site, '127.0.0.1') }

my @boot = qw(entrypoint -- true);

sub holder { my ($site) = @_; return $pg->query("SELECT pid FROM pg_locks WHERE $held", $site->{name}) }

# All is there, once, and the journal says so.
sub whole {
	my ($site) = @_;
	is($pg->query(q{SELECT string_agg(what, ' ' ORDER BY what) FROM ran}, $site->{name}), 'a b1 b2 c', 'every statement ran once');
	is($pg->query(q{SELECT string_agg(revision, ' ' ORDER BY id) FROM migrate_journal WHERE status = 'done'}, $site->{name}), 'aaaa bbbb cccc', 'every step is done once');
	is($pg->query('SELECT version_num FROM alembic_version', $site->{name}), 'cccc', 'at the head');
	return;
}

sub ends {
	my ($site, $run) = @_;
	is($run->finish->{status}, 0, 'and gets there') or diag $run->{err};
	return whole($site);
}

# Waits until the migration lock of each is another's than at first, or was.
sub watch {
	my ($since, @waiting) = @_;
	while (@waiting && clock() - $since < 60) {
		my %holder = map { split /=/ } split /\n/, $pg->query("SELECT datname || '=' || pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE $lock");
		for my $site (@waiting) {
			my $other = ($holder{ $site->{name} } // '') !~ /^(?:$site->{holder})?$/;
			$site->{took} = clock() - $since if $other || $site->{second}->text('err') =~ /Running upgrade|database is at cccc/;
		}
		@waiting = grep { !defined $_->{took} } @waiting;
		select undef, undef, undef, 0.1;
	}
	return;
}

sub passed {
	my ($site) = @_;
	cmp_ok($site->{took} // 60, '<=', 30, 'another has the lock within 30 s');
	return note sprintf '%s: %.1f s', $site->{what}, $site->{took} // 60;
}

# The locks that sessions of the first have. pg_dump's may last a minute, since a slow disk, too, keeps it from
# reading. One that was cut off before its first query is idle until the kernel's own keepalives end it.
sub gone {
	my ($site, $since) = @_;
	my $theirs = q{SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE datname = current_database() AND client_addr <> '127.0.0.1'};
	ok(eval { $pg->wait_for($theirs, 0, 100 - (clock() - $since), $site->{name}) }, 'no lock is left of the first, nor of its pg_dump') or diag $@;
	return note sprintf '%s: after %.1f s', $site->{what}, clock() - $since;
}

my $waits  = q{SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE relname = 'gate' AND NOT granted};
my $gated  = { stop => 'LOCK TABLE gate;', gate => 'BEGIN; LOCK TABLE gate', ready => $waits };
my $dump   = { MIGRATE_BACKUP_ENABLED => 'on', MIGRATE_BACKUP_LOCK_TIMEOUT => '10m' };
my @sites = (
	{ what => 'a statement that waits', %$gated },
	{ what => 'a statement that works', stop => q{SELECT pg_sleep(CASE WHEN inet_client_addr() = '127.0.0.1' THEN 0 ELSE 900 END);},
		ready => q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()} },
	{ what => 'a statement that answers', setup => q{CREATE VIEW endless AS SELECT repeat('x', 10000) FROM generate_series(1, CASE WHEN inet_client_addr() = '127.0.0.1' THEN 1 ELSE 1000000000 END)},
		stop => "SELECT * FROM endless;", ready => q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT * FROM endless%' AND datname = current_database() AND state = 'active'} },
	{ what => 'a statement without transaction', %$gated, options => ' transaction:false' },
	{ what => 'an index that is built concurrently', stop => 'CREATE INDEX CONCURRENTLY i ON gate (x);', gate => 'BEGIN; LOCK TABLE gate IN ROW EXCLUSIVE MODE',
		ready => q{SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase LIKE 'waiting for%'} },
	{ what => 'a lock of its own connection', %$gated, env => { MIGRATE_LOCK_MODE => 'transaction' }, direct => 1 },
	($pooler ? { what => 'a statement through a pooler', %$gated, env => { MIGRATE_LOCK_MODE => 'transaction' }, pooled => 1 } : ()),
	{ what => 'a backup', env => $dump, gate => 'BEGIN; LOCK TABLE gate', ready => $waits, slow => 1 },
	{ what => 'waiting for the lock', gate => 'SELECT pg_advisory_lock(7883946363647714560)', waits => 1 },
);

# Cuts off the first of each; the second has to do its work.
sub cut {
	my (@all) = @_;
	$_->{holder} = holder($_) for @all;
	$link->down;
	my $since = clock();
	$_->{second} = start(@boot, here($_)) for @all;
	watch($since, grep { !$_->{waits} } @all);
	for my $site (@all) {
		subtest $site->{what} => sub {
			passed($site) if !$site->{waits};
			open_gate($site);
			ends($site, $site->{second});
			gone($site, $since) if !$site->{slow} || $ENV{LINK_LONG};
		};
	}
	$_->{first}->signal('KILL') for @all;
	$_->{first}->finish for @all;
	$link->up;
	return;
}

# One whose first stands at one of its exchanges with the server.
sub standing {
	my $site  = site(stop => rand() < 0.5 ? 'CREATE INDEX CONCURRENTLY i ON gate (x);' : 'INSERT INTO gate VALUES (1);');
	my $left  = 2 + int rand 22;
	my $crash = Crash->start('upgrade', 'head', there($site));
	while ($left-- > 0 && defined(my $at = $crash->next)) {
		$site->{what} = "$at, $site->{name}";
	}
	@$site{qw(crash first)} = ($crash, $crash->run);
	return $site;
}

sub some_standing {
	my $count = $links < $each ? $links : $each;
	$links -= $count;
	return map { standing() } 1 .. $count;
}

my @all = map { site(%$_) } @sites;
$_->{first} = start(@boot, there($_)) for @all;
$pg->wait_for($_->{ready}, 1, 60, $_->{name}) for grep { $_->{ready} } @all;
ok($_->{first}->wait_for_line(qr/waiting for the migration lock/), 'one waits for the lock') for grep { $_->{waits} } @all;
cut(@all, some_standing());
cut(some_standing()) while $links > 0;

subtest 'a dump in the middle of its data' => sub {
	plan skip_all => 'takes minutes: make vanish' if !$ENV{LINK_LONG};
	my $site = site(what => 'a dump in the middle of its data', env => $dump,
		setup => q{CREATE TABLE many AS SELECT md5(i::text) || repeat(md5((i + 1)::text), 6) FROM generate_series(1, 1000000) i});
	$site->{first} = start(@boot, there($site));
	my $copies = q{SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pg_dump' AND query LIKE 'COPY public.many%'};
	$pg->wait_for($copies, 1, 60, $site->{name});
	cut($site);
};

$pooler->stop if $pooler;
done_testing;
