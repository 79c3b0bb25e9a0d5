/* SPDX-License-Identifier: Apache-2.0 */
/* Who moves, from where to where, and what shall go wrong on the way.  A plan is a pure function of
 * seed and number of moves: the same seed, the same residents, households and days. */
#include "demo_run.h"

#include "movein.h"
#include "sim/population.h"

#include <stdlib.h>
#include <string.h>

const char *const demo_town_codes[DEMO_TOWNS] = {"131016", "131024", "141003"};
const char *const demo_prefecture_codes[DEMO_PREFECTURES] = {"130001", "140007"};

enum {
    PEOPLE_PER_MOVE = 12,
    HOUSEHOLDS_FIRST = 10, /* of two to five members */
    HOUSEHOLD_FEW = 2,
    HOUSEHOLD_MANY = 5,
    PART_OF_HOUSEHOLD = 7 /* every so many households leave somebody behind */
};

/* The cases that are not plain, in the order in which a small number of moves drops them last. */
static const demo_case specials[] = {
    DEMO_HELD, DEMO_RIVAL,  DEMO_NO_FILING, DEMO_TOO_LATE, DEMO_CANCEL_OUT,
    DEMO_STOP, DEMO_REJECT, DEMO_NO_CARD,   DEMO_NO_PIN,
};

typedef struct household {
    size_t first;
    unsigned size;
    unsigned town;
    bool used;
} household;

typedef struct planner {
    demo_plan *plan;
    household *households;
    size_t household_count;
    uint64_t random;
    int64_t today;
    bool held;
} planner;

/* Splitmix64: good enough for choices, and the same everywhere. */
uint64_t demo_random(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(planner *p, unsigned bound)
{
    return (unsigned)(demo_random(&p->random) % bound);
}

void demo_day_text(int64_t day, char text[11])
{
    const jk_date date = jk_date_of_day(day);
    (void)snprintf(text, 11, "%04u-%02u-%02u", (unsigned)date.year % 10000U,
                   (unsigned)date.month % 100U, (unsigned)date.day % 100U);
}

/* ---- residents ---- */

static bool make_people(demo_plan *plan, uint64_t seed, char *fault)
{
    const jk_population_options options = {
        .seed = seed,
        .codes = demo_town_codes,
        .code_count = DEMO_TOWNS,
        .residents = plan->people_count,
    };
    jk_population *population = malloc(sizeof *population);
    plan->people = calloc(plan->people_count, sizeof *plan->people);
    bool made = population != NULL && plan->people != NULL &&
                jk_population_open(population, &options) == JK_OK;
    for (size_t i = 0; made && i < plan->people_count; i++) {
        made = jk_population_next(population, &plan->people[i]);
    }
    free(population);
    if (!made) {
        (void)snprintf(fault, JK_JUDGE_TEXT, "residents cannot be made");
    }
    return made;
}

static unsigned town_of(const jk_person *person)
{
    unsigned town = 0;
    while (town + 1 < DEMO_TOWNS && strcmp(demo_town_codes[town], person->municipality_code) != 0) {
        town++;
    }
    return town;
}

static bool find_households(planner *p)
{
    const demo_plan *plan = p->plan;
    p->households = calloc(plan->people_count, sizeof *p->households);
    if (p->households == NULL) {
        return false;
    }
    for (size_t i = 0; i < plan->people_count; i++) {
        const jk_person *person = &plan->people[i];
        const unsigned town = town_of(person);
        household *last = p->household_count == 0 ? NULL : &p->households[p->household_count - 1];
        if (last != NULL && last->town == town &&
            plan->people[last->first].household == person->household) {
            last->size++;
        } else {
            p->households[p->household_count++] = (household){i, 1, town, false};
        }
    }
    return true;
}

/* A member whose card can be shown at a counter; size if there is none. */
static unsigned card_holder(const demo_plan *plan, size_t first, unsigned size)
{
    unsigned member = 0;
    while (member < size && plan->people[first + member].card_state != JK_CARD_IN_OPERATION) {
        member++;
    }
    return member;
}

/* A household that nobody has yet, with a card, in the town (DEMO_TOWNS: any). */
static const household *take_household(planner *p, unsigned town, unsigned few, unsigned many)
{
    const size_t start = below(p, (unsigned)p->household_count);
    for (size_t i = 0; i < p->household_count; i++) {
        household *h = &p->households[(start + i) % p->household_count];
        if (!h->used && (town == DEMO_TOWNS || h->town == town) && h->size >= few &&
            h->size <= many && card_holder(p->plan, h->first, h->size) < h->size) {
            h->used = true;
            return h;
        }
    }
    return NULL;
}

/* ---- moves ---- */

/* Some planned days are past, so that the origin has removed already; some are still to come. */
static void set_days(planner *p, demo_move *m)
{
    const bool past = below(p, 3) != 0;
    m->planned_day = past ? p->today - 1 - below(p, 10) : p->today + 1 + below(p, 10);
    if (m->kind == DEMO_TOO_LATE) {
        m->planned_day = p->today - 31 - below(p, 20);
    }
    m->filed_day = (m->planned_day < p->today ? m->planned_day : p->today) - 1 - below(p, 14);
    m->moved_in_day = p->today - below(p, 5);
}

static void set_members(planner *p, demo_move *m, const household *h, bool part)
{
    const unsigned card = card_holder(p->plan, h->first, h->size);
    const unsigned leave =
        part && h->size > 2 ? (card + 1 + below(p, h->size - 1)) % h->size : h->size;
    m->count = 0;
    for (unsigned i = 0; i < h->size && m->count < JK_MEMBERS_MAX; i++) {
        if (i == leave) {
            continue;
        }
        if (i == card) {
            m->card = m->count;
        }
        m->person[m->count++] = h->first + i;
    }
}

static bool needs_clerk(demo_case kind)
{
    return kind == DEMO_HELD || kind == DEMO_STOP || kind == DEMO_REJECT;
}

static bool add_move(planner *p, demo_case kind, unsigned few, unsigned many)
{
    demo_plan *plan = p->plan;
    demo_move *m = &plan->moves[plan->count];
    /* Whoever needs the clerk's patience comes to the town where the driver is the clerk. */
    const bool clerk = needs_clerk(kind);
    const unsigned from = clerk ? (below(p, 2) == 0 ? 0U : 2U) : DEMO_TOWNS;
    const household *h = take_household(p, from, few, many);
    if (h == NULL) {
        return false;
    }
    m->kind = kind;
    m->origin = h->town;
    m->destination = clerk ? DEMO_MANUAL : (h->town + 1 + below(p, DEMO_TOWNS - 1)) % DEMO_TOWNS;
    m->partner = DEMO_NO_MOVE;
    set_days(p, m);
    set_members(p, m, h, kind == DEMO_PLAIN && below(p, PART_OF_HOUSEHOLD) == 0);
    plan->count++;
    return true;
}

/* The same household at another terminal, while the first one holds the grant. */
static void add_rival(planner *p)
{
    demo_plan *plan = p->plan;
    const size_t held = plan->count - 1;
    demo_move *m = &plan->moves[plan->count];
    *m = plan->moves[held];
    m->kind = DEMO_RIVAL;
    m->destination = DEMO_TOWNS - DEMO_MANUAL - m->origin;
    m->partner = (int)held;
    plan->moves[held].partner = (int)plan->count;
    plan->count++;
}

/* The move whose NOTICE a sabotage takes away: the planned day is far, so nothing but the NOTICE
 * would remove the resident at the origin. */
static bool add_last(planner *p)
{
    if (!add_move(p, DEMO_HELD, HOUSEHOLD_FEW, HOUSEHOLD_MANY)) {
        return false;
    }
    demo_move *m = &p->plan->moves[p->plan->count - 1];
    m->last = true;
    m->planned_day = p->today + 20;
    m->filed_day = p->today - 1;
    return true;
}

static bool add_moves(planner *p, const demo_options *options)
{
    const unsigned last = options->sabotage == DEMO_DROP_NOTICE ? 1 : 0;
    const unsigned total = options->moves;
    /* A few moves stay plain, whatever their number. */
    unsigned special = (unsigned)(sizeof specials / sizeof specials[0]);
    while (special > 0 && special + last + (total < 6 ? 1 : 3) > total) {
        special--;
    }
    if (special == 1) {
        special = 0; /* no held move without its rival */
    }
    for (unsigned i = 0; i < special; i++) {
        if (specials[i] == DEMO_RIVAL) {
            add_rival(p);
        } else if (!add_move(p, specials[i], 1, HOUSEHOLD_MANY)) {
            return false;
        }
    }
    for (unsigned i = 0; p->plan->count + last < total; i++) {
        const bool family = i < HOUSEHOLDS_FIRST || i % 2 == 0;
        if (!add_move(p, DEMO_PLAIN, family ? HOUSEHOLD_FEW : 1, family ? HOUSEHOLD_MANY : 1)) {
            return false;
        }
    }
    return last == 0 || add_last(p);
}

/* Mixes the order; pairs are told their new places. */
static void shuffle(planner *p)
{
    demo_move *moves = p->plan->moves;
    size_t count = p->plan->count;
    if (count > 0 && moves[count - 1].last) {
        count--;
    }
    for (size_t i = count; i > 1; i--) {
        const size_t other = below(p, (unsigned)i);
        const demo_move kept = moves[i - 1];
        moves[i - 1] = moves[other];
        moves[other] = kept;
    }
    int held = DEMO_NO_MOVE;
    int rival = DEMO_NO_MOVE;
    for (size_t i = 0; i < count; i++) {
        held = moves[i].kind == DEMO_HELD ? (int)i : held;
        rival = moves[i].kind == DEMO_RIVAL ? (int)i : rival;
    }
    if (rival != DEMO_NO_MOVE && held != DEMO_NO_MOVE) {
        moves[held].partner = rival;
        moves[rival].partner = held;
    }
}

bool demo_plan_make(const demo_options *options, uint64_t seed, demo_plan *plan, char *fault)
{
    const jk_date today = {.year = 2026, .month = 4, .day = 10};
    planner p = {.plan = plan, .random = seed};
    const size_t needed = (size_t)options->moves * PEOPLE_PER_MOVE;
    plan->people_count = needed > DEMO_RESIDENTS ? needed : DEMO_RESIDENTS;
    plan->moves = calloc((size_t)options->moves + 2, sizeof *plan->moves);
    if (plan->moves == NULL || jk_date_to_day(&today, &p.today) != JK_OK ||
        !make_people(plan, seed, fault) || !find_households(&p)) {
        (void)snprintf(fault, JK_JUDGE_TEXT, "residents cannot be made");
        free(p.households);
        return false;
    }
    const bool made = add_moves(&p, options);
    free(p.households);
    if (!made) {
        (void)snprintf(fault, JK_JUDGE_TEXT, "not enough households for so many moves");
        return false;
    }
    shuffle(&p);
    return true;
}

void demo_plan_free(demo_plan *plan)
{
    free(plan->people);
    free(plan->moves);
    memset(plan, 0, sizeof *plan);
}

bool demo_expected(const demo_move *m)
{
    static const struct {
        demo_outcome outcome;
        unsigned reason;
    } wanted[DEMO_CASES] = {
        [DEMO_PLAIN] = {DEMO_DONE, 0},
        [DEMO_HELD] = {DEMO_DONE, 0},
        [DEMO_RIVAL] = {DEMO_REFUSED, JK_REASON_GRANTED_ELSEWHERE},
        [DEMO_NO_FILING] = {DEMO_REFUSED, JK_REASON_NO_FILING},
        [DEMO_TOO_LATE] = {DEMO_REFUSED, JK_REASON_TOO_LATE},
        [DEMO_STOP] = {DEMO_CANCELLED, JK_REASON_STOPPED_BY_OPERATOR},
        [DEMO_CANCEL_OUT] = {DEMO_CANCELLED, 0},
        [DEMO_REJECT] = {DEMO_REFUSED, JK_REASON_REJECTED_BY_CLERK},
        [DEMO_NO_CARD] = {DEMO_REFUSED, JK_REASON_CARD_INVALID},
        [DEMO_NO_PIN] = {DEMO_REFUSED, JK_REASON_PIN_LOCKED},
    };

    if (m->outcome == DEMO_PARKED ||
        (m->outcome == DEMO_REFUSED && m->reason == JK_REASON_UNREACHABLE)) {
        return true; /* a node was down for longer than the limits allow */
    }
    if (m->outcome == DEMO_DONE) {
        return wanted[m->kind].outcome == DEMO_DONE;
    }
    /* The reason is written down after the step; a node killed in between forgets it. */
    return m->outcome == wanted[m->kind].outcome &&
           (m->reason == wanted[m->kind].reason || m->reason == 0);
}
