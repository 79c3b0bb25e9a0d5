/* SPDX-License-Identifier: Apache-2.0 */
/* The step log in logfmt.  Lines are gathered in a turn and written after its commit; nothing in
 * them is personal data.  A log that cannot be written never stops the node: lines are counted
 * as dropped. */
#include "node/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

jk_status jk_steplog_open(jk_steplog *log, const char *path, const char *node)
{
    int descriptor = STDERR_FILENO;
    const bool owned = strcmp(path, "-") != 0;
    if (owned) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (descriptor < 0) {
            return JK_E_FILE;
        }
    }
    log->descriptor = descriptor;
    log->owned = owned;
    log->path = path;
    (void)snprintf(log->node, sizeof log->node, "%s", node);
    return JK_OK;
}

void jk_steplog_flush(jk_steplog *log)
{
    size_t done = 0;
    while (log->descriptor >= 0 && done < log->used) {
        const ssize_t part = write(log->descriptor, log->buffer + done, log->used - done);
        if (part < 0 && errno != EINTR) {
            log->dropped++;
            break;
        }
        done += part > 0 ? (size_t)part : 0U;
    }
    log->used = 0;
}

void jk_steplog_reopen(jk_steplog *log)
{
    if (!log->owned) {
        return;
    }
    const int descriptor = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (descriptor >= 0) {
        (void)close(log->descriptor);
        log->descriptor = descriptor;
    }
}

void jk_steplog_close(jk_steplog *log)
{
    jk_steplog_flush(log);
    if (log->owned && log->descriptor >= 0) {
        (void)close(log->descriptor);
    }
    log->descriptor = -1;
}

/* One line; what is longer than a line may be is cut. */
static void add(jk_steplog *log, const char *form, ...) __attribute__((format(printf, 2, 3)));

static void add(jk_steplog *log, const char *form, ...)
{
    if (log->used + JK_NODE_LOG_LINE_MAX > sizeof log->buffer) {
        jk_steplog_flush(log);
    }
    va_list arguments;
    va_start(arguments, form);
    char *at = log->buffer + log->used;
    const int size = vsnprintf(at, JK_NODE_LOG_LINE_MAX - 1, form, arguments);
    va_end(arguments);
    if (size < 0) {
        return;
    }
    size_t used = (size_t)size < JK_NODE_LOG_LINE_MAX - 1 ? (size_t)size : JK_NODE_LOG_LINE_MAX - 2;
    at[used++] = '\n';
    log->used += used;
}

static const char *or_dash(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

static const char *id_text(const jk_token *token, char text[33])
{
    if (jk_token_is_none(token)) {
        return "-";
    }
    jk_token_hex(token, text);
    return text;
}

void jk_steplog_step(jk_steplog *log, const jk_step_record *record)
{
    char txn[33];
    char case_id[33];
    add(log,
        "t=%" PRId64 " node=%s inst=%" PRId64 " role=%s in=%s %s->%s epoch=%" PRIu64
        " members=%" PRIx32 " reason=%u hook=%s out=%s status=%s txn=%s case=%s",
        record->time_ms, log->node, record->inst, or_dash(record->role), or_dash(record->input),
        or_dash(record->from), or_dash(record->to), record->epoch, record->members,
        (unsigned)record->reason, or_dash(record->hooks), or_dash(record->actions),
        jk_status_name(record->status), id_text(&record->txn, txn),
        id_text(&record->case_id, case_id));
}

void jk_steplog_event(jk_steplog *log, int64_t time_ms, const char *event, const char *peer,
                      jk_status status, const char *text)
{
    add(log, "t=%" PRId64 " node=%s event=%s peer=%s status=%s%s%s", time_ms, log->node, event,
        peer, jk_status_name(status), text[0] != '\0' ? " " : "", text);
}
