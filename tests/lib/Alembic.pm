package Alembic;

# Alembic: the live one beside ours, on the same revisions. Each has its database on one cluster, or
# both have the same one; every migration leaves its id and direction in the table ran.

use strict;
use warnings;
use utf8;

use File::Basename qw(basename dirname);
use IPC::Open2;
use JSON::PP ();
use Migrate;
use Process;

# The interpreter that has Alembic; that of Debian's packages unless told.
my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';
my $json   = JSON::PP->new->utf8;

my $environment = <<'END';
from alembic import context
from sqlalchemy import MetaData

options = {"target_metadata": MetaData(), "include_object": lambda *args: False}
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    with context.config.attributes["engine"].connect() as connection:
        context.configure(connection=connection, **options)
        with context.begin_transaction():
            context.run_migrations()
END

my $template = <<'END';
"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
Create Date: ${create_date}

"""
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
END

my $script = <<'END';
"""%s

Revision ID: %s
Revises: %s
Create Date: 2026-11-22 10:04:00+00:00

"""
from alembic import op

revision = '%s'
down_revision = %s
branch_labels = %s
depends_on = %s


def upgrade():
    op.execute("%s")


def downgrade():
    op.execute("%s")
END

# Why there is none, or undef.
sub missing {
	my $tried = Process->run([ $python, '-c', 'import alembic, psycopg2' ]);
	return $tried->{status} ? 'no Alembic: install the packages alembic and python3-psycopg2' : undef;
}

sub version {
	my $tried = Process->run([ $python, '-c',
		'import alembic, sqlalchemy; print(alembic.__version__, "with SQLAlchemy", sqlalchemy.__version__)' ]);
	chomp(my $version = $tried->{out});
	return $version;
}

# Alembic->new($cluster, together => bool: one database for both)
sub new {
	my ($class, $cluster, %option) = @_;
	my %database = (theirs => 'theirs', ours => $option{together} ? 'theirs' : 'ours');
	my $self     = bless {
		cluster  => $cluster,
		database => \%database,
		scripts  => tempdir(),
		dir      => tempdir(),
	}, $class;
	mkdir "$self->{scripts}/versions";
	mkdir "$self->{dir}/migrations";
	write_file("$self->{scripts}/env.py",         $environment);
	write_file("$self->{scripts}/script.py.mako", $template);
	for my $name ($option{together} ? 'theirs' : qw(theirs ours)) {
		$cluster->create_database($name);
		$cluster->query('CREATE TABLE ran (id serial, revision text, direction text)', $name);
	}
	local $ENV{PYTHONHASHSEED} = 0;
	$self->{pid} = open2(
		$self->{answers}, $self->{requests}, $python, '-B', dirname(__FILE__) . '/live_alembic.py',
		$self->{scripts}, map { $cluster->url($database{$_}) } qw(theirs ours));
	return $self;
}

sub _send {
	my ($self, $request) = @_;
	print { $self->{requests} } $json->encode($request), "\n";
	return;
}

sub _receive {
	my ($self) = @_;
	my $line = readline $self->{answers};
	die "Alembic's process ended\n" if !defined $line;
	return $json->decode($line);
}

sub _ask {
	my ($self, $request) = @_;
	$self->_send($request);
	return $self->_receive;
}

# The rows of a query on 'theirs' or 'ours'.
sub sql {
	my ($self, $on, $sql) = @_;
	return $self->_ask({ sql => $sql, on => $on })->{rows};
}

# {rows, ran}: what alembic_version says, undef without the table; what ran since the last call.
sub state {
	my ($self, $on) = @_;
	return $self->_ask({ state => $on });
}

# {ended, said, out, log, rows, ran}; ended is well, error, crash or usage.
sub theirs {
	my ($self, @argv) = @_;
	my $is = $self->_ask({ argv => \@argv });
	return { %$is, %{ $self->state('theirs') } };
}

# The same of ours, with status and err; said is the first line of the error.
sub ours {
	my ($self, @argv) = @_;
	my $is = $self->_run_ours(@argv);
	return { %$is, %{ $self->state('ours') } };
}

# Both at the same time, which is for two databases.
sub both {
	my ($self, @argv) = @_;
	$self->_send({ argv => \@argv });
	my $ours   = $self->_run_ours(@argv);
	my $theirs = $self->_receive;
	return ({ %$theirs, %{ $self->state('theirs') } }, { %$ours, %{ $self->state('ours') } });
}

sub _run_ours {
	my ($self, @argv) = @_;
	my $url = $self->{cluster}->url($self->{database}{ours});
	utf8::encode($_) for @argv;
	my $done = run(@argv, { dir => $self->{dir}, env => { MIGRATE_URL => $url } });
	my ($out, $err) = @$done{qw(out err)};
	utf8::decode($_) for $out, $err;
	my ($said) = $err =~ /^ERROR \[migrate\] (.*)$/m;
	return {
		status => $done->{status},
		seconds => $done->{seconds},
		ended  => $done->{status} == 0 ? 'well' : 'error',
		said   => $said // '',
		out    => $out,
		err    => $err,
		log    => [ $err =~ /^INFO  \[migrate\] (Running .*(?:\n  .*)*)$/mg ],
	};
}

# Neither has been anywhere, and the revisions are these.
sub start_over {
	my ($self, $dag) = @_;
	unlink glob "$self->{scripts}/versions/*.py";
	unlink glob "$self->{dir}/migrations/*.sql";
	$self->sql($_, 'DROP TABLE IF EXISTS alembic_version, migrate_journal, migrate_attempt') for qw(theirs ours);
	$self->write($_) for $dag->revisions;
	return;
}

# Says in alembic_version, behind the tools' backs, where a database is.
sub put {
	my ($self, $on, @rows) = @_;
	my $values = join ', ', map {"('$_')"} @rows;
	return $self->sql($on, 'CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL,'
	    . ' CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); DELETE FROM alembic_version;'
	    . (@rows ? "INSERT INTO alembic_version VALUES $values" : ''));
}

# Its file for both.
sub write {
	my ($self, $is) = @_;
	my $tuple = sub { return @_ ? '(' . join('', map {"'$_', "} @_) . ')' : 'None' };
	write_file("$self->{scripts}/versions/$is->{stem}.py", sprintf $script,
		$is->{message}, $is->{id}, join(', ', @{ $is->{parents} }), $is->{id},
		(map { $tuple->(@{ $is->{$_} }) } qw(parents labels depends)), map { leave($is->{id}, $_) } qw(up down));
	return $self->write_ours($is);
}

sub write_ours {
	my ($self, $is) = @_;
	my %given = map { ($_ => $is->{$_}) } grep { @{ $is->{$_} } } qw(parents labels depends);
	my %parts = map { ($_ => leave($is->{id}, $_) . ';') } qw(up down);
	migration("$self->{dir}/migrations", $is->{id}, { %given, %parts, message => $is->{message}, name => "$is->{stem}.sql" });
	return;
}

sub leave {
	my ($id, $direction) = @_;
	return "INSERT INTO ran (revision, direction) VALUES ('$id', '$direction')";
}

# The revision that a command of 'theirs' or 'ours' wrote beside those known, or undef; its file is
# removed.
sub made {
	my ($self, $by, $dag) = @_;
	my %known = map { ($_->{stem} => 1) } $dag->revisions;
	my @files = $by eq 'theirs' ? glob "$self->{scripts}/versions/*.py" : glob "$self->{dir}/migrations/*.sql";
	my ($path) = grep { !$known{ stem($_) } } @files;
	return undef if !defined $path;
	my $text = slurp($path);
	utf8::decode($text);
	unlink $path;
	return { stem => stem($path), $by eq 'theirs' ? _parse_theirs($text) : _parse_ours($text) };
}

sub _parse_theirs {
	my ($text) = @_;
	my $values = sub { return [ ($text =~ /^$_[0] = (.*)$/m)[0] =~ /'([^']*)'/g ] };
	my ($message) = $text =~ /\A"""(.*?)\n\nRevision ID/s;
	return (
		id => $values->('revision')->[0], parents => $values->('down_revision'),
		labels => $values->('branch_labels'), depends => $values->('depends_on'), message => $message);
}

sub _parse_ours {
	my ($text) = @_;
	my $values = sub { return [ grep {/./} split /[\s,]+/, $text =~ /^-- $_[0]:(.*)$/m ? $1 : '' ] };
	my ($message) = $text =~ /\A(.*?)\n--\n-- Revision ID/s;
	return (
		id => $values->('Revision ID')->[0], parents => $values->('Revises'),
		labels => $values->('Branch labels'), depends => $values->('Depends on'), message => $message =~ s/^-- ?//mgr);
}

sub stem {
	my ($path) = @_;
	my $name = basename($path) =~ s/\.(?:py|sql)$//r;
	utf8::decode($name);
	return $name;
}

sub DESTROY {
	my ($self) = @_;
	local ($?, $!, $@);
	close $self->{requests} or return;
	waitpid $self->{pid}, 0;
	return;
}

1;
