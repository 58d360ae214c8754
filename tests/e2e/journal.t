# journal: what it is good for: files that were edited, files that are gone, steps that were left
# half-way, and the question what happened.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;

my $count = 0;

# A database at bbbb, and its two files.
sub site {
	my $name = 'journal' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	my $site = { name => $name, dir => $dir, env => { MIGRATE_URL => $pg->url($name) } };
	$site->{a} = migration("$dir/migrations", 'aaaa', { message => 'first',
		up => "CREATE TABLE t (\n\tx int,\n\ty int\n);", down => 'DROP TABLE t;' });
	$site->{b} = migration("$dir/migrations", 'bbbb', { parents => 'aaaa', message => 'second',
		up => 'ALTER TABLE t ADD z text;', down => 'ALTER TABLE t DROP z;' });
	$pg->create_database($name);
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'a database');
	return $site;
}

sub migrate { my ($site, @args) = @_; return run(@args, { dir => $site->{dir}, env => $site->{env} }) }

sub at { my ($site) = @_; return $pg->query('SELECT string_agg(version_num, \',\') FROM alembic_version', $site->{name}) }

subtest 'an edited migration' => sub {
	my $site = site();
	write_file($site->{a}, slurp($site->{a}) =~ s/y int/y bigint/r);
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT 1;' });
	my $up = migrate($site, 'upgrade', 'head');
	is($up->{status}, 11, 'stops: 11') or diag $up->{err};
	like($up->{err}, qr{--- applied\n\s+\+\+\+ migrations/aaaa_first\.sql\n\s+@@ -8,5 \+8,5 @@\n.*-\s+y int\n\s+\+\s+y bigint\n}s,
		'with the difference') or diag $up->{err};
	is(migrate($site, 'status', '--exit-code')->{status}, 11, 'status --exit-code: 11');
	is(migrate($site, 'repair', 'cccc')->{status}, 3, 'what is not applied cannot be accepted');
	is(migrate($site, 'repair', 'aaaa')->{status}, 0, 'repair accepts it');
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'and all goes on');
	like(migrate($site, 'log', 'aaaa')->{out}, qr/up +aaaa +done.*\n.*up +aaaa +repaired/, 'which the journal remembers');
};

# The file's marker line gets other options.
sub mark {
	my ($path, $options) = @_;
	return write_file($path, slurp($path) =~ s/^-- migrate:up\b.*$/-- migrate:up $options/mr);
}

subtest 'an edited marker line' => sub {
	my @edits = ([ 'lock_timeout:2s', 'transaction:false' ], [ '', 'transaction:false' ], [ 'transaction:false', '' ],
		[ 'lock_timeout:1500ms', 'lock_timeout:15s' ], [ 'lock_timeout:0', '' ], [ 'lock_timeout:1s transaction:false', 'transaction:false' ]);
	for my $edit (@edits) {
		my ($old, $new) = @$edit;
		my $site = site();
		my $path = migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'CREATE TABLE c (x int);', up_options => $old });
		is(migrate($site, 'upgrade', 'head')->{status}, 0, "'$old'");
		is(migrate($site, 'status', '--exit-code')->{status}, 0, 'as it was applied');
		mark($path, $new);
		like(migrate($site, 'status')->{out}, qr/^Edited:    cccc$/m, "'$new' is another");
		my $same = migrate($site, 'upgrade', 'head');
		is($same->{status}, 0, 'with nothing pending');
		like($same->{err}, qr{WARN .*revision cccc was edited.*migrations/cccc_cccc\.sql.*migrate repair cccc$}m, 'it is warned of') or diag $same->{err};
		migration("$site->{dir}/migrations", 'dddd', { parents => 'cccc', up => 'SELECT 1;' });
		my $up = migrate($site, 'upgrade', 'head');
		is($up->{status}, 11, 'before another is applied it stops: 11') or diag $up->{err};
		like($up->{err}, qr{--- applied\n.*^\s*-\s?-- migrate:up ?\Q$old\E\n\s*\+\s?-- migrate:up ?\Q$new\E\n}ms, 'with the line that differs')
			if "$old$new" !~ /:0|1500/;
		like($up->{err}, qr{at migrations/cccc_cccc\.sql:}, 'and the file');
		is(migrate($site, 'repair', 'cccc')->{status}, 0, 'repair accepts it');
		is(migrate($site, 'upgrade', 'head')->{status}, 0, 'and all goes on');
		mark($path, $old);
		is(migrate($site, 'status', '--exit-code')->{status}, 11, 'the old one is another now');
	}
};

subtest 'a marker line that says the same' => sub {
	my $site = site();
	my $path = migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'CREATE TABLE c (x int);', up_options => 'transaction:false lock_timeout:2s' });
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'applied');
	for my $same ('lock_timeout:2s transaction:false', 'transaction:false    lock_timeout:2000ms', 'lock_timeout:9s transaction:false lock_timeout:2') {
		mark($path, $same);
		is(migrate($site, 'status', '--exit-code')->{status}, 0, $same);
	}
	mark($site->{a}, 'transaction:true');
	is(migrate($site, 'status', '--exit-code')->{status}, 0, 'transaction:true, where it was none');
	unlike(migrate($site, 'upgrade', 'head')->{err}, qr/WARN/, 'nothing is warned of');
};

subtest 'a journal of an older version' => sub {
	my $site = site();
	$pg->query('ALTER TABLE migrate_journal DROP COLUMN options', $site->{name});
	mark($site->{a}, 'lock_timeout:2s');
	is(migrate($site, 'status', '--exit-code')->{status}, 0, 'does not know what a marker line said');
	is(migrate($site, $_)->{status}, 0, "$_ reads it") for qw(log doctor);
	is(migrate($site, qw(stamp aaaa))->{status}, 0, 'stamp writes it');
	is(migrate($site, qw(stamp bbbb))->{status}, 0, 'and back');
	my $has = sub { return $pg->query(q{SELECT count(*) FROM pg_attribute WHERE attrelid = 'migrate_journal'::regclass AND attname = 'options' AND NOT attisdropped}, $site->{name}) };
	is($has->(), '0', 'as it is');
	my $path = migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'CREATE TABLE c (x int);', down => 'DROP TABLE c;' });
	is(migrate($site, qw(upgrade --dry-run head))->{status}, 0, 'a dry run');
	is($has->(), '0', 'leaves it so');
	is(migrate($site, qw(upgrade head))->{status}, 0, 'an upgrade');
	is($has->(), '1', 'adds the column');
	mark($path, 'transaction:false');
	like(migrate($site, 'status')->{out}, qr/^Edited:    cccc$/m, 'and notes what it applies');

	$pg->query('CREATE ROLE writer LOGIN', $site->{name}) if $pg->query(q{SELECT count(*) FROM pg_roles WHERE rolname = 'writer'}) eq '0';
	$site = site();
	$pg->query('ALTER TABLE migrate_journal DROP COLUMN options; GRANT ALL ON ALL TABLES IN SCHEMA public TO writer; GRANT CREATE ON SCHEMA public TO writer', $site->{name});
	$site->{env}{MIGRATE_URL} =~ s/user=postgres/user=writer/;
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'CREATE TABLE c (x int);' });
	my $got = migrate($site, qw(upgrade head));
	is($got->{status}, 0, 'a role that may not add it goes on') or diag $got->{err};
	is(scalar(() = $got->{err} =~ /WARN .*edits to marker lines will not be noticed: must be owner of table migrate_journal/g), 1, 'and says so once') or diag $got->{err};
	is(migrate($site, qw(repair cccc))->{status}, 0, 'and can repair');

	$site = site();
	$pg->query('DELETE FROM migrate_journal; ALTER TABLE migrate_journal DROP COLUMN options; DELETE FROM alembic_version; DROP TABLE t', $site->{name});
	$got = migrate($site, qw(upgrade head));
	is($got->{status}, 0, 'an empty one is extended') or diag $got->{err};
	is($has->(), '1', 'as well');
	$pg->query('DELETE FROM migrate_journal; DELETE FROM alembic_version; DROP TABLE t', $site->{name});
	$got = migrate($site, qw(upgrade head));
	unlike($got->{err}, qr/already exists/, 'without a word where it has it') or diag $got->{err};
};

subtest 'nothing to apply, and something edited' => sub {
	my $site = site();
	unlike(migrate($site, 'upgrade', 'head')->{err}, qr/WARN/, 'nothing edited: no warning');
	my $template = migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', message => 'third', up => "\n-- write it here\n", down => '' });
	like(migrate($site, 'upgrade', 'head')->{err}, qr{WARN .*revision cccc has no SQL below '-- migrate:up' in migrations/cccc_third\.sql}, 'a template is warned of when it is applied');
	write_file($template, slurp($template) =~ s/-- write it here/CREATE TABLE c (x int);/r);
	for my $command ([qw(upgrade head)], [qw(upgrade --dry-run head)], [qw(upgrade cccc)]) {
		my $again = migrate($site, @$command);
		is($again->{status}, 0, "@$command");
		like($again->{err}, qr/WARN .*revision cccc was edited after it had been applied, and what is new in .* does not run/, 'says that it does not run');
	}
	my $boot = run('entrypoint', { dir => $site->{dir}, env => { %{ $site->{env} }, MIGRATE_WAIT_SOCKET_ONLY => 'on' } });
	unlike($boot->{err}, qr/WARN/, 'a boot does not look');
	is(migrate($site, 'repair', 'cccc')->{status}, 0, 'accepted');
	unlike(migrate($site, 'upgrade', 'head')->{err}, qr/WARN/, 'it is no news any more');
	$pg->query('CREATE ROLE reader LOGIN; GRANT SELECT ON alembic_version TO reader', $site->{name});
	my $blind = run('upgrade', 'head', { dir => $site->{dir}, env => { MIGRATE_URL => $site->{env}{MIGRATE_URL} =~ s/user=postgres/user=reader/r } });
	is($blind->{status}, 0, 'who may not read the journal is not asked to') or diag $blind->{err};
};

subtest 'a part without SQL' => sub {
	my $site = site();
	my $up = sub { my ($id, %is) = @_; migration("$site->{dir}/migrations", $id, { parents => 'bbbb', %is }); return migrate($site, 'upgrade', 'heads')->{err} };
	like($up->('c1', up => ''), qr/WARN .*revision c1 has no SQL/, 'empty');
	like($up->('c2', up => "/* a /* nested */ comment */\n-- and a line"), qr/WARN .*revision c2 has no SQL/, 'comments');
	like($up->('c3', up => ";\n;"), qr/WARN .*revision c3 has no SQL/, 'nothing but semicolons');
	like($up->('c4', up => '', up_options => 'transaction:false'), qr/WARN .*revision c4 has no SQL/, 'outside a transaction');
	unlike($up->('c5', up => 'SELECT 1;'), qr/WARN/, 'any statement will do');
	unlike($up->('d1', parents => [qw(c1 c2 c3 c4 c5)], up => ''), qr/WARN/, 'a merge needs none');
	my $down = migrate($site, 'downgrade', 'bbbb');
	unlike($down->{err}, qr/WARN/, 'nor does a downgrade') or diag $down->{err};
};

subtest 'a revision that is added behind an applied one' => sub {
	my $site = site();
	migration("$site->{dir}/migrations", 'between', { parents => 'aaaa', up => 'CREATE TABLE missed (x int);' });
	write_file($site->{b}, slurp($site->{b}) =~ s/Revises: aaaa/Revises: between/r);
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'with nothing pending nothing is asked');
	is(migrate($site, 'status', '--exit-code')->{status}, 11, 'but status sees it');
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT 1;' });
	my $up = migrate($site, 'upgrade', 'head');
	is($up->{status}, 11, 'and it is not skipped in silence: 11') or diag $up->{err};
	like($up->{err}, qr/bbbb was applied on top of other revisions.*bbbb_second\.sql:4\n.*applied on top of aaaa and now revises between/s, 'which says what is wrong');
	is(migrate($site, 'repair', 'bbbb')->{status}, 0, 'repair accepts it');
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'and all goes on');
};

subtest 'files that are gone' => sub {
	my $site = site();
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', message => 'third',
		up => 'CREATE TABLE c (x int);', down => 'DROP TABLE c;' });
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'a newer image');
	unlink "$site->{dir}/migrations/cccc_third.sql", $site->{b};
	my $current = migrate($site, 'current');
	is($current->{status}, 10, 'the older one: 10');
	like($current->{err}, qr/Can't locate revision identified by 'cccc'.*cccc \(applied \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00 by postgres on \S+\)/s,
		'says when it was applied and by whom');
	my $down = migrate($site, 'downgrade', 'aaaa');
	is($down->{status}, 0, 'takes it back all the same') or diag $down->{err};
	like($down->{err}, qr/cccc has no file; the journal has its text.*Running downgrade cccc -> bbbb, third.*Running downgrade bbbb -> aaaa, second/s,
		'from the journal');
	is(at($site), 'aaaa', 'to where its files are');
	is($pg->query(q{SELECT count(*) FROM information_schema.columns WHERE table_name IN ('t', 'c')}, $site->{name}), '2', 'really');
};

subtest 'a dry run' => sub {
	my $site = site();
	my $before = $pg->program('pg_dump', [ '--data-only' ], db => $site->{name})->{out};
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'CREATE TABLE c (x int);' });
	migration("$site->{dir}/migrations", 'dddd', { parents => 'cccc', up => 'INSERT INTO c VALUES (1);' });
	migration("$site->{dir}/migrations", 'eeee', { parents => 'dddd', up => 'CREATE INDEX CONCURRENTLY i ON c (x);' });
	migration("$site->{dir}/migrations", 'ffff', { parents => 'eeee', up => 'SELECT 1;' });
	my $try = migrate($site, 'upgrade', '--dry-run', 'head');
	is($try->{status}, 0, 'succeeds') or diag $try->{err};
	like($try->{err}, qr/Running upgrade bbbb -> cccc.*Running upgrade cccc -> dddd.*2 of 4 steps were tried and rolled back.*not tried: eeee, which cannot run inside a transaction.*not tried: ffff, which follows it/s,
		'says what it did and what it could not');
	my $strip = sub { return $_[0] =~ s{^(?:\\(?:un)?restrict|SELECT pg_catalog.setval).*\n}{}mgr };
	is($strip->($pg->program('pg_dump', [ '--data-only' ], db => $site->{name})->{out}), $strip->($before), 'leaves everything as it was');
	migration("$site->{dir}/migrations", 'dddd', { parents => 'cccc', up => 'INSERT INTO c VALUES (nonsense);' });
	$try = migrate($site, 'upgrade', '--dry-run', 'head');
	is($try->{status}, 7, 'one that fails: 7');
	is($strip->($pg->program('pg_dump', [ '--data-only' ], db => $site->{name})->{out}), $strip->($before), 'leaves everything too');
	is(migrate($site, 'downgrade', '--dry-run', 'base')->{status}, 0, 'down');
	is(at($site), 'bbbb', 'changes nothing');
	my $empty = site();
	$pg->create_database('journal_empty');
	is(run('upgrade', '--dry-run', 'head', { dir => $empty->{dir}, env => { MIGRATE_URL => $pg->url('journal_empty') } })->{status}, 0, 'of an empty database');
	is($pg->query(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace}, 'journal_empty'), '0', 'leaves it empty');
};

subtest 'a step that was left half-way' => sub {
	for my $end (qw(applied reverted)) {
		my $site = site();
		migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', message => 'third', up_options => 'transaction:false',
			up => "CREATE TABLE c (x int);\nSELECT nonsense;", down => 'DROP TABLE c;' });
		is(migrate($site, 'upgrade', 'head')->{status}, 8, 'half-way: 8');
		is(migrate($site, 'resolve', 'cccc')->{status}, 2, 'resolve needs to be told: 2');
		is(migrate($site, 'resolve', 'aaaa', "--$end")->{status}, 3, 'and takes nothing else: 3');
		my $done = migrate($site, 'resolve', 'cccc', "--$end");
		is($done->{status}, 0, "resolve --$end") or diag $done->{err};
		is(at($site), $end eq 'applied' ? 'cccc' : 'bbbb', 'moves the version table');
		is(migrate($site, 'status', '--exit-code')->{status}, $end eq 'applied' ? 0 : 9, 'and nothing is half done');
		$pg->query('DROP TABLE c', $site->{name}) if $end eq 'reverted';
		is(migrate($site, 'downgrade', '-1')->{status}, 0, 'down again') if $end eq 'applied';
	}
};

subtest 'what happened' => sub {
	my $site = site();
	migrate($site, 'downgrade', '-1');
	my $log = migrate($site, 'log');
	is($log->{status}, 0, 'log');
	like($log->{out}, qr/\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  up    aaaa  done .*  by postgres on \S+\n.*up    bbbb  done.*\n.*down  bbbb  done.*\n\z/, 'one line a step');
	is(scalar(() = migrate($site, 'log', '-n', '1')->{out} =~ /\n/g), 1, 'log -n');
	like(migrate($site, 'log', '--json')->{out}, qr/^\[\{"id":1,"at":"[^"]+","revision":"aaaa","direction":"up","status":"done","statements_done":1,/, 'as JSON');
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb',
		up => 'INSERT INTO t (x) SELECT 1 FROM pg_sleep(0.3);' });
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'a slow one');
	my ($slow) = migrate($site, qw(log --json -n 1))->{out} =~ /"duration_ms":(\d+)/;
	cmp_ok($slow, '>=', 300, 'how long it took is told, its last statement included');
	$pg->create_database('journal_none');
	is(run('log', { env => { MIGRATE_URL => $pg->url('journal_none') } })->{out}, '', 'a database without a journal has nothing to say');
};

done_testing;
