# readme: what README.md and the pages that it leads to show can be run, and their tables are the program's.
use strict;
use warnings;

use Cluster;
use Cwd qw(abs_path);
use Encode qw(decode);
use JSON::PP ();
use Migrate;
use Picture;
use Process;
use Test::More;

my $root   = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
my %page   = map { ($_ => slurp("$root/$_")) }
	qw(README.md cmd/README.md cmd/boot.md cmd/backup.md migrations/README.md docker/README.md docker/kubernetes.md core/README.md tests/README.md);
my $readme = $page{'README.md'};
my $help   = run('--help')->{out};
my $pg     = Cluster->new(port => 1);
$pg->start;

# The section of that title, of whichever page has it.
sub part {
	my ($title) = @_;
	my @texts = map { $page{$_} =~ /^## \Q$title\E\n(.*?)(?=^## |\z)/ms ? $1 : () } sort keys %page;
	die @texts . " pages have a section '$title'\n" if @texts != 1;
	return $texts[0];
}

# The rows below the heading row of the one table of a text, as lists of cells.
sub table {
	my @rows = map { [ /\G\|\s*(.*?)\s*(?=\|)/g ] } $_[0] =~ /^(\|.*\|)$/mg;
	return @rows[ 2 .. $#rows ];
}

sub spans { return $_[0] =~ /`([^`]+)`/g }

sub block { return $_[1] =~ /^```$_[0]\n(.*?)^```$/ms ? $1 : die "no block of $_[0]\n" }

sub project {
	my ($database) = @_;
	my $dir = tempdir();
	mkdir "$dir/migrations";
	$pg->create_database($database);
	return ($dir, sub { return run(@_, { dir => $dir,
		env => { DATABASE_URL => $pg->tcp_url($database), EDITOR => 'true', VISUAL => undef } }) });
}

subtest 'make' => sub {
	my $makefile = slurp("$root/Makefile");
	my %targets  = map { ($_ => 1) } $readme =~ /(?:^|`|&& )make (\w+)/mg;
	my @targets  = sort keys %targets;
	is("@targets", 'demo install test', 'is told to do three things');
	like($makefile, qr/^$_:/m, "make $_") for @targets;
	like($makefile, qr{^PREFIX = /usr/local\n}m, 'and where to install');
	like($makefile, qr{ \$\(DESTDIR\)\$\(PREFIX\)/bin/migrate\n}, 'below DESTDIR');
};

subtest 'the entrypoint' => sub {
	my ($dir, $migrate) = project('boot');
	my $image = block('dockerfile', part('In five minutes'));
	my ($program, @entrypoint) = @{ JSON::PP::decode_json($image =~ /^ENTRYPOINT (.*)$/m ? $1 : '[]') };
	my @command = @{ JSON::PP::decode_json($image =~ /^CMD (.*)$/m ? $1 : '[]') };
	is($program, 'migrate', 'is migrate');
	mkdir "$dir/bin";
	write_file("$dir/bin/$command[0]", "#!/bin/sh\necho bot \"\$@\"\n");
	chmod 0755, "$dir/bin/$command[0]";
	my $boot = run(@entrypoint, @command, { dir => $dir,
		env => { DATABASE_URL => $pg->tcp_url('boot'), PATH => "$dir/bin:$ENV{PATH}" } });
	is($boot->{out}, "bot $command[1]\n", 'becomes the application') or diag $boot->{err};
	is($migrate->(@entrypoint[ 0 .. $#entrypoint - 1 ])->{status}, 0, 'and exits with 0 without one');
};

# Runs a block as it stands, in a directory, where `migrate` is the program under test.
sub shell {
	my ($dir, $script) = @_;
	mkdir "$dir/bin";
	symlink abs_path($ENV{MIGRATE}), "$dir/bin/migrate";
	my %env = map { ($_ => $ENV{$_}) } grep { !/^(?:PG|POSTGRES_|DB_|MIGRATE_|DATABASE_URL)/ } keys %ENV;
	return Process->run([ '/bin/sh', '-euc', $script ], dir => $dir,
		env => { %env, HOME => $dir, PATH => "$dir/bin:" . Cluster::bindir() . ":$ENV{PATH}" });
}

subtest 'five minutes' => sub {
	my $text = part('In five minutes');
	my $dir  = tempdir();
	$pg->create_database('five');
	my $block = block('sh', $text);
	my $url   = $pg->tcp_url('five');
	$block =~ s/^(export DATABASE_URL=).*/$1$url/ or die "the block names no database\n";
	my ($made) = $block =~ m{makes (migrations/\S+): write}  or die "no file is named\n";
	my ($before, $after) = $block =~ /(.*^migrate revision .*?\n)(.*)/ms;
	my $sh = sub { return shell($dir, "export DATABASE_URL=$url\n$_[0]") };
	my $done = $sh->($before);
	is($done->{status}, 0, 'a migration is made') or diag $done->{err};
	my ($file) = glob "$dir/" . $made =~ s/<id>/*/r;
	ok(-f $file, "as $made") or return diag $done->{out};
	write_file($file, slurp($file) =~ s/(-- migrate:up\n)/$1CREATE TABLE users (x int);\n/r
		=~ s/(-- migrate:down\n)/$1DROP TABLE users;\n/r);
	$done = $sh->($after);
	is($done->{status}, 0, 'and the rest runs') or diag $done->{err};
	is(scalar(() = $done->{err} =~ /Running (?:upgrade|downgrade)/g), 2, 'up and down') or diag $done->{err};
	cmp_ok(scalar(split ' ', $readme =~ s/^## In Docker.*//msr), '<', 900, 'it is read in five minutes');
};

subtest 'the picture' => sub {
	my ($script) = grep { -x } map {"$_/script"} split /:/, $ENV{PATH};
	plan skip_all => 'script(1) is not installed' if !defined $script;
	my ($path) = $readme =~ /^!\[[^]]+\]\((\S+\.svg)\)$/m or die "README.md has no picture\n";
	my @drawn = Picture::read(decode('UTF-8', slurp("$root/$path")));
	my $boot  = Picture::boot($root);
	is(Picture::says(Picture::plain(@drawn)), Picture::says(Picture::plain(Picture::lines($boot))),
		'is what a boot says today; otherwise: make picture');
	cmp_ok(scalar(grep {/Running upgrade/} @drawn), '>', 1, 'with migrations');
};

subtest 'where the database is' => sub {
	my @named = map { [ spans($_->[0]) ] } table(part('Where the database is'));
	is_deeply(\@named, [
		[ qw(--url MIGRATE_URL DATABASE_URL url migrate.ini) ], [ qw(PGHOST PGDATABASE PGSERVICE) ],
		[ qw(POSTGRES_HOST POSTGRES_DB POSTGRES_USER) ], [ qw(DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD) ] ],
		'is said in these ways');
	my $dir  = tempdir();
	my $port = $pg->port;
	my $file = write_file("$dir/password", "postgres\n");
	my ($ini, @args, %env);
	mkdir "$dir/migrations";
	my @ways = (
		sub { @args = $_[0] ? ('--url', "host=127.0.0.1 port=$port user=postgres dbname=$_[0]") : () },
		sub { $env{MIGRATE_URL} = $_[0] && "postgresql://127.0.0.1:1,127.0.0.1:$port/$_[0]?user=postgres" },
		sub { $env{DATABASE_URL} = $_[0] && "postgresql+asyncpg://postgres\@127.0.0.1:$port/$_[0]?ssl=prefer" },
		sub { $ini = $_[0] ? '[migrate]' . "\nurl = " . $pg->tcp_url($_[0]) . "\n" : '' },
		sub { @env{qw(PGHOST PGPORT PGUSER PGDATABASE)} = $_[0] ? ('127.0.0.1', $port, 'postgres', $_[0]) : () },
		sub { @env{qw(POSTGRES_HOST POSTGRES_PORT POSTGRES_USER POSTGRES_DB)} =
			$_[0] ? ('127.0.0.1', $port, 'postgres', $_[0]) : () },
		sub { @env{qw(DB_HOST DB_PORT DB_USER DB_NAME DB_PASSWORD_FILE)} =
			$_[0] ? ('127.0.0.1', $port, 'postgres', $_[0], $file) : () },
	);
	for my $n (0 .. $#ways) {
		$pg->create_database("way$n");
		$ways[$n]->("way$n");
	}
	for my $n (0 .. $#ways) {
		write_file("$dir/migrate.ini", $ini);
		my $got = run(@args, 'status', { dir => $dir, env => \%env });
		like($got->{out}, qr{^Database: .*\bway$n\b}m, "way $n counts") or diag $got->{err};
		$ways[$n]->(undef);
	}
	%env = (MIGRATE_URL_FILE => write_file("$dir/url", $pg->tcp_url('way1') . "\n"));
	like(run('status', { dir => $dir, env => \%env })->{out}, qr/\bway1\b/, 'MIGRATE_URL_FILE');
};

subtest 'commands' => sub {
	my @rows = table(part('Commands'));
	my ($list) = $help =~ /^Commands:\n(.*?)^$/ms;
	my @named  = map { s/^migrate //r } map { spans($_->[0]) } @rows;
	is(join(' ', sort map { /^(\w+)/ } @named), join(' ', sort $list =~ /^  (\w+) +\S/mg), 'are those of --help');

	my ($dir, $migrate) = project('commands');
	migration("$dir/migrations", 'a1', { message => 'first', up => 'CREATE TABLE a (x int);', down => 'DROP TABLE a;' });
	my %before = (
		history => sub { $migrate->('upgrade', 'a1') },
		merge   => sub { $migrate->(qw(revision -m other --head a1 --splice)) },
		stamp   => sub { $migrate->(qw(upgrade head)) },
	);
	my %status = (check => 9, resolve => 3, diff => 3);    # nothing is half done, and there are no models
	for my $row (@rows) {
		my @of_row = map { s/^migrate //r } spans($row->[0]);
		my $about  = join '', $help, map { run('help', /^(\w+)/)->{out} } @of_row, 'history';
		like($about, qr/(?<![\w-])\Q$_\E(?![\w-])/, "@of_row: $_") for map { /(?:^| )(--?[a-z][\w-]*)/g } spans($row->[1]);
		for my $line (@of_row) {
			my ($command) = $line =~ /^(\w+)/;
			next if $command eq 'import';    # needs Alembic: see alembic.t
			$before{$command}->() if $before{$command};
			my %for = (REV => 'a1', COMMAND => $command eq 'help' ? 'upgrade' : 'true');
			my @words = map { s/^"(.*)"$/$1/r =~ s/^(REV|COMMAND)$/$for{$1}/r } $line =~ /"[^"]*"|\S+/g;
			my $made = $command eq 'init' ? run(@words) : $migrate->(@words);
			is($made->{status}, $status{$command} // 0, "migrate $line") or diag $made->{err};
		}
	}
	my ($with_sql) = part('Commands') =~ /^(`upgrade`, .*?) with `--sql START:END` print/m;
	for my $command (map { [ $_, '--sql', $_ eq 'downgrade' ? 'a1:base' : 'base:a1' ] } spans($with_sql)) {
		my $printed = run(@$command, { dir => $dir });
		like($printed->{out}, qr/^BEGIN;\n(?:.*\n)*COMMIT;\n/, "@$command") or diag $printed->{err};
	}
	like($migrate->(qw(current --json))->{out}, qr/^[\[{].*[\]}]$/s, '--json');
	like(run(qw(upgrade nothing --log-format json), { dir => $dir })->{err}, qr/\A\{.*\}\n\z/, '--log-format json');
};

subtest 'migration files' => sub {
	my ($dir, $migrate) = project('files');
	my $text = part('Files');
	my $file = block('sql', $text);
	my ($parent) = $file =~ /^-- Revises: (\w+)$/m;
	migration("$dir/migrations", $parent, { up => 'SELECT 1;', down => 'SELECT 1;' });
	my ($message, $id) = $file =~ /\A-- (.*)\n--\n-- Revision ID: (\w+)\n/;
	my $made = $migrate->('revision', '-m', $message, '--rev-id', $id);
	my $path = "$dir/migrations/${id}_" . $message =~ tr/ /_/r . '.sql';
	ok(-f $path, 'are named so') or diag $made->{out} . $made->{err};
	my ($header) = $file =~ /\A(.*?)Create Date: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00\n/s;
	is(slurp($path) =~ s/Create Date.*//sr, $header, 'begin so');
	write_file($path, $file);
	my $up = $migrate->('upgrade', 'head');
	is($up->{status}, 0, 'and can be applied') or diag $up->{err};
	is($pg->query("SELECT to_regclass('notifications') IS NOT NULL", 'files'), 't', 'the table is there');
	is($migrate->('downgrade', '-1')->{status}, 0, 'and taken back');
	is($pg->query("SELECT to_regclass('notifications') IS NULL", 'files'), 't', 'the table is gone');

	my @markers = grep {/^-- migrate:up /} spans($text =~ s/```.*?```//sr);
	is(@markers, 2, 'two markers with options');
	my $last = $id;
	for my $n (0 .. $#markers) {
		migration("$dir/migrations", "option$n", { parents => $last, up => 'SELECT 1;',
			up_options => $markers[$n] =~ s/^-- migrate:up //r });
		$last = "option$n";
	}
	is($migrate->('upgrade', 'head')->{status}, 0, "are taken: @markers");
};

subtest 'settings' => sub {
	my $dir      = tempdir();
	my $text     = part('Settings');
	my $settings = JSON::PP::decode_json(run('config', '--json', { dir => $dir })->{out});
	my %default  = map { ("[$_->{section}] $_->{key}" => $_->{value} // '') } @$settings;
	my %variable = map { ("[$_->{section}] $_->{key}" => $_->{variable}) } @$settings;
	my %written;
	for my $row (table($text)) {
		my ($section, @keys) = map { /^(\[\w+\]) (\w+)$/ ? ($1, $2) : $_ } spans($row->[0]);
		my @values = spans($row->[1]);
		$written{"$section $keys[$_]"} = @values == @keys ? $values[$_] : $values[0] // '' for 0 .. $#keys;
		for my $choice (grep {/^[a-z]+$/} spans($row->[2])) {
			my $got = run('config', { dir => $dir, env => { $variable{"$section $keys[$#keys]"} => $choice } });
			my $first = run('config', { dir => $dir, env => { $variable{"$section $keys[0]"} => $choice } });
			ok($got->{status} == 0 || $first->{status} == 0, "$row->[0]: $choice");
		}
	}
	is_deeply(\%written, \%default, 'and their defaults are those of config');
	my ($shown) = $help =~ /^Settings.*?\n((?:  --.*\n)+)/ms;
	is(scalar(() = $shown =~ /^  --/mg), scalar keys %written, 'and of --help');

	my @named = $text =~ /`(\[\w+\] \w+)` is\s+`--([\w-]+)` and\s+`(\w+)`/g;
	is(scalar @named, 6, 'two are named in all ways');
	while (my ($setting, $flag, $variable) = splice @named, 0, 3) {
		is($variable, $variable{$setting}, "$setting is $variable");
		like($help, qr/^  --$flag /m, "and --$flag");
	}
	my ($most) = $text =~ /A line holds (\d+) bytes/;
	for my $length ($most, $most + 1) {
		write_file("$dir/migrate.ini", "[migrate]\n" . 'url = ' . 'x' x ($length - 6) . "\n");
		is(run('config', { dir => $dir })->{status}, $length > $most ? 3 : 0, "a line of $length bytes");
	}
	write_file("$dir/migrate.ini", "[wait]\ntimeout = \${WAIT:-7s} ; not long\n");
	like(run('config', { dir => $dir })->{out}, qr/^timeout += 7s /m, '${NAME:-default}, and a comment');
	like(run('config', { dir => $dir, env => { WAIT => '8s' } })->{out}, qr/^timeout += 8s /m, '${NAME}');
};

subtest 'when something fails' => sub {
	my @rows = table(part('Exit statuses'));
	my %row  = map { my $row = $_; map { ($_ => $row) } split /, /, $row->[0] } @rows;
	my ($enum) = slurp("$root/core/base/error.h") =~ /^enum status \{\n(.*?)^\};/ms;
	my %status = reverse $enum =~ /^\tSTATUS_(\w+) = (\d+)/mg;
	$status{'128+N'} = delete $status{143};
	is(join(' ', sort keys %row), join(' ', sort keys %status), 'each status of error.h has its row');
	like($row{'128+N'}[1], qr/\b143 is SIGTERM/, '143, too');
	is(run('upgrade', { dir => tempdir() })->{status}, 2, 'usage: 2');
	for my $says_nine (grep {/ -/} spans($row{9}[1])) {
		my ($command, $option) = $says_nine =~ /^(\w+) (\S+)$/;
		like(run('help', $command)->{out}, qr/\Q$option\E\b/, "migrate $says_nine");
	}

	my ($dir, $migrate) = project('precious');
	migration("$dir/migrations", 'a1', { up => "CREATE TABLE a AS SELECT 'gold' AS x;" });
	$migrate->('upgrade', 'head');
	my ($journal) = part('When something fails') =~ /`(SELECT [^`]+)`/;
	like($pg->query($journal, 'precious'), qr/\ba1\b/, $journal);
};

subtest 'from models' => sub {
	my ($dir, $migrate) = project('models');
	write_file("$dir/schema.sql", 'CREATE TABLE notifications (id bigint PRIMARY KEY);');
	write_file("$dir/migrate.ini", block('ini', part('From models')));
	my $done = shell($dir, 'export DATABASE_URL=' . $pg->tcp_url('models') . "\n" . block('sh', part('From models')));
	is($done->{status}, 0, 'a migration is written') or diag $done->{err};
	is(slurp(glob "$dir/migrations/*.sql") =~ s/.*?(?=^-- migrate:up)//msr, block('sql', part('From models')), 'as it is shown');
	is($migrate->('upgrade', 'head')->{status}, 0, 'and can be applied');
	is($pg->query("SELECT to_regclass('notifications') IS NOT NULL", 'models'), 't', 'the table is there');
};

subtest 'before production' => sub {
	my $text = part('Before production sees it');
	my $dir  = tempdir();
	mkdir "$dir/migrations";
	migration("$dir/migrations", 'a1', { up => 'CREATE TABLE users (id int, fax text);', down => 'DROP TABLE users;' });
	my $sql = block('sql', $text);
	migration("$dir/migrations", 'b2', { parents => 'a1', up => $sql, down => 'ALTER TABLE users ADD fax text;' });
	my $url  = $pg->tcp_url('postgres');
	my $lint = sub { return run('lint', 'b2', { dir => $dir, env => { MIGRATE_REHEARSE_URL => $url } })->{out} };
	unlike($lint->(), qr/drop-column/, 'what is all right is not found');
	$sql =~ s/^--.*\n//;
	migration("$dir/migrations", 'b2', { parents => 'a1', up => $sql, down => 'ALTER TABLE users ADD fax text;' });
	like($lint->(), qr/drop-column/, 'but for the comment it would be');
	SKIP: {
		skip 'git is not installed', 1 if !grep { -x "$_/git" } split /:/, $ENV{PATH};
		my $block = block('sh', $text);
		$block =~ s/^(export MIGRATE_REHEARSE_URL=).*/$1$url/ or die "the block names no server\n";
		my $git = 'git -c user.name=t -c user.email=t@t -c init.defaultBranch=main';
		my $done = shell($dir, "{ $git init; $git add migrations/a1*; $git commit -m 1; $git clone --bare . origin; $git remote add origin ./origin;
			$git add migrations; $git commit -m 2; } >/dev/null 2>&1\n$block");
		like($done->{out}, qr/^::(?:error|warning) file=\S*b2\S*,/m, 'only what was added is looked at, for GitHub') or diag $done->{err};
	}
};

subtest 'backups' => sub {
	my $text = $page{'cmd/backup.md'};
	my ($dir, $migrate) = project('shop');
	migration("$dir/migrations", 'a1', { up => "CREATE TABLE a AS SELECT 'gold' AS x;" });
	$migrate->('upgrade', 'head');
	my $done = shell($dir, 'export DATABASE_URL=' . $pg->tcp_url('shop') . "\n" . block('sh', $text));
	is($done->{status}, 0, 'the first lines run') or diag $done->{err};
	$pg->query('DROP DATABASE looked_at');
	my ($archive) = $done->{out} =~ /\A(.*)\n/;
	like($archive, qr{^backups/shop-\d{8}T\d{6}Z-a1\.dump$}, 'are named so');
	my $manifest = JSON::PP::decode_json(slurp("$dir/$archive.json"));
	is_deeply([ sort map { spans($_->[0]) } table($text =~ s/^With .*//msr) ],
		[ sort grep { defined $manifest->{$_} || /^(?:options|uploaded|provider|locale|rules|pending_sha256)$/ } keys %$manifest ], 'the table has what is in a manifest');
	for my $place (grep {/:/} map { spans($_->[0]) } table($text =~ s/.*^With //msr)) {
		$done = $migrate->('backup', '--backup-upload', $place =~ s/…/x/gr =~ s{/DIRECTORY}{$dir/x}r, '--backup-upload-timeout', '1s');
		unlike($done->{err}, qr/not a supported URL/, "$place is known");
	}
	my ($id) = $archive =~ m{([^/]+)\.dump$};
	my $kept = '';
	for my $command ($text =~ /^migrate (restore .*?) +#/mg) {
		$done = $migrate->(split ' ', $command =~ s/shop-\S+/$id/r =~ s/shop_old_\S+/$kept/r);
		is($done->{status}, 0, $command) or diag $done->{err};
		($kept) = $done->{out} =~ /^the old one is (\S+)$/m;
	}
	is($pg->query('SELECT x FROM a', $_), 'gold', "$_ has what was there") for qw(shop restored);
	my $old = q{SELECT count(*) FROM pg_database WHERE datname ~ '^shop_old_[0-9]{8}_[0-9]{6}(_2)?$'};
	is($pg->query($old), '1', 'and the old one is kept');
};

subtest 'beside other tools' => sub {
	my $text = part('Beside other tools');
	my %source = $text =~ m{^\[([\w-]+)\]: (https://\S+)$}mg;
	my @rows = table($text =~ s/^Parts of .*//msr);
	cmp_ok(scalar @rows, '>=', 6, 'are compared');
	my (@bare, %used);
	for my $row (@rows) {
		my ($about, $ours, @theirs) = @$row;
		push @bare, "$about: $ours" if $ours !~ /^\[[^]]+\]\([\w\/.#-]+\)$/;
		is(scalar @theirs, 6, $about);
		for my $cell (grep { $_ ne "\xe2\x80\x94" } @theirs) {
			my @named = $cell =~ /\]\[([\w-]+)\]/g;
			push @bare, "$about: $cell" if !@named || grep { !$source{$_} } @named;
			push @bare, "$about: $cell" if $cell =~ s/\[[^]]+\]\[[\w-]+\]|\bor\b|\s//gr ne '';
			$used{$_} = 1 for @named;
		}
	}
	is_deeply(\@bare, [], 'every claim names its source');
	$used{$_} = 1 for $text =~ /\]\[([\w-]+)\]/g;
	is(join(' ', sort keys %used), join(' ', sort keys %source), 'and no source is left over');
};

subtest 'moving from Alembic' => sub {
	my ($dir, $migrate) = project('moved');
	my $url = $pg->tcp_url('moved');
	my $sh  = sub { return shell($dir, "export DATABASE_URL=$url PATH=$dir/bin:/usr/bin:\$PATH\n$_[0]") };
	mkdir "$dir/alembic";
	mkdir "$dir/alembic/versions";
	write_file("$dir/alembic.ini", "[alembic]\nscript_location = alembic\nsqlalchemy.url = $url\n");
	write_file("$dir/alembic/env.py", <<'END');
from alembic import context
import sqlalchemy as sa

if context.is_offline_mode():
    context.configure(url=context.config.get_main_option("sqlalchemy.url"))
    with context.begin_transaction():
        context.run_migrations()
else:
    with sa.create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
END
	write_file("$dir/alembic/versions/$_->[0].py", <<"END") for [ 'a1', 'None', 'users' ], [ 'b2', '"a1"', 'orders' ];
from alembic import op
import sqlalchemy as sa

revision = "$_->[0]"
down_revision = $_->[1]


def upgrade():
    op.create_table("$_->[2]", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("$_->[2]")
END
	my $before = $sh->('alembic upgrade head');
	is($before->{status}, 0, 'a database that Alembic has migrated') or return diag $before->{err};
	my $moved = $sh->(block('sh', part('Moving from Alembic')));
	is($moved->{status}, 0, 'the lines run') or diag $moved->{err};
	like($moved->{out}, qr/^Pending: +0$/m, 'and nothing is pending') or diag $moved->{out};
	is(join(' ', map { s{.*/}{}r } sort glob "$dir/alembic/versions/*.sql"), 'a1_.sql b2_.sql', 'a file beside each');
	is($sh->('alembic upgrade head')->{status}, 0, 'Alembic works as before');
	$migrate->(qw(revision -m own --rev-id c3));
	is($migrate->(qw(upgrade head))->{status}, 0, 'one that only migrate has');
	isnt($sh->('alembic upgrade head')->{status}, 0, 'after which Alembic does not');
	is($migrate->(qw(downgrade b2))->{status}, 0, 'it is reverted');
	is($sh->('alembic upgrade head')->{status}, 0, 'and Alembic goes on');
};

subtest 'the other lines' => sub {
	my ($dir, $migrate) = project('lines');
	migration("$dir/migrations", 'a1', { up => 'CREATE TABLE a (x int);' });
	$migrate->(qw(upgrade head));
	my $url = $pg->tcp_url('lines');
	for my $text (part('When something fails'), $page{'cmd/README.md'}) {
		my $done = shell($dir, "export DATABASE_URL=$url\n" . block('sh', $text));
		is($done->{status}, 0, 'run') or diag $done->{out} . $done->{err};
	}
};

sub anchors { return map { (lc(s/[^\w\s-]//gr) =~ tr/ /-/r => 1) } $_[0] =~ /^##+ (.*)$/mg }

subtest 'links and options' => sub {
	cmp_ok(length $readme, '<=', 14_000, 'README.md is a front page');
	my $all  = join '', $help, map { run('help', $_)->{out} } $help =~ /^  (\w+) +\S/mg;
	for my $name (sort keys %page) {
		my ($folder) = $name =~ m{\A(.*/)?};
		for my $link ($page{$name} =~ /\]\(([^):]+)\)/g) {
			my ($path, $anchor) = $link =~ /\A([^#]*)(?:#(.*))?\z/;
			my $to = $path eq '' ? $name : ($folder // '') . $path;
			1 while $to =~ s{[^/]+/\.\./}{};
			ok(-e "$root/$to", "$name: $link is there") or next;
			ok({ anchors($page{$to}) }->{$anchor}, "$name: $link is a heading") if defined $anchor;
		}
		next if $name =~ m{^(?:core|tests|docker)/};
		my $ours = $page{$name} =~ s/^## Beside other tools.*?(?=^## |\z)//msr;
		ok($all =~ /(?<![\w-])\Q$_\E(?![\w-])/, "$name: $_ is an option") for $ours =~ /`(--[a-z][\w-]*)/g;
	}
};

done_testing;
