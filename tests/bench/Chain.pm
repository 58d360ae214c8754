package Chain;

# Chain: the same revisions, one after the other, as our files and as Alembic's.

use strict;
use warnings;

use Exporter qw(import);
use Migrate qw(write_file migration);

our @EXPORT = qw(chain_id write_chain);

my $script = <<'END';
from alembic import op

revision = '%s'
down_revision = %s
branch_labels = None
depends_on = None


def upgrade():
%s

def downgrade():
%s
END

my $environment = <<'END';
import os
import sqlalchemy
from alembic import context

engine = sqlalchemy.create_engine(os.environ['DATABASE_URL'], poolclass=sqlalchemy.pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
END

# The n-th revision, from 1.
sub chain_id { return sprintf '%012x', $_[0] * 2_654_435_761 }

# write_chain($directory, $count, sub { my ($n) = @_; … return {up => [sql], down => [sql]} }): our
# files go to $directory/migrate, Alembic's environment is $directory/alembic.
sub write_chain {
	my ($directory, $count, $sql) = @_;
	my ($ours, $theirs) = map {"$directory/$_"} qw(migrate alembic);
	for my $new ($directory, $ours, $theirs, "$theirs/versions") {
		-d $new or mkdir $new or die "$new: $!";
	}
	for my $n (1 .. $count) {
		my $id     = chain_id($n);
		my $parent = $n > 1 ? chain_id($n - 1) : undef;
		my %part   = %{ $sql->($n) };
		my %ours   = map { ($_ => join ";\n", @{ $part{$_} }, '') } keys %part;
		migration($ours, $id, { message => "change $n", parents => $parent, %ours });
		write_file("$theirs/versions/${id}_change.py", sprintf $script, $id,
			$parent ? "'$parent'" : 'None', map { _python($part{$_}) } qw(up down));
	}
	write_file("$theirs/alembic.ini", "[alembic]\nscript_location = $theirs\n");
	write_file("$theirs/env.py",      $environment);
	return;
}

sub _python {
	my ($sql) = @_;
	return join '', map {"    op.execute(\"$_\")\n"} @$sql;
}

1;
