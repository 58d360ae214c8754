# copies: every kind of place, and everything that it can do to a copy, on the way there and back; what is
# said then; commands that encrypt; and `backup verify --remote`.
use strict;
use warnings;

use Cluster;
use Digest::SHA qw(sha256_hex);
use File::Path  qw(remove_tree make_path);
use Migrate;
use POSIX ();
use Process;
use Test::More;
use Web;

my $pg = Cluster->new;
$pg->start;
$pg->create_database('bot');
$pg->query('CREATE TABLE t AS SELECT i, sha512(i::text::bytea) FROM generate_series(1, 500) i', 'bot');
my $web   = Web->new;
my $other = Web->new;    # where redirects lead
my %keys  = (AWS_ACCESS_KEY_ID => $Web::key, AWS_SECRET_ACCESS_KEY => $Web::secret, MIGRATE_TELEGRAM_TOKEN => '12345:T0KEN', MIGRATE_TELEGRAM_API => $web->url);
my %clean = map { ($_ => undef) } grep {/^(?:AWS_|https?_proxy$|all_proxy$|no_proxy$)/i} keys %ENV;

sub site {
	my ($upload, %env) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	return { dir => $dir, env => { %clean, %keys, MIGRATE_URL => $pg->url('bot'), MIGRATE_WAIT_SOCKET_ONLY => 'on', HOME => $dir,
		AWS_EC2_METADATA_DISABLED => 'true', MIGRATE_BACKUP_UPLOAD => $upload, MIGRATE_BACKUP_UPLOAD_STALL => '2s', %env } };
}

sub migrate {
	my ($site, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $site->{dir}, timeout => 90, %more, env => { %{ $site->{env} }, %{ $more{env} // {} } } });
}

sub asked { my @all = $other->requests; return scalar @all }

# How a place is called, what an upload is there, what the error calls it.
my %place = (
	s3       => { url => 's3://bucket/pre/fix?endpoint=' . $web->url . '&region=x', put => 'PUT .*\.dump', get => 'GET .*\.dump(?: |$)', shown => qr{s3://bucket/pre/fix/bot-\S+\.dump\b} },
	multi    => { url => 's3://bucket/parts?endpoint=' . $web->url . '&region=x&part=5', big => 1, put => 'PUT .*partNumber', shown => qr{s3://bucket/parts/bot-\S+\.dump\b} },
	webdav   => { url => $web->url =~ s{//}{//us:er@}r . '/dav/back', put => 'PUT .*\.dump', get => 'GET .*\.dump(?: |$)', shown => qr{http://127\.0\.0\.1:\d+/dav/back/bot-\S+\.dump\b} },
	telegram => { url => 'telegram:-1001', put => 'POST .*sendDocument', shown => qr{telegram:-1001/bot-\S+\.dump\b} },
);

# What happens on the way there: the status of `backup`, and what is said.
my %sent = (
	's3 lost'           => [ 6, qr/is missing after it was sent/ ],
	's3 short'          => [ 6, qr/has \d+ bytes, but \d+ were sent/ ],
	's3 flip'           => [ 6, qr/the uploaded copy of \S+ is corrupt: its SHA-256 differs/ ],
	's3 etag'           => [ 0, qr/reading .* back/ ],
	's3 500'            => [ 6, qr/status 500.*on purpose/s ],
	's3 403'            => [ 6, qr/refused PUT with status 403.*on purpose/s ],
	's3 cut'            => [ 0, qr/uploaded/ ],
	's3 slow'           => [ 0, qr/uploaded/ ],
	's3 to'             => [ 6, qr/a redirect to 127\.0\.0\.1:\d+, which is not followed/ ],
	'multi flip'        => [ 0, qr/uploaded/ ],    # the server vouches for each part by its MD5; see README
	'multi 500'         => [ 6, qr/status 500/ ],
	'multi to'          => [ 6, qr/a redirect to/ ],
	'webdav lost'       => [ 6, qr/is missing after it was sent/ ],
	'webdav short'      => [ 6, qr/has \d+ bytes, but \d+ were sent/ ],
	'webdav flip'       => [ 6, qr/the uploaded copy of \S+ is corrupt: its SHA-256 differs/ ],
	'webdav corrupt'    => [ 6, qr/its SHA-256 differs/ ],
	'webdav etag'       => [ 0, qr/uploaded/ ],
	'webdav 500'        => [ 6, qr/status 500.*on purpose/s ],
	'webdav 507'        => [ 6, qr/status 507/ ],
	'webdav cut'        => [ 0, qr/uploaded/ ],
	'webdav slow'       => [ 0, qr/uploaded/ ],
	'webdav to'         => [ 6, qr/a redirect to 127\.0\.0\.1:\d+, which is not followed/ ],
	'telegram lost'     => [ 0, qr/only the size of .* was compared/ ],
	'telegram short'    => [ 6, qr/has \d+ bytes, but \d+ were sent/ ],
	'telegram flip'     => [ 6, qr/its SHA-256 differs/ ],
	'telegram etag'     => [ 6, qr/the chat did not take .*"description":"no"/s ],
	'telegram 500'      => [ 6, qr/status 500/ ],
	'telegram cut'      => [ 0, qr/uploaded/ ],
	'telegram slow'     => [ 0, qr/uploaded/ ],
	'telegram to'       => [ 6, qr/a redirect to/ ],
);
# … of a WebDAV folder that only takes files: what HEAD says.
my %kept_shut = (
	lost  => [ 6, qr/is missing after it was sent/ ],
	410   => [ 6, qr/is missing after it was sent/, 'HEAD' ],
	short => [ 6, qr/has \d+ bytes, but \d+ were sent/ ],
	flip  => [ 0, qr/only the size of it was compared/ ],
	403   => [ 0, qr/nothing of it was compared/, 'HEAD' ],
);
my $secrets = qr/\Q$Web::secret\E|us:er|T0KEN|Signature=/;
for my $case (sort keys %sent) {
	my ($name, $how) = split / /, $case;
	my ($status, $says) = @{ $sent{$case} };
	my $place = $place{$name};
	subtest "$name, there: $how" => sub {
		my $site = site($place->{url});
		$pg->query('CREATE TABLE IF NOT EXISTS big AS SELECT sha512(i::text::bytea) x, sha512((-i)::text::bytea) y FROM generate_series(1, 60000) i', 'bot') if $place->{big};
		$web->forget;
		$other->forget;
		unlink glob "$web->{dir}/objects/*";
		make_path("$web->{dir}/col/back");
		$web->fault($place->{put}, $how =~ /^(?:\d+|to)$/ ? 99 : 1, $how eq 'to' ? 'to:' . $other->url . '/elsewhere' : $how);
		my $done = migrate($site, 'backup', '--backup-upload-timeout', $how =~ /^5/ ? '2s' : '30s');
		is($done->{status}, $status, "status $status") or diag $done->{err};
		like($done->{err}, $says, 'and says so') or diag $done->{err};
		unlike("$done->{out}$done->{err}", $secrets, 'without a secret');
		is(asked(), 0, 'nobody else is asked anything');
		my @backups = glob "$site->{dir}/backups/*.dump";
		is(scalar @backups, 1, 'the backup is here');
		if ($status) {
			like($done->{err}, $place->{shown}, 'the place and the file are named');
			like($done->{err}, qr/\Q$backups[0]\E is complete|backups\/\S+\.dump is complete/, 'that the backup is whole');
			like($done->{err}, qr/nothing was applied/, 'that nothing was applied');
			like($done->{err}, qr/upload_required/, 'and which setting decides');
			unlike(slurp("$backups[0].json"), qr/"uploaded":"/, 'its manifest does not say that it was sent');
			my ($file) = $backups[0] =~ m{([^/]+)$};
			is(scalar(grep {/\Q$file\E\.json$/} $web->objects), 0, 'and none is there');
		}
	};
	$pg->query('DROP TABLE IF EXISTS big', 'bot');
}

for my $how (sort keys %kept_shut) {
	my ($status, $says, $method) = @{ $kept_shut{$how} };
	my $site = site($place{webdav}{url});
	$web->forget;
	unlink glob "$web->{dir}/objects/*";
	make_path("$web->{dir}/col/back");
	$web->fault('GET .*', 99, '403');
	$web->fault(($method // 'PUT') . ' .*\.dump', 99, $how);
	my $done = migrate($site, 'backup');
	is($done->{status}, $status, "a folder that only takes files, $how: status $status") or diag $done->{err};
	like($done->{err}, $says, 'and says so');
}

# … and back: of `backup verify --remote` and of restore.
my %back = (
	truncate => qr/SHA-256 is not the manifest's/,
	flip     => qr/SHA-256 is not the manifest's/,
	endless  => qr/larger than the file that was sent/,
	cut      => qr/cut|closed|transfer|partial|remaining|end of/i,
	500      => qr/status 500/,
	404      => qr/backup copy \S+ not found/,
	to       => qr/a redirect to 127\.0\.0\.1:\d+, which is not followed/,
	slow     => undef,
);
for my $name (qw(s3 webdav)) {
	my $place = $place{$name};
	my $site  = site($place->{url});
	$web->forget;
	is(migrate($site, 'backup')->{status}, 0, "$name: a copy");
	my ($id) = map { s{.*/}{}r =~ s/\.dump$//r } glob "$site->{dir}/backups/*.dump";
	remove_tree("$site->{dir}/backups");
	for my $how (sort keys %back) {
		subtest "$name, back: $how" => sub {
			for my $line ([ 'backup', 'verify', '--remote', $id ], [ 'restore', '--to', 'never', $id ]) {
				next if !$back{$how} && $line->[0] eq 'restore';
				$web->forget;
				$other->forget;
				$web->fault($place->{get}, $how =~ /^(?:\d+|to|cut)$/ ? 99 : 1, $how eq 'to' ? 'to:' . $other->url . '/x' : $how);
				my $done = migrate($site, @$line, '--backup-upload-timeout', $how =~ /^(?:500|cut)$/ ? "2s" : "30s");
				is($done->{status}, $back{$how} ? 6 : 0, "$line->[0]") or diag $done->{err};
				like($done->{err}, $back{$how}, 'and says so') if $back{$how};
				unlike("$done->{out}$done->{err}", $secrets, 'without a secret');
				is(asked(), 0, 'nobody else is asked anything');
				is_deeply([ glob "$site->{dir}/backups/{*,.[!.]*}" ], [], 'nothing is left here');
			}
		};
	}
}

subtest 'a directory' => sub {
	my $to   = tempdir();
	my $site = site("file://$to");
	is(migrate($site, 'backup')->{status}, 0, 'a copy');
	my ($copy) = glob "$to/*.dump";
	my ($id) = $copy =~ m{([^/]+)\.dump$};
	is((stat $copy)[2] & 07777, 0600, 'that nobody else reads');
	is_deeply([ glob "$to/.[!.]*" ], [], 'and nothing beside it');
	my $whole = slurp($copy);
	my %spoil = (
		'flipped'   => sub { my $text = $whole; substr($text, length($text) / 2, 1) ^= "\1"; write_file($copy, $text) },
		'truncated' => sub { write_file($copy, substr $whole, 0, 100) },
		'empty'     => sub { write_file($copy, '') },
		'longer'    => sub { write_file($copy, $whole . 'x') },
		'lost'      => sub { unlink $copy },
		'a pipe'    => sub { unlink $copy; POSIX::mkfifo($copy, 0600) },
		'a directory' => sub { unlink $copy; mkdir $copy },
	);
	for my $how (sort keys %spoil) {
		$spoil{$how}->();
		my $done = migrate($site, 'backup', 'verify', '--remote');
		is($done->{status}, 6, $how);
		like($done->{err}, qr/\Q$id\E.*1 of 1 copies in file:\/\/\Q$to\E cannot be trusted/s, 'is said') or diag $done->{err};
		rmdir $copy if -d $copy;
		unlink $copy;
	}
	write_file($copy, $whole);
	like(migrate($site, 'backup', 'verify', '--remote')->{out}, qr{\Afile://\Q$to\E/\Q$id\E\.dump: [\d.]+ kB, read\n\z}, 'as it was, it verifies');

	# Others write there, too.
	my $victim = write_file("$site->{dir}/victim", 'mine');
	symlink $victim, "$to/$_" for "$id.dump.partial", '.partial-x';
	symlink $victim, "$to/bot-99999999T000000Z-empty.dump";
	my $ours = tempdir();
	my $done = migrate($site, 'backup');
	is($done->{status}, 0, 'links that lie there') or diag $done->{err};
	is(slurp($victim), 'mine', 'are not written through');
	my ($dir_id, $target) = ('', tempdir());
	$done = migrate($site, 'backup', '--backup-format', 'directory', '--backup-keep-last', 9);
	is($done->{status}, 0, 'a directory of files');
	is(migrate($site, 'backup', 'verify', '--remote')->{status}, 0, 'verifies, too');
	($dir_id) = map {m{([^/]+)$}} glob "$to/*.dir";
	remove_tree("$to/$dir_id");
	symlink $target, "$to/$dir_id";
	unlink glob "$to/$dir_id.json";
	my ($manifest) = glob "$site->{dir}/backups/$dir_id.json";
	my $text = slurp($manifest) =~ s/,"manifest_sha256".*//sr =~ s/"uploaded":"[^"]*"/"uploaded":null/r;
	write_file($manifest, "$text,\"manifest_sha256\":\"" . sha256_hex($text) . "\"}\n");
	migration("$site->{dir}/migrations", 'a1', { up => 'SELECT nonsense;' });
	is_deeply([ glob "$target/*" ], [], 'nothing is written through a link to a directory');
	my $old = write_file("$to/.partial-0123", 'left');
	utime time - 90_000, time - 90_000, $old;
	my $new = write_file("$to/.partial-4567", 'busy');
	is(migrate($site, 'backup')->{status}, 0, 'another one');
	ok(!-e $old && -e $new, 'removes what a killed run left, nobody else\'s');
	chmod 0500, $to;
	SKIP: {
		skip 'root may write everywhere', 2 if !$>;
		$done = migrate($site, 'backup');
		is($done->{status}, 6, 'one that may not be written to');
		like($done->{err}, qr{file://\Q$to\E/bot-\S+\.dump\).*is complete}s, 'is named');
	}
	chmod 0700, $to;
};

subtest 'manifests' => sub {
	my $to   = tempdir();
	my $site = site("file://$to");
	migrate($site, 'backup');
	my ($json) = glob "$to/*.json";
	my ($id) = $json =~ m{([^/]+)\.dump\.json$};
	my $fake = $id =~ s/\d{8}T/20000101T/r;
	write_file("$to/$fake.dump.json", slurp($json));
	write_file("$to/$fake.dump", slurp($json =~ s/\.json$//r));
	write_file("$to/bot-huge.dump.json", '{"x":"' . 'x' x (2 << 20) . '"}');
	remove_tree("$site->{dir}/backups");
	my $list = migrate($site, 'backup', 'list');
	is($list->{out} =~ s/^(\S+) .*/$1/r, "$id\n", 'what is there under another\'s name is not listed twice');
	like($list->{err}, qr/\Q$fake\E\.dump\.json there is the manifest of \Q$id\E\.dump/, 'but said');
	like($list->{err}, qr/bot-huge\.dump\.json left out: .*larger than/, 'nor is one of more than a megabyte read');
	for my $line ([ 'restore', '--to', 'never', $fake ], [ 'backup', 'verify', '--remote', $fake ], [ 'restore', '--to', 'never', 'bot-huge' ]) {
		my $done = migrate($site, @$line);
		is($done->{status}, 6, "@$line: 6") or diag $done->{err};
		like($done->{err}, qr/is the manifest of|larger than/, 'and why');
	}
	my $done = migrate($site, 'backup', 'verify', '--remote');
	is($done->{status}, 0, 'the one that is whole is verified') or diag $done->{err};
};

subtest 'verify --remote' => sub {
	my $to   = tempdir();
	my $site = site("file://$to");
	is(migrate($site, 'backup', 'verify', '--remote')->{status}, 6, 'no copies: 6');
	migrate($site, 'backup');
	is(migrate($site, 'backup', 'verify', '--remote')->{status}, 0, 'one: 0');
	unlink glob "$to/*.json";
	my $done = migrate($site, 'backup', 'verify', '--remote');
	is($done->{status}, 6, 'without its manifest: 6');
	remove_tree($to);
	$done = migrate($site, 'backup', 'verify', '--remote');
	is($done->{status}, 6, 'a place that is not mounted: 6');
	like($done->{err}, qr/the newest copy is no longer in file:\/\/\Q$to\E/, 'which is said');
	is(migrate($site, 'backup', 'verify', '--remote', 'nothing')->{status}, 6, 'no such copy: 6');
	is(migrate($site, 'backup', 'list', '--remote')->{status}, 2, 'only verify knows it');
	is(migrate($site, 'backup', 'verify', '--remote', { env => { MIGRATE_BACKUP_UPLOAD => undef } })->{status}, 3, 'no place: 3');
	is(migrate($site, 'backup', 'verify', '--remote', { env => { MIGRATE_BACKUP_UPLOAD => 'telegram:1' } })->{status}, 3, 'a chat: 3');
	$done = migrate($site, 'backup', 'verify', '--remote', { env => { MIGRATE_BACKUP_UPLOAD => 's3://bucket/x?endpoint=http://127.0.0.1:1' }, timeout => 60 }, '--backup-upload-timeout', '1s');
	like(migrate($site, 'backup', 'verify')->{out}, qr/: [\d.]+ kB, read$/m, 'what is here is verified without it');
};

# Commands that encrypt, and go wrong without telling; `decrypt` NULL: the key is elsewhere.
my $enc = 'openssl enc -aes-256-cbc -pbkdf2 -pass pass:k3y-never';
my $dec = 'openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:k3y-never';
my @commands = (
	[ 'whole',                        $enc,                                $dec,  0 ],
	[ 'whole, in a pipe',             "cat | $enc",                        "$dec | cat", 0 ],
	[ 'whole, without decrypt',       "gzip | $enc",                       undef, 0 ],
	[ 'what compresses fails',        "false | $enc",                      $dec,  6 ],
	[ '… without decrypt',            "false | $enc",                      undef, 6 ],
	[ 'it fails after a while',       "(head -c 1000; exit 1) | $enc",     $dec,  6 ],
	[ '… without decrypt: pipefail',  "(head -c 20000; exit 1) | $enc",    undef, 6, qr/\[backup\] encrypt: \S+ failed with exit status 1/ ],
	[ '… and hides it',               "(head -c 1000; true) | $enc",       $dec,  6, qr/\[backup\] decrypt gives 1000 bytes, the backup has \d+/ ],
	[ 'nothing is written',           'cat >/dev/null',                    undef, 6, qr/\[backup\] encrypt wrote nothing for bot-/ ],
	[ '… with decrypt',               'true',                              'cat', 6, qr/wrote nothing/ ],
	[ 'an empty ciphertext',          "(cat >/dev/null) | $enc",           undef, 6, qr/wrote only 32 bytes for the \d+|wrote only \d+ bytes/ ],
	[ 'another key',                  $enc,                                $dec =~ s/k3y/k4y/r, 6, qr/\[backup\] decrypt/ ],
	[ 'another backup',               "(cat; echo more) | $enc",           $dec,  6, qr/output is larger than the \d+ bytes/ ],
	[ 'a command that is none',       'no-such-command-k3y-never -k k3y-never', undef, 6, qr/\[backup\] encrypt: sh failed with exit status 127/ ],
);
for (@commands) {
	my ($name, $encrypt, $decrypt, $status, $says) = @$_;
	subtest "encrypt: $name" => sub {
		my $to   = tempdir();
		my $site = site("file://$to", MIGRATE_BACKUP_ENCRYPT => $encrypt, MIGRATE_BACKUP_DECRYPT => $decrypt);
		my $done = migrate($site, 'backup');
		is($done->{status}, $status, "status $status") or diag $done->{err};
		like($done->{err}, $says, 'which is said') or diag $done->{err} if $says;
		is(scalar(my @there = glob "$to/*"), $status ? 0 : 2, 'only what can be read is sent');
		my @out = map { migrate($site, @$_) } ['config'], [qw(config --json)];
		unlike(join('', map { $_->{out} . $_->{err} } $done, @out), qr/pass:k3y-never|-k k3y-never/, 'no key is shown');
		is(migrate($site, 'backup', 'verify', '--remote')->{status}, 0, 'and it verifies there') if !$status && $decrypt;
	};
}

done_testing;
