/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what src/reconcile computes for inputs of a fixed rule; vectors.py prints the same from
 * its own definitions with Python's big integers, and the two outputs must be equal. */
#include "lib.h"
#include "reconcile/mapping.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    PRODUCTS = 2000,
    PLACES = 300,
    RECORDS = 100,
    CELLS = 96
};

static void products(lib_random *random)
{
    for (int i = 0; i < PRODUCTS; i++) {
        uint64_t a = lib_next(random) % JK_PRIME;
        uint64_t b = i % 7 == 0 ? JK_PRIME - 1 - (uint64_t)i : lib_next(random) % JK_PRIME;
        (void)printf("field %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                     jk_field_add(a, b), jk_field_sub(a, b), jk_field_mul(a, b), jk_field_invert(a),
                     jk_field_reduce(a * 8 + 7));
    }
}

static void places(lib_random *random)
{
    for (int i = 0; i < PLACES; i++) {
        jk_mapping at = jk_mapping_first(lib_next(random));
        (void)printf("mapping");
        while (at.index < JK_CELLS_MAX) {
            (void)printf(" %" PRIu64, at.index);
            jk_mapping_next(&at);
        }
        (void)printf("\n");
    }
}

static void hex(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)printf("%02x", bytes[i]);
    }
    (void)printf("\n");
}

static int records(lib_random *random)
{
    static uint8_t person[RECORDS];
    static uint8_t bytes[CELLS * JK_CELL_WIRE_SIZE];
    static uint8_t marks[JK_MARKS];
    jk_recon_keys keys;
    jk_sketch sketch;
    jk_cell cells[CELLS];
    lib_keys(&keys, 7);
    jk_sketch_clear(&sketch, cells, CELLS);
    (void)printf("id %" PRIu64 "\n", keys.id);
    for (int i = 0; i < RECORDS; i++) {
        char code[12];
        uint32_t episode = 0;
        uint64_t key = lib_key(random);
        jk_change change = {.key = key};
        jk_digest digest;
        if (jk_element_name(key, code, &episode) != JK_OK) {
            return 1;
        }
        memset(person, i, sizeof person);
        jk_recon_record record = {.code = code,
                                  .episode = episode,
                                  .sequence = (uint64_t)i,
                                  .change_day = i - 50,
                                  .reason_in = (uint16_t)(i % 5 == 0 ? 0 : 101),
                                  .reason_out = (uint16_t)(i % 2 == 0 ? 0 : 201),
                                  .state = (uint8_t)(1 + i % 2),
                                  .person = {person, (size_t)i + 1}};
        if (jk_recon_digest(&keys, &record, &key, &digest, NULL) != JK_OK) {
            return 1;
        }
        change.new_value = jk_element_value(&keys, key, &digest);
        jk_sketch_change(&sketch, &keys, &change);
        (void)printf("record %s %" PRIu32 " %" PRIu64 " ", code, episode, change.new_value);
        hex(digest.byte, sizeof digest.byte);
    }
    jk_cells_write(cells, CELLS, bytes);
    jk_marks_write(&sketch, marks);
    hex(bytes, sizeof bytes);
    hex(marks, sizeof marks);
    return 0;
}

int main(void)
{
    lib_random random = {1};
    if (sodium_init() < 0) {
        return 1;
    }
    products(&random);
    places(&random);
    return records(&random);
}
