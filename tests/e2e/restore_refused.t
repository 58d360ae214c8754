# restore_refused: nothing worse than what is live takes its place because of a tired hand: a part of the database, a
# backup whose manifest is gone, a database that no swap has set aside; and nothing is called sound, or unsound, that
# was not looked at.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;
my $count = 0;

# A database at aaaa in a directory of its own; its backups are a second apart, so that their names are.
sub site {
	my ($name) = (@_, 'site' . ++$count);
	my $dir = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { up => "CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i; CREATE TABLE pay AS SELECT 1 AS x;" });
	$pg->create_database($name);
	my $site = { name => $name, dir => $dir, env => {} };
	is(migrate($site, qw(upgrade head))->{status}, 0, "$name is at aaaa");
	return $site;
}

sub migrate {
	my ($site, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $site->{dir}, %more, env => { MIGRATE_URL => $pg->url($site->{name}),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', %{ $site->{env} }, %{ $more{env} // {} } } });
}

sub backup {
	my ($site, @args) = @_;
	my $done = migrate($site, 'backup', @args);
	is($done->{status}, 0, 'a backup') or diag $done->{err};
	return basename($done->{out} =~ s/\n//r, '.dump');
}

sub rows { return $pg->query('SELECT count(*) FROM t', $_[0]{name}) }

subtest 'a part of the database' => sub {
	my $site  = site();
	my $whole = backup($site);
	my $part  = backup($site, '--backup-options=--table=t');
	like(migrate($site, qw(backup list))->{out}, qr/^\Q$part\E .*  a part: --table=t$/m, 'is marked in the list');
	like(migrate($site, 'status')->{out}, qr/^Backup: +\Q$part\E, .*only a part of the database/m, 'and by status');
	my $done = migrate($site, qw(restore --swap));
	is($done->{status}, 6, 'takes no place by itself');
	like($done->{err}, qr/\Q$part\E is only a part of the database, taken with --table=t: .*would be missing\n(?:.*\n)*?\s+hint: For a whole one: migrate backup list\n.*: migrate restore --to looked_at \Q$part\E$/m,
		'and says so');
	my $to = migrate($site, qw(restore --to looked_at), $part);
	is($to->{status}, 0, 'beside the live one it does') or diag $to->{err};
	like($to->{out}, qr/, a part, without a version table$/m, 'which is no revision');
	$pg->query('DROP DATABASE looked_at');
	my $asked = terminal(200, qw(restore --swap), { dir => $site->{dir}, stdin => "no\n", env => { MIGRATE_URL => $pg->url($site->{name}), MIGRATE_WAIT_SOCKET_ONLY => 'on' } });
	like($asked->{out}, qr/\Q$part\E is only a part of the database, taken with --table=t: the rest will be missing\./, 'who is asked is told');
	is(migrate($site, qw(restore --swap --force), $part)->{status}, 0, 'by force it does');
	is(migrate($site, qw(restore --swap --force), $whole)->{status}, 0, 'the whole one comes back');
	is($pg->query('SELECT count(*) FROM pay', $site->{name}), '1', 'with all that was in it');

	backup($site, '--backup-options=--table=t') for 1 .. 2;
	is(migrate($site, qw(--backup-keep-last 1 backup prune))->{status}, 0, 'pruned');
	my @left = map { basename($_, '.dump') } glob "$site->{dir}/backups/*.dump";
	ok((grep { $_ eq $whole } @left), 'parts do not push a whole one out') or diag "@left";
	is(scalar @left, 2, 'and go by themselves');
};

subtest 'a boot whose backups are parts' => sub {
	my $site = site();
	$site->{env} = { MIGRATE_BACKUP_OPTIONS => '--exclude-table-data=pay' };
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'CREATE TABLE more (i int);' });
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT nonsense;' });
	my $boot = migrate($site, 'entrypoint');
	is($boot->{status}, 7, 'fails');
	unlike($boot->{err}, qr/restore --swap/, 'no hint puts one in the place of the database');
	like($boot->{err}, qr/is only a part of the database, taken with --exclude-table-data=pay\. .*: migrate restore --to looked_at \S+$/m, 'but one shows where it is');
};

subtest 'the newest is gone or damaged' => sub {
	my $site  = site();
	my $older = backup($site);
	$pg->query('INSERT INTO t VALUES (7000)', $site->{name});
	my $newer = backup($site);
	my $path  = "$site->{dir}/backups/$newer.dump";
	my %is    = map { ($_ => slurp($_)) } $path, "$path.json";
	my %harm = (
		'its manifest is missing'   => sub { unlink "$path.json" },
		'its manifest is cut'       => sub { write_file("$path.json", substr $is{"$path.json"}, 0, 50) },
		'its archive is missing'    => sub { unlink $path },
		'its archive is cut'        => sub { write_file($path, substr $is{$path}, 0, -5) });
	for my $what (sort keys %harm) {
		$harm{$what}->();
		my $swap = migrate($site, qw(restore --swap));
		is($swap->{status}, 6, "$what: no older one in its place");
		like($swap->{err}, qr/backup \Q$newer\E, which is newer than \Q$older\E, is damaged or gone/, 'it is named');
		is(migrate($site, qw(backup verify --restore))->{status}, 6, 'verify --restore ends with 6');
		is(migrate($site, qw(backup verify))->{status}, 6, 'as verify does');
		write_file($_, $is{$_}) for keys %is;
	}
	is(rows($site), '101', 'the live one is as it was');
	is(migrate($site, qw(backup verify --restore))->{status}, 0, 'whole again');
	is(migrate($site, 'restore', '--to', 'named_so', "backups/$newer.dump.json")->{status}, 0, 'a path that a shell completed');
	$pg->query('DROP DATABASE named_so');
};

subtest 'prune looks before it removes' => sub {
	my $site = site();
	my @ids  = map { backup($site) } 1 .. 3;
	my $path = "$site->{dir}/backups/$ids[2].dump";
	my $text = slurp($path);
	substr($text, 2000, 1) = chr(ord(substr $text, 2000, 1) ^ 1);
	write_file($path, $text);
	my $done = migrate($site, qw(--backup-keep-last 1 backup prune));
	is($done->{status}, 6, 'at the newest, which is damaged');
	like($done->{err}, qr/nothing is pruned, since the newest backup is damaged: \Q$ids[2]\E.*hint: Take another one first: migrate backup$/ms, 'and says so');
	is(scalar(() = glob "$site->{dir}/backups/*.dump"), 3, 'all are there');
};

subtest 'back' => sub {
	my ($long, $other) = map { site($_) } 'z' x 63, 'z' x 62;
	my $id   = backup($other);
	my $swap = migrate($other, qw(restore --swap), $id);
	my ($old) = $swap->{out} =~ /^the old one is (\S+)$/m;
	my $done = migrate($long, qw(restore --back), $old);
	is($done->{status}, 6, 'not in the place of one whose name begins alike');
	is(migrate($other, qw(restore --back), $old)->{status}, 0, 'but in its own');

	my ($one, $two) = map { site() } 1 .. 2;
	$id = backup($two);
	mkdir "$one->{dir}/backups";
	rename "$two->{dir}/backups/$id.dump$_", "$one->{dir}/backups/$id.dump$_" for '', '.json';
	my $restored = migrate($one, 'restore', $id);
	my ($new) = $restored->{out} =~ /^database (\S+)/;
	like($new, qr/^$two->{name}_restored_/, 'what is restored is named after what it is');
	is(migrate($one, qw(restore --back), $_)->{status}, 6, "$_ was never the live one") for $new;
};

subtest 'what cannot be looked at is not called unsound' => sub {
	my $site = site();
	my $id   = backup($site);
	$pg->query(q{CREATE ROLE lim LOGIN; GRANT pg_read_all_data TO lim});
	my $lim = migrate($site, qw(backup verify --restore), { env => { PGUSER => 'lim', MIGRATE_URL => $pg->url($site->{name}) =~ s/postgres@/lim@/r =~ s/user=postgres/user=lim/r } });
	isnt($lim->{status}, 0, 'a role that may not create databases');
	unlike($lim->{err}, qr/cannot be trusted|Take another/, 'says nothing of the backup');
	like($lim->{err}, qr/\Q$id\E cannot be restored to check it: .*hint: .*CREATEDB/s, 'but what is missing');
	SKIP: {
		skip 'root writes everywhere', 2 if $> == 0 && !Process->run([ 'setpriv', '--version' ])->{out};
		chmod 0755, $site->{dir};
		chmod 0644, glob "$site->{dir}/backups/*";
		chmod 0555, "$site->{dir}/backups";
		my $read = Process->run([ $> == 0 ? qw(setpriv --reuid=65534 --regid=65534 --clear-groups) : (), $ENV{MIGRATE_PLAIN}, qw(backup verify) ],
			dir => $site->{dir}, env => { %ENV, MIGRATE_URL => $pg->url($site->{name}) });
		chmod 0755, "$site->{dir}/backups";
		is($read->{status}, 0, 'a volume that is mounted read-only') or diag $read->{err};
		like($read->{err}, qr/\Q$id\E is verified, but its manifest cannot note it/, 'is only warned of');
	}
};

subtest 'copies' => sub {
	my $site = site();
	$site->{env}{MIGRATE_BACKUP_UPLOAD} = "file://$site->{dir}/backups";
	mkdir "$site->{dir}/backups";
	my $done = migrate($site, 'backup');
	is($done->{status}, 3, 'beside the original there is none');
	like($done->{err}, qr/\[backup\] upload is \[backup\] directory itself/, 'as it says');
	$site->{env}{MIGRATE_BACKUP_UPLOAD} = "file://$site->{dir}/share/copies";
	$done = migrate($site, 'backup');
	is($done->{status}, 6, 'a share that is not mounted');
	like($done->{err}, qr/hint: If it is a share, check that it is mounted; otherwise make it: mkdir -p \S+$/m, 'is not made');
	ok(!-e "$site->{dir}/share", 'on this disk');
	mkdir "$site->{dir}/$_" for qw(share share/copies);
	for my $encrypt ('cat', 'cat; :') {
		$done = migrate($site, 'backup', { env => { MIGRATE_BACKUP_ENCRYPT => $encrypt } });
		is($done->{status}, 6, "encrypt = $encrypt");
		like($done->{err}, qr/\[backup\] encrypt does not encrypt \S+: its output begins as the backup does/, 'is seen');
	}
	is(scalar(() = glob "$site->{dir}/share/copies/*"), 0, 'and nothing was sent');
};

done_testing;
