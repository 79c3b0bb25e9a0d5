/* SPDX-License-Identifier: Apache-2.0 */
/* What report.html can do besides being read: it opens in the reader's language, filters the rows of
 * its tables by words, and opens a chart that a link points to. */
(function () {
  "use strict";
  var choices = { en: document.getElementById("in-en"), ja: document.getElementById("in-ja") };

  function choose(language) {
    choices[language].checked = true;
    document.documentElement.lang = language;
  }

  Object.keys(choices).forEach(function (language) {
    choices[language].addEventListener("change", function () { choose(language); });
  });
  if (location.hash === "#ja" || location.hash === "#en") {
    choose(location.hash.slice(1));
  } else if ((navigator.language || "").slice(0, 2) === "ja") {
    choose("ja");
  }

  function openTarget() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.tagName === "DETAILS") {
      target.open = true;
    }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  var rows = document.querySelectorAll("table.filtered tbody tr");
  if (rows.length < 8) {
    return;
  }
  var bar = document.createElement("div");
  bar.className = "filter";
  bar.innerHTML = '<label for="words"><span class="en" lang="en">Show rows with</span>' +
    '<span class="ja" lang="ja">次の語を含む行だけを表示</span></label>' +
    '<input type="search" id="words" autocomplete="off"><span class="aside" role="status"></span>';
  document.querySelector("header").appendChild(bar);
  var input = bar.querySelector("input");
  var told = bar.querySelector("[role=status]");
  input.addEventListener("input", function () {
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      shown += row.hidden ? 0 : 1;
    });
    told.textContent = words.length === 0 ? "" : shown + " / " + rows.length;
  });
})();
