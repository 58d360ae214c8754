# pooler_refused: what would leave something in a pooled session is refused before anything is done.
use strict;
use warnings;

use Cluster;
use Migrate;
use Pooler;
use Test::More;

plan skip_all => 'pgbouncer is not installed' if !Pooler::installed();

my $pg = Cluster->new(port => 1);
$pg->start;
my %pooler = map { ($_ => Pooler->new($pg, pool_mode => $_)) } qw(transaction session);

my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'a', { up => 'CREATE TABLE t (x int);', down => 'DROP TABLE t;' });

# At a, with b pending, and a backup that was taken directly.
my $name = $pg->create_database('shop');
my %env = (MIGRATE_URL => $pg->url($name), MIGRATE_BACKUP_DIRECTORY => "$dir/backups",
	MIGRATE_MODELS_SOURCE => "command:touch '$dir/printed'; echo 'CREATE TABLE t (x int, y int);'");

sub ran { my ($words, %more) = @_; return run(@$words, { dir => $dir, env => { %env, %more } }) }

is(ran(['upgrade', 'head'])->{status}, 0, 'a database');
is(ran(['backup'])->{status}, 0, 'and its backup');

# What a refusal must not change: all databases and tables, the journal, the locks, the files.
sub world {
	my @all = ($pg->query('SELECT string_agg(datname, chr(32) ORDER BY 1) FROM pg_database'),
		$pg->query(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}),
		$pg->query(q{SELECT string_agg(relname, chr(32) ORDER BY 1) FROM pg_class WHERE relnamespace = 'public'::regnamespace}, $name),
		$pg->query('SELECT count(*) FROM migrate_journal', $name), glob("$dir/* $dir/*/*"));
	return join "\n", @all;
}

sub left { my ($pooler) = @_; return $pooler->query(q{SELECT setting FROM pg_settings WHERE source = 'session' AND name NOT IN ('client_encoding', 'application_name')}, $name) }

# With b pending, or, where they compare, without.
my %commands = (
	1 => [ map { [ split / / ] } 'rehearse', 'rehearse --data', 'lint', 'entrypoint -- true' ],
	0 => [ map { [ split / / ] } 'backup', 'check', 'diff', 'revision --autogenerate -m more', 'restore', 'restore --swap',
		'restore --to other', 'lint a' ],
);
my @ways = (
	[ 'a pooler in transaction mode', 'transaction', {} ],
	[ 'a pooler in session mode', 'session', {} ],
	[ '[lock] mode = transaction through a pooler', 'transaction', { MIGRATE_LOCK_MODE => 'transaction' } ],
	[ '[lock] mode = transaction', undef, { MIGRATE_LOCK_MODE => 'transaction' } ],
	[ 'a direct URL that is a pooler\'s', 'transaction', { MIGRATE_LOCK_MODE => 'transaction', MIGRATE_DIRECT_URL => $pooler{transaction}->url($name) } ],
);
for my $pending (0, 1) {
	migration("$dir/migrations", 'b', { parents => 'a', up => 'ALTER TABLE t ADD y int;', down => 'ALTER TABLE t DROP y;' }) if $pending;
	my $before = world();
	for my $way (@ways) {
		my ($what, $mode, $set) = @$way;
		my @url = $mode ? (MIGRATE_URL => $pooler{$mode}->url($name)) : ();
		for my $words (@{ $commands{$pending} }) {
			my $got = ran($words, @url, %$set);
			is($got->{status}, 3, "$what: @$words") or diag $got->{out}, $got->{err};
			like($got->{err}, qr/pooler.*MIGRATE_DIRECT_URL/s, 'says so, and the way around');
			unlike($got->{err}, qr/transaction-mode/, 'without a guess');
		}
		is(world(), $before, 'nothing was done');
		is(left($pooler{$mode}), '', 'nor set') if $mode;
	}
}

# The boot alone has a choice of what it does.
my %pooled = (MIGRATE_URL => $pooler{transaction}->url($name), MIGRATE_LOCK_MODE => 'transaction');
my $boot = [qw(entrypoint -- true)];
is(ran($boot, %pooled, MIGRATE_BACKUP_ENABLED => 'off', MIGRATE_BOOT_REHEARSE => 'schema')->{status}, 3, 'a boot without backup, which rehearses');
my $done = ran($boot, %pooled, MIGRATE_BACKUP_ENABLED => 'off');
is($done->{status}, 0, 'and one that does neither') or diag $done->{err};
is($pg->query('SELECT version_num FROM alembic_version', $name), 'b', 'applies');
$done = ran($boot, %pooled);
is($done->{status}, 0, 'with nothing pending it starts the application') or diag $done->{err};
$pg->create_database('fresh');
$done = ran($boot, %pooled, MIGRATE_URL => $pooler{transaction}->url('fresh'));
is($done->{status}, 0, 'an empty database needs no backup') or diag $done->{err};
is(left($pooler{transaction}), '', 'nothing is set for others');

my @direct = (%pooled, MIGRATE_DIRECT_URL => $pg->url($name));
for my $words ([qw(backup)], [qw(check)], [qw(rehearse a)], [qw(lint b)], [qw(restore --to beside)]) {
	$done = ran($words, @direct);
	isnt($done->{status}, 3, "with a direct URL: @$words") or diag $done->{err};
}

# Other servers that are named for their databases.
$done = ran([qw(lint b)], MIGRATE_REHEARSE_URL => $pooler{transaction}->url('postgres'));
is($done->{status}, 3, '[rehearse] url may not be a pooler\'s');
like($done->{err}, qr/pooler.*MIGRATE_REHEARSE_URL/s, 'which the hint says');
$pg->create_database('shade');
is(ran(['upgrade', 'head'])->{status}, 0, 'nothing is pending any more');
$done = ran([qw(check)], MIGRATE_MODELS_SHADOW_URL => $pooler{session}->url('shade'));
is($done->{status}, 3, 'nor [models] shadow_url');
like($done->{err}, qr/shadow_url names a pooler/, 'which the message says');
$done = ran([qw(check)], %pooled, MIGRATE_MODELS_SOURCE => $pooler{transaction}->url($name));
is($done->{status}, 0, 'two databases are compared as they are') or diag $done->{err};
is($_->query('SELECT count(*) FROM pg_prepared_statements', $name) . left($_), '0', 'which leaves nothing') for $pooler{transaction};

# One that hands out statements alone ends the connection at the first transaction.
my $by_statement = Pooler->new($pg, pool_mode => 'statement');
for my $recorded (0, 1) {
	for my $mode (qw(session transaction)) {
		for my $words ([qw(upgrade head)], [qw(entrypoint -- true)], [qw(downgrade base)], [qw(stamp a)]) {
			my $on = $pg->create_database("statements$recorded" . $mode . $words->[0]);
			my %on = (MIGRATE_LOCK_MODE => $mode, MIGRATE_BACKUP_ENABLED => 'off');
			ran([qw(upgrade a)], MIGRATE_URL => $pg->url($on)) if $recorded || $words->[0] eq 'downgrade';
			$done = ran($words, %on, MIGRATE_URL => $by_statement->url($on));
			is($done->{status}, 3, "statement mode, lock mode $mode: @$words") or diag $done->{err};
			like($done->{err}, qr/pooler.*MIGRATE_DIRECT_URL/s, 'says so, and the way around');
			unlike($done->{err}, qr/starting over/, 'at once');
		}
	}
}
$by_statement->stop;

$_->stop for values %pooler;
done_testing;
