# needs: what a build needs is found by asking for it, whatever the distribution calls it.
use strict;
use warnings;

use Migrate;
use Process;
use Test::More;

my $dir = tempdir();
chmod 0755, $dir;

sub needs {
	my ($release, $env, @sets) = @_;
	write_file("$dir/os-release", $release);
	return Process->run([ 'sh', 'tests/lib/needs', @sets ], env => { %ENV, OS_RELEASE => "$dir/os-release", %$env });
}

# A PATH without any package manager.
mkdir "$dir/bin";
for my $program (qw(sh cat cut echo grep head id ls pkg-config python3 sed sort tr), map { s{.*/}{}r } glob '/usr/bin/{gcc,make,perl,as,ld,openssl}') {
	my ($path) = grep { -x } map {"$_/$program"} split /:/, $ENV{PATH};
	symlink $path, "$dir/bin/$program" if $path;
}
my %bare = (PATH => "$dir/bin");
my $all  = needs("ID=alpine\n", \%bare, 'build');
is("$all->{status}$all->{err}", '0', 'a machine without dpkg that has everything passes');

my %without = (PKG_CONFIG_LIBDIR => $dir, PKG_CONFIG_PATH => $dir);
for my $case (
	[ 'Fedora'        => "ID=fedora\n",                       'dnf install -y jansson-devel libcurl-devel libpq-devel openssl-devel' ],
	[ 'one like it'   => "ID=nobara\nID_LIKE=\"fedora\"\n",   'dnf install -y jansson-devel' ],
	[ 'Alpine'        => "ID=alpine\n",                       'apk add curl-dev jansson-dev libpq-dev openssl-dev' ],
	[ 'Arch'          => "ID=arch\n",                         'pacman -S --needed curl jansson openssl postgresql-libs' ],
	[ 'another'       => "ID=plan9\n",                        'your package manager' ],
) {
	my ($name, $release, $command) = @$case;
	my $got = needs($release, { %bare, %without }, 'build');
	is($got->{status}, 1, "$name: what is missing ends it");
	like($got->{err}, qr/^install them with: (?:sudo )?\Q$command\E/m, 'with its own command');
	unlike($got->{err}, qr/\bgcc\b/, 'and what is there is not asked for');
}

my $broken = needs("ID=fedora\n", { CC => '/bin/false' }, 'build');
like($broken->{err}, qr/missing packages: .*\bgcc\b/, 'a compiler that does not compile is none');

my $named = needs("ID=debian\n", \%without, '--name', 'build');
like($named->{err}, qr/^install them with: .*apt-get install -y .*libpq-dev/m, 'with --name nothing is installed, on Debian too');
is($named->{status}, 1, 'and it ends with 1');

SKIP: {
	skip 'only root can be somebody else', 2 if $> != 0;
	write_file("$dir/os-release", "ID=debian\n");
	my $user = Process->run([ 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', 'tests/lib/needs', 'build' ],
		env => { %ENV, %without, OS_RELEASE => "$dir/os-release" });
	is($user->{status}, 1, 'an ordinary user on Debian');
	like($user->{err}, qr/^install them with: sudo apt-get install -y libcurl4-openssl-dev libjansson-dev libpq-dev libssl-dev$/m, 'has the command to run');
}

done_testing;
