/* Goodword: asks "Who sent you?" on a checkout. See docs/guides/name-sharing.md. */
(function (document, words) {
  "use strict";
  function element(tag, values, parent) {
    return parent.appendChild(Object.assign(document.createElement(tag), values));
  }
  function field(box, id, label, values) {
    var row = element("div", {}, box);
    element("label", { htmlFor: id, textContent: label }, row);
    values.id = id;
    values.type = "text";
    var input = element("input", values, row);
    input.setAttribute("autocomplete", "off");
    input.setAttribute("aria-describedby", "gw-friend-answer");
    return { row: row, input: input };
  }
  function build(place) {
    var language = place.dataset.language || document.documentElement.lang || "";
    var t = words[language] || words[language.slice(0, 2)] || words.en;
    var box = element("fieldset", { className: "gw-friend" }, place);
    element("legend", { textContent: t.who_title }, box);
    var name = field(box, "gw-friend-name", t.who_name, { maxLength: 200 });
    var hint = field(box, "gw-friend-hint", t.who_hint, { maxLength: 2, size: 2 });
    hint.row.hidden = true;
    var button = element("button", { type: "button", textContent: t.who_check }, box);
    var status = element("p", { id: "gw-friend-answer" }, box);
    status.setAttribute("role", "status");
    /* What the checkout's own form sends to the website's server. */
    var token = element("input", { type: "hidden", name: "gw_friend_name" }, box);
    function ask() {
      var typed = name.input.value.trim(), typedHint = hint.row.hidden ? "" : hint.input.value.trim();
      if (!typed || (!hint.row.hidden && typedHint.length < 2)) return (typed ? hint : name).input.focus();
      button.disabled = true;
      window.goodword.friend(typed, typedHint, place.dataset.key ? place.dataset : null).then(function (answer) {
        token.value = answer.token;
        status.textContent = t["who_" + answer.answer];
        if (answer.answer === "which") { hint.row.hidden = false; hint.input.focus(); }
        place.dispatchEvent(new CustomEvent("goodword:friend", { bubbles: true, detail: answer }));
      }, function () { status.textContent = t.who_later; }).then(function () { button.disabled = false; });
    }
    button.addEventListener("click", ask);
    /* Another name is another question; and no key sends the checkout. */
    name.input.addEventListener("input", function () {
      hint.row.hidden = true;
      hint.input.value = token.value = status.textContent = "";
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Enter" && event.target !== button) { event.preventDefault(); ask(); }
    });
  }
  function start() { document.querySelectorAll("[data-goodword-friend]").forEach(build); }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})(document, WORDS);
