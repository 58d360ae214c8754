# upload: copies of backups elsewhere: on S3, WebDAV, a directory, in a chat; and what a place that fails
# does to them.
use strict;
use warnings;

use Cluster;
use Digest::SHA qw(sha256_hex);
use File::Path  qw(remove_tree);
use Migrate;
use Process;
use Test::More;
use Web;

my $pg = Cluster->new;
$pg->start;
$pg->create_database('bot');
$pg->query('CREATE TABLE t AS SELECT i, sha512(i::text::bytea) FROM generate_series(1, 1000) i', 'bot');
my $web   = Web->new;
my $count = 0;
my %keys  = (AWS_ACCESS_KEY_ID => $Web::key, AWS_SECRET_ACCESS_KEY => $Web::secret);
my %clean = map { ($_ => undef) } grep {/^(?:AWS_|https?_proxy$|all_proxy$|no_proxy$)/i} keys %ENV;

sub s3 { return "s3://bucket/$_[0]?endpoint=" . $web->url . '&region=eu-north-1' . ($_[1] // '') }

# A directory of its own, and where its copies go.
sub site {
	my ($upload, %env) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	return { dir => $dir, env => { %clean, %keys, MIGRATE_URL => $pg->url('bot'), MIGRATE_WAIT_SOCKET_ONLY => 'on',
		HOME => $dir, AWS_EC2_METADATA_DISABLED => 'true', MIGRATE_BACKUP_UPLOAD => $upload, %env } };
}

sub migrate {
	my ($site, @args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $site->{dir}, timeout => 90, %more, env => { %{ $site->{env} }, %{ $more{env} // {} } } });
}

sub backup {
	my ($site, @args) = @_;
	my $done = migrate($site, 'backup', @args);
	is($done->{status}, 0, 'a backup') or diag $done->{err};
	return $done->{out} =~ s{.*/|\n}{}gr;
}

sub quiet { my ($done) = @_; return unlike("$done->{out}$done->{err}",
	qr/\Q$Web::secret\E|us:er|T0KEN|S3SSION/, 'no secret is told') }

# A copy comes back when nothing is left here.
sub comes_back {
	my ($site, $name) = @_;
	my $id = $name =~ s/\.\w+$//r;
	remove_tree("$site->{dir}/backups");
	like(migrate($site, 'backup', 'list')->{out}, qr/^\Q$id\E  .*  there$/m, 'the list has what is there');
	my $done = migrate($site, 'restore', '--to', "back$count", $id);
	is($done->{status}, 0, 'it is fetched and restored') or diag $done->{err};
	is($pg->query('SELECT count(*) FROM t', 'back' . $count++), '1000', 'with its rows');
	is(migrate($site, 'backup', 'verify', $id)->{status}, 0, 'and verifies');
	like(migrate($site, 'backup', 'list')->{out}, qr/^\Q$id\E  .*  both$/m, 'and is in both places');
	return $done;
}

my %place = (
	s3        => sub { site(s3('pre/fix')) },
	'file'    => sub { my $to = tempdir(); mkdir "$to/deep"; site("file://$to/deep") },
	webdav    => sub { site($web->url =~ s{//}{//us:er@}r . '/dav/back ups' =~ s/ /%20/r) },
);
for my $place (sort keys %place) {
	for my $format (qw(custom directory)) {
		subtest "$place, $format" => sub {
			my $site = $place{$place}->();
			$site->{env}{MIGRATE_BACKUP_FORMAT} = $format;
			my $name = backup($site);
			my @sent = $web->requests;
			is((grep {/^PUT/} @sent)[-1] =~ /\.json $/ ? 1 : 0, 1, 'the manifest goes last') if $place eq 's3';
			like(slurp("$site->{dir}/backups/$name.json"), qr/"uploaded":"\d{4}-/, 'which says that it was sent');
			quiet(comes_back($site, $name));
			my $other = backup($site, '--backup-keep-last', 1);
			isnt($other, $name, 'the next one');
			my @there = $place eq 'file' ? map { s{.*/}{}r } glob(substr("$site->{env}{MIGRATE_BACKUP_UPLOAD}/*", 7)) : $web->objects;
			is(scalar(grep {/\Q$name\E/} @there), 0, 'prunes the copy, too') or diag "@there";
			like(migrate($site, 'backup', 'list')->{out}, qr/\A\S+  .*  both\n\z/, 'and is the only one');
		};
	}
}

subtest 'encrypted' => sub {
	my $site = site(s3('secret'), MIGRATE_BACKUP_ENCRYPT => 'openssl enc -aes-256-cbc -pbkdf2 -pass pass:pw',
		MIGRATE_BACKUP_DECRYPT => 'openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:pw');
	my $name = backup($site);
	is(substr($web->object("secret/$name.enc"), 0, 8), 'Salted__', 'what is there is not readable');
	ok(!grep({ $_ eq "secret/$name" } $web->objects), 'and nothing else');
	comes_back($site, $name);
	remove_tree("$site->{dir}/backups");
	my $done = migrate($site, 'restore', '--to', 'no', $name =~ s/\.dump//r,
		{ env => { MIGRATE_BACKUP_DECRYPT => 'openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:no' } });
	is($done->{status}, 6, 'with another key it does not come back');
	like($done->{err}, qr/\[backup\] decrypt: sh failed/, 'which is said') or diag $done->{err};
	is_deeply([ glob "$site->{dir}/backups/{*,.[!.]*}" ], [], 'and nothing is left');
	$done = migrate($site, 'backup', { env => { MIGRATE_BACKUP_ENCRYPT => 'false' } });
	is($done->{status}, 6, 'nor is anything sent where the command fails');
};

subtest 'in parts' => sub {
	my $site = site(s3('parts', '&part=5'));
	$pg->query('CREATE TABLE big AS SELECT sha512(i::text::bytea) x, sha512((-i)::text::bytea) y FROM generate_series(1, 90000) i', 'bot');
	my $name = backup($site);
	my @parts = grep {/^PUT .*partNumber/} $web->requests;
	cmp_ok(scalar @parts, '>=', 3, 'a large file goes up in several');
	is(sha256_hex($web->object("parts/$name")), sha256_hex(slurp("$site->{dir}/backups/$name")), 'and arrives');
	unlike(join("\n", grep {/^GET/} $web->requests), qr/\Qparts\/$name\E /, 'without being read back');
	comes_back($site, $name);

	$web->fault('PUT .*partNumber=2', 2, '500');
	$web->fault('PUT .*partNumber=3', 1, 'cut');
	$name = backup($site);
	is(sha256_hex($web->object("parts/$name")), sha256_hex(slurp("$site->{dir}/backups/$name")), 'parts that fail are sent again');

	$web->fault('PUT .*partNumber=2', 99, '503');
	my $done = migrate($site, 'backup', '--backup-upload-timeout', '3s');
	is($done->{status}, 6, 'where one never arrives: 6');
	like($done->{err}, qr/upload failed: 127\.0\.0\.1:\d+: status 503 \d times/, 'with its history') or diag $done->{err};
	is_deeply([ $web->uploads ], [], 'and nothing is left half-sent');
	$web->forget;

	my $key   = "parts/$name" =~ s/\d{8}T\d{6}Z/20200101T000000Z/r;
	my %begun = (old => $key, new => $key, other => $key =~ s/bot-/bot-2-/r, place => $key =~ s/parts/elsewhere/r);
	my %file  = map { ($_ => $web->begin($_, $begun{$_})) } keys %begun;
	utime time - 90_000, time - 90_000, @file{qw(old other place)};
	backup($site);
	is(join(' ', sort $web->uploads), 'new other place', 'what a run left long ago is removed, nobody else\'s');
	remove_tree(map {"$web->{dir}/uploads/$_"} $web->uploads);

	migration("$site->{dir}/migrations", 'aaaa', { up => 'SELECT nonsense;' });
	$web->fault('PUT .*partNumber=2', 1, 'stall');
	my $killed = start('entrypoint', { dir => $site->{dir}, env => $site->{env} });
	my $until = time + 60;
	select undef, undef, undef, 0.02 until time > $until || grep {/partNumber=2&\S* stall/} $web->requests;
	$killed->signal('KILL');
	$killed->finish;
	is(scalar(my @half = $web->uploads), 1, 'a kill leaves it half-sent');
	my $next = migrate($site, 'entrypoint');
	is($next->{status}, 7, 'the next boot sends it') or diag $next->{err};
	like($next->{err}, qr/removing an unfinished upload of parts\//, 'anew');
	is_deeply([ $web->uploads ], [], 'and removes what was left');
	unlink glob "$site->{dir}/migrations/aaaa*";

	$web->fault('PUT .*partNumber=2', 1, 'corrupt');
	$done = migrate($site, 'backup');
	is($done->{status}, 0, 'a server that keeps something else and gives the right ETag is believed') or diag $done->{err};

	$web->forget;
	$web->fault('PUT .*partNumber=2', 1, 'stall');
	my $stopped = start('backup', { dir => $site->{dir}, env => $site->{env} });
	ok($stopped->wait_for_line(qr/verified/, 60), 'while it is sent');
	my $deadline = time + 30;
	select undef, undef, undef, 0.02 until time > $deadline || grep {/partNumber=2 stall/} map { s/&uploadId=[^ ]*//r } $web->requests;
	my $began = Time::HiRes::time();
	$stopped->signal('TERM');
	is($stopped->finish->{status}, 143, 'a stop');
	cmp_ok(Time::HiRes::time() - $began, '<', 2, 'ends it within two seconds');
	is_deeply([ $web->uploads ], [], 'and leaves nothing half-sent');
	$pg->query('DROP TABLE big', 'bot');
};

subtest 'a place that fails' => sub {
	my $site = site(s3('bad'));
	$web->forget;
	for my $fault ([ '500', 3 ], [ 'cut', 2 ], [ '429', 1 ]) {
		$web->fault('PUT .*\.dump', $fault->[1], $fault->[0]);
		my $name = backup($site);
		is($web->object("bad/$name"), slurp("$site->{dir}/backups/$name"), "$fault->[0] $fault->[1] times: it arrives all the same");
	}
	$web->fault('PUT .*\.dump', 1, 'stall');
	my $done = migrate($site, 'backup', '--backup-upload-stall', '1s');
	is($done->{status}, 0, 'one that stalls is tried again') or diag $done->{err};

	$web->forget;
	$web->fault('PUT .*\.dump', 1, 'etag');
	my $name = backup($site);
	ok(grep({/^GET \S*\Qbad\/$name\E/} $web->requests), 'an ETag that is not the MD5: it is read back');
	$web->fault('PUT .*\.dump', 1, 'etag');
	$web->fault('GET .*\.dump ?$', 1, '500');
	backup($site);
	for my $fault (qw(short)) {
		$web->fault('PUT .*\.dump', 1, $fault);
		$done = migrate($site, 'backup');
		is($done->{status}, 6, 'less there than was sent: 6');
		like($done->{err}, qr/has \d+ bytes, but \d+ were sent/, 'which is said');
	}
	$web->forget;
	$done = migrate($site, 'backup', { env => { AWS_SECRET_ACCESS_KEY => 'wrong' } });
	is($done->{status}, 6, 'a wrong key: 6');
	like($done->{err}, qr/refused PUT with status 403.*SignatureDoesNotMatch/s, 'with what the server says');
	is(scalar(grep {/^PUT/} $web->requests), 1, 'which is not tried again');
	$done = migrate($site, 'backup', { env => { MIGRATE_BACKUP_UPLOAD_REQUIRED => 'off', AWS_SECRET_ACCESS_KEY => 'wrong' } });
	is($done->{status}, 0, 'a copy that is not required');
	like($done->{err}, qr/WARN .*upload failed/, 'is missed in a warning');
	$done = migrate($site, 'backup', { env => { AWS_ACCESS_KEY_ID => undef } });
	is($done->{status}, 6, 'no credentials');
	like($done->{err}, qr/there are no credentials for S3.*hint: Set AWS_ACCESS_KEY_ID/s, 'with what to set');
	quiet($done);
	$done = migrate($site, 'backup', { env => { MIGRATE_BACKUP_UPLOAD => "s3://bucket/x?endpoint=http://127.0.0.1:1",
		MIGRATE_BACKUP_UPLOAD_TIMEOUT => '1s' } });
	is($done->{status}, 6, 'nobody there: 6');
	like($done->{err}, qr/127\.0\.0\.1:1: .*Connection refused|Couldn't connect|Failed to connect/, 'and why');
	for my $wrong ('ftp://x', 's3://', 's3://b?nonsense=1', 'file://x', 'telegram:') {
		is(migrate($site, 'backup', { env => { MIGRATE_BACKUP_UPLOAD => $wrong } })->{status}, 3, "$wrong: 3");
	}

	$web->forget;
	$web->fault('GET .*\.dump', 1, 'cut');
	$web->fault('GET .*\.dump', 1, '500');
	comes_back($site, $name);
	$web->_store("bad/$name", $web->object("bad/$name"), 'corrupt');
	remove_tree("$site->{dir}/backups");
	$done = migrate($site, 'restore', '--to', 'no', $name =~ s/\.dump//r);
	is($done->{status}, 6, 'a copy that was changed does not come back');
	like($done->{err}, qr/it was changed: its SHA-256 is not the manifest's/, 'which is said');
	is_deeply([ glob "$site->{dir}/backups/{*,.[!.]*}" ], [], 'and nothing of it is left');
};

subtest 'a boot that starts again' => sub {
	my $site = site(s3('boot'));
	migration("$site->{dir}/migrations", 'aaaa', { up => 'SELECT nonsense;' });
	$web->forget;
	$web->fault('PUT .*\.dump', 6, '500');
	my $boot = migrate($site, 'entrypoint', '--', 'echo', 'up');
	is($boot->{status}, 6, 'a copy that does not arrive: 6') or diag $boot->{err};
	is($boot->{out}, '', 'the application does not start');
	is(migrate($site, 'entrypoint')->{status}, 7, 'the next start');
	my @names = map { s{.*/}{}r } glob "$site->{dir}/backups/*.dump";
	is(scalar @names, 1, 'uses the backup again');
	ok(grep({ $_ eq "boot/$names[0]" } $web->objects), 'and sends it');
	$web->forget;
	is(migrate($site, 'entrypoint')->{status}, 7, 'and the one after that');
	is(scalar(grep {/^PUT/} $web->requests), 0, 'sends nothing');
};

subtest 'credentials' => sub {
	my %none = map { ($_ => undef) } keys %keys;
	my $file = write_file(tempdir() . '/x', "[default]\naws_access_key_id = no\n\n[bot]\n aws_access_key_id=$Web::key\n"
		. "# no\naws_secret_access_key = $Web::secret\naws_session_token=S3SSION\n");
	my $token = write_file(tempdir() . '/token', "web+token\n");
	my $key   = write_file(tempdir() . '/key', "$Web::secret\n");
	my %way = (
		'a file for the secret' => { AWS_ACCESS_KEY_ID => $Web::key, AWS_SECRET_ACCESS_KEY_FILE => $key },
		'the credentials file' => { AWS_SHARED_CREDENTIALS_FILE => $file, AWS_PROFILE => 'bot' },
		'a web identity' => { AWS_ROLE_ARN => 'arn:x', AWS_WEB_IDENTITY_TOKEN_FILE => $token, AWS_ENDPOINT_URL_STS => $web->url . '/sts' },
		'a container' => { AWS_CONTAINER_CREDENTIALS_FULL_URI => $web->url . '/creds', AWS_CONTAINER_AUTHORIZATION_TOKEN => 'pod-token' },
		'an instance' => { AWS_EC2_METADATA_SERVICE_ENDPOINT => $web->url, AWS_EC2_METADATA_DISABLED => undef },
	);
	for my $way (sort keys %way) {
		my $done = migrate(site(s3('way'), %none, %{ $way{$way} }), 'backup');
		is($done->{status}, 0, $way) or diag $done->{err};
		quiet($done);
	}
	for my $way ('a web identity', 'a container', 'an instance') {
		write_file("$web->{dir}/expiring", '');
		my $done = migrate(site(s3('way'), %none, %{ $way{$way} }), 'backup');
		is($done->{status}, 0, "$way: what is about to expire is asked for again") or diag $done->{err};
		ok(!-e "$web->{dir}/expiring", 'and was');
	}
	my $done = migrate(site(s3('way'), %none, AWS_SHARED_CREDENTIALS_FILE => $file, AWS_PROFILE => 'nobody'), 'backup');
	like($done->{err}, qr/has no credentials for AWS_PROFILE nobody/, 'a profile that is not there');
};

subtest 'a chat' => sub {
	my $site = site('telegram:-1001', MIGRATE_TELEGRAM_TOKEN => '12345:T0KEN', MIGRATE_TELEGRAM_API => $web->url);
	$web->forget;
	my $name = backup($site);
	is($web->object("telegram/-1001/$name"), slurp("$site->{dir}/backups/$name"), 'gets the archive');
	ok(length $web->object("telegram/-1001/$name.json"), 'and its manifest');
	ok(grep({/^caption bot, <base>, as of [-\d]+ [:\d]+ UTC, [\d.]+ kB/} $web->requests), 'with a caption');
	like(migrate($site, 'backup', 'list')->{out}, qr/  here\n\z/, 'what is there cannot be seen');
	$pg->query('CREATE TABLE big AS SELECT sha512(i::text::bytea) x FROM generate_series(1, 40000) i', 'bot');
	$name = backup($site, '--telegram-size', 1);
	my @pieces = grep {/^telegram\/-1001\/\Q$name\E\.\d+$/} $web->objects;
	is(join('', map { $web->object($_) } @pieces), slurp("$site->{dir}/backups/$name"), scalar(@pieces) . ' pieces make one that is larger');
	my $done = migrate($site, 'backup', '--telegram-size', 1, '--telegram-split', 'off');
	is($done->{status}, 6, 'or it is refused: 6');
	like($done->{err}, qr/Telegram takes 1 MB.*hint: .*split/s, 'which is said');
	quiet($done);
	$done = migrate($site, 'backup', { env => { MIGRATE_TELEGRAM_TOKEN => '12345:T0KENS' } });
	is($done->{status}, 6, 'a wrong token');
	like($done->{err}, qr/127\.0\.0\.1:\d+ refused POST with status 401/, 'is refused');
	quiet($done);
	like(migrate($site, 'config')->{out}, qr/^token += \*\*\* /m, 'config hides it');
	is(migrate($site, 'backup', { env => { MIGRATE_TELEGRAM_TOKEN => undef } })->{status}, 3, 'no token: 3');
	my @before = glob "$site->{dir}/backups/*";
	is(migrate($site, 'backup', '--backup-format', 'directory')->{status}, 3, 'a directory: 3');
	is_deeply([ glob "$site->{dir}/backups/*" ], \@before, 'before anything is dumped');
	$pg->query('DROP TABLE big', 'bot');
};

done_testing;
