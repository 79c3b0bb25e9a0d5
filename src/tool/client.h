/* SPDX-License-Identifier: Apache-2.0 */
/* One question to a running node over its Unix socket: a line of JSON out, a line back. */
#ifndef JUKI_TOOL_CLIENT_H
#define JUKI_TOOL_CLIENT_H

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

/* Opens, asks, closes, and tells on standard error what went wrong.  *answer is set (the caller's)
 * for the exit codes JK_EXIT_DONE ("ok": true) and JK_EXIT_REFUSED. */
int jk_client_run(const char *verb, const char *path, json_t *request, int timeout_ms,
                  json_t **answer);

/* A request of that verb; NULL without memory. */
json_t *jk_client_request(const char *verb);

#endif
