package Picture;

# Picture: docker/boot.svg, a real boot as an 80-column terminal shows it. `make picture` draws it again;
# readme.t compares what it says with what a boot says today.

use strict;
use warnings;
use utf8;

use Cluster;
use Encode     qw(decode);
use File::Copy qw(copy);
use Migrate;
use Process;
use Time::HiRes qw(sleep time);

my $columns = 80;
my @command = qw(entrypoint -- echo);
my $bot     = 'gigabridge_bot: ready';
my %colour  = (1 => 'bold', 2 => 'faint', 31 => 'bad', 32 => 'good', 33 => 'doubtful', 36 => 'note');

# The demonstration's migrations, of which the first is applied, find their server down. What the terminal
# was sent.
sub boot {
	my ($root) = @_;
	my $pg  = Cluster->new(port => 1);
	my $dir = tempdir();
	mkdir "$dir/migrations";
	copy($_, "$dir/migrations") or die "$_: $!" for glob "$root/migrations/*.sql";
	my %env = (DATABASE_URL => $pg->tcp_url('gigabridge'));
	$pg->start;
	$pg->create_database('gigabridge');
	my $first = run('upgrade', '1d7a94c3e06b', { dir => $dir, env => \%env });
	die $first->{err} if $first->{status};
	$pg->stop;
	my $boot = Migrate::on_terminal($columns, @command, $bot, { dir => $dir, env => \%env });
	my $deadline = time + 30;
	sleep 0.02 until $boot->text('out') =~ /waiting for/ || !$boot->running || time > $deadline;
	$pg->start;
	return decode('UTF-8', $boot->finish->{out});
}

# The lines that stay on the screen, with their colours: what is written over is gone.
sub lines {
	my ($sent) = @_;
	my @lines = map { s/.*\r\e\[K//r =~ s/\r//gr } split /\r*\n/, $sent;
	return @lines;
}

# What it says, without what differs from boot to boot: times, sizes, names made of them, how often it had to
# wait, and where a line was broken.
sub says {
	my ($text) = @_;
	$text =~ s/\n {2}(?=\S)/ /g;
	my @lines = split /\n/, $text;
	my ($first) = grep { $lines[$_] =~ /waiting for/ } 0 .. $#lines;
	@lines = @lines[ grep { $lines[$_] !~ /waiting for/ || $_ == $first } 0 .. $#lines ];
	for (@lines) {
		s/waiting for postgresql at .*/waiting/;
		s/(database is ready) after .*/$1/;
		s/\d{8}T\d{6}Z/TIME/g;
		s/\d[\d.]* (?:ms|s|k?B)\b/SO MUCH/g;
		s/pg_dump [\d.]+/pg_dump/;
		s/sha256 \w+/sha256/;
	}
	return join '', map {"$_\n"} @lines;
}

sub plain { return join '', map { s/\e\[[\d;]*m//gr . "\n" } @_ }

sub _escape { return $_[0] =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr }

sub _spans {
	my ($line) = @_;
	my ($out, @class) = ('');
	for my $part (split /(\e\[[\d;]*m)/, $line) {
		if ($part =~ /^\e\[([\d;]*)m$/) {
			@class = grep {defined} map { $colour{$_} } grep {length} split /;/, $1;
			next;
		}
		$out .= @class ? qq(<tspan class="@class">) . _escape($part) . '</tspan>' : _escape($part) if length $part;
	}
	return $out;
}

sub svg {
	my (@lines) = @_;
	unshift @lines, "\e[2m\$\e[m \e[1mmigrate @command[0, 1, 2] \"$bot\"\e[m";
	my ($width, $height) = ($columns * 8 + 32, @lines * 19 + 30);
	my $y    = 10;
	my $text = join '', map { $y += 19; qq(<text x="16" y="$y">) . _spans($_) . "</text>\n" } @lines;
	return <<"END";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img" xml:space="preserve">
<title>A boot on a terminal</title>
<style>
rect { fill: #1b1f24 }
text { fill: #d7dde3; font: 13.3px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }
.good { fill: #56d364 } .doubtful { fill: #e3b341 } .bad { fill: #ff7b72 } .note { fill: #76c7f0 }
.faint { fill: #8b949e } .bold { font-weight: bold }
</style>
<rect width="$width" height="$height" rx="8"/>
$text</svg>
END
}

# The lines of a picture, but the command's.
sub read {
	my ($svg) = @_;
	my (undef, @lines) = $svg =~ m{<text [^>]*>(.*)</text>}g;
	return map { s/<[^>]*>//gr =~ s/&lt;/</gr =~ s/&gt;/>/gr =~ s/&amp;/&/gr } @lines;
}

1;
