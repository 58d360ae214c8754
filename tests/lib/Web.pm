package Web;

# Web: a server for uploads that does as it is told, in core Perl: S3 (whose signatures it checks), WebDAV
# below /dav/, Telegram's sendDocument, and the services that give credentials.
#
# $web->fault('PUT .*\.dump', 2, '500'): the next two requests whose "METHOD path?query" matches go wrong:
#   500, 503 …   that status, and nothing is done
#   cut          the connection ends after a part of the body was read, or of the answer was sent
#   stall        nothing is answered any more
#   corrupt      one byte is stored wrongly, the ETag being that of what was sent
#   etag         an ETag that says nothing
#   short        the last byte is not stored
#   lost         nothing is stored
#   flip         one byte is stored wrongly, and the ETag is of that; of an answer, one byte is wrong
#   truncate     the answer is whole, but half of what is stored
#   endless      the answer is followed by a megabyte
#   slow         the answer comes in small pieces
#   to:URL       a redirect

use strict;
use warnings;

use Digest::MD5  qw(md5 md5_hex);
use Digest::SHA  qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use Fcntl        qw(:flock);
use File::Path   qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX ();
use Migrate qw(tempdir slurp write_file);

our ($key, $secret) = ('AKTEST', 'verysecret/key+');

sub new {
	my ($class) = @_;
	my $self = bless { dir => tempdir(), owner => $$ }, $class;
	make_path(map {"$self->{dir}/$_"} qw(objects uploads));
	$self->{socket} = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', ReuseAddr => 1)
	    or die "listen: $!";
	$self->{port} = $self->{socket}->sockport;
	$self->{pid} = fork // die "fork: $!";
	return $self if $self->{pid};
	$SIG{CHLD} = 'IGNORE';
	$SIG{TERM} = 'DEFAULT';
	$SIG{PIPE} = 'IGNORE';
	setpgrp 0, 0;
	while (1) {
		my $client = $self->{socket}->accept or next;
		next if fork;
		eval { 1 while $self->_serve($client) };
		print STDERR "# Web: $@" if $@;
		close $client;
		require POSIX;
		POSIX::_exit(0);
	}
}

sub url { return "http://127.0.0.1:$_[0]{port}" }

sub fault {
	my ($self, $what, $times, $how) = @_;
	return $self->_locked(sub {
		open my $file, '>>', "$self->{dir}/faults" or die $!;
		print $file "$what\t$times\t$how\n";
	});
}

sub forget { my ($self) = @_; unlink map {"$self->{dir}/$_"} qw(faults log); return }

# Requests so far: "METHOD path?query status".
sub requests { my ($self) = @_; return -e "$self->{dir}/log" ? split /\n/, slurp("$self->{dir}/log") : () }

# Names of what is stored, and the contents of one.
sub objects { my ($self) = @_; return sort map { s{^\Q$self->{dir}\E/objects/}{}r =~ s/%2F/\//gr } glob "$self->{dir}/objects/*" }
sub object { my ($self, $name) = @_; return slurp($self->_path($name)) }
sub uploads { my ($self) = @_; return map { s{.*/}{}r } glob "$self->{dir}/uploads/*" }

# An upload in parts that somebody has begun.
sub begin {
	my ($self, $id, $key) = @_;
	my $dir = "$self->{dir}/uploads/" . $id =~ s{/}{%2F}gr;
	mkdir $dir or die "$dir: $!";
	return write_file("$dir/.key", $key);
}

sub _path { my ($self, $name) = @_; return "$self->{dir}/objects/" . $name =~ s{/}{%2F}gr }

sub _locked {
	my ($self, $do) = @_;
	open my $lock, '>>', "$self->{dir}/lock" or die $!;
	flock $lock, LOCK_EX;
	return $do->();
}

sub _fault_of {
	my ($self, $request) = @_;
	return $self->_locked(sub {
		return '' if !-e "$self->{dir}/faults";
		my ($found, @rest) = ('');
		for (split /\n/, slurp("$self->{dir}/faults")) {
			my ($what, $times, $how) = split /\t/;
			if (!$found && $times > 0 && $request =~ /^(?:$what)/) {
				($found, $times) = ($how, $times - 1);
			}
			push @rest, "$what\t$times\t$how\n";
		}
		write_file("$self->{dir}/faults", join '', @rest);
		return $found;
	});
}

sub _serve {
	my ($self, $client) = @_;
	my $line = <$client> // return 0;
	my ($method, $target) = $line =~ m{^(\S+) (\S+) HTTP} or return 0;
	my %header;
	while (defined(my $field = <$client>)) {
		last if $field =~ /^\r?\n$/;
		$header{ lc $1 } = $2 if $field =~ /^([\w-]+):\s*(.*?)\r?\n/;
	}
	my $fault  = $self->_fault_of("$method $target");
	my $length = $header{'content-length'} // 0;
	$length = int($length / 2) if $fault eq 'cut' && $method ne 'GET';
	my $body = '';
	while (length $body < $length) {
		read($client, $body, $length - length $body, length $body) or return 0;
	}
	$self->_note("$method $target $fault");
	sleep 600 if $fault eq 'stall';
	return 0 if $fault eq 'cut' && $method ne 'GET';
	my ($status, $type, $answer, @more) = $fault =~ /^\d+$/ ? ($fault, 'text/plain', 'on purpose')
	    : $fault =~ /^to:(.*)/ ? (307, 'text/plain', 'elsewhere', "Location: $1")
	    : $self->_answer($method, $target, \%header, $body, $fault);
	$answer = _spoil($answer, $fault) if $method eq 'GET';
	my $size = $method eq 'HEAD' && $more[0] && $more[0] =~ /^size (\d+)/ ? $1 : length $answer;
	shift @more if $method eq 'HEAD' && @more;
	print $client join("\r\n", "HTTP/1.1 $status X", "Content-Type: $type", "Content-Length: $size", @more, '', '');
	$answer = substr $answer, 0, length($answer) / 2 if $fault eq 'cut';
	if ($fault eq 'slow') {
		$client->autoflush(1);
		for my $piece (unpack '(a64)*', substr $answer, 0, 640) {
			print $client $piece;
			select undef, undef, undef, 0.02;
		}
		$answer = length $answer > 640 ? substr $answer, 640 : '';
	}
	print $client $answer if $method ne 'HEAD';
	return $fault ne 'cut';
}

sub _spoil {
	my ($answer, $fault) = @_;
	substr($answer, length($answer) / 2, 1) ^= "\1" if $fault eq 'flip' && length $answer;
	return substr $answer, 0, length($answer) / 2 if $fault eq 'truncate';
	return $answer . 'x' x (1 << 20) if $fault eq 'endless';
	return $answer;
}

sub _note {
	my ($self, $text) = @_;
	return $self->_locked(sub {
		open my $log, '>>', "$self->{dir}/log" or die $!;
		print $log "$text\n";
	});
}

sub _answer {
	my ($self, $method, $target, $header, $body, $fault) = @_;
	my ($path, $query) = split /\?/, $target, 2;
	return $self->_dav($method, $path =~ s{^/dav/?}{}r, $header, $body, $fault) if $path =~ m{^/dav};
	return $self->_telegram($target, $body, $fault) if $path =~ m{^(?:/file)?/bot};
	return $self->_credentials($method, $path, $header, $body) if $path =~ m{^/(?:latest|creds|sts)};
	my $wrong = _signature($method, $path, $query // '', $header, $body);
	return (403, 'application/xml', "<Error><Code>$wrong</Code><Message>no</Message></Error>") if $wrong;
	return $self->_s3($method, $path, $query // '', $body, $fault);
}

# '' if the request is signed by our key, as the server computes it (Signature Version 4).
sub _signature {
	my ($method, $path, $query, $header, $body) = @_;
	my ($id, $date, $region, $signed, $is) = ($header->{authorization} // '') =~
	    m{^AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)}
	    or return 'AccessDenied';
	return 'InvalidAccessKeyId' if $id ne $key;
	return 'SignatureDoesNotMatch' if grep { !defined $header->{$_} } split /;/, $signed;
	return 'XAmzContentSHA256Mismatch' if $header->{'x-amz-content-sha256'} ne sha256_hex($body);
	my $canonical = join "\n", $method, $path, join('&', sort split /&/, $query),
	    (map {"$_:$header->{$_}"} split /;/, $signed), '', $signed, $header->{'x-amz-content-sha256'};
	my $scope  = "$date/$region/s3/aws4_request";
	my $string = join "\n", 'AWS4-HMAC-SHA256', $header->{'x-amz-date'}, $scope, sha256_hex($canonical);
	my $signing = "AWS4$secret";
	$signing = hmac_sha256($_, $signing) for $date, $region, 's3', 'aws4_request';
	return hmac_sha256_hex($string, $signing) eq $is ? '' : 'SignatureDoesNotMatch';
}

sub _store {
	my ($self, $name, $body, $fault) = @_;
	substr($body, length($body) / 2, 1) ^= "\1" if $fault eq 'corrupt' && length $body;
	chop $body if $fault eq 'short';
	substr($body, length($body) / 2, 1) ^= "\1" if $fault eq 'flip' && length $body;
	return if $fault eq 'lost';
	write_file($self->_path($name), $body);
	return;
}

sub _s3 {
	my ($self, $method, $path, $query, $body, $fault) = @_;
	my ($bucket, $name) = $path =~ m{^/([^/]+)/?(.*)$};
	return (404, 'application/xml', '<Error><Code>NoSuchBucket</Code></Error>') if $bucket ne 'bucket';
	my %query = map { my ($k, $v) = split /=/; ($k, ($v // '') =~ s/%(..)/chr hex $1/ger) } split /&/, $query;
	return $self->_multipart($method, $name, \%query, $body, $fault) if exists $query{uploads} || $query{uploadId};
	return $self->_list(\%query) if $name eq '';
	if ($method eq 'PUT') {
		$self->_store($name, $body, $fault);
		return (200, 'text/plain', '', qq(ETag: "x")) if $fault eq 'lost';
		my $etag = $fault eq 'etag' ? 'abc' : md5_hex($fault eq 'flip' ? $self->object($name) : $body);
		write_file($self->_path($name) =~ s{/objects/}{/etag.}r, $etag);
		return (200, 'text/plain', '', qq(ETag: "$etag"));
	}
	if ($method eq 'DELETE') {
		unlink $self->_path($name);
		return (204, 'text/plain', '');
	}
	return (404, 'application/xml', '<Error><Code>NoSuchKey</Code></Error>') if !-e $self->_path($name);
	my $content = $self->object($name);
	my $etag = slurp($self->_path($name) =~ s{/objects/}{/etag.}r);
	return (200, 'application/octet-stream', $method eq 'HEAD' ? '' : $content,
		'size ' . length $content, qq(ETag: "$etag")) if $method eq 'HEAD';
	return (200, 'application/octet-stream', $content, qq(ETag: "$etag"));
}

sub _list {
	my ($self, $query) = @_;
	my @names = grep { index($_, $query->{prefix}) == 0 && substr($_, length $query->{prefix}) !~ m{/} } $self->objects;
	my $from  = $query->{'continuation-token'} // 0;
	my @page  = splice @names, $from, 2;    # so that there is always another one
	my $next  = @names > $from ? '<NextContinuationToken>' . ($from + 2) . '</NextContinuationToken>' : '';
	return (200, 'application/xml', '<?xml version="1.0"?><ListBucketResult xmlns="x">'
		. join('', map {"<Contents><Key>$_</Key><Size>1</Size></Contents>"} @page) . "$next</ListBucketResult>");
}

sub _begun {
	my ($self, $prefix) = @_;
	my $list = '';
	for my $dir (glob "$self->{dir}/uploads/*") {
		my $key = slurp("$dir/.key");
		next if index($key, $prefix) != 0;
		my $id   = $dir =~ s{.*/}{}r =~ s/%2F/\//gr;
		my $when = POSIX::strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime((stat "$dir/.key")[9]));
		$list .= "<Upload><Key>$key</Key><UploadId>$id</UploadId><Initiated>$when</Initiated></Upload>";
	}
	return $list;
}

sub _multipart {
	my ($self, $method, $name, $query, $body, $fault) = @_;
	my $uploads = "$self->{dir}/uploads";
	if (exists $query->{uploads}) {
		# No plus: curl 8.14 signs an escaped one wrongly, and no known service has it in an id.
		my $id = 'up~' . $$ . '/' . int rand 1e9;
		return (200, 'application/xml', '<R>' . $self->_begun($query->{prefix}) . '</R>') if $method eq 'GET';
		$self->begin($id, $name);
		return (200, 'application/xml', "<R><Key>$name</Key><UploadId>$id</UploadId></R>");
	}
	my $dir = "$uploads/" . $query->{uploadId} =~ s{/}{%2F}gr;
	return (404, 'application/xml', '<Error><Code>NoSuchUpload</Code></Error>') if !-d $dir;
	if ($method eq 'DELETE') {
		remove_tree($dir);
		return (204, 'text/plain', '');
	}
	if ($method eq 'PUT') {
		my $etag = md5_hex($body);
		substr($body, 0, 1) ^= "\1" if $fault eq 'corrupt';
		my ($part, $tag) = map { sprintf '%s/%s%05d', $dir, $_, $query->{partNumber} } '', '.';
		# Gone where the client stopped, and aborted the upload, while this part was on its way.
		return (404, 'application/xml', '<Error><Code>NoSuchUpload</Code></Error>')
		    if !eval { write_file($tag, $etag); write_file($part, $body); 1 };
		return (200, 'text/plain', '', qq(ETag: "$etag"));
	}
	my @parts = sort glob "$dir/*";
	my @etags = map { slurp(s{/(\d+)$}{/.$1}r) } @parts;
	return (400, 'application/xml', '<Error><Code>InvalidPart</Code></Error>')
	    if join(' ', $body =~ /<ETag>"?(\w+)"?</g) ne "@etags";
	my $etag = md5_hex(join '', map { pack 'H*', $_ } @etags) . '-' . @parts;
	write_file($self->_path($name), join '', map { slurp($_) } @parts);
	write_file($self->_path($name) =~ s{/objects/}{/etag.}r, $etag);
	remove_tree($dir);
	return (200, 'application/xml', qq(<R><Location>x</Location><ETag>&quot;$etag&quot;</ETag></R>));
}

sub _dav {
	my ($self, $method, $name, $header, $body, $fault) = @_;
	require MIME::Base64;
	return (401, 'text/plain', 'who?') if ($header->{authorization} // '') ne 'Basic ' . MIME::Base64::encode_base64('us:er', '');
	$name =~ s/%(..)/chr hex $1/ge;
	my ($collection) = $name =~ m{^(.*)/};
	if ($method eq 'MKCOL') {
		make_path("$self->{dir}/col/$name");
		return (201, 'text/plain', '');
	}
	return (409, 'text/plain', 'no collection') if $method eq 'PUT' && !-d "$self->{dir}/col/$collection";
	if ($method eq 'PUT') {
		$self->_store("dav/$name", $body, $fault);
		return (201, 'text/plain', '');
	}
	if ($method eq 'PROPFIND') {
		my @names = grep {m{^\Qdav/$name\E[^/]+$}} $self->objects;
		return (207, 'application/xml', join '', '<D:multistatus xmlns:D="DAV:">',
			map({"<D:response><D:href>/$_</D:href></D:response>"} "dav/$name", @names), '</D:multistatus>');
	}
	return (404, 'text/plain', '') if !-e $self->_path("dav/$name");
	if ($method eq 'DELETE') {
		unlink $self->_path("dav/$name");
		return (204, 'text/plain', '');
	}
	my $content = $self->object("dav/$name");
	return (200, 'text/plain', $method eq 'HEAD' ? '' : $content, $method eq 'HEAD' ? 'size ' . length $content : ());
}

sub _telegram {
	my ($self, $target, $body, $fault) = @_;
	if ($target =~ m{^/bot12345:T0KEN/getFile\?file_id=(.*)}) {
		my $name = $1 =~ s/%(..)/chr hex $1/ger;
		return -e $self->_path("telegram/$name") ? (200, 'application/json', qq({"ok":true,"result":{"file_path":"$name"}}))
		    : (400, 'application/json', '{"ok":false,"description":"Bad Request: file is too big"}');
	}
	if ($target =~ m{^/file/bot12345:T0KEN/(.*)}) {
		my $name = $1 =~ s/%(..)/chr hex $1/ger;
		return (200, 'application/octet-stream', $self->object("telegram/$name"));
	}
	return (401, 'application/json', '{"ok":false}') if $target ne '/bot12345:T0KEN/sendDocument';
	return (200, 'application/json', '{"ok":false,"description":"no"}') if $fault eq 'etag';
	my ($boundary) = $body =~ /\A(--[^\r\n]+)/;
	my %field;
	for my $part (grep {length} split /\Q$boundary\E(?:--)?\r\n/, $body) {
		my ($head, $value) = split /\r\n\r\n/, $part, 2;
		my ($name) = $head =~ /name="(\w+)"/ or next;
		$field{$name} = $value =~ s/\r\n\z//r;
		$field{file} = $1 if $head =~ /filename="([^"]+)"/;
	}
	my $name = "$field{chat_id}/$field{file}";
	$self->_store("telegram/$name", $field{document}, $fault);
	$self->_note("caption $field{caption}");
	my $size = length($field{document}) - ($fault eq 'short');
	return (200, 'application/json', qq({"ok":true,"result":{"message_id":7,"document":{"file_id":"$name","file_size":$size}}}));
}

sub _credentials {
	my ($self, $method, $path, $header, $body) = @_;
	my ($id, $until) = ($key, '2099-01-01T00:00:00Z');
	if (unlink "$self->{dir}/expiring") {    # once, a key that the bucket does not take, and that is over soon
		($id, $until) = ('AKGONE', POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 60)));
	}
	my $json = qq({"AccessKeyId":"$id","SecretAccessKey":"$secret","Token":"S3SSION","Expiration":"$until"});
	return (200, 'text/plain', 'imds-token') if $path eq '/latest/api/token' && $method eq 'PUT';
	if ($path =~ m{^/latest/meta-data/iam/security-credentials/(.*)}) {
		return (401, 'text/plain', '') if ($header->{'x-aws-ec2-metadata-token'} // '') ne 'imds-token';
		return (200, 'text/plain', $1 eq '' ? "role\n" : $json);
	}
	return (200, 'application/json', $json) if $path eq '/creds' && ($header->{authorization} // '') eq 'pod-token';
	return (200, 'text/xml', "<R><Credentials><AccessKeyId>$id</AccessKeyId><SecretAccessKey>$secret</SecretAccessKey>"
		. "<Expiration>$until</Expiration>"
		. '<SessionToken>S3SSION</SessionToken></Credentials></R>') if $path =~ m{^/sts} && $body =~ /WebIdentityToken=web%2Btoken(?:&|$)/;
	return (403, 'text/plain', 'no');
}

sub DESTROY {
	my ($self) = @_;
	return if $self->{owner} != $$ || !$self->{pid};
	local ($?, $!);
	kill 'KILL', -$self->{pid};
	waitpid $self->{pid}, 0;
}

1;
