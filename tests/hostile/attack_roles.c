/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong roles: who may dial whom, and every kind from every role to every role.  The oracles are
 * the table below and the page spec/wire/README.md, not the node's own tables. */
#include "siege.h"

#include <names.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- who dials --- */

/* Everybody whose keys we have against every node that listens; what is not here is refused. */
static const char *const may_dial[][2] = {
    {"terminal-131016.1", "cs-131016"},
    {"registry-131016.1", "cs-131016"},
    {"cs-131016.1", "cs-141003"},
    {"cs-131016.1", "prefecture-130001"},
    {"cs-131016.1", "national-000000"},
    {"cs-131016.1", "cards-000000"},
    {"cs-131024", "cs-141003"},
    {"cs-131024", "prefecture-130001"},
    {"cs-131024", "national-000000"},
    {"cs-131024", "cards-000000"},
    {"prefecture-130001.1", "national-000000"},
};

/* A name of the table stands for its further units too. */
static bool is_named(const char *entry, const char *name)
{
    const size_t size = strlen(entry);
    return strncmp(entry, name, size) == 0 && (name[size] == '\0' || name[size] == '.');
}

static bool dial_is_allowed(const char *who, const char *victim)
{
    for (size_t i = 0; i < sizeof may_dial / sizeof may_dial[0]; i++) {
        if (is_named(may_dial[i][0], who) && strcmp(may_dial[i][1], victim) == 0) {
            return true;
        }
    }
    return false;
}

/* The library of an honest initiator would not even begin; ours takes the policy's answer for a
 * moment by naming itself something that may. */
static bool shakes(siege *s, const siege_host *who, const siege_host *victim)
{
    static jk_keys liar;
    liar = *who->keys;
    peer *p = &s->p;
    peer_end(p);
    if (siege_dials(who, victim)) {
        return peer_dial(p, who->keys, &victim->id, victim->port);
    }
    /* A name that may dial it, but the certificates that we have. */
    for (size_t i = 0; i < s->host_count; i++) {
        if (siege_dials(&s->hosts[i], victim)) {
            liar.id = s->hosts[i].id;
        }
    }
    return peer_dial(p, &liar, &victim->id, victim->port);
}

static void everybody_dials(siege *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        for (size_t j = 0; j < s->host_count; j++) {
            siege_host *who = &s->hosts[i];
            siege_host *victim = &s->hosts[j];
            if (who->pid != 0 || victim->pid == 0 || victim->id.role == JK_ROLE_TERMINAL ||
                victim->id.role == JK_ROLE_REGISTRY) {
                continue;
            }
            const long log = siege_log_size(s, victim);
            const bool allowed = dial_is_allowed(who->name, victim->name);
            (void)siege_check(s, shakes(s, who, victim) == allowed, "%s dials %s: %s", who->name,
                              victim->name, allowed ? "refused" : "taken");
            if (!allowed) {
                (void)siege_check(s, s->p.closed, "%s is not sent away", who->name);
                (void)siege_check(s, siege_logged(s, victim, log, "status=E_PEER_POLICY"),
                                  "%s did not say why", victim->name);
            }
            peer_end(&s->p);
        }
    }
}

/* A certificate for one name, the channel key of another: both valid, not together. */
static void borrowed_certificates(siege *s)
{
    static jk_keys mixed;
    const siege_host *a = siege_host_of(s, "cs-131024");
    const siege_host *b = siege_host_of(s, "cs-131016.1");
    const siege_host *victim = siege_host_of(s, "cs-141003");
    if (a == NULL || b == NULL || victim == NULL) {
        return;
    }
    mixed = *a->keys;
    memcpy(mixed.node_certificate, b->keys->node_certificate, sizeof mixed.node_certificate);
    (void)siege_check(s, !peer_dial(&s->p, &mixed, &victim->id, victim->port),
                      "another node's node certificate is taken");
    mixed = *a->keys;
    memcpy(mixed.channel_certificate, b->keys->channel_certificate,
           sizeof mixed.channel_certificate);
    (void)siege_check(s, !peer_dial(&s->p, &mixed, &victim->id, victim->port),
                      "another node's channel certificate is taken");
    mixed = *b->keys;
    mixed.channel = a->keys->channel;
    (void)siege_check(s, !peer_dial(&s->p, &mixed, &victim->id, victim->port),
                      "certificates without their key are taken");
    peer_end(&s->p);
}

/* --- every kind --- */

static const char *const links[][2] = {
    {"terminal-131016.1", "cs-131016"},
    {"registry-131016.1", "cs-131016"},
    {"cs-131024", "cs-131016"},
    {"prefecture-130001.1", "cs-131016"},
    {"national-000000.1", "cs-131016"},
    {"cards-000000.1", "cs-131016"},
    {"cs-131024", "cs-141003"},
    {"cs-131024", "prefecture-130001"},
    {"national-000000.1", "prefecture-130001"},
    {"cs-131024", "national-000000"},
    {"prefecture-130001.1", "national-000000"},
    {"cs-131024", "cards-000000"},
    {"cs-131016.1", "registry-131016"},
    {"cs-131016.1", "terminal-131016"},
};

static void one_kind(siege *s, siege_host *who, siege_host *victim, unsigned kind)
{
    static const uint8_t rubbish[] = {0xff, 0xff, 0xff, 0x7f};
    static siege_message message;
    jk_envelope envelope = siege_envelope(s, kind, who, victim);
    if (who->id.role == JK_ROLE_PREFECTURE && jk_kind_forwarded((uint16_t)kind)) {
        envelope.author = (jk_node_id){JK_ROLE_CS, "131024", 0}; /* it only hands on */
    }
    const jk_wire_type *type = jk_codec_body_type((uint16_t)kind);
    const bool has_body = type != NULL && type->count > 0;
    if (has_body) {
        envelope.body = (jk_span){rubbish, sizeof rubbish};
    }
    char what[96];
    (void)snprintf(what, sizeof what, "%s says %s to %s", who->name, jk_kind_name((uint16_t)kind),
                   victim->name);
    if (!siege_may_say(s, kind, who->id.role, victim->id.role)) {
        siege_refused_envelope(s, victim, &envelope, JK_E_ROUTE, what);
    } else if (has_body) {
        siege_refused_envelope(s, victim, &envelope, JK_E_UNKNOWN_FIELD, what);
    } else if (siege_encode(s, &envelope, &message)) {
        /* A legal word about a transaction that nobody knows: its machine decides by name. */
        const jk_status answer =
            peer_tell(&s->p, s->p.next++, (jk_span){message.bytes, message.size});
        (void)siege_check(s, answer == JK_OK || answer == JK_E_UNEXPECTED, "%s: %s", what,
                          jk_status_name(answer));
        (void)siege_settled(s, victim);
    }
}

static void every_kind(siege *s)
{
    unsigned cells = 0;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        siege_host *who = siege_host_of(s, links[i][0]);
        siege_host *victim = siege_host_of(s, links[i][1]);
        if (who == NULL || victim == NULL || !siege_link(s, who->name, victim->name)) {
            continue;
        }
        for (size_t k = 0; jk_kind_at(k) != 0; k++) {
            one_kind(s, who, victim, jk_kind_at(k));
            cells++;
        }
        peer_end(&s->p);
    }
    (void)siege_check(s, cells >= 14U * 39U, "only %u cells", cells);
}

const siege_attack attacks_roles[] = {
    {"everybody-dials", everybody_dials},
    {"borrowed-certificates", borrowed_certificates},
    {"every-kind", every_kind},
    {NULL, NULL},
};
