/* SPDX-License-Identifier: Apache-2.0 */
/* Text of models, tools and tables put into other formats.  What is no UTF-8, and control
 * characters but tab and newline, become U+FFFD: no format here may hold them. */
#ifndef JUKI_VERIFY_ESCAPE_H
#define JUKI_VERIFY_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

/* Text or an attribute's value of XML or HTML. */
void jk_put_xml(FILE *out, const char *text);

/* A string of JSON with its quotation marks. */
void jk_put_json(FILE *out, const char *text);

/* A cell of a Markdown table or a paragraph: what has a meaning there is escaped, lines are
 * joined. */
void jk_put_markdown(FILE *out, const char *text);

/* One word of a POSIX shell, in single quotes. */
void jk_put_shell(FILE *out, const char *word);

/* Bytes of the UTF-8 character that begins here, 1 to 4; 0: there is none. */
size_t jk_utf8_length(const char *text);

#endif
