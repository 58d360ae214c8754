package Psql;

# Psql: how the real psql splits a script: what it sends to a server that agrees to everything.

use strict;
use warnings;

use Cluster;
use File::Temp ();
use IO::Socket::UNIX;
use POSIX ();

# The statements psql -f sends, each [text, COPY data or undef], as sent.
sub split_file {
	my ($file) = @_;
	my $dir    = File::Temp->newdir('migrate-psql-XXXXXX', TMPDIR => 1);
	my $server = IO::Socket::UNIX->new(Local => "$dir/.s.PGSQL.5432", Listen => 1) or die "$dir: $!";
	my $pid    = fork // die "fork: $!";
	_become_psql($dir, $file) if !$pid;
	local $SIG{ALRM} = sub { die "psql did not finish $file\n" };
	alarm 60;
	my @statements = _serve($server->accept);
	waitpid $pid, 0;
	alarm 0;
	die "psql ended with $? on $file\n" if $? & 127;
	return @statements;
}

sub _become_psql {
	my ($dir, $file) = @_;
	delete @ENV{ grep {/^PG/} keys %ENV };
	open STDIN,  '<', '/dev/null';
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', '/dev/null';
	exec(Cluster::bin('psql'), '-X', '-q', '-w', '-h', "$dir", '-p', 5432, '-U', 'nobody', '-d', 'x', '-f', $file)
	    or POSIX::_exit(127);
}

# The protocol, version 3: https://www.postgresql.org/docs/current/protocol-message-formats.html
sub _serve {
	my ($client) = @_;
	my @statements;
	_read($client, unpack('N', _read($client, 4)) - 4);
	_send($client, ['R', pack 'N', 0], _status(server_version => '15.0'), _status(client_encoding => 'UTF8'),
		_status(standard_conforming_strings => 'on'), ['Z', 'I']);
	while (my ($type, $body) = _message($client)) {
		last if $type eq 'X';
		if ($type eq 'Q') {
			push @statements, [ substr($body, 0, -1), undef ];
			_send($client, _answer($statements[-1]));
		} elsif ($type eq 'd') {
			$statements[-1][1] .= $body;
		} elsif ($type eq 'c') {
			$statements[-1][1] =~ s/^\\\.\r?\n\z//m;
			_send($client, ['C', "COPY 0\0"], ['Z', 'I']);
		}
	}
	return @statements;
}

my $blank = qr{(?:\s|--[^\r\n]*|(?<comment>/\*(?:[^*/]|\*(?!/)|/(?!\*)|(?&comment))*\*/))*};

sub _answer {
	my ($statement) = @_;
	my $sql = $statement->[0] =~ s/^$blank//r;
	if ($sql =~ /^copy\b.*\bfrom\s+(?:stdin|stdout)\b/is) {
		$statement->[1] = '';
		return ['G', pack 'Cn', 0, 0];
	}
	my @answer = (['C', "OK\0"], ['Z', 'I']);
	if ($sql =~ /^set\s+(?:(?:session|local)\s+)?standard_conforming_strings\s*(?:to\b|=)\s*'?(on|off)\b/i) {
		unshift @answer, _status(standard_conforming_strings => lc $1);
	} elsif ($sql =~ /^(?:reset\s+(?:standard_conforming_strings|all)|discard\s+all)\b/i) {
		unshift @answer, _status(standard_conforming_strings => 'on');
	}
	return @answer;
}

sub _status {
	my ($name, $value) = @_;
	return ['S', "$name\0$value\0"];
}

sub _send {
	my ($client, @messages) = @_;
	local $SIG{PIPE} = 'IGNORE';
	return syswrite $client, join '', map { pack('aN', $_->[0], 4 + length $_->[1]) . $_->[1] } @messages;
}

sub _message {
	my ($client) = @_;
	my ($type, $length) = unpack 'aN', _read($client, 5);
	return defined $length ? ($type, _read($client, $length - 4)) : ();
}

sub _read {
	my ($client, $length) = @_;
	my $bytes = '';
	while (length $bytes < $length) {
		read($client, $bytes, $length - length $bytes, length $bytes) or last;
	}
	return $bytes;
}

# Is a statement of psql's ours, but for blanks and comments around it and the semicolon? psql leaves out
# empty lines, outside quotes.
sub same {
	my ($psql, $ours) = @_;
	my ($theirs, $text) = map { $_->[0] =~ s/\n\n+/\n/gr } $psql, $ours;
	my $at = $theirs =~ /^$blank/ ? $+[0] : 0;
	return 0 if substr($theirs, $at, length $text) ne $text;
	return 0 if substr($theirs, $at + length $text) !~ /^$blank;?$blank\z/;
	return ($psql->[1] // '<none>') eq ($ours->[1] // '<none>');
}

sub is_empty {
	my ($psql) = @_;
	return $psql->[0] =~ /^$blank;?$blank\z/;
}

1;
