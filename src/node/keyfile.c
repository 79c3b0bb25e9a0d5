/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates in files.  Secret files are made with mode 0600 from the first byte on, and
 * are refused when somebody else could read them. */
#define _POSIX_C_SOURCE 200809L

#include "node/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FORMAT_VERSION = 1,
    MAGIC_SIZE = 4,
    AT_VERSION = 4,
    AT_KIND = 5,
    AT_ZERO = 6,
    AT_KEY = 8 /* public file: the public key; secret file: secret, then public key */
};

static const uint8_t secret_magic[MAGIC_SIZE] = {'J', 'K', 'S', 'K'};
static const uint8_t public_magic[MAGIC_SIZE] = {'J', 'K', 'P', 'K'};

static jk_status report(jk_fault *fault, jk_status status, const char *path, const char *what)
{
    if (fault != NULL) {
        const char *slash = strrchr(path, '/');
        fault->status = status;
        fault->os_code = errno;
        (void)snprintf(fault->text, sizeof fault->text, "%.60s: %.50s",
                       slash == NULL ? path : slash + 1, what);
    }
    return status;
}

jk_status jk_keyfile_path(const char *dir, const char *name, char path[JK_KEYFILE_PATH_SIZE])
{
    const size_t dir_size = strlen(dir);
    const size_t name_size = strlen(name);
    if (dir_size + 1 + name_size + 1 > JK_KEYFILE_PATH_SIZE) {
        return JK_E_OVERSIZED;
    }
    memcpy(path, dir, dir_size);
    path[dir_size] = '/';
    memcpy(path + dir_size + 1, name, name_size + 1);
    return JK_OK;
}

/* Opened file -> bytes; one byte more than fits is asked for, to see that the file ends. */
static jk_status read_open(FILE *file, uint8_t *bytes, size_t capacity, size_t *size)
{
    const size_t got = fread(bytes, 1, capacity, file);
    if (ferror(file) != 0) {
        return JK_E_FILE;
    }
    if (got == capacity && fgetc(file) != EOF) {
        return JK_E_OVERSIZED;
    }
    *size = got;
    return JK_OK;
}

jk_status jk_keyfile_read(const char *path, uint8_t *bytes, size_t capacity, size_t *size,
                          jk_fault *fault)
{
    errno = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return report(fault, JK_E_FILE, path, "cannot be opened");
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no copy of secrets in a buffer of libc's */
    const jk_status status = read_open(file, bytes, capacity, size);
    (void)fclose(file);
    if (status != JK_OK) {
        return report(fault, status, path, "cannot be read or is too long");
    }
    return JK_OK;
}

static jk_status write_descriptor(int descriptor, jk_span bytes)
{
    size_t done = 0;
    while (done < bytes.size) {
        const ssize_t part = write(descriptor, bytes.data + done, bytes.size - done);
        if (part < 0 && errno != EINTR) {
            return JK_E_IO;
        }
        done += part > 0 ? (size_t)part : 0U;
    }
    return fsync(descriptor) == 0 ? JK_OK : JK_E_IO;
}

jk_status jk_keyfile_write(const char *path, jk_span bytes, jk_keyfile_mode mode, jk_fault *fault)
{
    char temporary[JK_KEYFILE_PATH_SIZE];
    const char *target = path;
    const bool secret = mode == JK_KEYFILE_NEW_SECRET || mode == JK_KEYFILE_REPLACE_SECRET;
    const bool replace = mode == JK_KEYFILE_REPLACE || mode == JK_KEYFILE_REPLACE_SECRET;
    errno = 0;
    if (replace) {
        if (strlen(path) + sizeof ".new" > sizeof temporary) {
            return report(fault, JK_E_OVERSIZED, path, "path too long");
        }
        (void)snprintf(temporary, sizeof temporary, "%s.new", path);
        target = temporary;
        (void)unlink(temporary); /* of an earlier try, perhaps with another mode */
    }
    const int descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL, secret ? 0600 : 0644);
    if (descriptor < 0) {
        return errno == EEXIST ? report(fault, JK_E_CONFLICT, path, "exists already")
                               : report(fault, JK_E_IO, path, "cannot be made");
    }
    jk_status status = write_descriptor(descriptor, bytes);
    if (close(descriptor) != 0) {
        status = JK_E_IO;
    }
    if (status == JK_OK && replace && rename(temporary, path) != 0) {
        status = JK_E_IO;
    }
    if (status != JK_OK) {
        (void)report(fault, status, path, "cannot be written");
        (void)unlink(target);
    }
    return status;
}

/* --- one key --- */

static bool is_signing(jk_keyfile_kind kind)
{
    return kind == JK_KEYFILE_ROOT || kind == JK_KEYFILE_NODE;
}

static void public_of(jk_keyfile_kind kind, const uint8_t secret[JK_KEY_SIZE],
                      uint8_t public_key[JK_KEY_SIZE])
{
    if (is_signing(kind)) {
        uint8_t full[JK_SIGN_SECRET_SIZE];
        (void)crypto_sign_seed_keypair(public_key, full, secret);
        sodium_memzero(full, sizeof full);
    } else {
        (void)crypto_scalarmult_base(public_key, secret);
    }
}

jk_status jk_keyfile_decode(jk_span bytes, jk_keyfile *file)
{
    const bool has_secret =
        bytes.size == JK_KEYFILE_SECRET_SIZE && memcmp(bytes.data, secret_magic, MAGIC_SIZE) == 0;
    const bool is_public =
        bytes.size == JK_KEYFILE_PUBLIC_SIZE && memcmp(bytes.data, public_magic, MAGIC_SIZE) == 0;
    if ((!has_secret && !is_public) || bytes.data[AT_VERSION] != FORMAT_VERSION ||
        bytes.data[AT_KIND] < JK_KEYFILE_ROOT || bytes.data[AT_KIND] > JK_KEYFILE_SEAL ||
        bytes.data[AT_ZERO] != 0 || bytes.data[AT_ZERO + 1] != 0) {
        return JK_E_FILE;
    }
    jk_keyfile read;
    memset(&read, 0, sizeof read);
    read.kind = (jk_keyfile_kind)bytes.data[AT_KIND];
    read.has_secret = has_secret;
    if (has_secret) {
        memcpy(read.secret, bytes.data + AT_KEY, JK_KEY_SIZE);
        public_of(read.kind, read.secret, read.public_key);
        if (memcmp(read.public_key, bytes.data + AT_KEY + JK_KEY_SIZE, JK_KEY_SIZE) != 0) {
            sodium_memzero(&read, sizeof read);
            return JK_E_FILE;
        }
    } else {
        memcpy(read.public_key, bytes.data + AT_KEY, JK_KEY_SIZE);
    }
    *file = read;
    sodium_memzero(&read, sizeof read);
    return JK_OK;
}

jk_status jk_keyfile_load(const char *path, jk_keyfile_kind kind, bool secret, jk_keyfile *file,
                          jk_fault *fault)
{
    struct stat about;
    errno = 0;
    if (secret && (stat(path, &about) != 0 || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)) {
        return errno == 0 ? report(fault, JK_E_CONFIG, path, "others can access it: chmod 600")
                          : report(fault, JK_E_FILE, path, "cannot be opened");
    }
    uint8_t bytes[JK_KEYFILE_SECRET_SIZE];
    size_t size = 0;
    jk_status status = jk_keyfile_read(path, bytes, sizeof bytes, &size, fault);
    if (status != JK_OK) {
        return status;
    }
    jk_keyfile read;
    status = jk_keyfile_decode((jk_span){bytes, size}, &read);
    if (status == JK_OK && (read.kind != kind || read.has_secret != secret)) {
        status = JK_E_FILE;
    }
    if (status == JK_OK) {
        *file = read;
    } else {
        (void)report(fault, status, path, "not a key file of this kind, or damaged");
    }
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(&read, sizeof read);
    return status;
}

static jk_status save_key(const char *dir, const char *name, const jk_keyfile *file,
                          jk_keyfile_mode mode, jk_fault *fault)
{
    char path[JK_KEYFILE_PATH_SIZE];
    uint8_t bytes[JK_KEYFILE_SECRET_SIZE] = {0};
    jk_status status = jk_keyfile_path(dir, name, path);
    if (status != JK_OK) {
        return report(fault, status, name, "path too long");
    }
    memcpy(bytes, file->has_secret ? secret_magic : public_magic, MAGIC_SIZE);
    bytes[AT_VERSION] = FORMAT_VERSION;
    bytes[AT_KIND] = (uint8_t)file->kind;
    size_t size = AT_KEY;
    if (file->has_secret) {
        memcpy(bytes + size, file->secret, JK_KEY_SIZE);
        size += JK_KEY_SIZE;
    }
    memcpy(bytes + size, file->public_key, JK_KEY_SIZE);
    size += JK_KEY_SIZE;
    status = jk_keyfile_write(path, (jk_span){bytes, size}, mode, fault);
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

static jk_status save_secret(const char *dir, const char *name, jk_keyfile_kind kind,
                             const uint8_t secret[JK_KEY_SIZE], jk_fault *fault)
{
    jk_keyfile file = {.kind = kind, .has_secret = true};
    memcpy(file.secret, secret, JK_KEY_SIZE);
    public_of(kind, secret, file.public_key);
    const jk_status status = save_key(dir, name, &file, JK_KEYFILE_NEW_SECRET, fault);
    sodium_memzero(&file, sizeof file);
    return status;
}

static jk_status save_public(const char *dir, const char *name, jk_keyfile_kind kind,
                             const uint8_t public_key[JK_KEY_SIZE], jk_fault *fault)
{
    jk_keyfile file = {.kind = kind};
    memcpy(file.public_key, public_key, JK_KEY_SIZE);
    return save_key(dir, name, &file, JK_KEYFILE_NEW_PUBLIC, fault);
}

static jk_status load_key(const char *dir, const char *name, jk_keyfile_kind kind, bool secret,
                          jk_keyfile *file, jk_fault *fault)
{
    char path[JK_KEYFILE_PATH_SIZE];
    const jk_status status = jk_keyfile_path(dir, name, path);
    if (status != JK_OK) {
        return report(fault, status, name, "path too long");
    }
    return jk_keyfile_load(path, kind, secret, file, fault);
}

/* --- folders --- */

static jk_status make_folder(const char *dir, jk_fault *fault)
{
    errno = 0;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return report(fault, JK_E_IO, dir, "cannot be made");
    }
    return JK_OK;
}

static jk_status load_certificate(const char *dir, const char *name,
                                  uint8_t bytes[JK_CERTIFICATE_SIZE], jk_fault *fault)
{
    char path[JK_KEYFILE_PATH_SIZE];
    size_t size = 0;
    jk_status status = jk_keyfile_path(dir, name, path);
    if (status == JK_OK) {
        status = jk_keyfile_read(path, bytes, JK_CERTIFICATE_SIZE, &size, fault);
    }
    if (status == JK_OK && size != JK_CERTIFICATE_SIZE) {
        status = report(fault, JK_E_FILE, path, "not a certificate");
    }
    return status;
}

static jk_status save_certificate(const char *dir, const char *name,
                                  const uint8_t bytes[JK_CERTIFICATE_SIZE], jk_keyfile_mode mode,
                                  jk_fault *fault)
{
    char path[JK_KEYFILE_PATH_SIZE];
    const jk_status status = jk_keyfile_path(dir, name, path);
    if (status != JK_OK) {
        return report(fault, status, name, "path too long");
    }
    return jk_keyfile_write(path, (jk_span){bytes, JK_CERTIFICATE_SIZE}, mode, fault);
}

static jk_status load_pair(const char *dir, const char *name, jk_keyfile_kind kind,
                           jk_keypair *pair, jk_fault *fault)
{
    jk_keyfile file;
    const jk_status status = load_key(dir, name, kind, true, &file, fault);
    if (status == JK_OK) {
        memcpy(pair->secret, file.secret, JK_KEY_SIZE);
        memcpy(pair->public_key, file.public_key, JK_KEY_SIZE);
        sodium_memzero(&file, sizeof file);
    }
    return status;
}

static jk_status load_signing(const char *dir, const char *name, jk_keyfile_kind kind,
                              uint8_t secret[JK_SIGN_SECRET_SIZE], jk_fault *fault)
{
    jk_keyfile file;
    const jk_status status = load_key(dir, name, kind, true, &file, fault);
    if (status == JK_OK) {
        memcpy(secret, file.secret, JK_KEY_SIZE);
        memcpy(secret + JK_KEY_SIZE, file.public_key, JK_KEY_SIZE);
        sodium_memzero(&file, sizeof file);
    }
    return status;
}

jk_status jk_keyfile_load_node(const char *dir, jk_keys *keys, jk_fault *fault)
{
    jk_keys read;
    jk_keyfile root;
    jk_certificate node;
    memset(&read, 0, sizeof read);
    jk_status status = load_signing(dir, "node.key", JK_KEYFILE_NODE, read.sign_secret, fault);
    if (status == JK_OK) {
        status = load_pair(dir, "channel.key", JK_KEYFILE_CHANNEL, &read.channel, fault);
    }
    if (status == JK_OK) {
        status = load_pair(dir, "seal.key", JK_KEYFILE_SEAL, &read.seal, fault);
    }
    if (status == JK_OK) {
        status = load_key(dir, "root.pub", JK_KEYFILE_ROOT, false, &root, fault);
    }
    if (status == JK_OK) {
        memcpy(read.root_public, root.public_key, JK_KEY_SIZE);
        status = load_certificate(dir, "node.cert", read.node_certificate, fault);
    }
    if (status == JK_OK) {
        status = load_certificate(dir, "channel.cert", read.channel_certificate, fault);
    }
    if (status == JK_OK && jk_certificate_decode(read.node_certificate, &node) != JK_OK) {
        status = report(fault, JK_E_CERTIFICATE, "node.cert", "not a certificate");
    }
    if (status == JK_OK) {
        read.id = node.id;
        *keys = read;
    }
    jk_keys_wipe(&read);
    return status;
}

jk_status jk_keyfile_save_node(const char *dir, const jk_keys *keys, jk_fault *fault)
{
    jk_status status = make_folder(dir, fault);
    if (status == JK_OK) {
        status = save_secret(dir, "node.key", JK_KEYFILE_NODE, keys->sign_secret, fault);
    }
    if (status == JK_OK) {
        status = save_secret(dir, "channel.key", JK_KEYFILE_CHANNEL, keys->channel.secret, fault);
    }
    if (status == JK_OK) {
        status = save_secret(dir, "seal.key", JK_KEYFILE_SEAL, keys->seal.secret, fault);
    }
    if (status == JK_OK) {
        status = save_public(dir, "seal.pub", JK_KEYFILE_SEAL, keys->seal.public_key, fault);
    }
    if (status == JK_OK) {
        status = save_public(dir, "root.pub", JK_KEYFILE_ROOT, keys->root_public, fault);
    }
    if (status == JK_OK) {
        status = save_certificate(dir, "node.cert", keys->node_certificate, JK_KEYFILE_NEW_PUBLIC,
                                  fault);
    }
    if (status == JK_OK) {
        status = save_certificate(dir, "channel.cert", keys->channel_certificate,
                                  JK_KEYFILE_NEW_PUBLIC, fault);
    }
    return status;
}

jk_status jk_keyfile_save_channel(const char *dir, const jk_keys *keys, jk_fault *fault)
{
    jk_keyfile file = {.kind = JK_KEYFILE_CHANNEL, .has_secret = true};
    memcpy(file.secret, keys->channel.secret, JK_KEY_SIZE);
    memcpy(file.public_key, keys->channel.public_key, JK_KEY_SIZE);
    jk_status status = save_key(dir, "channel.key", &file, JK_KEYFILE_REPLACE_SECRET, fault);
    sodium_memzero(&file, sizeof file);
    if (status == JK_OK) {
        status = save_certificate(dir, "channel.cert", keys->channel_certificate,
                                  JK_KEYFILE_REPLACE, fault);
    }
    return status;
}

jk_status jk_keyfile_load_root(const char *dir, uint8_t secret[JK_SIGN_SECRET_SIZE],
                               jk_fault *fault)
{
    return load_signing(dir, "root.key", JK_KEYFILE_ROOT, secret, fault);
}

jk_status jk_keyfile_save_root(const char *dir, const uint8_t secret[JK_SIGN_SECRET_SIZE],
                               jk_fault *fault)
{
    jk_status status = make_folder(dir, fault);
    if (status == JK_OK) {
        status = save_secret(dir, "root.key", JK_KEYFILE_ROOT, secret, fault);
    }
    if (status == JK_OK) {
        /* libsodium's secret key ends with the public key. */
        status = save_public(dir, "root.pub", JK_KEYFILE_ROOT, secret + JK_SIGN_SEED_SIZE, fault);
    }
    return status;
}
