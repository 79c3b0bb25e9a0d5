/* SPDX-License-Identifier: Apache-2.0 */
/* Streams on a real loop: what goes in comes out, whole and in order, also when the socket is full;
 * stale and foreign files at a socket's path; addresses; the clock. */
#include "adapter/uv/clock.h"
#include "adapter/uv/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define LOAD (16U * 1024U * 1024U) /* more than both sockets take, about 4 MiB */

typedef struct end {
    jk_uv_stream *stream;
    uint8_t *bytes; /* to send, or received */
    size_t done;
    size_t size;
    bool connected;
    bool ended;
    bool closed;
} end;

typedef struct world {
    uv_loop_t loop;
    jk_uv_net net;
    jk_uv_listener *listener;
    end client;
    end server;
} world;

static void on_connected(void *arg)
{
    end *e = arg;
    e->connected = true;
}

static void on_received(void *arg, jk_span bytes)
{
    end *e = arg;
    assert_true(e->done + bytes.size <= e->size);
    memcpy(e->bytes + e->done, bytes.data, bytes.size);
    e->done += bytes.size;
}

/* Lends the bytes from a place that is overwritten as soon as they went: nothing may rely on it. */
static jk_span on_output(void *arg)
{
    end *e = arg;
    return (jk_span){e->bytes + e->done, e->size - e->done};
}

static void on_sent(void *arg, size_t size)
{
    end *e = arg;
    memset(e->bytes + e->done, 0xee, size);
    e->done += size;
}

static jk_span no_output(void *arg)
{
    (void)arg;
    return (jk_span){NULL, 0};
}

static void on_ended(void *arg, jk_status status)
{
    end *e = arg;
    (void)status;
    e->ended = true;
    jk_uv_stream_close(e->stream);
}

static void on_closed(void *arg)
{
    end *e = arg;
    e->closed = true;
}

static const jk_uv_events client_events = {.connected = on_connected,
                                           .received = on_received,
                                           .output = on_output,
                                           .sent = on_sent,
                                           .ended = on_ended,
                                           .closed = on_closed};
static const jk_uv_events server_events = {
    .received = on_received, .output = no_output, .ended = on_ended, .closed = on_closed};

static void on_accepted(void *arg, jk_uv_stream *stream, const char *address)
{
    world *w = arg;
    assert_string_equal(address, "127.0.0.1");
    w->server.stream = stream;
    assert_int_equal(jk_uv_stream_start(stream, &server_events, &w->server), JK_OK);
    jk_uv_stream_pause(stream); /* the sender's socket fills up */
}

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 2654435761U >> 13);
}

static void run_until(world *w, const bool *flag)
{
    for (int i = 0; i < 20000 && !*flag; i++) {
        (void)uv_run(&w->loop, UV_RUN_NOWAIT);
    }
    assert_true(*flag);
}

static void whole_and_in_order(void **state)
{
    static world w;
    jk_fault fault = {.status = JK_OK};
    char address[32];
    (void)state;
    memset(&w, 0, sizeof w);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    w.net.loop = &w.loop;
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", 10000 + (int)(getpid() % 20000));
    assert_int_equal(jk_uv_listen(&w.net, address, on_accepted, &w, &w.listener, &fault), JK_OK);
    w.client.bytes = malloc(LOAD);
    w.server.bytes = malloc(LOAD);
    assert_true(w.client.bytes != NULL && w.server.bytes != NULL);
    w.client.size = LOAD;
    w.server.size = LOAD;
    for (size_t i = 0; i < LOAD; i++) {
        w.client.bytes[i] = pattern(i);
    }
    assert_int_equal(jk_uv_dial(&w.net, address, &client_events, &w.client, &w.client.stream),
                     JK_OK);
    run_until(&w, &w.client.connected);
    while (w.server.stream == NULL) {
        (void)uv_run(&w.loop, UV_RUN_ONCE);
    }
    for (int i = 0; i < 50; i++) {
        (void)uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(w.server.done, 0);
    assert_true(w.client.done > 0 && w.client.done < LOAD); /* held back, not read away */
    jk_uv_stream_resume(w.server.stream);
    while (w.server.done < LOAD) {
        (void)uv_run(&w.loop, UV_RUN_ONCE);
    }
    for (size_t i = 0; i < LOAD; i++) {
        assert_int_equal(w.server.bytes[i], pattern(i));
    }
    jk_uv_stream_close(w.client.stream);
    run_until(&w, &w.server.closed);
    assert_true(w.server.ended && w.client.closed);
    jk_uv_listener_close(w.listener);
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w.loop), 0);
    free(w.client.bytes);
    free(w.server.bytes);
}

static void nobody_there(void **state)
{
    static world w;
    (void)state;
    memset(&w, 0, sizeof w);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    w.net.loop = &w.loop;
    assert_int_equal(jk_uv_dial(&w.net, "127.0.0.1:1", &client_events, &w.client, &w.client.stream),
                     JK_OK);
    run_until(&w, &w.client.closed);
    assert_true(w.client.ended);
    assert_false(w.client.connected);
    assert_int_equal(uv_loop_close(&w.loop), 0);
}

/* The linker puts this in front of the C library's (see CMakeLists.txt). */
static bool no_memory;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return no_memory ? NULL : __real_calloc(count, size);
}

/* A connection for which there is no memory is closed; those after it are taken. */
static void no_memory_for_one(void **state)
{
    static world w;
    static end late;
    end *const refused[] = {&w.client, &w.server};
    jk_fault fault = {.status = JK_OK};
    char address[32];
    (void)state;
    memset(&w, 0, sizeof w);
    memset(&late, 0, sizeof late);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    w.net.loop = &w.loop;
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", 10000 + (int)(getpid() % 20000));
    assert_int_equal(jk_uv_listen(&w.net, address, on_accepted, &w, &w.listener, &fault), JK_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            jk_uv_dial(&w.net, address, &client_events, refused[i], &refused[i]->stream), JK_OK);
    }
    no_memory = true;
    run_until(&w, &w.client.closed);
    run_until(&w, &w.server.closed);
    no_memory = false;
    assert_true(w.client.ended && w.server.ended);
    w.server = (end){.stream = NULL};
    assert_int_equal(jk_uv_dial(&w.net, address, &client_events, &late, &late.stream), JK_OK);
    run_until(&w, &late.connected);
    for (int i = 0; i < 20000 && w.server.stream == NULL; i++) {
        (void)uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    assert_non_null(w.server.stream);
    jk_uv_stream_resume(w.server.stream);
    jk_uv_stream_close(late.stream);
    run_until(&w, &w.server.closed);
    jk_uv_listener_close(w.listener);
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w.loop), 0);
}

static void socket_files(void **state)
{
    static world w;
    jk_fault fault = {.status = JK_OK};
    struct stat about;
    char path[64];
    (void)state;
    memset(&w, 0, sizeof w);
    assert_int_equal(uv_loop_init(&w.loop), 0);
    w.net.loop = &w.loop;
    (void)snprintf(path, sizeof path, "/tmp/juki-stream.%d", (int)getpid());
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    /* Somebody's file is not removed. */
    assert_int_equal(jk_uv_listen_path(&w.net, path, on_accepted, &w, &w.listener, &fault),
                     JK_E_IO);
    assert_int_equal(fault.status, JK_E_IO);
    assert_int_equal(lstat(path, &about), 0);
    assert_true(S_ISREG(about.st_mode));
    assert_int_equal(remove(path), 0);
    assert_int_equal(jk_uv_listen_path(&w.net, path, on_accepted, &w, &w.listener, &fault), JK_OK);
    assert_int_equal(lstat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    /* A socket that a dead process left is. */
    jk_uv_listener *second = NULL;
    assert_int_equal(jk_uv_listen_path(&w.net, path, on_accepted, &w, &second, &fault), JK_OK);
    jk_uv_listener_close(w.listener);
    jk_uv_listener_close(second);
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    (void)remove(path);
    char long_path[200];
    memset(long_path, 'a', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(jk_uv_listen_path(&w.net, long_path, on_accepted, &w, &second, &fault),
                     JK_E_CONFIG);
    (void)uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w.loop), 0);
}

static void addresses(void **state)
{
    static const char *const good[] = {"127.0.0.1:1", "0.0.0.0:65535", "[::1]:7101"};
    static const char *const bad[] = {
        "",       ":1",     "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "1.2.3.4:99999",
        "host:1", "::1:80", "[::1]",     "[]:1",       "1.2.3.4:+1",  "1.2.3.4:1x"};
    struct sockaddr_storage address;
    struct sockaddr_storage before;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(jk_uv_address(good[i], &address), JK_OK);
    }
    memset(&address, 0x5a, sizeof address);
    before = address;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(jk_uv_address(bad[i], &address), JK_E_CONFIG);
        assert_memory_equal(&address, &before, sizeof address);
    }
}

static int64_t wall;

static int64_t given_wall(jk_clock *clock)
{
    (void)clock;
    return wall;
}

static void clocks(void **state)
{
    jk_uv_clock clock;
    (void)state;
    jk_uv_clock_init(&clock);
    const int64_t first = clock.port.monotonic_ms(&clock.port);
    assert_true(first > 0 && clock.port.monotonic_ms(&clock.port) >= first);
    assert_true(clock.port.wall_ms(&clock.port) > INT64_C(1600000000000));
    const int64_t today = clock.port.today(&clock.port);
    assert_int_equal(today, (clock.port.wall_ms(&clock.port) + 32400000) / 86400000);
    jk_uv_clock_fix(&clock, 20544);
    clock.port.wall_ms = given_wall;
    assert_int_equal(clock.port.today(&clock.port), 20544);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_and_in_order), cmocka_unit_test(nobody_there),
        cmocka_unit_test(no_memory_for_one),  cmocka_unit_test(socket_files),
        cmocka_unit_test(addresses),          cmocka_unit_test(clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
