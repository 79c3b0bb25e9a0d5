/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons of a change in the register (異動事由), one table.
 *
 * Source: the official classification (standard specification of resident record systems, 1.2.2).
 * The numbers are this project's own: the codes of real systems are not public. */
#ifndef JUKI_REASONS_H
#define JUKI_REASONS_H

#include "juki/status.h"

#include <stdbool.h>
#include <stdint.h>

/* X(number, name, Japanese, English).  1xx ENTRY, 2xx REMOVAL, 3xx MODIFICATION. */
#define JK_CHANGE_REASON_MAP(X)                                                               \
    X(101, MOVE_IN, "国内転入", "domestic move-in")                                           \
    X(102, MOVE_IN_ABROAD, "国外転入等", "move-in from abroad and the like")                  \
    X(103, BIRTH, "出生", "birth")                                                            \
    X(104, ENTRY_NATURALISED, "職権記載（帰化等）", "ex officio entry: naturalisation")       \
    X(105, ENTRY_LOST_NATIONALITY, "職権記載（国籍喪失）",                                    \
      "ex officio entry: loss of nationality")                                                \
    X(106, ENTRY_EX_OFFICIO, "職権記載", "ex officio entry")                                  \
    X(107, ENTRY_REMADE, "改製（増）", "record re-made (entry)")                              \
    X(108, ENTRY_REPRODUCED, "再製（増）", "record reproduced (entry)")                       \
    X(109, ENTRY_CANCELLATION, "異動の取消し（増）", "cancellation that adds")                \
    X(201, MOVE_OUT, "国内転出", "domestic move-out")                                         \
    X(202, MOVE_OUT_ABROAD, "国外転出", "move-out abroad")                                    \
    X(203, DEATH, "死亡", "death")                                                            \
    X(204, REMOVAL_NATURALISED, "職権消除（帰化等）", "ex officio removal: naturalisation")   \
    X(205, REMOVAL_LOST_NATIONALITY, "職権消除（国籍喪失）",                                  \
      "ex officio removal: loss of nationality")                                              \
    X(206, REMOVAL_EX_OFFICIO, "職権消除", "ex officio removal, disappearance included")      \
    X(207, REMOVAL_REMADE, "改製（減）", "record re-made (removal)")                          \
    X(208, REMOVAL_REPRODUCED, "再製（減）", "record reproduced (removal)")                   \
    X(209, REMOVAL_CANCELLATION, "異動の取消し（減）", "cancellation that removes")           \
    X(301, MOVE_WITHIN, "転居", "in-town move")                                               \
    X(302, MINOR_CORRECTION, "軽微な修正", "minor correction")                                \
    X(303, EX_OFFICIO_CORRECTION, "職権修正", "ex officio correction")                        \
    X(304, CLERICAL_ERROR, "誤記修正", "correction of a clerical error")                      \
    X(305, NUMBER_CHANGE, "個人番号の変更請求", "individual number changed on request")       \
    X(306, NUMBER_CORRECTION, "個人番号の職権修正", "individual number corrected ex officio") \
    X(307, NUMBER_ENTRY, "個人番号の職権記載", "individual number entered ex officio")        \
    X(308, CODE_CHANGE, "住民票コードの変更請求", "resident record code changed on request")  \
    X(309, CODE_ENTRY, "住民票コードの職権記載", "resident record code entered ex officio")   \
    X(310, HOUSEHOLD_SPLIT, "世帯分離", "household split")                                    \
    X(311, HOUSEHOLD_MERGE, "世帯合併", "households merged")                                  \
    X(312, HOUSEHOLD_CHANGE, "世帯変更", "household change")                                  \
    X(313, HEAD_CHANGE, "世帯主変更", "change of the head of household")                      \
    X(314, FORMER_SURNAME_ENTRY, "旧氏記載", "former surname entered")                        \
    X(315, FORMER_SURNAME_CHANGE, "旧氏変更", "former surname changed")                       \
    X(316, FORMER_SURNAME_DELETION, "旧氏削除", "former surname deleted")                     \
    X(317, COMMON_NAME_ENTRY, "通称記載", "common name entered")                              \
    X(318, COMMON_NAME_DELETION, "通称削除", "common name deleted")                           \
    X(319, MODIFICATION_CANCELLATION, "異動の取消し（修正）", "cancellation that modifies")   \
    X(320, FURIGANA, "フリガナの記載等", "reading of the name entered or changed")

typedef enum jk_change_reason {
#define JK_CHANGE_REASON_ENUM(number, name, japanese, english) JK_REASON_##name = number,
    JK_CHANGE_REASON_MAP(JK_CHANGE_REASON_ENUM)
#undef JK_CHANGE_REASON_ENUM
} jk_change_reason;

typedef enum jk_change_kind {
    JK_CHANGE_NONE = 0,
    JK_CHANGE_ENTRY = 1,
    JK_CHANGE_REMOVAL = 2,
    JK_CHANGE_MODIFICATION = 3
} jk_change_kind;

/* JK_E_ENUM for a number that is not in the table. */
JK_MUST_USE jk_status jk_change_reason_check(uint16_t reason);

/* JK_CHANGE_NONE for a number that is not in the table. */
jk_change_kind jk_change_reason_kind(uint16_t reason);

/* Does the change go to prefecture and national (1-④)?  Not 310 to 313, which concern the household
 * alone, and nothing that is not in the table. */
bool jk_change_reason_is_notified(uint16_t reason);

/* Words for people; NULL for a number that is not in the table. */
const char *jk_change_reason_ja(uint16_t reason);
const char *jk_change_reason_en(uint16_t reason);

#endif
