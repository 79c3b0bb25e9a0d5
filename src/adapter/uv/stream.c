/* SPDX-License-Identifier: Apache-2.0 */
/* Streams over libuv.  What a socket takes at once goes without a copy; only what it does not take
 * is copied to the stage, because the owner's bytes may move. */
#include "adapter/uv/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    KEEPALIVE_S = 60,
    DECIMAL = 10
};

struct jk_uv_stream {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv; /* first: libuv's pointer is ours */

    jk_uv_net *net;
    const jk_uv_events *events; /* NULL until started */
    void *arg;
    uv_connect_t connect;
    uv_write_t write;
    uint8_t *stage; /* NULL until the socket was full for the first time */
    bool writing;   /* the stage is under way */
    bool connected;
    bool reading;
    bool closing;
};

struct jk_uv_listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;

    jk_uv_net *net;
    jk_uv_accepted *accepted;
    void *arg;

    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } refused; /* takes and closes a connection for which there is no memory */

    bool refusing; /* it is in use */
    bool waiting;  /* one more is to be refused after it */
    bool closed;   /* free the listener after it */
};

static jk_status report(jk_fault *fault, jk_status status, int code, const char *what)
{
    if (fault != NULL) {
        fault->status = status;
        fault->os_code = -code;
        (void)snprintf(fault->text, sizeof fault->text, "%.70s: %.40s", what, uv_strerror(code));
    }
    return status;
}

jk_status jk_uv_address(const char *text, struct sockaddr_storage *address)
{
    const char *colon = strrchr(text, ':');
    char host[JK_UV_ADDRESS_SIZE];
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof host) {
        return JK_E_CONFIG;
    }
    char *end = NULL;
    const long port = strtol(colon + 1, &end, DECIMAL);
    if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port < 1 || port > UINT16_MAX) {
        return JK_E_CONFIG;
    }
    size_t size = (size_t)(colon - text);
    struct sockaddr_storage read;
    memset(&read, 0, sizeof read);
    int result = UV_EINVAL;
    if (text[0] == '[' && text[size - 1] == ']') {
        size -= 2;
        memcpy(host, text + 1, size);
        host[size] = '\0';
        result = uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)&read);
    } else {
        memcpy(host, text, size);
        host[size] = '\0';
        result = uv_ip4_addr(host, (int)port, (struct sockaddr_in *)&read);
    }
    if (result != 0) {
        return JK_E_CONFIG;
    }
    *address = read;
    return JK_OK;
}

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
    jk_uv_stream *stream = (jk_uv_stream *)handle;
    if (stream->events != NULL && stream->events->closed != NULL) {
        stream->events->closed(stream->arg);
    }
    free(stream->stage);
    free(stream);
}

void jk_uv_stream_close(jk_uv_stream *stream)
{
    if (!stream->closing) {
        stream->closing = true;
        uv_close(&stream->uv.handle, on_closed);
    }
}

static void ended(jk_uv_stream *stream, jk_status status)
{
    if (!stream->closing) {
        stream->events->ended(stream->arg, status);
    }
}

/* --- reading --- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    const jk_uv_stream *stream = (const jk_uv_stream *)handle;
    *buffer = uv_buf_init((char *)stream->net->read, JK_UV_READ_SIZE);
}

static void on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer)
{
    jk_uv_stream *stream = (jk_uv_stream *)handle;
    if (size > 0 && !stream->closing) {
        stream->events->received(stream->arg,
                                 (jk_span){(const uint8_t *)buffer->base, (size_t)size});
    } else if (size < 0) {
        ended(stream, size == UV_EOF ? JK_OK : JK_E_IO);
    }
}

void jk_uv_stream_pause(jk_uv_stream *stream)
{
    if (!stream->closing && stream->reading) {
        (void)uv_read_stop(&stream->uv.stream);
        stream->reading = false;
    }
}

static int read_on(jk_uv_stream *stream)
{
    const int result = uv_read_start(&stream->uv.stream, on_alloc, on_read);
    stream->reading = result == 0;
    return result;
}

void jk_uv_stream_resume(jk_uv_stream *stream)
{
    if (!stream->closing && stream->connected && !stream->reading && read_on(stream) != 0) {
        ended(stream, JK_E_IO);
    }
}

/* --- writing --- */

static void on_written(uv_write_t *request, int result)
{
    jk_uv_stream *stream = request->data;
    stream->writing = false;
    if (stream->closing) {
        return;
    }
    if (result != 0) {
        ended(stream, JK_E_IO);
        return;
    }
    jk_uv_stream_send(stream);
}

/* The socket takes no more now: the next bytes wait in the stage. */
static void stage_output(jk_uv_stream *stream, jk_span output)
{
    if (stream->stage == NULL) {
        stream->stage = malloc(JK_UV_STAGE_SIZE);
    }
    if (stream->stage == NULL) {
        ended(stream, JK_E_MEMORY);
        return;
    }
    const size_t size = output.size < JK_UV_STAGE_SIZE ? output.size : JK_UV_STAGE_SIZE;
    memcpy(stream->stage, output.data, size);
    const uv_buf_t buffer = uv_buf_init((char *)stream->stage, (unsigned)size);
    stream->write.data = stream;
    if (uv_write(&stream->write, &stream->uv.stream, &buffer, 1, on_written) != 0) {
        ended(stream, JK_E_IO);
        return;
    }
    stream->writing = true;
    stream->events->sent(stream->arg, size);
}

void jk_uv_stream_send(jk_uv_stream *stream)
{
    while (stream->connected && !stream->writing && !stream->closing) {
        const jk_span output = stream->events->output(stream->arg);
        if (output.size == 0) {
            return;
        }

        /* libuv does not write through its buffers; the cast only serves its type. */
        union {
            const uint8_t *read;
            char *base;
        } bytes = {.read = output.data};

        const uv_buf_t buffer = uv_buf_init(bytes.base, (unsigned)output.size);
        const int result = uv_try_write(&stream->uv.stream, &buffer, 1);
        if (result > 0) {
            stream->events->sent(stream->arg, (size_t)result);
        } else if (result == UV_EAGAIN || result == 0) {
            stage_output(stream, output);
        } else {
            ended(stream, JK_E_IO);
            return;
        }
    }
}

/* --- dialling --- */

static jk_uv_stream *stream_new(jk_uv_net *net, bool tcp)
{
    jk_uv_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    stream->net = net;
    const int result = tcp ? uv_tcp_init(net->loop, &stream->uv.tcp)
                           : uv_pipe_init(net->loop, &stream->uv.pipe, 0);
    if (result != 0) {
        free(stream);
        return NULL;
    }
    return stream;
}

static void prepare_tcp(jk_uv_stream *stream)
{
    if (stream->uv.handle.type == UV_TCP) {
        (void)uv_tcp_nodelay(&stream->uv.tcp, 1);
        (void)uv_tcp_keepalive(&stream->uv.tcp, 1, KEEPALIVE_S);
    }
}

static void on_connected(uv_connect_t *request, int result)
{
    jk_uv_stream *stream = request->data;
    if (stream->closing) {
        return;
    }
    if (result == 0) {
        prepare_tcp(stream);
        stream->connected = true;
        result = read_on(stream);
    }
    if (result != 0) {
        ended(stream, JK_E_IO);
        return;
    }
    stream->events->connected(stream->arg);
    jk_uv_stream_send(stream);
}

jk_status jk_uv_dial(jk_uv_net *net, const char *address, const jk_uv_events *events, void *arg,
                     jk_uv_stream **stream)
{
    struct sockaddr_storage target;
    const jk_status status = jk_uv_address(address, &target);
    if (status != JK_OK) {
        return status;
    }
    jk_uv_stream *made = stream_new(net, true);
    if (made == NULL) {
        return JK_E_MEMORY;
    }
    made->connect.data = made;
    if (uv_tcp_connect(&made->connect, &made->uv.tcp, (const struct sockaddr *)&target,
                       on_connected) != 0) {
        jk_uv_stream_close(made); /* without events: nobody is called */
        return JK_E_IO;
    }
    made->events = events;
    made->arg = arg;
    *stream = made;
    return JK_OK;
}

/* --- listening --- */

static void peer_address(const jk_uv_stream *stream, char text[JK_UV_ADDRESS_SIZE])
{
    struct sockaddr_storage address;
    int size = (int)sizeof address;
    memset(&address, 0, sizeof address);
    (void)snprintf(text, JK_UV_ADDRESS_SIZE, "%s", "local");
    if (stream->uv.handle.type == UV_TCP &&
        uv_tcp_getpeername(&stream->uv.tcp, (struct sockaddr *)&address, &size) == 0) {
        (void)uv_ip_name((const struct sockaddr *)&address, text, JK_UV_ADDRESS_SIZE);
    }
}

static void refuse(jk_uv_listener *listener);

static void on_refused_closed(uv_handle_t *handle)
{
    jk_uv_listener *listener = handle->data;
    listener->refusing = false;
    if (listener->closed) {
        free(listener);
    } else if (listener->waiting) {
        listener->waiting = false;
        refuse(listener);
    }
}

/* A connection that nobody accepts makes libuv deaf to all that follow. */
static void refuse(jk_uv_listener *listener)
{
    if (listener->refusing) {
        listener->waiting = true;
        return;
    }
    const int result = listener->uv.handle.type == UV_TCP
                           ? uv_tcp_init(listener->net->loop, &listener->refused.tcp)
                           : uv_pipe_init(listener->net->loop, &listener->refused.pipe, 0);
    if (result == 0) {
        listener->refusing = true;
        listener->refused.handle.data = listener;
        (void)uv_accept(&listener->uv.stream, &listener->refused.stream);
        uv_close(&listener->refused.handle, on_refused_closed);
    }
}

static void on_connection(uv_stream_t *handle, int result)
{
    jk_uv_listener *listener = (jk_uv_listener *)handle;
    if (result != 0) {
        return; /* the kernel refused one; the next comes */
    }
    jk_uv_stream *stream = stream_new(listener->net, handle->type == UV_TCP);
    if (stream == NULL) {
        refuse(listener);
        return;
    }
    if (uv_accept(handle, &stream->uv.stream) != 0) {
        jk_uv_stream_close(stream);
        return;
    }
    stream->connected = true;
    prepare_tcp(stream);
    char address[JK_UV_ADDRESS_SIZE];
    peer_address(stream, address);
    listener->accepted(listener->arg, stream, address);
}

jk_status jk_uv_stream_start(jk_uv_stream *stream, const jk_uv_events *events, void *arg)
{
    if (read_on(stream) != 0) {
        return JK_E_IO;
    }
    stream->events = events;
    stream->arg = arg;
    return JK_OK;
}

static void on_listener_closed(uv_handle_t *handle)
{
    jk_uv_listener *listener = (jk_uv_listener *)handle;
    listener->closed = true;
    if (!listener->refusing) {
        free(listener);
    }
}

void jk_uv_listener_close(jk_uv_listener *listener)
{
    if (listener != NULL) {
        uv_close(&listener->uv.handle, on_listener_closed);
    }
}

static jk_uv_listener *listener_new(jk_uv_net *net, jk_uv_accepted *accepted, void *arg)
{
    jk_uv_listener *listener = calloc(1, sizeof *listener);
    if (listener != NULL) {
        listener->net = net;
        listener->accepted = accepted;
        listener->arg = arg;
    }
    return listener;
}

jk_status jk_uv_listen(jk_uv_net *net, const char *address, jk_uv_accepted *accepted, void *arg,
                       jk_uv_listener **listener, jk_fault *fault)
{
    struct sockaddr_storage own;
    if (jk_uv_address(address, &own) != JK_OK) {
        return report(fault, JK_E_CONFIG, UV_EINVAL, address);
    }
    jk_uv_listener *made = listener_new(net, accepted, arg);
    if (made == NULL) {
        return report(fault, JK_E_MEMORY, UV_ENOMEM, address);
    }
    int result = uv_tcp_init(net->loop, &made->uv.tcp);
    if (result != 0) {
        free(made);
        return report(fault, JK_E_IO, result, address);
    }
    result = uv_tcp_bind(&made->uv.tcp, (const struct sockaddr *)&own, 0);
    if (result == 0) {
        result = uv_listen(&made->uv.stream, JK_UV_BACKLOG, on_connection);
    }
    if (result != 0) {
        jk_uv_listener_close(made);
        return report(fault, JK_E_IO, result, address);
    }
    *listener = made;
    return JK_OK;
}

/* A socket file that a killed process left behind is removed; anything else is not ours. */
static int remove_stale(const char *path)
{
    struct stat about;
    if (lstat(path, &about) != 0) {
        return 0;
    }
    if (!S_ISSOCK(about.st_mode)) {
        return UV_EEXIST;
    }
    return unlink(path) == 0 ? 0 : UV_EACCES;
}

jk_status jk_uv_listen_path(jk_uv_net *net, const char *path, jk_uv_accepted *accepted, void *arg,
                            jk_uv_listener **listener, jk_fault *fault)
{
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        return report(fault, JK_E_CONFIG, UV_ENAMETOOLONG, path);
    }
    int result = remove_stale(path);
    if (result != 0) {
        return report(fault, JK_E_IO, result, path);
    }
    jk_uv_listener *made = listener_new(net, accepted, arg);
    if (made == NULL) {
        return report(fault, JK_E_MEMORY, UV_ENOMEM, path);
    }
    result = uv_pipe_init(net->loop, &made->uv.pipe, 0);
    if (result != 0) {
        free(made);
        return report(fault, JK_E_IO, result, path);
    }
    const mode_t mask = umask(S_IXUSR | S_IRWXG | S_IRWXO); /* 0600 from the first moment on */
    result = uv_pipe_bind(&made->uv.pipe, path);
    (void)umask(mask);
    if (result == 0) {
        result = uv_listen(&made->uv.stream, JK_UV_BACKLOG, on_connection);
    }
    if (result != 0) {
        jk_uv_listener_close(made);
        return report(fault, JK_E_IO, result, path);
    }
    *listener = made;
    return JK_OK;
}
