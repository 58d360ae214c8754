# masked: a secret in a statement that fails is in no log, row, file or message; nothing that is kept or
# leaves the machine has a literal of it or of the data.
use strict;
use warnings;

use Cluster;
use Ear;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;
my $ear = Ear->new;
my $secret = 'n3ver-shown';

# The statement, and a literal of it that who runs it may see, but nobody else.
my %case = (
	'role'       => "CREATE ROLE r PASSWORD '$secret' VALID UNTIL 'never-ever'",
	'no quotes'  => "ALTER ROLE bot PASSWORD $secret",
	'identifier' => "ALTER ROLE bot PASSWORD \"$secret\"",
	'do'         => "DO \$\$ BEGIN EXECUTE 'CREATE ROLE pg_r PASSWORD ''$secret'''; END \$\$",
	'do static'  => "DO \$\$ BEGIN CREATE ROLE pg_r PASSWORD '$secret'; END \$\$",
	'raised'     => "DO \$\$ BEGIN RAISE EXCEPTION 'the password is: %', '$secret'; END \$\$",
	'mapping'    => "CREATE USER MAPPING FOR bot SERVER nowhere OPTIONS (password '$secret')",
	'connection' => "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere user=x password=$secret' PUBLICATION p WITH (connect = false, slot_name = NONE, nonsense = 1)",
	'url'        => "SELECT nothing('postgresql://me:$secret\@h/d')",
	'insert'     => "INSERT INTO users (name, api_key) VALUES ('x', '$secret')",
	'cast'       => "SELECT pgp_sym_encrypt('$secret'::int, '$secret')",
	'key'        => "UPDATE users SET nonsense = 'x', secret = '$secret'",
	'constraint' => "INSERT INTO users (secret, id) VALUES ('$secret', 1)",
);
my %also = (    # who runs it sees these
	'value'  => "SELECT 'visible-data'::int",
	'unique' => "INSERT INTO users (id, name) VALUES (2, 'visible-data')",
	'inside' => "DO \$\$ BEGIN EXECUTE 'SELECT ''visible-data''::int'; END \$\$",
	'declared' => "DO \$\$ DECLARE p text := 'visible-data'; BEGIN RAISE EXCEPTION 'x %', p USING DETAIL = p; END \$\$",
	'quoted' => "DO 'DECLARE p text := ''visible-data''; BEGIN RAISE EXCEPTION ''x %'', p; END'",
	'far behind' => "DO \$\$ BEGIN /* " . '-' x 2000 . " */ EXECUTE \$a\$ DO ' BEGIN RAISE EXCEPTION ''%'', ''visible-data''; END ' \$a\$; END \$\$",
	'json'   => "SELECT '{\"a\": visible-data}'::json",
	'copy'   => "COPY users (id) FROM STDIN;\nvisible-data\n\\.\n",
	'xml'    => "SELECT xmlparse(document 'visible-data')",
);

sub site {
	my ($sql) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'a1', { up => "$sql;" =~ s/\n;$/\n/r, name => 'a1.sql' });
	write_file("$dir/log", '');
	return { dir => $dir, env => { MIGRATE_URL => $pg->url('app'), MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_ENABLED => 'off',
		MIGRATE_BOOT_TERMINATION_LOG => "$dir/log", MIGRATE_NOTIFY_WEBHOOK_URL => $ear->url . '/hook', MIGRATE_NOTIFY_SLACK_URL => $ear->url . '/slack',
		OTEL_EXPORTER_OTLP_ENDPOINT => $ear->url . '/otlp', MIGRATE_METRICS_DIRECTORY => $dir } };
}

$pg->create_database('app');
$pg->query("CREATE TABLE users (id int UNIQUE, name text UNIQUE, secret text, api_key int); INSERT INTO users VALUES (1, 'visible-data', '', 0)", 'app');

sub kept {
	my ($site) = @_;
	return join "\n", slurp("$site->{dir}/log"), $pg->query("SELECT coalesce(string_agg(error, ' '), '') FROM migrate_journal WHERE status = 'failed'", 'app'),
	    (map { $_->{body} } $ear->heard), map { slurp($_) } glob "$site->{dir}/*.prom";
}

for my $case (sort(keys %case), sort keys %also) {
	my $sql  = $case{$case} // $also{$case};
	my $site = site($sql);
	$pg->query('DROP TABLE IF EXISTS migrate_journal', 'app');
	my $heard = scalar $ear->heard;
	my $shown = '';
	for my $line ([ 'entrypoint' ], [qw(entrypoint --log-format json --log-level debug)], [qw(upgrade head --log-level debug)]) {
		my $got = run(@$line, { dir => $site->{dir}, env => $site->{env} });
		cmp_ok($got->{status}, '>', 0, "$case: @$line fails");
		$shown .= $got->{out} . $got->{err};
	}
	my $log = run('log', { dir => $site->{dir}, env => $site->{env} });
	$shown .= $log->{out} . run(qw(log --json), { dir => $site->{dir}, env => $site->{env} })->{out}
	    . join '', map { $_->{out} . $_->{err} } map { run(@$_, { dir => $site->{dir}, env => $site->{env} }) } [qw(lint --all)], [qw(lint --all --json)], [qw(rehearse)], [qw(rehearse --json)];
	my $kept = kept($site);
	cmp_ok(scalar $ear->heard, '>', $heard, 'somebody is told');
	unlike($shown, qr/\Q$secret\E/, 'no secret is shown');
	unlike($kept, qr/\Q$secret\E|never-ever|visible-data/, 'and no literal is kept or told') or diag join "\n", grep {/\Q$secret\E|never-ever|visible-data/} map { substr $_, 0, 300 } split /\n/, $kept;
	like($kept, qr/'…'/, 'but the statement is') if $case ne 'copy';
	like($shown, qr/visible-data/, 'who runs it sees it') if $also{$case};
}

subtest 'a terminal' => sub {
	plan skip_all => 'script(1) is not installed' if !grep { -x "$_/script" } split /:/, $ENV{PATH};
	my $site = site("ALTER ROLE nobody VALID UNTIL 'visible-data' PASSWORD '$secret'");
	my $got = Migrate::terminal(200, 'upgrade', 'head', { dir => $site->{dir}, env => $site->{env} });
	like($got->{out}, qr/VALID UNTIL 'visible-data' PASSWORD '…'/, 'shows the statement whole but for the secret') or diag $got->{out};
};

# A link in the termination log's place.
my $site = site('SELECT nonsense');
my $victim = write_file("$site->{dir}/victim", 'mine');
unlink "$site->{dir}/log";
symlink $victim, "$site->{dir}/log";
run('entrypoint', { dir => $site->{dir}, env => $site->{env} });
is(slurp($victim), 'mine', 'the termination log is not written through a link');

done_testing;
