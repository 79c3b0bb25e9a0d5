/* SPDX-License-Identifier: Apache-2.0 */
/* What juki/status.h, juki/refusal.h and juki/types.h declare: names, tokens, node ids.  Pure:
 * every part links it, so it may use nothing but mem*. */
#include "juki/refusal.h"
#include "juki/status.h"
#include "juki/types.h"

#include <string.h>

_Static_assert((int)JK_CLASS_PEER == (int)JK_REFUSAL_PEER &&
                   (int)JK_CLASS_HOST == (int)JK_REFUSAL_HOST &&
                   (int)JK_CLASS_CALLER == (int)JK_REFUSAL_CALLER,
               "a status has one class");

/* A node token: marker, role, six digits, unit; the marker keeps it apart from random ids. */
enum {
    NODE_MARK_SIZE = 4
};

static const uint8_t node_mark[NODE_MARK_SIZE] = {'n', 'o', 'd', 'e'};

static const char *const role_names[] = {
    [JK_ROLE_NONE] = "none",
    [JK_ROLE_CS] = "cs",
    [JK_ROLE_REGISTRY] = "registry",
    [JK_ROLE_TERMINAL] = "terminal",
    [JK_ROLE_PREFECTURE] = "prefecture",
    [JK_ROLE_NATIONAL] = "national",
    [JK_ROLE_CARDS] = "cards",
};

const jk_refusal *jk_refusal_of(unsigned number)
{
    size_t low = 0;
    size_t high = jk_refusal_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (jk_refusals[middle].number == number) {
            return &jk_refusals[middle];
        }
        if (jk_refusals[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const char *jk_refusal_class_name(const jk_refusal *refusal)
{
    static const char *const names[] = {
        [JK_REFUSAL_OK] = "OK",         [JK_REFUSAL_PEER] = "PEER",
        [JK_REFUSAL_HOST] = "HOST",     [JK_REFUSAL_CALLER] = "CALLER",
        [JK_REFUSAL_REASON] = "REASON", [JK_REFUSAL_ANSWER] = "ANSWER",
    };
    return refusal == NULL || refusal->class > JK_REFUSAL_ANSWER ? "?" : names[refusal->class];
}

/* Reasons are no statuses. */
static const jk_refusal *of_status(jk_status status)
{
    const jk_refusal *refusal = jk_refusal_of((unsigned)status);
    return refusal == NULL || refusal->class > JK_REFUSAL_CALLER ? NULL : refusal;
}

const char *jk_status_name(jk_status status)
{
    const jk_refusal *refusal = of_status(status);
    return refusal == NULL ? "?" : refusal->name;
}

const char *jk_status_text(jk_status status)
{
    const jk_refusal *refusal = of_status(status);
    return refusal == NULL ? "unknown status" : refusal->text_en;
}

jk_class jk_status_class(jk_status status)
{
    const jk_refusal *refusal = of_status(status);
    return refusal == NULL ? JK_CLASS_CALLER : (jk_class)refusal->class;
}

jk_token jk_token_of_node(const jk_node_id *node)
{
    jk_token token = {{0}};
    memcpy(token.byte, node_mark, NODE_MARK_SIZE);
    token.byte[4] = node->role;
    memcpy(token.byte + 5, node->code, 6);
    token.byte[11] = (uint8_t)(node->unit >> 8);
    token.byte[12] = (uint8_t)(node->unit & 0xff);
    return token;
}

bool jk_node_of_token(const jk_token *token, jk_node_id *node)
{
    if (memcmp(token->byte, node_mark, NODE_MARK_SIZE) != 0 || token->byte[4] == JK_ROLE_NONE ||
        token->byte[4] > JK_ROLE_CARDS) {
        return false;
    }
    node->role = token->byte[4];
    memcpy(node->code, token->byte + 5, 6);
    node->code[6] = '\0';
    node->unit = (uint16_t)((token->byte[11] << 8) | token->byte[12]);
    return true;
}

bool jk_token_equal(const jk_token *a, const jk_token *b)
{
    return memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}

bool jk_token_is_none(const jk_token *token)
{
    static const jk_token none = {{0}};
    return jk_token_equal(token, &none);
}

bool jk_node_equal(const jk_node_id *a, const jk_node_id *b)
{
    return a->role == b->role && a->unit == b->unit && memcmp(a->code, b->code, 6) == 0;
}

const char *jk_role_name(jk_role role)
{
    if (role > JK_ROLE_CARDS) {
        return NULL;
    }
    return role_names[role];
}

static bool same_text(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && a[i] == b[i]) {
        i++;
    }
    return a[i] == b[i];
}

jk_role jk_role_by_name(const char *name)
{
    for (int role = JK_ROLE_CS; role <= JK_ROLE_CARDS; role++) {
        if (same_text(name, role_names[role])) {
            return (jk_role)role;
        }
    }
    return JK_ROLE_NONE;
}
