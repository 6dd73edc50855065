/* Goodword: remembers who sent a visitor, on the website's own pages. See docs/guides/website-snippet.md. */
(function (window, document, program) {
  "use strict";
  /* Whatever runs the script, or drops attributes of its tag: what protects people is the program's. A tag can only ask for more. */
  var tag = document.currentScript || document.querySelector('script[src*="goodword.js"]');
  var said = tag ? tag.dataset : {}, NAME = "gw_touches", MOST = 10, days = program.window_days;
  var free = program.consent === "not_required" && said.consent !== "required" && !navigator.globalPrivacyControl;
  var given = free || null, touches = [];

  function spelled() {
    return touches.map(function (t) { return t.kind + t.at.toString(36) + "*" + t.value; }).join("!");
  }
  function read(text) {
    return (text || "").split("!").map(function (part) {
      var found = /^([ckf])([0-9a-z]{1,10})\*([\w.~-]{1,221})$/.exec(part);
      return found && { kind: found[1], at: parseInt(found[2], 36), value: found[3] };
    }).filter(Boolean);
  }
  function cookie(text, seconds) {
    document.cookie = NAME + "=" + text + ";path=/;max-age=" + seconds + ";samesite=lax" +
      (said.domain ? ";domain=" + said.domain : "") + (location.protocol === "https:" ? ";secure" : "");
  }
  function cookies() {
    var found = new RegExp("(?:^|; )" + NAME + "=([^;]*)").exec(document.cookie);
    return found && found[1];
  }
  /* Storage may be forbidden, full or not there: then the page knows what it saw itself, and a code can be typed. */
  function trying(act) { try { return act(); } catch (_) { return null; } }
  /* Of the same one several times in a row, the last is kept. */
  function add(more) {
    var since = Date.now() - days * 864e5;
    touches = touches.concat(more).filter(function (t) { return t.at > since; })
      .sort(function (a, b) { return a.at - b.at || (a.value < b.value ? -1 : 1); })
      .filter(function (t, i, all) { return !all[i + 1] || all[i + 1].value !== t.value; }).slice(-MOST);
  }
  function keep() {
    if (!given) return;
    add(read(trying(function () { return localStorage.getItem(NAME); })).concat(read(trying(cookies))));
    save();
  }
  function save() {
    if (!given || !touches.length) return;
    trying(function () { localStorage.setItem(NAME, spelled()); });
    trying(function () { cookie(spelled(), days * 86400); });
  }
  function attribution() {
    keep();
    return touches.map(function (t) {
      if (t.kind === "f") return { friend_name: t.value };
      var parts = t.value.split("~"), code = t.kind === "k" ? parts[1] : t.value;
      var touch = t.kind === "k" ? { click_id: parts[0] } : {};
      if (code) { touch.code = code; touch.at = new Date(t.at).toISOString(); }
      return touch;
    });
  }
  /* One click id as a payment provider takes it in a reference of one's own: [A-Za-z0-9_-]. Old ids had dots. */
  function reference() {
    keep();
    var clicks = touches.filter(function (t) { return t.kind === "k"; });
    var one = program.touch === "first" ? clicks[0] : clicks[clicks.length - 1];
    return one ? one.value.split("~")[0].replace(/\./g, "_") : null;
  }
  function consent(yes) {
    given = !!yes;
    if (given) return keep();
    trying(function () { localStorage.removeItem(NAME); });
    trying(function () { cookie("", 0); });
  }
  function lead(told) {
    var body = { external_id: told.external_id, customer: told.customer, touches: attribution() };
    if (told.code) body.touches.push({ code: told.code });
    if (told.metadata) body.metadata = told.metadata;
    return call("/programs/" + program.id + "/leads", told.key, { method: "POST", keepalive: true, body: JSON.stringify(body) });
  }
  function spoken(told) { return /^[a-z]{2}(-[A-Z]{2})?$/.exec((told || said).language || document.documentElement.lang); }
  /* Whether a code counts, and what a friend gets: in the page's language, unless another is asked for. */
  function check(code, told) {
    var language = spoken(told);
    return call("/codes/" + encodeURIComponent(code) + (language ? "?language=" + language[0] : ""), (told || said).key, {});
  }
  /* The friend a visitor names: the answer is a touch, whatever it says. A second answer is in place of the first. */
  function friend(name, hint, told) {
    var body = { name: name };
    if (hint) body.hint = hint;
    return call("/programs/" + program.id + "/friend-name", (told || said).key, { method: "POST", body: JSON.stringify(body) })
      .then(function (answer) {
        keep();
        touches = touches.filter(function (t) { return t.kind !== "f"; });
        add([{ kind: "f", at: Date.now(), value: answer.token }]);
        save();
        return answer;
      });
  }
  function call(path, key, options) {
    key = key || said.key;
    if (!key) return Promise.reject(new Error("goodword needs a publishable key: data-key, or key."));
    options.credentials = "omit";
    options.headers = { "Content-Type": "application/json", Authorization: "Bearer " + key };
    return answered(fetch(program.origin + "/v1" + path, options));
  }
  function answered(sent) {
    return sent.then(function (answer) {
      return answer.json().then(function (json) { if (!answer.ok) throw Object.assign(new Error(json.detail), json); return json; });
    });
  }

  /* Of a parameter that is there twice, the last is ours. What can be no click id and no code is not kept. */
  function landed(name, most) {
    var value = new URLSearchParams(location.search).getAll(name).pop() || "";
    value = value.replace(/[^\w-]+$/, "");
    return value.length <= most && /^[\w.-]+$/.test(value) ? value : "";
  }
  var click = landed("gw_click", 160), ref = landed("ref", 60);
  /* A click goes with its code, which counts if the click id should not. */
  add(read((click ? "k" : "c") + Date.now().toString(36) + "*" + (click && ref ? click + "~" + ref : click || ref)));
  keep();
  window.goodword = { attribution: attribution, reference: reference, consent: consent, lead: lead, check: check, friend: friend };
  // From here on: only in the script of a program that asks its customers.
  /* Asks a customer to tell a friend, by the token that the website's server was given: it says nothing of who they are. */
  window.goodword.ask = function (element, token, told) {
    var language = spoken(told);
    function send(path, method) {
      return answered(fetch(program.origin + "/v1/asks/" + token + path, { method: method, credentials: "omit", keepalive: true }));
    }
    function add(name, text) {
      var child = element.appendChild(document.createElement(name));
      child.textContent = text;
      return child;
    }
    return send(language ? "?language=" + language[0] : "", "GET").then(function (json) {
      element.textContent = "";
      element.lang = json.language;
      add("p", json.words);
      add("a", json.join).href = json.join_url;
      add("button", json.decline).onclick = function () { element.textContent = ""; send("/declined", "POST"); };
      return send("/seen", "POST");
    });
  };
  // Up to here.
})(window, document, PROGRAM);
