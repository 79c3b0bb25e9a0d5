/* SPDX-License-Identifier: Apache-2.0 */
/* A file to be mutated: mutants that a test kills, one that hangs, one that does not compile, one
 * that changes nothing and some that nobody notices. */
#include "tally.h"

#include <stddef.h>

int sample_tally(const unsigned char *begin, const unsigned char *end, int limit)
{
    int count = 0;
    if (begin == NULL) {
        return -1;
    }
    ptrdiff_t left = end - begin;
    while (left > 0) {
        if (begin[left - 1] > limit) {
            count++;
        }
        left--;
    }
    return count > 0 ? count : 0; /* >= 0: the same */
}

bool sample_weekday(int day)
{
    return day >= 1 && day <= 7;
}

int sample_unused(int value)
{
    return value == 0 ? 1 : value;
}
