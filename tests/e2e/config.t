# config: where settings come from, what is wrong with them, and that no password is shown.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

sub config {
	my ($ini, $env, @args) = @_;
	my $dir = tempdir();
	write_file("$dir/migrate.ini", $ini) if defined $ini;
	return run('config', @args, { dir => $dir, env => $env // {} });
}

# "value ; origin" of a setting in the answer.
sub line { my ($got, $key) = @_; return $got->{out} =~ /^\Q$key\E\s+= (.*?)\s+; (.*)$/m ? "$1 ; $2" : undef }

subtest 'origins' => sub {
	my $got = config("[backup]\nkeep_last = 7\n[wait]\ntimeout = 5s\n",
		{ MIGRATE_WAIT_TIMEOUT => '6s' }, '--lock-timeout', '7s');
	is($got->{status}, 0, 'succeeds') or diag $got->{err};
	is(line($got, 'keep_last'), '7 ; migrate.ini:2', 'a file and its line');
	like($got->{out}, qr/\[wait\]\ntimeout +=\s+6s\s+; MIGRATE_WAIT_TIMEOUT/, 'the environment wins over the file');
	like($got->{out}, qr/\[lock\]\ntimeout +=\s+7s\s+; --lock-timeout/, 'a flag over both');
	is(line($got, 'database_grace'), '10s ; default', 'and there are defaults');
};

subtest 'secrets' => sub {
	my $dir = tempdir();
	write_file("$dir/url", "postgresql://bot:s3cr%40t\@db/x\n");
	my $got = config(undef, { MIGRATE_URL_FILE => "$dir/url" });
	is(line($got, 'url'), 'postgresql://bot:***@db/x ; MIGRATE_URL_FILE', 'come from a file, and are masked');
	unlike($got->{out} . $got->{err}, qr/s3cr/, 'everywhere');
	$got = config("[migrate]\nurl = postgresql://bot:\${PW}\@db/x\n", { PW => 'p@ss%w' }, '--json');
	unlike($got->{out}, qr/p(?:@|%40)ss/, 'also where they stand in the ini file');
	is(config("[migrate]\nurl = postgresql://\${NOBODY}\@db/x\n")->{status}, 3, 'a variable that is not set: 3');
};

subtest 'a password with @ and % reaches the server' => sub {
	my $pg = Cluster->new(port => 1, auth => 'scram', password => 'a@b%c:/d');
	$pg->start;
	my $port = $pg->port;
	my $dir = tempdir();
	write_file("$dir/migrate.ini", "[migrate]\nurl = postgresql+asyncpg://postgres:\${PW}\@127.0.0.1:$port/postgres\n");
	my $wait = run('wait', { dir => $dir, env => { PW => 'a@b%c:/d' } });
	is($wait->{status}, 0, 'from an ini file') or diag $wait->{err};
	my %family = (DB_HOST => '127.0.0.1', DB_PORT => $port, DB_NAME => 'postgres', DB_USER => 'postgres');
	is(run('wait', { env => { %family, DB_PASSWORD => 'a@b%c:/d' } })->{status}, 0, 'from DB_*');
	write_file("$dir/pw", "a\@b%c:/d\n");
	is(run('wait', { env => { %family, DB_PASSWORD_FILE => "$dir/pw" } })->{status}, 0, 'from DB_PASSWORD_FILE');
	is(run('wait', { env => { PGHOST => '127.0.0.1', PGPORT => $port, PGUSER => 'postgres',
		PGPASSWORD => 'a@b%c:/d' } })->{status}, 0, 'from PG*');
	my $none = run('wait');
	is($none->{status}, 3, 'and nothing at all: 3');
	like($none->{err}, qr/MIGRATE_URL/, 'with what to set');
};

subtest 'what is wrong' => sub {
	my @wrong = (
		[ "[wait]\ntimeot = 5s\n", qr/migrate\.ini:2\b.*|timeot/, 'an unknown key', qr/timeout/ ],
		[ "[wat]\ntimeout = 5s\n", qr/migrate\.ini:1/, 'an unknown section', qr/\bwait\b/ ],
		[ "[wait]\n\ntimeout = soon\n", qr/migrate\.ini:3/, 'a value of another type', qr/duration/ ],
		[ "[migrate]\nurl = " . 'x' x 300 . "\n", qr/migrate\.ini:2/, 'a line that would be cut', qr/MIGRATE_URL/ ],
		[ "[apply]\ntransaction = maybe\n", qr/migrate\.ini:2/, 'no choice of the list', qr/step/ ],
	);
	for (@wrong) {
		my ($ini, $place, $what, $help) = @$_;
		my $got = config($ini);
		is($got->{status}, 3, "$what: 3");
		like($got->{err}, $place, 'file and line');
		like($got->{err}, $help, 'and what is expected');
	}
	is(config(undef, { MIGRATE_WAIT_TIMEOUT => 'soon' })->{status}, 3, 'a variable: 3');
	is(config(undef, {}, '--wait-timeout', 'soon')->{status}, 2, 'a flag: 2');
	is(run('config', '--config', '/nonexistent.ini')->{status}, 3, 'a file that is not there: 3');
};

subtest 'an alembic.ini alone' => sub {
	my $dir = tempdir();
	write_file("$dir/alembic.ini", "[alembic]\nscript_location = %(here)s/db\n"
		. "sqlalchemy.url = postgresql+psycopg2://u:p\@h/d\n\n[loggers]\nkeys = root\n");
	my $got = run('config', { dir => $dir });
	is(line($got, 'url'), 'postgresql+psycopg2://u:***@h/d ; alembic.ini:3', 'has the URL') or diag $got->{err};
	like(line($got, 'directory'), qr{/db/versions ; alembic\.ini:2}, 'and the directory');
};

done_testing;
