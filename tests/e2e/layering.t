# layering: the rooms stand in an order, a module includes only from its own room or a lower one, and
# each foreign header has one room. The tree's other promises that can be read off it are here too.
use strict;
use warnings;
use Test::More;

my @rooms = qw(base revision pg state schema backup net apply import rehearse doctor run);
my %level = map { ("core/$rooms[$_]" => $_) } 0 .. $#rooms;
$level{cmd} = @rooms;

my %owner = (
	'libpq-fe.h'    => 'core/pg',
	'curl/curl.h'   => 'core/net',
	'ini.h'         => 'core/base',
	'jansson.h'     => 'core/base',
	'openssl/evp.h' => 'core/base',
);

my @sources = map { glob "$_/*.[ch]" } sort keys %level;
my (%includes, @wrong, @foreign, @poison);

sub room { my ($path) = @_; return $path =~ m{^(core/[^/]+|cmd)/} ? $1 : '' }

for my $source (@sources) {
	open my $file, '<', $source or die "$source: $!";
	while (my $line = <$file>) {
		push @poison, "$source:$.: $1" if $line =~ /\b(sprintf|strcpy|strcat|strncpy|gets)\s*\(/;
		next unless $line =~ /^#include\s+[<"]([^>"]+)[>"]/;
		my $header = $1;
		my $owner = $owner{$header} // ($header =~ m{^openssl/} ? 'core/base' : undef);
		push @foreign, "$source:$.: $header" if defined $owner && $owner ne room($source);
		next unless $header =~ m{^(core|cmd)/};
		push @wrong, "$source:$.: $header" if $level{room($header)} > $level{room($source)};
		$includes{$source}{$header} = 1 if $header !~ /\.sql\.h$/;
	}
}

cmp_ok(scalar @sources, '>', 50, 'the sources were found');
is_deeply(\@wrong, [], 'no arrow points up');
like(join('', map { local (@ARGV, $/) = $_; <> } 'core/rehearse/roundtrip.c'), qr/\bapply_run\(/, 'a rehearsal runs the very steps that apply');
is_deeply(\@foreign, [], 'each foreign header is included in its room alone');
is_deeply(\@poison, [], 'no function that writes without a limit');

sub cycle {
	my ($at, $state, @way) = @_;
	return () if ($state->{$at} // '') eq 'done';
	return (@way, $at) if ($state->{$at} // '') eq 'open';
	$state->{$at} = 'open';
	for my $next (sort keys %{$includes{$at} // {}}) {
		my @found = cycle($next, $state, @way, $at);
		return @found if @found;
	}
	$state->{$at} = 'done';
	return ();
}

my %state;
is_deeply([map { cycle($_, \%state) } @sources], [], 'no header includes itself by a detour');

my @top = grep { !/^(cmd|core|migrations|docker|compose\.yaml|tests|Makefile|README\.md|README\.ru\.md|LICENSE|\..*)$/ }
    map { s{/.*}{}r } split /\n/, `git ls-files 2>/dev/null`;
is_deeply(\@top, [], 'nothing else stands at the top level');

done_testing();
