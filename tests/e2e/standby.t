# standby: servers that take no writes: a standby can be read, a primary that is set to be read-only is no standby,
# and whoever wants to write is told which of them it is.
use strict;
use warnings;

use Cluster;
use JSON::PP;
use Migrate;
use Process;
use Test::More;
use Wire;

my $primary = Cluster->new(port => 1, options => { wal_level => 'replica', max_wal_senders => 4, synchronous_commit => 'on' });
$primary->start;
my $count = 0;

# A database at bbbb; cccc is not applied anywhere.
sub site {
	my ($options) = @_;
	my $site = { name => 'site' . ++$count, dir => tempdir() };
	mkdir "$site->{dir}/migrations";
	more($site, aaaa => 'CREATE TABLE t (x int);');
	more($site, bbbb => 'ALTER TABLE t ADD y text;');
	$primary->create_database($site->{name});
	$site->{env} = { MIGRATE_URL => $primary->tcp_url($site->{name}), MIGRATE_WAIT_SOCKET_ONLY => 'on',
		MIGRATE_BACKUP_DIRECTORY => "$site->{dir}/backups", MIGRATE_WAIT_TIMEOUT => '30s' };
	is(in($site, 'upgrade', 'head')->{status}, 0, 'a database');
	return $site;
}

sub more {
	my ($site, $id, $up) = @_;
	migration("$site->{dir}/migrations", $id, { up => $up, down => 'SELECT 1;', parents => $site->{head} });
	$site->{head} = $id;
	return;
}

sub in {
	my ($site, @words) = @_;
	my %env = ref $words[-1] ? %{ pop @words } : ();
	return run(@words, { dir => $site->{dir}, env => { %{ $site->{env} }, %env } });
}

sub caught_up {
	my ($standby) = @_;
	my $position = $primary->query('SELECT pg_current_wal_lsn()');
	return $standby->wait_for("SELECT pg_last_wal_replay_lsn() >= '$position'", 't', 60);
}

sub hosts {
	my ($name, $more, @clusters) = @_;
	return sprintf 'postgresql:///%s?host=%s&port=%s&user=postgres%s', $name, join(',', map { $_->socket_dir } @clusters),
	    join(',', map { $_->port } @clusters), $more;
}

my $site    = site();
my $standby = Cluster->standby_of($primary);
$standby->configure(hot_standby_feedback => 'on');
$standby->start;
caught_up($standby);
my %there = (MIGRATE_URL => $standby->url($site->{name}));

subtest 'what reads' => sub {
	my $is_one = qr/is a standby, in recovery/;
	for my $words ([qw(current)], [qw(current --check-heads)], [qw(log)], [qw(history -i)], [qw(show current)], [qw(check)]) {
		my $got = in($site, @$words, \%there);
		is($got->{status}, 0, "@$words") or diag $got->{err};
		like($got->{err}, $is_one, '… says of what');
	}
	is(in($site, 'heads', \%there)->{status}, 0, 'heads');
	my $got = in($site, 'status', \%there);
	like($got->{out}, qr/^Database: .*, a standby, in recovery\)\n.*^Next: +nothing$/ms, 'status') or diag $got->{err};
	my $report = decode_json(in($site, 'status', '--json', \%there)->{out});
	ok($report->{standby} && $report->{read_only}, '… with --json');
	$got = in($site, 'doctor', \%there);
	is($got->{status}, 1, 'doctor: a boot would fail');
	like($got->{out}, qr/^failure +writes +\S+ is a standby, in recovery, and is read-only/m, '… for it takes no writes') or diag $got->{out};
	like($got->{out}, qr/^ok +pg_dump /m, '… and all else is looked at');
	for my $format (qw(custom directory)) {
		$got = in($site, 'backup', '--json', { %there, MIGRATE_BACKUP_FORMAT => $format, MIGRATE_BACKUP_JOBS => 2 });
		is($got->{status}, 0, "backup, $format") or diag $got->{err};
		like($got->{out}, qr{"wal_before":\s*"[0-9A-F]+/[0-9A-F]+"}, '… knows its position') or diag $got->{out};
	}
	is(in($site, 'backup', 'verify', \%there)->{status}, 0, '… which can be read');
};

subtest 'what waits' => sub {
	for my $attributes (qw(any standby prefer-standby read-only)) {
		my %url = (MIGRATE_URL => "$there{MIGRATE_URL}&target_session_attrs=$attributes");
		is(in($site, 'wait', \%url)->{status}, 0, "takes it, where $attributes is asked for");
		is(in($site, 'wait', '--revision', 'head', \%url)->{status}, 0, '… with a revision');
	}
	my $got = in($site, 'wait', { %there, MIGRATE_WAIT_TIMEOUT => '1s' });
	is($got->{status}, 4, 'otherwise waits for a primary');
	like($got->{err}, qr/the server is a standby, in recovery, and is read-only.*hint: .*target_session_attrs=any/s, '… and says what it met');
	$got = in($site, 'entrypoint', { MIGRATE_URL => "$there{MIGRATE_URL}&target_session_attrs=any", MIGRATE_WAIT_TIMEOUT => '1s' });
	is($got->{status}, 4, 'a boot does so whatever is asked for') or diag $got->{err};
	like($got->{err}, qr/is a standby, in recovery.*standby \d+ times|is a standby, in recovery/s, '… and says what it met');
};

subtest 'what writes' => sub {
	my %of = (import => [ 'goose', "$site->{dir}/goose", '--stamp' ]);
	mkdir "$site->{dir}/goose";
	write_file("$site->{dir}/goose/00001_a.sql", "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 1;\n");
	for my $words ([qw(upgrade head)], [qw(upgrade head --dry-run)], [qw(downgrade -1)], [qw(stamp aaaa)], [qw(repair aaaa)],
		[qw(resolve aaaa --applied)], [qw(ensure_version)], [ 'import', @{ $of{import} } ]) {
		my $got = in($site, @$words, \%there);
		is($got->{status}, 3, "@$words: 3") or diag $got->{err};
		like($got->{err}, qr/is a standby, in recovery, and is read-only\n.*hint: Name the primary in MIGRATE_URL/s, '… says what it is');
		cmp_ok($got->{seconds}, '<', 15, '… at once');
	}
	write_file("$site->{dir}/schema.sql", 'CREATE TABLE t (x int, y text);');
	my %models = (%there, MIGRATE_MODELS_SOURCE => 'schema.sql');
	my $got = in($site, 'check', \%models);
	is($got->{status}, 3, 'models cannot be loaded there: 3') or diag $got->{err};
	like($got->{err}, qr/cannot have a place to load the models into: the server is a standby, in recovery.*MIGRATE_MODELS_SHADOW_URL/s, '… and it is said where they can');
	$primary->create_database('shadow');
	$got = in($site, 'check', { %models, MIGRATE_MODELS_SHADOW_URL => $primary->tcp_url('shadow') });
	is($got->{status}, 0, '… there') or diag $got->{err};
	is(in($site, 'check', { %there, MIGRATE_MODELS_SOURCE => $standby->url($site->{name}) })->{status}, 0, 'a database to compare with can be one');
	more($site, cccc => 'CREATE TABLE u ();');
	$got = in($site, 'rehearse', \%there);
	is($got->{status}, 3, 'a scratch database cannot be made there: 3') or diag $got->{err};
	like($got->{err}, qr/cannot make a scratch database: the server is a standby, in recovery.*MIGRATE_REHEARSE_URL/s, '… and it is said where it can');
	unlike($got->{err}, qr/is left until the next run/, '… and nothing to be dropped');
	like(in($site, 'rehearse', { %there, MIGRATE_REHEARSE_URL => $primary->tcp_url('postgres') })->{out}, qr/^cccc, .*^  Down: /ms, '… there');
	for my $words ([qw(restore)], [qw(restore --swap)], [qw(restore --to other)], [qw(restore --back other)]) {
		$got = in($site, @$words, \%there);
		is($got->{status}, 3, "@$words: 3") or diag $got->{err};
		like($got->{err}, qr/is a standby, in recovery, and is read-only.*hint: Name the primary/s, '… says why');
	}
	$got = in($site, 'status', \%there);
	like($got->{out}, qr/^Next: +on the primary: migrate upgrade heads$/m, 'what is next is to be done elsewhere');
};

subtest 'several servers' => sub {
	my %both = (MIGRATE_URL => hosts($site->{name}, '', $standby, $primary));
	my $got = in($site, 'current', \%both);
	unlike($got->{err}, qr/standby/, 'the primary is asked, where it answers');
	$got = in($site, 'upgrade', 'head', { MIGRATE_URL => hosts($site->{name}, '&target_session_attrs=standby', $standby, $primary) });
	is($got->{status}, 0, 'and written to, whatever is asked for') or diag $got->{err};
	caught_up($standby);
	for my $case ([ 'prefer-standby', 1 ], [ 'standby', 1 ], [ 'read-only', 1 ], [ 'any', 0 ], [ 'primary', 0 ], [ 'read-write', 0 ]) {
		my ($attributes, $standby_is) = @$case;
		$got = in($site, 'current', { MIGRATE_URL => hosts($site->{name}, "&target_session_attrs=$attributes", $primary, $standby) });
		is($got->{err} =~ /is a standby/ ? 1 : 0, $standby_is, "$attributes takes " . ($standby_is ? 'the standby' : 'the primary')) or diag $got->{err};
	}
	is(in($site, 'current', { MIGRATE_URL => $primary->url($site->{name}) . '&target_session_attrs=prefer-standby' })->{status}, 0,
		'prefer-standby takes a primary alone');
	$got = in($site, 'current', { MIGRATE_URL => $primary->url($site->{name}) . '&target_session_attrs=standby' });
	is($got->{status}, 4, 'standby does not');
	like($got->{err}, qr/a primary, but the URL asks for target_session_attrs=standby/, '… and says so');
	my $dead = Cluster->new;
	my %gone = (MIGRATE_URL => hosts($site->{name}, '', $dead, $standby));
	$got = in($site, 'status', \%gone);
	is($got->{status}, 0, 'where no primary answers, the standby is asked') or diag $got->{err};
	like($got->{err}, qr/skipping .*: no such file/, '… saying why');
	$got = in($site, 'upgrade', 'head', \%gone);
	is($got->{status}, 3, '… but for writing');
	like($got->{err}, qr/hint: No server in MIGRATE_URL answers as a primary/, '… since it is none') or diag $got->{err};
};

# Before 14 a server does not report what it is: such a one is made of a newer one.
subtest 'a server that does not say what it is' => sub {
	my $change = sub { s/in_hot_standby/in_hot_stnadby/g; s/default_transaction_read_only/default_transaction_raed_only/g };
	my %wire = map { ($_->[0] => Wire->new($_->[1]->socket_dir . '/.s.PGSQL.' . $_->[1]->port, $change)) } [ old => $standby ], [ first => $primary ];
	my %url = map { ($_ => "postgresql://postgres\@127.0.0.1:" . $wire{$_}->port . "/$site->{name}") } keys %wire;
	like(in($site, 'current', { MIGRATE_URL => $url{old} })->{err}, qr/is a standby, in recovery/, 'is asked: a standby');
	is(in($site, 'upgrade', 'head', { MIGRATE_URL => $url{old} })->{status}, 3, '… which is refused');
	is(in($site, 'upgrade', 'head', { MIGRATE_URL => $url{first} })->{status}, 0, 'a primary');
	$primary->query("ALTER DATABASE $site->{name} SET default_transaction_read_only = on");
	my $got = in($site, 'entrypoint', '--', 'echo', 'up', { MIGRATE_URL => $url{first} });
	is($got->{out}, "up\n", 'one that is set to be read-only');
	like($got->{err}, qr/is read-only: default_transaction_read_only is on/, '… which is seen') or diag $got->{err};
	$primary->query("ALTER DATABASE $site->{name} RESET default_transaction_read_only");
};

# Each way to set it: the command, and what the hint has to undo it with. The hint's SQL is run.
subtest 'a primary that is set to be read-only' => sub {
	my $read_only = site();
	$primary->query('CREATE ROLE "Odd Role" LOGIN SUPERUSER');
	my $name = $read_only->{name};
	my %ways = (
		server   => [ 'ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()', 'disk is full.*ALTER SYSTEM RESET' ],
		database => [ "ALTER DATABASE $name SET default_transaction_read_only = on", qq{ALTER DATABASE "$name" RESET} ],
		role     => [ 'ALTER ROLE "Odd Role" SET default_transaction_read_only = on', 'ALTER ROLE "Odd Role" RESET' ],
		both     => [ qq{ALTER ROLE "Odd Role" IN DATABASE $name SET default_transaction_read_only = on}, qq{ALTER ROLE "Odd Role" IN DATABASE "$name" RESET} ],
		client   => [ 'SELECT 1', 'Remove it from the options in MIGRATE_URL' ],
	);
	my $next = 'cccc';
	for my $way (sort keys %ways) {
		my ($set, $hint) = @{ $ways{$way} };
		my $options = $way eq 'client' ? '?options=-cdefault_transaction_read_only%3Don' : '';
		my %url = (MIGRATE_URL => $primary->tcp_url($name, user => 'Odd Role') . $options);
		$primary->query($_) for split /; /, $set;
		$primary->wait_for('SHOW default_transaction_read_only', 'on', 30) if $way eq 'server';
		my $got = in($read_only, 'entrypoint', '--', 'echo', 'up', \%url);
		is($got->{out}, "up\n", "$way: with nothing pending the application starts") or diag $got->{err};
		like($got->{err}, qr/WARN .*is read-only: default_transaction_read_only is on/, '… and it is said');
		unlike($got->{err}, qr/standby|waiting/, '… not as a standby, nor waited for');
		is(in($read_only, 'wait', \%url)->{status}, 0, 'wait takes it');
		like(in($read_only, 'status', \%url)->{out}, qr/^Database: .*set to be read-only\)$/m, 'status says it');
		like(in($read_only, 'doctor', \%url)->{out}, qr/^warning +writes .*default_transaction_read_only/m, 'doctor warns');
		more($read_only, $next++, 'SELECT 1;');
		like(in($read_only, 'doctor', \%url)->{out}, qr/^failure +writes .*default_transaction_read_only/m, '… and fails with something pending');
		like(in($read_only, 'status', \%url)->{out}, qr/^Next: +when the server accepts writes again: migrate upgrade heads$/m, 'status says what is next');
		for my $words ([qw(entrypoint -- echo up)], [qw(upgrade head)], [qw(downgrade -1)], [qw(stamp aaaa)], [qw(repair aaaa)], $way eq 'both' || $way eq 'database' ? () : [qw(restore --to other)]) {
			$got = in($read_only, @$words, \%url);
			is($got->{status}, 3, "$words->[0]: 3") or diag $got->{err};
			is($got->{out}, '', '… the application does not start');
			like($got->{err}, qr/is read-only: default_transaction_read_only is on, set .*it is a primary, not a standby.*hint: .*$hint/s, '… says what it is');
			cmp_ok($got->{seconds}, '<', 15, '… at once');
		}
		is(in($read_only, 'backup', \%url)->{status}, 0, 'a backup can be taken');
		my ($sql) = $got->{err} =~ /: ((?:SET|ALTER) .*;)$/m;
		if ($way ne 'client') {
			my ($status, undef, $err) = $primary->psql(join("\n", split / (?=ALTER|SELECT)/, $sql), $name, '-v', 'ON_ERROR_STOP=1',
				'-U', 'Odd Role');
			is($status, 0, "its hint can be run: $sql") or diag $err;
		}
		$primary->wait_for('SHOW default_transaction_read_only', 'off', 30);
		$got = in($read_only, 'entrypoint', { MIGRATE_URL => $primary->tcp_url($name, user => 'Odd Role'), MIGRATE_BACKUP_ENABLED => 'off' });
		is($got->{status}, 0, '… and then it boots') or diag $got->{err};
	}
	is(in($read_only, 'ensure_version')->{status}, 0, 'a version table that is there is there');
};

# A server that says something a few times, and then nothing any more: our own deadline cuts the last attempt.
subtest 'what is told at the deadline' => sub {
	my %says = (
		'out of connections' => [ '53300', 'sorry, too many clients already', qr/hint: Raise the server's max_connections/ ],
		'closed'             => [ '55000', 'database "x" is not currently accepting connections', qr/closed to connections/ ],
		'starting'           => [ '57P03', 'the database system is starting up', qr/starting up/ ],
		'a standby'          => [ '25006', 'this is a standby', qr/hint: Name every server of the cluster/ ],
	);
	for my $name (sort keys %says) {
		my ($sqlstate, $text, $more) = @{ $says{$name} };
		my $dir  = tempdir();
		my $wire = Wire->serve(sub {
			my ($client, $number) = @_;
			sysread $client, my $startup, 4096;
			if ($number <= 3) { syswrite $client, Wire::error($sqlstate, $text) }
			else { write_file("$dir/silent", ''); sysread $client, my $rest, 1 }
		});
		my $got = run('wait', '--wait-timeout', '2s', { env => { MIGRATE_URL =>
			'postgresql://postgres@127.0.0.1:' . $wire->port . '/x?sslmode=disable&gssencmode=disable' } });
		is($got->{status}, 4, "$name: 4");
		like($got->{err}, qr/ERROR .*database not reachable within 2\S* s: .*: \Q$text\E/, '… what the server said') or diag $got->{err};
		like($got->{err}, qr/$name.* 3 times.*timed out/s, '… and all that happened') if $name ne 'starting' && $name ne 'closed';
		like($got->{err}, $more, '… and what to do');
		ok(-e "$dir/silent", '… although it was silent at last');
	}
};

# Of many waits for a standby, each of another length, each says so. RUNS=40 or more for long.
subtest 'a standby at any deadline' => sub {
	my $runs = $ENV{RUNS} // 4;
	my $right = 0;
	for my $i (1 .. $runs) {
		my $got = in($site, 'wait', '--wait-timeout', (500 + 37 * $i) . 'ms', \%there);
		$right++ if $got->{status} == 4 && $got->{err} =~ /ERROR .*is a standby, in recovery/;
	}
	is($right, $runs, "$runs of $runs");
};

done_testing;
