/* SPDX-License-Identifier: Apache-2.0 */
/* The switch that every mutant of a machine sits behind: all stand in the program, one is on.
 * Included before everything else in the mutated machines and in no other build. */
#ifndef JUKI_TESTS_MUTATE_MACHINES_SWITCH_H
#define JUKI_TESTS_MUTATE_MACHINES_SWITCH_H

#define JK_MUTANTS_MAX 65536

extern unsigned jk_mutant;       /* the one that is on; 0: none */
extern unsigned char *jk_living; /* a byte for each: nobody has noticed it yet */

void jk_mutant_reached(unsigned number);

/* Is mutant `number` on?  `differs`: here and now it would change a value. */
static inline int jk_mutant_on(unsigned number, int differs)
{
    if (jk_mutant == 0 && differs && jk_living[number] != 0) {
        jk_mutant_reached(number);
    }
    return jk_mutant == number;
}

#endif
