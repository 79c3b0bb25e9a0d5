/* SPDX-License-Identifier: Apache-2.0 */
/* What the codec says of messages in which one byte is wrong, for every byte: status, rule, place
 * and field, as damage.txt lists them.
 *   test_codec_damage FILE     JK_REWRITE=1 writes FILE anew: read the diff */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TEXT_SIZE 262144

static char text[TEXT_SIZE];
static size_t text_size;
static const char *golden;

/* A run of neighbouring bytes of which the same is said. */
typedef struct run {
    const char *what;
    size_t from;
    size_t to;
    jk_codec_error error;
    size_t first_offset;
    bool moves; /* the place told moves with the byte */
    bool open;
} run;

static void run_end(run *r)
{
    if (!r->open) {
        return;
    }
    const size_t room = sizeof text - text_size;
    const char *path = r->error.path[0] == '\0' ? "-" : r->error.path;
    int used =
        snprintf(text + text_size, room, "%s %zu-%zu %s %s at %s%zu %s\n", r->what, r->from, r->to,
                 jk_status_name(r->error.status), r->error.rule[0] == '\0' ? "-" : r->error.rule,
                 r->moves ? "+" : "", r->first_offset, path);
    assert_true(used > 0 && (size_t)used < room);
    text_size += (size_t)used;
    r->open = false;
}

static bool run_goes_on(const run *r, size_t at, const jk_codec_error *error)
{
    if (!r->open || error->status != r->error.status || strcmp(error->rule, r->error.rule) != 0 ||
        strcmp(error->path, r->error.path) != 0) {
        return false;
    }
    const bool stays = error->offset == r->first_offset;
    const bool moves = error->offset == r->first_offset + (at - r->from);
    return at == r->from + 1 ? stays || moves : r->moves ? moves : stays;
}

static void run_add(run *r, const char *what, size_t at, const jk_codec_error *error)
{
    if (!run_goes_on(r, at, error)) {
        run_end(r);
        *r = (run){what, at, at, *error, error->offset, false, true};
        return;
    }
    r->moves = error->offset != r->first_offset;
    r->to = at;
}

/* A message that is judged as an envelope or as a body of its kind. */
typedef struct subject {
    const char *name;
    const jk_wire_type *type; /* NULL: an envelope */
    uint16_t kind;            /* 0: no body */
    jk_members members;
    wire bytes;
} subject;

static void judge(const subject *s, const uint8_t *bytes, size_t size, jk_codec_error *error)
{
    uint8_t *exact = malloc(size + 1); /* reading beyond it is seen by a sanitizer */
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    const jk_span span = {exact, size};
    jk_envelope envelope = {.kind = s->kind, .members = s->members, .body = span};
    jk_status status = JK_OK;
    *error = (jk_codec_error){JK_OK, "", 0, ""};
    if (s->type == NULL) {
        status = jk_codec_decode_envelope(span, &envelope, error);
    } else if (s->kind != 0) {
        status = jk_codec_decode_body(&envelope, NULL, NULL, 0, error);
    } else {
        status = jk_codec_decode(s->type, span, NULL, NULL, error);
    }
    free(exact);
    assert_int_equal(status, error->status);
}

static void damage(const subject *s)
{
    static const struct {
        const char *what;
        uint8_t keep;
        uint8_t flip;
    } faults[] = {{"low bit", 0xFF, 0x01}, {"high bit", 0xFF, 0x80}, {"tag bit", 0xFF, 0x08},
                  {"zero", 0x00, 0x00},    {"ones", 0x00, 0xFF},     {"one", 0x00, 0x01}};

    jk_codec_error error;
    run r = {.open = false};
    judge(s, s->bytes.bytes, s->bytes.size, &error);
    assert_int_equal(error.status, JK_OK);
    text_size += (size_t)snprintf(text + text_size, sizeof text - text_size, "# %s, %zu bytes\n",
                                  s->name, s->bytes.size);
    for (size_t size = 0; size < s->bytes.size; size++) {
        judge(s, s->bytes.bytes, size, &error);
        run_add(&r, "cut", size, &error);
    }
    run_end(&r);
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
        for (size_t at = 0; at < s->bytes.size; at++) {
            static wire w;
            w = s->bytes;
            w.bytes[at] = (uint8_t)((w.bytes[at] & faults[f].keep) ^ faults[f].flip);
            judge(s, w.bytes, w.size, &error);
            run_add(&r, faults[f].what, at, &error);
        }
        run_end(&r);
    }
}

/* --- the messages --- */

static void put_message(wire *w, uint32_t tag, const wire *inner)
{
    put_sized(w, tag, inner->bytes, inner->size);
}

static void put_date(wire *w, uint32_t tag)
{
    static wire date;
    date.size = 0;
    put_number(&date, 1, 1980);
    put_number(&date, 2, 2);
    put_number(&date, 3, 29);
    put_message(w, tag, &date);
}

static void person(wire *w)
{
    w->size = 0;
    put_text(w, 1, "12345678903");
    put_text(w, 2, "123456789018");
    put_text(w, 3, "山田");
    put_date(w, 6);
    put_number(w, 7, 1);
    put_text(w, 8, "一丁目");
    put_text(w, 9, "1000001");
    put_text(w, 10, "131016");
}

static void certificate(wire *w)
{
    static wire inner;
    person(&inner);
    w->size = 0;
    put_message(w, 1, &inner);
    put_text(w, 2, "山田");
    put_text(w, 3, "世帯主");
    put_number(w, 8, 19800);
    put_number(w, 9, 19790);
    put_number(w, 10, 1);
    put_number(w, 21, 1);
    put_text(w, 22, "AB12345678CD");
    put_text(w, 31, "00000001007");
}

static void list_of(wire *w, void (*fill)(wire *))
{
    static wire list;
    static wire item;
    static wire data;
    list.size = 0;
    for (uint64_t member = 0; member < 2; member++) {
        item.size = 0;
        fill(&data);
        if (member > 0) {
            put_number(&item, 1, member);
        }
        put_message(&item, 2, &data);
        put_message(&list, 1, &item);
    }
    w->size = 0;
    put_message(w, 1, &list);
}

static void sealed(wire *w)
{
    w->size = 0;
    put_text(w, 1, "not to be read");
}

static void envelope(wire *w)
{
    static const uint8_t id[16] = {1, 2, 3};
    w->size = 0;
    put_number(w, 1, 1);
    put_number(w, 2, jk_wire_Kind_KIND_NOTICE);
    for (uint32_t tag = 3; tag <= 5; tag++) {
        put_sized(w, tag, id, sizeof id);
    }
    for (uint32_t tag = 6; tag <= 7; tag++) {
        static wire node;
        node.size = 0;
        put_number(&node, 1, JK_ROLE_CS);
        put_text(&node, 2, tag == 6 ? "131016" : "011002");
        if (tag == 7) {
            put_number(&node, 3, 300);
        }
        put_message(w, tag, &node);
    }
    put_number(w, 8, 3);
    put_number(w, 9, 200);
    put_text(w, 15, "a body");
}

static void every_byte(void **state)
{
    (void)state;
    static subject s;
    s = (subject){.name = "an envelope"};
    envelope(&s.bytes);
    damage(&s);
    s = (subject){.name = "a certificate", .type = &jk_wire_type_Certificate};
    certificate(&s.bytes);
    damage(&s);
    s = (subject){.name = "persons of two members",
                  .type = &jk_wire_type_Registered,
                  .kind = jk_wire_Kind_KIND_REGISTERED,
                  .members = 3};
    list_of(&s.bytes, person);
    damage(&s);
    s = (subject){.name = "sealed certificates of two members",
                  .type = &jk_wire_type_Cert,
                  .kind = jk_wire_Kind_KIND_CERT,
                  .members = 3};
    list_of(&s.bytes, sealed);
    damage(&s);
}

static void requests(void **state)
{
    (void)state;
    static subject s;
    s = (subject){.name = "a request",
                  .type = &jk_wire_type_CertRequest,
                  .kind = jk_wire_Kind_KIND_CERT_REQUEST};
    s.bytes.size = 0;
    put_text(&s.bytes, 1, "131016");
    put_text(&s.bytes, 2, "12345678903");
    put_text(&s.bytes, 2, "00000001007");
    put_number(&s.bytes, 3, 19800);
    put_number(&s.bytes, 4, 19800);
    put_text(&s.bytes, 5, "二丁目");
    put_number(&s.bytes, 7, 1);
    damage(&s);
    s = (subject){.name = "a verification",
                  .type = &jk_wire_type_VerifyRequest,
                  .kind = jk_wire_Kind_KIND_VERIFY_REQUEST};
    put_text(&s.bytes, 2, "山田");
    put_date(&s.bytes, 3);
    put_text(&s.bytes, 9, "op-1");
    put_text(&s.bytes, 10, "move-in");
    damage(&s);
}

static void as_listed(void **state)
{
    (void)state;
    static char listed[TEXT_SIZE];
    if (getenv("JK_REWRITE") != NULL) {
        FILE *file = fopen(golden, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, text_size, file), text_size);
        assert_int_equal(fclose(file), 0);
        return;
    }
    FILE *file = fopen(golden, "r");
    assert_non_null(file);
    size_t size = fread(listed, 1, sizeof listed - 1, file);
    assert_int_equal(fclose(file), 0);
    listed[size] = '\0';
    assert_string_equal(text, listed);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte),
        cmocka_unit_test(requests),
        cmocka_unit_test(as_listed),
    };
    golden = argc == 2 ? argv[1] : JK_SOURCE_DIR "/tests/unit/codec/damage.txt";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
