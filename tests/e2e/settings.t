# settings: what a role, a database or a server is set to does not change what migrate's own statements and
# helper programs do: the whole flow says and leaves the same under each setting's extremes.
#
# Here the dangerous ones, several at once; with SETTINGS=all each setting of pg_settings that a role or a
# database can have, one at a time, with all its values or the least and the most of them (make settings).
# SETTINGS=name,name: those alone. PGBIN= for another major.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1, options => { max_prepared_transactions => 2 });
$pg->start;
my $major = $pg->query('SHOW server_version') =~ s/\..*//r;
my $count = 0;

# Whoever owns a database and may make others: no superuser, as a rule.
$pg->query('CREATE ROLE owner LOGIN CREATEDB; CREATE DATABASE model OWNER owner');

# What reads otherwise under another setting: dates, intervals, floats, bytes, names, backslashes.
my %part = (
	aaaa => <<'END',
CREATE TABLE odd ("when" timestamptz DEFAULT '2026-02-03 04:05:06+00', d date NOT NULL DEFAULT DATE '2026-02-03',
	i interval DEFAULT INTERVAL '1 year 2 mons 3 days 04:05:06', b bytea DEFAULT '\x0001ff'::bytea,
	f float8 DEFAULT 0.1::float8, x text DEFAULT E'a\\b''c', n text[] DEFAULT ARRAY['NULL', NULL],
	CHECK (d > DATE '1999-12-01'), CHECK (x IS DISTINCT FROM NULL));
INSERT INTO odd DEFAULT VALUES;
CREATE INDEX odd_d ON odd (d) WHERE d > DATE '2020-10-11';
CREATE VIEW odd_view AS SELECT d + INTERVAL '1 mon 2 days' AS later, f * 1.5::float8 AS more FROM odd;
CREATE TABLE part (d date NOT NULL) PARTITION BY RANGE (d);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2026-02-03') TO ('2026-03-04');
CREATE FUNCTION f() RETURNS date LANGUAGE sql AS $$ SELECT DATE '2026-02-03' $$;
END
	bbbb => "CREATE TABLE more (id int PRIMARY KEY, t text DEFAULT 'y');",
);
my $wanted = <<"END";
$part{aaaa}
$part{bbbb}
CREATE TABLE third (d date DEFAULT DATE '2026-02-03', i interval DEFAULT INTERVAL '1 mon 02:00:00');
END
$wanted =~ s/^INSERT.*\n//mg;

sub site {
	my ($name, $template, @settings) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => $part{aaaa} });
	migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => $part{bbbb}, down => 'DROP TABLE more;' });
	write_file("$dir/schema.sql", $wanted);
	$pg->query(qq{CREATE DATABASE $name TEMPLATE $template OWNER owner});
	my $site = { name => $name, dir => $dir, env => {
		MIGRATE_URL => $pg->tcp_url($name, user => 'owner'), MIGRATE_MODELS_SOURCE => 'schema.sql',
		MIGRATE_BACKUP_JOBS => 1, MIGRATE_WAIT_TIMEOUT => '5s', MIGRATE_APPLY_STATEMENT_TIMEOUT => '1min',
	} };
	for my $setting (@settings) {
		for my $whose ("DATABASE $name", 'ROLE owner') {
			my (undef, undef, $error) = $pg->psql("ALTER $whose SET $setting->[0] TO $setting->[1]");
			$site->{refused} = "$setting->[0]: $error" if $error =~ /ERROR/;
		}
	}
	return $site;
}

# What differs between two runs of the same.
sub same {
	my ($site, $text) = @_;
	$text =~ s/\Q$site->{dir}\E/DIR/g;
	$text =~ s/\b\Q$site->{name}\E(?=\b|_)/DB/g;
	$text =~ s/\b\d{8}T?_?\d{6}(?:\.\d+)?Z?/TIME/g;
	$text =~ s/\b\d{4}-\d\d-\d\d[ T][\d:.]+/TIME/g;
	$text =~ s/\b[0-9a-f]{64}\b/HASH/g;
	$text =~ s/\b[0-9a-f]{12}\b/ID/g;
	$text =~ s/\b\d+(?:\.\d+)? ?(?:ms|s|min|h|[kMG]?B|bytes)\b/N/g;
	$text =~ s/\b(?:N ago|just now)\b/AGO/g;
	$text =~ s/\bpid \d+/pid N/g;
	$text =~ s/\blsn\S* \S+/lsn/gi;
	$text =~ s/-bbbb-\d+\b/-bbbb/g;
	# Only a superuser may set some, or see to the statistics of all; what names nothing is told by the server.
	$text =~ s/^(?:WARN|INFO).*(?:not restored: ALTER .* SET|tablespace "nowhere"|is not set in the scratch database: (?:permission denied|tablespace)|only superuser|invalid value for parameter "default_tablespace").*\n//mg;
	$text =~ s/ {2,}/ /g;
	return $text;
}

my @flow = (
	[qw(status)], [qw(upgrade bbbb)], [qw(current)], [qw(log)], [qw(history -i)], [qw(check)], [qw(diff)],
	[ 'revision', '--autogenerate', '--rev-id', 'cccc', '-m', 'third' ], [qw(backup)], [qw(rehearse --data)], [qw(rehearse)],
	[qw(entrypoint -- echo started)], [qw(check)], [qw(downgrade bbbb)], [qw(stamp cccc)], [qw(stamp bbbb)],
	[qw(upgrade head)], [qw(status)], [qw(backup verify)], [qw(restore --to DB_r)], [qw(lint)], [qw(current)],
);

# [command, status, what it printed]…, and what the file and the databases look like afterwards.
sub flow {
	my ($site) = @_;
	my @seen;
	for my $command (@flow) {
		my $done = run((map { s/^DB(?=_)/$site->{name}/r } @$command),
			{ dir => $site->{dir}, env => $site->{env}, timeout => 60, plain => defined $ENV{SETTINGS} });
		push @seen, [ "@$command", $done->{status}, same($site, $done->{out}), same($site, $done->{err}) ];
	}
	$pg->query('ALTER ROLE owner RESET ALL');
	my ($file) = glob "$site->{dir}/migrations/cccc_*.sql";
	push @seen, [ 'the file', 0, same($site, $file ? slurp($file) : 'none'), '' ];
	for my $database ($site->{name}, "$site->{name}_r") {
		$pg->psql("ALTER DATABASE $database RESET ALL");
		my $dump = $pg->program('pg_dump', [ '--inserts', '-T', 'migrate_journal' ], db => $database);
		push @seen, [ "database $database" =~ s/\Q$site->{name}\E/DB/r, $dump->{status},
			same($site, $dump->{out} =~ s/^\\(?:un)?restrict .*\n//mgr), '' ];
		$pg->psql("DROP DATABASE IF EXISTS $database WITH (FORCE)");
	}
	return \@seen;
}

{
	my $first = site('first', 'model');
	my $done = run('upgrade', 'aaaa', { dir => $first->{dir}, env => $first->{env} });
	die $done->{err} if $done->{status};
	$pg->query('DROP DATABASE model; ALTER DATABASE first RENAME TO model');
}
my $plain = flow(site('plain', 'model'));

# Whether the flow is the same under these: [name, value].
sub try_settings {
	my ($what, @settings) = @_;
	my $site = site('s' . ++$count, 'model', @settings);
	if ($site->{refused}) {
		note "$what: $site->{refused}";
		flow_away($site);
		return;
	}
	my $seen = flow($site);
	my @bad;
	for my $i (0 .. $#$plain) {
		my ($name, @want) = @{ $plain->[$i] };
		my (undef, @got) = @{ $seen->[$i] };
		push @bad, "$name:\nwas status $want[0]\n$want[1]$want[2]\nis status $got[0]\n$got[1]$got[2]\n"
		    if "@want" ne "@got";
	}
	ok(!@bad, $what) or diag join "\n", @bad;
	return;
}

sub flow_away { $pg->psql($_) for 'ALTER ROLE owner RESET ALL', "DROP DATABASE IF EXISTS $_[0]{name} WITH (FORCE)"; return }

# What breaks everybody's connection; what makes every command slow; and what holds for migrate, too.
my $unusable = qr/^(?:local_preload_libraries|session_preload_libraries|debug_discard_caches|default_transaction_read_only)\z/;

# Of text; the others' values are in pg_settings.
my %values = (
	DateStyle                  => [ q{'SQL, DMY'}, q{'German'}, q{'Postgres, MDY'} ],
	TimeZone                   => [ q{'Asia/Kathmandu'}, q{'America/St_Johns'} ],
	application_name           => [ q{'it''s'} ],
	client_encoding            => [ q{'LATIN1'}, q{'SQL_ASCII'} ],
	default_table_access_method => [ q{'heap'} ],
	default_tablespace         => [ q{'nowhere'}, q{'pg_default'} ],
	default_text_search_config => [ q{'pg_catalog.german'} ],
	dynamic_library_path       => [ q{'/nowhere'} ],
	lc_messages                => [ q{'de_DE.UTF-8'}, q{'ru_RU.UTF-8'}, q{'C'} ],
	lc_monetary                => [ q{'de_DE.UTF-8'} ],
	lc_numeric                 => [ q{'de_DE.UTF-8'} ],
	lc_time                    => [ q{'de_DE.UTF-8'} ],
	backtrace_functions        => [ q{'errfinish'} ],
	restrict_nonsystem_relation_kind => [ q{'view, foreign-table'} ],
	search_path                => [ q{public, pg_catalog}, q{public, nowhere}, q{public, "odd, name"} ],
	temp_tablespaces           => [ q{'nowhere'} ],
	timezone_abbreviations     => [ q{'India'} ],
	wal_consistency_checking   => [ q{'all'} ],
	createrole_self_grant      => [ q{'set, inherit'} ],
	event_triggers             => [ q{off} ],
	log_connections            => [ q{'all'} ],
);

# Less than the least or more than the most that makes sense: milliseconds, and what nobody waits for.
my %sensible = (
	statement_timeout   => [ 20, 200 ],
	lock_timeout        => [ 1, 100 ],
	transaction_timeout => [ 1000, 5000 ],
	idle_session_timeout => [ 300, 3000 ],
	idle_in_transaction_session_timeout => [ 50, 500 ],
	client_connection_check_interval => [ 1, 100000 ],
	post_auth_delay     => [1],
	tcp_user_timeout    => [ 1000, 100000 ],
	deadlock_timeout    => [ 1, 100000 ],
	vacuum_cost_delay   => [100],
);

sub values_of {
	my ($name, $type, $enum, $least, $most) = @_;
	return @{ $values{$name} } if $values{$name};
	return @{ $sensible{$name} } if $sensible{$name};
	return (0, 100000) if $name =~ /_cost\z/;
	return qw(on off) if $type eq 'bool';
	return map {"'$_'"} grep { $_ ne '' } split /,/, $enum =~ tr/{}"//dr if $type eq 'enum';
	return $type =~ /^(?:integer|real)\z/ ? ($least, $most) : ();
}

sub all_settings {
	my @rows = map { [ split /\|/, $_, -1 ] } split /\n/, $pg->query(<<'END');
SELECT name, vartype, enumvals, min_val, max_val FROM pg_settings
WHERE context IN ('user', 'superuser', 'backend', 'superuser-backend') ORDER BY name COLLATE "C"
END
	return grep { $_->[0] !~ $unusable } @rows;
}

if (my $which = $ENV{SETTINGS}) {
	for my $row (all_settings()) {
		next if $which ne 'all' && !grep { $row->[0] =~ /^$_\z/ } split /,/, $which;
		try_settings("$row->[0] = $_", [ $row->[0], $_ ]) for values_of(@$row);
	}
	done_testing;
	exit;
}

# The dangerous ones. A server that does not know one, or was built without it, goes without.
my %known = map { ($_->[0] => 1) } all_settings();

sub known { return grep { $known{ $_->[0] } } @_ }

try_settings('what ends a statement or a session', known([ statement_timeout => 50 ], [ lock_timeout => 1 ], [ idle_session_timeout => 300 ],
	[ idle_in_transaction_session_timeout => 100 ], [ transaction_timeout => 2000 ], [ exit_on_error => 'on' ],
	[ client_connection_check_interval => 1 ], [ tcp_user_timeout => 1000 ], [ vacuum_cost_delay => 100 ], [ vacuum_cost_limit => 1 ]));
try_settings('what statements mean and answer', known([ DateStyle => q{'SQL, DMY'} ], [ IntervalStyle => 'sql_standard' ],
	[ TimeZone => q{'Asia/Kathmandu'} ], [ bytea_output => 'escape' ], [ extra_float_digits => -15 ], [ xmloption => 'document' ],
	[ xmlbinary => 'hex' ], [ quote_all_identifiers => 'on' ], [ standard_conforming_strings => 'off' ], [ backslash_quote => 'on' ],
	[ escape_string_warning => 'on' ], [ array_nulls => 'off' ], [ transform_null_equals => 'on' ], [ row_security => 'off' ],
	[ check_function_bodies => 'off' ], [ client_encoding => 'LATIN1' ], [ client_min_messages => 'error' ],
	[ restrict_nonsystem_relation_kind => q{'view, foreign-table'} ], [ search_path => 'public, nowhere' ]));
try_settings('how transactions are', known([ default_transaction_isolation => 'serializable' ], [ default_transaction_deferrable => 'on' ],
	[ synchronous_commit => 'off' ], [ session_replication_role => 'replica' ], [ default_tablespace => 'nowhere' ],
	[ temp_tablespaces => 'nowhere' ], [ allow_in_place_tablespaces => 'on' ], [ createrole_self_grant => q{'set, inherit'} ],
	[ default_toast_compression => 'lz4' ], [ event_triggers => 'off' ], [ temp_file_limit => 0 ], [ zero_damaged_pages => 'on' ], [ track_activities => 'off' ]));
try_settings('how statements are planned', known((map { [ $_ => 'off' ] } grep {/^enable_/} sort keys %known),
	[ jit => 'on' ], [ jit_above_cost => 0 ], [ join_collapse_limit => 1 ], [ from_collapse_limit => 1 ], [ geqo_threshold => 2 ], [ default_tablespace => 'pg_default' ],
	[ plan_cache_mode => 'force_generic_plan' ], [ work_mem => 64 ], [ cursor_tuple_fraction => 0 ],
	[ random_page_cost => 0 ], [ constraint_exclusion => 'on' ], [ force_parallel_mode => 'on' ], [ debug_parallel_query => 'on' ],
	[ log_statement_stats => 'on' ], [ log_min_messages => 'debug5' ], [ temp_buffers => 100 ], [ maintenance_work_mem => 1024 ]));
done_testing;
