/* SPDX-License-Identifier: Apache-2.0 */
/* Three faults put into a run on purpose, each by changing the database of a node that was killed
 * and is started again: the judge must find every one of them. */
#include "demo_run.h"

#include <string.h>

enum {
    WAIT_MS = 10000
};

static bool fail(demo_run *run, const char *why)
{
    if (run->fault[0] == '\0') {
        (void)snprintf(run->fault, sizeof run->fault, "sabotage: %s", why);
    }
    return false;
}

/* Turns until the number that sql gives at the node is not 0. */
static bool wait_for(demo_run *run, demo_node *node, const char *sql)
{
    const int64_t until = demo_now_ms() + WAIT_MS;
    int64_t number = 0;
    while (demo_turn(run)) {
        if (demo_look_number(run, node, sql, &number) && number != 0) {
            return true;
        }
        if (demo_now_ms() > until) {
            break;
        }
    }
    return fail(run, "the moment did not come");
}

static bool again(demo_run *run, demo_node *node)
{
    run->restarts++;
    demo_show_event(run, "database changed, started again", node->base);
    return demo_net_start(run, node);
}

static const demo_move *some_done(const demo_run *run)
{
    for (size_t i = 0; i < run->plan.count; i++) {
        if (run->plan.moves[i].outcome == DEMO_DONE) {
            return &run->plan.moves[i];
        }
    }
    return NULL;
}

bool demo_sabotage_after(demo_run *run)
{
    const demo_move *m = some_done(run);
    char sql[256];
    if (run->options->sabotage != DEMO_TWO_REGISTERS && run->options->sabotage != DEMO_LOSE_ENTRY) {
        return true;
    }
    if (m == NULL) {
        return fail(run, "no move was done");
    }
    const char *resident = run->plan.people[m->person[0]].resident_code;
    demo_node *node = NULL;
    if (run->options->sabotage == DEMO_TWO_REGISTERS) {
        node = demo_node_of(run, JK_ROLE_REGISTRY, demo_town_codes[m->origin]);
        (void)snprintf(sql, sizeof sql, "UPDATE register SET status = 1 WHERE resident = '%s'",
                       resident);
    } else {
        node = demo_node_of(run, JK_ROLE_NATIONAL, "000000");
        (void)snprintf(sql, sizeof sql, "DELETE FROM episode WHERE resident = '%s' AND code = '%s'",
                       resident, demo_town_codes[m->destination]);
    }
    demo_net_kill(run, node);
    return demo_look_change(run, node, sql) && again(run, node) && demo_settle(run);
}

/* The clerk enters while the origin's CS is down; then the NOTICE is taken from the outbox of the
 * destination's CS.  The origin never learns that its resident has moved. */
bool demo_sabotage_notice(demo_run *run, demo_move *m)
{
    const size_t number = (size_t)(m - run->plan.moves);
    demo_node *origin = demo_node_of(run, JK_ROLE_CS, demo_town_codes[m->origin]);
    demo_node *destination = demo_node_of(run, JK_ROLE_CS, demo_town_codes[m->destination]);
    demo_node *clerk = demo_node_of(run, JK_ROLE_REGISTRY, demo_town_codes[m->destination]);
    demo_net_kill(run, origin);
    if (!demo_ask(run, clerk, number, DEMO_ENTER) ||
        !wait_for(run, destination,
                  "SELECT count(*) FROM outbox WHERE kind_name = 'NOTICE' AND state = 0")) {
        return fail(run, "no NOTICE to drop");
    }
    demo_net_kill(run, destination);
    return demo_look_change(run, destination, "DELETE FROM outbox WHERE kind_name = 'NOTICE'") &&
           again(run, destination) && again(run, origin);
}
