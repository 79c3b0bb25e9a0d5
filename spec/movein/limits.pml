/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a check.  A check file may set them before it includes movein.pml. */
#ifndef NMEMBER
#define NMEMBER 1 /* members of the household case: 1 or 2 */
#endif
#ifndef NDEST
#define NDEST 1 /* destinations that compete for it: 1 or 2; each makes one transaction */
#endif
#ifndef SAME_PREFECTURE
#define SAME_PREFECTURE 0 /* 1: destination 0 and the origin share a prefecture */
#endif

#define ALL      ((1 << NMEMBER) - 1)
#define ORIGIN   NDEST       /* the origin's number among the CS: after the destinations */
#define NCS      (NDEST + 1)
#define START_EPOCH 1        /* epoch of the residence that the case moves away from */
#define CAPACITY 3           /* of a link; asserted, so it hides nothing */
