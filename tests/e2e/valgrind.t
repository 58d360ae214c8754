# valgrind: what forks and execs, under valgrind, which sees what the sanitizers cannot: descriptors
# left open and memory read uninitialised.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

my ($valgrind) = grep { -x } map { "$_/valgrind" } split /:/, $ENV{PATH};
plan skip_all => 'valgrind is not installed' if !defined $valgrind;

my $pg = Cluster->new;
$pg->start;
my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'a', { up => "CREATE TABLE t (x int);\nCOPY t FROM stdin;\n1\n\\.\n", down => 'DROP TABLE t;' });
my $program = File::Spec->rel2abs($ENV{MIGRATE_PLAIN});
my %env = (PATH => Cluster::bindir() . ":$ENV{PATH}", MIGRATE_URL => $pg->url('postgres'),
	MIGRATE_WAIT_SOCKET_ONLY => 'on', HOME => $dir);

sub checked {
	my (@args) = @_;
	return Process->run([ $valgrind, qw(-q --error-exitcode=98 --leak-check=full --track-fds=no
		--errors-for-leak-kinds=definite --child-silent-after-fork=yes --trace-children=no), $program, @args ],
		env => \%env, dir => $dir, timeout => 300);
}

for my $case (
	[ 'a first boot'        => 0, 'entrypoint' ],
	[ 'a normal start'      => 0, 'entrypoint', '--', 'true' ],
	[ 'staying as init'     => 3, 'entrypoint', '--init', '--', 'sh', '-c', 'sleep 0 & exit 3' ],
	[ 'init of nothing'     => 127, 'entrypoint', '--init', '--', '/nonexistent' ],
	[ 'waiting for a revision' => 0, 'wait', '--revision', 'head' ],
	[ 'no application'      => 127, 'entrypoint', '--', '/nonexistent' ],
	[ 'a backup'            => 0, 'backup' ],
	[ 'current'             => 0, 'current', '-v' ],
	[ 'status as JSON'      => 0, 'status', '--json' ],
	[ 'a downgrade'         => 0, 'downgrade', 'base' ],
	[ 'a wrong database'    => 3, 'current', '--url', $pg->url('nope') ],
	[ 'a failing migration' => 7, 'upgrade', 'head' ],
) {
	my ($what, $status, @args) = @$case;
	$pg->query('CREATE TABLE t (x int)') if $status == 7;
	my $got = checked(@args);
	is($got->{status}, $status, $what) or diag $got->{err};
	unlike($got->{err}, qr/^==\d+==/m, 'says nothing') or diag $got->{err};
}

done_testing;
