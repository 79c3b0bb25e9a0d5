/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of members inside a body: kept as bytes in the C structs, walked here. */
#ifndef JK_CODEC_MEMBERS_H
#define JK_CODEC_MEMBERS_H

#include "scan.h"

/* Whom a body names: a list of members gives their mask, resident codes only their number. */
typedef struct jk_members_named {
    bool listed;
    jk_members mask;
    size_t residents;
} jk_members_named;

/* Checks the list of a scanned message, if it has one, with the data of every member.  named may
 * be NULL. */
JK_MUST_USE jk_status jk_members_check(const jk_scan *scan, const jk_wire_type *type,
                                       jk_members_named *named);

/* Whether the body names the members of the envelope. */
JK_MUST_USE jk_status jk_members_agree(const jk_envelope *envelope, const jk_members_named *named,
                                       jk_codec_error *error);

#endif
