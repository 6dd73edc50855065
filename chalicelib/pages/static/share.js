(function () {
  var box = document.getElementById("share"), said = document.getElementById("said");
  if (!box) return;
  var link = box.dataset.link, message = document.getElementById("message");
  var sheet = document.getElementById("sheet");
  var ways = {
    whatsapp: function (text) { return "https://wa.me/?text=" + encodeURIComponent(text); },
    sms: function (text) { return "sms:?&body=" + encodeURIComponent(text); },
    email: function (text, before) { return before.replace(/&body=.*$/, "") + "&body=" + encodeURIComponent(text); },
    telegram: function (text) { return "https://t.me/share/url?url=" + encodeURIComponent(text); }
  };
  // The link is in all that is sent, whatever becomes of the text.
  function written() {
    var text = message.value.trim();
    return text.indexOf(link) < 0 ? (text + " " + link).trim() : text;
  }
  function pass() {
    var text = written();
    box.querySelectorAll("[data-way]").forEach(function (way) {
      way.href = ways[way.dataset.way](text, way.getAttribute("href"));
    });
    box.querySelectorAll("[data-message]").forEach(function (copy) { copy.dataset.copy = text; });
  }
  document.getElementById("edit").hidden = false;
  document.getElementById("ready").hidden = true;
  message.addEventListener("input", pass);
  // A browser that comes back to a page keeps what was typed.
  if (message.value !== message.defaultValue) pass();
  if (navigator.share) {
    sheet.hidden = false;
    sheet.addEventListener("click", function () {
      var text = written(), beside = box.dataset.url, what = { text: text };
      // Apps that draw a preview want the link by itself.
      if (beside && text.lastIndexOf(beside) === text.length - beside.length) {
        what = { text: text.slice(0, -beside.length).trim(), url: beside };
      }
      navigator.share(what).catch(function () {});
    });
  }
  if (navigator.clipboard) {
    document.querySelectorAll(".copy").forEach(function (copy) {
      copy.hidden = false;
      copy.addEventListener("click", function () {
        navigator.clipboard.writeText(copy.dataset.copy).then(function () {
          said.textContent = "";
          setTimeout(function () { said.textContent = said.dataset.done; });
        });
      });
    });
  }
})();
