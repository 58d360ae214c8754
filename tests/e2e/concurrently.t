# concurrently: statements that work beside others wait for them without holding anybody up, and without
# end unless told otherwise; what a failed try leaves is found by the next one.
use strict;
use warnings;

use Cluster;
use Holder;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(options => { autovacuum => 'off', max_connections => 60, max_prepared_transactions => 2 });
$pg->start;
$pg->query('CREATE ROLE plain LOGIN');

my $count = 0;
my $setup = <<'END';
CREATE TABLE t (x int PRIMARY KEY, y text); INSERT INTO t SELECT g, repeat(md5(g::text), 100) FROM generate_series(1, 20) g;
CREATE INDEX t_y ON t (x, md5(y)); CREATE TABLE other (x int PRIMARY KEY, y text); INSERT INTO other VALUES (1, 'a');
CREATE TABLE whole (x int) PARTITION BY LIST (x); CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE MATERIALIZED VIEW m AS SELECT x FROM other; CREATE UNIQUE INDEX ON m (x);
CREATE TABLE seen (what text); GRANT CREATE ON SCHEMA public TO plain; ALTER TABLE t OWNER TO plain; ALTER TABLE seen OWNER TO plain;
CREATE SCHEMA apart; CREATE TABLE apart.u (x int PRIMARY KEY);
END

sub site {
	my ($sql, %is) = @_;
	my $name = 'conc' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	$sql =~ s{%}{$name};
	migration("$dir/migrations", 'aaaa', { up => $sql, down => 'SELECT 1;', up_options => $is{up_options} });
	$pg->create_database($name, 'TEMPLATE template0');
	$pg->query($setup, $name);
	$pg->query($is{setup}, $name) if $is{setup};
	my $url = $pg->url($name);
	$url =~ s/user=postgres/user=$is{role}/ if $is{role};
	return { name => $name, dir => $dir, env => { MIGRATE_URL => $url,
		MIGRATE_APPLY_LOCK_TIMEOUT => '300ms', MIGRATE_APPLY_LOCK_RETRY => '0', %{ $is{env} // {} } } };
}

sub begin { my ($site) = @_; return start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env}, timeout => 150 }) }
sub up    { return begin(@_)->finish }
sub held  { my ($site, $sql) = @_; return Holder->new($pg, $site->{name}, $sql) }

# Its statement has waited for so many ms.
sub waits {
	my ($site, $ms) = @_;
	return $pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE datname = '$site->{name}' AND application_name LIKE 'migrate%'
		AND wait_event_type = 'Lock' AND state_change < clock_timestamp() - interval '$ms ms'", '1', 30);
}

sub invalid {
	my ($site) = @_;
	return $pg->query(q{SELECT coalesce(string_agg(regexp_replace(c.relname, '\d+', 'N'), ' ' ORDER BY c.relname), '')
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT indisvalid}, $site->{name});
}

my $snapshot = 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM other;';
my $readers  = 'BEGIN; SELECT x FROM t LIMIT 1; SELECT x FROM whole;';
my $writers  = 'BEGIN; UPDATE t SET y = y WHERE x = 1;';

# For what takes its time: a build that begins now, and one when the snapshot that it waits for is old.
my $slow    = site('CREATE INDEX CONCURRENTLY ON t (y);', env => { MIGRATE_APPLY_LOCK_RETRY => '5m' });
my $slowing = held($slow, $snapshot);
my $slowly  = begin($slow);
my %old     = (
	'CREATE INDEX CONCURRENTLY ON t (y);'   => [ $snapshot, 1 ],
	'REINDEX TABLE CONCURRENTLY t;'         => [ $snapshot, 1 ],
	'DROP INDEX CONCURRENTLY t_y;'          => [ $readers, 1 ],
	'CREATE INDEX CONCURRENTLY ON t (x);'   => [ $readers, 0 ],
	'DROP INDEX CONCURRENTLY public.t_y;'   => [ $snapshot, 0 ],
	'CREATE INDEX CONCURRENTLY z ON t (y);' => [ 'BEGIN; UPDATE other SET y = 1;', 0 ],
	'CREATE INDEX CONCURRENTLY w ON t (y);' => [ $writers, 1 ],
);
for my $sql (sort keys %old) {
	my $site = site($sql);
	push @{ $old{$sql} }, $site, held($site, $old{$sql}[0]);
}
my $prepared = site('CREATE INDEX CONCURRENTLY ON t (y);', setup => "BEGIN; UPDATE t SET y = y; PREPARE TRANSACTION 'half';");

subtest 'no lock_timeout' => sub {
	for my $form (
		[ 'CREATE INDEX CONCURRENTLY i ON t (y);',                      $snapshot ],
		[ 'create unique index concurrently if not exists i on t (x);', $writers ],
		[ 'DROP INDEX CONCURRENTLY t_y;',                               $readers ],
		[ 'REINDEX INDEX CONCURRENTLY t_y;',                            $snapshot ],
		[ 'REINDEX TABLE CONCURRENTLY t;',                              $readers ],
		[ 'REINDEX (CONCURRENTLY) TABLE t;',                            $writers ],
		[ 'REINDEX (VERBOSE, CONCURRENTLY true) INDEX t_y;',            $readers ],
		[ 'REINDEX (CONCURRENTLY on, TABLESPACE pg_default) TABLE t;',  $writers ],
		[ 'REINDEX (VERBOSE off) SCHEMA CONCURRENTLY public;',          $readers ],
		[ 'REINDEX DATABASE CONCURRENTLY %;',                    $readers ],
	) {
		my ($sql, $holds) = @$form;
		my $site   = site("$sql\nINSERT INTO seen SELECT current_setting('lock_timeout');");
		my $holder = held($site, $holds);
		my $up = begin($site);
		waits($site, 700);
		$holder->end;
		is($up->finish->{status}, 0, "$sql waits") or diag $up->{err};
		is($pg->query('SELECT what FROM seen', $site->{name}), '300ms', '… and what follows has it again');
		is(invalid($site), '', '… and nothing is invalid');
	}
	my $role = site('CREATE INDEX CONCURRENTLY ON t (y);', env => { MIGRATE_APPLY_LOCK_TIMEOUT => '0' });
	$pg->query("ALTER DATABASE $role->{name} SET lock_timeout = '300ms'");
	my $holder = held($role, $snapshot);
	my $up = begin($role);
	waits($role, 700);
	$holder->end;
	is($up->finish->{status}, 0, 'the role\'s own lock_timeout');
};

subtest 'a lock_timeout' => sub {
	my %own = (
		'a marker'             => [ 'CREATE INDEX CONCURRENTLY ON t (y);', up_options => 'lock_timeout:200ms' ],
		'SET'                  => ["SET lock_timeout = '200ms';\nCREATE INDEX CONCURRENTLY ON t (y);"],
		'SET to the setting\'s' => ["SET SESSION \"lock_timeout\" TO 300;\nCREATE INDEX CONCURRENTLY ON t (y);"],
		'set_config'           => ["SELECT set_config('lock_timeout', '300', false);\nDROP INDEX CONCURRENTLY t_y;"],
		'a DO'                 => ["DO \$\$ BEGIN PERFORM set_config('lock_timeout', '200ms', false); END \$\$;\nREINDEX TABLE CONCURRENTLY t;"],
		'VACUUM'               => [ 'VACUUM t;', holds => 'BEGIN; LOCK TABLE t;' ],
		'REFRESH'              => [ 'REFRESH MATERIALIZED VIEW CONCURRENTLY m;', up_options => 'transaction:false', holds => 'BEGIN; REFRESH MATERIALIZED VIEW m;' ],
		'a REINDEX of its own' => [ 'REINDEX (CONCURRENTLY off) TABLE t;', up_options => 'transaction:false' ],
		'REINDEX SCHEMA'       => ['REINDEX SCHEMA public;'],
		'DETACH'               => ['ALTER TABLE whole DETACH PARTITION part CONCURRENTLY;'],
	);
	for my $what (sort keys %own) {
		my ($sql, %is) = @{ $own{$what} };
		my $site   = site($sql, %is);
		my $holder = held($site, $is{holds} // ($sql =~ /CREATE/ ? $snapshot : $readers));
		my $pid    = $holder->pid;
		my $up = up($site);
		is($up->{status}, 8, "$what is kept") or diag $up->{err};
		like($up->{err}, qr/lock timeout, held by pid $pid .*55P03/, '… and who held it is named');
		like($up->{err}, qr/or raise \[apply\] lock_retry/, '… in the hint');
		$holder->end;
		if ($what eq 'a DO') {
			is(up($site)->{status}, 8, 'what a DO sets cannot be set again');
			next;
		}
		is(up($site)->{status}, 0, 'the next run does it');
		is(invalid($site), '', 'and leaves nothing');
	}
	my $local  = site("BEGIN;\nSET LOCAL lock_timeout = '200ms';\nSELECT set_config('lock_timeout', '100ms', true);\nCOMMIT;\nCREATE INDEX CONCURRENTLY ON t (y);");
	my $holder = held($local, $snapshot);
	my $up = begin($local);
	waits($local, 700);
	$holder->end;
	is($up->finish->{status}, 0, 'one that was for a transaction is over') or diag $up->{err};
};

subtest 'concurrently_timeout' => sub {
	my $site   = site("INSERT INTO seen VALUES ('first');\nCREATE INDEX CONCURRENTLY i ON t (y);",
		env => { MIGRATE_APPLY_CONCURRENTLY_TIMEOUT => '400ms', MIGRATE_APPLY_LOCK_RETRY => '5m' });
	my $holder = held($site, $snapshot);
	my $pid    = $holder->pid;
	my $up = up($site);
	is($up->{status}, 8, 'status 8');
	like($up->{err}, qr/held by pid $pid .*hint: 1 of 2 .*SELECT pg_terminate_backend\($pid\);.* raise \[apply\] concurrently_timeout, now 400 ms/s, 'the hint names it');
	unlike($up->{err}, qr/trying again/, 'it is not built again meanwhile');
	is(invalid($site), 'i', 'what was built is left');
	$holder->end;
	$up = up($site);
	is($up->{status}, 0, 'and built anew by the next run') or diag $up->{err};
	like($up->{err}, qr/dropping public\.i, which/, 'which says so');
	is($pg->query('SELECT count(*) FROM seen', $site->{name}), '1', 'nothing is done twice');
};

subtest 'a retry finds what the failed try left' => sub {
	my $detach = site('ALTER TABLE ONLY public.whole DETACH PARTITION part CONCURRENTLY;', env => { MIGRATE_APPLY_LOCK_RETRY => '2m' });
	my $holder = held($detach, $readers);
	my $up = begin($detach);
	$pg->wait_for('SELECT count(*) FROM pg_inherits WHERE inhdetachpending', '1', 30, $detach->{name});
	ok($up->wait_for_line(qr/cannot finish detaching part: .*lock timeout.*; trying again|lock timeout.*; trying again/, 30), 'a DETACH is tried again');
	$holder->end;
	is($up->finish->{status}, 0, 'until it is finished') or diag $up->{err};
	unlike($up->{err}, qr/already pending/, 'as PostgreSQL wants it');
	is($pg->query('SELECT count(*) FROM pg_inherits', $detach->{name}), '0', 'it is detached');

	my $pending = site('ALTER TABLE whole DETACH PARTITION part CONCURRENTLY;');
	$holder = held($pending, $readers);
	$pg->psql("SET lock_timeout = 50; ALTER TABLE whole DETACH PARTITION part CONCURRENTLY", $pending->{name});
	$holder->end;
	is($pg->query('SELECT count(*) FROM pg_inherits WHERE inhdetachpending', $pending->{name}), '1', 'one that a person left half-way');
	$up = up($pending);
	is($up->{status}, 0, 'is finished, too') or diag $up->{err};
	like($up->{err}, qr/finished what an earlier attempt began: detaching part/, 'which is said');

	for my $sql ('CREATE INDEX CONCURRENTLY i ON t (y)', 'CREATE INDEX CONCURRENTLY ON t (y)', 'REINDEX TABLE CONCURRENTLY t') {
		my $site = site("$sql;", up_options => 'lock_timeout:100ms', env => { MIGRATE_APPLY_LOCK_RETRY => '2m', MIGRATE_LOG_LEVEL => 'debug' });
		$holder = held($site, $snapshot);
		$up = begin($site);
		ok($up->wait_for_line(qr/dropping .*, which an earlier attempt left invalid/, 60), "$sql drops it");
		$holder->end;
		is($up->finish->{status}, 0, 'and succeeds in the end') or diag $up->{err};
		is(invalid($site), '', 'leaves nothing');
		is($pg->query(q{SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass}, $site->{name}), $sql =~ /CREATE/ ? '3' : '2', 'and is there once');
	}
};

subtest 'what a REINDEX leaves' => sub {
	my %left = (
		'TABLE CONCURRENTLY public.t' => [ 'other_pkey_ccnew pg_toast_N_index_ccnew', '' ],
		'INDEX CONCURRENTLY t_y'      => [ 'other_pkey_ccnew pg_toast_N_index_ccnew pg_toast_N_index_ccnew t_pkey_ccnew', '' ],
		'SCHEMA CONCURRENTLY apart'   => [ 'other_pkey_ccnew pg_toast_N_index_ccnew pg_toast_N_index_ccnew t_pkey_ccnew t_y_ccnew u_pkey_ccnew',
			'WARN.*apart\.u_pkey_ccnew is invalid.*DROP INDEX CONCURRENTLY IF EXISTS apart\.u_pkey_ccnew;' ],
	);
	for my $what (sort keys %left) {
		my $site   = site("REINDEX $what;", up_options => 'lock_timeout:200ms');
		my $holder = held($site, $snapshot);
		# Somebody else's, which fail as well.
		for my $else (qw(t other apart.u)) {
			$pg->psql("SET lock_timeout = 50; REINDEX TABLE CONCURRENTLY $else", $site->{name});
		}
		is(up($site)->{status}, 8, "$what fails");
		$holder->end;
		my $up = up($site);
		is($up->{status}, 0, 'and is done by the next run') or diag $up->{err};
		my ($stays, $said) = @{ $left{$what} };
		like(join(' ', grep { !/ccnew\d/ } split / /, invalid($site)), qr/^\Q$stays\E/, "what stays is not this one's: $stays") or diag $up->{err};
		like($up->{err}, qr/$said/, 'what is not known to be ours is named') if $said;
	}
	my $owner  = site('REINDEX TABLE CONCURRENTLY t;', role => 'plain', up_options => 'lock_timeout:200ms');
	my $holder = held($owner, $snapshot);
	is(up($owner)->{status}, 8, 'by a role that may not');
	$holder->end;
	my $up = up($owner);
	is($up->{status}, 0, 'it is no reason to fail') or diag $up->{err};
	like($up->{err}, qr/WARN .*pg_toast_\d+_index_ccnew stays, since only a superuser may drop it; as a superuser, run: (DROP INDEX [^;]+;)/, 'but said');
	my ($command) = $up->{err} =~ /may drop it; as a superuser, run: (DROP INDEX [^;]+;)/;
	$pg->query($command, $owner->{name});
	is(invalid($owner), '', 'with the command');
};

subtest 'half a minute of waiting' => sub {
	my $pid = $slowing->pid;
	my $phase = qr/CREATE INDEX CONCURRENTLY: waiting for old snapshots/;
	ok($slowly->wait_for_line(qr/waiting for a lock at [^ ]+:8 \($phase\): held by pid $pid /, 60), 'a line when it begins');
	ok($slowly->wait_for_line(qr/waiting for a lock at [^ ]+:8 \($phase\) for 3\d\.\d s: held by pid $pid /, 60), 'and one after half a minute');
	$slowing->end;
	is($slowly->finish->{status}, 0, 'the build goes through');
	unlike($slowly->{err}, qr/dropping|trying again|running for/, 'at once');
	cmp_ok(scalar(() = $slowly->{err} =~ /waiting for a lock/g), '<=', 4, 'with few words');
};

subtest 'what is old before a build begins' => sub {
	for my $sql (sort keys %old) {
		my (undef, $named, $site, $holder) = @{ $old{$sql} };
		my $pid = $holder->pid;
		$pg->wait_for("SELECT clock_timestamp() - xact_start > interval '61 s' FROM pg_stat_activity WHERE pid = $pid", 't', 90);
		my $up = begin($site);
		$named ? ok($up->wait_for_line(qr/WARN .*:8 will wait for transactions that have been open for more than a minute: pid $pid \($holder->{name} as postgres, idle in transaction for .*, in a transaction since 2/, 30), "$sql $holder->{name}")
			: ok($up->finish->{err} !~ /WARN/, "$sql does not wait for it") || diag $up->{err};
		$holder->end;
		is($up->finish->{status}, 0, 'done');
	}
	my $up = begin($prepared);
	ok($up->wait_for_line(qr/will wait for .*: the prepared transaction 'half' \(as postgres, prepared for 1 min/, 30), 'a prepared transaction');
	$pg->query("ROLLBACK PREPARED 'half'", $prepared->{name});
	is($up->finish->{status}, 0, 'done');
};

done_testing;
