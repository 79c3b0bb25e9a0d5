/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of peer does to a message. */
#include "peers.h"

#include <string.h>

const char *const peer_names[PEER_KINDS] = {
    "honest",        "short-of-memory", "stops-in-the-middle", "stale-sketch", "changes-one",
    "never-decodes", "lies-about-n",    "lies-about-root",     "lies-digest",  "unasked-residents",
    "replays",       "replays-as-new",  "marker-from-future",  "changes-key"};

static bool of_cs(const jk_round_message *m)
{
    return m->kind <= JK_ROUND_DIGESTS;
}

/* ---- any message, once ---- */

static void change_statement(peer *p, jk_round_message *m, uint32_t i, uint64_t r)
{
    memcpy(p->statements, m->statements, m->count * sizeof *m->statements);
    jk_statement *s = &p->statements[i];
    if (r % 3 == 0) {
        s->key = lib_key(p->random);
    } else if (r % 3 == 1) {
        s->digest.byte[0] ^= 1;
    } else {
        s->present = !s->present;
    }
    m->statements = p->statements;
}

static size_t all_rows(const jk_round_message *m)
{
    size_t all = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        all += m->row_counts[i];
    }
    return all;
}

static void change_rows(peer *p, jk_round_message *m, uint32_t i, uint64_t r)
{
    memcpy(p->row_counts, m->row_counts, m->count * sizeof *m->row_counts);
    size_t all = all_rows(m);
    if (all > 0) {
        memcpy(p->rows, m->rows, all * sizeof *m->rows);
        p->rows[r % all].digest.byte[5] ^= 1;
        p->row_counts[i] = (uint16_t)(p->row_counts[i] - (r % 3 == 0 && m->row_counts[i] > 0));
    }
    m->rows = p->rows;
    m->row_counts = p->row_counts;
}

static void change_item(peer *p, jk_round_message *m)
{
    uint64_t r = lib_next(p->random);
    uint32_t i = (uint32_t)(r % m->count);
    r >>= 32;
    if (m->cells != NULL && m->count <= PEER_ITEMS) {
        memcpy(p->cells, m->cells, m->count * sizeof *m->cells);
        p->cells[i].sum = r % 3 == 0 ? JK_PRIME : jk_field_add(p->cells[i].sum, 1);
        m->cells = p->cells;
    } else if (m->statements != NULL && m->count <= PEER_ITEMS) {
        change_statement(p, m, i, r);
    } else if (m->digests != NULL) {
        memcpy(p->digests, m->digests, m->count * sizeof *m->digests * JK_TREE_FANOUT);
        p->digests[i].byte[r % 32] ^= 1;
        m->digests = p->digests;
    } else if (m->list != NULL) {
        memcpy(p->list, m->list, m->count * sizeof *m->list);
        p->list[i].key += r % 2;
        p->list[i].value += 1 - r % 2;
        m->list = p->list;
    } else if (m->rows != NULL) {
        change_rows(p, m, i, r);
    } else {
        m->count--;
    }
}

static void change_field(peer *p, jk_round_message *m)
{
    switch (lib_below(p->random, 10)) {
    case 0: m->key_id ^= 1; break;
    case 1: m->marker++; break;
    case 2: m->marker--; break;
    case 3: m->round--; break;
    case 4: m->depth++; break;
    case 5: m->commitment.count += lib_below(p->random, 2) == 0 ? 1 : UINT64_C(1) << 40; break;
    case 6: m->commitment.top.byte[31] ^= 1; break;
    case 7: m->first++; break;
    case 8: m->kind = (jk_round_kind)(1 + lib_below(p->random, JK_ROUND_NO)); break;
    default: m->next++; break;
    }
}

/* A message whose kind was changed may lack what that kind has; a decoder of bytes never gives such
 * a one. */
static bool decodable(const jk_round_message *m)
{
    bool some = m->count > 0;
    switch (m->kind) {
    case JK_ROUND_OPEN:
    case JK_ROUND_CELLS: return !some || m->cells != NULL;
    case JK_ROUND_NODES:
    case JK_ROUND_ROWS: return !some || m->ids != NULL;
    case JK_ROUND_DIGESTS: return !some || m->wanted != NULL;
    case JK_ROUND_FOUND: return !some || m->statements != NULL;
    case JK_ROUND_CHILDREN: return !some || (m->ids != NULL && m->digests != NULL);
    case JK_ROUND_BUCKETS:
        return !some || (m->ids != NULL && m->rows != NULL && m->row_counts != NULL);
    case JK_ROUND_LISTED: return !some || m->list != NULL;
    case JK_ROUND_LIST:
    case JK_ROUND_EQUAL:
    case JK_ROUND_MORE:
    case JK_ROUND_WALK:
    case JK_ROUND_NO: return true;
    }
    return false;
}

static void change_one(peer *p, jk_round_message *m)
{
    jk_round_message before = *m;
    if (p->did || p->when-- > 0) {
        return;
    }
    if (m->count > 0 && lib_below(p->random, 2) == 0) {
        change_item(p, m);
    } else if (m->marks != NULL && lib_below(p->random, 4) == 0) {
        for (size_t i = 0; i < JK_MARKS; i++) {
            p->marks[i] = (uint8_t)lib_next(p->random);
        }
        m->marks = p->marks;
    } else {
        change_field(p, m);
    }
    if (decodable(m)) {
        p->did = true;
    } else {
        *m = before;
        p->when = 0;
    }
}

/* ---- the others: what they are, they are all through the round ---- */

static void never_decode(peer *p, jk_round_message *m)
{
    if (!p->server && m->cells != NULL && m->count <= PEER_ITEMS) {
        for (uint32_t i = 0; i < m->count; i++) {
            p->cells[i].sum = lib_below(p->random, JK_PRIME);
            p->cells[i].moment = lib_below(p->random, JK_PRIME);
        }
        m->cells = p->cells;
        p->did = m->count > 0;
    } else if (p->server && p->world->ask.state == JK_ASK_CELLS) {
        jk_round_message more = {.kind = JK_ROUND_MORE,
                                 .round = m->round,
                                 .marker = m->marker,
                                 .key_id = m->key_id,
                                 .depth = m->depth,
                                 .first = p->world->ask.cells_sent,
                                 .count = 1 + (uint32_t)(p->fixed % 100)};
        *m = more;
        p->did = true;
    }
}

/* Digests of whatever the message has some. */
static void lie_digest(peer *p, jk_round_message *m)
{
    uint64_t r = p->fixed;
    if (m->count == 0 || (m->statements != NULL && m->count > PEER_ITEMS)) {
        return;
    }
    uint32_t i = (uint32_t)(r % m->count);
    if (m->statements != NULL) {
        memcpy(p->statements, m->statements, m->count * sizeof *m->statements);
        p->statements[i].digest.byte[r % 31] ^= 4;
        m->statements = p->statements;
    } else if (m->digests != NULL) {
        memcpy(p->digests, m->digests, m->count * sizeof *m->digests * JK_TREE_FANOUT);
        p->digests[r % ((uint64_t)m->count * JK_TREE_FANOUT)].byte[r % 31] ^= 4;
        m->digests = p->digests;
    } else if (m->rows != NULL && all_rows(m) > 0) {
        size_t all = all_rows(m);
        memcpy(p->rows, m->rows, all * sizeof *m->rows);
        p->rows[r % all].digest.byte[r % 31] ^= 4;
        m->rows = p->rows;
    } else if (m->list != NULL) {
        memcpy(p->list, m->list, m->count * sizeof *m->list);
        p->list[i].value ^= 4;
        m->list = p->list;
    } else {
        return;
    }
    p->did = true;
}

/* A resident who is alike on both sides, or one that nobody has. */
static jk_statement somebody(peer *p)
{
    const lib_set *set = &p->world->server;
    if (set->count > 0 && p->fixed % 2 == 0) {
        const jk_element *e = &set->items[p->fixed / 2 % set->count];
        return (jk_statement){e->key, e->digest, true};
    }
    return (jk_statement){.key = lib_key(p->random)};
}

/* Into its place, so that the order does not tell. */
static void add_statement(peer *p, jk_round_message *m, jk_statement s)
{
    uint32_t at = 0;
    uint32_t made = 0;
    while (at < m->count && m->statements[at].key < s.key) {
        p->statements[made++] = m->statements[at++];
    }
    if (at < m->count && m->statements[at].key == s.key) {
        return;
    }
    p->statements[made++] = s;
    while (at < m->count) {
        p->statements[made++] = m->statements[at++];
    }
    m->statements = p->statements;
    m->count = made;
    p->did = true;
}

static void unasked(peer *p, jk_round_message *m)
{
    if (p->did && p->fixed % 8 < 4) {
        return; /* once only: what is asked then is answered */
    }
    if (m->kind == JK_ROUND_FOUND && m->count < PEER_ITEMS) {
        if (p->world->ask.state == JK_ASK_CELLS) {
            add_statement(p, m, somebody(p));
        } else { /* instead of one that was asked for */
            memcpy(p->statements, m->statements, m->count * sizeof *m->statements);
            p->statements[p->fixed % m->count] = somebody(p);
            p->did =
                p->statements[p->fixed % m->count].key != m->statements[p->fixed % m->count].key;
            m->statements = p->statements;
        }
    } else if (m->kind == JK_ROUND_CHILDREN || m->kind == JK_ROUND_BUCKETS) {
        memcpy(p->ids, m->ids, m->count * sizeof *m->ids);
        p->ids[m->count - 1]++;
        m->ids = p->ids;
        p->did = true;
    } else if (m->kind == JK_ROUND_LISTED && m->first + 1 < m->next) {
        m->first++;
        p->did = true;
    }
}

static void replay(peer *p, jk_round_message *m)
{
    if (!p->old->there || of_cs(m) || p->world->ask.state != JK_ASK_CELLS) {
        return;
    }
    jk_round_message now = *m;
    *m = p->old->message;
    m->statements = m->count > 0 ? p->old->statements : NULL;
    if (p->kind == PEER_REPLAYS_AS_NEW) {
        m->round = now.round;
        m->marker = now.marker;
        m->depth = now.depth;
        m->commitment.marker = now.marker;
        m->commitment.depth = now.depth;
    }
    p->did = true;
}

static void lie_n(peer *p, jk_round_message *m)
{
    static const uint64_t by[] = {1, UINT64_MAX, 1000, UINT64_C(1) << 40, 70000};
    if (m->commitment.depth != 0) {
        m->commitment.count += by[p->fixed % (sizeof by / sizeof by[0])];
        p->did = true;
    }
}

void peer_begin(peer *p, peer_kind kind, play_world *world, lib_random *random, peer_old *old)
{
    p->kind = kind;
    p->random = random;
    p->world = world;
    p->server = lib_below(random, 2) == 0;
    p->when = (unsigned)(lib_below(random, 4) * lib_below(random, 3));
    p->did = false;
    p->fixed = lib_next(random);
    p->old = old;
}

void peer_spoil(void *arg, jk_round_message *m)
{
    peer *p = arg;
    if (p->kind == PEER_CHANGES_ONE) {
        change_one(p, m);
        return;
    }
    const bool only_server = p->kind == PEER_LIES_DIGEST || p->kind == PEER_UNASKED ||
                             p->kind == PEER_REPLAYS || p->kind == PEER_REPLAYS_AS_NEW;
    if (of_cs(m) == (p->server || only_server)) {
        return;
    }
    switch (p->kind) {
    case PEER_NEVER_DECODES: never_decode(p, m); break;
    case PEER_LIES_N: lie_n(p, m); break;
    case PEER_LIES_ROOT:
        if (m->commitment.depth != 0) {
            m->commitment.top.byte[p->fixed % 32] ^= 1;
            p->did = true;
        }
        break;
    case PEER_LIES_DIGEST: lie_digest(p, m); break;
    case PEER_UNASKED: unasked(p, m); break;
    case PEER_REPLAYS:
    case PEER_REPLAYS_AS_NEW: replay(p, m); break;
    case PEER_FUTURE:
        m->marker += 1 + p->fixed % 5;
        m->commitment.marker += m->commitment.depth != 0 ? 1 + p->fixed % 5 : 0;
        p->did = true;
        break;
    case PEER_CHANGES_KEY:
        if (p->when > 0) {
            p->when--;
        } else {
            m->key_id ^= 1 + p->fixed / 2;
            m->commitment.key_id ^= m->commitment.depth != 0 ? 1 + p->fixed / 2 : 0;
            p->did = true;
        }
        break;
    case PEER_HONEST:
    case PEER_SHORT:
    case PEER_STOPS:
    case PEER_STALE_SKETCH:
    case PEER_CHANGES_ONE:
    case PEER_KINDS: break;
    }
}

void peer_keep(peer_old *old, const jk_round_message *m)
{
    if (m->kind != JK_ROUND_FOUND && m->kind != JK_ROUND_EQUAL && m->kind != JK_ROUND_WALK) {
        return;
    }
    if (m->count > PEER_ITEMS) {
        return;
    }
    old->there = true;
    old->message = *m;
    for (uint32_t i = 0; i < m->count; i++) {
        old->statements[i] = m->statements[i];
    }
}
