/* SPDX-License-Identifier: Apache-2.0 */
/* Names of machines, states and inputs, for logs, auditors and `juki tx show`. */
#include "movein_cards_names.h"
#include "movein_dest_cs_names.h"
#include "movein_dest_registry_names.h"
#include "movein_identity_names.h"
#include "movein_national_names.h"
#include "movein_origin_cs_names.h"
#include "movein_origin_registry_names.h"
#include "movein_prefecture_names.h"
#include "movein_terminal_names.h"
#include "step/roles.h"
#include "transport_receiver_names.h"
#include "transport_sender_names.h"
