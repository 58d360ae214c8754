# autogenerate_old: models beside the databases of tests/corpus/old, as years of migrations left them. `make
# projects-models` takes more.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename dirname);
use OldDatabase;
use Test::More;

plan skip_all => 'no SQLAlchemy' if system(($ENV{ALEMBIC_PYTHON} // q{/usr/bin/python3}) . q{ -c "import sqlalchemy, psycopg2" 2>/dev/null});
my $pg = Cluster->new;
$pg->start;
for my $place (glob dirname(__FILE__) . '/../corpus/old/*') {
	my $told = follow_models($pg, case_of($place));
	is($told->{why}, undef, basename($place)) or diag $told->{up} // $told->{log};
}
done_testing;
