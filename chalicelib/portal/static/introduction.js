(function () {
  var box = document.getElementById("ready"), message = document.getElementById("message");
  if (!box) return;
  var mail = document.getElementById("mail"), sms = document.getElementById("sms");
  var sheet = document.getElementById("sheet"), copy = document.getElementById("copy");
  var said = document.getElementById("said");
  // What opens in an app is what is written here now.
  function pass() {
    [mail, sms].forEach(function (way) {
      if (way) way.href = way.getAttribute("href").replace(/body=.*$/, "body=" + encodeURIComponent(message.value));
    });
  }
  message.addEventListener("input", pass);
  // A browser that comes back to a page keeps what was typed.
  if (message.value !== message.defaultValue) pass();
  if (navigator.share) {
    sheet.hidden = false;
    sheet.addEventListener("click", function () {
      navigator.share({ title: box.dataset.subject, text: message.value }).catch(function () {});
    });
  }
  if (navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(message.value).then(function () {
        said.textContent = "";
        setTimeout(function () { said.textContent = said.dataset.done; });
      });
    });
  }
})();
