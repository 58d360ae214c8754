# notify: who is told how a boot ended: people, metrics, traces. Nobody who does not listen delays a boot
# beyond its time or fails it, and nothing secret is told.
use strict;
use warnings;

use Cluster;
use Digest::SHA qw(hmac_sha256_hex);
use Ear;
use Encode ();
use JSON::PP ();
use Migrate;
use Process;
use Test::More;
use Time::HiRes qw(time);

my ($token, $password, $secret) = ('12345:T0KEN', 'pass-w0rd-never-told', 'hmac-k3y-never-told');
my $ear = Ear->new;
my $pg  = Cluster->new(port => 1);
$pg->start;
$pg->query("CREATE ROLE bot SUPERUSER LOGIN PASSWORD '$password'");

my %telegram = (MIGRATE_TELEGRAM_TOKEN => $token, MIGRATE_TELEGRAM_CHAT => '-1001,42', MIGRATE_TELEGRAM_API => $ear->url);
my %all      = (
	%telegram,
	MIGRATE_NOTIFY_SLACK_URL        => $ear->url . '/slack/S3CRETPATH',
	MIGRATE_NOTIFY_HEALTHCHECKS_URL => $ear->url . '/ping/uu-id-S3CRET',
	MIGRATE_NOTIFY_WEBHOOK_URL      => $ear->url . '/hook?key=S3CRETKEY',
	MIGRATE_NOTIFY_WEBHOOK_SECRET   => $secret,
	MIGRATE_METRICS_PUSHGATEWAY     => $ear->url . '/push/',
	OTEL_EXPORTER_OTLP_ENDPOINT     => $ear->url . '/otlp',
	OTEL_EXPORTER_OTLP_HEADERS      => 'x-key=a%20b',
	OTEL_RESOURCE_ATTRIBUTES        => 'deployment.environment=test',
);
my $hidden = qr/\Q$password\E|T0KEN|S3CRET|\Q$secret\E/;
my $count  = 0;

# A project with two migrations of which the second fails if asked to. Nothing is applied.
sub site {
	my (%is) = @_;
	my $name = 'notify' . $count++;
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'a1', { message => 'users', up => 'CREATE TABLE u (x int);', down => 'DROP TABLE u;' });
	migration("$dir/migrations", 'b2', { message => 'добавить уведомления', parents => 'a1', down => 'SELECT 1;',
		up => $is{fails} // 'CREATE TABLE n (x int);' });
	$pg->create_database($name);
	$pg->query('CREATE TABLE precious (x int)', $name);
	$ear->forget;
	return { dir => $dir, name => $name, url => $pg->tcp_url($name, user => 'bot', password => $password) };
}

sub boot {
	my ($site, %env) = @_;
	my $began = time;
	my $got   = run('entrypoint', '--', 'echo', 'started', { dir => $site->{dir}, env => { MIGRATE_URL => $site->{url}, %env } });
	$got->{took} = time - $began;
	unlike($got->{out} . $got->{err}, $hidden, 'nothing secret is logged');
	return $got;
}

sub heard_json { my ($path) = @_; return map { JSON::PP::decode_json($_->{body}) } $ear->heard($path) }

sub nothing_secret {
	my @told = grep { JSON::PP::encode_json([ $_->{body} ]) =~ $hidden } $ear->heard;
	is_deeply(\@told, [], 'nothing secret is told');
	return;
}

subtest 'success' => sub {
	my $site = site();
	my $got  = boot($site, %all, MIGRATE_METRICS_DIRECTORY => $site->{dir});
	is($got->{out}, "started\n", 'the application starts') or diag $got->{err};
	unlike($got->{err}, qr/WARN/, 'without a warning') or diag $got->{err};
	like($got->{err}, qr/took .*: wait .*, lock .*, backup .*, apply /, 'the log has the phases');

	my @telegram = heard_json(qr{^/bot12345:T0KEN/sendMessage$});
	is(join(' ', sort map { $_->{chat_id} } @telegram), '-1001 42', 'Telegram: every chat');
	my $text = $telegram[0]{text};
	like($text, qr/^\x{2705} $site->{name}: migrated\n/, 'the outcome first');
	like($text, qr{^database: postgresql://bot:\*\*\*\@127\.0\.0\.1:\d+/$site->{name}\n}m, 'the database');
	like($text, qr/^revision: <base> \x{2192} b2\napplied: 2 of 2\ntook: \d/m, 'the revisions and the time');
	is((heard_json(qr{^/slack/}))[0]{text}, $text, 'Slack: the same');

	my @pings = map { $_->{path} } $ear->heard(qr{^/ping/});
	is("@pings", '/ping/uu-id-S3CRET/start /ping/uu-id-S3CRET', 'healthchecks: start, then success');

	my ($hook) = $ear->heard(qr{^/hook});
	is($hook->{header}{'x-migrate-signature'}, 'sha256=' . hmac_sha256_hex($hook->{body}, $secret), 'the webhook is signed');
	my $object = JSON::PP::decode_json($hook->{body});
	is_deeply([ @$object{qw(version event from to planned applied error restore)} ],
		[ 1, 'success', [], ['b2'], [ 'a1', 'b2' ], [ 'a1', 'b2' ], undef, undef ], 'and says what was done');
	is_deeply([ sort keys %{ $object->{phases} } ], [qw(apply backup lock wait)], 'the phases');
	ok($object->{backup}, 'the backup');

	my ($push) = $ear->heard(qr{^/push/});
	is("$push->{method} $push->{path}", "POST /push/metrics/job/migrate/database/$site->{name}", 'the Pushgateway');
	like($push->{body}, qr/^migrate_last_run_success\{database="$site->{name}"\} 1\n/m, 'success');
	like($push->{body}, qr/^migrate_applied_migrations\{[^}]*\} 2\n/m, 'what was applied');
	like($push->{body}, qr/^migrate_last_run_phase_duration_seconds\{database="$site->{name}",phase="backup"\} [\d.]+\n/m, 'a phase');
	like($push->{body}, qr/^migrate_backup_size_bytes\{[^}]*\} \d{3,}\n/m, 'the backup');
	like($push->{body}, qr/^migrate_revision_info\{database="$site->{name}",revision="b2"\} 1\n/m, 'the revision');
	nothing_secret();
	is(scalar $ear->heard, 8, 'nobody else is told');
};

subtest 'a trace' => sub {
	my $site = site();
	boot($site, %all, OTEL_SERVICE_NAME => 'the bot',
		TRACEPARENT => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
	my ($sent) = $ear->heard(qr{^/otlp/v1/traces$});
	is($sent->{header}{'x-key'}, 'a b', 'has the headers that are asked for');
	my ($resource) = @{ JSON::PP::decode_json($sent->{body})->{resourceSpans} };
	my %attribute = map { ($_->{key} => $_->{value}{stringValue}) } @{ $resource->{resource}{attributes} };
	is_deeply([ @attribute{qw(service.name deployment.environment)} ], [ 'the bot', 'test' ], 'the resource');
	my @spans = @{ $resource->{scopeSpans}[0]{spans} };
	is(join(', ', map { $_->{name} } @spans), 'boot, wait, lock, backup, apply, upgrade a1, upgrade b2', 'a span a phase and a migration');
	my %named = map { ($_->{name} => $_) } @spans;
	is($named{boot}{parentSpanId}, 'b7ad6b7169203331', 'goes on with the trace that is given');
	is($named{wait}{parentSpanId}, $named{boot}{spanId}, 'phases are below the boot');
	is($named{'upgrade b2'}{parentSpanId}, $named{apply}{spanId}, 'migrations below their phase');
	my %seen;
	for my $span (@spans) {
		like($span->{spanId}, qr/^[0-9a-f]{16}$/, "$span->{name}: an id") if !$seen{ $span->{spanId} }++;
		is($span->{traceId}, '0af7651916cd43dd8448eb211c80319c', 'of the trace');
		cmp_ok($span->{endTimeUnixNano}, '>=', $span->{startTimeUnixNano}, 'ends after its beginning');
		cmp_ok(abs($span->{startTimeUnixNano} / 1e9 - time), '<', 120, 'now');
		is($span->{status}{code}, 1, 'is good');
	}
	is(scalar keys %seen, scalar @spans, 'ids differ');
};

subtest 'nothing to do' => sub {
	my $site = site();
	boot($site);
	is(scalar $ear->heard, 0, 'nobody is told without settings');
	boot($site, %all);
	is(join(' ', sort map { $_->{path} =~ m{^/(\w+)} } $ear->heard), 'otlp ping push', 'people are left alone');
	$ear->forget;
	boot($site, OTEL_EXPORTER_OTLP_ENDPOINT => $ear->url, OTEL_SDK_DISABLED => 'true');
	is(scalar $ear->heard, 0, 'OTEL_SDK_DISABLED');
};

subtest 'failure' => sub {
	my $site = site(fails => "CREATE TABLE n (x int);\nSELECT 1/0; -- " . 'ы' x 3000);
	my $got  = boot($site, %all);
	is($got->{status}, 7, 'the boot fails') or diag $got->{err};
	my ($telegram) = heard_json(qr{^/bot});
	my $text = $telegram->{text};
	like($text, qr/^\x{274c} $site->{name}: migration failed\n/, 'the outcome');
	like($text, qr/^revision: <base> \x{2192} a1\napplied: 1 of 2\n/m, 'how far it got');
	like($text, qr/^error: revision b2: division by zero\nSQLSTATE: 22012\nat: \S*b2_\S*\.sql:\d+\nhint: \S/m, 'why, and where');
	like($text, qr/migrate restore --swap notify/, 'the way back');
	utf8::encode(my $bytes = $text);
	cmp_ok(length(Encode::encode('UTF-16LE', $text)) / 2, '<=', 4096, 'fits into one message');
	my ($object) = heard_json(qr{^/hook});
	is_deeply([ @$object{qw(event applied)}, $object->{error}{status}, $object->{error}{sqlstate} ], [ 'failure', ['a1'], 7, '22012' ], 'the webhook');
	like($object->{restore}, qr/^migrate restore --swap /, 'has the command alone');
	is(($ear->heard(qr{^/ping/}))[-1]{path}, '/ping/uu-id-S3CRET/fail', 'healthchecks: fail');
	my ($push) = $ear->heard(qr{^/push/});
	like($push->{body}, qr/^migrate_last_run_exit_status\{[^}]*\} 7\n/m, 'the exit status');
	like($push->{body}, qr/^migrate_pending_migrations\{[^}]*\} 1\n/m, 'what is pending');
	unlike($push->{body}, qr/migrate_last_success/, 'no success is claimed');
	my ($trace) = map { $_->{resourceSpans}[0]{scopeSpans}[0]{spans} } heard_json(qr{^/otlp});
	my %code = map { ($_->{name} => $_->{status}{code}) } @$trace;
	is_deeply(\%code, { boot => 2, wait => 1, lock => 1, backup => 1, apply => 2, 'upgrade a1' => 1, 'upgrade b2' => 2 }, 'the trace shows where');
	nothing_secret();
};

subtest 'no database' => sub {
	site();
	my $got = run('entrypoint', { dir => tempdir(), env => { %all, MIGRATE_DIRECTORY => '/nonexistent',
		MIGRATE_URL => "postgresql://bot:$password\@127.0.0.1:1/gone" } });
	is($got->{status}, 3, 'nor files');
	like((heard_json(qr{^/slack}))[0]{text}, qr/^\x{274c} gone: not started\ndatabase: \S+:1\/gone\n(?:.*\n)*error: .*nonexistent/m, 'is told all the same');
};

subtest 'who wants to know' => sub {
	for my $is ([ failure => '', 'SELECT 1/0;' ], [ success => 'SELECT 1;', '' ]) {
		my ($on, $quiet, $loud) = @$is;
		for my $sql ($on eq 'failure' ? ('SELECT 1;', 'SELECT 1/0;') : ('SELECT 1/0;', 'SELECT 1;')) {
			my $site = site(fails => $sql);
			boot($site, %telegram, MIGRATE_NOTIFY_ON => $on);
			my $expected = ($sql eq 'SELECT 1/0;') == ($on eq 'failure') ? 2 : 0;
			is(scalar $ear->heard, $expected, "on = $on, $sql");
		}
	}
};

subtest 'who does not listen' => sub {
	my %slow = (MIGRATE_NOTIFY_TIMEOUT => '1500ms');
	my $plain = boot(site())->{took};
	for my $fault (qw(500 stall cut)) {
		my $site = site();
		$ear->fault('POST /(?!slack).*', 1000, $fault);
		my $got = boot($site, %all, %slow);
		is($got->{out}, "started\n", "$fault: the application starts") or diag $got->{err};
		like($got->{err}, qr/WARN .*cannot notify (?:the )?$_: 127\.0\.0\.1:\d+: /, "$_ is named") for qw(Telegram healthchecks webhook Pushgateway OpenTelemetry);
		cmp_ok($got->{took}, '<', 1.5 + 3 * $plain + 3, 'within its time');
		is(scalar $ear->heard(qr{^/slack}), 1, 'who listens is told meanwhile');
	}
	my $site = site();
	$ear->fault('POST /bot.*', 3, '503');
	my $got = boot($site, %telegram);
	is(scalar $ear->heard(qr{^/bot}), 2, 'what may pass is tried again');
	unlike($got->{err}, qr/WARN/, 'and is nothing to worry about');
	$site = site();
	$ear->fault('POST /bot.*', 1, '403');
	$got = boot($site, %telegram);
	is(scalar(grep {/^POST/} $ear->requests), 2, 'what cannot is not');
	like($got->{err}, qr/cannot notify Telegram: .*status 403/, 'but said');
	$got = boot(site(), %telegram, MIGRATE_TELEGRAM_API => 'http://127.0.0.1:1', %slow);
	is($got->{out}, "started\n", 'nobody there');
	$got = boot(site(), %telegram, MIGRATE_TELEGRAM_TOKEN => undef);
	like($got->{err}, qr/\[telegram\] token is not set/, 'no token');
};

subtest 'a stop' => sub {
	my $site = site(fails => 'SELECT pg_sleep(60);');
	my $boot = start('entrypoint', { dir => $site->{dir}, env => { MIGRATE_URL => $site->{url}, %telegram } });
	$boot->wait_for_line(qr/-> b2/);
	my $began = time;
	$boot->signal('TERM');
	is($boot->finish->{status}, 143, 'ends the boot');
	cmp_ok(time - $began, '<', 10, 'soon');
	like((heard_json(qr{^/bot}))[0]{text}, qr/stopped by SIGTERM/, 'and is told');
};

subtest 'metrics in a file' => sub {
	my $site = site(fails => 'SELECT 1/0;');
	my %env  = (MIGRATE_METRICS_DIRECTORY => "$site->{dir}/metrics");
	mkdir "$site->{dir}/metrics";
	my $path = "$site->{dir}/metrics/migrate_$site->{name}.prom";
	boot($site, %env, MIGRATE_BOOT_TARGET => 'a1');
	my $first = slurp($path);
	like($first, qr/^migrate_last_run_success\{[^}]*\} 1\n/m, 'is written');
	is((stat $path)[2] & 0777, 0644, 'for others to read');
	my ($success) = $first =~ /^migrate_last_success_timestamp_seconds\{[^}]*\} (\d+)\n/m;
	cmp_ok(abs($success - time), '<', 120, 'a time');
	is(boot($site, %env)->{status}, 7, 'a failure');
	my $second = slurp($path);
	like($second, qr/^migrate_last_run_success\{[^}]*\} 0\n/m, 'is written');
	like($second, qr/^migrate_last_success_timestamp_seconds\{[^}]*\} $success\n/m, 'and the last success kept');
	is_deeply([ map { s{.*/}{}r } glob "$site->{dir}/metrics/{*,.m*}" ], [ $path =~ s{.*/}{}r ], 'nothing else is there');
	boot($site, %env, MIGRATE_BOOT_TARGET => 'a1');
	like(slurp($path), qr/^migrate_backup_timestamp_seconds\{/m, 'with nothing to do, the newest backup is still known');
	my $got = boot($site, MIGRATE_BOOT_TARGET => 'a1', MIGRATE_METRICS_DIRECTORY => '/nonexistent');
	is($got->{out}, "started\n", 'a directory that is not there fails no boot');
	like($got->{err}, qr/WARN .*no metrics: .*nonexistent/, 'but is said');
	SKIP: {
		my ($promtool) = grep { -x } map {"$_/promtool"} split /:/, $ENV{PATH};
		skip 'promtool is not installed', 2 if !$promtool;
		for my $text ($first, $second) {
			my $done = Process->run([ $promtool, qw(check metrics) ], stdin => $text, env => {%ENV});
			is("$done->{status}$done->{out}$done->{err}", '0', 'promtool has nothing to say');
		}
	}
};

# libcurl and the 25 libraries it brings cost a start a third of its time.
subtest 'libcurl is loaded when something is sent' => sub {
	my $site   = site();
	my $loaded = sub { my ($got) = @_; return $got->{err} =~ /calling init: \S*libcurl/ ? 1 : 0 };
	my %watch  = (LD_DEBUG => 'files');
	my %hook   = (MIGRATE_NOTIFY_WEBHOOK_URL => $ear->url . '/hook');
	is($loaded->(boot($site, %watch)), 0, 'not for a boot that tells nobody');
	is($loaded->(boot($site, %watch, %hook)), 0, 'nor for one that has nothing to tell');
	my $dir = tempdir();
	my $made = Process->run([ 'gcc', '-shared', '-x', 'c', '-o', "$dir/libcurl.so.4", '-' ], stdin => "int nothing;\n", env => {%ENV});
	is($made->{status}, 0, 'a libcurl without functions') or diag $made->{err};
	migration("$site->{dir}/migrations", 'c3', { parents => 'b2', up => 'CREATE TABLE c (x int);', down => 'DROP TABLE c;' });
	my $without = boot($site, %hook, LD_LIBRARY_PATH => $dir);
	is($without->{out}, "started\n", 'without libcurl the boot goes on');
	like($without->{err}, qr/WARN .*webhook: libcurl 7\.87 or later cannot be loaded: it has no curl_global_init/, 'and says what could not be told, and why');
	migration("$site->{dir}/migrations", 'd4', { parents => 'c3', up => 'CREATE TABLE d (x int);', down => 'DROP TABLE d;' });
	$ear->forget;
	is($loaded->(boot($site, %watch, %hook)), 1, 'for one that has something to tell');
	is(scalar(my @heard = $ear->heard), 1, 'which it does');
};

done_testing;
