# demo PROGRAM: gigabridge_bot's container without Docker. It boots before its database is up, and
# finds four migrations to apply to 100,000 users; then it boots again with nothing to do.

use strict;
use warnings;

BEGIN { $ENV{MIGRATE} = shift @ARGV // die "usage: $0 build/migrate\n" }

use Cluster;
use File::Basename qw(dirname);
use File::Spec;
use List::Util qw(max);
use Migrate;
use Process;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

my $root  = File::Spec->rel2abs(dirname(__FILE__) . '/..');
my @chain = qw(1d7a94c3e06b 9b2e6a1d3c58 4c1f0d2b9a7e b83e5f17c2d0 6fa0c9d4837b);
my @bot   = ('/usr/bin/python3', "$root/docker/bot/main.py");
my $users = 100_000;
my $boots = 15;

my (@times, @checks);

sub say_step { print "\n== @_\n"; return }

sub took {
	my ($what, $seconds) = @_;
	my $text = $seconds < 1 ? sprintf '%.1f ms', 1000 * $seconds : sprintf '%.2f s', $seconds;
	push @times, [ $what, $text ];
	return;
}

sub check {
	my ($what, $expected, $got) = @_;
	push @checks, [ $what, $expected, $got // 'nothing' ];
	return;
}

# Prints what the process writes, when it writes it, until one line matches or it ends; the line's
# text and the seconds since the process began.
sub stream {
	my ($process, $pattern) = @_;
	my $now = sub { clock_gettime(CLOCK_MONOTONIC) - $process->{began} };
	while (1) {
		my $running = $process->running;
		my $found;
		for my $line (map { $_->[1] } $process->new_lines) {
			printf "  %7.3f s | %s\n", $now->(), $line;
			$found //= $line if defined $pattern && $line =~ $pattern;
		}
		return ($found, $now->()) if defined $found || !$running;
		if ($now->() > $process->{timeout}) {
			print "  not in time\n";
			return (undef, $now->());
		}
		select undef, undef, undef, 0.002;
	}
}

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[ @sorted / 2 ];
}

sub table {
	my ($indent, @rows) = @_;
	for my $column (0 .. $#{ $rows[0] } - 1) {
		my $width = max map { length $_->[$column] } @rows;
		$_->[$column] = sprintf '%-*s', $width, $_->[$column] for @rows;
	}
	print ' ' x $indent, join('  ', @$_), "\n" for @rows;
	return;
}

$| = 1;
my $backups = tempdir() . '/backups';
my $pg      = Cluster->new(port => 1, auth => 'scram', password => 'admin');
my $env     = {
	DATABASE_URL => $pg->tcp_url('gigabridge', user => 'gigabridge', password => 'se/cr@t: 1'),
	MIGRATE_CONFIG => "$root/migrations/migrate.ini",
	MIGRATE_BACKUP_DIRECTORY => $backups,
	PYTHONDONTWRITEBYTECODE => 1,
};

sub boot {
	return start('entrypoint', '--', @bot, { env => $env, timeout => 120 });
}

# The answer, or the first line of the error.
sub ask {
	my ($sql) = @_;
	my ($status, $out, $err) = $pg->psql($sql, 'gigabridge');
	return $status || $err ? $err =~ s/\n.*//sr : $out;
}

say_step("yesterday's database: revision $chain[0], $users users, on 127.0.0.1:" . $pg->port);
$pg->start;
$pg->query(q{CREATE ROLE gigabridge LOGIN PASSWORD 'se/cr@t: 1'});
$pg->create_database('gigabridge', 'OWNER gigabridge');
my $upgrade = start('upgrade', $chain[0], { env => $env });
stream($upgrade);
check('status of upgrade', 0, $upgrade->finish->{status});
die "the first revision was not applied\n" if $upgrade->{status};

$pg->query(<<"END", 'gigabridge');
SET ROLE gigabridge;
INSERT INTO users (tg_id, username, language_code, status, balance, referrer_id, created_at,
                   last_seen_at)
SELECT 100000000 + 7919 * n,
       CASE WHEN n % 4 > 0 THEN 'user_' || n END,
       CASE WHEN n % 9 = 0 THEN 'en' ELSE 'ru' END,
       CASE WHEN n % 100 = 9 THEN 'blocked' WHEN n % 100 = 19 THEN ' Active'
            WHEN n % 10 < 6 THEN 'active' WHEN n % 10 = 6 THEN 'paused' ELSE 'expired' END,
       (n % 50) * 10,
       CASE WHEN n % 5 = 0 THEN n / 5 END,
       now() - make_interval(mins => 10 * ($users - n) + 60),
       now() - make_interval(mins => n % 5000)
  FROM generate_series(1, $users) n;
INSERT INTO servers (location_id, host, settings)
SELECT l.id, lower(l.country_code) || n || '.gigabridge.example', jsonb_build_object('panel', n)
  FROM locations l, generate_series(1, 2) n;
INSERT INTO subscriptions (user_id, tariff_id, server_id, traffic_used, auto_renew, started_at,
                           expires_at)
SELECT u.id, t.id, u.id % 6 + 1, u.id * 104729, u.id % 3 = 0, u.created_at,
       u.created_at + make_interval(days => t.duration_days)
  FROM users u JOIN tariffs t ON t.id = u.id % 3 + 1
 WHERE u.status <> 'paused';
END
print '  filled: ', ask('SELECT pg_size_pretty(pg_database_size(current_database()))'), "\n";
$pg->stop;

say_step('the container starts, its database does not answer yet');
my $boot = boot();
my ($waiting) = stream($boot, qr/waiting for/);
print "  (now the server is started)\n";
$pg->start;
my $answering = clock_gettime(CLOCK_MONOTONIC) - $boot->{began};
my ($ready, $until_ready) = stream($boot, qr/^gigabridge_bot: ready$/);
took('first boot: from an answering server to a ready bot', $until_ready - $answering) if $ready;
$boot->signal('TERM');
stream($boot);
$boot->finish;

my @archives = glob "$backups/*.dump";
my @readable = grep { !$pg->program('pg_restore', [ '--list', $_ ])->{status} } @archives;
my @steps    = $boot->{err} =~ /Running upgrade (\w* -> \w+),/g;
my @expected = map {"$chain[$_ - 1] -> $chain[$_]"} 1 .. $#chain;
my @bot_said = split /\n/, $boot->{out};

check('said that it waits',    'yes', $waiting ? 'yes' : 'no');
check('said that it backs up', 'yes', $boot->{err} =~ /backup/ ? 'yes' : 'no');
check('migrations',            "@expected", "@steps");
check('the bot was ready',     'yes', $ready ? 'yes' : 'no');
check('last line of the bot',  'gigabridge_bot: stopped', $bot_said[-1]);
check('status after SIGTERM',  0, $boot->{status});
check('users, with the admin', $users + 1, ask('SELECT count(*) FROM users'));
check('type of users.status',  'user_status', ask(<<'END'));
SELECT format_type(atttypid, atttypmod)
  FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'status'
END
check('its values', 'active 61001, paused 10000, expired 28000, banned 1000', ask(<<'END'));
SELECT string_agg(status || ' ' || number, ', ' ORDER BY status)
  FROM (SELECT status, count(*) AS number FROM users GROUP BY status) s
END
check('users with an e-mail', 1, ask('SELECT count(email) FROM users'));
check('backups',              1, scalar @archives);
check('readable backups',     1, scalar @readable);
check('alembic_version',      $chain[-1], ask('SELECT version_num FROM alembic_version'));
check('journal',              join(' ', map {"$_ up done"} @chain), ask(<<'END'));
SELECT string_agg(concat_ws(' ', revision, direction, status), ' ' ORDER BY id) FROM migrate_journal
END
check('migrate current', "$chain[-1] (head)", run('current', { env => $env })->{out} =~ s/\n\z//r);

say_step('the container starts again');
my $again = boot();
my (undef, $until_first) = stream($again, qr/^gigabridge_bot: /);
stream($again, qr/ready$/);
took('second boot: until the first line of the bot, mostly the start of Python', $until_first);
$again->signal('TERM');
stream($again);
$again->finish;
check('second boot: status',     0, $again->{status});
check('second boot: migrations', 0, scalar(() = $again->{err} =~ /Running/g));
check('second boot: backups',    1, scalar(() = glob "$backups/*.dump"));
check('second boot: users',      $users + 1, ask('SELECT count(*) FROM users'));

say_step("and $boots times more, with true for the bot");
my @true = map { Process->run(['true']) } 1 .. $boots;
my @noop = map { run('entrypoint', '--', 'true', { env => $env }) } 1 .. $boots;
check('no-op boots that failed', 0, scalar(grep { $_->{status} } @noop));
took('no-op boot: migrate entrypoint -- true, median', median(map { $_->{seconds} } @noop));
took('true alone, median', median(map { $_->{seconds} } @true));
table(2, @times);

say_step('summary');
my @wrong = grep { $_->[1] ne $_->[2] } @checks;
table(2, map { [ $_->[1] eq $_->[2] ? 'ok' : 'DIFFERS', $_->[0], $_->[2] ] } @checks);
for my $check (@wrong) {
	print "\n  $check->[0]\n    expected: $check->[1]\n    got:      $check->[2]\n";
}
printf "\n%d of %d as expected\n", @checks - @wrong, scalar @checks;
exit(@wrong ? 1 : 0);
