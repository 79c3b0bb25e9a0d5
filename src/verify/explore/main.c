/* SPDX-License-Identifier: Apache-2.0 */
/* The explorer of one check, a program of its own: its model is compiled in.  Says what it found
 * in lines of a word and its value; identity.c reads them. */
#define _POSIX_C_SOURCE 200809L
#include "compare.h"
#include "course.h"
#include "path.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct jk_call {
    jk_search_options options;
    jk_path_about about;
    const char *paths;   /* folder for the ways to what was found */
    const char *compare; /* graph that SPIN's search wrote */
} jk_call;

static int usage(void)
{
    (void)fprintf(stderr, "usage: explore [--record] [--properties] [--courses] [--named]\n"
                          "               [--no-border] [--states N] [--memory-mb N]\n"
                          "               [--bounds TEXT] [--paths FOLDER] [--compare FILE]\n");
    return 2;
}

static bool number(const char *text, uint64_t *value)
{
    char *end = NULL;
    *value = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *value > 0;
}

static bool read_call(jk_call *call, int argc, char **argv)
{
    call->options.states_max = UINT32_MAX - 1;
    call->options.memory_max = UINT64_MAX;
    call->about.bounds = "";
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        uint64_t value = 0;
        if (strcmp(argv[i], "--record") == 0) {
            call->options.record = true;
        } else if (strcmp(argv[i], "--properties") == 0) {
            call->options.properties = true;
        } else if (strcmp(argv[i], "--courses") == 0) {
            call->options.keep_edges = true;
        } else if (strcmp(argv[i], "--named") == 0) {
            call->options.named = true;
        } else if (strcmp(argv[i], "--no-border") == 0) {
            call->options.no_border = true;
        } else if (next == NULL) {
            return false;
        } else if (strcmp(argv[i], "--states") == 0 && number(next, &value) && value < UINT32_MAX) {
            call->options.states_max = value;
            i++;
        } else if (strcmp(argv[i], "--memory-mb") == 0 && number(next, &value)) {
            call->options.memory_max = value << 20;
            i++;
        } else if (strcmp(argv[i], "--bounds") == 0) {
            call->about.bounds = argv[++i];
        } else if (strcmp(argv[i], "--paths") == 0) {
            call->paths = argv[++i];
        } else if (strcmp(argv[i], "--compare") == 0) {
            call->compare = argv[++i];
        } else {
            return false;
        }
    }
    return true;
}

static void write_path(const jk_search *search, const jk_call *call, uint32_t state,
                       const char *claim, const char *verdict)
{
    char path[4096];
    jk_path_about about = {.bounds = call->about.bounds, .claim = claim, .verdict = verdict};
    int length = snprintf(path, sizeof(path), "%s/%s.events", call->paths,
                          claim[0] == '\0' ? "violation" : claim);
    FILE *out = length > 0 && (size_t)length < sizeof(path) ? fopen(path, "w") : NULL;
    if (out == NULL || !jk_path_write(search, state, &about, out) || fclose(out) != 0) {
        (void)fprintf(stderr, "explore: %s cannot be written\n", path);
    }
}

static void say_found(const jk_search *search, const jk_call *call)
{
    char text[256];
    if (search->violation != NULL) {
        (void)snprintf(text, sizeof(text), "%s, %s:%d", search->violation, search->file,
                       search->line);
        (void)printf("violated %s\n", text);
        if (call->paths != NULL) {
            write_path(search, call, search->violated_at, "", text);
        }
    }
    if (search->stuck != JK_NO_STATE) {
        (void)printf("stuck %" PRIu32 "\n", search->stuck);
        if (call->paths != NULL && search->violation == NULL) {
            write_path(search, call, search->stuck, "", "nobody can take a step");
        }
    }
    for (unsigned i = 0; call->options.properties && i < search->model->properties; i++) {
        const char *name = search->model->property_names[i];
        (void)printf("property %s %s\n", name,
                     search->broken[i] == JK_NO_STATE ? "holds" : "broken");
        if (search->broken[i] != JK_NO_STATE && call->paths != NULL) {
            (void)snprintf(text, sizeof(text), "%s is violated.", name);
            write_path(search, call, search->broken[i], name, text);
        }
    }
}

/* Properties of several states; one of several courses is broken if one of them is. */
static void say_courses(const jk_search *search)
{
    const jk_explore_course *courses = search->model->courses;
    unsigned count = 0;
    while (courses[count].name != NULL) {
        count++;
    }
    bool *broken = calloc(count + 1, sizeof(*broken));
    if (broken == NULL || !jk_courses_look(search, broken)) {
        (void)printf("courses memory\n");
        count = 0;
    }
    for (unsigned i = 0; i < count; i++) {
        bool any = broken[i];
        while (i + 1 < count && strcmp(courses[i + 1].name, courses[i].name) == 0) {
            any = broken[++i] || any;
        }
        (void)printf("course %s %s\n", courses[i].name, any ? "broken" : "holds");
    }
    free(broken);
}

static const char *end_name(jk_search_end end)
{
    switch (end) {
    case JK_SEARCH_COMPLETE: return "complete";
    case JK_SEARCH_VIOLATED: return "violated";
    case JK_SEARCH_CUT: return "cut";
    case JK_SEARCH_MEMORY: break;
    }
    return "memory";
}

int main(int argc, char **argv)
{
    jk_call call = {.paths = NULL};
    jk_search search;
    if (!read_call(&call, argc, argv)) {
        return usage();
    }
    if (call.compare != NULL) {
        return jk_compare(&jk_model, call.compare, call.about.bounds, call.paths, stdout);
    }
    jk_search_end end = jk_search_run(&search, &jk_model, &call.options);
    (void)printf("end %s\nstates %" PRIu32 "\nedges %" PRIu64 "\ndepth %" PRIu32
                 "\nseconds %.3f\nbytes %" PRIu64 "\n",
                 end_name(end), search.states, search.edges, search.depth, search.seconds,
                 jk_search_bytes(&search));
    if (call.options.record && end == JK_SEARCH_COMPLETE) {
        char text[65];
        jk_hashes_digest(&search.state_hashes, text);
        (void)printf("state-digest %s\n", text);
        jk_hashes_digest(&search.edge_hashes, text);
        (void)printf("edge-digest %s\n", text);
    }
    say_found(&search, &call);
    if (call.options.keep_edges && end == JK_SEARCH_COMPLETE) {
        say_courses(&search);
    }
    jk_search_close(&search);
    return 0;
}
