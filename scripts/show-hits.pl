#!/usr/bin/perl
# Shows a search response on standard input as lines to read: rank, score, id and the beginning of the text.
#
# Needs nothing but perl-base, so that the demo works on a machine without jq.
use strict;
use warnings;

my $response = do { local $/; <STDIN> } // '';
my $value = eval { read_value() };
unless (ref $value eq 'HASH' and ref $value->{hits} eq 'ARRAY') {
    print "$response\n";
    exit 1;
}
print "  (nothing found)\n" unless @{$value->{hits}};
for my $hit (@{$value->{hits}}) {
    my $text = plain($hit->{text} // '');
    my $id = plain($hit->{id});
    $text =~ s/^\Q$id\E: //;
    # The cut is in bytes, so a character of several at its end goes whole.
    $text = substr($text, 0, 84) =~ s/[\xc0-\xff][\x80-\xbf]*$//r . '...' if length $text > 87;
    printf "  %2d  %6.2f  %-22s %s\n", $hit->{rank}, $hit->{score}, $id, $text;
}
my $times = $value->{milliseconds} // {};
print '      ', join(', ', map { sprintf '%s %.1f', $_, $times->{$_} } sort keys %$times), " ms\n" if %$times;

# Text without anything that a terminal would obey.
sub plain {
    my ($text) = @_;
    $text =~ s/[\x00-\x1f\x7f]+/ /g;
    return $text;
}

# The JSON value at the current position of $response.
sub read_value {
    $response =~ /\G\s+/gc;
    if ($response =~ /\G\{\s*/gc) {
        my %fields;
        until ($response =~ /\G\s*\}/gc) {
            $response =~ /\G\s*,/gc;
            my $name = read_value();
            $response =~ /\G\s*:/gc or die 'no colon';
            $fields{$name} = read_value();
        }
        return \%fields;
    }
    if ($response =~ /\G\[\s*/gc) {
        my @values;
        until ($response =~ /\G\s*\]/gc) {
            $response =~ /\G\s*,/gc;
            push @values, read_value();
        }
        return \@values;
    }
    return unescaped($1) if $response =~ /\G"((?:[^"\\]|\\.)*)"/gc;
    return $1 if $response =~ /\G(-?[0-9][0-9.eE+-]*|true|false|null)/gc;
    die 'no value';
}

sub unescaped {
    my ($text) = @_;
    my %meaning = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");
    $text =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}{defined $1 ? utf8_of(hex $1) : $meaning{$2} // $2}ge;
    return $text;
}

# A code unit as UTF-8; halves of surrogate pairs are not worth joining here.
sub utf8_of {
    my ($code) = @_;
    return '?' if $code >= 0xd800 && $code <= 0xdfff;
    my $text = chr $code;
    utf8::encode($text);
    return $text;
}
