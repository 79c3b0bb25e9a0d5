/* SPDX-License-Identifier: Apache-2.0 */
/* hostile FOLDER GROUP...: runs groups of attacks on the network in FOLDER (made by `run`). Exit
 * 0: every check held; 1: some did not; 2: wrong use. The last line counts. */
#include "siege.h"

#include <stdio.h>
#include <string.h>

/* They run in this order, whatever order they are asked in: `people` needs the first word of
 * 141003 to us, which others would acknowledge. */
static const struct {
    const char *name;
    const siege_attack *attacks;
} groups[] = {
    {"people", attacks_people},   {"roles", attacks_roles}, {"messages", attacks_messages},
    {"records", attacks_records}, {"slow", attacks_slow},   {"flood", attacks_flood},
    {"queue", attacks_queue},     {"leaks", attacks_leaks}, {"load", attacks_load},
};

#define GROUPS (sizeof groups / sizeof groups[0])

static size_t group_of(const char *name)
{
    size_t i = 0;
    while (i < GROUPS && strcmp(groups[i].name, name) != 0) {
        i++;
    }
    return i;
}

static void run_group(siege *s, const siege_attack *attack)
{
    for (; attack->name != NULL; attack++) {
        const unsigned failures = s->failures;
        const unsigned checks = s->checks;
        const int64_t start_ms = peer_now_ms();
        s->attack = attack->name;
        s->what = "";
        attack->run(s);
        peer_end(&s->p);
        (void)fprintf(stderr, "  %-28s %6u checks, %u failures, %lld ms\n", attack->name,
                      s->checks - checks, s->failures - failures,
                      (long long)(peer_now_ms() - start_ms));
    }
}

/* Every control must be blamed. */
static int run_controls(siege *s)
{
    unsigned missed = 0;
    unsigned count = 0;
    s->silent = true;
    for (const siege_attack *control = attacks_control; control->name != NULL; control++) {
        const unsigned failures = s->failures;
        s->attack = control->name;
        control->run(s);
        peer_end(&s->p);
        const bool blamed = s->failures > failures;
        (void)printf("  %-28s %s\n", control->name, blamed ? "blamed" : "NOT SEEN");
        missed += blamed ? 0U : 1U;
        count++;
    }
    (void)printf("hostile: %u controls, %u not seen\n", count, missed);
    return missed == 0 && count > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static siege s = {.p = {.fd = -1}};
    bool asked[GROUPS] = {false};
    if (argc == 3 && strcmp(argv[2], "control") == 0) {
        return siege_open(&s, argv[1]) ? run_controls(&s) : 2;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--small") == 0) {
            s.small = true;
            continue;
        }
        const size_t group = group_of(argv[i]);
        if (group == GROUPS) {
            (void)fprintf(stderr, "hostile: no group %s\n", argv[i]);
            return 2;
        }
        asked[group] = true;
    }
    if (argc < 3 || !siege_open(&s, argv[1])) {
        (void)fprintf(stderr, "usage: hostile FOLDER [--small] GROUP...\n");
        return 2;
    }
    for (size_t i = 0; i < GROUPS; i++) {
        if (asked[i]) {
            run_group(&s, groups[i].attacks);
        }
    }
    siege_close(&s);
    (void)fprintf(stderr, "hostile: %u checks, %u failures\n", s.checks, s.failures);
    return s.failures == 0 && s.checks > 0 ? 0 : 1;
}
