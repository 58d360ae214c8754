# large: migrations with much COPY data: they never are in memory, nor in the journal.
use strict;
use warnings;

use Cluster;
use Digest::SHA qw(sha256_hex);
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new;
$pg->start;

my $count = 0;

# About so many bytes of rows for a table (id int, note text).
sub rows {
	my ($bytes) = @_;
	my $text = 'some words that go with it';
	my $each = length("1000000\t$text\n");
	return join '', map {"$_\t$text\n"} 1_000_000 .. 1_000_000 + int($bytes / $each);
}

sub copy { my ($table, $rows) = @_; return "COPY $table FROM stdin;\n$rows\\.\n" }

sub site {
	my (%is) = @_;
	my $name = 'large' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	$pg->create_database($name);
	$pg->query('CREATE TABLE t (id int, note text); CREATE TABLE gate ()', $name);
	my $file = migration("$dir/migrations", 'aaaa', { message => 'big', down => 'TRUNCATE t;', %is });
	return { name => $name, dir => $dir, file => $file, env => { MIGRATE_URL => $pg->url($name) } };
}

sub migrate { my ($site, @args) = @_; return run(@args, { dir => $site->{dir}, env => $site->{env} }) }

sub found { my ($site) = @_; return $pg->query('SELECT count(*) || \' \' || md5(string_agg(id || note, \',\' ORDER BY id)) FROM t', $site->{name}) }

sub journal { my ($site, $what) = @_; return $pg->query("SELECT $what FROM migrate_journal ORDER BY id DESC LIMIT 1", $site->{name}) }

# What a migration waits for that has LOCK TABLE gate, or ends with it.
sub shut_gate {
	my ($site) = @_;
	my $holder = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($site->{name}) ],
		stdin => 'BEGIN; LOCK TABLE gate; SELECT pg_sleep(60);');
	$pg->wait_for("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'
		AND application_name = 'psql' AND datname = '$site->{name}' AND wait_event = 'PgSleep'", '1', 20);
	return $holder;
}

sub open_gate {
	my ($site, $holder) = @_;
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = 'psql' AND datname = '$site->{name}' AND query LIKE '%pg_sleep(60)%'");
	$holder->finish;
	return;
}

sub at_gate {
	my ($site) = @_;
	return $pg->wait_for("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE NOT granted AND datname = '$site->{name}'", '1', 60);
}

my $gate = "LOCK TABLE gate;\n";
my $rows = rows(3_000_000);
my $lines = $rows =~ tr/\n//;

subtest 'rows arrive whole' => sub {
	for my $options ('', 'transaction:false') {
		my $site = site(up_options => $options,
			up => "INSERT INTO t VALUES (1, 'a');\n" . copy('t', $rows) . copy('t', "2\tb\n") . copy('t', $rows) . "UPDATE t SET id = 3 WHERE id = 2;");
		my $up = migrate($site, 'upgrade', 'head');
		is($up->{status}, 0, "applied, '$options'") or diag $up->{err};
		is($pg->query('SELECT count(*), sum(id) FROM t', $site->{name}),
			(2 + 2 * $lines) . '|' . (4 + 2 * eval { my $sum = 0; $sum += $_ for 1_000_000 .. 1_000_000 + $lines - 1; $sum }), 'every row, once');
		is($pg->query('SELECT md5(string_agg(id || chr(9) || note || chr(10), \'\' ORDER BY id))
			= md5($$' . $rows . '$$) FROM (SELECT DISTINCT * FROM t WHERE id > 3) u', $site->{name}), 't', 'and every byte') if !$options;
		is($pg->query("SELECT rtrim(up, E'\\n') FROM migrate_journal WHERE up IS NOT NULL", $site->{name}),
			"INSERT INTO t VALUES (1, 'a');\n" . join('', map { copy('t', $_) }
				"\\elided $lines lines, SHA-256 " . sha256_hex($rows) . "\n", "2\tb\n",
				"\\elided $lines lines, SHA-256 " . sha256_hex($rows) . "\n")
			. "UPDATE t SET id = 3 WHERE id = 2;", 'the journal has a line in their place, and what is small');
	}
};

subtest 'an edit is seen' => sub {
	my $site = site(up => copy('t', $rows));
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'applied');
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT 1;' });
	my $text = slurp($site->{file});
	write_file($site->{file}, $text =~ s/\n/\r\n/gr);
	is(migrate($site, 'status', '--exit-code')->{status}, 9, 'CRLF is none');
	write_file($site->{file}, $text =~ s/some words(?= that go with it\n\\)/other words/r);
	my $up = migrate($site, 'upgrade', 'head');
	is($up->{status}, 11, 'a word in the last line is') or diag $up->{err};
	like($up->{err}, qr/\n\s+-\\elided $lines lines, SHA-256 \w{64}\n\s+\+\\elided $lines lines, SHA-256 \w{64}\n/, 'with the difference');
	is(migrate($site, 'repair', 'aaaa')->{status}, 0, 'it can be accepted');
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'and all goes on');
};

subtest 'without the file' => sub {
	my $site = site(up => copy('t', $rows));
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'applied');
	unlink $site->{file};
	my $down = migrate($site, 'downgrade', '-1');
	is($down->{status}, 0, 'a downgrade that needs no data goes on from the journal') or diag $down->{err};
	$site = site(up => 'SELECT 1;', down => copy('t', $rows));
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'applied');
	unlink $site->{file};
	$down = migrate($site, 'downgrade', '-1');
	is($down->{status}, 3, 'one whose data it has not is refused');
	like($down->{err}, qr/the journal has only the checksum of this COPY's data\n\s+at migrate_journal:1\n.*has the file of revision aaaa/s, 'with the reason') or diag $down->{err};
	is($pg->query('SELECT count(*) FROM t', $site->{name}), '0', 'before it began');
	$site = site(up => "SELECT 1;\n-- " . 'x' x 17_000_000);
	is(migrate($site, 'upgrade', 'head')->{status}, 0, 'a text of 17 MB is applied');
	like(journal($site, 'up'), qr/^\\elided \d+ lines, SHA-256 \w{64}$/, 'and not kept');
};

subtest 'a file that is cut short meanwhile' => sub {
	my $site = site(up => $gate . copy('t', $rows), up_options => 'lock_timeout:0');
	my $gate = shut_gate($site);
	my $up = start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
	at_gate($site);
	truncate $site->{file}, 1_000_000;
	open_gate($site, $gate);
	$up->finish;
	is($up->{status}, 7, 'fails, and is rolled back') or diag $up->{err};
	like($up->{err}, qr/revision aaaa was changed while it was in use/, 'with the reason');
	is($pg->query('SELECT count(*) FROM t', $site->{name}), '0', 'nothing is there');
};

subtest 'the SQL for somebody else' => sub {
	my $site = site(up => copy('t', $rows), down => copy('t', $rows));
	my $sql = migrate($site, 'upgrade', 'head', '--sql')->{out};
	ok(index($sql, copy('t', $rows)) > 0, 'has all of the data') or diag substr $sql, 0, 500;
};

subtest 'errors name the line' => sub {
	my $site = site(up => copy('t', $rows) . "\nSELECT nonsense;");
	my $up = migrate($site, 'upgrade', 'head');
	my $line = 8 + $lines + 3;
	like($up->{err}, qr/at migrations\/aaaa_big\.sql:$line\n/, 'behind the data too') or diag $up->{err};
	write_file($site->{file}, slurp($site->{file}) =~ s/\\\.\n/\n/r);
	$up = migrate($site, 'upgrade', 'head');
	like($up->{err}, qr/the data of COPY … FROM STDIN has no end\n\s+at migrations\/aaaa_big\.sql:8\n/, 'and data without an end') or diag $up->{err};
};

sub most_memory {
	my ($bytes) = @_;
	my $site = site(up => copy('t', rows($bytes)) . $gate, up_options => 'lock_timeout:0');
	my $gate = shut_gate($site);
	my $up = start('upgrade', 'head', { dir => $site->{dir}, env => $site->{env}, plain => 1 });
	at_gate($site);
	my ($kb) = slurp("/proc/$up->{pid}/status") =~ /^VmHWM:\s+(\d+) kB/m;
	open_gate($site, $gate);
	is($up->finish->{status}, 0, "$bytes bytes") or diag $up->{err};
	return $kb;
}

subtest 'memory does not grow with the file' => sub {
	my ($small, $big) = map { most_memory($_ << 20) } 4, 64;
	cmp_ok($big, '<', $small + 1024, "$small kB with 4 MB, $big kB with 64 MB");
};

done_testing;
