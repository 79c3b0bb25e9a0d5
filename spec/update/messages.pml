/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds, commands and links of the change feed.  One log per CS and resident, which allows every
 * order that one log allows.  In the envelope epoch is a position in the log. */

mtype:kind = {
    CHANGED,                     /* 1-3: the registry changed a record */
    UPDATE,                      /* 1-4, 1-5: the record, in the log */
    ENTRY_REFUSED                /* 1-4 ext: a server did not apply it (R1) */
};

/* CHANGE: what the clerk of a registry asks, or its loop for one of a mass correction.  TAKE: what
 * the loop of a CS says when the way to the prefecture is nearly empty. */
mtype:command = { CHANGE, TAKE };

#define LINK [CAPACITY] of { mtype:kind, envelope }
#define DESK [0] of { mtype:command, envelope }

chan desk_registry[NCS]     = DESK;
chan desk_feed[NCS]         = DESK;
chan registry_to_cs[NCS]    = LINK;
chan log_to_prefecture[NCS] = LINK;
chan log_to_national[NCS]   = LINK;
chan prefecture_to_cs[NCS]  = LINK;
chan national_to_cs[NCS]    = LINK;
