# commands: what people type and read every day, in Alembic's words.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;

my $dir = tempdir();
my $env = { MIGRATE_URL => $pg->url('postgres') };
mkdir "$dir/migrations";
my $files = "$dir/migrations";

sub migrate { return run(@_, { dir => $dir, env => $env }) }

sub fails {
	my ($status, $text, @args) = @_;
	my $got = migrate(@args);
	is($got->{status}, $status, "@args: $status") or diag $got->{err};
	like($got->{err}, $text, 'says why');
	like($got->{err}, qr/^\s+hint: \S/m, 'and what to do') or diag $got->{err};
	is($got->{out}, '', 'prints no answer');
	return $got;
}

migration($files, 'a1', { message => 'base', up => 'CREATE TABLE a (x int);', down => 'DROP TABLE a;' });
migration($files, 'b2', { parents => 'a1', message => 'left', labels => 'left',
	up => 'CREATE TABLE b (x int);', down => 'DROP TABLE b;' });
migration($files, 'b3', { parents => 'a1', message => 'right',
	up => 'CREATE TABLE c (x int);', down => 'DROP TABLE c;' });
migration($files, 'add_deletion_notification_fields', { parents => [ 'b2', 'b3' ],
	message => "both\n\nand more of it", up => 'SELECT 1;', down => 'SELECT 1;' });

subtest 'the files' => sub {
	is(migrate('heads')->{out}, "add_deletion_notification_fields (left) (head)\n", 'heads');
	is(migrate('history')->{out}, <<'END', 'history');
b2, b3 -> add_deletion_notification_fields (left) (head) (mergepoint), both
a1 -> b2 (left), left
a1 -> b3, right
<base> -> a1 (branchpoint), base
END
	is(migrate('history', '-r', 'a1:b2')->{out}, <<'END', 'a range has both ends');
a1 -> b2 (left), left
<base> -> a1 (branchpoint), base
END
	like(migrate('show', 'a1')->{out}, qr{\ARev: a1 \(branchpoint\)\nParent: <base>\nBranches into: b2, b3\nPath: \S+/a1_base\.sql\n\n    base\n}, 'show');
	like(migrate('show', 'head')->{out}, qr/^Merges: b2, b3$/m, 'show of a merge');
	like(migrate('history', '-v')->{out}, qr/^Rev: b3\nParent: a1\n/m, 'history -v');
	like(migrate('heads', '--json')->{out}, qr/"revision":"add_deletion_notification_fields"/, 'as JSON');
};

subtest 'up and down' => sub {
	is(migrate('current')->{out}, '', 'an empty database prints nothing');
	my $up = migrate('upgrade', '+1');
	is($up->{status}, 0, 'upgrade +1') or diag $up->{err};
	like($up->{err}, qr/^INFO  \[migrate\] Running upgrade  -> a1, base$/m, 'is logged as Alembic does');
	is(migrate('current')->{out}, "a1 (branchpoint)\n", 'current');
	fails(3, qr/Relative revision -20 didn't produce 20 migrations/, 'downgrade', '-20');
	is(migrate('upgrade', 'b2')->{status}, 0, 'upgrade to an id');
	is(migrate('upgrade', 'a1')->{status}, 0, 'upgrade to an applied ancestor does nothing');
	is(migrate('upgrade', 'add_del')->{status}, 0, 'upgrade to the beginning of one');
	is(migrate('current')->{out}, "add_deletion_notification_fields (head) (mergepoint)\n", 'is at the head');
	like(migrate('current', '-v')->{out}, qr{\ACurrent revision\(s\) for postgresql://\S+:\nRev: add_del}, 'current -v');
	like(migrate('history', '-i')->{out}, qr/fields \(left\) \(head\) \(current\) \(mergepoint\)/, 'history -i');
	is(migrate('upgrade', 'head')->{status}, 0, 'upgrade head again');
	fails(3, qr/Ambiguous walk/, 'downgrade', '-1');
	my $down = migrate('downgrade', 'b2');
	is($down->{status}, 0, 'downgrade to one parent') or diag $down->{err};
	like($down->{err}, qr/Running downgrade add_deletion_notification_fields -> b2, b3, both/, 'of a merge');
	is($pg->query('SELECT string_agg(version_num, \',\' ORDER BY 1) FROM alembic_version'), 'b2,b3', 'leaves two rows');
	is(migrate('downgrade', 'a1')->{status}, 0, 'downgrade to an id');
	is(migrate('downgrade', 'base')->{status}, 0, 'downgrade to base');
	is($pg->query('SELECT count(*) FROM alembic_version'), '0', 'deletes the row');
	is($pg->query('SELECT count(*) FROM pg_class WHERE relname IN (\'a\', \'b\', \'c\')'), '0', 'and the tables');
	is(migrate('upgrade', 'heads')->{status}, 0, 'and up again');
};

subtest 'stamp' => sub {
	is(migrate('stamp', 'a1')->{status}, 0, 'stamp');
	is(migrate('current')->{out}, "a1 (branchpoint)\n", 'moves the row');
	is($pg->query('SELECT to_regclass(\'b\') IS NOT NULL'), 't', 'and nothing else');
	$pg->query('UPDATE alembic_version SET version_num = \'elsewhere\'');
	fails(10, qr/Can't locate revision identified by 'elsewhere'/, 'current');
	fails(10, qr/Can't locate revision identified by 'elsewhere'/, 'upgrade', 'head');
	is(migrate('stamp', '--purge', 'head')->{status}, 0, 'stamp --purge') ;
	is(migrate('current')->{out}, "add_deletion_notification_fields (head) (mergepoint)\n", 'is the way out');
};

subtest 'errors in Alembic\'s words' => sub {
	fails(3, qr/Can't locate revision identified by 'nope'/, 'upgrade', 'nope');
	my $two = tempdir();
	mkdir "$two/migrations";
	migration("$two/migrations", $_, { up => 'SELECT 1;' }) for qw(beef01 beef02);
	my $beef = run('show', 'beef', { dir => $two });
	like($beef->{err}, qr/Can't locate revision identified by 'beef'.*beef01.*beef02/s, 'an ambiguous one with its candidates');
	fails(2, qr/History range requires \[start\]:\[end\], \[start\]:, or :\[end\]/, 'history', '-r', 'a1');
	fails(2, qr/Range revision not allowed/, 'upgrade', 'a1:b2');
	fails(2, qr/unknown command 'upgrad'/, 'upgrad', 'head');
	fails(2, qr/unknown option '--purg3'/, 'stamp', '--purg3', 'head');
	fails(2, qr/an argument is missing/, 'upgrade');
	fails(2, qr/too many arguments/, 'current', 'x');
};

subtest 'revision and init' => sub {
	my $new = tempdir();
	my $make = run('init', { dir => $new });
	is($make->{status}, 0, 'init') or diag $make->{err};
	ok(-d "$new/migrations" && -f "$new/migrate.ini", 'makes a directory and an ini file');
	is(run('config', { dir => $new })->{status}, 0, 'that can be read');
	write_file("$new/migrations/x", '');
	is(run('init', { dir => $new })->{status}, 3, 'init again is refused');

	my $made = run('revision', '-m', 'Add email field to users', { dir => $new });
	is($made->{status}, 0, 'revision') or diag $made->{err};
	my ($path, $id) = $made->{out} =~ m{^  Generating (\S+/([0-9a-f]{12})_add_email_field_to_users\.sql) \.\.\.  done$};
	ok(defined $path && -f $path, 'says what it made') or diag $made->{out};
	like(slurp($path), qr/\A-- Add email field to users\n--\n-- Revision ID: $id\n-- Revises:\n-- Create Date: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00\n\n-- migrate:up\n.*-- migrate:down\n/s, 'in the format');
	for my $message ('migrate: users', 'revises: users', 'depends on: that', "a\nbranch labels: b") {
		my $refused = run('revision', '-m', $message, { dir => $new });
		is($refused->{status}, 2, "a message that could not be read again: $message");
		like($refused->{err}, qr/would be read as a part of the header/, 'is refused');
	}
	my $second = run('revision', '-m', 'Добавить поле', { dir => $new });
	my ($after) = $second->{out} =~ /Generating (\S+)/;
	like($after, qr/_добавить_поле\.sql$/, 'a message in Cyrillic becomes a name');
	like(slurp($after), qr/^-- Revises: $id$/m, 'it follows the head');
	$pg->create_database('empty');
	is(run('upgrade', 'head', { dir => $new, env => { MIGRATE_URL => $pg->url('empty') } })->{status}, 0,
		'empty parts can be applied');
};

subtest 'what stands in the files' => sub {
	my $bad = sub {
		my ($text, $message) = @_;
		my $here = tempdir();
		mkdir "$here/migrations";
		write_file("$here/migrations/x.sql", $text);
		my $got = run('upgrade', 'head', { dir => $here, env => $env });
		is($got->{status}, 3, "status 3") or diag $got->{err};
		like($got->{err}, $message, "$message") or diag $got->{err};
		like($got->{err}, qr/x\.sql(?::\d+)?/, 'names the file');
	};
	$bad->("-- m\n--\n-- Revises:\n\n-- migrate:up\nSELECT 1;\n", qr/Revision ID/);
	$bad->("-- m\n-- Revision ID: " . 'x' x 33 . "\n\n-- migrate:up\n", qr/32/);
	$bad->("-- m\n-- Revision ID: x\n-- Revises: gone\n\n-- migrate:up\n", qr/gone/);
	$bad->("-- m\n-- Revision ID: x\n-- Revises: x\n\n-- migrate:up\n", qr/[Ll]oop is detected in revisions/);
	$bad->("-- m\n-- Revision ID: x\n\n-- migrate:upp\n", qr/migrate:up/);
	my $run = sub {
		my ($sql, $status, $message, %is) = @_;
		my $here = tempdir();
		mkdir "$here/migrations";
		migration("$here/migrations", 'x', { message => 'x', up => $sql, %is });
		$pg->create_database('scratch');
		my $got = run('upgrade', 'head', { dir => $here, env => { MIGRATE_URL => $pg->url('scratch') } });
		is($got->{status}, $status, "$sql: $status") or diag $got->{err};
		like($got->{err}, $message, 'says why');
		is($pg->query('SELECT to_regclass(\'t\') IS NULL', 'scratch'), 't', 'nothing was run') if $status == 3;
		$pg->query('DROP DATABASE scratch');
	};
	$run->("CREATE TABLE t (x int);\n\\i other.sql\n", 3, qr/\\i.*x\.sql:9|x\.sql:9.*\\i/s);
	$run->("CREATE TABLE t (x int);\nSELECT 'open;\n", 3, qr/x\.sql:9/);
	$run->("CREATE TABLE t (x int);\nCOMMIT;\n", 3, qr/transaction.*x\.sql:9/s);
	$run->("CREATE TABLE t (x int);\nVACUUM t;\n", 3, qr/transaction.*x\.sql:9/s, up_options => 'transaction:true');
	$run->("CREATE TABLE s (x int, y text);\nCOPY s FROM stdin;\n1\tone\n2\t\\N\n\\.\nSELECT 1;\n", 0, qr/Running/);
	$run->("COPY pg_class TO stdout;", 7, qr/COPY/);
	$run->("SET search_path = ''; CREATE TABLE public.s (x int);", 0, qr/Running/);
	$run->("SELECT pg_advisory_xact_lock(1), pg_sleep(0); SET lock_timeout = '9s'; SHOW lock_timeout", 0,
		qr/Running/, up_options => 'lock_timeout:1s');
};

subtest 'a server whose strings have backslashes' => sub {
	my $here = tempdir();
	mkdir "$here/migrations";
	migration("$here/migrations", 'x', { up => "CREATE TABLE s AS SELECT 'it\\'s; one' AS x;\nSELECT 1/count(*) FROM s;" });
	$pg->create_database('escaped');
	$pg->query('ALTER DATABASE escaped SET standard_conforming_strings = off');
	my $got = run('upgrade', 'head', { dir => $here, env => { MIGRATE_URL => $pg->url('escaped') } });
	is($got->{status}, 0, 'statements end where it ends them') or diag $got->{err};
	is($pg->query('SELECT x FROM s', 'escaped'), q{it's; one}, 'and say what they say');
};

subtest 'an enum value and its first use' => sub {
	my %case = (
		'in one migration'           => [ "ALTER TYPE e ADD VALUE 'new';\nINSERT INTO t VALUES ('new');" ],
		'in a DO block'              => [ "ALTER TYPE e ADD VALUE IF NOT EXISTS 'new' AFTER 'old';\nDO \$\$ BEGIN INSERT INTO t VALUES ('new'); END \$\$;" ],
		'in the next one'            => [ "ALTER TYPE e ADD VALUE 'new';", "INSERT INTO t VALUES ('new');" ],
		'in a function'              => [ "ALTER TYPE e ADD VALUE 'new'; CREATE FUNCTION f() RETURNS e LANGUAGE plpgsql AS \$\$ BEGIN RETURN 'new'; END \$\$;" ],
	);
	for my $what (sort keys %case) {
		for my $mode (qw(step all)) {
			my $here = tempdir();
			mkdir "$here/migrations";
			my @parts = @{ $case{$what} };
			migration("$here/migrations", "id$_", { parents => $_ ? 'id' . ($_ - 1) : [], up => $parts[$_] }) for 0 .. $#parts;
			$pg->create_database('enums');
			$pg->query('CREATE TYPE e AS ENUM (\'old\'); CREATE TABLE t (x e)', 'enums');
			my $got = run('upgrade', 'head', '--apply-transaction', $mode, { dir => $here, env => { MIGRATE_URL => $pg->url('enums') } });
			if ($what =~ /one migration|DO/ || ($what =~ /next/ && $mode eq 'all')) {
				is($got->{status}, 3, "$what, $mode: refused") or diag $got->{err};
				like($got->{err}, qr/enum value 'new' is used in the transaction that adds it.*hint: /s, 'with the reason');
				is($pg->query('SELECT to_regclass(\'alembic_version\') IS NULL', 'enums'), 't', 'before anything ran');
			} else {
				is($got->{status}, 0, "$what, $mode: works") or diag $got->{err};
			}
			$pg->query('DROP DATABASE enums');
		}
	}
};

subtest 'for somebody else to run' => sub {
	$pg->create_database('offline');
	my $sql = run('upgrade', '--sql', 'head', { dir => $dir });
	is($sql->{status}, 0, 'upgrade --sql needs no database') or diag $sql->{err};
	like($sql->{out}, qr/\ABEGIN;\n\nCREATE TABLE alembic_version .*-- Running upgrade  -> a1\n.*COMMIT;\n\z/s, 'and is Alembic\'s');
	my $apply = sub { return $pg->program('psql', [ qw(-XqAt -v ON_ERROR_STOP=1) ], db => 'offline', stdin => $_[0]) };
	is($apply->($sql->{out})->{status}, 0, 'psql runs it');
	is($pg->query('SELECT version_num FROM alembic_version', 'offline'), 'add_deletion_notification_fields', 'to the head');
	is($pg->query('SELECT count(*) FROM pg_class WHERE relname IN (\'a\', \'b\', \'c\')', 'offline'), '3', 'with the tables');
	$sql = run('downgrade', '--sql', 'head:base', { dir => $dir });
	is($apply->($sql->{out})->{status}, 0, 'and back');
	is($pg->query('SELECT to_regclass(\'alembic_version\') IS NULL', 'offline'), 't', 'to base, where Alembic drops its table');
	is($apply->(run('stamp', '--sql', 'base:b2', { dir => $dir })->{out})->{status}, 0, 'stamp --sql');
	is($pg->query('SELECT version_num FROM alembic_version', 'offline'), 'b2', 'makes it again');
	fails(2, qr/downgrade with --sql requires <fromrev>:<torev>/, 'downgrade', '--sql', 'base');
};

subtest 'branches' => sub {
	my $here = tempdir();
	mkdir "$here/migrations";
	my $do = sub { return run(@_, { dir => $here, env => $env }) };
	migration("$here/migrations", $_->[0], { parents => $_->[1], up => 'SELECT 1;' })
		for [ root => [] ], [ left => 'root' ], [ right => 'root' ];
	is($do->('branches')->{out}, "root (branchpoint)\n     -> left (head)\n     -> right (head)\n\n", 'branches');
	my $two = $do->('revision', '-m', 'x');
	is($two->{status}, 3, 'a revision on two heads: 3');
	like($two->{err}, qr/^ERROR \[migrate\] Multiple heads are present; please specify the head revision on which the new revision should be based, or perform a merge\.$/m, 'in Alembic\'s words');
	is($do->('revision', '-m', 'x', '--head', 'root')->{status}, 3, 'one on no head: 3');
	is($do->('revision', '-m', 'x', '--head', 'root', '--splice', '--rev-id', 'middle')->{status}, 0, 'unless spliced');
	is($do->('revision', '-m', 'y', '--head', 'left', '--rev-id', 'lefter', '--branch-label', 'lefty',
		'--depends-on', 'right', '--depends-on', 'root')->{status}, 0, 'with everything');
	like(slurp("$here/migrations/lefter_y.sql"), qr/^-- Revises: left\n-- Depends on: right, root\n-- Branch labels: lefty\n/m, 'in the file');
	is($do->('heads', '--resolve-dependencies')->{out}, "lefter (lefty) (head)\nmiddle (head)\n", 'heads --resolve-dependencies');
	like($do->('heads')->{out}, qr/^right \(effective head\)$/m, 'a head that another depends on');
	is($do->('merge', 'heads', '-m', 'join', '--rev-id', 'joined')->{status}, 0, 'merge') ;
	is($do->('heads', '--resolve-dependencies')->{out}, "joined (lefty) (head)\n", 'leaves one head');
	is($do->('revision', '--rev-id', 'root')->{status}, 2, 'an id that is taken: 2');
	is($do->('revision', '--rev-id', 'a@b')->{status}, 2, 'one that cannot be: 2');
	is($do->('revision', '--head', 'base', '--rev-id', 'second_root')->{status}, 0, 'a second root');
	is($do->('revision', '--head', 'joined', '--version-path', '/tmp')->{status}, 2, 'another directory: 2');
	my $edit = run('edit', 'joined', { dir => $here, env => { EDITOR => 'echo editing' } });
	like($edit->{out}, qr{^editing migrations/joined_join\.sql$}, 'edit');
	is(run('-n', 'x', '-x', 'a=b', '--raiseerr', 'heads', { dir => $here })->{status}, 0, 'Alembic\'s options are taken');
};

subtest 'where Alembic says less' => sub {
	my $two = tempdir();
	mkdir "$two/migrations";
	migration("$two/migrations", $_->[0], { parents => $_->[1], up => 'SELECT 1;', down => 'SELECT 1;' })
	    for [ 'r1' => undef ], [ 'r2' => 'r1' ], [ 'left' => 'r2' ], [ 'right' => 'r2' ];
	$pg->create_database('two');
	my $there = { dir => $two, env => { MIGRATE_URL => $pg->url('two') } };
	for my $command ([qw(upgrade head)], [ 'revision', '-m', 'x' ]) {
		my $got = run(@$command, $there);
		like($got->{err}, qr/^  detail: the heads are left, right; they part at r2$/m, "@$command: where the heads part");
		like($got->{err}, qr/^  hint: Join them: migrate merge heads -m "…"/m, 'and how to join them');
	}
	is(run('history', '-r', '-2:', $there)->{status}, 0, 'a range may begin with a minus') ;
	is(run('upgrade', 'heads', $there)->{status}, 0, 'with both applied');
	my $down = run('downgrade', '-1', $there);
	is($down->{status}, 3, 'downgrade -1 is refused');
	like($down->{err}, qr/from multiple heads is ambiguous\n  detail: current heads: left, right\n  hint: Say which one: 'migrate downgrade left\@-1' or 'migrate downgrade right\@-1'/, 'with the choices');
	is(run('downgrade', 'left@-1', $there)->{status}, 0, 'of which one is taken');
	is(run('current', $there)->{out}, "right (head)\n", 'and nothing else');
};

# The command of the hint ends where the one that failed was to end, whatever was done before the failure.
subtest 'what to run again' => sub {
	my $site = tempdir();
	mkdir "$site/migrations";
	$pg->create_database('again');
	my $there = { dir => $site, env => { MIGRATE_URL => $pg->url('again') } };
	my $put   = sub {
		my ($id, $parent, $up, $down) = @_;
		migration("$site/migrations", $id, { parents => $parent, up => "SELECT $up;", down => "SELECT $down;" });
	};
	$put->(@$_) for [ 'r1', undef, 1, 1 ], [ 'r2', 'r1', '1/0', '1/0' ], [ 'r3', 'r2', 1, 1 ], [ 'l1', undef, 1, '1/0' ], [ 'l2', 'l1', 1, 1 ];
	my $hint = sub {
		my ($expected, @command) = @_;
		my $got = run(@command, $there);
		is($got->{status}, 7, "@command fails") or diag $got->{err};
		like($got->{err}, qr/run again: migrate \Q$expected\E$/m, "again: $expected");
	};
	$hint->('upgrade r3', qw(upgrade r1@+3));
	$hint->('upgrade r1@+2', qw(upgrade r1@+2));
	$hint->('upgrade r3', qw(upgrade r3));
	$put->('r2', 'r1', 1, '1/0');
	is(run(qw(upgrade heads), $there)->{status}, 0, 'up');
	$hint->('downgrade r1@base', qw(downgrade r1@base));
	is(run(qw(upgrade r3), $there)->{status}, 0, 'up');
	$hint->('downgrade r3@r1', qw(downgrade r3@-2));
	$hint->('downgrade r2@-1', qw(downgrade r2@-1));
	$hint->('downgrade l2@base', qw(downgrade l2@-2));
};

subtest 'is there anything to do' => sub {
	is(migrate('upgrade', 'head')->{status}, 0, 'at the head');
	is(migrate('check')->{out}, "No new upgrade operations detected.\n", 'check');
	is(migrate('current', '--check-heads')->{status}, 0, 'current --check-heads');
	is(migrate('status', '--exit-code')->{status}, 0, 'status --exit-code');
	is(migrate('downgrade', 'a1')->{status}, 0, 'below the head');
	fails(9, qr/Target database is not up to date\.\n  detail: pending: 3 revisions, the first is b/, 'check');
	is(migrate('current', '-c')->{status}, 9, 'current -c: 9');
	is(migrate('status', '--exit-code')->{status}, 9, 'status --exit-code: 9');
	is(migrate('ensure_version')->{status}, 0, 'ensure_version');
};

subtest 'help' => sub {
	my $help = run('--help');
	is($help->{status}, 0, '--help');
	like($help->{out}, qr/^  entrypoint .*^  downgrade .*--backup-directory/ms, 'lists commands and settings');
	like(run()->{out}, qr/^Usage: migrate/, 'and so does nothing at all');
	like(run('--version')->{out}, qr/^migrate \d+\.\d+\.\d+\n(?:commit [0-9a-f]{40}(?:-dirty)?\n)?dynamic, with:\nlibpq \d+\.\d+\nOpenSSL \d.*\nlibcurl\/\d.*\n\z/, '--version');
	is(run('-V')->{out}, run('--version')->{out}, '-V');
	for my $command ($help->{out} =~ /^  ([a-z]+) +[a-z]/mg) {
		my $one = run($command, '--help');
		is($one->{status}, 0, "$command --help");
		is($one->{out}, run('help', $command)->{out}, "is help $command");
	}
};

subtest 'another tool has been at work' => sub {
	$pg->create_database('theirs');
	my $mine = { MIGRATE_URL => $pg->url('theirs') };
	$pg->query(q{CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,
		CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
		INSERT INTO alembic_version VALUES ('a1'); CREATE TABLE a (x int)}, 'theirs');
	is(run('current', { dir => $dir, env => $mine })->{out}, "a1 (branchpoint)\n", 'it is taken over as it is');
	is(run('upgrade', 'head', { dir => $dir, env => $mine })->{status}, 0, 'and goes on');

	$pg->query('ALTER TABLE alembic_version RENAME version_num TO number', 'theirs');
	my $other = run('current', { dir => $dir, env => $mine });
	is($other->{status}, 3, 'a table of that name that is none');
	like($other->{err}, qr/alembic_version is not Alembic's.*\n.*hint: .*--version-table-schema /s, 'is told, with a way out');
};

done_testing;
