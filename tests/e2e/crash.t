# crash: whatever ends a boot or a downgrade, wherever, the next one ends where an undisturbed one does.
#
# CRASHES=n makes n of them, CRASH_SEED=n others: see make crash.
use strict;
use warnings;

use Cluster;
use Crash;
use Migrate;
use Process;
use Test::More;

my $crashes = $ENV{CRASHES}    // 48;
my $seed    = $ENV{CRASH_SEED} // 1;
my $each    = 12;
srand $seed;

# What a restart may lose must not be what was committed.
my $pg = Cluster->new(port => 1, options => { synchronous_commit => 'on' });
$pg->start;

my %ends = ('kill -9' => qr/^137$/, SIGTERM => qr/^(?:143|0)$/, cut => qr/^[04678]$/, restart => qr/^[04678]$/);
my %actions = (
	'kill -9' => sub { my ($crash) = @_; kill 'KILL', $crash->run->{pid} },
	SIGTERM => sub { my ($crash) = @_; kill 'TERM', $crash->run->{pid} },
	cut => sub { my (undef, $name) = @_;
		$pg->query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '$name' AND application_name = 'migrate'") },
	restart => sub { $pg->restart('immediate') },
);

# A migration of each kind. A statement that is run twice leaves two marks, or fails.
my $mark = sub { my ($id, $n) = @_; return "INSERT INTO marks VALUES ('$id', $n)" };
my %kinds = (
	table => sub { my ($id) = @_; return {
		up => "CREATE TABLE t_$id (x int);\nINSERT INTO t_$id SELECT generate_series(1, 50);\n" . $mark->($id, 1) . ';',
		down => "DROP TABLE t_$id;\nDELETE FROM marks WHERE id = '$id';" } },
	copy => sub { my ($id) = @_; return {
		up => "CREATE TABLE c_$id (x int, y text);\nCOPY c_$id FROM stdin;\n"
			. join('', map {"$_\trow $_\n"} 1 .. 40) . "\\.\n" . $mark->($id, 1) . ';',
		down => "DELETE FROM marks WHERE id = '$id';\nDROP TABLE c_$id;" } },
	index => sub { my ($id) = @_; return {
		up => "CREATE INDEX CONCURRENTLY i_$id ON base (x);", down => "DROP INDEX CONCURRENTLY i_$id;" } },
	mixed => sub { my ($id) = @_; return {
		up => $mark->($id, 1) . ";\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS m_$id ON base (x);\n"
			. $mark->($id, 2) . ";\nDROP INDEX CONCURRENTLY m_$id;\n" . $mark->($id, 3) . ";\n"
			. "CREATE TABLE n_$id (x int, y int);\nCREATE INDEX CONCURRENTLY ON n_$id (y, x);",
		down => "DROP INDEX CONCURRENTLY n_${id}_y_x_idx;\nDROP TABLE n_$id;\nDELETE FROM marks WHERE id = '$id';" } },
	vacuum => sub { my ($id) = @_; return {
		up => $mark->($id, 1) . ";\nVACUUM base;\nREINDEX TABLE CONCURRENTLY base;\n" . $mark->($id, 2) . ';',
		down => "VACUUM base;\nDELETE FROM marks WHERE id = '$id';" } },
	enum => sub { my ($id) = @_; return {
		up => "ALTER TYPE kind ADD VALUE '$id';", down => "SELECT 1;" } },
	apart => sub { my ($id) = @_; return {
		up => "DO \$\$ BEGIN PERFORM 1; END \$\$;\nCREATE TABLE a_$id (x int);\n" . $mark->($id, 1) . ";\n"
			. $mark->($id, 2) . ';', up_options => 'transaction:false',
		down => "DROP TABLE a_$id;\nDELETE FROM marks WHERE id = '$id';", down_options => 'transaction:false' } },
);

sub pick { return $_[ rand @_ ] }

# A chain, with two branches that a merge joins somewhere in it.
sub history {
	my ($dir) = @_;
	my @kinds = sort keys %kinds;
	my $add   = sub { my ($id, @parents) = @_;
		migration($dir, $id, { parents => \@parents, %{ $kinds{ pick(@kinds) }->($id) } }); return $id };
	my $one = $add->('one');
	my @two = map { $add->($_, $one) } qw(twoa twob);
	my $end = $add->('four', $add->('three', @two));
	return $add->('five', $end);
}

sub dump_of {
	my ($name) = @_;
	my $dump = $pg->program('pg_dump', [ map {"--exclude-table-data=public.migrate_$_*"} qw(attempt journal) ], db => $name);
	die $dump->{err} if $dump->{status};
	return $dump->{out} =~ s/^\\(?:un)?restrict .*\n//mgr;
}

my $databases = 0;

sub database_from {
	my ($template) = @_;
	my $name = 'crash' . ++$databases;
	return $pg->create_database($name, $template ? "TEMPLATE $template STRATEGY file_copy" : "");
}

sub command_of { return $_[0] eq 'up' ? ('entrypoint', '--', 'true') : ('downgrade', 'base') }

# { from, to: databases before and after; dir; direction; points: how many failpoints it passes }
sub prepare {
	my ($direction) = @_;
	my $dir  = tempdir();
	my $from = database_from();
	mkdir "$dir/migrations";
	history("$dir/migrations");
	$pg->query(q{CREATE TABLE base (x int, y int); INSERT INTO base SELECT i, i / 7 FROM generate_series(1, 300) i;
		CREATE TABLE marks (id text, n int); CREATE TYPE kind AS ENUM ('none')}, $from);
	my $site = { dir => $dir, direction => $direction, from => $from };
	my $first = $direction eq 'down' ? 'head' : pick('one', 'three', undef);
	if ($first) {
		my $run = start_in($site, $from, 'run', 'upgrade', $first);
		die $run->{err} if $run->{status};
	}
	$site->{to} = database_from($from);
	my $crash = start_in($site, $site->{to}, 'crash', command_of($direction));
	$site->{points}++ while defined $crash->next;
	my $end = $crash->finish;
	die $end->{err} if $end->{status};
	$site->{dump} = dump_of($site->{to});
	return $site;
}

sub start_in {
	my ($site, $name, $how, @command) = @_;
	my $option = { dir => $site->{dir}, env => { MIGRATE_URL => $pg->url($name), MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/$name" } };
	return $how eq 'run' ? run(@command, $option) : Crash->start(@command, $option);
}

# Ends it at the point, and starts it again. What is wrong afterwards, or ''.
sub crash {
	my ($site, $name, $point, $action) = @_;
	my $crash = start_in($site, $name, 'crash', command_of($site->{direction}));
	my $at;
	for (0 .. $point) {
		$at = $crash->next // last;
	}
	$actions{$action}->($crash, $name) if defined $at;
	my $first = $crash->finish;
	my $ended = $first->{status} ? '' : dump_of($name);
	my $again = start_in($site, $name, 'run', command_of($site->{direction}));
	# A downgrade that was stopped behind its last exchange is done.
	my $stopped = $first->{status} || $site->{direction} eq 'down';
	my $said  = sprintf "%s at %s: %s\n-- it said\n%s-- then\n%s", $action, $at // 'no failpoint', '%s',
	    $first->{err}, $again->{err};
	return sprintf $said, "status $first->{status} is none for that" if $first->{status} !~ $ends{$action}
		|| $action eq 'SIGTERM' && defined $at && !$stopped;
	return sprintf $said, 'status 0, and it was not done' if !$first->{status} && $ended ne $site->{dump};
	return sprintf $said, "status $again->{status}" if $again->{status};
	return sprintf $said, 'the databases differ' if dump_of($name) ne $site->{dump};
	my $journal = untrue($site, $name);
	return sprintf $said, "the journal: $journal" if $journal;
	my @partial = glob "$site->{dir}/$name/.*.dump*";
	return sprintf $said, "left @partial" if @partial;
	return '';
}

# The last row of each revision says what is the case, and each was done just once.
sub untrue {
	my ($site, $name) = @_;
	my $done = "SELECT coalesce(string_agg(format('%s %s %s', revision, direction, count), ', ' ORDER BY 1), '')
		FROM (SELECT revision, direction, count(*) FROM migrate_journal WHERE status = 'done' GROUP BY 1, 2) AS j";
	my ($want, $have) = map { $pg->query($done =~ s/ORDER BY 1/ORDER BY revision, direction/r, $_) } $site->{to}, $name;
	return "done: $have, not $want" if $have ne $want;
	return $pg->query(q{SELECT coalesce(string_agg(format('%s ends with %s', revision, status), ', '), '')
		FROM (SELECT DISTINCT ON (revision) revision, status FROM migrate_journal ORDER BY revision, id DESC) AS j
		WHERE status <> 'done'}, $name);
}

# Killed between the end of a statement and the journal's row about it.
subtest 'a statement that is done and not noted' => sub {
	my %first = (
		'CREATE INDEX CONCURRENTLY named ON public.base (x) WHERE y > 3' => 1,
		'CREATE UNIQUE INDEX CONCURRENTLY ON base USING btree (x DESC, lower(y::text))' => 1,
		'DROP INDEX CONCURRENTLY gone' => 0,
		'ALTER TABLE public.whole DETACH PARTITION part CONCURRENTLY' => 0,
	);
	for my $sql (sort keys %first) {
		my $site = { dir => tempdir() };
		my $name = database_from();
		mkdir "$site->{dir}/migrations";
		migration("$site->{dir}/migrations", 'one', { up => "$sql;\nINSERT INTO marks VALUES ('one');" });
		$pg->query('CREATE TABLE base (x int, y int); CREATE INDEX gone ON base (y); CREATE TABLE marks (id text);
			CREATE TABLE whole (x int) PARTITION BY LIST (x); CREATE TABLE part PARTITION OF whole FOR VALUES IN (1)', $name);
		my $crash = start_in($site, $name, 'crash', 'upgrade', 'head');
		while (my $at = $crash->next) {
			last if $at eq 'statement sent';
		}
		is($crash->next, 'query answered', $sql);
		$actions{'kill -9'}->($crash);
		is($crash->finish->{status}, 137, 'killed');
		my $again = start_in($site, $name, 'run', 'upgrade', 'head');
		is($again->{status}, 0, 'the next run goes on') or diag $again->{err};
		like($again->{err}, qr/an earlier run has done this already: \Q$sql\E/, 'and says what it found');
		is($pg->query(q{SELECT count(*) FROM pg_index WHERE indrelid = 'base'::regclass AND indexrelid <> coalesce(to_regclass('gone'), 0)},
			$name), $first{$sql}, 'nothing is there twice');
	}
	my $half = { dir => tempdir() };
	my $split = database_from();
	mkdir "$half->{dir}/migrations";
	migration("$half->{dir}/migrations", 'one', { up => 'ALTER TABLE whole DETACH PARTITION part CONCURRENTLY;' });
	$pg->query('CREATE TABLE whole (x int) PARTITION BY LIST (x); CREATE TABLE part PARTITION OF whole FOR VALUES IN (1)', $split);
	my $reader = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($split) ],
		stdin => 'BEGIN; SELECT * FROM whole; SELECT pg_sleep(60);');
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$split' AND wait_event = 'PgSleep'", '1', 20);
	my $cut = start_in($half, $split, 'crash', 'upgrade', 'head');
	while (my $at = $cut->next) {
		last if $at eq 'statement sent';
	}
	$pg->wait_for('SELECT count(*) FROM pg_inherits WHERE inhdetachpending', '1', 20, $split);
	$actions{cut}->($cut, $split);
	is($cut->finish->{status}, 8, 'a detach that is cut half-way');
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$split' AND wait_event = 'PgSleep'");
	$reader->finish;
	is($pg->query('SELECT count(*) FROM pg_inherits WHERE inhdetachpending', $split), '1', 'stays pending');
	is(start_in($half, $split, 'run', 'upgrade', 'head')->{status}, 0, 'is finished by the next run');
	is($pg->query('SELECT count(*) FROM pg_inherits', $split), '0', 'to its end');

	my $site = { dir => tempdir() };
	my $name = database_from();
	mkdir "$site->{dir}/migrations";
	migration("$site->{dir}/migrations", 'one', { up => "VACUUM;\nCREATE INDEX CONCURRENTLY named ON base (x);" });
	$pg->query('CREATE TABLE base (x int, y int); CREATE INDEX named ON base (y)', $name);
	is(start_in($site, $name, 'run', 'upgrade', 'head')->{status}, 8, 'another index of that name is no such thing') for 1 .. 2;
};

my $done = 0;
for (my $round = 0; $done < $crashes; $round++) {
	my $site  = prepare($round % 3 == 2 ? 'down' : 'up');
	my @wrong;
	my $count = $crashes - $done < $each ? $crashes - $done : $each;
	for (1 .. $count) {
		my $name  = database_from($site->{from});
		my $point = int rand $site->{points};
		my $wrong = crash($site, $name, $point, pick(sort keys %actions));
		push @wrong, "point $point of $site->{points}, $wrong\nin $site->{dir}" if $wrong;
		$pg->query("DROP DATABASE $name WITH (FORCE)") if !$wrong;
	}
	$done += $count;
	ok(!@wrong, "$count crashes on the way $site->{direction}, of $site->{points} places to crash") or diag "@wrong";
}

done_testing;
