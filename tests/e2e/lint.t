# lint: every finding is told where it should be, and where the safe form is written, none is.
use strict;
use warnings;

use Cluster;
use JSON::PP;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;

my $base = <<'END';
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int, b text, c varchar(20), j int);
CREATE INDEX t_a ON t (a);
CREATE TABLE p (k int NOT NULL) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE loose (k int NOT NULL);
CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
CREATE UNIQUE INDEX m_id ON m (id);
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE moody (x mood);
CREATE DOMAIN positive AS int;
CREATE TABLE of_domain (x positive);
END

# The up part of a migration, or [up, down], behind one that makes the above; the findings it has.
# `then` is a list: each a migration of its own, and the findings are those of all of them.
my @cases = (
	# An index.
	['CREATE INDEX n ON t (b);', 'blocking-index'],
	['CREATE UNIQUE INDEX IF NOT EXISTS n ON t (b);', 'blocking-index'],
	['CREATE INDEX ON p (k);', 'blocking-index'],
	['CREATE INDEX CONCURRENTLY n ON t (b);'],
	['CREATE TABLE n (x int); CREATE INDEX ON n (x);'],
	['DROP INDEX t_a;', 'blocking-drop-index'],
	['DROP INDEX CONCURRENTLY t_a;'],
	['REINDEX TABLE t;', 'blocking-reindex'],
	['REINDEX TABLE CONCURRENTLY t;'],
	["DO \$\$ BEGIN EXECUTE 'CREATE INDEX n ON t (b)'; END \$\$;", 'blocking-index'],
	# A constraint.
	['ALTER TABLE t ADD CONSTRAINT n UNIQUE (b);', 'blocking-unique'],
	['ALTER TABLE t ADD COLUMN n int UNIQUE;', 'blocking-unique'],
	['ALTER TABLE loose ADD PRIMARY KEY (k);', 'blocking-unique'],
	["CREATE UNIQUE INDEX CONCURRENTLY n ON t (b);", then => ['ALTER TABLE t ADD CONSTRAINT n UNIQUE USING INDEX n;']],
	['ALTER TABLE t ADD CONSTRAINT n CHECK (a > 0);', 'validating-constraint'],
	['ALTER TABLE t ADD CONSTRAINT n CHECK (a > 0) NOT VALID;', then => ['ALTER TABLE t VALIDATE CONSTRAINT n;']],
	["ALTER TABLE t ADD CONSTRAINT n CHECK (a > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT n;", 'work-under-lock'],
	['ALTER TABLE t ADD CONSTRAINT n FOREIGN KEY (a) REFERENCES parent;', 'validating-constraint'],
	['ALTER TABLE t ADD CONSTRAINT n FOREIGN KEY (a) REFERENCES parent NOT VALID;', then => ['ALTER TABLE t VALIDATE CONSTRAINT n;']],
	['CREATE TABLE n (x int REFERENCES parent, CHECK (x > 0), UNIQUE (x));'],
	['ALTER DOMAIN positive ADD CHECK (VALUE > 0);', 'blocking-scan'],
	['ALTER DOMAIN positive ADD CONSTRAINT n CHECK (VALUE > 0) NOT VALID;'],
	# A column.
	['ALTER TABLE t ADD COLUMN n int NOT NULL;', 'not-null-without-default'],
	['ALTER TABLE p ADD COLUMN n int NOT NULL;', 'not-null-without-default'],
	['ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 1;'],
	['ALTER TABLE t ADD COLUMN n int;'],
	['ALTER TABLE t ADD COLUMN n timestamptz DEFAULT now();'],
	['ALTER TABLE t ADD COLUMN n float DEFAULT random();', 'rewrite'],
	['ALTER TABLE t ADD COLUMN n bigserial;', 'rewrite'],
	['ALTER TABLE t ADD COLUMN n int GENERATED ALWAYS AS (a * 2) STORED;', 'rewrite'],
	['ALTER TABLE t ADD COLUMN n json;', 'json-column'],
	['ALTER TABLE t ADD COLUMN n jsonb;'],
	['ALTER TABLE t ALTER COLUMN a SET NOT NULL;', 'set-not-null'],
	['ALTER TABLE t ADD CONSTRAINT n CHECK (a IS NOT NULL) NOT VALID;', then => ['ALTER TABLE t VALIDATE CONSTRAINT n;',
			"ALTER TABLE t ALTER COLUMN a SET NOT NULL;\nALTER TABLE t DROP CONSTRAINT n;"]],
	['ALTER TABLE t ALTER COLUMN a TYPE bigint;', 'rewrite'],
	['ALTER TABLE t ALTER COLUMN c TYPE varchar(10);', 'failing-type lossy-type rewrite'],
	['ALTER TABLE t ALTER COLUMN c TYPE varchar(200);'],
	['ALTER TABLE t ALTER COLUMN c TYPE text;'],
	['ALTER TABLE t DROP COLUMN b;', 'drop-column'],
	['ALTER TABLE t RENAME COLUMN b TO n;', 'rename'],
	# A table.
	['DROP TABLE loose;', 'drop-table'],
	['DROP TABLE p;', 'drop-table'],
	["CREATE TABLE n (x int);\nALTER TABLE n RENAME TO o;\nALTER TABLE o DROP COLUMN x;\nDROP TABLE o;"],
	['ALTER TABLE loose RENAME TO n;', 'rename'],
	['ALTER TABLE loose SET UNLOGGED;', 'rewrite'],
	['VACUUM FULL loose;', 'rewrite'],
	['TRUNCATE loose;', 'truncate'],
	['REFRESH MATERIALIZED VIEW m;', 'blocking-refresh'],
	['REFRESH MATERIALIZED VIEW CONCURRENTLY m;'],
	['ALTER TABLE p DETACH PARTITION p1;', 'blocking-detach'],
	['ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;'],
	['ALTER TABLE p ATTACH PARTITION loose FOR VALUES FROM (10) TO (20);', 'validating-attach'],
	['ALTER TABLE loose ADD CONSTRAINT n CHECK (k >= 10 AND k < 20) NOT VALID;', then => ['ALTER TABLE loose VALIDATE CONSTRAINT n;',
			'ALTER TABLE p ATTACH PARTITION loose FOR VALUES FROM (10) TO (20);']],
	['ALTER SCHEMA other RENAME TO n;', 'rename', before => 'CREATE SCHEMA other;'],
	["ALTER TYPE mood RENAME VALUE 'sad' TO 'n';", 'rename'],
	# More than one.
	["ALTER TABLE t ADD COLUMN n int;\nUPDATE t SET n = 1;", 'work-under-lock'],
	["ALTER TABLE t ADD COLUMN n int;", then => ['UPDATE t SET n = 1;']],
	["ALTER TABLE t ADD COLUMN n int;\nINSERT INTO parent VALUES (1);"],
	["ALTER TYPE mood ADD VALUE 'happy';\nINSERT INTO moody VALUES ('happy');", 'enum-value-too-early'],
	["ALTER TYPE mood ADD VALUE 'happy';", then => ["INSERT INTO moody VALUES ('happy');"]],
	["SET lock_timeout = 0;\nALTER TABLE t ADD COLUMN n int;", 'no-lock-timeout'],
	['ALTER TABLE t ADD COLUMN n int;', 'no-lock-timeout', options => 'lock_timeout:0'],
	# The way back.
	[['CREATE TABLE n (x int);', undef], 'no-down'],
	[['CREATE TABLE n (x int);', 'DROP TABLE n;']],
	[['CREATE TABLE n (x int);', 'DROP TABLE missing;'], 'down-fails'],
	[["CREATE TABLE n (x int);\nCREATE TABLE o (x int);", 'DROP TABLE o;'], 'down-differs'],
	[["CREATE TYPE n AS ENUM ('a');\nCREATE TABLE o (x n);", 'DROP TABLE o;'], 'down-differs'],
	[['ALTER TABLE t DROP COLUMN b;', 'ALTER TABLE t ADD COLUMN b text;'], 'drop-column'],
	[["CREATE TABLE n (x int);", 'ALTER TABLE n SET SCHEMA other;'], 'down-differs', before => 'CREATE SCHEMA other;'],
	["CREATE FUNCTION made() RETURNS void LANGUAGE sql AS \$\$ SELECT 1 \$\$;", then => ["SELECT made();"]],
	[['INSERT INTO parent VALUES (1);', 'SELECT 1;'], 'once-only'],
	# What a rehearsal must not do.
	['CREATE ROLE migrate_lint;', 'beyond-database'],
	["DO 'BEGIN END';\nDO \$x\$ BEGIN CREATE ROLE migrate_lint; END \$x\$;", 'beyond-database'],
	["CREATE TABLE n (x int);\nCOPY n FROM PROGRAM 'touch /tmp/migrate_lint';", 'beyond-database'],
	['GRANT pg_monitor TO postgres;', 'beyond-database'],
	['CREATE DATABASE migrate_lint;', 'beyond-database'],
	["ALTER SYSTEM SET work_mem = '5MB';", 'beyond-database'],
	['GRANT SELECT ON t TO pg_monitor;'],
	# The session of a part without transaction.
	['CREATE TEMP TABLE n (x int);', 'session-state', options => 'transaction:false'],
	["DECLARE c CURSOR WITH HOLD FOR SELECT 1;\nSELECT setseed(0.5);", 'session-state', options => 'transaction:false'],
	["SELECT set_config('app.x', version(), false);", 'session-state', options => 'transaction:false'],
	["DO \$\$ BEGIN PERFORM pg_advisory_lock(1); END \$\$;\nSELECT pg_advisory_unlock(1);", 'session-state', options => 'transaction:false'],
	["SET work_mem = '4MB';\nSELECT set_config('app.x', 'y', false);\nPREPARE p AS SELECT lastval();\nVACUUM loose;"],
	["CREATE TEMP TABLE n (x int);\nSELECT pg_advisory_lock(1), pg_advisory_unlock_all();"],
	[q{SELECT U&"pg_\0061dvisory_lock"(1);}, 'session-state', options => 'transaction:false'],
	[q{UPDATE pg_settings SET setting = 'x' WHERE name = 'app.x';}, 'session-state', options => 'transaction:false'],
	['DISCARD ALL;', 'drops-lock'],
	['SELECT pg_catalog."pg_advisory_unlock_all"();', 'drops-lock', options => 'transaction:false'],
	['SELECT pg_advisory_unlock_all();', 'drops-lock', options => 'transaction:false'],
	["DO \$\$ BEGIN PERFORM pg_catalog.pg_advisory_unlock_all(); END \$\$;", 'drops-lock', options => 'transaction:false'],
	# Ignored.
	["-- lint:ignore blocking-index it is a small table\nCREATE INDEX n ON t (b);"],
	["CREATE INDEX n ON t (b); -- lint:ignore blocking-index it is a small table"],
	["CREATE INDEX n -- lint:ignore blocking-index it is a small table\nON t (b);"],
	["-- lint:ignore blocking-index,drop-column small\nCREATE INDEX n ON t (b);\nALTER TABLE t DROP COLUMN c;", 'drop-column'],
	["SELECT 1; -- lint:ignore blocking-index not for what follows\nCREATE INDEX n ON t (b);", 'blocking-index'],
	["CREATE INDEX n ON t (b);", message => "a\nlint:ignore blocking-index for all of the file"],
);

# What PostgreSQL 18 has.
push @cases, (
	['ALTER TABLE t ADD CONSTRAINT n NOT NULL a;', 'set-not-null'],
	['ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID;', then => ['ALTER TABLE t VALIDATE CONSTRAINT n;']],
	['ALTER TABLE t ADD CONSTRAINT n CHECK (a > 0) NOT ENFORCED;'],
) if $pg->query('SHOW server_version_num') >= 180000;

my $number = 0;

# The findings of a case, by name: the dangerous ones, or, for a case about the way back, all.
sub case_dir {
	my ($parts, %is) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'root', { up => $base . ($is{before} // ''), down => 'SELECT 1;' });
	my $before = 'root';
	my @ids;
	for my $part (@$parts) {
		my ($up, $down) = ref $part ? @$part : ($part, 'SELECT 1;');
		my $id = 'n' . @ids;
		migration("$dir/migrations", $id, { parents => $before, up => $up, down => $down, message => $is{message} // $id,
			up_options => $is{options} });
		push @ids, $before = $id;
	}
	return ($dir, @ids);
}

sub lint { my ($dir, @words) = @_;
	return run('lint', @words, { dir => $dir, env => { MIGRATE_REHEARSE_URL => $pg->url('postgres') } }) }

sub names_of { my ($done) = @_;
	return grep { $_->{ignored} ? 0 : 1 } @{ decode_json($done->{out})->{findings} } }

my %about_back = map { ($_ => 1) } qw(no-down down-fails down-differs once-only);
my %told;

for my $case (@cases) {
	my ($up, @rest) = @$case;
	my $wanted = @rest % 2 ? shift @rest : undef;
	my %is     = @rest;
	my $name   = ref $up ? join(' / ', map { $_ // 'none' } @$up) : join ' then ', $up, @{ $is{then} // [] };
	my ($dir, @ids) = case_dir([ $up, @{ $is{then} // [] } ], %is);
	my $done  = lint($dir, '--json', @ids);
	my @found = eval { names_of($done) };
	my %found = map { ($_->{name} => 1) } grep { ref $up || !$about_back{ $_->{name} } } @found;
	is_deeply([ sort keys %found ], [ split / /, $wanted // '' ], $name =~ s/\n/ /gr . ': ' . ($wanted // 'nothing')) or diag $done->{err};
	$told{$_} = 1 for keys %found;
	is($done->{status}, @found ? 9 : 0, '… exit status') if !@found || ref $up;
}
is($pg->query("SELECT (SELECT count(*) FROM pg_roles WHERE rolname = 'migrate_lint') + (SELECT count(*) FROM pg_database
	WHERE datname = 'migrate_lint')"), '0', 'the server is as it was');
ok(!-e '/tmp/migrate_lint', 'and so is its machine');

my @rules = lint(tempdir(), '--rules')->{out} =~ /^(\S+)$/mg;
my $page = slurp('migrations/README.md');
is_deeply([ grep { $page !~ /\b\Q$_\E\b/ } @rules ], [], 'the page names every rule');
is_deeply([ grep { !$told{$_} && $_ ne 'invalid-index' } @rules ], [], 'every rule is told of once')
    or diag "@rules";

subtest 'the formats' => sub {
	my ($dir) = case_dir([ ["ALTER TABLE t\n  DROP COLUMN b;", "ALTER TABLE t ADD COLUMN b text;\n"], 'CREATE INDEX ON t (a);' ]);
	my $text = lint($dir, 'n0');
	is($text->{status}, 9, 'findings end with 9');
	like($text->{out}, qr{^migrations/n0_n0\.sql:8: drop-column: drops the column public\.t\.b\n  \| ALTER TABLE t\n  Its values.*\n  Safe: First}m, 'text');
	like($text->{err}, qr/1 migration checked: 1 finding, 0 ignored/, 'and a last line');
	is(lint($dir, '--format', 'github', 'migrations/n0_n0.sql')->{out} =~ s/::Its.*|::drops.*//sr,
		'::warning file=migrations/n0_n0.sql,line=8,endLine=9,title=drop-column', 'GitHub annotations, of a file');
	my $sarif = decode_json(lint($dir, '--format', 'sarif', 'n0:head')->{out});
	is($sarif->{version}, '2.1.0', 'SARIF');
	my @results = @{ $sarif->{runs}[0]{results} };
	is_deeply([ map { $_->{ruleId} } @results ], [qw(drop-column blocking-index down-differs)], '… with the results of a range');
	my %known = map { ($_->{id} => 1) } @{ $sarif->{runs}[0]{tool}{driver}{rules} };
	is_deeply([ grep { !$known{ $_->{ruleId} } } @results ], [], '… and a rule for each');
	is(scalar keys %known, scalar @{ $sarif->{runs}[0]{tool}{driver}{rules} }, '… once');
	my ($worse) = case_dir([ 'DISCARD ALL;' ]);
	like(lint($worse, '--format', 'github', 'n0')->{out}, qr/^::error file=.*title=drops-lock::gives up the migration lock%0A/m, 'an error is one on GitHub');
	is(decode_json(lint($worse, '--format', 'sarif', 'n0')->{out})->{runs}[0]{results}[0]{level}, 'error', 'and in SARIF');
	is(lint($dir, '--format', 'xml')->{status}, 2, 'another is refused');
	is(lint($dir, 'elsewhere.sql')->{status}, 2, 'a file that is no migration is refused');
};

subtest 'what cannot be looked at' => sub {
	my ($dir) = case_dir([ 'SELECT 1/0;', 'SELECT 1;' ]);
	my $done = lint($dir, 'n0:head');
	is($done->{status}, 7, 'a migration that fails');
	like($done->{err}, qr/n0: division by zero.*scratch database; what follows it was not looked at/s, '… is named');
	my ($wrong) = case_dir(["-- lint:ignore blocking-indx small\nSELECT 1;"]);
	like(lint($wrong, 'n0')->{err}, qr/names no finding: 'blocking-indx'\n.*n0_n0\.sql:8\n.*Did you mean 'blocking-index'/, 'an unknown name');
	my ($bare) = case_dir(["-- lint:ignore blocking-index\nSELECT 1;"]);
	like(lint($bare, 'n0')->{err}, qr/lint:ignore without a reason/, 'no reason');
	my $none = run('lint', { dir => $dir, env => { MIGRATE_URL => 'postgresql://postgres@127.0.0.1:1/x' } });
	is($none->{status}, 4, 'no server');
	like($none->{err}, qr/scratch database: name a server.*MIGRATE_REHEARSE_URL/, '… says what for');
};

subtest 'the database of the settings' => sub {
	my ($dir) = case_dir([ 'CREATE INDEX ON t (a);', 'ALTER TABLE t DROP COLUMN b;' ]);
	$pg->create_database('live');
	my $env = { MIGRATE_URL => $pg->url('live') };
	my $mine = sub { return run('lint', '--json', @_, { dir => $dir, env => $env }) };
	is(run('upgrade', 'n0', { dir => $dir, env => $env })->{status}, 0, 'is half-way');
	$pg->query('ALTER TABLE t ADD COLUMN by_hand int', 'live');
	my %found = map { ($_->{name} => $_) } names_of($mine->());
	is($found{'drop-column'}{revision}, 'n1', 'what is pending is looked at');
	ok(!$found{'blocking-index'}, 'and nothing else');
	%found = map { ($_->{name} => $_) } names_of($mine->('n0'));
	is($found{'blocking-index'}{revision}, 'n0', 'what is applied can be, too');
};

is($pg->query("SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'"), '0', 'nothing is left behind');
done_testing();
