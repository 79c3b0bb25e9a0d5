/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of the library, with its unit and its reason. */
#ifndef JUKI_LIMITS_H
#define JUKI_LIMITS_H

#define JK_MEMBERS_MAX       16    /* members of a household case; domain: larger ones split */
#define JK_BODY_SIZE_MAX     16384 /* bytes of an envelope's body: 16 sealed certificates */
#define JK_ENVELOPE_SIZE_MAX 17408 /* bytes of an encoded envelope: body plus header fields */
#define JK_PERSON_SIZE_MAX   4096  /* bytes of an encoded Person: a register row's room */
#define JK_CERT_SIZE_MAX     4000  /* bytes of an encoded Certificate, so that it can be sealed */
#define JK_LIST_OVERHEAD     12    /* bytes of one member of a list around its data, at most */
#define JK_BODY_OVERHEAD     64    /* bytes of a body around its list, at most */
#define JK_SEALED_SIZE_MAX   4200  /* bytes of one member's sealed Certificate */
#define JK_WINDOW_MAX        64    /* unacknowledged messages a sender keeps on the wire */
#define JK_OUTBOX_MAX        1024  /* unacknowledged messages per link before a step is refused */
#define JK_GROUP_STEPS_MAX   64    /* steps gathered in one commit */
#define JK_NAME_SIZE_MAX     801   /* bytes with NUL: 100 code points, each with a selector */
#define JK_ADDRESS_SIZE_MAX  1601  /* bytes with NUL: 200 code points */
#define JK_KANA_SIZE_MAX     601   /* bytes with NUL: 200 code points of 3 bytes */
#define JK_TEXT_SIZE_MAX     401   /* bytes with NUL: 50 code points */
#define JK_MACHINE_SIZE_MAX  256   /* bytes of the largest machine struct */
#define JK_ACTIONS_MAX       16    /* actions of one step; jkgen proves each role's own maximum */

#endif
