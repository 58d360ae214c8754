# import: `migrate import alembic` on an environment that has a little of everything. A database that
# Alembic builds and one that our files build are the same after every step, up and down.
use strict;
use warnings;
use utf8;

use Cluster;
use Converted;
use Migrate;
use Test::More;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
plan skip_all => 'no Alembic' if !Converted::available();

my $pg = Cluster->new;
$pg->start;

my $ini = <<'END';
[alembic]
script_location = scripts
version_locations = %(here)s/scripts/versions %(here)s/more
prepend_sys_path = .
sqlalchemy.url = driver://user:pass@localhost/dbname
END

# Prints, as applications do, and has a naming convention, which makes the names of constraints.
my $app = <<'END';
import sys
from sqlalchemy import MetaData

print("application imported")
print('{"kind": "revision"}')
metadata = MetaData(naming_convention={
    "ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s", "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"})
END

my $env_py = <<'END';
import os
from alembic import context
from sqlalchemy import create_engine
from app import metadata

if context.is_offline_mode():
    context.configure(url="postgresql+psycopg2://", target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(os.environ["APP_URL"]).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
END

sub revision {
	my ($id, %is) = @_;
	my $indent  = sub { join '', map {"    $_\n"} split /\n/, $_[0] || 'pass' };
	my $literal = sub { my ($v) = @_; !defined $v ? 'None' : ref $v ? '(' . join('', map {"'$_', "} @$v) . ')' : "'$v'" };
	my $date    = '2024-05-06 07:08:09.123456';
	my $doc     = $is{doc} // "$is{message}\n\nRevision ID: $id\nRevises: whatever\nCreate Date: $date\n";
	my $text = join '', qq{"""$doc"""\n}, "from alembic import op\nimport sqlalchemy as sa\n",
	    "from sqlalchemy.dialects import postgresql\nimport datetime, decimal, uuid\n",
	    "revision = '$id'\ndown_revision = ", $literal->($is{down}), "\nbranch_labels = ",
	    $literal->($is{labels}), "\ndepends_on = ", $literal->($is{depends}), "\n",
	    "def upgrade():\n",   $indent->($is{up}), "def downgrade():\n", $indent->($is{to});
	return ($is{in} // 'scripts/versions') . "/$id.py", $text;
}

sub project {
	my (%file) = @_;
	my $dir = tempdir();
	mkdir "$dir/$_" for qw(scripts scripts/versions more);
	%file = ('alembic.ini' => $ini, 'app.py' => $app, 'scripts/env.py' => $env_py, %file);
	write_file("$dir/$_", $file{$_}) for keys %file;
	return $dir;
}

my %history = (
	revision('1a2b3c4d5e6f', message => 'Первая: tables, 100% of them', up => <<'END', to => <<'END'),
mood = postgresql.ENUM('happy', "so'so", 'грустно', name='mood')
op.create_table('people',
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('name', sa.String(40), server_default="it's 100%", nullable=False, comment='имя: 50%% \\ "x"'),
    sa.Column('mood', mood, server_default='happy'),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text("'2024-01-01 10:20:30+00'")),
    sa.Column('share', sa.Numeric(5, 2), sa.CheckConstraint('share % 2 = 0', name='even')),
    sa.Column('data', postgresql.JSONB, server_default='{}'),
    sa.Column('tags', postgresql.ARRAY(sa.Text), server_default=sa.text("'{}'::text[]")),
    sa.UniqueConstraint('name'), comment='люди')
op.create_index(None, 'people', ['mood'], postgresql_where=sa.text("name LIKE 'a%'"))
op.execute("INSERT INTO people (name) VALUES ('Юля; 5%'), ('a:b'), ('tab\there'), (E'back\\\\slash\\n')")
op.execute(r"INSERT INTO people (name) VALUES ('time 10:20, \:colon, %%, \\')")
END
op.drop_table('people')
op.execute('DROP TYPE mood')
END
	revision('hand_written_id', down => '1a2b3c4d5e6f', message => "second\n\nmore: of it\n  Revises nothing",
		up => <<'END', to => <<'END'),
op.create_table('pets',
    sa.Column('id', sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column('owner', sa.Integer, sa.ForeignKey('people.id', ondelete='CASCADE'), index=True),
    sa.Column('kind', sa.Enum('cat', 'dog', name='kind', schema='public')))
with op.batch_alter_table('people') as batch:
    batch.add_column(sa.Column('age', sa.SmallInteger, server_default=sa.text('0')))
    batch.alter_column('name', type_=sa.Text(), existing_type=sa.String(40), comment='полное имя')
    batch.create_check_constraint('adult', 'age >= 0')
op.execute("""
    CREATE FUNCTION twice(x int) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
        RETURN x * 2; -- twice; really
    END $$; SELECT twice(1); -- and a comment; without end""")
op.execute("COMMENT ON FUNCTION twice(int) IS ':half, \\:double'" .replace(":half", "half"))
END
op.execute('DROP FUNCTION twice(int)')
op.drop_constraint('adult', 'people', type_='check')
op.alter_column('people', 'name', type_=sa.String(40))
op.drop_column('people', 'age')
op.drop_table('pets')
op.execute('DROP TYPE kind')
END
	revision('autocommit', down => 'hand_written_id', labels => ['left'], in => 'more', message => 'left',
		up => <<'END', to => <<'END'),
op.execute("ALTER TABLE people ADD COLUMN nick text")
with op.get_context().autocommit_block():
    op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'angry'")
    op.create_index('ix_nick', 'people', ['nick'], postgresql_concurrently=True)
op.execute("UPDATE people SET mood = 'angry' WHERE id = 1")
END
with op.get_context().autocommit_block():
    op.drop_index('ix_nick', postgresql_concurrently=True)
op.drop_column('people', 'nick')
END
	revision('committed', down => 'autocommit', in => 'more', message => 'left 2', up => <<'END', to => <<'END'),
op.execute("CREATE TABLE c (x int)")
op.execute("COMMIT")
op.execute("CREATE INDEX CONCURRENTLY ix_c ON c (x)")
END
op.execute("COMMIT")
op.execute("DROP TABLE c")
END
	revision('b16b00', down => 'hand_written_id', labels => [ 'right', 'правая' ], depends => ['left'],
		message => 'right', up => <<'END', to => <<'END'),
bind = op.get_bind()
level = postgresql.ENUM('low', 'high', name='level')
level.create(bind, checkfirst=True)
op.add_column('people', sa.Column('level', postgresql.ENUM(name='level', create_type=False)))
people = sa.table('people', sa.column('name', sa.Text), sa.column('at', sa.DateTime(timezone=True)),
    sa.column('share', sa.Numeric), sa.column('data', postgresql.JSONB), sa.column('tags', postgresql.ARRAY(sa.Text)))
op.bulk_insert(people, [
    dict(name="O'Нил \\ 5% :x", at=datetime.datetime(2024, 2, 29, 12, 0, 1, 5, datetime.timezone.utc),
         share=decimal.Decimal('4.20') * 10, data={'ключ': ["а'б", 1, None], 'p': '50%'}, tags=['x', "y'z", 'ж']),
    dict(name='none', at=None, share=None, data=None, tags=None)])
bind.execute(sa.text("UPDATE people SET nick = :nick, level = CAST(:level AS level) WHERE name = :name"),
    {"nick": "ник: 5% 'q'", "level": "low", "name": "none"})
bind.execute(people.insert(), [{"name": "many 1"}, {"name": "many 2"}])
bind.execute(people.update().where(people.c.name == sa.bindparam('old')), {"old": "many 1", "share": 2})
op.execute(people.insert().values(name='constructed', data={'a': 1}))
op.execute(people.delete().where(people.c.name.in_(['many 2', 'x%'])))
END
op.execute("DELETE FROM people WHERE name IN ('none', 'many 1', 'constructed') OR name LIKE 'O''%'")
op.drop_column('people', 'level')
postgresql.ENUM(name='level').drop(op.get_bind(), checkfirst=True)
END
	revision('7e57ed', down => [ 'committed', 'b16b00' ], message => 'merge'),
	revision('reads_data', down => '7e57ed', message => 'reads', up => <<'END', to => <<'END'),
op.add_column('pets', sa.Column('seen', sa.Boolean))
try:
    rows = op.get_bind().execute(sa.text("SELECT id FROM people")).fetchall()
except Exception:
    rows = []
for row in rows:
    op.execute("UPDATE pets SET seen = true WHERE owner = %d" % row[0])
END
if 'seen' in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('pets')]:
    op.drop_column('pets', 'seen')
END
	revision('no_way_back', down => 'reads_data', message => 'no way', up => <<'END', to => <<'END'),
op.create_table('moods', sa.Column('m', postgresql.ENUM('happy', name='mood', create_type=False)))
op.create_table('levels', sa.Column('l', sa.Enum('low', 'high', name='level2')))
END
raise NotImplementedError("there's no way back: 100%")
END
);

sub import_of {
	my ($dir, @options) = @_;
	push @options, '--directory', "$dir/migrations" if !grep { $_ eq '--directory' } @options;
	return run('import', 'alembic', '--python', $Converted::python, @options, { dir => $dir });
}

my $dir = project(%history);
my $got = import_of($dir);
my $made = "$dir/migrations";

subtest 'what it says' => sub {
	is($got->{status}, 9, 'parts are left to write: 9') or diag $got->{err};
	my @lines = split /\n/, $got->{out};
	is(scalar(grep {/^  Generating \S+\.sql \.\.\.  done$/} @lines), 8, 'a line for each revision');
	like($lines[-1], qr{^  8 revisions of Alembic \S+ are in \S*migrations$}, 'and a summary');
	like($got->{err}, qr{WARN.*revision reads_data: upgrade\(\) reads data.*scripts/versions/reads_data\.py:\d+},
		'names what reads data, with its place, though it catches exceptions');
	like($got->{err}, qr/WARN.*revision reads_data: downgrade\(\) inspects the database/, 'and what inspects');
	like($got->{err}, qr/2 parts of 1 revision could not be converted.*reads_data_reads\.sql.*hint: \S/s, 'with what to do');
	unlike($got->{err}, qr/application imported/, 'what the application prints is thrown away');
	is(scalar(() = glob "$made/*.sql"), 8, 'a file for each');
	is_deeply([ glob "$made/.import*" ], [], 'and nothing else');
	is_deeply([ glob "$dir/*/__pycache__ $dir/*/*/__pycache__" ], [], 'leaves no compiled Python');
};

subtest 'the files' => sub {
	my $text = slurp("$made/autocommit_left.sql");
	like($text, qr{\A-- left\n--\n-- Revision ID: autocommit\n-- Revises: hand_written_id\n-- Branch labels: left\n-- Create Date: 2024-05-06 07:08:09\.123456\n\n-- migrate:up transaction:false\nBEGIN;\n\nALTER TABLE people ADD COLUMN nick text;\n\nCOMMIT;\n\nALTER TYPE}, 'header and transactions');
	like($text, qr/-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY ix_nick;\n\nBEGIN;\n\nALTER TABLE people DROP COLUMN nick;\n\nCOMMIT;\n\z/, 'no empty transaction');
	like(slurp("$made/committed_left_2.sql"), qr/transaction:false\nBEGIN;\n\nCREATE TABLE c \(x int\);\n\nCOMMIT;\n\nCREATE INDEX CONCURRENTLY ix_c ON c \(x\);\n\n/, 'a raw COMMIT');
	$text = slurp("$made/hand_written_id_second.sql");
	like($text, qr/\A-- second\n--\n-- more: of it\n-- Revises nothing\n--\n/, 'the message');
	like($text, qr/SELECT twice\(1\); -- and a comment; without end\n\nCOMMENT/, 'a semicolon before the comment');
	unlike($text, qr/alembic_version|Running upgrade/, 'nothing of Alembic\'s own');
	like(slurp("$made/7e57ed_merge.sql"), qr/^-- Revises: committed, b16b00\n.*^-- migrate:up\n\n-- migrate:down\n\z/ms, 'a merge is empty');
	like(slurp("$made/b16b00_right.sql"), qr/^-- Depends on: left\n-- Branch labels: right, /m, 'depends_on and labels');
	like(slurp("$made/reads_data_reads.sql"), qr/^-- migrate:up\nDO \$refusal\$\nBEGIN\n\tRAISE EXCEPTION.*^--   ALTER TABLE pets ADD COLUMN seen BOOLEAN;$/ms, 'a refusal, with what could be converted');
};

my $both = Converted->new(
	pg => $pg, dir => $dir, migrations => $made,
	env => sub { (APP_URL => $pg->url($_[0]) =~ s/^postgresql:/postgresql+psycopg2:/r) });

subtest 'every step makes the same database' => sub {
	$pg->create_database($_) for qw(theirs ours);
	my %expected = (
		'up reads_data'    => 'by hand',
		'down reads_data'  => 'by hand',
		'down no_way_back' => 'both fail');
	my $reached = $both->walk('theirs', 'ours', sub {
		my ($id, $direction, $what, $them, $us) = @_;
		is($what, $expected{"$direction $id"} // 'same', "$direction $id")
		    or diag substr($them->{err}, -600), $us->{err},
		        $both->difference(map { $direction eq 'up' ? $_ : "${_}_down" } qw(theirs ours));
		like($us->{err}, qr/revision reads_data was not converted: upgrade\(\) reads data.*\n.*hint: Write the SQL/s, 'the refusal says what to do')
		    if "$direction $id" eq 'up reads_data';
		like($us->{err}, qr/refuses: downgrade\(\) fails with NotImplementedError: there's no way back: 100%/, 'and so does one that was meant')
		    if "$direction $id" eq 'down no_way_back';
	});
	ok($reached, 'up to the head');
	like($both->alembic('ours', 'current')->{out}, qr/^no_way_back \(head\)$/m, 'where Alembic goes on');
};

# Alembic makes the type of two tables once in a run, and fails on it in a second run.
subtest 'a type that two revisions make' => sub {
	my $table = sub { "op.create_table('$_[0]', sa.Column('k', sa.Enum('x', 'y', name='k')))" };
	my $here  = project(
		revision('one', message => 'one', up => $table->('a')),
		revision('two', message => 'two', down => 'one', up => $table->('b')));
	is(import_of($here)->{status}, 0, 'is imported');
	my $two = Converted->new(%$both, dir => $here, migrations => "$here/migrations");
	$pg->create_database($_) for qw(two_theirs two_ours);
	is(($two->compare('two_theirs', 'two_ours', 'upgrade', 'head'))[0], 'same', 'is the same in one run');
	like(slurp("$here/migrations/two_two.sql"), qr/IF pg_catalog\.to_regtype\('k'\) IS NULL THEN\n\t\tCREATE TYPE/, 'made only if it is missing');
};

subtest 'nothing is half written' => sub {
	my $slow = project(revision('one', message => 'one'), 'scripts/env.py' => "import sys, time\nprint('began', file=sys.stderr)\nopen('began', 'w')\ntime.sleep(60)\n");
	my $child = start('import', 'alembic', '--python', $Converted::python, '--directory', "$slow/migrations", { dir => $slow });
	select undef, undef, undef, 0.01 until -e "$slow/began" || !$child->running;
	$child->signal('TERM');
	is($child->finish->{status}, 143, 'SIGTERM ends it') or diag $child->{err};
	cmp_ok($child->{seconds}, '<', 30, 'at once');
	ok(!-e "$slow/migrations", 'with nothing written');

	my $before = join ' ', glob "$made/*";
	my $again  = import_of($dir);
	is($again->{status}, 3, 'revisions that are there are refused') or diag $again->{err};
	like($again->{err}, qr/8 of 8 revisions are in \S*migrations already.*hint: \S/s, 'with a hint');
	is(join(' ', glob "$made/*"), $before, 'and nothing changes');

	my $other = project(revision('one', message => 'one'), revision('two', message => 'two', down => 'one'));
	mkdir "$other/migrations";
	migration("$other/migrations", 'ours', { up => '', labels => 'one' });
	is(import_of($other)->{status}, 3, 'what cannot stand in one graph with what is there is refused');
	is(scalar(() = glob "$other/migrations/{*,.import*}"), 1, 'before anything is written');

	my $beside = tempdir();
	migration($beside, 'ours', { up => '' });
	is(import_of($other, '--directory', $beside)->{status}, 0, 'other revisions may be there');
	is(run('heads', '--directory', $beside)->{out}, "ours (head)\ntwo (head)\n", 'and stay');

	write_file("$other/blocked", '');
	is(import_of($other, '--directory', "$other/blocked")->{status}, 3, 'a file in place of the directory');
	my $deep = project(revision('one', message => 'one'), revision('two', message => 'two', down => 'one', up => 'op.execute("SELECT 1\n-- migrate:down\n")'));
	is(import_of($deep, '--directory', "$deep/deep/new")->{status}, 3, 'nor are directories');
	ok(!-e "$deep/deep", 'left, however deep');
	my $json = import_of($other, '--directory', "$other/deep/new", '--json');
	is($json->{status}, 0, 'a directory is made') or diag $json->{err};
	like($json->{out}, qr/^\[\{"revision":"one","path":"\S+one_one\.sql","up":null,"down":null,"by_hand":false\},/, '--json');
};

subtest 'where it is' => sub {
	my $here = project(revision('one', message => 'one'));
	my $n = 0;
	for my $place ([], ["$here/alembic.ini"], [$here], ["$here/scripts"], ['scripts']) {
		my $to = "$here/to" . ++$n;
		my $one = import_of($here, @$place, '--directory', $to);
		is($one->{status}, 0, "import alembic @$place") or diag $one->{err};
		ok(-f "$to/one_one.sql", 'finds it');
	}
	my $default = run('import', 'alembic', '--python', $Converted::python, { dir => $here });
	is($default->{status}, 0, 'without a word') or diag $default->{err};
	is(run('heads', { dir => $here })->{out}, "one (head)\n", 'the files are where the other commands look');
	my $outside = run('import', 'alembic', "$here/alembic.ini", '--python', $Converted::python, '--directory', "$here/out");
	is($outside->{status}, 0, 'from elsewhere') or diag $outside->{err};

	write_file("$here/named.ini", $ini =~ s/\[alembic\]/[app]/r);
	is(import_of($here, 'named.ini', '-n', 'app', '--directory', "$here/named")->{status}, 0, 'another section');
	my $x = project(revision('one', message => 'one'),
		'scripts/env.py' => "from alembic import context\nassert context.get_x_argument(as_dictionary=True) == {'a': '1', 'b': '2,3'}\n$env_py");
	is(import_of($x, '-x', 'a=1', '-x', 'b=2,3')->{status}, 0, '-x, commas and all');
};

subtest 'what cannot be converted' => sub {
	my $refuse = sub {
		my ($name, $message, @file) = @_;
		my $here = project(@file);
		my $one  = import_of($here);
		is($one->{status}, 3, $name) or diag $one->{err};
		like($one->{err}, $message, 'says why');
		like($one->{err}, qr/^\s+hint: \S/m, 'and what to do') or diag $one->{err};
		ok(!-e "$here/migrations", 'writes nothing');
	};
	my @one = revision('one', message => 'one');
	$refuse->('a broken env.py', qr/env\.py fails in Alembic's offline mode: ZeroDivisionError.*--without-env/s,
		@one, 'scripts/env.py' => "1 / 0\n");
	$refuse->('an env.py that runs nothing', qr/does not call context\.run_migrations/, @one, 'scripts/env.py' => '');
	$refuse->('several databases', qr/several times/, @one, 'scripts/env.py' => $env_py . "    context.run_migrations()\n" . "if context.is_offline_mode():\n    context.run_migrations()\n");
	$refuse->('a parent that is missing', qr/cannot read its revisions.*gone/, revision('two', message => 'two', down => 'gone'));
	$refuse->('Python that is none', qr/cannot read its revisions/, 'scripts/versions/x.py' => "def def\n");
	$refuse->('a long id', qr/longer than 32/, revision('x' x 33, message => 'long'));
	$refuse->('a marker in SQL', qr/revision one cannot be written: a second '-- migrate:down' line/, revision('one', message => 'one', up => 'op.execute("SELECT 1\n-- migrate:down\n")'));

	my $empty = tempdir();
	my $none  = import_of($empty);
	is($none->{status}, 3, 'no Alembic environment');
	like($none->{err}, qr/no alembic\.ini in.*hint: \S/s, 'says so');
	is(import_of($empty, 'nowhere')->{status}, 3, 'a place that is not there');
	my $python = run('import', 'alembic', '--python', '/nonexistent/python3', { dir => $dir });
	is($python->{status}, 3, 'no python');
	like($python->{err}, qr{cannot find /nonexistent/python3.*hint: .*--python}s, 'says so');
	for my $answer ('echo no JSON', 'echo "{}"', 'exit 3', 'kill -9 $$', 'true') {
		chmod 0755, my $strange = write_file("$dir/strange", "#!/bin/sh\n$answer\n");
		my $got = run('import', 'alembic', '--python', $strange, { dir => $dir });
		is($got->{status}, 3, "a python that says: $answer") or diag $got->{err};
		like($got->{err}, qr/^ERROR.*\bstrange\b.*\n(?:.*\n)*\s+hint: \S/m, 'is named, with a hint');
	}
	is(run('import', 'alembik')->{status}, 2, 'another tool');
	is(run('import')->{status}, 2, 'no tool');

	my $without = project(@one, 'scripts/env.py' => "1 / 0\n");
	is(import_of($without, '--without-env')->{status}, 0, '--without-env does not run it');

	my $asks = project(revision('one', message => 'one', up => "from alembic import context\nif not context.is_offline_mode():\n    op.execute('SELECT 1')"));
	like(import_of($asks)->{err}, qr/WARN.*asks whether it is offline/, 'a revision that asks is named');
	my $schema = project(@one, 'scripts/env.py' => $env_py =~ s/target_metadata/version_table="v", version_table_schema="s", target_metadata/gr);
	like(import_of($schema)->{err}, qr/WARN.*version table is v.*WARN.*schema s/s, 'another version table is named');
	my $setup = project(revision('one', message => 'one', up => 'op.execute("SELECT 2")'), 'scripts/env.py' => $env_py =~ s/(\n\s+)(context\.run)/$1context.execute("SET search_path = a, b")$1$2/r);
	like(import_of($setup)->{err}, qr/WARN.*env\.py runs SQL/, 'SQL of env.py\'s own is named');
	like(slurp("$setup/migrations/one_one.sql"), qr/migrate:up\nSET search_path = a, b;\n\nSELECT 2;\n/, 'and stands in the parts');
	my $broken = project(revision('one', message => 'Create date: x', up => q{op.execute("SELECT 'open")}));
	my $one = import_of($broken);
	is($one->{status}, 9, 'SQL that is none is left to people');
	like($one->{err}, qr/upgrade\(\) makes no SQL: /, 'by name') or diag $one->{err};
};

done_testing;
