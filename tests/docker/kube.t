# kube: docker/k8s on a real Kubernetes, as it is. make kube runs all of it, make test-docker what is not marked long.
use strict;
use warnings;

use Alone;
use Cluster;
use Docker qw(needs_docker docker $root);
use JSON::PP;
use Kube qw(wait_until);
use Migrate;
use Test::More;
use Time::HiRes qw(time);

my $long    = $ENV{KUBE_LONG};
my $missing = Kube::missing(build => $long);
if ($missing && $long) { BAIL_OUT($missing) }
plan skip_all => $missing if $missing;
needs_docker('gigabridge_bot');

my $head = '6fa0c9d4837b';
my $kube = Kube->new('gigabridge_bot');
my $pg   = Cluster->new(options => { listen_addresses => $Kube::address });
$pg->hba('local all all trust', 'host all all 10.244.0.0/24 scram-sha-256');
$pg->start;
$pg->query(q{CREATE ROLE gigabridge LOGIN PASSWORD 'kept-from-everyone'}, 'postgres');
$kube->kubectl('create', 'secret', 'generic', 'gigabridge-db', '--from-literal=password=kept-from-everyone');
my $volumes = 0;

# A new database behind the same name, and an empty volume; where that is.
sub fresh {
	my ($name) = @_;
	$name //= 'gigabridge';
	$pg->query("DROP DATABASE IF EXISTS $name WITH (FORCE)", 'postgres');
	$pg->query("CREATE DATABASE $name OWNER gigabridge", 'postgres');
	return $kube->volume('volume' . ++$volumes);
}

sub at { my ($name) = @_; return eval { $pg->query('SELECT version_num FROM alembic_version', $name // 'gigabridge') } // '' }

sub pods {
	my ($app) = @_;
	my $list = $kube->get('pods', '-l', "app=$app") // return;
	return @{ $list->{items} };
}

sub container { my ($pod, $name) = @_; return (grep { $_->{name} eq $name } @{ $pod->{status}{initContainerStatuses} // [] },
	@{ $pod->{status}{containerStatuses} // [] })[0] // {} }

# How it ended, this time or the last.
sub ended { my ($pod, $name) = @_; my $c = container($pod, $name); return $c->{state}{terminated} // $c->{lastState}{terminated} }

sub ready { my ($app, $count) = @_; return wait_until(180, sub { ($count) == grep { container($_, 'bot')->{ready} } pods($app) }) }

sub look { my ($app) = @_; return diag $kube->kubectl('describe', 'pods', '-l', "app=$app")->{out} }

sub clear {
	$kube->kubectl('delete', 'deployment,job,pod,service', '--all', '--grace-period=2');
	$kube->kubectl('delete', 'pvc,pv,configmap', '--all', '--wait=true');
	wait_until(60, sub { !pods('gigabridge-bot') && !pods('gigabridge-migrate') });
	return;
}

my $template;
subtest 'k8s/init' => sub {
	fresh();
	$kube->apply({ apiVersion => 'v1', kind => 'Service', metadata => { name => 'db' }, spec => { ports => [ { port => 5432 } ] } });
	$kube->apply_folder("$root/docker/k8s/init");
	ok(ready('gigabridge-bot', 1), 'the bot is ready') or look('gigabridge-bot');
	is(at(), $head, 'on a migrated database');
	my ($pod) = pods('gigabridge-bot');
	is(ended($pod, 'migrate')->{exitCode}, 0, 'the init container is done');
	my $env = $kube->kubectl('exec', $pod->{metadata}{name}, '-c', 'bot', '--', 'env')->{out};
	unlike($env, qr/^DB_PORT=/m, 'beside a Service named db it has no DB_PORT');
	$template = $kube->get('deployment', 'gigabridge-bot')->{spec}{template};
	clear();
};

subtest 'k8s/job' => sub {
	fresh();
	$kube->apply_folder("$root/docker/k8s/job");
	ok(ready('gigabridge-bot', 3), 'three bots, one claim') or look('gigabridge-bot');
	ok(wait_until(60, sub { ($kube->get('job', 'gigabridge-migrate') // {})->{status}{succeeded} }), 'and one Job');
	is(scalar pods('gigabridge-migrate'), 1, 'of one pod');
	is($pg->query(q{SELECT count(*) FROM migrate_attempt}, 'gigabridge'), 1, 'that migrated');
	clear();
};

subtest 'a Job that cannot succeed' => sub {
	fresh();
	$pg->query('SET ROLE gigabridge; CREATE TABLE users (in_the_way int)', 'gigabridge');
	$kube->apply_folder("$root/docker/k8s/job");
	my $failed = wait_until(180, sub { (grep { $_->{type} eq 'Failed' } @{ ($kube->get('job', 'gigabridge-migrate') // {})->{status}{conditions} // [] })[0] });
	is($failed->{reason}, 'PodFailurePolicy', 'fails by its policy') or look('gigabridge-migrate');
	my @tries = pods('gigabridge-migrate');
	is(@tries, 1, 'after one pod');
	is(ended($tries[0], 'migrate')->{exitCode}, 7, 'with 7');
	like(ended($tries[0], 'migrate')->{message}, qr/relation "users" already exists/, 'and its reason');
	like($kube->kubectl('describe', 'pod', $tries[0]{metadata}{name})->{out},
		qr/Message: +\Qrevision \E\w+: relation "users" already exists/, 'as kubectl describe shows it');
	my $waited = wait_until(120, sub { (grep { $_ } map { ended($_, 'wait') } pods('gigabridge-bot'))[0] });
	is($waited->{exitCode}, 9, 'who waits for it gives up');
	like($waited->{message}, qr/the boot that this waits for failed with status 7: .*users/, 'with the same reason');
	$pg->query('DROP TABLE users', 'gigabridge');
	$kube->kubectl('delete', 'job', 'gigabridge-migrate');
	$kube->apply_folder("$root/docker/k8s/job");
	ok(ready('gigabridge-bot', 3), 'and starts when the next Job went well') or look('gigabridge-bot');
	clear();
};

subtest 'k8s/entrypoint, and a database ahead of the files' => sub {
	fresh();
	$kube->apply_folder("$root/docker/k8s/entrypoint");
	ok(ready('gigabridge-bot', 1), 'ready') or look('gigabridge-bot');
	$pg->query(q{UPDATE alembic_version SET version_num = 'newer'}, 'gigabridge');
	$kube->kubectl('patch', 'configmap', 'gigabridge-db', '-p', '{"data":{"MIGRATE_BOOT_AHEAD":"warn"}}');
	$kube->kubectl('delete', 'pods', '-l', 'app=gigabridge-bot', '--grace-period=2');
	ok(ready('gigabridge-bot', 1), 'with MIGRATE_BOOT_AHEAD=warn the startup probe lets it live') or look('gigabridge-bot');
	is(container((pods('gigabridge-bot'))[0], 'bot')->{restartCount}, 0, 'without a restart');
	clear();
};

if (!$long) { done_testing; exit }

subtest 'the chart' => sub {
	fresh();
	my $own = tempdir();
	Process->run([ 'cp', '-r', "$root/docker/helm", $own ]);
	is($kube->helm('dependency', 'update', "$own/helm/gigabridge")->{status}, 0, 'its library');
	my $upgrade = sub {
		return $kube->helm('upgrade', '--install', 'bot', "$own/helm/gigabridge", '--wait', '--wait-for-jobs', '--timeout', '5m');
	};
	my $ready = sub { return ($kube->get('deployment', 'gigabridge-bot') // {})->{status}{readyReplicas} };
	for my $revision (1, 2) {
		my $got = $upgrade->();
		is($got->{status}, 0, "revision $revision, with --wait") or diag $got->{err}, $kube->kubectl('describe', 'pods')->{out};
		is($ready->(), 3, 'three bots');
		is_deeply([ map { $_->{metadata}{name} } @{ $kube->get('jobs')->{items} } ], ["bot-migrate-$revision"], 'its own Job, and no older one');
	}
	$pg->query(q{UPDATE alembic_version SET version_num = 'newer'}, 'gigabridge');
	my $back = $kube->helm('rollback', 'bot', '1', '--wait', '--wait-for-jobs', '--timeout', '5m');
	is($back->{status}, 0, 'a rollback beside a newer database') or diag $back->{err};
	is($kube->helm('uninstall', 'bot', '--wait')->{status}, 0, 'uninstalled');
	is($kube->get('pvc', 'gigabridge-backups')->{status}{phase}, 'Bound', 'the backups stay');
	clear();
};

# What follows changes k8s/init's pod: database, migrations, settings.
sub migrations {
	my ($name, %up) = @_;
	my $dir = tempdir();
	migration($dir, 'a1', { up => 'CREATE TABLE kept (id int);' });
	migration($dir, 'b2', { parents => 'a1', up => $up{up} });
	$kube->kubectl('delete', 'configmap', $name);
	my $made = $kube->kubectl('create', 'configmap', $name, "--from-file=$dir");
	die $made->{err} if $made->{status};
	return $name;
}

# pod(name, database, change => sub { spec, its migrate container }, env => {}, backups => directory)
sub spec {
	my ($database, %option) = @_;
	my $spec      = decode_json(encode_json($template->{spec}));
	my ($migrate) = grep { $_->{name} eq 'migrate' } @{ $spec->{initContainers} };
	my %env       = (DB_HOST => 'db', DB_NAME => $database, DB_USER => 'gigabridge', DB_PASSWORD_FILE => '/run/secrets/gigabridge/password',
		MIGRATE_WAIT_TIMEOUT => '2m', %{ $option{env} // {} });
	delete $_->{envFrom} for @{ $spec->{initContainers} }, @{ $spec->{containers} };
	$env{MIGRATE_DIRECTORY} = '/migrations' if $option{migrations};
	$_->{env} = [ map { { name => $_, value => "$env{$_}" } } sort keys %env ] for @{ $spec->{initContainers} }, @{ $spec->{containers} };
	for my $volume (grep { $_->{name} eq 'backups' } @{ $spec->{volumes} }) {
		delete $volume->{persistentVolumeClaim};
		$volume->{hostPath} = { path => $option{backups} };
	}
	if ($option{migrations}) {
		push @{ $spec->{volumes} }, { name => 'migrations', configMap => { name => $option{migrations} } };
		push @{ $migrate->{volumeMounts} }, { name => 'migrations', mountPath => '/migrations' };
	}
	$spec->{containers}[0]{command} = [qw(sleep 100000)] if $option{migrations};
	$spec->{terminationGracePeriodSeconds} = $option{grace} // 30;
	$option{change}->($spec, $migrate) if $option{change};
	return $spec;
}

sub pod {
	my ($name, $database, %option) = @_;
	$kube->apply({ apiVersion => 'v1', kind => 'Pod', metadata => { name => $name, labels => { app => $option{app} // $name } },
		spec => spec($database, %option) });
	return $name;
}

sub backups { my ($dir) = @_; return scalar(() = glob "$dir/*.json") }

sub in_step {
	my ($database) = @_;
	return wait_until(90, sub { eval { $pg->query(q{SELECT count(*) FROM pg_stat_activity WHERE datname = '} . $database
		. q{' AND state = 'active' AND query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()}, 'postgres') } });
}

subtest 'ten pods race' => sub {
	my $dir = fresh('race');
	migrations('race', up => 'SELECT 1;');
	pod('first', 'race', migrations => 'race', backups => $dir, env => { MIGRATE_BOOT_TARGET => 'a1' });
	ok(ready('first', 1), 'a database with something in it');
	migrations('race', up => 'SELECT pg_sleep(2); CREATE TABLE once (id int);');
	my $from = time;
	pod("race$_", 'race', app => 'race', migrations => 'race', backups => $dir, change => sub { $_[0]{securityContext}{runAsUser} = 5000 + $_ }) for 1 .. 10;
	ok(ready('race', 10), 'all are ready') or look('race');
	note sprintf 'in %.1f s', time - $from;
	is($pg->query(q{SELECT count(*) FROM migrate_journal WHERE revision = 'b2'}, 'race'), 1, 'one migrated');
	is(backups($dir), 1, 'after one backup');
	clear();
};

subtest 'a Job whose first try fails' => sub {
	my $dir = fresh('again');
	migrations('again', up => 'CREATE TABLE second (id int);');
	$kube->name(db => '10.244.0.250');
	my $spec = spec('again', migrations => 'again', backups => $dir, env => { MIGRATE_WAIT_TIMEOUT => '3s' });
	$spec->{containers} = delete $spec->{initContainers};
	$spec->{restartPolicy} = 'Never';
	$kube->apply({ apiVersion => 'batch/v1', kind => 'Job', metadata => { name => 'again' }, spec => { backoffLimit => 2,
		podFailurePolicy => { rules => [ { action => 'FailJob', onExitCodes => { containerName => 'migrate', operator => 'In', values => [ 2, 3, 6, 7, 8, 10, 11, 126, 127 ] } } ] },
		template => { metadata => { labels => { app => 'again' } }, spec => $spec } } });
	my $first = wait_until(90, sub { (grep { $_ } map { ended($_, 'migrate') } pods('again'))[0] });
	is($first->{exitCode}, 4, 'for a server that is away') or look('again');
	$kube->name(db => $Kube::address);
	ok(wait_until(180, sub { ($kube->get('job', 'again') // {})->{status}{succeeded} }), 'the second one does it') or look('again');
	is(at('again'), 'b2', 'to the end');
	clear();
};

subtest 'an eviction' => sub {
	my $dir = fresh('evicted');
	migrations('evicted', up => 'SELECT pg_sleep(600);');
	my $evict = sub {
		my ($name) = @_;
		my $from = time;
		my $got  = $kube->kubectl('create', '--raw', "/api/v1/namespaces/default/pods/$name/eviction", '-f', '-', { stdin => encode_json(
			{ apiVersion => 'policy/v1', kind => 'Eviction', metadata => { name => $name, namespace => 'default' } }) });
		is($got->{status}, 0, 'an eviction') or diag $got->{err};
		ok(wait_until(60, sub { !$kube->get('pod', $name) }), 'ends the pod');
		return time - $from;
	};
	pod('migrating', 'evicted', migrations => 'evicted', backups => $dir);
	ok(in_step('evicted'), 'in mid-migration') or look('migrating');
	cmp_ok($evict->('migrating'), '<', 20, 'soon');
	is(at('evicted'), 'a1', 'nothing is half done');

	$pg->query('INSERT INTO kept VALUES (1)', 'evicted');
	my $empty = $kube->volume('volume' . ++$volumes);
	my $lock  = Process->start([ $pg->bin('psql'), '-X', '-d', $pg->url('evicted'), '-c', 'BEGIN; LOCK TABLE kept; SELECT pg_sleep(300)' ], timeout => 400);
	pod('dumping', 'evicted', migrations => 'evicted', backups => $empty);
	ok(wait_until(90, sub { $pg->query(q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'}, 'postgres') }),
		'in mid-backup') or look('dumping');
	cmp_ok($evict->('dumping'), '<', 20, 'soon');
	is(join(' ', glob "$empty/* $empty/.*dump*"), '', 'nothing looks like a backup');
	$pg->query(q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'kept'::regclass}, 'evicted');
	$lock->finish;

	pod('killed', 'evicted', migrations => 'evicted', backups => $dir);
	ok(in_step('evicted'), 'one that is killed');
	$kube->kubectl('delete', 'pod', 'killed', '--grace-period=0', '--force');
	migrations('evicted', up => 'CREATE TABLE through (id int);');
	pod('next', 'evicted', migrations => 'evicted', backups => $dir);
	ok(ready('next', 1), 'the next one goes on') or look('next');
	is(at('evicted'), 'b2', 'to the end');
	clear();
};

subtest 'memory, a read-only root, any user' => sub {
	my $dir = fresh('large');
	$pg->query(q{CREATE TABLE bulk AS SELECT g, string_agg(md5(random()::text), '') AS t FROM generate_series(1, 52000) g, generate_series(1, 120) GROUP BY g;
		ALTER TABLE bulk ALTER t SET STORAGE EXTERNAL; GRANT SELECT ON bulk TO gigabridge}, 'large');
	cmp_ok($pg->query(q{SELECT pg_database_size('large')}, 'large'), '>', 200e6, '200 MB');
	migrations('large', up => 'SELECT 1;');
	pod('large', 'large', migrations => 'large', backups => $dir, change => sub {
		my ($spec, $migrate) = @_;
		$migrate->{resources} = { limits => { memory => '64Mi' }, requests => { memory => '64Mi' } };
		$spec->{securityContext}{runAsUser} = 471100;
	});
	ok(ready('large', 1), 'in 64Mi') or look('large');
	is(backups($dir), 1, 'with a backup');
	is(container((pods('large'))[0], 'migrate')->{restartCount}, 0, 'and no restart');
	clear();
};

subtest 'a proxy that starts late' => sub {
	my $image = 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2';
	plan skip_all => "there is an image $image" if !docker('image', 'inspect', $image)->{status};
	fresh();
	my $build = tempdir();
	write_file("$build/proxy.py", <<"END");
import socket, threading, time
time.sleep(6)
def copy(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
server = socket.create_server(("127.0.0.1", 5432))
while True:
    near = server.accept()[0]
    far = socket.create_connection(("$Kube::address", 5432))
    for pair in (near, far), (far, near):
        threading.Thread(target=copy, args=pair, daemon=True).start()
END
	write_file("$build/Dockerfile", qq{FROM gigabridge_bot\nCOPY proxy.py /\nENTRYPOINT ["python3", "/proxy.py"]\nCMD []\n});
	is(docker('build', '-q', '-t', $image, $build)->{status}, 0, 'a proxy');
	$kube->image($image);
	docker('rmi', $image);
	my $own = tempdir();
	Process->run([ 'cp', '-r', "$root/docker/k8s", $own ]);
	write_file("$own/kustomization.yaml", "resources: [k8s/job]\ncomponents: [k8s/proxy]\n");
	$kube->apply_folder($own);
	ok(ready('gigabridge-bot', 3), 'the bots, through it') or look('gigabridge-bot');
	ok(wait_until(60, sub { ($kube->get('job', 'gigabridge-migrate') // {})->{status}{succeeded} }), 'and the Job ends, though its proxy would not') or look('gigabridge-migrate');
	is(at(), $head, 'migrated');
	clear();
};

subtest 'service links' => sub {
	my $dir = fresh('linked');
	$kube->apply({ apiVersion => 'v1', kind => 'Service', metadata => { name => 'db' }, spec => { ports => [ { port => 5432 } ] } });
	pod('linked', 'linked', backups => $dir, change => sub { $_[0]{enableServiceLinks} = JSON::PP::true });
	ok(ready('linked', 1), 'migrate and the bot take the port of one') or look('linked');
	like($kube->kubectl('exec', 'linked', '-c', 'bot', '--', 'env')->{out}, qr{^DB_PORT=tcp://10\.96\.}m, 'which is there');
	clear();
};

subtest 'a node that vanishes' => sub {
	my $dir = fresh('vanished');
	migrations('vanished', up => 'SELECT pg_sleep(600);');
	pod('vanishing', 'vanished', migrations => 'vanished', backups => $dir);
	ok(in_step('vanished'), 'in mid-migration') or look('vanishing');
	my @cables = Process->run([ 'ip', '-o', 'link', 'show', 'master', 'mk0' ])->{out} =~ /^\d+: (veth[^\@:]+)/mg;
	$kube->vanish;
	Process->run([ 'ip', 'link', 'set', $_, 'down' ]) for @cables;
	my $from = time;
	ok(wait_until(90, sub { !$pg->query(q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}, 'vanished') }), 'without FIN or RST the lock is free') ;
	note sprintf 'after %.1f s', time - $from;
	ok(wait_until(120, sub { $kube->kubectl('get', 'nodes')->{out} =~ /NotReady/ }), 'the node is given up');
	$kube->kubectl('delete', 'pod', 'vanishing', '--grace-period=0', '--force');
	$kube->come_back;
	migrations('vanished', up => 'CREATE TABLE through (id int);');
	pod('after', 'vanished', migrations => 'vanished', backups => $dir);
	ok(ready('after', 1), 'a pod of the next node goes on') or look('after');
	is(at('vanished'), 'b2', 'to the end');
	clear();
};

done_testing;
