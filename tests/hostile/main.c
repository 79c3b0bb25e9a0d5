/* SPDX-License-Identifier: Apache-2.0 */
/* hostile FOLDER GROUP...: runs groups of attacks on the network in FOLDER (made by `run`). Exit
 * 0: every check held; 1: some did not; 2: wrong use. The last line counts. */
#include "siege.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const siege_attack *attacks;
} groups[] = {
    {"roles", attacks_roles},     {"messages", attacks_messages}, {"people", attacks_people},
    {"records", attacks_records}, {"slow", attacks_slow},         {"flood", attacks_flood},
    {"queue", attacks_queue},
};

static const siege_attack *group_of(const char *name)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (strcmp(groups[i].name, name) == 0) {
            return groups[i].attacks;
        }
    }
    return NULL;
}

static void run_group(siege *s, const siege_attack *attack)
{
    for (; attack->name != NULL; attack++) {
        const unsigned failures = s->failures;
        const unsigned checks = s->checks;
        const int64_t start_ms = peer_now_ms();
        s->attack = attack->name;
        attack->run(s);
        peer_end(&s->p);
        (void)printf("  %-28s %6u checks, %u failures, %lld ms\n", attack->name, s->checks - checks,
                     s->failures - failures, (long long)(peer_now_ms() - start_ms));
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static siege s = {.p = {.fd = -1}};
    for (int i = 2; i < argc; i++) {
        if (group_of(argv[i]) == NULL) {
            (void)fprintf(stderr, "hostile: no group %s\n", argv[i]);
            return 2;
        }
    }
    if (argc < 3 || !siege_open(&s, argv[1])) {
        (void)fprintf(stderr, "usage: hostile FOLDER GROUP...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        run_group(&s, group_of(argv[i]));
    }
    siege_close(&s);
    (void)printf("hostile: %u checks, %u failures\n", s.checks, s.failures);
    return s.failures == 0 && s.checks > 0 ? 0 : 1;
}
