package Static;

# Static: what make static builds, once for all scripts of a build directory.

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Spec;
use Process;
use Test::More ();

our @EXPORT = qw(make_static with_newest $root $build);

our $root  = abs_path(__FILE__ =~ s{[^/]*\z}{}r . '../..');
our $build = dirname(File::Spec->rel2abs($ENV{MIGRATE_PLAIN}));

# with_newest(sub { my ($fetch) = @_; … a process that has ended }): runs it, and where no place has a pinned source, again
# with what the message says. Without a network there is nothing to test; any other failure is one.
sub with_newest {
	my ($run) = @_;
	my $done = $run->('');
	$done = $run->('--newest') if $done->{status} && $done->{err} . $done->{out} =~ /no place has .*FETCH=--newest/s;
	Test::More::plan(skip_all => 'no archive of Debian answers') if $done->{status} && $done->{err} . $done->{out} =~ /the index of \S+ cannot be read/;
	return $done;
}

# make_static(NAME=value…): BUILD/static is there afterwards, or the script ends.
sub make_static {
	my (@more) = @_;
	my %env = map { ($_ => $ENV{$_}) } grep { !/^(?:MAKE|MFLAGS|BUILD|CPU)/ } keys %ENV;
	my $made = with_newest(sub {
		return Process->run([ 'make', "BUILD=$build", @more, "FETCH=$_[0]", 'static' ], dir => $root, env => \%env, timeout => 3000);
	});
	Test::More::is($made->{status}, 0, "make @more static") or Test::More::BAIL_OUT($made->{err});
	return;
}

1;
