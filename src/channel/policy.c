/* SPDX-License-Identifier: Apache-2.0 */
/* The table of who dials whom; everything that is not in it is refused.
 * Source: architecture.md, "Dials". */
#include "channel/policy.h"

#include <string.h>

typedef enum relation {
    ANY,             /* there is one of the target's kind in the country */
    SAME_CODE,       /* the same municipality */
    SAME_PREFECTURE, /* the first two digits of the code are the prefecture */
    SMALLER_DIALS    /* between equals the smaller (code, unit) dials */
} relation;

typedef struct rule {
    jk_role initiator;
    jk_role target;
    relation relation;
} rule;

static const rule rules[] = {
    {JK_ROLE_TERMINAL, JK_ROLE_CS, SAME_CODE},
    {JK_ROLE_REGISTRY, JK_ROLE_CS, SAME_CODE},
    {JK_ROLE_CS, JK_ROLE_PREFECTURE, SAME_PREFECTURE},
    {JK_ROLE_CS, JK_ROLE_NATIONAL, ANY}, /* 2-③ */
    {JK_ROLE_CS, JK_ROLE_CARDS, ANY},    /* 3-⑥ */
    {JK_ROLE_CS, JK_ROLE_CS, SMALLER_DIALS},
    {JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL, ANY},
};

static bool related(const jk_node_id *a, const jk_node_id *b, relation kind)
{
    switch (kind) {
    case ANY: return true;
    case SAME_CODE: return memcmp(a->code, b->code, 6) == 0;
    case SAME_PREFECTURE: return memcmp(a->code, b->code, 2) == 0;
    case SMALLER_DIALS: {
        const int order = memcmp(a->code, b->code, 6);
        return order < 0 || (order == 0 && a->unit < b->unit);
    }
    }
    return false;
}

bool jk_policy_allows(const jk_node_id *initiator, const jk_node_id *target)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].initiator == (jk_role)initiator->role &&
            rules[i].target == (jk_role)target->role) {
            return related(initiator, target, rules[i].relation);
        }
    }
    return false;
}
