# rehearse [BUILD]: a rehearsal of one pending migration on a schema of 300 tables, beside what
# pg_restore takes for the same schema, and with data beside pg_restore of all of it.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Cluster;
use Migrate qw(migration tempdir);

my $tables = 300;
my $rounds = 7;

my $pg = Cluster->new(disk => 1, options => { fsync => 'on', full_page_writes => 'on', synchronous_commit => 'on' });
$pg->start;
$pg->create_database('live');
my $schema = join '', map {
	my $parent = $_ > 1 ? 'REFERENCES t' . ($_ - 1) : '';
	"CREATE TABLE t$_ (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint $parent,
	name text NOT NULL DEFAULT '', state varchar(20) CHECK (state <> ''), made timestamptz DEFAULT now(), UNIQUE (name, made));
	CREATE INDEX t${_}_state ON t$_ (state); COMMENT ON TABLE t$_ IS 'table $_';\n"
} 1 .. $tables;
$pg->query($schema, 'live');
$pg->query('INSERT INTO t1 (name) SELECT md5(n::text) FROM generate_series(1, 300000) n', 'live');

my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'aaaa', { up => 'ALTER TABLE t5 ADD COLUMN extra int;', down => 'ALTER TABLE t5 DROP COLUMN extra;' });
my %env = (MIGRATE_URL => $pg->url('live'), MIGRATE_BACKUP_DIRECTORY => "$dir/backups", PATH => Cluster::bindir() . ":$ENV{PATH}");

my $archive = "$dir/live.dump";
measure([ $pg->bin('pg_dump'), '-Fc', '-f', $archive ], env => { $pg->env('live') });

sub restore {
	my (@options) = @_;
	$pg->query('DROP DATABASE IF EXISTS restored');
	$pg->create_database('restored', 'TEMPLATE template0');
	return measure([ $pg->bin('pg_restore'), @options, '-d', 'restored', $archive ], env => { $pg->env('restored') });
}

measure([ migrate_program(), 'rehearse', '--data', '-q' ], env => \%env, dir => $dir);
my $found = in_turn($rounds,
	[ 'pg_restore --schema-only', sub { restore('--schema-only') } ],
	[ 'rehearse', sub { measure([ migrate_program(), 'rehearse', '-q' ], env => \%env, dir => $dir) } ],
	[ 'pg_restore', sub { restore('--jobs=2') } ],
	[ 'rehearse --data', sub { measure([ migrate_program(), 'rehearse', '--data', '-q' ], env => \%env, dir => $dir) } ]);

heading("$tables tables, one pending migration, median of $rounds");
my %wall = map { ($_ => median(figures('wall', $found->{$_})) / 1000) } keys %$found;
table([ '', 'ms', '', '' ],
	map({ verdict($_, $wall{$_}, undef) } sort keys %wall),
	verdict('rehearse / pg_restore --schema-only', $wall{rehearse} / $wall{'pg_restore --schema-only'}, 3),
	verdict('rehearse --data / pg_restore --jobs=2', $wall{'rehearse --data'} / $wall{pg_restore}, undef));
