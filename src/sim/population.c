/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic residents: the stream of people, and their codes and numbers.
 *
 * Every person has a serial, unique over all municipalities.  A keyed permutation of the ten and of
 * the eleven digits turns it into the body of the resident record code and of the individual
 * number, so that two people never share one and a place in the list tells no number. */
#include "sim/population.h"

#include "juki/municipality.h"
#include "sim/population_household.h"

#include <sodium.h>
#include <string.h>

enum {
    ROUNDS = 8,
    CODE_BODY = 10,
    NUMBER_BODY = 11,
    HALF = 100000, /* five digits */
    LONG_HALF = 1000000,
    AS_OF_YEAR_MIN = 1980
};

static const jk_date default_as_of = {2026, 1, 1, JK_DATE_EXACT};

static void derive_keys(jk_population *population, uint64_t seed)
{
    static const char label[] = "juki population 1";
    uint8_t input[sizeof label + 8];
    uint8_t output[sizeof population->stream_key + sizeof population->code_key +
                   sizeof population->number_key];

    memcpy(input, label, sizeof label);
    for (size_t i = 0; i < 8; i++) {
        input[sizeof label + i] = (uint8_t)(seed >> (8 * i));
    }
    (void)crypto_generichash(output, sizeof output, input, sizeof input, NULL, 0);
    memcpy(population->stream_key, output, 32);
    memcpy(population->code_key, output + 32, 16);
    memcpy(population->number_key, output + 48, 16);
}

/* People of the municipality at `slot` when all share n. */
static uint64_t share(uint64_t residents, size_t count, size_t slot)
{
    return residents / count + (slot < residents % count ? 1 : 0);
}

static jk_status find_municipalities(const jk_population_options *options, jk_population *out)
{
    bool seen[JK_POPULATION_MUNICIPALITIES_MAX] = {false};

    for (size_t i = 0; i < options->code_count; i++) {
        const char *code = options->codes[i];
        const size_t index = jk_municipality_index(code);
        if (index >= JK_POPULATION_MUNICIPALITIES_MAX || code[6] != '\0') {
            return JK_E_MUNICIPALITY_CODE;
        }
        if (seen[index]) {
            return JK_E_CONFLICT;
        }
        seen[index] = true;
        out->municipality[i] = (uint16_t)index;
    }
    return JK_OK;
}

jk_status jk_population_open(jk_population *population, const jk_population_options *options)
{
    jk_population made;
    int64_t day = 0;

    if (options->code_count == 0 || options->code_count > JK_POPULATION_MUNICIPALITIES_MAX) {
        return JK_E_USAGE;
    }
    if (share(options->residents, options->code_count, 0) > JK_POPULATION_RESIDENTS_MAX) {
        return JK_E_RANGE;
    }
    memset(&made, 0, sizeof made);
    made.as_of = options->as_of.year == 0 ? default_as_of : options->as_of;
    if (jk_date_to_day(&made.as_of, &day) != JK_OK || made.as_of.year < AS_OF_YEAR_MIN) {
        return JK_E_DATE;
    }
    const jk_status status = find_municipalities(options, &made);
    if (status != JK_OK) {
        return status;
    }
    made.count = options->code_count;
    made.residents = options->residents;
    derive_keys(&made, options->seed);
    *population = made;
    return JK_OK;
}

/* A number of the round, the half and the key: SipHash. */
static uint64_t round_value(const uint8_t key[16], uint32_t round, uint64_t half)
{
    uint8_t input[9];
    uint8_t output[crypto_shorthash_BYTES];
    uint64_t value = 0;

    input[0] = (uint8_t)round;
    for (size_t i = 0; i < 8; i++) {
        input[1 + i] = (uint8_t)(half >> (8 * i));
    }
    (void)crypto_shorthash(output, input, sizeof input, key);
    for (size_t i = 0; i < sizeof output; i++) {
        value |= (uint64_t)output[i] << (8 * i);
    }
    return value;
}

/* A Feistel network over left * low + right with left < high and right < low: each round adds a
 * function of one half to the other, which can be undone, so no two inputs meet. */
static uint64_t permute_once(const uint8_t key[16], uint64_t x, uint64_t high, uint64_t low)
{
    uint64_t left = x / low;
    uint64_t right = x % low;

    for (uint32_t round = 0; round < ROUNDS; round += 2) {
        left = (left + round_value(key, round, right) % high) % high;
        right = (right + round_value(key, round + 1, left) % low) % low;
    }
    return left * low + right;
}

/* Never 0, which is no resident record code: x is not 0, so who would get 0 takes 0's image. */
static uint64_t permute(const uint8_t key[16], uint64_t x, uint64_t high, uint64_t low)
{
    const uint64_t y = permute_once(key, x, high, low);

    return y != 0 ? y : permute_once(key, 0, high, low);
}

static void write_digits(char *text, size_t count, uint64_t value)
{
    for (size_t i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void fill_numbers(const jk_population *population, uint64_t serial, jk_person *person)
{
    write_digits(person->resident_code, CODE_BODY,
                 permute(population->code_key, serial, HALF, HALF));
    person->resident_code[CODE_BODY] = jk_resident_code_digit(person->resident_code);
    write_digits(person->individual_number, NUMBER_BODY,
                 permute(population->number_key, serial, HALF, LONG_HALF));
    person->individual_number[NUMBER_BODY] = jk_individual_number_digit(person->individual_number);
}

static void make(const jk_population *population, size_t municipality, uint64_t index,
                 jk_person *person)
{
    jk_household household;
    const uint64_t serial = (uint64_t)municipality * JK_POPULATION_RESIDENTS_MAX + index + 1;

    memset(person, 0, sizeof *person);
    jk_household_plan(population, municipality, index, &household);
    jk_person_fill(population, municipality, &household, person);
    fill_numbers(population, serial, person);
}

bool jk_population_next(jk_population *population, jk_person *person)
{
    while (population->slot < population->count) {
        if (population->next < share(population->residents, population->count, population->slot)) {
            make(population, population->municipality[population->slot], population->next, person);
            population->next++;
            return true;
        }
        population->slot++;
        population->next = 0;
    }
    return false;
}

jk_status jk_population_person(const jk_population *population, const char *code, uint64_t index,
                               jk_person *person)
{
    const size_t municipality = jk_municipality_index(code);

    if (municipality >= JK_POPULATION_MUNICIPALITIES_MAX) {
        return JK_E_MUNICIPALITY_CODE;
    }
    if (index >= JK_POPULATION_RESIDENTS_MAX) {
        return JK_E_RANGE;
    }
    make(population, municipality, index, person);
    return JK_OK;
}
