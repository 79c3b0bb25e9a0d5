/* SPDX-License-Identifier: Apache-2.0 */
/* Text in an SVG, measured without a font. */
#ifndef JUKI_VERIFY_SVG_H
#define JUKI_VERIFY_SVG_H

#include <stdbool.h>
#include <stddef.h>

/* About how wide it is, in pixels, rather too much than too little. */
int jk_svg_width(const char *text, int size, bool bold);

/* How many bytes of it go into one line of this width: up to a space if there is one, at least one
 * character. */
size_t jk_svg_fit(const char *text, int size, int width);

#endif
