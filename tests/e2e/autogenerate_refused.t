# autogenerate_refused: a difference for which no right statement can be written is refused by its name.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg  = Cluster->new;
my $dir = tempdir();
mkdir "$dir/migrations";
$pg->start;

# The names that are in the refusal, after what both sides have, of old and new SQL.
sub refused {
	my ($name, $both, $old, $new, @names) = @_;
	my $db   = $pg->create_database("refused_$name");
	my $file = write_file("$dir/$name.sql", "$both$new");
	$pg->query("$both$old", $db);
	for my $way ([], ['--down']) {
		my $done = run('diff', '--models-source', $file, @$way, { dir => $dir, env => { DATABASE_URL => $pg->url($db) } });
		is($done->{status}, 3, "$name @$way: refused") or diag $done->{out};
		like($done->{err}, $_, "$name @$way: named") for @names;
		is($done->{out}, '', "$name @$way: nothing is written");
	}
	my $check = run('check', '--models-source', $file, { dir => $dir, env => { DATABASE_URL => $pg->url($db) } });
	is($check->{status}, 9, "$name: check finds it");
	like($check->{err}, $_, "$name: check says why") for @names;
	return;
}

my $foreign = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;";
my $tables  = 'CREATE TABLE t (a %s, k int) PARTITION BY LIST (k); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);'
    . 'CREATE FOREIGN TABLE t2 PARTITION OF t FOR VALUES IN (2) SERVER s;';
refused('foreign_below', $foreign, sprintf($tables, 'text'), sprintf($tables, 'int'), qr/column t\.a cannot be changed: .*foreign table public\.t2/);

my $enum = 'CREATE TYPE k AS (x int, y e); CREATE TABLE t (c k);';
refused('composite_in_use', '', "CREATE TYPE e AS ENUM ('a', 'b', 'c'); $enum", "CREATE TYPE e AS ENUM ('a', 'c', 'b'); $enum",
	qr/attribute k\.y cannot be changed: .*column c of table public\.t has values of it, which can be text meanwhile/);

done_testing;
