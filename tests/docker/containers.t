# containers: what a container of the bot goes through, with compose.yaml and docker/Dockerfile as they are.
use strict;
use warnings;

use Docker;
use Migrate;
use Static qw(with_newest);
use Test::More;
use Time::HiRes qw(time);

needs_docker(qw(debian:trixie-slim postgres:17));
plan skip_all => 'a container gigabridge_bot is here already' if !docker('container', 'inspect', 'gigabridge_bot')->{status};

my $bot  = 'gigabridge_bot';
my $head = '6fa0c9d4837b';
my $project = checkout("$>:" . ($) + 0));
my ($made, $db);

sub says { my ($name, $what, $seconds) = @_; return wait_until($seconds // 300, sub { logs($name) =~ $what }) }

sub ended {
	my ($name) = @_;
	wait_until(300, sub { docker('inspect', '-f', '{{.State.Running}}', $name)->{out} =~ /false/ });
	return docker('inspect', '-f', '{{.State.ExitCode}}', $name)->{out} + 0;
}

subtest 'compose up' => sub {
	my $up = with_newest(sub { local $ENV{FETCH} = $_[0]; compose('up', '-d', '--build', { timeout => 3600 }) });
	is($up->{status}, 0, 'the first start') or BAIL_OUT($up->{err});
	ok(says($bot, qr/gigabridge_bot: ready/), 'the bot is ready') or diag logs($bot);
	like(logs($bot), qr/database is at $head/, 'on a migrated database');
	is(docker('exec', $bot, 'migrate', 'current')->{out}, "$head (head)\n", 'docker exec migrate current');
	ok(wait_until(120, sub { docker('inspect', '-f', '{{.State.Health.Status}}', $bot)->{out} =~ /^healthy/ }), 'it becomes healthy');

	my $new = docker('exec', $bot, 'migrate', 'revision', '-m', 'made in the container');
	($made) = $new->{out} =~ m{(\w+_made_in_the_container\.sql)};
	ok(-s "$project/migrations/$made", 'a new migration is in migrations/');
	is(join(':', (stat "$project/migrations/$made")[ 4, 5 ]), join(':', (stat "$project/migrations")[ 4, 5 ]), 'and its owner\'s');
	write_file("$project/migrations/$made", slurp("$project/migrations/$made") =~ s/^-- migrate:up\n/$&CREATE TABLE made (id int);\n/mr
		=~ s/^-- migrate:down\n/$&DROP TABLE made;\n/mr);

	is(docker('restart', $bot)->{status}, 0, 'a restart');
	ok(says($bot, qr/backup: pg_dump 18\S* .*verified: .*Running upgrade $head -> /s), 'backs up by the bundled pg_dump, and migrates')
	    or diag logs($bot);
	ok(says($bot, qr/ready.*gigabridge_bot: ready/s), 'and the bot starts again');
	is(docker('exec', $bot, 'migrate', 'downgrade', '-1')->{status}, 0, 'back again');
	unlink "$project/migrations/$made";
	my $from = time;
	is(docker('stop', $bot)->{status}, 0, 'a stop');
	cmp_ok(time - $from, '<', 10, 'of the bot takes less than ten seconds');
};

my $network = "${mark}_default";
my @bot     = ('--network', $network, '-e', 'DB_HOST=db', '-e', 'DB_NAME=gigabridge', '-e', 'DB_USER=gigabridge',
	'-e', 'DB_PASSWORD=gigabridge-demonstration', '-e', 'MIGRATE_WAIT_TIMEOUT=4m');

sub psql {
	my ($sql, $database) = @_;
	$db //= service('db');
	return docker('exec', $db, 'psql', '-XAtq', '-U', 'gigabridge', '-d', $database // 'gigabridge', '-c', $sql)->{out} =~ s/\n\z//r;
}

# A database of its own, migrations of its own: options for container().
sub project {
	my ($database, %up) = @_;
	my $dir = tempdir();
	chmod 0755, $dir;
	psql("CREATE DATABASE $database");
	migration($dir, 'a1', { up => 'CREATE TABLE kept (id int);' });
	migration($dir, 'b2', { parents => 'a1', %up }) if %up;
	return ($dir, [ @bot, '-e', "DB_NAME=$database", '-v', "$dir:/app/migrations:ro" ]);
}

subtest 'a failed migration' => sub {
	my (undef, $options) = project('failing', up => 'SELECT nothing FROM nowhere;');
	my $name = container('failing', $options, $bot);
	is(ended($name), 7, 'its status is the container\'s');
	like(logs($name), qr/revision b2: relation "nowhere" does not exist/, 'why is in docker logs');
	unlike(logs($name), qr/gigabridge_bot:/, 'the bot was not started');
};

subtest 'docker stop in each phase' => sub {
	my ($slow, $options) = project('slow', up => 'SELECT pg_sleep(600);');
	for my $case (
		[ 'waiting'   => qr/waiting for/,     [ @$options, '-e', 'DB_HOST=nowhere.invalid' ] ],
		[ 'migrating' => qr/Running upgrade a1 -> b2/, $options ],
	) {
		my ($phase, $says, $with) = @$case;
		my $name = container("stopped-$phase", $with, $bot);
		ok(says($name, $says), $phase);
		my $from = time;
		docker('stop', $name);
		cmp_ok(time - $from, '<', 10, 'is stopped within ten seconds');
		is(ended($name), 143, 'by SIGTERM');
	}
	is(psql('SELECT version_num FROM alembic_version', 'slow'), 'a1', 'and nothing is half done');

	my $backups = tempdir();
	chmod 0777, $backups;
	docker('exec', '-d', $db, 'psql', '-XAtq', '-U', 'gigabridge', '-d', 'slow', '-c', 'BEGIN; LOCK TABLE kept; SELECT pg_sleep(600)');
	ok(wait_until(60, sub { psql(q{SELECT count(*) FROM pg_locks WHERE relation = 'kept'::regclass AND granted}, 'slow') eq '1' }),
		'a table that pg_dump has to wait for');
	my $dumping = container('stopped-dumping', [ @$options, '-v', "$backups:/var/lib/migrate/backups" ], $bot);
	ok(says($dumping, qr/backup: pg_dump 18\S* /) && wait_until(60, sub { psql(
		q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'}, 'slow') eq '1' }), 'backing up');
	my $from = time;
	docker('stop', $dumping);
	cmp_ok(time - $from, '<', 10, 'is stopped within ten seconds');
	is(ended($dumping), 143, 'by SIGTERM');
	is(join(' ', glob "$backups/* $backups/.*.dump*"), '', 'and leaves nothing that looks like a backup');
	psql(q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'kept'::regclass}, 'slow');

	my $killed = container('killed', $options, $bot);
	ok(says($killed, qr/Running upgrade a1 -> b2/), 'SIGKILL in mid-migration');
	docker('kill', $killed);
	migration($slow, 'b2', { parents => 'a1', up => 'CREATE TABLE through (id int);' });
	my $again = container('again', [ @$options, '-e', 'MIGRATE_LOCK_TIMEOUT=2m' ], $bot, 'true');
	is(ended($again), 0, 'the next start goes on') or diag logs($again);
	is(psql('SELECT version_num FROM alembic_version', 'slow'), 'b2', 'to the end');
};

subtest 'ten replicas' => sub {
	my (undef, $options) = project('many', up => 'SELECT pg_sleep(2); CREATE TABLE once (id int);');
	my @names = map { container("replica-$_", [ @$options, '--read-only', '--user', 5000 + $_, '-e',
			'MIGRATE_BACKUP_ENABLED=off' ], $bot, 'true') } 1 .. 10;
	is_deeply([ map { ended($_) } @names ], [ (0) x 10 ], 'all of them start, as any user, on a read-only root');
	is(psql(q{SELECT count(*) FROM migrate_journal WHERE revision = 'b2'}, 'many'), 1, 'and one migrates');
};

subtest 'a database that appears late' => sub {
	my $early = container('early', [ @bot, '-e', 'DB_HOST=late', '-e', 'DB_NAME=postgres', '-e', 'DB_USER=postgres',
		'-e', 'DB_PASSWORD=secret' ], $bot, 'true');
	ok(says($early, qr/waiting for/), 'the bot waits');
	wait_until(60, sub { 0 });
	container('late', [ '--network', $network, '--network-alias', 'late', '-e', 'POSTGRES_PASSWORD=secret' ], 'postgres:17');
	is(ended($early), 0, 'for a minute, and starts') or diag logs($early);
};

subtest 'servers' => sub {
	for my $major (15, 18) {
		SKIP: {
			skip "there is no image postgres:$major", 2 if docker('image', 'inspect', "postgres:$major")->{status};
			my ($dir) = project("servers$major", up => 'CREATE TABLE second (id int);');
			container("pg$major", [ '--network', $network, '--network-alias', "pg$major", '-e', 'POSTGRES_PASSWORD=secret' ], "postgres:$major");
			my @on = (@bot, '-e', "DB_HOST=pg$major", '-e', 'DB_NAME=postgres', '-e', 'DB_USER=postgres',
				'-e', 'DB_PASSWORD=secret', '-v', "$dir:/app/migrations:ro");
			my $first = container("first$major", [ @on, '-e', 'MIGRATE_BOOT_TARGET=a1' ], $bot, 'true');
			is(ended($first), 0, "a server of version $major") or diag logs($first);
			my $second = container("second$major", [@on], $bot, 'true');
			is(ended($second), 0, 'again');
			like(logs($second), qr/backup: .*verified/, 'is backed up by the bundled pg_dump');
		}
	}
};

subtest 'ten replicas by --scale' => sub {
	# A name is one container's. Compose 1 has no way to take it back in a second file.
	my $file = compose('config')->{out};
	ok($file =~ s/^ +container_name: gigabridge_bot\n//m, 'compose.yaml without the name');
	my $scaled = write_file(tempdir() . '/compose.yaml', $file);
	migration("$project/migrations", 'e5ca1ab1e000', { parents => $head,
		message => 'scaled', up => 'SELECT pg_sleep(2); CREATE TABLE scaled (id int);', down => 'DROP TABLE scaled;' });
	my $up = compose('-f', $scaled, 'up', '-d', '--scale', 'gigabridge_bot=10', 'gigabridge_bot');
	is($up->{status}, 0, 'up') or diag $up->{err};
	my @bots = service('gigabridge_bot');
	is(@bots, 10, 'ten of them');
	is(scalar(grep { says($_, qr/gigabridge_bot: ready/) } @bots), 10, 'are ready');
	is(scalar(grep { logs($_) =~ /Running upgrade \w+ -> e5ca1ab1e000/ } @bots), 1, 'after one has migrated');
	is(scalar(grep { logs($_) =~ /backup: pg_dump/ } @bots), 1, 'behind one backup');
};

subtest 'the init container\'s form' => sub {
	# Compose removes no network that somebody is in, and then no volume either.
	docker('rm', '-f', '-v', split ' ', docker('ps', '-aq', '-f', "network=$network")->{out});
	compose('down', '-v');
	my $up = with_newest(sub { local $ENV{FETCH} = $_[0]; compose('-f', 'compose.yaml', '-f', 'docker/compose.init.yaml', 'up', '-d', '--build', { timeout => 3600 }) });
	is($up->{status}, 0, 'starts') or diag $up->{err};
	ok(says($bot, qr/gigabridge_bot: ready/), 'the bot behind it');
	unlike(logs($bot), qr/\[migrate\]/, 'which does not migrate itself');
};

done_testing;
