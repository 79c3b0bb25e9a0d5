/* SPDX-License-Identifier: Apache-2.0 */
/* Strict UTF-8 reading, one code point at a time; private to this folder. */
#ifndef JK_REGISTRY_UTF8_H
#define JK_REGISTRY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the code point at the start of text, 1..4, or 0 for what is not UTF-8: a stray or
 * missing continuation byte, an overlong form, a surrogate, a value above U+10FFFF. */
size_t jk_utf8_read(const char *text, size_t size, uint32_t *code_point);

/* Variation selectors: U+FE00..FE0F and the ideographic ones, U+E0100..E01EF. */
bool jk_utf8_is_selector(uint32_t code_point);

#endif
