/* SPDX-License-Identifier: Apache-2.0 */
/* Sketches: what differs is found whatever differs, what cannot be found is said, nobody's cells
 * take more than bounded work, and upkeep is the same as building anew. */
#include "juki/registry.h"
#include "lib.h"
#include "reconcile/mapping.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

enum {
    CELLS = 256,
    ITEMS_MAX = 2000
};

static jk_recon_keys keys;
static jk_cell cells[CELLS];

static void add(uint64_t key, uint64_t delta)
{
    jk_cells_add(cells, 0, CELLS, jk_element_place(&keys, key), key, delta);
}

static void clear(void)
{
    memset(cells, 0, sizeof cells);
}

static bool is_in(uint64_t key, uint32_t cell)
{
    jk_mapping at = jk_mapping_first(jk_element_place(&keys, key));
    while (at.index < cell) {
        jk_mapping_next(&at);
    }
    return at.index == cell;
}

/* ---- numbers ---- */

static void all_inverses(void **state)
{
    lib_random random = lib_seed("all_inverses");
    uint64_t values[100];
    uint64_t inverse[100];
    uint64_t room[100];

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        values[i] = i < 3 ? JK_PRIME - 1 - i : 1 + lib_below(&random, JK_PRIME - 1);
        inverse[i] = values[i];
    }
    for (size_t count = 0; count <= 100; count += 20) {
        memcpy(inverse, values, sizeof inverse);
        jk_field_invert_all(inverse, room, count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(jk_field_mul(values[i], inverse[i]), 1);
            assert_int_equal(jk_field_invert(values[i]), inverse[i]);
        }
    }
    assert_int_equal(jk_field_invert(0), 0);
}

/* Cell i holds one element of 1 + i/2: within a twentieth (the rounding at the first cells) and six
 * standard deviations. */
static void density(void **state)
{
    enum {
        COUNT = 50000
    };

    lib_random random = lib_seed("density");
    uint32_t hits[CELLS] = {0};

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        uint64_t last = UINT64_MAX;
        for (jk_mapping at = jk_mapping_first(lib_next(&random)); at.index < CELLS;
             jk_mapping_next(&at)) {
            assert_true(last == UINT64_MAX || at.index > last);
            last = at.index;
            hits[at.index]++;
        }
    }
    for (int i = 0; i < CELLS; i++) {
        double part = 2.0 / (2 + i);
        double off = (double)hits[i] - COUNT * part;
        off = (off < 0 ? -off : off) - COUNT * part / 20;
        assert_true(off <= 0 || off * off <= 36 * COUNT * part);
    }
}

static void names(void **state)
{
    static const char *const bad[] = {"00000000000", "1234567890a", "           ", "1234567890\0"};
    uint64_t key = 42;
    char code[12] = "unchanged";
    uint32_t episode = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(jk_element_key(bad[i], 1, &key), JK_E_RESIDENT_CODE);
    }
    assert_int_equal(jk_element_key("00000000019", 65536, &key), JK_E_RANGE);
    assert_int_equal(jk_element_name(65535, code, &episode), JK_E_RANGE);
    assert_int_equal(jk_element_name(JK_ELEMENT_KEY_END, code, &episode), JK_E_RANGE);
    assert_int_equal(key, 42);
    assert_string_equal(code, "unchanged");
    assert_int_equal(jk_element_key("99999999999", 65535, &key), JK_OK);
    assert_int_equal(key, JK_ELEMENT_KEY_END - 1);
    assert_int_equal(jk_element_name(key, code, &episode), JK_OK);
    assert_string_equal(code, "99999999999");
    assert_int_equal(episode, 65535);
}

/* ---- records ---- */

static const uint8_t PERSON[3] = {10, 1, 65};

static const jk_recon_record GOOD = {.code = "12345678903",
                                     .episode = 3,
                                     .sequence = 77,
                                     .change_day = 19814,
                                     .reason_in = 101,
                                     .state = 1,
                                     .person = {PERSON, sizeof PERSON}};

static void every_field_counts(void **state)
{
    static const uint8_t other[3] = {10, 1, 66};

    enum {
        CHANGED = 11
    };

    jk_recon_record changed[CHANGED];
    jk_digest digest[CHANGED + 1];
    uint64_t key = 0;
    const char *field = "";

    (void)state;
    for (int i = 0; i < CHANGED; i++) {
        changed[i] = GOOD;
    }
    changed[0].code = "12345678904";
    changed[1].episode = 4;
    changed[2].sequence = 78;
    changed[3].change_day = INT64_MIN;
    changed[4].reason_in = 102;
    changed[5].state = JK_RECON_CLOSED;
    changed[5].reason_out = 201;
    changed[6].person.data = other;
    changed[7].person.size = 2;
    changed[8].state = JK_RECON_CLOSED;
    changed[8].reason_out = 203;
    changed[9].sequence = 0; /* taken over at the import */
    changed[10].reason_in = 0;
    assert_int_equal(jk_recon_digest(&keys, &GOOD, &key, &digest[CHANGED], &field), JK_OK);
    assert_null(field);
    for (int i = 0; i < CHANGED; i++) {
        assert_int_equal(jk_recon_digest(&keys, &changed[i], &key, &digest[i], NULL), JK_OK);
        for (int j = 0; j < i; j++) {
            assert_memory_not_equal(&digest[i], &digest[j], sizeof digest[i]);
        }
        assert_memory_not_equal(&digest[i], &digest[CHANGED], sizeof digest[i]);
    }
    /* Another key, another digest; a damaged row's bytes, another one again. */
    jk_recon_keys other_keys;
    lib_keys(&other_keys, 2);
    assert_int_equal(jk_recon_digest(&other_keys, &GOOD, &key, &digest[0], NULL), JK_OK);
    assert_memory_not_equal(&digest[0], &digest[CHANGED], sizeof digest[0]);
    jk_recon_damaged(&keys, GOOD.person, &digest[0]);
    assert_memory_not_equal(&digest[0], &digest[CHANGED], sizeof digest[0]);
}

static void not_canonical(void **state)
{
    static const uint8_t long_person[JK_RECON_PERSON_MAX + 1];

    struct {
        jk_recon_record record;
        jk_status status;
        const char *field;
    } bad[] = {{GOOD, JK_E_RESIDENT_CODE, "resident_code"},
               {GOOD, JK_E_RESIDENT_CODE, "resident_code"},
               {GOOD, JK_E_RANGE, "episode"},
               {GOOD, JK_E_ENUM, "state"},
               {GOOD, JK_E_ENUM, "state"},
               {GOOD, JK_E_ENUM, "reason_in"},
               {GOOD, JK_E_ENUM, "reason_out"},
               {GOOD, JK_E_ENUM, "reason_out"},
               {GOOD, JK_E_ENUM, "reason_out"},
               {GOOD, JK_E_MISSING_FIELD, "person"},
               {GOOD, JK_E_OVERSIZED, "person"}};

    (void)state;
    bad[0].record.code = "1234567890x";
    bad[1].record.code = "00000000000";
    bad[2].record.episode = 65536;
    bad[3].record.state = 0;
    bad[4].record.state = 3;
    bad[5].record.reason_in = 110;
    bad[6].record.reason_out = 201; /* and not closed */
    bad[7].record.state = JK_RECON_CLOSED;
    bad[8].record.state = JK_RECON_CLOSED;
    bad[8].record.reason_out = 110;
    bad[9].record.person.size = 0;
    bad[10].record.person = (jk_span){long_person, sizeof long_person};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t key = 42;
        jk_digest digest = {{42}};
        jk_digest before = digest;
        const char *field = NULL;
        assert_int_equal(jk_recon_digest(&keys, &bad[i].record, &key, &digest, &field),
                         bad[i].status);
        assert_string_equal(field, bad[i].field);
        assert_int_equal(key, 42);
        assert_memory_equal(&digest, &before, sizeof digest);
    }
}

/* ---- decoding ---- */

typedef struct difference {
    uint64_t key;
    uint64_t delta;
} difference;

static void expect(const difference *what, size_t count, uint32_t cell_count)
{
    lib_memory memory;
    jk_candidates found = {NULL, 0};
    lib_memory_open(&memory, 0);
    assert_int_equal(jk_decode(&keys, cells, cell_count, &memory.port, &found, NULL), JK_OK);
    assert_int_equal(found.count, count);
    for (size_t i = 0; i < count; i++) {
        bool here = false;
        for (size_t j = 0; j < found.count; j++) {
            here |= found.items[j].key == what[i].key && found.items[j].delta == what[i].delta;
            assert_true(j == 0 || found.items[j - 1].key < found.items[j].key);
        }
        assert_true(here);
    }
    jk_candidates_free(&found, &memory.port);
    assert_int_equal(memory.out, 0);
}

/* Two sets with a random part in common, as two nodes would keep them. */
static void random_sets(void **state)
{
    lib_random random = lib_seed("random_sets");
    static jk_cell other[CELLS];

    (void)state;
    for (int run = 0; run < 2000; run++) {
        difference what[40];
        size_t count = lib_below(&random, 41);
        clear();
        memset(other, 0, sizeof other);
        for (size_t i = 0; i < 20; i++) { /* alike on both sides */
            uint64_t key = lib_key(&random);
            jk_digest digest = lib_digest(&random);
            uint64_t value = jk_element_value(&keys, key, &digest);
            add(key, value);
            jk_cells_add(other, 0, CELLS, jk_element_place(&keys, key), key, value);
        }
        for (size_t i = 0; i < count; i++) {
            uint64_t key = lib_key(&random);
            jk_digest digest[2] = {lib_digest(&random), lib_digest(&random)};
            uint64_t ours = i % 3 == 1 ? 0 : jk_element_value(&keys, key, &digest[0]);
            uint64_t theirs = i % 3 == 2 ? 0 : jk_element_value(&keys, key, &digest[1]);
            what[i] = (difference){key, jk_field_sub(ours, theirs)};
            add(key, ours);
            jk_cells_add(other, 0, CELLS, jk_element_place(&keys, key), key, theirs);
        }
        jk_cells_subtract(cells, other, CELLS);
        expect(what, count, CELLS);
    }
}

static void too_few_cells(void **state)
{
    lib_random random = lib_seed("too_few_cells");
    lib_memory memory;
    jk_candidates found = {NULL, 42};

    (void)state;
    clear();
    lib_memory_open(&memory, 0);
    for (int i = 0; i < 100; i++) {
        add(lib_key(&random), 1 + lib_below(&random, JK_PRIME - 1));
    }
    for (uint32_t count = 1; count <= 90; count++) {
        jk_status status = jk_decode(&keys, cells, count, &memory.port, &found, NULL);
        assert_int_equal(status, JK_E_NOT_FOUND);
        assert_int_equal(found.count, 42);
    }
    assert_int_equal(jk_decode(&keys, cells, 0, &memory.port, &found, NULL), JK_E_RANGE);
    assert_int_equal(jk_decode(&keys, cells, JK_CELLS_MAX + 1, &memory.port, &found, NULL),
                     JK_E_RANGE);
    assert_int_equal(memory.out, 0);
}

/* A code whose check digit is wrong is found like any other: the right one is missing there. */
static void damaged_code(void **state)
{
    uint64_t right = 0;
    uint64_t wrong = 0;
    jk_digest digest = {{1}};

    (void)state;
    clear();
    assert_int_equal(jk_element_key("12345678903", 1, &right), JK_OK);
    assert_int_equal(jk_element_key("12345678913", 1, &wrong), JK_OK);
    assert_int_equal(jk_resident_code_check("12345678913", 11, true), JK_E_RESIDENT_CODE_CHECK);
    uint64_t ours = jk_element_value(&keys, right, &digest);
    uint64_t theirs = jk_element_value(&keys, wrong, &digest);
    add(right, ours);
    add(wrong, jk_field_sub(0, theirs));
    expect((difference[]){{right, ours}, {wrong, jk_field_sub(0, theirs)}}, 2, CELLS);
}

/* Two episodes of one resident whose records changed places. */
static void swapped_rows(void **state)
{
    uint64_t key[2];
    jk_digest digest[2] = {{{1}}, {{2}}};
    difference what[2];

    (void)state;
    clear();
    for (uint64_t i = 0; i < 2; i++) {
        assert_int_equal(jk_element_key("12345678903", i + 1, &key[i]), JK_OK);
        what[i].key = key[i];
        what[i].delta = jk_field_sub(jk_element_value(&keys, key[i], &digest[i]),
                                     jk_element_value(&keys, key[i], &digest[1 - i]));
        add(key[i], what[i].delta);
    }
    expect(what, 2, CELLS);
}

/* One number one up, another one down: a plain sum of numbers sees nothing.  Ours are sums of keyed
 * hashes. */
static void up_and_down(void **state)
{
    lib_random random = lib_seed("up_and_down");
    int plain_missed = 0;

    (void)state;
    for (int run = 0; run < 300; run++) {
        difference what[2];
        int64_t plain = 0;
        clear();
        for (int i = 0; i < 2; i++) {
            jk_recon_record record = GOOD;
            jk_digest digest[2];
            char code[12];
            uint32_t episode = 0;
            assert_int_equal(jk_element_name(lib_key(&random), code, &episode), JK_OK);
            record.code = code;
            record.sequence = 1000;
            assert_int_equal(jk_recon_digest(&keys, &record, &what[i].key, &digest[0], NULL),
                             JK_OK);
            record.sequence = i == 0 ? 1001 : 999;
            assert_int_equal(jk_recon_digest(&keys, &record, &what[i].key, &digest[1], NULL),
                             JK_OK);
            plain += (int64_t)record.sequence - 1000;
            what[i].delta = jk_field_sub(jk_element_value(&keys, what[i].key, &digest[1]),
                                         jk_element_value(&keys, what[i].key, &digest[0]));
            add(what[i].key, what[i].delta);
        }
        plain_missed += plain == 0;
        expect(what, 2, CELLS);
    }
    assert_int_equal(plain_missed, 300); /* the control */
}

/* Two elements that look like a third in a cell of its own: the third is taken out, comes back with
 * the opposite sign, and the sum of both is nothing. */
static void false_find(void **state)
{
    lib_random random = lib_seed("false_find");
    int made = 0;
    int wrong_steps = 0;

    (void)state;
    while (made < 200) {
        const uint32_t cell = 20;
        uint64_t a = lib_key(&random);
        uint64_t b = lib_key(&random);
        uint64_t third = lib_key(&random);
        if (!is_in(a, cell) || !is_in(b, cell) || !is_in(third, cell)) {
            continue;
        }
        /* (a x + b y) / (x + y) = third */
        uint64_t x = 1 + lib_below(&random, JK_PRIME - 1);
        uint64_t y = jk_field_mul(jk_field_mul(x, jk_field_sub(a, third)),
                                  jk_field_invert(jk_field_sub(third, b)));
        difference what[] = {{a, x}, {b, y}};
        lib_memory memory;
        jk_candidates found;
        jk_decode_work work;
        clear();
        add(a, x);
        add(b, y);
        expect(what, 2, CELLS);
        lib_memory_open(&memory, 0);
        assert_int_equal(jk_decode(&keys, cells, CELLS, &memory.port, &found, &work), JK_OK);
        jk_candidates_free(&found, &memory.port);
        wrong_steps += work.peeled > 2;
        made++;
    }
    assert_int_equal(wrong_steps, made); /* each was really taken for the third */
}

/* An element put into one of its cells only peels for ever: it is taken from there, appears with
 * the opposite sign in its other cells, is taken from there ... */
static void evil_cells(void **state)
{
    lib_random random = lib_seed("evil_cells");
    lib_memory memory;

    (void)state;
    lib_memory_open(&memory, 0);
    uint32_t most = 0;
    for (int run = 0; run < 500; run++) {
        jk_candidates found = {NULL, 42};
        jk_decode_work work;
        clear();
        if (run % 2 == 0) {
            uint64_t key = lib_key(&random);
            uint64_t delta = 1 + lib_below(&random, JK_PRIME - 1);
            uint32_t cell = 0;
            for (uint32_t i = 1; i < CELLS; i++) {
                cell = is_in(key, i) ? i : cell;
            }
            cells[cell] = (jk_cell){delta, jk_field_mul(key, delta)};
        } else {
            for (int i = 0; i < CELLS; i++) {
                cells[i].sum = lib_below(&random, JK_PRIME);
                cells[i].moment = lib_below(&random, JK_PRIME);
            }
        }
        jk_status status = jk_decode(&keys, cells, CELLS, &memory.port, &found, &work);
        assert_int_equal(status, JK_E_NOT_FOUND);
        assert_int_equal(found.count, 42);
        assert_true(work.peeled <= 4 * CELLS);
        most = work.peeled > most ? work.peeled : most;
    }
    assert_int_equal(most, 4 * CELLS); /* the bound is what ended it */
    assert_int_equal(memory.out, 0);
}

static void no_memory(void **state)
{
    lib_random random = lib_seed("no_memory");

    (void)state;
    clear();
    for (int i = 0; i < 10; i++) {
        add(lib_key(&random), 1 + lib_below(&random, JK_PRIME - 1));
    }
    size_t refuse = 1;
    for (; refuse < 10; refuse++) {
        lib_memory memory;
        jk_candidates found = {NULL, 42};
        lib_memory_open(&memory, refuse);
        jk_status status = jk_decode(&keys, cells, CELLS, &memory.port, &found, NULL);
        if (status == JK_OK) {
            jk_candidates_free(&found, &memory.port);
            assert_int_equal(memory.out, 0);
            break;
        }
        assert_int_equal(status, JK_E_MEMORY);
        assert_int_equal(found.count, 42);
        assert_int_equal(memory.out, 0);
    }
    assert_int_equal(refuse, 3); /* two allocations */
}

/* ---- upkeep ---- */

/* Built at once, element by element, in two pieces, or rewound: the same cells and marks. */
static void upkeep(void **state)
{
    static jk_element elements[ITEMS_MAX];
    static jk_change log[ITEMS_MAX];
    static jk_cell built[CELLS];
    static jk_cell pieces[CELLS];
    lib_random random = lib_seed("upkeep");
    jk_sketch kept;
    jk_sketch marker;

    (void)state;
    clear();
    jk_sketch_clear(&kept, cells, CELLS);
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        elements[i] = (jk_element){lib_key(&random), lib_digest(&random)};
        jk_change come = {.key = elements[i].key,
                          .new_value =
                              jk_element_value(&keys, elements[i].key, &elements[i].digest)};
        jk_sketch_change(&kept, &keys, &come);
    }
    memset(built, 0, sizeof built);
    memset(pieces, 0, sizeof pieces);
    jk_cells_gather(built, 0, CELLS, &keys, elements, ITEMS_MAX - 1); /* not a multiple of four */
    jk_cells_gather(built, 0, CELLS, &keys, elements + ITEMS_MAX - 1, 1);
    jk_cells_reduce(built, CELLS);
    assert_memory_equal(built, cells, sizeof built);
    jk_cells_gather(pieces, 0, 100, &keys, elements, ITEMS_MAX);
    jk_cells_gather(pieces + 100, 100, CELLS, &keys, elements, ITEMS_MAX);
    jk_cells_reduce(pieces, CELLS);
    assert_memory_equal(pieces, built, sizeof built);

    marker = kept;
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        jk_element *e = &elements[lib_below(&random, ITEMS_MAX)];
        jk_digest digest = lib_digest(&random);
        log[i] = (jk_change){.key = e->key,
                             .old_value = jk_element_value(&keys, e->key, &e->digest),
                             .new_value = jk_element_value(&keys, e->key, &digest),
                             .position = 100 + i};
        e->digest = digest;
        jk_sketch_change(&kept, &keys, &log[i]);
    }
    assert_memory_not_equal(built, cells, sizeof built);
    jk_sketch_rewind(&kept, &keys, log, ITEMS_MAX, 99);
    assert_memory_equal(built, cells, sizeof built);
    assert_memory_equal(kept.marks, marker.marks, sizeof kept.marks);
    /* Rewound one entry too little. */
    jk_sketch_change(&kept, &keys, &log[0]);
    assert_memory_not_equal(built, cells, sizeof built);
}

static void wire(void **state)
{
    lib_random random = lib_seed("wire");
    uint8_t bytes[CELLS * JK_CELL_WIRE_SIZE];
    jk_cell back[CELLS];

    (void)state;
    for (int i = 0; i < CELLS; i++) {
        cells[i] = (jk_cell){lib_below(&random, JK_PRIME), i == 0 ? JK_PRIME - 1 : (uint64_t)i};
    }
    jk_cells_write(cells, CELLS, bytes);
    assert_int_equal(jk_cells_read(bytes, CELLS, back), JK_OK);
    assert_memory_equal(cells, back, sizeof back);
    memset(bytes + sizeof bytes - 8, 255, 8);
    bytes[sizeof bytes - 8] = 0x1f; /* 2^61 - 1 */
    clear();
    memcpy(back, cells, sizeof back);
    assert_int_equal(jk_cells_read(bytes, CELLS, back), JK_E_RANGE);
    assert_memory_equal(cells, back, sizeof back);
}

/* The estimate's error, over many sets, is what the header says. */
static void estimates(void **state)
{
    static const uint32_t sizes[] = {30, 300, 3000, 100000};
    lib_random random = lib_seed("estimates");

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t runs = 100;
        double squares = 0;
        for (uint32_t run = 0; run < runs; run++) {
            jk_sketch sketch;
            uint8_t marks[2][JK_MARKS];
            jk_sketch_clear(&sketch, NULL, 0);
            jk_marks_write(&sketch, marks[0]);
            assert_int_equal(jk_marks_estimate(marks[0], marks[0]), 0);
            for (uint32_t d = 0; d < sizes[i]; d++) {
                jk_change come = {.key = lib_key(&random),
                                  .new_value = 1 + lib_below(&random, JK_PRIME - 1)};
                jk_sketch_change(&sketch, &keys, &come);
            }
            jk_marks_write(&sketch, marks[1]);
            double off = (double)jk_marks_estimate(marks[0], marks[1]) / sizes[i] - 1;
            squares += off * off;
            runs = sizes[i] == 100000 ? 20 : runs;
        }
        double error = squares / runs;
        assert_true(error > 0.05 * 0.05 && error < 0.2 * 0.2);
    }
    uint8_t zero[JK_MARKS] = {0};
    uint8_t one[JK_MARKS];
    memset(one, 1, sizeof one);
    assert_int_equal(jk_marks_estimate(zero, one), 1 << 22); /* a liar's; bounded */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_inverses),  cmocka_unit_test(density),
        cmocka_unit_test(names),         cmocka_unit_test(every_field_counts),
        cmocka_unit_test(not_canonical), cmocka_unit_test(random_sets),
        cmocka_unit_test(too_few_cells), cmocka_unit_test(damaged_code),
        cmocka_unit_test(swapped_rows),  cmocka_unit_test(up_and_down),
        cmocka_unit_test(false_find),    cmocka_unit_test(evil_cells),
        cmocka_unit_test(no_memory),     cmocka_unit_test(upkeep),
        cmocka_unit_test(wire),          cmocka_unit_test(estimates),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    lib_keys(&keys, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
