/* SPDX-License-Identifier: Apache-2.0 */
/* What jkgen writes for the lease, a protocol outside of spec/: files as they are kept in golden/,
 * through the library and through `juki gen`; and that SPIN reads the same. */
#define _POSIX_C_SOURCE 200809L
#include "folder.h"
#include "jkgen.h"
#include "tool/gen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const files[] = {
    "machines/claim.h",          "machines/claim_step.h",     "machines/lease.h",
    "machines/lease_names.h",    "machines/lease_names.c",    "machines/lease_tenant.h",
    "machines/lease_tenant.c",   "machines/lease_landlord.h", "machines/lease_landlord.c",
    "tables/lease_tenant.tsv",   "tables/lease_landlord.tsv", "tables/lease_tenant.dot",
    "tables/lease_landlord.dot",
};

static void test_as_kept(void **state)
{
    (void)state;
    char *folder = folder_make();
    folder_take_lease(folder);
    const char *out = folder_path(folder, "out");
    jk_gen_options options = {.diagnostics = stderr, .out = out};
    assert_int_equal(jk_gen_run(folder_path(folder, "lease.bind"), &options), 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *text = folder_read(folder_path(out, files[i]));
        assert_non_null(text);
        char kept[256];
        (void)snprintf(kept, sizeof(kept), JK_SOURCE_DIR "/tests/jkgen/golden/%s.golden",
                       strchr(files[i], '/') + 1);
        assert_true(folder_matches(kept, text));
        free(text);
    }
    folder_remove(folder);
    free(folder);
}

static void test_spin_agrees(void **state)
{
    (void)state;
    char *folder = folder_make();
    folder_take_lease(folder);
    jk_gen_options options = {.diagnostics = stderr, .cross_check = true};
    assert_int_equal(jk_gen_run(folder_path(folder, "lease.bind"), &options), 0);

    /* SPIN gets another model than jkgen: each difference is named. */
    folder_write(folder_path(folder, "other.pml"), "#define asked often\n#include \"lease.pml\"\n");
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    options.diagnostics = stream;
    options.model = folder_path(folder, "other.pml");
    assert_int_equal(jk_gen_run(folder_path(folder, "lease.bind"), &options), 1);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(text, "spin: SPIN has no `byte asked` in tenant"));
    assert_non_null(strstr(text, "SPIN has a variable `often` in tenant that jkgen has not"));
    free(text);
    folder_remove(folder);
    free(folder);
}

static int verb(const char *a, const char *b, const char *c, const char *d, const char *e)
{
    char words[6][512];
    const char *from[] = {"gen", a, b, c, d, e};
    char *argv[7] = {NULL};
    int argc = 0;
    for (int i = 0; i < 6 && from[i] != NULL; i++) {
        (void)snprintf(words[i], sizeof(words[i]), "%s", from[i]);
        argv[argc++] = words[i];
    }
    return jk_tool_gen(argc, argv);
}

static void test_juki_gen(void **state)
{
    (void)state;
    char *folder = folder_make();
    folder_take_lease(folder);
    const char *out = folder_path(folder, "made");
    const char *model = folder_path(folder, "lease.pml");
    assert_int_equal(verb(model, "--out", out, "--cross-check", NULL), 0);
    assert_int_equal(access(folder_path(out, "machines/lease_tenant.c"), R_OK), 0);
    assert_int_equal(verb(model, "--out", out, "--bind", folder_path(folder, "lease.bind")), 0);

    assert_int_equal(verb(model, NULL, NULL, NULL, NULL), 2);
    assert_int_equal(verb("--out", out, NULL, NULL, NULL), 2);
    assert_int_equal(verb(model, "--out", out, "--depth", NULL), 2);
    assert_int_equal(verb("lease", "--out", out, NULL, NULL), 2);
    assert_int_equal(verb(folder_path(folder, "house.pml"), "--out", out, NULL, NULL), 1);
    folder_remove(folder);
    free(folder);
}

static void replace(const char *path, const char *old, const char *now)
{
    char *text = folder_read(path);
    assert_non_null(text);
    char *changed = calloc(1, strlen(text) * 8);
    assert_non_null(changed);
    char *to = changed;
    for (const char *from = text; *from != '\0';) {
        bool here = strncmp(from, old, strlen(old)) == 0;
        size_t length = here ? strlen(now) : 1;
        memcpy(to, here ? now : from, length);
        to += length;
        from += here ? strlen(old) : 1;
    }
    folder_write(path, changed);
    free(changed);
    free(text);
}

/* The lease with a second link to the tenant that brings DENY, from the same landlord or a porter.
 * */
static char *header_with_two_links(bool porter)
{
    char *folder = folder_make();
    folder_take_lease(folder);
    const char *sender = porter ? "porter" : "landlord";
    char lines[512];
    (void)snprintf(lines, sizeof(lines), "%slink side_door  %s  tenant\ndesk desk_tenant ",
                   porter ? "role porter  porter.pml  key house\ndesk bell  porter\n" : "", sender);
    replace(folder_path(folder, "lease.bind"), "desk desk_tenant ", lines);
    replace(folder_path(folder, "messages.pml"), "\nchan desk_tenant",
            "\nchan bell = [0] of { mtype:command, claim };\n"
            "chan side_door[2] = [CAPACITY] of { mtype:kind, claim };\nchan desk_tenant");
    replace(folder_path(folder, "tenant.pml"), "    :: NOT_NOW(",
            "    :: DROP(side_door[me], DENY)\n    :: NOT_NOW(");
    replace(folder_path(folder, "landlord.pml"), "               busy = false;",
            porter ? "               busy = false;"
                   : "               busy = false; send(side_door[peer], DENY, 0, 0, 0, 0);");
    folder_write(folder_path(folder, "porter.pml"),
                 "proctype porter(byte me)\n{\n    REGISTERS;\n\nend_READY:\n    if\n"
                 "    :: atomic { bell ? WANT, in -> send(side_door[me], DENY, 0, 0, 0, 0);\n"
                 "           NEXT(end_READY) }\n    fi;\n    goto end_READY;\n}\n");
    jk_gen_options options = {.diagnostics = stderr, .out = folder_path(folder, "out")};
    assert_int_equal(jk_gen_run(folder_path(folder, "lease.bind"), &options), 0);
    char *header = folder_read(folder_path(folder, "out/machines/lease_tenant.h"));
    assert_non_null(header);
    folder_remove(folder);
    free(folder);
    return header;
}

static void test_kind_on_two_links(void **state)
{
    (void)state;
    char *header = header_with_two_links(false);
    assert_non_null(strstr(header, "JK_LEASE_TENANT_IN_DENY_ON_LANDLORD_TO_TENANT = "));
    assert_non_null(strstr(header, "JK_LEASE_TENANT_IN_DENY_ON_SIDE_DOOR = "));
    assert_non_null(strstr(header, "JK_LEASE_TENANT_IN_GRANT = "));
    free(header);
    header = header_with_two_links(true);
    assert_non_null(strstr(header, "JK_LEASE_TENANT_IN_DENY_FROM_LANDLORD = "));
    assert_non_null(strstr(header, "JK_LEASE_TENANT_IN_DENY_FROM_PORTER = "));
    free(header);
}

/* A number that the model computes from what the C does not see: 0 is an answer unless a sum with a
 * number says that it never comes. */
static void test_computed_answers(void **state)
{
    (void)state;

    static const struct {
        const char *body;
        bool zero;
    } cases[] = {
        {"HIGHEST = 2", false},
        {"HIGHEST = ghost_days + 1", false},
        {"if :: HIGHEST = 1 :: HIGHEST = ghost_days + 2 fi", false},
        {"HIGHEST = 0", true},
        {"HIGHEST = ghost_days", true},
        {"HIGHEST = ghost_days + 0", true},
        {"HIGHEST = ghost_days - 1", true},
        {"HIGHEST = ghost_days + ghost_nights", true},
        {"if :: HIGHEST = 1 :: HIGHEST = ghost_days fi", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *folder = folder_make();
        folder_take_lease(folder);
        replace(folder_path(folder, "hooks.pml"), "HIGHEST = 2", cases[i].body);
        jk_gen_options options = {.diagnostics = stderr, .out = folder_path(folder, "out")};
        assert_int_equal(jk_gen_run(folder_path(folder, "lease.bind"), &options), 0);
        char *text = folder_read(folder_path(folder, "out/machines/lease_landlord.c"));
        assert_non_null(text);
        assert_non_null(strstr(text, "hooks->longest(ctx, event, &highest)"));
        if ((strstr(text, "|| highest == 0)") == NULL) != cases[i].zero) {
            fail_msg("%s: 0 is%s refused", cases[i].body, cases[i].zero ? "" : " not");
        }
        free(text);
        folder_remove(folder);
        free(folder);
    }
}

/* A folder that cannot be written is a tool's failure, not the model's. */
static void test_no_room(void **state)
{
    (void)state;
    char *folder = folder_make();
    folder_take_lease(folder);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    jk_gen_options options = {.diagnostics = stream, .out = folder_path(folder, "tenant.pml")};
    assert_int_equal(jk_gen_run(folder_path(folder, "lease.bind"), &options), 4);
    assert_int_equal(fclose(stream), 0);
    assert_non_null(strstr(text, "cannot be made"));
    free(text);
    folder_remove(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_kept),  cmocka_unit_test(test_spin_agrees),
        cmocka_unit_test(test_juki_gen), cmocka_unit_test(test_kind_on_two_links),
        cmocka_unit_test(test_no_room),  cmocka_unit_test(test_computed_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
