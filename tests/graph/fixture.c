/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a scene's store: who is registered before a test begins, and what time or an office does
 * beside the protocol: a deadline that comes, a card that is suspended, a statement. */
#include "scene.h"

#include "juki/person.h"
#include "movein_national.h"
#include "movein_origin_registry.h"
#include "person.pb.h"
#include "step/roles.h"

#include <stdlib.h>
#include <string.h>

#define MS_PER_DAY INT64_C(86400000)

/* The test's highest epoch (M7), as its first hook says. */
static uint64_t highest_epoch(const scene *s)
{
    for (size_t i = 0; i < s->test->lines; i++) {
        const graph_line *line = &s->file->lines[s->test->first + i];
        if (line->what == GRAPH_HOOK && strcmp(line->word[0], "highest_epoch") == 0) {
            return strtoull(line->word[1], NULL, 10);
        }
    }
    return 1;
}

static bool put_resident(const scene *s, jk_store *store, int member, const char *code)
{
    static jk_register_row row;
    const bool cs = s->self.role == JK_ROLE_CS;
    memset(&row, 0, sizeof row);
    row.resident = jk_token_of_resident(code);
    row.status = JK_REGISTER_CURRENT;
    row.reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    row.change_day = SCENE_TODAY - 1000;
    row.epoch = cs ? 1 : 0;
    row.epoch_high = cs ? (member == 0 ? highest_epoch(s) : 1) : 0;
    jk_codec_bytes bytes = {row.person, sizeof row.person, 0};
    const jk_status status =
        cs ? scene_person(s, member, false, &bytes) : scene_registry_record(s, member, &bytes);
    row.size = bytes.size;
    return status == JK_OK && store->ops->register_put(store, &row) == JK_OK;
}

static bool put_national(jk_store *store, const char *code, bool current)
{
    const jk_node_id holder = {.role = JK_ROLE_CS, .code = "131016"};
    jk_machine_row row = {.machine = JK_MACHINE_NATIONAL, .key = jk_token_of_resident(code)};
    jk_movein_national machine = {.epoch = 1, .current = current};
    machine.holder = jk_token_of_node(&holder);
    row.size = sizeof machine;
    row.machine_name = "movein_national";
    row.state_name = "KEEPING";
    memcpy(row.data, &machine, sizeof machine);
    return store->ops->machine_put(store, &row) == JK_OK;
}

/* The code that the stranger's record had before: national knows which one it is now. */
static bool put_changed(const scene *s, jk_store *store)
{
    const jk_data_key key = {JK_MACHINE_NATIONAL, jk_token_of_resident(s->in_use), "code", -1};
    const jk_span next = {(const uint8_t *)s->code[0], sizeof s->code[0]};
    return store->ops->data_put(store, &key, next, false) == JK_OK;
}

bool scene_fixture(scene *s, jk_store *store)
{
    const jk_token holder = jk_token_of_resident(s->code[0]);
    switch (s->machine->id) {
    case JK_MACHINE_ORIGIN_CS:
    case JK_MACHINE_ORIGIN_REGISTRY:
        return put_resident(s, store, 0, s->code[0]) && put_resident(s, store, 1, s->code[1]) &&
               put_resident(s, store, 0, s->in_use);
    case JK_MACHINE_IDENTITY:
        return put_national(store, s->code[0], true) && put_national(store, s->code[1], false) &&
               put_changed(s, store);
    case JK_MACHINE_CARDS:
        return store->ops->card_put(store, &holder, JK_CARD_IN_OPERATION, "131016") == JK_OK;
    default: return true;
    }
}

/* The timer's time is over; of one that is not armed: it was left behind. */
static bool put_due(const scene *s, jk_store *store, uint16_t timer)
{
    const bool date = s->machine->id == JK_MACHINE_ORIGIN_REGISTRY;
    const jk_timer_row row = {.machine = s->machine->id,
                              .key = s->key,
                              .timer = timer,
                              .kind = date ? JK_TIMER_DATE : JK_TIMER_ELAPSED,
                              .due_ms = date ? SCENE_TODAY * MS_PER_DAY : 0};
    return store->ops->timer_put(store, &row) == JK_OK;
}

bool scene_edit(scene *s, const scene_input *input, jk_store *store, size_t *count)
{
    const char *card = scene_hook(input, "card_check");
    *count = 0;
    if (input->timer) {
        *count = 1;
        return store == NULL || put_due(s, store, scene_timer(s, input->kind));
    }
    if (card != NULL && strcmp(card, "CARD_UNUSABLE") == 0) {
        const jk_token holder = jk_token_of_resident(s->code[0]);
        *count = 1;
        return store == NULL ||
               store->ops->card_put(store, &holder, JK_CARD_SUSPENDED, "131016") == JK_OK;
    }
    return true;
}

bool scene_statement(const scene *s, const scene_input *input, int member, uint16_t *reason)
{
    const char *members = scene_hook(input, "disputed_members");
    const char *why = scene_hook(input, "dispute_reason");
    (void)s;
    if (members == NULL || ((input->mask >> member) & 1U) == 0) {
        return false;
    }
    const bool disputed = ((strtoull(members, NULL, 10) >> member) & 1U) != 0;
    *reason = disputed ? scene_reason(why == NULL ? "DOUBLE" : why) : 0;
    return true;
}
