/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate as text. */
#define _POSIX_C_SOURCE 200809L
#include "certificate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

/* Of the sources in the folder that begin with PREFIX; properties are not the graph's.  "" if one
 * cannot be read. */
static void digest_folder(const char *folder, const char *prefix, char text[JK_DIGEST_SIZE])
{
    jk_digest digest;
    jk_digest_begin(&digest);
    bool good = jk_digest_folder(&digest, folder, prefix, "properties.pml");
    jk_digest_end(&digest, text);
    text[0] = good ? text[0] : '\0';
}

/* "Spin Version 6.5.2 -- 6 December 2019": the number. */
static void put_version(const char *spin, FILE *out)
{
    const char *at = strstr(spin, "Version ");
    at = at == NULL ? spin : at + 8;
    (void)fprintf(out, "%.*s", (int)strcspn(at, " "), at);
}

static void put_protocols(const jk_identity_options *options, const jk_graph *graphs, size_t count,
                          FILE *out)
{
    const char *last = "";
    char lib[JK_PATH_SIZE];
    char words[JK_DIGEST_SIZE];
    (void)snprintf(lib, sizeof lib, "%s/spec/lib", options->root);
    digest_folder(lib, "", words);
    (void)fprintf(out, "  \"words_digest\": \"%s\",\n  \"protocols\": [\n", words);
    for (size_t i = 0; i < count; i++) {
        char folder[JK_PATH_SIZE];
        char model[JK_DIGEST_SIZE];
        char machines[JK_DIGEST_SIZE];
        char prefix[96];
        if (strcmp(last, graphs[i].protocol) == 0) {
            continue;
        }
        (void)snprintf(folder, sizeof folder, "%s/spec/%s", options->root, graphs[i].protocol);
        digest_folder(folder, "", model);
        (void)snprintf(folder, sizeof folder, "%s/gen/machines", options->root);
        (void)snprintf(prefix, sizeof prefix, "%s_", graphs[i].protocol);
        digest_folder(folder, prefix, machines);
        (void)fprintf(out,
                      "%s    {\"protocol\": \"%s\", \"model_digest\": \"%s\", "
                      "\"machines_digest\": \"%s\"}",
                      last[0] == '\0' ? "" : ",\n", graphs[i].protocol, model, machines);
        last = graphs[i].protocol;
    }
    (void)fprintf(out, "\n  ],\n");
}

/* The line of the old text that begins with these words. */
static const char *old_line(const char *old, const char *words)
{
    return old == NULL ? NULL : strstr(old, words);
}

static void put_graph(const jk_graph *graph, const char *old, bool last, FILE *out)
{
    char words[256];
    (void)snprintf(words, sizeof words, "    {\"protocol\": \"%s\", \"name\": \"%s\", ",
                   graph->protocol, graph->name);
    const char *kept = graph->outcome == JK_VERIFY_USAGE ? old_line(old, words) : NULL;
    if (kept != NULL) {
        int length = (int)strcspn(kept, "\n");
        length -= length > 0 && kept[length - 1] == ',';
        (void)fprintf(out, "%.*s", length, kept);
    } else if (graph->outcome == JK_VERIFY_HOLDS) {
        (void)fprintf(out,
                      "%s\"model\": \"%s\", \"bounds\": \"%s\", \"tier\": \"%s\", "
                      "\"states\": %" PRIu64 ", \"edges\": %" PRIu64
                      ", \"state_digest\": \"%s\", \"edge_digest\": \"%s\"}",
                      words, graph->file, strcmp(graph->defines, "-") == 0 ? "" : graph->defines,
                      graph->tier, graph->c.states, graph->c.edges, graph->c.states_digest,
                      graph->c.edges_digest);
    } else {
        (void)fprintf(out, "%s\"states\": null}", words);
    }
    (void)fprintf(out, last ? "\n" : ",\n");
}

char *jk_certificate_make(const jk_identity_options *options, const jk_graph *graphs, size_t count,
                          const char *spin, const char *old)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    (void)fprintf(out, "{\n  \"format\": %d,\n  \"spin\": \"", JK_CERTIFICATE_FORMAT);
    put_version(spin, out);
    (void)fprintf(out, "\",\n  \"hash\": \"SipHash-2-4 of 128 bits; digests: BLAKE2b of 256 bits "
                       "over the sorted hashes; of files: SHA-256\",\n");
    put_protocols(options, graphs, count, out);
    (void)fprintf(out, "  \"graphs\": [\n");
    for (size_t i = 0; i < count; i++) {
        put_graph(&graphs[i], old, i + 1 == count, out);
    }
    (void)fprintf(out, "  ]\n}\n");
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

bool jk_certificate_same(const char *old, const char *fresh, char *note, size_t capacity)
{
    if (old == NULL) {
        (void)snprintf(note, capacity, "there is none: juki verify --update-certificate");
        return false;
    }
    while (*old != '\0' || *fresh != '\0') {
        size_t a = strcspn(old, "\n");
        size_t b = strcspn(fresh, "\n");
        if (a == b && memcmp(old, fresh, a) == 0) {
            old += a + (old[a] == '\n');
            fresh += b + (fresh[b] == '\n');
            continue;
        }
        const char *what = "its form";
        if (strncmp(fresh, "  \"spin\"", 8) == 0) {
            what = "made with another spin";
        } else if (strncmp(fresh, "  \"words", 8) == 0 ||
                   (strstr(fresh, "\"model_digest\"") != NULL &&
                    strstr(fresh, "\"model_digest\"") < fresh + b)) {
            what = "of another model or C";
        } else if (strncmp(fresh, "    {\"protocol\"", 15) == 0) {
            what = "another graph";
        }
        (void)snprintf(note, capacity, "%s:\n  committed: %.*s\n  here:      %.*s", what,
                       a > 300 ? 300 : (int)a, old, b > 300 ? 300 : (int)b, fresh);
        return false;
    }
    return true;
}
