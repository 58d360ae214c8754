#!/usr/bin/env perl
# real.pl PROJECT: `migrate import alembic` on somebody's project, and then both tools on databases of
# their own: every revision up and down, the boot of an empty, a half-way and a finished database with
# rows in every table, and the whole way down. tests/corpus/real brings the project and what it needs.
use strict;
use warnings;

use Cluster;
use Converted;
use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Temp ();
use Migrate qw(run write_file tempdir);
use Test::More;

my $project = realpath(shift // die "usage: real.pl PROJECT\n");
my $ini     = "$project/" . ($ENV{REAL_INI} || 'alembic.ini');
my $pg      = Cluster->new(port => 1);
$pg->start;

# An environment of our own around the project's versions.
if ($ENV{REAL_VERSIONS}) {
	my $own       = tempdir();
	my $locations = join ' ', map {"$project/$_"} split /,/, $ENV{REAL_VERSIONS};
	$ini = write_file("$own/alembic.ini", <<"END");
[alembic]
script_location = $own
version_locations = $locations
prepend_sys_path = $project
END
	write_file("$own/env.py", <<'END');
import os
from alembic import context
from sqlalchemy import create_engine, pool

if context.is_offline_mode():
    context.configure(url="postgresql+psycopg2://")
    with context.begin_transaction():
        context.run_migrations()
else:
    url = os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:")
    with create_engine(url, poolclass=pool.NullPool, future=True).connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
END
}

# Times and random ids differ from one database to the next.
sub normal {
	my ($dump) = @_;
	return $dump =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d)?/TIME/gr
	    =~ s/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/UUID/gr;
}

my %names = (host => '127.0.0.1', port => $pg->port, user => 'postgres', password => 'postgres');
my $both  = Converted->new(
	pg      => $pg, dir => dirname($ini), migrations => tempdir() . '/migrations',
	options => [ '-c', $ini ], normal => \&normal,
	env     => sub {
		my ($db) = @_;
		my %is = (%names, name => $db, db => $db, server => $names{host});
		return (DATABASE_URL => $pg->tcp_url($db), BOT_TOKEN => '1:x', map {
			my $prefix = $_;
			map { ($prefix . uc $_ => $is{$_}) } keys %is;
		} qw(DB_ POSTGRES_));
	});

sub create {
	my ($db) = @_;
	$pg->query(qq{DROP DATABASE IF EXISTS "$db"});
	$pg->create_database($db);
	$pg->query($ENV{REAL_SQL}, $db) if $ENV{REAL_SQL};
	return $db;
}

# A row in every table that has none: a value for every column, by its type, that keeps the foreign keys.
# Gives the number of tables with rows and of all tables.
sub fill {
	my ($db) = @_;
	return $pg->query(<<'END', $db);
CREATE FUNCTION pg_temp.value(rel oid, att pg_attribute) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	typ pg_type;
	con record;
BEGIN
	SELECT * INTO con FROM pg_constraint WHERE contype = 'f' AND conrelid = rel AND conkey = ARRAY[att.attnum];
	IF FOUND THEN
		RETURN format('(SELECT %I FROM %s LIMIT 1)', (SELECT attname FROM pg_attribute
			WHERE attrelid = con.confrelid AND attnum = con.confkey[1]), con.confrelid::regclass);
	END IF;
	SELECT * INTO typ FROM pg_type WHERE oid = att.atttypid;
	WHILE typ.typtype = 'd' LOOP
		SELECT * INTO typ FROM pg_type WHERE oid = typ.typbasetype;
	END LOOP;
	RETURN quote_literal(CASE
		WHEN typ.typcategory = 'E' THEN (SELECT enumlabel FROM pg_enum WHERE enumtypid = typ.oid ORDER BY enumsortorder LIMIT 1)
		WHEN typ.typcategory = 'N' THEN '1'
		WHEN typ.typcategory = 'B' THEN 'true'
		WHEN typ.typcategory = 'D' THEN '2025-01-02 03:04:05'
		WHEN typ.typcategory = 'T' THEN '1 day'
		WHEN typ.typcategory = 'A' THEN '{}'
		WHEN typ.typname = 'uuid' THEN '00000000-0000-0000-0000-000000000001'
		WHEN typ.typname ~ '^json' THEN '{}'
		WHEN typ.typname ~ '^(inet|cidr)$' THEN '10.0.0.1'
		ELSE 'ю' END);
END $$;
CREATE FUNCTION pg_temp.fill() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	tab record;
	filled bool;
	total int := 0;
	done int := 0;
	cols text;
	vals text;
BEGIN
	FOR round IN 1..6 LOOP
		total := 0;
		done := 0;
		FOR tab IN SELECT oid, oid::regclass AS name FROM pg_class
			WHERE relkind = 'r' AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema)')
			AND relname NOT IN ('alembic_version', 'migrate_journal', 'migrate_attempt') ORDER BY oid LOOP
			total := total + 1;
			FOR needed IN 0..1 LOOP
				EXECUTE format('SELECT EXISTS (SELECT FROM %s)', tab.name) INTO filled;
				EXIT WHEN filled;
				SELECT string_agg(quote_ident(attname), ', '), string_agg(pg_temp.value(tab.oid, a), ', ')
					INTO cols, vals FROM pg_attribute a
					WHERE attrelid = tab.oid AND attnum > 0 AND NOT attisdropped AND NOT atthasdef AND attidentity = ''
					AND (needed = 0 OR attnotnull);
				BEGIN
					IF cols IS NULL THEN
						EXECUTE format('INSERT INTO %s DEFAULT VALUES', tab.name);
					ELSE
						EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', tab.name, cols, vals);
					END IF;
				EXCEPTION WHEN others THEN NULL;
				END;
			END LOOP;
			done := done + filled::int;
		END LOOP;
	END LOOP;
	RETURN done || ' of ' || total;
END $$;
SELECT pg_temp.fill();
END
}

my $import = run('import', 'alembic', $ini, '--python', $Converted::python, '--directory', $both->{migrations},
	{ env => { $both->{env}->('postgres') }, timeout => 600, dir => $both->{dir} });
like($import->{status}, qr/^[09]$/, 'import') or BAIL_OUT($import->{err});
diag $import->{err} if $import->{err};
my @order = $both->order;
my $by_hand = () = $import->{err} =~ /WARN.*revision \S+: (?:up|down)grade\(\)/g;
diag sprintf '%d revisions in %.2f s, %d parts by hand', scalar @order, $import->{seconds}, $by_hand;

my (%count, %what);
create($_) for qw(theirs ours);
my $reached = $both->walk('theirs', 'ours', sub {
	my ($id, $direction, $what, $them, $us) = @_;
	# Alembic runs everything in a transaction unless told; migrate sees what cannot run in one.
	$what = 'ours alone' if $what eq 'theirs fails' && $them->{err} =~ /cannot run inside a transaction block/;
	$count{"$direction: $what"}++;
	$what{"$direction $id"} = $what;
	like($what, qr/^(?:same|by hand|both fail|ours alone)$/, "$direction $id: $what")
	    or diag substr($them->{err}, -800), $us->{err},
	    $direction eq 'up' ? $both->difference('theirs', 'ours') : $both->difference('theirs_down', 'ours_down');
	diag "$direction $id, both fail:\n", $us->{err} =~ s/^INFO.*\n//mgr if $what eq 'both fail';
});
ok($reached, 'up to the head');
diag "$_: $count{$_}" for sort keys %count;

sub boot {
	my ($db) = @_;
	return run('entrypoint', '--boot-target', 'heads', '--directory', $both->{migrations}, '--backup-directory', tempdir(), '--', 'true',
		{ env => { MIGRATE_URL => $pg->url($db) }, timeout => 600 });
}

# Booted by us, or upgraded by Alembic from the same beginning.
sub boots {
	my ($name, $to) = @_;
	my ($theirs, $ours) = map {"${name}_$_"} qw(theirs ours);
	create($theirs);
	if (defined $to) {
		is($both->alembic($theirs, 'upgrade', $to)->{status}, 0, "Alembic upgrades to $to");
		diag "$name: ", fill($theirs), ' tables have rows';
	}
	$both->copy($theirs, $ours);
	my $boot = boot($ours);
	my $them = $both->alembic($theirs, 'upgrade', 'heads');
	if ($boot->{status} =~ /^[78]$/ && $them->{status}) {
		diag $boot->{err} =~ s/^INFO.*\n//mgr;
		return pass("$name: what is in the rows fails under both");
	}
	is($boot->{status}, 0, "boots $name") or diag $boot->{err};
	is($both->state($ours), $both->state($theirs), 'to the same database')
	    or diag $both->difference($theirs, $ours);
	return;
}

my @hand = grep { ($what{"up $order[$_]"} // '') eq 'by hand' } 0 .. $#order;
my $half = int(@order / 2);
$half = $hand[-1] if @hand && $hand[-1] > $half;
boots('empty') if !@hand;
boots('half', $order[$half]);
boots('head', 'heads');

# The whole way down, from a head with rows.
my ($theirs, $ours) = ('head_theirs', 'head_ours');
$both->copy($ours, 'before');
my $them = $both->alembic($theirs, 'downgrade', 'base');
my $us   = $both->migrate($ours, 'downgrade', 'base');
if ($them->{status} == 0 && $us->{status} == 0) {
	is($both->state($ours), $both->state($theirs), 'downgrade base');
} else {
	my ($at)  = $us->{err} =~ /^ERROR.*revision (\S+?):? /m;
	my ($its) = ($them->{err} =~ /Running downgrade (\S+) ->/g)[-1];
	diag $us->{err} =~ s/^INFO.*\n//mgr;
	isnt($us->{status}, 0, 'downgrade base fails under both');
	isnt($them->{status}, 0, 'under Alembic too') or diag $us->{err};
	is($at, $its, 'at the same revision') if defined $its;
	like($us->{err}, qr/^ERROR.*\n(?:.*\n)*\s+at \S+\.sql:\d+\n\s+statement: /m, 'the message has the place and the statement');
	$both->copy('before', $theirs);
	is($both->alembic($theirs, 'downgrade', $at)->{status}, 0, "Alembic goes down as far as $at");
	is($both->state($ours), $both->state($theirs), 'the database is as it was before that step');
}

done_testing;
