/* SPDX-License-Identifier: Apache-2.0 */
/* The loop.  Everything readable is handled, then the turn ends: commit, then log lines, messages,
 * acknowledgements and answers leave.  libuv blocks only after a turn. */
#include "node/internal.h"

#include "node/node.h"
#include "node/reconcile.h"
#include "step/bulk.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLERK_ROUNDS_MAX = 64 /* of one turn; more wait for the next */
};

int64_t jk_node_now(jk_node *node)
{
    return node->clock.port.monotonic_ms(&node->clock.port);
}

/* --- failures and the end --- */

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void close_handles(jk_node *node)
{
    if (!node->handles) {
        return;
    }
    node->handles = false;
    close_handle((uv_handle_t *)&node->prepare);
    close_handle((uv_handle_t *)&node->check);
    close_handle((uv_handle_t *)&node->timer);
    close_handle((uv_handle_t *)&node->term);
    close_handle((uv_handle_t *)&node->interrupt);
    close_handle((uv_handle_t *)&node->user);
    close_handle((uv_handle_t *)&node->hangup);
}

void jk_node_stop(jk_node *node, int exit_code)
{
    if (node->stopping) {
        return;
    }
    node->stopping = true;
    node->exit_code = exit_code;
    jk_uv_listener_close(node->listener);
    node->listener = NULL;
    jk_uv_listener_close(node->control);
    node->control = NULL;
    node->stop_ms = jk_node_now(node) + JK_NODE_STOP_MS;
}

const char *jk_node_reason(const jk_node *node, jk_status status)
{
    const jk_fault *fault = &node->boot->store->fault;
    const bool told = jk_status_class(status) == JK_CLASS_HOST && fault->status == status &&
                      fault->text[0] != '\0';
    return told ? fault->text : jk_status_text(status);
}

void jk_node_failed(jk_node *node, jk_status status)
{
    char text[sizeof node->boot->store->fault.text + 32] = "";
    const jk_fault *fault = &node->boot->store->fault;
    if (fault->text[0] != '\0') {
        (void)snprintf(text, sizeof text, "what=\"%s\" code=%d", fault->text, fault->os_code);
    }
    jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "alarm", "-", status,
                     text);
    if (status != JK_E_STORE_GONE && status != JK_E_FULL && status != JK_E_MEMORY &&
        status != JK_E_RANDOM) {
        jk_node_stop(node, JK_NODE_FAILED);
    }
    /* What was asked of the lost group by nobody who asks again is looked for in the store. */
    node->clerk_scan = true;
    node->retry_ms = jk_node_now(node) + JK_NODE_RETRY_MS;
    jk_connections_close(node, status);
}

jk_status jk_node_flush(jk_node *node)
{
    const jk_status status = jk_engine_flush(node->engine);
    if (status != JK_OK) {
        jk_node_failed(node, status);
    }
    jk_history_flush(node->history);
    return status;
}

jk_status jk_node_stepped(jk_node *node, jk_status status)
{
    node->steps++;
    if (status != JK_OK && !jk_engine_blocked(node->engine) &&
        (jk_status_class(status) == JK_CLASS_HOST || status == JK_E_BUG)) {
        jk_node_failed(node, status);
    }
    return status;
}

jk_status jk_node_command(jk_node *node, const jk_command *command)
{
    return jk_node_stepped(node, jk_engine_command(node->engine, command));
}

jk_status jk_node_note(jk_node *node, const jk_data_key *key, jk_span value)
{
    return jk_node_stepped(node, jk_engine_note(node->engine, key, value));
}

bool jk_node_feed(jk_node *node)
{
    size_t taken = 0;
    const jk_status status = jk_engine_feed(node->engine, &taken);
    node->steps += taken;
    if (status != JK_OK) {
        jk_node_failed(node, status);
    }
    return status == JK_OK && taken == JK_BULK_TURN_MAX;
}

static void on_step(void *arg, const jk_step_record *record)
{
    jk_node *node = arg;
    jk_steplog_kept(&node->log);
    jk_history_step(node->history, record);
    jk_clerk_note(node, record);
}

static jk_status keep_steps(void *arg, jk_engine *engine)
{
    jk_node *node = arg;
    return jk_steplog_keep(&node->log, node->boot->store, engine);
}

/* --- the turn --- */

static void run_timers(jk_node *node)
{
    const int64_t now_ms = jk_node_now(node);
    if (now_ms < node->engine_next_ms && node->seen == node->steps) {
        return;
    }
    node->seen = node->steps;
    int64_t next_ms = INT64_MAX;
    const jk_status status = jk_engine_timers(node->engine, &next_ms);
    if (status != JK_OK && jk_status_class(status) != JK_CLASS_PEER) {
        jk_node_failed(node, status);
    }
    const int64_t latest_ms = now_ms + (status == JK_OK ? JK_NODE_TIMER_MAX_MS : JK_NODE_RETRY_MS);
    node->engine_next_ms = next_ms < latest_ms ? next_ms : latest_ms;
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer; /* the turn that follows does the work */
}

static void set_timer(jk_node *node, int64_t at_ms)
{
    const int64_t now_ms = jk_node_now(node);
    if (at_ms == node->timer_ms && at_ms > now_ms) {
        return;
    }
    node->timer_ms = at_ms;
    uv_update_time(&node->loop);
    (void)uv_timer_start(&node->timer, on_timer, at_ms > now_ms ? (uint64_t)(at_ms - now_ms) : 0,
                         0);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A wall clock that was set is told once, and once more when it is right again. */
static void look_at_clock(jk_node *node)
{
    char text[160];
    const int64_t wall_ms = node->clock.port.wall_ms(&node->clock.port);
    const int64_t set_ms = jk_uv_clock_astray(&node->clock);
    if (set_ms != 0 && !node->astray_told) {
        (void)snprintf(text, sizeof text,
                       "what=\"the clock was set by %lld s: the legal day goes on as before; "
                       "restart to believe it\"",
                       (long long)(set_ms / 1000));
        jk_steplog_event(&node->log, wall_ms, "alarm", "-", JK_E_DATE, text);
    } else if (set_ms == 0 && node->astray_told) {
        jk_steplog_event(&node->log, wall_ms, "clock", "-", JK_OK,
                         "what=\"the clock is right again\"");
    }
    node->astray_told = set_ms != 0;
}

/* What is due by time, apart from the engine's timers. */
static int64_t run_due(jk_node *node)
{
    const int64_t now_ms = jk_node_now(node);
    if (now_ms >= node->sweep_ms) {
        look_at_clock(node);
        jk_connections_sweep(node);
        node->sweep_ms = now_ms + JK_NODE_SWEEP_MS;
    }
    if (now_ms >= node->lazy_ms && node->lazy_seen != node->steps) {
        node->lazy_seen = node->steps;
        node->lazy_ms = now_ms + 4 * JK_NODE_SWEEP_MS;
        jk_peers_look(node);
    }
    return earlier(jk_peers_dial(node), node->sweep_ms);
}

static void end_process(jk_node *node)
{
    jk_connections_close(node, JK_OK);
    jk_control_close(node);
    close_handles(node);
}

/* Ends a turn of the loop.  Called before libuv blocks, and after it has read what there was. */
static void turn(jk_node *node)
{
    if (node->turning) {
        return;
    }
    node->turning = true;
    run_timers(node);
    const int64_t reconcile_ms = jk_reconcile_run(node);
    jk_status status = jk_node_flush(node);
    const bool calm = jk_node_now(node) >= node->retry_ms;
    for (int i = 0; calm && status == JK_OK && i < CLERK_ROUNDS_MAX && jk_clerk_run(node); i++) {
        status = jk_node_flush(node);
    }
    const bool more = calm && status == JK_OK && jk_node_feed(node);
    if (node->seen != node->steps) { /* what was just taken may have set a nearer timer */
        run_timers(node);
        status = jk_node_flush(node);
    }
    jk_connections_send(node);
    const int64_t wait_ms = more ? jk_node_now(node) : jk_control_waits(node);
    const int64_t due_ms = run_due(node);
    jk_steplog_flush(&node->log);
    if (node->stopping) {
        end_process(node);
    } else {
        set_timer(node,
                  earlier(earlier(node->engine_next_ms, due_ms), earlier(wait_ms, reconcile_ms)));
    }
    node->turning = false;
}

static void on_prepare(uv_prepare_t *handle)
{
    turn(handle->data);
}

static void on_check(uv_check_t *handle)
{
    turn(handle->data);
}

/* Nothing is read again while the node runs; the file is judged for whoever changed it. */
static void judge_config(jk_node *node)
{
    jk_config_file file = {.path = node->boot->file.path};
    jk_node_config *config = malloc(sizeof *config);
    const jk_status status = config == NULL ? JK_E_MEMORY : jk_config_read(&file, config);
    jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "config", "-", status,
                     status == JK_OK ? "what=\"read at a start only: restart to use a change\""
                                     : "what=\"a restart would be refused: juki check-config\"");
    free(config);
}

static void on_signal(uv_signal_t *handle, int number)
{
    jk_node *node = handle->data;
    if (number == SIGUSR1) {
        jk_steplog_flush(&node->log);
        jk_steplog_reopen(&node->log, node->clock.port.wall_ms(&node->clock.port));
        return;
    }
    if (number == SIGHUP) {
        judge_config(node);
        return;
    }
    jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "stop", "-", JK_OK,
                     "");
    jk_node_stop(node, JK_NODE_STOPPED);
}

/* --- start --- */

static bool peer_keys(void *arg, const jk_node_id *peer, uint8_t prekey[32],
                      uint8_t sign_public[32])
{
    jk_node *node = arg;
    jk_directory_entry entry;
    const uint64_t now_s = (uint64_t)(node->clock.port.wall_ms(&node->clock.port) / 1000);
    if (jk_directory_find(&node->boot->directory, peer, &entry) != JK_OK ||
        now_s < entry.node.from_s || now_s >= entry.node.to_s) {
        return false;
    }
    memcpy(prekey, entry.prekey, 32);
    memcpy(sign_public, entry.node.sign_public, 32);
    return true;
}

static void *take_memory(void *arg, size_t size)
{
    (void)arg;
    return malloc(size);
}

static void give_memory(void *arg, void *block)
{
    (void)arg;
    free(block);
}

static jk_status start_engine(jk_node *node)
{
    const jk_node_config *config = node->config;
    const jk_keys *keys = node->boot->keys;
    const bool seals = config->id.role == JK_ROLE_CS;
    const jk_step_config step = {
        .self = config->id,
        .store = node->boot->store,
        .link = &node->link.port,
        .clock = &node->clock.port,
        .random = &node->boot->random,
        .keys = {.seal = seals ? &keys->seal : NULL,
                 .sign_secret = keys->sign_secret,
                 .peer = peer_keys,
                 .arg = node},
        .periods = jk_legal_periods_default(),
        .verify_due_ms = config->verify_due_ms,
        .cert_due_ms = config->cert_due_ms,
        .notice_due_ms = config->notice_due_ms,
        .card_due_ms = config->card_due_ms,
        .status_due_ms = config->status_due_ms,
        .resend_ms = config->resend_ms,
        .round_due_ms = config->round_due_ms,
        .check_due_ms = config->check_due_ms,
        .memory = {take_memory, give_memory, NULL},
        .log = on_step,
        .log_keep = keep_steps,
        .log_arg = node,
    };
    node->engine = calloc(1, jk_engine_size());
    return node->engine == NULL ? JK_E_MEMORY : jk_engine_init(node->engine, &step);
}

static jk_status start_signals(jk_node *node)
{
    const bool good = uv_signal_init(&node->loop, &node->term) == 0 &&
                      uv_signal_init(&node->loop, &node->interrupt) == 0 &&
                      uv_signal_init(&node->loop, &node->user) == 0 &&
                      uv_signal_init(&node->loop, &node->hangup) == 0 &&
                      uv_signal_start(&node->hangup, on_signal, SIGHUP) == 0 &&
                      uv_signal_start(&node->term, on_signal, SIGTERM) == 0 &&
                      uv_signal_start(&node->interrupt, on_signal, SIGINT) == 0 &&
                      uv_signal_start(&node->user, on_signal, SIGUSR1) == 0;
    return good ? JK_OK : JK_E_IO;
}

static jk_status start_handles(jk_node *node)
{
    bool good = uv_prepare_init(&node->loop, &node->prepare) == 0 &&
                uv_check_init(&node->loop, &node->check) == 0 &&
                uv_timer_init(&node->loop, &node->timer) == 0;
    node->prepare.data = node;
    node->check.data = node;
    node->timer.data = node;
    node->term.data = node;
    node->interrupt.data = node;
    node->user.data = node;
    node->hangup.data = node;
    good = good && start_signals(node) == JK_OK &&
           uv_prepare_start(&node->prepare, on_prepare) == 0 &&
           uv_check_start(&node->check, on_check) == 0;
    node->handles = true;
    return good ? JK_OK : JK_E_IO;
}

static jk_status start_sockets(jk_node *node)
{
    const jk_node_config *config = node->config;
    jk_fault fault = {.status = JK_OK};
    jk_status status = jk_uv_listen_path(&node->net, config->socket, jk_control_accepted, node,
                                         &node->control, &fault);
    if (status != JK_OK) {
        jk_config_report(&node->boot->file, "socket", fault.text);
        return status;
    }
    if (config->listen[0] != '\0') {
        status = jk_uv_listen(&node->net, config->listen, jk_connection_accepted, node,
                              &node->listener, &fault);
        if (status != JK_OK) {
            jk_config_report(&node->boot->file, "listen", fault.text);
        }
    }
    return status;
}

static jk_status start_history(jk_node *node)
{
    jk_fault fault = {.status = JK_OK};
    const jk_status status = jk_history_open(node->config, node->name, node->boot->store,
                                             &node->clock.port, &node->history, &fault);
    if (status != JK_OK) {
        jk_config_report(&node->boot->file, "history",
                         fault.text[0] != '\0' ? fault.text : jk_status_text(status));
    }
    return status;
}

static jk_status start(jk_node *node)
{
    jk_status status = jk_steplog_open(&node->log, node->config->log, node->name);
    if (status != JK_OK) {
        jk_config_report(&node->boot->file, "log", "cannot be opened for writing");
        return status;
    }
    status = start_history(node);
    if (status != JK_OK) {
        return status;
    }
    (void)sodium_bin2hex(node->log.net, sizeof node->log.net, node->boot->keys->root_public,
                         sizeof node->log.net / 2);
    status = jk_steplog_recover(&node->log, node->boot->store,
                                node->clock.port.wall_ms(&node->clock.port));
    if (status == JK_OK) {
        status = start_engine(node);
    }
    if (status != JK_OK) {
        jk_config_report(&node->boot->file, "store", jk_node_reason(node, status));
        return status;
    }
    status = start_sockets(node);
    if (status == JK_OK) {
        status = start_handles(node);
    }
    if (status == JK_OK) {
        jk_peers_load(node);
    }
    return status;
}

static void init(jk_node *node, jk_boot *boot)
{
    node->boot = boot;
    node->config = &boot->config;
    node->net.loop = &node->loop;
    node->log.descriptor = -1;
    node->clerk_scan = true;
    jk_node_name(&boot->config.id, node->name);
    jk_uv_clock_init(&node->clock);
    if (boot->config.has_today) {
        jk_uv_clock_fix(&node->clock, boot->config.today);
    }
    jk_link_init(node);
    node->start_ms = jk_node_now(node);
}

/* Runs the loop until nothing is open any more. */
static int run(jk_node *node, FILE *out)
{
    jk_status status = start(node);
    if (status == JK_OK) {
        jk_steplog_head(&node->log, node->clock.port.wall_ms(&node->clock.port), "start");
        if (node->boot->rooted_anew) {
            jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "alarm", "-",
                             JK_E_CERTIFICATE,
                             "what=\"the keys have another root than at the last start\"");
        }
        (void)fprintf(out, "ready %s %s\n", node->name,
                      node->config->listen[0] != '\0' ? node->config->listen : "-");
        (void)fflush(out);
        (void)uv_run(&node->loop, UV_RUN_DEFAULT);
    } else {
        jk_node_stop(node, JK_NODE_REFUSED);
        end_process(node);
    }
    while (uv_loop_alive(&node->loop) != 0 && jk_node_now(node) < node->stop_ms) {
        (void)uv_run(&node->loop, UV_RUN_ONCE);
    }
    if (node->exit_code == JK_NODE_STOPPED) {
        jk_steplog_head(&node->log, node->clock.port.wall_ms(&node->clock.port), "end");
    }
    jk_steplog_close(&node->log);
    jk_history_close(node->history, node->exit_code == JK_NODE_STOPPED);
    return node->exit_code;
}

static jk_node_exit run_boot(jk_boot *boot, FILE *out, FILE *err)
{
    jk_node *node = calloc(1, sizeof *node);
    jk_node_peer *peers = calloc(JK_PEERS_MAX, sizeof *peers);
    int code = JK_NODE_FAILED;
    if (node == NULL || peers == NULL || uv_loop_init(&node->loop) != 0) {
        (void)fprintf(err, "%s: %s\n", boot->file.path, jk_status_text(JK_E_MEMORY));
    } else {
        node->peers = peers;
        init(node, boot);
        code = run(node, out);
        (void)uv_loop_close(&node->loop);
        if (node->engine != NULL) {
            jk_engine_close(node->engine);
        }
        free(node->engine);
    }
    free(peers);
    free(node);
    return (jk_node_exit)code;
}

/* --- findings --- */

typedef struct telling {
    const char *path;
    FILE *err;
} telling;

static void tell(void *arg, const jk_config_finding *finding)
{
    const telling *t = arg;
    (void)fprintf(t->err, "%s:%u:%u: %s\n", t->path, finding->line, finding->column, finding->text);
}

static jk_boot *boot_new(const char *path, telling *t)
{
    jk_boot *boot = calloc(1, sizeof *boot);
    if (boot != NULL) {
        boot->lock = -1;
        boot->file.path = path;
        boot->file.tell = tell;
        boot->file.arg = t;
    } else {
        (void)fprintf(t->err, "%s: %s\n", path, jk_status_text(JK_E_MEMORY));
    }
    return boot;
}

jk_node_exit jk_node_check(const char *path, bool whole, FILE *out, FILE *err)
{
    telling t = {path, err};
    jk_boot *boot = boot_new(path, &t);
    if (boot == NULL) {
        return JK_NODE_FAILED;
    }
    jk_status status = jk_boot_check(boot);
    if (status == JK_OK && whole) {
        status = jk_boot_look(boot);
    }
    if (status == JK_OK) {
        char name[JK_NODE_NAME_SIZE];
        jk_node_name(&boot->config.id, name);
        (void)fprintf(out, "%s: %s: nothing wrong\n", path, name);
    }
    jk_boot_close(boot);
    free(boot);
    return status == JK_OK ? JK_NODE_STOPPED : JK_NODE_REFUSED;
}

jk_node_exit jk_node_run(const char *path, FILE *out, FILE *err)
{
    telling t = {path, err};
    jk_boot *boot = boot_new(path, &t);
    if (boot == NULL) {
        return JK_NODE_FAILED;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error of its write */
    jk_node_exit code = JK_NODE_REFUSED;
    if (jk_boot_check(boot) == JK_OK && jk_boot_open(boot) == JK_OK) {
        code = run_boot(boot, out, err);
    }
    jk_boot_close(boot);
    free(boot);
    return code;
}
