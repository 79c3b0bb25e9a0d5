/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of names for synthetic people; private to this folder. */
#ifndef JK_SIM_POPULATION_NAMES_H
#define JK_SIM_POPULATION_NAMES_H

#include <stddef.h>
#include <stdint.h>

typedef struct jk_name_entry {
    const char *text;
    const char *kana;
    uint16_t weight; /* relative to the others of its list */
} jk_name_entry;

typedef struct jk_name_list {
    const jk_name_entry *entries;
    size_t count;
} jk_name_list;

enum {
    JK_NAMES_FOREIGN_GIVEN = 3
};

typedef struct jk_foreign_given {
    const char *name;
    const char *kana;
} jk_foreign_given;

typedef struct jk_foreign_entry {
    const char *nationality; /* ISO 3166-1 alpha-3 */
    const char *family;
    const char *family_kana;
    jk_foreign_given given[2][JK_NAMES_FOREIGN_GIVEN]; /* male, female */
} jk_foreign_entry;

/* Given names change with the years: born before 1955, before 1990, later. */
enum {
    JK_NAME_OLD = 0,
    JK_NAME_MIDDLE = 1,
    JK_NAME_YOUNG = 2,
    JK_NAME_BANDS = 3
};

extern const jk_name_list jk_names_surnames;
extern const jk_name_list jk_names_variant_surnames;
extern const jk_name_list jk_names_given[2][JK_NAME_BANDS]; /* male, female */
extern const jk_foreign_entry *const jk_names_foreigners;
extern const size_t jk_names_foreigners_count;
extern const char *const *const jk_names_towns;
extern const size_t jk_names_towns_count;

/* Sum of a list's weights, never 0. */
uint32_t jk_names_weight(const jk_name_list *list);

/* The entry at `at`, 0 <= at < jk_names_weight(list), of the weights laid end to end. */
const jk_name_entry *jk_names_pick(const jk_name_list *list, uint32_t at);

#endif
