/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all machines: one line each, with what binds it to the host. */
#ifndef JUKI_STEP_ROLES_H
#define JUKI_STEP_ROLES_H

#include "core/core.h"

/* Numbers of machines in store rows and logs.  Never re-used. */
typedef enum jk_machine_id {
    JK_MACHINE_SENDER = 1,
    JK_MACHINE_RECEIVER = 2,
    JK_MACHINE_TERMINAL = 11,
    JK_MACHINE_DEST_CS = 12,
    JK_MACHINE_DEST_REGISTRY = 13,
    JK_MACHINE_ORIGIN_CS = 14,
    JK_MACHINE_ORIGIN_REGISTRY = 15,
    JK_MACHINE_PREFECTURE = 16,
    JK_MACHINE_NATIONAL = 17,
    JK_MACHINE_IDENTITY = 18,
    JK_MACHINE_CARDS = 19,
    JK_MACHINE_CS_ROUND = 31,
    JK_MACHINE_CS_REPAIR = 32,
    JK_MACHINE_PREFECTURE_ROUND = 33,
    JK_MACHINE_NATIONAL_ROUND = 34,
    JK_MACHINE_CS_UPDATE = 41,
    JK_MACHINE_PREFECTURE_UPDATE = 42,
    JK_MACHINE_NATIONAL_UPDATE = 43,
    JK_MACHINE_REGISTRY_UPDATE = 44
} jk_machine_id;

extern const jk_core_table jk_roles;

/* "movein_dest_cs"; "?" for an unknown number. */
const char *jk_machine_name(uint16_t id);

/* "WAIT_CERT"; "?" for an unknown one. */
const char *jk_machine_state_name(uint16_t id, uint16_t state);

/* "CERT", "EXPIRE_CERT_DUE"; "?" for an unknown one. */
const char *jk_machine_input_name(uint16_t id, uint16_t input);

/* "cert_due"; "?" for an unknown one. */
const char *jk_machine_timer_name(uint16_t id, uint16_t timer);

#endif
