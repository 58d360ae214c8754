# backup: `migrate backup` takes, lists, verifies and prunes; what a boot takes again, and what it leaves
# behind when it is killed or the disk is full.
use strict;
use warnings;

use Cluster;
use File::Copy qw(copy);
use JSON::PP   ();
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;
my $count = 0;

sub site {
	my (%env) = @_;
	my $name = 'site' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => 'CREATE TABLE t AS SELECT i, md5(i::text) AS x
		FROM generate_series(1, 1000) i; CREATE TABLE audit AS SELECT * FROM t;' });
	migration("$dir/migrations", 'bbbb', { parents => 'aaaa', up => 'ALTER TABLE t ADD y text;' });
	$pg->create_database($name);
	my $site = { name => $name, dir => $dir,
		env => { MIGRATE_URL => $pg->url($name), MIGRATE_WAIT_SOCKET_ONLY => 'on', %env } };
	my $up = migrate($site, 'upgrade', 'aaaa');
	die $up->{err} if $up->{status};
	return $site;
}

sub migrate {
	my ($site, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $site->{dir}, %more, env => { %{ $site->{env} }, %{ $more{env} // {} } } });
}

# An archive that was just taken.
sub taken {
	my ($site, @args) = @_;
	my $done = migrate($site, 'backup', @args);
	is($done->{status}, 0, 'a backup is taken') or diag $done->{err};
	return "$site->{dir}/" . $done->{out} =~ s/\n//r;
}

sub manifest { return JSON::PP::decode_json(slurp("$_[0].json")) }

sub files { my ($site) = @_; return map { s{.*/}{}r } glob "$site->{dir}/backups/{*,.[!.]*}" }

# Rewrites a manifest as if it had been taken at another time; its hash is made anew.
sub redate {
	my ($archive, $created) = @_;
	my $text = slurp("$archive.json") =~ s/"created":"[^"]*"/"created":"$created"/r;
	my ($body) = $text =~ /\A(.*),"manifest_sha256":"\w+"\}\n\z/s;
	my $hash = qx(printf %s '$body' | sha256sum) =~ s/ .*//sr;
	return write_file("$archive.json", qq($body,"manifest_sha256":"$hash"}\n));
}

subtest 'one file' => sub {
	my $site    = site();
	my $archive = taken($site);
	like($archive, qr{/backups/$site->{name}-\d{8}T\d{6}Z-aaaa\.dump$}, 'its name says of what and when');
	my $is = manifest($archive);
	is($is->{sha256}, qx(sha256sum $archive) =~ s/ .*//sr, 'the manifest has its hash');
	is($is->{size}, -s $archive, 'and size');
	is($is->{database_size}, $pg->query('SELECT pg_database_size(current_database())', $site->{name}),
		'and the database\'s');
	is_deeply([ @$is{qw(format heads pending files verified encoding)} ],
		[ 'custom', ['aaaa'], [], [], 'read', 'UTF8' ], 'what it is of, and how far it is verified');
	like($is->{$_}, qr/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/, $_) for qw(created verified_at);
	like($is->{$_}, qr{^[0-9A-F]+/[0-9A-F]+$}, $_) for qw(wal_before wal_after);
	is($is->{server_version}, $pg->query('SHOW server_version') =~ s/ .*//r, 'server');
	like($is->{tool_version}, qr/^\d+\.\d+$/, 'pg_dump');
	is($is->{migrate_version}, run('--version')->{out} =~ s/^migrate (\S+).*/$1/sr, 'migrate');
	like($is->{duration_ms}, qr/^\d+$/, 'duration');
	is((stat $archive)[2] & 07777, 0600, 'nobody else may read it');

	my $list = migrate($site, 'backup', 'list');
	like($list->{out}, qr/\A\S+-aaaa  [-\d]+ [:\d]+ +\d[\d.]* kB  aaaa  read [-\d]+ [:\d]+  here\n\z/, 'list shows it');
	is_deeply(JSON::PP::decode_json(migrate($site, 'backup', 'list', '--json')->{out}), [$is], 'or as JSON');
	is(run('backup', 'list', { dir => $site->{dir} })->{out}, $list->{out}, 'and asks no database');
};

subtest 'a directory, by several jobs' => sub {
	my $site    = site(MIGRATE_BACKUP_FORMAT => 'directory', MIGRATE_BACKUP_JOBS => 2);
	my $archive = taken($site);
	like($archive, qr/\.dir$/, 'has a name of its own');
	my $is = manifest($archive);
	is($is->{format}, 'directory', 'and its format in the manifest');
	my @there = sort map { s{.*/}{}r } glob "$archive/*";
	is_deeply([ map { (split ' ')[2] } @{ $is->{files} } ], \@there, 'with its files');
	is($is->{sha256}, qx(printf '%s\\n' @{[ map {"'$_'"} @{ $is->{files} } ]} | sha256sum) =~ s/ .*//sr,
		'hashed as a whole');
	is(migrate($site, 'backup', 'verify')->{status}, 0, 'it verifies');
	rename "$archive/$there[0]", "$archive/other" or die $!;
	is(migrate($site, 'backup', 'verify')->{status}, 6, 'not when a file has another name');
	rename "$archive/other", "$archive/$there[0]" or die $!;
	write_file("$archive/more", '');
	is(migrate($site, 'backup', 'verify')->{status}, 6, 'or there is one more');
};

subtest 'what is in it' => sub {
	my $site = site(MIGRATE_BACKUP_OPTIONS => '--exclude-table-data=audit --no-comments', MIGRATE_BACKUP_COMPRESS => '0');
	my $archive = taken($site);
	my $sql = $pg->program('pg_restore', [ '-f', '-', $archive ])->{out};
	like($sql, qr/CREATE TABLE public\.audit/, 'the table');
	unlike($sql, qr/COPY public\.audit/, 'but not its data');
	is(manifest($archive)->{options}, $site->{env}{MIGRATE_BACKUP_OPTIONS}, 'as the manifest says');
	is((-s $archive) > 30_000, 1, 'without compression');
	my $wrong = migrate($site, 'backup', { env => { MIGRATE_BACKUP_OPTIONS => '--file=x' } });
	is($wrong->{status}, 6, 'an option that does anything else is refused');
	like($wrong->{err}, qr/'--file=x' does not include or exclude.*hint: /s, 'and named');
	my ($major) = manifest($archive)->{tool_version} =~ /^(\d+)/;
	$wrong = migrate($site, 'backup', { env => { MIGRATE_BACKUP_COMPRESS => $major < 16 ? 'zstd' : 'zip' } });
	is($wrong->{status}, 6, 'so is a compression that this pg_dump does not have');
	like($wrong->{err}, qr/\[backup\] compress is .*hint: /s, 'with what to do');
	is(scalar(files($site)), 2, 'nothing is left of these');
};

subtest 'verify' => sub {
	my $site = site();
	my ($good, $bad) = map { taken($site) } 1 .. 2;
	my $before = manifest($good);
	redate($good, '2020-01-01 00:00:00+00:00');
	my $done = migrate($site, 'backup', 'verify');
	is($done->{status}, 0, 'both are what they say') or diag $done->{err};
	is(scalar(() = $done->{out} =~ /^backups\S+: [\d.]+ kB, read$/mg), 2, 'and named');
	ok(manifest($good)->{verified_at} ge $before->{verified_at}, 'the manifest says when');
	my $bytes = slurp($bad);
	substr($bytes, 5000, 1) = chr(1 ^ ord substr $bytes, 5000, 1);
	write_file($bad, $bytes);
	$done = migrate($site, 'backup', 'verify');
	is($done->{status}, 6, 'a flipped bit: 6');
	my $id = $bad =~ s{.*/|\.dump$}{}gr;
	like($done->{err}, qr/\Q$id.dump\E: it was changed.*1 of 2 backups cannot be trusted.*hint:/s, 'named');
	is(migrate($site, 'backup', 'verify', $good =~ s{.*/|\.dump$}{}gr)->{status}, 0, 'one by its id');
	unlink "$bad.json";
	like(migrate($site, 'backup', 'verify')->{err}, qr/\Q$id.dump\E: no manifest/, 'nor is one without manifest');
	unlink $bad;
	copy($good, $bad) or die $!;
	copy("$good.json", "$bad.json") or die $!;
	like(migrate($site, 'backup', 'verify')->{err}, qr/the manifest is that of \S+\.dump/, 'nor one with another\'s');
	like(migrate($site, 'backup', 'verify', 'nothing')->{err}, qr/backup nothing not found in backups\n.*hint:/, 'a wrong id');
};

subtest 'prune' => sub {
	my $site  = site(MIGRATE_BACKUP_KEEP_LAST => 0);
	my $other = { %{ site() }, dir => $site->{dir} };
	my $days  = sub { return join ' ', sort map { manifest($_)->{created} =~ /^2020-01-0(\d)/ }
		glob "$site->{dir}/backups/$site->{name}-*.dump" };
	redate(taken($other), '2001-01-01 00:00:00+00:00');
	redate(taken($site), "2020-01-0$_ 10:00:00+00:00") for 1 .. 5;
	is(migrate($site, 'backup', 'prune')->{status}, 0, 'with no limit');
	is($days->(), '1 2 3 4 5', 'keeps all');
	migrate($site, 'backup', 'prune', '--backup-keep-last', 1, '--backup-keep-daily', 3);
	is($days->(), '3 4 5', 'keep_daily');
	is(scalar(grep {/^\Q$other->{name}\E-/} files($site)), 2, 'another database\'s stay');
	taken($site, '--backup-keep-last', 2);
	is($days->(), '5', 'a new one prunes, too');
	is(scalar(grep {/^\Q$site->{name}\E-/} files($site)), 4, 'with their manifests');
	my $failed = migrate($site, 'backup', '--backup-keep-last', 1, { env => { MIGRATE_BACKUP_PG_DUMP => '/bin/false' } });
	is($failed->{status}, 6, 'one that fails');
	is($days->(), '5', 'prunes nothing');
};

subtest 'a boot that fails and starts again' => sub {
	my $site = site();
	my $file = migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT nonsense;' });
	unlink glob "$site->{dir}/migrations/bbbb*";
	migration("$site->{dir}/migrations", 'cccc', { parents => 'aaaa', up => 'SELECT nonsense;' });
	is(migrate($site, 'entrypoint')->{status}, 7, 'a migration fails');
	my @first = files($site);
	is(scalar @first, 2, 'after a backup');
	my $again = migrate($site, 'entrypoint');
	is($again->{status}, 7, 'again');
	like($again->{err}, qr/reusing \S+ of .*; at most [\d.]+ k?B written since$/m, 'the backup is used again');
	is_deeply([ files($site) ], \@first, 'and nothing more is on the volume');
	my ($archive) = map {"$site->{dir}/backups/$_"} grep {/\.dump$/} @first;
	is($pg->query('SELECT count(DISTINCT backup) FROM migrate_journal', $site->{name}), '1', 'the journal names it each time');
	migrate($site, 'entrypoint', { env => { MIGRATE_BACKUP_REUSE => 0 } });
	is(scalar(files($site)), 4, 'unless told not to');
	unlink map {"$site->{dir}/backups/$_"} grep { !/^\Q$first[0]\E/ } files($site);
	redate($archive, '2020-01-01 00:00:00+00:00');
	migrate($site, 'entrypoint');
	is(scalar(files($site)), 4, 'or it is too old');
	my ($newer) = grep { $_ ne $archive } glob "$site->{dir}/backups/*.dump";
	write_file($newer, 'x' x -s $newer);
	like(migrate($site, 'entrypoint')->{err}, qr/cannot be reused: it was changed/, 'or no longer what it was');
	migration("$site->{dir}/migrations", 'dddd', { parents => 'cccc', up => 'SELECT 1;' });
	my $before = files($site);
	migrate($site, 'entrypoint');
	is(scalar(files($site)), $before + 2, 'or something else is pending');
};

subtest 'what a killed run leaves' => sub {
	for my $format (qw(custom directory)) {
		my $site   = site(MIGRATE_BACKUP_FORMAT => $format);
		my $locker = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ],
			stdin => 'BEGIN; LOCK TABLE t; SELECT pg_sleep(60);');
		$pg->wait_for("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
			AND relation = 't'::regclass", '1', 10, $site->{name});
		my $killed = start('backup', { dir => $site->{dir}, env => $site->{env} });
		ok($killed->wait_for_line(qr/backup: pg_dump/, 20), "$format: it is being written");
		$killed->signal('KILL');
		$killed->finish;
		like(join(' ', files($site)), qr/^\.partial-\S+$/, 'a partial archive is left');
		$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'pg_sleep'
			AND pid <> pg_backend_pid()");
		$locker->finish;
		my $next = migrate($site, 'backup');
		is($next->{status}, 0, 'the next one');
		like($next->{err}, qr/removed \S+\.partial-\S+, left by a run that was killed/, 'says what it removes');
		is(scalar(files($site)), 2, 'and leaves its own files alone');
	}
};

subtest 'a disk that fills up' => sub {
	my $site = site();
	my $disk = "$site->{dir}/backups";
	mkdir $disk;
	if (system("mount -t tmpfs -o size=1m none $disk 2>/dev/null") != 0) {
		print "# SKIP no mount\n";
		return ok(1);
	}
	$pg->query(q{CREATE TABLE big AS SELECT sha512(i::text::bytea) FROM generate_series(1, 40000) i}, $site->{name});
	my $boot = migrate($site, 'entrypoint', '--', 'echo', 'up');
	is($boot->{status}, 6, 'status 6');
	like($boot->{err}, qr/has 1\.0 MB free, the database has/, 'which was to be expected');
	like($boot->{err}, qr/No space left on device.*hint: Make room/s, 'why, and what to do');
	is_deeply([ files($site) ], [], 'no partial file is left');
	is($pg->query('SELECT version_num FROM alembic_version', $site->{name}), 'aaaa', 'nothing was applied');
	is($boot->{out}, '', 'the application does not start');
	$pg->query('DROP TABLE big', $site->{name});
	$pg->query(q{CREATE TABLE big AS SELECT sha512(i::text::bytea) FROM generate_series(1, 8000) i}, $site->{name});
	taken($site);
	$boot = migrate($site, 'backup');
	is($boot->{status}, 6, 'after one that took most of it');
	like($boot->{err}, qr/has [\d.]+ kB free, and the backup will take about [\d.]+ kB\n.*hint: Make room/s, 'it is known before');
	is(scalar(files($site)), 2, 'which one stays');
	system 'umount', $disk;
};

subtest 'words' => sub {
	my $site = site();
	like(migrate($site, 'backup', 'lst')->{err}, qr/nothing called 'lst'.*hint: Try: migrate backup list/s, 'a near one is named');
	is(migrate($site, 'backup', 'prune', 'x')->{status}, 2, 'too many: 2');
	is(migrate($site, 'backup', 'create', '--json')->{status}, 0, 'create');
};

done_testing;
