# reboot: compose.yaml's restart setting: up again after the host, no loop on a migration that fails.
use strict;
use warnings;

use Alone;
use Engine;
use Docker;
use Migrate;
use Test::More;

my $missing = Engine::missing();
plan skip_all => $missing if $missing;
needs_docker(qw(gigabridge_bot postgres:17));
my $engine  = Engine->new(qw(gigabridge_bot postgres:17));
my $project = checkout("$>:" . ($) + 0));
my $bot     = 'gigabridge_bot';

sub count   { my ($what) = @_; return scalar(() = logs($bot) =~ /$what/g) }
sub becomes { my ($what, $times) = @_; return wait_until(180, sub { count($what) >= $times }) }
sub state_  { return docker('inspect', '-f', '{{.State.Running}} {{.RestartCount}}', $bot)->{out} =~ s/\n\z//r }
sub reboot  { $engine->stop; $engine->start; return }
sub backups { return scalar split /\n/, docker('exec', $bot, 'sh', '-c', 'ls -d /var/lib/migrate/backups/*.json')->{out} }

my $ready = qr/gigabridge_bot: ready/;
my $up    = compose('up', '-d', '--no-build');
is($up->{status}, 0, 'compose up') or BAIL_OUT($up->{err});
ok(becomes($ready, 1), 'the bot is ready') or diag logs($bot);

reboot();
ok(becomes($ready, 2), 'and again after a reboot of the host') or diag logs($bot);

subtest 'a migration that fails' => sub {
	my $path = migration("$project/migrations", 'bad0bad0bad0', { parents => '6fa0c9d4837b', up => 'SELECT nothing FROM nowhere;' });
	my $failed = qr/ERROR .*revision bad0bad0bad0: relation "nowhere" does not exist/;
	docker('restart', $bot);
	ok(becomes(qr/waiting to be stopped/, 1), 'is held') or diag logs($bot);
	is(count($failed), 1, 'said once');
	is(state_(), 'true 0', 'the container stays, and was not started again by the engine');
	my $backups = backups();
	ok(wait_until(60, sub { docker('inspect', '-f', '{{json .State.Health.Log}}', $bot)->{out}
		=~ /the database is not at head; pending: 1 revision/ }), 'the health check says what is missing');
	reboot();
	ok(becomes(qr/waiting to be stopped/, 2), 'after a reboot it is tried once more');
	is(count($failed), 2, 'and fails');
	is(state_(), 'true 0', 'and is held again');
	is(backups(), $backups, 'with the backup that is there');
	is(count($ready), 2, 'the bot was never started');

	unlink glob "$project/migrations/bad0bad0bad0*";
	docker('restart', $bot);
	ok(becomes($ready, 3), 'once it is gone, the bot starts') or diag logs($bot);
};

subtest 'stopped by hand' => sub {
	docker('stop', $bot);
	reboot();
	is(state_(), 'false 0', 'a reboot leaves it so');
};

done_testing;
