# answer: what files, a server and manifests say does not steer the terminal that it is shown on: every
# command whose answer or log has a text of theirs, as text and as JSON; and the one door to stdout.
use strict;
use warnings;
use utf8;

use Cluster;
use Digest::SHA qw(sha256_hex);
use JSON::PP    ();
use Migrate;
use Test::More;
binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output, Test::More->builder->todo_output;

# ESC, OSC with BEL, CSI and ST of C1, a byte of C1, an override, an isolate, a separator.
my $nasty   = "ni\e[31m\e]0;pwn\x07\x{9b}5m\x{9c}\x{202e}txt\x{2066}x\x{2028}ce";
my $steers  = qr/[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]/;
my $pg      = Cluster->new;
$pg->start;
$pg->create_database('bot');
my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'a1', { message => $nasty, name => 'a1.sql', up => "CREATE TABLE a (x int); COMMENT ON TABLE a IS '$nasty';", down => 'DROP TABLE a;' });
migration("$dir/migrations", 'b2', { message => $nasty, name => 'b2.sql', parents => 'a1', up => 'CREATE TABLE b (x int);', down => 'DROP TABLE b;' });
migration("$dir/migrations", 'c3', { message => $nasty, name => 'c3.sql', parents => 'a1',
	up => "DO \$\$ BEGIN RAISE WARNING '$nasty'; RAISE EXCEPTION USING MESSAGE = '$nasty', DETAIL = '$nasty', HINT = '$nasty'; END \$\$;" });
my %env = (MIGRATE_URL => $pg->url('bot'), MIGRATE_WAIT_SOCKET_ONLY => 'on', LC_ALL => 'C.UTF-8', MIGRATE_BACKUP_ENABLED => 'off');

sub text { my ($bytes) = @_; my $copy = $bytes; utf8::decode($copy); return $copy }

sub shows {
	my ($name, @line) = @_;
	my $got = run(@line, { dir => $dir, env => \%env });
	my $all = text($got->{out}) . text($got->{err});
	unlike($all, $steers, "$name: @line") or diag explain $all;
	return $got;
}

shows('applied', 'upgrade', 'b2');
my $failed = shows('a failure', 'upgrade', 'c3');
is($failed->{status}, 7, 'which it is') or diag $failed->{err};
like($failed->{err}, qr/ni\?\[31m\?\]0;pwn/, 'and says what it can');
like($failed->{err}, qr/detail: ni\?.*hint: ni\?/s, 'in each of its lines');
shows('as JSON', 'upgrade', 'c3', '--log-format', 'json', '--log-level', 'debug');

my @lines = (
	['history'], ['history', '-v'], ['history', '--graph', '-i'], [qw(history --format dot)], [qw(history --format mermaid)],
	[qw(show a1)], ['heads'], [qw(heads -v)], ['branches'], [qw(branches -v)], ['current'], [qw(current -v)], ['status'], ['log'],
	[qw(lint --all)], [qw(rehearse c3)], ['doctor'], [qw(completion words -- show), ''], [qw(backup list)], ['config'],
);
shows('text', @$_) for @lines;
for my $line (['history'], [qw(show a1)], ['heads'], ['branches'], ['current'], ['status'], ['log'], [qw(rehearse b2)], ['doctor'], ['config']) {
	my $got = shows('JSON', @$line, '--json');
	ok(eval { JSON::PP->new->decode($got->{out}) }, 'which it is') or diag $got->{out};
}
is(JSON::PP::decode_json(run(qw(show a1 --json), { dir => $dir, env => \%env })->{out})->{message}, $nasty, 'and it is exact');

SKIP: {
	skip 'script(1) is not installed', 3 if !grep { -x "$_/script" } split /:/, $ENV{PATH};
	for my $line (['history'], [qw(show a1)], [qw(upgrade --sql base:a1)]) {
		my $got = Migrate::terminal(200, @$line, { dir => $dir, env => \%env });
		unlike(text($got->{out}) =~ s/\e\[[\d;]*m//gr, $steers, "on a terminal: @$line") or diag explain $got->{out};
	}
}
like(text(run(qw(upgrade --sql base:a1), { dir => $dir, env => \%env })->{out}), qr/\Q$nasty\E/, 'SQL for a file or a program stays as it is');

# A manifest that somebody wrote.
subtest 'manifests' => sub {
	my %all = (%env, MIGRATE_BACKUP_ENABLED => 'on');
	my $taken = run('backup', { dir => $dir, env => \%all });
	is($taken->{status}, 0, 'a backup') or diag $taken->{err};
	my ($path) = glob "$dir/backups/*.json";
	my $text = slurp($path) =~ s/,"manifest_sha256".*//sr;
	my $json = JSON::PP->new->allow_nonref->ascii->encode("$nasty\nforged");
	$text =~ s/"verified":"[^"]*"/"verified":$json/ or fail('no field');
	$text =~ s/"heads":\[[^\]]*\]/"heads":[$json]/ or fail('no heads');
	write_file($path, "$text,\"manifest_sha256\":\"" . sha256_hex($text) . "\"}\n");
	my $got = run(qw(backup list), { dir => $dir, env => \%all });
	is(scalar(() = $got->{out} =~ /\n/g), 1, 'a list has a line for each') or diag $got->{out};
	unlike(text($got->{out}), $steers, '… without what steers');
	unlike(text(run('status', { dir => $dir, env => \%all })->{out}), $steers, 'nor has status');
};

# The door.
my @past;
for my $source (grep { $_ ne 'cmd/answer.c' } glob 'cmd/*.c core/*/*.c') {
	open my $file, '<', $source or die "$source: $!";
	while (<$file>) {
		push @past, "$source:$." if /(?<![\w])(?:v?printf|puts|putchar|fprintf|vfprintf|dprintf|fputs|fwrite|fputc|putc|perror)\s*\(/;
	}
}
is_deeply(\@past, [], 'nothing is printed but by cmd/answer.c and core/base/log.c');

done_testing;
