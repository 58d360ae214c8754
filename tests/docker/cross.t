# cross: what make static CPU=aarch64 makes is for that processor, and works there as far as qemu-user can tell.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Static;
use Test::More;

my $qemu  = 'qemu-aarch64-static';

for my $need ([ 'aarch64-linux-gnu-gcc', 'gcc-aarch64-linux-gnu' ], [ $qemu, 'qemu-user-static' ]) {
	my ($program, $package) = @$need;
	plan skip_all => "there is no $program; Debian has it in $package" if Process->run([ 'sh', '-c', "command -v $program" ])->{status};
}
make_static('CPU=aarch64');

my $static   = "$build/static-aarch64";
my @programs = map {"$static/$_"} qw(migrate pg_dump pg_restore);
for my $path (@programs) {
	like(Process->run([ 'file', '-b', $path ])->{out}, qr/^ELF 64-bit LSB pie .*ARM aarch64.* static-pie linked.* stripped$/, "file $path");
	unlike(Process->run([ 'strings', '-a', $path ])->{out}, qr{(?:\Q$build\E|\Q$root\E)/}, 'no path of this machine is in it');
}

# qemu-user gives programs that are started by others to the machine's own kernel: a script for each.
my $bin = tempdir();
for my $name (qw(pg_dump pg_restore)) {
	write_file("$bin/$name", qq{#!/bin/sh\nexec $qemu "$static/$name" "\$@"\n});
	chmod 0755, "$bin/$name";
}
Process->run([ 'cp', $programs[0], $bin ]);

my $pg = Cluster->new(port => 1, auth => 'scram');
my $ca = $pg->tls;
$pg->start;
$pg->create_database('shop');
$pg->query('CREATE TABLE kept (id int)', 'shop');

my $files = tempdir();
migration($files, 'one', { up => 'CREATE TABLE one (id int);' });
my $url  = $pg->tcp_url('shop') =~ s{\?.*}{}r . "?sslmode=verify-full&sslrootcert=$ca";
my $boot = Process->run([ $qemu, "$bin/migrate", 'entrypoint', '--url', $url, '--directory', $files,
	'--backup-directory', tempdir() ], timeout => 300, env => { PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8' });
is($boot->{status}, 0, 'a boot, with TLS and SCRAM') or diag $boot->{err};
like($boot->{err}, qr/backup: pg_dump 18.*backup: .*verified: .*\nINFO  \[migrate\] Running upgrade  -> one/s, 'backs up and migrates');
is($pg->query('SELECT version_num FROM alembic_version', 'shop'), 'one', 'on the server');

my $child = Process->run([ $qemu, "$bin/migrate", 'entrypoint', '--url', $url, '--directory', $files, '--', '/bin/sh', '-c', 'exit 42' ],
	timeout => 300, env => { PATH => $ENV{PATH}, LC_ALL => 'C.UTF-8' });
is($child->{status}, 42, 'and becomes the application');

done_testing;
