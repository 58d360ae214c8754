# readme_ru: every command of README.ru.md, in its order, on one database with the demonstration's
# migrations; what the sheet says a command prints is what it prints.
#
# - ```bash blocks are run by sh as they stand. `docker` is a script of this test, see docker(): the
#   bot's container is $MIGRATE in a copy of migrations/, /var/lib/migrate/backups a directory of the
#   test. A line that begins with # is a comment.
# - The ```text block right behind it holds all that the commands print, stdout and stderr, as on a
#   terminal. Which of the two comes first is not compared. No ```text block: they print nothing.
# - In it, … stands for some characters of its line; alone on a line, for some lines.
# - <name_id> stands for a revision's id, <backup> for a file's name without its extension; any other
#   word in angle brackets (<base>) for itself. Where one is met first it takes its value, and has it
#   from there on, in commands as well. A block with `migrate revision` or `migrate merge` makes new
#   files: what is behind it takes new values.
# - A command whose text has an ERROR ends with the status that the last «код N» (or «Код N») before
#   it names; any other with 0.
# - A ```sql block with `-- migrate:up` is written into the file that was made last, from there to its
#   end, unless the program wrote that itself and so it stands there already; another one is run in the
#   database.
# - The class of a ```python block goes into the bot's database/models.py.
# - What a section takes for granted, such as a colleague's file, is done by %before its blocks.
#
# tests/docker/sheet.t runs it a second time, in the bot's container: $README_RU_PROJECT is the directory
# with compose.yaml, its `docker` and `migrate` are bin/.
use strict;
use warnings;
use utf8;

use Cluster;
use Cwd        qw(abs_path);
use File::Copy qw(copy);
use Migrate;
use Process;
use Test::More;

binmode $_, ':encoding(UTF-8)'
	for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $root    = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my $sheet   = $ENV{README_RU} // "$root/README.ru.md";
my $inside  = '/var/lib/migrate/backups';
my $project = $ENV{README_RU_PROJECT};
my $work    = $project // tempdir();
my $files   = "$work/migrations";
my $backups = "$work/backups";
my $models  = $project ? "$work/docker/bot/database/models.py" : "$work/database/models.py";
my $pg      = $project ? do { require Docker; Docker::Server->new($ENV{README_RU_DATABASE}) } : Cluster->new(port => 1);
my (%is, $made, $written);

# Blocks: {section, kind, line, text, output, code}. The text under a bash block is its output.
sub blocks {
	my ($markdown) = @_;
	my ($section, $code, $open, @blocks) = ('');
	my $line = 0;
	for (split /\n/, $markdown) {
		$line++;
		if ($open) {
			if (/^\s*```\s*$/) {
				undef $open;
				next;
			}
			my $text = s/^\Q$open->{indent}\E//r;
			$open->{text} .= "$text\n";
		} elsif (/^(\s*)```(\w*)\s*$/) {
			$open = { section => $section, kind => $2, line => $line, text => '', indent => $1,
				code => $code, ends => 0 };
			my $last = $blocks[-1];
			if ($2 eq 'text' && $last && $last->{kind} eq 'bash' && $last->{next} == $line) {
				$last->{output} = $open;
			} else {
				push @blocks, $open;
			}
		} elsif (/^#+ (.*)/) {
			($section, $code) = ($1, 0);
		} else {
			$code = $_ for /\bкод (\d+)/gi;
		}
		$blocks[-1]{next} = $line + 2 if $open && @blocks && $open == $blocks[-1];
	}
	return @blocks;
}

# The sheet's text as a pattern. New names are collected in @$names, in the order of their groups.
sub pattern {
	my ($text, $names) = @_;
	my %group;
	my $pattern = join '', map { $_ eq "…\n" ? '(?:.*\n)+' : line_pattern($_, $names, \%group) }
	    $text =~ /.*\n/g;
	return qr/\A$pattern\z/;
}

sub line_pattern {
	my ($line, $names, $group) = @_;
	my $pattern = '';
	for my $piece (split /(…|<\w+_id>|<backup>)/, $line) {
		my ($name) = $piece =~ /^<(\w+_id|backup)>$/;
		if (!defined $name) {
			$pattern .= $piece eq '…' ? '.+' : quotemeta $piece;
		} elsif (defined $is{$name}) {
			$pattern .= quotemeta $is{$name};
		} elsif ($group->{$name}) {
			$pattern .= "\\g{$group->{$name}}";
		} else {
			push @$names, $name;
			$group->{$name} = @$names;
			$pattern .= $name eq 'backup' ? '([\w-]+)' : '([0-9a-f]{12})';
		}
	}
	return $pattern;
}

# Does one of the texts say what the sheet says? Then the names that were new have values.
sub prints {
	my ($expected, @texts) = @_;
	my $pattern = pattern($expected, \my @names);
	for my $text (@texts) {
		my @values = $text =~ $pattern or next;
		@is{@names} = @values if @names;
		return 1;
	}
	return 0;
}

subtest 'the rule itself' => sub {
	ok(prints("a … c\n", "a b c\n"), '… is some characters');
	ok(!prints("a …\nc\n", "a b\nx\nc\n"), 'of one line');
	ok(!prints("a…\n", "a\n"), 'and at least one');
	ok(prints("a\n…\nd\n", "a\nb\nc\nd\n"), 'alone it is some lines');
	ok(!prints("a\n", "a\nb\n") && !prints("a\nb\n", "a\n"), 'nothing may be missing');
	ok(!prints("<x_id> <x_id>\n", "0123456789ab 0123456789ac\n"), 'a name has one value');
	ok(prints("<x_id> <base>\n", "0123456789ab <base>\n"), 'and keeps it');
	ok(!prints("<x_id>\n", "0123456789ac\n") && prints("<x_id>\n", "0123456789ab\n"), 'from block to block');
	my @found = blocks("# A\nкод 7\n```bash\nx\n```\n```text\ny\n```\n```bash\nz\n```\n\n```text\ny\n```\n");
	is_deeply([ map {"$_->{kind} $_->{code}"} @found ], [ 'bash 7', 'bash 7', 'text 7' ], 'blocks');
	is($found[0]{output}{text}, "y\n", 'output right behind its command');
	ok(!$found[1]{output}, 'and nowhere else');
	%is = ();
};

# docker exec: the rest is run here, where `migrate` is the program under test and the container's
# backups are the test's. docker restart: the container's start. docker logs: what that printed.
# docker compose exec -T db: a client program of the test's server.
sub docker {
	mkdir "$work/$_" for qw(bin migrations backups);
	symlink abs_path($ENV{MIGRATE}), "$work/bin/migrate" or die "symlink: $!";
	write_file("$work/bin/docker", <<"END");
#!/bin/sh
set -eu
args() { n=\$#; while [ \$n -gt 0 ]; do
	set -- "\$@" "\$(printf %s "\$1" | sed 's|^$inside|$backups|')"; shift; n=\$((n - 1)); done; exec "\$@"; }
case "\$*" in
	'exec -it gigabridge_bot '*) shift 3; args "\$@" ;;
	'exec gigabridge_bot '*) shift 2; args "\$@" ;;
	'compose exec -T db '*) shift 4; exec "\$@" ;;
	'restart gigabridge_bot') migrate entrypoint -- true >$work/log 2>&1 || :; echo gigabridge_bot ;;
	'logs --tail '[0-9]' gigabridge_bot') tail -n "\$3" $work/log ;;
	*) echo "no such docker command here: \$*" >&2; exit 125 ;;
esac
END
	chmod 0755, "$work/bin/docker";
	copy($_, $files) or die "$_: $!" for glob "$root/migrations/*";
	mkdir "$work/database";
	copy($_, "$work/database") or die "$_: $!" for glob "$root/docker/bot/database/*.py";
	return;
}

sub sh {
	my ($command) = @_;
	my %env = map { ($_ => $ENV{$_}) } grep { !/^(?:PG|POSTGRES_|DB_|MIGRATE_|DATABASE_URL$)/ } keys %ENV;
	%env = (%env, $pg->env('gigabridge'),
		PATH => join(':', "$work/bin", Cluster::bindir(), $ENV{PATH}),
		DATABASE_URL => $pg->tcp_url('gigabridge'),
		MIGRATE_BACKUP_DIRECTORY => $backups,
		MIGRATE_MODELS_PYTHON => '/usr/bin/python3');
	utf8::encode($command);
	my $done = Process->run([ 'sh', '-c', $command ], dir => $work, env => \%env);
	for my $stream (qw(out err)) {
		utf8::decode($done->{$stream});
		$done->{$stream} =~ s/\Q$backups\E/$inside/g;
	}
	return $done;
}

sub quietly {
	my ($command) = @_;
	my $done = sh($command);
	die "$command\n$done->{err}" if $done->{status};
	return $done->{out};
}

sub head { return quietly('migrate heads') =~ s/ .*\n//sr }

sub edit_models {
	my ($edit) = @_;
	local $_ = slurp($models);
	$edit->();
	write_file($models, $_);
	return;
}

my ($column) = slurp($sheet) =~ /`(phone = Column\([^`]*\))`/ or die "$sheet does not add the column to the model\n";
my ($stashed, $edited);
my %before = (
	'Применить' => { 1 => sub { edit_models(sub { s/(    username = )/    $column\n$1/ }) } },
	'Откатить' => { 2 => sub { $is{revision_id} = 'b83e5f17c2d0' } },
	'Полный цикл' => { 3 => sub { quietly('migrate -q downgrade -1') } },
	'Target database is not up to date' => { 1 => sub {
		migration($files, '5e0d3b7a91c4', { parents => head(), message => 'add referral bonuses',
			up => 'CREATE TABLE bonuses (id int);', down => 'DROP TABLE bonuses;' });
	} },
	q{Can't locate revision identified by} => {
		1 => sub { ($stashed) = glob "$files/5e0d3b7a91c4_*"; rename $stashed, "$work/stashed" or die $! },
		2 => sub { rename "$work/stashed", $stashed or die $! },
	},
	'Multiple head revisions' => { 1 => sub {
		my ($parent) = quietly('migrate show 5e0d3b7a91c4') =~ /^Parent: (\w+)/m;
		migration($files, '8a41c6f0d7e2', { parents => $parent, message => 'add languages',
			up => 'CREATE TABLE languages (id int);', down => 'DROP TABLE languages;' });
	} },
	'Применённую миграцию исправили' => {
		1 => sub {
			migration($files, 'f6d28b0e7391', { parents => head(), message => 'add bonus limit',
				up => 'ALTER TABLE bonuses ADD amount int;', down => 'ALTER TABLE bonuses DROP amount;' });
			$edited = slurp($stashed);
			write_file($stashed, $edited =~ s/id int/id bigint/r);
		},
		2 => sub { write_file($stashed, $edited) },
	},
	'Миграция упала' => {
		1 => sub {
			$made = migration($files, 'c3f19e7d5a20', { parents => head(), message => 'add user notes',
				up => 'ALTER TABLE user_s ADD COLUMN notes text;', down => 'ALTER TABLE users DROP notes;' });
		},
		2 => sub { write_file($made, slurp($made) =~ s/user_s/users/r) },
	},
	'Миграция остановилась на полпути' => { 1 => sub {
		migration($files, 'd07b52e81f6c', { parents => head(), message => 'index users', up =>
			"CREATE INDEX CONCURRENTLY ix_users_last_seen_at ON users (last_seen_at);\n"
			. "CREATE UNIQUE INDEX CONCURRENTLY ix_users_phone ON users (phone);\n" });
		$pg->query(q{INSERT INTO users (tg_id, phone) VALUES (8, '+79990000000'), (9, '+79990000000')},
			'gigabridge');
	} },
	'Бэкапы' => { 1 => sub { $is{revision_id} = head() } },
);

sub run_commands {
	my ($block) = @_;
	my $where = "line $block->{line}";
	%is = () if $block->{text} =~ /\bmigrate (?:revision|merge)\b/;
	my @commands = grep { !/^\s*#/ && /\S/ } split /(?<![|\\])\n/, $block->{text};
	my ($out, $err, $status) = ('', '', 0);
	my $both = '';
	for my $command (@commands) {
		my @unknown;
		$command =~ s/<(\w+_id|backup)>/$is{$1} \/\/ (push(@unknown, $1), '')/ge;
		is("@unknown", '', "$where: every name has its value");
		my $done = sh($command);
		$status ||= $done->{status};
		$both .= $done->{err} . $done->{out};
		$out  .= $done->{out} . $done->{err};
		($made) = "$files/$1" if $done->{out} =~ m{^  Generating \S+/(\S+) \.\.\.  done$}m;
		$written = $command =~ / --autogenerate / if $command =~ /\bmigrate revision\b/;
	}
	my $expected = $block->{output} ? $block->{output}{text} : '';
	my $known    = join ', ', map {"$_ = $is{$_}"} sort keys %is;
	ok(prints($expected, $both, $out), "$where: prints what the sheet says")
		or diag "$block->{text}--- the sheet says ($known):\n$expected--- it prints:\n$both";
	is($status, $expected =~ /^ERROR /m ? $block->{code} : 0, "$where: status $status");
	ok($status != 0, "$where: the sheet names the status") if $expected =~ /^ERROR /m;
	return;
}

sub run_sql {
	my ($block) = @_;
	if ($block->{text} !~ /^-- migrate:up/) {
		my ($status, undef, $err) = $pg->psql($block->{text}, 'gigabridge', '-v', 'ON_ERROR_STOP=1');
		return is($status, 0, "line $block->{line}: psql runs it") || diag $err;
	}
	my $text = $block->{text};
	utf8::encode($text);
	return is(slurp($made) =~ s/.*?^(?=-- migrate:up)//msr, $text, "line $block->{line}: is what was written")
	    if $written;
	ok(defined $made && write_file($made, slurp($made) =~ s/^-- migrate:up.*/$text/msr),
		"line $block->{line}: is written into the file that was made");
	return;
}

if (!$project) {
	$pg->start;
	$pg->create_database('gigabridge');
	docker();
}
is(sh('docker restart gigabridge_bot')->{out}, "gigabridge_bot\n", 'the container has started once');
is(quietly('migrate current'), "6fa0c9d4837b (head)\n", 'and migrated');

my $markdown = slurp($sheet);
utf8::decode($markdown);
my @blocks = blocks($markdown);
my (%seen, %number, %ran);
for my $block (@blocks) {
	my ($section, $kind) = @$block{qw(section kind)};
	fail("line $block->{line}: output that belongs to no command") if $kind eq 'text';
	fail("line $block->{line}: a block of what?") if $kind !~ /^(?:text|bash|sql|python)$/;
	if ($kind eq 'python') {
		my ($class) = $block->{text} =~ /^class (\w+)/;
		edit_models(sub { s/^class \Q$class\E\b.*\z//ms; $_ .= "\n\n$block->{text}" });
	}
	next if $kind !~ /^(?:bash|sql)$/;
	subtest "$section, line $block->{line}" => sub {
		if ($kind eq 'bash') {
			my $prepare = delete $before{$section}{ ++$number{$section} };
			$prepare->() if $prepare;
			$ran{$_}++ for $block->{text} =~ /^docker exec -it gigabridge_bot migrate (?:-q )?(\w+)/mg;
			return run_commands($block);
		}
		return run_sql($block);
	};
}
is(join(', ', map { keys %{ $before{$_} } ? $_ : () } sort keys %before), '', 'every preparation had its section');
cmp_ok(scalar keys %ran, '>=', 8, 'commands: ' . join ' ', sort keys %ran);

# Commands in running text are run, too; <revision_id> there is any.
my $prose = $markdown =~ s/^ *```\w+\n.*?^ *```$//msgr;
$is{revision_id} = '5e0d3b7a91c4';
for my $inline ($prose =~ /`(migrate [^`]+)`/g) {
	my $done = sh($inline =~ s/<(\w+)>/$is{$1}/gr);
	is($done->{status}, 0, "`$inline` is a command") or diag $done->{err};
}
my $restored = $pg->tcp_url('restored');
is(sh("migrate --url $restored upgrade head")->{status}, 0, 'a restored backup can be tried on with --url');
my ($directory) = slurp("$root/migrations/migrate.ini") =~ /^\[backup\]\n(?:#.*\n)*directory = (\S+)\nkeep_last = 10$/m;
is($directory, $inside, 'where backups are, and how many, is what migrations/migrate.ini says');
is($pg->query('SELECT count(*) FROM users', 'restored'), $pg->query('SELECT count(*) FROM users', 'gigabridge'),
	'the restored database has the rows');

done_testing;
