# restorable: what a backup has is restored, or listed, and then made by the script that is beside the archive:
# as a superuser, and as a role that may create databases and nothing else. RESTORABLE=n adds so many random
# sets of traps, RESTORABLE_SEED=n other ones.
use strict;
use warnings;

use Cluster;
use JSON::PP ();
use List::Util qw(shuffle uniq);
use Migrate;
use Process;
use Test::More;
use Traps;

my $rounds = $ENV{RESTORABLE} // 0;
srand($ENV{RESTORABLE_SEED} // 1);

my $pg = Cluster->new(port => 1, options => { wal_level => 'logical', max_prepared_transactions => 5 });
$pg->start;
$pg->query(q{CREATE ROLE other; CREATE ROLE plain LOGIN CREATEDB PASSWORD 'pl4in-secret'; GRANT pg_read_all_data TO plain});
my $dir = tempdir();
mkdir "$dir/migrations";
migration("$dir/migrations", 'aaaa', { up => 'CREATE TABLE t (i int);', down => 'DROP TABLE t;' });

sub migrate {
	my ($user, $name, @args) = @_;
	my $url = $user eq 'plain' ? $pg->tcp_url($name, user => 'plain', password => 'pl4in-secret') : $pg->url($name);
	return run(@args, { dir => $dir, env => { MIGRATE_URL => $url, MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_JOBS => 2 } });
}

sub dumped {
	my ($name, @options) = @_;
	my $done = $pg->program('pg_dump', [@options], db => $name);
	die $done->{err} if $done->{status};
	# A large object's rights and a function's are what they are, whoever restores; a loop of commits is not compared.
	return $done->{out} =~ s/^\\(?:un)?restrict .*\n//gmr;
}

sub differs {
	my ($one, $other) = @_;
	return '' if $one eq $other;
	write_file("$dir/one", $one);
	write_file("$dir/other", $other);
	return Process->run([ 'diff', '-u', "$dir/one", "$dir/other" ])->{out};
}

sub prepare {
	my ($user, $name, @traps) = @_;
	$pg->create_database($name);
	is(migrate('postgres', $name, 'upgrade', 'head')->{status}, 0, "$name is there");
	for my $trap (@traps) {
		my $done = $pg->program('psql', [ '-Xq', '-v', 'ON_ERROR_STOP=1', '-c', $trap->{sql} ], db => $name);
		is($done->{status}, 0, $trap->{name}) or diag $done->{err};
	}
	$pg->query("ALTER DATABASE $name OWNER TO $user") if $user ne 'postgres';
}

# Backs up, restores, compares.
sub round_trip {
	my ($user, $name, @traps) = @_;
	my $plain = $user eq 'plain';
	prepare($user, $name, @traps);
	my $backup = migrate('postgres', $name, 'backup');
	is($backup->{status}, 0, 'backed up') or diag $backup->{err};
	chomp(my $archive = "$dir/$backup->{out}");
	unlink "$archive.missing.sql";
	my $done = migrate($user, $name, 'restore', '--json', '--to', "${name}_back", $archive);
	is($done->{status}, 0, "restored as $user") or return diag $done->{err};
	my $says = JSON::PP::decode_json($done->{out});
	my @missing = sort map {"$_->{type} $_->{name}"} @{ $says->{missing} };
	my @expected = sort map { @{ $_->{always} // [] }, $plain ? @{ $_->{plain} // [] } : () } @traps;
	is_deeply(\@missing, \@expected, 'what is missing is said, and nothing else') or diag $done->{err};
	is(!!$says->{script}, !!@expected, 'with a script, if anything is');
	is($pg->query(q{SELECT count(*) FROM pg_proc WHERE oid >= 16384 AND proconfig IS NOT NULL}, "${name}_back"),
		$pg->query(q{SELECT count(*) FROM pg_proc WHERE oid >= 16384 AND proconfig IS NOT NULL}, $name), 'no function keeps a path of ours');
	unlike($done->{err}, qr/swordfish/, 'no password is shown');
	if ($says->{script}) {
		is((stat $says->{script})[2] & 0777, 0600, 'for its owner alone');
		repair($name, @traps);
		my $made = $pg->program('psql', [ '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $says->{script} ], db => "${name}_back");
		is($made->{status}, 0, 'which runs') or diag $made->{err};
	}
	my @options = $plain ? qw(--no-owner) : ();
	my ($one, $other) = map { dumped($_, @options) } $name, "${name}_back";
	s/^REVOKE ALL ON .* FROM postgres;\n//mg for $plain ? ($one, $other) : ();    # the owner is another one
	for my $trap (@traps) {
		$one =~ s/\Q$_->[0]/$_->[1]/g for @{ $trap->{changed} // [] };
	}
	is(differs($one, $other), '', 'and both dumps are the same, ' . length($one) . ' bytes');
	$pg->psql("ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub", $_) for $name, "${name}_back";
	$pg->query("DROP DATABASE $_") for $name, "${name}_back";
	unlink glob "$archive*";
	return;
}

# What does not hold in the source does not hold afterwards either.
sub repair {
	my ($name, @traps) = @_;
	for my $database ($name, "${name}_back") {
		$pg->query('INSERT INTO rate VALUES (2)', $database) if grep { $_->{name} =~ /^checks that do not/ } @traps;
		$pg->query('INSERT INTO up VALUES (2)', $database) if grep { $_->{name} =~ /^a foreign key/ } @traps;
	}
	return;
}

subtest 'all of it, as a superuser' => sub { round_trip('postgres', 'super', Traps::all()) };
subtest 'all of it, as a role with CREATEDB' => sub { round_trip('plain', 'plain_one', Traps::all()) };
for my $round (1 .. $rounds) {
	my @some = (shuffle(Traps::all()))[ 0 .. int rand 6 ];
	my $user = rand() < 0.5 ? 'plain' : 'postgres';
	subtest "$round, as $user: " . join(', ', map { $_->{name} } @some) => sub { round_trip($user, "round_$round", @some) };
}

done_testing;
