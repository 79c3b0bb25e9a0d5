/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a client's history, line by line, so that a client that dies leaves what it knew. */
#define _POSIX_C_SOURCE 200809L

#include "tool/client_history.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void begin_line(jk_client_history *h, const char *event)
{
    h->line++;
    (void)fprintf(h->file, "n=%" PRIu64 " ev=%s t=%" PRId64, h->line, event, now_ns());
}

static void end_line(const jk_client_history *h)
{
    (void)fprintf(h->file, " .\n");
    (void)fflush(h->file);
}

/* A member that is a short word; NULL when it is none. */
static const char *word_of(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    const bool word =
        value != NULL && value[0] != '\0' && strlen(value) < 64 && strpbrk(value, " =\n") == NULL;
    return word ? value : NULL;
}

static void put_words(const jk_client_history *h, const json_t *object)
{
    static const char *const keys[] = {"verb", "status", "txn", "case"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *value = word_of(object, keys[i]);
        if (value != NULL) {
            (void)fprintf(h->file, " %s=%s", keys[i], value);
        }
    }
}

void jk_client_history_open(jk_client_history *history, FILE *file)
{
    char boot[37] = "unknown";
    FILE *id = fopen("/proc/sys/kernel/random/boot_id", "r");
    *history = (jk_client_history){.file = file};
    if (id != NULL) {
        if (fgets(boot, sizeof boot, id) == NULL) {
            (void)snprintf(boot, sizeof boot, "unknown");
        }
        (void)fclose(id);
    }
    if (file != NULL) {
        begin_line(history, "open");
        (void)fprintf(file, " v=1 node=client boot=%s", boot);
        end_line(history);
    }
}

uint64_t jk_client_history_asked(jk_client_history *history, const char *node,
                                 const json_t *request)
{
    if (history->file == NULL) {
        return 0;
    }
    const uint64_t number = ++history->operation;
    begin_line(history, "asked");
    (void)fprintf(history->file, " op=%" PRIu64 " at=%s", number, node);
    put_words(history, request);
    end_line(history);
    return number;
}

void jk_client_history_answered(jk_client_history *history, uint64_t number, const json_t *answer)
{
    if (history->file == NULL || number == 0) {
        return;
    }
    const json_t *good = json_object_get(answer, "ok");
    begin_line(history, "answered");
    (void)fprintf(history->file, " op=%" PRIu64 " ok=%s", number,
                  !json_is_boolean(good) ? "?" : (json_is_true(good) ? "1" : "0"));
    put_words(history, answer);
    end_line(history);
}

void jk_client_history_close(jk_client_history *history)
{
    if (history->file != NULL) {
        begin_line(history, "stop");
        end_line(history);
        (void)fclose(history->file);
    }
    history->file = NULL;
}
