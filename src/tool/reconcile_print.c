/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator reads of reconciliation. */
#define _POSIX_C_SOURCE 200809L

#include "tool/reconcile_print.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    JAPAN_S = 9 * 3600,
    TIME_SIZE = 24
};

const char *jk_reconcile_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "-";
}

long long jk_reconcile_number(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

/* Wall clock in milliseconds as the day and time in Japan; "-" for none. */
static const char *time_text(const json_t *object, const char *key, char text[TIME_SIZE])
{
    const json_t *value = json_object_get(object, key);
    const time_t seconds = (time_t)(json_integer_value(value) / 1000) + JAPAN_S;
    struct tm parts;
    if (!json_is_integer(value) || gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        (void)snprintf(text, TIME_SIZE, "-");
    }
    return text;
}

void jk_reconcile_print_session(const json_t *session)
{
    (void)printf("  %-10s %s %s", jk_reconcile_text(session, "server"),
                 jk_reconcile_text(session, "result"), jk_reconcile_text(session, "result_ja"));
    if (strcmp(jk_reconcile_text(session, "result"), "UNREACHED") == 0) {
        (void)printf(" (position %lld, wanted %lld)", jk_reconcile_number(session, "count_peer"),
                     jk_reconcile_number(session, "marker"));
    } else if (json_object_get(session, "why") != NULL) {
        (void)printf(" (%s)", jk_reconcile_text(session, "why"));
    } else {
        (void)printf("; records %lld here, %lld there, differing %lld",
                     jk_reconcile_number(session, "count_own"),
                     jk_reconcile_number(session, "count_peer"),
                     jk_reconcile_number(session, "findings"));
    }
    (void)printf("; questions %lld, bytes %lld sent, %lld received\n",
                 jk_reconcile_number(session, "asks"), jk_reconcile_number(session, "bytes_sent"),
                 jk_reconcile_number(session, "bytes_received"));
}

static void print_scrub(const json_t *scrub)
{
    char text[TIME_SIZE];
    (void)printf("  scrub      %s; rows %lld; damaged ever %lld%s\n",
                 time_text(scrub, "ended_ms", text), jk_reconcile_number(scrub, "rows"),
                 jk_reconcile_number(scrub, "damaged"),
                 json_is_true(json_object_get(scrub, "under_way")) ? "; one is under way" : "");
}

void jk_reconcile_print_status(const json_t *answer)
{
    size_t index = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        size_t at = 0;
        json_t *session = NULL;
        const char *round = NULL;
        (void)printf("%s %s marker %lld%s\n", jk_reconcile_text(row, "municipality"),
                     jk_reconcile_text(row, "state"), jk_reconcile_number(row, "marker"),
                     json_is_true(json_object_get(row, "snapshot")) ? " (snapshot stands)" : "");
        json_array_foreach(json_object_get(row, "sessions"), at, session)
        {
            char text[TIME_SIZE];
            if (round == NULL) {
                round = jk_reconcile_text(session, "round");
                (void)printf("  round %s of %s\n", round, time_text(session, "begun_ms", text));
            }
            jk_reconcile_print_session(session);
        }
        if (json_is_true(json_object_get(row, "answers_differ"))) {
            (void)printf("  prefecture and national answered differently: a clerk looks at both "
                         "(juki reconcile diff)\n"
                         "  都道府県と全国の結果が一致しない。担当者が両方を確認する\n");
        }
        print_scrub(json_object_get(row, "scrub"));
    }
    if (json_array_size(json_object_get(answer, "rows")) == 0) {
        (void)printf("nothing was ever compared here\n");
    }
    if (jk_reconcile_number(answer, "caches_rebuilt") > 0) {
        (void)printf("saved sketches or trees that were damaged and built anew: %lld\n",
                     jk_reconcile_number(answer, "caches_rebuilt"));
    }
}

/* What stands there when a side has no such record. */
static const char *value_of(const json_t *field, const char *side)
{
    const char *text = json_string_value(json_object_get(field, side));
    return text == NULL ? "(none)" : text[0] == '\0' ? "(empty)" : text;
}

static void print_finding(const json_t *row)
{
    size_t index = 0;
    json_t *field = NULL;
    (void)printf("%s/%lld at %s: %s %s", jk_reconcile_text(row, "resident"),
                 jk_reconcile_number(row, "episode"), jk_reconcile_text(row, "server"),
                 jk_reconcile_text(row, "class"), jk_reconcile_text(row, "class_ja"));
    if (strcmp(jk_reconcile_text(row, "state"), "OPEN") != 0) {
        (void)printf("; %s", jk_reconcile_text(row, "state"));
    }
    if (json_object_get(row, "approver") != NULL) {
        (void)printf(" by %s, position %lld", jk_reconcile_text(row, "approver"),
                     jk_reconcile_number(row, "position"));
    }
    (void)printf("\n");
    if (json_is_false(json_object_get(row, "record_known"))) {
        (void)printf("  the server did not show its record (no canonical one, or not among the "
                     "first)\n  サーバの記録は示されていない\n");
    }
    json_array_foreach(json_object_get(row, "fields"), index, field)
    {
        (void)printf("  %s %s: %s -> %s\n", jk_reconcile_text(field, "name"),
                     jk_reconcile_text(field, "name_ja"), value_of(field, "server"),
                     value_of(field, "cs"));
    }
}

void jk_reconcile_print_diff(const json_t *answer)
{
    size_t index = 0;
    json_t *item = NULL;
    (void)printf("round %s of %s (server -> cs)\n", jk_reconcile_text(answer, "round"),
                 jk_reconcile_text(answer, "municipality"));
    json_array_foreach(json_object_get(answer, "sessions"), index, item)
    {
        jk_reconcile_print_session(item);
    }
    json_array_foreach(json_object_get(answer, "rows"), index, item)
    {
        print_finding(item);
    }
}

void jk_reconcile_print_history(const json_t *answer)
{
    size_t index = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        char begun[TIME_SIZE];
        char ended[TIME_SIZE];
        size_t at = 0;
        json_t *repair = NULL;
        (void)printf("%s %s marker %lld, %s to %s\n", jk_reconcile_text(row, "round"),
                     jk_reconcile_text(row, "municipality"), jk_reconcile_number(row, "marker"),
                     time_text(row, "begun_ms", begun), time_text(row, "ended_ms", ended));
        jk_reconcile_print_session(row);
        json_array_foreach(json_object_get(row, "repairs"), at, repair)
        {
            (void)printf(
                "    repair %s/%lld approved by %s at %s, position %lld: %s\n",
                jk_reconcile_text(repair, "resident"), jk_reconcile_number(repair, "episode"),
                jk_reconcile_text(repair, "approver"), time_text(repair, "approved_ms", begun),
                jk_reconcile_number(repair, "position"), jk_reconcile_text(repair, "state"));
        }
    }
    if (json_is_false(json_object_get(answer, "complete"))) {
        (void)printf("(there are older ones: --limit)\n");
    }
}

void jk_reconcile_print_repair(const json_t *answer)
{
    static const struct {
        const char *key;
        const char *text;
    } counts[] = {
        {"approved", "approved, on their way to prefecture and national"},
        {"already", "approved before"},
        {"parked", "refused twice and parked: look at the record, then juki reconcile release"},
        {"damaged", "not sent: our own record was found damaged, correct it at the registry"},
        {"outdated", "not sent: a newer round was compared, approve what that one found"},
    };

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const long long count = jk_reconcile_number(answer, counts[i].key);
        if (count > 0 || i == 0) {
            (void)printf("%lld %s\n", count, counts[i].text);
        }
    }
}
