# static: what make static makes needs nothing of the machine it runs on.
use strict;
use warnings;

use Cluster;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use List::Util qw(sum);
use Migrate;
use Process;
use Test::More;

my $root  = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $build = dirname(File::Spec->rel2abs($ENV{MIGRATE_PLAIN}));
my %env   = map { ($_ => $ENV{$_}) } grep { !/^(?:MAKE|MFLAGS|BUILD|CPU)/ } keys %ENV;

sub make { return Process->run([ 'make', "BUILD=$build", @_ ], dir => $root, env => \%env, timeout => 3000) }

if (!-e "$build/static/libraries/made") {
	my $needs = Process->run([ 'tests/lib/needs', 'static' ], dir => $root, timeout => 600);
	plan skip_all => 'what the static libraries are built with cannot be installed' if $needs->{status};
	my $fetched = Process->run([ 'docker/static/fetch', "$build/static/sources" ], dir => $root, timeout => 900);
	plan skip_all => "Debian's archive does not give the sources" if $fetched->{status};
}
my $made = make('static');
is($made->{status}, 0, 'make static') or BAIL_OUT($made->{err});

my @programs = map {"$build/static/$_"} qw(migrate pg_dump pg_restore);
my %size     = map { ($_ => -s $_) } @programs;
for my $path (@programs) {
	like(Process->run([ 'file', '-b', $path ])->{out}, qr/^ELF .*statically linked.* stripped$/, "file $path");
	isnt(Process->run([ 'ldd', $path ])->{status}, 0, 'ldd finds nothing in it');
	unlike(Process->run([ 'strings', '-a', $path ])->{out}, qr{(?:\Q$build\E|\Q$root\E)/}, 'no path of this machine is in it');
}
cmp_ok($size{ $programs[0] }, '<=', 5.5e6, 'migrate has at most 5.5 MB');
cmp_ok(sum(values %size), '<=', 14.5e6, 'and the three leave room for certificates in 15');

for my $library (qw(musl openssl postgresql-18 curl zlib libzstd lz4 libinih jansson migrate)) {
	like(slurp("$build/static/licenses/$library"), qr/copyright/i, "the licence of $library");
}

subtest 'two builds give the same bytes' => sub {
	my %before = map { ($_ => slurp($_)) } @programs;
	Process->run([ 'rm', '-r', "$build/static/objects" ]);
	is(make('static')->{status}, 0, 'again');
	ok(slurp($_) eq $before{$_}, $_) for @programs;
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
