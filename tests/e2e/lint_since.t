# lint_since: lint --since looks at what git says is new, whatever the files are called, and never at nothing by mistake.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;
my $dir = tempdir();
mkdir "$dir/migrations";

sub git {
	my $done = Process->run([ 'git', '-C', $dir, '-c', 'user.name=x', '-c', 'user.email=x@example.org', @_ ],
		env => { PATH => $ENV{PATH}, HOME => $dir });
	return $done->{status} == 0 || BAIL_OUT("git @_: $done->{err}");
}

sub since {
	my ($commit, @more) = @_;
	return run('lint', '--since', $commit, @more, { dir => $dir, env => { MIGRATE_REHEARSE_URL => $pg->url, HOME => $dir } });
}

my %first = (message => 'first', down => 'DROP TABLE t, u;');
my $tables = 'CREATE TABLE t (x int); CREATE TABLE u (x int);';
migration("$dir/migrations", 'a1', { %first, up => $tables });
write_file("$dir/migrations/README", 'no migration');
my $none = since('HEAD');
is($none->{status}, 3, 'no repository');
like($none->{err}, qr/what is new in '\S*migrations' since 'HEAD': .*not a git repository.*^ *hint: /ms, 'is said');

git('init', '-q');
git('add', '.');
git('commit', '-q', '-m', 'base');
git('tag', 'base');
my $nothing = since('base');
is($nothing->{status}, 0, 'nothing is new');
like($nothing->{err}, qr/0 migrations checked/, 'which is said');

migration("$dir/migrations", 'b2', { parents => 'a1', message => 'удалить "таблицу"', name => 'b2_удалить "таблицу".sql',
	up => 'DROP TABLE t;', down => 'CREATE TABLE t (x int);' });
my $found = since('base', '--format', 'github');
is($found->{status}, 9, 'a file that git does not know yet, of any name,') or diag $found->{err};
like($found->{out}, qr/^::\w+ file=migrations\/b2_\S+ \S+\.sql,.*title=drop-table/m, 'is looked at');
like($found->{err}, qr/1 migration checked/, 'alone');
git('add', '.');
git('commit', '-q', '-m', 'more');
is(since('base')->{status}, 9, 'one that is committed, too');
is(since('HEAD')->{status}, 0, 'but not since then');
migration("$dir/migrations", 'a1', { %first, up => "$tables SELECT 1;" });
like(since('HEAD')->{err}, qr/1 migration checked/, 'and one that was changed');

for my $missing ('origin/main', '--output=/tmp/x', '') {
	my $got = since($missing);
	is($got->{status}, 3, "a commit that is not here: '$missing'");
	like($got->{err}, qr/^ *hint: --since wants a commit that is here.*git fetch --depth=1 origin main/m, 'with the way to get one');
}
my $without = run('lint', '--since', 'HEAD', { dir => $dir, env => { MIGRATE_REHEARSE_URL => $pg->url, PATH => '/nonexistent' } });
is($without->{status}, 3, 'without git');
like($without->{err}, qr/hint: Install git/, 'it is asked for');

# As in CI: a clone without history, of a branch; the other is fetched as README.md says.
my $clone = tempdir();
git('checkout', '-q', '-b', 'main', 'base');
git('checkout', '-q', '-f', '-b', 'branch', 'HEAD@{1}');
Process->run([ 'git', 'clone', '-q', '--depth=1', '-b', 'branch', "file://$dir", "$clone/c" ]);
is(Process->run([ 'git', '-C', "$clone/c", 'fetch', '-q', '--depth=1', 'origin', 'main' ])->{status}, 0, 'a shallow checkout');
my $shallow = run('lint', '--since', 'FETCH_HEAD', { dir => "$clone/c", env => { MIGRATE_REHEARSE_URL => $pg->url } });
is($shallow->{status}, 9, 'has its findings');
like($shallow->{err}, qr/1 migration checked/, 'and no others');

done_testing;
