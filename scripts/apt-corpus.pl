#!/usr/bin/perl
# Writes the package descriptions that apt knows as JSON lines: {"id", "text", "metadata": {"section", "homepage"}}.
#
#     scripts/apt-corpus.pl COUNT|all [APT OPTIONS] > packages.jsonl
#
# The text is "name: short description. Long description". Long ones come from apt's translation lists where there are
# any; what was found is said on standard error. Programs that a person would look for come first, one of each source
# package, then their siblings, then libraries, documentation and the rest; among each, those that most other sources
# depend on, recommend or suggest. Of equals that do not all fit, a spread over the alphabet is taken. The same lists
# give the same corpus.
#
# Needs nothing but perl-base, which is on every Debian and Ubuntu machine.
use strict;
use warnings;

my $USAGE = "usage: $0 COUNT|all [APT OPTIONS]\n";
# Sections whose packages are for other software rather than for people.
my %SUPPORT = map { $_ => 1 } qw(
    cli-mono debug doc fonts gnu-r golang haskell introspection java javascript kernel libdevel libs lisp
    localization metapackages ocaml oldlibs perl php python ruby rust tasks translations zope);
# Parts that a program was split into.
my $PART = qr/^(?:lib|fonts-|task-|python3?-|golang-|node-|ruby-|linux-|gir1\.|r-cran-)
    |-(?:dev|dbg|dbgsym|doc|docs|common|data|l10n|i18n|locales?|lang|headers|source|bin|core|base|plugins?|extras?)$/x;
my $FIELD = qr/^(Package|Source|Section|Homepage|Depends|Recommends|Suggests|Description(?:-en|-md5)?):[ \t]*
    (.*(?:\n[ \t].*)*)/mx;

my $count = shift // die $USAGE;
die $USAGE unless $count eq 'all' or $count =~ /^[1-9][0-9]*$/;
my @apt_options = @ARGV;

my $long = read_translations();
my @packages = read_packages($long);
die "$0: apt knows no packages; try: apt-get update\n" unless @packages;
my @chosen = choose(\@packages, $count eq 'all' ? scalar @packages : $count);
print json($_), "\n" for @chosen;
close STDOUT or die "$0: cannot write: $!\n";
printf STDERR "%d of %d packages, %d with a long description\n",
    scalar @chosen, scalar @packages, scalar grep { $_->{long} ne '' } @chosen;

# Records of a command's output, ended by `$separator`; an absent command gives none.
sub records_of {
    my ($separator, $handle_record, @command) = @_;
    local $/ = $separator;
    open my $output, '-|', @command or return;
    while (my $record = <$output>) {
        chomp $record;
        $handle_record->($record);
    }
    close $output;
}

# Long descriptions by package and the MD5 of its description, which apt joins the two lists by.
sub read_translations {
    my @files;
    records_of("\n", sub { push @files, $_[0] }, 'apt-get', @apt_options, 'indextargets', '--format', '$(FILENAME)',
        'Created-By: Translations', 'Language: en');
    my %long;
    for my $file (@files) {
        stanzas(sub {
            my ($fields) = @_;
            my ($name, $sum) = @$fields{'Package', 'Description-md5'};
            my $text = $fields->{'Description-en'};
            $long{"$name $sum"} = $text if defined $name and defined $sum and defined $text;
        }, '/usr/lib/apt/apt-helper', 'cat-file', $file);
    }
    return \%long;
}

# Calls back with the fields of each stanza (continuation lines joined by line feeds).
sub stanzas {
    my ($handle_fields, @command) = @_;
    records_of('', sub {
        my %fields = $_[0] =~ /$FIELD/g;
        $handle_fields->(\%fields);
    }, @command);
}

# Packages by name, without transitional ones and such as say nothing of their own.
sub read_packages {
    my ($long) = @_;
    my (%packages, %described, %mentions);
    stanzas(sub {
        my ($fields) = @_;
        my $name = $fields->{Package};
        my $source = ($fields->{Source} // $name // '') =~ s/ .*//r;
        my $related = join ',', map { $fields->{$_} // () } qw(Depends Recommends Suggests);
        $mentions{$_}{$source} = 1 for $related =~ /(?:^|[,|])\s*([a-z0-9.+-]+)/g;
        my $own = $fields->{'Description-en'} // $fields->{Description};
        return unless defined $name and defined $own and not exists $packages{$name};
        my $sum = $fields->{'Description-md5'} // '';
        my ($short, $rest) = split /\n/, $long->{"$name $sum"} // $own, 2;
        $short = tidy($short);
        return if $short eq '' or $short =~ /\b(?:transitional|dummy)\b/i;
        $packages{$name} = {
            name => $name,
            short => $short,
            long => tidy($rest // ''),
            source => $source,
            section => ($fields->{Section} // '') =~ s{.*/}{}r,
            homepage => tidy($fields->{Homepage} // ''),
        };
    }, 'apt-cache', @apt_options, 'dumpavail');
    my @distinct;
    for my $name (sort keys %packages) {
        my $package = $packages{$name};
        $package->{mentions} = grep { $_ ne $package->{source} } keys %{$mentions{$name}};
        # The first paragraph is often shared between a source's packages, the whole is not.
        push @distinct, $package unless $described{"$package->{short} $package->{long}"}++;
    }
    return @distinct;
}

# One paragraph of valid UTF-8: apt marks an empty line by " ." and keeps lines with more indentation as they stand.
sub tidy {
    my ($text) = @_;
    $text =~ s/^[ \t]*\.[ \t]*$//mg;
    $text =~ s/[\x00-\x20\x7f]+/ /g;
    $text =~ s/^ | $//g;
    my $copy = $text;
    $text =~ s/[\x80-\xff]/?/g unless utf8::decode($copy);
    return $text;
}

sub choose {
    my ($packages, $wanted) = @_;
    my (%seen, %groups);
    # A source's package of the same name stands for it, else the one most mentioned.
    my @by_fitness = sort {
        ($b->{name} eq $b->{source}) <=> ($a->{name} eq $a->{source})
            or $b->{mentions} <=> $a->{mentions}
            or $a->{name} cmp $b->{name}
    } @$packages;
    for my $package (@by_fitness) {
        my $supports = $SUPPORT{$package->{section}} || $package->{name} =~ $PART;
        my $kind = $supports ? 2 : $seen{$package->{source}}++ ? 1 : 0;
        push @{$groups{$kind}{$package->{mentions}}}, $package;
    }
    my @chosen;
    for my $kind (sort keys %groups) {
        for my $mentions (sort { $b <=> $a } keys %{$groups{$kind}}) {
            my @group = sort { $a->{name} cmp $b->{name} } @{$groups{$kind}{$mentions}};
            push @chosen, spread(\@group, $wanted - @chosen);
        }
    }
    return sort { $a->{name} cmp $b->{name} } @chosen;
}

# `count` of the rows, evenly.
sub spread {
    my ($rows, $count) = @_;
    return @$rows if $count >= @$rows;
    return map { $rows->[int($_ * @$rows / $count)] } 0 .. $count - 1;
}

sub json {
    my ($package) = @_;
    my $text = "$package->{name}: $package->{short}";
    $text .= ($text =~ /[.!?]$/ ? ' ' : '. ') . $package->{long} if $package->{long} ne '';
    my @metadata = map { quote($_) . ':' . quote($package->{$_}) } grep { $package->{$_} ne '' } qw(homepage section);
    return '{"id":' . quote($package->{name}) . ',"text":' . quote($text) . ',"metadata":{' . join(',', @metadata) . '}}';
}

# A JSON string; the bytes are UTF-8 already, and `tidy` left no control characters.
sub quote {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    return "\"$text\"";
}
