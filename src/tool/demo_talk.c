/* SPDX-License-Identifier: Apache-2.0 */
/* Line JSON with the nodes' Unix sockets: one request at a time to each node, never blocking.  A
 * node that is away is dialled again until it is back. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void demo_talk_close(demo_node *node)
{
    if (node->fd >= 0) {
        (void)close(node->fd);
    }
    node->fd = -1;
    node->in_used = 0;
    node->waiting = false;
}

void demo_talk_lost(demo_run *run, demo_node *node)
{
    jk_client_history_answered(&run->history, node->operation, NULL);
    node->operation = 0;
}

bool demo_ask(demo_run *run, demo_node *node, size_t move, demo_verb verb)
{
    (void)run;
    if (node->queued == DEMO_QUEUE) {
        return false;
    }
    node->queue[node->queued++] = (demo_request){move, verb};
    return true;
}

static void dial(demo_run *run, demo_node *node)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    /* By the folder's descriptor, so that a long path does no harm. */
    (void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s.sock",
                   run->net.folder_fd, node->base);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        node->fd = fd;
        node->ready = true;
        run->change_ms = demo_now_ms();
        return;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* ---- requests ---- */

static json_t *residents_of(const demo_run *run, const demo_move *m)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < m->count; i++) {
        (void)json_array_append_new(list,
                                    json_string(run->plan.people[m->person[i]].resident_code));
    }
    return list;
}

static json_t *file_out(const demo_run *run, const demo_move *m)
{
    char planned[11];
    char filed[11];
    demo_day_text(m->planned_day, planned);
    demo_day_text(m->filed_day, filed);
    return json_pack("{s:i, s:s, s:o, s:s, s:s, s:s}", "v", 1, "verb", "file-out", "residents",
                     residents_of(run, m), "destination", demo_town_codes[m->destination],
                     "planned_day", planned, "filing_day", filed);
}

static json_t *move_in(const demo_run *run, const demo_move *m)
{
    static const char *const address[DEMO_TOWNS] = {
        "東京都千代田区見本町一丁目2番3号",
        "東京都中央区見本町四丁目5番6号",
        "神奈川県横浜市見本区見本町7番地8",
    };
    static const char *const postcode[DEMO_TOWNS] = {"1000000", "1040000", "2200000"};
    char moved[11];
    demo_day_text(m->moved_in_day, moved);
    json_t *request = json_pack("{s:i, s:s, s:s, s:o, s:i, s:s, s:s, s:s, s:s}", "v", 1, "verb",
                                "move-in", "origin", demo_town_codes[m->origin], "residents",
                                residents_of(run, m), "card_resident", (int)m->card, "new_address",
                                address[m->destination], "new_postcode", postcode[m->destination],
                                "moved_in_day", moved, "filing_day", DEMO_TODAY);
    (void)json_object_set_new(request, "card_usable", json_boolean(m->kind != DEMO_NO_CARD));
    (void)json_object_set_new(request, "pin_verified", json_boolean(m->kind != DEMO_NO_PIN));
    (void)json_object_set_new(request, "operator", json_string("op1"));
    return request;
}

static json_t *request_of(const demo_run *run, const demo_request *request)
{
    const demo_move *m = &run->plan.moves[request->move];
    switch (request->verb) {
    case DEMO_FILE_OUT: return file_out(run, m);
    case DEMO_MOVE_IN: return move_in(run, m);
    case DEMO_STOP_MOVE:
        return json_pack("{s:i, s:s, s:s}", "v", 1, "verb", "stop", "txn", m->txn_hex);
    case DEMO_ENTER:
        return json_pack("{s:i, s:s, s:s}", "v", 1, "verb", "enter", "txn", m->txn_hex);
    case DEMO_REJECT_MOVE:
        return json_pack("{s:i, s:s, s:s}", "v", 1, "verb", "reject", "txn", m->txn_hex);
    case DEMO_CANCEL_CASE:
        return json_pack("{s:i, s:s, s:s}", "v", 1, "verb", "cancel-out", "case", m->case_hex);
    }
    return NULL;
}

/* Sends the first of the queue; a line is short, so a socket that does not take it is broken. */
static void send_first(demo_run *run, demo_node *node)
{
    char line[DEMO_LINE];
    char name[32];
    json_t *object = request_of(run, &node->queue[0]);
    const size_t size = json_dumpb(object, line, sizeof line - 1, JSON_COMPACT);
    if (size == 0 || size >= sizeof line) {
        json_decref(object);
        return;
    }
    (void)snprintf(name, sizeof name, "%s:%s:0", jk_role_name((jk_role)node->id.role),
                   node->id.code);
    node->operation = jk_client_history_asked(&run->history, name, object);
    json_decref(object);
    line[size] = '\n';
    node->waiting = true;
    if (send(node->fd, line, size + 1, MSG_NOSIGNAL) != (ssize_t)(size + 1)) {
        node->lost = true;
        demo_talk_lost(run, node);
        demo_talk_close(node);
    }
}

static void drop_first(demo_node *node)
{
    node->queued--;
    memmove(node->queue, node->queue + 1, node->queued * sizeof node->queue[0]);
}

static void take_lines(demo_run *run, demo_node *node)
{
    char *end = NULL;
    while ((end = memchr(node->in, '\n', node->in_used)) != NULL) {
        *end = '\0';
        if (node->waiting && node->queued > 0) {
            const demo_request request = node->queue[0];
            node->waiting = false;
            drop_first(node);
            json_t *answer = json_loads(node->in, 0, NULL);
            jk_client_history_answered(&run->history, node->operation, answer);
            json_decref(answer);
            node->operation = 0;
            demo_answered(run, &request, node->in);
        }
        const size_t used = (size_t)(end - node->in) + 1;
        node->in_used -= used;
        memmove(node->in, node->in + used, node->in_used);
    }
}

static void receive(demo_run *run, demo_node *node)
{
    const ssize_t size =
        recv(node->fd, node->in + node->in_used, sizeof node->in - node->in_used, 0);
    if (size > 0) {
        node->in_used += (size_t)size;
        run->change_ms = demo_now_ms();
        take_lines(run, node);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR) ||
               node->in_used == sizeof node->in) {
        node->lost = node->lost || node->waiting;
        node->ready = false;
        demo_talk_lost(run, node);
        demo_talk_close(node);
    }
}

/* Before anything else is sent: was the request, whose answer never came, carried out? */
static bool settle_lost(demo_run *run, demo_node *node)
{
    if (node->lost && node->queued > 0) {
        const demo_request request = node->queue[0];
        if (!demo_answer_lost(run, node, &request)) {
            drop_first(node);
        }
    }
    node->lost = false;
    return true;
}

void demo_talk(demo_run *run, int wait_ms)
{
    struct pollfd set[DEMO_NODES];
    demo_node *of[DEMO_NODES];
    nfds_t count = 0;
    for (size_t i = 0; i < DEMO_NODES; i++) {
        demo_node *node = &run->net.node[i];
        if (node->pid > 0 && node->fd < 0 && !node->leaving) {
            dial(run, node);
        }
        if (node->fd >= 0 && !node->waiting && node->queued > 0 && settle_lost(run, node) &&
            node->queued > 0) {
            send_first(run, node);
        }
        if (node->fd >= 0) {
            of[count] = node;
            set[count++] = (struct pollfd){.fd = node->fd, .events = POLLIN};
        }
    }
    if (poll(set, count, wait_ms) <= 0) {
        return;
    }
    for (nfds_t i = 0; i < count; i++) {
        if (set[i].revents != 0) {
            receive(run, of[i]);
        }
    }
}
