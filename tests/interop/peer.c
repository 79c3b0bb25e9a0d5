/* SPDX-License-Identifier: Apache-2.0 */
/* Our side of the interoperability tests: src/channel on a TCP socket, with the same
 * command line and the same conversation as gopeer and pypeer.py, one line a connection.  It holds
 * no rule of the channel's own. */
#include "channel/channel.h"
#include "channel/random.h"
#include "node/keyfile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SIZES_MAX = 8,
    SEND_SIZE = 200000,
    READ_SIZE = 65536,
    NACK_RULE = 101,
    CREDIT = 64,
    TALK_MS = 100000
};

typedef struct options {
    bool dial;
    const char *keys_dir;
    struct sockaddr_in address;
    jk_node_id peer;
    unsigned long times;
    unsigned long messages;
    size_t sizes[SIZES_MAX];
    size_t size_count;
} options;

typedef struct peer {
    options o;
    jk_keys keys;
    jk_random random;
    jk_channel channel;
    int socket;
    const char *stage;
    jk_status status; /* why it closed */
    bool open;
    bool closed;
    unsigned long sent; /* messages */
    unsigned long received;
    bool said_nack;
    bool said_ack;
    bool heard_nack;
    bool heard_ack;
    uint8_t receive[JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t send[SEND_SIZE];
    uint8_t data[JK_CHANNEL_MESSAGE_SIZE_MAX];
} peer;

static peer p;

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000U + (uint64_t)time.tv_nsec / 1000000U;
}

/* --- command line --- */

static bool parse_node(const char *text, jk_node_id *id)
{
    char *rest = NULL;
    const unsigned long role = strtoul(text, &rest, 10);
    memset(id, 0, sizeof *id);
    if (*rest != ':' || strlen(rest) < 9 || rest[7] != ':') {
        return false;
    }
    id->role = (uint8_t)role;
    memcpy(id->code, rest + 1, 6);
    id->unit = (uint16_t)strtoul(rest + 8, &rest, 10);
    return *rest == '\0' && jk_node_id_valid(id);
}

static bool parse_address(const char *text, struct sockaddr_in *address)
{
    static const char host[] = "127.0.0.1:";
    memset(address, 0, sizeof *address);
    if (strncmp(text, host, sizeof host - 1) != 0) {
        return false;
    }
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address->sin_port = htons((uint16_t)strtoul(text + sizeof host - 1, NULL, 10));
    return true;
}

static bool parse_sizes(const char *text, options *o)
{
    char *rest = NULL;
    for (o->size_count = 0; o->size_count < SIZES_MAX; text = rest + 1) {
        const unsigned long size = strtoul(text, &rest, 10);
        if (size == 0 || size > JK_CHANNEL_MESSAGE_SIZE_MAX) {
            return false;
        }
        o->sizes[o->size_count++] = size;
        if (*rest != ',') {
            return *rest == '\0';
        }
    }
    return false;
}

static bool parse(int argc, char **argv, options *o)
{
    *o = (options){.times = 1, .sizes = {20}, .size_count = 1};
    if (argc < 5 || (strcmp(argv[1], "dial") != 0 && strcmp(argv[1], "serve") != 0)) {
        return false;
    }
    o->dial = strcmp(argv[1], "dial") == 0;
    o->keys_dir = argv[2];
    bool good = parse_address(argv[3], &o->address) && parse_node(argv[4], &o->peer);
    for (int i = 5; i < argc; i++) {
        if (strncmp(argv[i], "times=", 6) == 0) {
            o->times = strtoul(argv[i] + 6, NULL, 10);
        } else if (strncmp(argv[i], "messages=", 9) == 0) {
            o->messages = strtoul(argv[i] + 9, NULL, 10);
        } else if (strncmp(argv[i], "sizes=", 6) == 0) {
            good = good && parse_sizes(argv[i] + 6, o);
        } else {
            good = false;
        }
    }
    return good;
}

/* --- the conversation --- */

/* The bytes of a message; gopeer and pypeer.py make the same. */
static void content(bool from_dialler, unsigned long number, size_t size, uint8_t *data)
{
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(number * 7 + i * 13 + (i >> 8) * 31 + (from_dialler ? 0U : 101U));
    }
}

static size_t size_of(unsigned long number)
{
    return p.o.sizes[(number - 1) % p.o.size_count];
}

/* Says the next thing; false when there is nothing to say or no room. */
static bool say_next(void)
{
    if (p.sent < p.o.messages) {
        const size_t size = size_of(p.sent + 1);
        content(p.o.dial, p.sent + 1, size, p.data);
        if (jk_channel_send(&p.channel, 1, p.sent + 1, (jk_span){p.data, size}) != JK_OK) {
            return false;
        }
        p.sent++;
        return true;
    }
    if (p.received < p.o.messages) {
        return false;
    }
    if (!p.said_nack) {
        const jk_nack nack = {.sequence = 1, .rule = NACK_RULE};
        p.said_nack = jk_channel_nack(&p.channel, 1, &nack) == JK_OK;
        return p.said_nack;
    }
    if (!p.said_ack) {
        const jk_ack ack = {.next_expected = p.o.messages + 1, .credit = CREDIT};
        p.said_ack = jk_channel_ack(&p.channel, 1, &ack) == JK_OK;
        return p.said_ack;
    }
    return false;
}

static bool is_next_message(const jk_channel_event *event)
{
    const size_t size = size_of(p.received + 1);
    content(!p.o.dial, p.received + 1, size, p.data);
    return p.received < p.o.messages && event->link_epoch == 1 &&
           event->sequence == p.received + 1 && event->data.size == size &&
           memcmp(event->data.data, p.data, size) == 0;
}

static bool take_record(const jk_channel_event *event)
{
    if (event->type == JK_RECORD_MESSAGE) {
        const bool good = is_next_message(event);
        p.received++;
        return good;
    }
    if (event->type == JK_RECORD_NACK) {
        const bool good = !p.heard_nack && event->link_epoch == 1 && event->nack.sequence == 1 &&
                          event->nack.rule == NACK_RULE;
        p.heard_nack = true;
        return good;
    }
    const bool good = event->type == JK_RECORD_ACK && p.heard_nack && !p.heard_ack &&
                      event->link_epoch == 1 && event->ack.next_expected == p.o.messages + 1 &&
                      event->ack.credit == CREDIT;
    p.heard_ack = true;
    return good;
}

static bool take_event(const jk_channel_event *event)
{
    const jk_hello hello = {.link_epoch = 1,
                            .received_epoch = 1,
                            .time_s = clock_ms(CLOCK_REALTIME) / 1000,
                            .version_min = 1,
                            .version_max = 1};
    switch (event->kind) {
    case JK_CHANNEL_AUTHENTICATED:
        p.stage = "hello";
        return jk_node_equal(&event->peer, &p.o.peer) &&
               jk_channel_hello(&p.channel, &hello) == JK_OK;
    case JK_CHANNEL_ESTABLISHED:
        p.stage = "records";
        p.open = event->hello.link_epoch == 1 && event->version == 1;
        return p.open;
    case JK_CHANNEL_RECORD: return take_record(event);
    case JK_CHANNEL_COOKIE: return false;
    case JK_CHANNEL_CLOSED:
        p.closed = true;
        p.status = event->status;
        return true;
    }
    return false;
}

/* --- the socket --- */

static bool write_waiting(void)
{
    const jk_span waiting = jk_channel_output(&p.channel);
    if (waiting.size == 0) {
        return true;
    }
    const ssize_t written = send(p.socket, waiting.data, waiting.size, MSG_NOSIGNAL);
    if (written < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    jk_channel_sent(&p.channel, (size_t)written);
    return true;
}

static bool take_bytes(jk_span bytes)
{
    jk_channel_event event;
    bool good = true;
    do {
        const size_t used = jk_channel_feed(&p.channel, bytes, clock_ms(CLOCK_MONOTONIC));
        bytes.data += used;
        bytes.size -= used;
        while (good && jk_channel_next(&p.channel, &event)) {
            good = take_event(&event);
        }
    } while (good && bytes.size > 0 && !p.closed);
    return good;
}

/* False at the end of the connection. */
static bool read_some(void)
{
    static uint8_t bytes[READ_SIZE];
    const ssize_t size = recv(p.socket, bytes, sizeof bytes, 0);
    if (size < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    return size > 0 && take_bytes((jk_span){bytes, (size_t)size});
}

static bool all_done(void)
{
    return p.open && p.said_ack && p.heard_ack;
}

/* Until all is said and heard; the dialling side then closes, the other waits for that. */
static bool talk(void)
{
    const uint64_t end_ms = clock_ms(CLOCK_MONOTONIC) + TALK_MS;
    while (!p.closed && clock_ms(CLOCK_MONOTONIC) < end_ms) {
        while (p.open && say_next()) {
        }
        if (all_done() && p.o.dial) {
            jk_channel_close(&p.channel);
            p.closed = true;
        }
        const bool waiting = jk_channel_output(&p.channel).size > 0;
        struct pollfd poll_fd = {.fd = p.socket,
                                 .events = (short)(POLLIN | (waiting ? POLLOUT : 0))};
        if (!p.closed) {
            (void)poll(&poll_fd, 1, 100);
        }
        if (!write_waiting() ||
            ((poll_fd.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_some())) {
            return all_done() && p.closed && p.status == JK_OK;
        }
        jk_channel_tick(&p.channel, clock_ms(CLOCK_MONOTONIC));
    }
    return all_done() && p.closed && p.status == JK_OK;
}

static bool connection(unsigned long number)
{
    const jk_channel_config config = {.keys = &p.keys,
                                      .random = &p.random,
                                      .initiator = p.o.dial,
                                      .expected = p.o.peer,
                                      .wall_s = clock_ms(CLOCK_REALTIME) / 1000,
                                      .receive = p.receive,
                                      .receive_size = sizeof p.receive,
                                      .send = p.send,
                                      .send_size = sizeof p.send};
    const int on = 1;
    p.stage = "handshake";
    p.status = JK_OK;
    p.open = p.closed = p.said_nack = p.said_ack = p.heard_nack = p.heard_ack = false;
    p.sent = p.received = 0;
    (void)setsockopt(p.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)fcntl(p.socket, F_SETFL, fcntl(p.socket, F_GETFL) | O_NONBLOCK);
    const bool good =
        jk_channel_init(&p.channel, &config, clock_ms(CLOCK_MONOTONIC)) == JK_OK && talk();
    if (good) {
        const unsigned long long sent = p.channel.sent_records;
        const unsigned long long received = p.channel.received_records;
        (void)printf("%lu: done records_sent=%llu records_received=%llu rekeys=%llu,%llu\n", number,
                     sent, received, sent / JK_CHANNEL_REKEY_RECORDS,
                     received / JK_CHANNEL_REKEY_RECORDS);
    } else {
        (void)printf("%lu: closed at=%s %s (message %lu sent, %lu received)\n", number, p.stage,
                     p.closed ? jk_status_name(p.status) : "end", p.sent, p.received);
    }
    jk_channel_wipe(&p.channel);
    (void)close(p.socket);
    return good;
}

/* Listens and tells the port, or -1. */
static int start_listening(void)
{
    socklen_t size = sizeof p.o.address;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&p.o.address, size) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&p.o.address, &size) != 0) {
        return -1;
    }
    (void)printf("port %d\n", ntohs(p.o.address.sin_port));
    return listener;
}

static int next_socket(int listener)
{
    if (!p.o.dial) {
        return accept(listener, NULL, NULL);
    }
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    return connect(made, (struct sockaddr *)&p.o.address, sizeof p.o.address) == 0 ? made : -1;
}

int main(int argc, char **argv)
{
    jk_fault fault;
    if (!parse(argc, argv, &p.o)) {
        (void)fprintf(stderr, "usage: interop_peer dial|serve KEYS 127.0.0.1:PORT ROLE:CODE:UNIT "
                              "[times=N] [messages=N] [sizes=A,B,...]\n");
        return 2;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (jk_random_system_init(&p.random) != JK_OK ||
        jk_keyfile_load_node(p.o.keys_dir, &p.keys, &fault) != JK_OK) {
        (void)fprintf(stderr, "interop_peer: no keys in %s\n", p.o.keys_dir);
        return 2;
    }
    const int listener = p.o.dial ? -1 : start_listening();
    bool good = p.o.dial || listener >= 0;
    for (unsigned long i = 0; i < p.o.times; i++) {
        p.socket = next_socket(listener);
        if (p.socket < 0) {
            (void)fprintf(stderr, "interop_peer: no connection\n");
            return 2;
        }
        good = connection(i) && good;
    }
    return good ? 0 : 1;
}
