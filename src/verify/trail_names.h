/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a log of events that the replay itself does not have. */
#ifndef JUKI_VERIFY_TRAIL_NAMES_H
#define JUKI_VERIFY_TRAIL_NAMES_H

#include "trail.h"

/* Numbers of reasons become their names, roles get their places, and the links are listed. */
void jk_trail_find_names(jk_trail *trail, const jk_trail_source *source);

#endif
