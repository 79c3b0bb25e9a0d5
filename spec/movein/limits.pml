/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a check.  A check file may set them before it includes movein.pml; checks.tsv sets
 * them for each row. */
#ifndef NMEMBER
#define NMEMBER 1 /* members of the household case: 1 or 2 */
#endif
#ifndef NDEST
#define NDEST 1 /* destinations that compete for it: 1 or 2; each makes one transaction */
#endif
#ifndef SAME_PREFECTURE
#define SAME_PREFECTURE 0 /* 1: the last destination and the origin share a prefecture */
#endif

#define ALL      ((1 << NMEMBER) - 1)
#define ORIGIN   NDEST       /* the origin's number among the CS: after the destinations */
#define NCS      (NDEST + 1)
#define START_EPOCH 2        /* highest epoch of the residences that the case moves away from */
#ifndef CAPACITY
#ifdef WITH_RECODE
#define CAPACITY 6           /* the old residence ends and begins anew, and may so again */
#elif defined(WITH_DEATH)
#define CAPACITY 4           /* of a link; asserted, so it hides nothing */
#else
#define CAPACITY 3
#endif
#endif

/* The origin is in prefecture 0. */
#define PREFECTURE_OF(CS) ((CS) < NDEST - SAME_PREFECTURE)

/* Which timers ever expire: NO_DEADLINES keeps the limits of 3-1 and 3-3 at the destination's CS
 * from expiring, NO_PLANNED_DATE the day on which the origin removes.  Each hides defects from the
 * other, so both are run.  WITH_PARKING: the limits of 3-5 and 3-6 expire, WITH_STATUS: the origin
 * asks a silent holder. */
#define MAY_EXPIRE(NAME)   NAME##_comes
#ifdef NO_DEADLINES
#define verify_due_comes   false
#define cert_due_comes     false
#else
#define verify_due_comes   true
#define cert_due_comes     true
#endif
#ifdef NO_PLANNED_DATE
#define planned_date_comes false
#else
#define planned_date_comes true
#endif
#ifdef WITH_PARKING
#define notice_due_comes   true
#define card_due_comes     true
#else
#define notice_due_comes   false
#define card_due_comes     false
#endif
#ifdef WITH_STATUS
#define status_due_comes   true
#else
#define status_due_comes   false
#endif
