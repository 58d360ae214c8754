# schemas.pl DIRECTORY [PATTERN]: real schemas, there and back; see Pairs. DIRECTORY/NAME.sql is a
# project's schema, DIRECTORY/NAME/*.sql are versions of one, in the order of their names: from nothing to
# the newest, from the newest to nothing, and from each version to the next. Tells each failure with its
# reason. tests/corpus/versions takes versions of a file out of a git history, tests/corpus/projects those of
# several projects. PGBIN= is the server's: see tests/corpus/server.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use Migrate;
use Pairs;

$| = 1;
$ENV{PAIRS_PLAIN} = 1;
my ($root, $pattern) = @ARGV;
my $pg = Cluster->new(options => { max_locks_per_transaction => 1024 });
$pg->start;
my $nothing = write_file(tempdir() . '/nothing.sql', '');
my %count;
my $unloaded = 0;

sub trip {
	my ($what, $old, $new) = @_;
	$count{trips}++;
	if (eval { round_trip($pg, $old, $new) }) {
		$count{equal}++;
		return;
	}
	print "=== $what: $@\n";
	$unloaded++ if $@ =~ /^does not load/;
	return;
}

for my $project (sort grep { !defined $pattern || /$pattern/ } glob "$root/*") {
	my @versions = -d $project ? sort glob "$project/*.sql" : $project =~ /\.sql\z/ ? $project : next;
	my $name     = basename($project, '.sql');
	my $before   = $count{equal} // 0;
	my $trips    = $count{trips} // 0;
	trip("$name, from nothing", $nothing, $versions[-1]);
	trip("$name, to nothing", $versions[-1], $nothing);
	trip("$name, " . basename($versions[ $_ - 1 ]) . ' to ' . basename($versions[$_]), @versions[ $_ - 1, $_ ])
	    for 1 .. $#versions;
	my $tables = () = slurp($versions[-1]) =~ /^\s*CREATE (?:UNLOGGED )?TABLE /gmi;
	printf "%s: %d tables, %d of %d trips equal\n", $name, $tables, ($count{equal} // 0) - $before, $count{trips} - $trips;
}
die "no schemas in $root\n" if !$count{trips};
printf "%d trips: %d equal, %d do not load\n", $count{trips}, $count{equal} // 0, $unloaded;
exit(($count{equal} // 0) == $count{trips} ? 0 : 1);
