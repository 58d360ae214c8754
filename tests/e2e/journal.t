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

subtest 'a revision that is added behind an applied one' => sub {
	my $site = site();
	migration("$site->{dir}/migrations", 'between', { parents => 'aaaa', up => 'CREATE TABLE missed (x int);' });
	write_file($site->{b}, slurp($site->{b}) =~ s/Revises: aaaa/Revises: between/r);
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'with nothing pending nothing is asked');
	is(migrate($site, 'status', '--exit-code')->{status}, 11, 'but status sees it');
	migration("$site->{dir}/migrations", 'cccc', { parents => 'bbbb', up => 'SELECT 1;' });
	my $up = migrate($site, 'upgrade', 'head');
	is($up->{status}, 11, 'and it is not skipped in silence: 11') or diag $up->{err};
	like($up->{err}, qr/bbbb was applied on other revisions.*bbbb_second\.sql:4\n.*applied on aaaa, and now revises between/s, 'which says what is wrong');
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
