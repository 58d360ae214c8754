# graph: history drawn in the terminal, and as diagrams for other programs.
use strict;
use warnings;

use Cluster;
use JSON::PP ();
use Migrate;
use Test::More;

my $dir   = tempdir();
my $files = "$dir/migrations";
my $url;

sub migrate { return run(@_, { dir => $dir, env => { MIGRATE_URL => $url } }) }

sub history {
	my (@args) = @_;
	my $got = migrate('history', @args);
	is($got->{status}, 0, "history @args") or diag $got->{err};
	return $got->{out};
}

sub drawn {
	my ($columns, %env) = @_;
	my $got = terminal($columns, 'history', '--graph', { dir => $dir, env => \%env });
	is($got->{status}, 0, 'history --graph in a terminal') or diag $got->{out};
	return $got->{out};
}

mkdir $files;
my $sql = { up => 'SELECT 1;', down => 'SELECT 1;' };
migration($files, 'a1', { message => 'base', %$sql });
migration($files, 'b2', { parents => 'a1', message => 'say "left"', labels => 'left', %$sql });
migration($files, 'b3', { parents => 'a1', message => 'right', %$sql });
migration($files, 'c4', { parents => [ 'b2', 'b3' ], message => 'both', %$sql });
migration($files, 'l1', { message => 'Добавить поле', labels => 'lib', %$sql });
migration($files, 'l2', { parents => 'l1', depends => 'c4', message => 'needs both', %$sql });
migration($files, 'x5', { parents => 'a1', message => 'experiment', %$sql });

subtest 'in text' => sub {
	my $drawn = history('--graph');
	is($drawn, <<'END', 'is drawn as git does');
*   l2 (lib) (head), needs both
|`
| *   c4 (left) (effective head) (mergepoint), both
| |\
| | * b3, right
| * | b2 (left), say "left"
| |/
* / l1 (lib), Добавить поле
 /
| * x5 (head), experiment
|/
* a1 (branchpoint), base
END
	is(history('--graph', '-r', 'b2:c4'), <<'END', 'a range');
* c4 (left) (effective head) (mergepoint), both
* b2 (left), say "left"
END
	is(history('--graph', '-r', 'x5:x5'), "* x5 (head), experiment\n", 'one revision');
	is(history('--format', 'text'), history(), 'text is the default');
	is(history('--format=json'), history('--json'), '--json is short for --format json');
	is(history('--json', '--format=json'), history('--json'), 'and may stand beside it');
	unlike($drawn, qr/\e/, 'without colours where there is no terminal');
};

subtest 'in a terminal' => sub {
	my $wide = drawn(80);
	like($wide, qr/^\* {3}\e\[33ml2\e\[m \(lib\)\e\[1m \(head\)\e\[m, needs both$/m, 'the id and the marks are coloured');
	like($wide, qr/^\e\[31m\|\e\[m\e\[32m`\e\[m$/m, 'and the lanes');
	is($wide =~ s/\e\[[\d;]*m//gr, history('--graph'), 'nothing else is different');
	is(drawn(80, NO_COLOR => 1), history('--graph'), 'NO_COLOR');
	is(drawn(80, TERM => 'dumb'), history('--graph'), 'TERM=dumb');
	my $narrow = drawn(20, NO_COLOR => 1);
	utf8::decode($narrow);
	is((sort { $b <=> $a } map { length } split /\n/, $narrow)[0], 20, 'lines are cut at its width');
	like($narrow, qr{^\* / l1 \(lib\), \x{414}\x{43e}\x{431}\x{430}\x{432}\x{438}$}m, 'counted in characters, not in bytes');
};

subtest 'as a diagram' => sub {
	my $dot = history('--format', 'dot');
	like($dot, qr/\Adigraph migrations \{\n.*\n\}\n\z/s, 'dot');
	like($dot, qr/^\t"b2" \[label="b2\\nsay \\"left\\""\];$/m, 'a node');
	like($dot, qr/^\t"c4" -> "l2" \[style=dashed\];$/m, 'a dependency');
	unlike(history('--format', 'dot', '-r', 'b2:c4'), qr/"b3"|"a1"/, 'a range');
	my $mermaid = history('--format', 'mermaid');
	like($mermaid, qr/\Aflowchart BT\n/, 'mermaid');
	like($mermaid, qr/^\tn1\["b2<br\/>say #34;left#34;"\]$/m, 'a node');
	like($mermaid, qr/^\tn3 -\.-> n5$/m, 'a dependency');
};

subtest 'the current revision' => sub {
	my $pg = Cluster->new;
	$pg->start;
	$url = $pg->url('postgres');
	is(migrate('upgrade', 'b2')->{status}, 0, 'upgrade');
	like(history('--graph', '-i'), qr/^\| \* \| b2 \(left\) \(current\), say "left"$/m, 'is marked');
	like(history('--graph', '-r', ':current'), qr/\A\* b2 [^\n]*\n\* a1 [^\n]*\n\z/, 'ends a range');
	like(history('--format', 'dot', '-i'), qr/^\t"b2" \[.*, style=filled\];$/m, 'in dot');
	like(history('--format', 'mermaid', '-i'), qr/^\tn1\[.*\]:::current$/m, 'in mermaid');
	my @current = grep { $_->{current} } @{ JSON::PP::decode_json(history('--json', '-i')) };
	is(join(' ', map { $_->{revision} } @current), 'b2', 'in JSON');
};

subtest 'what contradicts itself' => sub {
	for my $case (
		[ qr/unknown format 'svg'/, '--format', 'svg' ],
		[ qr/--format=dot\?/, '--format', 'dott' ],
		[ qr/--json and --format=dot exclude/, '--json', '--format', 'dot' ],
		[ qr/--graph draws/, '--graph', '--verbose' ],
		[ qr/--graph draws/, '--graph', '--format', 'mermaid' ],
		[ qr/--graph draws/, '--graph', '--json' ]) {
		my ($says, @args) = @$case;
		my $got = migrate('history', @args);
		is($got->{status}, 2, "history @args") or diag $got->{out};
		like($got->{err}, $says, 'is refused');
	}
};

done_testing();
