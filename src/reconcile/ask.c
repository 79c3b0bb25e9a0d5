/* SPDX-License-Identifier: Apache-2.0 */
/* The CS's side of a round: opens it, gives cells, and where they do not help walks the server's
 * tree or reads its list.  Everything a server says is checked against the root that it has
 * signed. */
#include "round.h"
#include "round_shared.h"

#include <string.h>

/* A node of the server's tree that differs from ours. */
typedef struct node {
    uint32_t index;
    jk_digest digest;
} node;

static jk_round_message question(const jk_ask *ask, jk_round_kind kind)
{
    return jk_round_new(kind, &ask->commitment, ask->round);
}

static jk_status broken(jk_ask *ask, jk_round_why why)
{
    ask->state = JK_ASK_BROKEN;
    ask->why = why;
    return JK_E_UNEXPECTED;
}

/* ---- cells ---- */

/* The next `count` cells, with the marks when they are the first. */
static jk_status say_cells(jk_ask *ask, uint32_t count, jk_round_message *out)
{
    const jk_recon_memory *memory = ask->own.memory;
    jk_status status = jk_round_grow(&ask->cells, sizeof(jk_cell), count, memory);
    if (status == JK_OK && count > 0) {
        status = jk_round_own_cells(&ask->own, ask->cells_sent, count, ask->cells.items);
    }
    if (status != JK_OK || count == 0) {
        return status;
    }
    if (ask->cells_sent == 0) {
        jk_marks_write(ask->own.sketch, ask->marks);
        out->marks = ask->marks;
    }
    out->first = ask->cells_sent;
    out->count = count;
    out->cells = ask->cells.items;
    ask->cells_sent += count;
    return JK_OK;
}

jk_status jk_ask_open(jk_ask *ask, const jk_side *own, uint64_t marker, uint32_t round,
                      uint32_t history, jk_round_message *out)
{
    memset(ask, 0, sizeof *ask);
    ask->own = *own;
    ask->round = round;
    ask->state = JK_ASK_CELLS;
    jk_commitment_of(own->tree, own->keys, marker, &ask->commitment);
    uint32_t count = JK_ROUND_CELLS_FIRST;
    if (history == 0) {
        count = 0;
    } else if (history != JK_ASK_UNKNOWN) {
        uint32_t cells = jk_round_cells(history);
        count = cells > count ? cells : count;
    }
    jk_round_message open = question(ask, JK_ROUND_OPEN);
    open.commitment = ask->commitment;
    jk_status status = say_cells(ask, count, &open);
    if (status == JK_OK) {
        *out = open;
    } else {
        jk_round_drop(&ask->cells, own->memory);
    }
    return status;
}

void jk_ask_close(jk_ask *ask)
{
    const jk_recon_memory *memory = ask->own.memory;
    jk_round_drop(&ask->here, memory);
    jk_round_drop(&ask->below, memory);
    jk_round_drop(&ask->statements, memory);
    jk_round_drop(&ask->wanted, memory);
    jk_round_drop(&ask->cells, memory);
    if (ask->verdict.confirmed) {
        jk_verdict_free(&ask->verdict, memory);
    }
}

static jk_status take_more(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    const uint32_t most = jk_round_cells_most(ask->commitment.count);
    if (m->first != ask->cells_sent || m->count == 0) {
        return broken(ask, JK_ROUND_NOT_ASKED);
    }
    if (ask->asks >= JK_ROUND_ASKS_MAX || m->count > most || ask->cells_sent > most - m->count) {
        return broken(ask, JK_ROUND_TOO_MANY);
    }
    jk_round_message cells = question(ask, JK_ROUND_CELLS);
    jk_status status = say_cells(ask, m->count, &cells);
    if (status == JK_OK) {
        ask->asks++;
        *out = cells;
    }
    return status;
}

/* ---- the verdict ---- */

/* The statements against the root that the server committed to; done, or `otherwise`. */
static jk_status conclude(jk_ask *ask, const jk_statement *statements, uint32_t count,
                          jk_round_why otherwise)
{
    jk_status status = jk_verdict_confirm(&ask->own, &ask->peer, statements, count, &ask->verdict);
    if (status == JK_OK) {
        ask->state = JK_ASK_DONE;
        return JK_OK;
    }
    bool lie = status == JK_E_CONFLICT || status == JK_E_NOT_CANONICAL || status == JK_E_OVERSIZED;
    return lie ? broken(ask, otherwise) : status;
}

/* ---- the tree ---- */

static uint64_t list_cost(const jk_ask *ask)
{
    return (ask->peer.count + 1) * JK_LIST_ROW_SIZE;
}

/* Bytes that the rest of this level costs, about. */
static uint64_t level_cost(const jk_ask *ask)
{
    uint64_t rest = ask->here.count - ask->at;
    if (ask->state == JK_ASK_NODES) {
        return rest * JK_TREE_FANOUT * JK_RECON_DIGEST_SIZE;
    }
    uint64_t rows = 1 + ask->peer.count / jk_tree_buckets(ask->commitment.depth);
    return rest * rows * (7 + JK_RECON_DIGEST_SIZE);
}

/* The next question of the walk; of the list when the walk would cost more. */
static void ask_on(jk_ask *ask, jk_round_message *out)
{
    const node *here = ask->here.items;
    if (level_cost(ask) > list_cost(ask)) {
        ask->state = JK_ASK_LIST;
        ask->at = 0;
        *out = question(ask, JK_ROUND_LIST);
        return;
    }
    uint32_t left = ask->here.count - ask->at;
    ask->asked = left < JK_ROUND_NODES_MAX ? left : JK_ROUND_NODES_MAX;
    for (uint32_t i = 0; i < ask->asked; i++) {
        ask->ids[i] = here[ask->at + i].index;
    }
    *out = question(ask, ask->state == JK_ASK_NODES ? JK_ROUND_NODES : JK_ROUND_ROWS);
    out->level = ask->state == JK_ASK_NODES ? ask->level : 0;
    out->ids = ask->ids;
    out->count = ask->asked;
}

static jk_status begin_walk(jk_ask *ask, jk_round_message *out)
{
    if (memcmp(&ask->peer.top, &ask->commitment.top, sizeof ask->peer.top) == 0) {
        return broken(ask,
                      ask->peer.count == ask->commitment.count ? JK_ROUND_NOTHING : JK_ROUND_COUNT);
    }
    jk_status status = jk_round_grow(&ask->here, sizeof(node), 1, ask->own.memory);
    if (status != JK_OK) {
        return status;
    }
    *(node *)ask->here.items = (node){0, ask->peer.top};
    ask->here.count = 1;
    ask->at = 0;
    ask->level = 0;
    ask->state = JK_ASK_NODES;
    ask_on(ask, out);
    return JK_OK;
}

static bool answers(const jk_ask *ask, const jk_round_message *m)
{
    return m->count > 0 && m->count <= ask->asked &&
           memcmp(m->ids, ask->ids, m->count * sizeof *m->ids) == 0;
}

static jk_status take_children(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    if (!answers(ask, m) || m->count != ask->asked || m->level != ask->level) {
        return broken(ask, JK_ROUND_NOT_ASKED);
    }
    jk_status status = jk_round_grow(&ask->below, sizeof(node),
                                     ask->below.count + m->count * JK_TREE_FANOUT, ask->own.memory);
    if (status != JK_OK) {
        return status;
    }
    const node *here = ask->here.items;
    node *below = ask->below.items;
    for (uint32_t i = 0; i < m->count; i++) {
        const jk_digest *theirs = m->digests + (size_t)i * JK_TREE_FANOUT;
        uint32_t first = m->ids[i] * JK_TREE_FANOUT;
        const jk_digest *ours = jk_tree_node(ask->own.tree, (uint8_t)(ask->level + 1), first);
        jk_digest digest;
        jk_tree_hash_children(theirs, &digest);
        if (memcmp(&digest, &here[ask->at + i].digest, sizeof digest) != 0) {
            return broken(ask, JK_ROUND_ROOT);
        }
        for (uint32_t j = 0; j < JK_TREE_FANOUT; j++) {
            if (memcmp(&theirs[j], &ours[j], sizeof theirs[j]) != 0) {
                below[ask->below.count++] = (node){first + j, theirs[j]};
            }
        }
    }
    ask->at += m->count;
    if (ask->at == ask->here.count) {
        jk_round_list used = ask->here;
        ask->here = ask->below;
        ask->below = used;
        ask->below.count = 0;
        ask->at = 0;
        ask->level++;
        ask->state = ask->level == ask->commitment.depth ? JK_ASK_ROWS : JK_ASK_NODES;
    }
    ask_on(ask, out);
    return JK_OK;
}

/* What differs between a bucket of ours and theirs, as statements; there is room. */
static void compare(jk_ask *ask, const jk_element *ours, size_t our_count, const jk_element *theirs,
                    size_t their_count)
{
    jk_statement *to = ask->statements.items;
    size_t a = 0;
    size_t b = 0;
    while (a < our_count || b < their_count) {
        bool take_a = b == their_count || (a < our_count && ours[a].key <= theirs[b].key);
        bool take_b = a == our_count || (b < their_count && theirs[b].key <= ours[a].key);
        if (take_b) {
            if (!take_a || memcmp(&ours[a].digest, &theirs[b].digest, sizeof(jk_digest)) != 0) {
                to[ask->statements.count++] = (jk_statement){theirs[b].key, theirs[b].digest, true};
            }
        } else {
            to[ask->statements.count++] = (jk_statement){.key = ours[a].key};
        }
        a += take_a;
        b += take_b;
    }
}

/* Rows of the peer are its bucket's: in order, in the right place, and what the tree says. */
static jk_round_why check_bucket(const jk_ask *ask, const node *at, const jk_element *rows,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t place = jk_element_place(ask->own.keys, rows[i].key);
        if ((i > 0 && rows[i - 1].key >= rows[i].key) ||
            jk_tree_bucket(ask->commitment.depth, place) != at->index) {
            return JK_ROUND_ORDER;
        }
    }
    jk_digest digest;
    jk_tree_hash_rows(rows, count, &digest);
    return memcmp(&digest, &at->digest, sizeof digest) == 0 ? JK_ROUND_FINE : JK_ROUND_ROOT;
}

static jk_status finish_walk(jk_ask *ask)
{
    jk_round_sort(ask->statements.items, ask->statements.count, sizeof(jk_statement));
    return conclude(ask, ask->statements.items, ask->statements.count, JK_ROUND_COUNT);
}

static jk_status take_buckets(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    if (!answers(ask, m)) {
        return broken(ask, JK_ROUND_NOT_ASKED);
    }
    uint32_t room = ask->statements.count;
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->row_counts[i] > JK_BUCKET_ROWS_MAX) {
            return broken(ask, JK_ROUND_TOO_MANY);
        }
        room += (uint32_t)m->row_counts[i] + ask->own.tree->counts[m->ids[i]];
    }
    jk_status status = jk_round_grow(&ask->statements, sizeof(jk_statement), room, ask->own.memory);
    const node *here = ask->here.items;
    const jk_element *theirs = m->rows;
    for (uint32_t i = 0; i < m->count && status == JK_OK; i++) {
        const jk_element *ours = NULL;
        size_t count = 0;
        jk_round_why why = check_bucket(ask, &here[ask->at + i], theirs, m->row_counts[i]);
        if (why != JK_ROUND_FINE) {
            return broken(ask, why);
        }
        status = ask->own.rows->bucket(ask->own.rows->arg, m->ids[i], &ours, &count);
        if (status == JK_OK) {
            compare(ask, ours, count, theirs, m->row_counts[i]);
            theirs += m->row_counts[i];
        }
    }
    if (status != JK_OK) {
        return status;
    }
    ask->at += m->count;
    if (ask->at == ask->here.count) {
        return finish_walk(ask);
    }
    ask_on(ask, out);
    return JK_OK;
}

/* ---- the list ---- */

static void want(jk_ask *ask, uint64_t key)
{
    ((uint64_t *)ask->wanted.items)[ask->wanted.count++] = key;
}

/* One bucket: its rows in the list, from `from` on; *end is the first of another bucket. */
static jk_status list_bucket(jk_ask *ask, const jk_round_message *m, uint32_t bucket, uint32_t from,
                             uint32_t *end)
{
    const jk_element *ours = NULL;
    size_t count = 0;
    jk_status status = ask->own.rows->bucket(ask->own.rows->arg, bucket, &ours, &count);
    uint32_t to = from;
    while (to < m->count &&
           jk_tree_bucket(m->depth, jk_element_place(ask->own.keys, m->list[to].key)) == bucket) {
        if (to > from && m->list[to - 1].key >= m->list[to].key) {
            return broken(ask, JK_ROUND_ORDER);
        }
        to++;
    }
    *end = to;
    if (status == JK_OK) {
        status = jk_round_grow(&ask->wanted, sizeof(uint64_t),
                               ask->wanted.count + (uint32_t)count + to - from, ask->own.memory);
    }
    for (size_t i = 0; status == JK_OK && (i < count || from < to);) {
        bool mine = from == to || (i < count && ours[i].key <= m->list[from].key);
        bool theirs = i == count || (from < to && m->list[from].key <= ours[i].key);
        uint64_t key = mine ? ours[i].key : m->list[from].key;
        bool same = mine && theirs &&
                    jk_element_value(ask->own.keys, key, &ours[i].digest) == m->list[from].value;
        if (!same) {
            want(ask, key);
        }
        i += mine;
        from += theirs;
    }
    return status;
}

static void ask_digests(jk_ask *ask, jk_round_message *out)
{
    uint32_t left = ask->wanted.count - ask->at;
    ask->asked = left < JK_ROUND_ROWS_MAX ? left : JK_ROUND_ROWS_MAX;
    *out = question(ask, JK_ROUND_DIGESTS);
    out->wanted = (const uint64_t *)ask->wanted.items + ask->at;
    out->count = ask->asked;
}

static jk_status take_listed(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    uint32_t end = jk_tree_buckets(ask->commitment.depth);
    if (m->first != ask->at || m->next <= m->first || m->next > end) {
        return broken(ask, JK_ROUND_NOT_ASKED);
    }
    if (m->count > JK_ROUND_LIST_MAX) {
        return broken(ask, JK_ROUND_TOO_MANY);
    }
    uint32_t from = 0;
    for (uint32_t bucket = m->first; bucket < m->next; bucket++) {
        jk_status status = list_bucket(ask, m, bucket, from, &from);
        if (status != JK_OK) {
            return status;
        }
    }
    if (from != m->count) {
        return broken(ask, JK_ROUND_ORDER);
    }
    ask->listed += m->count;
    if (ask->listed > ask->peer.count || (m->next == end && ask->listed < ask->peer.count)) {
        return broken(ask, JK_ROUND_COUNT);
    }
    ask->at = m->next;
    if (m->next < end) {
        *out = question(ask, JK_ROUND_LIST);
        out->first = ask->at;
        return JK_OK;
    }
    if (ask->wanted.count == 0) {
        return broken(ask, JK_ROUND_NOTHING);
    }
    jk_round_sort(ask->wanted.items, ask->wanted.count, sizeof(uint64_t));
    ask->state = JK_ASK_DIGESTS;
    ask->at = 0;
    ask->statements.count = 0;
    ask_digests(ask, out);
    return JK_OK;
}

static jk_status take_digests(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    const uint64_t *wanted = (const uint64_t *)ask->wanted.items + ask->at;
    bool right = m->count == ask->asked;
    for (uint32_t i = 0; i < m->count && right; i++) {
        right = m->statements[i].key == wanted[i];
    }
    if (!right) {
        return broken(ask, JK_ROUND_NOT_ASKED);
    }
    jk_status status = jk_round_grow(&ask->statements, sizeof(jk_statement),
                                     ask->statements.count + m->count, ask->own.memory);
    if (status != JK_OK) {
        return status;
    }
    memcpy((jk_statement *)ask->statements.items + ask->statements.count, m->statements,
           m->count * sizeof *m->statements);
    ask->statements.count += m->count;
    ask->at += m->count;
    if (ask->at < ask->wanted.count) {
        ask_digests(ask, out);
        return JK_OK;
    }
    return conclude(ask, ask->statements.items, ask->statements.count, JK_ROUND_UNCONFIRMED);
}

/* ---- taking ---- */

static jk_status take_found(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    if (m->count > ask->cells_sent) {
        return broken(ask, JK_ROUND_TOO_MANY);
    }
    jk_status status =
        jk_verdict_confirm(&ask->own, &ask->peer, m->statements, m->count, &ask->verdict);
    if (status == JK_E_NOT_CANONICAL) {
        return broken(ask, JK_ROUND_ORDER);
    }
    if (status == JK_E_CONFLICT || status == JK_E_OVERSIZED) { /* not these, or not these alone */
        return begin_walk(ask, out);
    }
    ask->state = status == JK_OK ? JK_ASK_DONE : ask->state;
    return status;
}

/* While cells are exchanged. */
static jk_status take_second(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    if (m->kind == JK_ROUND_MORE) {
        return take_more(ask, m, out);
    }
    if (m->kind != JK_ROUND_EQUAL && m->kind != JK_ROUND_FOUND && m->kind != JK_ROUND_WALK) {
        return broken(ask, JK_ROUND_NOT_ASKED);
    }
    jk_round_why why = jk_round_commitment(&ask->commitment, m);
    if (why != JK_ROUND_FINE) {
        return broken(ask, why);
    }
    ask->peer = m->commitment;
    if (m->kind == JK_ROUND_EQUAL) {
        return conclude(ask, NULL, 0, JK_ROUND_ROOT);
    }
    return m->kind == JK_ROUND_FOUND ? take_found(ask, m, out) : begin_walk(ask, out);
}

static jk_status take(jk_ask *ask, const jk_round_message *m, jk_round_message *out)
{
    switch (ask->state) {
    case JK_ASK_CELLS: return take_second(ask, m, out);
    case JK_ASK_NODES:
        if (m->kind == JK_ROUND_CHILDREN) {
            return take_children(ask, m, out);
        }
        break;
    case JK_ASK_ROWS:
        if (m->kind == JK_ROUND_BUCKETS) {
            return take_buckets(ask, m, out);
        }
        break;
    case JK_ASK_LIST:
        if (m->kind == JK_ROUND_LISTED) {
            return take_listed(ask, m, out);
        }
        break;
    case JK_ASK_DIGESTS:
        if (m->kind == JK_ROUND_FOUND) {
            return take_digests(ask, m, out);
        }
        break;
    case JK_ASK_DONE:
    case JK_ASK_BROKEN: break;
    }
    return broken(ask, JK_ROUND_NOT_ASKED);
}

jk_status jk_ask_take(jk_ask *ask, const jk_round_message *answer, jk_round_message *out)
{
    if (ask->state == JK_ASK_DONE || ask->state == JK_ASK_BROKEN) {
        return JK_E_UNEXPECTED;
    }
    jk_round_why why = jk_round_head(&ask->commitment, ask->round, answer);
    if (why != JK_ROUND_FINE) {
        return broken(ask, why);
    }
    if (answer->kind == JK_ROUND_NO) {
        return broken(ask, answer->why == JK_ROUND_MARKER_FUTURE ? answer->why : JK_ROUND_REFUSED);
    }
    const uint32_t statements = ask->statements.count;
    const uint32_t wanted = ask->wanted.count;
    const uint32_t at = ask->at;
    const uint64_t listed = ask->listed;
    jk_round_message next;
    memset(&next, 0, sizeof next);
    jk_status status = take(ask, answer, &next);
    if (status == JK_OK) {
        *out = next;
    } else if (status != JK_E_UNEXPECTED) { /* the same answer can come again */
        ask->statements.count = statements;
        ask->wanted.count = wanted;
        ask->at = at;
        ask->listed = listed;
    }
    return status;
}
