# wait [BUILD]: how long after a starting server's first answer `migrate wait` ends, beside a shell
# loop around pg_isready, and what the waiting costs.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Cluster;
use Process;
use Time::HiRes qw(sleep);

my $cycles  = 40;
my $seconds = 10;	# of waiting in vain

my $pg    = Cluster->new(port => 1);
my $ready = Cluster::bin('pg_isready');
my $loop  = 'until "$0" -q -d "$1"; do sleep 1; done';

# One restart: how much later than the prober each of the two has seen it, in ms.
sub cycle {
	my ($url) = @_;
	my $prober = Process->start([ floor_program('prober'), $url, 60 ]);
	my %waiter = (
		migrate =>
		    start_measured([ migrate_program(), 'wait' ], env => { DATABASE_URL => $url }),
		loop => start_measured([ 'sh', '-c', $loop, $ready, $url ]),
	);
	sleep 0.2 + rand 1;	# so that the server is up at any moment of a waiter's pause
	$pg->start;
	$prober->finish;
	die $prober->{err} if $prober->{status};
	my %later;
	for my $name (keys %waiter) {
		my $is = measured($waiter{$name});
		die "$name: status $is->{status}\n$waiter{$name}{err}" if $is->{status};
		$later{$name} = ($is->{ended} - $prober->{out}) / 1000;
	}
	$pg->stop;
	return \%later;
}

sub percentile {
	my ($part, @values) = @_;
	return (sort { $a <=> $b } @values)[ $part / 100 * $#values ];
}

sub notice {
	my ($what, $url) = @_;
	my @cycles = map { cycle($url) } 1 .. $cycles;
	heading("from a starting server's first answer to the end of the waiting, $what");
	table([ 'ms', 'median', '95 %', 'most', 'runs' ], map {
		my $name  = $_;
		my @later = figures($name, \@cycles);
		[ $name, map({ sprintf '%.1f', $_ } median(@later), percentile(95, @later),
			percentile(100, @later)), scalar @later ];
	} qw(migrate loop));
	print "\n";
	table(verdict('median: migrate', median(figures('migrate', \@cycles)), 25, ' ms'));
	return;
}

# Processor time in per cent of one core, while nobody answers.
sub cost {
	my ($what, $url) = @_;
	my %waiter = (
		migrate => start_measured([ migrate_program(), 'wait' ],
			env => { DATABASE_URL => $url, MIGRATE_WAIT_TIMEOUT => "${seconds}s" }),
		loop => start_measured([ 'timeout', $seconds, 'sh', '-c', $loop, $ready, $url ]),
	);
	my %share = map {
		my $is = measured($waiter{$_});
		($_ => 100 * ($is->{user} + $is->{system}) / $is->{wall});
	} keys %waiter;
	return ([ "loop, $what", sprintf('%.2f %%', $share{loop}), '', '' ],
		verdict("migrate, $what", $share{migrate}, 1, ' %'));
}

my ($socket, $tcp) = ($pg->url, $pg->tcp_url);
notice('Unix socket', $socket);
notice('TCP',         $tcp);
heading("processor time while nobody answers for $seconds s");
table(cost('Unix socket', $socket), cost('TCP', $tcp));
