# image: docker/Dockerfile, as it is, makes images that run anywhere.
use strict;
use warnings;

use Docker;
use Migrate;
use Static qw(with_newest);
use Test::More;

needs_docker(qw(debian:trixie-slim postgres:17));
my %image = map { ($_ => "migrate-test-$_") } qw(migrate gigabridge_bot);
for my $target (sort keys %image) {
	my $built = with_newest(sub {
		return docker('build', '-q', '-f', "$root/docker/Dockerfile", '--target', $target, '-t', $image{$target},
			'--build-arg', "FETCH=$_[0]", '--build-arg', 'COMMIT=c0ffee', '--build-arg', 'VERSION=0.1.0', $root, { timeout => 3600 });
	});
	is($built->{status}, 0, "the image $target") or BAIL_OUT($built->{err});
}

sub inspect {
	my ($name, $format) = @_;
	return docker('image', 'inspect', '-f', $format, $name)->{out} =~ s/\n\z//r;
}

cmp_ok(inspect($image{migrate}, '{{.Size}}'), '<=', 15e6, 'migrate has at most 15 MB');
is(inspect($_, '{{.Config.User}}'), '65532:65532', "$_ is not root") for values %image;
like(inspect($_, '{{json .Config.Labels}}'), qr/org\.opencontainers\.image\.title/, "$_ is labelled") for values %image;
like(inspect($image{gigabridge_bot}, '{{json .Config.Healthcheck}}'), qr/check-boot/, 'the bot has a health check');

my $network = network();
my $db = container('db', [ '--network', $network, '--network-alias', 'db', '-e', 'POSTGRES_PASSWORD=secret' ], 'postgres:17');

# With nothing of its own but the migrations, and no right to anything.
sub migrate {
	my ($options, @args) = @_;
	return docker('run', '--rm', '--network', $network, '--read-only', '--cap-drop', 'ALL',
		'--security-opt', 'no-new-privileges', '-v', "$root/migrations:/migrations:ro",
		'-e', 'MIGRATE_URL=postgresql://postgres:secret@db/postgres', '-e', 'MIGRATE_WAIT_TIMEOUT=3m',
		@$options, $image{migrate}, @args);
}

is(migrate([], '--version')->{out} =~ /^migrate \d/, 1, 'it runs in scratch');
my $boot = migrate([]);
is($boot->{status}, 0, 'as an init container, with SCRAM, by a name of the network') or diag $boot->{err};
like($boot->{err}, qr/Running upgrade .*\n.*database is at \w+/, 'it migrates');
for my $user (qw(0 65534 4242:4242)) {
	is(migrate([ '--user', $user ], 'current')->{out}, "6fa0c9d4837b (head)\n", "as user $user");
}
is(docker('run', '--rm', '--entrypoint', 'pg_dump', $image{migrate}, '--version')->{out} =~ /\) 18/, 1, 'its pg_dump is 18');

is(inspect($image{migrate}, '{{index .Config.Labels "org.opencontainers.image.revision"}}'), 'c0ffee', 'it is labelled with its commit');
like(migrate([], '--version')->{out}, qr/^commit c0ffee$/m, 'which the program says, too');

subtest 'a backup as any user of group 0' => sub {
	my $files = tempdir();
	chmod 0755, $files;
	migration($files, 'a1', { up => 'CREATE TABLE kept (id int);' });
	docker('run', '--rm', '--network', $network, '-e', 'PGPASSWORD=secret', 'postgres:17', 'psql', '-qh', 'db', '-U', 'postgres', '-c', 'CREATE DATABASE shop');
	my $boot = sub {
		my (@options) = @_;
		return docker('run', '--rm', '--network', $network, '--read-only', '--cap-drop', 'ALL', '-v', "$files:/migrations:ro",
			'-e', 'MIGRATE_URL=postgresql://postgres:secret@db/shop', @options, $image{migrate});
	};
	is($boot->()->{status}, 0, 'something to back up');
	my $previous = 'a1';
	for my $user ('4242', '1000660000:0', '65532:65532') {
		my $next = "n$user" =~ s/\W/_/gr;
		migration($files, $next, { parents => $previous, up => 'SELECT 1;' });
		my $got = $boot->('--user', $user);
		is($got->{status}, 0, "--user $user") or diag $got->{err};
		like($got->{err}, qr/verified: .*WARN .*is in a volume without a name.*-v backups:/s, 'and it is said that the backup goes with the container');
		$previous = $next;
	}
	migration($files, 'last', { parents => $previous, up => 'SELECT 1;' });
	my $named = $boot->('-v', volume('kept') . ':/var/lib/migrate/backups');
	is($named->{status}, 0, 'a volume with a name');
	unlike($named->{err}, qr/without a name/, 'is nothing to warn of');
};

subtest 'in other images' => sub {
	my $copied = tempdir();
	for my $base ('debian:trixie-slim', 'debian:bookworm-slim') {
		next if docker('image', 'inspect', $base)->{status};
		write_file("$copied/Dockerfile", "FROM $base\nCOPY --from=$image{migrate} /usr/local/ /usr/local/\n");
		my $built = docker('build', '-q', $copied);
		my ($id) = $built->{out} =~ /(sha256:\w+)/;
		my $got = docker('run', '--rm', '--network', $network, '-v', "$root/migrations:/migrations:ro",
			'-e', 'MIGRATE_URL=postgresql://postgres:secret@db/postgres', $id, 'migrate', 'current');
		is($got->{out}, "6fa0c9d4837b (head)\n", $base) or diag $got->{err};
		docker('rmi', $id);
	}
};

done_testing;
