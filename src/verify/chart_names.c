/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of the names above the lifelines.  A test holds it against spec/seed.md. */
#include "chart_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const jk_lifeline lifelines[] = {
    {"terminal", "統合端末", "integrated terminal", "terminal"},
    {"dest_cs", "転入地市町村CS", "CS, moved into", "dest cs"},
    {"dest_registry", "転入地市町村 既存住基システム", "registry, moved into", "dest registry"},
    {"origin_cs", "転出地市町村CS", "CS, moved out of", "origin cs"},
    {"origin_registry", "転出地市町村 既存住基システム", "registry, moved out of",
     "origin registry"},
    {"prefecture", "都道府県サーバ", "prefectural server", "prefecture"},
    {"national", "全国サーバ", "national server", "national"},
    {"identity", "全国サーバ（本人確認）", "national server, identity", "national"},
    {"cards", "個人番号カード管理システム", "card management system", "cards"},
    {"cs_round", "市町村CS（整合性確認）", "CS, a round of reconciliation", "cs"},
    {"cs_repair", "市町村CS（修復）", "CS, a resident's repair", "cs"},
    {"prefecture_round", "都道府県サーバ（整合性確認）", "prefectural server, a round",
     "prefecture"},
    {"national_round", "全国サーバ（整合性確認）", "national server, a round", "national"},
    {"sender", "送信側", "sending end", ""},
    {"receiver", "受信側", "receiving end", ""},
    {NULL, "人・回線・時間", "people, wires, time", ""},
};

jk_lifeline jk_lifeline_of(const char *role)
{
    size_t last = sizeof lifelines / sizeof lifelines[0] - 1;
    for (size_t i = 0; role != NULL && i < last; i++) {
        if (strcmp(lifelines[i].role, role) == 0) {
            return lifelines[i];
        }
    }
    return role == NULL ? lifelines[last] : (jk_lifeline){role, role, "", ""};
}

const jk_lifeline *jk_lifeline_at(size_t index)
{
    return index < sizeof lifelines / sizeof lifelines[0] ? &lifelines[index] : NULL;
}

void jk_seed_words(const char *seed, char *text, size_t capacity)
{
    size_t used = 0;
    text[0] = '\0';
    for (const char *at = seed; *at != '\0' && used + 4 < capacity; at++) {
        bool step = at > seed && at[-1] == '-' && *at >= '1' && *at <= '9';
        int length =
            step ? snprintf(text + used, capacity - used, "\xe2\x91%c", (char)(0xa0 + (*at - '1')))
                 : snprintf(text + used, capacity - used, "%c", *at);
        used += length > 0 ? (size_t)length : 0;
    }
}
