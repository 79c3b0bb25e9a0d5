/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken from the cache is what was searched; whatever it depends on changes, it is searched
 * again; what is not complete, damaged or foreign is never taken. */
#define _XOPEN_SOURCE 700
#include "verify/cache.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "toy.h"
#include "verify/digest.h"

static char cache[JK_PATH_SIZE];

static jk_verify_options cached_options(void)
{
    jk_verify_options options = toy_options();
    options.cache = cache;
    return options;
}

/* How many results of the last call came from the cache. */
static unsigned long taken(void)
{
    static const char words[] = " results come from the cache";
    char *at = strstr(toy_report, words);
    if (at == NULL) {
        return 0;
    }
    while (at > toy_report && at[-1] != '\n') {
        at--;
    }
    return strtoul(at + strlen("verify: "), NULL, 10);
}

/* The names of the entries, as many as fit. */
static size_t entries(char names[][256], size_t capacity)
{
    size_t count = 0;
    DIR *folder = opendir(cache);
    struct dirent *entry = folder == NULL ? NULL : readdir(folder);
    while (entry != NULL) {
        if (strstr(entry->d_name, ".result") != NULL && count < capacity) {
            (void)snprintf(names[count], 256, "cache/%.200s", entry->d_name);
            count++;
        }
        entry = readdir(folder);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

static int set_up(void **state)
{
    return toy_set_up(state) == 0 && jk_path_join(cache, toy_root, "cache") ? 0 : 1;
}

/* Each test begins without entries and with the models as they were. */
static int fresh(void **state)
{
    (void)state;
    jk_folder_remove(toy_root);
    return set_up(state);
}

#define LIVE    ROW("comes_back", "liveness", "holds", "403")
#define WITNESS "w\tcheck.pml\t-\tsmall\twitness\tviolated\t-\tquick\t-\t-\ttext\n"
#define LISTED  "plain\tcheck.pml\t-\t-\tsafety\tholds\t-\tquick\tlist.txt\t-\tt\n"

static void what_is_complete_is_searched_once(void **state)
{
    (void)state;
    const jk_verify_options options = cached_options();
    assert_int_equal(toy_run(BIG LIVE WITNESS, &options), JK_VERIFY_HOLDS);
    assert_int_equal(taken(), 0);
    assert_int_equal(toy_run(BIG LIVE WITNESS, &options), JK_VERIFY_HOLDS);
    assert_int_equal(taken(), 3);
    assert_non_null(strstr(toy_report, "holds, cached"));
    assert_non_null(strstr(toy_report, "found, cached"));
    assert_true(toy_has("out/logs/toy.never_big.txt", "203 states, stored"));
    assert_true(toy_has("out/trails/toy.w.trail", ""));
    assert_true(toy_has("out/junit.xml", "holds, cached"));
    assert_true(toy_has("out/summary.md", "holds, cached"));
    assert_true(toy_has("out/metrics.json", "\"cached\": true"));
    jk_verify_options without = cached_options();
    without.cache = NULL;
    assert_int_equal(toy_run(BIG LIVE WITNESS, &without), JK_VERIFY_HOLDS);
    assert_int_equal(taken(), 0);
}

static void tables_are_judged_on_what_was_kept(void **state)
{
    (void)state;
    const jk_verify_options options = cached_options();
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_int_equal(toy_run(ROW("never_big", "safety", "holds", "204"), &options),
                     JK_VERIFY_INCOMPLETE);
    assert_int_equal(taken(), 1);
    assert_non_null(strstr(toy_report, "states differ: 204 expected"));
    toy_put("spec/toy/list.txt", "counter: :: x > TOP -> x = 1\n");
    assert_int_equal(toy_run(LISTED, &options), JK_VERIFY_HOLDS);
    toy_put("spec/toy/list.txt", "# nothing\n");
    assert_int_equal(toy_run(LISTED, &options), JK_VERIFY_INCOMPLETE);
    assert_int_equal(taken(), 1);
    assert_non_null(strstr(toy_report, "unreached: counter: :: x > TOP -> x = 1"));
}

/* Runs a row that was kept before: is it taken? */
static bool is_taken(const char *rows, const jk_verify_options *options)
{
    assert_int_equal(toy_run(rows, options), JK_VERIFY_HOLDS);
    return taken() == 1;
}

/* The toy's model with one more blank before the words. */
static void touch(const char *name, const char *words)
{
    char *text = toy_get(name);
    char changed[2048];
    assert_non_null(text);
    char *at = strstr(text, words);
    assert_non_null(at);
    (void)snprintf(changed, sizeof changed, "%.*s %s", (int)(at - text), text, at);
    toy_put(name, changed);
    free(text);
}

static void whatever_changes_is_searched_again(void **state)
{
    (void)state;
    static const char odd[] =
        "odd\tcheck.pml\tTOP=99\tnever_big\tsafety\tholds\t-\tquick\t-\t-\ttext\n";
    static const char other_bounds[] =
        "odd\tcheck.pml\tTOP=98\tnever_big\tsafety\tholds\t-\tquick\t-\t-\ttext\n";
    static const char other_claim[] =
        "odd\tcheck.pml\tTOP=99\tcomes_back\tliveness\tholds\t-\tquick\t-\t-\ttext\n";
    static const char no_claim[] =
        "odd\tcheck.pml\tTOP=99\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n";
    static const char longer[] =
        "odd\tcheck.pml\tTOP=99\tnever_big\tsafety\tholds\t-\tquick\t-\t-\tother words\n";
    jk_verify_options options = cached_options();
    assert_false(is_taken(odd, &options));
    assert_true(is_taken(odd, &options));
    assert_true(is_taken(longer, &options)); /* the words of a row change no search */
    assert_false(is_taken(other_bounds, &options));
    assert_false(is_taken(other_claim, &options));
    assert_false(is_taken(no_claim, &options));
    options.full = true; /* by another compiler */
    assert_false(is_taken(odd, &options));
    options.full = false;
    assert_true(is_taken(odd, &options));
    touch("spec/toy/counter.pml", "x = x + 1"); /* included, not the model itself */
    assert_false(is_taken(odd, &options));
    touch("spec/toy/check.pml", "init");
    assert_false(is_taken(odd, &options));
    assert_true(is_taken(odd, &options));
}

static void a_mutant_is_kept_with_its_chart(void **state)
{
    (void)state;
    static const char patch[] = "--- a/spec/toy/counter.pml\n"
                                "+++ b/spec/toy/counter.pml\n"
                                "@@ -6,1 +6,1 @@\n"
                                "-    :: x < TOP -> x = x + 1\n"
                                "+    :: x < TOP -> x = x + 2\n";
    static const char row[] =
        "odd\tcheck.pml\tTOP=99\tnever_big\tsafety\tholds\t-\tquick\t-\t-\ttext\n";
    jk_verify_options options = cached_options();
    options.mutants = true;
    options.check = "m";
    toy_put("spec/toy/mutants.tsv", TOY_MUTANTS_HEAD "m\tm.patch\todd\tnever_big\t-\t-\ttext\n");
    toy_put("spec/toy/m.patch", patch);
    assert_false(is_taken(row, &options));
    char *chart = toy_get("out/charts/toy.mutant.m.svg");
    assert_non_null(chart);
    assert_true(is_taken(row, &options));
    char *again = toy_get("out/charts/toy.mutant.m.svg");
    assert_non_null(again);
    assert_string_equal(chart, again);
    free(again);
    free(chart);
    touch("spec/toy/m.patch", "@@ -6"); /* patch ignores it, we do not */
    assert_int_equal(toy_run(row, &options), JK_VERIFY_HOLDS);
    assert_int_equal(taken(), 0);
}

static void what_is_not_complete_or_not_expected_is_not_kept(void **state)
{
    (void)state;
    char names[4][256];
    jk_verify_options options = cached_options();
    assert_int_equal(toy_run(ROW("small", "safety", "holds", "-"), &options), JK_VERIFY_VIOLATED);
    assert_int_equal(toy_run(ROW("never_big", "safety", "holds", "12"), &options),
                     JK_VERIFY_INCOMPLETE);
    assert_int_equal(toy_run(ROW("nosuch", "safety", "holds", "-"), &options),
                     JK_VERIFY_INCOMPLETE);
    toy_put("spec/toy/syntax.pml", "byte x = ;\n");
    assert_int_equal(
        toy_run("s\tsyntax.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n", &options),
        JK_VERIFY_TOOL);
    options.depth = 20;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_INCOMPLETE);
    assert_int_equal(entries(names, 4), 0);
    options.depth = 200000;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_int_equal(entries(names, 4), 1);
}

static void damaged_and_foreign_entries_are_named(void **state)
{
    (void)state;
    char names[4][256];
    const jk_verify_options options = cached_options();
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_int_equal(entries(names, 4), 1);
    char *whole = toy_get(names[0]);
    assert_non_null(whole);
    static const char *const others[] = {"203 states", "juki verify result", "key ", "digest ",
                                         "part pan.txt"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char *spoilt = strdup(whole);
        assert_non_null(spoilt);
        char *at = strstr(spoilt, others[i]);
        assert_non_null(at);
        at[2] ^= 1;
        toy_put(names[0], spoilt);
        free(spoilt);
        assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
        assert_int_equal(taken(), 0);
        assert_non_null(strstr(toy_report, "1 of its files could not be used"));
        assert_non_null(strstr(toy_report, "is damaged and was not used"));
    }
    toy_put(names[0], ""); /* a disk that was full */
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_int_equal(taken(), 0);
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS); /* written anew */
    assert_int_equal(taken(), 1);
    /* Another search's result under this one's name. */
    static const char other[] =
        "x\tcheck.pml\tTOP=9\tnever_big\tsafety\tholds\t-\tquick\t-\t-\ttext\n";
    assert_int_equal(toy_run(other, &options), JK_VERIFY_HOLDS);
    assert_int_equal(entries(names, 4), 2);
    char *first = toy_get(names[0]);
    assert_non_null(first);
    toy_put(names[1], first);
    free(first);
    assert_int_equal(toy_run(BIG "x"
                                 "\tcheck.pml\tTOP=9\tnever_big\tsafety\tholds\t-\tquick\t-\t-"
                                 "\ttext\n",
                             &options),
                     JK_VERIFY_HOLDS);
    assert_int_equal(taken(), 1);
    free(whole);
}

static void a_cache_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    jk_verify_options options = cached_options();
    char path[JK_PATH_SIZE];
    toy_put("file", "");
    assert_true(jk_path_join(path, toy_root, "file/cache"));
    options.cache = path;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "cannot be written"));
}

/* The key alone, of a plan that was only read. */
static void key_of(const jk_tools *tools, const jk_verify_options *options,
                   char key[JK_CACHE_KEY_SIZE])
{
    jk_plan *plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    assert_int_equal(jk_plan_read(plan, options), JK_OK);
    plan->tools = *tools;
    if (!jk_cache_key(plan, &plan->runs[0], key)) {
        key[0] = '\0';
    }
    jk_plan_close(plan);
    free(plan);
}

static void a_key_holds_the_versions_of_the_tools(void **state)
{
    (void)state;
    char first[JK_CACHE_KEY_SIZE];
    char second[JK_CACHE_KEY_SIZE];
    const jk_verify_options options = toy_options();
    toy_put("spec/toy/checks.tsv", TOY_CHECKS_HEAD BIG);
    const jk_tools tools = {.spin = "6.5.2", .tcc = "0.9.27", .clang = "14"};
    key_of(&tools, &options, first);
    key_of(&tools, &options, second);
    assert_int_equal(strlen(first), JK_CACHE_KEY_SIZE - 1);
    assert_string_equal(first, second);
    const jk_tools others[] = {{.spin = "6.5.3", .tcc = "0.9.27", .clang = "14"},
                               {.spin = "6.5.2", .tcc = "0.9.28", .clang = "14"},
                               {.spin = "6.5.2", .tcc = "0.9.27", .clang = "15"},
                               {.spin = "6.5.20", .tcc = ".9.27", .clang = "14"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        key_of(&others[i], &options, second);
        assert_string_not_equal(first, second);
    }
    const jk_tools unknown = {.spin = "6.5.2", .tcc = "", .clang = "14"};
    key_of(&unknown, &options, second);
    assert_string_equal(second, "");
}

static void a_model_that_is_not_known_whole_has_no_key(void **state)
{
    (void)state;
    char key[JK_CACHE_KEY_SIZE];
    const jk_verify_options options = toy_options();
    const jk_tools tools = {.spin = "6.5.2", .tcc = "0.9.27", .clang = "14"};
    toy_put("spec/toy/checks.tsv", TOY_CHECKS_HEAD BIG);
    toy_put("spec/toy/check.pml", "#include \"missing.pml\"\n");
    key_of(&tools, &options, key);
    assert_string_equal(key, "");
    toy_put("spec/toy/check.pml", "#define FILE \"counter.pml\"\n#include FILE\n");
    key_of(&tools, &options, key);
    assert_string_equal(key, "");
    toy_put("spec/toy/check.pml", "#include \"counter.pml\"\n#include \"check.pml\"\n");
    key_of(&tools, &options, key);
    assert_int_equal(strlen(key), JK_CACHE_KEY_SIZE - 1);
}

static void a_digest_is_the_standard_s(void **state)
{
    (void)state;
    char hex[JK_DIGEST_SIZE];
    jk_digest_text("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#define TEST(NAME) cmocka_unit_test_setup(NAME, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_complete_is_searched_once),
        TEST(tables_are_judged_on_what_was_kept),
        TEST(whatever_changes_is_searched_again),
        TEST(a_mutant_is_kept_with_its_chart),
        TEST(what_is_not_complete_or_not_expected_is_not_kept),
        TEST(damaged_and_foreign_entries_are_named),
        TEST(a_cache_that_cannot_be_written_is_named),
        TEST(a_key_holds_the_versions_of_the_tools),
        TEST(a_model_that_is_not_known_whole_has_no_key),
        TEST(a_digest_is_the_standard_s),
    };
    return cmocka_run_group_tests(tests, set_up, toy_tear_down);
}
