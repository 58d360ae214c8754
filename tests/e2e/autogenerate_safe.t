# autogenerate_safe: what --models-safe on writes for the safe forms of tests/corpus/diff finds no lint that blocks
# anybody, is applied, is all of it, and goes back.
use strict;
use warnings;

use Cluster;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use JSON::PP;
use Migrate;
use Pairs;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;

# These hold a lock for moments, or are what is asked for.
my %fits = map { ($_ => 1) } qw(drop-column rename);

for my $case (glob abs_path(dirname(__FILE__) . '/../corpus/diff') . '/safe_*') {
	my $name = basename($case);
	next if !fits_server($pg, "$case/old.sql");
	my @made;
	my $db  = load_sql($pg, "$case/old.sql", \@made);
	my $dir = tempdir();
	mkdir "$dir/migrations";
	my $migrate = sub {
		return run(@_, { dir => $dir, timeout => 120, env => {
			DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_SOURCE => "$case/new.sql", MIGRATE_MODELS_SAFE => 'on' } });
	};
	my $written = $migrate->(qw(revision --autogenerate -m), $name);
	is($written->{status}, 0, "$name: written") or diag $written->{err};
	my $lint  = $migrate->(qw(lint --json));
	my @found = grep { !$fits{ $_->{rule} // $_->{name} // '' } } @{ decode_json($lint->{out})->{findings} };
	is(scalar @found, 0, "$name: nothing blocks") or diag $lint->{out}, slurp(glob "$dir/migrations/*");
	my @online = map { (split /^-- migrate:down/m, slurp($_))[0] } glob "$dir/migrations/*online*";
	unlike(join(q(), @online), qr{^-- hazard: (?!reads the whole table, and fails if)}m, "$name: and is not said to");
	unlike(join(q(), @online), qr/REPLICA IDENTITY DEFAULT/, "$name: and its changes are replicated all the while");
	my $up = $migrate->(qw(upgrade head));
	is($up->{status}, 0, "$name: applied") or diag $up->{err};
	is($migrate->('check')->{status}, 0, "$name: all of it");
	is($migrate->(qw(downgrade base))->{status}, 0, "$name: and back");
}
done_testing;
