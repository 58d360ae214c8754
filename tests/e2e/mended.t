# mended: a part without transaction that is half done goes on behind what is done, whatever its file has become.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;
my $count = 0;

my $done = 'UPDATE acc SET bal = bal - 10;';
my $fails = 'CREATE UNIQUE INDEX CONCURRENTLY i ON acc (id);';

sub place {
	my ($site, $part, $options) = @_;
	migration("$site->{dir}/migrations", 'a', $site->{way} eq 'up' ? { up => $part, up_options => $options, down => 'SELECT 1;' }
		: { up => 'SELECT 1;', down => $part, down_options => $options });
}

sub go {
	my ($site, @more) = @_;
	return run($site->{way} eq 'up' ? ('upgrade', 'head') : ('downgrade', 'base'), @more, { dir => $site->{dir}, env => { MIGRATE_URL => $pg->url($site->{name}) } });
}

sub query { my ($site, $sql) = @_; return $pg->query($sql, $site->{name}) }

# One statement of two is done.
sub half {
	my ($way, $part, $options) = @_;
	my $site = { way => $way, dir => tempdir(), name => $pg->create_database('mended' . ++$count) };
	mkdir "$site->{dir}/migrations";
	query($site, 'CREATE TABLE acc (id int, bal int); INSERT INTO acc VALUES (1, 100), (1, 100); CREATE TABLE gate ()');
	place($site, $part // "$done\n$fails", $options);
	go({ %$site, way => 'up' }) if $way eq 'down';
	my $failed = go($site);
	is($failed->{status}, 8, "half-way $way") or diag $failed->{err};
	like($failed->{err}, qr/1 of 2 statements is done/, 'after the first statement');
	return $site;
}

sub balance { return query($_[0], 'SELECT min(bal) FROM acc') }

my %mends = (
	'a plain CREATE INDEX' => ["$done\nCREATE INDEX i ON acc (id);"],
	'transaction:true' => ["$done\nCREATE INDEX i ON acc (id);", 'transaction:true'],
	'nothing more' => [$done],
	'nothing that cannot be in a transaction' => ["$done\nCREATE INDEX i ON acc (id);\nINSERT INTO acc VALUES (2, 200);"],
	'a transaction of its own' => ["$done\nBEGIN;\nCREATE INDEX j ON acc (id);\nCOMMIT;", 'transaction:false'],
	'that without the option' => ["$done\nBEGIN;\nCREATE INDEX j ON acc (id);\nCOMMIT;"],
	'still without one' => ["$done\nCREATE INDEX CONCURRENTLY i ON acc (id);"],
);
for my $way (qw(up down)) {
	for my $what (sort keys %mends) {
		my $site = half($way);
		place($site, @{ $mends{$what} });
		my $again = go($site);
		is($again->{status}, 0, "$way, $what: goes on") or diag $again->{err};
		is(balance($site), '90', 'once');
		like($again->{err}, $what eq 'nothing more' ? qr/a has nothing left to do after 1 statement\n/ : qr/a continues at statement 2 of [234]\n/, 'and says where');
		is(query($site, 'SELECT status FROM migrate_journal ORDER BY id DESC LIMIT 1'), 'done', 'the journal has its end');
		is(query($site, 'SELECT count(*) FROM alembic_version'), $way eq 'up' ? '1' : '0', 'and so has the version table');
		is(go($site)->{status}, 0, 'nothing is left');
		is(balance($site), '90', 'and nothing done again');
	}
}

subtest 'it fails once more' => sub {
	my $site = half('up');
	place($site, "$done\nCREATE TABLE t ();\nSELECT 1 / count(*) FROM gate;");
	my $again = go($site);
	is($again->{status}, 8, 'half-way') or diag $again->{err};
	like($again->{err}, qr/2 of 3 statements are done/, 'further on');
	query($site, 'ALTER TABLE gate ADD x int; INSERT INTO gate VALUES (1)');
	is(go($site)->{status}, 0, 'and then to the end');
	is(balance($site), '90', 'once');
};

subtest 'without its option' => sub {
	my $site = half('up', "$done\nSELECT 1 / count(*) FROM gate;", 'transaction:false');
	place($site, "$done\nSELECT 1 / count(*) FROM gate;");
	is(go($site)->{status}, 8, 'it fails where it did');
	place($site, "$done\nSELECT 1;");
	is(go($site)->{status}, 0, 'and goes on');
	is(balance($site), '90', 'once');
};

subtest 'all in one transaction' => sub {
	my $site = half('up');
	place($site, "$done\nCREATE INDEX i ON acc (id);");
	my $all = go($site, '--apply-transaction', 'all');
	is($all->{status}, 3, 'is refused') or diag $all->{err};
	like($all->{err}, qr/this part was begun without a transaction and is half done, but \[apply\] transaction is 'all'.*--apply-transaction step/s, 'with the way out');
	is(balance($site), '90', 'nothing is done');
	my $dry = go($site, '--dry-run');
	is($dry->{status}, 0, 'a dry run') or diag $dry->{err};
	like($dry->{err}, qr/not tried: a, which cannot run inside a transaction/, 'does not try it');
	is(balance($site), '90', 'nor does it');
	is(go($site, '--apply-transaction', 'step')->{status}, 0, 'which is one');
	is(balance($site), '90', 'once');
};

subtest 'a journal whose last word is a failure that was rolled back' => sub {
	for my $way (qw(up down)) {
		my $site = half($way);
		query($site, "INSERT INTO migrate_journal (revision, direction, status, transactional, statements_done, statements_total, duration_ms, tool_version)
			VALUES ('a', '$way', 'failed', true, 0, 2, 1, '0.0.9')");
		place($site, "$done\nCREATE INDEX i ON acc (id);");
		my $again = go($site);
		is($again->{status}, 0, "$way: it goes on") or diag $again->{err};
		is(balance($site), '90', 'once');
	}
	my $whole = { way => 'up', dir => tempdir(), name => $pg->create_database('mended' . ++$count) };
	mkdir "$whole->{dir}/migrations";
	query($whole, 'CREATE TABLE acc (id int, bal int); INSERT INTO acc VALUES (1, 100); CREATE TABLE gate ()');
	place($whole, "$done\nSELECT 1 / count(*) FROM gate;");
	is(go($whole)->{status}, 7, 'one that was rolled back');
	place($whole, $done);
	is(go($whole)->{status}, 0, 'is done anew');
	is(balance($whole), '90', 'as a whole');
};

# The journal is written all the same.
for my $set ('SET default_transaction_read_only = on;', 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;', q{SELECT set_config('default_transaction_read_only', 'on', false);},
	'SET TRANSACTION READ ONLY;', 'SET transaction_read_only = on;') {
	my $site = { way => 'up', dir => tempdir(), name => $pg->create_database('mended' . ++$count) };
	mkdir "$site->{dir}/migrations";
	query($site, 'CREATE TABLE gate (x int)');
	place($site, "$set\nSELECT 1;\nDO \$\$ BEGIN PERFORM 1; END \$\$;\nSELECT 1 / count(*) FROM gate;\nSELECT 2;", 'transaction:false');
	my $failed = go($site);
	is($failed->{status}, 8, "$set: a failure") or diag $failed->{err};
	like($failed->{err}, qr/division by zero.*3 of 5 statements are done/s, 'of the migration\'s own');
	unlike($failed->{err}, qr/journal/, 'is written down');
	query($site, 'INSERT INTO gate VALUES (1)');
	my $again = go($site);
	is($again->{status}, 0, 'and resumed') or diag $again->{err};
}

done_testing;
