/* SPDX-License-Identifier: Apache-2.0 */
/* A node's history tells the whole state with which a run begins, or does not begin it: a part of
 * it would look to the checker like a loss. */
#include "disk.h"
#include "memory.h"

#include "adapter/sqlite/sqlite.h"
#include "node/history.h"
#include "step/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PATH     "cs-131016/node.db"
#define CARDS    40
#define MACHINES 5

static unsigned count;
static unsigned wanted;
static jk_node_config config; /* large */

static void on_memory(void *arg)
{
    if (++count == wanted) {
        memory_arm(*(const bool *)arg);
    }
}

static void note(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static jk_store *open_store(void)
{
    jk_sqlite_options options = {.node = {.role = JK_ROLE_CS, .code = "131016"}, .vfs = DISK_VFS};
    jk_fault fault = {.status = JK_OK};
    jk_store *store = NULL;
    assert_int_equal(jk_sqlite_open(PATH, &options, &store, &fault), JK_OK);
    return store;
}

static void fill(jk_store *store)
{
    jk_status status = JK_E_BUG;
    assert_int_equal(store->ops->begin(store), JK_OK);
    for (unsigned i = 0; i < CARDS; i++) {
        jk_token who = {{0}};
        char text[16];
        (void)snprintf(text, sizeof text, "r:%011u", i);
        memcpy(who.byte, text, 13);
        assert_int_equal(store->ops->card_put(store, &who, 4, "131016"), JK_OK);
    }
    for (unsigned i = 0; i < MACHINES; i++) {
        jk_machine_row row = {.machine = JK_MACHINE_DEST_CS,
                              .machine_name = "movein_dest_cs",
                              .state_name = "s",
                              .size = 64};
        row.key.byte[0] = (uint8_t)(i + 1);
        assert_int_equal(store->ops->machine_put(store, &row), JK_OK);
    }
    store->ops->commit(store, note, &status);
    assert_int_equal(status, JK_OK);
}

static unsigned words(const char *text, const char *word)
{
    unsigned found = 0;
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        found++;
    }
    return found;
}

/* true: the run began, and all of the state is there; otherwise nothing is. */
static bool tells_all(jk_status status)
{
    static char text[65536];
    FILE *file = fopen(config.history, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    (void)unlink(config.history);
    text[size] = '\0';
    if (status != JK_OK) {
        assert_int_equal(words(text, "ev=ready"), 0);
        return false;
    }
    assert_int_equal(words(text, "ev=ready"), 1);
    assert_int_equal(words(text, " card="), CARDS);
    assert_int_equal(words(text, "role=movein_dest_cs"), MACHINES);
    return true;
}

static bool opens(bool lasting)
{
    jk_store *store = open_store();
    jk_history *history = NULL;
    jk_fault fault = {.status = JK_OK};
    count = 0;
    memory_watch(on_memory, &lasting);
    jk_status status = jk_history_open(&config, "cs:131016:0", store, NULL, &history, &fault);
    memory_watch(NULL, NULL);
    memory_heal();
    assert_true(status == JK_OK || status == JK_E_MEMORY);
    assert_true((history != NULL) == (status == JK_OK));
    jk_history_close(history, false);
    jk_sqlite_close(store);
    return tells_all(status);
}

static void test_no_memory(void **state)
{
    (void)state;
    unsigned refused = 0;
    wanted = 0;
    assert_true(opens(false));
    do {
        wanted++;
        refused += opens(true) ? 0 : 1;
        refused += opens(false) ? 0 : 1;
    } while (count >= wanted); /* it was met */
    assert_true(refused > 20);
}

static int setup(void **state)
{
    static char folder[] = "/tmp/juki-history.XXXXXX";
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(config.history, sizeof config.history, "%s/h", folder);
    (void)snprintf(config.history_key, sizeof config.history_key, "%s/key", folder);
    FILE *key = fopen(config.history_key, "wb");
    assert_non_null(key);
    (void)fprintf(key, "%064d\n", 7);
    (void)fclose(key);
    jk_store *store = open_store();
    fill(store);
    jk_sqlite_close(store);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(config.history_key);
    *strrchr(config.history_key, '/') = '\0';
    (void)rmdir(config.history_key);
    disk_clear();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
    };
    if (!memory_open() || !disk_open()) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
