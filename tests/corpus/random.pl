# random.pl SEED COUNT: random schemas and random edits of them, there and back; see Pairs. A failure names
# its seed: `random.pl SEED 1` is that one alone, and RANDOM_SHOW=1 prints its two schemas.
use strict;
use warnings;

use Cluster;
use Pairs;

sub pick   { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

my @types = ('integer', 'bigint', 'text', 'varchar(20)', 'varchar(30)', 'numeric(10,2)', 'boolean', 'date',
	'timestamptz', 'jsonb', 'uuid', 'text[]');
my %default = (integer => '7', bigint => '-8', text => "'x'", 'varchar(20)' => "'it''s'", 'numeric(10,2)' => '0.50',
	boolean => 'true', timestamptz => 'now()', jsonb => "'{}'", 'text[]' => "'{}'");

sub column {
	my ($schema) = @_;
	my @enums = sort keys %{ $schema->{enums} };
	my $type  = @enums && chance(0.15) ? pick(@enums) : pick(@types);
	return {
		type    => $type,
		null    => chance(0.6),
		default => chance(0.4) ? $schema->{enums}{$type} ? "'$schema->{enums}{$type}[0]'" : $default{$type} : undef,
		comment => chance(0.1) ? pick(qw(one two)) : undef,
	};
}

sub table {
	my ($schema) = @_;
	my %table = (id => pick('serial', 'bigserial', 'int GENERATED ALWAYS AS IDENTITY', 'bigint'), columns => {},
		indexes => {}, refs => {}, checks => {});
	$table{columns}{"c$_"} = column($schema) for 1 .. 1 + int rand 5;
	return \%table;
}

# One change; the same operations make a schema from nothing.
sub edit {
	my ($schema) = @_;
	my @tables = sort keys %{ $schema->{tables} };
	my $table  = @tables ? $schema->{tables}{ pick(@tables) } : undef;
	my $what   = int rand 14;
	if (!$table || $what == 0) {
		$schema->{tables}{ 't' . int rand 8 } //= table($schema);
		return;
	}
	my @columns = sort keys %{ $table->{columns} };
	my $column  = pick(@columns);
	if    ($what == 1) { $table->{columns}{ 'c' . int rand 9 } //= column($schema) }
	elsif ($what == 2) { delete $table->{columns}{$column} if @columns > 1 }
	elsif ($what == 3) { $table->{columns}{$column} = column($schema) }
	elsif ($what == 4) { $table->{indexes}{ 'i' . int rand 5 } = { on => $column, unique => chance(0.3), where => chance(0.3) } }
	elsif ($what == 5) { delete $table->{indexes}{ pick(sort keys %{ $table->{indexes} }) // '' } }
	elsif ($what == 6) { $table->{refs}{ 'r' . int rand 3 } = { to => pick(@tables), cascade => chance(0.5) } }
	elsif ($what == 7) { $table->{checks}{ 'k' . int rand 3 } = "$column IS NOT NULL" . pick('', ' OR id > 3') }
	elsif ($what == 8) { $schema->{enums}{ 'e' . int rand 3 } = [ pick([qw(a b)], [qw(a b c)], [qw(c a)], [qw(a x b)]) ]->[0] }
	elsif ($what == 9) { $schema->{views}{ 'v' . int rand 4 } = { of => pick(@tables), with => $column } }
	elsif ($what == 10) { delete $schema->{views}{ pick(sort keys %{ $schema->{views} }) // '' } }
	elsif ($what == 11) { delete $schema->{tables}{ pick(@tables) } if @tables > 1 }
	elsif ($what == 12) { $schema->{functions}{ 'f' . int rand 3 } = { of => pick(@tables), as => pick(qw(int bigint text)) } }
	else { $table->{comment} = pick(undef, 'said', "it's") }
	return;
}

# What of it holds together, as SQL.
sub sql {
	my ($schema) = @_;
	my (@sql, @last, %has);
	push @sql, "CREATE TYPE $_ AS ENUM (" . join(', ', map {"'$_'"} @{ $schema->{enums}{$_} }) . ')' for sort keys %{ $schema->{enums} };
	for my $name (sort keys %{ $schema->{tables} }) {
		my $table = $schema->{tables}{$name};
		my @parts = ("id $table->{id} PRIMARY KEY");
		for my $column (sort keys %{ $table->{columns} }) {
			my $is   = $table->{columns}{$column};
			my $enum = $schema->{enums}{ $is->{type} };
			next if $is->{type} =~ /^e\d/ && !$enum;
			my $default = $enum && defined $is->{default} ? "'$enum->[0]'" : $is->{default};
			$has{"$name.$column"} = 1;
			push @parts, join ' ', $column, $is->{type}, $is->{null} ? () : 'NOT NULL', defined $default ? "DEFAULT $default" : ();
			push @last, "COMMENT ON COLUMN $name.$column IS '$is->{comment}'" if $is->{comment};
		}
		for my $check (sort keys %{ $table->{checks} }) {
			my ($column) = $table->{checks}{$check} =~ /^(\w+)/;
			push @parts, "CONSTRAINT $check CHECK ($table->{checks}{$check})" if $has{"$name.$column"};
		}
		push @sql, "CREATE TABLE $name (" . join(', ', @parts) . ')';
		for my $index (sort keys %{ $table->{indexes} }) {
			my $is = $table->{indexes}{$index};
			next if !$has{"$name.$is->{on}"};
			push @last, 'CREATE ' . ($is->{unique} ? 'UNIQUE ' : '') . "INDEX ${name}_$index ON $name ($is->{on}, id)" . ($is->{where} ? ' WHERE id > 5' : '');
		}
		for my $ref (sort keys %{ $table->{refs} }) {
			my $is = $table->{refs}{$ref};
			next if !$schema->{tables}{ $is->{to} };
			push @last, "ALTER TABLE $name ADD CONSTRAINT $ref FOREIGN KEY (id) REFERENCES $is->{to} (id)" . ($is->{cascade} ? ' ON DELETE CASCADE' : '');
		}
		push @last, "COMMENT ON TABLE $name IS '" . $table->{comment} =~ s/'/''/gr . "'" if $table->{comment};
	}
	for my $view (sort keys %{ $schema->{views} }) {
		my ($of, $with) = @{ $schema->{views}{$view} }{qw(of with)};
		push @last, "CREATE VIEW $view AS SELECT id, $with FROM $of", "COMMENT ON VIEW $view IS 'a view'",
		    "CREATE VIEW ${view}_on AS SELECT * FROM $view WHERE id > 1" if $schema->{tables}{$of} && $has{"$of.$with"};
	}
	for my $function (sort keys %{ $schema->{functions} }) {
		my $is = $schema->{functions}{$function};
		push @last, "CREATE FUNCTION $function() RETURNS $is->{as} LANGUAGE sql AS 'SELECT count(*)::$is->{as} FROM $is->{of}'"
		    if $schema->{tables}{ $is->{of} };
	}
	return join '', map {"$_;\n"} @sql, @last;
}

random_round_trips(@ARGV, edit => \&edit, sql => \&sql, first => 25, more => 12);
