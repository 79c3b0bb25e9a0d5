/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses, node ids and their tokens. */
#include "juki/refusal.h"
#include "juki/status.h"
#include "juki/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void statuses_are_told_apart(void **state)
{
    (void)state;
    static const jk_status all[] = {
#define ONE(name, number, class, text) JK_##name,
        JK_STATUS_MAP(ONE)
#undef ONE
    };
    size_t count = sizeof all / sizeof all[0];
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(jk_status_name(all[i]), "?");
        assert_true(strlen(jk_status_text(all[i])) > 3);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(all[i], all[k]);
            assert_string_not_equal(jk_status_name(all[i]), jk_status_name(all[k]));
        }
    }
    assert_string_equal(jk_status_name((jk_status)9999), "?");
    assert_int_equal(jk_status_class(JK_E_WIRE), JK_CLASS_PEER);
    assert_int_equal(jk_status_class(JK_E_IO), JK_CLASS_HOST);
    assert_int_equal(jk_status_class((jk_status)9999), JK_CLASS_CALLER);
}

/* The table and the statuses are one; reasons are refusals, but no statuses. */
static void refusals_have_words(void **state)
{
    (void)state;
    size_t statuses = 0;
    for (size_t i = 0; i < jk_refusal_count; i++) {
        const jk_refusal *refusal = &jk_refusals[i];
        const bool refuses = refusal->class != JK_REFUSAL_OK && refusal->class != JK_REFUSAL_ANSWER;
        assert_ptr_equal(jk_refusal_of(refusal->number), refusal);
        assert_true(strlen(refusal->text_en) > 3 && strlen(refusal->text_ja) > 3);
        assert_int_equal(refusal->hint_en[0] != '\0', refuses);
        assert_int_equal(refusal->hint_ja[0] != '\0', refuses);
        assert_true(i == 0 || refusal->number > jk_refusals[i - 1].number);
        if (refusal->class <= JK_REFUSAL_CALLER) {
            statuses++;
            assert_string_equal(jk_status_name((jk_status)refusal->number), refusal->name);
        } else {
            assert_string_equal(jk_status_name((jk_status)refusal->number), "?");
        }
    }
#define ONE(name, number, class, text) +1
    assert_int_equal(statuses, 0 JK_STATUS_MAP(ONE));
#undef ONE
    assert_null(jk_refusal_of(9999));
    assert_string_equal(jk_refusal_class_name(jk_refusal_of(21)), "REASON");
    assert_string_equal(jk_refusal_class_name(jk_refusal_of(501)), "HOST");
    assert_string_equal(jk_refusal_class_name(NULL), "?");
}

static void a_node_and_its_token(void **state)
{
    (void)state;
    jk_node_id node = {.role = JK_ROLE_CS, .code = "131016", .unit = 258};
    jk_token token = jk_token_of_node(&node);
    jk_node_id back = {0};
    assert_true(jk_node_of_token(&token, &back));
    assert_true(jk_node_equal(&node, &back));
    assert_string_equal(back.code, "131016");
    assert_int_equal(back.unit, 258);
    node.role = JK_ROLE_REGISTRY; /* the same municipality, another node */
    jk_token other = jk_token_of_node(&node);
    assert_false(jk_token_equal(&token, &other));
    assert_false(jk_node_equal(&node, &back));
}

static void what_is_no_node(void **state)
{
    (void)state;
    jk_token token = {{0}};
    jk_node_id node = {.role = JK_ROLE_CS, .code = "131016"};
    jk_node_id back = node;
    assert_true(jk_token_is_none(&token));
    assert_false(jk_node_of_token(&token, &back));
    token = jk_token_of_node(&node);
    assert_false(jk_token_is_none(&token));
    token.byte[4] = 7; /* no such role */
    assert_false(jk_node_of_token(&token, &back));
    assert_true(jk_node_equal(&node, &back));
}

static void roles_have_names(void **state)
{
    (void)state;
    for (int role = JK_ROLE_CS; role <= JK_ROLE_CARDS; role++) {
        assert_int_equal(jk_role_by_name(jk_role_name((jk_role)role)), role);
    }
    assert_int_equal(jk_role_by_name("c"), JK_ROLE_NONE);
    assert_int_equal(jk_role_by_name("csx"), JK_ROLE_NONE);
    assert_int_equal(jk_role_by_name(""), JK_ROLE_NONE);
    assert_null(jk_role_name((jk_role)7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_are_told_apart), cmocka_unit_test(refusals_have_words),
        cmocka_unit_test(a_node_and_its_token),    cmocka_unit_test(what_is_no_node),
        cmocka_unit_test(roles_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
