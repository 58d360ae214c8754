# real_models.pl PROJECT SOURCE: a project's models beside its migrated database: Alembic's own check and
# ours name the same indexes, and with our migration applied both have nothing more to say.
use strict;
use warnings;

use Cluster;
use Cwd qw(realpath);
use Migrate;
use Process;
use Test::More;

my ($project, $source) = @ARGV;
$project = realpath($project);
my $pg = Cluster->new(port => 1);
$pg->start;
my $db  = $pg->create_database('models');
my $dir = tempdir() . '/migrations';
my %env = (DATABASE_URL => $pg->tcp_url($db), BOT_TOKEN => '1:x', MIGRATE_DIRECTORY => $dir,
	MIGRATE_MODELS_SOURCE => $source, MIGRATE_MODELS_PYTHON => '/usr/bin/python3',
	PYTHONDONTWRITEBYTECODE => 1);
for my $prefix (qw(DB_ POSTGRES_)) {
	@env{ map { $prefix . $_ } qw(HOST PORT USER PASSWORD NAME DB) } =
	    ('127.0.0.1', $pg->port, 'postgres', 'postgres', $db, $db);
}

sub migrate { return run(@_, { dir => $project, env => \%env, timeout => 300 }) }

# What Alembic's check calls added and removed indexes.
sub alembic {
	my $done = Process->run([ qw(/usr/bin/python3 -m alembic check) ], dir => $project, env => { %ENV, %env });
	my $said = $done->{out} . $done->{err};
	my %found = (all => $said);
	$found{"added $1"} = 1 while $said =~ /'add_index', Index\('([^']+)'/g;
	$found{"removed $1"} = 1 while $said =~ /'remove_index', Index\('([^']+)'/g;
	return \%found;
}

my $import = migrate(qw(import alembic -c alembic.ini));
ok(-d $dir, 'the history is imported') or diag $import->{err};
my $up = migrate(qw(upgrade heads));
is($up->{status}, 0, 'and applied') or diag $up->{err};
my $theirs = alembic();
my @diffs  = map { migrate('diff') } 1 .. 3;
is($diffs[0]{status}, 0, 'the models are compared') or diag $diffs[0]{err};
is($diffs[$_]{out}, $diffs[0]{out}, 'always the same') for 1, 2;
my $ours = migrate(qw(revision --autogenerate -m tried --rev-id tried))->{err};
unlink glob "$dir/tried_*";
my @indexes = grep {/^(?:added|removed) /} sort keys %$theirs;
ok($ours =~ /Detected $_->[0] (?:index|unique constraint) '(?:\w+\.)?\Q$_->[1]\E'/, "we find it too: @$_")
    for map { [ split / /, $_, 2 ] } @indexes;
diag scalar(@indexes) . " indexes that Alembic names; ours:\n" . $ours;
my $made = migrate(qw(revision --autogenerate -m models));
is($made->{status}, 0, 'our migration is written') or diag $made->{err};
is(migrate(qw(upgrade heads))->{status}, 0, 'and applied');
is(migrate('check')->{out}, "No new upgrade operations detected.\n", 'then our check is silent');
# Alembic knows neither our journal nor our newest revision.
$pg->query('DROP TABLE migrate_journal, migrate_attempt', $db);
my ($parent) = slurp(($made->{out} =~ /Generating (\S+)/)[0]) =~ /^-- Revises: (.*)$/m;
$pg->query("DELETE FROM alembic_version; INSERT INTO alembic_version SELECT trim(v) FROM unnest(string_to_array('$parent', ',')) v", $db);
like(alembic()->{all}, qr/No new upgrade operations detected/, 'and Alembic\'s') or diag alembic()->{all};
done_testing;
