/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds by the calendar, and scrubs in slices.  A slice is small, so that counter work never waits
 * behind one longer than a few milliseconds; how often one comes follows from the number of rows.
 * Where both stand is in the store, so a restart goes on. */
#include "node/reconcile.h"

#include "reconcile_cs_round.h"

#include <string.h>

enum {
    SLICE_ROWS = 256,     /* of one turn: a few milliseconds */
    SLICE_MIN_MS = 100,   /* between two, also when a scrub is late */
    LOOK_AGAIN_MS = 1000, /* at a round that is under way, an alarm, a failure */
    MARGIN = 5            /* a scrub takes four of five parts of its period */
};

uint16_t jk_reconcile_machine(const jk_node *node)
{
    switch (node->config->id.role) {
    case JK_ROLE_PREFECTURE: return JK_MACHINE_PREFECTURE_ROUND;
    case JK_ROLE_NATIONAL: return JK_MACHINE_NATIONAL_ROUND;
    default: return JK_MACHINE_CS_ROUND;
    }
}

bool jk_reconcile_takes_part(const jk_node *node)
{
    const uint8_t role = node->config->id.role;
    return role == JK_ROLE_CS || role == JK_ROLE_PREFECTURE || role == JK_ROLE_NATIONAL;
}

int64_t jk_reconcile_last(jk_store *store)
{
    jk_round_row row;
    int64_t low = 0; /* there is one behind it */
    int64_t step = 1;
    if (store->ops->round_next(store, 0, &row) != JK_OK) {
        return 0;
    }
    while (store->ops->round_next(store, low + step, &row) == JK_OK) {
        low += step;
        step *= 2;
    }
    while (step > 1) {
        step /= 2;
        if (store->ops->round_next(store, low + step, &row) == JK_OK) {
            low += step;
        }
    }
    return store->ops->round_next(store, low, &row) == JK_OK ? row.id : 0;
}

jk_status jk_reconcile_start(jk_node *node, jk_token *round)
{
    jk_random *random = &node->boot->random;
    jk_command command = {
        .machine = JK_MACHINE_CS_ROUND,
        .input = JK_RECONCILE_CS_ROUND_IN_START,
        .key = jk_token_of_node(&node->config->id),
    };
    jk_status status = random->fill(random, command.txn.byte, sizeof command.txn.byte);
    if (status == JK_OK) {
        status = jk_node_command(node, &command);
    }
    if (status == JK_OK) {
        *round = command.txn;
    }
    return status;
}

static void tell(jk_node *node, const char *what, jk_status status)
{
    jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "alarm", "-", status,
                     what);
}

/* --- rounds --- */

/* How long until the next round, by the end of the last; a clock that was put back does not make
 * it longer than the period. */
static int64_t until_next(jk_node *node, int64_t wall_ms)
{
    jk_round_row row;
    jk_store *store = node->boot->store;
    const int64_t every_ms = node->config->reconcile_every_ms;
    int64_t ended_ms = 0;
    const int64_t last = jk_reconcile_last(store);
    for (int64_t id = last; id > 0 && last - id < 8; id--) {
        if (store->ops->round_next(store, id - 1, &row) == JK_OK && row.ended_ms > ended_ms) {
            ended_ms = row.ended_ms;
        }
    }
    const int64_t left_ms = ended_ms == 0 ? 0 : ended_ms + every_ms - wall_ms;
    return left_ms > every_ms ? every_ms : left_ms;
}

static int64_t run_rounds(jk_node *node)
{
    static jk_machine_row row; /* large; one thread */
    jk_store *store = node->boot->store;
    const int64_t now_ms = jk_node_now(node);
    const jk_token key = jk_token_of_node(&node->config->id);
    if (node->config->id.role != JK_ROLE_CS || node->config->reconcile_every_ms == 0) {
        return INT64_MAX;
    }
    if (now_ms < node->round_ms) {
        return node->round_ms;
    }
    node->round_ms = now_ms + LOOK_AGAIN_MS;
    const jk_status found = store->ops->machine_get(store, JK_MACHINE_CS_ROUND, &key, &row);
    if (found == JK_OK && row.state != JK_RECONCILE_CS_ROUND_IDLE) {
        return node->round_ms;
    }
    const int64_t left_ms = until_next(node, node->clock.port.wall_ms(&node->clock.port));
    if (left_ms > 0) {
        node->round_ms = now_ms + left_ms;
        return node->round_ms;
    }
    jk_token round;
    const jk_status status = jk_reconcile_start(node, &round);
    if (status != JK_OK && status != JK_E_FULL) {
        tell(node, "what=\"a round did not begin\"", status);
    }
    return node->round_ms;
}

/* --- scrubs --- */

typedef struct scrub_plan {
    char code[7];    /* whose turn it is; "" nobody's */
    uint64_t slices; /* of all municipalities */
    bool known;      /* each was gone through before */
    bool late;       /* it was not gone through within the period */
} scrub_plan;

/* One under way goes on; else the one whose last scrub is longest ago. */
static void plan_scrub(jk_node *node, scrub_plan *plan)
{
    static const uint8_t none[32];
    jk_compare_row row;
    jk_store *store = node->boot->store;
    const int64_t wall_ms = node->clock.port.wall_ms(&node->clock.port);
    char after[7] = "";
    bool under_way = false;
    int64_t oldest_ms = INT64_MAX;
    *plan = (scrub_plan){.known = true};
    while (store->ops->compare_next(store, after, &row) == JK_OK) {
        memcpy(after, row.code, sizeof after);
        if (memcmp(row.epoch_key, none, sizeof none) == 0) {
            continue;
        }
        plan->known = plan->known && row.scrub_ms != 0;
        plan->slices += (row.scrubbed + SLICE_ROWS) / SLICE_ROWS;
        if (row.scrub_ms != 0 && row.scrub_ms + node->config->scrub_ms < wall_ms) {
            plan->late = true;
        }
        if (!under_way && (row.scrub_begun_ms != 0 || row.scrub_ms < oldest_ms)) {
            under_way = row.scrub_begun_ms != 0;
            oldest_ms = row.scrub_ms;
            memcpy(plan->code, row.code, sizeof plan->code);
        }
    }
}

static int64_t wait_of(const jk_node *node, const scrub_plan *plan)
{
    if (!plan->known || plan->late) {
        return SLICE_MIN_MS;
    }
    const int64_t part_ms = node->config->scrub_ms / MARGIN * (MARGIN - 1);
    const int64_t wait_ms = part_ms / (int64_t)(plan->slices > 0 ? plan->slices : 1);
    return wait_ms < SLICE_MIN_MS ? SLICE_MIN_MS : wait_ms;
}

jk_status jk_node_scrub(jk_node *node, const char *code, size_t rows, jk_scrub_report *report)
{
    const jk_status status =
        jk_node_stepped(node, jk_engine_scrub(node->engine, code, rows, report));
    if (status == JK_OK && report->damaged > 0) {
        char text[96];
        (void)snprintf(text, sizeof text, "what=\"rows are damaged\" municipality=%s rows=%llu",
                       code, (unsigned long long)report->damaged);
        tell(node, text, JK_E_NOT_CANONICAL);
    }
    return status;
}

static int64_t run_scrubs(jk_node *node)
{
    scrub_plan plan;
    jk_scrub_report report;
    const int64_t now_ms = jk_node_now(node);
    if (!jk_reconcile_takes_part(node)) {
        return INT64_MAX;
    }
    if (now_ms < node->scrub_ms) {
        return node->scrub_ms;
    }
    if (node->scrub_code[0] == '\0') {
        plan_scrub(node, &plan);
        memcpy(node->scrub_code, plan.code, sizeof plan.code);
        node->scrub_wait_ms = wait_of(node, &plan);
        if (plan.code[0] != '\0' && node->scrub_wait_ms > SLICE_MIN_MS) {
            node->scrub_ms = now_ms + node->scrub_wait_ms; /* nothing is late: its turn will come */
            return node->scrub_ms;
        }
    }
    node->scrub_ms = now_ms + LOOK_AGAIN_MS;
    if (node->scrub_code[0] != '\0') {
        const jk_status status = jk_node_scrub(node, node->scrub_code, SLICE_ROWS, &report);
        if (status == JK_OK) {
            node->scrub_ms = now_ms + node->scrub_wait_ms;
        }
        if (status != JK_OK || report.done) {
            node->scrub_code[0] = '\0';
        }
    }
    return node->scrub_ms;
}

int64_t jk_reconcile_run(jk_node *node)
{
    if (node->stopping || jk_node_now(node) < node->retry_ms) {
        return INT64_MAX;
    }
    const int64_t round_ms = run_rounds(node);
    const int64_t scrub_ms = run_scrubs(node);
    return round_ms < scrub_ms ? round_ms : scrub_ms;
}
