/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic residents for real municipality codes, and the file that carries them.
 *
 * Making: person i of (seed, municipality) is a pure function; nothing is stored, so a population
 * can be of any size.  A population of n people starts with the same people as one of more.
 * Codes and numbers have right check digits and are never used twice within a seed, also across
 * municipalities.  Nobody here exists; a number that is right in form may be anyone's. */
#ifndef JK_SIM_POPULATION_H
#define JK_SIM_POPULATION_H

#include "juki/person.h"
#include "juki/status.h"

enum {
    JK_POPULATION_MUNICIPALITIES_MAX = 1741,
    JK_POPULATION_RESIDENTS_MAX = 5000000, /* of one municipality; 1,741 times that fit 10 digits */
    JK_POPULATION_HOUSEHOLD_MAX = 6,       /* members */
    JK_POPULATION_LINE_MAX = 16384,        /* bytes of a line of a file, without its newline */
    JK_POPULATION_COLUMNS = 23
};

typedef struct jk_population_options {
    uint64_t seed;
    const char *const *codes; /* borrowed during open: code_count x six digits and a NUL */
    size_t code_count;        /* 1..JK_POPULATION_MUNICIPALITIES_MAX */
    uint64_t residents;       /* of all together, shared out evenly, the first get one more */
    jk_date as_of;            /* the day on which ages are counted; all 0: 2026-01-01 */
} jk_population_options;

/* Caller's memory; needs no closing.  The fields are private. */
typedef struct jk_population {
    uint8_t stream_key[32];
    uint8_t code_key[16];
    uint8_t number_key[16];
    jk_date as_of;
    uint64_t residents;
    uint64_t next; /* of the municipality at `slot` */
    size_t slot;
    size_t count;
    uint16_t municipality[JK_POPULATION_MUNICIPALITIES_MAX]; /* index in the table */
} jk_population;

/* JK_E_USAGE: no code, or too many.  JK_E_MUNICIPALITY_CODE: one that is not in the list.
 * JK_E_CONFLICT: one that stands twice.  JK_E_RANGE: too many residents for one municipality.
 * JK_E_DATE: as_of is no full date of 1980 or later. */
JK_MUST_USE jk_status jk_population_open(jk_population *population,
                                         const jk_population_options *options);

/* The next person, municipality by municipality; false at the end. */
bool jk_population_next(jk_population *population, jk_person *person);

/* Person `index` (from 0) of a municipality, whether or not the population was opened for it.
 * JK_E_MUNICIPALITY_CODE, JK_E_RANGE. */
JK_MUST_USE jk_status jk_population_person(const jk_population *population, const char *code,
                                           uint64_t index, jk_person *person);

/* --- the file: UTF-8, tab-separated, one header line, one person a line --- */

/* Names of the columns, in their order: the header line. */
extern const char *const jk_population_columns[JK_POPULATION_COLUMNS];

/* Words of the column `card`: "none", "in_operation", ...; NULL when out of the list. */
const char *jk_population_card_name(uint8_t card_state);

typedef struct jk_population_file {
    const char *path;
    bool any_resident_digit; /* do not judge the check digit of resident record codes */
} jk_population_file;

/* One thing that is wrong.  It never holds a value of the file. */
typedef struct jk_population_finding {
    uint64_t line;     /* from 1; the header is line 1 */
    const char *field; /* a column's name, "header" or "line" */
    const char *rule;  /* what it breaks, in words */
    jk_status status;
} jk_population_finding;

typedef void jk_population_finding_fn(void *arg, const jk_population_finding *finding);

/* Judges a whole file and tells every finding.  JK_OK: none.  Else the status of the first, or
 * JK_E_FILE, JK_E_IO, JK_E_MEMORY; the fault says where.  residents: people in it, if JK_OK. */
JK_MUST_USE jk_status jk_population_check(const jk_population_file *file,
                                          jk_population_finding_fn *tell, void *arg,
                                          uint64_t *residents, jk_fault *fault);

/* Anything but JK_OK ends the reading with that status. */
typedef jk_status jk_population_person_fn(void *arg, const jk_person *person);

/* Gives every person of a file, in its order, after the whole file was found good: a file with a
 * finding gives nobody.  Statuses as above, or what take returned. */
JK_MUST_USE jk_status jk_population_read(const jk_population_file *file,
                                         jk_population_person_fn *take, void *arg, jk_fault *fault);

#endif
