package OldDatabase;

# OldDatabase: a database as years of migrations left it, and models that state a part of it. Whatever the
# models say nothing of stays as it is, and what the application does works afterwards as it did before.

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);
use File::Spec;
use Migrate;
use Pairs;
use Process;

our @EXPORT = qw(case_of follow_models follow_alembic);

my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';
my $place  = File::Spec->rel2abs(dirname(__FILE__) . '/../corpus');

# Whether the application's statements go through; they are taken back.
sub _works {
	my ($pg, $db, $probe) = @_;
	my $done = $pg->program('psql', [qw(-qX -v ON_ERROR_STOP=1)], db => $db, stdin => "BEGIN;\n$probe;\nROLLBACK;\n");
	return $done->{status} ? $done->{err} =~ s/\n.*//sr : '';
}

sub _load {
	my ($pg, $db, $sql) = @_;
	my $done = $pg->program('psql', [qw(-qX -v ON_ERROR_STOP=1)], db => $db, stdin => $sql);
	die "does not load: $done->{err}" if $done->{status};
	return;
}

# Where the sequences stand: pg_dump --schema-only does not say.
sub _positions {
	my ($pg, $db) = @_;
	return scalar $pg->query(q{SELECT string_agg(format('%s.%s %s', schemaname, sequencename, last_value), E'\n'
		ORDER BY schemaname, sequencename) FROM pg_sequences WHERE last_value IS NOT NULL}, $db);
}

# The case of a directory: old.sql, m.py, probe.sql; a file "nothing" where there is no difference, one
# "refused" with what is said where it is right that nothing is written, one "says" with lines of what is.
sub case_of {
	my ($place) = @_;
	my ($name, $models) = ($place =~ m{([^/]+)\z}, slurp("$place/m.py"));
	my $refused = -e "$place/refused" ? slurp("$place/refused") =~ s/\n//gr : undef;
	return { name => $name, old => slurp("$place/old.sql"), models => $models, probe => slurp("$place/probe.sql"),
		refused => $refused, nothing => -e "$place/nothing",
		says => -e "$place/says" ? [ split /\n/, slurp("$place/says") ] : [], source => $models =~ /^\s*(?:class )?Base\b/m ? 'Base' : 'metadata',
		options => $name =~ /^url_search_path/ ? '-csearch_path%3Dapp%2Cpublic' : undef };
}

# What is refused of these statements, and by which constraint.
sub _refused {
	my ($pg, $db, $case) = @_;
	return join "\n", map { "$_: " . _works($pg, $db, $_) =~ s/.* (?=constraint ")//r } @{ $case->{refuses} // [] };
}

# pg_dump of the old database after the SQL that does what the models want.
sub _wanted {
	my ($pg, $case) = @_;
	my $db = "w_$case->{name}";
	$pg->query("CREATE DATABASE $db");
	my $dump = eval { _load($pg, $db, $case->{old}); _load($pg, $db, $case->{wanted}); schema_of($pg, $db) };
	my $why = $@;
	$pg->query("DROP DATABASE $db WITH (FORCE)");
	die "the case's own SQL $why" if !defined $dump;
	return $dump;
}

# The same without the tables of a migration tool.
sub _schema {
	my ($pg, $db) = @_;
	my $own = join '|', qw(alembic_version migrate_journal migrate_attempt);
	return join "\n\n", grep { !/\b(?:$own)/ } split /\n\n/, schema_of($pg, $db);
}

# A case: {name, old => SQL, models => Python, probe => SQL, source => of the models, options => of the
# connection, settings => {MIGRATE_… => value}, refuses => [SQL that the old database refuses as well as the new],
# wanted => SQL that does exactly what the models want}. What came of it: {up, down, log: what was said; why: the
# first thing that is wrong, by its class, undef if nothing is}.
sub follow_models {
	my ($pg, $case) = @_;
	my ($db, $dir) = ("c_$case->{name}", tempdir());
	my %told;
	$pg->query("CREATE DATABASE $db");
	write_file("$dir/m.py", $case->{models});
	mkdir "$dir/migrations";
	my $url = $pg->url($db);
	$url .= ($url =~ /\?/ ? '&' : '?') . "options=$case->{options}" if defined $case->{options};
	my %env     = (DATABASE_URL => $url, MIGRATE_MODELS_PYTHON => $python, PYTHONDONTWRITEBYTECODE => 1,
		MIGRATE_MODELS_SOURCE => "python:m:$case->{source}", %{ $case->{settings} // {} });
	my $migrate = sub { return run(@_, { dir => $dir, env => \%env, timeout => 120, plain => $ENV{PAIRS_PLAIN} }) };
	$told{why} = $@ if !eval { _follow($pg, $db, $dir, $case, $migrate, \%told); 1 };
	$pg->query("DROP DATABASE $db WITH (FORCE)");
	return \%told;
}

sub _follow {
	my ($pg, $db, $dir, $case, $migrate, $told) = @_;
	my $was  = _before($pg, $db, $case);
	my $made = $migrate->(qw(revision --autogenerate -m made --rev-id made));
	$told->{log} = $made->{err};
	if (defined $case->{refused}) {
		die "is not refused\n" if !$made->{status} || index($made->{err}, $case->{refused}) < 0;
		return;
	}
	die "refused: $made->{err}" if $made->{status};
	my ($file) = glob "$dir/migrations/*.sql";
	($told->{up}, $told->{down}) = defined $file
	    ? slurp($file) =~ /^-- migrate:up.*\n((?s:.*?))^-- migrate:down.*\n((?s:.*))/m : ('', '');
	die "finds a difference:\n$told->{up}" if $case->{nothing} && defined $file;
	for my $line (@{ $case->{says} // [] }) {
		die "does not say: $line\n$told->{up}" if index("\n$told->{up}", "\n$line\n") < 0;
	}
	my $done = defined $file ? $migrate->(qw(upgrade heads)) : { status => 0 };
	die "upgrade fails: $done->{err}" if $done->{status};
	_as_wanted($pg, $db, $case, { %$was, up => $told->{up} });
	_goes_on($pg, $db, $case, $was);
	my $check = $migrate->('check');
	die "check: $check->{err}" if $check->{status};
	return if !defined $file;
	$done = $migrate->(qw(downgrade base));
	die "downgrade fails: $done->{err}" if $done->{status};
	my $wrong = differs(_schema($pg, $db), $was->{schema}, $told->{down});
	die "downgrade differs:\n$wrong\n" if defined $wrong;
	my $works = _works($pg, $db, $case->{probe});
	die "probe fails after the way down: $works\n" if $was->{worked} eq '' && $works ne '';
	return;
}

# Dies unless the database is as the case wants it, and the sequences stand where they stood.
sub _as_wanted {
	my ($pg, $db, $case, $was) = @_;
	return if !defined $case->{wanted};
	my $wrong = differs(_schema($pg, $db), _wanted($pg, $case), $was->{up});
	die "upgrade differs:\n$wrong\n" if defined $wrong;
	my %stands = map { (/(.*) (.*)/) } split /\n/, _positions($pg, $db) // '';
	for my $line (split /\n/, $was->{stood} // '') {
		my ($sequence, $value) = $line =~ /(.*) (.*)/;
		die "sequence differs: $sequence is at $stands{$sequence}, was at $value\n"
		    if defined $stands{$sequence} && $stands{$sequence} != $value;
	}
	return;
}

# Dies unless the application goes on as it did.
sub _goes_on {
	my ($pg, $db, $case, $was) = @_;
	my $works = _works($pg, $db, $case->{probe});
	die "probe fails: $works\n" if $was->{worked} eq '' && $works ne '';
	my $refused = _refused($pg, $db, $case);
	die "what was refused differs:\n$refused\nwas\n$was->{refused}\n" if $refused ne $was->{refused};
	return;
}

# The database before: {worked, refused, stood, schema}.
sub _before {
	my ($pg, $db, $case) = @_;
	_load($pg, $db, $case->{old});
	return { worked => _works($pg, $db, $case->{probe}), refused => _refused($pg, $db, $case), stood => _positions($pg, $db),
		schema => schema_of($pg, $db) };
}

# The same by Alembic's autogenerate, in Alembic's defaults, for the tables of the models alone. What it does less
# than the models want is no failure here unless it comes again at each check.
sub follow_alembic {
	my ($pg, $case) = @_;
	my ($db, $dir) = ("a_$case->{name}", tempdir());
	my %told;
	$pg->query("CREATE DATABASE $db");
	write_file("$dir/m.py", $case->{models});
	my $alembic = sub {
		my $done = Process->run([ $python, '-W', 'ignore', "$place/alembic_old.py", $case->{source},
				$pg->url($db) =~ s{^postgresql}{postgresql+psycopg2}r ],
			dir => $dir, timeout => 120, env => { %ENV, PYTHONDONTWRITEBYTECODE => 1, PYTHONPATH => "$dir:$place" });
		die 'upgrade fails: ', $done->{err} =~ /^(\w[\w.]*(?:Error|Exception)\b.*)$/m ? "$1\n" : $done->{err} if $done->{status};
		return $done->{out};
	};
	$told{why} = $@ if !eval {
		my $was = _before($pg, $db, $case);
		$told{up} = $alembic->();
		_goes_on($pg, $db, $case, $was);
		my %lost = map { ($_ => 1) } split /\n/, $was->{schema};
		my $wrong = differs(_schema($pg, $db), _wanted($pg, $case)) // '';
		my @lost = grep { /^- (.*)/ && $lost{$1} } split /\n/, $wrong;
		die join "\n", "loses what is kept:", @lost, '' if @lost;
		my $again = $alembic->();
		die "finds something again:\n$again" if $again ne '';
		die "does less:\n$wrong\n" if $wrong ne '';
		1;
	};
	$pg->query("DROP DATABASE $db WITH (FORCE)");
	return \%told;
}

1;
