# random_keys.pl SEED COUNT: random keys, indexes, conditions, NOT NULLs and generation expressions of tables that stay,
# alone, with a child or with partitions, and random edits of them, there and back; see Pairs. What a server is too old
# for is left out. A failure names its seed: `random_keys.pl SEED 1` is that one alone, and RANDOM_SHOW=1 prints its
# two schemas. With PAIRS_SAFE=1 they are made without blocking.
use strict;
use warnings;

use Cluster;
use Pairs;

sub pick   { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

my @columns = qw(a b c);

# How a column is NOT NULL: a name, NOT VALID, NO INHERIT and a comment are PostgreSQL 18's.
sub strictness {
	return undef if chance(0.4);
	return { name => chance(0.3) ? 'nn' . int rand 4 : undef, valid => chance(0.8), alone => chance(0.1), says => chance(0.2) };
}

my %make = (
	n => sub { strictness() },
	k => sub { { what => pick('PRIMARY KEY', 'UNIQUE', 'UNIQUE'), on => pick('a', 'b', 'a, b', 'b, c'), include => chance(0.2),
			later => pick('', '', ' DEFERRABLE', ' DEFERRABLE INITIALLY DEFERRED'), with => chance(0.15) } },
	i => sub { { on => pick('a', 'b', 'c', 'a DESC', 'b, a', '(a + 1)'), unique => chance(0.4), where => chance(0.2), says => chance(0.2) } },
	c => sub { { as => pick('a > 0', 'b > 0', 'a > 1'), valid => chance(0.8), enforced => chance(0.85), says => chance(0.2) } },
	f => sub { { on => pick(qw(a b c)), valid => chance(0.8), enforced => chance(0.85), cascade => chance(0.3) } },
	r => sub { pick(undef, 'FULL', 'NOTHING', 'index', 'index') },
	o => sub { pick(undef, undef, 'i0', 'i1') },
	g => sub { pick(undef, 'a + 1', 'a * 2', 'a + b') },
	d => sub { chance(0.3) ? pick('ALWAYS', 'BY DEFAULT') : undef },
);
my @kinds = (qw(n n n k k i i i c c f f r o g d));

sub edit {
	my ($schema) = @_;
	my $table = pick(qw(t u p q));
	my $kind  = pick(@kinds);
	my $name  = $kind eq 'n' ? pick(@columns) : $kind =~ /[rogd]/ ? 0 : int rand 2;
	if ($kind =~ /[kicf]/ && $schema->{$table}{"$kind$name"} && chance(0.4)) {
		delete $schema->{$table}{"$kind$name"};
	} else {
		$schema->{$table}{"$kind$name"} = $make{$kind}->();
	}
	$schema->{parts}{ pick(qw(p1 p2)) } = { n => strictness(), g => $make{g}->(), key => chance(0.3) } if chance(0.3);
	return;
}

# NOT NULL within CREATE TABLE, and what has to be said after it.
sub not_null {
	my ($table, $column, $is, $eighteen, $alone) = @_;
	return ('', ()) if !$is;
	return (' NOT NULL', ()) if !$eighteen;
	my $name = $is->{name} && "${column}_$is->{name}";
	my $no   = $is->{alone} && $alone ? ' NO INHERIT' : '';
	return ('', 'ALTER TABLE ' . $table . ' ADD CONSTRAINT ' . ($name // "${table}_${column}_not_null") . " NOT NULL $column$no NOT VALID") if !$is->{valid};
	return (($name ? " CONSTRAINT $name" : '') . " NOT NULL$no",
		$is->{says} ? "COMMENT ON CONSTRAINT " . ($name // "${table}_${column}_not_null") . " ON $table IS 'said'" : ());
}

sub constraints_of {
	my ($table, $is, $version, $parted) = @_;
	my @sql;
	my $primary = 0;
	for my $name (grep {/^k/} sort keys %$is) {
		my $key = $is->{$name};
		next if $key->{what} eq 'PRIMARY KEY' && ($primary++ || grep { !$is->{"n$_"} || !$is->{"n$_"}{valid} || $is->{"n$_"}{alone} } split /, /, $key->{on});
		next if $parted && $key->{on} !~ /a/;
		push @sql, "ALTER TABLE $table ADD CONSTRAINT ${table}_$name $key->{what} ($key->{on})" . ($key->{include} && $key->{on} !~ /c/ ? ' INCLUDE (c)' : '')
		    . ($key->{with} ? ' WITH (fillfactor = 70)' : '') . $key->{later};
	}
	return @sql;
}

sub indexes_of {
	my ($table, $is, $parted) = @_;
	my (@sql, %has);
	for my $name (grep {/^i/} sort keys %$is) {
		my $index = $is->{$name};
		next if $parted && $index->{unique} && $index->{on} !~ /\ba\b/ || $parted && $index->{on} =~ /\(/ && $index->{unique};
		push @sql, 'CREATE ' . ($index->{unique} ? 'UNIQUE ' : '') . "INDEX ${table}_$name ON $table ($index->{on})" . ($index->{where} ? ' WHERE b > 5' : '');
		push @sql, "COMMENT ON INDEX ${table}_$name IS 'said'" if $index->{says};
		$has{$name} = $index;
	}
	return (\%has, @sql);
}

sub rest_of {
	my ($table, $is, $version, $parted) = @_;
	my ($has, @sql) = indexes_of($table, $is, $parted);
	for my $name (grep {/^c/} sort keys %$is) {
		my $check = $is->{$name};
		my $how = $version >= 180000 && !$check->{enforced} ? ' NOT ENFORCED' : !$check->{valid} ? ' NOT VALID' : '';
		push @sql, "ALTER TABLE $table ADD CONSTRAINT ${table}_$name CHECK ($check->{as})$how";
		push @sql, "COMMENT ON CONSTRAINT ${table}_$name ON $table IS 'said'" if $check->{says};
	}
	for my $name (grep {/^f/} sort keys %$is) {
		my $key = $is->{$name};
		# The server wants two that partitions share to be alike in this.
		my $enforced = $parted && $is->{f0} ? $is->{f0}{enforced} : $key->{enforced};
		my $how = $version >= 180000 && !$enforced ? ' NOT ENFORCED' : !$key->{valid} ? ' NOT VALID' : '';
		$how = '' if $parted && $version < 180000;
		push @sql, "ALTER TABLE $table ADD CONSTRAINT ${table}_$name FOREIGN KEY ($key->{on}) REFERENCES other (id)" . ($key->{cascade} ? ' ON DELETE CASCADE' : '') . $how;
	}
	my $identity = $is->{r0};
	if ($identity && $identity ne 'index') {
		push @sql, "ALTER TABLE $table REPLICA IDENTITY $identity";
	} elsif ($identity && $has->{i0} && $has->{i0}{unique} && !$has->{i0}{where} && $has->{i0}{on} =~ /\A[abc, ]+(?: DESC)?\z/) {
		my @on = $has->{i0}{on} =~ /\b([abc])\b/g;
		push @sql, "ALTER TABLE $table REPLICA IDENTITY USING INDEX ${table}_i0" if !grep { !$is->{"n$_"} || !$is->{"n$_"}{valid} } @on;
	}
	push @sql, "ALTER TABLE $table CLUSTER ON ${table}_$is->{o0}" if !$parted && $is->{o0} && $has->{ $is->{o0} } && !$has->{ $is->{o0} }{where};
	return @sql;
}

sub table_sql {
	my ($table, $is, $version, %how) = @_;
	my (@parts, @last);
	for my $column (@columns) {
		my ($strict, @said) = not_null($table, $column, $is->{"n$column"}, $version >= 180000, !$how{parted});
		push @last, @said;
		my $filled = $column eq 'b' && $is->{d0} && $strict && $strict !~ /INHERIT/ && !$how{child} && !$how{parted} ? " GENERATED $is->{d0} AS IDENTITY" : '';
		push @parts, "$column int$filled$strict";
	}
	push @parts, 'g int' . ($is->{g0} ? " GENERATED ALWAYS AS ($is->{g0}) STORED" : '') if $is->{g0};
	return ("CREATE TABLE $table (" . join(', ', @parts) . ')' . ($how{parted} ? ' PARTITION BY RANGE (a)' : ''), @last);
}

sub partitions {
	my ($schema, $version) = @_;
	my $g = $schema->{p}{g0};
	my @sql;
	my $number = 0;
	for my $part (qw(p1 p2)) {
		my $is  = $schema->{parts}{$part} // {};
		my $own = $g && $is->{g} && $version >= 170000 ? "(g GENERATED ALWAYS AS ($is->{g}) STORED)" : '';
		push @sql, "CREATE TABLE $part PARTITION OF p $own FOR VALUES FROM (${number}1) TO (${number}9)";
		$number++;
		next if !$is->{n} || $schema->{p}{nc};
		my ($strict, @said) = not_null($part, 'c', $is->{n}, $version >= 180000, 0);
		push @sql, $version < 180000 ? "ALTER TABLE $part ALTER c SET NOT NULL"
		    : $strict ? "ALTER TABLE $part ADD" . ($is->{n}{name} ? '' : " CONSTRAINT ${part}_c_not_null") . "$strict c" : (), @said;
	}
	return @sql;
}

sub sql {
	my ($schema, $version) = @_;
	my @sql = 'CREATE TABLE other (id int PRIMARY KEY)';
	push @sql, table_sql($_, $schema->{$_}, $version) for qw(t u q);
	push @sql, table_sql('p', $schema->{p}, $version, parted => 1);
	push @sql, partitions($schema, $version);
	push @sql, 'CREATE TABLE heir (h int) INHERITS (u)';
	for my $table (qw(t u p q)) {
		push @sql, constraints_of($table, $schema->{$table}, $version, $table eq 'p'), rest_of($table, $schema->{$table}, $version, $table eq 'p');
	}
	return join '', map {"$_;\n"} @sql;
}

random_round_trips(@ARGV, edit => \&edit, sql => \&sql, first => 40, more => 12);
