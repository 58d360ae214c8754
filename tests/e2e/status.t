# status: one screen that says where the database is and what to do next; on terminals of any width.
use strict;
use warnings;

use Cluster;
use JSON::PP ();
use Migrate;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $dir   = tempdir();
my $files = "$dir/migrations";
my $env   = { MIGRATE_URL => $pg->tcp_url('postgres') };
mkdir $files;

sub migrate { return run(@_, { dir => $dir, env => $env }) }
sub status  { return migrate('status')->{out} }
sub json    { return JSON::PP::decode_json(migrate('status', '--json')->{out}) }

sub exits {
	my ($status) = @_;
	is(migrate('status', '--exit-code')->{status}, $status, "--exit-code: $status");
	is(json()->{exit_code}, $status, 'in JSON, too');
	return;
}

migration($files, 'a1', { message => 'users', up => 'CREATE TABLE a (x int);', down => 'DROP TABLE a;' });
migration($files, 'b2', { parents => 'a1', message => 'добавить уведомления для всех пользователей',
	up => 'CREATE TABLE b (x int);', down => 'DROP TABLE b;' });

subtest 'an empty database' => sub {
	my $got = status();
	like($got, qr{^Database: +postgresql://postgres:\*\*\*\@127\.0\.0\.1:\d+/postgres \(PostgreSQL \d}m, 'where it is');
	like($got, qr/^Revision:  <base>\nPending:   2, up to b2\n +<base> -> a1, users\n +a1 -> b2 \(head\), /m, 'what is pending');
	unlike($got, qr/^Last run:|^Lock:|^Half/m, 'nothing has happened');
	like($got, qr/^Backup:    none/m, 'no backup');
	like($got, qr/^Next:      migrate upgrade heads$/m, 'what to do');
	exits(9);
};

subtest 'at its head' => sub {
	migrate('upgrade', 'head');
	chomp(my $backup = migrate('backup')->{out});
	my $got = status();
	like($got, qr/^Revision:  b2 \(head\), добавить/m, 'the revision');
	like($got, qr/^Pending:   0$/m, 'nothing is pending');
	like($got, qr/^Last run:  up b2 done, .*\n           up a1 done, /m, 'the last runs');
	my ($id) = $backup =~ m{([^/]+)\.dump$};
	like($got, qr/^Backup:    \Q$id\E, .* of b2, .*verified \d.*\(\w+\)$/m, 'the last backup');
	like($got, qr/^Next:      nothing$/m, 'nothing is to be done');
	exits(0);
	is(json()->{backup}{archive}, $backup, 'the archive');
};

subtest 'another database of the same server' => sub {
	$pg->create_database('other');
	like(run('status', { dir => $dir, env => { MIGRATE_URL => $pg->tcp_url('other') } })->{out},
		qr/^Backup:    none/m, 'has another backup');
};

subtest 'somebody migrates' => sub {
	migration($files, 'c3', { parents => 'b2', up => 'SELECT pg_sleep(60);' });
	my $other = start('upgrade', 'head', { dir => $dir, env => $env });
	$other->wait_for_line(qr/Running upgrade b2 -> c3/);
	my $got = status();
	like($got, qr/^Lock:      held by pid \d+ \(migrate /m, 'who') or diag $got;
	like(json()->{lock_holder}, qr/^pid \d+/, 'in JSON, too');
	like($got, qr/^Next:      wait until pid \d+ \(migrate .*\) releases the migration lock$/m, 'that it is to be waited for');
	is(json()->{last_attempt}{status}, 'running', 'and that it runs');
	$other->signal('TERM');
	$other->finish;
	$got = status();
	like($got, qr/^Failing:   upgrade at \S+ \S+ by postgres on \S+: revision c3: stopped by SIGTERM$/m, 'what ended it is told') or diag $got;
	like($got, qr/^Next:      find out what stopped it .*, then run: migrate upgrade heads$/m, 'and what to do');
	unlink glob "$files/c3*";
	unlike(status(), qr/^Failing/m, 'until nothing is to be done any more');
};

subtest 'trouble' => sub {
	my ($path) = glob "$files/a1*";
	my $before = slurp($path);
	write_file($path, $before =~ s/x int/x bigint/r);
	like(status(), qr/^Edited:    a1$/m, 'an edited file');
	exits(11);
	write_file($path, $before);
	migration($files, 'd4', { parents => 'b2', up => "SELECT 1;\nSELECT 1/0;", up_options => 'transaction:false' });
	migrate('upgrade', 'd4');
	like(status(), qr/^Half done: d4, up, 1 statement/m, 'a half-done one');
	like(status(), qr/^Next:      fix the cause, in the file or the data, then run: migrate upgrade d4$/m, 'and what to do');
	like(status(), qr/^Failing:   upgrade, 2 times in a row since .*: revision d4: division by zero$/m, 'and what it failed at');
	is(json()->{half_done}{statements_done}, 1, 'in JSON, too');
	exits(9);
	unlink glob "$files/{b2,d4}*";
	like(status(), qr/^Unknown:   b2 /m, 'a revision without a file');
	exits(10);
	migration($files, 'b2', { parents => 'a1', message => 'добавить уведомления для всех пользователей',
		up => 'CREATE TABLE b (x int);', down => 'DROP TABLE b;' });
};

subtest 'the object is what cmd/README.md says' => sub {
	my ($table) = slurp(__FILE__ =~ s{[^/]*\z}{}r . '../../cmd/README.md') =~ /^`migrate status --json` gives.*?\n(\| key .*?)\n\n/ms;
	my @named = map { /`(\w+)`/g } map { (split /\|/)[1] } grep {/^\| `/} split /\n/, $table;
	my $got = json();
	is(join(' ', sort @named), join(' ', sort keys %$got), 'its keys');
	is($got->{version}, 1, 'its version');
};

subtest 'terminals' => sub {
	for my $columns (80, 40) {
		my $got = terminal($columns, 'status', { dir => $dir, env => $env })->{out};
		like($got, qr/\e\[1mRevision:\e\[m /, "$columns columns: coloured");
		utf8::decode(my $plain = $got =~ s/\e\[[\d;]*m//gr);
		my @long = grep { length > $columns && !/\S{$columns}|Database:|\b[\w-]{20}/ } split /\n/, $plain;
		is_deeply(\@long, [], 'no line is too long');
		like($plain, qr/^ {11}\S/m, 'what goes on is indented') if $columns == 40;
	}
	my $with = sub { return terminal(80, 'status', @{ $_[0] }, { dir => $dir, env => { %$env, %{ $_[1] // {} } } })->{out} };
	unlike($with->([], { NO_COLOR => 1 }), qr/\e/, 'NO_COLOR');
	unlike($with->([], { TERM => 'dumb' }), qr/\e/, 'TERM=dumb');
	unlike($with->([qw(--color never)]), qr/\e/, '--color never');
	like($with->([qw(--color always)], { NO_COLOR => 1 }), qr/\e\[1m/, '--color always');
	like(migrate(qw(status --color always))->{out}, qr/\e\[1m/, 'without a terminal, too');
	like($with->([], { MIGRATE_PAGER => 'sed s/^/PAGED:/' }), qr/^PAGED:/m, 'a pager');
	unlike(run('status', { dir => $dir, env => { %$env, MIGRATE_PAGER => 'sed s/^/PAGED:/' } })->{out},
		qr/PAGED/, 'only for a terminal');
};

done_testing;
