package Docker;

# Docker: containers, networks and volumes of one script, gone with it.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Temp ();
use Process;
use Test::More ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT = qw(needs_docker docker container network volume wait_until logs compose checkout service $root $mark);

our $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
our $mark = "migrate-test-$$";
my $owner = $$;
my (%made, @compose, $checkout);

# Skips the whole script where no engine answers or an image is missing.
sub needs_docker {
	my (@images) = @_;
	my $engine = Process->run([ 'sh', '-c', 'docker version' ], timeout => 60);
	Test::More::plan(skip_all => 'no Docker engine answers') if $engine->{status};
	for my $image (@images) {
		next if !docker('image', 'inspect', $image)->{status};
		Test::More::plan(skip_all => "there is no image $image; make base-images makes it");
	}
	return;
}

# docker(argument…, {timeout => seconds, stdin => text}): runs the client to its end.
sub docker {
	my %option = ref $_[-1] ? %{ pop @_ } : ();
	return Process->run([ 'docker', @_ ], timeout => 300, %option);
}

sub _made {
	my ($kind, $name) = @_;
	$made{$kind}{$name} = 1;
	return $name;
}

# container(name, [option…], image, argument…): starts it in the background; its full name.
sub container {
	my ($name, $options, @command) = @_;
	my $full = _made(container => "$mark-$name");
	my $got  = docker('run', '-d', '--name', $full, @$options, @command);
	die "$full: $got->{err}" if $got->{status};
	return $full;
}

sub network {
	my $got = docker('network', 'create', _made(network => $mark));
	die $got->{err} if $got->{status};
	return $mark;
}

sub volume {
	my ($name) = @_;
	my $got = docker('volume', 'create', _made(volume => "$mark-$name"));
	die $got->{err} if $got->{status};
	return "$mark-$name";
}

# Polls until the code returns something true, which it returns; undef when the time is over.
sub wait_until {
	my ($seconds, $code) = @_;
	my $deadline = clock_gettime(CLOCK_MONOTONIC) + $seconds;
	while (1) {
		my $got = $code->();
		return $got if $got;
		return undef if clock_gettime(CLOCK_MONOTONIC) > $deadline;
		select undef, undef, undef, 0.2;
	}
}

sub logs {
	my ($name) = @_;
	my $got = docker('logs', $name);
	return $got->{out} . $got->{err};
}

# compose(argument…): of this script's own project, with compose.yaml and the files named by -f behind
# it, by whichever Compose there is.
sub compose {
	my %option = ref $_[-1] ? %{ pop @_ } : ();
	@compose = _find_compose() if !@compose;
	$made{project}{$mark} = 1;
	return Process->run([ @compose, '-p', $mark, @_ ], dir => $checkout // $root, timeout => 900, %option);
}

# What a fresh clone has, where compose() works from now on: a test may change it, and nobody else sees that.
sub checkout {
	my ($owner) = @_;
	my $dir  = File::Temp::tempdir('migrate-test-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $copy = q{git ls-files -z | xargs -0 cp --parents -t "$0" && chown -R "$1" "$0" && chmod 755 "$0"};
	my $done = Process->run([ 'sh', '-c', $copy, $dir, $owner ], dir => $root);
	die "checkout: $done->{err}" if $done->{status};
	return $checkout = $dir;
}

# The container of a service of that project; Compose 1 and 2 name them differently.
sub service {
	my ($service) = @_;
	my @ids = split ' ', docker('ps', '-q', '-f', "label=com.docker.compose.project=$mark", '-f',
		"label=com.docker.compose.service=$service")->{out};
	return wantarray ? @ids : $ids[0];
}

sub _find_compose {
	for my $program ([ 'docker', 'compose' ], ['docker-compose']) {
		return @$program if !Process->run([ 'sh', '-c', "@$program version" ])->{status};
	}
	Test::More::plan(skip_all => 'there is no Compose');
	return;
}

# The server of compose.yaml in a container, with those methods of a Cluster that readme_ru.t wants.
package Docker::Server {
	sub new { my ($class, $container) = @_; return bless { container => $container }, $class }

	sub psql {
		my ($self, $sql, $database, @more) = @_;
		my $done = Docker::docker('exec', '-i', $self->{container}, 'psql', '-XAtq', '-U', 'gigabridge', '-d',
			$database // 'gigabridge', @more, { stdin => $sql });
		return ($done->{status}, $done->{out} =~ s/\n\z//r, $done->{err});
	}

	sub query {
		my ($self, $sql, $database) = @_;
		my ($status, $out, $err) = $self->psql($sql, $database, '-v', 'ON_ERROR_STOP=1');
		die "$sql\n$err" if $status;
		return $out;
	}

	sub env { return () }

	sub tcp_url { my ($self, $database) = @_; return "postgresql://gigabridge:gigabridge-demonstration\@db/$database" }
}

END {
	if ($$ == $owner) {
		local $?;
		docker('rm', '-f', '-v', $_) for keys %{ $made{container} };
		undef $checkout;
		compose('-f', 'compose.yaml', '-f', 'docker/compose.init.yaml', 'down', '-v', '--remove-orphans')
		    if $made{project};
		docker('network', 'rm', $_) for keys %{ $made{network} };
		docker('volume', 'rm', $_) for keys %{ $made{volume} };
	}
}

1;
