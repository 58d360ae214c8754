# manifests: docker/k8s is what Kubernetes' own types take, strictly, and says what it has to.
use strict;
use warnings;

use Cwd qw(abs_path);
use Migrate;
use Process;
use Test::More;

my $root  = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my @files = glob "$root/docker/k8s/*.yaml";
my $dir   = tempdir();
my $go    = Process->run([ 'sh', '-c', 'go version' ]);
my ($minor) = $go->{out} =~ /go1\.(\d+)/;
plan skip_all => 'no go of version 1.26 or later' if ($minor // 0) < 26;
my $fetched = Process->run([ 'go', 'mod', 'download' ], dir => "$root/tests/docker/manifests", timeout => 300);
plan skip_all => 'the Go modules of Kubernetes cannot be had' if $fetched->{status};

my $built = Process->run([ 'go', 'build', '-o', "$dir/manifests", '.' ],
	dir => "$root/tests/docker/manifests", timeout => 600);
is($built->{status}, 0, 'the checker builds') or diag $built->{err};

sub check { return Process->run([ "$dir/manifests", @_ ]) }

my $good = check(@files);
is($good->{status}, 0, 'every manifest is taken') or diag $good->{err};
is_deeply([ sort map { (split)[1] } split /\n/, $good->{out} ],
	[ qw(ConfigMap Deployment Deployment Job PersistentVolumeClaim Secret) ], 'of these kinds');

my $job = slurp("$root/docker/k8s/job.yaml");
for my $case (
	[ 'a field that nobody knows' => qr/backoffLimit/, 'backofLimit' ],
	[ 'a value of another type'   => qr/replicas: 3/,  'replicas: three' ],
	[ 'a field twice'             => qr/replicas: 3/,  "replicas: 3\n  replicas: 4" ],
) {
	my ($what, $from, $to) = @$case;
	isnt(check(write_file("$dir/broken.yaml", $job =~ s/$from/$to/r))->{status}, 0, "$what is not");
}

for my $pod (map { split /^ {2}template:$/m, slurp($_) } @files) {
	next if $pod !~ /^ {4}spec:$/m;
	like($pod, qr/runAsNonRoot: true/, 'a pod is not root');
	like($pod, qr/seccompProfile:\n\s*type: RuntimeDefault/, 'has seccomp');
	my @containers = $pod =~ /- name: \S+\n\s+image:/g;
	my @locked     = $pod =~ /securityContext: \*locked|readOnlyRootFilesystem: true/g;
	is(@locked, @containers, 'and each of its containers is locked');
}

done_testing;
