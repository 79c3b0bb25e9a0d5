/* SPDX-License-Identifier: Apache-2.0 */
/* The thirteen processes of a demo: a folder with keys, configurations and people, and children
 * that never outlive the driver: killed at its end, at a signal, by the kernel if it dies. */
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE

#include "demo_run.h"

#include "tool/keys.h"
#include "tool/population.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
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
    STOP_MS = 5000, /* for a node to stop when it is told to */
    READY_MS = 20000,
    ARGUMENTS_MAX = DEMO_NODES + 16
};

volatile int demo_interrupted;

int64_t demo_now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool fail(demo_run *run, const char *what, const char *why)
{
    (void)snprintf(run->fault, sizeof run->fault, "%s: %s", what, why);
    return false;
}

demo_node *demo_node_of(demo_run *run, jk_role role, const char *code)
{
    for (size_t i = 0; i < DEMO_NODES; i++) {
        demo_node *node = &run->net.node[i];
        if (node->id.role == role && strcmp(node->id.code, code) == 0) {
            return node;
        }
    }
    return NULL;
}

/* ---- who there is ---- */

static void name_node(demo_node *node, jk_role role, const char *code)
{
    node->id = (jk_node_id){.role = (uint8_t)role};
    memcpy(node->id.code, code, 6);
    (void)snprintf(node->base, sizeof node->base, "%s-%s", jk_role_name(role), node->id.code);
    node->fd = -1;
}

static void name_nodes(demo_net *net)
{
    size_t count = 0;
    for (size_t i = 0; i < DEMO_TOWNS; i++) {
        name_node(&net->node[count++], JK_ROLE_CS, demo_town_codes[i]);
        name_node(&net->node[count++], JK_ROLE_REGISTRY, demo_town_codes[i]);
        name_node(&net->node[count++], JK_ROLE_TERMINAL, demo_town_codes[i]);
    }
    for (size_t i = 0; i < DEMO_PREFECTURES; i++) {
        name_node(&net->node[count++], JK_ROLE_PREFECTURE, demo_prefecture_codes[i]);
    }
    name_node(&net->node[count++], JK_ROLE_NATIONAL, "000000");
    name_node(&net->node[count], JK_ROLE_CARDS, "000000");
}

static bool listens(const demo_node *node)
{
    return node->id.role != JK_ROLE_REGISTRY && node->id.role != JK_ROLE_TERMINAL;
}

/* Free ports: all are held at once, so no two are the same, and let go before the nodes start. */
static bool find_ports(demo_run *run)
{
    int held[DEMO_NODES];
    size_t count = 0;
    bool done = true;
    for (size_t i = 0; done && i < DEMO_NODES; i++) {
        demo_node *node = &run->net.node[i];
        if (!listens(node)) {
            continue;
        }
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        done = fd >= 0 && bind(fd, (const struct sockaddr *)&address, size) == 0 &&
               getsockname(fd, (struct sockaddr *)&address, &size) == 0;
        node->port = ntohs(address.sin_port);
        if (fd >= 0) {
            held[count++] = fd;
        }
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(held[i]);
    }
    return done || fail(run, "loopback", strerror(errno));
}

/* ---- the folder ---- */

static bool make_folder(demo_run *run)
{
    demo_net *net = &run->net;
    net->folder_fd = -1;
    const char *keep = run->options->keep;
    if (keep == NULL) {
        const char *parent = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
        (void)snprintf(net->folder, sizeof net->folder, "%s/juki-demo-XXXXXX",
                       parent != NULL && parent[0] == '/' ? parent : "/tmp");
        if (mkdtemp(net->folder) == NULL) {
            return fail(run, net->folder, strerror(errno));
        }
        net->own_folder = true;
    } else {
        if (strlen(keep) >= sizeof net->folder) {
            return fail(run, "--keep", "path too long");
        }
        memcpy(net->folder, keep, strlen(keep) + 1);
        if (mkdir(net->folder, 0700) != 0) {
            return fail(run, net->folder, strerror(errno));
        }
    }
    net->folder_fd = open(net->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return net->folder_fd >= 0 || fail(run, net->folder, strerror(errno));
}

static FILE *create(demo_run *run, const char *base, const char *suffix)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s%s", base, suffix);
    int fd = openat(run->net.folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        (void)fail(run, name, strerror(errno));
    }
    return file;
}

static bool write_config(demo_run *run, const demo_node *node)
{
    FILE *file = create(run, node->base, ".yaml");
    if (file == NULL) {
        return false;
    }
    const bool manual = node->id.role == JK_ROLE_REGISTRY &&
                        strcmp(node->id.code, demo_town_codes[DEMO_MANUAL]) == 0;
    (void)fprintf(file, "node: {role: %s, code: \"%s\", unit: 0}\n",
                  jk_role_name((jk_role)node->id.role), node->id.code);
    (void)fprintf(file, "store: %s.db\nkeys: keys/%s\ndirectory: directory.bin\n", node->base,
                  node->base);
    if (listens(node)) {
        (void)fprintf(file, "listen: 127.0.0.1:%u\n", node->port);
    }
    (void)fprintf(file, "socket: %s.sock\nlog: %s.log\npopulation: population.tsv\n", node->base,
                  node->base);
    (void)fprintf(file, "history: history/%s.history\nhistory_key: history.key\n", node->base);
    (void)fprintf(file, "today: \"" DEMO_TODAY "\"\n");
    (void)fprintf(file, "timers: {verify_due_ms: 3000, cert_due_ms: 3000, resend_ms: 200}\n");
    if (node->id.role == JK_ROLE_REGISTRY) {
        (void)fprintf(file, "clerk: %s\n", manual ? "manual" : "automatic");
    }
    (void)fprintf(file, "dial_max_ms: 300\nreconcile: {round_due_ms: 4000, check_due_ms: 3000}\n");
    return fclose(file) == 0 || fail(run, node->base, strerror(errno));
}

/* What was asked for, for the judge: a line a resident of a transaction. */
static bool write_moves(demo_run *run)
{
    FILE *file = create(run, "moves", ".tsv");
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "txn\tresident\torigin\tdestination\n");
    for (size_t i = 0; i < run->plan.count; i++) {
        const demo_move *m = &run->plan.moves[i];
        for (unsigned k = 0; k < m->count && m->txn_hex[0] != '\0'; k++) {
            (void)fprintf(file, "%s\t%s\t%s\t%s\n", m->txn_hex,
                          run->plan.people[m->person[k]].resident_code, demo_town_codes[m->origin],
                          demo_town_codes[m->destination]);
        }
    }
    return fclose(file) == 0 || fail(run, "moves.tsv", strerror(errno));
}

/* ---- children that call a verb of our own ---- */

typedef int verb_fn(int argc, char **argv);

/* A child that dies with its parent, in the run's folder, its output in BASE.err. */
static pid_t start_child(demo_run *run, const char *base)
{
    char name[64];
    const pid_t parent = getpid();
    (void)snprintf(name, sizeof name, "%s.err", base);
    (void)fflush(stdout);
    (void)fflush(stderr);
    const pid_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* the terminal's ^C goes to all; the driver decides */
    (void)signal(SIGTERM, SIG_DFL);
    int fd = openat(run->net.folder_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (getppid() != parent || fd < 0 || null < 0 || fchdir(run->net.folder_fd) != 0 ||
        dup2(null, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
        dup2(fd, STDERR_FILENO) < 0) {
        _exit(127);
    }
    return 0;
}

static pid_t start_verb(demo_run *run, const char *base, verb_fn *verb, char **arguments)
{
    const pid_t pid = start_child(run, base);
    if (pid != 0) {
        return pid;
    }
    int count = 0;
    while (arguments[count] != NULL) {
        count++;
    }
    const int code = verb(count, arguments);
    (void)fflush(stdout);
    (void)fflush(stderr);
    _exit(code);
}

static bool succeeded(pid_t pid)
{
    int status = 0;
    pid_t ended = -1;
    do {
        ended = pid > 0 ? waitpid(pid, &status, 0) : -1;
    } while (ended < 0 && errno == EINTR);
    return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t start_issue(demo_run *run, const demo_node *node)
{
    char role[16];
    char code[8];
    char out[64];
    (void)snprintf(role, sizeof role, "%s", jk_role_name((jk_role)node->id.role));
    (void)snprintf(code, sizeof code, "%s", node->id.code);
    (void)snprintf(out, sizeof out, "keys/%s", node->base);
    char *arguments[] = {(char[]){"keys"},
                         (char[]){"issue"},
                         (char[]){"--root"},
                         (char[]){"keys/root"},
                         (char[]){"--role"},
                         role,
                         (char[]){"--code"},
                         code,
                         (char[]){"--out"},
                         out,
                         NULL};
    return start_verb(run, "keys", jk_tool_keys, arguments);
}

static pid_t start_population(demo_run *run)
{
    char seed[24];
    char residents[24];
    char codes[64] = "";
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->seed);
    (void)snprintf(residents, sizeof residents, "%zu", run->plan.people_count);
    for (size_t i = 0; i < DEMO_TOWNS; i++) {
        const size_t used = strlen(codes);
        (void)snprintf(codes + used, sizeof codes - used, "%s%s", i == 0 ? "" : ",",
                       demo_town_codes[i]);
    }
    char *arguments[] = {(char[]){"population"},
                         (char[]){"--seed"},
                         seed,
                         (char[]){"--municipality"},
                         codes,
                         (char[]){"--residents"},
                         residents,
                         (char[]){"--out"},
                         (char[]){"population.tsv"},
                         NULL};
    return start_verb(run, "population", jk_tool_population, arguments);
}

static bool make_directory(demo_run *run)
{
    char entries[DEMO_NODES][64];
    char *arguments[ARGUMENTS_MAX] = {
        (char[]){"keys"},  (char[]){"directory"},     (char[]){"--root"},     (char[]){"keys/root"},
        (char[]){"--out"}, (char[]){"directory.bin"}, (char[]){"--sequence"}, (char[]){"1"}};
    size_t count = 8;
    for (size_t i = 0; i < DEMO_NODES; i++) {
        const demo_node *node = &run->net.node[i];
        if (listens(node)) {
            (void)snprintf(entries[i], sizeof entries[i], "keys/%s=127.0.0.1:%u", node->base,
                           node->port);
            arguments[count++] = entries[i];
        }
    }
    arguments[count] = NULL;
    return succeeded(start_verb(run, "keys", jk_tool_keys, arguments));
}

/* Keys of thirteen nodes are made side by side, and the people beside them. */
static bool make_keys_and_people(demo_run *run)
{
    char *root[] = {(char[]){"keys"}, (char[]){"init"}, (char[]){"--out"}, (char[]){"keys/root"},
                    NULL};
    pid_t issued[DEMO_NODES];
    const pid_t people = start_population(run);
    bool made = mkdirat(run->net.folder_fd, "keys", 0700) == 0 &&
                succeeded(start_verb(run, "keys", jk_tool_keys, root));
    for (size_t i = 0; i < DEMO_NODES; i++) {
        issued[i] = made ? start_issue(run, &run->net.node[i]) : -1;
    }
    for (size_t i = 0; i < DEMO_NODES; i++) {
        made = succeeded(issued[i]) && made;
    }
    made = made && make_directory(run);
    if (!succeeded(people)) {
        return fail(run, "juki population", "failed; see population.err with --keep");
    }
    return made || fail(run, "juki keys", "failed; see keys.err with --keep");
}

/* Under this key the histories of one run call a resident the same. */
static bool make_history_key(demo_run *run)
{
    FILE *file = create(run, "history", ".key");
    uint64_t random = run->seed;
    if (file == NULL) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        (void)fprintf(file, "%016llx", (unsigned long long)demo_random(&random));
    }
    (void)fprintf(file, "\n");
    if (fclose(file) != 0 || mkdirat(run->net.folder_fd, "history", 0700) != 0) {
        return fail(run, "history", strerror(errno));
    }
    FILE *driver = create(run, "history/driver", ".history");
    jk_client_history_open(&run->history, driver);
    return driver != NULL;
}

bool demo_net_make(demo_run *run)
{
    name_nodes(&run->net);
    bool made = make_folder(run) && find_ports(run) && make_history_key(run);
    for (size_t i = 0; made && i < DEMO_NODES; i++) {
        made = write_config(run, &run->net.node[i]);
    }
    return made && make_keys_and_people(run);
}

/* ---- processes ---- */

bool demo_net_start(demo_run *run, demo_node *node)
{
    const pid_t pid = start_child(run, node->base);
    if (pid == 0) {
        char config[64];
        (void)snprintf(config, sizeof config, "%s.yaml", node->base);
        (void)execl("/proc/self/exe", "juki", "node", "--config", config, (char *)NULL);
        _exit(127);
    }
    if (pid < 0) {
        return fail(run, node->base, strerror(errno));
    }
    node->pid = pid;
    node->ready = false;
    node->leaving = false;
    node->starts++;
    return true;
}

static bool all_ready(const demo_run *run)
{
    for (size_t i = 0; i < DEMO_NODES; i++) {
        if (!run->net.node[i].ready) {
            return false;
        }
    }
    return true;
}

bool demo_net_start_all(demo_run *run)
{
    for (size_t i = 0; i < DEMO_NODES; i++) {
        if (!demo_net_start(run, &run->net.node[i])) {
            return false;
        }
    }
    const int64_t until = demo_now_ms() + READY_MS;
    while (!all_ready(run)) {
        if (demo_interrupted != 0) {
            return fail(run, "demo", "interrupted");
        }
        if (!demo_net_watch(run)) {
            return false;
        }
        if (demo_now_ms() > until) {
            return fail(run, "demo", "the nodes did not get ready");
        }
        demo_talk(run, 10);
    }
    return true;
}

void demo_net_kill(demo_run *run, demo_node *node)
{
    if (node->pid > 0) {
        (void)kill(node->pid, SIGKILL);
        int status = 0;
        while (waitpid(node->pid, &status, 0) < 0 && errno == EINTR) {
        }
        node->pid = 0;
    }
    node->ready = false;
    node->lost = node->lost || node->waiting;
    demo_talk_lost(run, node);
    demo_talk_close(node);
}

/* The last line that a node wrote about itself. */
static void last_words(const demo_run *run, const demo_node *node, char words[160])
{
    char path[DEMO_PATH + 64];
    char line[160];
    words[0] = '\0';
    (void)snprintf(path, sizeof path, "%s/%s.err", run->net.folder, node->base);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(words, 160, "; it said: %.140s", line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

bool demo_net_watch(demo_run *run)
{
    for (size_t i = 0; i < DEMO_NODES; i++) {
        demo_node *node = &run->net.node[i];
        int status = 0;
        if (node->pid > 0 && waitpid(node->pid, &status, WNOHANG) == node->pid) {
            char words[160];
            char why[256];
            last_words(run, node, words);
            (void)snprintf(why, sizeof why, "ended by itself, %s %d%s",
                           WIFSIGNALED(status) ? "signal" : "exit code",
                           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), words);
            node->pid = 0;
            demo_talk_close(node);
            return fail(run, node->base, why);
        }
    }
    return true;
}

/* Waits until the node is gone or the time is over. */
static void reap(demo_node *node, int64_t until)
{
    int status = 0;
    while (node->pid > 0) {
        const pid_t ended = waitpid(node->pid, &status, WNOHANG);
        if (ended == node->pid || (ended < 0 && errno == ECHILD)) {
            node->pid = 0;
        } else if (demo_now_ms() > until) {
            return;
        } else {
            (void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
    }
}

void demo_net_stop_all(demo_run *run)
{
    const int64_t until = demo_now_ms() + STOP_MS;
    for (size_t i = 0; i < DEMO_NODES; i++) {
        demo_node *node = &run->net.node[i];
        demo_talk_close(node);
        demo_look_close(node);
        node->leaving = true;
        if (node->pid > 0) {
            (void)kill(node->pid, SIGTERM);
        }
    }
    for (size_t i = 0; i < DEMO_NODES; i++) {
        reap(&run->net.node[i], until);
        demo_net_kill(run, &run->net.node[i]);
    }
    if (run->plan.count > 0 && run->net.folder_fd >= 0) {
        (void)write_moves(run);
    }
    jk_client_history_close(&run->history);
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *at)
{
    (void)info;
    (void)flag;
    (void)at;
    (void)remove(path);
    return 0;
}

void demo_net_close(demo_run *run)
{
    jk_client_history_close(&run->history);
    for (size_t i = 0; i < DEMO_NODES; i++) {
        demo_net_kill(run, &run->net.node[i]);
        demo_look_close(&run->net.node[i]);
    }
    if (run->net.folder_fd >= 0) {
        (void)close(run->net.folder_fd);
        run->net.folder_fd = -1;
    }
    if (run->net.own_folder) {
        (void)nftw(run->net.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
}
