# alembic: the same command on the same revisions by Alembic and by migrate, on two databases: how it
# ends, what it says and prints, the rows of alembic_version, what ran in which order, and the header
# of a file that it makes. What may differ stands in @accepted.
#
# DIFFERENTIAL_GRAPHS, DIFFERENTIAL_COMMANDS (of each graph), DIFFERENTIAL_SEED: `make differential`.

use strict;
use warnings;
use utf8;

use Alembic;
use Cluster;
use Dag;
use List::Util qw(any first shuffle);
use Migrate;
use Test::More;

binmode $_, ':utf8'
    for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

plan skip_all => Alembic::missing() if Alembic::missing();

my $graphs   = $ENV{DIFFERENTIAL_GRAPHS}   || 20;
my $commands = $ENV{DIFFERENTIAL_COMMANDS} || 17;
my $seed     = $ENV{DIFFERENTIAL_SEED}     || 1;
my $only     = $ENV{DIFFERENTIAL_ONLY};

my (%counted, %example, %compared, %alike, $ran);

# Each: what it is and why it may be, and whether this difference is one. A comparison is {what, argv,
# command, word, dag, before: the rows before, theirs, ours}; `what` is the first of ended, said, out,
# rows, ran, log, made that differs.
my @accepted = (
	{
		why => 'Alembic ends with a traceback of its own, and we with an error in words',
		is  => sub { return $_[0]{theirs}{ended} eq 'crash' && $_[0]{ours}{ended} eq 'error' },
	},
	{
		why => 'Alembic ends with a traceback of its own, and we do what was asked',
		is  => sub { return $_[0]{theirs}{ended} eq 'crash' && $_[0]{ours}{ended} eq 'well' },
	},
	{
		why => 'downgrade by a number from several heads: Alembic takes back any of them, we refuse and list them',
		is  => sub {
			my ($is) = @_;
			return $is->{command} eq 'downgrade' && $is->{argv}[1] =~ /^-/ && @{ $is->{before} // [] } > 1
			    && $is->{ours}{said} =~ /from multiple heads is ambiguous/;
		},
	},
	{
		why => 'a branch that nobody has: Alembic looks at it only where it has a choice, we say so',
		is  => sub {
			my ($is) = @_;
			return "@{ $is->{argv} }" =~ /nolabel/ && $is->{ours}{said} eq "Can't locate revision identified by 'nolabel'";
		},
	},
	{
		why => 'relative revisions: Alembic knows them in upgrade, downgrade and the end of a range, we also in'
		    . ' show, revision, merge, the start of a range, and after START: of --sql',
		is => sub {
			my ($is) = @_;
			my $words    = join ' ', @{ $is->{argv} };
			my $relative = qr/(?:[^\s:=]*[+-]\d+)/;
			return $is->{theirs}{ended} ne 'well' && (
				$is->{theirs}{said} =~ /^Can't locate revision identified by '$relative'$/
				? $is->{command} !~ /^(?:upgrade|downgrade|stamp)$/
				: $is->{command} =~ /sql/ ? $words =~ / $relative:/
				: $is->{command} eq 'history' ? $words =~ /=$relative:/
				: $is->{command} =~ /^(?:show|revision|merge)$/ && $words =~ /[ =]$relative(?: |\z)/);
		},
	},
	{
		why => 'stamp to a relative revision: Alembic counts from the heads of the files, and only while the'
		    . ' table has no row; we refuse',
		is => sub {
			my ($is) = @_;
			return $is->{command} =~ /^stamp/ && $is->{ours}{ended} eq 'error' && any {/[+-]\d+$/} @{ $is->{argv} };
		},
	},
	{
		why => 'START of --sql may be heads: Alembic wants it to be one revision',
		is  => sub { return $_[0]{command} =~ /sql/ && $_[0]{theirs}{said} =~ /for given argument '(?:\S+@)?heads'/ },
	},
	{
		why => 'several words are wrong: we name another one first',
		is  => sub {
			my ($is) = @_;
			my @words = grep { defined && !/^-(?:-|m$)/ } map { /^--(?:head|depends-on|rev-range|rev-id)=(.*)/ ? split /:/, $1 : split /:/ }
			    @{ $is->{argv} }[ 1 .. $#{ $is->{argv} } ];
			return $is->{what} eq 'said' && $is->{theirs}{ended} eq 'error' && @words > 1
			    && any { $is->{ours}{said} =~ /\Q$_\E/ } map {/([^@]+)$/} @words;
		},
	},
	{
		why => 'Alembic makes the version table when it only reads',
		is  => sub { return $_[0]{what} eq 'rows' && $_[0]{command} =~ /^(?:show|history|check)$/ && !$_[0]{ours}{rows} },
	},
	{
		why => 'history to the current revision of a database that has none: Alembic takes every revision, we none',
		is  => sub {
			my ($is) = @_;
			return $is->{command} eq 'history' && "@{ $is->{argv} }" =~ /:current\b/ && !@{ $is->{before} // [] };
		},
	},
	{
		why => "an error about the current revisions shows Python's tuple of them in Alembic, the word in ours",
		is  => sub {
			my ($is) = @_;
			return $is->{what} eq 'said' && $is->{command} eq 'history' && $is->{theirs}{said} =~ /\('/
			    && $is->{theirs}{said} =~ s/\((?:'[^']*'(?:, |,)?)+\)/current/gr eq $is->{ours}{said};
		},
	},
	{
		why => 'the database is at an unknown revision and the word is wrong too: we say the former',
		is  => sub {
			my ($is) = @_;
			return $is->{what} eq 'said' && "@{ $is->{before} // [] }" eq 'unknown' && $is->{ours}{status} == 10;
		},
	},
	{
		why => 'stamp of two revisions of which one needs the other: Alembic makes rows that it refuses to upgrade'
		    . ' from, we refuse to make them',
		is => sub { return $_[0]{command} =~ /^stamp/ && $_[0]{ours}{said} =~ /overlaps with other requested/ },
	},
	{
		why => 'to follow a revision that is beyond base: Alembic begins a new root, we say that there is none',
		is  => sub { return $_[0]{command} =~ /^(?:revision|merge)$/ && $_[0]{ours}{said} =~ /didn't produce/ },
	},
	{
		why => 'an argument that begins with - and is no number: Alembic takes it for an option',
		is  => sub { return $_[0]{theirs}{ended} eq 'usage' && any {/^-\d+:/} @{ $_[0]{argv} } },
	},
	{
		why => 'a beginning that is unique on its branch only: Alembic forgets the branch in stamp',
		is  => sub {
			my ($is) = @_;
			return $is->{command} =~ /^stamp/ && $is->{ours}{ended} eq 'well'
			    && $is->{theirs}{said} =~ /^Can't locate revision identified by '(.*)'$/ && "@{ $is->{argv} }" =~ /\@\Q$1\E/;
		},
	},
	{
		why => 'an id of more than 32 bytes: Alembic writes the file, and cannot apply it; we refuse',
		is  => sub { return $_[0]{ours}{said} =~ /is longer than 32 bytes/ },
	},
	{
		why => 'files that cannot be put in order: we say so at once, Alembic when it comes to them',
		is  => sub {
			my ($is) = @_;
			return $is->{dag}{shape} eq 'broken' && $is->{ours}{status} == 3
			    && $is->{ours}{said} =~ /^(?:(?:Dependency )?(?:[cC]ycle|[sS]elf-loop) is detected|Revision \S+ referenced from)/;
		},
	},
	{
		why => '--sql with nothing to do: Alembic drops the version table at base, or makes it for nothing',
		is  => sub {
			my ($is) = @_;
			return $is->{what} eq 'out' && $is->{command} =~ /sql/ && $is->{theirs}{out} =~ /\ABEGIN;\s+DROP TABLE alembic_version;\s+COMMIT;\s+\z/
			    && $is->{ours}{out} =~ /\ABEGIN;\s+COMMIT;\s+\z/;
		},
	},
	{
		why => 'Alembic leaves a row of what another row needs already',
		is  => sub {
			my ($is) = @_;
			my $rows = $is->{theirs}{rows} // [];
			return $is->{command} =~ /sql/ ? $is->{what} eq 'out' && same_but_for_rows($is)
			    : $is->{what} eq 'rows' && join(' ', $is->{dag}->maximal(@$rows)) eq "@{ $is->{ours}{rows} // [] }";
		},
	},
);

### The commands

sub pick { return Dag::pick(@_) }

sub range {
	my ($dag) = @_;
	my ($from, $to) = map { $dag->word } 1, 2;
	return pick("$from:$to", ":$to", "$from:", "current:$to", "$from:current", ':', ':current', 'current:', $from);
}

sub options { return grep { rand() < 0.4 } @_ }

my %making = (
	upgrade   => sub { return pick($_[0]->word, $_[0]->word, 'heads') },
	downgrade => sub { return pick($_[0]->word, $_[0]->word, 'base') },
	stamp     => sub {
		my @words = map { $_[0]->word } 1 .. pick(1, 1, 1, 2, 3);
		return ((grep { rand() < 0.2 } '--purge'), @words);
	},
	current        => sub { return options('-v') },
	history        => sub { return (options('-v', '-i'), rand() < 0.7 ? '--rev-range=' . range($_[0]) : ()) },
	heads          => sub { return options('-v', '--resolve-dependencies') },
	branches       => sub { return options('-v') },
	show           => sub { return pick($_[0]->word, $_[0]->word, 'current') },
	check          => sub { return () },
	ensure_version => sub { return () },
	'upgrade --sql' => sub { return pick($_[0]->word, $_[0]->word . ':' . $_[0]->word, pick($_[0]->ids) . ':heads') },
	'downgrade --sql' => sub { return pick($_[0]->word, $_[0]->word . ':' . $_[0]->word, pick($_[0]->ids) . ':base') },
	'stamp --sql' => sub { return map { pick($_[0]->word, $_[0]->word . ':' . $_[0]->word) } 1 .. pick(1, 1, 2) },
	merge => sub {
		my ($dag) = @_;
		my @words = pick(['heads'], [ map { $dag->word } 1 .. pick(1, 2, 3) ], [ (shuffle $dag->ids)[ 0, 0 ] ])->@*;
		return (@words, made_options($dag), grep { rand() < 0.2 } '--branch-label=joined' . int rand 1000);
	},
	revision => sub {
		my ($dag) = @_;
		return (made_options($dag),
			(map { '--head=' . $dag->word } grep { rand() < 0.7 } 1), options('--splice'),
			(map { '--branch-label=' . pick('new' . int rand 1000, $dag->labels) } grep { rand() < 0.2 } 1),
			(map { '--depends-on=' . $dag->word } grep { rand() < 0.2 } 1, 2));
	},
);

# So often in so many.
my %weight = (
	upgrade => 22, downgrade => 20, stamp => 10, current => 7, history => 14, heads => 4, branches => 4,
	show => 7, check => 2, ensure_version => 1, 'upgrade --sql' => 6, 'downgrade --sql' => 5,
	'stamp --sql' => 4, merge => 4, revision => 6);
my @lots = map { ($_) x $weight{$_} } sort keys %weight;

sub made_options {
	my ($dag) = @_;
	my $id = rand() < 0.05 ? pick('bad-id', 'a@b', 'a+1', 'x' x 33) : $dag->new_id;
	my $message = pick('a new one', 'Ещё одна', 'It is "so"; and: more, much more than a name holds');
	return ("--rev-id=$id", rand() < 0.9 ? ('-m', $message) : ());
}

### What is compared

sub entries { return join '', sort split /^(?=Rev: )/m, $_[0] }
sub lines   { return join '', sort $_[0] =~ /^.*\n?/mg }

# Alembic prints sets, in any order: of labels, children, heads and current revisions.
sub comparable {
	my ($command, $text) = @_;
	$text =~ s/^(Path: ).*\/(.*)\.(?:py|sql)$/$1$2/mg;
	$text =~ s/^ *(Generating ).*\/(.*)\.(?:py|sql) \.\.\.  done$/$1$2/mg;
	$text =~ s/^(Current revision\(s\) for ).*/$1…/m;
	$text =~ s/[ \t]+$//mg;
	return sql_effect($text) if $command =~ /--sql/;
	$text =~ s/(?<= \()([^\s()]+(?:, [^\s()]+)+)(?=\)(?! ->))/join ', ', sort split m{, }, $1/ge;
	$text =~ s/^(Branch names|Branches into)(: )(.*)/$1 . $2 . join ', ', sort split m{, }, $3/mge;
	$text =~ s/((?:^ +-> .*\n(?:\S.*\n)*)+)/join '', sort split m{^(?= +-> )}m, $1/mge if $command eq 'branches';
	return $text if $command !~ /^(?:heads|current|show)$/;
	return $text =~ /^Rev: /m ? entries($text) : lines($text);
}

# SQL whose single statements may come in another order: what each step does to the version table.
sub sql_effect {
	my ($text) = @_;
	$text =~ s/ RETURNING alembic_version\.version_num;/;/g;
	$text =~ s/^-- Running stamp_revision .*\n+//mg;
	my @steps = split /^(?=-- Running )/m, $text;
	for my $step (@steps) {
		my %moved;
		$moved{$1}++ while $step =~ s/^INSERT INTO alembic_version \(version_num\) VALUES \('(.*?)'\);\n+//m;
		$moved{$1}-- while $step =~ s/^DELETE FROM alembic_version WHERE alembic_version\.version_num = '(.*?)';\n+//m;
		while ($step =~ s/^UPDATE alembic_version SET version_num='(.*?)' WHERE alembic_version\.version_num = '(.*?)';\n+//m) {
			$moved{$1}++;
			$moved{$2}--;
		}
		$step =~ s/\n\n+/\n/g;
		$step .= join '', map { $moved{$_} ? sprintf "%+d %s\n", $moved{$_}, $_ : () } sort keys %moved;
	}
	return join '', @steps;
}

# The same migrations, and after each the same rows, but for those that another row needs.
sub same_but_for_rows {
	my ($is) = @_;
	my (@texts, @courses);
	for my $text (map { comparable($is->{command}, $is->{$_}{out}) } qw(theirs ours)) {
		push @texts, $text =~ s/^[+-]\d .*\n//mgr;
		my (%rows, @course);
		$rows{$2} //= $1 eq '-' while $text =~ /^([+-])1 (.*)$/mg;
		for my $step (split /^-- Running /m, $text) {
			$rows{$2} = $1 eq '+' while $step =~ /^([+-])1 (.*)$/mg;
			push @course, join ' ', $is->{dag}->maximal(grep { $rows{$_} } keys %rows);
		}
		push @courses, "@course";
	}
	return $texts[0] eq $texts[1] && $courses[0] eq $courses[1];
}

# Alembic says in words where a process would say 1.
sub well { return $_[0]{ended} eq 'well' ? 'well' : 'badly' }

my @views = (
	[ ended => sub { return well($_[1]) } ],
	[ said  => sub { return $_[1]{said} } ],
	[ out   => sub { return well($_[0]{theirs}) eq 'badly' ? '' : comparable($_[0]{command}, $_[1]{out}) } ],
	[ rows  => sub { return $_[1]{rows} ? "@{ $_[1]{rows} }" : $_[0]{command} =~ /^(?:up|down)grade$|stamp$/ ? '' : 'no table' } ],
	[ ran   => sub { return join ', ', @{ $_[1]{ran} } } ],
	[ log   => sub { return $_[0]{command} =~ /grade$/ ? join "\n", map {s/\n/ /gr} @{ $_[1]{log} } : '' } ],
	[ made  => sub { return described($_[1]{made}) } ],
);

sub described {
	my ($made) = @_;
	return '' if !$made;
	return join '; ', map { "$_: " . (ref $made->{$_} ? join ',', @{ $made->{$_} } : $made->{$_}) }
	    qw(id parents labels depends message stem);
}

# The first view in which they differ: (what, theirs, ours), or nothing.
sub difference {
	my ($is) = @_;
	for my $view (@views) {
		my ($what, $see) = @$view;
		my ($theirs, $ours) = map { $see->($is, $is->{$_}) } qw(theirs ours);
		return ($what, $theirs, $ours) if $theirs ne $ours;
	}
	return;
}

### What has to be true of ours whatever Alembic does

# An error says what to do, and prints no half of an answer. Rows and migrations fit: nothing ran twice
# or too early, and the rows are what is newest of it.
sub contradiction {
	my ($is) = @_;
	my ($dag, $ours) = @$is{qw(dag ours)};
	if ($ours->{ended} eq 'error') {
		return 'an error without a hint' if $ours->{err} !~ /^  hint: \S/m;
		return "an error with half of an answer: $ours->{out}" if $ours->{out} ne '';
	}
	return if !defined $is->{before} || "@{ $is->{before} }" eq 'unknown' || $is->{command} !~ /^(?:up|down)grade$/;
	my %applied = %{ $dag->closure(@{ $is->{before} }) };
	for my $step (@{ $ours->{ran} }) {
		my ($direction, $id) = split / /, $step;
		return "$step again" if ($direction eq 'up') == !!$applied{$id};
		$direction eq 'up' ? $applied{$id} = 1 : delete $applied{$id};
		my $closed = $dag->closure(keys %applied);
		return "$step too early" if keys %$closed != keys %applied;
	}
	my @rows = $dag->maximal(keys %applied);
	my @said = @{ $ours->{rows} // [] };
	return "@rows" eq "@said" ? () : "the rows should be @rows, and are @said";
}

### The comparison

my $pg = Cluster->new;
$pg->start;
my $alembic = Alembic->new($pg);

sub shown {
	my ($is, $what, $theirs, $ours) = @_;
	return join "\n", "migrate @{ $is->{argv} }", "before: @{ $is->{before} // [] }", "$what:", "Alembic: $theirs",
	    ($is->{theirs}{said} ? "    ($is->{theirs}{ended}: $is->{theirs}{said})" : ()), "migrate: $ours", $is->{ours}{err}, map {
		    "  $_->{stem}: $_->{id} (@{$_->{parents}}) needs (@{$_->{depends}}) labels (@{$_->{labels}})" } $is->{dag}->revisions;
}

# True if they agree or may differ so.
sub agree {
	my ($is) = @_;
	my $contradiction = contradiction($is);
	if (defined $contradiction) {
		diag shown($is, 'contradiction', '', $contradiction);
		return 0;
	}
	$compared{ $is->{command} }++;
	my ($what, $theirs, $ours) = difference($is);
	$alike{ $is->{ours}{ended} }++ if !defined $what;
	$ran += @{ $is->{ours}{ran} };
	return 1 if !defined $what;
	$is->{what} = $what;
	my $reason = first { $_->{is}->($is) } @accepted;
	if ($reason) {
		my ($exception) = $is->{theirs}{ended} eq 'crash' ? $is->{theirs}{said} =~ /^(\w+)/ : ();
		my $why = $reason->{why} . ($exception ? " ($exception)" : '');
		$counted{$why}++;
		$example{$why} //= "in graph $is->{dag}{name}: @{ $is->{argv} }";
		return 1;
	}
	diag shown($is, $what, $theirs, $ours);
	return 0;
}

# A file that both made alike joins the others; a difference in rows ends with Alembic's being ours.
sub settle {
	my ($is) = @_;
	my ($theirs, $ours) = @$is{qw(theirs ours)};
	if ($theirs->{made} && $ours->{made} && described($theirs->{made}) eq described($ours->{made})) {
		$is->{dag}->add($ours->{made});
		$alembic->write($ours->{made});
	}
	my @rows = map { $_->{rows} ? "@{ $_->{rows} }" : undef } $theirs, $ours;
	return if ($rows[0] // '') eq ($rows[1] // '') && defined $rows[0] == defined $rows[1];
	$alembic->put($_, @{ $ours->{rows} // [] }) for qw(theirs ours);
	return;
}

sub compare {
	my ($dag, $before, @argv) = @_;
	my ($theirs, $ours) = $alembic->both(@argv);
	my $command = $argv[0] . ((any { $_ eq '--sql' } @argv) ? ' --sql' : '');
	my $is = { dag => $dag, before => $before, argv => \@argv, command => $command, theirs => $theirs, ours => $ours };
	if ($command =~ /merge|revision/) {
		$theirs->{made} = $alembic->made('theirs', $dag);
		$ours->{made}   = $alembic->made('ours',   $dag);
		delete $theirs->{made} if $theirs->{ended} ne 'well';
	}
	my $agree = agree($is);
	settle($is);
	return $agree;
}

# Here and there the databases are somewhere else, or at a revision that nobody has.
sub move_on {
	my ($dag) = @_;
	my $state = $alembic->state('ours');
	return $state->{rows} if rand() > 0.15 && !any { $_ eq 'unknown' } @{ $state->{rows} // [] };
	my @rows = rand() < 0.1 ? 'unknown' : $dag->random_rows;
	$alembic->put($_, @rows) for qw(theirs ours);
	return \@rows;
}

diag "Alembic ", Alembic::version(), "; $graphs graphs of $commands commands; DIFFERENTIAL_SEED=$seed";
for my $graph ($seed .. $seed + $graphs - 1) {
	next if defined $only && $graph != $only;
	Dag::start($graph);
	my $dag = Dag->random;
	$dag->{name} = $graph;
	$alembic->start_over($dag);
	my $agreed = 0;
	for (1 .. $commands) {
		my $before  = move_on($dag);
		my $command = pick(@lots);
		$agreed += compare($dag, $before, split(/ /, $command), $making{$command}->($dag));
	}
	is($agreed, $commands, "graph $graph: $dag->{shape} of " . $dag->revisions);
}

# At length only where many were asked for.
my $tell = $ENV{DIFFERENTIAL_GRAPHS} ? \&diag : \&note;
my $differences = 0;
$differences += $_ for values %counted;
$tell->("$counted{$_} times, first $example{$_}: $_") for sort { $counted{$b} <=> $counted{$a} } keys %counted;
diag "the same: $alike{well} that went well, $alike{error} errors; accepted differences: $differences;"
    . " $ran migrations ran";
$tell->(join ', ', map {"$_ $compared{$_}"} sort keys %compared);
done_testing;
