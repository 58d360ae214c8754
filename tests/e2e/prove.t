# prove: `backup verify --restore` and [backup] verify = restore; what is not what was backed up is found, and
# rows that are missing are never restored over.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(port => 1, options => { log_statement => 'ddl' });
$pg->start;
my $major = $pg->query('SHOW server_version') =~ s/\D.*//r;
my $dir   = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'aaaa', { up => 'CREATE TABLE t AS SELECT i, md5(i::text) AS x FROM generate_series(1, 100) i;', down => 'DROP TABLE t;' });

sub migrate {
	my ($name, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $dir, %more, env => { MIGRATE_URL => $pg->url($name), MIGRATE_WAIT_SOCKET_ONLY => 'on',
		MIGRATE_BACKUP_JOBS => 2, %{ $more{env} // {} } } });
}

sub backup {
	my ($name, @args) = @_;
	my $done = migrate($name, 'backup', @args);
	is($done->{status}, 0, 'backed up') or diag $done->{err};
	chomp $done->{out};
	return basename($done->{out}) =~ s/\.\w+$//r;
}

sub manifest { return JSON::PP::decode_json(slurp("$dir/backups/$_[0].dump.json")) }

# The manifest says something else, and is whole.
sub forge {
	my ($id, $change) = @_;
	local $_ = slurp("$dir/backups/$id.dump.json");
	$change->();
	my ($body) = /\A(.*),"manifest_sha256":"\w+"\}\n\z/s;
	write_file("$dir/body", $body);
	my ($seal) = Process->run([ 'sha256sum', "$dir/body" ])->{out} =~ /^(\w+)/;
	write_file("$dir/backups/$id.dump.json", qq($body,"manifest_sha256":"$seal"}\n));
	return;
}

sub databases { return $pg->query(q{SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate}) }
sub scratches { return scalar(() = $pg->log =~ /CREATE DATABASE migrate_scratch_/g) }

subtest 'where there is none' => sub {
	for my $place (qw(missing empty)) {
		mkdir "$dir/empty";
		my $done = migrate('postgres', 'backup', 'verify', '--backup-directory', "$dir/$place");
		is($done->{status}, 6, "a directory that is $place: 6");
		like($done->{err}, qr/no backup found in \S+$place.*hint: If it is a volume, check that it is mounted\./s, 'with a question');
	}
	$pg->create_database('bot');
	is(migrate('bot', 'upgrade', 'head')->{status}, 0, 'with a backup');
	my $id = backup('bot');
	rename "$dir/backups/$id.dump", "$dir/away";
	my $done = migrate('bot', 'backup', 'verify');
	is($done->{status}, 6, 'a manifest without its archive: 6');
	like($done->{err}, qr/\Q$id\E\.dump: the archive is missing.*1 of 1 backups/s, 'by name');
	is(migrate('bot', 'backup', 'verify', $id)->{status}, 6, 'when it is named, too');
	rename "$dir/away", "$dir/backups/$id.dump";
	is(migrate('bot', 'backup', 'verify')->{status}, 0, 'both: 0');
};

subtest 'what the manifest keeps' => sub {
	$pg->query(q{CREATE TABLE none (i int); CREATE TABLE "quo ""ted" (a text); INSERT INTO "quo ""ted" VALUES (E'\\\\.\nCOPY x FROM stdin;'), (NULL);
		ALTER DATABASE bot SET search_path = "Odd", public}, 'bot');
	my $is = manifest(backup('bot'));
	my %rows = map { reverse split / /, $_, 2 } @{ $is->{rows} };
	is($rows{'public.t'}, 100, 'the rows');
	is($rows{'public."quo ""ted"'}, 2, 'whatever is in them');
	ok(!exists $rows{'public.none'}, 'of those that have any');
	is($is->{search_path}, '"Odd", public', 'the search_path');
	like($is->{fingerprint}, qr/^\d+-[0-9a-f]{64}$/, 'the fingerprint');
	my $once = $is->{fingerprint};
	is(manifest(backup('bot'))->{fingerprint}, $once, 'which is the same for the same schema');
	my %change = (
		'CREATE INDEX fi ON t (i)' => 'DROP INDEX fi', 'ALTER TABLE t ADD z int' => 'ALTER TABLE t DROP z',
		'ALTER TABLE t ALTER i SET NOT NULL' => 'ALTER TABLE t ALTER i DROP NOT NULL',
		q{CREATE FUNCTION ff() RETURNS int LANGUAGE sql AS 'SELECT 1'} => 'DROP FUNCTION ff',
		'ALTER TABLE t ENABLE ROW LEVEL SECURITY' => 'ALTER TABLE t DISABLE ROW LEVEL SECURITY',
	);
	for my $sql (sort keys %change) {
		$pg->query($sql, 'bot');
		isnt(manifest(backup('bot'))->{fingerprint}, $once, $sql);
		$pg->query($change{$sql}, 'bot');
	}
	is(manifest(backup('bot'))->{fingerprint}, $once, 'and the same again');
	unlink glob "$dir/backups/*";
};

subtest 'backup verify --restore' => sub {
	my $before = databases();
	my ($old, $id) = map { backup('bot') } 1 .. 2;
	my $done = migrate('bot', 'backup', 'verify', '--restore');
	is($done->{status}, 0, 'works') or diag $done->{err};
	is($done->{out} =~ s/.*: //r =~ s/^[^,]*, //r, "restored\n", 'and says how far');
	is(manifest($id)->{verified},  'restored', 'in the manifest, too');
	is(manifest($old)->{verified}, 'read',     'of the newest alone');
	is(migrate('bot', 'backup', 'verify', '--restore', $old)->{status}, 0, 'or of the one that is named');
	is(manifest($old)->{verified}, 'restored', 'which says so');
	is(databases(), $before, 'nothing is left');

	my %wrong = (
		'too many rows' => [ sub {s/"100 public\.t"/"101 public.t"/},   qr/rows of 1 table cannot be restored.*public\.t has 100 of 101 rows/s ],
		'too few rows'  => [ sub {s/"100 public\.t"/"99 public.t"/},    qr/public\.t has 100 of 99 rows/ ],
		'another table' => [ sub {s/"100 public\.t"/"100 public.gone"/}, qr/public\.gone has 0 of 100 rows/ ],
		'fingerprint'   => [ sub {s/"(fingerprint":"\d+-)\w/"$1x/},      qr/the restored schema differs from the one that was backed up.*the manifest says/s ],
	);
	my $manifest = slurp("$dir/backups/$id.dump.json");
	for my $what (sort keys %wrong) {
		my ($change, $says) = @{ $wrong{$what} };
		forge($id, $change);
		my $failed = migrate('bot', 'backup', 'verify', '--restore', $id);
		is($failed->{status}, 6, "$what: 6");
		like($failed->{err}, $says, 'which says why');
		if ($what ne 'fingerprint') {
			for my $way ([qw(--to back)], ['--swap'], [qw(--swap --force)]) {
				is(migrate('bot', 'restore', @$way, $id)->{status}, 6, "nor is it restored by @$way");
			}
		}
		is(databases(), $before, 'nothing is left');
		write_file("$dir/backups/$id.dump.json", $manifest);
	}
	forge($id, sub {s/,"rows":\[[^]]*\]//; s/"fingerprint":"[^"]*"/"fingerprint":null/; s/"search_path":"(?:[^"\\]|\\.)*"/"search_path":null/});
	is(migrate('bot', 'backup', 'verify', '--restore', $id)->{status}, 0, 'one of an older version is restored as well');
	is(migrate('bot', 'restore', '--to', 'older', $id)->{status}, 0, 'and counted');
	$pg->query('DROP DATABASE older');
	unlink glob "$dir/backups/*";
};

subtest 'the archive and the connection' => sub {
	my $before  = databases();
	my $id      = backup('bot');
	my $archive = "$dir/backups/$id.dump";
	my ($bytes, $manifest) = (slurp($archive), slurp("$archive.json"));
	for my $cut (0.3, 0.7, 0.98) {
		my $part = substr $bytes, 0, int($cut * length $bytes);
		write_file($archive, $part);
		my ($hash) = Process->run([ 'sha256sum', $archive ])->{out} =~ /^(\w+)/;
		my $size = length $part;
		forge($id, sub {s/"sha256":"\w+"/"sha256":"$hash"/; s/"size":\d+/"size":$size/});
		is(migrate('bot', 'restore', '--to', 'back', $id)->{status}, 6, "cut at $cut, with a hash that fits: 6");
		is(databases(), $before, 'nothing is left');
		write_file("$archive.json", $manifest);
	}
	write_file($archive, $bytes);
	my $real = Cluster::bin('pg_restore');
	my $psql = Cluster::bin('psql') . q{ -XAtqc "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname ~ 'migrate_restoring'" '} . $pg->url . q{'};
	my $fake = write_file("$dir/fake", "#!/bin/sh\ncase \"\$*\" in *--dbname*) $psql;; esac\nexec $real \"\$@\"\n");
	chmod 0755, $fake;
	my $done = migrate('bot', 'restore', '--to', 'back', $id, { env => { MIGRATE_BACKUP_PG_RESTORE => $fake } });
	is($done->{status}, 6, 'a connection that is lost: 6');
	like($done->{err}, qr/restore failed: the connection was lost/, 'named') or diag $done->{err};
	is(databases(), $before, 'nothing is left');
	$fake = write_file("$dir/fake", "#!/bin/sh\ncase \"\$*\" in *--dbname*) kill -9 \$\$;; esac\nexec $real \"\$@\"\n");
	$done = migrate('bot', 'restore', '--to', 'back', $id, { env => { MIGRATE_BACKUP_PG_RESTORE => $fake } });
	is($done->{status}, 6, 'a pg_restore that is killed: 6');
	is(databases(), $before, 'nothing is left');
	$fake = write_file("$dir/fake", "#!/bin/sh\ncase \"\$*\" in *--list*) $real \"\$@\" && echo '9999; 1259 1 TABLE public lost x';; *) exec $real \"\$@\";; esac\n");
	$done = migrate('bot', 'restore', '--to', 'back', $id, { env => { MIGRATE_BACKUP_PG_RESTORE => $fake } });
	is($done->{status}, 6, 'an entry that is not accounted for: 6');
	like($done->{err}, qr/lists an entry but does not write it: 9999; 1259 1 TABLE public lost x/, 'named');
	is(databases(), $before, 'nothing is left');
	is(migrate('bot', 'restore', '--to', 'back', $id)->{status}, 0, 'otherwise it is there');
	$pg->query('DROP DATABASE back');
};

subtest '[backup] verify = restore' => sub {
	my %env  = (env => { MIGRATE_BACKUP_VERIFY => 'restore' });
	my $done = migrate('bot', 'backup', \%env);
	is($done->{status}, 0, 'backup') or diag $done->{err};
	is(manifest(basename($done->{out} =~ s/\n//r) =~ s/\.dump$//r)->{verified}, 'restored', 'is restored');
	migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => 'ALTER TABLE t ADD y int;', down => 'ALTER TABLE t DROP y;' });
	my $count = scratches();
	$done = migrate('bot', 'entrypoint', '--', 'echo', 'app', \%env);
	is($done->{status}, 0, 'a boot') or diag $done->{err};
	is(scratches() - $count, 1, 'restores it once');
	like($done->{err}, qr/was restored in .* and matches its manifest.*Running upgrade aaaa -> bbbb/s, 'before it applies anything');
	migration("$dir/migrations", 'cccc', { parents => 'bbbb', up => 'ALTER TABLE t ADD z int;', down => 'ALTER TABLE t DROP z;' });
	my %both = (env => { MIGRATE_BACKUP_VERIFY => 'restore', MIGRATE_BOOT_REHEARSE => 'data' });
	$done = migrate('bot', 'entrypoint', '--', 'echo', 'app', \%both);
	is($done->{status}, 0, 'a boot that rehearses with the data') or diag $done->{err};
	unlike($done->{err}, qr/and matches its manifest/, 'restores it for that alone');
	my ($newest) = grep { $_->{heads}[0] eq 'bbbb' } @{ JSON::PP::decode_json(migrate('bot', qw(backup list --json))->{out}) };
	is($newest->{verified}, 'restored', 'and notes it');
	migration("$dir/migrations", 'dddd', { parents => 'cccc', up => 'ALTER TABLE t ADD zz int;', down => 'ALTER TABLE t DROP zz;' });
	$done = migrate('bot', 'entrypoint', '--', 'echo', 'app', { env => { %{ $both{env} }, MIGRATE_REHEARSE_TIMEOUT => '1ms' } });
	is($done->{status}, 0, 'one whose rehearsal is skipped') or diag $done->{err};
	like($done->{err}, qr/no rehearsal: .*and matches its manifest/s, 'restores it all the same');

	$pg->query(q{CREATE ROLE plain LOGIN CREATEDB; GRANT pg_read_all_data TO plain; ALTER DATABASE bot OWNER TO plain});
	$pg->query(q{CREATE FUNCTION c_upper(text) RETURNS text LANGUAGE internal IMMUTABLE AS 'upper';
		GRANT ALL ON ALL TABLES IN SCHEMA public TO plain; ALTER TABLE t OWNER TO plain}, 'bot');
	my $url = $pg->url('bot') =~ s/user=postgres/user=plain/r;
	migration("$dir/migrations", 'eeee', { parents => 'dddd', up => 'ALTER TABLE t ADD e int;', down => 'ALTER TABLE t DROP e;' });
	$done = migrate('bot', 'entrypoint', '--', 'echo', 'app', { env => { MIGRATE_URL => $url, MIGRATE_BACKUP_VERIFY => 'restore' } });
	is($done->{status}, 6, 'where the role cannot restore a function: 6');
	like($done->{err}, qr/WARN .*restoring all of it needs a superuser: function c_upper\(text\), in internal$/m, 'which was said before');
	like($done->{err}, qr/1 object of \S+ cannot be restored by this role.*FUNCTION public\.c_upper\(text\): permission denied.*hint: Let a superuser try it on another server.*MIGRATE_REHEARSE_URL/s, 'with what can be done')
	    or diag $done->{err};
	my $other = Cluster->new;
	$other->start;
	$done = migrate('bot', 'entrypoint', '--', 'echo', 'app', { env => { MIGRATE_URL => $url, MIGRATE_BACKUP_VERIFY => 'restore', MIGRATE_REHEARSE_URL => $other->url } });
	is($done->{status}, 0, 'which works: on another server') or diag $done->{err};
	like(migrate('bot', 'doctor', { env => { MIGRATE_URL => $url } })->{out}, qr/^warning +restorable +this role cannot restore function c_upper\(text\), in internal$/m, 'doctor knows as well');
	like(migrate('bot', 'doctor')->{out}, qr/^ok +restorable +this role can restore everything/m, 'and that a superuser can');
};

subtest 'large objects of somebody else' => sub {
	$pg->query(q{SELECT lo_from_bytea(4711, 'x')}, 'bot');
	my $url  = $pg->url('bot') =~ s/user=postgres/user=plain/r;
	my %env  = (env => { MIGRATE_URL => $url });
	my $done = migrate('bot', 'backup', \%env);
	is($done->{status}, 6, 'no backup');
	my ($grant) = $done->{err} =~ /hint: .*Run as a superuser: (DO .*;)$/m;
	ok(defined $grant, 'the hint has a command') or return diag $done->{err};
	like(migrate('bot', 'doctor', \%env)->{out}, qr/^failure +privileges of pg_dump +may not read 1 of the large objects, as 4711\n.*\Q$grant\E/m, 'doctor too');
	$pg->query($grant, 'bot');
	is(migrate('bot', 'backup', \%env)->{status}, 0, 'which helps');
	like(migrate('bot', 'doctor', \%env)->{out}, qr/^ok +privileges of pg_dump/m, 'as doctor sees');
};

done_testing;
