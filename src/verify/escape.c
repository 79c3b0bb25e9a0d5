/* SPDX-License-Identifier: Apache-2.0 */
/* Text of models, tools and tables put into other formats. */
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

size_t jk_utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x80) {
        return at[0] == 0 ? 0 : 1;
    }
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 0;
    }
    uint32_t code = at[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3fU);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool forbidden = code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
                     code == 0xfffe || code == 0xffff;
    return forbidden ? 0 : length;
}

/* Writes the character that begins here, or the replacement, and returns where the next begins. */
static const char *put_character(FILE *out, const char *text)
{
    size_t length = jk_utf8_length(text);
    unsigned char first = (unsigned char)*text;
    bool control = (first < 0x20 && first != '\t' && first != '\n') || first == 0x7f;
    if (length == 0 || control) {
        (void)fputs(REPLACEMENT, out);
        return text + 1;
    }
    (void)fwrite(text, 1, length, out);
    return text + length;
}

void jk_put_xml(FILE *out, const char *text)
{
    while (*text != '\0') {
        const char *entity = *text == '<'    ? "&lt;"
                             : *text == '>'  ? "&gt;"
                             : *text == '&'  ? "&amp;"
                             : *text == '"'  ? "&quot;"
                             : *text == '\'' ? "&#39;"
                                             : NULL;
        if (entity != NULL) {
            (void)fputs(entity, out);
            text++;
        } else {
            text = put_character(out, text);
        }
    }
}

void jk_put_json(FILE *out, const char *text)
{
    (void)fputc('"', out);
    while (*text != '\0') {
        const char *escaped = *text == '"'    ? "\\\""
                              : *text == '\\' ? "\\\\"
                              : *text == '\n' ? "\\n"
                              : *text == '\t' ? "\\t"
                                              : NULL;
        if (escaped != NULL) {
            (void)fputs(escaped, out);
            text++;
        } else {
            text = put_character(out, text);
        }
    }
    (void)fputc('"', out);
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Would it mean something in Markdown?  An underline inside a word does not. */
static bool has_meaning(char before, const char *at)
{
    return *at == '_' ? !is_alphanumeric(before) || !is_alphanumeric(at[1])
                      : strchr("\\`*|[]", *at) != NULL;
}

void jk_put_markdown(FILE *out, const char *text)
{
    char before = ' ';
    while (*text != '\0') {
        char here = *text;
        if (here == '\n' || here == '\t') {
            (void)fputc(' ', out);
            text++;
        } else if (here == '<' || here == '&') {
            (void)fputs(here == '<' ? "&lt;" : "&amp;", out);
            text++;
        } else {
            if (has_meaning(before, text)) {
                (void)fputc('\\', out);
            }
            text = put_character(out, text);
        }
        before = here;
    }
}

void jk_put_shell(FILE *out, const char *word)
{
    (void)fputc('\'', out);
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            (void)fputs("'\\''", out);
        } else {
            (void)fputc(*word, out);
        }
    }
    (void)fputc('\'', out);
}
