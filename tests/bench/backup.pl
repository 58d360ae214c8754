# backup [BUILD]: `migrate backup` beside bare pg_dump and the read-back by pg_restore, its own memory, and,
# where there is a real S3 server (BUILD/versitygw, or $S3_SERVER), its upload beside curl's.

use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../lib";
use Bench;
use Cluster;
use IO::Socket::INET;
use List::Util qw(max);
use Migrate    qw(tempdir);
use Process;

my $rounds = $ENV{ROUNDS} // 7;
my $rows   = $ENV{ROWS}   // 1_000_000;
my ($build) = migrate_program() =~ m{^(.*)/};
my $server = $ENV{S3_SERVER} // "$build/versitygw";
my $dir    = tempdir();
my $pg     = Cluster->new(disk => 1);
my $url    = $pg->url('bench');
my ($dump, $restore) = map { Cluster::bin($_) } qw(pg_dump pg_restore);
my %env = (MIGRATE_URL => $url, MIGRATE_BACKUP_DIRECTORY => "$dir/backups", MIGRATE_BACKUP_KEEP_LAST => 1,
	AWS_ACCESS_KEY_ID => 'AK', AWS_SECRET_ACCESS_KEY => 'secret');

$pg->start;
$pg->create_database('bench');
$pg->query("CREATE TABLE t AS SELECT i AS id, 'customer ' || i AS name, now() + i * interval '1 s' AS at,
	sha256(i::text::bytea) AS token FROM generate_series(1, $rows) i", 'bench');

# Both write to the same disk, and read what they wrote.
sub run_bare {
	unlink "$dir/bare";
	my $is = measure([ 'sh', '-c', '"$1" -Fc -f "$4/bare" -d "$3" && "$2" -f /dev/null "$4/bare"', 'sh',
		$dump, $restore, $url, $dir ]);
	return $is;
}

sub run_ours { return measure([ migrate_program(), '-q', 'backup' ], env => \%env, dir => $dir) }

# The most that migrate itself, without its children, has had in memory: MB.
sub own_memory {
	my (%more) = @_;
	my %base = map { ($_ => $ENV{$_}) } grep { !/^(?:PG|MIGRATE)/ } keys %ENV;
	my $process = Process->start([ migrate_program(), 'backup' ], env => { %base, %env, %more }, dir => $dir,
		timeout => 600);
	my $most = 0;
	while ($process->running) {
		if (open my $status, '<', "/proc/$process->{pid}/status") {
			my ($now) = map { /^VmHWM:\s+(\d+) kB/ } <$status>;
			$most = max($most, $now // 0);
		}
		select undef, undef, undef, 0.02;
	}
	die $process->{err} if $process->{status};
	return ($most / 1024, $process->{err});
}

sub compare_dumps {
	my @rivals = ([ bare => \&run_bare ], [ migrate => \&run_ours ]);
	in_turn(1, @rivals);
	my $found = in_turn($rounds, @rivals);
	my %ms = map { ($_ => median(figures('wall', $found->{$_})) / 1000) } keys %$found;
	heading(sprintf 'a backup of %s, archive %.1f MB',
		$pg->query(q{SELECT pg_size_pretty(pg_database_size('bench'))}), (-s "$dir/bare") / 1e6);
	table([ 'medians', 'ms', 'runs' ], map { [ $_, sprintf('%.0f', $ms{$_}), scalar @{ $found->{$_} } ] } qw(migrate bare));
	print "\n";
	my ($memory) = own_memory();
	table(verdict('time: migrate / (pg_dump + read-back)', $ms{migrate} / $ms{bare}, 1.05),
		verdict('memory of migrate itself', $memory, 16, ' MB'));
	return;
}

sub start_server {
	my $port = do { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport };
	mkdir "$dir/$_" for qw(s3 s3/bucket sidecar);
	my $process = Process->start([ $server, '--quiet', '--keep-alive', '--port', "127.0.0.1:$port", '--access', 'AK', '--secret', 'secret',
		'--region', 'us-east-1', 'posix', '--sidecar', "$dir/sidecar", "$dir/s3" ], env => {%ENV}, timeout => 3600);
	select undef, undef, undef, 0.05 until IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
	return ($process, "http://127.0.0.1:$port");
}

# MB/s of each, with the same file: the archive that the backup has just sent. curl signs the same hash, so
# that the server has the same work, and is told it, so that it has less.
sub compare_uploads {
	my ($process, $endpoint) = start_server();
	my %more = (MIGRATE_BACKUP_COMPRESS => 0, MIGRATE_BACKUP_UPLOAD => "s3://bucket/bench?endpoint=$endpoint");
	my (@ours, @curls, $memory, $size);
	for my $round (0 .. $rounds) {
		($memory, my $log) = own_memory(%more);
		my ($number, $unit) = $log =~ /uploaded .* in ([\d.]+) (ms|s)$/m or die $log;
		my ($archive) = glob "$dir/backups/*.dump";
		$size = -s $archive;
		my ($sha256) = qx(sha256sum $archive) =~ /^(\w+)/;
		my $is = measure([ 'curl', '-sSf', '--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', 'AK:secret',
			'-H', "x-amz-content-sha256: $sha256", '-T', $archive,
			"$endpoint/bucket/curl" ]);
		next if !$round;    # warms up
		push @ours,  $size / 1e6 / ($unit eq 's' ? $number : $number / 1000);
		push @curls, $size / $is->{wall};
	}
	$process->signal('TERM');
	heading(sprintf 'upload of %.1f MB to a real S3 server, in parts of 64 MB', $size / 1e6);
	table([ 'medians', 'MB/s', 'runs' ], [ migrate => sprintf('%.0f', median(@ours)), scalar @ours ],
		[ curl => sprintf('%.0f', median(@curls)), scalar @curls ]);
	print "\n";
	table(verdict('time: migrate / curl', median(@curls) / median(@ours), 1 / 0.8),
		verdict('memory of migrate itself', $memory, 16, ' MB'));
	return;
}

compare_dumps();
if (-x $server && grep { -x "$_/curl" } split /:/, $ENV{PATH}) {
	compare_uploads();
} else {
	print "\nno upload was measured: make build/versitygw, and install curl\n";
}
