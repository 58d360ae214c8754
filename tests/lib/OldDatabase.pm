package OldDatabase;

# OldDatabase: a database as years of migrations left it, and models that state a part of it. Whatever the
# models say nothing of stays as it is, and what the application does works afterwards as it did before.

use strict;
use warnings;

use Exporter qw(import);
use Migrate;
use Pairs;

our @EXPORT = qw(case_of follow_models);

my $python = $ENV{ALEMBIC_PYTHON} // '/usr/bin/python3';

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

# A case: {name, old => SQL, models => Python, probe => SQL, source => of the models, options => of the
# connection, settings => {MIGRATE_… => value}}. What came of it: {up, down, log: what was said; why: the
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
	_load($pg, $db, $case->{old});
	my $worked = _works($pg, $db, $case->{probe});
	my ($before, $stood) = (schema_of($pg, $db), _positions($pg, $db));
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
	my $works = _works($pg, $db, $case->{probe});
	die "probe fails: $works\n" if $worked eq '' && $works ne '';
	my $check = $migrate->('check');
	die "check: $check->{err}" if $check->{status};
	return if !defined $file;
	$done = $migrate->(qw(downgrade base));
	die "downgrade fails: $done->{err}" if $done->{status};
	my $own   = join '|', qw(alembic_version migrate_journal migrate_attempt);
	my $after = join "\n\n", grep { !/\b(?:$own)/ } split /\n\n/, schema_of($pg, $db);
	my $wrong = differs($after, $before, $told->{down});
	die "downgrade differs:\n$wrong\n" if defined $wrong;
	return;
}

1;
