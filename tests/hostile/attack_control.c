/* SPDX-License-Identifier: Apache-2.0 */
/* Controls of the harness itself: each of these judges what is legal as if it were an attack, or
 * expects a bound that the node does not have. Every one must be blamed, or the harness sees
 * nothing. */
#include "siege.h"

#include "movein.h"

#include <names.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A node without the check of senders would take this message as this node takes this legal one. */
static void legal_message(siege *s)
{
    static jk_wire_CertRequest request;
    siege_host *we = siege_host_of(s, "cs-131024");
    siege_host *they = siege_host_of(s, "cs-141003");
    jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_CERT_REQUEST, we, they);
    envelope.case_id = (jk_token){{0}};
    memcpy(request.origin_municipality_code, they->id.code, 7);
    request.resident_code_count = 1;
    memcpy(request.resident_code[0], "12345678903", 12);
    request.filing_day = 20544;
    request.moved_in_day = 20544;
    memcpy(request.new_address, "A", 2);
    if (siege_link(s, we->name, they->name) && siege_body(s, &envelope, &request)) {
        siege_refused_envelope(s, they, &envelope, JK_E_PEER_POLICY, "a legal message");
    }
}

/* Rows that changed, with the answer that was expected. */
static void changed_rows(siege *s)
{
    siege_host *they = siege_host_of(s, "cs-141003");
    (void)siege_snapshot_of(they, &s->before);
    s->before.hash[1][0] ^= 1;
    siege_unchanged(s, they, 0);
}

static void another_rule(siege *s)
{
    siege_host *we = siege_host_of(s, "cs-131024");
    siege_host *they = siege_host_of(s, "cs-141003");
    const jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_STOP, we, they);
    if (siege_link(s, we->name, they->name)) {
        siege_refused_envelope(s, they, &envelope, JK_E_PEER_POLICY, "refused, by another rule");
    }
}

/* An honest dial, as if the policy forbade it. */
static void taken_dial(siege *s)
{
    const siege_host *we = siege_host_of(s, "cs-131024");
    const siege_host *they = siege_host_of(s, "cs-141003");
    (void)siege_check(s, !peer_dial(&s->p, we->keys, &they->id, they->port), "taken");
}

/* A deadline that is thrice as long as the node's. */
static void early_end(siege *s)
{
    s->deadlines[0] *= 3;
    attacks_slow[0].run(s);
    s->deadlines[0] /= 3;
}

static void dead_process(siege *s)
{
    siege_host *they = siege_host_of(s, "cs-141003");
    const int pid = they->pid;
    (void)siege_snapshot_of(they, &s->before);
    they->pid = 999999999;
    siege_unchanged(s, they, 0);
    they->pid = pid;
}

/* A log with eight bytes of a key, as hex digits. */
static void planted_key(siege *s)
{
    char path[512];
    char hex[17];
    (void)snprintf(path, sizeof path, "%s/planted.log", s->folder);
    (void)sodium_bin2hex(hex, sizeof hex, s->hosts[0].keys->seal.secret + 16, 8);
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        (void)fprintf(file, "t=1 event=closed what=\"%s\"\n", hex);
        (void)fclose(file);
        leaks_in(s, "planted");
        (void)remove(path);
    }
}

const siege_attack attacks_control[] = {
    {"a-legal-message", legal_message},
    {"changed-rows", changed_rows},
    {"another-rule", another_rule},
    {"a-taken-dial", taken_dial},
    {"an-early-end", early_end},
    {"a-wrong-bound", flood_wrong_bound},
    {"a-dead-process", dead_process},
    {"a-planted-key", planted_key},
    {NULL, NULL},
};
