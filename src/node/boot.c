/* SPDX-License-Identifier: Apache-2.0 */
/* Before the loop: keys, directory and store are looked at in this order, and the first thing
 * that is wrong is told at the place in the config that names it.  A refused start leaves no
 * file behind. */
#include "node/boot.h"

#include "adapter/sqlite/sqlite.h"
#include "channel/random.h"
#include "node/history.h"
#include "node/keyfile.h"
#include "sim/population.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    FINDINGS_SHOWN = 20
};

static jk_status refuse(const jk_boot *boot, jk_status status, const char *key, const char *text)
{
    jk_config_report(&boot->file, key, text);
    return status;
}

static jk_status refuse_fault(const jk_boot *boot, jk_status status, const char *key,
                              const jk_fault *fault)
{
    return refuse(boot, status, key, fault->text[0] != '\0' ? fault->text : jk_status_text(status));
}

static void name_of(const jk_node_id *id, char text[32])
{
    (void)snprintf(text, 32, "%s:%s:%u", jk_role_name((jk_role)id->role), id->code,
                   (unsigned)id->unit);
}

/* --- keys --- */

static jk_status check_keys(jk_boot *boot)
{
    jk_fault fault = {.status = JK_OK};
    char text[JK_CONFIG_TEXT_MAX];
    boot->keys = sodium_malloc(sizeof *boot->keys);
    if (boot->keys == NULL) {
        return refuse(boot, JK_E_MEMORY, "keys", jk_status_text(JK_E_MEMORY));
    }
    memset(boot->keys, 0, sizeof *boot->keys);
    jk_status status = jk_keyfile_load_node(boot->config.keys, boot->keys, &fault);
    if (status != JK_OK) {
        return refuse_fault(boot, status, "keys", &fault);
    }
    if (!jk_node_equal(&boot->keys->id, &boot->config.id)) {
        char own[32];
        char theirs[32];
        name_of(&boot->config.id, own);
        name_of(&boot->keys->id, theirs);
        (void)snprintf(text, sizeof text, "keys of another node: %s, not %s", theirs, own);
        return refuse(boot, JK_E_IDENTITY, "keys", text);
    }
    status = jk_keys_check(boot->keys, (uint64_t)time(NULL));
    if (status != JK_OK) {
        return refuse(boot, status, "keys", jk_status_text(status));
    }
    return JK_OK;
}

/* --- directory --- */

/* Peers seal to the prekey that stands there, so it must be ours. */
static jk_status check_own_entry(const jk_boot *boot)
{
    jk_directory_entry entry;
    const jk_status status = jk_directory_find(&boot->directory, &boot->config.id, &entry);
    if (status != JK_OK) {
        return boot->config.id.role != JK_ROLE_CS
                   ? JK_OK
                   : refuse(boot, status, "directory", "this CS does not stand in it");
    }
    if (memcmp(entry.prekey, boot->keys->seal.public_key, sizeof entry.prekey) != 0) {
        return refuse(boot, JK_E_IDENTITY, "directory",
                      "names another prekey for this node than its key files");
    }
    return JK_OK;
}

static jk_status check_directory(jk_boot *boot)
{
    jk_fault fault = {.status = JK_OK};
    size_t size = 0;
    boot->directory_bytes = malloc(JK_DIRECTORY_SIZE_MAX);
    if (boot->directory_bytes == NULL) {
        return refuse(boot, JK_E_MEMORY, "directory", jk_status_text(JK_E_MEMORY));
    }
    jk_status status = jk_keyfile_read(boot->config.directory, boot->directory_bytes,
                                       JK_DIRECTORY_SIZE_MAX, &size, &fault);
    if (status != JK_OK) {
        return refuse_fault(boot, status, "directory", &fault);
    }
    status = jk_directory_open((jk_span){boot->directory_bytes, size}, boot->keys->root_public,
                               &boot->directory);
    if (status != JK_OK) {
        return refuse(boot, status, "directory",
                      status == JK_E_CERTIFICATE
                          ? "not signed by the root of this node's keys, or damaged"
                          : jk_status_text(status));
    }
    return check_own_entry(boot);
}

/* --- store --- */

static bool exists(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0;
}

typedef struct findings {
    const jk_boot *boot;
    unsigned count;
} findings;

static void tell_person(void *arg, const jk_population_finding *finding)
{
    findings *f = arg;
    char text[JK_CONFIG_TEXT_MAX];
    f->count++;
    if (f->count <= FINDINGS_SHOWN) {
        (void)snprintf(text, sizeof text, "line %" PRIu64 ": %.40s: %.100s", finding->line,
                       finding->field, finding->rule);
        jk_config_report(&f->boot->file, "population", text);
    }
}

static jk_status check_population(const jk_boot *boot)
{
    const jk_population_file file = {boot->config.population, false};
    findings f = {boot, 0};
    jk_fault fault = {.status = JK_OK};
    uint64_t residents = 0;
    const jk_status status = jk_population_check(&file, tell_person, &f, &residents, &fault);
    if (status != JK_OK && f.count == 0) {
        return refuse_fault(boot, status, "population", &fault);
    }
    if (f.count > FINDINGS_SHOWN) {
        char text[64];
        (void)snprintf(text, sizeof text, "and %u more findings", f.count - FINDINGS_SHOWN);
        jk_config_report(&boot->file, "population", text);
    }
    return status;
}

static jk_status path_with(const jk_boot *boot, const char *ending, char path[JK_NODE_PATH_SIZE])
{
    if (strlen(boot->config.store) + strlen(ending) >= JK_NODE_PATH_SIZE) {
        return refuse(boot, JK_E_CONFIG, "store", "the path is too long");
    }
    (void)snprintf(path, JK_NODE_PATH_SIZE, "%s", boot->config.store);
    (void)snprintf(path + strlen(path), JK_NODE_PATH_SIZE - strlen(path), "%s", ending);
    return JK_OK;
}

static void folder_of(const char *path, char folder[JK_NODE_PATH_SIZE])
{
    (void)snprintf(folder, JK_NODE_PATH_SIZE, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        (void)snprintf(folder, JK_NODE_PATH_SIZE, ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
}

/* A node that begins anew while its database is only out of place would break its promises: the
 * lock file remembers that there was one. */
static jk_status check_traces(const jk_boot *boot)
{
    char path[JK_NODE_PATH_SIZE];
    struct stat about;
    jk_status status = path_with(boot, "-wal", path);
    if (status == JK_OK && exists(path)) {
        return refuse(boot, JK_E_FILE, "store",
                      "missing, but its log (-wal) is there: put the database back");
    }
    status = path_with(boot, ".lock", path);
    if (status == JK_OK && stat(path, &about) == 0 && about.st_size > 0) {
        return refuse(boot, JK_E_FILE, "store",
                      "missing: put the database back, or remove its .lock to begin anew");
    }
    return status;
}

/* A new database gets its name when it is whole, so an empty file is what is left of one. */
static jk_status check_found(const jk_boot *boot)
{
    struct stat about;
    if (stat(boot->config.store, &about) == 0 && about.st_size == 0) {
        return refuse(boot, JK_E_FILE, "store", "the file is empty: put the database back");
    }
    return JK_OK;
}

static jk_status check_store(const jk_boot *boot)
{
    char folder[JK_NODE_PATH_SIZE];
    folder_of(boot->config.store, folder);
    if (!exists(folder)) {
        return refuse(boot, JK_E_FILE, "store", "its folder does not exist");
    }
    const bool there = exists(boot->config.store);
    if (access(folder, W_OK) != 0 || (there && access(boot->config.store, W_OK) != 0)) {
        return refuse(boot, JK_E_STORE_READONLY, "store", jk_status_text(JK_E_STORE_READONLY));
    }
    const jk_status status = there ? check_found(boot) : check_traces(boot);
    if (status == JK_OK && !there && boot->config.population[0] != '\0') {
        return check_population(boot);
    }
    return status;
}

static jk_status check_history(const jk_boot *boot)
{
    jk_fault fault = {.status = JK_OK};
    const jk_status status = jk_history_check(&boot->config, &fault);
    return status == JK_OK ? JK_OK : refuse_fault(boot, status, "history_key", &fault);
}

jk_status jk_boot_check(jk_boot *boot)
{
    boot->keys = NULL;
    boot->directory_bytes = NULL;
    boot->store = NULL;
    boot->rooted_anew = false;
    boot->lock = -1;
    jk_status status = jk_random_system_init(&boot->random);
    if (status != JK_OK) {
        return refuse(boot, status, "keys", jk_status_text(status));
    }
    status = jk_config_read(&boot->file, &boot->config);
    if (status == JK_OK) {
        status = check_keys(boot);
    }
    if (status == JK_OK) {
        status = check_directory(boot);
    }
    if (status == JK_OK) {
        status = check_store(boot);
    }
    if (status == JK_OK) {
        status = check_history(boot);
    }
    return status;
}

/* --- opening --- */

/* Two processes on one store would both believe their counters. */
static jk_status lock_store(jk_boot *boot)
{
    char path[JK_NODE_PATH_SIZE];
    const jk_status status = path_with(boot, ".lock", path);
    if (status != JK_OK) {
        return status;
    }
    boot->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (boot->lock < 0) {
        return refuse(boot, errno == EROFS || errno == EACCES ? JK_E_STORE_READONLY : JK_E_FILE,
                      "store", "its lock file cannot be made");
    }
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(boot->lock, F_SETLK, &whole) != 0) {
        return refuse(boot, JK_E_CONFLICT, "store", "another process uses it");
    }
    return JK_OK;
}

static jk_status open_at(const jk_boot *boot, const char *path, uint8_t synchronous,
                         jk_store **store)
{
    const jk_sqlite_options options = {.node = boot->config.id, .synchronous = synchronous};
    jk_fault fault = {.status = JK_OK};
    const jk_status status = jk_sqlite_open(path, &options, store, &fault);
    return status == JK_OK ? JK_OK : refuse_fault(boot, status, "store", &fault);
}

static void remove_new(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char name[JK_NODE_PATH_SIZE + 16];
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

static jk_status fill_new(const jk_boot *boot, const char *path)
{
    jk_store *store = NULL;
    jk_fault fault = {.status = JK_OK};
    uint64_t count = 0;
    /* Not yet the node's store: keep_new puts it on the disk as a whole. */
    jk_status status = open_at(boot, path, JK_SQLITE_OFF, &store);
    if (status != JK_OK) {
        return status;
    }
    if (boot->config.population[0] != '\0') {
        status = jk_import_population(boot, store, &count, &fault);
    }
    jk_sqlite_close(store);
    return status == JK_OK ? JK_OK : refuse_fault(boot, status, "population", &fault);
}

/* Waits until the disk holds a file, or the names in a folder. */
static bool sync_path(const char *path, int flags)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | flags);
    const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return synced;
}

static jk_status keep_new(const jk_boot *boot, const char *path)
{
    char folder[JK_NODE_PATH_SIZE];
    folder_of(boot->config.store, folder);
    const bool kept = sync_path(path, 0) && rename(path, boot->config.store) == 0 &&
                      sync_path(folder, O_DIRECTORY);
    return kept ? JK_OK : refuse(boot, JK_E_IO, "store", "cannot be put in its place");
}

/* A new database, with its population, is a file of its own that then takes its name: all of it or
 * nothing. */
static jk_status make_store(const jk_boot *boot)
{
    char path[JK_NODE_PATH_SIZE];
    jk_status status = path_with(boot, ".new", path);
    if (status != JK_OK) {
        return status;
    }
    remove_new(path);
    status = fill_new(boot, path);
    if (status == JK_OK) {
        status = keep_new(boot, path);
    }
    if (status != JK_OK) {
        remove_new(path);
    }
    return status;
}

/* From now on a start without the database is refused. */
static jk_status leave_trace(const jk_boot *boot)
{
    char text[64];
    char name[32];
    struct stat about;
    if (fstat(boot->lock, &about) == 0 && about.st_size > 0) {
        return JK_OK;
    }
    name_of(&boot->config.id, name);
    const int size = snprintf(text, sizeof text, "%s has a database\n", name);
    const bool left = write(boot->lock, text, (size_t)size) == size && fsync(boot->lock) == 0;
    return left ? JK_OK : refuse(boot, JK_E_IO, "store", "its lock file cannot be written");
}

/* Keys and certificates come and go under one root; another root is another network. */
static jk_status note_root(jk_boot *boot)
{
    char text[2 * JK_SIGN_PUBLIC_SIZE + 1];
    (void)sodium_bin2hex(text, sizeof text, boot->keys->root_public, JK_SIGN_PUBLIC_SIZE);
    const jk_status status = jk_sqlite_note(boot->store, "root", text, &boot->rooted_anew);
    return status == JK_OK ? JK_OK : refuse_fault(boot, status, "store", &boot->store->fault);
}

jk_status jk_boot_open(jk_boot *boot)
{
    jk_status status = lock_store(boot);
    if (status == JK_OK && !exists(boot->config.store)) {
        status = make_store(boot);
    }
    if (status == JK_OK) {
        status = open_at(boot, boot->config.store, JK_SQLITE_FULL, &boot->store);
    }
    if (status == JK_OK) {
        status = note_root(boot);
    }
    return status == JK_OK ? leave_trace(boot) : status;
}

jk_status jk_boot_look(const jk_boot *boot)
{
    const jk_sqlite_options options = {.node = boot->config.id};
    jk_fault fault = {.status = JK_OK};
    if (!exists(boot->config.store)) {
        return JK_OK;
    }
    const jk_status status = jk_sqlite_check(boot->config.store, &options, &fault);
    return status == JK_OK ? JK_OK : refuse_fault(boot, status, "store", &fault);
}

void jk_boot_close(jk_boot *boot)
{
    jk_sqlite_close(boot->store);
    boot->store = NULL;
    if (boot->lock >= 0) {
        (void)close(boot->lock);
        boot->lock = -1;
    }
    if (boot->keys != NULL) {
        jk_keys_wipe(boot->keys);
        sodium_free(boot->keys);
        boot->keys = NULL;
    }
    free(boot->directory_bytes);
    boot->directory_bytes = NULL;
}
