package OldHistory;

# OldHistory: by a seed, the SQL of a database as years of migrations left it, SQLAlchemy models that state a
# part of it, and what the application does. The models may have changed since: what they want of the database
# then stands beside them as SQL.
#
# A table has columns, and these have ways: a row of OldWays each.

use strict;
use warnings;

use Exporter qw(import);
use OldWays;

our @EXPORT = qw(old_history);

sub pick   { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

my %reserved = map { ($_ => 1) } qw(user order group);
sub quoted { return $_[0] =~ /^[a-z_][a-z0-9_]*\z/ && !$reserved{ $_[0] } ? $_[0] : qq{"$_[0]"} }
sub py     { return "'" . $_[0] =~ s/(['\\])/\\$1/gr . "'" }

my $head = <<'PY';
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.types import UserDefinedType

metadata = MetaData()


def q(text, *names):
    return text % tuple('"%s"' % name for name in names)


class Named(UserDefinedType):
    cache_ok = True

    def __init__(self, name):
        self.name = name

    def get_col_spec(self, **kw):
        return self.name


PY

my $number;

sub filled {
	my ($text, $names) = @_;
	return undef if !defined $text;
	$text =~ s/\{(\w+)\}/exists $names->{$1} ? $names->{$1} : "{$1}"/ge for 1 .. 2;
	return $text;
}

sub of_type { return { %{ $types{ $_[0] } }, type => $_[0] } }

# A column by a type and some ways, its texts filled but for the names of the stage.
sub column {
	my ($table, $name) = @_;
	my $type = chance(0.2) ? { %{ pick(@made_types) } } : of_type(pick(sort keys %types));
	my %is   = (%$type, name => $name, born => chance(0.25) ? "old_$name" : $name, null => 1, ways => [], column => [], table => []);
	$is{n} = ++$number;
	my $fixed = { n => $is{n}, s => $table->{birth_schema}, ps => $table->{types_schema} };
	$is{$_} = filled($is{$_}, $fixed) for grep { defined $is{$_} } qw(first type py default);
	$is{more} = [ map { filled($_, $fixed) } @{ $is{more} } ] if $is{more};
	my %has;
	for (1 .. int rand 7) {
		my $way = pick(@column_ways);
		next if $way->{for} && $is{type} !~ $way->{for} || $has{ $way->{name} }++;
		next if $is{plain} && ($way->{default} || $way->{wrong} || $way->{unique} || $way->{pins} || $way->{for}) || $way->{plain} && $table->{partitions};
		next if $way->{default} && ($has{default}++ || !defined $is{default}) || $way->{said} && !defined $is{said};
		next if $way->{column} && $way->{column} =~ /index|unique/ && $has{flags}++ || $way->{unique} && $has{unique}++;
		next if $way->{name} =~ /^comment/ && $has{words}++ || $way->{collate} && $has{collate}++;
		next if (($way->{wrong} // '') eq '1' || $way->{unique}) && $is{value} !~ /\{i\}/;
		next if $table->{partitions} && ($way->{unique} || $way->{name} =~ /exclude|kept|trigger/);
		my $it = { %$way, n => ++$number };
		push @{ $is{ways} }, $it;
		$is{null} = 0 if defined $way->{null};
		$is{said_default} = $way->{said} || 0 if $way->{default};
		$is{has_default} = $way->{default} eq '1' ? $is{default} : filled($way->{default}, { %$fixed, n => $it->{n} }) if $way->{default};
		$is{collate} = filled($way->{collate}, { %$fixed, n => $it->{n} }) if $way->{collate};
		$is{first} = join ';', grep {defined} $is{first}, filled($way->{first}, { %$fixed, n => $it->{n} }) if $way->{first};
	}
	return \%is;
}

sub table {
	my ($history, $name) = @_;
	my %is = (name => $name, born => chance(0.3) ? "old_$name" =~ s/\W/_/gr : $name, schema => $history->{home}, ways => []);
	$is{schema}       = 'shop' if chance(0.2);
	$is{said_schema}  = $is{schema} eq $history->{home} ? '' : $is{schema};
	$is{birth_schema} = chance(0.15) ? 'legacy' : $is{schema};
	$is{types_schema} = $is{birth_schema} eq $history->{home} ? '' : ", schema='$is{birth_schema}'";
	$is{partitions}   = chance(0.08);
	$is{key}          = { %{ pick(@keys) }, n => ++$number, name => pick('id', 'id', 'id', 'Key') };
	$is{key}{born}    = chance(0.15) ? 'old_id' : $is{key}{name};
	$is{partitions}   = 0 if $is{key}{after} || $is{key}{make} =~ /serial|identity/;
	$is{again} = !$is{key}{after} && chance(0.2);
	$is{columns} = [ map { column(\%is, $_) } map { chance(0.1) ? ucfirst : $_ } (qw(a b c d e f g))[ 0 .. int rand 6 ] ];
	push @{ $is{ways} }, { %{ pick(@table_ways) }, n => ++$number } for 1 .. int rand 3;
	$is{ways} = [ grep { !$_->{plain} } @{ $is{ways} } ] if $is{partitions};
	return \%is;
}

# The names in texts, at a stage: born or name.
sub names {
	my ($table, $column, $stage) = @_;
	my $schema = $stage eq 'born' ? $table->{birth_schema} : $table->{schema};
	my $called = $column->{type} // '';
	return (t => "$schema." . quoted($table->{$stage}), T => $table->{name}, c => quoted($column->{$stage}), C => $column->{name}, S => $schema,
		s => $table->{birth_schema}, pc => py($column->{name}), ix => quoted("ix_" . ($table->{said_schema} ? "$table->{said_schema}_" : '') . "$table->{name}_$column->{name}"), w => $column->{wrong_value} // 'NULL',
		inet => $called eq 'inet' ? 'inet_ops' : '', ops => $called =~ /^text/ ? 'text_pattern_ops' : 'varchar_pattern_ops');
}

sub value { my ($text, $i) = @_; return $text =~ s/\{i\}/$i/gr }

# Row $i: the columns and values of an INSERT; those columns that may be left out are so at random.
sub row {
	my ($table, $i, $whole) = @_;
	my (@columns, @values);
	if (defined $table->{key}{key}) {
		push @columns, quoted($table->{key}{name});
		push @values, value($table->{key}{key}, $i);
	}
	for my $column (grep { !$_->{gone} && !$_->{new} } @{ $table->{columns} }) {
		next if !$whole && ($column->{null} && !$column->{changed} || defined $column->{has_default}) && chance(0.3);
		push @columns, quoted($column->{name});
		push @values, value($column->{value}, $i);
	}
	return (join(', ', @columns), join(', ', @values));
}

sub insert {
	my ($table, $i, $whole) = @_;
	my ($columns, $values) = row($table, $i, $whole);
	my $name = "$table->{schema}." . quoted($table->{name});
	return $columns eq '' ? "insert into $name default values" : "insert into $name ($columns) values ($values)";
}

sub default_of {
	my ($column) = @_;
	my $said = $column->{said};
	return ref $said ? 'server_default=text("' . $$said =~ s/(["\\])/\\$1/gr . '")' : 'server_default=' . py($said);
}

sub wrong_of {
	my ($column) = @_;
	return $column->{wrong_value} = $column->{wrong} // value($column->{value}, 77);
}

# What a naming convention calls a constraint; without one it is nothing that has to be said.
my $convention = <<'PY';
metadata = MetaData(naming_convention={
    "ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s", "pk": "pk_%(table_name)s"})
PY

sub conventional {
	my ($history, @parts) = @_;
	return $history->{convention} ? 'constraint ' . quoted(join '_', @parts) . ' ' : '';
}

# The SQL of a way where the convention gives its constraint a name.
sub by_convention {
	my ($history, $table, $column, $way) = @_;
	return $way->{sql} if !$history->{convention} || !$way->{sql};
	return $way->{sql} =~ s/add unique/'add ' . conventional($history, 'uq', $table->{name}, $column->{name}) . 'unique'/er if $way->{name} && $way->{name} eq 'unique';
	return $way->{sql} =~ s/constraint (k\{n\})/'constraint ' . quoted("ck_$table->{name}_k$way->{n}")/er if $way->{table} && $way->{table} =~ /^Check/;
	return $way->{sql};
}

# What made the table, and the models' words of it.
sub make_table {
	my ($history, $table) = @_;
	my $key   = $table->{key};
	my %key   = (names($table, $key, 'born'), n => $key->{n}, s => $table->{birth_schema}, ps => $table->{types_schema});
	my @parts = quoted($key->{born}) . ' ' . filled($key->{make}, \%key);
	my $say   = sub { push @{ $history->{ $_[0] } }, @_[ 1 .. $#_ ] };
	$say->('first', filled($key->{first}, \%key)) if $key->{first};
	for my $column (@{ $table->{columns} }) {
		$say->('first', $column->{first}) if $column->{first};
		push @parts, join ' ', quoted($column->{born}), $column->{type}, defined $column->{collate} ? "collate $column->{collate}" : (),
		    $column->{null} ? () : 'not null', defined $column->{has_default} ? "default $column->{has_default}" : ();
	}
	push @parts, conventional($history, 'pk', $table->{name}) . 'primary key (' . quoted($key->{born}) . ')';
	if ($table->{again}) { # one of the same name went, and left its sequence
		$say->('create', "create table $key{t} (" . quoted($key->{born}) . ' serial primary key)',
			"alter sequence $table->{birth_schema}." . quoted("$table->{born}_$key->{born}_seq") . ' owned by none', "drop table $key{t}");
	}
	push @parts, 'went text' if $table->{again};
	$say->('create', "create table $key{t} (" . join(', ', @parts) . ')' . ($table->{partitions} ? ' partition by hash (' . quoted($key->{born}) . ')' : ''));
	$say->('create', map {"create table $table->{birth_schema}.part$key->{n}_$_ partition of $key{t} for values with (modulus 2, remainder $_)"} 0, 1)
	    if $table->{partitions};
	$say->('create', "alter table $key{t} drop went") if $table->{again};
	ways($history, $table);
	$say->('renames', "alter table $key{t} rename to " . quoted($table->{name})) if $table->{born} ne $table->{name};
	my $now = "$table->{birth_schema}." . quoted($table->{name});
	$say->('renames', "alter table $now set schema $table->{schema}") if $table->{birth_schema} ne $table->{schema};
	$now = "$table->{schema}." . quoted($table->{name});
	$say->('renames', map { "alter table $now rename " . quoted($_->{born}) . ' to ' . quoted($_->{name}) } grep { $_->{born} ne $_->{name} }
		@{ $table->{columns} }, $key);
	my %now = (names($table, $key, 'name'), n => $key->{n}, b => "$table->{schema}." . quoted("$table->{born}_$key->{born}_seq"));
	$now{q} = $now{b};
	$now{q} =~ s/_seq("?)\z/_seq1$1/ if $table->{again} && $key->{make} =~ /serial|identity/;
	my $later = join ' ', @{ $key->{after} // [] };
	$key->{serves} = $later =~ /rename to (\w+)\{n\}/ ? "$table->{schema}.$1$key->{n}" : $now{q} if $later !~ /owned by none|drop/;
	$say->('last', map { filled($_, \%now) } @{ $key->{after} // [] });
	return;
}

my %types_of_keys = (Integer => 'integer', BigInteger => 'bigint', SmallInteger => 'smallint', Text => 'text', UUID => 'uuid');

# A column that refers to the table's key or to that of another, by a foreign key of the models.
sub refer {
	my ($history, $table, $to) = @_;
	my $n     = ++$number;
	my $key   = $to->{key};
	my $py    = $key->{py} =~ s/,.*//r;
	my %to    = names($to, $key, 'name');
	my $name  = chance(0.5) ? "ref$n" : undef;
	my $other = pick([], [ ' on delete cascade', ", ondelete='CASCADE'" ], [ ' on delete set null', ", ondelete='SET NULL'" ],
		[ ' deferrable initially deferred', ", deferrable=True, initially='DEFERRED'" ], [ ' not valid', '' ]);
	my $column = { name => "to$n", born => "to$n", n => $n, type => $types_of_keys{$py}, null => 1, ways => [], column => [], table => [],
		value => $to == $table ? 'null' : "(select min($to{c}::text)::$types_of_keys{$py} from $to{t})", plain => 1, wrong => 'null' };
	my $where = ($to->{said_schema} ? "$to->{said_schema}." : '') . "$to->{name}.$key->{name}";
	my $said  = defined $name ? 'constraint ' . $name : conventional($history, 'fk', $table->{name}, "to$n", $to->{name});
	push @{ $table->{columns} }, $column;
	my %names = names($table, $column, 'name');
	$column->{py}  = join '', $column->{type} eq 'uuid' ? 'UUID' : $py, ', ForeignKey(', py($where), $other->[1] // '', defined $name ? ', name=' . py($name) : '', ')';
	$column->{ref} = { to => $where, name => $name // quoted($history->{convention} ? "fk_$table->{name}_to${n}_$to->{name}" : "$table->{name}_to${n}_fkey"), sql => "$to{t} ($to{c})", valid => ($other->[0] // '') =~ /not valid/ ? ' not valid' : '' };
	push @{ $history->{after} }, "alter table $names{t} add $names{c} $column->{type}", "alter table $names{t} add $said foreign key ($names{c}) references $to{t} ($to{c})" . ($other->[0] // '');
	return;
}

sub ways {
	my ($history, $table) = @_;
	my $key = $table->{key};
	for my $column (@{ $table->{columns} }, $key) {
		wrong_of($column) if $column != $key;
		my @ways = $column == $key ? @{ $table->{ways} } : @{ $column->{ways} };
		push @ways, { sql => "alter table {t} add constraint ck$column->{n} check ($column->{check})", wrong => 1 } if $column->{check};
		for my $way (@ways) {
			my $early = !$way->{late} && !$way->{now} && chance(0.5);
			my %names = (names($table, $column, $early ? 'born' : 'name'), n => $way->{n}, v => q{'x'}, pkey => quoted($history->{convention} ? "pk_$table->{name}" : "$table->{born}_pkey"),
				keytype => $key->{make} =~ /^(big|small)?(?:serial|int)/ ? ($1 // '') . 'int' : $key->{make} =~ /^(\w+)/ ? $1 : '');
			$way->{names} = { %names, names($table, $column, 'name') };
			push @{ $history->{ $early ? 'before' : $way->{late} ? 'last' : 'after' } }, filled(by_convention($history, $table, $column, $way), \%names) if $way->{sql};
			push @{ $column->{column} }, $way if $way->{column} && $column != $key;
			push @{ $column->{table} }, $way if ($way->{table} || $way->{also}) && $column != $key;
			push @{ $column->{refused} }, 1 if $way->{wrong} || $column->{wrong};
			push @{ $history->{ways} }, $way if $way->{works};
		}
	}
	return;
}

# The models' text of the table as it is now.
sub say_table {
	my ($history, $table) = @_;
	my $key   = $table->{key};
	my %key   = (n => $key->{n}, ps => $table->{types_schema});
	my @parts = 'Column(' . py($key->{name}) . ', ' . filled($key->{py}, \%key) . ', primary_key=True' . ($key->{more} // '') . ')';
	my @last;
	for my $column (grep { !$_->{gone} } @{ $table->{columns} }) {
		my @said = map { filled($_->{column}, $_->{names}) } grep { !$_->{lost} } @{ $column->{column} };
		push @said, default_of($column) if $column->{said_default};
		push @said, 'nullable=False' if !$column->{null};
		push @said, $column->{more_said} if $column->{more_said};
		push @parts, 'Column(' . join(', ', py($column->{name}), $column->{py}, @said) . ')';
		push @last, map { filled($_->{also} // $_->{table}, $_->{names}) } grep { !$_->{lost} } @{ $column->{table} };
	}
	push @parts, @last, @{ $table->{more} // [] };
	push @parts, "schema='$table->{schema}'" if $table->{schema} ne $history->{home};
	push @parts, q{postgresql_partition_by='HASH (' + q('%s', } . py($key->{name}) . q{) + ')'} if $table->{partitions} && $table->{partitions_said};
	return "Table(" . join(",\n    ", py($table->{name}) . ', metadata', @parts) . ")\n";
}

# Two tables beside the others, with keys of two columns.
sub add_pair {
	my ($history) = @_;
	my ($n, $home) = (++$number, $history->{home});
	my $born  = chance(0.4) ? "old_pair$n" : "pair$n";
	my $order = chance(0.3) ? 'b, a' : 'a, b';
	my $more  = pick([ '', '' ], [ ' on delete cascade', ", ondelete='CASCADE'" ], [ ' deferrable initially deferred', '' ], [ ' match full', ", match='FULL'" ]);
	my $auto  = pick([ 'integer', ', autoincrement=False' ], [ 'integer', '' ], [ 'serial', '' ], [ 'integer generated by default as identity', '' ]);
	my $name  = $history->{convention} ? quoted("fk_part${n}_x_y_pair$n") : "part${n}_x_y_fkey";
	push @{ $history->{create} }, "create table $home.$born (a $auto->[0], b varchar(9), " . conventional($history, 'pk', "pair$n") . "primary key ($order))",
	    "create table $home.part$n (x integer, y varchar(9), z integer, " . conventional($history, 'pk', "part$n") . "primary key (x, y), "
	    . conventional($history, 'uq', "part$n", 'z', 'x') . "unique (z, x), constraint $name foreign key (x, y) references $home.$born ($order)$more->[0])"
	    =~ s/references \S+ \(\Kb, a\)/a, b)/r;
	push @{ $history->{renames} }, "alter table $home.$born rename to pair$n" if $born ne "pair$n";
	push @{ $history->{pairs} }, "Table('pair$n', metadata, Column('a', Integer, primary_key=True$auto->[1]), Column('b', String(9), primary_key=True))\n"
	    . "Table('part$n', metadata, Column('x', Integer, primary_key=True, autoincrement=False), Column('y', String(9), primary_key=True), Column('z', Integer),\n"
	    . "    UniqueConstraint('z', 'x'), ForeignKeyConstraint(['x', 'y'], ['pair$n.a', 'pair$n.b']$more->[1]))\n";
	push @{ $history->{pair_rows} }, "insert into $home.pair$n (a, b) values (101, 'k')", "insert into $home.part$n values (101, 'k', 5)";
	push @{ $history->{pair_works} }, "insert into $home.pair$n (" . ($auto->[0] eq 'integer' ? "a, b) values (102, 'k')" : "b) values ('k')"),
	    "insert into $home.part$n select a, b, 7 from $home.pair$n where a < 101 or b = 'x'";
	push @{ $history->{pair_refuses} }, "insert into $home.part$n values (103, 'none', 1); set constraints all immediate", "insert into $home.pair$n values (101, 'k')";
	return;
}

# A change of the models, as SQL; none where it does not fit.
my @changes = (
	sub {
		my ($history, $table) = @_;
		my $n = ++$number;
		my ($type, $is) = do { my $type = pick(sort grep { !$types{$_}{plain} } keys %types); ($type, $types{$type}) };
		my $need = chance(0.4);
		my $column = { %$is, type => $type, name => "new$n", null => !$need, ways => [], column => [], table => [], new => 1 };
		@$column{qw(said_default has_default)} = (1, 1) if $need || chance(0.3);
		my $index = $type =~ $plain && chance(0.4);
		$column->{more_said} = 'index=True' if $index;
		push @{ $table->{columns} }, $column;
		my %names = names($table, $column, 'name');
		$column->{said} //= $is->{default};
		my $default = ref $is->{said} ? ${ $is->{said} } : "'" . $column->{said} =~ s/'/''/gr . "'";
		return "alter table $names{t} add new$n $type" . ($column->{has_default} ? " default $default" : '') . ($need ? ' not null' : '')
		    . ($index ? "; create index $names{ix} on $names{t} (new$n)" : '');
	},
	sub {
		my ($history, $table) = @_;
		my ($column) = grep { $_->{wider} && !$_->{new} && !$_->{gone} && !$_->{changed} } @{ $table->{columns} } or return;
		my ($type, $py) = @{ pick(@{ $column->{wider} }) };
		return if grep { $_->{name} =~ /pattern|gist|brin|sequence|function/ } @{ $column->{ways} };
		return if $type eq 'timestamp' && defined $column->{has_default};
		@$column{qw(py changed)} = ($py, 1);
		my %names = names($table, $column, 'name');
		my $using = $type eq 'jsonb' ? " using $names{c}::jsonb" : '';
		my $default = defined $column->{has_default} && $type eq 'jsonb';
		my @pins = grep { $_->{pins} } @{ $column->{ways} };
		my $pinned = sub { my ($of) = @_; return map { filled($_->{$of}, $_->{names}) . '; ' } @pins };
		return join('', $pinned->('pins')) . ($default ? "alter table $names{t} alter $names{c} drop default; " : '') . "alter table $names{t} alter $names{c} type $type"
		    . (defined $column->{collate} ? " collate $column->{collate}" : '') . $using
		    . ($default ? "; alter table $names{t} alter $names{c} set default '{}'" : '')
		    . join('', '; ', $pinned->('sql'));
	},
	sub {
		my ($history, $table) = @_;
		my ($column) = grep { !$_->{new} && !$_->{gone} && !$_->{changed} && !$_->{check} && ($_->{null} || defined $_->{has_default}) && !grep { $_->{pins} || $_->{first} } @{ $_->{ways} } }
		    @{ $table->{columns} } or return;
		$column->{gone} = 1;
		my %names = names($table, $column, 'name');
		return "alter table $names{t} drop $names{c}";
	},
	sub {
		my ($history, $table) = @_;
		my ($column) = grep { !$_->{new} && !$_->{gone} && !$_->{changed} && $_->{value} ne 'null' } @{ $table->{columns} } or return;
		my %names = names($table, $column, 'name');
		$column->{changed} = 1;
		$column->{null} = !$column->{null};
		return "alter table $names{t} alter $names{c} " . ($column->{null} ? 'drop' : 'set') . ' not null';
	},
	sub {
		my ($history, $table) = @_;
		for my $column (grep { !$_->{gone} } @{ $table->{columns} }) {
			my ($way) = grep { $_->{gone} && !$_->{lost} } @{ $column->{ways} } or next;
			$way->{lost} = 1;
			return filled($way->{gone}, $way->{names});
		}
		return;
	},
	sub {
		my ($history, $table) = @_;
		my ($column) = grep { $_->{more} && !$_->{gone} && !$_->{changed} } @{ $table->{columns} } or return;
		my ($sql, $py, $value) = @{ $column->{more} };
		$column->{changed} = 1;
		$column->{py} = $py;
		$history->{works_after} = 1;
		return $sql;
	},
	sub {
		my ($history, $table) = @_;
		my $n = ++$number;
		my $key = $table->{key};
		my %names = names($table, $key, 'name');
		my $py = $key->{py} =~ s/,.*//r;
		my $type = $types_of_keys{$py};
		my $to = ($table->{schema} eq $history->{home} ? '' : "$table->{schema}.") . "$table->{name}.$key->{name}";
		push @{ $history->{new} }, "Table('fresh$n', metadata, Column('id', Integer, primary_key=True), Column('of', $py, ForeignKey(" . py($to)
		    . ", ondelete='CASCADE'), index=True))\n";
		return "create table $history->{home}.fresh$n (id serial " . conventional($history, 'pk', "fresh$n") . "primary key, of $type "
		    . conventional($history, 'fk', "fresh$n", 'of', $table->{name}) . "references $names{t} ($names{c}) on delete cascade); "
		    . "create index ix_fresh${n}_of on $history->{home}.fresh$n (of)";
	},
	sub {
		my ($history, $table) = @_;
		my $n = ++$number;
		my ($column) = grep { !$_->{new} && !$_->{gone} && !$_->{changed} && $_->{type} =~ $plain } @{ $table->{columns} } or return;
		my %names = names($table, $column, 'name');
		push @{ $table->{more} }, "Index('more$n', $names{pc}, " . py($table->{key}{name}) . ")";
		$column->{changed} = 1;
		return "create index more$n on $names{t} ($names{c}, " . quoted($table->{key}{name}) . ')';
	},
	sub {
		my ($history, $table) = @_;
		my $n = ++$number;
		my ($column) = grep { !$_->{new} && !$_->{gone} && !$_->{changed} && $_->{type} =~ $plain } @{ $table->{columns} } or return;
		my %names = names($table, $column, 'name');
		push @{ $table->{more} }, "CheckConstraint(q('%s is not null or true', $names{pc}), name='more$n')";
		$column->{changed} = 1;
		my $named = $history->{convention} ? quoted("ck_$table->{name}_more$n") : "more$n";
		return "alter table $names{t} add constraint $named check ($names{c} is not null or true)";
	},
	sub {
		my ($history, $table) = @_;
		my $key = $table->{key};
		return if $key->{make} !~ /^(?:serial|integer)/ || $key->{py} !~ s/^Integer/BigInteger/ || $table->{partitions} || $table->{inherited};
		my %names = names($table, $key, 'name');
		return "alter table $names{t} alter $names{c} type bigint" . ($key->{make} eq 'serial' && $key->{serves} && !$key->{more} ? "; alter sequence $key->{serves} as bigint" : '');
	},
	sub {
		my ($history, $table) = @_;
		my ($column) = grep { $_->{ref} && !$_->{gone} && !$_->{changed} } @{ $table->{columns} } or return;
		my %names = names($table, $column, 'name');
		$column->{changed} = 1;
		my $drop = "alter table $names{t} drop constraint $column->{ref}{name}";
		return $drop if $column->{py} =~ s/, ForeignKey.*// && chance(0.5);
		$column->{py} .= ', ForeignKey(' . py($column->{ref}{to}) . ", ondelete='RESTRICT', name=" . py($column->{ref}{name}) . ')';
		return "$drop; alter table $names{t} add constraint $column->{ref}{name} foreign key ($names{c}) references $column->{ref}{sql} on delete restrict$column->{ref}{valid}";
	},
	sub {
		my ($history, $table) = @_;
		my ($column) = grep { !$_->{new} && !$_->{gone} && !$_->{changed} && !defined $_->{has_default} && !ref $_->{said} && defined $_->{said} }
		    @{ $table->{columns} } or return;
		@$column{qw(said_default changed)} = (1, 1);
		my %names = names($table, $column, 'name');
		return "alter table $names{t} alter $names{c} set default '" . $column->{said} =~ s/'/''/gr . "'";
	},
);

# {old: SQL without rows; full: with; models; works: [SQL]; refuses: [SQL]; wanted: SQL that does what the models
# want, undef if they want nothing}.
sub old_history {
	my ($seed) = @_;
	srand $seed;
	$number = 0;
	my %history = (home => chance(0.2) ? 'app' : 'public', convention => chance(0.3),
		map { ($_ => []) } qw(first create before renames after last ways new pairs pair_rows pair_works pair_refuses));
	my @tables  = map { table(\%history, $_) } grep { chance(0.5) } qw(t user Big_Table items);
	@tables = table(\%history, 't') if !@tables;
	make_table(\%history, $_) for @tables;
	for my $at (0 .. $#tables) {
		refer(\%history, $tables[$at], $tables[ int rand $at + 1 ]) if chance(0.4) && !$tables[$at]{partitions};
	}
	add_pair(\%history) if chance(0.3);
	my @rows = (@{ $history{pair_rows} }, map { my $table = $_; map { insert($table, $_, 1) } 1 .. 3 } @tables);
	my @wanted;
	if (chance(0.7)) {
		push @wanted, grep {defined} pick(@changes)->(\%history, pick(@tables)) for 1 .. 1 + int rand 3;
	}
	my @works = (@{ $history{pair_works} }, map { my $table = $_; map { insert($table, $_, 0) } 200 .. 201 } @tables);
	for my $way (@{ $history{ways} }) {
		my ($table) = grep { $_->{schema} . '.' . quoted($_->{name}) eq $way->{names}{t} } @tables;
		my ($column) = grep { quoted($_->{name}) eq $way->{names}{c} } @{ $table->{columns} };
		next if $column && $column->{gone};
		push @works, filled($way->{works}, { %{ $way->{names} }, one => $column && value($column->{value}, 1) });
	}
	my @refuses = @{ $history{pair_refuses} };
	for my $table (@tables) {
		for my $column (grep { $_->{refused} && !$_->{gone} } @{ $table->{columns} }) {
			local $column->{value} = $column->{wrong_value};
			push @refuses, insert($table, 170, 1);
		}
	}
	my $path = $history{home} eq 'public' ? '' : <<'SQL';
do $$ begin execute format('alter database %I set search_path = app, public', current_database()); end $$;
SQL
	my $old = "create schema app; create schema shop; create schema legacy;\n$path"
	    . join '', map {"$_;\n"} map { @{ $history{$_} } } qw(first create before renames after last);
	return { name => "h$seed", old => $old, full => $old . join('', map {"$_;\n"} @rows), source => 'metadata',
		models => ($history{convention} ? $head =~ s/^metadata = MetaData\(\)\n/$convention/mr : $head)
		    . join('', (map { say_table(\%history, $_) } @tables), @{ $history{pairs} }, @{ $history{new} }),
		probe => join(";\n", @works), refuses => \@refuses, wanted => @wanted ? join('', map {"$_;\n"} @wanted) : undef };
}

1;
