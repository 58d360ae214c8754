# restore: `migrate restore` into a new database, in the live one's place, and over it; what is restored is
# what was backed up.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $dir     = tempdir();
my $corpus  = $ENV{RESTORE_CORPUS};    # a directory of *.sql to make the round trip with, too
my $version = $pg->query('SHOW server_version') =~ s/\..*//r;
mkdir "$dir/migrations";
migration("$dir/migrations", 'aaaa', { up => 'CREATE TABLE t AS SELECT i, md5(i::text) AS x FROM generate_series(1, 100) i;' });
migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => 'ALTER TABLE t ADD y text;', down => 'ALTER TABLE t DROP y;' });

sub migrate {
	my ($name, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $dir, %more, env => { MIGRATE_URL => $pg->url($name),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_JOBS => 2, %{ $more{env} // {} } } });
}

sub backup {
	my ($name, @args) = @_;
	my $done = migrate($name, 'backup', @args);
	is($done->{status}, 0, 'backed up') or diag $done->{err};
	chomp $done->{out};
	return basename($done->{out}) =~ s/\.\w+$//r;
}

# The manifests of a database's backups.
sub newest_first {
	my ($database) = @_;
	my $all = JSON::PP::decode_json(migrate($database, qw(backup list --json))->{out});
	return grep { $_->{database} eq $database } @$all;
}

sub dumped {
	my ($name) = @_;
	my $done = $pg->program('pg_dump', [], db => $name);
	die $done->{err} if $done->{status};
	return $done->{out} =~ s/^\\(?:un)?restrict .*\n//gmr;
}

sub databases { return $pg->query(q{SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database
	WHERE datname !~ '^template|^postgres$'}) }

# What a database consists of: every kind of object that is not rare, with data in it.
my $everything = <<'END';
CREATE EXTENSION hstore;
CREATE SCHEMA "Odd name";
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE "Odd name"."Ta ble" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood, p pair, h hstore,
	j jsonb, b bytea, a text[], r int4range, n numeric, at timestamptz, d positive,
	twice int GENERATED ALWAYS AS (d * 2) STORED, CHECK (n > 0));
INSERT INTO "Odd name"."Ta ble" (m, p, h, j, b, a, r, n, at, d)
SELECT (ARRAY['good', 'bad']::mood[])[i % 2 + 1], ROW(i, E'tab\t\\new\nline é')::pair, hstore('k', i::text),
       jsonb_build_object('i', i), sha256(i::text::bytea), ARRAY['x', NULL, '{'], int4range(i, i + 9), i / 7.0,
       timestamptz '2026-11-22 10:04:00Z' + i * interval '1 hour', i FROM generate_series(1, 2000) i;
CREATE INDEX ON "Odd name"."Ta ble" USING gin (j);
CREATE UNIQUE INDEX part ON "Odd name"."Ta ble" (n) WHERE m = 'good';
CREATE TABLE parent (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE child PARTITION OF parent FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO parent SELECT i, date '2026-01-01' + i FROM generate_series(1, 300) i;
CREATE TABLE ref (id bigint REFERENCES "Odd name"."Ta ble" DEFERRABLE, self int);
INSERT INTO ref SELECT i FROM generate_series(1, 100) i;
CREATE VIEW v AS SELECT m, count(*) FROM "Odd name"."Ta ble" GROUP BY m;
CREATE MATERIALIZED VIEW mv AS SELECT * FROM v;
CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT i + 1; END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.self := f(1); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE INSERT ON ref FOR EACH ROW EXECUTE FUNCTION touch();
CREATE ROLE reader;
ALTER TABLE parent OWNER TO reader;
GRANT SELECT (id) ON ref TO reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
ALTER TABLE ref ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON ref TO reader USING (id > 5);
CREATE SEQUENCE s START 42; SELECT nextval('s');
COMMENT ON TABLE ref IS 'it''s';
CREATE STATISTICS st ON id, at FROM parent;
SELECT lo_from_bytea(4711, 'large');
CREATE PUBLICATION pub FOR TABLE ref;
END

subtest 'what is restored is what was there' => sub {
	my %schema = (everything => $everything);
	if ($corpus) {
		$schema{ basename($_, '.sql') } = "SET check_function_bodies = off;\n" . slurp($_) for glob "$corpus/*.sql";
	}
	for my $name (sort keys %schema) {
		for my $format (qw(custom directory)) {
			my $database = "${name}_$format";
			$pg->query(q{DROP OWNED BY reader CASCADE}) if $name eq 'everything' && $format eq 'directory';
			$pg->create_database($database);
			my $sql = $format eq 'directory' ? $schema{$name} =~ s/^CREATE ROLE.*\n//mr : $schema{$name};
			my (undef, undef, $err) = $pg->psql($sql, $database);
			is($err =~ s/^.*(?:NOTICE|WARNING|HINT).*\n?//gmr, '', "$name is loaded") if $name eq 'everything';
			fill($database) if $name ne 'everything';
			my $id   = backup($database, '--backup-format', $format);
			my $done = migrate($database, 'restore', $id, '--to', 'again');
			is($done->{status}, 0, "$name, $format: restored") or diag $done->{err};
			my @both = map { dumped($_) } $database, 'again';
			ok($both[0] eq $both[1], 'both dumps are the same, ' . length($both[0]) . ' bytes, '
				. (() = $both[0] =~ /^COPY .*\n(?!\\\.)/mg) . ' tables with rows');
			$pg->query("DROP DATABASE again");
		}
	}
};

# Some rows for each table, as far as that goes by itself: what refuses stays empty.
sub fill {
	my ($database) = @_;
	$pg->psql(<<'END', $database) for 1 .. 4;    # a table after those that it refers to
DO $$
DECLARE t record; columns text; vals text; rows int;
BEGIN
	FOR t IN SELECT c.oid, c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_|^information_schema$' LOOP
		SELECT string_agg(quote_ident(attname), ','),
		       string_agg(CASE typcategory WHEN 'N' THEN 'i' WHEN 'S' THEN 'left(i::text, 1)' WHEN 'B' THEN 'true'
				WHEN 'D' THEN format('(timestamp ''2026-11-22'' + i * interval ''1 hour'')::%s', atttypid::regtype)
				ELSE 'NULL' END || CASE WHEN typcategory IN ('N', 'S') THEN '::' || format_type(atttypid, atttypmod) ELSE '' END, ',')
		  INTO columns, vals FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
		 WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a';
		BEGIN
			EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT 1) one', t.name) INTO rows;
			CONTINUE WHEN rows > 0;
			EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 9) i', t.name, columns, vals);
		EXCEPTION WHEN others THEN NULL;
		END;
	END LOOP;
END $$;
END
	return;
}

subtest 'a new database' => sub {
	$pg->create_database('bot', q{TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'});
	is(migrate('bot', 'upgrade', 'head')->{status}, 0, 'at bbbb');
	$pg->query(q{ALTER DATABASE bot SET work_mem = '9MB'; ALTER DATABASE bot SET search_path = 'Odd name', "$user", public;
		ALTER ROLE reader IN DATABASE bot SET statement_timeout = '7s'; COMMENT ON DATABASE bot IS 'it''s';
		REVOKE ALL ON DATABASE bot FROM PUBLIC; GRANT CONNECT ON DATABASE bot TO reader WITH GRANT OPTION;
		ALTER DATABASE bot CONNECTION LIMIT 77; ALTER DATABASE bot OWNER TO reader});
	my $id = backup('bot');
	$pg->query('DELETE FROM t', 'bot');
	my $done = migrate('bot', 'restore');
	is($done->{status}, 0, 'of the newest backup') or diag $done->{err};
	like($done->{out}, qr/\Adatabase (bot_restored_\d{8}_\d{6}) is restored as of [-\d]+ [:\d]+ UTC, at bbbb\n\z/, 'has a dated name');
	my ($new) = $done->{out} =~ /database (\S+)/;
	is($pg->query('SELECT count(*) FROM t', $new), '100', 'and the rows');
	is($pg->query('SELECT count(*) FROM t', 'bot'), '0', 'the live one is as it was');
	my $properties = q{SELECT pg_get_userbyid(datdba), datcollate, datctype, datacl, datconnlimit,
		shobj_description(d.oid, 'pg_database'), (SELECT string_agg(setrole::text || setconfig::text, ',' ORDER BY setrole)
		FROM pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = };
	is($pg->query("$properties '$new'"), $pg->query("$properties 'bot'"), 'owner, locale, grants, settings are the live one\'s');
	isnt($pg->query(q{SELECT reltuples FROM pg_class WHERE relname = 't'}, $new), '-1', 'it has statistics');
	my ($is) = grep { $_->{id} eq $id } newest_first('bot');
	is($is->{verified}, 'restored', 'the manifest says that it was restored');
	is(migrate('bot', 'backup', 'verify', $id)->{status}, 0, 'and is whole');
	my $again = migrate('bot', 'restore', $id, '--to', $new);
	is($again->{status}, 6, 'one that is there is not written over');
	like($again->{err}, qr/there is a database \S+ already\n\s+hint: Name one that does not exist: migrate restore --to NAME \Q$id\E$/m, 'which says what can be done');
	$pg->query("DROP DATABASE $new");
};

subtest 'in its place' => sub {
	my ($id) = map { $_->{id} } newest_first('bot');
	my $app = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url('bot') ], stdin => 'SELECT pg_sleep(60);');
	$pg->wait_for(q{SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'}, '1');
	my $done = migrate('bot', 'restore', '--swap', $id);
	is($done->{status}, 0, 'while somebody is connected') or diag $done->{err};
	is($app->finish->{status}, 2, 'who is not any more');
	my ($old) = $done->{out} =~ /^the old one is (bot_old_\d{8}_\d{6})$/m;
	ok(defined $old, 'the old one has a dated name');
	is($pg->query('SELECT count(*) FROM t', 'bot'), '100', 'the rows are back');
	is($pg->query('SELECT count(*) FROM t', $old), '0', 'what they were is kept');
	is(migrate('bot', 'current')->{out}, "bbbb (head)\n", 'and migrate finds it');
	$pg->query("DROP DATABASE $old");
	$done = migrate('bot', 'restore', '--swap', '--force');
	is($done->{status}, 0, 'with --force too it is kept');
	($old) = $done->{out} =~ /^the old one is (\w+)$/m;
	$pg->query("DROP DATABASE $old");
	my $other = migrate('gone', 'restore', '--swap', $id);
	is($other->{status}, 6, q{another database's backup is not put there by mistake});
	like($other->{err}, qr/is a backup of database bot, not of gone.*hint: .*--to gone/s, 'but when told so');
	is(migrate('gone', 'restore')->{status}, 6, 'nor taken for the newest');
	$other = migrate('gone', 'restore', '--swap', '--to', 'gone', $id);
	is($other->{status}, 0, 'one that is not there any more is made again') or diag $other->{err};
	is($pg->query('SELECT count(*) FROM t', 'gone'), '100', 'with its rows');
	$pg->query('DROP DATABASE gone');
};

# On a terminal of its own, typing.
sub typing {
	my ($text, @args) = @_;
	my $command = join ' ', map {"'$_'"} $ENV{MIGRATE}, @args;
	return Process->run([ 'script', '-qec', $command, '/dev/null' ], dir => $dir, stdin => $text,
		env => { %ENV, MIGRATE_URL => $pg->url('bot'), PATH => Cluster::bindir() . ":$ENV{PATH}" });
}

subtest 'over it' => sub {
	my $before = databases();
	$pg->query('DELETE FROM t', 'bot');
	my $done = migrate('bot', 'restore', '--force');
	is($done->{status}, 2, 'needs a terminal');
	like($done->{err}, qr/asks for the database's name, which needs a terminal.*hint: Keep.*migrate restore --swap \S+/s, 'or --swap');
	$done = typing("no\n", 'restore', '--force');
	is($done->{status}, 2, 'and its name') or diag $done->{out};
	is($pg->query('SELECT count(*) FROM t', 'bot'), '0', 'otherwise nothing happens');
	$done = typing("bot\n", 'restore', '--force');
	is($done->{status}, 0, 'with it') or diag $done->{out};
	is($pg->query('SELECT count(*) FROM t', 'bot'), '100', 'it is as it was');
	is(databases(), $before, 'and nothing is left of the other one');
};

subtest 'what goes wrong' => sub {
	my $before = databases();
	my $id = backup('bot');
	my $archive = "$dir/backups/$id.dump";
	my $text = slurp("$archive.json") =~ s/"bbbb"/"aaaa"/r;
	my ($body) = $text =~ /\A(.*),"manifest_sha256":"\w+"\}\n\z/s;
	my $seal = qx(printf %s '$body' | sha256sum) =~ s/ .*//sr;
	my $manifest = slurp("$archive.json");
	write_file("$archive.json", qq($body,"manifest_sha256":"$seal"}\n));
	my $done = migrate('bot', 'restore', $id);
	is($done->{status}, 6, 'another revision than the manifest says: 6');
	like($done->{err}, qr/is at bbbb, its manifest says aaaa/, 'named');
	write_file("$archive.json", $manifest);
	my $bytes = slurp($archive);
	write_file($archive, scalar reverse $bytes);
	like(migrate('bot', 'restore', $id)->{err}, qr/\Q$id\E.dump: it was changed/, 'an archive that was changed is not restored');
	write_file($archive, $bytes);
	is(migrate('bot', 'restore', 'nothing')->{status}, 6, 'nor one that is not there');
	is(migrate('bot', 'restore', $id, { env => { MIGRATE_BACKUP_PG_RESTORE => '/bin/false' } })->{status}, 6, 'without pg_restore');
	is(databases(), $before, 'nothing is left of all these');

	$pg->query(q{CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'; CREATE ROLE owner; CREATE DATABASE owned OWNER plain});
	$pg->query('CREATE TABLE o (x int); ALTER TABLE o OWNER TO owner; GRANT SELECT ON o TO owner', 'owned');
	$id = backup('owned');
	my %plain = (env => { MIGRATE_URL => $pg->tcp_url('owned', user => 'plain', password => 'plain') });
	$done = migrate('owned', 'restore', $id, '--to', 'mine', '--no-privileges', \%plain);
	is($done->{status}, 0, 'without superuser all belongs to the role') or diag $done->{err};
	is($pg->query(q{SELECT tableowner FROM pg_tables WHERE tablename = 'o'}, 'mine'), 'plain', 'that restores');
	$pg->query('DROP DATABASE mine; DROP DATABASE owned; DROP OWNED BY owner; DROP ROLE owner');
	$done = migrate('owned', 'restore', $id, '--swap');
	is($done->{status}, 6, 'a role that is not there: 6');
	like($done->{err}, qr/role "owner" does not exist.*hint: .*--no-owner --no-privileges/s, 'with what can be done');
	is(databases(), $before, 'and nothing is left');
};

subtest 'what no superuser helps with' => sub {
	$pg->create_database('broken');
	$pg->query('CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int CONSTRAINT cp REFERENCES p);
		SET session_replication_role = replica; INSERT INTO c VALUES (7)', 'broken');
	my $id   = backup('broken');
	my $done = migrate('broken', 'restore', '--strict', '--to', 'strict', $id);
	is($done->{status}, 6, 'a violated foreign key, --strict: 6');
	like($done->{err}, qr/1 object of \S+ cannot be restored\n.*cp: .*hint: The rows that were backed up violate it/sm, 'says that the rows are the reason') or diag $done->{err};
	unlike($done->{err}, qr/superuser|by a role that may/, 'and speaks of no superuser');
	my ($script) = $done->{err} =~ /to create what is missing, run this file once the rows are corrected: (\S+)/;
	like(slurp("$dir/$script"), qr/\A-- what of \Q$id\E could not be restored$/m, 'nor does the script');
	$done = migrate('broken', 'backup', 'verify', '--restore', $id);
	is($done->{status}, 6, 'backup verify --restore: 6');
	like($done->{err}, qr/1 object of \S+ cannot be restored\n.*hint: The rows/sm, 'says it, too') or diag $done->{err};
	unlike($done->{err}, qr/superuser|by this role/, 'without a superuser');
	$pg->query('ALTER DATABASE broken RENAME TO renamed');
	$done = migrate('renamed', 'restore');
	is($done->{status}, 6, 'of a database that had another name: 6');
	like($done->{err}, qr/no backup of database renamed found.*\Q$id\E, of database broken, of .*hint: .*migrate restore --to looked_at \S+$/sm, 'names what is there') or diag $done->{err};
	my ($command) = $done->{err} =~ /: migrate (restore --to \S+ \S+)$/m;
	is(migrate('renamed', split / /, $command)->{status}, 0, 'with a command that works');
	$pg->query('DROP DATABASE looked_at; ALTER DATABASE renamed RENAME TO broken; DROP DATABASE broken');
};

subtest '--to what is no name' => sub {
	my $before = databases();
	for my $name ('', 'x' x 64, "\x{d0}\x{b6}" x 32) {
		my $done = migrate('bot', 'restore', '--to', $name);
		is($done->{status}, 2, length($name) . ' bytes: 2') or diag $done->{err};
		like($done->{err}, qr/--to (?:is empty|has 64 bytes, and a database's name at most 63)/, 'says why');
		is(migrate('bot', 'restore', '--back', 'bot', '--to', $name)->{status}, 2, 'with --back, too');
	}
	is(databases(), $before, 'nothing is made');
};

subtest 'a pg_dump that is ended' => sub {
	for my $signal (qw(9 15)) {
		my $dump = tempdir() . '/pg_dump';
		write_file($dump, "#!/bin/sh\ncase \"\$*\" in *--version*) exec " . Cluster::bin('pg_dump') . " --version;; esac\nkill -$signal \$\$\n");
		chmod 0755, $dump;
		my $done = migrate('bot', 'backup', { env => { MIGRATE_BACKUP_PG_DUMP => $dump } });
		is($done->{status}, 6, "by signal $signal: 6");
		like($done->{err}, qr/pg_dump was killed by signal $signal.*hint: See what killed it/s, 'says where to look') or diag $done->{err};
	}
};

subtest 'a stop' => sub {
	my $fake = write_file("$dir/pg_restore", "#!/bin/sh\ncase \$1 in --version) exec pg_restore --version;; esac\nsleep 60\n");
	chmod 0755, $fake;
	my $restore = start('restore', { dir => $dir, env => { MIGRATE_URL => $pg->url('bot'), MIGRATE_BACKUP_PG_RESTORE => $fake } });
	ok($restore->wait_for_line(qr/restore: pg_restore/, 20), 'while it restores');
	my $began = Time::HiRes::time();
	$restore->signal('TERM');
	is($restore->finish->{status}, 143, 'ends it');
	cmp_ok(Time::HiRes::time() - $began, '<', 2, 'within two seconds');
	my ($sql) = $restore->{err} =~ /remove it with: (DROP DATABASE IF EXISTS "\w+")$/m;
	ok(defined $sql, 'and says what is left') or diag $restore->{err};
	$pg->query($sql // 'SELECT 1');
	unlike(databases(), qr/restoring/, 'which removes it');
};

subtest 'a kill' => sub {
	my $before = databases();
	my @restore = map { start('restore', { dir => $dir, env => { MIGRATE_URL => $pg->url('bot'),
		MIGRATE_BACKUP_PG_RESTORE => "$dir/pg_restore" } }) } 1 .. 2;
	$_->wait_for_line(qr/restore: pg_restore/, 20) for @restore;
	my @unfinished = databases() =~ /\bmigrate_restoring_\d+\b/g;
	is(scalar @unfinished, 2, 'two at once have a database each');
	$restore[0]->signal('KILL');
	$restore[0]->finish;
	$pg->wait_for(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}, '1');
	my $done = migrate('bot', 'restore', '--to', 'third');
	is($done->{status}, 0, 'the next one works') or diag $done->{err};
	my ($gone) = $done->{err} =~ /dropped database (migrate_restoring_\d+), which a killed run had left/;
	ok(defined $gone, "and removes the killed one's") or diag $done->{err};
	is(join(' ', databases() =~ /\bmigrate_restoring_\d+\b/g), join(' ', grep { $_ ne ($gone // '') } @unfinished), 'alone');
	$restore[1]->signal('TERM');
	$restore[1]->finish;
	is(migrate('bot', 'restore', '--to', 'fourth')->{status}, 0, 'nor what a stop has left');
	$pg->query("DROP DATABASE $_") for qw(third fourth);
	is(databases(), $before, 'is left');
};

subtest 'names that are taken' => sub {
	my $before = databases();
	my @made;
	for my $n (1 .. 3) {
		my $done = migrate('bot', 'restore');
		is($done->{status}, 0, "restore $n") or diag $done->{err};
		push @made, $done->{out} =~ /^database (\S+)/;
	}
	my @old = map { migrate('bot', 'restore', '--swap')->{out} =~ /^the old one is (\S+)$/m } 1 .. 3;
	my %seen = map { ($_ => 1) } @made, @old;
	is(scalar keys %seen, 6, 'another one is found') or diag "@made @old";
	like($_, qr/^bot_(?:restored|old)_\d{8}_\d{6}(?:_\d)?$/, 'by a number') for @made, @old;
	$pg->query("DROP DATABASE $_") for @made, @old;
	is(databases(), $before, 'and all are what they say');
};

subtest 'after a migration that failed' => sub {
	migration("$dir/migrations", 'cccc', { parents => 'bbbb', up => "DELETE FROM t;\nSELECT nonsense;", up_options => 'transaction:false' });
	my $boot = migrate('bot', 'entrypoint', '--', 'true');
	is($boot->{status}, 8, 'half-way');
	is($pg->query('SELECT count(*) FROM t', 'bot'), '0', 'with its harm done');
	my ($command) = $boot->{err} =~ /hint: .*\n.*Instead, you can return to the database as of [-\d]+ [:\d]+ UTC, before this change began\. .*: (migrate restore \S.*)$/m;
	ok(defined $command, 'the error says how to go back') or diag $boot->{err};
	my $back = migrate('bot', split(' ', $command =~ s/^migrate //r));
	is($back->{status}, 0, $command) or diag $back->{err};
	is($pg->query('SELECT count(*) FROM t', 'bot'), '100', 'which does it');
};

done_testing;
