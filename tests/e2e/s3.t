# s3: a whole life of a copy on a real S3 server. `make s3` builds one with go and runs this; $S3_SERVER is
# another versitygw.
use strict;
use warnings;

use Cluster;
use Digest::SHA qw(sha256_hex);
use File::Path  qw(remove_tree);
use IO::Socket::INET;
use Migrate;
use Process;
use Test::More;

my $server = $ENV{S3_SERVER} // 'build/versitygw';
if (!-x $server) {
	print "# SKIP no S3 server: make s3\n";
	plan skip_all => 'no S3 server';
}

my $dir  = tempdir();
my $port = do { my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1'); $free->sockport };
mkdir "$dir/$_" for qw(s3 s3/bucket sidecar migrations);
my $s3 = Process->start([ $server, '--quiet', '--port', "127.0.0.1:$port", '--access', 'AKREAL', '--secret', 'real/secret+',
	'--region', 'eu-north-1', 'posix', '--sidecar', "$dir/sidecar", "$dir/s3" ], env => {%ENV}, timeout => 600);
my $deadline = time + 30;
select undef, undef, undef, 0.05 until time > $deadline || IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");

my $pg = Cluster->new;
$pg->start;
$pg->create_database('bot');
$pg->query('CREATE TABLE t AS SELECT i, sha512(i::text::bytea) x, sha512((-i)::text::bytea) y FROM generate_series(1, 90000) i', 'bot');

my %clean = map { ($_ => undef) } grep {/^(?:AWS_|https?_proxy$|all_proxy$|no_proxy$)/i} keys %ENV;

sub migrate {
	my (@args) = @_;
	my %more = ref $args[-1] ? %{ pop @args } : ();
	return run(@args, { dir => $dir, timeout => 120, env => { %clean, AWS_ACCESS_KEY_ID => 'AKREAL',
		AWS_SECRET_ACCESS_KEY => 'real/secret+', MIGRATE_URL => $pg->url('bot'), MIGRATE_WAIT_SOCKET_ONLY => 'on',
		MIGRATE_BACKUP_UPLOAD => "s3://bucket/pre/fix?endpoint=http://127.0.0.1:$port&region=eu-north-1&part=5", %more } });
}

sub objects { return map { s{^\Q$dir\E/s3/bucket/pre/fix/}{}r } grep {-f} glob "$dir/s3/bucket/pre/fix/{*,*/*}" }

for my $format (qw(custom directory)) {
	subtest $format => sub {
		my $done = migrate('backup', '--backup-format', $format);
		is($done->{status}, 0, 'a copy arrives') or return diag $done->{err};
		unlike($done->{err}, qr/reading .* back/, 'and its ETag is enough to know it');
		my $name = $done->{out} =~ s{.*/|\n}{}gr;
		my $here = $format eq 'custom' ? "$dir/backups/$name" : (glob "$dir/backups/$name/*.dat*")[0];
		is(sha256_hex(slurp($here =~ s{backups}{s3/bucket/pre/fix}r)), sha256_hex(slurp($here)), 'as it was sent');
		my $id = $name =~ s/\.\w+$//r;
		remove_tree("$dir/backups");
		like(migrate('backup', 'list')->{out}, qr/^\Q$id\E  .*  there$/m, 'it is listed');
		$done = migrate('restore', '--to', "back_$format", $id);
		is($done->{status}, 0, 'fetched and restored') or diag $done->{err};
		is($pg->query('SELECT count(*) FROM t', "back_$format"), '90000', 'with its rows');
		$done = migrate('backup', '--backup-format', $format, '--backup-keep-last', 1);
		is($done->{status}, 0, 'the next one');
		is(scalar(grep {/^\Q$id\E/} objects()), 0, 'prunes it') or diag join "\n", objects();
	};
}

subtest 'what it refuses' => sub {
	my $done = migrate('backup', { AWS_SECRET_ACCESS_KEY => 'wrong' });
	is($done->{status}, 6, 'a wrong secret: 6');
	like($done->{err}, qr/status 403.*SignatureDoesNotMatch/s, 'with its reason');
	$done = migrate('backup', { MIGRATE_BACKUP_UPLOAD => "s3://nothing/x?endpoint=http://127.0.0.1:$port&region=eu-north-1" });
	is($done->{status}, 6, 'no such bucket: 6');
	like($done->{err}, qr/NoSuchBucket/, 'with its reason');
};

# By curl, which signs as well.
sub curl {
	my ($method, $path) = @_;
	return Process->run([ 'curl', '-sS', '-X', $method, '--user', 'AKREAL:real/secret+', '--aws-sigv4', 'aws:amz:eu-north-1:s3',
		'-H', 'x-amz-content-sha256: ' . sha256_hex(''),
		"http://127.0.0.1:$port/bucket$path" ], env => { %clean, PATH => $ENV{PATH} })->{out};
}

subtest 'what a killed run left half-sent' => sub {
	plan skip_all => 'curl is not installed' if !grep { -x "$_/curl" } split /:/, $ENV{PATH};
	migration("$dir/migrations", 'aaaa', { up => 'SELECT nonsense;' });
	my $done = migrate('entrypoint', { AWS_SECRET_ACCESS_KEY => 'wrong' });
	is($done->{status}, 6, 'a backup that is not sent') or diag $done->{err};
	my ($name) = $done->{err} =~ m{writes \S*?([^/\s]+\.dump)$}m or return fail("no backup is named: $done->{err}");
	my $begun = curl('POST', "/pre/fix/$name?uploads=");
	like($begun, qr/<UploadId>/, 'an upload of it is begun');
	like(curl('GET', '?uploads='), qr/\Q$name\E/, 'and is there');
	$done = migrate('entrypoint');
	is($done->{status}, 7, 'the next boot sends it') or diag $done->{err};
	like($done->{err}, qr{removing an unfinished upload of pre/fix/\Q$name\E}, 'anew');
	unlike(curl('GET', '?uploads='), qr/<UploadId>/, 'and nothing half-sent is left');
	ok(grep({ $_ eq $name } objects()), 'the copy is');
};

$s3->signal('TERM');
done_testing;
