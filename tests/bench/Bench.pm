package Bench;

# Bench: what the benchmarks share. Each script takes the build directory, build unless told. Rivals
# run in turn, A B C A B C, so that whatever else the machine does meets all of them.

use strict;
use warnings;

use Cluster;
use Exporter qw(import);
use File::Spec;
use List::Util qw(max);
use Process;

our @EXPORT = qw(measure start_measured measured floor_program migrate_program alembic_program
    in_turn median figures heading table verdict);

my $build = File::Spec->rel2abs($ARGV[0] // 'build');
my @fields = qw(began ended user system memory status);

$| = 1;

sub floor_program   { return "$build/tests/bench/$_[0]" }
sub migrate_program { return "$build/migrate" }

# Debian's, by the interpreter that its packages belong to.
sub alembic_program { return ('/usr/bin/python3', '-m', 'alembic') }

# Starts a command under `measure`: start_measured([program, argument…], env => {…}, dir => …,
# timeout => seconds). The environment is this script's without what names a database or a setting.
sub start_measured {
	my ($command, %option) = @_;
	my %env = map { ($_ => $ENV{$_}) }
	    grep { !/^(?:PG|POSTGRES_|DB_|MIGRATE|DATABASE_URL|PYTHON)/ } keys %ENV;
	return Process->start([ floor_program('measure'), @$command ],
		timeout => 600, %option, env => { %env, %{ $option{env} // {} } });
}

# What it came to: began, ended, user, system, wall, all µs, memory in KiB, and the exit status.
sub measured {
	my ($process) = @_;
	$process->finish;
	my %is;
	@is{@fields} = split ' ', $process->{out};
	die "@{$process->{command}}\n$process->{err}" if $process->{status} || !defined $is{status};
	$is{wall} = $is{ended} - $is{began};
	return \%is;
}

# Runs a command that has to succeed.
sub measure {
	my ($command, %option) = @_;
	my $process = start_measured($command, %option);
	my $is      = measured($process);
	die "@$command\n$process->{err}status $is->{status}\n" if $is->{status};
	return $is;
}

# in_turn($rounds, [name, sub {…}, $every], …): calls each in every round, in this order, or in
# every so-many-th one. Returns {name => [what its calls returned]}.
sub in_turn {
	my ($rounds, @rivals) = @_;
	my %found;
	for my $round (0 .. $rounds - 1) {
		for my $rival (@rivals) {
			my ($name, $run, $every) = @$rival;
			push @{ $found{$name} }, $run->() if $round % ($every // 1) == 0;
		}
	}
	return \%found;
}

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2;
}

# The values of one field of what `measure` returned.
sub figures {
	my ($field, $measured) = @_;
	return map { $_->{$field} } @$measured;
}

sub heading { return print "\n@_\n" }

# Rows of as many cells; all but the first are set to the right.
sub table {
	my (@rows) = @_;
	my @width;
	for my $column (0 .. $#{ $rows[0] }) {
		push @width, max map { length $_->[$column] } @rows;
	}
	for my $row (@rows) {
		printf '  %-*s', $width[0], $row->[0];
		printf '  %*s', $width[$_], $row->[$_] for 1 .. $#$row;
		print "\n";
	}
	return;
}

# A row for table: what is compared, its value, and, where there is a target, the most it may be.
sub verdict {
	my ($what, $value, $most, $unit) = @_;
	my $cell = sub { sprintf '%.2f%s', $_[0], $unit // '' };
	return [ $what, $cell->($value), '', '' ] if !defined $most;
	my $good = $value <= $most ? 'ok' : 'MISSED';
	return [ $what, $cell->($value), '<= ' . $cell->($most), $good ];
}

1;
