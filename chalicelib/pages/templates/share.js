(function () {
  var box = document.getElementById("share"), said = document.getElementById("said");
  if (!box) return;
  var sheet = document.getElementById("sheet"), copy = document.getElementById("copy");
  if (navigator.share) {
    sheet.hidden = false;
    sheet.addEventListener("click", function () {
      navigator.share({ text: box.dataset.text, url: box.dataset.url }).catch(function () {});
    });
  }
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(box.dataset.url).then(function () { said.textContent = copy.dataset.done; });
    });
  }
})();
