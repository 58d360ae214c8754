# memory: a pg_dump that the kernel killed for want of memory is told from one that somebody killed. Needs
# a memory controller that this user can make a group of.
use strict;
use warnings;

use Cluster;
use File::Spec;
use Migrate;
use Process;
use Test::More;

my $limit = 64 << 20;

# Version 1, or version 2; the limits, and where a process enters.
my @versions = (
	[ '/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.memsw.limit_in_bytes' ],
	[ '/sys/fs/cgroup', 'memory.max', 'memory.swap.max' ],
);

sub put { my ($path, $text) = @_; open my $file, '>', $path or return 0; print $file $text; return close $file }

sub group {
	for (@versions) {
		my ($mount, $most, $swap) = @$_;
		my ($line) = grep { $mount =~ /memory/ ? /:memory:/ : /^0::/ } split /\n/, slurp('/proc/self/cgroup');
		next if !defined $line;
		my ($own) = $line =~ m{^[^:]*:[^:]*:(.*)};
		my $group = "$mount$own/migrate-test-$$" =~ s{//}{/}r;
		mkdir $group or next;
		return $group if put("$group/$most", $limit) && (put("$group/$swap", $mount =~ /memory/ ? $limit : 0) || 1);
		rmdir $group;
	}
	return;
}

my $group = group() or plan skip_all => 'no control group for memory can be made here';

my $pg = Cluster->new;
$pg->start;
my $dir = tempdir();
write_file("$dir/eats", "#!/bin/sh\nif [ \"\$1\" = --version ]; then exec " . Cluster::bin('pg_dump') . " --version; fi\n"
	. "exec perl -e 'my \@all; push \@all, chr(65) x 1e6 while \@all < 1000'\n");
write_file("$dir/dies", "#!/bin/sh\nif [ \"\$1\" = --version ]; then exec " . Cluster::bin('pg_dump') . " --version; fi\nkill -KILL \$\$\n");
chmod 0755, "$dir/eats", "$dir/dies";

sub backup {
	my ($tool) = @_;
	my %env = (%ENV, MIGRATE_URL => $pg->url('postgres'), MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_PG_DUMP => "$dir/$tool",
		PATH => Cluster::bindir() . ":$ENV{PATH}");
	delete @env{ grep {/^PG/} keys %env };
	return Process->run([ 'sh', '-c', "echo \$\$ >$group/cgroup.procs && exec '" . File::Spec->rel2abs($ENV{MIGRATE_PLAIN}) . "' backup" ],
		dir => $dir, env => \%env, timeout => 120);
}

my $got = backup('eats');
is($got->{status}, 6, 'a pg_dump without memory') or diag $got->{err};
like($got->{err}, qr/pg_dump|eats/, 'is named');
like($got->{err}, qr/SIGKILL\): the kernel killed it, since the container reached its memory limit/, 'and why it ended') or diag $got->{err};
like($got->{err}, qr/hint: Raise the container's memory limit/, 'and what to do');
$got = backup('dies');
is($got->{status}, 6, 'one that somebody kills');
like($got->{err}, qr/SIGKILL/, 'is told so');
unlike($got->{err}, qr/the kernel killed it, since the container/, 'and nothing else');

undef $pg;
my $until = time + 20;
select undef, undef, undef, 0.05 until rmdir $group or time > $until;
ok(!-d $group, 'the group is gone');
done_testing;
