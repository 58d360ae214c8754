# random_positions.pl SEED COUNT: random tables with rows whose keys come from sequences and identities of all sorts,
# and random edits of those, there and back; see Pairs. After each way the next key has to be free. A failure names
# its seed: `random_positions.pl SEED 1` is that one alone, and RANDOM_SHOW=1 prints its two schemas.
use strict;
use warnings;

use Cluster;
use Pairs;

sub pick   { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

# Each has room for the rows, and a start that is not among those of another.
my @series = (
	{}, {}, {}, { by => 2 }, { by => 10, start => 5 }, { start => 1000 }, { min => 0, start => 0 }, { max => 500 },
	{ min => 20, max => 90, start => 30 }, { min => -500, max => 500, start => -500 }, { min => -900, max => -100, start => -900 },
	{ by => -1 }, { by => -3, min => -2000, max => 2000, start => 1900 }, { cycle => 1, max => 400 }, { cache => 5 },
	{ by => -1, min => -90, max => -20, start => -30 },
);

sub counter {
	return { how => pick(qw(serial serial identity identity always shared named plain)), type => pick(qw(integer integer bigint smallint)),
		series => pick(@series), name => pick('', '', 'other'), owned => chance(0.7), key => chance(0.8) };
}

sub edit {
	my ($schema) = @_;
	my $name = 't' . int rand 3;
	if (!$schema->{$name}) { $schema->{$name} = counter(); return }
	my $is   = $schema->{$name};
	my $what = int rand 6;
	my $new  = counter();
	if    ($what < 2) { $is->{how} = $new->{how} }
	elsif ($what == 2) { $is->{type} = $new->{type} }
	elsif ($what == 3) { $is->{series} = $new->{series} }
	elsif ($what == 4) { $is->{name} = $new->{name} }
	else { $is->{owned} = !$is->{owned} }
	return;
}

sub options {
	my ($series, $type) = @_;
	my @all = ($series->{by} ? "INCREMENT BY $series->{by}" : (), defined $series->{min} ? "MINVALUE $series->{min}" : (),
		$series->{max} ? "MAXVALUE $series->{max}" : (), defined $series->{start} ? "START WITH $series->{start}" : (),
		$series->{cache} ? "CACHE $series->{cache}" : (), $series->{cycle} ? 'CYCLE' : ());
	return join ' ', @all;
}

# Rows that were inserted, of which some are gone.
sub rows {
	my ($name, $is) = @_;
	my $count = 3 + length($name . $is->{how} . $is->{type});
	return $is->{how} eq 'plain' ? "INSERT INTO $name (id) SELECT g * 2 FROM generate_series(1, $count) g"
	    : ("INSERT INTO $name (x) SELECT g FROM generate_series(1, $count) g", "DELETE FROM $name WHERE x > $count - 2");
}

sub sql {
	my ($schema) = @_;
	my @sql = 'CREATE SEQUENCE shared';
	for my $name (sort keys %$schema) {
		my $is      = $schema->{$name};
		my $options = options($is->{series}, $is->{type});
		my $by      = $is->{name} ? "${name}_$is->{name}" : "${name}_id_seq";
		my $key     = $is->{key} ? ' PRIMARY KEY' : ' NOT NULL';
		if ($is->{how} eq 'serial') {
			push @sql, "CREATE TABLE $name (id " . { integer => 'serial', bigint => 'bigserial', smallint => 'smallserial' }->{ $is->{type} } . "$key, x int)";
		} elsif ($is->{how} eq 'named') {
			push @sql, "CREATE SEQUENCE $by AS $is->{type} $options", "CREATE TABLE $name (id $is->{type} DEFAULT nextval('$by')$key, x int)",
			    $is->{owned} ? "ALTER SEQUENCE $by OWNED BY $name.id" : ();
		} elsif ($is->{how} eq 'shared') {
			push @sql, "CREATE TABLE $name (id $is->{type} DEFAULT nextval('shared')$key, x int)";
		} elsif ($is->{how} eq 'plain') {
			push @sql, "CREATE TABLE $name (id $is->{type}$key, x int)";
		} else {
			my $all = join ' ', $is->{name} ? "SEQUENCE NAME $by" : (), $options;
			push @sql, "CREATE TABLE $name (id $is->{type} GENERATED " . ($is->{how} eq 'always' ? 'ALWAYS' : 'BY DEFAULT') . ' AS IDENTITY'
			    . ($all ne '' ? " ($all)" : '') . "$key, x int)";
		}
		push @sql, rows($name, $is);
	}
	return join '', map {"$_;\n"} @sql;
}

random_round_trips(@ARGV, edit => \&edit, sql => \&sql, first => 8, more => 5);
