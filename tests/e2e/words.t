# words: the pages, the help and what the program says are in the field's words, and in English that is not translated.
use strict;
use warnings;

use Cwd qw(abs_path);
use Migrate;
use Test::More;

my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my @rules = (
	[ qr/(?<!left )(?<!^)\bbehind\b(?!-| a pooler| its primary| it\.)/i => 'after, or on top of' ],
	[ qr/\banew\b/                       => 'again' ],
	[ qr/\btaken back\b/                 => 'reverted' ],
	[ qr/\b(?:goes|went) on\b/           => 'continues' ],
	[ qr/\b(?:is|are) told\b/            => 'is notified, or learns' ],
	[ qr/\bmend(?:s|ed|ing)?\b/          => 'fix' ],
	[ qr/\b(?:can't|won't|doesn't|isn't)/ => 'cannot, in full' ],
	[ qr/(?<!there )\bis no (?!longer|difference|later|more|room|way|such|other|backup|one)\w/ => 'is not a' ],
	[ qr/\b1 (?!ms\b|s\b|MB\b|GB\b|hours?\b|is\b|has\b|was\b)\w+s\b(?! of)/ => 'one of them' ]);

# A text's places, as "NAME:LINE: words".
sub found {
	my ($name, $text) = @_;
	my (@found, $line);
	for my $row (split /\n/, $text) {
		$line++;
		push @found, map { $row =~ $_->[0] ? "$name:$line: '$&', say: $_->[1]" : () } @rules;
	}
	return @found;
}

sub no_code { return $_[0] =~ s{^```.*?^```$}{ $& =~ s/[^\n]//gr }gmser =~ s/`[^`\n]*`//gr }

my @pages = map { s{^\Q$root\E/}{}r } glob "$root/README.md $root/*/README.md $root/cmd/*.md $root/docker/*.md";
cmp_ok(scalar @pages, '>=', 9, 'the pages');
my %seen;
is(join("\n", map { found($_, no_code(slurp("$root/$_"))) } grep { !$seen{$_}++ } @pages), '', 'are in these words');

my $help = run('--help')->{out};
my @commands = ($help =~ /^Commands:\n(.*?)^$/ms)[0] =~ /^  (\w+) +\S/mg;
is(join("\n", found('--help', $help), map { found("help $_", run('help', $_)->{out}) } @commands), '', 'the help, too');

my @said;
for my $source (map { glob "$root/$_/*.[ch] $root/$_/*.py" } 'cmd', map { s{^\Q$root\E/}{}r } glob "$root/core/*") {
	my $text = slurp($source) =~ s{/\*.*?\*/}{ $& =~ s/[^\n]//gr }gser;
	my $line = 0;
	for my $row (split /\n/, $text) {
		$line++;
		push @said, map { found($source =~ s{^\Q$root\E/}{}r . ":$line", $_) } $row =~ /"((?:[^"\\]|\\.)*)"/g;
	}
}
is(join("\n", @said), '', 'and what the program says');

done_testing;
