# manifests: docker/k8s and docker/helm, rendered, are what Kubernetes' own description of its API takes, strictly,
# and say what they have to.
use strict;
use warnings;

use CPAN::Meta::YAML;
use Cwd qw(abs_path);
use Migrate;
use Process;
use Test::More;

my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $kube = $ENV{KUBE} // ($ENV{XDG_CACHE_HOME} // "$ENV{HOME}/.cache") . '/migrate-kube';
my $dir  = tempdir();
my ($minor) = Process->run([ 'sh', '-c', 'go version' ])->{out} =~ /go1\.(\d+)/;
plan skip_all => 'no go of version 1.26 or later' if ($minor // 0) < 26;
plan skip_all => 'the Go modules of Kubernetes cannot be had'
    if Process->run([ 'go', 'mod', 'download', 'k8s.io/kubernetes' ], dir => "$root/tests/docker/kube", timeout => 600)->{status};
my $built = Process->run([ "$root/tests/docker/kube/build", qw(kustomize kubeconform helm) ], timeout => 1800,
	env => { %ENV, KUBE => $kube });
is($built->{status}, 0, 'kustomize, kubeconform and helm build') or BAIL_OUT($built->{err});

sub tool { my ($name, @args) = @_; return Process->run([ "$kube/bin/$name", @args ], timeout => 120) }

sub check {
	return tool('kubeconform', '-strict', '-schema-location', "$kube/schemas/{{.ResourceKind}}{{.KindSuffix}}.json",
		write_file("$dir/checked.yaml", shift));
}

# The text, and the objects by their kind.
sub rendered {
	my ($what, $got) = @_;
	is($got->{status}, 0, "$what is rendered") or diag $got->{err};
	my $checked = check($got->{out});
	is($checked->{status}, 0, 'and valid') or diag $checked->{out};
	my %objects = map { ($_->{kind} => $_) } @{ CPAN::Meta::YAML->read_string($got->{out}) };
	return ($got->{out}, \%objects);
}

# A kustomization of a user's, of these parts; paths stand relative to it.
sub kustomized {
	my (%part) = @_;
	my $own = tempdir();
	Process->run([ 'cp', '-r', "$root/docker/k8s", $own ]);
	write_file("$own/kustomization.yaml", join '', map { "$_: [" . join(', ', @{ $part{$_} }) . "]\n" } sort keys %part);
	return tool('kustomize', 'build', $own);
}

# Block style, as CPAN::Meta::YAML reads it.
sub charted {
	my (@values) = @_;
	my $own = tempdir();
	Process->run([ 'cp', '-r', "$root/docker/helm", $own ]);
	my $built = tool('helm', 'dependency', 'update', "$own/helm/gigabridge");
	return $built if $built->{status};
	my $got = tool('helm', 'template', 'bot', "$own/helm/gigabridge", @values);
	return $got if $got->{status};
	write_file("$own/chart.yaml", $got->{out});
	write_file("$own/kustomization.yaml", "resources: [chart.yaml]\n");
	return tool('kustomize', 'build', $own);
}

sub pod { my ($objects, $kind) = @_; return $objects->{$kind}{spec}{template}{spec} }

sub is_locked {
	my ($what, $pod) = @_;
	is($pod->{enableServiceLinks}, 'false', "$what: no service links");
	is($pod->{automountServiceAccountToken}, 'false', 'no token');
	is($pod->{securityContext}{runAsNonRoot}, 'true', 'not root');
	is($pod->{securityContext}{seccompProfile}{type}, 'RuntimeDefault', 'seccomp');
	for my $container (@{ $pod->{initContainers} // [] }, @{ $pod->{containers} }) {
		is_deeply($container->{securityContext}, { allowPrivilegeEscalation => 'false', readOnlyRootFilesystem => 'true',
			capabilities => { drop => ['ALL'] } }, "$container->{name}: locked");
		ok($container->{resources}{requests}{memory} && $container->{resources}{limits}{memory}, 'asks for its memory');
		isnt($container->{imagePullPolicy}, 'Always', 'takes the image that is there');
	}
	return;
}

my @final = slurp("$root/cmd/README.md") =~ /^\| `\[boot\] failure` .*?\(([\d, ]+)\)/m;
my %final = map { ($_ => 1) } split /, /, $final[0];
my %kinds = (
	init       => [qw(ConfigMap Deployment PersistentVolumeClaim)],
	job        => [qw(ConfigMap Deployment Job PersistentVolumeClaim)],
	argo       => [qw(ConfigMap Deployment Job PersistentVolumeClaim)],
	entrypoint => [qw(ConfigMap Deployment PersistentVolumeClaim)],
);
my %way;

for my $way (sort keys %kinds) {
	subtest $way => sub {
		my ($text, $objects) = rendered($way, tool('kustomize', 'build', "$root/docker/k8s/$way"));
		$way{$way} = $objects;
		is_deeply([ sort keys %$objects ], $kinds{$way}, 'these kinds: no Secret, which would overwrite the user\'s');
		is_locked("the $_", pod($objects, $_)) for grep { $objects->{$_} } qw(Deployment Job);
		is($objects->{Deployment}{spec}{progressDeadlineSeconds}, 3600, 'a rollout has an hour');
		unlike($text, qr/activeDeadlineSeconds/, 'nothing ends a backup');
		unlike($text, qr/check-heads/, 'no probe asks for more than the boot does');
		unlike($text, qr/PreSync|pre-install/, 'nothing runs before what it needs is there');
		my @mount = grep { grep { $_->{persistentVolumeClaim} } @{ pod($objects, $_)->{volumes} } } grep { $objects->{$_} } qw(Deployment Job);
		is("@mount", $objects->{Job} ? 'Job' : 'Deployment', 'one object mounts the claim');
		is($objects->{Deployment}{spec}{replicas}, 1, 'with one pod') if !$objects->{Job};
		is($objects->{Deployment}{spec}{strategy}{type}, 'Recreate', 'at a time') if !$objects->{Job};
	};
}

subtest 'a Job that cannot succeed' => sub {
	my $job  = $way{job}{Job}{spec};
	my ($fail) = grep { $_->{action} eq 'FailJob' } @{ $job->{podFailurePolicy}{rules} };
	is_deeply({ map { ($_ => 1) } @{ $fail->{onExitCodes}{values} } }, \%final, 'fails with the statuses that the settings call final');
	is($fail->{onExitCodes}{containerName}, $job->{template}{spec}{containers}[0]{name}, 'of the container that migrates');
	is($job->{podFailurePolicy}{rules}[0]{action}, 'Ignore', 'a drained node comes first, and does not count');
	is($job->{template}{spec}{restartPolicy}, 'Never', 'which takes pods that are not restarted');
	is($way{job}{ConfigMap}{data}{MIGRATE_BOOT_AHEAD}, 'warn', 'old pods start beside a newer database');
};

subtest 'Argo CD' => sub {
	my %note = map { ($_ => $way{argo}{$_}{metadata}{annotations} // {}) } keys %{ $way{argo} };
	is($note{Job}{'argocd.argoproj.io/hook'}, 'Sync', 'a hook of the sync');
	is($note{$_}{'argocd.argoproj.io/sync-wave'}, -1, "$_ in the wave before") for qw(Job ConfigMap PersistentVolumeClaim);
	is($note{Deployment}{'argocd.argoproj.io/sync-wave'}, undef, 'the bot\'s');
	like($note{PersistentVolumeClaim}{'argocd.argoproj.io/sync-options'}, qr/Delete=false/, 'the backups stay');
};

subtest 'the startup probe' => sub {
	my $probe = pod($way{entrypoint}, 'Deployment')->{containers}[0]{startupProbe};
	is_deeply($probe->{exec}{command}, [qw(migrate --quiet current --check-boot)], 'asks what the boot asks');
	cmp_ok($probe->{periodSeconds} * $probe->{failureThreshold}, '>=', 3600, 'for an hour');
	ok(!pod($way{$_}, 'Deployment')->{containers}[0]{startupProbe}, "none in $_") for qw(init job);
};

subtest 'a proxy' => sub {
	for my $way (qw(init job entrypoint)) {
		my (undef, $objects) = rendered("proxy with $way", kustomized(resources => ["k8s/$way"], components => ['k8s/proxy']));
		for my $kind (grep { $objects->{$_} } qw(Deployment Job)) {
			my $first = pod($objects, $kind)->{initContainers}[0];
			is("$first->{name} $first->{restartPolicy}", 'proxy Always', "starts first and stays, in the $kind");
			is_locked($kind, pod($objects, $kind));
		}
		is($objects->{ConfigMap}{data}{DB_HOST}, '127.0.0.1', 'and is asked');
	}
};

subtest 'the chart' => sub {
	my (undef, $job) = rendered('way=job', charted('--set', 'way=job'));
	is_deeply([ sort keys %$job ], $kinds{job}, 'has the same kinds');
	is($job->{Job}{metadata}{name}, 'bot-migrate-1', 'a Job for each revision');
	is($job->{Job}{metadata}{annotations}, undef, 'no hook');
	is($job->{PersistentVolumeClaim}{metadata}{annotations}{'helm.sh/resource-policy'}, 'keep', 'the backups stay');
	is_deeply($job->{Job}{spec}{podFailurePolicy}, $way{job}{Job}{spec}{podFailurePolicy}, 'fails as k8s/job does');
	is_deeply($job->{ConfigMap}{data}, $way{job}{ConfigMap}{data}, 'the same configuration');
	my (undef, $init) = rendered('way=init', charted('--set', 'way=init,replicas=1'));
	for ([ $job, 'Job', 'job', 'containers' ], [ $job, 'Deployment', 'job', 'initContainers' ], [ $init, 'Deployment', 'init', 'initContainers' ]) {
		my ($objects, $kind, $way, $list) = @$_;
		my ($ours, $theirs) = map { pod($_, $kind)->{$list}[0] } $objects, $way{$way};
		is_deeply($ours->{$_}, $theirs->{$_}, "$way, $kind: the same $_") for qw(name command env envFrom securityContext);
		is_locked("$way, $kind", pod($objects, $kind));
	}
	my $many = charted('--set', 'way=init,replicas=3');
	isnt($many->{status}, 0, 'several that migrate and one claim are refused');
	like($many->{err}, qr/ReadWriteMany.*use way: job/, 'with what to do');
	like(charted('--set', 'migrate.image=')->{err}, qr/migrate\.image: the application's own/, 'an image has to be named');
};

subtest 'the checker' => sub {
	my $job = slurp("$root/docker/k8s/job/job.yaml");
	for my $case (
		[ 'a field that nobody knows' => qr/backoffLimit/, 'backofLimit' ],
		[ 'a value of another type'   => qr/backoffLimit: 2/, 'backoffLimit: two' ],
		[ 'a field twice'             => qr/backoffLimit: 2/, "backoffLimit: 2\n  backoffLimit: 3" ],
		[ 'a field that is missing'   => qr/ +containerName: migrate\n +operator: In\n/, '' ],
	) {
		my ($what, $from, $to) = @$case;
		isnt(check($job =~ s/$from/$to/r)->{status}, 0, "does not take $what");
	}
};

subtest 'without Kubernetes' => sub {
	like(slurp("$root/docker/Dockerfile"), qr/^HEALTHCHECK .*\\\n *CMD \["migrate", "-q", "current", "--check-boot"\]/m, 'the health check asks the same');
	my ($bot) = slurp("$root/compose.yaml") =~ /^  gigabridge_bot:\n(.*?)(?=^\S)/ms;
	like($bot, qr/^    restart: unless-stopped$/m, 'Compose starts the bot after a reboot');
	like($bot, qr/^      MIGRATE_BOOT_FAILURE: hold$/m, 'and tries a failing migration once');
};

done_testing;
