/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic households of the measured towns: what nodes know of them beforehand, and the bodies
 * that desks hand in.  A person is a number, so that everything about it can be made again. */
#ifndef BENCH_LIB_PEOPLE_H
#define BENCH_LIB_PEOPLE_H

#include "juki/codec.h"
#include "port/store.h"

#define PEOPLE_HOUSEHOLD 4              /* numbers kept for each household; 1..4 are in use */
#define PEOPLE_TODAY     INT64_C(20500) /* the legal day of every run, days since 1970-01-01 */

/* Members of that household: 1, 2, 3, 4, 1, ... */
int people_count(unsigned household);

void people_code(unsigned person, char code[12]);

/* Puts into the store of a node of that role what it holds of a person who lives in municipality
 * `home` (six digits) before anything happens.  Only inside a step of a group. */
bool people_put(jk_store *store, const jk_node_id *self, unsigned person, const char *home);

/* The bodies of a moving-out filing and of a move-in's two requests; false: no room. */
bool people_filed(unsigned household, const char *home, jk_codec_bytes *body);
bool people_verify(unsigned household, jk_codec_bytes *body);
bool people_request(unsigned household, const char *home, jk_codec_bytes *body);

#endif
