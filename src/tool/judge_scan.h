/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for many byte strings in raw files at once; only the judge includes this. */
#ifndef JUKI_TOOL_JUDGE_SCAN_H
#define JUKI_TOOL_JUDGE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JUDGE_NEEDLE_MIN = 6 /* shorter ones would be found by chance */
};

typedef struct judge_scan judge_scan;

/* Called for each needle found, once a place. */
typedef void judge_found(void *arg, size_t needle);

/* NULL: no memory. */
judge_scan *judge_scan_new(void);
void judge_scan_free(judge_scan *scan);

/* Copies the needle (JUDGE_NEEDLE_MIN bytes or more); needles are numbered from 0.  false: no
 * memory, or too short. */
bool judge_scan_add(judge_scan *scan, const uint8_t *bytes, size_t size);

/* A file that is not there has nothing.  false: it cannot be read. */
bool judge_scan_file(const judge_scan *scan, const char *path, judge_found *found, void *arg);

#endif
