# over_and_back: Alembic and migrate on one database, in turn and at random. Each finds what the other
# has left, and our journal says what was done elsewhere.
#
# DIFFERENTIAL_GRAPHS, DIFFERENTIAL_SEED: `make differential`.

use strict;
use warnings;
use utf8;

use Alembic;
use Cluster;
use Dag;
use List::Util qw(any);
use Migrate;
use Test::More;

plan skip_all => Alembic::missing() if Alembic::missing();

my $graphs = $ENV{DIFFERENTIAL_GRAPHS} || 8;
my $steps  = 10;
my $seed   = $ENV{DIFFERENTIAL_SEED} || 1;

my $pg = Cluster->new;
$pg->start;
my $alembic = Alembic->new($pg, together => 1);
my %done;

sub sorted { return join ' ', sort @_ }
sub lines  { return join '', sort $_[0] =~ /^.*\n/mg }

# The journal as [revision, direction, status, parents]; nothing if there is none.
sub journal {
	return if $alembic->sql('ours', "SELECT to_regclass('migrate_journal') IS NULL")->[0][0];
	return @{ $alembic->sql('ours', 'SELECT revision, direction, status, parents FROM migrate_journal ORDER BY id') };
}

# What is in force by the journal alone.
sub in_force {
	my ($dag, @journal) = @_;
	my %applied;
	for my $row (@journal) {
		my ($revision, $direction, $status, $parents) = @$row;
		next if $status !~ /^(?:done|elsewhere)$/;
		if    ($direction eq 'up')   { $applied{$revision} = 1 }
		elsif ($direction eq 'down') { delete $applied{$revision} }
		else                         { %applied = %{ $dag->closure(@$parents) } }
	}
	return keys %applied;
}

# Our command's new rows in the journal: first what was done elsewhere, each in an order that is
# possible, then what it did itself.
sub journal_is_right {
	my ($dag, $before, $rows_before, $now) = @_;
	my @after     = journal();
	my @new       = @after[ @$before .. $#after ];
	my @elsewhere = map {"$_->[1] $_->[0]"} grep { $_->[2] eq 'elsewhere' } @new;
	my %known     = map { ($_ => 1) } in_force($dag, @$before);
	my %then      = %{ $dag->closure(@$rows_before) };
	return 'wrote for nothing' if @new && !any { $_->[2] ne 'elsewhere' } @new;
	return                     if !@new;
	my @missed = ((map {"down $_"} grep { !$then{$_} } keys %known), map {"up $_"} grep { !$known{$_} } keys %then);
	return 'done elsewhere: ' . sorted(@missed) . ', not ' . sorted(@elsewhere) if sorted(@missed) ne sorted(@elsewhere);
	for my $step (@elsewhere) {
		my ($direction, $id) = split / /, $step;
		$direction eq 'up' ? $known{$id} = 1 : delete $known{$id};
		return "elsewhere, $step came too early" if keys %{ $dag->closure(keys %known) } != keys %known;
	}
	my $says = sorted(in_force($dag, @after));
	return $says eq sorted(keys %$now) ? undef : "the journal has in force: $says";
}

# One command by one of them; undef or what is wrong.
sub step {
	my ($dag, $by, @argv) = @_;
	my $before  = $alembic->state('ours')->{rows} // [];
	my @journal = journal();
	my $is      = $by eq 'ours' ? $alembic->ours(@argv) : $alembic->theirs(@argv);
	my $rows    = $is->{rows} // [];
	my %now     = %{ $dag->closure(@$before) };
	$done{"$by $is->{ended}"}++;
	/^up (.*)/ ? $now{$1} = 1 : delete $now{ s/^down //r } for @{ $is->{ran} };
	%now = %{ $dag->closure(@$rows) } if $argv[0] eq 'stamp';
	my @left = $dag->maximal(@$rows);
	if ($by eq 'theirs' && @left < @$rows) {
		$done{'a row of what another row needs already, left by Alembic'}++;
		$alembic->put('ours', @left);
		$rows = \@left;
	}
	return "rows: @$rows" if sorted(@$rows) ne sorted($dag->maximal(keys %now));
	my $wrong = $by eq 'ours' ? journal_is_right($dag, \@journal, $before, \%now) : undef;
	return $wrong if defined $wrong;
	my ($theirs, $ours) = ($alembic->theirs('current'), $alembic->ours('current'));
	return "Alembic's current: $theirs->{said}$theirs->{out}; ours: $ours->{said}$ours->{out}"
	    if lines($theirs->{out}) ne lines($ours->{out}) || any { $_->{ended} ne 'well' } $theirs, $ours;
	return;
}

sub random_command {
	my ($dag) = @_;
	my $id = Dag::pick($dag->ids);
	my %to = (
		upgrade   => [ 'heads', 'heads', '+1', '+2', $id, $id ],
		downgrade => [ '-1', '-1', 'base', $id, $id ],
		stamp     => [ $id, 'heads', 'base' ]);
	my $command = Dag::pick(qw(upgrade upgrade upgrade downgrade downgrade stamp));
	return ($command, Dag::pick(@{ $to{$command} }));
}

subtest 'in turn, at random' => sub {
	diag "$graphs graphs of $steps commands; DIFFERENTIAL_SEED=$seed";
	for my $graph ($seed .. $seed + $graphs - 1) {
		Dag::start($graph);
		my $dag = Dag->random;
		$dag = Dag->random while $dag->{shape} eq 'broken';
		$alembic->start_over($dag);
		my @said;
		for (1 .. $steps) {
			my ($by, @argv) = (Dag::pick(qw(theirs ours)), random_command($dag));
			my $wrong = step($dag, $by, @argv);
			push @said, "$by: @argv" . ($wrong ? ": $wrong" : '');
			last if $wrong;
		}
		is(scalar(grep {/: .*: /} @said), 0, "graph $graph: $dag->{shape} of " . $dag->revisions)
		    or diag join "\n", @said, map {"$_->{id} (@{$_->{parents}}) needs (@{$_->{depends}})"} $dag->revisions;
	}
	diag join ', ', map {"$_: $done{$_}"} sort keys %done;
	cmp_ok($done{'theirs well'}, '>', $graphs, 'Alembic did much of it');
	cmp_ok($done{'ours well'},   '>', $graphs, 'and so did we');
};

sub line {
	my (@ids) = @_;
	my $above;
	return bless {
		shape     => 'line',
		revisions => [ map {
			my $is = { id => $_, parents => [ $above // () ], depends => [], labels => [], message => "m $_", stem => "${_}_m" };
			$above = $_;
			$is
		} @ids ],
	}, 'Dag';
}

subtest 'what is taken over' => sub {
	my $dag = line(qw(a1 b2 c3 d4));
	$alembic->start_over($dag);
	$alembic->theirs('upgrade', 'c3');
	is($alembic->ours('upgrade', 'c3')->{ended}, 'well', 'nothing to do');
	is(() = journal(), 0, 'writes no journal');
	like($alembic->ours('status')->{out}, qr/^Since: +done elsewhere: 3 applied, 0 reverted$/m, 'status shows what the journal lacks');
	like($alembic->ours('status', '--json')->{out}, qr/"applied_elsewhere":\["a1","b2","c3"\],"taken_back_elsewhere":\[\]/, 'by name as JSON');

	is($alembic->ours('upgrade', 'd4')->{ended}, 'well', 'with something to do');
	is(join(', ', map {"@$_[1, 0, 2]"} journal()), 'up a1 elsewhere, up b2 elsewhere, up c3 elsewhere, up d4 done', 'it is noted first');
	is($pg->query(q{SELECT count(*) FROM migrate_journal WHERE status = 'elsewhere' AND num_nonnulls(checksum, up, down) > 0}, 'theirs'),
		'0', 'without texts');
	unlike($alembic->ours('status')->{out}, qr/^Since:/m, 'and the journal lacks nothing any more');

	$alembic->theirs('downgrade', 'b2');
	my $edited = "$alembic->{dir}/migrations/b2_m.sql";
	write_file($edited, slurp($edited) =~ s/(migrate:up\n)/$1SELECT 1;\n/r);
	is($alembic->ours('upgrade', '+1')->{ended}, 'well', 'the text of what was done elsewhere is not ours to check');
	is(join(', ', map {"@$_[1, 0, 2]"} (journal())[ 4 .. 6 ]), 'down d4 elsewhere, down c3 elsewhere, up c3 done', 'downgrades are noted too');
	$alembic->theirs('upgrade', 'd4');
	$alembic->ours('stamp', 'a1');
	is(join(', ', map {"@$_[1, 0, 2]"} (journal())[ 7 .. 8 ]), 'up d4 elsewhere, stamp a1 done', 'and before a stamp');
	$alembic->ours('upgrade', '+1');
	is(join(', ', map {"@$_[1, 0, 2]"} (journal())[ 9 .. 9 ]), 'up b2 done', 'which is our own doing');
	$alembic->theirs('stamp', 'a1');
	$alembic->ours('stamp', 'c3');
	like($alembic->ours('status')->{out}, qr/^Last run:  stamp c3 done, /m, 'status: the last run');
	$alembic->put('ours', 'a1');
	$alembic->ours('downgrade', 'base');
	is(join(', ', map {"@$_[1, 0, 2]"} (journal())[ -3 .. -1 ]), 'down c3 elsewhere, down b2 elsewhere, down a1 done',
		'a hand in psql counts as much');
};

subtest 'what was left half-way' => sub {
	my $dag = line(qw(a1 b2));
	$alembic->start_over($dag);
	migration("$alembic->{dir}/migrations", 'b2', { parents => 'a1', name => 'b2_m.sql', up_options => 'transaction:false',
		up => "SELECT 1;\nSELECT 1/0;", down => 'SELECT 1;' });
	is($alembic->ours('upgrade', 'b2')->{status}, 8, 'by us');
	like($alembic->ours('status')->{out}, qr/^Half done: b2, up/m, 'is known');
	$alembic->theirs('stamp', 'b2');
	unlike($alembic->ours('status')->{out}, qr/^Half done/m, 'and is over when Alembic says that it is');
	is($alembic->ours('downgrade', '-1')->{ended}, 'well', 'so that one can go on');
	is(join(', ', map {"@$_[1, 0, 2]"} (journal())[ -2 .. -1 ]), 'up b2 elsewhere, down b2 done', 'the journal says how');
	like($alembic->ours('status')->{out}, qr/^Last run:  down b2 done/m, 'status too');
};

subtest 'ten thousand' => sub {
	my $dag = line(map { sprintf 'r%05d', $_ } 1 .. 10_000);
	$alembic->start_over(line('r'));
	unlink glob "$alembic->{dir}/migrations/*";
	$alembic->write_ours($_) for @{ $dag->{revisions} };
	$alembic->put('ours', 'r09999');
	my $is = $alembic->ours('upgrade', 'head');
	is($is->{ended}, 'well', 'revisions') or diag $is->{err};
	is($pg->query(q{SELECT count(*), min(id) FILTER (WHERE revision = 'r09999') FROM migrate_journal WHERE status = 'elsewhere'}, 'theirs'),
		'9999|9999', 'done elsewhere, in their order');
	cmp_ok($is->{seconds}, '<', 20, 'are noted at once');
};

done_testing;
