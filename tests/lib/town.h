/* SPDX-License-Identifier: Apache-2.0 */
/* Two municipalities in a world, with synthetic residents, and the desks' commands: the fixture of
 * every test of the special move-in. */
#ifndef TESTS_LIB_TOWN_H
#define TESTS_LIB_TOWN_H

#include "lib/world.h"

#define TOWN_RESIDENTS 4              /* unless it is opened with more */
#define TOWN_HOUSEHOLD 16             /* the largest */
#define TOWN_SPARE     TOWN_RESIDENTS /* of town.code: a code that is nobody's at the start */

typedef struct town {
    world *w;
    world_node *national;
    world_node *cards;
    world_node *prefecture[2];
    world_node *cs[3]; /* 0 is where the residents live; 1 another prefecture, 2 the same one */
    world_node *registry[3];
    world_node *terminal[3];
    int residents;
    char code[TOWN_HOUSEHOLD + 1][12];
} town;

/* The legal day on which every test starts. */
#define TOWN_TODAY INT64_C(20500)

/* false: something of the fixture failed. */
bool town_open(town *t, uint64_t seed, const world_faults *faults);
void town_close(town *t);

/* A calm world in which sixteen live at municipality 0. */
bool town_open_large(town *t);

/* The same on SQLite files in a folder that exists and is empty. */
bool town_open_on_disk(town *t, uint64_t seed, const world_faults *faults, const char *folder);

/* The same on stores that somebody else opens. */
bool town_open_on(town *t, uint64_t seed, const world_faults *faults, const world_disk *disk);

/* In a calm world whose stores fail at every operation, once each (world_trials). */
bool town_open_on_trial(town *t, uint64_t seed, jk_status failure);

/* A moving-out filing of `count` residents from `first` on at municipality `home`; the case. */
typedef struct town_filing {
    int home;
    int first;
    int count;
    int64_t planned_day;
} town_filing;

jk_status town_file(town *t, const town_filing *filing, jk_token *case_id);
/* The same of the first `count` residents at municipality 0. */
jk_status town_file_out(town *t, int count, int64_t planned_day, jk_token *case_id);
jk_status town_cancel_out(town *t, const jk_token *case_id);

/* 3-①: the members `first`..`first + count - 1` move in at municipality `dest`; the txn. */
jk_status town_move_in(town *t, int dest, int first, int count, jk_token *txn);

/* The same with another moving day, or with what the card reader says. */
typedef struct town_request {
    int dest;
    int first;
    int count;
    int64_t moved_in_day;
    bool card_usable;
    bool pin_verified;
    int origin; /* the municipality that is asked */
} town_request;

jk_status town_request_move_in(town *t, const town_request *request, jk_token *txn);
jk_status town_stop(town *t, int dest, const jk_token *txn);

/* The clerk of municipality `dest` enters or rejects what lies on the desk; how many there were. */
int town_clerk(town *t, int dest, bool enter);

/* M17: the registry of `home` reports that the member of the case died on that day. */
typedef struct town_death {
    int home;
    int member;
    int resident;
    int64_t day;
} town_death;

jk_status town_die(town *t, const town_death *death, const jk_token *case_id);

/* Law C12: the clerk of municipality 0 asks that the member, who has that code, gets the other. */
jk_status town_recode(town *t, const jk_token *case_id, int member, const char *code,
                      const char *next);

/* M12: the clerk of municipality `dest` decides what the origin disputes: "retry", "withdraw", or
 * "correct" with a new address. */
jk_status town_choose(town *t, int dest, const jk_token *txn, const char *choice);

/* M12: the operator of municipality 0's CS states why he will dispute the member; 0: he will not.
 */
jk_status town_dispute(town *t, const jk_token *case_id, int member, uint16_t reason);

/* M3: two persons end the grant of the case at municipality 0's CS. */
jk_status town_override(town *t, const jk_token *case_id);

/* M13: the operator at `dest` gives a parked 3-① up; ends a parked 3-⑥ without the card. */
jk_status town_give_up(town *t, int dest, const jk_token *txn);
jk_status town_end_without_card(town *t, int dest, const jk_token *txn);

/* The card's state at the card management system (juki/person.h). */
bool town_card(town *t, int resident, uint8_t state);

/* Runs with clerks who enter everything, until nothing moves any more. */
bool town_settle(town *t);

/* The name of a machine's state at a node; "-" when it has no row. */
const char *town_state(const world_node *node, uint16_t machine, const jk_token *key);

/* Who is current where: bit n for municipality n, by its registry's row. */
unsigned town_registers(town *t, int resident);

/* The municipality that national (or a prefecture) shows: 0..2, -1 nobody. */
int town_shown(town *t, world_node *server, int resident);

/* One resident, one register, and the servers agree. */
bool town_promise(town *t, int resident);

#endif
