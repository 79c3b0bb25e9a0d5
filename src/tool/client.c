/* SPDX-License-Identifier: Apache-2.0 */
/* Plain blocking socket calls with a deadline; a tool asks one thing and leaves. */
#define _POSIX_C_SOURCE 200809L

#include "tool/client.h"

#include "tool/client_history.h"

#include "tool/options.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_MAX = 8 * 1024 * 1024,
    FIRST_SIZE = 65536
};

int jk_client_open(const char *path)
{
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor >= 0 &&
        connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0) {
        const int code = errno;
        (void)close(descriptor);
        errno = code;
        return -1;
    }
    return descriptor;
}

void jk_client_close(int descriptor)
{
    (void)close(descriptor);
}

static bool send_line(int descriptor, json_t *request)
{
    char *text = request == NULL ? NULL : json_dumps(request, JSON_COMPACT);
    json_decref(request);
    if (text == NULL) {
        return false;
    }
    size_t size = strlen(text);
    text[size++] = '\n'; /* in the place of the NUL */
    size_t done = 0;
    while (done < size) {
        const ssize_t part = send(descriptor, text + done, size - done, MSG_NOSIGNAL);
        if (part < 0 && errno != EINTR) {
            break;
        }
        done += part > 0 ? (size_t)part : 0U;
    }
    free(text);
    return done == size;
}

static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* More bytes; false at the end, at a failure and at the deadline. */
static bool receive(int descriptor, char *bytes, size_t room, int64_t until_ms, size_t *got)
{
    for (;;) {
        const int64_t left = until_ms - now_ms();
        struct pollfd wait = {.fd = descriptor, .events = POLLIN};
        const int ready = poll(&wait, 1, left > 0 ? (int)left : 0);
        if (ready == 0) {
            errno = ETIMEDOUT;
            return false;
        }
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        const ssize_t part = ready < 0 ? -1 : recv(descriptor, bytes, room, 0);
        if (part < 0 && errno == EINTR) {
            continue;
        }
        *got = part > 0 ? (size_t)part : 0;
        return part > 0;
    }
}

json_t *jk_client_ask(int descriptor, json_t *request, int timeout_ms)
{
    if (!send_line(descriptor, request)) {
        return NULL;
    }
    const int64_t until_ms = now_ms() + timeout_ms;
    size_t capacity = FIRST_SIZE;
    size_t used = 0;
    json_t *answer = NULL;
    char *line = malloc(capacity);
    while (line != NULL && answer == NULL && used < ANSWER_MAX) {
        size_t got = 0;
        if (!receive(descriptor, line + used, capacity - used, until_ms, &got)) {
            break;
        }
        used += got;
        if (line[used - 1] == '\n') {
            answer = json_loadb(line, used - 1, JSON_REJECT_DUPLICATES, NULL);
            break;
        }
        if (used == capacity) {
            capacity *= 2;
            char *bigger = realloc(line, capacity);
            if (bigger == NULL) {
                break;
            }
            line = bigger;
        }
    }
    free(line);
    return answer;
}

json_t *jk_client_request(const char *verb)
{
    return json_pack("{s:i, s:s}", "v", 1, "verb", verb);
}

void jk_client_hint(FILE *out, const json_t *answer, jk_lang lang)
{
    jk_print_refusal(out, (unsigned)json_integer_value(json_object_get(answer, "number")), lang);
}

/* $JUKI_HISTORY names a folder: one file a process, of what changes something. */
static void open_history(jk_client_history *history, const char *verb)
{
    char path[4096];
    const char *folder = getenv("JUKI_HISTORY"); /* NOLINT(concurrency-mt-unsafe) */
    const bool reads = verb == NULL || strcmp(verb, "status") == 0 || strcmp(verb, "show") == 0 ||
                       strcmp(verb, "wait") == 0 || strcmp(verb, "reconcile-status") == 0 ||
                       strcmp(verb, "reconcile-diff") == 0 ||
                       strcmp(verb, "reconcile-history") == 0;
    *history = (jk_client_history){.file = NULL};
    if (folder == NULL || folder[0] == '\0' || reads) {
        return;
    }
    const int size = snprintf(path, sizeof path, "%s/client-%ld.history", folder, (long)getpid());
    FILE *file = size > 0 && (size_t)size < sizeof path ? fopen(path, "a") : NULL;
    if (file == NULL) {
        (void)fprintf(stderr, "juki: no history can be written in %s\n", folder);
        return;
    }
    jk_client_history_open(history, file);
}

int jk_client_run(const jk_client_call *call, json_t *request, json_t **answer)
{
    const int descriptor = jk_client_open(call->path);
    if (descriptor < 0) {
        (void)fprintf(stderr, "juki %s: no node answers at %s: %s\n", call->verb, call->path,
                      strerror(errno));
        json_decref(request);
        return JK_EXIT_UNREACHABLE;
    }
    jk_client_history history;
    open_history(&history, json_string_value(json_object_get(request, "verb")));
    const uint64_t number = jk_client_history_asked(&history, "-", request);
    json_t *got = jk_client_ask(descriptor, request, call->timeout_ms);
    jk_client_history_answered(&history, number, got);
    jk_client_history_close(&history);
    jk_client_close(descriptor);
    if (got == NULL) {
        (void)fprintf(stderr, "juki %s: no answer from %s\n", call->verb, call->path);
        return JK_EXIT_UNREACHABLE;
    }
    *answer = got;
    if (json_is_true(json_object_get(got, "ok"))) {
        return JK_EXIT_DONE;
    }
    const char *status = json_string_value(json_object_get(got, "status"));
    const char *text = json_string_value(json_object_get(got, "text"));
    (void)fprintf(stderr, "juki %s: refused: %s: %s\n", call->verb, status != NULL ? status : "?",
                  text != NULL ? text : "?");
    jk_client_hint(stderr, got, call->lang);
    return JK_EXIT_REFUSED;
}
