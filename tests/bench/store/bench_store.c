/* SPDX-License-Identifier: Apache-2.0 */
/* Measures durable steps per second.  A step is what a message costs: inbox, machine, register
 * and outbox row and a timer, in two savepoints; a group is one commit.  Tells steps per second for
 * each group size, and with a data key destroyed in each group, as multiples of groups of one. */
#include "adapter/sqlite/sqlite.h"
#include "bench/lib/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RESIDENTS = 10000,
    ENVELOPE_SIZE = 600,
    PERSON_SIZE = 400
};

typedef struct bench_run {
    jk_store *store;
    jk_status status; /* the first failure */
    uint64_t steps;
} bench_run;

static void keep(bench_run *run, jk_status status)
{
    if (run->status == JK_OK) {
        run->status = status;
    }
}

static void committed(void *arg, jk_status status)
{
    keep(arg, status);
}

static double now_s(void)
{
    return (double)report_now_ns() / 1e9;
}

static jk_token token_of(char mark, uint64_t number)
{
    jk_token token = {{0}};
    token.byte[0] = (uint8_t)mark;
    /* Scattered, as random ids are. */
    uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(token.byte + 8, &mixed, sizeof mixed);
    return token;
}

static void step(bench_run *run, bool destroy)
{
    static jk_outbox_row message;
    static jk_register_row person;
    const jk_store_ops *ops = run->store->ops;
    uint64_t number = ++run->steps;
    jk_inbox_row inbox = {.message_id = token_of('m', number), .link = token_of('l', 1)};
    jk_machine_row machine = {.machine = 7, .key = token_of('t', number), .size = 64};
    jk_timer_row timer = {.machine = 7, .key = machine.key, .duration_ms = 1000};
    keep(run, ops->step_begin(run->store, 0));
    keep(run, ops->inbox_put(run->store, &inbox));
    keep(run, ops->step_begin(run->store, 1));
    keep(run, ops->machine_put(run->store, &machine));
    person.resident = token_of('r', number % RESIDENTS);
    person.status = JK_REGISTER_CURRENT;
    person.size = PERSON_SIZE;
    keep(run, ops->register_put(run->store, &person));
    message.link = token_of('l', 2);
    message.sequence = number;
    message.message_id = token_of('o', number);
    message.size = ENVELOPE_SIZE;
    keep(run, ops->outbox_put(run->store, &message));
    keep(run, ops->timer_put(run->store, &timer));
    if (destroy) {
        static const uint8_t value[PERSON_SIZE] = {1};
        jk_data_key key = {.machine = 7, .key = machine.key, .name = "cert", .member = 0};
        keep(run, ops->data_put(run->store, &key, (jk_span){value, sizeof value}, true));
        keep(run, ops->data_key_destroy(run->store, 7, &machine.key));
    }
    keep(run, ops->step_keep(run->store, 1));
    keep(run, ops->step_keep(run->store, 0));
}

static double measure(bench_run *run, unsigned group, double seconds, bool destroy)
{
    uint64_t first = run->steps;
    double start = now_s();
    double end = start;
    while (run->status == JK_OK && end - start < seconds) {
        keep(run, run->store->ops->begin(run->store));
        for (unsigned i = 0; i < group; i++) {
            step(run, destroy && i == 0);
        }
        /* The peer acknowledged what the groups before sent. */
        jk_token link = token_of('l', 2);
        keep(run, run->store->ops->outbox_delete_upto(run->store, &link, run->steps - group));
        run->store->ops->commit(run->store, committed, run);
        end = now_s();
    }
    return (double)(run->steps - first) / (end - start);
}

static int report(bench_run *run, double seconds)
{
    static const struct {
        const char *name;
        unsigned group;
        bool destroy;
    } lines[] = {{"store.group_1", 1, false},
                 {"store.group_8", 8, false},
                 {"store.group_64", 64, false},
                 {"store.group_64_erasing", 64, true}};

    double rates[sizeof lines / sizeof lines[0]];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && run->status == JK_OK; i++) {
        rates[i] = measure(run, lines[i].group, seconds, lines[i].destroy);
        report_info(lines[i].name, i == 0 ? rates[i] : rates[i] / rates[0],
                    i == 0 ? "steps/s" : "x group_1");
    }
    if (run->status != JK_OK) {
        (void)fprintf(stderr, "bench_store: %s: %s\n", jk_status_name(run->status),
                      run->store->fault.text);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    if (argc > 3) {
        (void)fprintf(stderr, "usage: bench_store [seconds per line [folder]]\n");
        return 2;
    }
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2.0;
    char folder[400];
    char path[420];
    (void)snprintf(folder, sizeof folder, "%s/bench_store_XXXXXX", argc > 2 ? argv[2] : "/tmp");
    if (mkdtemp(folder) == NULL) {
        (void)fprintf(stderr, "bench_store: no folder %s\n", folder);
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/node.db", folder);
    jk_sqlite_options options = {.node = {.role = JK_ROLE_CS, .code = "131016"}};
    bench_run run = {.status = JK_OK};
    jk_fault fault = {.status = JK_OK};
    int result = 2;
    if (jk_sqlite_open(path, &options, &run.store, &fault) == JK_OK) {
        result = report(&run, seconds);
        jk_sqlite_close(run.store);
    } else {
        (void)fprintf(stderr, "bench_store: %s\n", fault.text);
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[440];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    (void)rmdir(folder);
    return result;
}
