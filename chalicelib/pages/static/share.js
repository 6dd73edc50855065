(function () {
  var box = document.getElementById("share"), said = document.getElementById("said");
  if (!box) return;
  var sheet = document.getElementById("sheet");
  if (navigator.share) {
    sheet.hidden = false;
    sheet.addEventListener("click", function () {
      var what = { text: box.dataset.text };
      if (box.dataset.url) what.url = box.dataset.url;
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
