/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a measurement: a CS, its prefecture and national, as real processes on real files;
 * children never outlive the run. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE

#include "bench_run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    WORDS_MAX = 16,
    STOP_MS = 30000,
    READY_S = 7200 /* an import of millions takes its time */
};

volatile int bench_interrupted;

static double seconds(const struct timespec *time)
{
    return (double)time->tv_sec + (double)time->tv_nsec / 1e9;
}

double bench_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return seconds(&now);
}

void bench_path(const bench_run *run, const bench_node *node, const char *suffix,
                char path[BENCH_PATH + 64])
{
    (void)snprintf(path, BENCH_PATH + 64, "%s/%s%s", run->folder, node->base, suffix);
}

/* ---- children ---- */

/* Our own program with other words, in the run's folder; its standard output goes to `out`. */
static pid_t start_child(const bench_run *run, const char *base, char **words, int out)
{
    char name[BENCH_NAME];
    const pid_t parent = getpid();
    (void)snprintf(name, sizeof name, "%s.err", base);
    const pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* the terminal's ^C goes to all; the run decides */
    if (getppid() != parent || chdir(run->folder) != 0) {
        _exit(127);
    }
    const int err = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (err < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0 ||
        dup2(out >= 0 ? out : null, STDOUT_FILENO) < 0) {
        _exit(127);
    }
    (void)execv("/proc/self/exe", words);
    _exit(127);
}

/* words: ended by NULL. */
static bool run_verb(bench_run *run, const char *const *given)
{
    char *words[WORDS_MAX] = {NULL};
    size_t count = 0;
    bool made = true;
    for (; made && given[count] != NULL && count + 1 < WORDS_MAX; count++) {
        words[count] = strdup(given[count]);
        made = words[count] != NULL;
    }
    int status = 0;
    const pid_t pid = made ? start_child(run, given[1], words, -1) : -1;
    pid_t ended = -1;
    do {
        ended = pid > 0 ? waitpid(pid, &status, 0) : -1;
    } while (ended < 0 && errno == EINTR && bench_interrupted == 0);
    for (size_t i = 0; i < count; i++) {
        free(words[i]);
    }
    const bool done = pid > 0 && ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return done || bench_fail(run, given[1], "failed; see its .err in --folder");
}

/* ---- the folder ---- */

static bool make_folder(bench_run *run)
{
    const char *given = run->options->folder;
    if (given != NULL) {
        if (strlen(given) >= sizeof run->folder || (mkdir(given, 0700) != 0 && errno != EEXIST)) {
            return bench_fail(run, given, strerror(errno));
        }
        if (realpath(given, run->folder) == NULL) {
            return bench_fail(run, given, strerror(errno));
        }
        return true;
    }
    const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
    (void)snprintf(run->folder, sizeof run->folder, "%s/juki-bench-XXXXXX",
                   parent != NULL && parent[0] == '/' ? parent : "/tmp");
    run->own_folder = mkdtemp(run->folder) != NULL;
    return run->own_folder || bench_fail(run, run->folder, strerror(errno));
}

/* Free ports: all are held at once, so that no two are the same. */
static bool find_ports(bench_run *run)
{
    int held[BENCH_NODES];
    bool done = true;
    for (size_t i = 0; i < BENCH_NODES; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        held[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        done = done && held[i] >= 0 &&
               bind(held[i], (const struct sockaddr *)&address, size) == 0 &&
               getsockname(held[i], (struct sockaddr *)&address, &size) == 0;
        run->node[i].port = ntohs(address.sin_port);
    }
    for (size_t i = 0; i < BENCH_NODES; i++) {
        if (held[i] >= 0) {
            (void)close(held[i]);
        }
    }
    return done || bench_fail(run, "loopback", strerror(errno));
}

/* The folder of an earlier run: its nodes and its people. */
static bool take_over(bench_run *run, bool *there)
{
    static const char listen[] = "listen: 127.0.0.1:";
    *there = true;
    for (size_t i = 0; i < BENCH_NODES && *there; i++) {
        char path[BENCH_PATH + 64];
        char line[256];
        bench_path(run, &run->node[i], ".yaml", path);
        FILE *file = fopen(path, "r");
        *there = file != NULL;
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            if (strncmp(line, listen, sizeof listen - 1) == 0) {
                run->node[i].port = (unsigned)strtoul(line + sizeof listen - 1, NULL, 10);
            }
        }
        if (file != NULL) {
            (void)fclose(file);
        }
        if (*there && run->node[i].port == 0) {
            return bench_fail(run, path, "is no configuration of an earlier run");
        }
    }
    return true;
}

static bool write_config(bench_run *run, const bench_node *node)
{
    char path[BENCH_PATH + 64];
    bench_path(run, node, ".yaml", path);
    FILE *file = fopen(path, "wx");
    if (file == NULL) {
        return bench_fail(run, path, strerror(errno));
    }
    (void)fprintf(
        file,
        "node: {role: %s, code: \"%s\"}\nstore: %s.db\nkeys: %s.keys\n"
        "directory: directory.bin\nlisten: 127.0.0.1:%u\nsocket: %s.sock\nlog: %s.log\n"
        "population: people.tsv\ntoday: \"2026-04-10\"\ndial_max_ms: 300\n"
        "reconcile: {round_due_ms: 7200000, check_due_ms: 3600000, scrub_ms: 604800000}\n",
        node->base, node->code, node->base, node->base, node->port, node->base, node->base);
    return fclose(file) == 0 || bench_fail(run, path, strerror(errno));
}

static bool make_keys(bench_run *run)
{
    const char *const root[] = {"juki", "keys", "init", "--out", "root", NULL};
    char entry[BENCH_NODES][BENCH_NAME];
    bool made = run_verb(run, root);
    for (size_t i = 0; made && i < BENCH_NODES; i++) {
        char keys[32];
        (void)snprintf(keys, sizeof keys, "%s.keys", run->node[i].base);
        (void)snprintf(entry[i], sizeof entry[i], "%s=127.0.0.1:%u", keys, run->node[i].port);
        const char *const issue[] = {"juki",
                                     "keys",
                                     "issue",
                                     "--root",
                                     "root",
                                     "--role",
                                     run->node[i].base,
                                     "--code",
                                     run->node[i].code,
                                     "--out",
                                     keys,
                                     NULL};
        made = run_verb(run, issue) && write_config(run, &run->node[i]);
    }
    const char *const directory[] = {"juki",  "keys",          "directory", "--root", "root",
                                     "--out", "directory.bin", entry[0],    entry[1], entry[2],
                                     NULL};
    return made && run_verb(run, directory);
}

static bool make_people(bench_run *run)
{
    char residents[24];
    (void)snprintf(residents, sizeof residents, "%llu",
                   (unsigned long long)run->options->residents);
    const char *const people[] = {"juki",           "population",       "--seed",      "1",
                                  "--municipality", BENCH_MUNICIPALITY, "--residents", residents,
                                  "--out",          "made.tsv",         NULL};
    const double begin = bench_now();
    const bool made = run_verb(run, people) && bench_sort_people(run);
    bench_tell(run, "population.seconds", bench_now() - begin, "s");
    return made;
}

static void interrupt(int number)
{
    (void)number;
    bench_interrupted = 1;
}

bool bench_net_make(bench_run *run)
{
    static const char *const bases[BENCH_NODES] = {"cs", "prefecture", "national"};
    static const char *const codes[BENCH_NODES] = {BENCH_MUNICIPALITY, "140007", "000000"};
    const struct sigaction action = {.sa_handler = interrupt};
    for (size_t i = 0; i < BENCH_NODES; i++) {
        run->node[i] = (bench_node){.base = bases[i], .code = codes[i], .out = -1};
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    bool there = false;
    if (!make_folder(run) || !take_over(run, &there)) {
        return false;
    }
    return there || (find_ports(run) && make_keys(run) && make_people(run));
}

/* ---- processes ---- */

/* Its first line, "ready ...". */
static bool wait_ready(bench_run *run, bench_node *node)
{
    const double until = bench_now() + READY_S;
    while (bench_now() < until && bench_interrupted == 0) {
        char line[256];
        struct pollfd wait = {.fd = node->out, .events = POLLIN};
        if (poll(&wait, 1, 100) > 0) {
            const ssize_t size = read(node->out, line, sizeof line - 1);
            line[size > 0 ? size : 0] = '\0';
            return strncmp(line, "ready", 5) == 0 ||
                   bench_fail(run, node->base, "did not start; see its .err in --folder");
        }
    }
    return bench_fail(run, node->base, "did not get ready");
}

bool bench_net_start(bench_run *run, bench_node *node)
{
    char config[BENCH_NAME];
    int ends[2];
    (void)snprintf(config, sizeof config, "%s.yaml", node->base);
    if (pipe(ends) != 0) {
        return bench_fail(run, node->base, strerror(errno));
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    char *words[] = {(char[]){"juki"}, (char[]){"node"}, (char[]){"--config"}, config, NULL};
    node->pid = start_child(run, node->base, words, ends[1]);
    node->out = ends[0];
    (void)close(ends[1]);
    return node->pid > 0 ? wait_ready(run, node) : bench_fail(run, node->base, strerror(errno));
}

bool bench_net_watch(bench_run *run)
{
    for (size_t i = 0; i < BENCH_NODES; i++) {
        bench_node *node = &run->node[i];
        int status = 0;
        if (node->pid > 0 && waitpid(node->pid, &status, WNOHANG) == node->pid) {
            node->pid = 0;
            return bench_fail(run, node->base, "ended by itself; see its .err in --folder");
        }
    }
    return bench_interrupted == 0 || bench_fail(run, "bench", "interrupted");
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *at)
{
    (void)info;
    (void)flag;
    (void)at;
    (void)remove(path);
    return 0;
}

void bench_net_close(bench_run *run)
{
    for (size_t i = 0; i < BENCH_NODES; i++) {
        bench_node *node = &run->node[i];
        if (node->pid > 0) {
            (void)kill(node->pid, SIGTERM);
        }
    }
    const double until = bench_now() + STOP_MS / 1e3;
    for (size_t i = 0; i < BENCH_NODES; i++) {
        bench_node *node = &run->node[i];
        int status = 0;
        while (node->pid > 0 && waitpid(node->pid, &status, WNOHANG) == 0) {
            if (bench_now() > until) {
                (void)kill(node->pid, SIGKILL);
            }
            (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
        node->pid = 0;
        if (node->out >= 0) {
            (void)close(node->out);
        }
    }
    if (run->own_folder) {
        (void)nftw(run->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
}

/* ---- what they cost ---- */

static double cpu_of(const bench_node *node)
{
    clockid_t clock = 0;
    struct timespec time = {0};
    if (node->pid > 0 && clock_getcpuclockid(node->pid, &clock) == 0) {
        (void)clock_gettime(clock, &time);
    }
    return seconds(&time);
}

void bench_begin(const bench_run *run, bench_meter *meter)
{
    meter->wall = bench_now();
    for (size_t i = 0; i < BENCH_NODES; i++) {
        meter->cpu[i] = cpu_of(&run->node[i]);
    }
}

void bench_end(bench_run *run, const bench_meter *meter, const char *name)
{
    char full[BENCH_NAME];
    bench_tell_of(run, name, "seconds", bench_now() - meter->wall, "s");
    for (size_t i = 0; i < BENCH_NODES; i++) {
        const double cpu = cpu_of(&run->node[i]) - meter->cpu[i];
        (void)snprintf(full, sizeof full, "cpu.%s", run->node[i].base);
        bench_tell_of(run, name, full, cpu, "s of the processor");
        if (run->scan[i] > 0) {
            (void)snprintf(full, sizeof full, "scans.%s", run->node[i].base);
            bench_tell_of(run, name, full, cpu / run->scan[i], "raw scans");
        }
    }
}

/* A line "VmHWM:   12345 kB" of the kernel's, in MiB. */
static double memory_of(const bench_node *node, const char *field)
{
    char path[BENCH_NAME];
    char line[128];
    double value = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)node->pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const size_t size = strlen(field);
        if (strncmp(line, field, size) == 0 && line[size] == ':') {
            value = strtod(line + size + 1, NULL) / 1024;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return value;
}

void bench_tell_nodes(bench_run *run, const char *when)
{
    static const char *const files[] = {".db", ".db-wal"};
    char name[BENCH_NAME];
    for (size_t i = 0; i < BENCH_NODES; i++) {
        const bench_node *node = &run->node[i];
        double bytes = 0;
        for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
            char path[BENCH_PATH + 64];
            struct stat info;
            bench_path(run, node, files[k], path);
            bytes += stat(path, &info) == 0 ? (double)info.st_size : 0;
        }
        (void)snprintf(name, sizeof name, "%s.memory.%s", when, node->base);
        bench_tell(run, name, memory_of(node, "VmRSS"), "MiB");
        (void)snprintf(name, sizeof name, "%s.peak.%s", when, node->base);
        bench_tell(run, name, memory_of(node, "VmHWM"), "MiB");
        (void)snprintf(name, sizeof name, "%s.disk.%s", when, node->base);
        bench_tell(run, name, bytes / (double)run->options->residents, "bytes/resident");
    }
}
