/* SPDX-License-Identifier: Apache-2.0 */
/* `juki registry file-out|cancel-out|enter|reject|change|correct-all|death|recode|retry|correct|
 * withdraw`: the desk of a resident-registry system. */
#include "tool/client.h"
#include "tool/options.h"
#include "tool/verbs.h"

#include <stdio.h>
#include <string.h>

enum {
    SOCKET,
    RESIDENT,
    PLANNED,
    DESTINATION,
    FILING,
    LANG,
    FILE_OUT_COUNT
};

static const jk_option file_out_options[FILE_OUT_COUNT] = {
    [SOCKET] = {"socket", "FILE", "the registry's socket", true, false},
    [RESIDENT] = {"resident", "CODE", "resident record code; once for each member", true, true},
    [PLANNED] = {"planned", "DATE", "planned day of moving out, YYYY-MM-DD", true, false},
    [DESTINATION] = {"destination", "CODE", "planned municipality", false, false},
    [FILING] = {"filing", "DATE", "day of the filing; the node's today if left out", false, false},
    [LANG] = {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option case_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"case", "ID", "the case, 32 hex digits", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option txn_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"txn", "ID", "the transaction, 32 hex digits", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option death_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"day", "DATE", "day of the death, YYYY-MM-DD", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option recode_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"new-code", "CODE", "the new code, one of the office's own", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option choice_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option correct_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"new-address", "TEXT", "the right address", true, false},
    {"new-postcode", "DIGITS", "seven digits; the old ones stay if left out", false, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option change_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"reason", "NUMBER", "change reason, 301..320 but not 308 to 313", true, false},
    {"day", "DATE", "day of the change, YYYY-MM-DD; today if left out", false, false},
    {"kana", "TEXT", "the reading from now on", false, false},
    {"address", "TEXT", "the address from now on", false, false},
    {"postcode", "DIGITS", "the postcode from now on", false, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option list_options[] = {
    {"socket", "FILE", "the registry's socket", true, false},
    {"reason", "NUMBER", "change reason, 301..320 but not 308 to 313", true, false},
    {"day", "DATE", "day of the change, YYYY-MM-DD; today if left out", false, false},
    {"count", "NUMBER", "lines that were announced", false, false},
    {"by", "OPERATOR", "who announced them", false, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_usage file_out_usage = {
    "registry file-out", NULL,
    "Files a moving-out of the named members and prints its case.\n"
    "Exit: 0 done, 1 refused, 2 usage, 4 no node answers.",
    file_out_options, FILE_OUT_COUNT};

/* A sub-verb that sends what it was given as it is.  Its options: socket first, language last;
 * those in between go under their keys. */
typedef struct decision {
    const char *name;
    const char *argument; /* key of the argument; NULL: none */
    const char *key[5];   /* of the options from the second on; NULL: no more */
    jk_usage usage;
} decision;

static const decision decisions[] = {
    {"cancel-out",
     NULL,
     {"case"},
     {"registry cancel-out", NULL, "Asks the CS whether a moving-out may be cancelled.",
      case_options, 3}},
    {"enter",
     NULL,
     {"txn"},
     {"registry enter", NULL, "Enters the members of a move-in (clerk: manual).", txn_options, 3}},
    {"reject",
     NULL,
     {"txn"},
     {"registry reject", NULL, "Rejects a move-in (clerk: manual).", txn_options, 3}},
    {"death",
     "resident",
     {"death_day"},
     {"registry death", "RESIDENT",
      "Records the death of a member of a moving-out case, gone or not, and prints the case.\n"
      "Where the member lives now hears of it.",
      death_options, 3}},
    {"recode",
     "resident",
     {"new_code"},
     {"registry recode", "RESIDENT",
      "Asks the CS to change the resident record code of a member of an open moving-out case, and\n"
      "prints the case. While a certificate is out the CS refuses; a new code ends the card.",
      recode_options, 3}},
    {"change",
     "resident",
     {"reason", "change_day", "kana", "address", "postcode"},
     {"registry change", "RESIDENT",
      "Changes the record of a resident; CS, prefecture and national follow.", change_options, 7}},
    {"correct-all",
     "file",
     {"reason", "change_day", "count", "by"},
     {"registry correct-all", "FILE",
      "Corrects the records that a list names, a few at a time, so that nobody at a counter "
      "waits.\n"
      "FILE, by its whole path: columns with tabs between, named in the first line: "
      "resident_code,\n"
      "then kana, address, postcode, as many as are corrected. More than 100 lines are announced.\n"
      "juki tx status shows how far it is.",
      list_options, 6}},
    {"retry",
     "txn",
     {NULL},
     {"registry retry", "TXN", "Sends the notice of a disputed entry again.", choice_options, 2}},
    {"correct",
     "txn",
     {"new_address", "new_postcode"},
     {"registry correct", "TXN",
      "Corrects a disputed entry and sends its notice again, for all disputed members.",
      correct_options, 4}},
    {"withdraw",
     "txn",
     {NULL},
     {"registry withdraw", "TXN",
      "Withdraws a disputed entry: the members are residents of the origin as before.",
      choice_options, 2}},
};

static void set(json_t *request, const char *key, const jk_options *o, int index)
{
    if (o->count[index] > 0) {
        (void)json_object_set_new(request, key, json_string(o->value[index][0]));
    }
}

static int run_file_out(int argc, char **argv)
{
    jk_options o;
    jk_client_call call = {.verb = "registry file-out", .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    int leave = jk_options_read(&file_out_usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&file_out_usage, &o, LANG, &call.lang);
    }
    if (leave != -1) {
        return leave;
    }
    call.path = o.value[SOCKET][0];
    json_t *request = jk_client_request("file-out");
    json_t *residents = json_array();
    for (size_t i = 0; i < o.count[RESIDENT]; i++) {
        (void)json_array_append_new(residents, json_string(o.value[RESIDENT][i]));
    }
    (void)json_object_set_new(request, "residents", residents);
    set(request, "planned_day", &o, PLANNED);
    set(request, "destination", &o, DESTINATION);
    set(request, "filing_day", &o, FILING);
    json_t *answer = NULL;
    const int code = jk_client_run(&call, request, &answer);
    const char *id = json_string_value(json_object_get(answer, "case"));
    if (code == JK_EXIT_DONE && id != NULL) {
        (void)printf("case=%s\n", id);
    }
    json_decref(answer);
    return code;
}

static int run_decision(const decision *d, int argc, char **argv)
{
    jk_options o;
    jk_client_call call = {.verb = d->usage.verb, .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    int leave = jk_options_read(&d->usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&d->usage, &o, d->usage.count - 1, &call.lang);
    }
    if (leave == -1 && d->argument != NULL) {
        leave = jk_option_rest(&d->usage, &o, 1);
    }
    if (leave != -1) {
        return leave;
    }
    call.path = o.value[0][0];
    json_t *answer = NULL;
    json_t *request = jk_client_request(d->name);
    if (d->argument != NULL) {
        (void)json_object_set_new(request, d->argument, json_string(o.rest[0]));
    }
    for (int i = 0; i < 5 && d->key[i] != NULL; i++) {
        set(request, d->key[i], &o, i + 1);
    }
    const int code = jk_client_run(&call, request, &answer);
    const char *id = json_string_value(json_object_get(answer, "case"));
    const json_t *listed = json_object_get(answer, "listed");
    if (code == JK_EXIT_DONE && id != NULL) {
        (void)printf("case=%s\n", id);
    }
    if (code == JK_EXIT_DONE && listed != NULL) {
        (void)printf("listed=%lld\n", (long long)json_integer_value(listed));
    }
    json_decref(answer);
    return code;
}

int jk_tool_registry(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "file-out") == 0) {
        return run_file_out(argc - 1, argv + 1);
    }
    for (size_t i = 0; argc > 1 && i < sizeof decisions / sizeof decisions[0]; i++) {
        if (strcmp(argv[1], decisions[i].name) == 0) {
            return run_decision(&decisions[i], argc - 1, argv + 1);
        }
    }
    const bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    (void)fprintf(help ? stdout : stderr,
                  "juki registry "
                  "file-out|cancel-out|enter|reject|change|correct-all|death|recode|retry|correct|"
                  "withdraw "
                  "OPTIONS; each has --help\n"
                  "juki tx waiting shows what waits for the clerk\n");
    return help ? JK_EXIT_DONE : JK_EXIT_USAGE;
}
