# wait: which servers are ready, over which ways, and which are not yet.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

subtest 'several hosts' => sub {
	my $pg = Cluster->new(port => 1);
	$pg->start;
	my $port = $pg->port;
	my $got = run('wait', { env => { MIGRATE_URL =>
		"postgresql://postgres\@127.0.0.1:1,127.0.0.1:$port/postgres" } });
	is($got->{status}, 0, 'one of them answers') or diag $got->{err};
	cmp_ok($got->{seconds}, '<', 3, 'the dead one costs no time');
	$got = run('wait', { env => { MIGRATE_URL => "postgresql://postgres\@localhost:$port/postgres" } });
	is($got->{status}, 0, 'a name is resolved') or diag $got->{err};
	$got = run('wait', '--wait-timeout', '500ms', { env => {
		MIGRATE_URL => 'postgresql://postgres@no-such-host.invalid/postgres' } });
	is($got->{status}, 4, 'a name that does not appear in time: 4') or diag $got->{err};
	cmp_ok($got->{seconds}, '<', 3, 'the resolver does not hold it up');
	like($got->{err}, qr/no-such-host\.invalid/, 'named');
	is(run('current', { env => { MIGRATE_URL => 'postgresql://postgres@127.0.0.1:1/postgres' },
		dir => do { my $d = tempdir(); mkdir "$d/migrations"; $d } })->{status}, 4, 'other commands do not wait');
};

subtest 'a standby' => sub {
	my $pg = Cluster->new(standby => 1);
	$pg->start;
	my $wait = start('wait', { env => { MIGRATE_URL => $pg->url('postgres'),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_WAIT_TIMEOUT => '30s' } });
	ok($wait->wait_for_line(qr/waiting for.*(?:standby|recovery|read-only|hot standby)/, 20), 'is waited for') ;
	$pg->promote;
	is($wait->finish->{status}, 0, 'until it is promoted') or diag $wait->{err};
};

subtest 'an image\'s init server' => sub {
	my $pg = Cluster->new(port => 1, options => { listen_addresses => '' });
	$pg->start;
	my $wait = start('wait', { env => { MIGRATE_URL => $pg->url('postgres'), MIGRATE_WAIT_TIMEOUT => '30s' } });
	ok($wait->wait_for_line(qr/waiting for.*no TCP address/, 20), 'which is on a socket alone is not taken for the real one');
	$pg->configure(listen_addresses => '127.0.0.1');
	$pg->restart;
	is($wait->finish->{status}, 0, 'the real one is') or diag $wait->{err};
};

subtest 'a database that appears late' => sub {
	my $pg = Cluster->new(port => 1);
	$pg->start;
	my $wait = start('wait', { env => { MIGRATE_URL => $pg->tcp_url('late', user => 'postgres') } });
	ok($wait->wait_for_line(qr/"late" does not exist/, 20), 'is waited for');
	$pg->create_database('late');
	is($wait->finish->{status}, 0, 'until it is there') or diag $wait->{err};
};

subtest 'too many connections' => sub {
	my $pg = Cluster->new(port => 1);
	$pg->start;
	$pg->query('CREATE ROLE bot LOGIN CONNECTION LIMIT 1');
	my $busy = Process->start([ Cluster::bin('psql'), '-Xq', $pg->tcp_url('postgres', user => 'bot') ],
		stdin => 'SELECT pg_sleep(60)');
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE usename = 'bot'", '1', 20);
	my $wait = start('wait', { env => { MIGRATE_URL => $pg->tcp_url('postgres', user => 'bot') } });
	ok($wait->wait_for_line(qr/waiting for/, 20), 'is waited for');
	$busy->signal('KILL');
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bot' AND query LIKE '%pg_sleep%'");
	is($wait->finish->{status}, 0, 'until there is room') or diag $wait->{err};
	$busy->finish;
};

subtest 'TLS' => sub {
	my ($openssl) = grep { -x } map { "$_/openssl" } split /:/, $ENV{PATH};
	plan skip_all => 'openssl is not installed' if !defined $openssl;
	my $pg = Cluster->new(port => 1, auth => 'scram', password => 'pw');
	my $data = $pg->data_dir;
	my $dir = tempdir();
	chmod 0755, $dir;
	my $make = Process->run([ $openssl, qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost
		-addext subjectAltName=DNS:localhost -keyout), "$dir/key", '-out', "$dir/crt" ], env => { %ENV }, dir => $dir);
	is($make->{status}, 0, 'a certificate') or diag $make->{err};
	for my $name (qw(key crt)) {
		write_file("$data/server.$name", slurp("$dir/$name"));
		chmod 0600, "$data/server.$name";
		chown((stat $data)[4, 5], "$data/server.$name");
	}
	$pg->configure(ssl => 'on');
	$pg->start;
	my $url = 'postgresql+psycopg://postgres:pw@localhost:' . $pg->port . '/postgres';
	is(run('wait', { env => { MIGRATE_URL => "$url?sslmode=verify-full&sslrootcert=$dir/crt" } })->{status}, 0,
		'verify-full') ;
	my $doctor = sub { return run('doctor', { env => { MIGRATE_URL => "$url$_[0]" } })->{out} };
	like($doctor->("?sslmode=verify-full&sslrootcert=$dir/crt"), qr/^ok +TLS +TLSv1/m, 'the doctor agrees');
	like($doctor->('?sslmode=require'), qr/^warning +TLS +TLSv1.*sslmode=require does not check/m, 'but not with less');
	my $other = run('wait', { env => { MIGRATE_URL =>
		($url =~ s/localhost/127.0.0.1/r) . "?sslmode=verify-full&sslrootcert=$dir/crt" } });
	is($other->{status}, 3, 'another name than the certificate\'s ends at once: 3') or diag $other->{err};
	cmp_ok($other->{seconds}, '<', 5, 'without waiting');
	is(run('wait', { env => { MIGRATE_URL => ($url =~ s/psycopg/asyncpg/r) . '?ssl=require' } })->{status}, 0,
		'asyncpg\'s ?ssl=require');
};

# Its half seconds are taken out: between two looks the clock jumps. LOOKS=100000 is half a day.
subtest 'many looks' => sub {
	my $pg = Cluster->new;
	$pg->start;
	my ($dir, $looks) = (tempdir(), $ENV{LOOKS} // 4000);
	mkdir "$dir/migrations";
	my %at = (dir => $dir, plain => 1, env => { MIGRATE_URL => $pg->url('postgres'), MIGRATE_WAIT_SOCKET_ONLY => 'on' });
	migration("$dir/migrations", 'aaaa', { up => 'SELECT 1;' });
	is(run('upgrade', 'head', {%at})->{status}, 0, 'a database');
	migration("$dir/migrations", 'bbbb', { up => 'SELECT 1;', parents => 'aaaa' });
	write_file("$dir/hurry.c", <<'END');
#define _GNU_SOURCE
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static long skipped; /* ms */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec rest = {timeout / 1000, timeout % 1000 * 1000000L};
	if (count == 1 && timeout > 0)
		return skipped += timeout, 0;
	return (int)syscall(SYS_ppoll, fds, count, timeout < 0 ? NULL : &rest, NULL, 0);
}
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size) { return poll(fds, count, timeout); }
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);
	now->tv_sec += skipped / 1000;
	return result;
}
END
	my $built = Process->run([ 'gcc', '-shared', '-fPIC', '-w', '-o', "$dir/hurry.so", "$dir/hurry.c" ], env => {%ENV}, dir => $dir);
	is($built->{status}, 0, 'a clock that jumps') or diag $built->{err};
	my $wait = start('wait', '--revision', 'head', '--wait-timeout', '100h',
		{ %at, timeout => 600, env => { %{ $at{env} }, LD_PRELOAD => "$dir/hurry.so" } });
	ok($wait->wait_for_line(qr/waiting for revision head/, 30), 'waits');
	my $seen = sub { $pg->query(q{SELECT xact_commit FROM pg_stat_database WHERE datname = 'postgres'}) };
	my $size = sub { (slurp("/proc/$wait->{pid}/status") =~ /^VmRSS:\s+(\d+)/m)[0] };
	my $until = sub { my ($count) = @_;
		$pg->wait_for("SELECT xact_commit >= $count FROM pg_stat_database WHERE datname = 'postgres'", 't', 300) };
	$until->($seen->() + 500);
	my $before = $size->();
	$until->($seen->() + $looks);
	cmp_ok($size->() - $before, '<', 500, "$looks looks later it is no larger (kB)");
	is(run('upgrade', 'head', {%at})->{status}, 0, 'and when it is migrated');
	is($wait->finish->{status}, 0, 'it ends') or diag $wait->{err};
};

done_testing;
