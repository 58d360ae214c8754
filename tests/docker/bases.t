# bases: the three programs in images that have next to nothing: without a C library, or with another one.
# A name of the network, SCRAM, TLS that checks both, a user that nobody knows, a root nobody can write to.
use strict;
use warnings;

use Cluster;
use Docker;
use Migrate;
use Static qw(with_newest);
use Test::More;

needs_docker(qw(debian:trixie-slim postgres:17));

my $image = "$mark-migrate";
my $owner = $$;
my @images;

# Builds a Dockerfile beside which the directory's files are.
sub image {
	my ($name, $dir, $dockerfile, @more) = @_;
	write_file("$dir/Dockerfile", $dockerfile) if defined $dockerfile;
	my $built = with_newest(sub { docker('build', '-q', '-t', $name, '--build-arg', "FETCH=$_[0]", @more, $dir, { timeout => 3600 }) });
	is($built->{status}, 0, "an image: $name") or BAIL_OUT($built->{err});
	push @images, $name;
	return $name;
}

my $dir = tempdir();
Cluster::certificate($dir, 'db');
write_file("$dir/passwd", "root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n");
image($image, $root, undef, '-f', "$root/docker/Dockerfile", '--target', 'migrate');
my $server = image("$mark-server", $dir, <<'END');
FROM postgres:17
COPY --chown=postgres:postgres server.key server.crt /tls/
RUN chmod 600 /tls/server.key
END
my $copy = "COPY --from=$image /usr/local/bin/ /usr/local/bin/\nENV PATH=/usr/local/bin:/bin\n";
my %base = (
	'scratch' => "FROM scratch\n$copy",
	# distroless/static: users and certificates, nothing that runs.
	'distroless' => "FROM scratch\nCOPY passwd /etc/passwd\nCOPY server.crt /etc/ssl/certs/ca-certificates.crt\n$copy",
	# Alpine: musl and busybox, nothing of glibc.
	'alpine' => <<"END",
FROM debian:trixie-slim AS packages
RUN apt-get update -q && apt-get install -qy --no-install-recommends busybox-static musl \\
 && mkdir -p /root/bin /root/lib /root/etc && cp /usr/bin/busybox /root/bin/ \\
 && cp -L /lib/ld-musl-*.so.1 /root/lib/ && for name in sh id cat; do ln -s busybox /root/bin/\$name; done
FROM scratch
COPY --from=packages /root/ /
COPY passwd /etc/passwd
COPY server.crt /etc/ssl/certs/ca-certificates.crt
$copy
END
);

my $network = network();
container('db', [ '--network', $network, '--network-alias', 'db', '--network-alias', 'other', '-e', 'POSTGRES_PASSWORD=secret' ],
	$server, 'postgres', '-c', 'ssl=on', '-c', 'ssl_cert_file=/tls/server.crt', '-c', 'ssl_key_file=/tls/server.key');
my $files = tempdir();
chmod 0755, $files, $dir;
chmod 0644, "$dir/server.crt";
migration($files, 'a1', { up => 'CREATE TABLE kept (id int);' });
migration($files, 'b2', { parents => 'a1', up => 'CREATE TABLE second (id int);' });

for my $name (sort keys %base) {
	my $made    = image("$mark-$name", $dir, $base{$name});
	my $migrate = sub {
		my ($host, $more, @args) = @_;
		my $ca = $name eq 'scratch' ? '/ca.crt' : '/etc/ssl/certs/ca-certificates.crt';
		return docker('run', '--rm', '--network', $network, '--user', '4242:4242', '--read-only', '--cap-drop', 'ALL',
			'--security-opt', 'no-new-privileges', '--tmpfs', '/backups:mode=1777', '-v', "$files:/migrations:ro",
			$name eq 'scratch' ? ('-v', "$dir/server.crt:/ca.crt:ro") : (),
			'-e', "MIGRATE_URL=postgresql://postgres:secret\@$host/$name?sslmode=verify-full&sslrootcert=$ca",
			'-e', 'MIGRATE_BACKUP_DIRECTORY=/backups', '-e', 'MIGRATE_WAIT_TIMEOUT=2m', @$more, $made, 'migrate', @args);
	};
	my $admin = docker('run', '--rm', '--network', $network, '-e', 'PGPASSWORD=secret', 'postgres:17', 'sh', '-c',
		"for try in \$(seq 600); do pg_isready -qh db && break; sleep 0.2; done; psql -qh db -U postgres -c 'CREATE DATABASE $name'");
	is($admin->{status}, 0, "$name: a database") or diag $admin->{err};

	is($migrate->('db', [], 'upgrade', 'a1')->{status}, 0, "$name: upgrade");
	my $boot = $migrate->('db', [], 'entrypoint', '--', 'migrate', 'current');
	is($boot->{status}, 0, "$name: a boot") or diag $boot->{err};
	like($boot->{err}, qr/backup: pg_dump 18.*verified: .*Running upgrade a1 -> b2/s, "$name: with a backup");
	is($boot->{out}, "b2 (head)\n", "$name: and the application");
	my $other = $migrate->('other', [ '-e', 'MIGRATE_WAIT_TIMEOUT=5s' ], 'current');
	isnt($other->{status}, 0, "$name: a server of another name than its certificate's");
	like($other->{err}, qr/certificate for "db".* does not match host name "other"/s, "$name: is refused");
}

my $alpine = docker('run', '--rm', '--user', '4242:4242', "$mark-alpine", 'sh', '-c', 'id -u; cat /lib/libc.so.6 2>&1');
like($alpine->{out}, qr/^4242\n.*No such file/s, 'the one like Alpine has a shell, and no glibc');

done_testing;

END {
	if (@images && $$ == $owner) {
		local $?;
		docker('rm', '-f', '-v', "$mark-db");
		docker('rmi', @images);
	}
}
