/* SPDX-License-Identifier: Apache-2.0 */
/* The book of history_book.h: its lines, its files, and what the checker must say of them. */
#include "history_book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void book_say(book *b, int file, const char *line)
{
    sheet *s = &b->sheet[file];
    assert_true(s->count < LINES_MAX && strlen(line) < LINE_MAX_SIZE);
    (void)snprintf(s->line[s->count++], LINE_MAX_SIZE, "%s", line);
}

static sheet *find(book *b, const char *part, size_t *line)
{
    for (size_t i = 0; i < FILES; i++) {
        for (*line = 0; *line < b->sheet[i].count; ++*line) {
            if (strstr(b->sheet[i].line[*line], part) != NULL) {
                return &b->sheet[i];
            }
        }
    }
    fail_msg("no line with %s", part);
    return NULL;
}

/* The first line that has `part`. */
void book_take_out(book *b, const char *part)
{
    size_t line = 0;
    sheet *s = find(b, part, &line);
    s->count--;
    memmove(s->line[line], s->line[line + 1], (s->count - line) * LINE_MAX_SIZE);
}

void book_put_before(book *b, const char *part, const char *text)
{
    size_t line = 0;
    sheet *s = find(b, part, &line);
    assert_true(s->count < LINES_MAX);
    memmove(s->line[line + 1], s->line[line], (s->count - line) * LINE_MAX_SIZE);
    s->count++;
    (void)snprintf(s->line[line], LINE_MAX_SIZE, "%s", text);
}

/* In the first line that has `part`, `old` becomes `new`. */
void book_change(book *b, const char *part, const char *old, const char *new)
{
    size_t line = 0;
    char made[LINE_MAX_SIZE];
    sheet *s = find(b, part, &line);
    char *at = strstr(s->line[line], old);
    assert_non_null(at);
    assert_true(strlen(s->line[line]) + strlen(new) < LINE_MAX_SIZE);
    (void)snprintf(made, sizeof made, "%.*s%s%s", (int)(at - s->line[line]), s->line[line], new,
                   at + strlen(old));
    memcpy(s->line[line], made, sizeof made);
}

static void begin(book *b, int file, const char *name, const char *node, const char *has)
{
    char line[LINE_MAX_SIZE];
    b->sheet[file] = (sheet){.name = name, .node = node};
    (void)snprintf(line, sizeof line, "ev=open v=1 t=1 node=%s boot=b1", node);
    book_say(b, file, line);
    if (has != NULL) {
        (void)snprintf(line, sizeof line, "ev=has %s", has);
        book_say(b, file, line);
    }
    if (strcmp(node, "client") != 0) {
        book_say(b, file, "ev=ready t=2");
    }
}

static void write_origin(book *b)
{
    begin(b, OLD_REGISTRY, "registry-131016", "registry:131016:0", "reg=" WHO "/1/0/0/0");
    book_say(b, OLD_REGISTRY, "ev=asked t=10 op=1 verb=file-out who=" WHO);
    book_say(
        b, OLD_REGISTRY,
        "ev=step b=11 t=12 day=100 role=movein_origin_registry in=FILE_OUT from=IDLE state=FILED"
        " final=0 key=" CASE " txn=- case=" CASE " open=" WHO "/" CASE "/0 due=110"
        " sent=FILED/" ID "1/cs:131016:0/-/1/0");
    book_say(b, OLD_REGISTRY, "ev=answered t=13 op=1 ok=1 case=" CASE);
    book_say(b, OLD_REGISTRY,
             "ev=step b=81 t=82 day=100 role=movein_origin_registry in=MOVED from=FILED state=MOVED"
             " final=1 key=" CASE " txn=- case=" CASE " reg=" WHO "/2/201/0/0 shut=" WHO
             " sent=REMOVED/" ID "9/cs:131016:0/-/1/0 took=MOVED/" ID "8/-");
    book_say(b, OLD_REGISTRY, "ev=stop t=200");
    begin(b, OLD_CS, "cs-131016", "cs:131016:0", "reg=" WHO "/1/0/1/1");
    book_say(b, OLD_CS,
             "ev=step b=15 t=16 day=100 role=movein_origin_cs in=FILED from=IDLE state=OPEN final=0"
             " key=" CASE " txn=- case=" CASE " open=" WHO "/" CASE "/0 took=FILED/" ID "1/-");
    book_say(
        b, OLD_CS,
        "ev=step b=41 t=42 day=100 role=movein_origin_cs in=CERT_REQUEST from=OPEN state=GRANTED"
        " final=0 key=" CASE " txn=" TXN " case=" CASE " reg=" WHO "/1/0/1/2"
        " sent=CERT/" ID "4/cs:131024:0/" TXN "/1/2 took=CERT_REQUEST/" ID "3/" TXN);
    book_say(b, OLD_CS,
             "ev=step b=71 t=72 day=100 role=movein_origin_cs in=NOTICE from=GRANTED state=MOVED"
             " final=1 key=" CASE " txn=" TXN " case=" CASE " shut=" WHO " sent=MOVED/" ID
             "8/registry:131016:0/-/1/0 took=NOTICE/" ID "7/" TXN);
    book_say(b, OLD_CS,
             "ev=step b=85 t=86 day=100 role=movein_origin_cs in=REMOVED from=MOVED state=MOVED"
             " final=1 key=" CASE " txn=" TXN " case=" CASE " reg=" WHO "/2/201/1/2"
             " log=1/" WHO "/REMOVAL/1 took=REMOVED/" ID "9/-");
    book_say(b, OLD_CS, "ev=stop t=201");
}

static void write_destination(book *b)
{
    begin(b, NEW_REGISTRY, "registry-131024", "registry:131024:0", NULL);
    book_say(b, NEW_REGISTRY,
             "ev=step b=51 t=52 day=100 role=movein_dest_registry in=REGISTER from=IDLE"
             " state=WAIT_CLERK final=0 key=" TXN " txn=" TXN " case=" CASE " took=REGISTER/" ID
             "5/" TXN);
    book_say(b, NEW_REGISTRY, "ev=asked t=53 op=1 verb=enter txn=" TXN);
    book_say(b, NEW_REGISTRY,
             "ev=step b=54 t=55 day=100 role=movein_dest_registry in=ENTER from=WAIT_CLERK"
             " state=REGISTERED final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO "/1/101/0/0"
             " sent=REGISTERED/" ID "6/cs:131024:0/" TXN "/1/2");
    book_say(b, NEW_REGISTRY, "ev=answered t=56 op=1 ok=1");
    book_say(b, NEW_REGISTRY, "ev=stop t=202");
    begin(b, NEW_CS, "cs-131024", "cs:131024:0", NULL);
    book_say(b, NEW_CS,
             "ev=step b=45 t=46 day=100 role=movein_dest_cs in=CERT from=WAIT_CERT"
             " state=WAIT_REGISTERED final=0 key=" TXN " txn=" TXN " case=" CASE
             " sent=REGISTER/" ID "5/registry:131024:0/" TXN "/1/2 took=CERT/" ID "4/" TXN);
    book_say(b, NEW_CS,
             "ev=step b=58 t=59 day=100 role=movein_dest_cs in=REGISTERED from=WAIT_REGISTERED"
             " state=DONE final=1 key=" TXN " txn=" TXN " case=" CASE " reg=" WHO "/1/101/2/2"
             " log=1/" WHO "/ENTRY/2 sent=NOTICE/" ID "7/cs:131016:0/" TXN "/1/2"
             " took=REGISTERED/" ID "6/" TXN);
    book_say(b, NEW_CS, "ev=stop t=203");
    begin(b, TERMINAL, "terminal-131024", "terminal:131024:0", NULL);
    book_say(b, TERMINAL, "ev=asked t=20 op=1 verb=move-in who=" WHO);
    book_say(b, TERMINAL,
             "ev=step b=21 t=22 day=100 role=movein_terminal in=MOVE_IN from=IDLE state=WAIT_DONE"
             " final=0 key=" TXN " txn=" TXN " case=-");
    book_say(b, TERMINAL, "ev=answered t=23 op=1 ok=1 txn=" TXN);
    book_say(b, TERMINAL,
             "ev=step b=65 t=66 day=100 role=movein_terminal in=DONE from=WAIT_DONE state=DONE"
             " final=1 key=" TXN " txn=" TXN " case=-");
    book_say(b, TERMINAL, "ev=stop t=204");
}

static void write_rest(book *b)
{
    begin(b, NATIONAL, "national-000000", "national:000000:0", "epi=" WHO "/131016/1/1/1");
    book_say(b, NATIONAL,
             "ev=step b=90 t=91 day=100 role=movein_national in=ENTRY from=KEEPING state=KEEPING"
             " final=0 key=- txn=- case=- epi=" WHO "/131016/1/1/0 epi=" WHO "/131024/2/1/1"
             " applied=131024/1");
    book_say(b, NATIONAL,
             "ev=step b=92 t=93 day=100 role=movein_national in=REMOVAL from=KEEPING state=KEEPING"
             " final=0 key=- txn=- case=- epi=" WHO "/131016/1/0/0 applied=131016/1");
    book_say(b, NATIONAL, "ev=stop t=205");
    begin(b, CARDS, "cards-000000", "cards:000000:0", "card=" WHO "/4/131016");
    book_say(b, CARDS,
             "ev=step b=95 t=96 day=100 role=movein_cards in=CONTINUE from=KEEPING state=KEEPING"
             " final=0 key=- txn=- case=- card=" WHO "/4/131024");
    book_say(b, CARDS, "ev=stop t=206");
    begin(b, CLIENT, "driver", "client", NULL);
    book_say(b, CLIENT, "ev=asked t=9 op=1 at=registry:131016:0 verb=file-out");
    book_say(b, CLIENT, "ev=answered t=14 op=1 ok=1 case=" CASE);
    book_say(b, CLIENT, "ev=asked t=19 op=2 at=terminal:131024:0 verb=move-in");
    book_say(b, CLIENT, "ev=answered t=24 op=2 ok=1 txn=" TXN);
    book_say(b, CLIENT, "ev=asked t=53 op=3 at=registry:131024:0 verb=enter txn=" TXN);
    book_say(b, CLIENT, "ev=answered t=57 op=3 ok=1");
    book_say(b, CLIENT, "ev=asked t=60 op=4 at=registry:131024:0 verb=enter txn=" TXN);
    book_say(b, CLIENT, "ev=answered t=61 op=4 ok=?");
    book_say(b, CLIENT, "ev=stop t=207");
}

int open_book(void **state)
{
    book *b = calloc(1, sizeof *b);
    assert_non_null(b);
    write_origin(b);
    write_destination(b);
    write_rest(b);
    (void)snprintf(b->folder, sizeof b->folder, "/tmp/juki-history-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    *state = b;
    return 0;
}

static void path_of(const book *b, int file, char path[256])
{
    (void)snprintf(path, 256, "%s/%s.history", b->folder, b->sheet[file].name);
}

int close_book(void **state)
{
    book *b = *state;
    for (int i = 0; i < FILES; i++) {
        char path[256];
        path_of(b, i, path);
        (void)unlink(path);
    }
    (void)rmdir(b->folder);
    free(b);
    return 0;
}

/* Lines get their numbers here; a run begins anew. */
bool book_judge(book *b)
{
    for (int i = 0; i < FILES; i++) {
        char path[256];
        unsigned number = 0;
        path_of(b, i, path);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        for (size_t k = 0; k < b->sheet[i].count; k++) {
            const char *line = b->sheet[i].line[k];
            number = strncmp(line, "ev=open", 7) == 0 ? 1 : number + 1;
            if (strncmp(line, "ev=", 3) == 0) {
                (void)fprintf(file, "n=%u %s .\n", number, line);
            } else { /* as it is */
                (void)fprintf(file, "%s\n", line);
                number--;
            }
        }
        (void)fprintf(file, "%s", b->sheet[i].tail != NULL ? b->sheet[i].tail : "");
        (void)fclose(file);
    }
    return jk_history_judge(b->folder, &b->verdict, b->fault);
}

/* Exactly one violation, of that rule, and its line says `part`. */
void book_one(book *b, unsigned rule, const char *part)
{
    if (!book_judge(b)) {
        fail_msg("not judged: %s", b->fault);
    }
    if (b->verdict.violations != 1 || b->verdict.count[rule] != 1) {
        for (unsigned i = 0; i < b->verdict.shown; i++) {
            print_error("%s\n", b->verdict.text[i]);
        }
        fail_msg("%u violations, of H%u %u", (unsigned)b->verdict.violations, rule,
                 (unsigned)b->verdict.count[rule]);
    }
    assert_non_null(strstr(b->verdict.text[0], part));
}

/* That rule among others. */
void book_some(book *b, unsigned rule)
{
    if (!book_judge(b)) {
        fail_msg("not judged: %s", b->fault);
    }
    assert_true(b->verdict.count[rule] > 0);
}

void book_clean(book *b)
{
    if (!book_judge(b)) {
        fail_msg("not judged: %s", b->fault);
    }
    for (unsigned i = 0; i < b->verdict.shown; i++) {
        print_error("%s\n", b->verdict.text[i]);
    }
    assert_int_equal(b->verdict.violations, 0);
}

void book_refused(book *b, const char *part)
{
    assert_false(book_judge(b));
    if (strstr(b->fault, part) == NULL) {
        fail_msg("%s, not %s", b->fault, part);
    }
}
