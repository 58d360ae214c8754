package Kube;

# Kube: a Kubernetes of this script's own: one node and a control plane, from the programs of
# tests/docker/kube/build and Debian's packages. Wants Alone: everything listens on loopback and on the node's bridge,
# 10.244.0.1, where its names are answered, too. There are no Services: a name is given an address by hand.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Temp ();
use JSON::PP;
use Process;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

our @EXPORT_OK = qw(wait_until);
our $address   = '10.244.0.1';

my $root  = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $kube  = $ENV{KUBE} // ($ENV{XDG_CACHE_HOME} // "$ENV{HOME}/.cache") . '/migrate-kube';
my $owner = $$;
my $alive;

# Debian's package for each program that is not ours to build.
my %package = (
	containerd => 'containerd', ctr => 'containerd', runc => 'runc', docker => 'docker.io', etcd => 'etcd-server',
	kubectl => 'kubernetes-client', dnsmasq => 'dnsmasq-base', openssl => 'openssl', gcc => 'gcc',
);

# Why there can be none here; undef where there can. Without build, only with programs that are there.
sub missing {
	my (%option) = @_;
	return 'only root can start a kubelet' if $> != 0;
	my @lacking = grep { Process->run([ 'sh', '-c', "command -v $_" ])->{status} } sort keys %package;
	push @lacking, 'bridge' if !-x '/usr/lib/cni/bridge';
	my %wanted = map { (($package{$_} // 'containernetworking-plugins') => 1) } @lacking;
	return 'apt-get install ' . join ' ', sort keys %wanted if %wanted;
	my @programs = qw(kubelet kube-apiserver kube-controller-manager kube-scheduler kustomize helm);
	if ($option{build}) {
		my $built = Process->run([ "$root/tests/docker/kube/build", @programs ], timeout => 7200);
		return "Kubernetes does not build: $built->{err}" if $built->{status};
	}
	my @absent = grep { !-x "$kube/bin/$_" } @programs;
	return @absent ? "make kube builds what is missing: @absent" : undef;
}

sub wait_until {
	my ($seconds, $code) = @_;
	my $deadline = clock_gettime(CLOCK_MONOTONIC) + $seconds;
	while (1) {
		my $got = $code->();
		return $got if $got;
		return undef if clock_gettime(CLOCK_MONOTONIC) > $deadline;
		select undef, undef, undef, 0.3;
	}
}

sub _run {
	my (@command) = @_;
	my $done = Process->run([@command], timeout => 900);
	die "@command: $done->{err}$done->{out}" if $done->{status};
	return $done->{out};
}

sub _write {
	my ($path, $text) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return $path;
}

# With these images of the Docker engine that answers here.
sub new {
	my ($class, @images) = @_;
	my $dir  = File::Temp::tempdir('mk-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = $alive = bless { dir => $dir, daemons => [], hosts => {} }, $class;
	mkdir "$dir/$_" for qw(etc cni pki manifests kubelet podlogs volumes);
	_run('ip', 'link', 'add', 'mk0', 'type', 'bridge');
	_run('ip', 'address', 'add', "$address/24", 'dev', 'mk0');
	_run('ip', 'link', 'set', 'mk0', 'up');
	_run('mount', '--make-rshared', '/');
	$self->_containerd;
	$self->_pause;
	$self->image($_) for @images;
	$self->_control_plane;
	$self->_kubelet;
	$self->name(db => $address);
	wait_until(120, sub { $self->kubectl('get', 'nodes')->{out} =~ / Ready / }) or die 'the node does not get ready: ' . $self->log('kubelet');
	wait_until(60, sub { !$self->kubectl('get', 'serviceaccount', 'default')->{status} }) or die 'no service account';
	return $self;
}

# A daemon, until the end; its place among them.
sub _start {
	my ($self, $name, @command) = @_;
	my $daemon = Process->start([@command], timeout => 7200);
	push @{ $self->{daemons} }, $daemon;
	return $self->{named}{$name} = $daemon;
}

sub log { my ($self, $name) = @_; return substr $self->{named}{$name}->text('err'), -4000 }

sub _containerd {
	my ($self) = @_;
	my $dir    = $self->{dir};
	my $config = _write("$dir/etc/containerd.toml", <<"END");
version = 2
root = "$dir/containerd"
state = "$dir/run"
[grpc]
  address = "$dir/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "local/pause:1"
  stream_server_port = "0"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$dir/cni"
END
	_write("$dir/cni/10-bridge.conflist", <<"END");
{"cniVersion": "0.4.0", "name": "mk", "plugins": [{"type": "bridge", "bridge": "mk0", "isGateway": true, "hairpinMode": true,
 "ipam": {"type": "host-local", "dataDir": "$dir/ipam", "ranges": [[{"subnet": "10.244.0.0/24"}]],
 "routes": [{"dst": "0.0.0.0/0"}]}}]}
END
	$self->_start(containerd => 'containerd', '--config', $config);
	wait_until(60, sub { !$self->_ctr('version')->{status} }) or die 'containerd: ' . $self->log('containerd');
	return;
}

sub _ctr {
	my ($self, @args) = @_;
	return Process->run([ 'ctr', '-a', "$self->{dir}/containerd.sock", '-n', 'k8s.io', @args ], timeout => 600);
}

# What a pod's namespaces belong to.
sub _pause {
	my ($self) = @_;
	my $dir = File::Temp::tempdir('mk-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	_write("$dir/pause.c", <<'END');
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
static void stop(int s) { (void)s; _exit(0); }
static void reap(int s) { (void)s; while (waitpid(-1, 0, WNOHANG) > 0); }
int main(void) { signal(SIGTERM, stop); signal(SIGINT, stop); signal(SIGCHLD, reap); for (;;) pause(); }
END
	mkdir "$dir/root";
	_run('gcc', '-static', '-O2', '-o', "$dir/root/pause", "$dir/pause.c");
	_run('sh', '-c', 'tar -C "$0/root" -c . | docker import -c \'ENTRYPOINT ["/pause"]\' - local/pause:1', $dir);
	$self->image('local/pause:1');
	_run('docker', 'rmi', 'local/pause:1');
	return;
}

sub image {
	my ($self, $image) = @_;
	my $name = $image =~ /:/ ? $image : "$image:latest";
	my $file = "$self->{dir}/image.tar";
	_run('docker', 'save', '-o', $file, $name);
	my $got = $self->_ctr('images', 'import', $file);
	die "$name: $got->{err}" if $got->{status};
	unlink $file;
	return;
}

sub _control_plane {
	my ($self) = @_;
	my $dir = $self->{dir};
	my $etcd = 'http://127.0.0.1:2379';
	_run('openssl', 'genrsa', '-out', "$dir/pki/sa.key", '2048');
	_run('openssl', 'rsa', '-in', "$dir/pki/sa.key", '-pubout', '-out', "$dir/pki/sa.pub");
	chomp(my $token = _run('openssl', 'rand', '-hex', '16'));
	_write("$dir/pki/tokens.csv", "$token,admin,1,system:masters\n");
	$self->{config} = _write("$dir/kubeconfig", <<"END");
apiVersion: v1
kind: Config
clusters: [{name: k, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: k, context: {cluster: k, user: admin}}]
current-context: k
END
	$self->_start(etcd => 'etcd', '--data-dir', "$dir/etcd", '--unsafe-no-fsync');
	wait_until(60, sub { !Process->run([ 'sh', '-c', 'exec 3<>/dev/tcp/127.0.0.1/2379' ])->{status} || $self->log('etcd') =~ /ready to serve/ });
	$self->_start(apiserver => "$kube/bin/kube-apiserver", '--etcd-servers', $etcd, '--bind-address', '127.0.0.1',
		'--advertise-address', $address, '--cert-dir', "$dir/pki/apiserver", '--service-cluster-ip-range', '10.96.0.0/16', '--token-auth-file',
		"$dir/pki/tokens.csv", '--authorization-mode', 'Node,RBAC', '--service-account-issuer', 'https://k',
		'--service-account-key-file', "$dir/pki/sa.pub", '--service-account-signing-key-file', "$dir/pki/sa.key",
		'--endpoint-reconciler-type', 'none', '--allow-privileged', '--kubelet-preferred-address-types', 'InternalIP');
	wait_until(180, sub { !$self->kubectl('get', '--raw', '/readyz')->{status} }) or die 'kube-apiserver: ' . $self->log('apiserver');
	$self->_start(manager => "$kube/bin/kube-controller-manager", '--kubeconfig', $self->{config}, '--service-account-private-key-file',
		"$dir/pki/sa.key", '--leader-elect=false', '--bind-address', '127.0.0.1', '--node-monitor-grace-period', '16s',
		'--controllers', '*,-cloud-node-lifecycle-controller,-service-lb-controller,-node-route-controller');
	$self->_start(scheduler => "$kube/bin/kube-scheduler", '--kubeconfig', $self->{config}, '--leader-elect=false', '--bind-address', '127.0.0.1');
	return;
}

sub _kubelet {
	my ($self) = @_;
	my $dir = $self->{dir};
	_write("$dir/etc/kubelet.yaml", <<"END");
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$dir/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /mk-$$
cgroupsPerQOS: false
failSwapOn: false
oomScoreAdj: 0
failCgroupV1: false
podLogsDir: $dir/podlogs
syncFrequency: 5s
address: $address
healthzPort: 10248
makeIPTablesUtilChains: false
clusterDNS: [$address]
clusterDomain: cluster.local
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
enforceNodeAllocatable: []
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
maxPods: 60
END
	$self->{kubelet} = $self->_start(kubelet => "$kube/bin/kubelet", '--config', "$dir/etc/kubelet.yaml", '--root-dir', "$dir/kubelet", '--cert-dir',
		"$dir/pki", '--hostname-override', 'node1', '--node-ip', $address, '--kubeconfig', $self->{config});
	return;
}

# The node is gone: its kubelet says nothing more, though its containers run on.
sub vanish { my ($self) = @_; $self->{kubelet}->signal('KILL'); $self->{kubelet}->finish; return }
sub come_back { my ($self) = @_; $self->_kubelet; return }

# A name for the pods.
sub name {
	my ($self, $name, $to) = @_;
	$self->{hosts}{$name} = $to;
	if ($self->{dns}) { $self->{dns}->signal('TERM'); $self->{dns}->finish }
	$self->{dns} = $self->_start(dns => 'dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts',
		'--pid-file=', '--domain-needed', '--local=/cluster.local/', '--bind-interfaces', "--listen-address=$address", '--user=root',
		map { ("--host-record=$_.default.svc.cluster.local,$self->{hosts}{$_}") } sort keys %{ $self->{hosts} });
	return;
}

# kubectl(argument…, {stdin => text}): to its end.
sub kubectl {
	my ($self, @args) = @_;
	my %option = ref $args[-1] ? %{ pop @args } : ();
	return Process->run([ 'kubectl', '--kubeconfig', $self->{config}, @args ], timeout => 120, %option);
}

# Programs of tests/docker/kube/build.
sub helm { my ($self, @args) = @_; return Process->run([ "$kube/bin/helm", '--kubeconfig', $self->{config}, @args ], timeout => 600) }

sub apply {
	my ($self, @objects) = @_;
	my $text = join "---\n", map { ref $_ ? encode_json($_) . "\n" : $_ } @objects;
	my $got = $self->kubectl('apply', '-f', '-', { stdin => $text });
	die "kubectl apply: $got->{err}" if $got->{status};
	return;
}

# A directory with a kustomization, as it is.
sub apply_folder {
	my ($self, $folder) = @_;
	return $self->apply(_run("$kube/bin/kustomize", 'build', $folder));
}

sub get {
	my ($self, @what) = @_;
	my $got = $self->kubectl('get', @what, '-o', 'json');
	return $got->{status} ? undef : decode_json($got->{out});
}

# A PersistentVolume on this machine that any claim may have.
sub volume {
	my ($self, $name) = @_;
	mkdir "$self->{dir}/volumes/$name";
	chmod 0777, "$self->{dir}/volumes/$name";
	$self->apply({ apiVersion => 'v1', kind => 'PersistentVolume', metadata => { name => $name }, spec => {
		capacity => { storage => '10Gi' }, accessModes => ['ReadWriteOnce'], persistentVolumeReclaimPolicy => 'Delete',
		hostPath => { path => "$self->{dir}/volumes/$name" } } });
	return "$self->{dir}/volumes/$name";
}

END {
	if ($alive && $$ == $owner) {
		local $?;
		my $dir = $alive->{dir};
		$alive->kubectl('delete', 'deployment,job,pod', '--all', '--grace-period=0', '--force', '--wait=false') if $alive->{config};
		for my $daemon (reverse grep { $_ != ($alive->{named}{containerd} // 0) } @{ $alive->{daemons} }) {
			$daemon->signal('TERM');
			$daemon->finish;
		}
		my @tasks = split ' ', $alive->_ctr('task', 'ls', '-q')->{out};
		$alive->_ctr('task', 'kill', '-s', 'KILL', $_) for @tasks;
		$alive->_ctr('task', 'rm', '-f', $_) for @tasks;
		if (my $containerd = $alive->{named}{containerd}) { $containerd->signal('TERM'); $containerd->finish }
		my @mounts = map { (split)[1] } grep { (split)[1] =~ /^\Q$dir\E\// } split /\n/, do { local (@ARGV, $/) = '/proc/mounts'; <> };
		Process->run([ 'umount', '-l', $_ ]) for reverse @mounts;
	}
}

1;
