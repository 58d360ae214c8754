# static: what make static makes needs nothing of the machine it runs on.
use strict;
use warnings;

use Cluster;
use List::Util qw(sum);
use Migrate;
use Process;
use Static;
use Test::More;

make_static();

my @programs = map {"$build/static/$_"} qw(migrate pg_dump pg_restore);
my %size     = map { ($_ => -s $_) } @programs;
for my $path (@programs) {
	like(Process->run([ 'file', '-b', $path ])->{out}, qr/^ELF .* pie executable.* static-pie linked.* stripped$/, "file $path");
	like(Process->run([ 'ldd', $path ])->{out}, qr/statically linked/, 'ldd finds nothing in it');
	unlike(Process->run([ 'strings', '-a', $path ])->{out}, qr{(?:\Q$build\E|\Q$root\E)/}, 'no path of this machine is in it');
}
cmp_ok($size{ $programs[0] }, '<=', 5.5e6, 'migrate has at most 5.5 MB');
cmp_ok(sum(values %size), '<=', 14.5e6, 'and the three leave room for certificates in 15');

for my $library (qw(musl openssl postgresql-18 curl zlib libzstd lz4 libinih jansson migrate)) {
	like(slurp("$build/static/licenses/$library"), qr/copyright/i, "the licence of $library");
}

my $versions = slurp("$build/static/licenses/VERSIONS");
like($versions, qr/^openssl \d.*^postgresql-18 18\..*^gcc\S* \d.*^binutils\S* \d/ms, 'the versions of the sources and of the tools');

subtest 'two builds give the same bytes' => sub {
	my $elsewhere = tempdir() . '/another place';
	mkdir $elsewhere;
	chmod 0755, $elsewhere, $elsewhere =~ s{/[^/]*\z}{}r;
	my $copy = Process->run([ 'cp', '-r', map({"$root/$_"} qw(Makefile LICENSE cmd core docker)), $elsewhere ]);
	is($copy->{status}, 0, 'the tree, in another directory');
	my $another = Process->run([ 'sh', '-c', 'umask 077 && exec make -j3 LIBRARIES="$0" BUILD=b b/migrate', "$build/static/libraries" ],
		dir => $elsewhere, timeout => 1800, env => { PATH => $ENV{PATH}, HOME => '/nonexistent', LC_ALL => 'C', LANG => 'tr_TR.UTF-8', TZ => 'Asia/Tokyo',
			CFLAGS => '-O0', CC => '/bin/false' });
	is($another->{status}, 0, 'with other settings') or diag $another->{err};
	is(Process->run([ 'strip', '-s', '-o', "$elsewhere/migrate", "$elsewhere/b/migrate" ])->{status}, 0, 'stripped');
	ok(slurp("$elsewhere/migrate") eq slurp("$build/static/migrate"), 'is the same program');
};

subtest 'TLS, SCRAM and a backup, in an empty root' => sub {
	my $pg = Cluster->new(port => 1, auth => 'scram');
	my $ca = $pg->tls;
	$pg->start;
	$pg->create_database('shop');
	$pg->query('CREATE TABLE kept (id int)', 'shop');

	# A root as in scratch: no passwd, no shell, no /tmp.
	my $jail = tempdir();
	mkdir "$jail/$_" for qw(bin migrations backups);
	Process->run([ 'cp', @programs, $ca, "$jail/bin" ]);
	chmod 0644, "$jail/bin/server.crt";
	migration("$jail/migrations", 'one', { up => 'CREATE TABLE one (id int);' });
	chmod 0777, "$jail/backups";
	chmod 0755, $jail;
	mkdir "$jail/dev";
	# Where devices work: not on a nodev file system.
	my $root   = $> == 0 && !Process->run([ 'mknod', '-m', '666', "$jail/dev/null", 'c', 1, 3 ])->{status}
		&& open(my $null, '<', "$jail/dev/null");
	my @jailed = $root ? ('chroot', '--userspec=4242:4242', $jail) : ();
	my $in     = $root ? '' : $jail;
	my $boot = sub {
		my ($url, @more) = @_;
		return Process->run([ @jailed, "$in/bin/migrate", @more, '--url', $url, '--directory', "$in/migrations",
			'--backup-directory', "$in/backups" ], env => { PATH => "/usr/sbin:/usr/bin:/bin" }, timeout => 300);
	};
	my $url  = $pg->tcp_url('shop') =~ s{\?.*}{}r . "?sslmode=verify-full&sslrootcert=$in/bin/server.crt";
	my $good = $boot->($url, 'entrypoint');
	is($good->{status}, 0, 'a boot') or diag $good->{err};
	like($good->{err}, qr/backup: .*verified: .*\nINFO  \[migrate\] Running upgrade  -> one/, 'with a backup by the programs beside it');
	my $other = $boot->($url =~ s/(?<=\@)[\w.]+/elsewhere.example/r . '&hostaddr=127.0.0.1', 'wait', '--wait-timeout', '5s');
	like($other->{err}, qr/certificate.*elsewhere\.example/s, 'another name is refused');
	my $nobody = $boot->('postgresql://localhost/shop', 'current');
	like($nobody->{err}, qr/no database user is given\n  hint: /, 'without a passwd file the user has to be named');
};

done_testing;
