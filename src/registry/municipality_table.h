/* SPDX-License-Identifier: Apache-2.0 */
/* The two generated halves of the table of municipalities; private to this folder. */
#ifndef JK_REGISTRY_MUNICIPALITY_TABLE_H
#define JK_REGISTRY_MUNICIPALITY_TABLE_H

#include "juki/municipality.h"

#include <stddef.h>

extern const jk_municipality jk_municipalities_east[]; /* prefectures 01 to 20 */
extern const size_t jk_municipalities_east_count;
extern const jk_municipality jk_municipalities_west[]; /* prefectures 21 to 47 */
extern const size_t jk_municipalities_west_count;

#endif
