/* SPDX-License-Identifier: Apache-2.0 */
/* What the sample's test asks of the sample. */
#ifndef SAMPLE_TALLY_H
#define SAMPLE_TALLY_H

#include <stdbool.h>

/* How many of the bytes from `begin` to before `end` are larger than `limit`; -1: begin is NULL. */
int sample_tally(const unsigned char *begin, const unsigned char *end, int limit);

/* Does the number lie in the week? */
bool sample_weekday(int day);

/* Never called by the test. */
int sample_unused(int value);

#endif
