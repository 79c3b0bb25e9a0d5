/* SPDX-License-Identifier: Apache-2.0 */
/* The sample's test.  With SAMPLE_FAILS in the environment it fails without any mutant. */
#include "src/tally.h"

#include <stddef.h>
#include <stdlib.h>

int main(void)
{
    static const unsigned char bytes[] = {1, 5, 9, 5};
    bool good = sample_tally(bytes, bytes + sizeof bytes, 4) == 3;
    good = good && getenv("SAMPLE_FAILS") == NULL;
    good = good && sample_tally(bytes, bytes + sizeof bytes, 5) == 1;
    good = good && sample_tally(NULL, NULL, 5) == -1;
    good = good && sample_weekday(1) && !sample_weekday(0) && !sample_weekday(9);
    return good ? 0 : 1;
}
