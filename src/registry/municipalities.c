/* SPDX-License-Identifier: Apache-2.0 */
/* Look-up in the table of municipalities: a binary search over two generated halves. */
#include "juki/municipality.h"

#include "municipality_table.h"

enum {
    CODE_SIZE = 6,
    PREFECTURES = 47
};

/* clang-format off */
static const char *const prefectures[PREFECTURES] = {
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県",
    "福島県", "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県",
    "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県",
    "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県",
    "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県",
    "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
};

/* clang-format on */

/* Stops at the first difference, so a short string is never read past its end. */
static int compare(const char *a, const char *b)
{
    for (size_t i = 0; i < CODE_SIZE; i++) {
        if (a[i] != b[i]) {
            return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
        }
    }
    return 0;
}

size_t jk_municipality_count(void)
{
    return jk_municipalities_east_count + jk_municipalities_west_count;
}

const jk_municipality *jk_municipality_at(size_t index)
{
    if (index < jk_municipalities_east_count) {
        return &jk_municipalities_east[index];
    }
    index -= jk_municipalities_east_count;
    return index < jk_municipalities_west_count ? &jk_municipalities_west[index] : NULL;
}

size_t jk_municipality_index(const char *code)
{
    size_t low = 0;
    size_t high = jk_municipality_count();

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare(jk_municipality_at(middle)->code, code);

        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return jk_municipality_count();
}

const jk_municipality *jk_municipality_find(const char *code)
{
    return jk_municipality_at(jk_municipality_index(code));
}

const char *jk_prefecture_name(const char *code)
{
    if (code[0] < '0' || code[0] > '4' || code[1] < '0' || code[1] > '9') {
        return NULL;
    }
    const int number = (code[0] - '0') * 10 + (code[1] - '0');
    return number >= 1 && number <= PREFECTURES ? prefectures[number - 1] : NULL;
}
