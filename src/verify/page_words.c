/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the report in both languages, and how single things are written. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "page.h"

void jk_page_say(FILE *out, const char *english, const char *japanese)
{
    (void)fputs("<span class=\"en\" lang=\"en\">", out);
    jk_put_xml(out, english);
    (void)fputs("</span><span class=\"ja\" lang=\"ja\">", out);
    jk_put_xml(out, japanese);
    (void)fputs("</span>", out);
}

void jk_page_heading(FILE *out, int level, const char *id, const char *english,
                     const char *japanese)
{
    (void)fprintf(out, "<h%d id=\"%s\">", level, id);
    jk_page_say(out, english, japanese);
    (void)fprintf(out, "</h%d>\n", level);
}

void jk_page_column(FILE *out, bool right, const char *english, const char *japanese)
{
    (void)fprintf(out, "<th scope=\"col\"%s>", right ? " class=\"number\"" : "");
    jk_page_say(out, english, japanese);
    (void)fputs("</th>", out);
}

void jk_page_count(FILE *out, uint64_t count)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    for (int i = 0; i < length; i++) {
        (void)fprintf(out, "%s%c", i > 0 && (length - i) % 3 == 0 ? "," : "", digits[i]);
    }
}

void jk_page_box(FILE *out, const char *english, const char *japanese)
{
    (void)fputs("<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
    jk_put_xml(out, english);
    (void)fputs(" / ", out);
    jk_put_xml(out, japanese);
    (void)fputs("\">\n", out);
}

void jk_page_text(FILE *out, const char *text)
{
    jk_put_xml(out, strcmp(text, "-") == 0 ? "" : text);
}

void jk_page_name(FILE *out, const char *name)
{
    (void)fputs("<code>", out);
    while (*name != '\0' && strcmp(name, "-") != 0) {
        char part[128];
        size_t length = strcspn(name, "_");
        length += name[length] == '_' ? 1 : 0;
        length = length < sizeof part ? length : sizeof part - 1;
        (void)snprintf(part, sizeof part, "%.*s", (int)length, name);
        jk_put_xml(out, part);
        name += length;
        (void)fputs(*name == '\0' ? "" : "<wbr>", out);
    }
    (void)fputs("</code>", out);
}

void jk_page_bounds(FILE *out, const char *cell)
{
    const char *separator = "";
    for (const char *at = strcmp(cell, "-") == 0 ? "" : cell; *at != '\0';) {
        char word[256];
        size_t length = strcspn(at, " ");
        const char *bare = strncmp(at, "-D", 2) == 0 && length > 2 ? at + 2 : at;
        (void)snprintf(word, sizeof word, "%.*s", (int)(length - (size_t)(bare - at)), bare);
        (void)fputs(separator, out);
        jk_page_name(out, word);
        separator = " ";
        at += length;
        at += strspn(at, " ");
    }
}

void jk_page_missing(FILE *out, const char *file, const char *why)
{
    (void)fputs("<p class=\"aside\">", out);
    jk_page_say(out, "Not to be read: ", "読めないファイル: ");
    (void)fputs("<code>", out);
    jk_put_xml(out, file);
    (void)fputs("</code> ", out);
    jk_put_xml(out, why);
    (void)fputs("</p>\n", out);
}

typedef struct term {
    const char *word; /* as jk_run_word has it */
    const char *tone;
    const char *sign; /* beside the word, for those who see no colours */
    const char *english;
    const char *japanese;
    const char *means;
    const char *means_japanese;
} term;

static const term terms[] = {
    {"holds", "good", "✓", "holds", "成立",
     "Every state within the bounds was searched, and none breaks the property.",
     "範囲内のすべての状態を調べ、性質を破る状態がないことを確かめました。"},
    {"found", "good", "✓", "found", "到達",
     "A witness: what another property presupposes can really happen. The search found a run.",
     "他の性質の前提となる出来事が実際に起こりうることを、具体的な実行で示しました。"},
    {"killed", "good", "✓", "refuted", "反証",
     "One rule was taken out of the model, and the named property broke, as it must.",
     "規則を一つ外すと、その規則を守るはずの性質が期待どおり破れました。"},
    {"violated", "good", "✓", "violated, as expected", "期待どおり違反",
     "The table expects this violation, and the search found it.",
     "表が違反を期待しており、探索がそれを見つけました。"},
    {"same", "good", "✓", "the same", "一致",
     "The generated C reaches exactly the states of the model, by exactly its steps: counted and "
     "digested on both sides.",
     "生成された C は、モデルとまったく同じ状態に、まったく同じ遷移で到達します。両側で数え、"
     "ダイジェストを比べました。"},
    {"DIFFERENT", "bad", "✗", "different", "不一致",
     "The C does something that the model does not, or the other way round. The charts show the "
     "shortest ways to where they part.",
     "C とモデルのどちらか一方だけにある遷移または状態が見つかりました。"
     "分かれる所までの最短の経過を図に示します。"},
    {"VIOLATED", "bad", "✗", "violated", "違反",
     "The search found a run that breaks the property. Its chart shows the run.",
     "性質を破る実行が見つかりました。図がその経過を示します。"},
    {"NOT FOUND", "bad", "✗", "not found", "到達せず",
     "The search is complete, and what should be possible never happens.",
     "探索は完全ですが、起こりうるはずの出来事が一度も起こりません。"},
    {"NOT KILLED", "bad", "✗", "not refuted", "反証されず",
     "A rule was taken out, and the property that should guard it did not notice.",
     "規則を外しても、それを守るはずの性質が破れませんでした。"},
    {"INCOMPLETE", "open", "…", "incomplete", "未完了",
     "The search was cut, or is not of what the table says. Nothing is proved.",
     "探索が途中で終わったか、表の記載と一致しません。何も証明されていません。"},
    {"TOOL ERROR", "open", "!", "tool error", "ツールの失敗",
     "spin, a compiler or pan failed, or a table is wrong. Nothing is proved.",
     "spin、コンパイラ、pan の失敗、または表の誤りです。何も証明されていません。"},
};

#define TERM_COUNT (sizeof terms / sizeof terms[0])

static const term *term_of(const char *word)
{
    for (size_t i = 0; i < TERM_COUNT; i++) {
        if (strcmp(terms[i].word, word) == 0) {
            return &terms[i];
        }
    }
    return &terms[TERM_COUNT - 1];
}

const char *jk_page_tone(const char *word)
{
    return term_of(word)->tone;
}

static void write_sign(FILE *out, const term *one)
{
    (void)fprintf(out,
                  "<span class=\"verdict %s\"><span class=\"sign\" aria-hidden=\"true\">%s</span>",
                  one->tone, one->sign);
    jk_page_say(out, one->english, one->japanese);
    (void)fputs("</span>", out);
}

void jk_page_verdict(FILE *out, const char *word, bool cached, const char *note)
{
    write_sign(out, term_of(word));
    if (cached) {
        (void)fputs("<span class=\"aside kept\">", out);
        jk_page_say(out, "cached", "キャッシュ");
        (void)fputs("</span>", out);
    }
    if (note[0] != '\0') {
        (void)fputs("<span class=\"aside\">", out);
        jk_put_xml(out, note);
        (void)fputs("</span>", out);
    }
}

const char *jk_page_sentence(jk_verify_exit code, bool japanese)
{
    switch (code) {
    case JK_VERIFY_HOLDS:
        return japanese ? "すべて期待どおりで、探索は完全です。"
                        : "Everything is as expected, and every search is complete.";
    case JK_VERIFY_VIOLATED:
        return japanese ? "期待に反する結果があります。" : "Something is not as it must be.";
    case JK_VERIFY_INCOMPLETE:
        return japanese ? "完了していない探索があり、その部分は証明されていません。"
                        : "Some searches are not complete; there, nothing is proved.";
    case JK_VERIFY_DIFFERS:
        return japanese ? "モデルと C が一致しません。" : "The model and the C disagree.";
    case JK_VERIFY_USAGE:
    case JK_VERIFY_TOOL: break;
    }
    return japanese ? "ツールが失敗し、その部分は証明されていません。"
                    : "A tool failed; there, nothing is proved.";
}

void jk_page_legend(FILE *out)
{
    (void)fputs("<dl class=\"legend\">\n", out);
    for (size_t i = 0; i < TERM_COUNT; i++) {
        (void)fputs("<div><dt>", out);
        write_sign(out, &terms[i]);
        (void)fputs("</dt><dd>", out);
        jk_page_say(out, terms[i].means, terms[i].means_japanese);
        (void)fputs("</dd></div>\n", out);
    }
    (void)fputs("</dl>\n", out);
}
