/* SPDX-License-Identifier: Apache-2.0 */
/* A record becomes a row of texts; two rows are compared text by text. */
#include "node/differ.h"

#include "juki/codec.h"
#include "juki/registry.h"
#include "names.h"
#include "person.pb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    SEQUENCE,
    STATE,
    REASON_IN,
    REASON_OUT,
    CHANGE_DAY,
    PERSON, /* only when it cannot be read */
    NUMBER,
    NAME,
    KANA,
    FORMER_SURNAME,
    BIRTH,
    SEX,
    ADDRESS,
    POSTCODE,
    MUNICIPALITY,
    RESIDENT,
    FIELD_COUNT,
    NUMBER_SHOWN = 4 /* digits of an individual number */
};

static const struct {
    const char *name;
    const char *name_ja;
} fields[FIELD_COUNT] = {
    [SEQUENCE] = {"sequence", "更新番号"},
    [STATE] = {"state", "住民区分"},
    [REASON_IN] = {"reason_in", "記載事由"},
    [REASON_OUT] = {"reason_out", "消除事由"},
    [CHANGE_DAY] = {"change_day", "異動年月日"},
    [PERSON] = {"person", "本人確認情報"},
    [NUMBER] = {"individual_number", "個人番号"},
    [NAME] = {"name", "氏名"},
    [KANA] = {"kana", "フリガナ"},
    [FORMER_SURNAME] = {"former_surname", "旧氏"},
    [BIRTH] = {"birth", "生年月日"},
    [SEX] = {"sex", "性別"},
    [ADDRESS] = {"address", "住所"},
    [POSTCODE] = {"postcode", "郵便番号"},
    [MUNICIPALITY] = {"municipality_code", "市区町村コード"},
    [RESIDENT] = {"resident_code", "住民票コード"},
};

typedef struct texts {
    bool shown;
    bool readable;
    char text[FIELD_COUNT][JK_DIFFER_TEXT_SIZE];
} texts;

static const struct {
    const char *name;
    const char *name_ja;
} classes[JK_DIFFER_CLASS_COUNT] = {
    [JK_DIFFER_EQUAL] = {"EQUAL", "一致"},
    [JK_DIFFER_DIFF] = {"DIFF", "項目相違"},
    [JK_DIFFER_CS_ONLY] = {"CS_ONLY", "CSのみ"},
    [JK_DIFFER_SERVER_ONLY] = {"SERVER_ONLY", "サーバのみ"},
    [JK_DIFFER_STATUS_DIFF] = {"STATUS_DIFF", "住民区分相違"},
    [JK_DIFFER_DAMAGED] = {"DAMAGED", "自庁の記録が破損"},
    [JK_DIFFER_UNREACHED] = {"UNREACHED", "未到達"},
    [JK_DIFFER_REFUSED] = {"REFUSED", "照合不能"},
    [JK_DIFFER_ALARM] = {"ALARM", "警報"},
};

const char *jk_differ_class_name(jk_differ_class class)
{
    return class < JK_DIFFER_CLASS_COUNT ? classes[class].name : "?";
}

const char *jk_differ_class_ja(jk_differ_class class)
{
    return class < JK_DIFFER_CLASS_COUNT ? classes[class].name_ja : "?";
}

static void put(texts *t, int field, const char *text)
{
    (void)snprintf(t->text[field], JK_DIFFER_TEXT_SIZE, "%s", text);
}

static void put_number(texts *t, int field, uint64_t number)
{
    (void)snprintf(t->text[field], JK_DIFFER_TEXT_SIZE, "%" PRIu64, number);
}

/* A part that is not known is "?". */
static void put_birth(texts *t, const jk_wire_Person *person)
{
    static const char *const words[] = {"",
                                        " estimated",
                                        " about",
                                        " early",
                                        " middle",
                                        " late",
                                        " spring",
                                        " summer",
                                        " autumn",
                                        " winter",
                                        " not a calendar day"};
    const jk_wire_Date *date = &person->birth;
    char year[8] = "?";
    char month[8] = "?";
    char day[8] = "?";
    if (!person->has_birth) {
        return;
    }
    if (date->year != 0) {
        (void)snprintf(year, sizeof year, "%04u", (unsigned)date->year);
    }
    if (date->month != 0) {
        (void)snprintf(month, sizeof month, "%02u", (unsigned)date->month);
    }
    if (date->day != 0) {
        (void)snprintf(day, sizeof day, "%02u", (unsigned)date->day);
    }
    const size_t word = (size_t)date->qualifier;
    (void)snprintf(t->text[BIRTH], JK_DIFFER_TEXT_SIZE, "%s-%s-%s%s", year, month, day,
                   word < sizeof words / sizeof words[0] ? words[word] : "");
}

static void put_person(texts *t, const jk_wire_Person *person)
{
    static const char hidden[] = "********";
    const size_t digits = strlen(person->individual_number);
    if (digits >= NUMBER_SHOWN) {
        (void)snprintf(t->text[NUMBER], JK_DIFFER_TEXT_SIZE, "%s%s", hidden,
                       person->individual_number + digits - NUMBER_SHOWN);
    }
    put(t, NAME, person->name);
    put(t, KANA, person->kana);
    put(t, FORMER_SURNAME, person->former_surname);
    put_birth(t, person);
    put_number(t, SEX, (uint64_t)person->sex);
    put(t, ADDRESS, person->address);
    put(t, POSTCODE, person->postcode);
    put(t, MUNICIPALITY, person->municipality_code);
    put(t, RESIDENT, person->resident_code);
}

static void put_side(texts *t, const jk_differ_side *side, jk_wire_Person *person)
{
    static const jk_codec_rules rules = {.resident_code_any_digit = true};
    memset(t, 0, sizeof *t);
    t->shown = side->present && side->known;
    if (!t->shown) {
        return;
    }
    put_number(t, SEQUENCE, side->sequence);
    put(t, STATE, side->reason_out == 0 ? "resident" : "removed");
    put_number(t, REASON_IN, side->reason_in);
    if (side->reason_out != 0) {
        put_number(t, REASON_OUT, side->reason_out);
    }
    if (side->change_day != INT64_MIN) {
        const jk_date day = jk_date_of_day(side->change_day);
        (void)snprintf(t->text[CHANGE_DAY], JK_DIFFER_TEXT_SIZE, "%04u-%02u-%02u",
                       (unsigned)day.year, (unsigned)day.month, (unsigned)day.day);
    }
    t->readable =
        jk_codec_decode(&jk_wire_type_Person, side->person, &rules, person, NULL) == JK_OK;
    if (t->readable) {
        put_person(t, person);
    }
    put(t, PERSON, t->readable ? "readable" : "not a canonical record");
}

/* Both sides while they are compared. */
typedef struct pair {
    const jk_differ_side *cs;
    const jk_differ_side *server;
    texts ours;
    texts theirs;
    jk_wire_Person person[2];
} pair;

static bool same_bytes(jk_span a, jk_span b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static bool field_differs(const pair *p, int field)
{
    const bool both = p->ours.shown && p->theirs.shown;
    const bool readable = p->ours.readable && p->theirs.readable;
    if (field == PERSON) { /* what can be read is told field by field */
        return both ? !readable && !same_bytes(p->cs->person, p->server->person)
                    : (p->ours.shown && !p->ours.readable) ||
                          (p->theirs.shown && !p->theirs.readable);
    }
    if (field > PERSON && both && !readable) {
        return false;
    }
    if (field == NUMBER && both) { /* the digits that are not shown count, too */
        return strcmp(p->person[0].individual_number, p->person[1].individual_number) != 0;
    }
    return strcmp(p->ours.text[field], p->theirs.text[field]) != 0;
}

static jk_differ_class class_of(const jk_differ_side *cs, const jk_differ_side *server,
                                bool differs)
{
    if (cs->present != server->present) {
        return cs->present ? JK_DIFFER_CS_ONLY : JK_DIFFER_SERVER_ONLY;
    }
    if (cs->present && cs->known && server->known &&
        (cs->reason_out == 0) != (server->reason_out == 0)) {
        return JK_DIFFER_STATUS_DIFF;
    }
    return differs || cs->known != server->known ? JK_DIFFER_DIFF : JK_DIFFER_EQUAL;
}

jk_differ_class jk_differ(const jk_differ_side *cs, const jk_differ_side *server,
                          jk_differ_tell *tell, void *arg)
{
    pair p = {.cs = cs, .server = server};
    bool any = false;
    put_side(&p.ours, cs, &p.person[0]);
    put_side(&p.theirs, server, &p.person[1]);
    const bool known = (!cs->present || cs->known) && (!server->present || server->known);
    for (int i = 0; known && i < FIELD_COUNT; i++) {
        const bool differs = field_differs(&p, i);
        any = any || differs;
        if (differs && tell != NULL) {
            tell(arg, &(jk_differ_field){fields[i].name, fields[i].name_ja,
                                         p.theirs.shown ? p.theirs.text[i] : NULL,
                                         p.ours.shown ? p.ours.text[i] : NULL});
        }
    }
    return class_of(cs, server, any);
}
