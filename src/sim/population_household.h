/* SPDX-License-Identifier: Apache-2.0 */
/* Who lives together: the plan of a household before anybody has a name; private to this folder. */
#ifndef JK_SIM_POPULATION_HOUSEHOLD_H
#define JK_SIM_POPULATION_HOUSEHOLD_H

#include "sim/population.h"

/* Random numbers of one household or person: a slice of a keyed stream, read front to back. */
enum {
    JK_DRAWS = 32
};

typedef struct jk_draws {
    uint32_t value[JK_DRAWS];
    uint32_t next;
} jk_draws;

/* A number 0 <= n < below; below > 0. */
uint32_t jk_draw(jk_draws *draws, uint32_t below);

/* Fills draws from (key, municipality, serial, lane).  lane: which slice of the same serial. */
typedef enum jk_lane {
    JK_LANE_BLOCK = 0,     /* serial of a block's first person */
    JK_LANE_HOUSEHOLD = 1, /* serial of the household's head */
    JK_LANE_HOME = 2,      /* the same, for what the members share */
    JK_LANE_PERSON = 3     /* serial of the person */
} jk_lane;

void jk_draws_open(jk_draws *draws, const jk_population *population, size_t municipality,
                   jk_lane lane, uint64_t serial);

typedef enum jk_relation {
    JK_RELATION_HEAD,
    JK_RELATION_SPOUSE,
    JK_RELATION_CHILD,
    JK_RELATION_PARENT
} jk_relation;

typedef struct jk_member {
    jk_relation relation;
    uint8_t sex; /* jk_sex */
    uint8_t age; /* full years on the population's day */
} jk_member;

typedef struct jk_household {
    uint64_t head; /* serial of the head; the members follow it */
    uint32_t size; /* 1..JK_POPULATION_HOUSEHOLD_MAX */
    uint32_t self; /* which member the asked person is */
    bool foreign;
    jk_member member[JK_POPULATION_HOUSEHOLD_MAX];
} jk_household;

/* The household in which person `index` of a municipality lives. */
void jk_household_plan(const jk_population *population, size_t municipality, uint64_t index,
                       jk_household *household);

/* Fills a person of a planned household, all but codes and numbers.
 * municipality: index in the table of municipalities. */
void jk_person_fill(const jk_population *population, size_t municipality,
                    const jk_household *household, jk_person *person);

#endif
