# conversions.pl [short]: every pair of built-in types and modifiers, with the values at their bounds: what diff says
# of the change (rewrite, may fail, lossy) beside what the server does. Sampled: numeric (none; 5,0; 9,0; 10,2; 10,4; 12,2;
# 3,-2), varchar (none; 3; 20; 30), char (3; 10), bit (3; 8), varbit (none; 4; 8), time and timestamp (none; 0; 3),
# interval (none; (3); year to month; day; hour to minute), arrays of some, domains over some, enums. Short: fewer types.
# A pair that is said to fail or to lose and does neither is told too, but for those that go by way of text.
use strict;
use warnings;

use Cluster;
use Migrate;

my @spring = ("'2026-03-29 02:30'", "'2026-10-25 02:30'", "'2020-01-01 12:34:56.789123'", "'294276-12-31 23:59:59.999999'",
	"'infinity'", "'4713-01-01 00:00 BC'", "'2020-06-01 00:00'", "'294276-12-31 23:30'");
my @text = ("''", "'x'", "'1'", "' 7 '", "'007'", "'2020-01-01'", q('{"a" : 1}'), "'true'", "'yes'", "'abc   '", "repeat('y', 70)",
	"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "'10.0.0.1'", "'{1,2}'", "'1.50'", "'12:00'", "'1 day'", "'101'", "'a'", "'b'");
my @types = (
	[ 'boolean', qw(true false) ], [ 'smallint', -32768, 0, 1, 7, 32767 ], [ 'integer', -2147483648, 0, 1, 32768, 16777217, 2147483647 ],
	[ 'bigint', '-9223372036854775808', 0, 1, '9007199254740993', '9223372036854775807', 2147483648 ],
	[ 'numeric', 0, 1.5, -2.25, '1e20', '12345678901234567890.123', "'NaN'", "'Infinity'", '1e400', '1e-400', '1.10' ],
	[ 'numeric(5,0)', 99999, -99999, 1, "'NaN'" ], [ 'numeric(9,0)', 999999999, 1, "'NaN'" ], [ 'numeric(10,2)', '99999999.99', '0.05', '1.5', "'NaN'" ],
	[ 'numeric(10,4)', '999999.9999', '1.2345' ], [ 'numeric(12,2)', '9999999999.99', '-0.01' ], [ 'numeric(3,-2)', 99900, 100 ],
	[ 'real', 1.5, '3.4e38', '1e-37', "'NaN'", 0.1, 1234567 ], [ 'double precision', 0.1, '1e308', '1e-300', "'NaN'", 1234567.891, 1.5, '0.12345678901234568' ],
	[ 'money', '1.23', "'92233720368547758.07'", '-1' ],
	[ 'text', @text ], [ 'character varying', @text ], [ 'character varying(3)', "'abc'", "'a  '", "'1'", "'t'", "''" ],
	[ 'character varying(20)', "'abcdefghijklmnopqrst'", "'a   '", "'1'" ], [ 'character varying(30)', "repeat('z', 30)", "'a   '" ],
	[ 'character(3)', "'abc'", "'a'" ], [ 'character(10)', "'abcdefghij'", "'a'", "'1'" ], [ 'name', "'n'", "'name'" ], [ '"char"', "'a'", "''", "'\\351'" ],
	[ 'bytea', "'\\x00ff'", "'abc'" ],
	[ 'date', "'2020-02-29'", "'5874897-12-31'", "'infinity'", "'4714-11-24 BC'", "'2026-03-29'" ],
	[ 'time without time zone', "'00:00'", "'23:59:59.999999'", "'12:34:56.789'", "'24:00'" ], [ 'time(0) without time zone', "'12:34:56'", "'24:00'" ],
	[ 'time(3) without time zone', "'12:34:56.789'", "'23:59:59.999'" ], [ 'time with time zone', "'12:34:56.789123+02'", "'00:00-05'" ],
	[ 'time(3) with time zone', "'12:34:56.789+02'" ],
	[ 'timestamp without time zone', @spring ], [ 'timestamp(0) without time zone', "'2026-03-29 02:30'", "'2020-01-01 12:34:56'" ],
	[ 'timestamp(3) without time zone', "'2026-03-29 02:30'", "'2020-01-01 12:34:56.789'" ],
	[ 'timestamp with time zone', (map {s/'\z/+00'/r} grep { !/inf|BC/ } @spring), "'2026-10-25 00:30+00'", "'2026-10-25 01:30+00'", "'infinity'" ],
	[ 'timestamp(3) with time zone', "'2026-10-25 00:30+00'", "'2026-10-25 01:30+00'", "'2020-01-01 12:34:56.789+00'" ],
	[ 'interval', "'1 year 2 months 3 days 04:05:06.789012'", "'-1 day'", "'25:00:00'", "'00:00:30'" ], [ 'interval(3)', "'00:00:06.789'", "'25:00'" ],
	[ 'interval year to month', "'1 year 2 months'" ], [ 'interval day', "'3 days'", "'1 year 3 days'" ], [ 'interval hour to minute', "'04:05'", "'2 days 04:05'" ],
	[ 'uuid', "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'" ],
	[ 'json', q('{"b" : 1, "a": 2, "b": 3}'), "'1'", "'null'", q('"\\u0000"') ], [ 'jsonb', q('{"a": 2}'), "'1'", "'1.5'", "'true'", "'1e30'", "'0.1'", "'1234567890123456789.5'", "'1e400'" ],
	[ 'xml', "'<a/>'", "'<a b=\"1\">x </a>'" ], [ 'inet', "'10.0.0.1/8'", "'10.0.0.1'" ], [ 'cidr', "'10.0.0.0/8'" ],
	[ 'macaddr', "'08:00:2b:01:02:03'" ], [ 'macaddr8', "'08:00:2b:01:02:03:04:05'", "'08:00:2b:ff:fe:03:04:05'" ],
	[ 'bit(3)', "B'101'", "B'001'" ], [ 'bit(8)', "B'10101010'", "B'00000001'" ], [ 'bit varying', "B'10101010'", "B''", "B'001'", "B'1'" ],
	[ 'bit varying(4)', "B'1010'", "B'1'", "B'101'" ], [ 'bit varying(8)', "B'10101010'", "B'101'" ],
	[ 'point', "'(1,2)'" ], [ 'lseg', "'[(1,2),(3,4)]'" ], [ 'path', "'((1,2),(3,4),(5,0))'", "'[(1,2),(3,4)]'" ], [ 'box', "'(3,4),(1,2)'" ],
	[ 'polygon', "'((0,0),(3,1),(1,5))'" ], [ 'circle', "'<(1,2),3>'", "'<(1,2),0>'" ], [ 'line', "'{1,2,3}'" ], [ 'tsvector', "'a b:1'" ], [ 'tsquery', "'a & b'" ],
	[ 'oid', 0, 1, "'4294967295'" ], [ 'xid', "'7'" ], [ 'xid8', "'8589934592'", "'7'" ], [ 'pg_lsn', "'16/B374D848'" ], [ 'tid', "'(1,2)'" ],
	[ 'int4range', "'[1,5)'", "'empty'" ], [ 'int8range', "'[1,5)'" ], [ 'numrange', "'[1.5,2]'" ], [ 'daterange', "'[2020-01-01,2020-02-01)'" ],
	[ 'tsrange', "'[2020-01-01,2020-02-01)'" ], [ 'tstzrange', "'[2020-01-01,2020-02-01)'" ], [ 'int4multirange', "'{[1,5),[7,9)}'" ],
	[ 'nummultirange', "'{[1,5)}'" ], [ 'tstzmultirange', "'{[2020-01-01,2020-02-01)}'" ], [ 'regclass', "'pg_class'" ], [ 'regtype', "'integer'" ], [ 'jsonpath', q('$.a') ],
	[ 'integer[]', "'{1,2147483647,NULL}'", "'{}'" ], [ 'bigint[]', "'{1,9223372036854775807}'" ], [ 'smallint[]', "'{1,32767}'" ],
	[ 'numeric(10,4)[]', "'{1.2345,99999.9999}'" ], [ 'numeric(10,2)[]', "'{1.25,99999999.99}'" ], [ 'text[]', "'{abcd,\"x  \",1}'" ],
	[ 'character varying(3)[]', "'{abc}'" ], [ 'character varying(20)[]', "'{abcdef,\"x     \"}'" ], [ 'timestamp with time zone[]', "'{2026-10-25 00:30+00,2026-10-25 01:30+00}'" ],
	[ 'timestamp without time zone[]', "'{2026-03-29 02:30}'" ], [ 'date[]', "'{2020-01-01}'" ],
	[ 'public.e', "'a'", "'b'" ], [ 'public.more', "'a'", "'c'" ], [ 'public.e[]', "'{a,b}'" ], [ 'public.more[]', "'{a,c}'" ],
	[ 'public.d_plain', 1, 2147483647 ], [ 'public.d_checked', 1, 5 ], [ 'public.d_numeric', '1.25', '99999999.99' ], [ 'public.d_short', "'abc'" ], [ 'public.d_deep', '1.25' ],
);
my $made = q{CREATE TYPE e AS ENUM ('a', 'b'); CREATE TYPE more AS ENUM ('a', 'b', 'c'); CREATE DOMAIN d_plain AS integer;
CREATE DOMAIN d_checked AS integer CHECK (VALUE < 100); CREATE DOMAIN d_numeric AS numeric(10,2); CREATE DOMAIN d_short AS varchar(3);
CREATE DOMAIN d_deep AS d_numeric CHECK (VALUE > 0);};
my %short = map { ($_ => 1) } 'boolean', 'smallint', 'bigint', 'numeric', 'numeric(10,2)', 'numeric(10,4)', 'double precision', 'text', 'character varying(3)',
    'character varying(20)', 'character(3)', 'date', 'timestamp without time zone', 'timestamp(3) with time zone', 'interval year to month', 'interval', 'json', 'jsonb',
    'bit varying(4)', 'bit varying', 'text[]', 'numeric(10,4)[]', 'numeric(10,2)[]', 'public.e', 'public.more', 'public.d_checked', 'public.d_numeric';

# What a value becomes on the way there and back. `said` is the query that finds what fails.
my $try = <<'END';
CREATE FUNCTION try(old text, up text, back text, vals text[], said text, OUT refused text, OUT rewrites bool, OUT fails text[], OUT loses text[],
	OUT finds text[]) LANGUAGE plpgsql AS $f$
DECLARE v text; was text; same bool; node oid;
BEGIN
	BEGIN
		EXECUTE format('CREATE TEMP TABLE x (c %s)', old);
		node := pg_relation_filenode('x');
		EXECUTE up;
		rewrites := node <> pg_relation_filenode('x');
		DROP TABLE x;
	EXCEPTION WHEN OTHERS THEN
		refused := SQLERRM;
		RETURN;
	END;
	fails := '{}'; loses := '{}'; finds := '{}';
	FOREACH v IN ARRAY vals LOOP
		BEGIN
			EXECUTE format('CREATE TEMP TABLE x (c %s)', old);
			EXECUTE format('INSERT INTO x VALUES ((%s)::%s)', v, old);
			EXECUTE 'SELECT c::text FROM x' INTO was;
			EXECUTE format('CREATE TEMP TABLE y (c %s)', old);
			INSERT INTO y SELECT * FROM x;
			BEGIN
				EXECUTE up;
			EXCEPTION WHEN OTHERS THEN
				fails := fails || was;
				RAISE EXCEPTION USING ERRCODE = 'ZZ001';
			END;
			BEGIN
				EXECUTE back;
				IF old ~ '^(numeric|real|double|character\(|jsonb)' AND old !~ '\[' OR old ~ 'd_numeric|d_deep' THEN
					SELECT x.c = y.c INTO same FROM x, y;
				ELSE
					SELECT x.c::text = y.c::text INTO same FROM x, y;
				END IF;
			EXCEPTION WHEN OTHERS THEN
				same := true;
			END;
			IF same IS NOT TRUE THEN
				loses := loses || was;
			END IF;
			RAISE EXCEPTION USING ERRCODE = 'ZZ001';
		EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
		END;
	END LOOP;
	IF said <> '' THEN
		BEGIN
			EXECUTE format('CREATE TEMP TABLE x (c %s)', old);
			FOREACH v IN ARRAY vals LOOP
				EXECUTE format('INSERT INTO x VALUES ((%s)::%s)', v, old);
			END LOOP;
			IF said ~ '^CREATE FUNCTION' THEN
				EXECUTE substring(said FROM '^(.*\$\$);');
			END IF;
			EXECUTE 'SELECT array_agg(c::text) FROM (' || regexp_replace(said, '^CREATE.*\$\$;', '') || ') s' INTO finds;
			RAISE EXCEPTION USING ERRCODE = 'ZZ001';
		EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
		END;
	END IF;
END $f$;
END

my $short = ($ARGV[0] // '') eq 'short';
@types = grep { !$short || $short{ $_->[0] } } @types;
my $pg = Cluster->new(options => { timezone => 'Europe/Berlin', max_locks_per_transaction => 512 });
$pg->start;
@types = grep { $_->[0] ne 'numeric(3,-2)' } @types if $pg->query('SHOW server_version_num') < 150000;

# Table N has columns of type N alone, and of all types afterwards.
sub database {
	my ($name, $type) = @_;
	my $db  = $pg->create_database($name);
	my $sql = $made;
	for my $i (0 .. $#types) {
		$sql .= "CREATE TABLE t$i (" . join(', ', map { "c$_ " . $types[ $type eq 'old' ? $i : $_ ][0] } 0 .. $#types) . ");\n";
	}
	my $done = $pg->program('psql', [qw(-qX -v ON_ERROR_STOP=1)], db => $db, stdin => $sql);
	die $done->{err} if $done->{status};
	return $db;
}

sub changes {
	my ($old, $new, @more) = @_;
	my $done = run('diff', '--models-source', $pg->url($new), @more, { env => { DATABASE_URL => $pg->url($old) }, timeout => 600, plain => 1 });
	die $done->{err} if $done->{status};
	my (%change, $said);
	for (split /(?<=\n)/, $done->{out}) {
		$said .= $_ if /^--/;
		next if !/^ALTER TABLE public\.t(\d+) ALTER COLUMN c(\d+) (TYPE .*);$/;
		my ($i, $j, $how) = ($1, $2, $3);
		my ($finds) = $said =~ /^-- may fail, where this finds rows: (.*)/m;
		$change{"$i $j"} = { sql => "ALTER TABLE x ALTER COLUMN c " . ($how =~ s/\bc$j\b/c/gr), said => $said,
			rewrites => !!($said =~ /^-- hazard: rewrites/m), zoned => !!($said =~ /TimeZone is UTC/), fails => defined $finds,
			finds => ($finds // '') =~ s/public\.t$i\b/x/gr =~ s/\bc$j\b/c/gr, loses => !!($said =~ /^-- lossy: .* may lose/m) };
		$said = '';
	}
	return \%change;
}

$| = 1;
my ($old, $new) = (database('conversions_old', 'old'), database('conversions_new', 'new'));
my ($up, $down) = (changes($old, $new), changes($old, $new, '--down'));
my ($wrong, $more, $pairs) = (0, 0, 0);
$pg->query("SET client_min_messages = error; $try; DROP TABLE " . join(', ', map {"t$_"} 0 .. $#types), $old);
sub quote { return "'" . $_[0] =~ s/'/''/gr . "'" }
my %tried;
for my $zone ('Europe/Berlin', 'UTC') {
	my @asks;
	for my $key (sort keys %$up) {
		my ($i, $j) = split / /, $key;
		my $is = $up->{$key};
		next if $zone eq 'UTC' && !$is->{zoned};
		my $text = $is->{sql} =~ / USING c::(?:text::)?/ && $is->{fails} && $is->{said} =~ /how values are written/;
		my @values = $text ? () : @{ $types[$i] }[ 1 .. $#{ $types[$i] } ];
		$is->{text} = $text;
		push @asks, "SELECT '$key', a.* FROM try(" . join(', ', quote($types[$i][0]), quote($is->{sql}), quote($down->{$key}{sql} // 'SELECT 1'),
			'ARRAY[' . join(', ', map { quote($_) } @values) . ']::text[]', quote($text ? '' : $is->{finds})) . ') a;';
	}
	my $done = $pg->program('psql', [qw(-qXAt -F), "\x1f"], db => $old, stdin => "SET client_min_messages = error; SET timezone = '$zone';\n" . join("\n", @asks), timeout => 1800);
	print $done->{err} if $done->{err} ne '';
	for (split /\n(?=\d+ \d+\x1f)/, $done->{out}) {
		chomp;
		my ($key, $refused, $rewrites, $fails, $loses, $finds) = split /\x1f/, $_, -1;
		my ($i, $j) = split / /, $key;
		my $is   = $up->{$key};
		my $name = "$types[$i][0] -> $types[$j][0] ($is->{sql})";
		my $tell = sub { $wrong++; print "$name: $_[0]\n" };
		$pairs++ if $zone ne 'UTC';
		$tell->("refused: $refused"), next if $refused ne '';
		$tell->("rewrites: $rewrites, in $zone") if ($rewrites eq 't') != ($is->{rewrites} && !($is->{zoned} && $zone eq 'UTC'));
		next if $is->{text};
		$tell->("fails on $fails, unsaid") if $fails ne '{}' && !$is->{fails};
		$tell->("loses $loses, unsaid") if $loses ne '{}' && !$is->{loses};
		$tell->("finds $finds, fails on $fails: $is->{finds}") if $is->{fails} && join(',', sort split /,/, $fails =~ s/[{}"]//gr) ne join(',', sort split /,/, $finds =~ s/[{}"]//gr);
		next if $zone eq 'UTC';
		print("$name: said to fail, and does not\n"), $more++ if $is->{fails} && $fails eq '{}';
		print("$name: said to lose, and does not\n"), $more++ if $is->{loses} && $loses eq '{}';
	}
}
my $expected = @types * (@types - 1);
printf "%d types, %d pairs of %d: %d wrong, %d said too much\n", scalar @types, $pairs, $expected, $wrong, $more;
exit($wrong || $pairs != $expected ? 1 : 0);
