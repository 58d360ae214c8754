# exec: the command behind "--": looked up before anything is applied, started as exec would, and named with what is
# wrong when that fails. What can be wrong with a file is in tests/unit/executable.c.
use strict;
use warnings;

use Cluster;
use File::Spec;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;
my $count = 0;

sub site {
	my $site = { name => 'site' . ++$count, dir => tempdir() };
	chmod 0755, $site->{dir};
	mkdir "$site->{dir}/migrations";
	migration("$site->{dir}/migrations", 'aaaa', { up => 'CREATE TABLE t (x int);', down => 'DROP TABLE t;' });
	$pg->create_database($site->{name});
	$site->{env} = { MIGRATE_URL => $pg->url($site->{name}), MIGRATE_WAIT_SOCKET_ONLY => 'on' };
	return $site;
}

sub boot {
	my ($site, @words) = @_;
	my %more = ref $words[-1] ? %{ pop @words } : ();
	return run('entrypoint', @words, { dir => $site->{dir}, env => { %{ $site->{env} }, %{ delete $more{env} // {} } }, %more });
}

sub tables { my ($site) = @_; return $pg->query(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace}, $site->{name}) }

sub program { my ($site, $name, $text, $mode) = @_; chmod $mode // 0755, write_file("$site->{dir}/$name", $text); return "./$name" }

# For a machine that this one is not, or for the one of that number.
sub foreign {
	my ($machine) = @_;
	my $own = unpack 'v', substr slurp('/proc/self/exe'), 18, 2;
	my $head = "\x7fELF\2\1\1" . "\0" x 9 . pack('v v V', 2, $machine // ($own == 183 ? 62 : 183), 1) . "\0" x 44;
	return substr($head, 0, 52) . pack('v v v', 64, 56, 0) . "\0" x 70;
}

my %broken = (
	'a name that is not in PATH' => [ sub {'nosuchcmd'}, 127, qr/'nosuchcmd': not found in PATH/ ],
	'an empty word'              => [ sub {''}, 127, qr/'': the command is an empty string/ ],
	'two words in one'           => [ sub {'python3 main.py'}, 127, qr/hint: .*-- python3 main\.py/ ],
	'a line for a shell'         => [ sub {'echo hi && true'}, 127, qr/hint: .*-- sh -c/ ],
	'CR LF'                      => [ sub { program($_[0], 'crlf', "#!/bin/sh\r\necho hi\r\n") }, 127, qr/its first line ends in CR LF/ ],
	'a missing interpreter'      => [ sub { program($_[0], 'noint', "#!/usr/bin/nosuchinterp\n") }, 127, qr{its interpreter /usr/bin/nosuchinterp: no such file} ],
	'what env does not find'     => [ sub { program($_[0], 'env', "#!/usr/bin/env python9\n") }, 127, qr/env python9: not found/ ],
	'a byte order mark'          => [ sub { program($_[0], 'bom', "\xef\xbb\xbf#!/bin/sh\necho bom\n") }, 126, qr/byte order mark/ ],
	'no execute bit'             => [ sub { program($_[0], 'noexec', 'x', 0644) }, 126, qr/may not execute it \(mode 0644\)/ ],
	'a directory'                => [ sub { mkdir "$_[0]{dir}/dir"; './dir' }, 126, qr/is a directory/ ],
	'another machine'            => [ sub { program($_[0], 'foreign', foreign()) }, 126, qr/is a program for .*, and this machine is/ ],
	'a missing loader'           => [ sub { program($_[0], 'loader', slurp('/bin/true') =~ s{/lib64/ld-linux-x86-64\.so\.2}{/lib/ld-musl-x86_64.so.1\0\0}r =~ s{/lib/ld-linux-aarch64\.so\.1}{/lib/ld-musl-aarch64.so.1\0}r) },
		127, qr{its loader /lib/ld-musl-\w+\.so\.1: no such file.*hint: It is built for .*musl}s ],
);

subtest 'what cannot be started' => sub {
	for my $name (sort keys %broken) {
		my ($make, $status, $says) = @{ $broken{$name} };
		my $site    = site();
		my $command = $make->($site);
		for my $init ([], ['--init'], ['--init-group']) {
			my $got = boot($site, @$init, '--', $command, 'argument');
			is($got->{status}, $status, "@$init $name: $status") or diag $got->{err};
			like($got->{err}, qr/cannot execute '\Q$command\E'.*detail: nothing was applied.*--no-check-command/s, '… and nothing was applied');
			like($got->{err}, $says, '… it says what is wrong');
			is(tables($site), 0, '… nothing is there');
		}
		is(run('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} })->{status}, 0, 'with nothing pending');
		for my $init ([], ['--init']) {
			my $got = boot($site, @$init, '--', $command, 'argument');
			is($got->{status}, $status, "@$init $name: $status again") or diag $got->{err};
			unlike($got->{err}, qr/nothing was applied/, '… when there is nothing to apply');
			next if $name eq 'what env does not find';    # which is started, and says so
			like($got->{err}, $says, '… it says the same');
			is(() = $got->{err} =~ /cannot execute/g, 1, '… once');
		}
	}
};

subtest 'what can' => sub {
	my $site = site();
	mkdir "$site->{dir}/bin";
	program($site, 'bin/tool', "#!/bin/sh\necho tool \$1\n");
	for my $case ([ './plain', 'plain 1', program($site, 'plain', "echo plain \$1\n") ], [ './empty', '', program($site, 'empty', '') ],
		[ './env', 'env 1', program($site, 'env', "#!/usr/bin/env -S sh -e\necho env \$1\n") ], [ 'tool', 'tool 1' ], [ 'sh', 'sh', '' ]) {
		my ($command, $says) = @$case;
		my @words = $command eq 'sh' ? ('sh', '-c', 'echo sh') : ($command, '1');
		for my $init ([], ['--init']) {
			my $got = boot($site, @$init, '--', @words, { env => { PATH => "bin::$ENV{PATH}" } });
			is($got->{status}, 0, "@$init $command") or diag $got->{err};
			is($got->{out}, $says eq '' ? '' : "$says\n", '… is started');
		}
		run('downgrade', 'base', { dir => $site->{dir}, env => $site->{env} });
	}
};

subtest 'what the boot makes' => sub {
	my $site = site();
	my $got = boot($site, '--no-check-command', '--', './made');
	is($got->{status}, 127, 'is not looked up');
	isnt(tables($site), 0, '… everything was applied');
	like($got->{err}, qr{cannot execute './made': no such file}, '… and it is named, if it is missing in the end');
	my $other = site();
	$pg->query("CREATE EXTENSION IF NOT EXISTS plpgsql", $other->{name});
	migration("$other->{dir}/migrations", 'aaaa', { up => "COPY (SELECT 'echo made') TO '$other->{dir}/made';" });
	chmod 0777, $other->{dir};
	$got = boot($other, '--no-check-command', '--', 'sh', './made');
	is($got->{out}, "made\n", 'and what is made is started') or diag $got->{err};
};

subtest 'a replica' => sub {
	my $site = site();
	my $holder = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ], stdin =>
		"SELECT pg_advisory_lock(7883946363647714560); SELECT pg_sleep(300);", timeout => 400);
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND state = 'active' AND pid <> pg_backend_pid()", '1', 30);
	my $got = boot($site, '--', 'nosuchcmd');
	is($got->{status}, 127, 'does not wait for the lock first');
	$holder->signal('KILL');
	$holder->finish;
};

subtest 'another user' => sub {
	plan skip_all => 'needs root' if $> != 0;
	my $site = site();
	my @as = qw(setpriv --reuid=4242 --regid=4242 --clear-groups --);
	chmod 0755, $site->{dir};
	my $as = sub { my ($command) = @_;
		my %env = (PATH => $ENV{PATH}, %{ $site->{env} }, ASAN_OPTIONS => 'detect_leaks=0');
		return Process->run([ @as, File::Spec->rel2abs($ENV{MIGRATE}), 'entrypoint', '--', $command ], env => \%env, dir => $site->{dir}) };
	program($site, 'own', "#!/bin/sh\n", 0744);
	my $got = $as->('./own');
	is($got->{status}, 126, 'who may not execute it') or diag $got->{err};
	like($got->{err}, qr/user 4242 may not execute it \(mode 0744\).*chmod a\+x \.\/own/s, '… is named');
	mkdir "$site->{dir}/shut", 0700;
	program($site, 'shut/app', "#!/bin/sh\n");
	$got = $as->("$site->{dir}/shut/app");
	is($got->{status}, 126, 'nor search its directory');
	like($got->{err}, qr/user 4242 may not search the directory \Q$site->{dir}\E\/shut/, '… which is named') or diag $got->{err};
	program($site, 'secret', "\x7fELF", 0711);
	is(tables($site), 0, 'nothing was applied');
};

subtest 'a file system that is mounted noexec' => sub {
	my $site = site();
	mkdir "$site->{dir}/volume";
	if (system("mount -t tmpfs -o noexec none $site->{dir}/volume 2>/dev/null") != 0) {
		print "# SKIP no mount\n";
		return ok(1);
	}
	program($site, 'volume/app', "#!/bin/sh\necho up\n");
	my $got = boot($site, '--', './volume/app');
	system 'umount', "$site->{dir}/volume";
	is($got->{status}, 126, 'is not started from');
	like($got->{err}, qr/its file system is mounted noexec.*hint: .*-- sh \.\/volume\/app/s, '… which is said') or diag $got->{err};
	is(tables($site), 0, '… before anything is applied');
};

# A kernel that knows a machine's programs by an emulator: binfmt_misc, where this one may be told of one.
subtest 'an emulator' => sub {
	my ($site, $where) = (site(), '/proc/sys/fs/binfmt_misc');
	my $mounted = -e "$where/register" ? 0 : system("mount -t binfmt_misc none $where 2>/dev/null") == 0;
	if (!-e "$where/register") {
		print "# SKIP no binfmt_misc\n";
		return ok(1);
	}
	my $emulator = "$site->{dir}/emulator";
	program($site, 'emulator', "#!/bin/sh\necho emulated \${1##*/}\n");
	program($site, 'foreign', foreign(0xbeef));    # of which no other test knows
	my $magic = join '', map { sprintf '\\x%02x', ord } split //, substr foreign(0xbeef), 0, 20;
	my $told = eval { write_file("$where/register", ":migrate_test:M::$magic\::$emulator:"); 1 };
	my ($seen, $unseen);
	if ($told) {
		$seen = boot($site, '--', './foreign');
		run('downgrade', 'base', { dir => $site->{dir}, env => $site->{env} });
		# As in a container, which does not see it.
		$unseen = Process->run([ qw(unshare -m sh -c), "mount --bind migrations $where && exec \"\$@\"", 'sh',
			File::Spec->rel2abs($ENV{MIGRATE}), qw(entrypoint -- ./foreign) ], dir => $site->{dir}, env => { %ENV, %{ $site->{env} } });
		write_file("$where/migrate_test", '-1');
	}
	system 'umount', $where if $mounted;
	if (!$told) {
		print "# SKIP no emulator can be registered: $@\n";
		return ok(1);
	}
	is($seen->{out}, "emulated foreign\n", 'starts what is for another machine') or diag $seen->{err};
	is($unseen->{out}, "emulated foreign\n", '… where only the kernel knows of it, too') or diag $unseen->{err};
};

done_testing;
