# ci: what users' CI runs, docker/ci/gitlab.yml and .github/actions/migrate, step by step as their runners would, on a
# repository with names that are not ASCII; and actionlint on .github/workflows.
use strict;
use warnings;

use CPAN::Meta::YAML;
use Cluster;
use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use Migrate;
use Process;
use Test::More;

my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $pg   = Cluster->new(port => 1);
$pg->start;
our $programs = tempdir();
symlink abs_path($ENV{MIGRATE}), "$programs/migrate";
my %clean = map { ($_ => $ENV{$_}) } grep { !/^(?:PG|POSTGRES_|DB_|MIGRATE_|DATABASE_URL|GIT_)/ } keys %ENV;

sub yaml { my ($path) = @_; return CPAN::Meta::YAML->read("$root/$path")->[0] }

sub git {
	my ($dir, @what) = @_;
	my $done = Process->run([ 'git', '-C', $dir, '-c', 'user.name=x', '-c', 'user.email=x@example.org', @what ], env => { %clean, HOME => $dir });
	return $done->{status} == 0 || BAIL_OUT("git @what: $done->{err}");
}

# A shallow checkout of a branch of a repository whose main has one migration. The branch has the file that is given.
my $made = 0;
sub checkout {
	my (%added) = @_;
	my $dir = tempdir();
	mkdir "$dir/$_" for qw(main main/migrations);
	git("$dir/main", qw(init -q -b main));
	migration("$dir/main/migrations", 'a1', { name => 'a1_таблица.sql', up => 'CREATE TABLE t (x int);', down => 'DROP TABLE t;' });
	write_file("$dir/main/schema.sql", 'CREATE TABLE t (x int); CREATE TABLE u (y int);');
	write_file("$dir/main/migrate.ini", "[models]\nsource = schema.sql\n");
	git("$dir/main", qw(add .));
	git("$dir/main", qw(commit -q -m first));
	git("$dir/main", qw(checkout -q -b branch));
	migration("$dir/main/migrations", 'b2', { parents => 'a1', %added });
	git("$dir/main", qw(add .));
	git("$dir/main", qw(commit -q -m second));
	git($dir, qw(clone -q --depth=1 -b branch), "file://$dir/main", "$dir/work");
	$pg->create_database('ci' . ++$made);
	return ($dir, $pg->tcp_url("ci$made"));
}

my %good = (name => 'b2_ещё одна.sql', up => 'CREATE TABLE u (y int);', down => 'DROP TABLE u;');
my %bad  = (name => 'b2_удалить "всё".sql', up => 'DROP TABLE t;', down => 'CREATE TABLE t (x int);');

# The steps of the action, with these inputs: {status, out, err, summary, sarif, ran}. What a runner sets is in %env.
sub github {
	my ($dir, $with, %env) = @_;
	my $action = yaml('.github/actions/migrate/action.yml');
	my %value  = ('github.base_ref || github.event.repository.default_branch' => 'main', 'github.server_url' => "file://$dir",
		'github.action_repository' => 'owner/migrate', 'inputs.version || github.action_ref' => $with->{version} // 'v1.2.3');
	my $expand = sub { $_[0] =~ s/\$\{\{ (.*?) \}\}/$value{$1} \/\/ die "$1: not known here\n"/ger };
	for my $name (keys %{ $action->{inputs} }) {
		die "$name is required\n" if ($action->{inputs}{$name}{required} // '') eq 'true' && !defined $with->{$name};
		$value{"inputs.$name"} = $with->{$name} // $expand->($action->{inputs}{$name}{default} // '');
	}
	my %file = map { ($_ => write_file("$dir/$_", '')) } qw(GITHUB_OUTPUT GITHUB_STEP_SUMMARY GITHUB_PATH);
	my %all  = (status => 0, out => '', err => '', ran => '');
	mkdir "$dir/temp";
	for my $step (@{ $action->{runs}{steps} }) {
		my $if = $step->{if} // 'success()';
		$value{$_} //= '' for $if =~ /(steps\.\w+\.outputs\.\w+)/g;
		$if =~ s/success\(\)/!\$all{status}/g;
		$if =~ s/failure\(\)/\$all{status}/g;
		$if =~ s/((?:steps|inputs)[\w.]+) (==|!=) '(.*?)'/"\$value{q<$1>} " . ($2 eq '==' ? 'eq' : 'ne') . " q<$3>"/ge;
		my $holds = eval "($if)";
		die "$step->{if}: $@" if $@;
		next if !$holds;
		$all{ran} .= "$step->{name}\n";
		next if $step->{uses};
		is($step->{shell}, 'bash', "$step->{name} is for bash");
		my $script = write_file("$dir/script", $step->{run});
		my $done = Process->run([ qw(bash --noprofile --norc -eo pipefail), $script ], dir => "$dir/work", timeout => 300, env => {
			%clean, PATH => join(':', (split /\n/, slurp($file{GITHUB_PATH})), $programs, Cluster::bindir(), $ENV{PATH}), HOME => $dir, RUNNER_TEMP => "$dir/temp",
			%file, %env, map { ($_ => $expand->($step->{env}{$_})) } keys %{ $step->{env} } });
		$all{status} ||= $done->{status};
		$all{$_} .= $done->{$_} for qw(out err);
		next if !defined $step->{id};
		my %set = slurp($file{GITHUB_OUTPUT}) =~ /^(\w+)=(.*)$/mg;
		$value{"steps.$step->{id}.outputs.$_"} = $set{$_} for keys %set;
	}
	return { %all, summary => slurp($file{GITHUB_STEP_SUMMARY}), sarif => $value{'steps.lint.outputs.sarif'} };
}

# The lines of the script, as GitLab's runner gives them to one shell.
sub gitlab {
	my ($dir, %env) = @_;
	my $job = yaml('docker/ci/gitlab.yml')->{'.migrate'};
	my $script = write_file("$dir/script", join "\n", 'set -eo pipefail', @{ $job->{before_script} }, @{ $job->{script} });
	return Process->run([ qw(bash --noprofile --norc), $script ], dir => "$dir/work", timeout => 300, env => {
		%clean, %{ $job->{variables} }, PATH => "$programs:" . Cluster::bindir() . ":$ENV{PATH}", HOME => $dir, CI_MERGE_REQUEST_TARGET_BRANCH_NAME => 'main', %env });
}

sub results { my ($path) = @_; return JSON::PP::decode_json(slurp($path))->{runs}[0]{results} }

subtest 'GitHub: all is right' => sub {
	my ($dir, $database) = checkout(%good);
	my $got = github($dir, { server => $pg->tcp_url('postgres'), database => $database, sarif => 'true' });
	is($got->{status}, 0, 'passes') or diag $got->{err};
	is($got->{ran}, "Install\nLint\nCheck\nUpload the findings\n", 'by all steps');
	like($got->{err}, qr/^INFO .*1 migration checked/m, 'what was added was looked at');
	is_deeply(results($got->{sarif}), [], 'and nothing found');
	unlike($got->{out}, qr/^::/m, 'nothing is annotated');
	like($got->{summary}, qr/\A### migrate lint\n\n~~~~~~\n.*1 migration checked.*\n~~~~~~\n\z/s, 'which the summary says');
};

subtest 'GitHub: findings, and a difference' => sub {
	my ($dir, $database) = checkout(%bad);
	my $got = github($dir, { server => $pg->tcp_url('postgres'), database => $database });
	is($got->{status}, 9, 'fails');
	is($got->{ran}, "Install\nLint\nCheck\n", 'after all that was asked for');
	like($got->{out}, qr/^::warning file=migrations\/b2_удалить "всё"\.sql,.*title=drop-table/m, 'the file is annotated, by its name') or diag $got->{out};
	my ($found) = @{ results($got->{sarif}) };
	is($found->{ruleId}, 'drop-table', 'the findings are there to be uploaded');
	is($found->{locations}[0]{physicalLocation}{artifactLocation}{uri}, 'migrations/b2_%D1%83%D0%B4%D0%B0%D0%BB%D0%B8%D1%82%D1%8C%20%22%D0%B2%D1%81%D1%91%22.sql', 'with a URI');
	like($got->{summary}, qr/^### migrate lint.*drop-table.*^### migrate diff\n\n~{6}sql\nCREATE TABLE public\.t .*^~{6}$/ms, 'and both in the summary');
	my $again = github($dir, { server => $pg->tcp_url('postgres'), database => $database });
	like($again->{out}, qr/^::error .*the database is at b2 \(head\) already/m, 'a database that is not empty is left alone');
	my $without = github($dir, { server => $pg->tcp_url('postgres') });
	is($without->{ran}, "Install\nLint\n", 'no database, no comparison');
};

subtest 'GitHub: never green by mistake' => sub {
	my ($dir) = checkout(%bad);
	my $base = github($dir, { server => $pg->tcp_url('postgres'), base => 'gone' });
	isnt($base->{status}, 0, 'a base that is not there');
	my $server = github($dir, { server => 'postgresql://127.0.0.1:1/x?connect_timeout=1' }, MIGRATE_WAIT_TIMEOUT => '1s');
	is($server->{status}, 4, 'no server');
	is($server->{ran}, "Install\nLint\n", 'nor anything after it');
	git("$dir/work", qw(fetch -q --unshallow));
	is(github($dir, { server => $pg->tcp_url('postgres') })->{status}, 9, 'a checkout with its history');
	is(Process->run([ qw(git rev-parse --is-shallow-repository) ], dir => "$dir/work")->{out}, "false\n", 'keeps it');
};

# A release of one program, which says its name.
sub release {
	my ($dir, $sum) = @_;
	my $cpu  = Process->run([ 'uname', '-m' ])->{out} =~ /x86_64/ ? 'amd64' : 'arm64';
	my $name = "migrate-1.2.3-linux-$cpu";
	my $at   = "$dir/owner/migrate/releases/download/v1.2.3";
	Process->run([ 'mkdir', '-p', $at, "$dir/$name/bin" ]);
	write_file("$dir/$name/bin/migrate", "#!/bin/sh\necho released \"\$@\" >&2\n");
	chmod 0755, "$dir/$name/bin/migrate";
	Process->run([ 'tar', '-C', $dir, '-czf', "$at/$name.tar.gz", $name ]);
	write_file("$at/SHA256SUMS", ($sum // sha256_hex(slurp("$at/$name.tar.gz"))) . "  $name.tar.gz\n");
	return "file://$dir/owner/migrate";
}

subtest 'no migrate in the PATH' => sub {
	plan skip_all => 'curl is not installed' if !grep { -x "$_/curl" } split /:/, $ENV{PATH};
	plan skip_all => 'this machine has a migrate' if grep { -x "$_/migrate" } split /:/, $ENV{PATH};
	local $programs = '/nonexistent';
	my ($dir) = checkout(%good);
	my $where = release($dir);
	like(github($dir, { server => 'x' })->{err}, qr/^released -q wait$/m, 'GitHub: that of the release');
	like(gitlab($dir, MIGRATE_REPOSITORY => $where, MIGRATE_VERSION => '1.2.3')->{err}, qr/^released -q wait$/m, 'GitLab: too');
	like(github($dir, { server => 'x', version => 'main' })->{out}, qr/^::error .*'main' is not a release/m, 'a branch is none');
	release($dir, '0' x 64);
	my @bad = (github($dir, { server => 'x' }), gitlab($dir, MIGRATE_REPOSITORY => $where, MIGRATE_VERSION => '1.2.3'));
	isnt($_->{status}, 0, 'one of another sum') || unlike($_->{err}, qr/^released/m, 'is not run') for @bad;
};

subtest 'GitLab' => sub {
	my ($dir, $database) = checkout(%good);
	my %server = (MIGRATE_URL => $database, MIGRATE_REHEARSE_URL => $pg->tcp_url('postgres'));
	my $got = gitlab($dir, %server);
	is($got->{status}, 0, 'all is right') or diag $got->{err};
	like($got->{err}, qr/1 migration checked/, 'and was looked at');
	($dir, $database) = checkout(%bad);
	$server{MIGRATE_URL} = $database;
	$got = gitlab($dir, %server);
	is($got->{status}, 9, 'findings, and a difference');
	like($got->{out}, qr/drop-table/, 'are in the log');
	is(results("$dir/work/migrate.sarif")->[0]{ruleId}, 'drop-table', 'and artifacts');
	like(slurp("$dir/work/migrate-diff.sql"), qr/^CREATE TABLE .*\bt\b/m, 'both');
	isnt(gitlab($dir, %server, CI_MERGE_REQUEST_TARGET_BRANCH_NAME => 'gone')->{status}, 0, 'a target that is not there');
};

subtest 'the workflows' => sub {
	my ($minor) = Process->run([ 'sh', '-c', 'go version' ])->{out} =~ /go1\.(\d+)/;
	plan skip_all => 'no go of version 1.26 or later' if ($minor // 0) < 26;
	my $kube  = $ENV{KUBE} // ($ENV{XDG_CACHE_HOME} // "$ENV{HOME}/.cache") . '/migrate-kube';
	my $built = Process->run([ "$root/tests/docker/kube/build", 'actionlint' ], timeout => 600, env => { %ENV, KUBE => $kube });
	plan skip_all => 'actionlint cannot be had' if $built->{status} && $built->{err} =~ /proxy|dial|lookup/;
	is($built->{status}, 0, 'actionlint builds') or diag $built->{err};
	my $lint = Process->run([ "$kube/bin/actionlint", '-no-color' ], dir => $root);
	is("$lint->{status}$lint->{out}", '0', 'finds nothing') or diag $lint->{out};
	my @uses = map { slurp($_) =~ /\buses: (\S+)/g } glob "$root/.github/workflows/*.yml $root/.github/actions/*/action.yml";
	is_deeply([ grep { !m{^\./|\@[0-9a-f]{40}$} } @uses ], [], 'every action of others is pinned by its commit');
};

done_testing;
