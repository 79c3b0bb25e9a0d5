/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a check. */
#define CAPACITY 4
#define ROOMS 3 /* two rooms, a bit each */
