/* SPDX-License-Identifier: Apache-2.0 */
/* The switch that every mutant sits behind.  Included before everything else in the mutated build
 * and in no other. */
#ifndef JUKI_TESTS_MUTATE_SWITCH_H
#define JUKI_TESTS_MUTATE_SWITCH_H

#define JK_MUTANTS_MAX 131072

extern unsigned jk_mutant;       /* the one that is on, 0 for none: JK_MUTANT */
extern unsigned char *jk_places; /* a byte for each mutant that was reached: JK_MUTANT_PLACES */

/* Is mutant `number` on?  `differs`: here and now it would change a value. */
static inline int jk_mutant_on(unsigned number, int differs)
{
    if (differs) {
        jk_places[number] = 1;
    }
    return jk_mutant == number;
}

#endif
