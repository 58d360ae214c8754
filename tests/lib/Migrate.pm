package Migrate;

# Migrate: the program under test ($MIGRATE; $MIGRATE_PLAIN with plain => 1) and its files.

use strict;
use warnings;

use Cluster;
use Exporter qw(import);
use File::Spec;
use File::Temp ();
use Process;
use Test::More ();

our @EXPORT = qw(run start terminal tempdir write_file slurp migration);

my %program = map { ($_ => $ENV{$_}) } qw(MIGRATE MIGRATE_PLAIN);
my $elsewhere;

# run(argument…, {env => {NAME => value or undef}, dir => …, stdin => …, timeout => seconds,
#     plain => bool, within => [command that runs it]}): see Process for what comes back. The environment is this script's without
# anything that names a database or a setting; the directory is an empty one.
sub run   { return Process->run(_child(@_)) }
sub start { return Process->start(_child(@_)) }

# What a terminal of so many columns shows: terminal($columns, argument…, {as for run}). No pager, unless
# env names one.
sub terminal {
	my $got = on_terminal(@_)->finish;
	$got->{out} =~ s/\r//g;
	return $got;
}

# The same, while it runs.
sub on_terminal {
	my ($columns, @arguments) = @_;
	my %option  = ref $arguments[-1] ? %{ pop @arguments } : ();
	my ($command, %child) = _child(@arguments, { %option,
		env => { LC_ALL => 'C.UTF-8', TERM => 'xterm', MIGRATE_PAGER => '', %{ $option{env} // {} } } });
	my $line = join ' ', map { "'" . s/'/'\\''/gr . "'" } @$command;
	return Process->start([ 'script', '-qefc', "stty cols $columns && exec $line", '/dev/null' ],
		%child, env => { %{ $child{env} }, SHELL => '/bin/sh' });
}

sub _child {
	my %option  = ref $_[-1] ? %{ pop @_ } : ();
	my $name    = delete $option{plain} ? 'MIGRATE_PLAIN' : 'MIGRATE';
	my $program = $program{$name} // die "set $name to the program under test\n";
	my %env     = map { ($_ => $ENV{$_}) }
	    grep { !/^(?:PG|POSTGRES_|DB_|MIGRATE_|(?:MIGRATE|DATABASE_URL)$)/ } keys %ENV;
	%env = (%env, PATH => Cluster::bindir() . ":$ENV{PATH}", %{ delete $option{env} // {} });
	delete @env{ grep { !defined $env{$_} } keys %env };
	$option{dir} //= $elsewhere //= tempdir();
	my @secrets = _secrets(\%env, @_);
	my @within  = @{ delete $option{within} // [] };
	return ([ @within, File::Spec->rel2abs($program), map {"$_"} @_ ], %option, env => \%env, secrets => \@secrets);
}

# What the program is given and shall never show: passwords in URLs and connection strings, and what is in
# variables of such names; as written and decoded. A password that is also the user's name is no secret.
sub _secrets {
	my ($env, @arguments) = @_;
	my @values = (@arguments, values %$env);
	my @found  = ((map {m{://[^/:@]*:([^@/]+)@}g} @values), (map {/\bpassword\s*=\s*'?([^\s'&]+)/g} @values),
		map { $env->{$_} } grep {/^(?:PGPASSWORD|DB_PASSWORD|POSTGRES_PASSWORD|MIGRATE_.*(?:_TOKEN|_SECRET))$/} keys %$env);
	my %known = map { ($_ => 1, s/%([0-9A-Fa-f]{2})/chr hex $1/ger => 1) } @found;
	return grep { length >= 5 && $_ ne 'postgres' } keys %known;
}

# Removed at the end.
sub tempdir { return File::Temp::tempdir('migrate-test-XXXXXX', TMPDIR => 1, CLEANUP => 1) }

sub write_file {
	my ($path, $text) = @_;
	utf8::encode($text) if utf8::is_utf8($text);
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return $path;
}

sub slurp {
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	local $/;
	return <$file> // '';
}

# Writes a migration's file and returns its path. migration($dir, $id, {parents => id or [ids],
#     message => …, up => sql, down => sql, labels => …, depends => …, up_options => …,
#     down_options => …, name => file name}); without down there is no down part.
sub migration {
	my ($dir, $id, $is) = @_;
	my $message = $is->{message} // $id;
	my $list    = sub { join ', ', ref $_[0] ? @{ $_[0] } : $_[0] // () };
	my @header  = (split(/\n/, $message), '', "Revision ID: $id", 'Revises: ' . $list->($is->{parents}));
	push @header, 'Branch labels: ' . $list->($is->{labels}) if $is->{labels};
	push @header, 'Depends on: ' . $list->($is->{depends})   if $is->{depends};
	push @header, 'Create Date: 2026-11-22 10:04:00+00:00';

	my $text = join '', map { s/\s+$//r . "\n" } map {"-- $_"} @header;
	for my $part (grep { defined $is->{$_} } qw(up down)) {
		my $marker = join ' ', "-- migrate:$part", $is->{"${part}_options"} // ();
		$text .= "\n$marker\n" . $is->{$part} =~ s/\n*\z/\n/r;
	}
	my $slug = lc join '_', $message =~ /\w+/g;
	return write_file("$dir/" . ($is->{name} // "${id}_$slug.sql"), $text);
}

1;
