# replicas: many containers that start at once, before the server does. One migrates, all get there.
#
# REPLICAS=n of them, ROUNDS=n times, WITHIN=ms from the first to the last: see make crash.
use strict;
use warnings;

use Cluster;
use List::Util qw(max min);
use Migrate;
use Test::More;

my $replicas = $ENV{REPLICAS} // 12;
my $rounds   = $ENV{ROUNDS}   // 2;
my $within   = $ENV{WITHIN}   // 2000;

my $pg  = Cluster->new(port => 1);
my $dir = tempdir();
mkdir "$dir/migrations";
my @steps = (
	'CREATE TABLE one (x int); INSERT INTO one SELECT generate_series(1, 1000);',
	'CREATE INDEX CONCURRENTLY i_one ON one (x);',
	'ALTER TABLE one ADD y int;',
	"CREATE INDEX CONCURRENTLY i_two ON one (y);\nINSERT INTO marks VALUES (1);\nREINDEX TABLE CONCURRENTLY one;",
	'INSERT INTO marks VALUES (2);',
);
migration("$dir/migrations", "r$_", { up => $steps[$_], parents => $_ > 0 ? 'r' . ($_ - 1) : [] }) for 0 .. $#steps;

for my $round (1 .. $rounds) {
	my $name = "round$round";
	$pg->start;
	$pg->create_database($name);
	$pg->query('CREATE TABLE marks (x int)', $name);
	$pg->stop;
	my @runs = map {
		start('entrypoint', '--', 'date', '+%s%3N', { dir => $dir, plain => 1, timeout => 120,
			env => { MIGRATE_URL => $pg->url($name), MIGRATE_BACKUP_DIRECTORY => "$dir/$name" } })
	} 1 .. $replicas;
	for my $run (@runs) {
		$run->wait_for_line(qr/waiting for/, 60) or die;
	}
	$pg->start;
	$_->finish for @runs;
	my @wrong = grep { $_->{status} || $_->{err} =~ /ERROR/ } @runs;
	is(scalar @wrong, 0, "$replicas replicas at once on a cold server: all start") or diag map { $_->{err} } @wrong;
	my @applied = grep { $_->{err} =~ /Running upgrade/ } @runs;
	is(scalar @applied, 1, 'one has migrated');
	is(scalar(() = glob "$dir/$name/*.dump"), 1, 'there is one backup');
	is($pg->query(q{SELECT string_agg(revision, ' ' ORDER BY id) FROM migrate_journal WHERE status = 'done'}, $name),
		'r0 r1 r2 r3 r4', 'every step was done once');
	is($pg->query('SELECT string_agg(x::text, chr(32)) FROM marks', $name), '1 2', 'as the data say');
	my @times = map { 0 + $_->{out} } @runs;
	my $spread = max(@times) - min(@times);
	cmp_ok($spread, '<=', $within, "the last starts its application soon after the first: $spread ms");
	note "$spread ms";
	unlike($pg->log, qr/deadlock detected/, 'no deadlock');
}

done_testing;
