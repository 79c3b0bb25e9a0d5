/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds, for the codec itself; what others may know is in juki/envelope.h. */
#ifndef JK_CODEC_KINDS_H
#define JK_CODEC_KINDS_H

#include "juki/codec.h"

#include <names.h>

/* Whether two names are the same but for case, '-' and '_'. */
bool jk_name_alike(const char *a, const char *b);

#endif
