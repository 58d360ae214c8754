# help: every command says what it does with examples that work; what is mistyped is guessed; the manual
# pages and the completions come from the same tables.
use strict;
use warnings;

use Cluster;
use Cwd qw(abs_path);
use Migrate;
use Process;
use Test::More;

my ($first, $second, $third) = qw(9b2e6a1d3c58 4c1f0d2b9a7e 7e57ab1e0001);
my $pg = Cluster->new(port => 1);
$pg->start;
my @commands = run('--help')->{out} =~ /^Commands:\n(.*?)^$/ms ? $1 =~ /^  (\w+) +\S/mg : ();
my ($all, $bin) = (tempdir(), tempdir());
symlink File::Spec->rel2abs($ENV{MIGRATE}), "$bin/migrate";
my $count = 0;

sub which { my ($program) = @_; return scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }

# A database of its own, at the first of two revisions. Returns a function that runs a line of shell there.
sub project {
	my $dir  = tempdir();
	my $name = 'help' . $count++;
	$pg->create_database($name);
	mkdir "$dir/migrations";
	migration("$dir/migrations", $first, { message => 'users', up => 'CREATE TABLE u (x int);', down => 'DROP TABLE u;' });
	migration("$dir/migrations", $second, { message => 'add notifications table', parents => $first,
		up => 'CREATE TABLE n (x int);', down => 'DROP TABLE n;' });
	my %env = (DATABASE_URL => $pg->tcp_url($name), EDITOR => 'true',
		map { ($_ => $ENV{$_}) } grep { /SAN_OPTIONS$/ || $_ eq 'LC_ALL' } keys %ENV);
	$env{PATH} = "$bin:" . Cluster::bindir() . ":/usr/bin:$ENV{PATH}";    # Debian's python3 has Alembic
	my $shell = sub {
		my ($line, %more) = @_;
		return Process->run([ 'bash', '-c', $line ], dir => $dir, env => { %env, %more });
	};
	$shell->('migrate upgrade 9b2e');
	return ($dir, $shell, $name);
}

# A schema that has more than the migrations make.
sub models {
	my ($dir, $shell) = @_;
	$shell->('migrate upgrade head');
	write_file("$dir/schema.sql", 'CREATE TABLE u (x int, phone text); CREATE TABLE n (x int);');
	return write_file("$dir/migrate.ini", "[models]\nsource = schema.sql\n");
}

# What an example takes for granted, where that is not the usual.
my %before = (
	check   => sub { $_[1]->('migrate upgrade head') },
	current => sub { $_[1]->('migrate upgrade head') },
	repair  => sub { $_[1]->('migrate upgrade head') },
	merge   => sub { migration("$_[0]/migrations", $third, { parents => $first, up => 'SELECT 1;' }) },
	resolve => sub {
		migration("$_[0]/migrations", $second, { message => 'add notifications table', parents => $first,
			up_options => 'transaction:false', up => "SELECT 1;\nSELECT 1/0;", down => 'SELECT 1;' });
		$_[1]->('migrate upgrade head');
	},
	diff     => sub { models(@_) },
	revision => sub { models(@_) },
	backup  => sub { $_[1]->('migrate backup') },
	restore => sub { $_[1]->('migrate backup') },
	init   => sub { $_[1]->('rm -r migrations') },
	import => sub {
		my ($dir, $shell, $name) = @_;
		$shell->('rm -r migrations; mkdir -p migrations db/migrations');
		write_file("$dir/db/migrations/00001_x.sql", "-- +goose Up\nCREATE TABLE g (x int);\n-- +goose Down\nDROP TABLE g;\n");
		$pg->query('DROP TABLE alembic_version, migrate_journal, migrate_attempt; CREATE TABLE goose_db_version (id serial PRIMARY KEY, version_id bigint,
			is_applied boolean, tstamp timestamp DEFAULT now()); INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, true), (1, true)', $name);
		return if !which('alembic');
		$shell->('alembic init alembic >/dev/null && sed -i "s|^sqlalchemy.url.*|sqlalchemy.url = postgresql://localhost/x|" alembic.ini &&
			alembic revision -m first');
	},
);
my %lacks = (
	'migrate import alembic' => sub { return which('alembic') ? () : 'alembic' },
	'| man -l -'             => sub { return which('man') ? () : 'man' },
);

subtest 'examples' => sub {
	cmp_ok(scalar @commands, '>', 25, 'the commands were found');
	for my $command (@commands) {
		my $help = run($command, '--help');
		is($help->{status}, 0, "$command --help");
		is(run('help', $command)->{out}, $help->{out}, 'is help ' . $command);
		my ($list) = $help->{out} =~ /^Examples:\n((?:  .*\n)+)/m;
		my @examples = map { s/^  (.*?)(?:  +.*)?$/$1/r } split /\n/, $list // '';
		cmp_ok(scalar @examples, '>=', 2, 'has two examples') or next;
		for my $line (@examples) {
			my ($missing) = map { index($line, $_) >= 0 ? $lacks{$_}->() : () } keys %lacks;
			if ($missing) { pass("$line # SKIP $missing is not installed"); next }
			my @project = project();
			$before{$command}->(@project) if $before{$command};
			my $done = $project[1]->("set -o pipefail; $line");
			is($done->{status}, 0, $line) or diag $done->{out} . $done->{err};
			unlike($done->{err}, qr/^(?:ERROR|WARN)/m, 'without a complaint');
		}
	}
};

subtest 'what is mistyped' => sub {
	my ($dir) = project();
	my %meant = (
		'upgrad head'            => 'Did you mean: migrate upgrade',
		'statsu'                 => 'Did you mean: migrate status',
		'history --grap=1'       => 'Write just --graph.',
		'history --grpah'        => 'Did you mean --graph?',
		'show 9b2e6a1d3c85'      => "Did you mean $first?",
		'show haed'              => 'Did you mean head?',
		'show notifications'     => "Did you mean $second (add notifications table)?",
		'help upgarde'           => 'Did you mean: migrate upgrade',
		'show nothing_like_this' => "Run 'migrate history'",
	);
	for my $line (sort keys %meant) {
		my $got = run(split(/ /, $line), { dir => $dir });
		like($got->{err}, qr/hint: \Q$meant{$line}\E/, $line) or diag $got->{err};
		isnt($got->{status}, 0, 'is an error all the same');
	}
};

subtest 'terminals' => sub {
	for my $columns (80, 40) {
		for my $command (@commands) {
			utf8::decode(my $text = terminal($columns, $command, '--help')->{out} =~ s/\e\[[\d;]*m//gr);
			my @long = grep { length > $columns && !/^Usage|^  |^\S+$/ } split /\n/, $text;
			is_deeply(\@long, [], "$command in $columns columns");
		}
	}
};

subtest 'manual pages' => sub {
	my %page = map { ($_ => run('help', '--man', $_)->{out}) } qw(migrate.1 migrate.ini.5 migrate-boot.7 migrate-backup.7 migrate-kubernetes.7);
	like($page{'migrate.1'}, qr/^\.SS "migrate $_\b/m, "migrate.1 has $_") for @commands;
	my @settings = map { s/-/\\-/gr } run('--help')->{out} =~ /^  (--[\w-]+) /mg;
	cmp_ok(scalar @settings, '>', 25, 'the settings were found');
	like($page{'migrate.ini.5'}, qr/\Q$_\E\.$/m, "migrate.ini.5 has $_") for @settings;
	is(run('help', '--man', 'nothing')->{status}, 2, 'there is no other');
	like($page{'migrate-backup.7'}, qr/^\.TP\n\\fBheads, pending\n\\fRthe revision the database was at/m, 'a row of a table is a tagged paragraph');
	like($page{'migrate-kubernetes.7'}, qr/^\.RS 4\n\.nf\nkubectl create .*\n(?:.*\n)*?\.fi\n\.RE\n/m, 'a block stays as it is');
	unlike($page{$_}, qr/`|\]\(|^##|\*\*/m, "$_ has no Markdown left") for grep {/\.7$/} sort keys %page;
	for my $name (sort keys %page) {
		my $file = write_file("$all/$name", $page{$name});
		SKIP: {
			skip 'groff is not installed', 1 if !which('groff');
			my $done = Process->run([ qw(groff -man -Tutf8 -ww -z -K utf8), $file ], env => {%ENV});
			is($done->{err}, '', "groff has nothing to say of $name");
		}
		SKIP: {
			skip 'mandoc is not installed', 1 if !which('mandoc');
			my $done = Process->run([ qw(mandoc -T lint -W warning), $file ], env => {%ENV});
			is(join('', grep { !/missing date|no blank before|cross reference/ } $done->{out} =~ /^(.*\n)/mg), '', 'nor has mandoc');
		}
	}
};

sub words {
	my ($dir, @words) = @_;
	return join ' ', map { s/\t.*//r } split /\n/, run('completion', 'words', '--', @words, { dir => $dir })->{out};
}

subtest 'what fits' => sub {
	my ($dir) = project();
	migration("$dir/migrations", $third, { parents => $first, labels => 'side', up => 'SELECT 1;' });
	is(words($dir, 'upg'), 'upgrade', 'a command');
	is(words($dir, ''), join(' ', @commands), 'all of them');
	is(words($dir, 'upgrade', $_->[0]), $_->[1], "upgrade $_->[0]") for [ '4c', $second ], [ 'he', 'head heads' ],
		[ '9b2e6:4c', "9b2e6:$second" ], [ 'side', 'side@head' ], [ '--dry', '--dry-run' ], [ 'zz', '' ];
	is(words($dir, qw(revision --head 7e)), $third, 'the value of an option');
	is(words($dir, 'revision', '--head=7e'), "--head=$third", 'behind an equals sign');
	is(words($dir, qw(--log-format j)), 'json', 'of a setting');
	is(words($dir, qw(--log-level=w)), '--log-level=warn', 'or so');
	is(words($dir, qw(--backup-enabled o)), 'on off', 'of a switch');
	is(words($dir, qw(help upg)), 'upgrade', 'help');
	is(words($dir, qw(import go)), 'goose golang-migrate', 'a word of the usage line');
	is(words($dir, qw(status x)), '', 'nothing where nothing may stand');
	is(words($dir, qw(entrypoint -- up)), '', 'nor in another program');
	is(words('/', '--directory', "$dir/migrations", 'show', '4c'), $second, 'flags count');
	is(words($dir, '--directory', '/nonexistent', 'show', 'he'), 'head heads', 'broken files do not matter');
};

subtest 'bash' => sub {
	my ($dir, $shell) = project();
	my $reply = sub {
		my @words = @_;
		my $list = join ' ', map {"'$_'"} 'migrate', @words;
		return join ' ', split /\n/, $shell->("eval \"\$(migrate completion bash)\"; COMP_WORDS=($list); COMP_CWORD=" . @words
			. '; _migrate; printf "%s\n" "${COMPREPLY[@]}"')->{out};
	};
	is($reply->('downg'), 'downgrade', 'a command');
	is($reply->('upgrade', '4c1'), $second, 'a revision');
	is($reply->('upgrade', '9b2e', ':', '4c'), $second, 'behind a colon');
	is($reply->('--log-format', '=', 'j'), 'json', 'behind an equals sign');
	is($reply->('--log-format', '='), 'text json', 'with nothing behind it');
	like($shell->('eval "$(migrate completion bash)"; complete -p migrate')->{out}, qr/-F _migrate migrate/, 'is set up');
};

subtest 'zsh' => sub {
	plan skip_all => 'zsh is not installed' if !which('zsh');
	my ($dir, $shell) = project();
	my $done = $shell->(q{zsh -fc 'autoload -Uz compinit && compinit -D -u; eval "$(migrate completion zsh)"; print -r -- $_comps[migrate]
		_describe() { print -rl -- "${(@P)3}" }; words=(migrate upgrade 4c); CURRENT=3; _migrate'});
	like($done->{out}, qr/^_migrate\n/, 'is set up') or diag $done->{err};
	like($done->{out}, qr/^\Q$second\E:add notifications table$/m, 'a revision and what it is');
};

subtest 'fish' => sub {
	plan skip_all => 'fish is not installed' if !which('fish');
	my ($dir, $shell) = project();
	my $fish = sub { return $shell->("fish --no-config -c 'migrate completion fish | source; complete -C \"$_[0]\"'", HOME => $dir)->{out} };
	is($fish->('migrate downg'), "downgrade\trevert revisions down to REVISION\n", 'a command');
	is($fish->('migrate show 4c'), "$second\tadd notifications table\n", 'a revision and what it is');
};

subtest 'make install' => sub {
	my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
	my ($recipe) = slurp("$root/Makefile") =~ /^install:.*\n((?:\t.*\n)+)/m;
	like($recipe, qr/help --man/, 'installs the manual pages');
	my $build = $ENV{MIGRATE_PLAIN} =~ s{/[^/]*\z}{}r;
	my $done  = Process->run([ 'make', '-s', '-C', $root, "BUILD=$build", "DESTDIR=$all/inst", '-o', 'all', 'install' ], env => {%ENV}, timeout => 120);
	is($done->{status}, 0, 'works') or diag $done->{err};
	ok(-s "$all/inst/usr/local/$_", $_) for qw(bin/migrate share/man/man1/migrate.1 share/man/man5/migrate.ini.5 share/man/man7/migrate-backup.7
		share/bash-completion/completions/migrate share/zsh/site-functions/_migrate share/fish/vendor_completions.d/migrate.fish
		share/doc/migrate/LICENSE);
	write_file("$all/inst/usr/local/bin/other", 'not ours');
	$done = Process->run([ 'make', '-s', '-C', $root, "BUILD=$build", "DESTDIR=$all/inst", 'uninstall' ], env => {%ENV}, timeout => 120);
	is($done->{status}, 0, 'make uninstall, too') or diag $done->{err};
	is(Process->run([ 'find', "$all/inst", '!', '-type', 'd' ])->{out}, "$all/inst/usr/local/bin/other\n", 'takes away all of it, and nothing else');
};

subtest 'make dist' => sub {
	plan skip_all => 'git is not installed' if !which('git');
	my $root = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
	plan skip_all => 'this is no clone' if Process->run([ 'git', '-C', $root, 'rev-parse', 'HEAD' ])->{status};
	my $dir = tempdir();
	Process->run([ 'git', 'clone', '-q', "file://$root", "$dir/clone" ]);
	my ($commit) = Process->run([ qw(git rev-parse HEAD) ], dir => "$dir/clone")->{out} =~ /(\w+)/;
	my @sums;
	for my $umask ('022', '077') {
		write_file("$dir/clone/Makefile", slurp("$dir/clone/Makefile") . "# changed\n");
		my $done = Process->run([ 'sh', '-c', "umask $umask && make -s dist DIST=../$umask BUILD=../b" ], dir => "$dir/clone", timeout => 120);
		is($done->{status}, 0, "works, umask $umask") or diag $done->{err};
		push @sums, Process->run([ 'sh', '-c', "sha256sum <$dir/$umask/migrate-*.tar.gz" ])->{out};
	}
	is($sums[0], $sums[1], 'the same bytes again');
	Process->run([ 'sh', '-c', 'tar -xzf 022/*.tar.gz && mv migrate-* tree' ], dir => $dir);
	is(slurp("$dir/tree/.commit") =~ s/\n//r, $commit, 'they know their commit, and have nothing that is not in it');
	is(Process->run([ qw(git ls-tree -r --name-only -z HEAD) ], dir => "$dir/clone")->{out} =~ tr/\0//,
		Process->run([ 'sh', '-c', 'find tree -type f ! -name .commit | wc -l' ], dir => $dir)->{out} + 0, 'but all of it');
	my $made = Process->run([ 'make', '-s', 'BUILD=b', 'b/gen/build.h' ], dir => "$dir/tree", timeout => 120);
	like(slurp("$dir/tree/b/gen/build.h"), qr/"$commit"/, 'which the program says');
};

done_testing;
