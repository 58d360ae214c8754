# resume: a part without transaction that sets the session in every way, ended at any exchange with the server.
# The next run ends where an undisturbed one does, or it says that it cannot go on and touches nothing.
#
# RESUMES=n makes n of them, RESUME_SEED=n others: see make crash.
use strict;
use warnings;

use Cluster;
use Crash;
use Migrate;
use Test::More;

my $resumes = $ENV{RESUMES}     // 20;
my $seed    = $ENV{RESUME_SEED} // 1;
my $each    = 10;
srand $seed;

my $pg = Cluster->new;
$pg->start;
$pg->query('CREATE ROLE low SUPERUSER');

sub pick { return $_[ rand @_ ] }

# What a statement sees of its session, written down; where it puts what it makes.
my $number = 0;
my $see = q{INSERT INTO public.seen SELECT %d, concat_ws(' ', current_user, session_user, current_setting('search_path'),
	coalesce(current_setting('app.x', true), ''), coalesce(current_setting('app.y', true), ''), timestamptz '2026-01-01 00:00Z', current_setting('standard_conforming_strings'),
	current_setting('session_replication_role'), current_setting('default_transaction_isolation'), current_setting('lock_timeout'),
	(SELECT string_agg(name, ',' ORDER BY name) FROM pg_prepared_statements WHERE from_sql), 'x\\\\y')};

sub looks {
	my $n = ++$number;
	return pick(sprintf($see, $n), sprintf($see, $n), "CREATE TABLE t_$n ()", "CREATE INDEX CONCURRENTLY i_$n ON accounts (x)",
		'UPDATE accounts SET x = x + 1', "CREATE TABLE t_$n (x timestamptz DEFAULT '1.2.2026')", 'VACUUM accounts');
}

# They only set it.
sub sets {
	my $n = ++$number;
	return pick(
		'SET search_path = ' . pick('one', 'two', 'one, two', 'public'), "SELECT pg_catalog.set_config('search_path', '" . pick(qw(one two)) . "', false)",
		"SET app.x = '" . pick('a', 'it\'\'s') . "'", 'RESET app.x', "SELECT set_config('app.y', '$n', false)", "SELECT set_config('app.y', NULL, false)",
		'SET ROLE low', 'RESET ROLE', 'SET ROLE NONE', 'SET SESSION AUTHORIZATION low', 'RESET SESSION AUTHORIZATION', "SET TIME ZONE '" . pick('UTC', 'Asia/Tokyo') . "'",
		'SET TIME ZONE LOCAL', 'SET DateStyle = ' . pick(qw(german iso sql)), 'RESET ALL', 'SET session_replication_role = ' . pick(qw(replica origin)),
		'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ' . pick('REPEATABLE READ', 'READ COMMITTED'), 'SET standard_conforming_strings = ' . pick(qw(on off)),
		"PREPARE p_$n AS INSERT INTO public.seen VALUES ($n, 'prepared')", 'DEALLOCATE ALL', 'DEALLOCATE PREPARE ALL', 'LISTEN c', 'UNLISTEN *',
		'SET LOCAL search_path = two', 'SET lock_timeout = 4321', 'DISCARD ALL', 'DISCARD PLANS',
	);
}

# They leave what cannot be had again.
sub holds {
	my $n = ++$number;
	return pick(
		"CREATE TEMP TABLE accounts AS SELECT $n AS x", "SELECT $n AS x INTO TEMP TABLE accounts", 'SELECT setseed(0.5)', 'SELECT pg_advisory_lock(1)',
		"DECLARE c_$n CURSOR WITH HOLD FOR SELECT 1", q{DO $$ BEGIN PERFORM set_config('search_path', 'two', false); END $$},
		q{DO $$ BEGIN SET app.x = 'do'; END $$}, q{SELECT set_config('app.y', count(*)::text, false) FROM public.seen},
		"INSERT INTO public.serial DEFAULT VALUES;\nINSERT INTO public.seen SELECT $n, currval('public.serial_id_seq')",
		'SET search_path = pg_temp, one',
	);
}

# A transaction of the part's own.
sub block {
	my @inner = map { pick(sub { sets() }, sub { sets() }, sub { sprintf $see, ++$number })->() } 1 .. 1 + rand 3;
	@inner = grep { !/^(?:DISCARD ALL|SET SESSION CHAR)/ } @inner;
	my @save = ('SAVEPOINT s', (map { sets() =~ s/^DISCARD ALL/RESET ALL/r } 1 .. 1 + rand 2), pick('ROLLBACK TO s', 'RELEASE s', 'ROLLBACK TO SAVEPOINT S'));
	return join ";\n", pick('BEGIN', 'START TRANSACTION'), @inner, (rand > .5 ? @save : ()), pick('COMMIT', 'COMMIT', 'END', 'ROLLBACK');
}

sub part {
	my @statements = map { pick(\&sets, \&sets, \&looks, \&looks, \&block)->() } 1 .. 3 + rand 5;
	splice @statements, rand @statements, 0, holds() if rand > .6;
	return join '', map {"$_;\n"} @statements, sprintf($see, ++$number), "CREATE TABLE last_$number ()";
}

sub dump_of {
	my ($name) = @_;
	my $dump = $pg->program('pg_dump', [ map {"--exclude-table-data=public.migrate_$_*"} qw(attempt journal) ], db => $name);
	die $dump->{err} if $dump->{status};
	# The rows stand where a run that was ended had left room.
	return join "\n", sort split /\n/, $dump->{out} =~ s/^\\(?:un)?restrict .*\n//mgr;
}

my $databases = 0;

sub database_from {
	my ($template) = @_;
	my $name = 'resume' . ++$databases;
	return $pg->create_database($name, $template ? "TEMPLATE $template STRATEGY file_copy" : '');
}

sub command_of { return $_[0] eq 'up' ? ('upgrade', 'head') : ('downgrade', 'base') }

sub options_of { my ($site, $name) = @_; return { dir => $site->{dir}, env => { MIGRATE_URL => $pg->url($name) } } }

# { from: the database before; dump: of the one after; dir; direction; points }. A part that fails by itself is
# none.
sub prepare {
	my ($direction) = @_;
	my $site = { dir => tempdir(), direction => $direction, from => database_from() };
	my $part = part();
	mkdir "$site->{dir}/migrations";
	migration("$site->{dir}/migrations", 'aaaa', $direction eq 'up' ? { up => $part, up_options => 'transaction:false' }
		: { up => 'SELECT 1;', down => $part, down_options => 'transaction:false' });
	$pg->query('CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.accounts AS SELECT 1 AS x; CREATE TABLE two.accounts AS SELECT 2 AS x;
		CREATE TABLE public.accounts AS SELECT 3 AS x; CREATE TABLE seen (n int, what text); CREATE TABLE serial (id serial)', $site->{from});
	return undef if $direction eq 'down' && run('upgrade', 'head', options_of($site, $site->{from}))->{status};
	my $name = database_from($site->{from});
	my $run  = Crash->start(command_of($direction), options_of($site, $name));
	$site->{points}++ while defined $run->next;
	my $end = $run->finish;
	$site->{dump} = dump_of($name);
	return $end->{status} ? undef : $site;
}

# The lines that one of the dumps has more often.
sub difference {
	my ($one, $other) = @_;
	my %more;
	$more{$_}-- for split /\n/, $one;
	$more{$_}++ for split /\n/, $other;
	return join "\n", map { ($more{$_} > 0 ? '+' : '-') . $_ } grep { $more{$_} } sort keys %more;
}

my %ended = (whole => 0, refused => 0);

# What is wrong, or ''.
sub resume {
	my ($site, $name, $point) = @_;
	my $crash = Crash->start(command_of($site->{direction}), options_of($site, $name));
	my $at;
	for (0 .. $point) {
		$at = $crash->next // last;
	}
	kill 'KILL', $crash->run->{pid};
	my $first = $crash->finish;
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$name' AND backend_type = 'client backend'", '0', 30);
	my $before = dump_of($name);
	my $again  = run(command_of($site->{direction}), options_of($site, $name));
	my $after  = dump_of($name);
	my $said   = sprintf "killed at %s: %s\n-- it said\n%s-- then\n%s-- of\n%s", $at // 'no failpoint', '%s', map {s/%/%%/gr} $first->{err}, $again->{err},
		slurp((glob "$site->{dir}/migrations/*")[0]);
	if ($again->{status} == 8 && $again->{err} =~ /aaaa cannot be continued|cannot restore the session as/) {
		$ended{refused}++;
		return $after eq $before ? '' : sprintf $said, 'refused, and something was done';
	}
	$ended{whole}++;
	return sprintf $said, "status $again->{status}" if $again->{status};
	return $after eq $site->{dump} ? '' : sprintf $said, "the databases differ:\n" . difference($site->{dump}, $after);
}

my $done = 0;
for (my $round = 0; $done < $resumes; $round++) {
	my $site  = prepare($round % 4 == 3 ? 'down' : 'up') // next;
	my $count = $resumes - $done < $each ? $resumes - $done : $each;
	my @wrong;
	for (1 .. $count) {
		my $name  = database_from($site->{from});
		my $point = int rand $site->{points};
		my $wrong = resume($site, $name, $point);
		push @wrong, "point $point of $site->{points}, $wrong\nin $site->{dir}" if $wrong;
		$pg->query("DROP DATABASE $name WITH (FORCE)") if !$wrong;
	}
	$done += $count;
	ok(!@wrong, "$count resumed on the way $site->{direction}, of $site->{points} places to end at") or diag "@wrong";
}
note "$ended{whole} went on to the end, $ended{refused} could not";
ok($ended{whole}, 'some go on');

done_testing;
