# alembic_cases.pl DIR [NAME…]: Alembic's own autogenerate tests, of its sources in DIR, by us and by that
# Alembic; see alembic_cases.py and Models. With names, those tests alone, and RANDOM_SHOW=1 prints both
# migrations. Alembic's failures are counted, and told with MODELS_THEIRS=1.
use strict;
use warnings;

use Cluster;
use Cwd qw(realpath);
use Migrate ();
use Models;

# Where create_all's database is not what may be wanted, and why.
my %right = (
	'tests.test_autogen_diffs:MultipleMetaDataTest.test_raise_on_dupe' =>
	    'right: two MetaData define one table, which Alembic refuses too',
	'tests.test_autogen_indexes:AutogenerateUniqueIndexTest.test_mismatch_db_named_col_flag' =>
	    'right: a constraint that the models give no name keeps its own, as with Alembic',
	map { ("tests.test_autogen_diffs:AutogenVersionTableTest.$_" =>
		    'right: an alembic_version without version_num is none that a tool works on') }
		qw(test_no_version_table test_version_table_in_target),
);

$| = 1;
$ENV{PAIRS_PLAIN} = 1;
my ($dir, @names) = @ARGV;
die "make alembic-cases ALEMBIC=directory of Alembic's sources\n" if !-e "$dir/tests/test_autogen_diffs.py";
my %env = (ALEMBIC => realpath($dir), PYTHONPYCACHEPREFIX => Migrate::tempdir());
my $pairs = Migrate::tempdir();
my (%as, %same, %why, %tests, %pairs);
for my $line (split /\n/, Models::python('alembic_cases', { %env, PYTHONDONTWRITEBYTECODE => '' }, $pairs)) {
	my ($name, $as, $why) = split /\t/, $line, 3;
	push @{ $as{$as} }, $name;
	$why{$name} = $why;
	$same{$why}++ if $as eq 'same';
}
print "=== $_: not loading: $why{$_}\n" for @{ $as{fails} };
$tests{unloaded} = $pairs{unloaded} = @{ $as{fails} // [] };
my $pg = Cluster->new;
$pg->start;
for my $name (@names ? @names : @{ $as{pair} }) {
	my $told  = Models::change($pg, 'pair', { %env, PAIR => "$pairs/$name" });
	my $times = 1 + ($same{$name} // 0);
	my $title = $times > 1 ? "=== $name and " . ($times - 1) . ' more' : "=== $name";
	my ($as, $why) = defined $told->{unloaded} ? ('unloaded', "not loading: $told->{unloaded}")
	    : !defined $told->{ours} ? 'ours'
	    : $right{$name} ? ('right', $right{$name})
	    :                 ('wrong', $told->{ours});
	my @counted = $as eq 'unloaded' ? $as : ('all', $as, defined $told->{theirs} ? () : 'theirs');
	for my $what (@counted) {
		$tests{$what} += $times;
		$pairs{$what}++;
	}
	print "$title: ", $why =~ s/\n*\z/\n/r if defined $why;
	print "$title: Alembic: $told->{theirs}\n" if defined $told->{theirs} && $ENV{MODELS_THEIRS};
}

my $of = sub { ($tests{ $_[0] } // 0) . ' (' . ($pairs{ $_[0] } // 0) . ')' };
printf "%s tests (different pairs of models): %s by us as create_all makes them, %s otherwise and right, %s by"
    . " Alembic %s; %s more not loading, %d compare no models\n", (map { $of->($_) } qw(all ours right theirs)),
    Models::version(PYTHONPATH => join ':', $env{ALEMBIC}, $ENV{PYTHONPATH} // ()), $of->('unloaded'),
    scalar @{ $as{none} // [] };
exit($pairs{wrong} ? 1 : 0);
