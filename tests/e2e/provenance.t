# provenance: which backups are this database's, when one is reused, and when a way back is offered.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use JSON::PP ();
use Migrate;
use Test::More;

my $pg = Cluster->new(options => { wal_level => 'replica', max_wal_senders => 4 });
$pg->start;
my $number = 0;

# A directory with two migrations, and a database called shop that the first was applied to.
sub site {
	my ($server, %option) = @_;
	my $site = { dir => $option{dir} // tempdir(), server => $server, name => $option{name} // 'shop' . $number++ };
	mkdir "$site->{dir}/migrations";
	migration("$site->{dir}/migrations", 'aaaa', { up => "CREATE TABLE t (i int, note text);\nINSERT INTO t VALUES (1, 'one');",
		down => 'DROP TABLE t;' });
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'ALTER TABLE t DROP COLUMN note;',
		down => 'ALTER TABLE t ADD COLUMN note text;' });
	$server->create_database($site->{name});
	migrate($site, qw(upgrade aaaa));
	return $site;
}

sub migrate {
	my ($site, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $site->{dir}, %more, env => { MIGRATE_URL => $site->{server}->url($site->{name}),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/backups", %{ $more{env} // {} } } });
}

sub backup {
	my ($site, @args) = @_;
	my $done = migrate($site, 'backup', @args);
	is($done->{status}, 0, 'backed up') or diag $done->{err};
	return basename($done->{out} =~ s/\n//r) =~ s/\.dump$//r;
}

sub at { return $_[0]{server}->query('SELECT version_num FROM alembic_version', $_[0]{name}) }

sub archives { return sort map { basename($_, '.dump') } glob "$_[0]{dir}/backups/*.dump" }
sub rows     { return $_[0]{server}->query('SELECT count(*) FROM t', $_[1] // $_[0]{name}) }

# The newest backup that a restore takes by itself, and the rows in it; or what it says instead.
sub newest {
	my ($site) = @_;
	my $done = migrate($site, qw(restore --to looked_at));
	return $done->{err} if $done->{status};
	my $rows = rows($site, 'looked_at');
	$site->{server}->query('DROP DATABASE looked_at');
	return $rows;
}

subtest 'reused by the retry alone' => sub {
	my $site = site($pg);
	is(migrate($site, 'entrypoint')->{status}, 0, 'a boot that succeeds');
	is(migrate($site, qw(downgrade -1))->{status}, 0, 'is undone');
	$pg->query(q{INSERT INTO t SELECT g, 'precious' FROM generate_series(1, 1000) g}, $site->{name});
	my $again = migrate($site, 'entrypoint');
	is($again->{status}, 0, 'and done again');
	unlike($again->{err}, qr/reusing/, 'with a backup of its own');
	is(newest($site), '1001', 'that has what was written in between');
	for my $what (
		[ stamp      => sub { migrate($site, qw(stamp bbbb)); migrate($site, qw(stamp aaaa)) } ],
		[ repaired   => sub { migration("$site->{dir}/migrations", 'aaaa', { up => 'CREATE TABLE t (i int);', down => 'DROP TABLE t;' });
				migrate($site, qw(repair aaaa)) } ],
		[ 'the file' => sub { migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT nothing;', down => 'SELECT 1;' }) } ],
		[ 'the server' => sub { $pg->query('CREATE TABLE big AS SELECT repeat(md5(g::text), 20) FROM generate_series(1, 40000) g', 'postgres') } ]) {
		migrate($site, qw(downgrade aaaa));
		migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT nonsense;', down => 'SELECT 1;' });
		is(migrate($site, 'entrypoint')->{status}, 7, 'a boot fails');
		like(migrate($site, 'entrypoint')->{err}, qr/reusing \S+ of .*; at most [\d.]+ \w+ written since$/m, 'its retry reuses its backup');
		$what->[1]->();
		my $other = migrate($site, 'entrypoint');
		unlike($other->{err}, qr/reusing/, "not after $what->[0]") or diag $other->{err};
	}
	$pg->query('DROP TABLE big', 'postgres');
	my $limited = migrate($site, 'entrypoint', { env => { MIGRATE_BACKUP_REUSE_WAL => '0' } });
	unlike($limited->{err}, qr/reusing/, 'nor beyond [backup] reuse_wal');
};

subtest 'a crash loop on a busy server' => sub {
	my $site = site($pg);
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT nonsense;' });
	my %busy = (env => { MIGRATE_BACKUP_REUSE_WAL => '0', MIGRATE_BACKUP_KEEP_LAST => 3 });
	my $manual = backup($site);
	migrate($site, 'entrypoint', \%busy);
	my ($first) = grep { $_ ne $manual } archives($site);
	migrate($site, 'entrypoint', {%busy}) for 1 .. 4;
	my @left = archives($site);
	is(scalar @left, 3, 'of five tries two are kept, and what was there before') or diag "@left";
	is_deeply([ grep { $_ eq $first || $_ eq $manual } @left ], [ sort $first, $manual ], 'the first one is');
};

subtest 'the way back' => sub {
	my $site = site($pg);
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT nonsense;' });
	my $rolled = migrate($site, 'entrypoint');
	is($rolled->{status}, 7, 'a migration that is rolled back');
	unlike($rolled->{err}, qr/restore/, 'leaves nothing to go back from');
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'INSERT INTO t VALUES (2);' });
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT nonsense;' });
	$pg->query(q{INSERT INTO t VALUES (3, 'written between')}, $site->{name});
	my $second = migrate($site, 'entrypoint');
	is($second->{status}, 7, 'one behind another that stays');
	like($second->{err}, qr/^  hint: It was rolled back\. .*migrate upgrade \w+\n  Instead, you can return .* Data written since then, at most [\d.]+ k?B on the whole server, will not be in it.*: migrate restore --swap (\S+)$/m,
		'has one, on a line of its own');
	my $third = migrate($site, 'entrypoint');
	unlike($third->{err}, qr/restore/, 'its retry, which leaves all as it was, has none');

	unlink glob "$site->{dir}/migrations/cccc*";
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up_options => 'transaction:false',
		up => "DELETE FROM t;\nSELECT nonsense;" });
	my $half = migrate($site, 'entrypoint');
	is($half->{status}, 8, 'half-way');
	my ($whole) = $half->{err} =~ /: migrate restore --swap (\S+)$/m;
	my $later = migrate($site, 'entrypoint', { env => { MIGRATE_BACKUP_KEEP_LAST => 1 } });
	is($later->{status}, 8, 'and again');
	my ($named) = $later->{err} =~ /: migrate restore --swap (\S+)$/m;
	is($named, $whole, 'names the backup from before the first statement, not its own of the half-done state');
	ok((grep { $_ eq $whole } archives($site)), 'which no retention removes') or diag join ' ', archives($site);
	is(migrate($site, qw(restore --swap), $named)->{status}, 0, 'followed');
	is(rows($site), '3', 'all is there');
};

subtest 'two servers, one directory' => sub {
	my $production = site($pg, name => 'shop');
	my $other = Cluster->new(identity => 1);
	$other->start;
	my $staging = site($other, name => 'shop', dir => $production->{dir});
	$other->query('DELETE FROM t', 'shop');
	my $ours = backup($production);
	my $theirs = backup($staging);
	is(newest($production), '1', 'each has its own newest');
	is(newest($staging),    '0', 'whoever came last');
	my $status = migrate($production, 'status');
	like($status->{out}, qr/^Backup: +\Q$ours\E/m, 'status names its own');
	like($status->{out}, qr/1 backup with this database's name not counted and never pruned; the newest is of another server/, 'and counts the other');
	is(JSON::PP::decode_json(migrate($production, qw(status --json))->{out})->{other_backups}, 1, 'in JSON, too');
	migrate($staging, qw(backup prune --backup-keep-last 1));
	backup($staging, qw(--backup-keep-last 1));
	ok((grep { $_ eq $ours } archives($production)), 'neither prunes the other\'s');
	ok(!(grep { $_ eq $theirs } archives($production)), 'but its own');
	unlink glob "$production->{dir}/backups/$ours*";
	like(newest($production), qr/no backup is known to be of this database, only of others named shop\n.*of another server, \S+ \(identifier \d+\), not \S+ \(identifier \d+\)\n  hint: .*migrate restore --to looked_at shop-/s,
		'without one of its own a restore names what there is, and the command');
	$pg->query('DROP DATABASE shop');
	$pg->create_database('shop');
	like(newest($production), qr/database shop is empty, so migrate cannot tell which backups belong to it/, 'a new volume');
	$pg->query('DROP DATABASE shop');
	like(newest($production), qr/database shop does not exist, so migrate cannot tell/, 'or none');
	my ($id) = grep {/^shop-/} archives($staging);
	is(migrate($production, qw(restore --to shop), $id)->{status}, 0, 'needs the id, and no more');
	is(rows($production), '0', 'and has its rows');
	backup($production);
	my $swap = migrate($production, qw(restore --swap), $id);
	is($swap->{status}, 6, 'in the place of one that has something in it it is not put unasked');
	like($swap->{err}, qr/\Q$id\E is not known to be a backup of this database: it is of another server, .*hint: Look at it first: migrate restore --to looked_at \Q$id\E\n +If it is the right one, .*: migrate restore --swap --force \Q$id\E$/ms,
		'but with --force');
	is(migrate($production, qw(restore --swap --force), $id)->{status}, 0, 'which does it');
	$other->stop;
};

subtest 'who is at a terminal is asked' => sub {
	my $site = site($pg);
	my $id   = backup($site);
	migrate($site, qw(upgrade head));
	my %child = (dir => $site->{dir}, env => { MIGRATE_URL => $pg->url($site->{name}), MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/backups" });
	my $asked = terminal(200, qw(restore --swap), { %child, stdin => "no\n" });
	like($asked->{out}, qr/The live database is at bbbb, the backup at aaaa\.\nAt most [\d.]+ k?B have been written, on the whole server, since this backup\.\n.*kept under another name.*Type its name, \Q$site->{name}\E, to continue:/s, 'what would be missing is said');
	is($asked->{status}, 2, 'another answer is a no');
	is(at($site), 'bbbb', 'and changes nothing');
	my $done = terminal(200, qw(restore --swap), { %child, stdin => "$site->{name}\n" });
	is($done->{status}, 0, 'the name is a yes') or diag $done->{out};
	is(at($site), 'aaaa', 'the backup is there');
	my ($back) = $done->{out} =~ /^to go back to it: migrate (restore --back \S+)$/m;
	is(migrate($site, split ' ', $back)->{status}, 0, 'the command that was printed');
	is(at($site), 'bbbb', 'brings the other back');
	is(migrate($site, qw(restore --back nobody))->{status}, 6, 'what is not there cannot be brought back');
};

subtest 'swapped twice' => sub {
	my $site = site($pg);
	my $first = backup($site);
	$pg->query('INSERT INTO t VALUES (2)', $site->{name});
	is(migrate($site, qw(restore --swap))->{status}, 0, 'its newest');
	is(rows($site), '1', 'in its place');
	$pg->query('INSERT INTO t VALUES (3), (4)', $site->{name});
	my $second = backup($site);
	is(migrate($site, qw(restore --swap))->{status}, 0, 'and again, under another oid');
	is(rows($site), '3', 'the newest of both');
};

subtest 'pg_upgrade' => sub {
	my $old = Cluster->new(identity => 1);
	$old->start;
	my $site = site($old);
	is(migrate($site, 'entrypoint')->{status}, 0, 'a boot');
	my @boot   = archives($site);
	my $manual = backup($site);
	my $new    = Cluster->upgraded($old);
	$new->start;
	$site->{server} = $new;
	like(migrate($site, 'status')->{out}, qr/^Backup: +\Q$boot[0]\E.*\n.*1 backup with this database's name not counted/m,
		'what the journal names is its own, the rest is counted apart');
	backup($site, qw(--backup-keep-last 1)) for 1, 2;
	my @left = archives($site);
	ok(!(grep { $_ eq $boot[0] } @left), 'the one is pruned in its turn') or diag "@left";
	ok((grep { $_ eq $manual } @left),   'the other is kept');
	$new->stop;
};

subtest 'copies of the server' => sub {
	my $primary = Cluster->new(options => { wal_level => 'replica', max_wal_senders => 4 });
	$primary->start;
	my $site   = site($primary, name => 'shop');
	my $shared = backup($site);
	my $clone = Cluster->clone_of($primary);
	my $standby = Cluster->standby_of($primary);
	$_->start for $clone, $standby;

	$primary->query('INSERT INTO t SELECT 2 FROM generate_series(1, 10000)', 'shop');
	my $ahead = backup($site);
	my %copy = (%$site, server => $clone);
	like(migrate(\%copy, 'status')->{out}, qr/^Backup: +\Q$shared\E.*\n.*of a copy of this server: taken at/m,
		'a copy does not take what its original took later');
	is(newest(\%copy), '1', 'nor restore it');
	is(newest($site), '10001', 'the original does');

	my $replayed = $primary->query('SELECT pg_current_wal_lsn()');
	$standby->wait_for("SELECT pg_last_wal_replay_lsn() >= '$replayed'", 't');
	$standby->promote;
	$standby->wait_for('SELECT NOT pg_is_in_recovery()', 't');
	my %promoted = (%$site, server => $standby);
	is(newest(\%promoted), '10001', 'a standby that is promoted has all up to then');
	$primary->query('INSERT INTO t SELECT 3 FROM generate_series(1, 20000)', 'shop');
	my $lost = backup($site);
	is(newest(\%promoted), '10001', 'not what the old primary went on to write');
	$standby->query('INSERT INTO t SELECT 4 FROM generate_series(1, 5)', 'shop');
	my $after = backup(\%promoted);
	is(newest(\%promoted), '10006', 'its own is the newest');
	is(newest($site), '30001', 'and not the old primary\'s');
	my $plain = $standby->query(q{CREATE ROLE plain LOGIN CREATEDB; GRANT pg_read_all_data TO plain; GRANT CREATE ON SCHEMA public TO plain});
	$standby->query('GRANT SELECT ON ALL TABLES IN SCHEMA public TO plain', 'shop');
	my $told = migrate(\%promoted, 'status', { env => { MIGRATE_URL => $standby->url('shop') =~ s/user=postgres/user=plain/r } });
	like($told->{out}, qr/^Backup: +\Q$after\E/m, 'a role that may not read the history knows its own timeline\'s')
	    or diag $told->{out} . $told->{err};
	$_->stop for $clone, $standby, $primary;
};

subtest 'what no position bounds' => sub {
	my %site;
	$site{$_} = site($pg) for 'a transaction', 'a prepared transaction', 'an unlogged table';
	for my $what (sort keys %site) {
		my $site = $site{$what};
		$pg->query('CREATE UNLOGGED TABLE cache AS SELECT 1 AS x', $site->{name}) if $what =~ /unlogged/;
		migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT nonsense;' });
		my $open = Process->start([ Cluster::bin('psql'), '-XqAt', $pg->url($site->{name}) ], timeout => 100,
			stdin => "BEGIN; INSERT INTO t SELECT g, 'precious' FROM generate_series(1, 1000) g; SELECT pg_advisory_lock(9); "
			. "DO \$\$ BEGIN FOR i IN 1 .. 6000 LOOP EXIT WHEN to_regclass('go') IS NOT NULL; PERFORM pg_sleep(0.01); END LOOP; END \$\$; COMMIT;") if $what eq 'a transaction';
		$pg->wait_for("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 9 AND granted", '1', 30) if $open;
		is(migrate($site, 'entrypoint')->{status}, 7, "$what, a boot that fails");
		if ($open) { $pg->query('CREATE TABLE go ()', $site->{name}); $open->finish }
		my $again = migrate($site, 'entrypoint');
		if ($what =~ /prepared/) { like($again->{err}, qr/reusing /, 'without one it is reused') }
		else                     { unlike($again->{err}, qr/reusing /, 'is not reused') }
		next if !$open;
		my ($newest) = (archives($site))[-1];
		my $dump = Process->run([ Cluster::bin('pg_restore'), qw(-f - --data-only -t t), "$site->{dir}/backups/$newest.dump" ]);
		is(scalar(() = $dump->{out} =~ /precious/g), 1000, 'what it had written is in a backup');
	}
};

subtest 'a step that did nothing' => sub {
	my $site = site($pg);
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up_options => 'transaction:false', up => "SELECT 1 / 0;\nSELECT 1;" });
	my $boot = migrate($site, 'entrypoint');
	is($boot->{status}, 8, 'ends with 8');
	unlike($boot->{err}, qr/restore/, 'and there is nothing to go back from');
};

subtest 'whose place it is' => sub {
	my $site = site($pg);
	my $id = backup($site);
	$pg->create_database('billing');
	$pg->query('CREATE TABLE invoices (i int)', 'billing');
	for my $args ([qw(restore --swap --to billing)], [ qw(restore --swap --to billing), $id ], [qw(restore --back billing)], [ 'restore', '--back', $site->{name} ]) {
		my $done = migrate($site, @$args);
		is($done->{status}, 6, "@$args is refused") or diag $done->{out};
		is($pg->query(q{SELECT count(*) FROM pg_class WHERE relname = 'invoices'}, 'billing'), '1', 'and nothing is changed');
	}
	like(migrate($site, qw(restore --swap --to billing), $id)->{err}, qr/migrate restore --swap --force --to billing \Q$id\E$/m, 'the hint keeps the target');
	like(migrate($site, qw(restore --force --to billing), $id)->{err}, qr/migrate restore --swap --to billing \Q$id\E$/m, 'this one, too');
};

subtest 'a newest one that is damaged' => sub {
	for my $how (qw(cut gone)) {
		my $site = site($pg);
		my $older = backup($site);
		$pg->query('INSERT INTO t VALUES (2)', $site->{name});
		my $newer = backup($site);
		my $path  = "$site->{dir}/backups/$newer.dump";
		if ($how eq 'cut') { truncate $path, 100 }
		else               { unlink $path }
		my $done = migrate($site, qw(restore --swap));
		is($done->{status}, 6, "$how: no older one is taken unasked");
		like($done->{err}, qr/backup \Q$newer\E, which is newer than \Q$older\E, is damaged or gone\n.*migrate restore \Q$older\E$/s, 'both are named');
		is(migrate($site, qw(restore --swap), $older)->{status}, 0, 'but by its id');
	}
};

subtest 'a name for a shell' => sub {
	my $site = site($pg, name => q{A B;c'd});
	my $id   = backup($site);
	my $done = migrate($site, qw(restore --swap), $id);
	my ($back) = $done->{out} =~ /^to go back to it: (migrate restore --back .*)$/m;
	my $words = Process->run([ 'sh', '-c', "printf '%s\\n' $back" ])->{out};
	like($words, qr/^migrate\nrestore\n--back\nA B;c'd_old_\d{8}_\d{6}\n\z/, 'is one word') or diag $done->{out};
};

done_testing;
