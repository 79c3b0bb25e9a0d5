/* SPDX-License-Identifier: Apache-2.0 */
/* Which machine takes a message, over every pair of roles and every kind; what counts as repeated.
 * */
#include "core/core.h"

#include "juki/envelope.h"
#include "juki/limits.h"
#include "movein.h"
#include "movein_dest_cs.h"
#include "movein_origin_cs.h"
#include "step/roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static void a_kind_finds_its_machine(void **state)
{
    (void)state;
    jk_core_target target;
    assert_int_equal(jk_core_route(&jk_roles, JK_ROLE_CS, JK_ROLE_TERMINAL,
                                   JK_MOVEIN_KIND_CERT_REQUEST, &target),
                     JK_OK);
    assert_int_equal(target.machine->id, JK_MACHINE_DEST_CS);
    assert_int_equal(target.input, JK_MOVEIN_DEST_CS_IN_CERT_REQUEST);
    assert_int_equal(
        jk_core_route(&jk_roles, JK_ROLE_CS, JK_ROLE_CS, JK_MOVEIN_KIND_CERT_REQUEST, &target),
        JK_OK);
    assert_int_equal(target.machine->id, JK_MACHINE_ORIGIN_CS);
    assert_int_equal(target.link, JK_MOVEIN_LINK_DEST_TO_ORIGIN);
    assert_int_equal(target.input, JK_MOVEIN_ORIGIN_CS_IN_CERT_REQUEST);
}

/* The wire's table of who may send what to whom and the routes of the machines say the same. */
static void routes_and_wire_agree(void **state)
{
    (void)state;
    unsigned routed = 0;
    for (size_t i = 0; jk_kind_at(i) != 0; i++) {
        uint16_t kind = jk_kind_at(i);
        unsigned takers = 0;
        for (int self = JK_ROLE_CS; self <= JK_ROLE_CARDS; self++) {
            for (int sender = JK_ROLE_CS; sender <= JK_ROLE_CARDS; sender++) {
                jk_core_target target = {0};
                jk_status status =
                    jk_core_route(&jk_roles, (jk_role)self, (jk_role)sender, kind, &target);
                bool allowed = jk_kind_allowed(kind, (jk_role)sender, (jk_role)self);
                assert_int_equal(status, allowed ? JK_OK : JK_E_ROUTE);
                if (allowed) {
                    takers++;
                    routed++;
                } else {
                    assert_null(target.machine);
                }
            }
        }
        assert_true(takers > 0); /* no kind that nobody takes */
    }
    assert_true(routed > 28);
}

static void repeated_and_conflicting(void **state)
{
    (void)state;
    jk_token link = {{1}};
    jk_token other = {{2}};
    jk_core_known known = {false, 0, {{0}}};
    assert_int_equal(jk_core_repeat_decide(&known, 302, &link), JK_CORE_FRESH);
    known = (jk_core_known){true, 302, link};
    assert_int_equal(jk_core_repeat_decide(&known, 302, &link), JK_CORE_REPEATED);
    assert_int_equal(jk_core_repeat_decide(&known, 303, &link), JK_CORE_CONFLICT);
    assert_int_equal(jk_core_repeat_decide(&known, 302, &other), JK_CORE_CONFLICT);
}

static void every_machine_has_a_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < jk_roles.machine_count; i++) {
        const jk_core_machine *machine = &jk_roles.machines[i];
        assert_string_equal(jk_machine_name(machine->id), machine->machine->name);
        assert_string_not_equal(jk_machine_state_name(machine->id, 0), "?");
        assert_string_equal(jk_machine_state_name(machine->id, 999), "?");
        assert_true(machine->machine->size <= JK_MACHINE_SIZE_MAX);
        assert_ptr_equal(jk_core_machine_by_id(&jk_roles, machine->id), machine);
    }
    assert_null(jk_core_machine_by_id(&jk_roles, 999));
    assert_string_equal(jk_machine_name(999), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_finds_its_machine),
        cmocka_unit_test(routes_and_wire_agree),
        cmocka_unit_test(repeated_and_conflicting),
        cmocka_unit_test(every_machine_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
