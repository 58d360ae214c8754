# prepared: what the session keeps prepared for the next step may be dropped by a migration.
use strict;
use warnings;
use Test::More;

use Cluster;
use Migrate;

my $pg = Cluster->new;
$pg->start;

my $deallocate = "EXECUTE 'DEALLOCATE ALL'";
my %drop       = (
	statement => 'DEALLOCATE ALL',
	block     => "DO \$\$ BEGIN $deallocate; END \$\$",
	function  => 'CREATE FUNCTION drop_all() RETURNS void LANGUAGE plpgsql AS'
	    . " \$\$ BEGIN $deallocate; END \$\$; SELECT drop_all(); DROP FUNCTION drop_all()",
);

for my $what (sort keys %drop) {
	my $files = tempdir();
	my $env   = {
		DATABASE_URL      => $pg->url($pg->create_database($what)),
		MIGRATE_DIRECTORY => $files,
	};
	my @sql = ('SET work_mem = 64', 'SET work_mem = 65', $drop{$what}, 'SET work_mem = 66');
	for my $n (0 .. $#sql) {
		migration($files, "r$n",
			{ parents => $n ? 'r' . ($n - 1) : undef, up => $sql[$n], down => $sql[$n] });
	}
	for my $command ([ 'upgrade', 'head' ], [ 'downgrade', 'base' ]) {
		my $done = run(@$command, { env => $env });
		is($done->{status}, 0, "@$command goes on after a $what that drops it") or diag $done->{err};
	}
	my $rows = $pg->query("SELECT count(*) FROM migrate_journal WHERE status = 'done'", $what);
	is($rows, 2 * @sql, 'and each step is in the journal');
}
done_testing;
