/* SPDX-License-Identifier: Apache-2.0 */
/* Names of machines, states and inputs, for logs, auditors and `juki tx show`. */
#include "movein_names.h"
#include "reconcile_names.h"
#include "step/roles.h"
#include "transport_names.h"
#include "update_names.h"

typedef struct machine_words {
    uint16_t id;
    const char *name;
    const jk_envelope_machine_names *words;
} machine_words;

static const machine_words machines[] = {
    {JK_MACHINE_TERMINAL, "movein_terminal", &jk_movein_terminal_names},
    {JK_MACHINE_DEST_CS, "movein_dest_cs", &jk_movein_dest_cs_names},
    {JK_MACHINE_DEST_REGISTRY, "movein_dest_registry", &jk_movein_dest_registry_names},
    {JK_MACHINE_ORIGIN_CS, "movein_origin_cs", &jk_movein_origin_cs_names},
    {JK_MACHINE_ORIGIN_REGISTRY, "movein_origin_registry", &jk_movein_origin_registry_names},
    {JK_MACHINE_PREFECTURE, "movein_prefecture", &jk_movein_prefecture_names},
    {JK_MACHINE_NATIONAL, "movein_national", &jk_movein_national_names},
    {JK_MACHINE_IDENTITY, "movein_identity", &jk_movein_identity_names},
    {JK_MACHINE_CARDS, "movein_cards", &jk_movein_cards_names},
    {JK_MACHINE_CS_ROUND, "reconcile_cs_round", &jk_reconcile_cs_round_names},
    {JK_MACHINE_CS_REPAIR, "reconcile_cs_repair", &jk_reconcile_cs_repair_names},
    {JK_MACHINE_PREFECTURE_ROUND, "reconcile_prefecture_round",
     &jk_reconcile_prefecture_round_names},
    {JK_MACHINE_NATIONAL_ROUND, "reconcile_national_round", &jk_reconcile_national_round_names},
    {JK_MACHINE_CS_UPDATE, "update_cs_update", &jk_update_cs_update_names},
    {JK_MACHINE_PREFECTURE_UPDATE, "update_prefecture_update", &jk_update_prefecture_update_names},
    {JK_MACHINE_NATIONAL_UPDATE, "update_national_update", &jk_update_national_update_names},
    {JK_MACHINE_REGISTRY_UPDATE, "update_registry_update", &jk_update_registry_update_names},
};

static const machine_words *words_of(uint16_t id)
{
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (machines[i].id == id) {
            return &machines[i];
        }
    }
    return NULL;
}

const char *jk_machine_name(uint16_t id)
{
    if (id == JK_MACHINE_SENDER) {
        return "transport_sender";
    }
    if (id == JK_MACHINE_RECEIVER) {
        return "transport_receiver";
    }
    const machine_words *words = words_of(id);
    return words == NULL ? "?" : words->name;
}

const char *jk_machine_state_name(uint16_t id, uint16_t state)
{
    if (id == JK_MACHINE_SENDER) {
        return jk_transport_sender_names.state(state);
    }
    if (id == JK_MACHINE_RECEIVER) {
        return jk_transport_receiver_names.state(state);
    }
    const machine_words *words = words_of(id);
    return words == NULL ? "?" : words->words->state(state);
}

const char *jk_machine_input_name(uint16_t id, uint16_t input)
{
    const machine_words *words = words_of(id);
    return words == NULL ? "?" : words->words->input(input);
}

const char *jk_machine_timer_name(uint16_t id, uint16_t timer)
{
    const machine_words *words = words_of(id);
    return words == NULL ? "?" : words->words->timer(timer);
}
