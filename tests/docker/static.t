# static: what make static makes needs nothing of the machine it runs on.
use strict;
use warnings;

use Cluster;
use JSON::PP ();
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
	my ($commit) = Process->run([ $programs[0], '--version' ])->{out} =~ /^commit (\S+)/m;
	$commit //= '';
	my $elsewhere = tempdir() . '/another place';
	mkdir $elsewhere;
	chmod 0755, $elsewhere, $elsewhere =~ s{/[^/]*\z}{}r;
	my $copy = Process->run([ 'cp', '-r', map({"$root/$_"} qw(Makefile LICENSE cmd core docker)), $elsewhere ]);
	is($copy->{status}, 0, 'the tree, in another directory');
	my $another = Process->run([ 'sh', '-c', 'umask 077 && exec make -j3 LIBRARIES="$0" BUILD=b COMMIT="$1" b/migrate', "$build/static/libraries", $commit ],
		dir => $elsewhere, timeout => 1800, env => { PATH => $ENV{PATH}, HOME => '/nonexistent', LC_ALL => 'C', LANG => 'tr_TR.UTF-8', TZ => 'Asia/Tokyo',
			CFLAGS => '-O0', CC => '/bin/false' });
	is($another->{status}, 0, 'with other settings') or diag $another->{err};
	is(Process->run([ 'strip', '-s', '-o', "$elsewhere/migrate", "$elsewhere/b/migrate" ])->{status}, 0, 'stripped');
	ok(slurp("$elsewhere/migrate") eq slurp("$build/static/migrate"), 'is the same program');
};

my $says = Process->run([ $programs[0], '--version' ])->{out};
like($says, qr/^migrate \d+\.\d+\.\d+\n(?:commit \w+(?:-dirty)?\n)?static, with:\nmusl \d.*\nopenssl \d.*\npostgresql-18 18\.\d\S*\n\z/s, 'it says what it is made of');

subtest 'what a release publishes' => sub {
	my $spdx = JSON::PP::decode_json(slurp("$build/static/licenses/migrate.spdx.json"));
	my %is   = map { ($_->{name} => $_) } @{ $spdx->{packages} };
	is_deeply([ sort keys %is ], [ sort qw(migrate musl openssl curl zlib libzstd lz4 libinih jansson postgresql-18) ], 'the SBOM has all of it');
	like($is{openssl}{externalRefs}[0]{referenceLocator}, qr{^pkg:deb/debian/openssl\@\d\S+\?arch=source$}, 'as scanners know it');

	my (@dirs, %files) = (tempdir(), tempdir());
	for my $dir (@dirs) {
		my $done = Process->run([ 'docker/release', '0.1.0', 'c0ffee', $dir, ("$build/static") x 2 ], dir => $root, timeout => 600,
			env => { %ENV, SOURCE_DATE_EPOCH => 1_700_000_000, RELEASE_TRIAL => 1 });
		is($done->{status}, 0, 'made') or diag $done->{err};
		is(Process->run([ 'sha256sum', '-c', '--quiet', 'SHA256SUMS' ], dir => $dir)->{status}, 0, 'the sums are theirs');
	}
	is(slurp("$dirs[0]/SHA256SUMS"), slurp("$dirs[1]/SHA256SUMS"), 'twice the same bytes');
	is(scalar(split /\n/, slurp("$dirs[0]/SHA256SUMS")), 7, 'seven files');
	my $tar = Process->run([ 'tar', '-tzf', "$dirs[0]/migrate-0.1.0-linux-amd64.tar.gz" ])->{out};
	like($tar, qr{^migrate-0\.1\.0-linux-amd64/$_$}m, $_) for qw(bin/migrate bin/pg_dump LICENSE README.md share/licenses/migrate/migrate.spdx.json);
	my $to = tempdir();
	is(Process->run([ 'dpkg-deb', '-x', "$dirs[0]/migrate_0.1.0_amd64.deb", $to ])->{status}, 0, 'the package unpacks');
	like(Process->run([ "$to/usr/bin/migrate", '--version' ])->{out}, qr/^migrate /, 'to a program that runs');
	ok(-s "$to/usr/share/man/man1/migrate.1.gz" && -s "$to/usr/share/doc/migrate/copyright", 'with its manual and its licence');

	my $oci = tempdir();
	Process->run([ 'tar', '-xf', "$dirs[0]/migrate-0.1.0-oci.tar", '-C', $oci ]);
	my $blob = sub {
		my ($is) = @_;
		my $path = "$oci/blobs/" . $is->{digest} =~ tr{:}{/}r;
		is(-s $path, $is->{size}, 'a blob of its size');
		return slurp($path);
	};
	my $index = JSON::PP::decode_json($blob->(JSON::PP::decode_json(slurp("$oci/index.json"))->{manifests}[0]));
	is_deeply([ map { $_->{platform}{architecture} } @{ $index->{manifests} } ], [qw(amd64 arm64)], 'an image for both processors');
	my $manifest = JSON::PP::decode_json($blob->($index->{manifests}[0]));
	my $config   = JSON::PP::decode_json($blob->($manifest->{config}));
	is($config->{config}{Labels}{'org.opencontainers.image.revision'}, 'c0ffee', 'which knows its commit');
	$blob->($manifest->{layers}[0]);
	my $layer = Process->run([ 'tar', '-tvzf', "$oci/blobs/" . $manifest->{layers}[0]{digest} =~ tr{:}{/}r ])->{out};
	like($layer, qr{^drwxrwxr-x 65532/0 .* var/lib/migrate/backups/$}m, 'a directory for backups that group 0 may write to');
	like($layer, qr{^-rwxr-xr-x 0/0 .* usr/local/bin/pg_restore$}m, 'and the programs');
};

subtest 'a release of other sources than the pinned ones' => sub {
	plan skip_all => 'all of them could be had' if $versions !~ / newest,/;
	my $done = Process->run([ 'docker/release', '0.1.0', 'c0ffee', tempdir(), ("$build/static") x 2 ], dir => $root);
	isnt($done->{status}, 0, 'is refused');
	like($done->{err}, qr/not of pinned sources/, 'and is told why');
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
