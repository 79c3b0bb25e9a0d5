/* SPDX-License-Identifier: Apache-2.0 */
/* The identities and spans that every part speaks of. */
#ifndef JUKI_TYPES_H
#define JUKI_TYPES_H

#include "juki/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes; valid until the call returns unless the function says otherwise. */
typedef struct jk_span {
    const uint8_t *data;
    size_t size;
} jk_span;

/* What a node is.  Numbers stand in certificates and in the wire format. */
typedef enum jk_role {
    JK_ROLE_NONE = 0,
    JK_ROLE_CS = 1,         /* 市町村CS */
    JK_ROLE_REGISTRY = 2,   /* 既存住基システム */
    JK_ROLE_TERMINAL = 3,   /* 統合端末 */
    JK_ROLE_PREFECTURE = 4, /* 都道府県サーバ */
    JK_ROLE_NATIONAL = 5,   /* 全国サーバ */
    JK_ROLE_CARDS = 6       /* 個人番号カード管理システム */
} jk_role;

/* A node's name: a CS, a registry and a terminal share a municipality's code, so the role is part
 * of it.  code: six digits and a NUL; national and cards use "000000". */
typedef struct jk_node_id {
    uint8_t role; /* jk_role */
    char code[7];
    uint16_t unit; /* 0 for the first of its kind */
} jk_node_id;

/* Members of a household case, one bit each, at most JK_MEMBERS_MAX. */
typedef uint32_t jk_members;

/* A node's name as a token, and back (false: the token is no node name). */
jk_token jk_token_of_node(const jk_node_id *node);
bool jk_node_of_token(const jk_token *token, jk_node_id *node);

bool jk_token_equal(const jk_token *a, const jk_token *b);
bool jk_token_is_none(const jk_token *token);
bool jk_node_equal(const jk_node_id *a, const jk_node_id *b);

/* "cs", "registry", ... and back; NULL / JK_ROLE_NONE when unknown. */
const char *jk_role_name(jk_role role);
jk_role jk_role_by_name(const char *name);

#endif
