# random_families.pl SEED COUNT: random parents with children or partitions, and random edits of them, there and
# back; see Pairs. A failure names its seed: `random_families.pl SEED 1` is that one alone, and RANDOM_SHOW=1
# prints its two schemas.
use strict;
use warnings;

use Cluster;
use Pairs;

my %types = (a => 'integer', b => 'text', c => 'date', d => 'varchar(20)');
my %defaults = (a => [ undef, 1, 2 ], b => [ undef, "'x'", "'y'" ], c => [ undef, "'2026-01-01'" ], d => [ undef, "'x'" ]);
my @storages = ('DEFAULT', 'EXTERNAL', 'MAIN');

sub pick   { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

sub column {
	my ($name) = @_;
	return {
		default => pick(@{ $defaults{$name} }),
		null    => chance(0.6),
		storage => $name =~ /[bd]/ ? pick('EXTENDED', 'EXTENDED', @storages[ 1, 2 ]) : undef,
		target  => pick(-1, -1, 10, 20),
	};
}

sub child {
	return { over => {}, own => {}, tied => chance(0.8), local => {}, indexes => {}, checks => {}, switch => {} };
}

sub family {
	my %family = (parts => chance(0.5), columns => {}, children => {}, indexes => {}, checks => {}, triggers => {}, only => {});
	$family{columns}{$_}    = column($_) for grep { chance(0.7) } sort keys %types;
	$family{children}{"x$_"} = child() for 1 .. 1 + int rand 2;
	return \%family;
}

sub edit {
	my ($schema) = @_;
	my @names = sort keys %$schema;
	my $what  = int rand 14;
	if (!@names || $what == 0) {
		$schema->{ pick(qw(f g)) } //= family();
		return;
	}
	my $family = $schema->{ pick(@names) };
	my $child  = $family->{children}{ my $which = pick(sort keys %{ $family->{children} }) };
	my $name   = pick(sort keys %types);
	if    ($what == 1) { $family->{columns}{$name} = column($name) }
	elsif ($what == 2) { delete $family->{columns}{$name} }
	elsif ($what == 3) { $child->{over}{$name} = column($name) }
	elsif ($what == 4) { delete $child->{over}{$name} }
	elsif ($what == 5) { $child->{tied} = !$child->{tied} }
	elsif ($what == 6) { $family->{children}{ 'x' . pick(1 .. 3) } //= child() }
	elsif ($what == 7) { $family->{indexes}{$name} = $family->{indexes}{$name} ? undef : pick(qw(i j)) }
	elsif ($what == 8) { $child->{indexes}{$name} = $child->{indexes}{$name} ? undef : pick(qw(i j)) }
	elsif ($what == 9) { $family->{checks}{$name} = $family->{checks}{$name} ? undef : pick('IS NOT NULL', 'IS NULL OR true') }
	elsif ($what == 10) { $family->{triggers}{ pick(qw(t u)) } = pick(undef, 'ENABLE', 'DISABLE', 'ENABLE ALWAYS') }
	elsif ($what == 11) { $child->{switch}{ pick(qw(t u)) } = pick(undef, 'ENABLE', 'DISABLE') }
	else { $family->{only}{$name} = pick(0, 'ONLY', 'ATTACH') }
	return;
}

sub column_sql {
	my ($name, $is) = @_;
	return join ' ', $name, $types{$name}, $is->{null} ? () : 'NOT NULL', defined $is->{default} ? "DEFAULT $is->{default}" : ();
}

# What is said of one table alone, once its column is there.
sub rest {
	my ($table, $name, $is) = @_;
	my @sql = "ALTER TABLE ONLY $table ALTER COLUMN $name SET STATISTICS $is->{target}";
	push @sql, "ALTER TABLE ONLY $table ALTER COLUMN $name SET STORAGE $is->{storage}" if $is->{storage};
	return @sql;
}

sub triggers {
	my ($table, $family) = @_;
	return map {
		my $state = $family->{triggers}{$_};
		("CREATE TRIGGER $_ BEFORE INSERT ON $table FOR EACH ROW EXECUTE FUNCTION noted()",
			$state eq 'ENABLE' ? () : "ALTER TABLE $table $state TRIGGER $_")
	} grep { defined $family->{triggers}{$_} } qw(t u);
}

sub child_sql {
	my ($f, $family, $x, $number) = @_;
	my $child   = $family->{children}{$x};
	my $table   = "${f}_$x";
	my @columns = sort keys %{ $family->{columns} };
	my %merged  = map { ($_ => $child->{tied} ? $child->{over}{$_} : { %{ $family->{columns}{$_} }, %{ $child->{over}{$_} // {} } }) } @columns;
	my @sql;
	if (!$child->{tied}) {
		push @sql, "CREATE TABLE $table (" . join(', ', 'id int NOT NULL', (map { column_sql($_, $merged{$_}) } @columns),
			map {"CONSTRAINT ${f}_k$_ CHECK ($_ $family->{checks}{$_})"} grep { $family->{checks}{$_} } @columns) . ')';
		push @sql, map { rest($table, $_, $merged{$_}) } @columns;
	} else {
		push @sql, $family->{parts} ? "CREATE TABLE $table PARTITION OF $f FOR VALUES FROM (${number}0) TO (${number}9)"
		    : "CREATE TABLE $table () INHERITS ($f)";
		for my $name (grep { $merged{$_} } @columns) {
			my $is = $merged{$name};
			push @sql, "ALTER TABLE $table ALTER COLUMN $name " . (defined $is->{default} ? "SET DEFAULT $is->{default}" : 'DROP DEFAULT');
			push @sql, "ALTER TABLE $table ALTER COLUMN $name SET NOT NULL" if !$is->{null};
			push @sql, rest($table, $name, $is);
		}
		push @sql, map {"ALTER TABLE $table $child->{switch}{$_} TRIGGER $_"}
		    grep { $family->{parts} && $family->{triggers}{$_} && $child->{switch}{$_} } qw(t u);
	}
	push @sql, map {"CREATE INDEX ${table}_$child->{indexes}{$_}$_ ON $table ($_, id)"} grep { $child->{indexes}{$_} } @columns;
	return @sql;
}

# An index for all partitions, or ON ONLY the parent, with nothing or one partition's attached.
sub index_sql {
	my ($f, $family, $column) = @_;
	my $name = "${f}_$family->{indexes}{$column}$column";
	my $only = $family->{parts} && $family->{only}{$column} or return "CREATE INDEX $name ON $f ($column)";
	my @sql  = "CREATE INDEX $name ON ONLY $f ($column)";
	my ($x)  = grep { $family->{children}{$_}{tied} } sort keys %{ $family->{children} };
	push @sql, "CREATE INDEX ${name}_$x ON ${f}_$x ($column)" if $x;
	push @sql, "ALTER INDEX $name ATTACH PARTITION ${name}_$x" if $x && $only eq 'ATTACH';
	return @sql;
}

sub sql {
	my ($schema) = @_;
	my @sql = q{CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'};
	for my $f (sort keys %$schema) {
		my $family  = $schema->{$f};
		my @columns = sort keys %{ $family->{columns} };
		push @sql, "CREATE TABLE $f (" . join(', ', 'id int NOT NULL', map({ column_sql($_, $family->{columns}{$_}) } @columns),
			map {"CONSTRAINT ${f}_k$_ CHECK ($_ $family->{checks}{$_})"} grep { $family->{checks}{$_} } @columns)
		    . ')' . ($family->{parts} ? ' PARTITION BY RANGE (id)' : '');
		push @sql, map { rest($f, $_, $family->{columns}{$_}) } @columns;
		push @sql, triggers($f, $family);
		my $number = 0;
		push @sql, child_sql($f, $family, "x$_", $_) for grep { $family->{children}{"x$_"} } 1 .. 3;
		push @sql, map { index_sql($f, $family, $_) } grep { $family->{indexes}{$_} } @columns;
	}
	return join '', map {"$_;\n"} @sql;
}

random_round_trips(@ARGV, edit => \&edit, sql => \&sql, first => 15, more => 5);
