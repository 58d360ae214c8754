# autogenerate_kept: what the models cannot express stays as it is where a column changes its type, and is
# never lost, nor left to fail, where a column that it uses goes.
use strict;
use warnings;

use Cluster;
use Migrate;
use Test::More;

my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';
plan skip_all => 'no SQLAlchemy' if system(qq{$python -c "import sqlalchemy, psycopg2" 2>/dev/null});
my $pg = Cluster->new(port => 1);
$pg->start;
my ($dir, $db) = (tempdir(), $pg->create_database('kept'));
my %env    = (DATABASE_URL => $pg->tcp_url($db), MIGRATE_MODELS_SOURCE => 'python:models:Base',
	MIGRATE_MODELS_PYTHON => $python);
my $models = <<'END';
from sqlalchemy import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class T(Base):
    __tablename__ = "t"
    id = Column(Integer, primary_key=True)
    e = Column(Integer)
    n = Column(Integer)
END

sub migrate { return run(@_, { dir => $dir, timeout => 120, env => \%env }) }

sub dump_of { return $pg->program('pg_dump', ['--schema-only'], db => $db)->{out} =~ s/^\\(?:un)?restrict .*\n//mgr }

mkdir "$dir/migrations";
write_file("$dir/models.py", $models);
migrate(qw(revision --autogenerate -m first));
is(migrate(qw(upgrade head))->{status}, 0, 'the models alone');
$pg->query('CREATE ROLE reader', $db);
$pg->query($_, $db) for split /\n/, <<'END';
CREATE VIEW v WITH (security_barrier = on) AS SELECT id, e FROM t
COMMENT ON VIEW v IS 'a view'
COMMENT ON COLUMN v.e IS 'its column'
GRANT SELECT ON v TO reader
CREATE VIEW vv AS SELECT e FROM v
ALTER VIEW vv OWNER TO reader
CREATE MATERIALIZED VIEW m AS SELECT id, e FROM t
CREATE UNIQUE INDEX m_id ON m (id)
CREATE FUNCTION total() RETURNS bigint BEGIN ATOMIC SELECT sum(e) FROM t; END
CREATE FUNCTION named() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(n) FROM t $$
CREATE FUNCTION other() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(id) FROM t $$
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := 1; RETURN NEW; END $$
CREATE TRIGGER of_e BEFORE UPDATE OF e ON t FOR EACH ROW EXECUTE FUNCTION fired()
CREATE TRIGGER when_e BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.e > 1) EXECUTE FUNCTION fired()
ALTER TABLE t DISABLE TRIGGER when_e
CREATE POLICY p ON t USING (e > 1)
CREATE RULE r AS ON DELETE TO t DO INSTEAD UPDATE t SET e = 0 WHERE id = OLD.id
CREATE STATISTICS s ON id, e FROM t
CREATE PUBLICATION pub FOR TABLE t (id, e)
CREATE TABLE heir () INHERITS (t)
END

subtest 'a type under all of them' => sub {
	my $before = dump_of();
	write_file("$dir/models.py", $models =~ s/e = Column\(Integer/e = Column(BigInteger/r);
	is(migrate(qw(revision --autogenerate -m wider))->{status}, 0, 'becomes a migration');
	my $done = migrate(qw(upgrade head));
	is($done->{status}, 0, 'that is applied') or diag $done->{err};
	is(dump_of(), $before =~ s/^    e integer/    e bigint/mr, 'and leaves the rest as it was');
	is(migrate('check')->{status}, 0, 'so that nothing is left to do');
	is(migrate(qw(downgrade -1))->{status}, 0, 'and back');
	is(dump_of(), $before, 'to what was before');
	unlink glob "$dir/migrations/*_wider.sql";
};

subtest 'a column that goes' => sub {
	my $before = dump_of();
	write_file("$dir/models.py", $models =~ s/    e = .*\n//r);
	my $done = migrate(qw(revision --autogenerate -m gone));
	is($done->{status}, 3, 'is refused');
	like($done->{err}, qr/(?:view|function|policy|rule|statistics|trigger) \S+ uses column t\.e, which the models do not have/, 'by name');
	for my $user ('view v', 'materialized view m', 'function total()', 'trigger t.of_e', 'trigger t.when_e', 'policy t.p', 'rule t.r', 'statistics s') {
		like($done->{err}, qr/\Q$user\E uses column t\.e\b/, "with the $user");
	}
	unlike($done->{err}, qr/view vv/, 'and not what uses those');
	like($done->{err}, qr/--rename t\.e:NEW\. Apply a migration first .*: migrate revision -m/, 'and what to do');
	is(migrate('diff')->{status}, 3, 'so is the difference alone');
	$done = migrate('check');
	is($done->{status}, 9, 'check finds it all the same');
	is($done->{out}, "removed column 'heir.e'\nremoved column 't.e'\n", 'and lists it');
	like($done->{err}, qr/New upgrade operations detected: removed column 'heir\.e'; removed column 't\.e'\n  detail: \S+ .*uses column t\.e\n.*hint: If column t\.e was renamed/s, 'with the reason') or diag $done->{err};
	is(dump_of(), $before, 'nothing happens');

	$pg->query('DROP VIEW vv, v; DROP MATERIALIZED VIEW m; DROP FUNCTION total; DROP TRIGGER of_e ON t; DROP TRIGGER when_e ON t;'
		. 'DROP POLICY p ON t; DROP RULE r ON t; DROP STATISTICS s; DROP PUBLICATION pub; CREATE VIEW heir_e AS SELECT e FROM heir', $db);
	like(migrate('diff')->{err}, qr/view heir_e uses column heir\.e, which/, 'also where a child inherits it');
	$pg->query('DROP VIEW heir_e; GRANT SELECT (e) ON t TO reader', $db);
	is(migrate('diff')->{out}, "-- lossy: the column's values are lost\nALTER TABLE public.t DROP COLUMN e;\n", 'without them it goes');
};

subtest 'a column that a function seems to name' => sub {
	$pg->query('CREATE TRIGGER always BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired()', $db);
	write_file("$dir/models.py", $models =~ s/    n = .*\n//r);
	like(migrate('diff')->{out}, qr/\A-- lossy: .*\n-- hazard: may be named by (?=.*function named\(\))(?=.*function fired\(\))(?!.*other\(\)).*, which would fail then\nALTER TABLE public\.t DROP COLUMN n;\n\z/,
		'is dropped with a warning');
};

subtest 'partitions, which the models cannot express' => sub {
	my $parted = $pg->create_database('parted');
	local $env{DATABASE_URL} = $pg->tcp_url($parted);
	my $q = sub {
		my ($default, $more) = @_;
		return <<"END" };
from sqlalchemy import *
from sqlalchemy.orm import declarative_base

Base = declarative_base()
Table("q", Base.metadata, Column("a", Integer, primary_key=True), Column("b", Integer, server_default="$default"),
      $more, postgresql_partition_by="RANGE (a)")
END
	write_file("$dir/models.py", $q->(1, 'Column("d", Text), CheckConstraint("b > 0", name="ck"), Index("q_b", "b")'));
	my $made = $pg->program('psql', [qw(-qX -v ON_ERROR_STOP=1)], db => $parted, stdin => migrate('diff')->{out} . <<'END');
CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (1) TO (10);
CREATE TABLE q2 PARTITION OF q FOR VALUES FROM (10) TO (20);
ALTER TABLE q1 ALTER COLUMN b SET DEFAULT 7;
ALTER TABLE q2 ALTER COLUMN b DROP DEFAULT;
ALTER INDEX q1_b_idx RENAME TO mine;
CREATE INDEX own ON q1 (b, a);
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON q FOR EACH ROW EXECUTE FUNCTION fired();
ALTER TABLE q1 DISABLE TRIGGER t;
END
	is($made->{err}, '', 'made by hand');
	is(migrate('diff')->{out}, '', 'they are kept with all that they have');
	write_file("$dir/models.py", $q->(2, 'Column("e", Text)'));
	is(migrate('diff')->{out} =~ s/^(?:--.*)?\n//mgr, <<'END', 'and keep their own defaults where their parent\'s changes');
DROP INDEX public.q_b;
ALTER TABLE public.q DROP COLUMN d;
ALTER TABLE public.q ADD COLUMN e text;
ALTER TABLE public.q ALTER COLUMN b SET DEFAULT 2;
ALTER TABLE public.q1 ALTER COLUMN b SET DEFAULT 7;
ALTER TABLE public.q2 ALTER COLUMN b DROP DEFAULT;
END
};

# The application itself takes keys from a sequence that the models name: one that is new begins behind the rows,
# and the way back leaves what counted before behind those.
subtest 'a sequence of the application' => sub {
	my %keys = (identity => 'integer generated by default as identity', serial => 'serial');
	my ($site, $of) = (tempdir(), $pg->create_database('served'));
	mkdir "$site/migrations";
	my $on = sub { return run(@_, { dir => $site, timeout => 120, env => { %env, DATABASE_URL => $pg->tcp_url($of) } }) };
	for my $key (sort keys %keys) {
		$pg->query("CREATE TABLE $key (id $keys{$key} primary key, a int); INSERT INTO $key (a) SELECT generate_series(1, 5)", $of);
	}
	write_file("$site/models.py", "from sqlalchemy import *\nBase = MetaData()\n" . join '', map {
		"Table('$_', Base, Column('id', Integer, Sequence('of_$_'), primary_key=True), Column('a', Integer))\n" } sort keys %keys);
	is($on->(qw(revision --autogenerate -m s))->{status}, 0, 'they come to tables with rows');
	is($on->(qw(upgrade head))->{status}, 0, 'and are made');
	for my $key (sort keys %keys) {
		is($pg->query("INSERT INTO $key (id) SELECT nextval('of_$key') FROM generate_series(1, 3) RETURNING id", $of), "6\n7\n8", "$key: keys that are free");
	}
	is($on->(qw(downgrade base))->{status}, 0, 'the way back');
	is($pg->query("INSERT INTO $_ (a) VALUES (1) RETURNING id", $of), '9', "$_: and there as well") for sort keys %keys;
	write_file("$site/models.py", "from sqlalchemy import *\nBase = MetaData()\n" . join '', map {
		"Table('$_', Base, Column('id', Integer, Sequence('${_}_id_seq'), primary_key=True), Column('a', Integer))\n" } sort keys %keys);
	is($on->('diff')->{out}, '', 'one that counts already is no new one');
};
done_testing;
