# sheet: every command of README.ru.md, as tests/e2e/readme_ru.t runs them, inside the bot's container; what
# it makes in migrations/ belongs to the directory's owner.
use strict;
use warnings;

use Docker;
use Migrate;
use Process;
use Static qw(with_newest);
use Test::More;

needs_docker(qw(debian:trixie-slim postgres:17));
plan skip_all => 'a container gigabridge_bot is here already' if !docker('container', 'inspect', 'gigabridge_bot')->{status};
plan skip_all => 'only root can give migrations/ an owner' if $> != 0;

# Of a user that is neither the bot's nor root.
my $owner   = '4242:4243';
my $project = checkout($owner);

my $up = with_newest(sub { local $ENV{FETCH} = $_[0]; compose('up', '-d', '--build', { timeout => 3600 }) });
is($up->{status}, 0, 'compose up') or BAIL_OUT($up->{err});
ok(wait_until(300, sub { logs('gigabridge_bot') =~ /gigabridge_bot: ready/ }), 'the bot is ready') or BAIL_OUT(logs('gigabridge_bot'));

my ($client) = Process->run([ 'sh', '-c', 'command -v docker' ])->{out} =~ /(.+)/;
mkdir "$project/bin";
# Without -t: there is no terminal. A restart is over when the bot is ready; its own lines are not the sheet's.
write_file("$project/bin/docker", <<"END");
#!/bin/sh
set -eu
case "\$*" in
	'exec -it gigabridge_bot '*) shift 2; exec '$client' exec "\$@" ;;
	'restart gigabridge_bot')
		since=\$(date +%s.%N)
		'$client' restart gigabridge_bot
		for try in \$(seq 1200); do
			if '$client' logs --since "\$since" gigabridge_bot 2>&1 | grep -q ': ready\$'; then exit 0; fi
			sleep 0.1
		done
		exit 1 ;;
	'logs --tail '[0-9]' gigabridge_bot')
		'$client' logs gigabridge_bot 2>&1 | grep -v '^gigabridge_bot: ' | tail -n "\$3" ;;
	*) echo "no such docker command here: \$*" >&2; exit 125 ;;
esac
END
write_file("$project/bin/migrate", qq{#!/bin/sh\nexec '$client' exec gigabridge_bot migrate "\$@"\n});
chmod 0755, "$project/bin/$_" for qw(docker migrate);

my $sheet = Process->run([ $^X, "-I$root/tests/lib", "$root/tests/e2e/readme_ru.t" ], timeout => 1800,
	env => { %ENV, README_RU_PROJECT => $project, README_RU_DATABASE => scalar service('db') });
is($sheet->{status}, 0, 'README.ru.md in the container') or diag "$sheet->{out}\n$sheet->{err}";

my %owner = map { /^(\S+) \w+?_(add_phone_to_users|add_promo_codes|add_promo_code_expiry|merge_bonuses_and_languages)\.sql$/ ? ($2 => $1) : () }
    split /\n/, Process->run([ 'find', "$project/migrations", '-printf', '%U:%G %f\n' ])->{out};
is(keys %owner, 4, 'the sheet makes four files, two of them by --autogenerate');
is_deeply([ values %owner ], [ ($owner) x keys %owner ], 'they are their directory\'s owner\'s');

my $terminal = Process->run([ 'script', '-qec', 'docker exec -it gigabridge_bot migrate current', '/dev/null' ], timeout => 60);
like($terminal->{out}, qr/\b[0-9a-f]{12} \(head\)\r?$/m, 'docker exec -it, on a terminal');

done_testing;
