package Ear;

# Ear: a server that listens to whatever it is told, in its own faulty ways (Web).
#
# $ear->heard: the requests so far as [{method, path, header => {name => value}, body}], but those that
# went wrong on purpose.

use strict;
use warnings;

use JSON::PP ();
use Migrate qw(slurp);
use parent 'Web';

sub _answer {
	my ($self, $method, $target, $header, $body) = @_;
	$self->_locked(sub {
		open my $file, '>>', "$self->{dir}/heard" or die $!;
		print $file JSON::PP::encode_json({ method => $method, path => $target, header => $header, body => $body }) . "\n";
	});
	return (200, 'application/json', '{"ok":true}');
}

sub heard {
	my ($self, $path) = @_;
	my @all = -e "$self->{dir}/heard" ? map { JSON::PP::decode_json($_) } split /\n/, slurp("$self->{dir}/heard") : ();
	return grep { !defined $path || $_->{path} =~ $path } @all;
}

sub forget {
	my ($self) = @_;
	unlink "$self->{dir}/heard";
	return $self->SUPER::forget;
}

1;
