/* SPDX-License-Identifier: Apache-2.0 */
/* The opening of one SQLite store when memory or the disk fails at each of its points, one by one:
 * it opens, or says what was missing, and never blames the file.  And the disks of disk.h
 * themselves: what a power loss leaves. */
#include "disk.h"
#include "memory.h"

#include "adapter/sqlite/sqlite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PATH "cs-131016/node.db"

/* Counts what fails; the wanted one does. */
typedef struct striker {
    unsigned count;
    unsigned wanted;
    bool lasting;
    disk_op op;
    disk_mode mode;
} striker;

static void on_memory(void *arg)
{
    striker *s = arg;
    s->count++;
    if (s->count == s->wanted) {
        memory_arm(s->lasting);
    }
}

static void on_disk(void *arg, unsigned host, disk_op op)
{
    striker *s = arg;
    if (op != s->op) {
        return;
    }
    s->count++;
    if (s->count == s->wanted) {
        disk_fault fault = {s->mode, DISK_KEEP, s->lasting, 7};
        disk_arm(host, &fault);
    }
}

static jk_status open_store(jk_store **store)
{
    jk_sqlite_options options = {.node = {.role = JK_ROLE_CS, .code = "131016"}, .vfs = DISK_VFS};
    jk_fault fault = {.status = JK_OK};
    jk_status status = jk_sqlite_open(PATH, &options, store, &fault);
    assert_int_equal(fault.status, status);
    return status;
}

static void note(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static void put_card(jk_store *store, uint8_t state)
{
    jk_token who = {"r:00000001003"};
    jk_status status = JK_E_BUG;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->card_put(store, &who, state, "131016"), JK_OK);
    store->ops->commit(store, note, &status);
    assert_int_equal(status, JK_OK);
}

/* A store with one card, as a process leaves it that was killed: all of it still in the log. */
static int setup(void **state)
{
    (void)state;
    jk_store *store = NULL;
    disk_clear();
    assert_int_equal(open_store(&store), JK_OK);
    put_card(store, 4);
    disk_cut(disk_host(PATH), DISK_KEEP, 1);
    jk_sqlite_close(store);
    disk_revive(disk_host(PATH));
    return 0;
}

static void tell(void *arg, const jk_sqlite_fact *fact)
{
    unsigned *cards = arg;
    if (fact->table == JK_SQLITE_CARD) {
        (*cards)++;
        assert_int_equal(fact->number[0], 4);
        assert_string_equal(fact->code, "131016");
    }
}

/* Opens, and reads as a node does when it starts. */
static jk_status start(void)
{
    jk_store *store = NULL;
    unsigned cards = 0;
    jk_status status = open_store(&store);
    if (status != JK_OK) {
        assert_null(store);
        return status;
    }
    status = jk_sqlite_facts(store, tell, &cards);
    assert_true(status != JK_OK || cards == 1);
    jk_sqlite_close(store);
    return status;
}

static void no_memory_at(unsigned wanted, bool lasting, striker *s)
{
    void *none = NULL;
    (void)setup(&none);
    *s = (striker){.wanted = wanted, .lasting = lasting};
    memory_watch(on_memory, s);
    jk_status status = start();
    memory_watch(NULL, NULL);
    memory_heal();
    if (status != JK_OK && status != JK_E_MEMORY) {
        print_error("allocation %u%s: %s\n", wanted, lasting ? " and all after it" : "",
                    jk_status_text(status));
    }
    assert_true(status == JK_OK || status == JK_E_MEMORY);
    assert_int_equal(start(), JK_OK);
}

/* Every one of the first, where the connection is made and the file looked at; then samples. */
static void test_memory(void **state)
{
    (void)state;
    striker s = {.count = 0};
    unsigned wanted = 0;
    do {
        wanted += wanted < 120 ? 1 : 149;
        no_memory_at(wanted, true, &s);
        no_memory_at(wanted, false, &s);
    } while (s.count >= wanted); /* it was met */
    assert_true(wanted > 1000);
}

static unsigned fail_each(disk_op op, disk_mode mode, jk_status wanted)
{
    unsigned failed = 0;
    striker s = {.op = op, .mode = mode};
    do {
        void *none = NULL;
        (void)setup(&none);
        s.wanted++;
        s.count = 0;
        disk_watch(on_disk, &s);
        jk_status status = start();
        disk_watch(NULL, NULL);
        disk_heal(disk_host(PATH));
        assert_true(status == JK_OK || status == wanted);
        assert_true(disk_retried() == 0);
        failed += status == wanted ? 1 : 0;
        disk_revive(disk_host(PATH));
        assert_int_equal(start(), JK_OK);
    } while (s.count >= s.wanted); /* it was met */
    return failed;
}

static void test_disk(void **state)
{
    (void)state;
    assert_true(fail_each(DISK_READ, DISK_UNREAD, JK_E_IO) > 5);
    assert_true(fail_each(DISK_SYNC, DISK_EIO, JK_E_IO) > 0);
    assert_true(fail_each(DISK_WRITE, DISK_EIO, JK_E_IO) > 0);
    assert_true(fail_each(DISK_WRITE, DISK_FULL, JK_E_FULL) > 0);
    assert_true(fail_each(DISK_OPEN, DISK_EIO, JK_E_FILE) > 0);
}

/* Two bytes, of which the first was synced, after a power loss. */
static void power_loss(disk_damage damage, char after[3])
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(DISK_VFS);
    assert_non_null(vfs);
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    assert_non_null(file);
    disk_clear();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_WAL;
    assert_int_equal(vfs->xOpen(vfs, "m/f", file, flags, NULL), SQLITE_OK);
    assert_int_equal(file->pMethods->xWrite(file, "a", 1, 0), SQLITE_OK);
    assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(file->pMethods->xWrite(file, "b", 1, 1), SQLITE_OK);
    disk_cut(disk_host("m/f"), damage, 1);
    assert_int_equal(file->pMethods->xWrite(file, "c", 1, 0), SQLITE_IOERR_WRITE);
    (void)file->pMethods->xClose(file);
    disk_revive(disk_host("m/f"));
    memset(after, 0, 3);
    assert_int_equal(vfs->xOpen(vfs, "m/f", file, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    (void)file->pMethods->xRead(file, after, 2, 0);
    (void)file->pMethods->xClose(file);
    free(file);
}

/* A file that is written after its sync failed is noted: what was lost then is not on the disk. */
static void test_retry(void **state)
{
    (void)state;
    sqlite3_vfs *vfs = sqlite3_vfs_find(DISK_VFS);
    assert_non_null(vfs);
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);
    assert_non_null(file);
    disk_clear();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const disk_fault fault = {DISK_EIO, DISK_KEEP, false, 1};
    assert_int_equal(vfs->xOpen(vfs, "m/f", file, flags, NULL), SQLITE_OK);
    assert_int_equal(file->pMethods->xWrite(file, "a", 1, 0), SQLITE_OK);
    disk_arm(disk_host("m/f"), &fault);
    assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
    assert_int_equal(disk_retried(), 0);
    assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(disk_retried(), 1);
    (void)file->pMethods->xClose(file);
    free(file);
    disk_clear();
}

static void test_power(void **state)
{
    (void)state;
    char after[3];
    power_loss(DISK_DROP, after);
    assert_string_equal(after, "a");
    power_loss(DISK_KEEP, after);
    assert_string_equal(after, "ab");
    power_loss(DISK_TEAR, after);
    assert_int_equal(after[0], 'a');
    disk_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_memory, setup),
        cmocka_unit_test_setup(test_disk, setup),
        cmocka_unit_test(test_power),
        cmocka_unit_test(test_retry),
    };
    if (!memory_open() || !disk_open()) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
