# timeouts: a migration that statement_timeout or transaction_timeout ends is told whose setting it was and
# what gives it more; doing that helps.
use strict;
use warnings;

use Cluster;
use Migrate;
use Process;
use Test::More;

my $pg = Cluster->new(port => 1);
$pg->start;
my $major = $pg->query('SHOW server_version') =~ s/\..*//r;
my $count = 0;
my $slow = "CREATE TABLE t (i int);\nSELECT pg_sleep(0.5);\n";

# A database and a role of its own, which is set to something by SQL with %D and %R in it.
sub site {
	my (%is) = @_;
	my $name = 'timeouts' . ++$count;
	my $site = { name => $name, role => "role$count", dir => tempdir() };
	mkdir "$site->{dir}/migrations";
	$site->{file} = migration("$site->{dir}/migrations", 'aaaa', { up => $slow, down => "DROP TABLE t;\n", %is });
	$pg->query("CREATE ROLE role$count LOGIN SUPERUSER; CREATE DATABASE $name");
	$pg->query(named($site, $_)) for @{ $is{set} // [] };
	$site->{env} = { MIGRATE_URL => $pg->tcp_url($name, user => $site->{role}), MIGRATE_BACKUP_ENABLED => 'off', %{ $is{env} // {} } };
	return $site;
}

sub named { my ($site, $text) = @_; return $text =~ s/%D/$site->{name}/gr =~ s/%R/$site->{role}/gr }

sub migrate {
	my ($site, @words) = @_;
	return run(@words, { dir => $site->{dir}, env => $site->{env} });
}

sub fails {
	my ($site, $status, @hints) = @_;
	my $got = migrate($site, qw(upgrade head));
	is($got->{status}, $status, "ends with $status") or diag $got->{err};
	my ($hint) = $got->{err} =~ /^\s+hint: (.*)/m;
	like($hint, $_, "is told: $_") for @hints;
	unlike($hint, qr/;;|1h or/, 'in sentences that can be read');
	unlike($hint, qr/\bMend\b|\bFix\b|COMMIT had/, 'and not to mend the file');
	$site->{hint} = $hint // '';
	return $hint;
}

sub succeeds {
	my ($site, @words) = @_;
	my $got = migrate($site, @words ? @words : qw(upgrade head));
	is($got->{status}, 0, 'what it says helps') or diag $got->{err};
	return;
}

# The command that changes the setting, as the hint has it.
sub obey {
	my ($site) = @_;
	my ($command) = $site->{hint} =~ /change it: (ALTER .*?;)/ or return fail('a command');
	$pg->query($command, $site->{name});
	return succeeds($site);
}

my @sources = (
	[ 'ALTER DATABASE %D', "ALTER DATABASE %D SET statement_timeout = '100ms'" ],
	[ 'ALTER ROLE %R', "ALTER ROLE %R SET statement_timeout = '100ms'" ],
	[ 'ALTER ROLE %R IN DATABASE %D', "ALTER ROLE %R IN DATABASE %D SET statement_timeout = '100ms'" ],
	# The nearer one wins.
	[ 'ALTER ROLE %R', "ALTER DATABASE %D SET statement_timeout = '50ms'", "ALTER ROLE %R SET statement_timeout = '100ms'" ],
);
for my $source (@sources) {
	my ($by, @set) = @$source;
	subtest "statement_timeout by @set" => sub {
		my $site = site(set => \@set);
		fails($site, 7, qr/^It was rolled back\. statement_timeout is 100 ms, set by \Q@{[ named($site, $by) ]}\E\./,
			qr/statement_timeout:1h" in migrations/, qr/MIGRATE_APPLY_STATEMENT_TIMEOUT=1h/, qr/then run again: migrate upgrade head/);
		obey($site);
	};
}

subtest 'statement_timeout of the URL' => sub {
	my $site = site();
	$site->{env}{MIGRATE_URL} .= '?options=-c%20statement_timeout%3D100ms';
	fails($site, 7, qr/100 ms, set by the server's configuration or the URL/);
	$site->{env}{MIGRATE_APPLY_STATEMENT_TIMEOUT} = '1h';
	succeeds($site);
};

subtest 'the marker\'s' => sub {
	my $site = site(set => ["ALTER DATABASE %D SET statement_timeout = '100ms'"], up_options => 'statement_timeout:1h');
	succeeds($site);
	$site = site(set => ["ALTER DATABASE %D SET statement_timeout = '100ms'"], up_options => 'statement_timeout:0');
	succeeds($site);
	$site = site(env => { MIGRATE_APPLY_STATEMENT_TIMEOUT => '1h' }, up_options => 'statement_timeout:100ms lock_timeout:1s');
	fails($site, 7, qr/The marker allows 100 ms per statement: raise it, as in "-- migrate:up statement_timeout:1h" in migrations/);
	my $text = slurp($site->{file});
	write_file($site->{file}, $text =~ s/statement_timeout:100ms/statement_timeout:1h/r);
	succeeds($site);
	migration("$site->{dir}/migrations", 'bbbb', { parents => 'aaaa', up => 'SELECT 1;', up_options => 'statement_timeout:soon' });
	my $got = migrate($site, 'heads');
	is($got->{status}, 3, 'a time that is none is refused');
	like($got->{err}, qr/'soon' is not a value for statement_timeout.*statement_timeout:10min/s, 'with one that is') ;
};

subtest '[apply] statement_timeout' => sub {
	my $site = site(env => { MIGRATE_APPLY_STATEMENT_TIMEOUT => '100ms' });
	fails($site, 7, qr/\[apply\] statement_timeout is 100 ms\./, qr/MIGRATE_APPLY_STATEMENT_TIMEOUT=1h/);
	$site->{env}{MIGRATE_APPLY_STATEMENT_TIMEOUT} = '1h';
	succeeds($site);
};

subtest 'the file\'s own' => sub {
	my $site = site(up => "SET statement_timeout = '100ms';\n$slow");
	fails($site, 7, qr/Raise the statement_timeout that migrations\S+ sets/);
};

subtest 'outside a transaction' => sub {
	my $site = site(up_options => 'transaction:false', set => ["ALTER DATABASE %D SET statement_timeout = '100ms'"]);
	fails($site, 8, qr/^1 of 2 statements is done; the next run continues after it\. statement_timeout is 100 ms/);
	obey($site);
};

subtest 'the first statement outside a transaction' => sub {
	my $site = site(up => "SELECT pg_sleep(0.5);", up_options => 'transaction:false', set => ["ALTER DATABASE %D SET statement_timeout = '100ms'"]);
	fails($site, 8, qr/^None of its statements is done; the next run begins with the first\. statement_timeout is 100 ms/);
	obey($site);
};

subtest 'on the way down' => sub {
	my $site = site(up => 'CREATE TABLE t (i int);', down => "SELECT pg_sleep(0.5);\nDROP TABLE t;\n");
	succeeds($site);
	$pg->query("ALTER DATABASE $site->{name} SET statement_timeout = '100ms'");
	my $got = migrate($site, qw(downgrade base));
	like($got->{err}, qr/"-- migrate:down statement_timeout:1h".*then run again: migrate downgrade base/, 'is told') or diag $got->{err};
	$site->{env}{MIGRATE_APPLY_STATEMENT_TIMEOUT} = '1h';
	succeeds($site, qw(downgrade base));
};

subtest 'a statement that somebody cancels' => sub {
	my $site = site(up => 'SELECT pg_sleep(60);', set => ["ALTER DATABASE %D SET statement_timeout = '1h'"]);
	my $up = start(qw(upgrade head), { dir => $site->{dir}, env => $site->{env} });
	$pg->wait_for("SELECT count(pg_cancel_backend(pid)) > 0 FROM pg_stat_activity WHERE datname = '$site->{name}' AND query LIKE '%pg_sleep(60)%'
		AND pid <> pg_backend_pid()", 't');
	my $got = $up->finish;
	is($got->{status}, 7, 'fails');
	like($got->{err}, qr/Somebody canceled the statement/, 'says so');
	unlike($got->{err}, qr/hint:.*statement_timeout/, 'and no setting is blamed') or diag $got->{err};
};

subtest 'the rehearsal\'s' => sub {
	my $site = site(up_options => 'statement_timeout:0', up => 'SELECT pg_sleep(60);');
	my $got = run('rehearse', { dir => $site->{dir}, env => { %{ $site->{env} }, MIGRATE_REHEARSE_TIMEOUT => '2s' }, timeout => 30 });
	like("$got->{out}$got->{err}", qr/\[rehearse\] timeout|statement timeout/, 'ends within [rehearse] timeout, whatever the marker says')
	    or diag "$got->{status} $got->{out}$got->{err}";
};

SKIP: {
	skip 'only PostgreSQL 17 and later have transaction_timeout', 3 if $major < 17;
	subtest 'transaction_timeout' => sub {
		my $site = site(set => ["ALTER DATABASE %D SET transaction_timeout = '200ms'"]);
		fails($site, 7, qr/^It was rolled back\. transaction_timeout is 200 ms, set by ALTER DATABASE $site->{name}\. Begin migrations\S+ with SET LOCAL transaction_timeout = 0;/);
		obey($site);
		$site = site(set => ["ALTER ROLE %R SET transaction_timeout = '200ms'"], up => "SET LOCAL transaction_timeout = 0;\n$slow");
		succeeds($site);
	};
	subtest 'transaction_timeout outside a transaction' => sub {
		my $site = site(set => ["ALTER ROLE %R SET transaction_timeout = '200ms'"], up_options => 'transaction:false');
		fails($site, 8, qr/^1 of 2 statements is done; the next run continues after it\. transaction_timeout is 200 ms, set by ALTER ROLE $site->{role}\. Begin \S+ with SET transaction_timeout = 0;/);
		obey($site);
	};
	subtest 'transaction_timeout while a client is slow' => sub {
		my $site = site(set => ["ALTER DATABASE %D SET transaction_timeout = '200ms'"], up => "SELECT pg_sleep(0.15);\nSELECT pg_sleep(0.15);\n");
		fails($site, 7, qr/transaction_timeout is 200 ms/);
		like(migrate($site, 'status')->{out}, qr/^Next:      give it more time \(SET transaction_timeout/m, 'status, too');
		obey($site);
	};
}

done_testing;
