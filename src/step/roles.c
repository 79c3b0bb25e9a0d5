/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all machines and links; src/core routes by it. */
#include "step/internal.h"

#include "movein.h"
#include "movein_cards.h"
#include "movein_dest_cs.h"
#include "movein_dest_registry.h"
#include "movein_identity.h"
#include "movein_names.h"
#include "movein_national.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "movein_prefecture.h"
#include "movein_terminal.h"
#include "reconcile.h"
#include "reconcile_cs_repair.h"
#include "reconcile_cs_round.h"
#include "reconcile_national_round.h"
#include "reconcile_prefecture_round.h"
#include "update.h"
#include "update_cs_update.h"
#include "update_national_update.h"
#include "update_prefecture_update.h"
#include "update_registry_update.h"

static const jk_core_machine machines[] = {
    {JK_MACHINE_TERMINAL, JK_ROLE_TERMINAL, &jk_movein_terminal_machine},
    {JK_MACHINE_DEST_CS, JK_ROLE_CS, &jk_movein_dest_cs_machine},
    {JK_MACHINE_DEST_REGISTRY, JK_ROLE_REGISTRY, &jk_movein_dest_registry_machine},
    {JK_MACHINE_ORIGIN_CS, JK_ROLE_CS, &jk_movein_origin_cs_machine},
    {JK_MACHINE_ORIGIN_REGISTRY, JK_ROLE_REGISTRY, &jk_movein_origin_registry_machine},
    {JK_MACHINE_PREFECTURE, JK_ROLE_PREFECTURE, &jk_movein_prefecture_machine},
    {JK_MACHINE_NATIONAL, JK_ROLE_NATIONAL, &jk_movein_national_machine},
    {JK_MACHINE_IDENTITY, JK_ROLE_NATIONAL, &jk_movein_identity_machine},
    {JK_MACHINE_CARDS, JK_ROLE_CARDS, &jk_movein_cards_machine},
    {JK_MACHINE_CS_ROUND, JK_ROLE_CS, &jk_reconcile_cs_round_machine},
    {JK_MACHINE_CS_REPAIR, JK_ROLE_CS, &jk_reconcile_cs_repair_machine},
    {JK_MACHINE_PREFECTURE_ROUND, JK_ROLE_PREFECTURE, &jk_reconcile_prefecture_round_machine},
    {JK_MACHINE_NATIONAL_ROUND, JK_ROLE_NATIONAL, &jk_reconcile_national_round_machine},
    {JK_MACHINE_CS_UPDATE, JK_ROLE_CS, &jk_update_cs_update_machine},
    {JK_MACHINE_PREFECTURE_UPDATE, JK_ROLE_PREFECTURE, &jk_update_prefecture_update_machine},
    {JK_MACHINE_NATIONAL_UPDATE, JK_ROLE_NATIONAL, &jk_update_national_update_machine},
    {JK_MACHINE_REGISTRY_UPDATE, JK_ROLE_REGISTRY, &jk_update_registry_update_machine},
};

static const jk_core_link links[] = {
    {JK_MOVEIN_LINK_TERMINAL_TO_DEST, JK_ROLE_TERMINAL, JK_ROLE_CS, JK_MACHINE_DEST_CS},
    {JK_MOVEIN_LINK_DEST_TO_TERMINAL, JK_ROLE_CS, JK_ROLE_TERMINAL, JK_MACHINE_TERMINAL},
    {JK_MOVEIN_LINK_DEST_TO_NATIONAL, JK_ROLE_CS, JK_ROLE_NATIONAL, JK_MACHINE_IDENTITY},
    {JK_MOVEIN_LINK_NATIONAL_TO_DEST, JK_ROLE_NATIONAL, JK_ROLE_CS, JK_MACHINE_DEST_CS},
    {JK_MOVEIN_LINK_DEST_TO_ORIGIN, JK_ROLE_CS, JK_ROLE_CS, JK_MACHINE_ORIGIN_CS},
    {JK_MOVEIN_LINK_ORIGIN_TO_DEST, JK_ROLE_CS, JK_ROLE_CS, JK_MACHINE_DEST_CS},
    {JK_MOVEIN_LINK_DEST_TO_REGISTRY, JK_ROLE_CS, JK_ROLE_REGISTRY, JK_MACHINE_DEST_REGISTRY},
    {JK_MOVEIN_LINK_REGISTRY_TO_DEST, JK_ROLE_REGISTRY, JK_ROLE_CS, JK_MACHINE_DEST_CS},
    {JK_MOVEIN_LINK_REGISTRY_TO_ORIGIN, JK_ROLE_REGISTRY, JK_ROLE_CS, JK_MACHINE_ORIGIN_CS},
    {JK_MOVEIN_LINK_ORIGIN_TO_REGISTRY, JK_ROLE_CS, JK_ROLE_REGISTRY, JK_MACHINE_ORIGIN_REGISTRY},
    {JK_MOVEIN_LINK_DEST_TO_CARDS, JK_ROLE_CS, JK_ROLE_CARDS, JK_MACHINE_CARDS},
    {JK_MOVEIN_LINK_CARDS_TO_DEST, JK_ROLE_CARDS, JK_ROLE_CS, JK_MACHINE_DEST_CS},
    {JK_MOVEIN_LINK_CS_TO_PREFECTURE, JK_ROLE_CS, JK_ROLE_PREFECTURE, JK_MACHINE_PREFECTURE},
    {JK_MOVEIN_LINK_PREFECTURE_TO_NATIONAL, JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL,
     JK_MACHINE_NATIONAL},
    {JK_RECONCILE_LINK_LOG_TO_PREFECTURE, JK_ROLE_CS, JK_ROLE_PREFECTURE,
     JK_MACHINE_PREFECTURE_ROUND},
    {JK_RECONCILE_LINK_LOG_TO_NATIONAL, JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL,
     JK_MACHINE_NATIONAL_ROUND},
    {JK_RECONCILE_LINK_CS_TO_PREFECTURE, JK_ROLE_CS, JK_ROLE_PREFECTURE,
     JK_MACHINE_PREFECTURE_ROUND},
    {JK_RECONCILE_LINK_CS_TO_NATIONAL, JK_ROLE_CS, JK_ROLE_NATIONAL, JK_MACHINE_NATIONAL_ROUND},
    {JK_RECONCILE_LINK_PREFECTURE_TO_CS, JK_ROLE_PREFECTURE, JK_ROLE_CS, JK_MACHINE_CS_ROUND},
    {JK_RECONCILE_LINK_NATIONAL_TO_CS, JK_ROLE_NATIONAL, JK_ROLE_CS, JK_MACHINE_CS_ROUND},
    {JK_RECONCILE_LINK_NATIONAL_TO_PREFECTURE, JK_ROLE_NATIONAL, JK_ROLE_PREFECTURE,
     JK_MACHINE_PREFECTURE_ROUND},
    {JK_RECONCILE_LINK_PREFECTURE_TO_REPAIR, JK_ROLE_PREFECTURE, JK_ROLE_CS, JK_MACHINE_CS_REPAIR},
    {JK_RECONCILE_LINK_NATIONAL_TO_REPAIR, JK_ROLE_NATIONAL, JK_ROLE_CS, JK_MACHINE_CS_REPAIR},
    {JK_UPDATE_LINK_REGISTRY_TO_CS, JK_ROLE_REGISTRY, JK_ROLE_CS, JK_MACHINE_CS_UPDATE},
    {JK_UPDATE_LINK_LOG_TO_PREFECTURE, JK_ROLE_CS, JK_ROLE_PREFECTURE,
     JK_MACHINE_PREFECTURE_UPDATE},
    {JK_UPDATE_LINK_LOG_TO_NATIONAL, JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL,
     JK_MACHINE_NATIONAL_UPDATE},
    {JK_UPDATE_LINK_PREFECTURE_TO_CS, JK_ROLE_PREFECTURE, JK_ROLE_CS, JK_MACHINE_CS_UPDATE},
    {JK_UPDATE_LINK_NATIONAL_TO_CS, JK_ROLE_NATIONAL, JK_ROLE_CS, JK_MACHINE_CS_UPDATE},
};

const jk_core_table jk_roles = {
    machines,
    sizeof machines / sizeof machines[0],
    links,
    sizeof links / sizeof links[0],
};

static const jk_protocol *const protocols[] = {&jk_movein_protocol, &jk_reconcile_protocol,
                                               &jk_update_protocol};

const jk_protocol *jk_protocol_of(uint16_t machine)
{
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        if (machine >= protocols[i]->first && machine <= protocols[i]->last) {
            return protocols[i];
        }
    }
    return NULL;
}
