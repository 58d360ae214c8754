package Dag;

# Dag: revisions of a random shape, and the words in which somebody may ask for them.
#
# A revision is {id, parents, depends, labels, message, stem}: three lists, the message, and the name
# of its file without the ending.

use strict;
use warnings;
use utf8;

use Digest::MD5 qw(md5);
use List::Util qw(any shuffle uniq);

my @shapes = ((qw(line line branches merges dependencies all all all)) x 3, 'broken');
my @messages = (
	'add a table', "two lines\nin one paragraph", "a head\n\nand more of it,\nat length\n\nthree",
	'Добавить поле', q{it's "quoted"}, 'a, comma -> and (parentheses)',
	'add a very long message that goes on beyond what fits a file name');

# Dag->random: 1 to 14 revisions. Uses rand: Dag::start makes it the same again.
sub random {
	my ($class) = @_;
	my $self    = bless { shape => pick(@shapes), labels => [ shuffle qw(feat lib ab05q main x) ] }, $class;
	my $by_id   = rand() < 0.5;
	$self->{revisions} = [];
	$self->_add_random($by_id) for 1 .. 1 + int rand 14;
	$self->_break if $self->{shape} eq 'broken';
	return $self->_sort;
}

# The random numbers of what has this name; those of neighbouring seeds would be alike.
sub start { return srand unpack 'N', md5($_[0]) }

sub pick { return $_[ rand @_ ] }

sub _add_random {
	my ($self, $by_id) = @_;
	my @before = @{ $self->{revisions} };
	my $number = @before;
	my %is     = (parents => $self->_random_parents, depends => [], labels => []);
	$is{id} = $self->new_id;
	if ($self->{shape} =~ /dependencies|all/ && @before && rand() < 0.35) {
		my %parent = map { ($_ => 1) } @{ $is{parents} };
		my @names  = grep { !$parent{$_} } map { ($_->{id}, rand() < 0.3 ? @{ $_->{labels} } : ()) } @before;
		$is{depends} = $self->_distinct(pick(1, 1, 2, 3), @names);
	}
	$is{labels}  = [ splice @{ $self->{labels} }, 0, pick(1, 1, 1, 2) ] if rand() < 0.2;
	$is{message} = rand() < 0.01 ? 'a 100 % certainty' : pick(map { "$_ $number" } @messages[ 0, 0, 0 .. $#messages ]);
	my $word = lc join '_', $is{message} =~ /^(\w+)/;
	$is{stem} = $by_id ? "$is{id}_$word" : sprintf '%03d_%s', rand 1000, $is{id};
	return $self->add(\%is);
}

# Names of different revisions only: what a label stands for is not named again by its id.
sub _distinct {
	my ($self, $count, @names) = @_;
	my (%seen, @kept);
	for my $name (shuffle @names) {
		push @kept, $name if @kept < $count && !$seen{ $self->_find($name)->{id} }++;
	}
	return \@kept;
}

sub _random_parents {
	my ($self) = @_;
	my @before = $self->ids;
	return [ @before[ grep { $_ >= 0 } $#before ] ] if $self->{shape} eq 'line';
	return [] if !@before || $self->{shape} ne 'branches' && rand() < 0.15;
	return [ (shuffle @before)[ 0 .. min_of($#before, pick(1, 1, 2)) ] ]
	    if $self->{shape} ne 'branches' && rand() < 0.25;
	my $recent = @before > 4 ? @before - 4 : 0;
	return [ pick(@before[ $recent .. $#before ]) ];
}

sub min_of { return $_[0] < $_[1] ? $_[0] : $_[1] }

# Into something that cannot be put in order, or names what is not there.
sub _break {
	my ($self) = @_;
	my $is   = pick($self->revisions);
	my $list = pick(qw(parents depends));
	my $name = pick($self->ids, 'gone');
	push @{ $is->{$list} }, $name if !any { $_ eq $name } @{ $is->{$list} };
	return;
}

# An identifier that no revision has.
sub new_id {
	my ($self) = @_;
	my $number = @{ $self->{revisions} };
	my $id     = pick(
		sprintf('%04x%08x', rand 65536, rand 2**32), sprintf('ab%02x%s', $number, pick('', 'x', '_y')),
		"add_col_$number", "a$number");
	$id = substr "${id}_with_a_tail_that_goes_on_and_on", 0, 32 if rand() < 0.04;
	$id .= "z$number" while $self->_find($id);
	return $id;
}

sub add {
	my ($self, $revision) = @_;
	push @{ $self->{revisions} }, $revision;
	return $self->_sort if exists $self->{sorted};
	return $self;
}

sub _sort {
	my ($self) = @_;
	$self->{revisions} = [ sort { $a->{stem} cmp $b->{stem} } @{ $self->{revisions} } ];
	$self->{sorted} = 1;
	return $self;
}

sub revisions { return @{ $_[0]{revisions} } }
sub ids       { return map { $_->{id} } $_[0]->revisions }
sub labels    { return map { @{ $_->{labels} } } $_[0]->revisions }

sub _find {
	my ($self, $name) = @_;
	my ($found) = grep { my $is = $_; any { $_ eq $name } $is->{id}, @{ $is->{labels} } } $self->revisions;
	return $found;
}

# Those and all that they need, as {id => 1}. Ids that nobody has are left out.
sub closure {
	my ($self, @ids) = @_;
	my %seen;
	while (@ids) {
		my $found = $self->_find(pop @ids) or next;
		push @ids, @{ $found->{parents} }, @{ $found->{depends} } if !$seen{ $found->{id} }++;
	}
	return { map { ($_ => 1) } keys %seen };
}

# Those of a set that no other one of it needs: the rows that alembic_version has for it.
sub maximal {
	my ($self, @ids) = @_;
	my %below;
	for my $id (@ids) {
		my $is = $self->_find($id) or next;
		$below{$_} = 1 for keys %{ $self->closure(@{ $is->{parents} }, @{ $is->{depends} }) };
	}
	return sort grep { !$below{$_} } uniq @ids;
}

# Rows for a database that is somewhere.
sub random_rows {
	my ($self) = @_;
	my @ids = shuffle $self->ids;
	return $self->maximal(@ids[ 0 .. min_of($#ids, int(rand 4) - 1) ]);
}

# Some way to say a revision, sensible or not.
sub word {
	my ($self)  = @_;
	my ($i, $j) = map { pick($self->ids) } 1, 2;
	my $label   = pick($self->labels ? $self->labels : 'nolabel');
	my $n       = 1 + int rand 4;
	return pick(
		qw(head head heads heads base zzzz a +1 -1 +1 -1 head-1 base+1), "+$n", "-$n", $i, $i, $i,
		substr($i, 0, 1 + rand length $i), substr($i, 0, 4), "$i+$n", "$i-$n", $label, "$label\@head",
		"$label\@head", "$label\@heads", "$label\@base", "$label\@-$n", "$label\@+$n", "$label\@+1",
		"$label\@-1", "$label\@$i", $label . '@' . substr($i, 0, 4), "$label\@$i-1", "$label\@$i+1",
		"$label\@head-1", "heads-1", "$j\@$i", "$j\@head", substr($j, 0, 5) . '@heads', "$j\@-1", "$j\@+1",
		"nolabel\@head", "nolabel\@base", "nolabel\@+1", substr($label, 0, 4));
}

1;
