/* SPDX-License-Identifier: Apache-2.0 */
/* One resident as the resident-registry system of a municipality holds him or her.
 *
 * Personal data: nothing in a library formats a jk_person, logs it or puts it into an error.  Only
 * the population verb (synthetic people) and the integrated terminal write one out.
 * A text that is absent is empty; every text ends with a NUL. */
#ifndef JUKI_PERSON_H
#define JUKI_PERSON_H

#include "juki/limits.h"
#include "juki/registry.h"

#include <stdint.h>

/* As ISO 5218 numbers it. */
typedef enum jk_sex {
    JK_SEX_UNKNOWN = 0,
    JK_SEX_MALE = 1,
    JK_SEX_FEMALE = 2,
    JK_SEX_NOT_APPLICABLE = 9
} jk_sex;

/* Category of a foreign resident, article 30-45. */
typedef enum jk_foreign_category {
    JK_FOREIGN_NONE = 0,              /* a Japanese national */
    JK_FOREIGN_MID_TO_LONG_TERM = 1,  /* 中長期在留者 */
    JK_FOREIGN_SPECIAL_PERMANENT = 2, /* 特別永住者 */
    JK_FOREIGN_TEMPORARY_REFUGE = 3,  /* 一時庇護許可者又は仮滞在許可者 */
    JK_FOREIGN_TRANSITIONAL = 4       /* 経過滞在者 */
} jk_foreign_category;

/* State of the person's individual number card (個人番号カード). */
typedef enum jk_card_state {
    JK_CARD_NONE = 0,
    JK_CARD_APPLIED = 1,
    JK_CARD_MANUFACTURED = 2,
    JK_CARD_SHIPPED = 3,
    JK_CARD_IN_OPERATION = 4,     /* 運用中 */
    JK_CARD_SUSPENDED = 5,        /* 一時停止 */
    JK_CARD_PENDING_CONTINUE = 6, /* moved out, continued use (継続利用) not yet done */
    JK_CARD_ABOLISHED = 7,        /* 廃止 */
    JK_CARD_RETURNED = 8,         /* 返納 */
    JK_CARD_RECOVERED = 9         /* 回収 */
} jk_card_state;

/* Qualifications that a moving-out certificate names, one bit each. */
typedef enum jk_qualification {
    JK_QUALIFICATION_NATIONAL_HEALTH = 1,  /* 国民健康保険 */
    JK_QUALIFICATION_LATE_ELDERLY = 2,     /* 後期高齢者医療 */
    JK_QUALIFICATION_LONG_TERM_CARE = 4,   /* 介護保険 */
    JK_QUALIFICATION_NATIONAL_PENSION = 8, /* 国民年金 */
    JK_QUALIFICATION_CHILD_ALLOWANCE = 16  /* 児童手当 */
} jk_qualification;

typedef struct jk_person {
    /* What prefecture and national also hold (本人確認情報). */
    char resident_code[12];
    char individual_number[13]; /* empty until it is assigned */
    char name[JK_NAME_SIZE_MAX];
    char kana[JK_KANA_SIZE_MAX];
    char former_surname[JK_NAME_SIZE_MAX]; /* 旧氏 */
    char common_name[JK_NAME_SIZE_MAX];    /* 通称 */
    jk_date birth;
    uint8_t sex; /* jk_sex */
    char postcode[8];
    char address[JK_ADDRESS_SIZE_MAX];
    char municipality_code[7];

    /* What stays in the municipality and travels only in a certificate. */
    uint64_t household; /* number of the household, unique within the municipality, from 1 */
    char head_name[JK_NAME_SIZE_MAX];
    char relationship[JK_TEXT_SIZE_MAX];     /* 続柄; 世帯主 for the head */
    char koseki_place[JK_ADDRESS_SIZE_MAX];  /* 本籍 */
    char koseki_head[JK_NAME_SIZE_MAX];      /* 筆頭者 */
    uint8_t qualifications;                  /* jk_qualification, or-ed */
    char nationality[JK_TEXT_SIZE_MAX];      /* foreign residents only, as all below but the card */
    uint8_t foreign_category;                /* jk_foreign_category */
    char residence_card[13];                 /* two letters, eight digits, two letters */
    char residence_status[JK_TEXT_SIZE_MAX]; /* 在留資格 */
    jk_date residence_until; /* 在留期間の満了; all unknown when without limit */

    uint8_t card_state; /* jk_card_state */
} jk_person;

#endif
