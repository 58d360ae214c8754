# release: what docker/release makes of the programs that make static made; scripts stand for them here. static.t has
# the real ones.
use strict;
use warnings;

use Cwd qw(abs_path);
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
for my $need (qw(git dpkg-deb gzip xz)) {
	plan skip_all => "$need is not installed" if !grep { -x "$_/$need" } split /:/, $ENV{PATH};
}
my $dir   = tempdir();
my $clone = "$dir/clone";
plan skip_all => 'this is no clone' if Process->run([ 'git', 'clone', '-q', "file://$root", $clone ])->{status};
Process->run([ 'cp', "$root/docker/release", "$clone/docker/release" ]);
my ($version) = slurp("$root/Makefile") =~ /^VERSION = (\S+)/m;
for my $arch (qw(amd64 arm64)) {
	mkdir "$dir/$_" for $arch, "$arch/licenses";
	write_file("$dir/$arch/$_", "#!/bin/sh\nexec '$ENV{MIGRATE}' \"\$@\"\n") for qw(migrate pg_dump pg_restore);
	chmod 0755, "$dir/$arch/$_" for qw(migrate pg_dump pg_restore);
	write_file("$dir/$arch/licenses/$_", "openssl 3.5.7\n") for qw(VERSIONS migrate.spdx.json);
}
my $certificates = write_file("$dir/certificates", 'certificates');

sub release {
	return Process->run([ 'docker/release', $version, 'c0ffee', "$dir/out", "$dir/amd64", "$dir/arm64" ], dir => $clone, timeout => 300,
		env => { %ENV, CERTIFICATES => $certificates, SOURCE => 'https://example.org/migrate' });
}

sub tag {
	my (@options) = @_;
	return Process->run([ 'git', '-c', 'user.name=x', '-c', 'user.email=x@example.org', 'tag', '-f', @options, "v$version" ], dir => $clone);
}

Process->run([ 'git', 'tag', '-d', "v$version" ], dir => $clone);
like(release()->{err}, qr/^no annotated tag v\S+ at this commit.*: git tag -a v\Q$version\E\n\z/, 'without a tag there is no release');
tag();
like(release()->{err}, qr/^no annotated tag/, 'nor with one that has no text');
tag('-a', '-m', "First\n\n- waits");
my $done = release();
is($done->{status}, 0, 'an annotated tag makes one') or BAIL_OUT($done->{err});
is(slurp("$dir/out/NOTES"), "First\n\n- waits\n", 'whose notes are its text');
my $sums = slurp("$dir/out/SHA256SUMS");
is(release()->{status}, 0, 'once more');
is(slurp("$dir/out/SHA256SUMS"), $sums, 'gives the same bytes');
is(Process->run([ 'sha256sum', '-c', '--quiet', 'SHA256SUMS' ], dir => "$dir/out")->{status}, 0, 'with these sums');
write_file("$dir/arm64/licenses/VERSIONS", "openssl 3.5.7 newest, not the one pinned\n");
like(release()->{err}, qr/not of pinned sources/, 'other sources than the pinned ones make none');

subtest 'the package' => sub {
	is(Process->run([ 'dpkg-deb', '-x', "$dir/out/migrate_${version}_amd64.deb", "$dir/deb" ])->{status}, 0, 'unpacks');
	is(Process->run([ 'gzip', '-dc', "$dir/deb/usr/share/doc/migrate/changelog.gz" ])->{out}, "migrate $version\n\nFirst\n\n- waits\n", 'has the notes');
	is(readlink "$dir/deb/usr/bin/migrate", '../lib/migrate/migrate', 'and its programs apart from others');
};

subtest 'the image' => sub {
	mkdir "$dir/oci";
	Process->run([ 'tar', '-xf', "$dir/out/migrate-$version-oci.tar", '-C', "$dir/oci" ]);
	my $blob = sub { JSON::PP::decode_json(slurp("$dir/oci/blobs/" . $_[0]{digest} =~ tr{:}{/}r)) };
	my $index = $blob->(JSON::PP::decode_json(slurp("$dir/oci/index.json"))->{manifests}[0]);
	my $is = $blob->($blob->($index->{manifests}[0])->{config})->{config};
	my ($stage) = slurp("$root/docker/Dockerfile") =~ /^(FROM scratch AS migrate\n.*?)\n\n/ms;
	my ($env, $user, $entrypoint, $cmd, $volume) = map { $stage =~ /^$_ (.*)$/m } qw(ENV USER ENTRYPOINT CMD VOLUME);
	is_deeply([ sort @{ $is->{Env} } ], [ sort split ' ', $env ], 'has the environment that docker/Dockerfile gives it');
	is($is->{User}, $user, 'the user');
	is_deeply([ $is->{Entrypoint}, $is->{Cmd} ], [ map { JSON::PP::decode_json($_) } $entrypoint, $cmd ], 'the command');
	is_deeply($is->{Volumes}, { $volume => {} }, 'the volume');
	my @labels = $stage =~ /(org\.opencontainers\.image\.\w+)=/g;
	is_deeply([ sort keys %{ $is->{Labels} } ], [ sort @labels ], 'and the labels');
};

done_testing;
