# secrets: what the program is trusted with is nowhere to be read: no output, no log, no argument of a
# process, no row, no file, no core. (Migrate.pm holds every other test to the first of these.)
use strict;
use warnings;

use Cluster;
use Ear;
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $password = 'n3ver/shown@all';
my $encoded  = $password =~ s/([^\w])/sprintf '%%%02X', ord $1/ger;
my $hidden   = qr/\Q$password\E|\Q$encoded\E|T0KEN-n3ver/;
my $ear      = Ear->new;
my $pg       = Cluster->new(port => 1, auth => 'scram', password => 'other-n3ver');
$pg->start;
$pg->query("CREATE ROLE bot SUPERUSER LOGIN PASSWORD '$password'");
my $port = $pg->port;

my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'a1', { up => 'CREATE TABLE a (x int);', down => 'DROP TABLE a;' });
migration("$dir/migrations", 'b2', { parents => 'a1', up => 'SELECT 1/0;' });
my $url  = "postgresql://bot:$encoded\@127.0.0.1:$port/postgres";
my %told = (MIGRATE_TELEGRAM_TOKEN => 'T0KEN-n3ver', MIGRATE_TELEGRAM_CHAT => '1', MIGRATE_TELEGRAM_API => $ear->url,
	MIGRATE_NOTIFY_WEBHOOK_URL => $ear->url . '/hook');
my %way = (
	'a URL'             => { MIGRATE_URL => $url },
	'a file'            => { MIGRATE_URL_FILE => write_file("$dir/url", "$url\n") },
	'keywords'          => { DATABASE_URL => "host=127.0.0.1 port=$port user=bot dbname=postgres password='$password'" },
	'the DB_ variables' => { DB_HOST => '127.0.0.1', DB_PORT => $port, DB_USER => 'bot', DB_NAME => 'postgres', DB_PASSWORD => $password },
	'libpq\'s'          => { PGHOST => '127.0.0.1', PGPORT => $port, PGUSER => 'bot', PGDATABASE => 'postgres', PGPASSWORD => $password },
	'a query'           => { MIGRATE_URL => "postgresql://127.0.0.1:$port/postgres?user=bot&password=$encoded" },
);
my @lines = (
	[qw(status)],     [qw(status --json)],           [qw(doctor --json)],  [qw(config)],
	[qw(config --json)], [qw(current -v)],           [qw(log --json)],     [qw(backup)],
	[qw(upgrade head --log-level debug)],            [qw(upgrade head --log-format json --log-level debug)],
	[qw(entrypoint --log-level debug -- true)],      [qw(history -i)],     [qw(wait)],
	[qw(restore --to again)],                        [qw(current --url postgresql://bot:n3ver-right@127.0.0.1:), $port],
);

sub env_of { my ($way) = @_; return { %{ $way{$way} }, %told } }

for my $way (sort keys %way) {
	for my $line (@lines) {
		my @arguments = @$line == 3 && $line->[2] eq $port ? ($line->[0], "$line->[1]", "$line->[2]") : @$line;
		@arguments = ('current', '--url', "postgresql://bot:n3ver-right\@127.0.0.1:$port/postgres") if $line->[0] eq 'current' && @$line > 2;
		my $got = eval { run(@arguments, { dir => $dir, env => env_of($way) }) };
		ok($got && "$got->{out}$got->{err}" !~ $hidden, "$way: @arguments[0 .. ($#arguments > 1 ? 1 : $#arguments)]") or diag $@ || $got->{err};
	}
	$pg->query('DROP DATABASE IF EXISTS again');
}

my @kept = grep {-f} glob "$dir/backups/*.json $dir/migrate*";
cmp_ok(scalar @kept, '>', 0, 'there are manifests');
is_deeply([ grep { slurp($_) =~ $hidden } @kept ], [], 'without a secret');
unlike($pg->query('SELECT j::text FROM migrate_journal j'), $hidden, 'the journal has none');
cmp_ok(scalar $ear->heard, '>', 0, 'notifications were sent');
is_deeply([ grep { $_->{body} =~ $hidden } $ear->heard ], [], 'without one');
unlike($pg->log, $hidden, 'nor has the server\'s log');

# Every process that a boot starts writes down what anybody could read of it.
my $spy = "$dir/spy";
mkdir $spy;
for my $tool (qw(pg_dump pg_restore)) {
	write_file("$spy/$tool", "#!/bin/sh\ntr '\\0' ' ' </proc/\$\$/cmdline >>$spy/seen\ntr '\\0' ' ' </proc/\$PPID/cmdline >>$spy/seen\necho >>$spy/seen\n"
		. 'exec ' . Cluster::bin($tool) . " \"\$@\"\n");
	chmod 0755, "$spy/$tool";
}
run('backup', { dir => $dir, env => { %{ $way{'a URL'} }, MIGRATE_BACKUP_PG_DUMP => "$spy/pg_dump", MIGRATE_BACKUP_PG_RESTORE => "$spy/pg_restore" } });
my $seen = slurp("$spy/seen");
like($seen, qr/pg_dump .*\n(?:.*\n)*.*pg_restore /, 'pg_dump and pg_restore were started');
unlike($seen, $hidden, 'with no secret among their arguments');

subtest 'a core' => sub {
	my $limit = Process->run([ 'sh', '-c', 'ulimit -c unlimited && ulimit -c && cat /proc/sys/kernel/core_pattern' ]);
	my $cores = tempdir();
	my $crash = sub {
		my ($program, %env) = @_;
		my $shell = Process->start([ 'sh', '-c', "ulimit -c unlimited; cd $cores; $program" ], env => { %ENV, %env });
		return $shell;
	};
	plan skip_all => 'no core files here' if $limit->{out} !~ /^unlimited\ncore/;
	$crash->('sh -c \'kill -ABRT $$\'; true')->finish;
	plan skip_all => 'no core files here' if !glob "$cores/core*";
	unlink glob "$cores/core*";
	my $waiting = $crash->("exec '" . File::Spec->rel2abs($ENV{MIGRATE_PLAIN}) . "' wait --url 'postgresql://bot:$encoded\@127.0.0.1:1/x' --wait-timeout 60s");
	$waiting->wait_for_line(qr/refused/);
	$waiting->signal('ABRT');
	is($waiting->finish->{status}, 134, 'a crash');
	is_deeply([ glob "$cores/core*" ], [], 'leaves none');
};

done_testing;
