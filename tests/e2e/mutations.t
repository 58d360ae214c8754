# mutations: backups that were cut, changed, exchanged or emptied: none verifies. $MUTATIONS of them.
use strict;
use warnings;

use Cluster;
use File::Basename qw(basename);
use File::Copy     qw(copy);
use List::Util     qw(min);
use Migrate;
use Test::More;

my $want = $ENV{MUTATIONS} // 1000;
my $pg   = Cluster->new;
$pg->start;
my $dir = tempdir();
my %env = (MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_JOBS => 2);
my @whole;    # [archive, format]

srand($ENV{MUTATION_SEED} // 1);
for my $name (qw(one two)) {
	$pg->create_database($name);
	$pg->query("CREATE TABLE t AS SELECT i, md5((i + length('$name'))::text) FROM generate_series(1, 300) i;
		CREATE TABLE $name (x text)", $name);
	for my $format (qw(custom directory)) {
		my $done = run('backup', '--backup-format', $format, { dir => $dir, env => { %env, MIGRATE_URL => $pg->url($name) } });
		die $done->{err} if $done->{status};
		push @whole, [ "$dir/" . $done->{out} =~ s/\n//r, $format ];
	}
}

sub files { my ($archive) = @_; return -d $archive ? glob "$archive/*" : $archive }

sub copied {
	my ($archive, $to) = @_;
	mkdir $to or die "$to: $!";
	my $copy = "$to/" . basename($archive);
	copy("$archive.json", "$copy.json") or die $!;
	return copy($archive, $copy) && $copy if !-d $archive;
	mkdir $copy or die $!;
	copy($_, "$copy/" . basename($_)) or die $! for files($archive);
	return $copy;
}

# Each changes what `file` holds; \@another is a file that is of the same kind, of another backup.
my %mutation = (
	cut     => sub { my ($text) = @_; return substr $text, 0, int rand length $text },
	flipped => sub { my ($text) = @_; my $at = int rand length $text;
		substr($text, $at, 1) ^= chr(1 << int rand 8); return $text },
	emptied => sub { return '' },
	longer  => sub { my ($text) = @_; return $text . chr int rand 256 },
	zeroed  => sub { my ($text) = @_; my $at = int rand length $text; my $most = min(512, length($text) - $at);
		substr($text, $at, $most) = "\0" x $most; return $text },
	moved   => sub { my ($text) = @_; my $half = length($text) / 2; return substr($text, $half) . substr $text, 0, $half },
	another => sub { my ($text, $other) = @_; return $other },
);
my @kinds = sort keys %mutation;
my (@made, @what);
while (@made < $want) {
	my $n = @made;
	my ($archive, $format) = @{ $whole[ $n % @whole ] };
	my $kind  = $kinds[ int($n / @whole) % @kinds ];
	my $copy  = copied($archive, "$dir/$n");
	my ($twin) = map { $_->[0] } grep { $_->[1] eq $format && $_->[0] ne $archive } @whole;
	my @targets = ("$copy.json", files($copy));
	my $target  = $targets[ int($n / @whole / @kinds) % @targets ];
	my $others  = $target =~ /\.json$/ ? "$twin.json" : -d $twin ? (files($twin))[0] : $twin;
	my $before  = slurp($target);
	my $after   = $mutation{$kind}->($before, slurp($others));
	if ($after eq $before || $n % 97 == 96) {
		$kind = 'removed';
		unlink $target;
	} else {
		write_file($target, $after);
	}
	push @made, $copy;
	push @what, "$kind: " . $target =~ s{^\Q$dir\E/}{}r;
}

my $done = run('backup', 'verify', (map { $_->[0] } @whole), { dir => $dir, env => \%env, timeout => 300, plain => 1 });
is($done->{status}, 0, 'the backups as they are verify') or diag $done->{err};
my @left = @made;
my %verified;
while (my @some = splice @left, 0, 500) {
	$done = run('backup', 'verify', @some, { dir => $dir, env => \%env, timeout => 300, plain => 1 });
	is($done->{status}, 6, scalar(@some) . ' that were changed: 6');
	$verified{$1} = 1 while $done->{out} =~ /^(\S+): .*, read$/mg;
	my $told = () = $done->{err} =~ /^ERROR /mg;
	is($told, @some + 1, 'each is named');
}
is(join("\n", map { $what[$_] } grep { $verified{ $made[$_] } } 0 .. $#made), '', "of $want none verifies");

done_testing;
