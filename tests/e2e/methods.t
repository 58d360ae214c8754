# methods: a server that asks for a way to authenticate that libpq does not have is refused at once; no
# waiting would help.
use strict;
use warnings;

use Cluster;
use IO::Socket::INET;
use Migrate;
use POSIX ();
use Test::More;

# A server that answers each connection with this authentication request, and TLS with no.
sub server_that_asks {
	my ($request) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "listen: $!";
	my $pid = fork // die "fork: $!";
	return { port => $listener->sockport, pid => $pid } if $pid;
	while (my $client = $listener->accept) {
		while (sysread($client, my $head, 8) == 8) {
			my ($length, $code) = unpack 'NN', $head;
			sysread $client, my $rest, $length - 8 if $length > 8;
			my $question = $code == 80877103 || $code == 80877104;    # SSLRequest, GSSENCRequest
			syswrite $client, $question ? 'N' : 'R' . pack('N', length($request) + 4) . $request;
			last if !$question;
		}
		sysread $client, my $end, 1;
	}
	POSIX::_exit(0);
}

my %request = (
	'oauth'             => pack('N', 10) . "OAUTHBEARER\0\0",
	'a mechanism to come' => pack('N', 10) . "SCRAM-SHA-512\0SCRAM-SHA3-512\0\0",
	'Kerberos 5'        => pack('N', 2),
	'a method to come'  => pack('N', 4711),
);

for my $name (sort keys %request) {
	subtest $name => sub {
		my $server = server_that_asks($request{$name});
		my $got = run('wait', '--wait-timeout', '60s', { timeout => 30,
			env => { MIGRATE_URL => "postgresql://bot\@127.0.0.1:$server->{port}/app" } });
		is($got->{status}, 3, 'is refused') or diag $got->{err};
		cmp_ok($got->{seconds}, '<', 10, 'at once');
		like($got->{err}, qr/hint: .*pg_hba\.conf.*use another one for bot/, 'with what to do');
		kill 'TERM', $server->{pid};
		waitpid $server->{pid}, 0;
	};
}

my $pg = Cluster->new(port => 1);
mkdir((my $dir = tempdir()) . "/migrations");
SKIP: {
	skip 'only PostgreSQL 18 and later have oauth', 1 if Cluster::bin('postgres') !~ m{/(\d+)/bin} || $1 < 18;
	$pg->configure(oauth_validator_libraries => 'none');
	$pg->start;
	$pg->hba('local all all trust', 'host all all 127.0.0.1/32 oauth issuer="https://id.example" scope="openid"');
	$pg->reload;
	my $got = run('entrypoint', '--', 'true', { timeout => 30, dir => $dir, env => { MIGRATE_WAIT_TIMEOUT => '60s',
		MIGRATE_URL => $pg->tcp_url('postgres', user => 'postgres', password => undef) } });
	is($got->{status}, 3, 'the server itself, too') or diag $got->{err};

}

done_testing;
