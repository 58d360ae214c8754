# rehearse: what is pending is tried in a scratch database, and nothing else changes, whatever ends it.
use strict;
use warnings;

use Cluster;
use Crash;
use JSON::PP;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $count = 0;

# A database with rows at revision aaaa, and files behind that: ([up, down], …).
sub site {
	my (@pending) = @_;
	my $site = { name => 'rehearse' . ++$count, dir => tempdir() };
	mkdir "$site->{dir}/migrations";
	migration("$site->{dir}/migrations", 'aaaa', { down => 'DROP TABLE orders; DROP TABLE users;', up => <<'END' });
CREATE TABLE users (id int PRIMARY KEY, email text);
CREATE TABLE orders (id int PRIMARY KEY, user_id int);
INSERT INTO users SELECT n, 'user ' || n FROM generate_series(1, 1000) n;
INSERT INTO orders SELECT n, n FROM generate_series(1, 10) n;
END
	$pg->create_database($site->{name});
	$site->{env} = { MIGRATE_URL => $pg->tcp_url($site->{name}), MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/backups" };
	my $up = run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
	die $up->{err} if $up->{status};
	$pg->query('ANALYZE', $site->{name});
	my $id = 'aaaa';
	for my $part (@pending) {
		my $before = $id++;
		migration("$site->{dir}/migrations", $id, { parents => $before, up => $part->[0], down => $part->[1], up_options => $part->[2] });
	}
	return $site;
}

sub rehearse { my ($site, @words) = @_;
	my %more = ref $words[-1] ? %{ pop @words } : ();
	return run('rehearse', @words, { dir => $site->{dir}, env => { %{ $site->{env} }, %more }, timeout => 120 }) }

sub report { my ($site, @words) = @_; my $done = rehearse($site, '--json', @words); return (decode_json($done->{out} || '{}'), $done) }

sub dump_of { my ($site) = @_;
	return $pg->program('pg_dump', [ '--exclude-table-data=*.migrate_attempt*' ], db => $site->{name})->{out} =~ s/^\\(?:un)?restrict .*\n//mgr }

sub left { return $pg->query("SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'") }

subtest 'a report' => sub {
	my $site = site([ "ALTER TABLE users ALTER COLUMN id TYPE bigint;\nUPDATE orders SET user_id = 1;", 'ALTER TABLE users ALTER COLUMN id TYPE int;' ],
		[ 'CREATE INDEX CONCURRENTLY o ON orders (user_id);', 'DROP INDEX CONCURRENTLY o;' ],
		[ 'ALTER TABLE users DROP COLUMN email;' ]);
	my $before = dump_of($site);
	my ($report, $done) = report($site);
	is($done->{status}, 0, 'ends with 0') or diag $done->{err};
	my ($type, $index, $drop) = @{ $report->{revisions} };
	is($type->{revision}, 'aaab', 'in the order of the upgrade');
	my $lock = $type->{statements}[0]{locks}[0];
	is_deeply([ @$lock{qw(relation mode blocks live_rows)} ], [ 'public.users', 'ACCESS EXCLUSIVE', 'blocks reads and writes', 1000 ], 'locks');
	cmp_ok($lock->{live_bytes}, '>', 50_000, 'and how large the live table is');
	is_deeply($type->{statements}[0]{rewritten}, ['public.users'], 'what is written anew');
	is_deeply([ map { $_->{relation} } @{ $type->{blocked} } ], ['public.users'], 'who is blocked');
	is($index->{statements}[0]{locks}[0]{mode}, 'SHARE UPDATE EXCLUSIVE', 'a concurrent build');
	is_deeply([ map { $_->{down} } @{ $report->{revisions} } ], [qw(restores restores missing)], 'the ways back');
	is_deeply($drop->{lost}, ['drops the column public.users.email'], 'what cannot be undone');
	my $text = rehearse($site)->{out};
	like($text, qr/^Restored the schema in .*, 3 migrations tried in /, 'in words');
	like($text, qr/^    locks public\.users in ACCESS EXCLUSIVE mode \(.* kB, 1000 rows\)$/m, '… locks');
	like($text, qr/^  In production: blocks reads and writes of public\.users for about .*, from line 8 on$/m, '… who is blocked');
	like($text, qr/^  Cannot be undone: drops the column public\.users\.email$/m, '… what is lost');
	my ($all) = report($site, '--data');
	is($all->{revisions}[0]{statements}[1]{rows}, 10, 'with all data: rows written');
	is(dump_of($site), $before, 'the live database is as it was');
	is(left(), 0, 'and nothing else is left');
};

subtest 'what fails' => sub {
	my $site = site([ 'ALTER TABLE users ADD COLUMN n int NOT NULL;', 'ALTER TABLE users DROP COLUMN n;' ]);
	is(rehearse($site)->{status}, 0, 'what depends on rows goes through with the schema');
	my $done = rehearse($site, '--data');
	is($done->{status}, 7, 'and fails with all data');
	like($done->{err}, qr/rehearsal: revision aaab: column "n" .*contains null values.*nothing was changed/s, '… which is said');
	my $back = site([ 'CREATE TABLE n (x int); CREATE TABLE o (x int);', 'DROP TABLE o;' ], [ 'CREATE TABLE q (x int);', 'DROP TABLE q;' ]);
	$done = rehearse($back);
	is($done->{status}, 9, 'a down part that leaves something');
	like($done->{out}, qr/Down: leaves the schema CHANGED: .*"n" already exists\n    \+ column public\.n\.x integer\n    \+ table public\.n owner/s, '… what');
	like($done->{out}, qr/^aaac, .*Down: restores/sm, '… and what follows is tried all the same');
	my $fails = site([ 'CREATE TABLE n (x int);', 'DROP TABLE missing;' ]);
	$done = rehearse($fails);
	is($done->{status}, 9, 'a down part that fails');
	like($done->{out}, qr/Down: FAILS: revision aaab: table "missing" does not exist/, '… why');
	is(left(), 0, 'nothing is left');
};

subtest 'the boot' => sub {
	my $site = site([ "CREATE TABLE n (x int);\nSELECT 1 / 0;", 'DROP TABLE n;' ]);
	my $before = dump_of($site);
	my $boot = sub { return run('entrypoint', { dir => $site->{dir}, timeout => 120, env => { %{ $site->{env} }, @_ } }) };
	my $done = $boot->(MIGRATE_BOOT_REHEARSE => 'schema');
	is($done->{status}, 7, 'stops at what fails');
	like($done->{err}, qr/rehearsal: revision aaab: division by zero/, '… which is said');
	is(dump_of($site), $before, '… before anything is changed, the journal included');
	migration("$site->{dir}/migrations", 'aaab', { parents => 'aaaa', up => 'DELETE FROM orders;', down => 'SELECT 1;' });
	$done = $boot->(MIGRATE_BOOT_REHEARSE => 'data', MIGRATE_REHEARSE_SIZE => 1);
	is($done->{status}, 0, 'one that is too large goes on');
	like($done->{err}, qr/no rehearsal: the database has .*, and \[rehearse\] size allows 1 MB/, '… saying so');
	migration("$site->{dir}/migrations", 'aaac', { parents => 'aaab', up => 'SELECT count(*) FROM users;', down => 'SELECT 1;' });
	$done = $boot->(MIGRATE_BOOT_REHEARSE => 'data');
	is($done->{status}, 0, 'one that goes through') or diag $done->{err};
	like($done->{err}, qr/rehearsal: 1 migrations were tried in .*Running upgrade aaab -> aaac/s, '… is applied then');
	migration("$site->{dir}/migrations", 'aaad', { parents => 'aaac', up => 'SELECT pg_sleep(20);', down => 'SELECT 1;' });
	$done = $boot->(MIGRATE_BOOT_REHEARSE => 'schema', MIGRATE_REHEARSE_TIMEOUT => '2s', MIGRATE_APPLY_STATEMENT_TIMEOUT => '3s');
	like($done->{err}, qr/no rehearsal: the rehearsal did not finish within \[rehearse\] timeout.*Running upgrade/s, 'one that takes too long is given up');
	is(left(), 0, 'nothing is left');
};

# [the rows that there are, how the boot ends, what is found, migrations …]
my %rows = (
	'rows that are there twice' => [ '', 0, 'aaab: once-only: cannot be applied again: revision aaac: could not create unique index',
		[ "INSERT INTO notes VALUES ('one');", '' ], [ 'CREATE UNIQUE INDEX n ON notes (body);', 'DROP INDEX n;' ] ],
	'… in a table that is pending, too' => [ '', 0, 'aaac: once-only: .*revision aaad', [ 'CREATE TABLE own (x int);', 'DROP TABLE own;' ],
		[ 'INSERT INTO own VALUES (1);', 'SELECT 1;' ], [ 'ALTER TABLE own ADD PRIMARY KEY (x);', 'ALTER TABLE own DROP CONSTRAINT own_pkey;' ] ],
	'… some steps later, by COPY' => [ '', 0, 'aaab: once-only: .*revision aaad', [ "COPY notes FROM stdin;\none\n\\.\n", '' ],
		[ 'CREATE TABLE between ();', 'DROP TABLE between;' ], [ 'CREATE UNIQUE INDEX n ON notes (body);', 'DROP INDEX n;' ] ],
	'… by a block' => [ '', 0, 'once-only', [ q{DO $$ BEGIN INSERT INTO notes VALUES ('one'); END $$;}, '' ],
		[ 'CREATE UNIQUE INDEX n ON notes (body);', 'DROP INDEX n;' ] ],
	'… by a function' => [ '', 0, 'aaac: once-only', [ q{CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO notes VALUES (1)';}, 'DROP FUNCTION f();' ],
		[ 'SELECT f();', '' ], [ 'CREATE UNIQUE INDEX n ON notes (body);', 'DROP INDEX n;' ] ],
	'… outside a transaction' => [ '', 0, 'once-only', [ "INSERT INTO notes VALUES ('one');", '', 'transaction:false' ],
		[ 'CREATE UNIQUE INDEX CONCURRENTLY n ON notes (body);', 'DROP INDEX CONCURRENTLY n;' ] ],
	'… twice' => [ '', 0, 'aaab: once-only.*aaad: once-only', [ "INSERT INTO notes VALUES ('one');", '' ],
		[ 'CREATE UNIQUE INDEX n ON notes (body);', 'DROP INDEX n;' ], [ "INSERT INTO more VALUES ('one');", '' ], [ 'CREATE UNIQUE INDEX m ON more (body);', 'DROP INDEX m;' ] ],
	'a value that is counted up' => [ 'INSERT INTO numbers VALUES (1)', 0, 'once-only: .*revision aaac: check constraint', [ 'UPDATE numbers SET n = n + 1;', '' ],
		[ 'ALTER TABLE numbers ADD CONSTRAINT small CHECK (n < 3);', 'ALTER TABLE numbers DROP CONSTRAINT small;' ] ],
	'… until it would do' => [ 'INSERT INTO numbers VALUES (1)', 7, 'revision aaac: check constraint', [ 'UPDATE numbers SET n = n + 1;', '' ],
		[ 'ALTER TABLE numbers ADD CONSTRAINT large CHECK (n > 2);', 'ALTER TABLE numbers DROP CONSTRAINT large;' ] ],
	'… by a conversion' => [ 'INSERT INTO numbers VALUES (1)', 0, 'once-only: .*revision aaac: check constraint',
		[ 'ALTER TABLE numbers ALTER n TYPE bigint USING n * 10;', 'ALTER TABLE numbers ALTER n TYPE int;' ],
		[ 'ALTER TABLE numbers ADD CONSTRAINT small CHECK (n < 100);', 'ALTER TABLE numbers DROP CONSTRAINT small;' ] ],
	'rows that a down part takes along' => [ 'INSERT INTO numbers VALUES (1)', 0, undef, [ 'CREATE TABLE x ();', 'DROP TABLE x; DELETE FROM numbers;' ],
		[ 'DO $$ BEGIN ASSERT EXISTS (SELECT FROM numbers); END $$;', '' ] ],
	'values that a down part drops' => [ 'INSERT INTO numbers VALUES (1)', 0, 'down-differs', [ 'ALTER TABLE numbers ADD COLUMN IF NOT EXISTS n int;', 'ALTER TABLE numbers DROP COLUMN n;' ],
		[ 'ALTER TABLE numbers ADD CONSTRAINT there CHECK (n IS NOT NULL);', 'ALTER TABLE numbers DROP CONSTRAINT there;' ] ],
	'what cannot be taken back behind it' => [ '', 0, 'aaab: down-fails', [ "INSERT INTO notes VALUES ('one');", 'DROP TABLE nothing;' ],
		[ 'CREATE UNIQUE INDEX n ON notes (body);', 'DROP INDEX n;' ] ],
);

subtest 'the next key' => sub {
	my %key = (
		'a key that a sequence still gives out' => [ 7, qr/after revision aaab the next key is taken: public\.s\.id \(4\)/, 'INSERT INTO s VALUES (4);', 'DELETE FROM s WHERE id = 4;' ],
		'one that was taken before' => [ 0, undef, 'ALTER TABLE s ADD COLUMN x int;', 'ALTER TABLE s DROP COLUMN x;', 'INSERT INTO s VALUES (4)' ],
		'a new sequence' => [ 7, qr/the next key is taken: public\.s\.id \(1\)/, "CREATE SEQUENCE q; ALTER TABLE s ALTER id SET DEFAULT nextval('q');",
			"ALTER TABLE s ALTER id SET DEFAULT nextval('s_id_seq'); DROP SEQUENCE q;" ],
		'one that goes on' => [ 0, undef, "CREATE SEQUENCE q START 4; ALTER TABLE s ALTER id SET DEFAULT nextval('q');",
			"ALTER TABLE s ALTER id SET DEFAULT nextval('s_id_seq'); DROP SEQUENCE q;" ],
		'a down part that begins again' => [ 9, qr/revision aaab cannot be reverted/, 'COMMENT ON TABLE s IS NULL;', "SELECT setval('s_id_seq', 1);" ],
	);
	for my $name (sort keys %key) {
		my ($status, $says, $up, $down, $before) = @{ $key{$name} };
		my $site = site([ $up, $down ]);
		$pg->query("CREATE TABLE s (id serial PRIMARY KEY); INSERT INTO s SELECT FROM generate_series(1, 3); " . ($before // ''), $site->{name});
		my $done = rehearse($site, '--data');
		is($done->{status}, $status, "$name: $status") or diag $done->{err};
		like($done->{err}, $says, "$name: is told") if $says;
	}
};

subtest 'rows' => sub {
	my $hands = 0;
	for my $name (sort keys %rows) {
		my ($rows, $status, $found, @pending) = @{ $rows{$name} };
		my $site = site(map { [ $_->[0], $_->[1] || 'SELECT 1;', $_->[2] ] } @pending);
		$pg->query("CREATE TABLE notes (body text); CREATE TABLE more (body text); CREATE TABLE numbers (n int); $rows", $site->{name});
		if ($hands++ % 4 == 0) {
			my $done = rehearse($site, '--data');
			is($done->{status}, $status || (defined $found ? 9 : 0), "$name: by hand") or diag $done->{err};
		}
		my $boot = run('entrypoint', { dir => $site->{dir}, timeout => 120, env => { %{ $site->{env} }, MIGRATE_BOOT_REHEARSE => 'data' } });
		is($boot->{status}, $status, "$name: the boot: $status") or diag $boot->{err};
		like($boot->{err} =~ s{\S*/(\w{4})_\w+\.sql:\d+}{$1}gr, qr/rehearsal: .*$found/s, '… what is found is told') if defined $found;
		unlike($boot->{err}, qr/once-only|down-/, '… nothing is found') if !defined $found;
		is(run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} })->{status}, $status, '… as without a rehearsal');
	}
	is(left(), 0, 'nothing is left');
};

subtest 'where it is' => sub {
	my $other = Cluster->new(port => 1);
	$other->start;
	my $site = site([ 'ALTER TABLE things ADD COLUMN x int;', 'ALTER TABLE things DROP COLUMN x;' ]);
	$pg->query("CREATE SCHEMA deep; CREATE TABLE deep.things (id int); CREATE MATERIALIZED VIEW deep.seen AS SELECT * FROM deep.things;
		ALTER DATABASE $site->{name} SET search_path = public, deep", $site->{name});
	my ($report, $done) = report($site);
	is($done->{status}, 0, "with the database's own settings") or diag $done->{err};
	is($report->{revisions}[0]{statements}[0]{locks}[0]{relation}, 'deep.things', '… as its search_path');
	$pg->query('CREATE ROLE poor LOGIN; GRANT pg_read_all_data TO poor');
	$done = rehearse($site, { MIGRATE_URL => $pg->tcp_url($site->{name}, user => 'poor') });
	is($done->{status}, 3, 'a role that may make no database');
	like($done->{err}, qr/permission denied to create database.*ALTER ROLE poor CREATEDB.*MIGRATE_REHEARSE_URL/s, '… is told what to do');
	$other->create_database('base');
	$other->query('ALTER DATABASE base SET search_path = public, deep');
	($report, $done) = report($site, { MIGRATE_URL => $pg->tcp_url($site->{name}, user => 'poor'), MIGRATE_REHEARSE_URL => $other->tcp_url('base') });
	is($done->{status}, 0, 'on another server it may') or diag $done->{err};
	is($report->{not_restored}, 0, 'where the roles need not be');
	is($other->query("SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'"), '0', 'and where nothing is left');
};

subtest 'what is half done' => sub {
	my $site = site([ "CREATE TABLE n (x int);\nSELECT 1 / 0;", 'DROP TABLE n;', 'transaction:false' ]);
	is(run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} })->{status}, 8, 'in the live database');
	my $file = "$site->{dir}/migrations/aaab_aaab.sql";
	write_file($file, slurp($file) =~ s{1 / 0}{1}r);
	my ($report, $done) = report($site);
	is($done->{status}, 0, 'goes on in the rehearsal') or diag $done->{err};
	is(scalar @{ $report->{revisions}[0]{statements} }, 1, '… behind what is done');
};

subtest 'whatever ends it' => sub {
	my $site = site([ 'ALTER TABLE users ADD COLUMN x int;', 'ALTER TABLE users DROP COLUMN x;' ],
		[ 'CREATE INDEX CONCURRENTLY o ON orders (user_id);', 'DROP INDEX CONCURRENTLY o;' ]);
	my $before = dump_of($site);
	my ($at, $more, %seen) = (0, 1);
	while ($more) {
		my $crash = Crash->start('rehearse', { dir => $site->{dir}, env => $site->{env} });
		my $point;
		for (0 .. $at) { $point = $crash->next; $more &&= defined $point }
		kill $at % 2 ? 'KILL' : 'TERM', $crash->run->{pid} if $more;
		my $ended = $crash->finish;
		$seen{$point}++ if $more;
		if ($at % 2 == 0 && $more) {
			$pg->wait_for("SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'", '0', 20)
			    or diag "stopped at $point";
		}
		$at += $ENV{EVERY_POINT} ? 1 : 7;
	}
	cmp_ok(scalar keys %seen, '>', 2, 'stopped and killed at ' . join ', ', sort keys %seen);
	is(rehearse($site)->{status}, 0, 'the next run goes through');
	is(left(), 0, 'and drops what was left');
	is(dump_of($site), $before, 'the live database is as it was');
	my $first = Crash->start('rehearse', { dir => $site->{dir}, env => $site->{env} });
	for (1 .. 1000) { last if ($first->next // '') eq 'statement sent' }
	is(left(), 1, 'one that is under way');
	is(rehearse($site)->{status}, 0, '… beside another');
	is(left(), 1, '… is left alone');
	is($first->finish->{status}, 0, '… and goes on');
	is(left(), 0, 'until it is dropped');
};

# As much room in the databases' directory as makes each of the steps the one that fails.
subtest 'a full disk' => sub {
	my $small = Cluster->new(port => 1);
	my $disk  = $small->data_dir . '/base';
	if (system("mv $disk $disk.first && mkdir -m 700 $disk && chown --reference=$disk.first $disk"
		. " && mount -t tmpfs -o size=64m none $disk 2>/dev/null") != 0) {
		print "# SKIP no mount\n";
		return ok(1);
	}
	my $umount = Guard->new(sub { $small->stop; system 'umount', $disk });
	system("cp -a $disk.first/. $disk") == 0 or die;
	$small->start;
	my $site = { name => 'shop', dir => tempdir() };
	my $rows = "SELECT n, sha512(n::text::bytea) FROM generate_series(1, 20000) n";
	mkdir "$site->{dir}/migrations";
	migration("$site->{dir}/migrations", 'aaaa', { up => "CREATE TABLE users AS $rows;", down => 'DROP TABLE users;' });
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => "CREATE TABLE orders AS $rows;",
		down => "CREATE TEMP TABLE a AS $rows;\nCREATE TEMP TABLE b AS $rows;\nDROP TABLE orders;" });
	$small->create_database('shop');
	$site->{env} = { MIGRATE_URL => $small->tcp_url('shop'), MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/backups",
		MIGRATE_BOOT_REHEARSE => 'data' };
	my $live = sub { return $small->program('pg_dump', [ '--exclude-table-data=*.migrate_attempt*' ], db => 'shop')->{out} =~ s/^\\(?:un)?restrict .*\n//mgr };
	is(run('upgrade', 'aaaa', { dir => $site->{dir}, env => $site->{env} })->{status}, 0, 'a database');
	my $before = $live->();
	my (%seen, $boot);
	for my $free (0 .. 30) {    # megabytes
		$small->query('CHECKPOINT');
		unlink "$disk/balloon";
		my ($room) = qx(df -k --output=avail $disk) =~ /(\d+)\s*\z/;
		system("head -c @{[$room - $free * 1024]}K /dev/zero >$disk/balloon") == 0 or die;
		$boot = run('entrypoint', '--', 'echo', 'up', { dir => $site->{dir}, env => $site->{env}, timeout => 120 });
		last if $boot->{status} == 0;
		my ($where) = $boot->{err} =~ /cannot (make|fill)|:(\d+)\n/ ? $1 // "line $2" : $boot->{err};
		is($small->query(q{SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'}), 0, "$free: $where: nothing is left");
		next if $boot->{err} =~ /could not write init file/;    # which is all that the server says
		$seen{$where} = 1;
		is($boot->{status}, 7, 'status 7') or diag $boot->{err};
		like($boot->{err}, qr/No space left on device.*hint: Nothing was changed\. Make room/s, 'what to do');
		is($boot->{out}, '', 'the application does not start');
		is($live->(), $before, 'the live database is as it was') if $free % 3 == 0;
	}
	is($boot->{out}, "up\n", 'with enough room it starts');
	ok($seen{$_}, "it was full at: $_") for 'make', 'fill', 'line 8', 'line 11';
};

package Guard;
sub new { my ($class, $end) = @_; return bless { end => $end }, $class }
sub DESTROY { my ($self) = @_; $self->{end}->(); return }

package main;
done_testing();
