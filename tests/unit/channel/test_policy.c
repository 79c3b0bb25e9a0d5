/* SPDX-License-Identifier: Apache-2.0 */
/* Who may dial whom, over every pair of a small country: 12 nodes, 144 pairs. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum {
    NODES = 12
};

/* One letter a node; the pairs below are written with them. */
static const struct {
    char letter;
    jk_role role;
    const char *code;
    uint16_t unit;
} country[NODES] = {
    {'C', JK_ROLE_CS, "131016", 0},         {'B', JK_ROLE_CS, "131016", 1},
    {'D', JK_ROLE_CS, "131024", 0},         {'O', JK_ROLE_CS, "271004", 0},
    {'r', JK_ROLE_REGISTRY, "131016", 0},   {'q', JK_ROLE_REGISTRY, "271004", 0},
    {'t', JK_ROLE_TERMINAL, "131016", 3},   {'u', JK_ROLE_TERMINAL, "271004", 0},
    {'P', JK_ROLE_PREFECTURE, "130001", 0}, {'Q', JK_ROLE_PREFECTURE, "270008", 0},
    {'N', JK_ROLE_NATIONAL, "000000", 0},   {'K', JK_ROLE_CARDS, "000000", 0},
};

/* Every pair that is allowed, written by hand from architecture.md. */
static const char *const allowed[] = {
    "tC", "tB", "uO", "rC", "rB", "qO",                         /* to the own CS */
    "CP", "BP", "DP", "OQ",                                     /* to the own prefecture */
    "CN", "BN", "DN", "ON", "CK", "BK", "DK", "OK", "PN", "QN", /* to the centre */
    "CB", "CD", "CO", "BD", "BO", "DO",                         /* the smaller CS dials */
};

static void every_pair(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t i = 0; i < NODES; i++) {
        for (size_t j = 0; j < NODES; j++) {
            const jk_node_id a = node_id(country[i].role, country[i].code, country[i].unit);
            const jk_node_id b = node_id(country[j].role, country[j].code, country[j].unit);
            bool expected = false;
            for (size_t k = 0; k < sizeof allowed / sizeof allowed[0]; k++) {
                expected = expected || (allowed[k][0] == country[i].letter &&
                                        allowed[k][1] == country[j].letter);
            }
            if (jk_policy_allows(&a, &b) != expected) {
                fail_msg("%c -> %c", country[i].letter, country[j].letter);
            }
            seen += expected ? 1 : 0;
        }
    }
    assert_int_equal(seen, sizeof allowed / sizeof allowed[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_pair)};
    return cmocka_run_group_tests_name("channel/policy", tests, NULL, NULL);
}
