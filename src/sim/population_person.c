/* SPDX-License-Identifier: Apache-2.0 */
/* One person of a planned household: names, dates, address, family register, card.  What members
 * share is drawn by the household's head, what is a member's own by his serial. */
#include "juki/municipality.h"
#include "sim/population_household.h"
#include "sim/population_names.h"

#include <string.h>

enum {
    CHOME_MAX = 5,
    POSTCODE_SIZE = 7,
    CARD_DIGITS = 8,
    VARIANT_PERCENT = 6,
    ADULT = 18,
    PENSION_FROM = 20,
    PENSION_UPTO = 60,
    CARE_FROM = 65,
    LATE_ELDERLY_FROM = 75
};

/* What the members of a household have in common. */
typedef struct home {
    const jk_name_entry *surname;
    const jk_foreign_entry *family; /* NULL: Japanese */
    uint8_t category;               /* of a foreign household */
    bool permanent;                 /* 永住者, or special permanent: no end of stay */
} home;

/* A text under construction in caller memory; what does not fit is left out. */
typedef struct text {
    char *start;
    size_t capacity;
    size_t used;
} text;

static void add(text *t, const char *more)
{
    const size_t size = strlen(more);

    if (t->capacity - t->used > size) {
        memcpy(t->start + t->used, more, size);
        t->used += size;
    }
    t->start[t->used] = '\0';
}

static void add_number(text *t, uint32_t number)
{
    char digits[11];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add(t, digits + at);
}

static void write_fixed(char *out, size_t digits, uint32_t number)
{
    for (size_t i = digits; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

static const jk_name_entry *pick(jk_draws *draws, const jk_name_list *list)
{
    return jk_names_pick(list, jk_draw(draws, jk_names_weight(list)));
}

static const jk_name_entry *pick_surname(jk_draws *draws)
{
    const bool variant = jk_draw(draws, 100) < VARIANT_PERCENT;

    return pick(draws, variant ? &jk_names_variant_surnames : &jk_names_surnames);
}

static const jk_name_entry *pick_given(jk_draws *draws, uint8_t sex, int birth_year)
{
    size_t band = JK_NAME_YOUNG;

    if (birth_year < 1990) {
        band = birth_year < 1955 ? JK_NAME_OLD : JK_NAME_MIDDLE;
    }
    return pick(draws, &jk_names_given[sex == JK_SEX_MALE ? 0 : 1][band]);
}

/* Name and reading.  The first number that a person's slice gives is for the name, so that another
 * member can know it too: everybody's record names the head. */
static void fill_name(jk_draws *draws, const home *h, const jk_member *member, int birth_year,
                      text *name, text *kana)
{
    if (h->family != NULL) {
        const size_t row = member->sex == JK_SEX_MALE ? 0 : 1;
        const jk_foreign_given *given =
            &h->family->given[row][jk_draw(draws, JK_NAMES_FOREIGN_GIVEN)];
        add(name, h->family->family);
        add(name, " ");
        add(name, given->name);
        add(kana, h->family->family_kana);
        add(kana, " ");
        add(kana, given->kana);
        return;
    }
    const jk_name_entry *given = pick_given(draws, member->sex, birth_year);
    add(name, h->surname->text);
    add(name, "　");
    add(name, given->text);
    add(kana, h->surname->kana);
    add(kana, "　");
    add(kana, given->kana);
}

/* A birthday that makes the member as old as planned; a few are known in part, as old registers and
 * foreign documents have them. */
static jk_date birth_date(const jk_population *population, jk_draws *draws, const jk_member *member)
{
    jk_date as_of = population->as_of;
    int64_t day = 0;

    as_of.year = (uint16_t)(as_of.year - member->age);
    as_of.day = as_of.day > 28 ? 28 : as_of.day;
    if (jk_date_to_day(&as_of, &day) != JK_OK) {
        return as_of;
    }
    jk_date birth = jk_date_of_day(day - jk_draw(draws, 365));
    const uint32_t odd = jk_draw(draws, 10000);
    if (odd < 20) {
        birth.day = 0;
    } else if (odd < 25) {
        birth.day = 0;
        birth.month = 0;
    } else if (odd < 28) {
        birth.day = 0;
        birth.qualifier = JK_DATE_EARLY;
    } else if (odd < 30 && birth.year % 4 != 0) {
        birth.month = 2;
        birth.day = 29;
        birth.qualifier = JK_DATE_NOT_CALENDAR;
    }
    return birth;
}

static const char *relationship(const jk_member *member)
{
    const bool male = member->sex == JK_SEX_MALE;

    switch (member->relation) {
    case JK_RELATION_HEAD: return "世帯主";
    case JK_RELATION_SPOUSE: return male ? "夫" : "妻";
    case JK_RELATION_CHILD: return "子";
    case JK_RELATION_PARENT: return male ? "父" : "母";
    }
    return "";
}

static void add_town(jk_draws *draws, size_t municipality, text *out, uint32_t *town)
{
    const jk_municipality *m = jk_municipality_at(municipality);

    *town = jk_draw(draws, (uint32_t)jk_names_towns_count);
    add(out, jk_prefecture_name(m->code));
    add(out, m->name);
    add(out, jk_names_towns[*town]);
}

static void fill_address(jk_draws *draws, size_t municipality, jk_person *person)
{
    static const char *const houses[] = {"さくら荘",   "コーポ緑", "メゾン青葉",
                                         "ハイツ本町", "第二寿荘", "グリーンハイム"};
    text address = {person->address, sizeof person->address, 0};
    uint32_t town = 0;

    add_town(draws, municipality, &address, &town);
    add_number(&address, 1 + jk_draw(draws, CHOME_MAX));
    add(&address, "丁目");
    add_number(&address, 1 + jk_draw(draws, 40));
    add(&address, "番");
    add_number(&address, 1 + jk_draw(draws, 30));
    add(&address, "号");
    if (jk_draw(draws, 100) < 35) {
        add(&address, "　");
        add(&address, houses[jk_draw(draws, sizeof houses / sizeof houses[0])]);
        add_number(&address, 100 * (1 + jk_draw(draws, 5)) + 1 + jk_draw(draws, 9));
        add(&address, "号室");
    }
    /* No real postcode: three digits of the municipality, four of the town. */
    write_fixed(person->postcode, 3, 100 + (uint32_t)(municipality % 900));
    write_fixed(person->postcode + 3, POSTCODE_SIZE - 3, town * 37 + 1);
}

/* 本籍 and 筆頭者.  A couple and its children share one; who lives alone may still stand in the
 * parents'. */
static void fill_koseki(jk_draws *shared, jk_draws *own, size_t municipality,
                        const jk_household *household, const home *h, jk_person *person)
{
    text place = {person->koseki_place, sizeof person->koseki_place, 0};
    text head = {person->koseki_head, sizeof person->koseki_head, 0};
    uint32_t town = 0;
    const bool elsewhere = jk_draw(shared, 100) < 40;
    const uint32_t other = jk_draw(shared, JK_POPULATION_MUNICIPALITIES_MAX);

    add_town(shared, elsewhere ? other : municipality, &place, &town);
    add_number(&place, 1 + jk_draw(shared, 3000));
    add(&place, "番地");
    const jk_member *self = &household->member[household->self];
    if (self->relation == JK_RELATION_PARENT) {
        add(&head, person->name);
    } else if (household->size > 1 || jk_draw(own, 2) == 0) {
        add(&head, person->head_name);
    } else {
        add(&head, h->surname->text);
        add(&head, "　");
        add(&head, pick(own, &jk_names_given[0][JK_NAME_OLD])->text);
    }
}

static void fill_foreign(const jk_population *population, jk_draws *own, const home *h,
                         const jk_member *member, jk_person *person)
{
    static const char *const statuses[] = {"技術・人文知識・国際業務", "特定技能", "留学", "定住者",
                                           "経営・管理"};
    text nationality = {person->nationality, sizeof person->nationality, 0};
    text status = {person->residence_status, sizeof person->residence_status, 0};
    char *card = person->residence_card;

    add(&nationality, h->family->nationality);
    person->foreign_category = h->category;
    card[0] = (char)('A' + jk_draw(own, 26));
    card[1] = (char)('A' + jk_draw(own, 26));
    write_fixed(card + 2, CARD_DIGITS, jk_draw(own, 100000000));
    card[2 + CARD_DIGITS] = (char)('A' + jk_draw(own, 26));
    card[3 + CARD_DIGITS] = (char)('A' + jk_draw(own, 26));
    if (h->category == JK_FOREIGN_SPECIAL_PERMANENT) {
        add(&status, "特別永住者");
    } else if (h->permanent) {
        add(&status, "永住者");
    } else if (member->relation == JK_RELATION_HEAD) {
        add(&status, statuses[jk_draw(own, sizeof statuses / sizeof statuses[0])]);
    } else {
        add(&status, "家族滞在");
    }
    int64_t today = 0;
    if (!h->permanent && jk_date_to_day(&population->as_of, &today) == JK_OK) {
        person->residence_until = jk_date_of_day(today + 30 + jk_draw(own, 1500));
    }
    if (jk_draw(own, 100) < 15) {
        text common = {person->common_name, sizeof person->common_name, 0};
        add(&common, pick_surname(own)->text);
        add(&common, "　");
        add(&common, pick_given(own, member->sex, population->as_of.year - member->age)->text);
    }
}

/* Four of five hold a card; the others never asked, wait for it, or had one. */
static uint8_t card_state(uint32_t thousand)
{
    static const struct {
        uint16_t upto;
        uint8_t state;
    } shares[] = {
        {800, JK_CARD_IN_OPERATION}, {930, JK_CARD_NONE},     {945, JK_CARD_APPLIED},
        {950, JK_CARD_MANUFACTURED}, {958, JK_CARD_SHIPPED},  {966, JK_CARD_SUSPENDED},
        {986, JK_CARD_ABOLISHED},    {995, JK_CARD_RETURNED}, {1000, JK_CARD_RECOVERED},
    };

    size_t at = 0;

    while (thousand >= shares[at].upto) {
        at++;
    }
    return shares[at].state;
}

static uint8_t qualifications(jk_draws *own, uint32_t age)
{
    uint32_t bits = 0;
    const bool national_health = jk_draw(own, 100) < 25;
    const bool national_pension = jk_draw(own, 100) < 25;

    if (age >= LATE_ELDERLY_FROM) {
        bits |= JK_QUALIFICATION_LATE_ELDERLY;
    } else if (national_health) {
        bits |= JK_QUALIFICATION_NATIONAL_HEALTH;
    }
    if (age >= CARE_FROM) {
        bits |= JK_QUALIFICATION_LONG_TERM_CARE;
    }
    if (age >= PENSION_FROM && age < PENSION_UPTO && national_pension) {
        bits |= JK_QUALIFICATION_NATIONAL_PENSION;
    }
    if (age < ADULT) {
        bits |= JK_QUALIFICATION_CHILD_ALLOWANCE;
    }
    return (uint8_t)bits;
}

static home plan_home(jk_draws *shared, const jk_household *household)
{
    home h = {NULL, NULL, JK_FOREIGN_NONE, false};
    const uint32_t row = jk_draw(shared, (uint32_t)jk_names_foreigners_count);
    const uint32_t percent = jk_draw(shared, 100);

    h.surname = pick_surname(shared);
    if (household->foreign) {
        h.family = &jk_names_foreigners[row];
        const bool special = strcmp(h.family->nationality, "KOR") == 0 && percent < 50;
        h.category = special ? JK_FOREIGN_SPECIAL_PERMANENT : JK_FOREIGN_MID_TO_LONG_TERM;
        h.permanent = special || percent >= 70;
    }
    return h;
}

/* The head's name stands in everybody's record, so it is made from the head's own numbers. */
static void fill_head_name(const jk_population *population, size_t municipality,
                           const jk_household *household, const home *h, jk_person *person)
{
    char unused[JK_KANA_SIZE_MAX];
    text name = {person->head_name, sizeof person->head_name, 0};
    text kana = {unused, sizeof unused, 0};
    const jk_member *head = &household->member[0];
    jk_draws own;

    jk_draws_open(&own, population, municipality, JK_LANE_PERSON, household->head);
    fill_name(&own, h, head, population->as_of.year - head->age, &name, &kana);
}

void jk_person_fill(const jk_population *population, size_t municipality,
                    const jk_household *household, jk_person *person)
{
    const jk_member *self = &household->member[household->self];
    text name = {person->name, sizeof person->name, 0};
    text kana = {person->kana, sizeof person->kana, 0};
    text word = {person->relationship, sizeof person->relationship, 0};
    jk_draws shared;
    jk_draws own;

    jk_draws_open(&shared, population, municipality, JK_LANE_HOME, household->head);
    jk_draws_open(&own, population, municipality, JK_LANE_PERSON,
                  household->head + household->self);
    const home h = plan_home(&shared, household);
    fill_name(&own, &h, self, population->as_of.year - self->age, &name, &kana);
    fill_head_name(population, municipality, household, &h, person);
    add(&word, relationship(self));
    person->household = household->head + 1;
    person->sex = self->sex;
    person->birth = birth_date(population, &own, self);
    person->card_state = card_state(jk_draw(&own, 1000));
    person->qualifications = qualifications(&own, self->age);
    memcpy(person->municipality_code, jk_municipality_at(municipality)->code,
           sizeof person->municipality_code);
    fill_address(&shared, municipality, person);
    if (h.family != NULL) {
        fill_foreign(population, &own, &h, self, person);
        return;
    }
    fill_koseki(&shared, &own, municipality, household, &h, person);
    if (self->relation == JK_RELATION_SPOUSE && jk_draw(&own, 100) < 6) {
        text former = {person->former_surname, sizeof person->former_surname, 0};
        add(&former, pick_surname(&own)->text);
    }
}
