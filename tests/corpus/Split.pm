package Split;

# Split: how core/pg/scan.c splits scripts, through the program tests/corpus/split.c.

use strict;
use warnings;

use Process;

# For each file: { statements => [[text, COPY data or undef, line]…], error => text, line => of the error }.
sub files {
	my ($program, @files) = @_;
	my $done = Process->run([ split(' ', $program), @files ], timeout => 600);
	die "$program: $done->{err}" if $done->{status};
	my @result;
	for ($done->{out}) {
		while (/\G(?:F (.*)|E (\d+) (.*)|S (\d+) (\d+) (-?\d+))\n/gc) {
			if (defined $1) {
				push @result, { name => $1, statements => [], error => '', line => 0 };
			} elsif (defined $2) {
				@{ $result[-1] }{qw(line error)} = ($2, $3);
			} else {
				my ($line, $length, $data) = ($4, $5, $6);
				my $at = pos;
				push @{ $result[-1]{statements} }, [
					substr($_, $at, $length),
					$data < 0 ? undef : substr($_, $at + $length + 1, $data), $line ];
				pos = $at + $length + 2 + ($data < 0 ? 0 : $data);
			}
		}
		die "$program: its output makes no sense at " . pos if pos != length;
	}
	return @result;
}

1;
