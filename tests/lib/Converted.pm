package Converted;

# Converted: an Alembic history and the migrations that were made of it, each applied to a database of
# its own, and the two databases compared.

use strict;
use warnings;

use Migrate ();
use Process;

our $python = '/usr/bin/python3';

# Can Alembic run here? The modules it needs beside its own may be named.
sub available {
	my (@modules) = @_;
	my $import = join ', ', 'alembic', 'psycopg2', @modules;
	return -x $python && !Process->run([ $python, '-c', "import $import" ])->{status};
}

# Converted->new(pg => started Cluster, dir => where Alembic runs, migrations => directory of ours,
#     options => [Alembic's, before its command], env => function of a database's name that gives what
#     the environment's env.py needs, normal => function that takes out of a dump what may differ)
sub new {
	my ($class, %is) = @_;
	return bless { options => [], normal => sub { $_[0] }, env => sub { () }, %is }, $class;
}

sub alembic {
	my ($self, $db, @arguments) = @_;
	my %env = (%ENV, PYTHONDONTWRITEBYTECODE => 1, $self->{env}->($db));
	return Process->run(
		[ $python, '-c', 'from alembic.config import main; main()', @{ $self->{options} }, @arguments ],
		dir => $self->{dir}, env => \%env, timeout => 300);
}

sub migrate {
	my ($self, $db, @arguments) = @_;
	return Migrate::run(@arguments, '--directory', $self->{migrations},
		{ env => { MIGRATE_URL => $self->{pg}->url($db) }, timeout => 300 });
}

# Everything in a database but the journal, the rows as they lie in their tables. Only the version rows are
# sorted: since 1.13 Alembic writes those of a merge's parents in the order of a Python set.
sub state {
	my ($self, $db) = @_;
	my $dump = $self->{pg}->program('pg_dump', [ '-T', '*.migrate_journal*', '-T', '*.migrate_attempt*' ], db => $db);
	die $dump->{err} if $dump->{status};
	my $text = $dump->{out} =~ s/^\\(?:un)?restrict .*\n//mgr;
	$text =~ s/^(COPY \S+\.alembic_version [^\n]*\n)(.*?)(?=^\\\.$)/$1 . join '', sort split m{^}m, $2/mse;
	return $self->{normal}->($text);
}

sub copy {
	my ($self, $from, $to) = @_;
	$self->{pg}->query(qq{DROP DATABASE IF EXISTS "$to"});
	$self->{pg}->query(qq{CREATE DATABASE "$to" TEMPLATE "$from"});
	return $to;
}

# The ids, each behind what it needs.
sub order {
	my ($self) = @_;
	my $history = $self->migrate('postgres', 'history');
	die $history->{err} if $history->{status};
	return reverse $history->{out} =~ /^.*? -> ([^\s,]+)/mg;
}

# What one command of both does to two databases that are the same: 'same', 'differs', 'by hand' (ours
# says that it was not converted), 'both fail', 'ours fails', 'theirs fails'; then the two answers.
sub compare {
	my ($self, $theirs, $ours, @command) = @_;
	my $before = $self->state($ours);
	my $them   = $self->alembic($theirs, @command);
	my $us     = $self->migrate($ours, @command);
	my $what =
	      $us->{err} =~ /was not converted|refuses: / ? ($us->{err} =~ /was not converted/ ? 'by hand' : 'both fail')
	    : $them->{status} && $us->{status} ? 'both fail'
	    : $us->{status}   ? 'ours fails'
	    : $them->{status} ? 'theirs fails'
	    : $self->state($ours) eq $self->state($theirs) ? 'same' : 'differs';
	$what = 'differs' if $us->{status} && $self->state($ours) ne $before && $us->{status} != 8;
	return ($what, $them, $us);
}

# As diff -u says it.
sub difference {
	my ($self, $theirs, $ours) = @_;
	my $dir = Migrate::tempdir();
	Migrate::write_file("$dir/$_->[0]", $self->state($_->[1])) for [ theirs => $theirs ], [ ours => $ours ];
	return Process->run([ qw(diff -u theirs ours) ], dir => $dir)->{out};
}

# What takes down this one revision, which is the newest of the database, and no other branch.
sub below {
	my ($self, $id, $db) = @_;
	my ($what, $parent) = $self->migrate('postgres', 'show', $id)->{out} =~ /^(Parent|Merges): ([^\s,]+)/m;
	return $what eq 'Merges' ? "$id\@$parent" : "$id\@-1"
	    if $self->{pg}->query('SELECT count(*) FROM alembic_version', $db) > 1;
	return $parent eq '<base>' ? 'base' : $parent;
}

# Every revision, up from all those before it, down again in a copy. Calls $report->(id, direction,
# what, theirs, ours) each time. The databases are made and stay: at the head.
sub walk {
	my ($self, $theirs, $ours, $report) = @_;
	for my $id ($self->order) {
		my @up = $self->compare($theirs, $ours, 'upgrade', $id);
		$report->($id, 'up', @up);
		return 0 if $up[0] !~ /^(?:same|by hand)$/ || $up[1]{status};
		$self->copy($theirs, $ours) if $up[0] eq 'by hand';

		my @copies = map { $self->copy($_, "${_}_down") } $theirs, $ours;
		$report->($id, 'down', $self->compare(@copies, 'downgrade', $self->below($id, $theirs)));
	}
	return 1;
}

1;
