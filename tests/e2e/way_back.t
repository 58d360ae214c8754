# way_back: random histories of boots, failures, downgrades, writes and restores. What a migration destroyed is in a
# backup; a way back is offered where there is something to go back from, leads to what was there before, and back.
# HISTORIES=n histories of STEPS=m steps; WAY_BACK_SEED=s makes others; HISTORY=n is the nth alone.
use strict;
use warnings;

use Cluster;
use JSON::PP ();
use List::Util qw(max);
use Migrate;
use Test::More;

my $histories = $ENV{HISTORIES}     // 4;
my $steps     = $ENV{STEPS}         // 12;
my $seed      = $ENV{WAY_BACK_SEED} // 1;
my $pg        = Cluster->new;
$pg->start;
my %count;    # of what happened, for the figures at the end

# What a migration may do to the rows, and how it ends.
my @ups = (
	[ keeps     => 'CREATE TABLE extra_NAME (i int);' ],
	[ destroys  => 'DELETE FROM log WHERE id % 3 = 0;' ],
	[ destroys  => 'UPDATE log SET note = NULL WHERE id % 2 = 0;' ],
	[ fails     => "DELETE FROM log;\nSELECT nonsense;" ],
	[ fails     => 'SELECT nonsense;' ],
	[ half_done => "DELETE FROM log WHERE id % 5 = 0;\nSELECT nonsense;", 'transaction:false' ],
	[ half_done => "CREATE TABLE half_NAME (i int);\nSELECT nonsense;",     'transaction:false' ]);

sub pick { return $_[ int rand @_ ] }

sub migrate {
	my ($site, @args) = @_;
	return run(@args, { dir => $site->{dir}, plain => 1, env => { MIGRATE_URL => $pg->url($site->{name}),
		MIGRATE_WAIT_SOCKET_ONLY => 'on', MIGRATE_BACKUP_KEEP_LAST => 3, MIGRATE_BACKUP_REUSE_WAL => $site->{reuse_wal},
		MIGRATE_BACKUP_PG_DUMP => $site->{pg_dump} } });
}

# The rows, each "id note", as they are now, or as a backup has them.
sub rows_of { return map { ($_ => 1) } split /\n/, $_[0] }
sub now_in  { return { rows_of($pg->query(q{SELECT id || ' ' || coalesce(note, '') FROM log}, $_[1] // $_[0]{name})) } }

sub in_backup {
	my ($site, $id) = @_;
	my $got = Process->run([ Cluster::bin('pg_restore'), qw(-f - --data-only -t log), "$site->{dir}/backups/$id.dump" ]);
	my ($data) = $got->{out} =~ /^COPY public\.log \(id, note, at\) FROM stdin;\n(.*?)^\\\.$/ms;
	return { map { my ($row, $note) = split /\t/; ("$row " . ($note eq '\N' ? '' : $note) => 1) } split /\n/, $data // '' };
}

sub manifest { return JSON::PP::decode_json(slurp("$_[0]{dir}/backups/$_[1].dump.json")) }

sub bytes { my ($high, $low) = map {hex} split m{/}, $_[0]; return $high * 2**32 + $low }

sub position { return bytes($pg->query('SELECT pg_current_wal_insert_lsn()')) }

sub write_rows {
	my ($site, $many) = @_;
	$pg->query("INSERT INTO log (note) SELECT 'note ' || g FROM generate_series(1, $many) g", $site->{name});
	$count{writes}++;
	return 1;
}

sub new_site {
	my ($n, $busy) = @_;
	my $site = { dir => tempdir(), name => "way$n", busy => $busy, made => 0, reuse_wal => pick('16MB', '100kB', '0') };
	mkdir "$site->{dir}/migrations";
	$pg->create_database($site->{name});
	$pg->query('CREATE TABLE log (id serial PRIMARY KEY, note text, at pg_lsn DEFAULT pg_current_wal_insert_lsn())', $site->{name});
	# A dump during which the application writes.
	$site->{pg_dump} = write_file("$site->{dir}/pg_dump", join "\n", '#!/bin/sh', Cluster::bin('pg_dump') . ' "$@" || exit',
		'case "$*" in *--version*) exit;; esac',
		Cluster::bin('psql') . " -XqAtc \"INSERT INTO log (note) SELECT 'meanwhile' FROM generate_series(1, 20) RETURNING id || ' ' || note\" '"
		    . $pg->url($site->{name}) . "' >>$site->{dir}/meanwhile", '')
	    if $busy;
	chmod 0755, $site->{pg_dump} if $busy;
	write_rows($site, 10);
	return $site;
}

# Everything in the database that a restore could change.
sub dumped {
	my ($site) = @_;
	my $done = $pg->program('pg_dump', [qw(--inserts)], db => $site->{name});
	die $done->{err} if $done->{status};
	return $done->{out} =~ s/^\\(?:un)?restrict .*\n//gmr =~ s/^.*migrate_(?:journal|attempt).*\n//gmr;
}

sub add_migration {
	my ($site) = @_;
	my ($kind, $sql, $options) = @{ pick(@ups) };
	my $id = sprintf 'r%03d', ++$site->{made};
	my $path = migration("$site->{dir}/migrations", $id, { parents => $site->{head}, up => $sql =~ s/NAME/$id/r,
		down => "DROP TABLE IF EXISTS extra_$id, half_$id;", $options ? (up_options => $options) : () });
	$site->{head}    = $id;
	$site->{path}{$id} = $path;
	$count{$kind}++;
	return 1;
}

# A failing file is mended, as the message says, or taken away where that has been offered.
sub mend {
	my ($site) = @_;
	for my $path (values %{ $site->{path} }) {
		my $text = slurp($path);
		write_file($path, $text) if $text =~ s/SELECT nonsense;/SELECT 1;/;
	}
	return 1;
}

# What a boot destroyed is in the backup that the journal names for the step, or was written after that began.
sub check_destroyed {
	my ($site, $before, $began, $err) = @_;
	my $after = now_in($site);
	if (-e "$site->{dir}/meanwhile") {
		my %written = rows_of(slurp("$site->{dir}/meanwhile"));
		delete @{ $site->{at} }{ map { (split)[0] } keys %written };    # an earlier row of that number is gone
		$before = { %$before, %written };
		unlink "$site->{dir}/meanwhile";
	}
	my %gone = map { ($_ => 1) } grep { !$after->{$_} } keys %$before;
	return 1 if !%gone;
	my ($id) = $pg->query(q{SELECT backup FROM migrate_journal WHERE backup IS NOT NULL ORDER BY id DESC LIMIT 1}, $site->{name});
	my $kept = in_backup($site, $id);
	my ($said) = $err =~ /reusing .*; at most ([\d.]+ \w+) written since/;
	$count{destroyed} += keys %gone;
	my @missing = grep { !$kept->{$_} } sort keys %gone;
	return 1 if !@missing;
	return 0 if !$site->{busy} && !defined $said;
	my $limit = defined $said ? in_bytes($said) : 0;
	my $from  = bytes(manifest($site, $id)->{wal_before});
	$count{missing} += @missing;
	for my $row (@missing) {
		my $at = $site->{at}{ (split ' ', $row)[0] } // 'inf';    # written meanwhile
		return 0 if $at < $from || ($at < $began && $at - $from > $limit);
	}
	return 1;
}

# "2.9 kB": rounded up to a tenth, of 1,024 each.
sub in_bytes {
	my ($number, $unit) = split ' ', $_[0];
	my %times = (B => 1, kB => 1024, MB => 1024**2, GB => 1024**3);
	return $number * $times{$unit};
}

sub note_positions {
	my ($site) = @_;
	for (split /\n/, $pg->query('SELECT id, at FROM log', $site->{name})) {
		my ($id, $at) = split /\|/;
		$site->{at}{$id} = bytes($at);
	}
	return;
}

sub boot {
	my ($site) = @_;
	note_positions($site);
	my ($before, $whole, $began) = (now_in($site), dumped($site), position());
	my $half = $pg->query(q{SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'migrate_journal')}, $site->{name}) eq 't'
	    && $pg->query(q{SELECT status IN ('started', 'statement') OR status = 'failed' AND NOT transactional
		FROM migrate_journal ORDER BY id DESC LIMIT 1}, $site->{name}) eq 't';
	my $done = migrate($site, 'entrypoint');
	$count{"status $done->{status}"}++;
	$count{reused}++ if $done->{err} =~ /backup: reusing/;
	return fail('a boot ends as it may') && diag $done->{err} if !grep { $done->{status} == $_ } 0, 7, 8;
	my $good = check_destroyed($site, $before, $began, $done->{err});
	my ($offered) = $done->{err} =~ /: migrate restore --swap (\S+)$/m;
	my $same = dumped($site) eq $whole;
	if (!$site->{busy} && defined $offered && $same && !$half) {
		diag "a way back is offered where all is as it was:\n$done->{err}";
		$good = 0;
	}
	# Only what this change, from its first try on, has left behind can be gone back from.
	if ($done->{status} == 0 || !defined $offered) {
		$site->{start} = undef if $done->{status} != 8;
	}
	$site->{start} //= { rows => $before, backup => $offered } if $done->{status} == 8 && !$half;
	$site->{offered} = $offered;
	$site->{since}   = $offered ? { half => $half, rows => $before } : undef;
	return $good || (diag($done->{err}), 0)[1];
}

# The command that the last message offered.
sub go_back {
	my ($site) = @_;
	my $id = $site->{offered} // return 1;
	my $had = in_backup($site, $id);
	my $present = now_in($site);
	my $done = migrate($site, qw(restore --swap), $id);
	$count{'gone back'}++;
	$site->{offered} = undef;
	if ($done->{status} != 0) { diag $done->{err}; return 0 }
	my $rows = now_in($site);
	my $good = join("\n", sort keys %$rows) eq join("\n", sort keys %$had);
	if (!$site->{busy} && $site->{since} && !$site->{since}{half}) {
		my @lost = grep { !$rows->{$_} } keys %{ $site->{since}{rows} };
		$good &&= !@lost;
	}
	diag "restored: $id" if !$good;
	my ($old) = $done->{out} =~ /^the old one is (\S+)$/m;
	$good &&= join("\n", sort keys %{ now_in($site, $old) }) eq join("\n", sort keys %$present);
	$good &&= go_back_and_forth($site, $done->{out}, $present, $rows) if rand() < 0.5;
	$pg->query("DROP DATABASE $_") for split ' ', $pg->query("SELECT string_agg(datname, ' ') FROM pg_database WHERE datname ~ '^$site->{name}_old'");
	return $good;
}

# The commands that undo a swap, and that.
sub go_back_and_forth {
	my ($site, $said, @rows) = @_;
	for my $rows (@rows) {
		my ($command) = $said =~ /^to go back to it: migrate (restore --back \S+)$/m;
		my $done = migrate($site, split ' ', $command // '');
		if ($done->{status} != 0) { diag $said, $done->{err}; return 0 }
		return 0 if join("\n", sort keys %{ now_in($site) }) ne join("\n", sort keys %$rows);
		$said = $done->{out};
		$count{undone}++;
	}
	return 1;
}

sub go_down {
	my ($site) = @_;
	my $done = migrate($site, qw(downgrade -1));
	$count{"down $done->{status}"}++;
	$site->{offered} = undef;
	return 1;
}

for my $n ($ENV{HISTORY} // (1 .. $histories)) {
	srand $seed * 1000 + $n;
	my $site = new_site($n, $n % 2);
	my $good = add_migration($site);
	my @story;
	for (1 .. $steps) {
		my $step = pick(qw(write write migration boot boot boot boot mend down back));
		push @story, $step;
		$good &&= {
			write     => sub { write_rows($_[0], 1 + int rand pick(5, 500)) },
			migration => \&add_migration,
			boot      => \&boot,
			mend      => \&mend,
			down      => \&go_down,
			back      => \&go_back,
		}->{$step}->($site);
		last if !$good;
	}
	ok($good, "history $n" . ($site->{busy} ? ', the application writing' : '')) or diag "seed $seed: @story";
	$pg->query("DROP DATABASE $site->{name} WITH (FORCE)");
}
note join ', ', map {"$_ $count{$_}"} sort keys %count;
done_testing;
