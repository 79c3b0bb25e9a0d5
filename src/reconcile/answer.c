/* SPDX-License-Identifier: Apache-2.0 */
/* The server's side of a round: decodes what the CS's cells leave, and hands out its tree. */
#include "round.h"
#include "round_shared.h"

#include <string.h>

void jk_answer_begin(jk_answer *answer, const jk_side *own, uint64_t marker, uint32_t round)
{
    memset(answer, 0, sizeof *answer);
    answer->own = *own;
    answer->round = round;
    jk_commitment_of(own->tree, own->keys, marker, &answer->commitment);
}

void jk_answer_close(jk_answer *answer)
{
    const jk_recon_memory *memory = answer->own.memory;
    jk_round_drop(&answer->cells, memory);
    jk_round_drop(&answer->statements, memory);
    jk_round_drop(&answer->digests, memory);
    jk_round_drop(&answer->rows, memory);
    jk_round_drop(&answer->list, memory);
}

static jk_round_message reply(const jk_answer *a, jk_round_kind kind)
{
    jk_round_message m = jk_round_new(kind, &a->commitment, a->round);
    if (kind == JK_ROUND_EQUAL || kind == JK_ROUND_FOUND || kind == JK_ROUND_WALK) {
        m.commitment = a->commitment;
    }
    return m;
}

/* Ends the round. */
static jk_status refuse(jk_answer *a, jk_round_why why, jk_round_message *out)
{
    a->over = true;
    a->why = why;
    *out = reply(a, JK_ROUND_NO);
    out->why = why;
    return JK_OK;
}

/* ---- cells ---- */

/* More cells than this cost more than the list of everybody, or lead nowhere. */
static uint32_t cells_most(const jk_answer *a)
{
    uint64_t most = 4 * (uint64_t)jk_round_cells(a->guess);
    uint64_t list =
        (a->commitment.count + a->peer.count) / 2 * JK_LIST_ROW_SIZE / JK_CELL_WIRE_SIZE;
    most = most < list ? most : list;
    most = most > 64 ? most : 64;
    const uint32_t given = jk_round_cells_most(a->peer.count);
    return most < given ? (uint32_t)most : given;
}

static jk_status more(jk_answer *a, jk_round_message *out)
{
    uint32_t have = a->cells.count;
    /* An estimate has an error of an eighth; whoever has had so many, it was too low for.  With the
     * first cells come the marks. */
    const uint32_t guessed = jk_round_target(a->guess);
    uint32_t target = have == 0 ? JK_ROUND_CELLS_FIRST : have < guessed ? guessed : have + have / 2;
    uint32_t least = have + have / 4 + 16;
    target = target > least ? target : least;
    if (a->asks >= JK_ROUND_ASKS_MAX || target > cells_most(a)) {
        a->asked = 0;
        *out = reply(a, JK_ROUND_WALK);
        return JK_OK;
    }
    a->asks++;
    a->asked = target - have;
    *out = reply(a, JK_ROUND_MORE);
    out->first = have;
    out->count = a->asked;
    return JK_OK;
}

/* The candidates, with our digests. */
static jk_status found(jk_answer *a, const jk_candidates *candidates, jk_round_message *out)
{
    jk_status status = jk_round_grow(&a->statements, sizeof(jk_statement),
                                     (uint32_t)candidates->count, a->own.memory);
    jk_statement *statements = a->statements.items;
    for (size_t i = 0; i < candidates->count && status == JK_OK; i++) {
        status = jk_side_find(&a->own, candidates->items[i].key, &statements[i]);
    }
    if (status != JK_OK) {
        return status;
    }
    *out = reply(a, JK_ROUND_FOUND);
    out->statements = statements;
    out->count = (uint32_t)candidates->count;
    return JK_OK;
}

static jk_status decode(jk_answer *a, jk_round_message *out)
{
    jk_candidates candidates = {NULL, 0};
    jk_status status = JK_E_NOT_FOUND;
    if (a->cells.count > 0) {
        status = jk_decode(a->own.keys, a->cells.items, a->cells.count, a->own.memory, &candidates,
                           NULL);
    }
    if (status == JK_E_NOT_FOUND) {
        return more(a, out);
    }
    if (status != JK_OK) {
        return status;
    }
    if (candidates.count == 0) { /* other roots, and nothing in the sums */
        *out = reply(a, JK_ROUND_WALK);
        return JK_OK;
    }
    status = found(a, &candidates, out);
    jk_candidates_free(&candidates, a->own.memory);
    return status;
}

static bool sums(const jk_round_message *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->cells[i].sum >= JK_PRIME || m->cells[i].moment >= JK_PRIME) {
            return false;
        }
    }
    return true;
}

/* Takes the cells of a message, and decodes all that came so far. */
static jk_status take_cells(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    uint32_t have = a->cells.count;
    jk_status status = jk_round_grow(&a->cells, sizeof(jk_cell), have + m->count, a->own.memory);
    if (status != JK_OK) {
        return status;
    }
    if (m->count > 0) {
        jk_cell *cells = a->cells.items;
        status = jk_round_own_cells(&a->own, have, m->count, cells + have);
        if (status != JK_OK) {
            return status;
        }
        for (uint32_t i = 0; i < m->count; i++) {
            jk_cell *cell = &cells[have + i];
            cell->sum = jk_field_sub(m->cells[i].sum, cell->sum);
            cell->moment = jk_field_sub(m->cells[i].moment, cell->moment);
        }
    }
    uint32_t guess = a->guess;
    if (m->marks != NULL) {
        uint8_t marks[JK_MARKS];
        jk_marks_write(a->own.sketch, marks);
        a->guess = jk_marks_estimate(marks, m->marks);
    }
    a->cells.count = have + m->count;
    status = decode(a, out);
    if (status != JK_OK) {
        a->cells.count = have;
        a->guess = guess;
    }
    return status;
}

static jk_status take_open(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    jk_round_why why = jk_round_commitment(&a->commitment, m);
    if (a->open) {
        why = JK_ROUND_NOT_ASKED;
    }
    if (why == JK_ROUND_FINE && m->first != 0) {
        why = JK_ROUND_NOT_ASKED;
    }
    if (why == JK_ROUND_FINE && m->count > JK_CELLS_MAX) {
        why = JK_ROUND_TOO_MANY;
    }
    if (why == JK_ROUND_FINE && !sums(m)) {
        why = JK_ROUND_NOT_A_SUM;
    }
    if (why != JK_ROUND_FINE) {
        return refuse(a, why, out);
    }
    if (jk_commitment_equal(&m->commitment, &a->commitment)) {
        a->open = true;
        a->over = true;
        *out = reply(a, JK_ROUND_EQUAL);
        return JK_OK;
    }
    jk_commitment before = a->peer;
    a->peer = m->commitment;
    jk_status status = take_cells(a, m, out);
    a->open = status == JK_OK;
    a->peer = status == JK_OK ? a->peer : before;
    return status;
}

static jk_status take_more(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    if (a->asked == 0 || m->first != a->cells.count) {
        return refuse(a, JK_ROUND_NOT_ASKED, out);
    }
    if (m->count != a->asked) {
        return refuse(a, m->count > a->asked ? JK_ROUND_TOO_MANY : JK_ROUND_NOT_ASKED, out);
    }
    if (!sums(m)) {
        return refuse(a, JK_ROUND_NOT_A_SUM, out);
    }
    uint32_t asked = a->asked;
    a->asked = 0;
    jk_status status = take_cells(a, m, out);
    if (status != JK_OK) {
        a->asked = asked;
    }
    return status;
}

/* ---- the tree and the list ---- */

/* Everything four times: nobody honest asks for more. */
static bool too_much(const jk_answer *a, uint64_t next)
{
    uint64_t all = jk_tree_nodes(a->commitment.depth) + a->commitment.count;
    return a->given + next > 4 * all + JK_ROUND_LIST_MAX;
}

static jk_status give_nodes(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    const jk_tree *tree = a->own.tree;
    if (m->level >= tree->depth ||
        !jk_round_ascend(m->ids, m->count, UINT32_C(1) << 4 * m->level)) {
        return refuse(a, JK_ROUND_ORDER, out);
    }
    jk_status status = jk_round_grow(&a->digests, sizeof(jk_digest),
                                     JK_ROUND_NODES_MAX * JK_TREE_FANOUT, a->own.memory);
    if (status != JK_OK) {
        return status;
    }
    jk_digest *digests = a->digests.items;
    for (uint32_t i = 0; i < m->count; i++) {
        memcpy(digests + (size_t)i * JK_TREE_FANOUT,
               jk_tree_node(tree, (uint8_t)(m->level + 1), m->ids[i] * JK_TREE_FANOUT),
               JK_TREE_FANOUT * sizeof *digests);
    }
    a->given += m->count;
    *out = reply(a, JK_ROUND_CHILDREN);
    out->level = m->level;
    out->ids = m->ids;
    out->count = m->count;
    out->digests = digests;
    return JK_OK;
}

/* As many of the buckets as one answer holds. */
static jk_status give_rows(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    if (!jk_round_ascend(m->ids, m->count, jk_tree_buckets(a->own.tree->depth))) {
        return refuse(a, JK_ROUND_ORDER, out);
    }
    jk_status status =
        jk_round_grow(&a->rows, sizeof(jk_element), JK_ROUND_ROWS_MAX, a->own.memory);
    size_t all = 0;
    uint32_t done = 0;
    while (status == JK_OK && done < m->count) {
        const jk_element *rows = NULL;
        size_t count = 0;
        status = a->own.rows->bucket(a->own.rows->arg, m->ids[done], &rows, &count);
        if (status != JK_OK || all + count > JK_ROUND_ROWS_MAX) {
            break;
        }
        if (count > 0) {
            memcpy((jk_element *)a->rows.items + all, rows, count * sizeof *rows);
        }
        a->row_counts[done++] = (uint16_t)count;
        all += count;
    }
    if (status != JK_OK || done == 0) {
        return status != JK_OK ? status : JK_E_OVERSIZED;
    }
    a->given += all;
    *out = reply(a, JK_ROUND_BUCKETS);
    out->ids = m->ids;
    out->count = done;
    out->rows = a->rows.items;
    out->row_counts = a->row_counts;
    return JK_OK;
}

static jk_status give_list(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    uint32_t end = jk_tree_buckets(a->own.tree->depth);
    if (m->first >= end) {
        return refuse(a, JK_ROUND_ORDER, out);
    }
    jk_status status =
        jk_round_grow(&a->list, sizeof(jk_list_row), JK_ROUND_LIST_MAX, a->own.memory);
    jk_list_row *list = a->list.items;
    uint32_t made = 0;
    uint32_t bucket = m->first;
    for (; status == JK_OK && bucket < end; bucket++) {
        const jk_element *rows = NULL;
        size_t count = 0;
        status = a->own.rows->bucket(a->own.rows->arg, bucket, &rows, &count);
        if (status != JK_OK || made + count > JK_ROUND_LIST_MAX) {
            break;
        }
        for (size_t i = 0; i < count; i++) {
            list[made++] = (jk_list_row){
                rows[i].key, jk_element_value(a->own.keys, rows[i].key, &rows[i].digest)};
        }
    }
    if (status != JK_OK) {
        return status;
    }
    a->given += made;
    *out = reply(a, JK_ROUND_LISTED);
    out->first = m->first;
    out->next = bucket;
    out->count = made;
    out->list = list;
    return JK_OK;
}

static jk_status give_digests(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    for (uint32_t i = 0; i < m->count; i++) {
        if (m->wanted[i] >= JK_ELEMENT_KEY_END || (i > 0 && m->wanted[i - 1] >= m->wanted[i])) {
            return refuse(a, JK_ROUND_ORDER, out);
        }
    }
    jk_status status = jk_round_grow(&a->statements, sizeof(jk_statement), m->count, a->own.memory);
    jk_statement *statements = a->statements.items;
    for (uint32_t i = 0; i < m->count && status == JK_OK; i++) {
        status = jk_side_find(&a->own, m->wanted[i], &statements[i]);
    }
    if (status != JK_OK) {
        return status;
    }
    a->given += m->count;
    *out = reply(a, JK_ROUND_FOUND);
    out->count = m->count;
    out->statements = statements;
    return JK_OK;
}

static jk_status give(jk_answer *a, const jk_round_message *m, jk_round_message *out)
{
    uint32_t most = m->kind == JK_ROUND_DIGESTS ? JK_ROUND_ROWS_MAX : JK_ROUND_NODES_MAX;
    if (!a->open) {
        return refuse(a, JK_ROUND_NOT_ASKED, out);
    }
    if (m->kind != JK_ROUND_LIST && (m->count == 0 || m->count > most)) {
        return refuse(a, JK_ROUND_TOO_MANY, out);
    }
    if (too_much(a, m->count)) {
        return refuse(a, JK_ROUND_TOO_MANY, out);
    }
    a->asked = 0;
    switch (m->kind) {
    case JK_ROUND_NODES: return give_nodes(a, m, out);
    case JK_ROUND_ROWS: return give_rows(a, m, out);
    case JK_ROUND_LIST: return give_list(a, m, out);
    case JK_ROUND_DIGESTS: return give_digests(a, m, out);
    case JK_ROUND_OPEN:
    case JK_ROUND_CELLS:
    case JK_ROUND_EQUAL:
    case JK_ROUND_MORE:
    case JK_ROUND_FOUND:
    case JK_ROUND_WALK:
    case JK_ROUND_CHILDREN:
    case JK_ROUND_BUCKETS:
    case JK_ROUND_LISTED:
    case JK_ROUND_NO: break;
    }
    return refuse(a, JK_ROUND_NOT_ASKED, out);
}

jk_status jk_answer_take(jk_answer *answer, const jk_round_message *question, jk_round_message *out)
{
    jk_round_why why = jk_round_head(&answer->commitment, answer->round, question);
    if (why == JK_ROUND_FINE && answer->over) {
        why = JK_ROUND_NOT_ASKED;
    }
    if (why != JK_ROUND_FINE) { /* not of this round, which goes on */
        *out = reply(answer, JK_ROUND_NO);
        out->why = why;
        return JK_OK;
    }
    if (question->kind == JK_ROUND_OPEN) {
        return take_open(answer, question, out);
    }
    if (question->kind == JK_ROUND_CELLS) {
        return take_more(answer, question, out);
    }
    return give(answer, question, out);
}
