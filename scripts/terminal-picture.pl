#!/usr/bin/env perl
# Draws what a program printed on a terminal as SVG, for the README.
#
#     script -qec "stty cols 96; passerine search --index demo-packages 'draw diagrams of a network' --k 5" /dev/null \
#         | scripts/terminal-picture.pl "passerine search ..." > docs/images/search.svg
use strict;
use warnings;
use utf8;
binmode STDIN,  ':encoding(UTF-8)';
binmode STDOUT, ':encoding(UTF-8)';

my $command = shift // '';
utf8::decode($command);
my @lines = ("\e[1m\$ $command\e[0m", map { s/[\r\n]+$//r } <STDIN>);
my %style = (1 => 'font-weight="bold"', 2 => 'fill="#8b949e"', 36 => 'fill="#56d4dd"');
my ($wide, $tall) = (8.0, 19);
my $columns = 0;
my $body = '';
for my $number (0 .. $#lines) {
    my $y = 34 + $number * $tall;
    my ($column, $look) = (0, '');
    while ($lines[$number] =~ /\G(?:\e\[(\d*)m|([^\e]+)|\e)/gc) {
        if (defined $1) { $look = $style{$1} // ''; next }
        next unless defined $2;
        my $text = $2;
        # Viewers fold white space at a text's ends.
        $column += length $1 if $text =~ s/^(\s+)//;
        my $after = $text =~ s/(\s+)$// ? length $1 : 0;
        my $width = length $text;
        $text =~ s/&/&amp;/g; $text =~ s/</&lt;/g; $text =~ s/>/&gt;/g;
        my $x = 16 + $column * $wide;
        my $span = $width * $wide;
        $body .= qq(<text x="$x" y="$y" textLength="$span" $look>$text</text>\n) if $text =~ /\S/;
        $column += $width + $after;
    }
    $columns = $column if $column > $columns;
}
my ($width, $height) = (32 + $columns * $wide, 30 + @lines * $tall);
print <<"SVG";
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img">
<title>$command</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#e6edf3" xml:space="preserve">
$body</g>
</svg>
SVG
