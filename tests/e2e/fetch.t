# fetch: the sources of the static programs are those that are pinned, wherever they come from, and a run that was cut
# off goes on.
use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA;
use Migrate;
use Process;
use Test::More;

my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $dir  = tempdir();
mkdir "$dir/$_" for qw(docker store made made/tool-1.0 made/debian made/debian/patches);
Process->run([ 'cp', "$root/docker/static/fetch", "$dir/docker" ]);

sub sha { return Digest::SHA->new(256)->addfile($_[0], 'b')->hexdigest }

sub tar {
	my ($name, $what) = @_;
	my $done = Process->run([ 'tar', '-C', "$dir/made", '-czf', "$dir/store/$name", $what ]);
	is($done->{status}, 0, $name) or diag $done->{err};
	return;
}

write_file("$dir/made/tool-1.0/tool.c", "one\nbroken\nthree\n");
tar('tool_1.0.orig.tar.gz', 'tool-1.0');
write_file("$dir/made/debian/patches/series", "# a comment\nfix.patch -p1\n");
write_file("$dir/made/debian/patches/fix.patch", "--- a/tool.c\n+++ b/tool.c\n@@ -1,3 +1,3 @@\n one\n-broken\n+mended\n three\n");
tar('tool_1.0-1.debian.tar.gz', 'debian');

sub pin {
	my ($version, @files) = @_;
	return write_file("$dir/docker/sources", "# pinned\nsuites trixie\ntool $version\n" . join '', map {"\t" . sha("$dir/store/$_") . " $_\n"} @files);
}

# No archive but the one given.
sub fetch {
	my (%env) = @_;
	my @options = @{ delete $env{options} // [] };
	return Process->run([ $^X, "$dir/docker/fetch", @options, "$dir/to" ], env => { PATH => $ENV{PATH}, MIRROR => '/nowhere', %env });
}

my @files = qw(tool_1.0.orig.tar.gz tool_1.0-1.debian.tar.gz);
pin('1.0-1', @files);

subtest 'nowhere' => sub {
	my $got = fetch();
	is($got->{status}, 1, 'a source that no place has ends it');
	like($got->{err}, qr{no place has tool 1\.0-1:\n  /nowhere/pool/main/t/tool/tool_1\.0\.orig\.tar\.gz: cannot be had\n}, 'and the places are told');
	like($got->{err}, qr/^hint: .*SOURCES=DIR.*^hint: .*make static FETCH=--newest,$/ms, 'with both ways on');
	ok(!-e "$dir/to/versions", 'nothing says that all is there');
	my $index = fetch(options => ['--newest']);
	like($index->{err}, qr/^fetch: the index of .*^hint: This needs apt/ms, '--newest without an archive says so');
};

subtest 'something else under the name' => sub {
	mkdir "$dir/other";
	write_file("$dir/other/$_", 'not that') for @files;
	my $got = fetch(SOURCES => "$dir/other");
	is($got->{status}, 1, 'is not taken');
	like($got->{err}, qr{other/tool_1\.0\.orig\.tar\.gz: has another SHA-256}, 'and is told');
};

subtest 'a run that was cut off' => sub {
	Process->run([ 'mkdir', '-p', "$dir/to/files", "$dir/to/tool", "$dir/to/tool.new", "$dir/to/index" ]);
	write_file("$dir/to/files/$files[0]", 'half');
	write_file("$dir/to/files/$files[1].part", 'half');
	write_file("$dir/to/tool/junk", '');
	write_file("$dir/to/tool.new/junk", '');
	my $got = fetch(SOURCES => "$dir/store");
	is($got->{status}, 0, 'goes on') or diag $got->{err};
	is(slurp("$dir/to/tool/tool.c"), "one\nmended\nthree\n", 'to the release with its patches');
	ok(!-e "$dir/to/tool/junk" && !-e "$dir/to/tool.new", 'and nothing else');
	is(slurp("$dir/to/versions"), "tool 1.0-1\n", 'whose version is written down');
	write_file("$dir/to/tool/mine", '');
	is(fetch()->{status}, 0, 'a third run needs no place');
	ok(-e "$dir/to/tool/mine", 'and leaves what is there');
};

subtest 'an archive' => sub {
	Process->run([ 'mkdir', '-p', "$dir/mirror/debian/pool/main/t/tool", "$dir/mirror/debian-security/pool/updates/main/t/tool" ]);
	write_file("$dir/made/debian/patches/fix.patch", "--- a/tool.c\n+++ b/tool.c\n@@ -1,3 +1,3 @@\n one\n-broken\n+secure\n three\n");
	tar('tool_1.0-1+deb13u1.debian.tar.gz', 'debian');
	pin('1.0-1+deb13u1', $files[0], 'tool_1.0-1+deb13u1.debian.tar.gz');
	Process->run([ 'cp', "$dir/store/tool_1.0-1+deb13u1.debian.tar.gz", "$dir/mirror/debian-security/pool/updates/main/t/tool" ]);
	my $got = fetch(MIRROR => "$dir/mirror/debian");
	is($got->{status}, 0, 'the security archive is the one beside it') or diag $got->{err};
	is(slurp("$dir/to/tool/tool.c"), "one\nsecure\nthree\n", 'another version is unpacked afresh');
};

my $lock = slurp("$root/docker/static/sources");
like($lock, qr/^$_ \d/m, "$_ is pinned") for qw(musl openssl curl zlib libzstd lz4 libinih jansson postgresql-18);
unlike($lock . slurp("$root/docker/static/fetch"), qr/debian\.org/, 'no archive stands in the tree');

done_testing;
