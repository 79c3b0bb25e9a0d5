/* SPDX-License-Identifier: Apache-2.0 */
/* One question to a running node over its Unix socket: a line of JSON out, a line back. */
#ifndef JUKI_TOOL_CLIENT_H
#define JUKI_TOOL_CLIENT_H

#include "tool/refusal.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    JK_CLIENT_TIMEOUT_MS = 10000
};

/* A connection; -1 when nobody listens there. */
int jk_client_open(const char *path);
void jk_client_close(int descriptor);

/* Asks and takes the request over.  The answer is the caller's; NULL when none came within
 * timeout_ms. */
json_t *jk_client_ask(int descriptor, json_t *request, int timeout_ms);

/* What is asked, of whom, and how a refusal is told. */
typedef struct jk_client_call {
    const char *verb; /* for messages: "terminal wait" */
    const char *path;
    int timeout_ms;
    jk_lang lang;
} jk_client_call;

/* Opens, asks (taking the request over), closes, and tells on standard error what went wrong.
 * *answer is set (the caller's) for the exit codes JK_EXIT_DONE ("ok": true) and JK_EXIT_REFUSED.
 */
int jk_client_run(const jk_client_call *call, json_t *request, json_t **answer);

/* The hint of an answer, or of a part of one, that says why it was refused; else nothing. */
void jk_client_hint(FILE *out, const json_t *answer, jk_lang lang);

/* A request of that verb; NULL without memory. */
json_t *jk_client_request(const char *verb);

#endif
