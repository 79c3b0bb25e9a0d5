/* SPDX-License-Identifier: Apache-2.0 */
/* A message's round trip between two processes on loopback: encoded, through the channel, decoded,
 * answered the same way - against a plain ping-pong of as many bytes, in turns.  Twice: over the
 * streams and the loop that a node has (src/adapter/uv), there also through the channel alone, and
 * over a bare socket that blocks.  The message is a CERT_REQUEST of a household of four.
 * Usage: bench_frame [runs [rounds]] */
#include "adapter/uv/clock.h"
#include "adapter/uv/stream.h"
#include "bench/lib/people.h"
#include "bench/lib/report.h"
#include "channel/channel.h"
#include "channel/random.h"

#include <names.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RUNS_MAX = 999,
    ROUNDS_MAX = 100000,
    WALL_S = 1750000000,
    HOUSEHOLD = 3, /* of four */
    BUFFER_SIZE = 80000
};

/* What goes to and fro over the loop. */
typedef enum play_kind {
    PLAY_PLAIN,   /* bytes */
    PLAY_CHANNEL, /* a message encoded once, through the channel */
    PLAY_FRAMED   /* a message through codec and channel */
} play_kind;

typedef struct side {
    int socket;
    bool asks; /* the asking side measures, the other one answers */
    jk_random random;
    jk_keys keys[2]; /* asking, answering */
    jk_channel channel;
    jk_envelope envelope; /* what it sends, body aside */
    jk_wire_CertRequest request;
    jk_span encoded; /* the last message that was encoded */
    uint64_t sequence;
    size_t frame_size; /* bytes of the message on the wire */
    uint8_t receive[JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t send[BUFFER_SIZE];
    uint8_t body[JK_BODY_SIZE_MAX];
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    uint8_t input[BUFFER_SIZE];
} side;

/* The same side's end of a connection over libuv. */
typedef struct loop_side {
    uv_loop_t loop;
    jk_uv_net net;
    jk_uv_clock clock;
    jk_uv_listener *listener;
    jk_uv_stream *stream; /* NULL until it stands */
    play_kind kind;       /* what is played now */
    unsigned left;        /* messages that are still to come */
    size_t heard;         /* plain: bytes of the message that comes */
    size_t waiting;       /* plain: bytes that are to be sent */
} loop_side;

static side s;
static loop_side l;

static void must(bool good)
{
    if (!good) {
        (void)fprintf(stderr, "bench_frame: a step failed\n");
        exit(1);
    }
}

/* --- bytes --- */

static void write_all(jk_span bytes)
{
    while (bytes.size > 0) {
        const ssize_t written = send(s.socket, bytes.data, bytes.size, MSG_NOSIGNAL);
        must(written > 0);
        bytes.data += written;
        bytes.size -= (size_t)written;
    }
}

static size_t read_some(size_t most)
{
    const ssize_t size = recv(s.socket, s.input, most, 0);
    must(size > 0);
    return (size_t)size;
}

static void write_waiting(void)
{
    const jk_span waiting = jk_channel_output(&s.channel);
    write_all(waiting);
    jk_channel_sent(&s.channel, waiting.size);
}

/* The next event of the channel; nothing of the peer's may follow it yet. */
static void wait_event(jk_channel_event *event)
{
    while (!jk_channel_next(&s.channel, event)) {
        jk_span bytes = {s.input, read_some(sizeof s.input)};
        must(jk_channel_feed(&s.channel, bytes, 0) == bytes.size);
    }
}

/* --- one message --- */

static jk_span encode_message(void)
{
    jk_codec_bytes body = {s.body, sizeof s.body, 0};
    jk_codec_bytes bytes = {s.bytes, sizeof s.bytes, 0};
    must(jk_codec_encode_body(jk_wire_Kind_KIND_CERT_REQUEST, &s.request, NULL, &body, NULL) ==
         JK_OK);
    s.envelope.body = (jk_span){body.data, body.size};
    must(jk_codec_encode_envelope(&s.envelope, &bytes, NULL) == JK_OK);
    return (jk_span){bytes.data, bytes.size};
}

static void decode_message(jk_span bytes)
{
    jk_envelope envelope;
    jk_wire_CertRequest request;
    must(jk_codec_decode_envelope(bytes, &envelope, NULL) == JK_OK);
    must(jk_codec_decode_body(&envelope, NULL, &request, sizeof request, NULL) == JK_OK);
    must(request.resident_code_count == s.request.resident_code_count);
}

static void put_message(void)
{
    s.sequence++;
    must(jk_channel_send(&s.channel, 1, s.sequence, s.encoded) == JK_OK);
    s.frame_size = jk_channel_output(&s.channel).size;
}

static jk_span message_of(const jk_channel_event *event)
{
    must(event->kind == JK_CHANNEL_RECORD && event->type == JK_RECORD_MESSAGE);
    return event->data;
}

static void say(void)
{
    s.encoded = encode_message();
    put_message();
    write_waiting();
}

static void hear(void)
{
    jk_channel_event event;
    wait_event(&event);
    decode_message(message_of(&event));
}

static void codec_alone(void)
{
    decode_message(encode_message());
}

static void nothing(void)
{
}

static void plain_say(void)
{
    write_all((jk_span){s.send, s.frame_size});
}

static void plain_hear(void)
{
    for (size_t size = 0; size < s.frame_size;) {
        size += read_some(s.frame_size - size);
    }
}

/* --- the same over the loop; the plain side differs by channel and codec alone --- */

static void loop_say(void)
{
    if (l.kind == PLAY_FRAMED) {
        s.encoded = encode_message();
    }
    if (l.kind == PLAY_PLAIN) {
        l.waiting = s.frame_size;
    } else {
        put_message();
    }
    jk_uv_stream_send(l.stream);
}

/* The bytes of one message, or a part of it: true when it is whole. */
static bool loop_hear(jk_span bytes)
{
    if (l.kind == PLAY_PLAIN) {
        l.heard += bytes.size;
        must(l.heard <= s.frame_size);
        return l.heard == s.frame_size;
    }
    jk_channel_event event;
    const uint64_t now_ms = (uint64_t)l.clock.port.monotonic_ms(&l.clock.port);
    must(jk_channel_feed(&s.channel, bytes, now_ms) == bytes.size);
    if (!jk_channel_next(&s.channel, &event)) {
        return false;
    }
    const jk_span message = message_of(&event);
    if (l.kind == PLAY_FRAMED) {
        decode_message(message);
    }
    return true;
}

static void on_received(void *arg, jk_span bytes)
{
    (void)arg;
    if (!loop_hear(bytes)) {
        return;
    }
    l.heard = 0;
    l.left--;
    if (!s.asks || l.left > 0) {
        loop_say();
    }
    if (l.left == 0) {
        uv_stop(&l.loop);
    }
}

static jk_span on_output(void *arg)
{
    (void)arg;
    return l.kind == PLAY_PLAIN ? (jk_span){s.send, l.waiting} : jk_channel_output(&s.channel);
}

static void on_sent(void *arg, size_t size)
{
    (void)arg;
    if (l.kind == PLAY_PLAIN) {
        l.waiting -= size;
    } else {
        jk_channel_sent(&s.channel, size);
    }
}

static void on_ended(void *arg, jk_status status)
{
    (void)arg;
    must(status == JK_OK && l.left == 0);
}

static void on_connected(void *arg)
{
    (void)arg;
    uv_stop(&l.loop);
}

static const jk_uv_events events = {
    .connected = on_connected,
    .received = on_received,
    .output = on_output,
    .sent = on_sent,
    .ended = on_ended,
};

static void on_accepted(void *arg, jk_uv_stream *stream, const char *address)
{
    (void)arg;
    (void)address;
    must(l.stream == NULL && jk_uv_stream_start(stream, &events, NULL) == JK_OK);
    l.stream = stream;
    uv_stop(&l.loop);
}

/* A port that nobody listens at now. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int taken = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(taken, (struct sockaddr *)&address, size) == 0 &&
         getsockname(taken, (struct sockaddr *)&address, &size) == 0 && close(taken) == 0);
    return ntohs(address.sin_port);
}

/* The asking side listens and tells the port by the bare socket; the other one dials. */
static void open_loop(void)
{
    uint8_t told[sizeof(uint16_t)];
    uint16_t port = 0;
    char address[JK_UV_ADDRESS_SIZE];
    jk_fault fault = {.status = JK_OK};
    must(uv_loop_init(&l.loop) == 0);
    l.net.loop = &l.loop;
    jk_uv_clock_init(&l.clock);
    if (s.asks) {
        port = free_port();
        memcpy(told, &port, sizeof told);
    } else {
        must(read_some(sizeof told) == sizeof told);
        memcpy(&port, s.input, sizeof port);
    }
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    if (s.asks) {
        must(jk_uv_listen(&l.net, address, on_accepted, NULL, &l.listener, &fault) == JK_OK);
        write_all((jk_span){told, sizeof told});
    } else {
        must(jk_uv_dial(&l.net, address, &events, NULL, &l.stream) == JK_OK);
    }
    (void)uv_run(&l.loop, UV_RUN_DEFAULT);
    must(l.stream != NULL);
}

static double measure_loop(unsigned rounds, play_kind kind)
{
    l.kind = kind;
    l.left = rounds;
    const uint64_t start = report_now_ns();
    if (s.asks) {
        loop_say();
    }
    (void)uv_run(&l.loop, UV_RUN_DEFAULT);
    must(l.left == 0);
    return (double)(report_now_ns() - start) / (double)rounds / 1000;
}

/* --- the two processes --- */

static void play(unsigned rounds, void (*one_says)(void), void (*one_hears)(void))
{
    for (unsigned i = 0; i < rounds; i++) {
        if (s.asks) {
            one_says();
            one_hears();
        } else {
            one_hears();
            one_says();
        }
    }
}

static void open_channel(void)
{
    const jk_hello hello = {.link_epoch = 1, .version_min = 1, .version_max = 1};
    const jk_channel_config config = {
        .keys = &s.keys[s.asks ? 0 : 1],
        .random = &s.random,
        .initiator = s.asks,
        .expected = s.keys[1].id,
        .wall_s = WALL_S,
        .receive = s.receive,
        .receive_size = sizeof s.receive,
        .send = s.send,
        .send_size = sizeof s.send,
    };
    jk_channel_event event = {.kind = JK_CHANNEL_CLOSED};
    must(jk_channel_init(&s.channel, &config, 0) == JK_OK);
    for (bool open = false; !open; open = event.kind == JK_CHANNEL_ESTABLISHED) {
        write_waiting();
        jk_span bytes = {s.input, read_some(sizeof s.input)};
        while (bytes.size > 0) {
            const size_t used = jk_channel_feed(&s.channel, bytes, 0);
            bytes = (jk_span){bytes.data + used, bytes.size - used};
            if (!jk_channel_next(&s.channel, &event)) {
                write_waiting(); /* message 2 */
            } else if (event.kind == JK_CHANNEL_AUTHENTICATED) {
                must(jk_channel_hello(&s.channel, &hello) == JK_OK);
                write_waiting();
            }
            must(event.kind != JK_CHANNEL_CLOSED || jk_channel_peer(&s.channel) == NULL);
        }
    }
}

static void make_keys(void)
{
    uint8_t public_key[JK_SIGN_PUBLIC_SIZE];
    uint8_t secret[JK_SIGN_SECRET_SIZE];
    jk_keys_order order = {.id = {JK_ROLE_CS, "131016", 0},
                           .from_s = WALL_S - 10,
                           .node_validity_s = 1000,
                           .channel_validity_s = 1000};
    must(jk_random_system_init(&s.random) == JK_OK);
    must(jk_sign_keypair_make(&s.random, public_key, secret) == JK_OK);
    must(jk_keys_issue(&order, secret, &s.random, &s.keys[0]) == JK_OK);
    order.id = (jk_node_id){JK_ROLE_CS, "141003", 0};
    must(jk_keys_issue(&order, secret, &s.random, &s.keys[1]) == JK_OK);
}

static void make_request(void)
{
    jk_codec_bytes body = {s.body, sizeof s.body, 0};
    must(people_request(HOUSEHOLD, "141003", &body));
    must(jk_codec_decode(jk_codec_body_type(jk_wire_Kind_KIND_CERT_REQUEST),
                         (jk_span){body.data, body.size}, NULL, &s.request, NULL) == JK_OK);
    s.envelope = (jk_envelope){
        .kind = jk_wire_Kind_KIND_CERT_REQUEST, .author = s.keys[0].id, .target = s.keys[1].id};
    must(s.random.fill(&s.random, s.envelope.message_id.byte, sizeof s.envelope.message_id) ==
         JK_OK);
    must(s.random.fill(&s.random, s.envelope.txn.byte, sizeof s.envelope.txn) == JK_OK);
}

/* Two processes, each with one end of a TCP connection. */
static pid_t part(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int on = 1;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0 &&
         getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    const pid_t child = fork();
    must(child >= 0);
    s.asks = child != 0;
    if (s.asks) {
        s.socket = accept(listener, NULL, NULL);
        must(s.socket >= 0);
    } else {
        s.socket = socket(AF_INET, SOCK_STREAM, 0);
        must(connect(s.socket, (struct sockaddr *)&address, size) == 0);
    }
    must(setsockopt(s.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    return child;
}

static double measure(unsigned rounds, void (*one_says)(void), void (*one_hears)(void))
{
    const uint64_t start = report_now_ns();
    play(rounds, one_says, one_hears);
    return (double)(report_now_ns() - start) / (double)rounds / 1000;
}

/* Framed and plain rounds, in turns. */
typedef struct pair {
    double framed[RUNS_MAX];
    double plain[RUNS_MAX];
    double ratio[RUNS_MAX];
} pair;

static void keep(pair *p, unsigned run, double framed, double plain)
{
    p->framed[run] = framed;
    p->plain[run] = plain;
    p->ratio[run] = framed / plain;
}

static pair over_loop;
static pair channel_alone;
static pair bare;

static void measure_pairs(unsigned runs, unsigned rounds)
{
    (void)measure(rounds, say, hear); /* not counted */
    (void)measure_loop(rounds, PLAY_FRAMED);
    for (unsigned i = 0; i < runs; i++) {
        const double framed = measure(rounds, say, hear);
        keep(&bare, i, framed, measure(rounds, plain_say, plain_hear));
        const double framed_loop = measure_loop(rounds, PLAY_FRAMED);
        const double plain_loop = measure_loop(rounds, PLAY_PLAIN);
        keep(&over_loop, i, framed_loop, plain_loop);
        keep(&channel_alone, i, measure_loop(rounds, PLAY_CHANNEL), plain_loop);
    }
}

static double measure_codec(unsigned runs, unsigned rounds)
{
    double codec = measure(rounds, codec_alone, nothing);
    for (unsigned i = 1; i < runs; i++) { /* the smallest, as for the channel's figures */
        const double each = measure(rounds, codec_alone, nothing);
        codec = each < codec ? each : codec;
    }
    return codec;
}

int main(int argc, char **argv)
{
    const unsigned runs = report_count(argc, argv, 1, 101, RUNS_MAX);
    const unsigned rounds = report_count(argc, argv, 2, 500, ROUNDS_MAX);
    if (argc > 3 || runs == 0 || rounds == 0) {
        (void)fprintf(stderr, "usage: bench_frame [runs [rounds]]\n");
        return 2;
    }
    make_keys();
    make_request();
    const pid_t child = part();
    open_channel();
    open_loop();
    measure_pairs(runs, rounds);
    if (!s.asks) {
        return 0;
    }
    const double codec = measure_codec(runs, rounds);
    int status = 0;
    must(waitpid(child, &status, 0) == child && status == 0);
    report_line("frame.ratio", report_median(over_loop.ratio, runs), "framed/plain", REPORT_AT_MOST,
                1.5);
    report_info("frame.round_trip", report_median(over_loop.framed, runs), "us");
    report_info("frame.ping_pong", report_median(over_loop.plain, runs), "us");
    report_info("frame.channel_ratio", report_median(channel_alone.ratio, runs),
                "channel alone/plain");
    report_info("frame.bare_ratio", report_median(bare.ratio, runs), "framed/plain");
    report_info("frame.bare_round_trip", report_median(bare.framed, runs), "us");
    report_info("frame.bare_ping_pong", report_median(bare.plain, runs), "us");
    report_info("frame.codec", codec, "us/message");
    report_info("frame.size", (double)s.frame_size, "bytes");
    return 0;
}
