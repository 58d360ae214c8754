# terminal: what a long statement looks like on a terminal, which script(1) makes.
use strict;
use warnings;
use utf8;

use Cluster;
use Encode qw(decode);
use Migrate;
use Process;
use Test::More;

my ($script) = grep { -x } map { "$_/script" } split /:/, $ENV{PATH};
plan skip_all => 'script(1) is not installed' if !defined $script;

my $pg = Cluster->new;
$pg->start;

# A COPY whose rows wait at a gate.
sub site {
	my ($name) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'aaaa', { message => 'a rather long name of a migration', up_options => 'lock_timeout:0',
		up => "COPY t FROM stdin;\n1\n2\n\\.\nSELECT 1;" });
	$pg->create_database($name);
	$pg->query('CREATE TABLE gate (); CREATE TABLE t (x int);
		CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE public.gate; RETURN new; END $$;
		CREATE TRIGGER pass BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pass()', $name);
	my $site = { name => $name, dir => $dir };
	$site->{gate} = Process->start([ Cluster::bin('psql'), '-Xq', $pg->url($name) ],
		stdin => 'BEGIN; LOCK TABLE gate; SELECT pg_sleep(120);', timeout => 200);
	$pg->wait_for(q{SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE relname = 'gate' AND granted}, '1', 30, $name);
	return $site;
}

sub open_gate {
	my ($site) = @_;
	$pg->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$site->{name}' AND query LIKE '%pg_sleep(120)%' AND pid <> pg_backend_pid()");
	$site->{gate}->finish;
	return;
}

# What `migrate upgrade head` writes to a terminal of so many columns, from the statement's start to the end.
sub shown {
	my ($name, $columns) = @_;
	my $site = site($name);
	my %all = map { ($_ => $ENV{$_}) } grep { !/^(?:PG|POSTGRES_|DB_|MIGRATE_|DATABASE_URL)/ } keys %ENV;
	my $up = Process->start([ $script, '-qfec', "stty cols $columns; exec '" . File::Spec->rel2abs($ENV{MIGRATE}) . "' upgrade head", '/dev/null' ],
		dir => $site->{dir}, env => { %all, TERM => 'xterm', NO_COLOR => 1, SHELL => '/bin/sh', MIGRATE_URL => $pg->url($name) });
	my $deadline = time + 40;
	until ($up->text('out') =~ /(?:1\.\d s.*){2}/s || time > $deadline) { select undef, undef, undef, 0.02 }
	open_gate($site);
	is($up->finish->{status}, 0, "$columns columns") or diag $up->{out};
	return decode('UTF-8', $up->{out});
}

for my $columns (80, 40) {
	my $out = shown("wide$columns", $columns);
	my @lines = $out =~ /\r([^\r\n\e]+)\e\[K/g;
	cmp_ok(scalar @lines, '>=', 2, 'a line that is written over') or diag $out;
	is(scalar(grep { length > $columns - 1 } @lines), 0, 'it never wraps') or diag join "\n", @lines;
	like($lines[-1], qr/^\d+\.\d s, 0 rows, COPY FROM, aaaa_a_/, 'with the time, what is seen of the progress, and the place');
	like($lines[-1], $columns == 40 ? qr/^.{38}…$/ : qr/_migration\.sql:8$/, 'cut where it has to be');
	unlike($out, qr/\r\e\[K\r[^\n]/, 'and is not taken away in between') or diag $out;
	like($out, qr/\r\e\[K(?:[^\r\e]|\r\n)*\z/, 'but at the end') or diag $out;
}

done_testing;
