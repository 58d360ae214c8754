# roles: migrations as another role, on another search_path, with the version table elsewhere; and what
# one migration sets does not reach the next.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $pg = Cluster->new;
$pg->start;
$pg->query('CREATE ROLE owner; CREATE ROLE login LOGIN NOINHERIT; GRANT owner TO login');

my $count = 0;

sub site {
	my (@migrations) = @_;
	my $name = 'roles' . ++$count;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	my $parent = [];
	for my $is (@migrations) {
		my $id = sprintf 'r%03d', $count++;
		migration("$dir/migrations", $id, { parents => $parent, %$is });
		$parent = $id;
	}
	$pg->create_database($name);
	return { name => $name, dir => $dir, env => { MIGRATE_URL => $pg->url($name) } };
}

sub up {
	my ($site, %env) = @_;
	return run('upgrade', 'head', { dir => $site->{dir}, env => { %{ $site->{env} }, %env } });
}

subtest 'a plain owner of the database' => sub {
	for my $options ('', 'transaction:false') {
		my $site = site({ up => 'CREATE TABLE app.a (x int);', up_options => $options });
		$pg->query("CREATE SCHEMA app AUTHORIZATION owner; CREATE SCHEMA meta AUTHORIZATION login;
			ALTER DATABASE $site->{name} OWNER TO owner", $site->{name});
		my $url = $pg->url($site->{name}) =~ s/user=postgres/user=login/r;
		is(up($site, MIGRATE_URL => $url, MIGRATE_VERSION_TABLE_SCHEMA => 'meta')->{status},
			$options ? 8 : 7, 'may not do what its role may');
		my $got = up($site, MIGRATE_URL => $url, MIGRATE_VERSION_TABLE_SCHEMA => 'meta', MIGRATE_APPLY_ROLE => 'owner');
		is($got->{status}, 0, 'unless it migrates as that role') or diag $got->{err};
		is($pg->query(q{SELECT string_agg(tablename || ' ' || tableowner, ',' ORDER BY tableowner, tablename) FROM pg_tables
			WHERE schemaname IN ('app', 'meta')}, $site->{name}),
			'alembic_version login,migrate_attempt login,migrate_journal login,a owner', 'which then owns what it made, but not our tables');
	}
};

subtest 'a lock of another connection' => sub {
	my $site = site({ up => "CREATE TABLE app.a (x int);\nSET ROLE owner;\nCREATE INDEX CONCURRENTLY i ON app.a (x);\nINSERT INTO app.a VALUES (1);",
		up_options => 'transaction:false' });
	$pg->query('CREATE SCHEMA app AUTHORIZATION owner', $site->{name});
	my $got = up($site, MIGRATE_LOCK_MODE => 'transaction', MIGRATE_DIRECT_URL => $pg->url($site->{name}), MIGRATE_APPLY_ROLE => 'owner');
	is($got->{status}, 0, 'a step without transaction reads the journal as our own role') or diag $got->{err};
	is($pg->query(q{SELECT tableowner FROM pg_tables WHERE schemaname = 'app'}, $site->{name}), 'owner', 'and runs as its own');
};

subtest 'search_path and the version table\'s schema' => sub {
	my $site = site({ up => 'CREATE TABLE a (x int);', down => 'DROP TABLE a;' });
	my %env = (MIGRATE_VERSION_TABLE_SCHEMA => q{it's "meta"}, MIGRATE_APPLY_SEARCH_PATH => 'app, public');
	my $missing = up($site, %env);
	isnt($missing->{status}, 0, 'a schema that is missing');
	like($missing->{err}, qr/hint: Create its schema: CREATE SCHEMA "it's ""meta""";/, 'is named with what to do');
	$pg->query(q{CREATE SCHEMA app; CREATE SCHEMA "it's ""meta"""}, $site->{name});
	my $got = up($site, %env);
	is($got->{status}, 0, 'with names of any kind') or diag $got->{err};
	is($pg->query(q{SELECT string_agg(schemaname || '.' || tablename, ',' ORDER BY schemaname DESC, tablename) FROM pg_tables
		WHERE schemaname IN ('app', 'public', 'it''s "meta"')}, $site->{name}),
		q{it's "meta".alembic_version,it's "meta".migrate_attempt,it's "meta".migrate_journal,app.a}, 'everything is where it should be');
	is(run('downgrade', 'base', { dir => $site->{dir}, env => { %{ $site->{env} }, %env } })->{status}, 0, 'and back');
};

subtest 'what a migration sets' => sub {
	my $set = q{SET search_path = pg_catalog; SET standard_conforming_strings = off; SET lock_timeout = '9s';
		SET statement_timeout = '8s'; SET ROLE owner; SET SESSION AUTHORIZATION login;};
	my $see = q{CREATE TABLE public.seen AS SELECT current_user::text AS u, session_user::text AS s,
		current_setting('search_path') AS p, current_setting('standard_conforming_strings') AS c,
		current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS t;};
	for my $options ([ '', '' ], [ 'transaction:false', '' ], [ '', 'transaction:false' ], [ 'transaction:false', 'transaction:false' ]) {
		for my $mode (grep { "@$options" eq ' ' || $_ eq 'step' } qw(step all)) {
			my $site = site({ up => $set, up_options => $options->[0] }, { up => $see, up_options => $options->[1] });
			my $got = up($site, MIGRATE_APPLY_TRANSACTION => $mode);
			is($got->{status}, 0, "transaction = $mode, '@$options'") or diag $got->{err};
			is($pg->query('SELECT u, s, p, c, l, t FROM seen', $site->{name}),
				'postgres|postgres|"$user", public|on|2s|0', 'does not reach the next');
		}
	}
	my $own = site({ up => "SET search_path = pg_temp, public; CREATE TABLE public.x (y int);\nSET ROLE owner;\n"
		. "CREATE TABLE public.seen AS SELECT current_user::text AS u, current_setting('search_path') AS p;",
		up_options => 'transaction:false' });
	$pg->query('GRANT ALL ON SCHEMA public TO owner', $own->{name});
	my $got = up($own);
	is($got->{status}, 0, 'without transaction') or diag $got->{err};
	is($pg->query('SELECT u, p FROM seen', $own->{name}), 'owner|pg_temp, public', 'it reaches its own next statements');
};

done_testing;
