/* SPDX-License-Identifier: Apache-2.0 */
/* The same random operations on both stores: every status and every output must be equal, also
 * after steps were undone, groups rolled back and nodes died.  JK_SEED=n runs one seed. */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 12,
    OPERATIONS = 6000,
    OUTPUT_MAX = 20000
};

typedef struct store_pair {
    test_bench *stores[2];
    uint64_t random;
} store_pair;

/* What an operation said: its status and the bytes it gave, in one order. */
typedef struct said {
    jk_status status;
    size_t size;
    uint8_t byte[OUTPUT_MAX];
} said;

/* Drawn once, given to both stores. */
typedef struct drawn {
    unsigned operation;
    uint64_t a, b, c, d;
} drawn;

static uint64_t next(store_pair *pair)
{
    uint64_t x = pair->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    pair->random = x;
    return x * UINT64_C(2685821657736338717) >> 11;
}

static void give(said *answer, const void *bytes, size_t size)
{
    assert_true(answer->size + size <= OUTPUT_MAX);
    memcpy(answer->byte + answer->size, bytes, size);
    answer->size += size;
}

static void give_number(said *answer, uint64_t number)
{
    give(answer, &number, sizeof number);
}

/* Few values, so that operations meet; now and then one at the edge. */
static uint64_t count_of(uint64_t draw)
{
    static const uint64_t edges[] = {0, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    return draw % 31 == 0 ? edges[draw / 31 % 4] : 1 + draw % 12;
}

static size_t size_of(uint64_t draw, size_t size_max)
{
    return draw % 29 == 0 ? size_max + draw / 29 % 2 : draw % 60;
}

static const char *code_of(uint64_t draw)
{
    static const char *const codes[] = {"131016", "131024", "011002", "13101"};
    return codes[draw % 23 == 0 ? 3 : draw % 3];
}

static jk_token who_of(uint64_t draw)
{
    return draw % 5 == 4 ? token_of(draw % 5) : resident_of((unsigned)(draw % 5));
}

static jk_token link_of(uint64_t draw)
{
    return peer_of(code_of(1 + draw % 2));
}

static void do_machine(jk_store *store, const drawn *d, said *answer)
{
    jk_token key = token_of(d->b % 6);
    uint16_t machine = (uint16_t)(7 + d->a % 2);
    jk_machine_row row = {.row_id = 0};
    switch (d->operation) {
    case 0: answer->status = store->ops->machine_get(store, machine, &key, &row); break;
    case 1:
        row = machine_row(machine, key, (uint16_t)d->c);
        row.final = d->d % 2 == 0;
        row.txn = token_of(d->d % 3);
        row.size = (uint16_t)size_of(d->d, JK_MACHINE_SIZE_MAX);
        memset(row.data, (int)(d->c & 0xff), sizeof row.data);
        answer->status = store->ops->machine_put(store, &row);
        break;
    default:
        answer->status = store->ops->machine_next(store, machine, (int64_t)(d->c % 14) - 1, &row);
    }
    if (answer->status == JK_OK) {
        give_number(answer, (uint64_t)row.row_id);
        give_number(answer, row.state);
        give_number(answer, row.final);
        give_number(answer, (uint64_t)row.updated_ms);
        give(answer, &row.key, sizeof row.key);
        give(answer, &row.case_id, sizeof row.case_id);
        give(answer, &row.txn, sizeof row.txn);
        give(answer, row.data, row.size);
    }
}

static void do_case(jk_store *store, const drawn *d, said *answer)
{
    jk_token txn = token_of(d->a % 5);
    jk_token other = token_of(100 + d->b % 3);
    jk_token who = who_of(d->a);
    int member = (int)(d->c % 18) - 1;
    switch (d->operation) {
    case 3: answer->status = store->ops->route_put(store, &txn, &other); return;
    case 4: answer->status = store->ops->route_get(store, &txn, &other); break;
    case 5: answer->status = store->ops->open_case_put(store, &who, &other, member); return;
    case 6: answer->status = store->ops->open_case_get(store, &who, &other, &member); break;
    default: answer->status = store->ops->open_case_delete(store, &who); return;
    }
    give(answer, &other, sizeof other);
    give_number(answer, (uint64_t)member);
}

static void give_message(const jk_outbox_row *row, said *answer)
{
    give_number(answer, row->sequence);
    give_number(answer, row->link_epoch);
    give_number(answer, row->kind);
    give_number(answer, row->state);
    give_number(answer, row->rule);
    give(answer, &row->link, sizeof row->link);
    give(answer, &row->message_id, sizeof row->message_id);
    give(answer, &row->case_id, sizeof row->case_id);
    give(answer, &row->txn, sizeof row->txn);
    give(answer, row->bytes, row->size);
}

static void do_outbox(jk_store *store, const drawn *d, said *answer)
{
    static jk_outbox_row row;
    jk_token link = link_of(d->a);
    uint64_t sequence = count_of(d->b);
    uint64_t waiting = 0;
    switch (d->operation) {
    case 8:
        row = outbox_row(link, sequence);
        row.size = size_of(d->c, JK_ENVELOPE_SIZE_MAX);
        row.state = (uint8_t)(d->d % 17 == 0 ? 1 + d->d % 2 : 0);
        memset(row.bytes, (int)(d->c & 0xff), sizeof row.bytes);
        answer->status = store->ops->outbox_put(store, &row);
        return;
    case 9: answer->status = store->ops->outbox_next(store, &link, sequence, &row); break;
    case 10: answer->status = store->ops->outbox_refused_next(store, &link, sequence, &row); break;
    case 11: answer->status = store->ops->outbox_delete_upto(store, &link, sequence); return;
    case 12:
        answer->status = store->ops->outbox_refuse(store, &link, sequence, (uint16_t)d->c);
        return;
    default:
        answer->status = store->ops->outbox_count(store, &link, &waiting);
        give_number(answer, waiting);
        return;
    }
    if (answer->status == JK_OK) {
        give_message(&row, answer);
    }
}

static void do_inbox(jk_store *store, const drawn *d, said *answer)
{
    static const uint8_t raw[JK_ENVELOPE_SIZE_MAX + 1] = {1, 2, 3};
    static jk_dead_letter_row letter;
    jk_inbox_row row = {.message_id = token_of(d->a % 40),
                        .link = link_of(d->b),
                        .sequence = count_of(d->c),
                        .kind = (uint16_t)d->d,
                        .txn = token_of(d->d % 3)};
    switch (d->operation) {
    case 14: answer->status = store->ops->inbox_put(store, &row); return;
    case 15:
        answer->status = store->ops->inbox_get(store, &row.message_id, &row);
        give_number(answer, row.sequence);
        give_number(answer, row.kind);
        give(answer, &row.link, sizeof row.link);
        give(answer, &row.txn, sizeof row.txn);
        return;
    case 16:
        answer->status =
            store->ops->dead_letter_put(store, &row.link, row.sequence, (uint16_t)d->d,
                                        (jk_span){raw, size_of(d->a, JK_ENVELOPE_SIZE_MAX)});
        return;
    default: answer->status = store->ops->dead_letter_next(store, (int64_t)(d->a % 9), &letter);
    }
    if (answer->status == JK_OK) {
        give_number(answer, (uint64_t)letter.id);
        give_number(answer, letter.sequence);
        give_number(answer, letter.size_full);
        give(answer, letter.raw, letter.size);
    }
}

static void do_timer(jk_store *store, const drawn *d, said *answer)
{
    jk_timer_row row = timer_row((uint16_t)(d->a % 4), (uint8_t)(d->b % 2), (int64_t)(d->c % 50),
                                 (int64_t)(d->d % 20) - 10);
    row.key = token_of(d->c % 3);
    if (d->d % 37 == 0) {
        row.duration_ms = d->d % 2 == 0 ? INT64_MAX : -1;
    }
    switch (d->operation) {
    case 18: answer->status = store->ops->timer_put(store, &row); return;
    case 19: answer->status = store->ops->timer_delete(store, 5, &row.key, row.timer); return;
    case 20: answer->status = store->ops->timer_get(store, 5, &row.key, row.timer, &row); break;
    case 21: answer->status = store->ops->timer_first(store, row.kind, &row); break;
    default: answer->status = store->ops->timer_restart(store, (int64_t)(d->a % 1000) - 10); return;
    }
    give_number(answer, row.timer);
    give_number(answer, row.kind);
    give_number(answer, (uint64_t)row.duration_ms);
    give_number(answer, (uint64_t)row.due_ms);
    give(answer, &row.key, sizeof row.key);
}

static void do_data(jk_store *store, const drawn *d, said *answer)
{
    static const char *const names[] = {"cert", "certificate", "request", ""};
    static uint8_t value[JK_ENVELOPE_SIZE_MAX + 1];
    jk_data_key key = {.machine = 7,
                       .key = token_of(d->a % 3),
                       .name = names[d->b % 19 == 0 ? 3 : d->b % 3],
                       .member = d->c % 31 == 0 ? (int)(d->c % 19) - 2 : (int)(d->c % 2)};
    size_t size = 0;
    switch (d->operation) {
    case 23:
        memset(value, (int)(d->d & 0xff), sizeof value);
        answer->status = store->ops->data_put(
            store, &key, (jk_span){value, size_of(d->d, JK_ENVELOPE_SIZE_MAX)}, d->d % 3 != 0);
        return;
    case 24:
        answer->status =
            store->ops->data_get(store, &key, value, d->d % 11 == 0 ? 20 : sizeof value, &size);
        give(answer, value, size);
        return;
    case 25: answer->status = store->ops->data_erase(store, 7, &key.key, key.name); return;
    default: answer->status = store->ops->data_key_destroy(store, 7, &key.key);
    }
}

static void do_register(jk_store *store, const drawn *d, said *answer)
{
    static jk_register_row row;
    static jk_log_row entry;
    jk_token who;
    uint64_t sequence = count_of(d->b);
    switch (d->operation) {
    case 27:
        row = register_row(who_of(d->a));
        row.epoch = sequence;
        row.status = (uint8_t)(d->c % 23 == 0 ? 3 : 1 + d->c % 2);
        row.change_day = d->d % 3 == 0 ? INT64_MIN : (int64_t)(d->d % 90) - 40;
        row.size = size_of(d->d, sizeof row.person);
        answer->status = store->ops->register_put(store, &row);
        return;
    case 28:
        who = who_of(d->a);
        answer->status = d->c % 4 == 0   ? store->ops->register_next(store, NULL, &row)
                         : d->c % 4 == 1 ? store->ops->register_next(store, &who, &row)
                                         : store->ops->register_get(store, &who, &row);
        if (answer->status == JK_OK) {
            give(answer, &row.resident, sizeof row.resident);
            give_number(answer, row.damaged);
            give_number(answer, row.status);
            give_number(answer, row.epoch);
            give_number(answer, (uint64_t)row.change_day);
            give(answer, row.person, row.size);
        }
        return;
    case 29:
        entry = (jk_log_row){.resident = who_of(d->a), .epoch = sequence, .kind = 9};
        entry.size = size_of(d->d, sizeof entry.record);
        answer->status = store->ops->log_append(store, &entry);
        give_number(answer, entry.sequence);
        return;
    case 30:
        answer->status = store->ops->log_get(store, sequence, &entry);
        if (answer->status == JK_OK) {
            give_number(answer, entry.sequence);
            give(answer, &entry.resident, sizeof entry.resident);
            give(answer, entry.record, entry.size);
        }
        return;
    case 31: answer->status = store->ops->applied_put(store, code_of(d->a), sequence); return;
    default:
        answer->status = store->ops->applied_get(store, code_of(d->a), &sequence);
        give_number(answer, sequence);
    }
}

static void do_episode(jk_store *store, const drawn *d, said *answer)
{
    static jk_episode_row row;
    jk_token who = who_of(d->a);
    const char *code = code_of(d->b);
    uint8_t card = (uint8_t)d->c;
    char at[7] = "000000";
    switch (d->operation) {
    case 33:
        memset(&row, 0, sizeof row);
        row.resident = who;
        memcpy(row.code, code, strlen(code));
        row.epoch = count_of(d->c);
        row.open = d->d % 4 != 0;
        row.current = d->d % 4 == 1;
        row.seq = count_of(d->d);
        row.change_day = d->d % 3 == 0 ? INT64_MIN : (int64_t)(d->d % 90) - 40;
        row.size = size_of(d->d, sizeof row.person);
        answer->status = store->ops->episode_put(store, &row);
        return;
    case 34: answer->status = store->ops->episode_current(store, &who, &row); break;
    case 38:
        answer->status = store->ops->episode_get(store, &who, code, count_of(d->c), &row);
        break;
    case 39: answer->status = store->ops->episode_delete(store, &who, code, count_of(d->c)); return;
    case 40:
        answer->status = store->ops->episode_next(store, code, d->d % 4 == 0 ? NULL : &who,
                                                  count_of(d->c), &row);
        break;
    case 35:
        answer->status = store->ops->episode_open(store, &who, code, count_of(d->c), &row);
        break;
    case 36: answer->status = store->ops->card_put(store, &who, card, code); return;
    default:
        answer->status = store->ops->card_get(store, &who, &card, at);
        give_number(answer, card);
        give(answer, at, sizeof at);
        return;
    }
    if (answer->status == JK_OK) {
        give_number(answer, row.epoch);
        give_number(answer, row.open);
        give_number(answer, row.current);
        give_number(answer, row.seq);
        give_number(answer, (uint64_t)row.change_day);
        give(answer, &row.resident, sizeof row.resident);
        give(answer, row.code, sizeof row.code);
        give(answer, row.person, row.size);
    }
}

static uint64_t key_of(uint64_t draw)
{
    return draw % 37 == 0 ? count_of(0) : 1 + draw % 9;
}

static void do_change(jk_store *store, const drawn *d, said *answer)
{
    const char *code = code_of(d->a);
    jk_change_row row = {.key = key_of(d->b), .bucket = (uint32_t)(d->b % 2)};
    jk_change_row rows[4];
    jk_change_list list = {.rows = rows, .capacity = d->d % 5};
    uint64_t last = 0;
    switch (d->operation) {
    case 47:
        row.had = d->c % 2 == 0;
        row.has = d->c % 5 != 0;
        memset(row.before, (int)(d->c & 0xff), sizeof row.before);
        memset(row.after, (int)(d->d & 0xff), sizeof row.after);
        answer->status = store->ops->change_append(store, code, &row);
        give_number(answer, row.id);
        return;
    case 48: answer->status = store->ops->change_next(store, code, d->c % 20, &row); break;
    case 49:
        answer->status = store->ops->change_last(store, code, &last);
        give_number(answer, last);
        return;
    case 50:
        answer->status =
            store->ops->change_bucket(store, code, (uint32_t)(d->b % 2), d->c % 20, &list);
        for (size_t i = 0; i < list.count; i++) {
            give_number(answer, rows[i].id);
            give_number(answer, rows[i].key);
        }
        return;
    default:
        answer->status = store->ops->change_drop(store, code, d->c % 3 == 0 ? count_of(d->d) : 2);
        return;
    }
    if (answer->status == JK_OK) {
        give_number(answer, row.id);
        give_number(answer, row.key);
        give_number(answer, row.had + 2U * row.has);
        give(answer, row.before, sizeof row.before);
        give(answer, row.after, sizeof row.after);
    }
}

static void do_element(jk_store *store, const drawn *d, said *answer)
{
    const char *code = code_of(d->a);
    jk_element_row row = {.key = key_of(d->b), .bucket = (uint32_t)(d->c % 3)};
    jk_element_row rows[9];
    size_t count = 0;
    switch (d->operation) {
    case 41: answer->status = store->ops->element_get(store, code, row.key, &row); break;
    case 42:
        memset(row.digest, (int)(d->d & 0xff), sizeof row.digest);
        answer->status = store->ops->element_put(store, code, &row);
        return;
    case 43: answer->status = store->ops->element_delete(store, code, row.key); return;
    case 44:
        answer->status = d->d % 4 == 0 ? store->ops->element_clear(store, code) : JK_OK;
        return;
    case 45: answer->status = store->ops->element_next(store, code, d->b % 9, &row); break;
    case 46:
        answer->status =
            store->ops->element_bucket(store, code, row.bucket, rows, d->d % 10, &count);
        give(answer, rows, count * sizeof rows[0]);
        return;
    case 52: {
        jk_compare_row compare = {.depth = (uint8_t)(d->b % 10), .marker = count_of(d->c)};
        memcpy(compare.code, code, strlen(code));
        answer->status = store->ops->compare_put(store, &compare);
        return;
    }
    case 53: {
        jk_compare_row compare = {.depth = 0};
        answer->status = store->ops->compare_next(store, d->d % 3 == 0 ? "" : code, &compare);
        give(answer, compare.code, sizeof compare.code);
        give_number(answer, compare.marker);
        return;
    }
    default: do_change(store, d, answer); return;
    }
    if (answer->status == JK_OK) {
        give_number(answer, row.key);
        give_number(answer, row.bucket);
        give(answer, row.digest, sizeof row.digest);
    }
}

static void do_bulk(jk_store *store, const drawn *d, said *answer)
{
    static jk_bulk_row row;
    static const uint8_t body[JK_BULK_BODY_MAX + 1] = {4, 5, 6};
    const jk_token who = who_of(d->a);
    uint64_t waiting = 0;
    int64_t id = 0;
    switch (d->operation) {
    case 60:
        answer->status = store->ops->bulk_put(
            store, &who, (uint16_t)d->b, (jk_span){body, size_of(d->c, JK_BULK_BODY_MAX)}, &id);
        give_number(answer, (uint64_t)id);
        return;
    case 61:
        answer->status = store->ops->bulk_next(store, (int64_t)(d->a % 30) - 2, &row);
        if (answer->status == JK_OK) {
            give_number(answer, (uint64_t)row.id);
            give_number(answer, row.kind);
            give(answer, &row.resident, sizeof row.resident);
            give(answer, row.body, row.size);
        }
        return;
    case 62: answer->status = store->ops->bulk_delete(store, (int64_t)(d->a % 30)); return;
    default: answer->status = store->ops->bulk_count(store, &waiting); give_number(answer, waiting);
    }
}

static void do_round(jk_store *store, const drawn *d, said *answer)
{
    static jk_finding_row finding;
    jk_round_row round = {.round = token_of(d->a % 4),
                          .code = "131016",
                          .server = (uint8_t)(d->b % 29 == 0 ? 0 : 4 + d->b % 2),
                          .marker = count_of(d->c),
                          .ended_ms = (int64_t)(d->d % 100)};
    const jk_token key = round.round;
    switch (d->operation) {
    case 54: answer->status = store->ops->round_put(store, &round); break;
    case 55: answer->status = store->ops->round_get(store, &key, round.server, &round); break;
    case 56: answer->status = store->ops->round_next(store, (int64_t)(d->c % 9) - 1, &round); break;
    case 57:
        memset(&finding, 0, offsetof(jk_finding_row, record));
        finding.round = key;
        finding.server = round.server;
        finding.key = key_of(d->c);
        finding.difference = (uint8_t)(1 + d->d % 3);
        finding.state = (uint8_t)(1 + d->d % 5);
        finding.approver[0] = d->d % 31 == 0 ? 'A' : 'a';
        finding.size = size_of(d->d, sizeof finding.record);
        memset(finding.record, (int)(d->d & 0xff), sizeof finding.record);
        answer->status = store->ops->finding_put(store, &finding);
        return;
    case 58:
    case 59:
        answer->status =
            d->operation == 58
                ? store->ops->finding_get(store, &key, round.server, key_of(d->c), &finding)
                : store->ops->finding_next(store, &key, round.server, d->c % 9, &finding);
        if (answer->status == JK_OK) {
            give_number(answer, finding.key);
            give_number(answer, finding.state);
            give(answer, finding.approver, strlen(finding.approver));
            give(answer, finding.record, finding.size);
        }
        return;
    default: do_bulk(store, d, answer); return;
    }
    give_number(answer, (uint64_t)round.id);
    give_number(answer, round.marker);
    give_number(answer, (uint64_t)round.ended_ms);
}

enum {
    FIRST_OF_GROUP = 64,
    OPERATION_COUNT = FIRST_OF_GROUP + 9
};

static void do_group(test_bench *bench, const drawn *d, said *answer)
{
    jk_store *store = bench->store;
    int depth = (int)(d->a % 8) - 3;
    depth = depth < 0 ? 0 : depth;
    switch (d->operation) {
    case FIRST_OF_GROUP:
    case FIRST_OF_GROUP + 1: answer->status = store->ops->begin(store); return;
    case FIRST_OF_GROUP + 2: answer->status = commit(store); return;
    case FIRST_OF_GROUP + 3:
        if (d->a % 4 == 0) {
            store->ops->rollback(store);
        }
        return;
    case FIRST_OF_GROUP + 4:
    case FIRST_OF_GROUP + 5: answer->status = store->ops->step_begin(store, depth % 3); return;
    case FIRST_OF_GROUP + 6: answer->status = store->ops->step_keep(store, depth % 3); return;
    case FIRST_OF_GROUP + 7: answer->status = store->ops->step_undo(store, depth % 3); return;
    default:
        if (d->a % 40 == 0) {
            reopen(bench);
        }
    }
}

static void act(test_bench *bench, const drawn *d, said *answer)
{
    typedef void family(jk_store *, const drawn *, struct said *);

    static const struct {
        unsigned end;
        family *run;
    } families[] = {{3, do_machine},   {8, do_case},
                    {14, do_outbox},   {18, do_inbox},
                    {23, do_timer},    {27, do_data},
                    {33, do_register}, {41, do_episode},
                    {54, do_element},  {FIRST_OF_GROUP, do_round}};

    answer->status = JK_OK;
    answer->size = 0;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (d->operation < families[i].end) {
            families[i].run(bench->store, d, answer);
            return;
        }
    }
    do_group(bench, d, answer);
}

/* Returns how many operations were done and how many of them changed something for sure. */
static void run_seed(store_pair *pair, uint64_t seed, unsigned counts[OPERATION_COUNT])
{
    static said answers[2];
    pair->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (unsigned i = 0; i < OPERATIONS; i++) {
        drawn d = {.operation = (unsigned)(next(pair) % OPERATION_COUNT)};
        d.a = next(pair);
        d.b = next(pair);
        d.c = next(pair);
        d.d = next(pair);
        for (size_t k = 0; k < 2; k++) {
            act(pair->stores[k], &d, &answers[k]);
        }
        bool equal = answers[0].status == answers[1].status && answers[0].size == answers[1].size &&
                     memcmp(answers[0].byte, answers[1].byte, answers[0].size) == 0;
        if (!equal) {
            print_error("seed %" PRIu64 ", operation %u (number %u): memory %s and %zu bytes,"
                        " SQLite %s and %zu bytes\n",
                        seed, i, d.operation, jk_status_name(answers[0].status), answers[0].size,
                        jk_status_name(answers[1].status), answers[1].size);
        }
        assert_true(equal);
        counts[d.operation] += answers[0].status == JK_OK;
    }
}

static void test_agree(void **state)
{
    (void)state;
    unsigned counts[OPERATION_COUNT] = {0};
    const char *given = getenv("JK_SEED");
    uint64_t first = given == NULL ? 1 : strtoull(given, NULL, 10);
    uint64_t last = given == NULL ? SEEDS : first;
    print_message("seeds %" PRIu64 " to %" PRIu64 "\n", first, last);
    for (uint64_t seed = first; seed <= last; seed++) {
        store_pair pair = {.random = 0};
        void *opened[2] = {NULL, NULL};
        (void)setup_memory(&opened[0]);
        (void)setup_sqlite(&opened[1]);
        pair.stores[0] = opened[0];
        pair.stores[1] = opened[1];
        run_seed(&pair, seed, counts);
        (void)teardown(&opened[0]);
        (void)teardown(&opened[1]);
    }
    for (unsigned i = 0; i < OPERATION_COUNT && given == NULL; i++) {
        if (counts[i] < 30) {
            print_error("operation %u succeeded only %u times\n", i, counts[i]);
        }
        assert_true(counts[i] >= 30); /* otherwise the seeds show nothing about it */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agree)};
    return cmocka_run_group_tests_name("stores agree", tests, NULL, NULL);
}
