# doctor: what a boot needs is looked at before the boot, and each thing that is missing has a remedy.
use strict;
use warnings;

use Cluster;
use Ear;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Migrate;
use Pooler;
use POSIX ();
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $dir   = tempdir();
my $files = "$dir/migrations";
mkdir $files;

# The lines as {name => {health, says, remedy}}, and the exit status.
sub doctor {
	my ($env, $where) = @_;
	my $got = run('doctor', '--json', { dir => $where // $dir, env => { MIGRATE_URL => $pg->tcp_url('postgres'), %$env } });
	my $all = JSON::PP::decode_json($got->{out});
	for my $check (@{ $all->{checks} }) {
		ok($check->{remedy}, "$check->{name}: $check->{health}, with a remedy") if $check->{health} =~ /warning|failure/;
	}
	is($got->{status}, $all->{failed} ? 1 : 0, $all->{failed} ? 'fails' : 'does not fail') or diag $got->{err};
	return { map { ($_->{name} => $_) } @{ $all->{checks} } };
}

sub is_so {
	my ($found, $name, $health, $says) = @_;
	is($found->{$name}{health}, $health, "$name: $health") or diag $found->{$name}{says};
	like($found->{$name}{says}, $says, 'and why');
	return;
}

migration($files, 'a1', { up => 'CREATE TABLE a (x int);', down => 'DROP TABLE a;' });
migration($files, 'b2', { parents => 'a1', up => 'CREATE TABLE b (x int);', down => 'DROP TABLE b;' });

subtest 'where all is well' => sub {
	my $found = doctor({});
	my @ill = grep { $found->{$_}{health} ne 'ok' && $_ ne 'init' && $_ ne 'backup directory' } sort keys %$found;
	is_deeply(\@ill, [], 'every line is ok') or diag map {"$_: $found->{$_}{says}\n"} @ill;
	is_so($found, 'revision', 'ok', qr/^<base>, 2 pending$/);
	is_so($found, 'database', 'ok', qr{postgres:\*\*\*\@});
	my $text = run('doctor', { dir => $dir, env => { MIGRATE_URL => $pg->tcp_url('postgres') } });
	like($text->{out}, qr/^ok +configuration +\S/m, 'one line a check');
	is_deeply([ glob "$dir/backups/.*doctor*" ], [], 'nothing is left in the backup directory');
};

subtest 'configuration' => sub {
	my $bad = tempdir();
	write_file("$bad/migrate.ini", "[wait]\ntimeout = soon\n");
	my $found = doctor({}, $bad);
	is_so($found, 'configuration', 'failure', qr/invalid value 'soon'/);
	is_so($found, 'database', 'skipped', qr/needs the configuration/);
	write_file("$bad/migrate.ini", "[migrate]\nurl = postgresql://u:secret\@127.0.0.1:1/x\n");
	chmod 0644, "$bad/migrate.ini";
	$found = doctor({ MIGRATE_URL => undef }, $bad);
	is_so($found, 'secrets', 'warning', qr/migrate\.ini/);
	chmod 0600, "$bad/migrate.ini";
	is_so(doctor({ MIGRATE_URL => undef }, $bad), 'secrets', 'ok', qr/nobody/);
	my $file = write_file("$bad/url", $pg->tcp_url('postgres'));
	chmod 0644, $file;
	is_so(doctor({ MIGRATE_URL => undef, MIGRATE_URL_FILE => $file }, $bad), 'secrets', 'warning', qr/\Q$file\E/);
};

subtest 'migrations' => sub {
	is_so(doctor({ MIGRATE_DIRECTORY => '/nonexistent' }), 'migrations', 'failure', qr/nonexistent/);
	migration($files, 'b3', { parents => 'a1', up => 'SELECT 1;' });
	my $found = doctor({});
	is_so($found, 'migrations', 'failure', qr/several heads: b2, b3/);
	is_so($found, 'downgrades', 'warning', qr/1 cannot be reverted: b3/);
	is_so(doctor({ MIGRATE_BOOT_TARGET => 'heads' }), 'migrations', 'ok', qr/3 in/);
	unlink glob "$files/b3*";
};

subtest 'the server' => sub {
	my $found = doctor({ MIGRATE_URL => 'postgresql://u:hush@127.0.0.1:1/x' });
	is_so($found, 'database', 'failure', qr/refused/);
	is_so($found, 'TLS', 'skipped', qr/needs the database/);
	unlike(JSON::PP::encode_json($found), qr/hush/, 'no password');
	$pg->query('CREATE ROLE owner LOGIN; CREATE ROLE guest LOGIN; CREATE ROLE tables');
	$pg->create_database('owned', 'OWNER owner');
	$pg->query('CREATE TABLE secret (x int); CREATE TABLE shown (x int); GRANT SELECT ON shown TO owner', 'owned');
	$found = doctor({ MIGRATE_URL => $pg->tcp_url('owned', user => 'owner') });
	is_so($found, 'create', 'ok', qr/public/);
	is_so($found, 'createdb', 'warning', qr/may not create databases/);
	is_so($found, 'privileges of pg_dump', 'failure', qr/may not read 1 .*public\.secret/);
	$pg->query('ALTER TABLE shown ENABLE ROW LEVEL SECURITY; GRANT SELECT ON secret TO owner', 'owned');
	is_so(doctor({ MIGRATE_URL => $pg->tcp_url('owned', user => 'owner') }),
		'privileges of pg_dump', 'failure', qr/public\.shown/);
	is_so(doctor({ MIGRATE_URL => $pg->tcp_url('owned', user => 'owner'), MIGRATE_BACKUP_ENABLED => 'off' }),
		'privileges of pg_dump', 'warning', qr/public\.shown/);
	$found = doctor({ MIGRATE_URL => $pg->tcp_url('owned', user => 'guest'), MIGRATE_APPLY_ROLE => 'tables' });
	is_so($found, 'create', 'failure', qr/may not create in schema public/);
	is_so($found, 'role', 'failure', qr/may not become tables/);
	is_so(doctor({ MIGRATE_APPLY_ROLE => 'nobody_at_all' }), 'role', 'failure', qr/role nobody_at_all does not exist/);
	is_so(doctor({ MIGRATE_APPLY_ROLE => 'tables' }), 'role', 'ok', qr/may become tables/);
};

# A proxy that passes bytes on, for one connection: its address.
sub proxy {
	my ($port) = @_;
	my $door = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1, ReuseAddr => 1) // die "listen: $!";
	my $pid  = fork // die "fork: $!";
	return ($door->sockport, $pid) if $pid;
	alarm 60;
	my @ends = (scalar $door->accept, IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port));
	my $both = IO::Select->new(@ends);
	while (1) {
		for my $end ($both->can_read) {
			sysread($end, my $bytes, 65536) or POSIX::_exit(0);
			my $other = $ends[ $end == $ends[0] ? 1 : 0 ];
			syswrite $other, $bytes;
		}
	}
}

subtest 'what is between' => sub {
	is_so(doctor({}), 'keepalives', 'ok', qr/vanished loses its locks within 30 s/);
	is_so(doctor({ MIGRATE_URL => $pg->url('postgres') }), 'keepalives', 'ok', qr/^not needed/);
	my ($server) = $pg->tcp_url('postgres') =~ /:(\d+)\//;
	my ($port, $pid) = proxy($server);
	is_so(doctor({ MIGRATE_URL => $pg->tcp_url('postgres') =~ s/:$server\//:$port\//r }), 'keepalives', 'ok', qr/sees the address 127\.0\.0\.1 port \d+.*if that is a proxy, its keepalives decide/);
	waitpid $pid, 0;
	is_so(doctor({ MIGRATE_LOCK_MODE => 'transaction' }), 'pooler', 'failure', qr/backups and rehearsals are not possible/);
	is_so(doctor({ MIGRATE_LOCK_MODE => 'transaction', MIGRATE_BACKUP_ENABLED => 'off' }), 'pooler', 'ok', qr/is right for it/);
	is_so(doctor({ MIGRATE_LOCK_MODE => 'transaction', MIGRATE_DIRECT_URL => $pg->tcp_url('postgres') }), 'pooler', 'ok', qr/^none/);
};

subtest 'a pooler' => sub {
	plan skip_all => 'pgbouncer is not installed' if !Pooler::installed();
	for my $mode (qw(session transaction)) {
		my $pooler = Pooler->new($pg, pool_mode => $mode);
		my $found  = doctor({ MIGRATE_URL => $pooler->url('postgres') });
		is_so($found, 'pooler', 'failure', qr/may hand the session with the lock to another client/);
		like($found->{pooler}{remedy}, qr/^Give the server's own URL: MIGRATE_DIRECT_URL.*MIGRATE_LOCK_MODE=transaction/, 'with two ways out');
		is_so($found, 'keepalives', 'warning', qr/pooler's keepalives decide/);
		like($found->{keepalives}{remedy}, qr/tcp_keepidle/, 'which its configuration can mend');
		$found = doctor({ MIGRATE_URL => $pooler->url('postgres'), MIGRATE_LOCK_MODE => 'transaction', MIGRATE_DIRECT_URL => $pooler->url('postgres') });
		is_so($found, 'pooler', 'failure', qr/backups and rehearsals are not possible/);
		like($found->{pooler}{remedy}, qr/^Set MIGRATE_DIRECT_URL to the server itself/, 'where it is the direct URL');
		is_so(doctor({ MIGRATE_URL => $pooler->url('postgres'), MIGRATE_LOCK_MODE => 'transaction', MIGRATE_BACKUP_ENABLED => 'off' }),
			'pooler', 'ok', qr/is right for it/);
		$pooler->stop;
	}
};

subtest 'backups' => sub {
	is_so(doctor({ MIGRATE_BACKUP_DIRECTORY => '/dev/null/backups' }), 'backup directory', 'failure', qr/not a directory/);
	is_so(doctor({ MIGRATE_BACKUP_DIRECTORY => '/dev/shm/backups' }), 'backup directory', 'warning', qr/in memory/);
	is_so(doctor({ MIGRATE_BACKUP_ENABLED => 'off' }), 'backup directory', 'warning', qr/no backups/);
	is_so(doctor({ MIGRATE_BACKUP_PG_DUMP => '/bin/true' }), 'pg_dump', 'failure', qr/pg_dump/);
};

subtest 'notifications' => sub {
	my $ear  = Ear->new;
	my %told = (
		MIGRATE_TELEGRAM_TOKEN => '12345:T0KEN', MIGRATE_TELEGRAM_CHAT => '-1001,42', MIGRATE_TELEGRAM_API => $ear->url,
		MIGRATE_NOTIFY_SLACK_URL => $ear->url . '/slack/S3CRET', MIGRATE_NOTIFY_WEBHOOK_URL => $ear->url . '/hook?S3CRET',
		MIGRATE_NOTIFY_HEALTHCHECKS_URL => $ear->url . '/ping/S3CRET', MIGRATE_METRICS_PUSHGATEWAY => $ear->url,
		OTEL_EXPORTER_OTLP_ENDPOINT => $ear->url,
	);
	is_so(doctor({}), 'notifications', 'ok', qr/^no notifications are configured$/);
	is_so(doctor(\%told), 'notifications', 'ok',
		qr/^reached: Telegram, Slack, the webhook, healthchecks, the Pushgateway, OpenTelemetry$/);
	is(join(' ', sort map {"$_->{method} $_->{path}"} $ear->heard),
		join(' ', map {"GET /bot12345:T0KEN/getChat?chat_id=$_"} qw(-1001 42)), 'without telling anybody anything');

	$ear->fault('GET /bot.*chat_id=42', 1, '400');
	my $found = doctor({ %told, MIGRATE_NOTIFY_SLACK_URL => 'http://127.0.0.1:1/S3CRET',
		MIGRATE_NOTIFY_WEBHOOK_URL => $ear->url =~ s/^http/https/r . '/S3CRET', MIGRATE_NOTIFY_TIMEOUT => '3s' });
	is_so($found, 'notifications', 'warning',
		qr/^Telegram: 127\S+ refused GET with status 400; Slack: 127\.0\.0\.1:1: [^;]+; the webhook: [^;]*(?:SSL|TLS)[^;]*$/i);
	unlike(JSON::PP::encode_json($found), qr/T0KEN|S3CRET/, 'nothing secret is said');
	is_so(doctor({ %told, MIGRATE_TELEGRAM_TOKEN => undef }), 'notifications', 'warning', qr/^Telegram: no token is set$/);

	$ear->fault('GET /bot.*', 2, 'stall');
	my $began = time;
	is_so(doctor({ %told, MIGRATE_NOTIFY_TIMEOUT => '500ms' }), 'notifications', 'warning', qr/^Telegram: /);
	cmp_ok(time - $began, '<', 20, 'in its time');
};

subtest 'state' => sub {
	my $env = { dir => $dir, env => { MIGRATE_URL => $pg->tcp_url('postgres') } };
	is_so(doctor({}), 'last run', 'ok', qr/^no run is recorded$/);
	run('upgrade', 'head', $env);
	is_so(doctor({}), 'last run', 'ok', qr/^it succeeded/);
	my ($path) = glob "$files/a1*";
	my $before = slurp($path);
	write_file($path, $before =~ s/x int/x bigint/r);
	is_so(doctor({}), 'edited', 'failure', qr/edited: a1/);
	write_file($path, $before);
	migration($files, 'c3', { parents => 'b2', up => "SELECT 1;\nSELECT 1/0;", up_options => 'transaction:false' });
	run('upgrade', 'head', $env);
	is_so(doctor({}), 'half done', 'warning', qr/c3 was left half-way/);
	is_so(doctor({}), 'last run', 'warning', qr/^upgrade at \S+ \S+ by postgres on \S+: revision c3: division by zero$/);
	unlink glob "$files/{b2,c3}*";
	is_so(doctor({}), 'revision', 'failure', qr/Can't locate revision/);
};

done_testing;
