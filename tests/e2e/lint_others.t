# lint_others: what other linters of migrations warn of, and what they advise instead: each of the first is
# found here, none of the second is accused; where this one judges otherwise, it says why.
#
# The rules are those of strong_migrations' README, of eugene's examples, and, by their names, squawk's and
# pgroll's operations, each the long way round a statement that is not safe. The SQL is ours, as is the schema.
use strict;
use warnings;

use Cluster;
use JSON::PP;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;

# In one DO, because every statement is looked at.
my $setup = <<'SQL';
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, name text, note varchar(20), age int, price numeric(10, 2), made timestamp,
	made_tz timestamptz(3), spare interval(3), address cidr, order_id bigint, code int NOT NULL);
CREATE INDEX users_age ON users (age);
CREATE UNIQUE INDEX users_name ON users (name);
CREATE TABLE loose (id bigint, a int, b int);
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (''2020-01-01'') TO (''2021-01-01'');
CREATE TYPE status AS ENUM (''new'', ''done'');
CREATE DOMAIN price AS numeric;
CREATE TABLE products (cost price);
SQL

# Whose rule, statement(s); [what is found]. Statements in a list are migrations, one after the other.
my @bad = (
	# strong_migrations
	[ 'sm removing a column', 'ALTER TABLE users DROP COLUMN name', 'drop-column' ],
	[ 'sm changing the type', 'ALTER TABLE users ALTER COLUMN age TYPE bigint', 'rewrite' ],
	[ 'sm … to a shorter one', 'ALTER TABLE users ALTER COLUMN note TYPE varchar(10)', 'failing-type lossy-type rewrite' ],
	[ 'sm … to another scale', 'ALTER TABLE users ALTER COLUMN price TYPE numeric(12, 3)', 'rewrite' ],
	[ 'sm … with a time zone', "SET TIME ZONE 'Asia/Tokyo'; ALTER TABLE users ALTER COLUMN made TYPE timestamptz", 'failing-type lossy-type rewrite' ],
	[ 'sm … with less precision', 'ALTER TABLE users ALTER COLUMN made_tz TYPE timestamptz(1)', 'lossy-type rewrite' ],
	[ 'sm renaming a column', 'ALTER TABLE users RENAME COLUMN name TO called', 'rename' ],
	[ 'sm renaming a table', 'ALTER TABLE users RENAME TO customers', 'rename' ],
	[ 'sm creating with force', 'DROP TABLE IF EXISTS loose CASCADE; CREATE TABLE loose (id int)', 'drop-table' ],
	[ 'sm auto-incrementing column', 'ALTER TABLE loose ADD COLUMN n bigserial PRIMARY KEY', 'rewrite' ],
	[ 'sm stored generated column', 'ALTER TABLE users ADD COLUMN n text GENERATED ALWAYS AS (lower(name)) STORED', 'rewrite' ],
	[ 'sm foreign key', 'ALTER TABLE users ADD FOREIGN KEY (order_id) REFERENCES orders', 'validating-constraint' ],
	[ 'sm check constraint', 'ALTER TABLE users ADD CHECK (price > 0)', 'validating-constraint' ],
	[ 'sm backfilling', "ALTER TABLE users ADD COLUMN n text; UPDATE users SET n = 'x'", 'work-under-lock' ],
	[ 'sm index', 'CREATE INDEX n ON users (name)', 'blocking-index' ],
	[ 'sm reference', 'ALTER TABLE users ADD COLUMN city_id bigint; CREATE INDEX n ON users (city_id)', 'blocking-index' ],
	[ 'sm unique constraint', 'ALTER TABLE users ADD UNIQUE (age)', 'blocking-unique' ],
	[ 'sm exclusion constraint', "ALTER TABLE users ADD EXCLUDE USING gist (box(point(age, age), point(age, age)) WITH &&)", 'blocking-unique' ],
	[ 'sm json column', 'ALTER TABLE users ADD COLUMN n json', 'json-column' ],
	[ 'sm volatile default', 'ALTER TABLE users ADD COLUMN n uuid DEFAULT gen_random_uuid()', 'rewrite' ],
	[ 'sm NOT NULL', 'ALTER TABLE users ALTER COLUMN name SET NOT NULL', 'set-not-null' ],
	[ 'sm renaming an enum value', "ALTER TYPE status RENAME VALUE 'done' TO 'completed'", 'rename' ],
	[ 'sm removing an index', 'DROP INDEX users_age', 'blocking-drop-index' ],
	# squawk
	[ 'squawk serial primary key', 'ALTER TABLE loose ADD COLUMN n serial PRIMARY KEY', 'rewrite' ],
	[ 'squawk primary key', 'ALTER TABLE loose ADD PRIMARY KEY (id)', 'blocking-unique' ],
	[ 'squawk required field', 'ALTER TABLE users ADD COLUMN n int NOT NULL', 'not-null-without-default' ],
	[ 'squawk ALTER DOMAIN', 'ALTER DOMAIN price ADD CHECK (VALUE > 0)', 'blocking-scan' ],
	[ 'squawk DROP DATABASE', 'DROP DATABASE postgres', 'beyond-database' ],
	[ 'squawk TRUNCATE CASCADE', 'TRUNCATE orders CASCADE', 'truncate' ],
	[ 'squawk DROP TABLE', 'DROP TABLE loose', 'drop-table' ],
	[ 'squawk NOT VALID and VALIDATE together',
		'ALTER TABLE users ADD CONSTRAINT n CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT n', 'work-under-lock' ],
	[ 'squawk repack', 'VACUUM FULL users', 'rewrite' ],
	[ 'squawk repack, CLUSTER', 'CLUSTER users USING users_age', 'rewrite' ],
	[ 'squawk detach', 'ALTER TABLE events DETACH PARTITION events_old', 'blocking-detach' ],
	[ 'squawk reindex', 'REINDEX INDEX users_age', 'blocking-reindex' ],
	[ 'squawk lock_timeout', 'SET lock_timeout = 0; ALTER TABLE users ADD COLUMN n int', 'no-lock-timeout' ],
	# eugene
	[ 'eugene E4 more work under a lock', 'ALTER TABLE users ADD COLUMN n int; SELECT count(*) FROM users', 'work-under-lock' ],
	[ 'eugene W14 a key on a column that may be NULL',
		[ 'CREATE UNIQUE INDEX CONCURRENTLY n ON loose (a)', 'ALTER TABLE loose ADD PRIMARY KEY USING INDEX n' ], 'set-not-null' ],
	# pgroll
	[ 'pgroll alter column: unique', 'ALTER TABLE loose ADD CONSTRAINT n UNIQUE (a, b)', 'blocking-unique' ],
	[ 'pgroll add column: unique', 'ALTER TABLE loose ADD COLUMN n int UNIQUE', 'blocking-unique' ],
	[ 'pgroll add column: check of the rows that there are', 'ALTER TABLE loose ADD COLUMN n int DEFAULT 1 CHECK (n > 0)', 'validating-constraint' ],
	[ 'pgroll add column: references with a default',
		'INSERT INTO orders VALUES (1); ALTER TABLE users ADD COLUMN n bigint DEFAULT 1 REFERENCES orders', 'validating-constraint' ],
	[ 'pgroll change type with USING', "ALTER TABLE users ALTER COLUMN name TYPE int USING length(name)", 'failing-type lossy-type rewrite' ],
	[ 'pgroll create constraint', 'ALTER TABLE loose ADD CONSTRAINT n CHECK (a < b)', 'validating-constraint' ],
);

my @good = (
	[ 'sm wider varchar', 'ALTER TABLE users ALTER COLUMN note TYPE varchar(40)' ],
	[ 'sm varchar to text', 'ALTER TABLE users ALTER COLUMN note TYPE text' ],
	[ 'sm more digits', 'ALTER TABLE users ALTER COLUMN price TYPE numeric(12, 2)' ],
	[ 'sm any number', 'ALTER TABLE users ALTER COLUMN price TYPE numeric' ],
	[ 'sm cidr to inet', 'ALTER TABLE users ALTER COLUMN address TYPE inet' ],
	[ 'sm more precision', 'ALTER TABLE users ALTER COLUMN made_tz TYPE timestamptz' ],
	[ 'sm interval', 'ALTER TABLE users ALTER COLUMN spare TYPE interval(6)' ],
	[ 'sm timestamptz in UTC', "SET TIME ZONE 'UTC'; ALTER TABLE users ALTER COLUMN made TYPE timestamptz" ],
	[ 'sm new table', 'CREATE TABLE n (id bigserial PRIMARY KEY, o bigint UNIQUE REFERENCES orders, CHECK (o > 0)); CREATE INDEX ON n (o)' ],
	[ 'sm foreign key', [ 'ALTER TABLE users ADD CONSTRAINT n FOREIGN KEY (order_id) REFERENCES orders NOT VALID',
			'ALTER TABLE users VALIDATE CONSTRAINT n' ] ],
	[ 'sm check', [ 'ALTER TABLE users ADD CONSTRAINT n CHECK (price > 0) NOT VALID', 'ALTER TABLE users VALIDATE CONSTRAINT n' ] ],
	[ 'sm backfilling', [ 'ALTER TABLE users ADD COLUMN n text', "UPDATE users SET n = 'x' WHERE n IS NULL" ] ],
	[ 'sm index', 'CREATE INDEX CONCURRENTLY n ON users (name)' ],
	[ 'sm unique constraint', [ 'CREATE UNIQUE INDEX CONCURRENTLY n ON users (age)', 'ALTER TABLE users ADD UNIQUE USING INDEX n' ] ],
	[ 'sm jsonb', 'ALTER TABLE users ADD COLUMN n jsonb' ],
	[ 'sm default later', 'ALTER TABLE users ADD COLUMN n uuid; ALTER TABLE users ALTER COLUMN n SET DEFAULT gen_random_uuid()' ],
	[ 'sm NOT NULL', [ 'ALTER TABLE users ADD CONSTRAINT n CHECK (name IS NOT NULL) NOT VALID', 'ALTER TABLE users VALIDATE CONSTRAINT n',
			'ALTER TABLE users ALTER COLUMN name SET NOT NULL; ALTER TABLE users DROP CONSTRAINT n' ] ],
	[ 'sm NOT NULL where the constraint is validated',
		[ 'ALTER TABLE users ADD CONSTRAINT n CHECK (name IS NOT NULL) NOT VALID',
			'ALTER TABLE users VALIDATE CONSTRAINT n; ALTER TABLE users ALTER COLUMN name SET NOT NULL; ALTER TABLE users DROP CONSTRAINT n' ] ],
	[ 'sm an enum value', "ALTER TYPE status ADD VALUE 'completed' AFTER 'done'" ],
	[ 'sm DROP INDEX', 'DROP INDEX CONCURRENTLY users_age' ],
	[ 'squawk default that is not volatile', 'ALTER TABLE users ADD COLUMN n timestamptz NOT NULL DEFAULT now()' ],
	[ 'squawk unique constraint', [ 'CREATE UNIQUE INDEX CONCURRENTLY n ON products (cost)', 'ALTER TABLE products ADD CONSTRAINT n UNIQUE USING INDEX n' ] ],
	[ 'squawk required field', 'ALTER TABLE users ADD COLUMN n int NOT NULL DEFAULT 1' ],
	[ 'squawk detach', 'ALTER TABLE events DETACH PARTITION events_old CONCURRENTLY' ],
	[ 'squawk reindex', 'REINDEX INDEX CONCURRENTLY users_age' ],
	[ 'squawk NOT VALID domain', 'ALTER DOMAIN price ADD CONSTRAINT n CHECK (VALUE > 0) NOT VALID' ],
	[ 'eugene W14', [ 'CREATE UNIQUE INDEX CONCURRENTLY n ON users (code)', 'ALTER TABLE users DROP CONSTRAINT users_pkey; ALTER TABLE users ADD PRIMARY KEY USING INDEX n' ] ],
	[ 'pgroll add column', 'ALTER TABLE loose ADD COLUMN n int' ],
	[ 'pgroll default', 'ALTER TABLE loose ALTER COLUMN a SET DEFAULT 1' ],
	[ 'pgroll comment', "COMMENT ON COLUMN loose.a IS 'x'" ],
	[ 'pgroll drop constraint', [ 'ALTER TABLE loose ADD CONSTRAINT n CHECK (a > 0) NOT VALID', 'ALTER TABLE loose DROP CONSTRAINT n' ] ],
	[ 'pgroll rename constraint', [ 'ALTER TABLE loose ADD CONSTRAINT n CHECK (a > 0) NOT VALID', 'ALTER TABLE loose RENAME CONSTRAINT n TO o' ] ],
	[ 'pgroll replica identity', 'ALTER TABLE users REPLICA IDENTITY FULL' ],
);

# What they warn of and this one does not, and why.
my @not_ours = (
	[ 'squawk DROP NOT NULL', 'ALTER TABLE users ALTER COLUMN code DROP NOT NULL',
		'nothing is blocked or lost, and the running application writes none: the one that does is the next' ],
	[ 'squawk any change of type', 'ALTER TABLE users ALTER COLUMN note TYPE varchar(30)', 'the server says that it rewrites nothing' ],
	[ 'squawk NOT VALID in a domain is no safer', 'ALTER DOMAIN price ADD CONSTRAINT n CHECK (VALUE > 1) NOT VALID', 'nothing is read' ],
	[ 'squawk CREATE DOMAIN with a constraint', 'CREATE DOMAIN n AS int CHECK (VALUE > 0)', 'nothing uses it yet' ],
	[ 'squawk char, varchar, int, smallint, serial, timestamp',
		'CREATE TABLE n (a char(3), b varchar(3), c int, d smallint, e serial, f timestamp)', 'taste in types: nobody is blocked' ],
	[ 'squawk robust statements', 'CREATE TABLE n (a int)', 'a migration is applied once, and a half-done one goes on where it stopped' ],
	[ 'squawk an enum value without a place', "ALTER TYPE status ADD VALUE 'n'", 'it comes last, as it is written' ],
	[ 'squawk a name without a schema', 'CREATE TABLE unqualified (a int)', 'the search_path is the database\'s own' ],
	[ 'squawk statement_timeout', 'CREATE TABLE n (b int)', 'it is the operator\'s: [apply] statement_timeout' ],
	[ 'squawk a name of more than 63 bytes', 'CREATE TABLE ' . 'n' x 64 . ' (a int)', 'the server cuts it everywhere alike, and tells' ],
	[ 'eugene E3 json in a new table', 'CREATE TABLE n (a json)', 'nobody has a query for it yet' ],
	[ 'eugene E15 foreign key without an index', [ 'ALTER TABLE users ADD CONSTRAINT n FOREIGN KEY (order_id) REFERENCES orders NOT VALID' ],
		'what a DELETE of the parent costs is not the migration\'s: see the application\'s queries' ],
	[ 'eugene W12 two ALTER TABLE of one table', 'ALTER TABLE loose ADD COLUMN n int; ALTER TABLE loose ADD COLUMN o int', 'the lock is the same one' ],
	[ 'eugene W13 an enum', "CREATE TYPE n AS ENUM ('a')", 'taste in types' ],
	[ 'sm more than three columns', 'CREATE INDEX CONCURRENTLY n ON users (name, note, age, code)', 'a question of queries' ],
);

my $dir = tempdir();
mkdir "$dir/migrations";
my ($before, @cases);

sub add {
	my ($id, $up) = @_;
	migration("$dir/migrations", $id, { parents => $before, up => $up });
	$before = $id;
}

for my $case (@bad, map({ [ @$_[ 0, 1 ] ] } @good, @not_ours)) {
	my ($name, $sql, $wanted) = @$case;
	my $schema = sprintf 'c%03d', scalar @cases;
	add("${schema}_0", "CREATE SCHEMA $schema;\nSET search_path = $schema, public;\nDO 'BEGIN\n$setup\nEND';");
	my $n = 0;
	add("${schema}_" . ++$n, "SET search_path = $schema, public;\n$_;") for ref $sql ? @$sql : $sql;
	add("${schema}_end", "DROP SCHEMA $schema CASCADE;");	# so that there is little to look at for the next
	push @cases, { name => $name, schema => $schema, wanted => $wanted };
}

# Their downs are not the question.
my $done = run('lint', '--json', 'base:heads', { dir => $dir, timeout => 300, env => { MIGRATE_REHEARSE_URL => $pg->url('postgres') } });
my $report = eval { decode_json($done->{out}) } or BAIL_OUT("no report: $done->{err}");
my %found;
for my $finding (grep { $_->{name} ne 'no-down' } @{ $report->{findings} }) {
	my ($schema) = $finding->{revision} =~ /^(c\d+)_[1-9]\z/ or next;
	$found{$schema}{ $finding->{name} } = 1;
}
for my $case (@cases) {
	is_deeply([ sort keys %{ $found{ $case->{schema} } // {} } ], [ split / /, $case->{wanted} // '' ],
		"$case->{name}: " . ($case->{wanted} // 'nothing'));
}
is($pg->query("SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_scratch%'"), '0', 'nothing is left behind');
done_testing();
