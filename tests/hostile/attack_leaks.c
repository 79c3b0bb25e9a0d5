/* SPDX-License-Identifier: Apache-2.0 */
/* After the attacks: no log, and nothing that a node printed, holds bytes of any key - raw or as
 * hex digits, in parts of eight. (`run` looks for residents.) */
#define _POSIX_C_SOURCE 200809L

#include "siege.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PART = 8,
    TEXT_MAX = 16777216
};

static uint8_t *text;

static size_t load(const siege *s, const char *name, const char *suffix)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.%s", s->folder, name, suffix);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    const size_t size = fread(text, 1, TEXT_MAX, file);
    (void)fclose(file);
    return size;
}

static bool holds(size_t size, const void *needle, size_t length)
{
    const uint8_t *at = text;
    const uint8_t first = *(const uint8_t *)needle;
    while (size >= length) {
        const uint8_t *next = memchr(at, first, size - length + 1);
        if (next == NULL) {
            return false;
        }
        if (memcmp(next, needle, length) == 0) {
            return true;
        }
        size -= (size_t)(next - at) + 1;
        at = next + 1;
    }
    return false;
}

static bool has_secret(size_t size, const uint8_t *secret, size_t length)
{
    char hex[2 * PART + 1];
    for (size_t i = 0; i + PART <= length; i += PART) {
        (void)sodium_bin2hex(hex, sizeof hex, secret + i, PART);
        if (holds(size, secret + i, PART) || holds(size, hex, 2 * (size_t)PART)) {
            return true;
        }
    }
    return false;
}

static bool leaks(const siege *s, const char *name, const char *suffix, const jk_keys *keys)
{
    const size_t size = load(s, name, suffix);
    return size > 0 && (has_secret(size, keys->channel.secret, sizeof keys->channel.secret) ||
                        has_secret(size, keys->seal.secret, sizeof keys->seal.secret) ||
                        has_secret(size, keys->sign_secret, 32));
}

void leaks_in(siege *s, const char *name)
{
    static const char *const suffixes[] = {"log", "err", "out"};
    text = text != NULL ? text : malloc(TEXT_MAX);
    if (!siege_check(s, text != NULL, "no memory")) {
        return;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        for (size_t k = 0; k < s->host_count; k++) {
            (void)siege_check(s, !leaks(s, name, suffixes[i], s->hosts[k].keys),
                              "%s.%s holds bytes of a key of %s", name, suffixes[i],
                              s->hosts[k].name);
        }
    }
}

static void keys_in_logs(siege *s)
{
    size_t bytes = 0;
    for (size_t i = 0; i < s->host_count; i++) {
        if (s->hosts[i].pid != 0) {
            leaks_in(s, s->hosts[i].name);
            bytes += load(s, s->hosts[i].name, "log");
        }
    }
    (void)siege_check(s, bytes > 1000, "the logs hold %zu bytes", bytes);
    free(text);
    text = NULL;
}

const siege_attack attacks_leaks[] = {
    {"keys-in-logs", keys_in_logs},
    {NULL, NULL},
};
