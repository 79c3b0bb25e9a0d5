/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of a protocol as one unit, as SPIN does: cpp with JKGEN defined, so that the
 * words of spec/lib/role.pml stay words, then the parser. */
#define _POSIX_C_SOURCE 200809L
#include "syntax.h"

#include "parser.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNIT_MAX 32768 /* less than a pipe holds */
#define TEXT_MAX (4 * 1024 * 1024)

extern char **environ;
int yylex_init_extra(gen_reader *r, void **scanner);
int yylex_destroy(void *scanner);
struct yy_buffer_state *yy_scan_bytes(const char *bytes, int length, void *scanner);

static const struct {
    const char *word, *reason;
} forbidden[] = {
    {"do", "a role has no loops"},
    {"od", "a role has no loops"},
    {"for", "a role has no loops: src/step expands a mask, see send_each"},
    {"break", "a role has no loops"},
    {"select", "a choice is a hook"},
    {"d_step", "it drops alternatives silently"},
    {"unless", "it interrupts a step"},
    {"timeout", "it looks at the whole system: use TIMER and EXPIRE"},
    {"c_code", "C cannot be checked"},
    {"c_expr", "C cannot be checked"},
    {"c_decl", "C cannot be checked"},
    {"c_state", "C cannot be checked"},
    {"c_track", "C cannot be checked"},
    {"eval", "a receive takes every message: compare in an if behind it"},
    {"??", "a receive takes the head of its link"},
    {"!!", "a send goes to the tail of its link"},
    {"len", "a link is not looked at"},
    {"full", "a link is not looked at"},
    {"empty", "a link is not looked at"},
    {"nfull", "a link is not looked at: send asserts its capacity"},
    {"nempty", "a link is not looked at"},
    {"_pid", "a machine is its row, it has no process"},
    {"_nr_pr", "a machine is its row, it has no process"},
    {"run", "a role starts nothing"},
    {"printf", "a role prints nothing"},
    {"assert", "write the condition as an if with IMPOSSIBLE"},
    {"hidden", "pan does not restore it when it backtracks"},
    {"local", "plain declarations are enough"},
    {"xr", "the .bind says who receives"},
    {"xs", "the .bind says who sends"},
    {"active", "a check starts the roles"},
    {"priority", "roles have no priorities"},
    {"provided", "a role runs without conditions"},
    {"never", "properties stand in properties.pml"},
    {"ltl", "properties stand in properties.pml"},
    {"init", "a check starts the roles"},
    {"return", "a body ends in NEXT"},
};

bool jk_gen_forbidden(gen_reader *r, const char *word)
{
    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
        if (strcmp(forbidden[i].word, word) == 0) {
            jk_gen_refuse(r->model, r->at, RULE_WORD, "`%s` is not for a role: %s", word,
                          forbidden[i].reason);
            r->said = true;
            return true;
        }
    }
    return false;
}

void jk_gen_mark(gen_reader *r, const char *text)
{
    char *end = NULL;
    long line = strtol(text + 2, &end, 10);
    const char *from = strchr(end, '"');
    const char *to = from == NULL ? NULL : strchr(from + 1, '"');
    if (to == NULL) {
        return;
    }
    r->line = (int)line;
    const char *path = jk_gen_copy(r->model, from + 1, (size_t)(to - from - 1));
    r->file = path[0] == '<' ? NULL : jk_gen_file(r->model, path);
    r->at.file = r->file;
}

/* Everything that a role file may refer to comes before it, each file once. */
static bool write_unit(gen_model *m, char *unit)
{
    const char *path[FILES_MAX];
    gen_place named[FILES_MAX] = {{m->bind, 1, 1}, {m->bind, 1, 1}, {m->bind, 1, 1}};
    int count = 0;
    named[0] = m->message_at;
    path[count++] = jk_gen_beside(m, m->message_file);
    path[count++] = jk_gen_beside(m, "limits.pml");
    path[count++] = jk_gen_beside(m, "messages.pml");
    for (int i = 0; i < m->hooks && count < FILES_MAX; i++) {
        named[count] = m->hook[i].at;
        path[count++] = jk_gen_beside(m, m->hook[i].file);
    }
    for (int i = 0; i < m->roles && count < FILES_MAX; i++) {
        named[count] = m->role[i]->at;
        path[count++] = jk_gen_beside(m, m->role[i]->path);
    }
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        bool again = false;
        for (int k = 0; k < i; k++) {
            again = again || strcmp(path[k], path[i]) == 0;
        }
        if (again || (i == 1 && access(path[i], R_OK) != 0)) {
            continue;
        }
        if (jk_gen_file(m, path[i]) == NULL || strpbrk(path[i], "\"\\\n") != NULL) {
            jk_gen_refuse(m, named[i], RULE_FILE, "`%s` cannot be read", path[i]);
            return false;
        }
        int written = snprintf(unit + used, UNIT_MAX - used, "#include \"%s\"\n", path[i]);
        if (written < 0 || (size_t)written >= UNIT_MAX - used) {
            m->exhausted = true;
            return false;
        }
        used += (size_t)written;
    }
    return true;
}

static bool write_all(int out, const char *text)
{
    size_t size = strlen(text);
    while (size > 0) {
        ssize_t written = write(out, text, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        size -= written < 0 ? 0 : (size_t)written;
        text += written < 0 ? 0 : written;
    }
    return true;
}

static char *read_all(int in, size_t *size)
{
    char *text = malloc(TEXT_MAX);
    *size = 0;
    while (text != NULL && *size + 1 < TEXT_MAX) {
        ssize_t got = read(in, text + *size, TEXT_MAX - 1 - *size);
        if (got == 0) {
            text[*size] = '\0';
            return text;
        }
        if (got < 0 && errno != EINTR) {
            break;
        }
        *size += got < 0 ? 0 : (size_t)got;
    }
    free(text);
    return NULL;
}

/* Starts a program with its input and output on pipes. */
static bool start(char *const argv[], int *in, int *out, pid_t *child)
{
    int down[2];
    int up[2];
    if (pipe(down) != 0) {
        return false;
    }
    if (pipe(up) != 0) {
        close(down[0]);
        close(down[1]);
        return false;
    }
    posix_spawn_file_actions_t actions;
    bool ok = posix_spawn_file_actions_init(&actions) == 0;
    if (ok) {
        ok = posix_spawn_file_actions_adddup2(&actions, down[0], 0) == 0 &&
             posix_spawn_file_actions_adddup2(&actions, up[1], 1) == 0 &&
             posix_spawn_file_actions_adddup2(&actions, up[1], 2) == 0 &&
             posix_spawn_file_actions_addclose(&actions, down[1]) == 0 &&
             posix_spawn_file_actions_addclose(&actions, up[0]) == 0 &&
             posix_spawnp(child, argv[0], &actions, NULL, argv, environ) == 0;
        posix_spawn_file_actions_destroy(&actions);
    }
    close(down[0]);
    close(up[1]);
    if (!ok) {
        close(down[1]);
        close(up[0]);
        return false;
    }
    *in = down[1];
    *out = up[0];
    return true;
}

bool jk_gen_filter(char *const argv[], const char *input, gen_output *output)
{
    int in = -1;
    int out = -1;
    pid_t child = 0;
    *output = (gen_output){NULL, 0};
    if (!start(argv, &in, &out, &child)) {
        return false;
    }
    bool ok = write_all(in, input);
    close(in);
    output->text = read_all(out, &output->size);
    close(out);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return ok && output->text != NULL && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* "PATH:LINE:COLUMN" or "PATH:LINE"; the .bind's first line for a file that cannot be read. */
static gen_place place_of(gen_model *m, char *head)
{
    int number[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        char *colon = strrchr(head, ':');
        if (colon == NULL || colon[1] == '\0' ||
            strspn(colon + 1, "0123456789") != strlen(colon + 1)) {
            break;
        }
        number[1] = number[0];
        number[0] = (int)strtol(colon + 1, NULL, 10);
        *colon = '\0';
    }
    const gen_file *f = number[0] > 0 ? jk_gen_file(m, head) : NULL;
    if (f == NULL) {
        return (gen_place){m->bind, 1, 1};
    }
    return (gen_place){f, number[0], number[1] > 0 ? number[1] : 1};
}

void jk_gen_refuse_said(gen_model *m, gen_rule rule, const char *said, const char *otherwise)
{
    static const char *const marks[] = {": error: ", ": fatal error: ", ", Error: "};
    static const char spin[] = "spin: ";
    bool any = false;
    while (said != NULL && *said != '\0') {
        size_t length = strcspn(said, "\n");
        char *line = (char *)jk_gen_new(m, length + 1);
        memcpy(line, said, length);
        said += length + (said[length] == '\n');
        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
            char *mark = strstr(line, marks[i]);
            if (mark != NULL) {
                *mark = '\0';
                char *head =
                    strncmp(line, spin, sizeof(spin) - 1) == 0 ? line + sizeof(spin) - 1 : line;
                jk_gen_refuse(m, place_of(m, head), rule, "%s", mark + strlen(marks[i]));
                any = true;
                break;
            }
        }
    }
    if (!any) {
        jk_gen_refuse(m, (gen_place){m->bind, 1, 1}, rule, "%s", otherwise);
    }
}

bool jk_gen_preprocess(gen_model *m, const char *unit, gen_view view, gen_output *output)
{
    static const char *const plain[] = {
        "gcc", "-E", "-x", "c", "-std=gnu99", "-nostdinc", "-w", "-fno-diagnostics-show-caret"};

    enum {
        PLAIN = sizeof(plain) / sizeof(plain[0])
    };

    char *argv[PLAIN + DEFINES_MAX + 4];
    int count = 0;
    for (int i = 0; i < PLAIN; i++) {
        argv[count++] = jk_gen_own(m, plain[i]);
    }
    for (int i = 0; i < m->defines; i++) {
        argv[count++] = jk_gen_own(m, m->define[i]);
    }
    if (view != GEN_VIEW_SPIN) {
        const char *last = view == GEN_VIEW_ROLES ? "-DJKGEN" : "-dM";
        argv[count++] = jk_gen_own(m, last);
    }
    argv[count++] = jk_gen_own(m, "-");
    argv[count] = NULL;
    return jk_gen_filter(argv, unit, output);
}

/* The parameters of a word's macro, as SPIN expands it, behind LINK and KIND; 0: no such macro. */
int jk_gen_macro_fields(gen_model *m, const char *word, const char *fields[16])
{
    const char *message = jk_gen_beside(m, m->message_file);
    const char *slash = strrchr(message, '/');
    int folder = slash == NULL ? 0 : (int)(slash - message) + 1;
    const char *role = jk_gen_print(m, "%.*srole.pml", folder, message);
    const char *unit = jk_gen_print(m, "#include \"%s\"\n", message);
    if (access(role, R_OK) == 0) {
        unit = jk_gen_print(m, "%s#include \"%s\"\n", unit, role);
    }
    gen_output made;
    bool ok = jk_gen_preprocess(m, unit, GEN_VIEW_MACROS, &made);
    int count = 0;
    const char *start = jk_gen_print(m, "#define %s(LINK,KIND,", word);
    const char *found = !ok ? NULL : strstr(made.text, start);
    found = found == NULL ? "" : found + strlen(start);
    while (count < 16 && *found != '\0' && *found != ')') {
        size_t length = strcspn(found, ",)");
        fields[count++] = jk_gen_lower(m, jk_gen_copy(m, found, length));
        found += length + (found[length] == ',');
    }
    free(made.text);
    return count;
}

/* Puts what it reads behind m->items. */
void jk_gen_parse(gen_model *m, const gen_output *source, gen_view view)
{
    gen_reader r = {.model = m, .line = 1, .column = 1, .whole = view == GEN_VIEW_SPIN};
    void *scanner = NULL;
    if (yylex_init_extra(&r, &scanner) != 0) {
        m->failed = 4;
        return;
    }
    (void)yy_scan_bytes(source->text, (int)source->size, scanner);
    if (yyparse(scanner, &r) != 0 && !r.said) {
        m->failed = 4;
    }
    yylex_destroy(scanner);
}

bool jk_gen_read_source(gen_model *m)
{
    char unit[UNIT_MAX];
    if (!write_unit(m, unit)) {
        return false;
    }
    gen_output made;
    if (jk_gen_preprocess(m, unit, GEN_VIEW_ROLES, &made)) {
        jk_gen_parse(m, &made, GEN_VIEW_ROLES);
    } else {
        jk_gen_refuse_said(m, RULE_CPP, made.text, "gcc -E does not run, or writes too much");
        m->failed = made.text == NULL ? 4 : 0;
    }
    free(made.text);
    return m->errors == 0 && m->failed == 0;
}
