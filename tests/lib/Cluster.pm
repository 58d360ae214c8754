package Cluster;

# Cluster: a throwaway PostgreSQL server, stopped and removed with the object or the script.
#
# The newest PostgreSQL of Debian's directories, or the one whose programs are in $PGBIN. initdb
# runs once per user and version; every cluster is a copy of that. As root, the server runs as
# postgres.

use strict;
use warnings;

use Fcntl      qw(:flock);
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Process;
use Scalar::Util qw(weaken);
use Time::HiRes  qw(clock_gettime CLOCK_MONOTONIC);

my %default = (
	fsync              => 'off',
	full_page_writes   => 'off',
	synchronous_commit => 'off',
	shared_buffers     => '64MB',
	max_wal_size       => '1GB',
	log_line_prefix    => '%m [%p] %a ',
	timezone           => 'UTC',
	log_timezone       => 'UTC',
);
my (%alive, $base);
my $disk = '/var/tmp';
my %signal_of = (smart => 'TERM', fast => 'INT', immediate => 'QUIT');

# So that END is reached.
$SIG{INT}  //= sub { exit 130 };
$SIG{TERM} //= sub { exit 143 };

# Cluster->new(port => bool: listen on a free port of 127.0.0.1 as well, options => {name => value},
#     auth => 'trust' or 'scram', password => of user postgres, standby => bool, disk => bool: not in
#     memory, identity => bool: with a system identifier of its own, which others share). Not started.
sub new {
	my ($class, %option) = @_;
	my $self = bless {
		owner    => $$,
		auth     => $option{auth} // 'trust',
		password => $option{password} // 'postgres',
		port     => 5432,
	}, $class;
	_new_directory($self, $option{disk} ? $disk : _base());
	weaken($alive{ $self->{dir} } = $self);
	if   ($option{identity}) { _initdb($self->data_dir) }
	else                     { _run('cp', '-a', '--reflink=auto', _template(), $self->data_dir) }
	($self->{port}, $self->{port_lock}) = _free_port() if $option{port};
	$self->configure(
		%default,
		listen_addresses        => $option{port} ? '127.0.0.1' : '',
		port                    => $self->{port},
		unix_socket_directories => $self->{dir},
		%{ $option{options} // {} });
	$self->_require_password if $self->{auth} eq 'scram';
	$self->standby           if $option{standby};
	return $self;
}

# Cluster->standby_of($primary): a hot standby that streams from it. Cluster->clone_of($primary): a copy of it as it
# is now, with a life of its own. Not started.
sub standby_of { return $_[0]->_copy_of($_[1], '-R') }
sub clone_of   { return $_[0]->_copy_of($_[1]) }

sub _copy_of {
	my ($class, $primary, @options) = @_;
	my $self = $class->new;
	_run('rm', '-rf', '--', $self->data_dir);
	_run(_server_user(), bin('pg_basebackup'), '-D', $self->data_dir, '-h', $primary->socket_dir,
		'-p', $primary->port, qw(-U postgres -X stream -c fast --no-sync), @options);
	$self->configure(port => $self->port, unix_socket_directories => $self->socket_dir);
	return $self;
}

# Cluster->upgraded($old): another cluster with all that was in it, by pg_upgrade. Neither is started.
sub upgraded {
	my ($class, $old) = @_;
	my $self = $class->new(identity => 1);
	$old->stop if $old->running;
	local $ENV{TMPDIR} = $self->socket_dir;
	_run(_server_user(), 'sh', '-c', 'cd "$0" && exec "$@" >pg_upgrade.out', $self->socket_dir, bin('pg_upgrade'), '-U', 'postgres',
		'-b', bindir(), '-B', bindir(), '-d', $old->data_dir, '-D', $self->data_dir, '-s', $self->socket_dir);
	return $self;
}

sub bindir {
	return $ENV{PGBIN} if $ENV{PGBIN};
	my ($newest) = sort { $b <=> $a }
	    map { m{/(\d+)/bin/postgres$} } glob '/usr/lib/postgresql/*/bin/postgres';
	die "no PostgreSQL server in /usr/lib/postgresql: install it or set PGBIN\n" if !$newest;
	return "/usr/lib/postgresql/$newest/bin";
}

# $pg->bin('pg_dump'), or Cluster::bin(…)
sub bin { return bindir() . "/$_[-1]" }

sub socket_dir { return $_[0]{dir} }
sub data_dir   { return "$_[0]{dir}/data" }
sub port       { return $_[0]{port} }
sub password   { return $_[0]{password} }
sub pid        { return $_[0]{server} }

# Over the socket, as postgres, without the password that scram asks for.
sub url {
	my ($self, $db) = @_;
	return sprintf 'postgresql:///%s?host=%s&port=%d&user=postgres',
	    _percent($db // 'postgres'), $self->{dir}, $self->{port};
}

# Over TCP. $pg->tcp_url($db, user => …, password => …)
sub tcp_url {
	my ($self, $db, %option) = @_;
	my $user     = $option{user} // 'postgres';
	my $password = $option{password} // ($user eq 'postgres' ? $self->{password} : undef);
	return sprintf 'postgresql://%s@127.0.0.1:%d/%s',
	    join(':', map { _percent($_) } grep { defined } $user, $password),
	    $self->{port}, _percent($db // 'postgres');
}

# libpq's variables, for user postgres over the socket.
sub env {
	my ($self, $db) = @_;
	return (
		PGHOST     => $self->{dir},
		PGPORT     => $self->{port},
		PGUSER     => 'postgres',
		PGPASSWORD => $self->{password},
		PGDATABASE => $db // 'postgres');
}

# Takes effect at the next start or reload.
sub configure {
	my ($self, %setting) = @_;
	my $text = '';
	for my $name (sort keys %setting) {
		(my $value = $setting{$name}) =~ s/'/''/g;
		$text .= "$name = '$value'\n";
	}
	return $self->_append('postgresql.conf', $text);
}

# Replaces pg_hba.conf.
sub hba {
	my ($self, @lines) = @_;
	truncate $self->data_dir . '/pg_hba.conf', 0;
	return $self->_append('pg_hba.conf', join '', map {"$_\n"} @lines);
}

# Cluster::certificate($dir, $name): $dir/server.key, and $dir/server.crt, which vouches for itself as the
# server of that name, or address, for two days.
sub certificate {
	my ($dir, $name) = @_;
	my $kind = $name =~ /^[\d.]+\z/ ? 'IP' : 'DNS';
	_run(qw(openssl req -new -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2),
		'-subj', "/CN=$name", '-addext', "subjectAltName=$kind:$name", '-keyout', "$dir/server.key",
		'-out', "$dir/server.crt");
	return;
}

# From the next start on it takes TLS as well; the path of what verify-full trusts.
sub tls {
	my ($self) = @_;
	my $data = $self->data_dir;
	certificate($data, '127.0.0.1');
	_give("$data/server.key");
	_give("$data/server.crt");
	$self->configure(ssl => 'on');
	return "$data/server.crt";
}

# The next start is in recovery, read-only, until promote.
sub standby {
	my ($self) = @_;
	return $self->_append('standby.signal', '');
}

sub start {
	my ($self) = @_;
	return if $self->{server};
	my $data = $self->data_dir;
	unlink "$data/postmaster.pid";
	my @command = (_server_user('--pdeathsig', 'QUIT'), bin('postgres'), '-D', $data);
	my $pid     = fork // die "fork: $!";
	if (!$pid) {
		setpgrp 0, 0;
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
		delete @ENV{ grep {/^PG/} keys %ENV };
		open STDIN,  '<',   '/dev/null';
		open STDOUT, '>>',  "$self->{dir}/log";
		open STDERR, '>>&', \*STDOUT;
		exec { $command[0] } @command or POSIX::_exit(127);
	}
	$self->{server} = $pid;
	_until(60, sub { $self->_ready }) or die "the server did not start:\n" . $self->log;
	return;
}

sub _ready {
	my ($self) = @_;
	die "the server ended at its start:\n" . $self->log if !$self->running;
	open my $file, '<', $self->data_dir . '/postmaster.pid' or return 0;
	my @lines = <$file>;
	return @lines >= 8 && $lines[0] == $self->{server} && $lines[7] =~ /^(?:ready|standby)\b/;
}

sub running {
	my ($self) = @_;
	return 0 if !$self->{server};
	delete $self->{server} if waitpid($self->{server}, POSIX::WNOHANG) != 0;
	return defined $self->{server};
}

# $pg->stop('smart' | 'fast' | 'immediate'): fast unless told
sub stop {
	my ($self, $mode) = @_;
	my $pid = $self->{server} or return;
	kill $signal_of{ $mode // 'fast' }, $pid;
	if (!_until(30, sub { !$self->running })) {
		kill 'KILL', $pid;
		waitpid $pid, 0;
		delete $self->{server};
		die "the server did not stop:\n" . $self->log;
	}
	return;
}

sub restart {
	my ($self, $mode) = @_;
	$self->stop($mode);
	return $self->start;
}

sub reload {
	my ($self) = @_;
	my $before = $self->query('SELECT pg_conf_load_time()');
	kill 'HUP', $self->{server};
	return $self->wait_for("SELECT pg_conf_load_time() <> '$before'", 't');
}

sub promote {
	my ($self) = @_;
	my $done = $self->query('SELECT pg_promote(wait => true, wait_seconds => 60)');
	die "not promoted:\n" . $self->log if $done ne 't';
	return;
}

# The answer of psql -XAtq to a script, without its last newline; dies on an error.
sub query {
	my ($self, $sql, $db) = @_;
	my ($status, $out, $err) = $self->psql($sql, $db, '-v', 'ON_ERROR_STOP=1');
	die "$err\nin: $sql\n" if $status;
	return $out;
}

# (status, stdout, stderr) of psql -XAtq [options], the script on its standard input.
sub psql {
	my ($self, $sql, $db, @options) = @_;
	my $done = $self->program('psql', [ '-XAtq', @options ], db => $db, stdin => $sql);
	chomp(my @output = @$done{qw(out err)});
	return ($done->{status}, @output);
}

# Runs a client program against this cluster: $pg->program('pg_dump', ['--schema-only'], db => …)
sub program {
	my ($self, $name, $arguments, %option) = @_;
	my %env = map { ($_ => $ENV{$_}) } grep { !/^PG/ } keys %ENV;
	%env = (%env, PGCLIENTENCODING => 'UTF8', $self->env(delete $option{db}));
	return Process->run([ bin($name), @$arguments ], %option, env => \%env);
}

sub create_database {
	my ($self, $name, $options) = @_;
	(my $quoted = $name) =~ s/"/""/g;
	$self->query(qq{CREATE DATABASE "$quoted" } . ($options // ''));
	return $name;
}

# Until the query gives the expected text; dies with the last answer when the time is over.
sub wait_for {
	my ($self, $sql, $expected, $seconds, $db) = @_;
	my @answer;
	_until($seconds // 30, sub {
		@answer = $self->psql($sql, $db, '-v', 'ON_ERROR_STOP=1');
		return $answer[0] == 0 && $answer[1] eq $expected;
	}) or die "$sql\nexpected: $expected\nanswered: $answer[1]$answer[2]\n";
	return 1;
}

sub log {
	my ($self) = @_;
	open my $file, '<', "$self->{dir}/log" or return '';
	local $/;
	return scalar <$file>;
}

sub _until {
	my ($seconds, $reached) = @_;
	my $deadline = clock_gettime(CLOCK_MONOTONIC) + $seconds;
	until ($reached->()) {
		return 0 if clock_gettime(CLOCK_MONOTONIC) > $deadline;
		select undef, undef, undef, 0.005;
	}
	return 1;
}

sub _percent {
	my ($text) = @_;
	utf8::encode($text) if utf8::is_utf8($text);
	$text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
	return $text;
}

sub _run {
	my (@command) = @_;
	my $done = Process->run(\@command, timeout => 300);
	die "@command\n$done->{out}$done->{err}" if $done->{status};
	return $done->{out};
}

sub _server_user {
	my (@options) = @_;
	push @options, qw(--reuid=postgres --regid=postgres --init-groups) if $> == 0;
	return @options ? ('setpriv', @options, '--') : ();
}

sub _give {
	my ($path) = @_;
	return if $> != 0;
	chown +(getpwnam 'postgres')[ 2, 3 ], $path or die "chown $path: $!";
	return;
}

sub _append {
	my ($self, $name, $text) = @_;
	my $path = $self->data_dir . "/$name";
	open my $file, '>>', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return _give($path);
}

sub _require_password {
	my ($self) = @_;
	(my $password = $self->{password}) =~ s/'/''/g;
	my $done = Process->run(
		[ _server_user(), bin('postgres'), '--single', '-D', $self->data_dir, 'postgres' ],
		stdin => "ALTER ROLE postgres PASSWORD '$password'\n");
	die $done->{err} if $done->{status} || $done->{err} =~ /ERROR|FATAL/;
	return $self->hba('local all all scram-sha-256', 'host all all all scram-sha-256');
}

# Memory where there is plenty: a copy is five times as fast there. Docker gives 64 MB only.
sub _base {
	return $base //= do {
		my (undef, $free) = split /\n/, qx(df -k --output=avail /dev/shm 2>/dev/null);
		($free // 0) > 4_000_000 && -w '/dev/shm' ? '/dev/shm' : '/tmp';
	};
}

# Locked as long as its owner lives. What an owner that was killed left behind is removed.
sub _new_directory {
	my ($self, $base) = @_;
	my $sweeping = _lock('sweep', LOCK_EX) // die "flock: $!";
	for my $old (glob "$base/migrate-pg-*/lock") {
		open my $lock, '>>', $old or next;
		system 'rm', '-rf', '--', $old =~ s{/lock$}{}r if flock $lock, LOCK_EX | LOCK_NB;
	}
	$self->{dir} = File::Temp::tempdir('migrate-pg-XXXXXX', DIR => $base);
	open $self->{lock}, '>>', "$self->{dir}/lock" or die "$self->{dir}/lock: $!";
	flock $self->{lock}, LOCK_EX or die "flock: $!";
	_give($self->{dir});
	chmod 0755, $self->{dir};
	return;
}

# A directory of this user's alone, in which templates and locks are kept.
sub _cache {
	my $cache = _base() . "/migrate-tests-$>";
	mkdir $cache, 0700;
	my ($mode, $owner) = (lstat $cache)[ 2, 4 ];
	die "$cache is not a private directory\n" if !-d _ || $owner != $> || $mode & 077;
	return $cache;
}

sub _lock {
	my ($name, $mode) = @_;
	my $path = _cache() . "/$name";
	open my $lock, '>>', $path or die "$path: $!";
	return flock($lock, $mode) ? $lock : undef;
}

sub _template {
	my $binary = bin('postgres');
	my $built  = (stat $binary)[9] // die "$binary: $!\n";
	(my $name = bindir() . "-$built") =~ s{\W+}{-}g;
	my $template = _cache() . "/data$name";
	my $lock     = _lock("lock$name", LOCK_EX) // die "flock: $!";
	return $template if -d $template;

	my $fresh = File::Temp->newdir('migrate-initdb-XXXXXX', DIR => _base());
	_give($fresh->dirname);
	_initdb("$fresh/data");
	rename "$fresh/data", $template or die "rename: $!";
	return $template;
}

sub _initdb {
	return _run(_server_user(), bin('initdb'), '-D', $_[0], qw(-U postgres -A trust --no-sync
	    --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1));
}

# Below the ephemeral ports, and locked, so that clusters started in parallel differ.
sub _free_port {
	for (1 .. 1000) {
		my $port = 20000 + int rand 10000;
		my $lock = _lock("port-$port", LOCK_EX | LOCK_NB) // next;
		my $free = IO::Socket::INET->new(
			LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1, Listen => 1);
		return ($port, $lock) if $free;
	}
	die "no free port\n";
}

sub DESTROY {
	my ($self) = @_;
	my $dir = delete $self->{dir} // return;
	return if $self->{owner} != $$;
	local ($?, $!, $@);
	delete $alive{$dir};
	if (my $pid = delete $self->{server}) {
		kill $_, $pid for qw(QUIT CONT);
		waitpid $pid, 0;
	}
	system 'rm', '-rf', '--', $dir;
}

END {
	for my $cluster (values %alive) {
		$cluster->DESTROY if $cluster;
	}
}

1;
