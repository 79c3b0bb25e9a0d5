/* SPDX-License-Identifier: Apache-2.0 */
/* Measures by classes of letters: what stands on a page with other fonts is a little wider or
 * narrower, so there is some room in it. */
#include "svg.h"

#include <string.h>

/* In thousandths of the letters' size. */
static int letter_width(unsigned char letter)
{
    if (letter >= 0xe0) {
        return 1020; /* the first byte of what is as wide as it is high */
    }
    if (letter >= 0x80) {
        return letter >= 0xc0 ? 620 : 0;
    }
    if (letter >= 'A' && letter <= 'Z') {
        return letter == 'I' ? 320 : letter == 'M' || letter == 'W' ? 900 : 700;
    }
    return strchr("iljtf.,:;|!'()[] ", letter) != NULL ? 350
           : letter == 'm' || letter == 'w'            ? 880
                                                       : 590;
}

int jk_svg_width(const char *text, int size, bool bold)
{
    int width = 0;
    for (; *text != '\0'; text++) {
        width += letter_width((unsigned char)*text);
    }
    width = bold ? width * 107 / 100 : width;
    return width * size / 1000 + 1;
}

size_t jk_svg_fit(const char *text, int size, int width)
{
    int used = 0;
    size_t space = 0;
    size_t i = 0;
    while (text[i] != '\0') {
        size_t next = i + 1;
        used += letter_width((unsigned char)text[i]);
        while (((unsigned char)text[next] & 0xc0u) == 0x80u) {
            next++;
        }
        if (used * size / 1000 > width && i > 0) {
            return space > 0 ? space : i;
        }
        space = text[i] == ' ' ? i : space;
        i = next;
    }
    return i;
}
