package Pairs;

# Pairs: a schema becomes another one by migrate's diff, and comes back. What a file says at its top: "-- since:
# 180000" is for servers of that version and newer, "-- grants: on" compares privileges, "-- safe: on" makes safe
# forms. PAIRS_GRANTS and PAIRS_SAFE do so for all.

use strict;
use warnings;

use Exporter qw(import);
use Migrate;

our @EXPORT = qw(round_trip random_round_trips fits_server there_and_back schema_of keys_of expect_free differs load_sql make_roles);

my $count = 0;

# A new database with the file's SQL; its name is added to @$made.
sub load_sql {
	my ($pg, $file, $made) = @_;
	my $db  = $pg->create_database('pair' . ++$count);
	push @$made, $db;
	my $sql = "SET check_function_bodies = off; SET client_min_messages = error;\n" . slurp($file);
	my $done = $pg->program('psql', [qw(-qX -v ON_ERROR_STOP=1)], db => $db, stdin => $sql);
	die "does not load: $done->{err}" if $done->{status};
	return $db;
}

# What the files say at their tops: since => 180000, grants => 'on' …
sub _said {
	my (@files) = @_;
	return map { slurp($_) =~ /\A((?:-- \w+: \w+\n)*)/ ? $1 =~ /^-- (\w+): (\w+)/mg : () } @files;
}

sub fits_server {
	my ($pg, @files) = @_;
	my %said = _said(@files);
	return ($said{since} // 0) <= $pg->query('SHOW server_version_num');
}

# The roles that files give something to, which belong to no schema.
sub make_roles {
	my ($pg, @files) = @_;
	my %role;
	for my $file (@files) {
		$role{$_} = 1 for slurp($file) =~ /\b(?:TO|FROM|FOR ROLE)\s+"?([a-z]\w*_(?:user|role)|user\d|[a-z]+_role)\b/gi;
	}
	$pg->query(qq{DO \$\$ BEGIN CREATE ROLE "$_"; EXCEPTION WHEN duplicate_object THEN END \$\$}) for sort keys %role;
	return;
}

# What pg_dump says, without what cannot be the same: a column that is added stands last, ruleutils writes
# some expressions otherwise when it reads its own output, a partition's NOT NULL has its own name or its
# parent's, as it was attached or created, and of a partition's indexes that are alike the later one has a number.
sub schema_of {
	my ($pg, $db) = @_;
	my @without = $ENV{PAIRS_GRANTS} ? () : qw(--no-owner --no-privileges);
	my $done = $pg->program('pg_dump', [ '--schema-only', @without ], db => $db);
	die "pg_dump: $done->{err}" if $done->{status};
	my $dump = $done->{out};
	$dump =~ s/^(?:--|\\(?:un)?restrict ).*\n//mg;
	$dump =~ s/\n{2,}/\n\n/g;
	$dump =~ s/ CONSTRAINT \w+_not_null\d* NOT NULL/ NOT NULL/g;
	$dump =~ s/::(?:character varying|text)(?:\[\])?//g;
	$dump =~ s/(?<!\w)\(('[^']*'|\w+|ARRAY\[[^\]]*\])\)/$1/g for 1 .. 3;
	$dump =~ s/\b\Q$_\E\d+\b/$_/g for $dump =~ /^ALTER INDEX \S+ ATTACH PARTITION \w+\.(\w+_(?:idx|key|excl))\d+;/mg;
	$dump =~ s{^(CREATE STATISTICS .* ON )([\w, ]+)( FROM )}{ $1 . join(', ', sort split /, /, $2) . $3 }mge;
	$dump =~ s{^(CREATE (?:UNLOGGED |FOREIGN )?TABLE [^\n]* \(\n)((?:[ ]{4}.*\n)+)(?=\))}
		{ $1 . join("\n", sort map { s/,\z//r } split /\n/, $2) . "\n" }mge;
	return join "\n\n", sort split /\n\n/, $dump;
}

# The lines that only one of them has, or has more often; undef if there are none. What the migration calls
# inexact may be said of a child's table as well, and its default and NOT NULL there instead of apart.
sub differs {
	my ($got, $wanted, $sql) = @_;
	my %more;
	$more{$_}++ for split /\n/, $got;
	$more{$_}-- for split /\n/, $wanted;
	delete $more{''};
	for (map { split /, / } ($sql // '') =~ /^-- inexact: [^:]*: (.*)/mg) {
		my ($table, $name) = /(\w+)\.(\w+)\z/;
		delete $more{$_} for grep { /^    (?:CONSTRAINT )?$name / && $more{$_} > 0 } keys %more;
		delete $more{$_} for grep {/^ALTER TABLE ONLY \S*\b$table ALTER COLUMN $name SET (?:DEFAULT |NOT NULL;)/} keys %more;
		delete $more{"    NOT NULL $name"};
	}
	return join("\n", map { ($more{$_} > 0 ? '+ ' : '- ') . $_ } sort grep { $more{$_} } keys %more) || undef;
}

sub _diff {
	my ($pg, $db, $wanted, @more) = @_;
	push @more, qw(--models-grants on) if $ENV{PAIRS_GRANTS};
	push @more, qw(--models-safe on)   if $ENV{PAIRS_SAFE};
	my $done = run('diff', '--models-source', $pg->url($wanted), @more,
		{ env => { DATABASE_URL => $pg->url($db) }, timeout => 120, plain => $ENV{PAIRS_PLAIN} });
	die "diff: $done->{err}" if $done->{status};
	return $done->{out};
}

# What diff says is a transaction of its own is one, and what it says is outside of one is in none.
sub _apply {
	my ($pg, $db, $sql, $way) = @_;
	for my $part (split /^(?=-- (?:a transaction of its own|outside a transaction))/m, $sql) {
		my $how  = $part =~ /\A-- outside/ ? '-qX' : '-qX1';
		my $done = $pg->program('psql', [ $how, qw(-v ON_ERROR_STOP=1) ], db => $db, stdin => $part);
		die "$way fails: $done->{err}$sql" if $done->{status};
	}
	return;
}

# "schema.table.column" => { next, step, taken } of each integer column that a sequence fills; `taken`: a row has the
# next key, or there is none.
sub keys_of {
	my ($pg, $db) = @_;
	my $found = $pg->query(<<'END', $db);
SELECT format('SELECT %1$L, x.next, %2$s, x.next NOT BETWEEN %3$s AND %4$s OR EXISTS (SELECT FROM %5$s t WHERE t.%6$I = x.next)
  FROM (SELECT CASE WHEN NOT is_called THEN last_value WHEN last_value::numeric + %2$s BETWEEN %3$s AND %4$s THEN last_value + %2$s
                    WHEN %7$L THEN %8$s END AS next FROM %9$s) x',
         format('%I.%I.%I', n.nspname, c.relname, a.attname), s.seqincrement, s.seqmin, s.seqmax, c.oid::regclass, a.attname,
         s.seqcycle, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END, s.seqrelid::regclass)
  FROM (SELECT refobjid AS tab, refobjsubid AS num, objid AS seq FROM pg_depend
         WHERE deptype = 'i' AND classid = 1259 AND refclassid = 1259 AND refobjsubid > 0
         UNION SELECT f.adrelid, f.adnum, d.refobjid FROM pg_attrdef f JOIN pg_depend d ON d.classid = 2604 AND d.objid = f.oid
         WHERE d.refclassid = 1259 AND d.refobjsubid = 0) k
  JOIN pg_sequence s ON s.seqrelid = k.seq
  JOIN pg_class c ON c.oid = k.tab AND c.relkind IN ('r', 'p')
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = k.tab AND a.attnum = k.num AND a.atttypid IN (20, 21, 23)
END
	my $all = join ' UNION ALL ', grep {/\S/} split /^(?=SELECT)/m, $found;
	return {} if $all eq '';
	my %key;
	for (split /\n/, $pg->query($all, $db)) {
		my ($column, $next, $step, $taken) = split /\|/, $_, -1;
		$key{$column} = { next => $next, step => $step, taken => $next eq '' || $taken eq 't' };
	}
	return \%key;
}

# Dies where the next key was free, and is not; or where it has gone back.
sub expect_free {
	my ($before, $after, $way, $sql) = @_;
	for my $column (sort keys %$after) {
		my ($was, $is) = ($before->{$column}, $after->{$column});
		die "$way leaves the next key of $column taken ($is->{next}):\n$sql" if $is->{taken} && !($was && $was->{taken});
		next if !$was || $is->{step} * $was->{step} < 0 || $way ne 'down' || $sql =~ /^-- lossy: the sequence's position/m;
		die "$way leaves the next key of $column at $is->{next}, which was $was->{next}:\n$sql"
		    if $is->{step} > 0 ? $is->{next} < $was->{next} : $is->{next} > $was->{next};
	}
	return;
}

# Dies with the reason unless $up brings the database to the wanted schema, the difference $diff->() is empty
# then, and $down leads back.
sub there_and_back {
	my ($pg, $db, $wanted, $up, $down, $diff) = @_;
	my $before = schema_of($pg, $db);
	my $keys   = keys_of($pg, $db);
	print "$up\n-- down\n$down" if $ENV{RANDOM_SHOW};
	return if $up eq '' && $down eq '' && !defined differs($before, $wanted);
	_apply($pg, $db, $up, 'up');
	my $wrong = differs(schema_of($pg, $db), $wanted, $up);
	die "up differs:\n$wrong\n$up" if defined $wrong;
	expect_free($keys, keys_of($pg, $db), 'up', $up);
	my $again = $diff->();
	die "is not empty again:\n$again" if $again ne '';
	_apply($pg, $db, $down, 'down');
	$wrong = differs(schema_of($pg, $db), $before, $down);
	die "down differs:\n$wrong\n$down" if defined $wrong;
	expect_free($keys, keys_of($pg, $db), 'down', "$up$down");
	return;
}

# Dies with the reason unless the database that old.sql makes becomes, by our migration, the one that
# new.sql makes, a second difference is empty, and the way back leads to the first.
sub round_trip {
	my ($pg, $old, $new) = @_;
	my %said = _said($old, $new);
	local $ENV{PAIRS_GRANTS} = $ENV{PAIRS_GRANTS} || $said{grants};
	local $ENV{PAIRS_SAFE}   = $ENV{PAIRS_SAFE} || $said{safe};
	my @made;
	my $ok = eval {
		die "is for newer servers\n" if !fits_server($pg, $old, $new);
		make_roles($pg, $old, $new);
		my $db     = load_sql($pg, $old, \@made);
		my $wanted = load_sql($pg, $new, \@made);
		there_and_back($pg, $db, schema_of($pg, $wanted), _diff($pg, $db, $wanted), _diff($pg, $db, $wanted, '--down'),
			sub { _diff($pg, $db, $wanted) });
		1;
	};
	my $why = $@;
	$pg->query("DROP DATABASE $_ WITH (FORCE)") for @made;
	die $why if !$ok;
	return 1;
}

# random_round_trips(SEED, COUNT, edit => sub ($schema): one random change, sql => sub ($schema, server_version_num),
# first => changes that make the first schema from {}, more => those that make the second, at most). Tells each failure and exits.
sub random_round_trips {
	my ($first, $count, %how) = @_;
	my $pg = Cluster->new;
	$pg->start;
	my $version = $pg->query('SHOW server_version_num');
	my $dir     = tempdir();
	my $failed = 0;
	$| = 1;
	$ENV{PAIRS_PLAIN} //= 1;
	for my $seed ($first .. $first + $count - 1) {
		srand $seed;
		my $schema = {};
		$how{edit}->($schema) for 1 .. $how{first};
		my $old = $how{sql}->($schema, $version);
		$how{edit}->($schema) for 1 .. 1 + int rand $how{more};
		my $new = $how{sql}->($schema, $version);
		print "$old\n-- new\n$new" if $ENV{RANDOM_SHOW};
		next if eval { round_trip($pg, write_file("$dir/old.sql", $old), write_file("$dir/new.sql", $new)) };
		$failed++;
		print "=== seed $seed: $@\n";
	}
	printf "%d random pairs: %d equal\n", $count, $count - $failed;
	exit($failed ? 1 : 0);
}

1;
