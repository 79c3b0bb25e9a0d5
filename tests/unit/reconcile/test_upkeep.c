/* SPDX-License-Identifier: Apache-2.0 */
/* What stands on a disk against what is kept of it.  Rows are updated through the steps (record,
 * digest, tree and sketch together) and damaged behind their back (record alone).  A scrub reads
 * every row against its digest.  Scrub and upkeep together are the same as building anew from
 * the rows; upkeep alone is not, which is the control. */
#include "lib.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    ROWS = 60,
    PERSON = 24,
    CELLS = 64,
    LOG = 200
};

/* A row as it lies on the disk. */
typedef struct row {
    bool here;
    char code[12];
    uint64_t episode;
    uint64_t sequence;
    int64_t day;
    uint16_t reason_in;
    uint16_t reason_out;
    uint8_t state;
    uint8_t person[PERSON];
} row;

typedef struct disk {
    row rows[ROWS];
    jk_change log[LOG];
    size_t log_count;
    uint64_t sequence;
} disk;

static jk_recon_keys keys;

/* The row's digest today, whatever has become of it, under the key that it was stored with. */
static jk_digest read_row(const row *r, uint64_t key)
{
    jk_recon_record record = {.code = r->code,
                              .episode = r->episode,
                              .sequence = r->sequence,
                              .change_day = r->day,
                              .reason_in = r->reason_in,
                              .reason_out = r->reason_out,
                              .state = r->state,
                              .person = {r->person, PERSON}};
    jk_digest digest;
    jk_recon_scrub(&keys, key, &record, (jk_span){(const uint8_t *)r, sizeof *r}, &digest);
    return digest;
}

static void fill(row *r, lib_random *random, uint64_t key, uint64_t sequence)
{
    uint32_t episode = 0;
    memset(r, 0, sizeof *r);
    assert_int_equal(jk_element_name(key, r->code, &episode), JK_OK);
    r->here = true;
    r->episode = episode;
    r->sequence = sequence;
    r->day = (int64_t)lib_below(random, 20000);
    r->reason_in = 101;
    r->state = (uint8_t)(1 + lib_below(random, 2));
    r->reason_out = r->state == JK_RECON_CLOSED ? 201 : 0;
    for (int i = 0; i < PERSON; i++) {
        r->person[i] = (uint8_t)lib_next(random);
    }
}

/* One step: the row changes, and what is kept of it, by the STORED digest. */
static void update(disk *d, lib_set *kept, lib_random *random, const uint64_t *key_of)
{
    size_t i = lib_below(random, ROWS);
    row *r = &d->rows[i];
    uint64_t key = key_of[i];
    const jk_element *stored = lib_set_find(kept, key);
    jk_change change = {.key = key, .position = ++d->sequence};
    if (stored != NULL) {
        change.old_value = jk_element_value(&keys, key, &stored->digest);
    }
    if (r->here && lib_below(random, 4) == 0) {
        r->here = false;
        lib_set_put(kept, key, NULL);
    } else {
        fill(r, random, key, d->sequence);
        jk_digest digest = read_row(r, key);
        change.new_value = jk_element_value(&keys, key, &digest);
        lib_set_put(kept, key, &digest);
    }
    if (d->log_count < LOG) {
        d->log[d->log_count++] = change;
    }
}

/* A bit of a row, or the whole row; not told to anybody. */
static void damage(disk *d, lib_random *random)
{
    row *r = &d->rows[lib_below(random, ROWS)];
    if (lib_below(random, 5) == 0) {
        r->here = false;
    } else if (r->here) {
        r->person[lib_below(random, PERSON)] ^= (uint8_t)(1U << lib_below(random, 8));
    }
}

/* Every row against its digest; what differs is put right in what is kept.  How many did. */
static size_t scrub(const disk *d, lib_set *kept, const uint64_t *key_of)
{
    size_t found = 0;
    for (size_t i = 0; i < ROWS; i++) {
        const jk_element *stored = lib_set_find(kept, key_of[i]);
        jk_digest now = {{0}};
        if (d->rows[i].here) {
            now = read_row(&d->rows[i], key_of[i]);
        }
        bool same = d->rows[i].here
                        ? stored != NULL && memcmp(&now, &stored->digest, sizeof now) == 0
                        : stored == NULL;
        if (!same) {
            lib_set_put(kept, key_of[i], d->rows[i].here ? &now : NULL);
            found++;
        }
    }
    return found;
}

static void rebuild(const disk *d, lib_set *to, const uint64_t *key_of)
{
    jk_element items[ROWS];
    size_t count = 0;
    for (size_t i = 0; i < ROWS; i++) {
        if (d->rows[i].here) {
            items[count++] = (jk_element){key_of[i], read_row(&d->rows[i], key_of[i])};
        }
    }
    lib_set_build(to, items, count);
}

static bool alike(const lib_set *a, const lib_set *b)
{
    return a->count == b->count && a->tree.count == b->tree.count &&
           memcmp(a->tree.nodes, b->tree.nodes, jk_tree_nodes(1) * sizeof(jk_digest)) == 0 &&
           memcmp(a->sketch.cells, b->sketch.cells, CELLS * sizeof(jk_cell)) == 0 &&
           memcmp(a->sketch.marks, b->sketch.marks, sizeof a->sketch.marks) == 0;
}

static void rebuild_is_scrub_and_upkeep(void **state)
{
    lib_random random = lib_seed("rebuild_is_scrub_and_upkeep");
    unsigned control = 0;
    unsigned damaged = 0;

    (void)state;
    for (int run = 0; run < 300; run++) {
        static disk d;
        lib_set kept;
        lib_set built;
        uint64_t key_of[ROWS];
        memset(&d, 0, sizeof d);
        lib_set_open(&kept, &keys, 1, CELLS, ROWS);
        lib_set_open(&built, &keys, 1, CELLS, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            key_of[i] = lib_key(&random);
        }
        bool hurt = run % 3 != 0;
        for (int i = 0; i < 150; i++) {
            update(&d, &kept, &random, key_of);
            if (hurt && i % 10 == 9) {
                damage(&d, &random);
            }
        }
        rebuild(&d, &built, key_of);
        control += !alike(&kept, &built);
        size_t found = scrub(&d, &kept, key_of);
        assert_true(hurt || found == 0);
        damaged += found > 0;
        assert_true(alike(&kept, &built));
        assert_int_equal(scrub(&d, &kept, key_of), 0);
        lib_set_close(&kept);
        lib_set_close(&built);
    }
    assert_int_equal(control, damaged); /* without the scrub, damage is not seen */
    assert_true(control > 150);
}

/* The sketch of a marker in the past, from that of now and the log after it. */
static void marker_in_the_past(void **state)
{
    lib_random random = lib_seed("marker_in_the_past");

    (void)state;
    for (int run = 0; run < 200; run++) {
        static disk d;
        lib_set kept;
        uint64_t key_of[ROWS];
        jk_cell then[CELLS];
        uint64_t marker = 0;
        memset(&d, 0, sizeof d);
        lib_set_open(&kept, &keys, 1, CELLS, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            key_of[i] = lib_key(&random);
        }
        uint64_t at = lib_below(&random, LOG);
        for (uint64_t i = 0; i < LOG; i++) {
            if (i == at) {
                memcpy(then, kept.sketch.cells, sizeof then);
                marker = d.sequence;
            }
            update(&d, &kept, &random, key_of);
        }
        jk_sketch_rewind(&kept.sketch, &keys, d.log, d.log_count, marker);
        assert_memory_equal(then, kept.sketch.cells, sizeof then);
        lib_set_close(&kept);
    }
}

/* One bit anywhere in a row: found by the scrub, always. */
static void bit_flips(void **state)
{
    lib_random random = lib_seed("bit_flips");
    static disk d;
    lib_set kept;
    uint64_t key_of[ROWS];
    unsigned found = 0;

    (void)state;
    memset(&d, 0, sizeof d);
    lib_set_open(&kept, &keys, 1, CELLS, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        key_of[i] = lib_key(&random);
        fill(&d.rows[i], &random, key_of[i], i + 1);
        jk_digest digest = read_row(&d.rows[i], key_of[i]);
        lib_set_put(&kept, key_of[i], &digest);
    }
    for (int run = 0; run < 1000; run++) {
        row *r = &d.rows[lib_below(&random, ROWS)];
        row before = *r;

        struct {
            void *at;
            size_t size;
        } part[] = {{r->code, 11},
                    {&r->episode, sizeof r->episode},
                    {&r->sequence, sizeof r->sequence},
                    {&r->day, sizeof r->day},
                    {&r->reason_in, sizeof r->reason_in},
                    {&r->reason_out, sizeof r->reason_out},
                    {&r->state, sizeof r->state},
                    {r->person, PERSON}};

        size_t which = lib_below(&random, sizeof part / sizeof part[0]);
        ((uint8_t *)part[which].at)[lib_below(&random, part[which].size)] ^=
            (uint8_t)(1U << lib_below(&random, 8));
        found += scrub(&d, &kept, key_of) == 1;
        *r = before;
        assert_int_equal(scrub(&d, &kept, key_of), 1);
        assert_int_equal(scrub(&d, &kept, key_of), 0); /* the control */
    }
    (void)printf("%u of 1000 bit flips found\n", found);
    assert_int_equal(found, 1000);
    lib_set_close(&kept);
}

/* An update that takes out the digest of the record as it is read, instead of the stored one,
 * leaves a ghost that no scrub finds: why upkeep never does. */
static void ghost(void **state)
{
    lib_random random = lib_seed("ghost");
    lib_set kept;
    jk_sketch wrong;
    static jk_cell cells[CELLS];
    uint64_t key = lib_key(&random);
    jk_digest stored = lib_digest(&random);
    jk_digest read = lib_digest(&random); /* damaged since */
    jk_digest fresh = lib_digest(&random);

    (void)state;
    lib_set_open(&kept, &keys, 1, CELLS, ROWS);
    lib_set_put(&kept, key, &stored);
    jk_sketch_clear(&wrong, cells, CELLS);
    memcpy(cells, kept.sketch.cells, sizeof cells);
    lib_set_put(&kept, key, &fresh);
    jk_change change = {.key = key,
                        .old_value = jk_element_value(&keys, key, &read),
                        .new_value = jk_element_value(&keys, key, &fresh)};
    jk_sketch_change(&wrong, &keys, &change);
    lib_memory memory;
    jk_candidates found;
    lib_memory_open(&memory, 0);
    jk_cells_subtract(cells, kept.sketch.cells, CELLS);
    assert_int_equal(jk_decode(&keys, cells, CELLS, &memory.port, &found, NULL), JK_OK);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].key, key);
    jk_candidates_free(&found, &memory.port);
    lib_set_close(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuild_is_scrub_and_upkeep),
        cmocka_unit_test(marker_in_the_past),
        cmocka_unit_test(bit_flips),
        cmocka_unit_test(ghost),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    lib_keys(&keys, 3);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
