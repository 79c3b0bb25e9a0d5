/* SPDX-License-Identifier: Apache-2.0 */
/* The forks of explore.h. */
#include "explore.h"

#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN_SECONDS 30 /* of processor time for one run; a longer one turns in circles */

typedef struct explorer {
    const explore_plan *plan;
    const scenario *s;
    explore_sum *sum;
    bool child;
    bool second; /* a child that waits for the reopening, to break that too */
    unsigned running;
    uint64_t point; /* in this process's count */
    uint64_t reads; /* of these */
    uint64_t others;
    unsigned host;  /* of the fault */
    uint32_t hosts; /* whose power is cut at the end */
    uint64_t violations;
    char what[100]; /* the fault in words */
} explorer;

static explorer e;

static void add(uint64_t *counter, uint64_t count)
{
    (void)__atomic_fetch_add(counter, count, __ATOMIC_RELAXED);
}

explore_sum *explore_sum_new(void)
{
    void *memory =
        mmap(NULL, sizeof(explore_sum), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void finish(void);

/* What a run finds first is told; what follows from that is not looked at. */
static void on_violation(void *arg, watch_kind kind, const char *text)
{
    (void)arg;
    add(&e.sum->kinds[kind], 1);
    e.violations++;
    uint32_t index = __atomic_fetch_add(&e.sum->text_count, 1, __ATOMIC_RELAXED);
    if (index < EXPLORE_TEXTS) {
        (void)snprintf(e.sum->text[index], sizeof e.sum->text[index], "%s: %s: %s (%s)", e.s->name,
                       watch_kind_name(kind), text, e.what);
    }
    if (e.child) {
        finish();
        _exit(0);
    }
}

/* ---- children ---- */

static void reap(void)
{
    int status = 0;
    if (wait(&status) < 0) {
        e.running = 0;
        return;
    }
    e.running--;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char text[60];
        (void)snprintf(text, sizeof text, "the run died: signal %d, exit status %d",
                       WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                       WIFEXITED(status) ? WEXITSTATUS(status) : 0);
        on_violation(NULL, WATCH_CRASHED, text);
        add(&e.sum->violations, 1);
    }
}

/* true: in the child. */
static bool branch(const char *what)
{
    while (e.running >= e.plan->jobs) {
        reap();
    }
    (void)snprintf(e.what, sizeof e.what, "%s", what);
    (void)fflush(stdout);
    pid_t child = fork();
    if (child < 0) {
        on_violation(NULL, WATCH_CRASHED, "no process");
        return false;
    }
    if (child > 0) {
        e.running++;
        return false;
    }
    (void)setrlimit(RLIMIT_CPU, &(struct rlimit){RUN_SECONDS, RUN_SECONDS});
    e.child = true;
    e.running = 0;
    e.violations = 0;
    return true;
}

static void heal_memory(void)
{
    memory_heal();
}

/* ---- the second fault, while the store is opened again ---- */

static void strike_recovery(disk_op op)
{
    static const disk_fault faults[] = {
        {DISK_POWER, DISK_DROP, false, 0},
        {DISK_POWER, DISK_SUBSET, false, 0},
        {DISK_EIO, DISK_KEEP, false, 0},
        {DISK_UNREAD, DISK_KEEP, false, 0},
    };
    char first[60];
    (void)snprintf(first, sizeof first, "%.59s", e.what);
    e.point++;
    if (e.point % e.plan->second != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (!disk_applies(faults[i].mode, op) ||
            (op == DISK_READ && faults[i].mode == DISK_POWER)) {
            continue;
        }
        char what[100];
        (void)snprintf(what, sizeof what, "%s, then %s at %s %" PRIu64, first,
                       disk_mode_name(faults[i].mode), disk_op_name(op), e.point);
        if (branch(what)) {
            disk_fault fault = faults[i];
            fault.seed = e.point * 1009;
            disk_watch(NULL, NULL);
            disk_arm(e.host, &fault);
            add(&e.sum->mode_runs[fault.mode], 1);
            return;
        }
        (void)snprintf(e.what, sizeof e.what, "%s", first);
    }
}

static void recovery_hook(void *arg, unsigned host, disk_op op)
{
    (void)arg;
    if (host == e.host && watch_reopening(host)) {
        strike_recovery(op);
    }
}

/* ---- the first fault ---- */

static bool try_fault(unsigned host, disk_op op, disk_fault fault)
{
    char what[100];
    (void)snprintf(what, sizeof what, "%s%s%s%s at %s %" PRIu64, disk_mode_name(fault.mode),
                   fault.lasting ? " lasting" : "", fault.mode == DISK_POWER ? ", " : "",
                   fault.mode == DISK_POWER ? disk_damage_name(fault.damage) : "", disk_op_name(op),
                   e.point);
    if (!branch(what)) {
        return false;
    }
    fault.seed = e.point * 31 + (uint64_t)fault.damage;
    e.host = host;
    e.hosts = 1U << host;
    e.point = 0;
    disk_watch(e.plan->what == EXPLORE_RECOVERY ? recovery_hook : NULL, NULL);
    disk_arm(host, &fault);
    add(&e.sum->mode_runs[fault.mode], 1);
    if (fault.mode == DISK_POWER) {
        add(&e.sum->damage_runs[fault.damage], 1);
    }
    return true;
}

static bool is_due(uint64_t *counter, unsigned every)
{
    e.point++;
    add(&e.sum->points, 1);
    if (++*counter % every != e.plan->start % every) {
        return false;
    }
    add(&e.sum->tried, 1);
    return true;
}

static void io_hook(void *arg, unsigned host, disk_op op)
{
    (void)arg;
    bool read = op == DISK_READ;
    if (!is_due(read ? &e.reads : &e.others, read ? e.plan->reads : e.plan->every)) {
        return;
    }
    add(&e.sum->ops[op], 1);
    /* A power loss at a read leaves what the same one at the next write leaves. */
    for (disk_damage damage = DISK_DROP; !read && damage < DISK_DAMAGES; damage++) {
        if (try_fault(host, op, (disk_fault){DISK_POWER, damage, false, 0})) {
            return;
        }
    }
    if (e.plan->control != WATCH_RIGHT) {
        return; /* what is done wrong shows when the power goes */
    }
    for (disk_mode mode = DISK_EIO; mode <= DISK_UNREAD; mode++) {
        for (int lasting = 0; disk_applies(mode, op) && lasting < 2; lasting++) {
            if (try_fault(host, op, (disk_fault){mode, DISK_KEEP, lasting != 0, 0})) {
                return;
            }
        }
    }
}

/* Only where something may be half done: the states before a read were met at the write before. */
static void first_hook(void *arg, unsigned host, disk_op op)
{
    (void)arg;
    if (op == DISK_READ || op == DISK_OPEN || !is_due(&e.others, e.plan->every)) {
        return;
    }
    add(&e.sum->ops[op], 1);
    if (!try_fault(host, op, (disk_fault){DISK_POWER, DISK_SUBSET, false, 0})) {
        (void)try_fault(host, op, (disk_fault){DISK_POWER, DISK_KEEP, false, 0});
    }
}

static void memory_hook_here(void *arg)
{
    (void)arg;
    if (!is_due(&e.others, e.plan->every)) {
        return;
    }
    for (int lasting = 0; lasting < 2; lasting++) {
        char what[100];
        (void)snprintf(what, sizeof what, "%s at allocation %" PRIu64,
                       lasting != 0 ? "no memory" : "one failure", e.point);
        if (branch(what)) {
            e.hosts = 0;
            memory_watch(NULL, NULL);
            watch_on_felt(heal_memory);
            memory_arm(lasting != 0);
            return;
        }
    }
}

/* ---- a run ---- */

static void watch_what(explore_what what)
{
    switch (what) {
    case EXPLORE_IO: disk_watch(io_hook, NULL); break;
    case EXPLORE_RECOVERY: disk_watch(first_hook, NULL); break;
    case EXPLORE_MEMORY: memory_watch(memory_hook_here, NULL); break;
    }
}

static void finish(void)
{
    while (!e.child && e.running > 0) {
        reap();
    }
    add(&e.sum->runs, 1);
    add(&e.sum->struck, disk_struck() > 0 ? 1 : 0);
    add(&e.sum->reopened, watch_reopened());
    add(&e.sum->commits, watch_commits());
    add(&e.sum->violations, e.violations > 0 ? 1 : 0);
}

bool explore(const explore_plan *plan, const scenario *s, explore_sum *sum)
{
    memset(&e, 0, sizeof e);
    e.plan = plan;
    e.s = s;
    e.sum = sum;
    e.hosts = s->black_out ? UINT32_MAX : 0;
    (void)snprintf(e.what, sizeof e.what, "no fault");
    disk_clear();
    watch_start(plan->control, on_violation, NULL);
    town t;
    if (!s->one_store && !scenario_open(&t, 1)) {
        (void)fprintf(stderr, "crash: the world does not start\n");
        return false;
    }
    watch_what(plan->what);
    if (s->one_store) {
        scenario_store(on_violation, NULL);
    } else {
        scenario_play(&t, s, &e.hosts, on_violation, NULL);
    }
    finish();
    if (e.child) {
        _exit(0);
    }
    disk_watch(NULL, NULL);
    memory_watch(NULL, NULL);
    if (!s->one_store) {
        town_close(&t);
    }
    return true;
}
