# swap: a restored database in the live one's place: what it keeps, and what is looked at before.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(port => 1, options => { wal_level => 'logical', max_prepared_transactions => 5 });
$pg->start;
my $major = $pg->query('SHOW server_version') =~ s/\D.*//r;
my $dir   = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'aaaa', { up => 'CREATE TABLE t (i int);', down => 'DROP TABLE t;' });

sub migrate {
	my ($name, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $dir, %more, env => { MIGRATE_URL => ($more{on} // $pg)->url($name),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_JOBS => 2, %{ $more{env} // {} } } });
}

sub backup {
	my ($name, %more) = @_;
	my $done = migrate($name, 'backup', \%more);
	is($done->{status}, 0, 'backed up') or diag $done->{err};
	chomp $done->{out};
	return basename($done->{out}) =~ s/\.\w+$//r;
}

sub databases { return $_[0]->query(q{SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate OR datname = 'model'}) }

# Everything that the catalogs say of a database by its name, a line each.
my %differs = map { ($_ => 1) } qw(oid datname datfrozenxid datminmxid datlastsysoid datcollversion datacl);

sub properties {
	my ($on, $name) = @_;
	my @columns = sort grep { !$differs{$_} } split / /, $on->query(q{SELECT string_agg(attname, ' ') FROM pg_attribute
		WHERE attrelid = 'pg_database'::regclass AND (attnum > 0) AND NOT attisdropped});
	my @lines = map { "$_ " . $on->query("SELECT $_ FROM pg_database WHERE datname = '$name'") } @columns;
	my %table = (
		pg_db_role_setting => q{setdatabase = d.oid}, pg_shdescription => q{objoid = d.oid AND classoid = 'pg_database'::regclass},
		pg_shseclabel => q{objoid = d.oid AND classoid = 'pg_database'::regclass},
	);
	for my $table (sort keys %table) {
		push @lines, "$table " . ($on->query(qq{SELECT string_agg((to_jsonb(x) - 'objoid' - 'setdatabase')::text, ' ' ORDER BY to_jsonb(x)::text)
			FROM $table x, pg_database d WHERE d.datname = '$name' AND $table{$table}} =~ s/\bobjoid =/x.objoid =/r) // '');
	}
	push @lines, "datacl " . $on->query(qq{SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM pg_database, aclexplode(datacl) a WHERE datname = '$name'});
	return @lines;
}

subtest 'what belongs to the database stays as it was' => sub {
	$pg->query(q{CREATE ROLE owner; CREATE ROLE reader; CREATE ROLE lender; CREATE ROLE borrower});
	my $space = $pg->socket_dir . '/space';
	mkdir $space;
	chown((stat $pg->data_dir)[ 4, 5 ], $space);
	$pg->query("CREATE TABLESPACE space LOCATION '$space'");
	my %like = (
		plain => q{TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' TABLESPACE space},
		icu   => q{TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'} . ($major >= 16 ? q{ ICU_RULES '&a < b'} : ''),
		latin => q{TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'},
		$major >= 17 ? (builtin => q{TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'}) : (),
	);
	for my $name (sort keys %like) {
		$pg->query("CREATE DATABASE $name $like{$name}");
		is(migrate($name, 'upgrade', 'head')->{status}, 0, $name);
		$pg->query(qq{ALTER DATABASE $name OWNER TO owner; REVOKE CREATE, TEMPORARY ON DATABASE $name FROM owner;
			REVOKE ALL ON DATABASE $name FROM PUBLIC; GRANT CONNECT ON DATABASE $name TO reader, lender WITH GRANT OPTION;
			SET ROLE lender; GRANT CONNECT ON DATABASE $name TO borrower; RESET ROLE;
			ALTER DATABASE $name SET work_mem = '9MB'; ALTER DATABASE $name SET search_path = 'Odd', "\$user", public;
			ALTER DATABASE $name SET app.name = 'it''s'; ALTER ROLE reader IN DATABASE $name SET statement_timeout = '7s';
			ALTER ROLE borrower IN DATABASE $name SET search_path = ''; COMMENT ON DATABASE $name IS 'it''s';
			ALTER DATABASE $name CONNECTION LIMIT 7; ALTER DATABASE $name IS_TEMPLATE true});
		my @before = properties($pg, $name);
		my $id     = backup($name);
		my $done   = migrate($name, 'restore', '--swap', $id);
		is($done->{status}, 0, "$name: exchanged") or diag $done->{err};
		is_deeply([ properties($pg, $name) ], \@before, 'and all that the catalogs say is what it was') or diag $done->{err};
		my ($old) = $done->{out} =~ /^the old one is (\w+)$/m;
		$pg->query("ALTER DATABASE $_ IS_TEMPLATE false") for $old, $name;
		$pg->query("DROP DATABASE $_")                    for $old, $name;
	}
};

# A database with a table t of one row, and its backup.
sub live {
	my ($name, $on) = @_;
	$on //= $pg;
	$on->create_database($name);
	is(migrate($name, 'upgrade', 'head', { on => $on })->{status}, 0, "$name is there");
	$on->query('INSERT INTO t VALUES (1)', $name);
	return backup($name, on => $on);
}

# A pg_restore that does this in between, once.
sub meanwhile {
	my ($command) = @_;
	my $real = Cluster::bin('pg_restore');
	my $path = write_file("$dir/meanwhile", "#!/bin/sh\ncase \"\$*\" in *--dbname*) $command ;; esac\nexec $real \"\$@\"\n");
	chmod 0755, $path;
	return $path;
}

subtest 'a prepared transaction' => sub {
	my $id     = live('prep');
	my $before = databases($pg);
	$pg->query(q{BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'it''s'}, 'prep');
	{
		my $done = migrate('prep', 'restore', '--swap', $id);
		is($done->{status}, 6, 'is refused');
		like($done->{err}, qr/database prep cannot be renamed.*prepared transaction 'it''s': End it there: COMMIT PREPARED 'it''s', or/s, 'with its name');
		unlike($done->{err}, qr/pg_restore/, 'before anything is restored');
	}
	is($pg->query('SELECT count(*) FROM pg_prepared_xacts'), '1', 'it is there still');
	is(databases($pg), $before, 'and nothing is left');
	$pg->query(q{ROLLBACK PREPARED 'it''s'}, 'prep');

	my $sql  = q{psql -Xqc "BEGIN; INSERT INTO t VALUES (3); PREPARE TRANSACTION 'late'" '} . $pg->url('prep') . q{'};
	my $done = migrate('prep', 'restore', '--swap', $id, { env => { MIGRATE_BACKUP_PG_RESTORE => meanwhile($sql) } });
	is($done->{status}, 6, 'one that comes meanwhile');
	like($done->{err}, qr/prepared transaction 'late'/, 'is named');
	my ($copy, $command) = $done->{err} =~ /hint: The restored database is complete, and is named (\w+)\..*then: migrate (restore .*)$/m;
	ok(defined $command, 'the copy is kept, and the hint has the command that finishes') or return diag $done->{err};
	is($pg->query('SELECT count(*) FROM t', $copy), '1', 'it is whole');
	$pg->query(q{ROLLBACK PREPARED 'late'}, 'prep');
	my $finished = migrate('prep', split ' ', $command);
	is($finished->{status}, 0, 'which does') or diag $finished->{err};
	is($pg->query('SELECT count(*) FROM t', 'prep'), '1', 'the database is the restored one');
	my ($old) = databases($pg) =~ /\b(prep_old_\w+)/;
	ok(defined $old, 'and the old one is kept');
	$pg->query("DROP DATABASE $_") for $old, 'prep';
};

subtest 'a replication slot' => sub {
	my $id = live('slotted');
	$pg->query(q{SELECT pg_create_logical_replication_slot('stays', 'pgoutput')}, 'slotted');
	$pg->query('CREATE PUBLICATION p FOR TABLE t', 'slotted');
	my $reader = Process->start([ Cluster::bin('pg_recvlogical'), '-d', $pg->url('slotted'), qw(--slot read --create-slot --start -P pgoutput
		-o proto_version=1 -o publication_names=p -f -) ]);
	$pg->wait_for(q{SELECT count(*) FROM pg_replication_slots WHERE active}, '1');
	my $before = databases($pg);
	my $done   = migrate('slotted', 'restore', '--swap', $id);
	is($done->{status}, 6, 'that is read is refused');
	like($done->{err}, qr/logical replication slot read, which is read: Stop who reads it/, 'by name') or diag $done->{err};
	unlike($done->{err}, qr/slot stays|pg_restore/, 'one that is not is no obstacle, and nothing was restored');
	is(databases($pg), $before, 'nothing is left');
	$reader->signal('INT');
	$reader->finish;
	$pg->wait_for(q{SELECT count(*) FROM pg_replication_slots WHERE active}, '0');
	$done = terminal_typing("slotted\n", 'slotted', 'restore', '--force', $id);
	is($done->{status}, 6, 'nor is a database with slots dropped');
	like($done->{out}, qr/slot\s+\w+:\s+It\s+would\s+be\s+dropped\s+with\s+the\s+database:\s+keep\s+that\s+with\s+--swap/, 'as the error says');
	$done = migrate('slotted', 'restore', '--swap', $id);
	is($done->{status}, 0, 'otherwise it goes') or diag $done->{err};
	my ($old) = $done->{out} =~ /^the old one is (\w+)$/m;
	like($done->{err}, qr/logical replication slot stays stays with database $old/, 'and the log says where the slot is');
	is($pg->query(q{SELECT database FROM pg_replication_slots WHERE slot_name = 'stays'}), $old, 'which is true');
	$pg->query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
	$pg->query("DROP DATABASE $_") for $old, 'slotted';
};

sub terminal_typing {
	my ($text, $name, @args) = @_;
	my $command = join ' ', map {"'$_'"} $ENV{MIGRATE}, @args;
	return Process->run([ 'script', '-qec', $command, '/dev/null' ], dir => $dir, stdin => $text,
		env => { %ENV, MIGRATE_URL => $pg->url($name), MIGRATE_WAIT_SOCKET_ONLY => 'on', PATH => Cluster::bindir() . ":$ENV{PATH}" });
}

subtest 'a subscription' => sub {
	my $far = Cluster->new(options => { wal_level => 'logical' });
	$far->start;
	$pg->create_database('source');
	$pg->query('CREATE TABLE t (i int); INSERT INTO t VALUES (7); CREATE PUBLICATION p FOR TABLE t', 'source');
	live('sink', $far);
	$far->query('CREATE SUBSCRIPTION "s b" CONNECTION \'host=' . $pg->socket_dir . ' port=' . $pg->port . ' dbname=source user=postgres\' PUBLICATION p WITH (slot_name = theirs)', 'sink');
	$far->wait_for('SELECT count(*) FROM t', '2', 30, 'sink');
	my $id     = backup('sink', on => $far);
	my $before = databases($far);
	my $done   = migrate('sink', 'restore', '--swap', $id, { on => $far });
	is($done->{status}, 6, 'that is enabled is refused');
	like($done->{err}, qr/subscription "s b": Stop it there: ALTER SUBSCRIPTION "s b" DISABLE;/, 'with what to do') or diag $done->{err};
	is(databases($far), $before, 'and nothing is left');
	$done = migrate('sink', 'restore', '--to', 'looked_at', $id, { on => $far });
	is($done->{status}, 0, 'beside it the backup is restored') or diag $done->{err};
	like($done->{err}, qr/subscription "s b" is disabled and has no slot; once nothing else uses the old slot: ALTER SUBSCRIPTION "s b" SET \(slot_name = "theirs"\); ALTER/,
		'with a subscription that has no slot');
	is($far->query(q{SELECT subenabled, subslotname FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid WHERE datname = 'looked_at'}), 'f|', 'which is true');
	$far->query('DROP SUBSCRIPTION "s b"', 'looked_at');
	$far->query('DROP DATABASE looked_at');
	is($pg->query('SELECT count(*) FROM pg_replication_slots'), '1', q{and the publisher's slot is there when it is dropped});
	$far->query('ALTER SUBSCRIPTION "s b" DISABLE', 'sink');
	$far->wait_for(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^logical replication (apply )?worker'}, '0');
	$done = migrate('sink', 'restore', '--swap', '--strict', $id, { on => $far });
	is($done->{status}, 0, 'once it is disabled it goes') or diag $done->{err};
	my ($old) = $done->{out} =~ /^the old one is (\w+)$/m;
	$far->query('ALTER SUBSCRIPTION "s b" SET (slot_name = NONE)', $old);
	$far->query('DROP SUBSCRIPTION "s b"', $_) for $old, 'sink';
	$far->query("DROP DATABASE $_") for $old, 'sink';
	$pg->query(q{SELECT pg_drop_replication_slot('theirs')});
	$pg->query('DROP DATABASE source');
};

subtest 'a role that may not rename it' => sub {
	my $id = live('theirs');
	$pg->query(q{CREATE ROLE plain LOGIN CREATEDB; GRANT pg_read_all_data TO plain});
	my $url = $pg->url('theirs') =~ s/user=postgres/user=plain/r;
	my $done = migrate('theirs', 'restore', '--swap', $id, { env => { MIGRATE_URL => $url } });
	is($done->{status}, 6, 'is told so before');
	like($done->{err}, qr/the role's rights: Let it rename databases: ALTER DATABASE theirs OWNER TO plain;/, 'with what would let it') or diag $done->{err};
	unlike($done->{err}, qr/pg_restore/, 'it restores');
	$pg->query('ALTER DATABASE theirs OWNER TO plain; ALTER DATABASE theirs CONNECTION LIMIT 0');
	$pg->query('ALTER DATABASE theirs CONNECTION LIMIT -1');
	$done = migrate('theirs', 'restore', '--swap', $id, { env => { MIGRATE_URL => $url } });
	is($done->{status}, 0, 'which is true') or diag $done->{err};
	my ($old) = $done->{out} =~ /^the old one is (\w+)$/m;
	$pg->query("DROP DATABASE $_") for $old, 'theirs';
};

subtest 'what is missing' => sub {
	$pg->create_database('lacking');
	is(migrate('lacking', 'upgrade', 'head')->{status}, 0, 'a database of a plain role');
	$pg->query(q{ALTER DATABASE lacking OWNER TO plain});
	$pg->query(q{CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION et()}, 'lacking');
	my $url  = $pg->url('lacking') =~ s/user=postgres/user=plain/r;
	my %env  = (env => { MIGRATE_URL => $url });
	my $id   = backup('lacking');
	my $done = migrate('lacking', 'restore', '--strict', '--to', 'strict', $id, \%env);
	is($done->{status}, 6, '--strict') or diag $done->{err};
	like($done->{err}, qr/1 object of \S+ cannot be restored.*EVENT TRIGGER et: permission denied.*hint: Restore as a superuser, or without --strict/s, 'says what');
	unlike(databases($pg), qr/strict|restoring/, 'and leaves nothing');
	$done = migrate('lacking', 'restore', '--swap', $id, \%env);
	is($done->{status}, 0, '--swap goes without an event trigger') or diag $done->{err};
	like($done->{err}, qr/not restored: EVENT TRIGGER et: .*to create what is missing, run this file as a superuser: (\S+\.missing\.sql)/s, 'and says so');
	my ($old) = $done->{out} =~ /^the old one is (\w+)$/m;
	$pg->query("DROP DATABASE $old");
	$pg->query(q{CREATE FUNCTION c_upper(text) RETURNS text LANGUAGE internal IMMUTABLE AS 'upper'; CREATE VIEW v AS SELECT c_upper('a')}, 'lacking');
	$id = backup('lacking');
	my $before = databases($pg);
	$done = migrate('lacking', 'restore', '--swap', $id, \%env);
	is($done->{status}, 6, 'but not without a view');
	like($done->{err}, qr/hint: Inspect it first: migrate restore --to DATABASE $id\. .*: migrate restore --swap --force $id$/m, 'unless told') or diag $done->{err};
	is(databases($pg), $before, 'nothing has changed');
	$done = migrate('lacking', 'restore', '--swap', '--force', $id, \%env);
	is($done->{status}, 0, 'which goes') or diag $done->{err};
	($old) = $done->{out} =~ /^the old one is (\w+)$/m;
	is($pg->query(q{SELECT count(*) FROM pg_views WHERE viewname = 'v'}, $_->[0]), $_->[1], "$_->[0]: $_->[1]") for [ $old, 1 ], [ 'lacking', 0 ];
};

done_testing;
