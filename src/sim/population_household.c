/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of households.  The people of a municipality are numbered; each block of 32 numbers is
 * cut into households by the block's own random numbers, so the household of any person is found
 * without looking at any other block. */
#include "sim/population_household.h"

#include <sodium.h>

enum {
    BLOCK = JK_DRAWS, /* so that its households never need more than a slice's numbers */
    DRAW_BYTES = 4,
    PERCENT = 100,
    FOREIGN_PER_THOUSAND = 26,
    AGE_MAX = 104
};

void jk_draws_open(jk_draws *draws, const jk_population *population, size_t municipality,
                   jk_lane lane, uint64_t serial)
{
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    uint8_t bytes[JK_DRAWS * DRAW_BYTES];

    /* Two bytes municipality, one lane, five serial: no two slices share a nonce. */
    nonce[0] = (uint8_t)(municipality >> 8);
    nonce[1] = (uint8_t)(municipality & 0xff);
    nonce[2] = (uint8_t)lane;
    for (size_t i = 3; i < sizeof nonce; i++) {
        nonce[i] = (uint8_t)(serial >> (8 * (i - 3)));
    }
    (void)crypto_stream_chacha20(bytes, sizeof bytes, nonce, population->stream_key);
    for (size_t i = 0; i < JK_DRAWS; i++) {
        const uint8_t *four = bytes + i * DRAW_BYTES;
        draws->value[i] = (uint32_t)four[0] | ((uint32_t)four[1] << 8) | ((uint32_t)four[2] << 16) |
                          ((uint32_t)four[3] << 24);
    }
    draws->next = 0;
}

uint32_t jk_draw(jk_draws *draws, uint32_t below)
{
    const uint32_t value = draws->value[draws->next % JK_DRAWS];

    draws->next++;
    return (uint32_t)(((uint64_t)value * below) >> 32);
}

static bool chance(jk_draws *draws, uint32_t percent)
{
    return jk_draw(draws, PERCENT) < percent;
}

/* Shares of sizes as the census roughly has them: households, not people. */
static uint32_t household_size(uint32_t percent)
{
    static const uint8_t upto[JK_POPULATION_HOUSEHOLD_MAX] = {38, 66, 83, 94, 98, 100};
    uint32_t size = 1;

    while (percent >= upto[size - 1]) {
        size++;
    }
    return size;
}

/* What a household is made of besides its head. */
typedef struct shape {
    uint8_t upto; /* percent of the households of this size */
    uint8_t spouses;
    uint8_t children;
    uint8_t parents;
} shape;

static const shape *pick_shape(uint32_t size, uint32_t percent)
{
    static const shape shapes[JK_POPULATION_HOUSEHOLD_MAX][4] = {
        {{100, 0, 0, 0}},
        {{58, 1, 0, 0}, {85, 0, 1, 0}, {100, 0, 0, 1}},
        {{70, 1, 1, 0}, {85, 0, 2, 0}, {94, 1, 0, 1}, {100, 0, 1, 1}},
        {{78, 1, 2, 0}, {92, 1, 1, 1}, {100, 0, 3, 0}},
        {{60, 1, 3, 0}, {85, 1, 2, 1}, {100, 1, 1, 2}},
        {{50, 1, 3, 1}, {80, 1, 2, 2}, {100, 1, 4, 0}},
    };
    const shape *at = shapes[size - 1];

    while (percent >= at->upto) {
        at++;
    }
    return at;
}

static uint8_t cap_age(uint32_t age)
{
    return (uint8_t)(age < AGE_MAX ? age : AGE_MAX);
}

/* Sets the children's ages, oldest first, and returns the head's. */
static uint32_t plan_children(jk_draws *draws, const shape *s, jk_member *children)
{
    const bool grown = s->parents == 0 && chance(draws, 20);
    uint32_t age = grown ? 25 + jk_draw(draws, 21) : jk_draw(draws, 25);

    for (uint32_t i = s->children; i > 0; i--) {
        children[i - 1].relation = JK_RELATION_CHILD;
        children[i - 1].sex = jk_draw(draws, 2) == 0 ? JK_SEX_MALE : JK_SEX_FEMALE;
        children[i - 1].age = cap_age(age);
        age += i > 1 ? 1 + jk_draw(draws, 4) : 0;
    }
    return age + 22 + jk_draw(draws, 17);
}

static uint32_t age_alone(jk_draws *draws)
{
    const uint32_t percent = jk_draw(draws, PERCENT);

    if (percent < 15) {
        return 18 + jk_draw(draws, 7);
    }
    return percent < 65 ? 25 + jk_draw(draws, 40) : 65 + jk_draw(draws, 33);
}

static uint8_t other_sex(uint8_t sex)
{
    return sex == JK_SEX_MALE ? JK_SEX_FEMALE : JK_SEX_MALE;
}

static void plan_members(jk_draws *draws, jk_household *household)
{
    const shape *s = pick_shape(household->size, jk_draw(draws, PERCENT));
    jk_member *head = &household->member[0];
    jk_member *next = head + 1;
    uint32_t age = 0;

    if (s->children > 0) {
        age = plan_children(draws, s, next + s->spouses);
    } else if (s->spouses + s->parents > 0) {
        age = s->parents > 0 ? 25 + jk_draw(draws, 45) : 22 + jk_draw(draws, 69);
    } else {
        age = age_alone(draws);
    }
    const uint32_t male_percent = s->spouses > 0 ? 78 : (s->children > 0 ? 20 : 50);
    head->relation = JK_RELATION_HEAD;
    head->sex = chance(draws, male_percent) ? JK_SEX_MALE : JK_SEX_FEMALE;
    head->age = cap_age(age);
    if (s->spouses > 0) {
        const uint32_t spouse = age + jk_draw(draws, 9) - 4;
        next->relation = JK_RELATION_SPOUSE;
        next->sex = other_sex(head->sex);
        next->age = cap_age(spouse < 18 ? 18 : spouse);
        next++;
    }
    next += s->children;
    uint8_t sex = jk_draw(draws, 2) == 0 ? JK_SEX_MALE : JK_SEX_FEMALE;
    for (uint32_t i = 0; i < s->parents; i++) {
        next->relation = JK_RELATION_PARENT;
        next->sex = sex;
        next->age = cap_age(age + 22 + jk_draw(draws, 13));
        sex = other_sex(sex);
        next++;
    }
}

void jk_household_plan(const jk_population *population, size_t municipality, uint64_t index,
                       jk_household *household)
{
    const uint64_t block = index - index % BLOCK;
    const uint32_t at = (uint32_t)(index - block);
    uint32_t first = 0;
    uint32_t size = 0;
    jk_draws draws;

    jk_draws_open(&draws, population, municipality, JK_LANE_BLOCK, block);
    for (;;) {
        size = household_size(jk_draw(&draws, PERCENT));
        size = size > BLOCK - first ? BLOCK - first : size;
        if (at < first + size) {
            break;
        }
        first += size;
    }
    household->head = block + first;
    household->size = size;
    household->self = at - first;
    jk_draws_open(&draws, population, municipality, JK_LANE_HOUSEHOLD, household->head);
    household->foreign = jk_draw(&draws, 1000) < FOREIGN_PER_THOUSAND;
    plan_members(&draws, household);
}
