/* SPDX-License-Identifier: Apache-2.0 */
/* The lease's machines, generated and compiled by this build, take their steps. */
#include "lease_landlord.h"
#include "lease_names.h"
#include "lease_tenant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const jk_token ticket = {{1}};
static const jk_token other_ticket = {{2}};
static const jk_token anna = {{10}};
static const jk_token bert = {{11}};

/* Steps through the table, as src/step does; 0 when the machine has no such input. */
static bool deliver(const jk_claim_machine *machine, void *row, uint16_t link, uint16_t kind,
                    jk_claim_event event, const void *hooks, void *ctx, jk_claim_actions *out)
{
    event.input = machine->input(link, kind);
    assert_int_not_equal(event.input, 0);
    assert_true(machine->invariant(row));
    unsigned char before[128];
    jk_claim_actions kept;
    memset(out, 0x5a, sizeof(*out));
    out->count = 0;
    kept = *out;
    assert_true(machine->size <= sizeof(before));
    memcpy(before, row, machine->size);
    bool taken = machine->step(row, &event, hooks, ctx, out);
    if (!taken) {
        assert_memory_equal(before, row, machine->size);
        assert_memory_equal(&kept, out, sizeof(kept));
    }
    assert_true(out->count <= machine->actions_max);
    assert_true(machine->invariant(row));
    return taken;
}

static void test_tenant(void **state)
{
    (void)state;
    const jk_claim_machine *machine = &jk_lease_tenant_machine;
    jk_lease_tenant row = {0};
    jk_claim_actions out;
    jk_claim_event event = {.key = ticket, .in = {.rooms = 3}};

    assert_false(deliver(machine, &row, JK_LEASE_LINK_DESK_TENANT, JK_LEASE_COMMAND_LEAVE, event,
                         NULL, NULL, &out));
    assert_false(
        deliver(machine, &row, 0, JK_LEASE_TENANT_TIMER_ANSWER_DUE, event, NULL, NULL, &out));
    assert_true(deliver(machine, &row, JK_LEASE_LINK_DESK_TENANT, JK_LEASE_COMMAND_WANT, event,
                        NULL, NULL, &out));
    assert_int_equal(machine->state(&row), JK_LEASE_TENANT_WAIT);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.item[0].op, JK_CLAIM_SEND);
    assert_int_equal(out.item[0].link, JK_LEASE_LINK_TENANT_TO_LANDLORD);
    assert_int_equal(out.item[0].kind, 11);
    assert_memory_equal(&out.item[0].out.ticket, &ticket, sizeof(ticket));
    assert_int_equal(out.item[0].out.rooms, 3);
    assert_int_equal(out.item[1].op, JK_CLAIM_ARM);
    assert_int_equal(out.item[1].code, JK_LEASE_TENANT_TIMER_ANSWER_DUE);
    assert_true(row.answer_due);

    /* IMPOSSIBLE: a grant for other rooms. */
    event.in = (jk_claim_fields){.ticket = ticket, .rooms = 1, .term = 2};
    assert_false(deliver(machine, &row, JK_LEASE_LINK_LANDLORD_TO_TENANT, JK_LEASE_KIND_GRANT,
                         event, NULL, NULL, &out));
    event.in.rooms = 3;
    assert_true(deliver(machine, &row, JK_LEASE_LINK_LANDLORD_TO_TENANT, JK_LEASE_KIND_GRANT, event,
                        NULL, NULL, &out));
    assert_int_equal(row.state, JK_LEASE_TENANT_HOME);
    assert_int_equal(row.term, 2);
    assert_false(row.answer_due);
    assert_int_equal(out.item[2].op, JK_CLAIM_EFFECT);
    assert_int_equal(out.item[2].code, JK_LEASE_EFFECT_MOVE_IN);

    /* A dropped input is a step without actions. */
    assert_true(deliver(machine, &row, JK_LEASE_LINK_LANDLORD_TO_TENANT, JK_LEASE_KIND_DENY, event,
                        NULL, NULL, &out));
    assert_int_equal(out.count, 0);
    assert_true(deliver(machine, &row, 0, JK_LEASE_TENANT_TIMER_LAST_DAY, event, NULL, NULL, &out));
    assert_true(machine->is_final(row.state));
    assert_false(
        deliver(machine, &row, 0, JK_LEASE_TENANT_TIMER_LAST_DAY, event, NULL, NULL, &out));
}

static void test_tenant_asks_twice(void **state)
{
    (void)state;
    const jk_claim_machine *machine = &jk_lease_tenant_machine;
    jk_lease_tenant row = {.asked = 1, .answer_due = true, .state = JK_LEASE_TENANT_WAIT};
    jk_claim_actions out;
    jk_claim_event event = {.key = ticket, .in = {.why = JK_CLAIM_REASON_TAKEN}};
    assert_true(deliver(machine, &row, JK_LEASE_LINK_LANDLORD_TO_TENANT, JK_LEASE_KIND_DENY, event,
                        NULL, NULL, &out));
    assert_int_equal(row.state, JK_LEASE_TENANT_WAIT);
    assert_int_equal(row.asked, 2);
    assert_int_equal(out.item[1].out.why, JK_CLAIM_REASON_TAKEN);
    assert_true(deliver(machine, &row, JK_LEASE_LINK_LANDLORD_TO_TENANT, JK_LEASE_KIND_DENY, event,
                        NULL, NULL, &out));
    assert_int_equal(row.state, JK_LEASE_TENANT_OVER);

    /* A count at its end takes no step. */
    jk_lease_tenant full = {.asked = UINT64_MAX};
    assert_false(deliver(machine, &full, JK_LEASE_LINK_DESK_TENANT, JK_LEASE_COMMAND_WANT, event,
                         NULL, NULL, &out));
}

typedef struct host {
    bool ok;
    uint16_t why;
    uint32_t rooms;
    uint64_t longest;
} host;

static bool may_let(void *ctx, const jk_claim_event *event, uint16_t *answer)
{
    (void)event;
    *answer = ((host *)ctx)->why;
    return ((host *)ctx)->ok;
}

static bool rooms_free(void *ctx, const jk_claim_event *event, uint32_t *chosen)
{
    (void)event;
    *chosen = ((host *)ctx)->rooms;
    return true;
}

static bool longest(void *ctx, const jk_claim_event *event, uint64_t *highest)
{
    (void)event;
    *highest = ((host *)ctx)->longest;
    return true;
}

static const jk_lease_landlord_hooks hooks = {may_let, rooms_free, longest};

static void test_landlord(void **state)
{
    (void)state;
    const jk_claim_machine *machine = &jk_lease_landlord_machine;
    jk_lease_landlord row = {0};
    jk_claim_actions out;
    host h = {.ok = false, .why = JK_CLAIM_REASON_FREE, .rooms = 3, .longest = 2};
    jk_claim_event ask = {.peer = anna, .in = {.ticket = ticket, .rooms = 1}};

    /* The host fails; an answer of another set; one that hooks.pml never gives. */
    assert_false(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK, ask,
                         &hooks, &h, &out));
    h.ok = true;
    h.why = JK_CLAIM_REASON_TAKEN;
    assert_false(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK, ask,
                         &hooks, &h, &out));
    h.why = JK_CLAIM_REASON_FREE;
    h.longest = 0;
    assert_false(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK, ask,
                         &hooks, &h, &out));
    h.longest = 2;
    assert_true(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK, ask,
                        &hooks, &h, &out));
    assert_int_equal(row.state, JK_LEASE_LANDLORD_LET);
    assert_memory_equal(&row.home, &anna, sizeof(anna));
    assert_int_equal(out.count, 2);
    assert_int_equal(out.item[1].kind, JK_LEASE_KIND_GRANT);
    assert_memory_equal(&out.item[1].peer, &anna, sizeof(anna));

    /* A second tenant: both hear of it, the first one only once. */
    jk_claim_event late = {.peer = bert, .in = {.ticket = other_ticket, .rooms = 1}};
    assert_true(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK, late,
                        &hooks, &h, &out));
    assert_int_equal(out.count, 2);
    assert_memory_equal(&out.item[0].peer, &anna, sizeof(anna));
    assert_memory_equal(&out.item[1].peer, &bert, sizeof(bert));
    assert_true(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK, late,
                        &hooks, &h, &out));
    assert_int_equal(out.count, 1);

    /* Only the holder ends it, and only from where it asked. */
    assert_true(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_GIVE_BACK,
                        late, &hooks, &h, &out));
    assert_int_equal(row.state, JK_LEASE_LANDLORD_LET);
    assert_true(deliver(machine, &row, JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_GIVE_BACK,
                        ask, &hooks, &h, &out));
    assert_int_equal(row.state, JK_LEASE_LANDLORD_FREE_HOUSE);
    jk_lease_landlord empty = {0};
    assert_memory_equal(&row, &empty, sizeof(row));
}

static void test_names_and_bounds(void **state)
{
    (void)state;
    assert_string_equal(jk_lease_kind_name(22), "DENY");
    assert_string_equal(jk_lease_kind_name(23), "?");
    assert_string_equal(jk_lease_reason_name(6), "CLOSED");
    assert_string_equal(jk_lease_command_name(JK_LEASE_COMMAND_LEAVE), "LEAVE");
    assert_string_equal(jk_lease_link_name(JK_LEASE_LINK_DESK_TENANT), "desk_tenant");
    assert_string_equal(jk_lease_effect_name(JK_LEASE_EFFECT_WRITE_BOOK), "WRITE_BOOK");
    assert_string_equal(jk_lease_tenant_names.state(JK_LEASE_TENANT_OVER), "OVER");
    assert_string_equal(jk_lease_tenant_names.state(99), "?");
    assert_string_equal(jk_lease_tenant_names.input(JK_LEASE_TENANT_IN_EXPIRE_LAST_DAY),
                        "EXPIRE_LAST_DAY");
    assert_string_equal(jk_lease_tenant_names.timer(JK_LEASE_TENANT_TIMER_LAST_DAY), "last_day");
    assert_int_equal(
        jk_lease_tenant_machine.input(JK_LEASE_LINK_TENANT_TO_LANDLORD, JK_LEASE_KIND_ASK), 0);
    assert_string_equal(jk_lease_tenant_machine.name, "lease_tenant");

    /* Rows that no step makes. */
    jk_lease_tenant wrong = {.state = 77};
    assert_false(jk_lease_tenant_machine.invariant(&wrong));
    jk_claim_event event = {.input = JK_LEASE_TENANT_IN_WANT};
    jk_claim_actions out = {0};
    assert_false(jk_lease_tenant_step(&wrong, &event, NULL, NULL, &out));
    jk_lease_tenant armed = {.state = JK_LEASE_TENANT_OVER, .last_day = true};
    assert_false(jk_lease_tenant_machine.invariant(&armed));
    jk_lease_tenant fresh = {0};
    event.input = 999;
    assert_false(jk_lease_tenant_step(&fresh, &event, NULL, NULL, &out));
    event.input = 0;
    assert_false(jk_lease_tenant_step(&fresh, &event, NULL, NULL, &out));
    assert_int_equal(out.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tenant),
        cmocka_unit_test(test_tenant_asks_twice),
        cmocka_unit_test(test_landlord),
        cmocka_unit_test(test_names_and_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
