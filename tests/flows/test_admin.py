"""The admin pages: signed in with a key, everything the API does for those who look after a programme."""

import html
import json
import re

import pytest

from chalicelib.kit import memory
from chalicelib.payouts import export as exports
from chalicelib.payouts import table as payouts
from tests.forms import Browser

HOSTILE = '</title><script>alert(1)</script>"{{7*7}}'


@pytest.fixture
def admin(shop):
    """Somebody who signed in with the shop's key."""
    browser = Browser(shop)
    assert browser.send("/admin/sign-in", key=shop.key).status == 303
    return browser


@pytest.fixture
def told(shop):
    """A programme in which a partner earned something."""
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada, channel="Newsletter")
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.settle()
    return program, ada, sale


def cells(body):
    """Return a page without what tells a phone how to stack its tables."""
    return re.sub(r' (?:role|data-label)="[^"]*"', "", body)


def tile(body, label):
    return re.search(rf"<dt>{label}</dt><dd>(.*?)</dd>", body)[1]


def test_only_a_key_in_force_with_the_scope_signs_in(shop):
    weak = shop.post("/v1/keys", {"name": "shop", "scopes": ["stats:read"]}).json["secret"]
    browser = Browser(shop)

    assert "API key" in browser.get("/admin").body
    assert browser.send("/admin/sign-in", key="rk_nonsense").status == 401
    assert browser.send("/admin/sign-in", key=weak).status == 403
    assert browser.send("/admin/sign-in").status == 401
    assert browser.cookies == {}
    entered = browser.send("/admin/sign-in", key=shop.key)

    assert (entered.status, entered.headers["Location"]) == (303, "/admin")
    cookie = entered.headers["Set-Cookie"]
    assert re.fullmatch(r"__Host-goodword-admin=\S+; Max-Age=43200; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    assert shop.key.rpartition("_")[2] not in cookie
    assert shop.key not in browser.get("/admin").body


def test_a_revoked_key_ends_its_sessions_and_so_do_time_and_signing_out(shop):
    secret = shop.post("/v1/keys", {"name": "eve", "scopes": ["admin"]}).json
    eve, other = Browser(shop), Browser(shop)
    eve.send("/admin/sign-in", key=secret["secret"])
    assert "Programmes" in eve.get("/admin").body

    shop.post(f"/v1/keys/{secret['key']['id']}/revoke")
    shop.wait(seconds=31)
    memory.forget_everything()
    assert "API key" in eve.get("/admin").body

    other.send("/admin/sign-in", key=shop.key)
    kept = dict(other.cookies)
    other.send("/admin/sign-out")
    other.cookies = kept
    assert "API key" in other.get("/admin").body
    other.send("/admin/sign-in", key=shop.key)
    shop.wait(hours=12)
    assert "API key" in other.get("/admin").body


def test_a_partners_session_opens_no_admin_page_and_the_other_way_round(shop, admin):
    partner = Browser(shop)
    partner.cookies = {"__Host-goodword": admin.cookies["__Host-goodword-admin"]}

    assert "Your e-mail address" in partner.get("/portal").body


def test_nothing_is_seen_or_done_without_signing_in_or_from_elsewhere(shop, admin, told):
    program, ada, _ = told
    pages = [
        "",
        "/rewards",
        "/payouts",
        "/messages",
        "/feedback",
        f"/programs/{program['id']}",
        f"/partners/{ada['id']}",
    ]
    forms = ["/payouts", "/rewards/x", "/payouts/x", "/messages/x", "/dead-letters/x", "/sign-out"]
    forms.append(f"/programs/{program['id']}/terms")
    stranger, elsewhere = Browser(shop), Browser(shop, site="cross-site")
    elsewhere.cookies = admin.cookies

    for page in pages:
        assert "API key" in stranger.get(f"/admin{page}").body
    for form in forms:
        assert stranger.send(f"/admin{form}", currency="USD").headers["Location"] == "/admin"
        assert elsewhere.send(f"/admin{form}", currency="USD").status == 403
    assert elsewhere.send("/admin/sign-in", key=shop.key).status == 403
    assert shop.get("/v1/payouts").json["data"] == []


def test_a_programme_is_shown_with_charts_and_tables_that_agree_with_the_api(shop, admin, told):
    program, ada, _ = told

    overview = admin.get("/admin").body
    page = admin.get(f"/admin/programs/{program['id']}?days=7").body

    stats = shop.stats("programs", program)["totals"]
    assert f'<a href="/admin/programs/{program["id"]}"><bdi>Tea Shop</bdi></a>' in overview
    assert tile(page, "Clicks") == str(stats["clicks"]["human"]) == "1"
    assert tile(page, "Revenue, net") == "19.99 USD"
    assert tile(page, "Rewards, net") == "8.00 USD"
    assert re.findall(r'<th scope="row" class="day">(\S+)</th><td class="n">(\d+)</td>', page)[:2] == [
        ("2026-03-10", "1"),
        ("2026-03-09", "0"),
    ]
    assert page.count('class="beside') == page.count('class="charts" hidden') == page.count("<table>") == 4
    assert f'<a href="/admin/partners/{ada["id"]}"><bdi>Ada</bdi></a>' in page
    assert "<bdi>Newsletter</bdi>" in page


def test_partners_are_listed_page_by_page_with_how_they_stand(shop, admin):
    program = shop.program()
    for number in range(26):
        shop.partner(program, name=f"P{number:02}", email=f"p{number}@mail.example")

    first = admin.get(f"/admin/programs/{program['id']}/partners").body
    more = re.search(r'href="(/admin/programs/\S+cursor=\S+)"', first)[1]
    second = admin.get(more.replace("&amp;", "&")).body

    assert len(re.findall(r"<bdi>P\d\d</bdi>", first)) == 25
    assert len(re.findall(r"<bdi>P\d\d</bdi>", second)) == 1


def test_a_reward_is_looked_at_with_its_evidence_and_held_released_or_refused(shop, admin, told):
    _, ada, sale = told
    reward = shop.reward(sale)
    path = f"/admin/rewards/{reward['id']}"

    assert admin.get(f"/admin/rewards?id={reward['id']}").headers["Location"] == path
    assert admin.send(path, action="hold", reason="looks odd").status == 303
    page, listed = admin.get(path).body, admin.get("/admin/rewards").body
    assert reward["id"] in listed
    for shown in ("looks odd", "to be looked at", "click", "1999", "15"):
        assert shown in page
    assert admin.send(path, action="release").status == 422
    assert admin.send(path, action="steal", reason="x").status == 422
    assert admin.send(path, action="release", reason="all is well").status == 303
    assert shop.balance(ada)["due"] == 300
    assert admin.send(path, action="refuse", reason="own order").status == 303
    assert shop.balance(ada)["due"] == 0
    assert admin.send(path, action="release", reason="again").status == 409
    assert shop.verified() is None


def test_a_payout_is_prepared_once_downloaded_and_confirmed(shop, admin, told):
    _, ada, _ = told
    once = re.search(r'name="once" value="(\w+)"', admin.get("/admin/payouts").body)[1]

    begun = [admin.send("/admin/payouts", currency="USD", once=once) for _ in range(2)]
    assert len({answer.headers["Location"] for answer in begun}) == 1
    assert len(shop.get("/v1/payouts").json["data"]) == 1
    path = begun[0].headers["Location"]
    page = admin.get(path).body
    assert tile(page, "Total") == "8.00 USD"
    saved = admin.get(f"{path}/export?format=generic")
    assert saved.body == shop.get(f"/v1/payouts/{path.rpartition('/')[2]}/export?format=generic").body
    assert admin.get(f"{path}/export?format=gold").status == 422

    assert admin.send(path, action="confirm").status == 422
    assert admin.send(path, action="confirm", owner=ada["id"], reason="statement 7").status == 303
    assert shop.balance(ada)["paid"] == 300
    assert admin.send(path, action="fail", reason="came back").status == 303
    page = admin.get(path).body
    assert [tile(page, name) for name in ("Status", "Paid", "Returned", "Open")] == [
        "partly paid",
        "3.00 USD (1)",
        "5.00 USD (1)",
        "0.00 USD (0)",
    ]
    assert admin.send(path, action="return", reason="account closed").status == 422
    assert admin.send(path, action="return", owner=ada["id"], reason="account closed").status == 303
    assert (shop.balance(ada)["due"], shop.balance(ada)["paid"]) == (300, 0)
    assert tile(admin.get(path).body, "Status") == "failed"
    assert shop.verified() is None


def test_a_list_of_several_files_is_downloaded_part_by_part(shop, admin, told, monkeypatch):
    for module in (payouts, exports):
        monkeypatch.setattr(module, "MOST_OF_A_FILE", 1)
    path = f"/admin/payouts/{shop.pay_out()['id']}"

    links = re.findall(r'href="([^"]+format=generic[^"]*)">([^<]+)<', admin.get(path).body)

    assert [said for _, said in links] == ["CSV, part 1 of 2", "CSV, part 2 of 2"]
    for number, (link, _) in enumerate(links, 1):
        saved = admin.get(html.unescape(link))
        assert f"-part-{number}-of-2.csv" in saved.headers["Content-Disposition"]
        assert len(saved.body.split()) > 1
    assert admin.get(f"{path}/export?format=generic").status == 422
    assert admin.get(f"{path}/export?format=generic&part=3").status == 422


def test_a_message_that_was_skipped_is_sent_again(shop, admin):
    program = shop.program()
    partner = shop.partner(program, email=None)
    shop.lead(program, code=shop.link(program, partner)["code"])
    shop.settle()

    page = admin.get("/admin/messages?status=skipped").body
    again = re.search(r'action="(/admin/messages/msg_\w+)"', page)[1]
    assert admin.send(again).status == 303

    assert shop.get("/v1/messages?status=pending").json["data"]
    assert admin.get("/admin/messages?status=eaten").status == 422


def test_terms_are_tried_and_promised(shop, admin, told):
    program, *_ = told
    path = f"/admin/programs/{program['id']}/terms"
    page = admin.get(path).body
    draft = json.loads(re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[1].replace("&#34;", '"'))
    draft["rules"][1]["rate_bp"] = 3000
    shop.wait(minutes=1)

    tried = admin.send(
        path, action="try", draft=json.dumps(draft), **{"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    ).body
    assert tile(tried, "Paid") == "8.00 USD"
    assert tile(tried, "Would have been paid") == "11.00 USD"
    assert len(shop.get(f"/v1/programs/{program['id']}/terms").json["data"]) == 1

    assert admin.send(path, action="try", draft="{", **{"from": "x", "to": "y"}).status == 422
    assert admin.send(path, action="change", draft='{"rules": [], "gold": 1}').status == 422
    changed = admin.send(path, action="change", draft=json.dumps(draft)).body
    assert "to 1 partners" in changed
    assert "Version 2" in changed


def test_a_partner_is_shown_with_how_far_they_have_got_and_why_they_earned(shop, admin, told):
    _, ada, sale = told

    page = cells(admin.get(f"/admin/partners/{ada['id']}").body)

    for step in ("set up", "shared", "first click", "first referral"):
        assert f'<li>{step} <span class="soft">2026-03-10</span></li>' in page
    assert f'<a href="/admin/rewards/{shop.reward(sale)["id"]}">Reward</a>' in page
    assert '<td class="n">3.00 USD</td>' in page


def test_codes_are_words_where_people_read_them(shop, admin):
    program = shop.program()
    link = shop.link(program, ada := shop.partner(program))
    lead = shop.lead(program, click_id=shop.click_id(link)).json
    shop.settle()
    payout = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]

    account = cells(admin.get(f"/admin/partners/{ada['id']}").body)
    listed = admin.get(f"/admin/programs/{program['id']}/partners").body
    reward = cells(admin.get(f"/admin/rewards/{shop.reward(lead)['id']}").body)

    assert ">Put in a payout</td>" in account
    assert not re.search("payout_prepared|\\d flat", account)
    assert '<td role="cell" data-label="How far">active</td>' in listed
    assert '<th scope="row">The customer\'s first sign-up' in html.unescape(reward)
    assert f"/admin/payouts/{payout.rpartition('/')[2]}" in admin.get("/admin/payouts").body


def test_a_payout_names_friends(shop, admin, told):
    path = f"/admin/payouts/{shop.pay_out()['id']}"

    page = admin.get(path).body

    assert '<span class="tag">friend</span>' in page
    assert "cus_" not in re.sub(r'value="[^"]*"', "", page)


def test_when_nothing_is_due_that_is_said_and_there_is_nothing_to_confirm(shop, admin):
    shop.program()

    path = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]
    page, listed = admin.get(path).body, admin.get("/admin/payouts").body

    assert "Nothing is due in USD" in page
    assert tile(page, "Status") == "nothing due"
    assert not re.search("They were paid|Download|Items", page)
    assert '<span class="tag">nothing due</span>' in listed


def test_every_page_of_a_programme_has_the_same_bar(shop, admin):
    program = shop.program()
    bars = set()

    for rest, name in [
        ("", "Numbers"),
        ("/partners", "Partners"),
        ("/joining", "Who joins"),
        ("/check-ins", "Check-ins"),
        ("/terms", "Terms"),
    ]:
        page = admin.get(f"/admin/programs/{program['id']}{rest}").body
        bar = re.search(r'<nav class="pages".*?</nav>', page, re.DOTALL)[0]
        assert re.findall(r'aria-current="page">([^<]+)<', bar) == [name]
        bars.add(bar.replace(' aria-current="page"', ""))

    assert len(bars) == 1


def test_terms_are_said_in_sentences_and_link_to_the_page_people_read(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/terms"
    later = {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 2000}], "effective_from": "2026-04-01T00:00:00Z"}
    assert admin.send(path, action="change", draft=json.dumps(later)).status == 200

    page = admin.get(path).body

    assert re.search(r"<li>[^<]*20\xa0%[^<]*</li>", page)
    assert shop.get(f"/terms/{program['id']}-2").status == 200
    assert f'href="/terms/{program["id"]}-2"' in page
    # What can be withdrawn shows so, whether its version is folded or not.
    folded = re.sub(
        r"<details.*?</details>",
        "",
        re.sub(r"<details><summary>As.*?</details>", "", page, flags=re.DOTALL),
        flags=re.DOTALL,
    )
    assert "Withdraw version 2" in folded


def test_what_partners_said_is_listed(shop, admin, told):
    _, ada, _ = told
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 4, "words": "slow"})

    page = cells(admin.get("/admin/feedback").body)

    assert '<td class="n">4</td>' in page
    assert "slow" in page


def test_hostile_names_are_text_on_every_page(shop, admin):
    program = shop.program(name=HOSTILE)
    ada = shop.partner(program, name="<img src=x onerror=alert(1)>\u202e")
    link = shop.link(program, ada, channel="<svg onload=alert(1)>")
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 4, "words": HOSTILE})
    reward = shop.settle() or shop.reward(sale)
    shop.post(f"/v1/rewards/{reward['id']}/hold", {"reason": HOSTILE})
    begun = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]
    paths = ["", "/rewards", "/payouts", "/messages?status=sent", "/feedback", f"/rewards/{reward['id']}", begun[6:]]
    paths += [f"/programs/{program['id']}{rest}" for rest in ("", "/partners", "/terms")] + [f"/partners/{ada['id']}"]

    for path in paths:
        answer = admin.get(f"/admin{path}")
        assert answer.status == 200, path
        charts = path == f"/programs/{program['id']}"
        body = re.sub(r'<script src="/admin/static/[\w.]+" defer></script>', "", answer.body) if charts else answer.body
        assert not re.search(r"<(script|img src=x|svg onload)", body)
        policy = answer.headers["Content-Security-Policy"]
        # Files of this address where there are charts; nothing that is written into a page, anywhere.
        assert re.findall("script-src ([^;]+)", policy) == (["'self'"] if charts else [])
        assert "unsafe" not in policy
        assert not re.search(r'(?:src|href|action)="(?!https://go\.example|/|#)', answer.body)


def test_what_is_not_there_is_said_in_a_page(admin):
    for path in ("programs/prg_x", "partners/ptr_x", "rewards/rwd_x", "payouts/pay_x", "rewards?id=%3Cscript%3E"):
        answer = admin.get(f"/admin/{path}")
        assert answer.status == 404
        assert "Not found" in answer.body
    assert admin.get("/admin/payouts?cursor=forged").status == 422


def apply(shop, program, name, email):
    """Ask to take part, on the join page."""
    path = f"/join/{program['id']}"
    token = re.search(r'name="form" value="([^"]+)"', shop.get(path).body)[1]
    answer = Browser(shop).send(path, form=token, name=name, email=email, agree="1")
    assert answer.status == 200, answer.body


def test_who_asked_to_take_part_is_approved_or_refused_with_a_reason(shop, admin):
    program = shop.program(joining="approval")
    apply(shop, program, "Bea", "bea@mail.example")
    apply(shop, program, "Eve <b>", "eve@mail.example")
    path = f"/admin/programs/{program['id']}/joining"
    page = admin.get(path).body
    ids = dict(zip(re.findall(r"<h3><bdi>(.*?)</bdi>", page), re.findall(r"apl_\w+", page), strict=True))

    approved = admin.send(path, action="approve", application=ids["Bea"])
    silent = admin.send(path, action="refuse", application=ids["Eve &lt;b&gt;"])
    refused = admin.send(path, action="refuse", application=ids["Eve &lt;b&gt;"], reason="no customer of ours")
    late = admin.send(path, action="approve", application=ids["Eve &lt;b&gt;"])
    assert shop.streams.run() == []

    assert "Bea is approved" in approved.body
    assert (silent.status, "Reason: something has to stand here." in silent.body) == (422, True)
    assert "is refused, and told so" in refused.body
    assert (late.status, "It is refused already." in late.body) == (422, True)
    assert "Nobody waits." in admin.get(path).body
    assert ("You were accepted: welcome to Tea Shop", "Bea <bea@mail.example>") in shop.letters()
    [kept] = shop.get(f"/v1/applications?program={program['id']}&status=refused").json["data"]
    assert kept["reason"] == "no customer of ours"


def test_people_are_invited_one_by_one_or_by_a_file(shop, admin):
    program = shop.program()
    shop.partner(program)
    path = f"/admin/programs/{program['id']}/joining"

    one = admin.send(path, action="invite", email="bea@mail.example", name="Bea", locale="de")
    many = admin.send(
        path, action="invite_all", csv="email,name\r\nbea@mail.example,Bea\r\nada@mail.example,\r\neve@mail.example,"
    )
    wrong = admin.send(path, action="invite_all", csv="email\nnobody")
    nothing = admin.send(path, action="dance")
    assert shop.streams.run() == []

    assert "1 invited." in one.body
    assert "1 invited, 1 invited before, 1 take part already." in many.body
    said = "Line 2, e-mail address: expected an e-mail address without accents, such as ada@mail.example."
    assert (wrong.status, said in wrong.body) == (422, True)
    assert nothing.status == 422
    assert {to for subject, to in shop.letters() if "Ada" not in to} == {"Bea <bea@mail.example>", "eve@mail.example"}
    listed = cells(admin.get(path).body)
    assert listed.count("<td>2026-03-10</td><td>–</td>") == 2
    assert "Whoever is invited may join" in listed


def test_what_was_refused_is_said_in_words_and_what_was_typed_stays(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/joining"
    listed = "email,locale\nbea@mail.example,de\neve@mail,en"

    one = admin.send(path, action="invite", email="a@b", name="Bea <i>", locale="de").body
    many = admin.send(path, action="invite_all", csv=listed).body
    key = Browser(shop).send("/admin/sign-in", key="rk_wrong").body
    terms = admin.send(f"{path[:-7]}terms", action="change", draft='{"rules": [{"rate_bp": "much"}]}').body
    typo = admin.send(f"{path[:-7]}terms", action="try", draft="{ no", **{"from": "then", "to": "now"}).body

    assert "E-mail address: expected an e-mail address" in one
    for kept in ('value="a@b"', 'value="Bea &lt;i&gt;"', 'value="de" lang="de" selected'):
        assert kept in one
    assert "Line 3, e-mail address: expected" in many
    assert f"{listed}</textarea>" in many
    assert "No such key is in force." in key
    assert "Rule 1, rate_bp: a whole number or nothing is expected, not text." in terms
    assert "This is not JSON" in typo
    for kept in ("{ no</textarea>", 'value="then"', 'value="now"'):
        assert kept in typo
    for page in (one, many, key, terms, typo):
        assert 'class="notice bad"' in page
        assert not re.search("regex|`|Expected|Bearer", page)


def test_who_is_stuck_is_listed_with_the_step_and_since_when(shop, admin):
    program = shop.program()
    ada = shop.partner(program)
    path = f"/admin/programs/{program['id']}/check-ins"

    early = admin.get(path).body
    shop.wait(days=8)
    admin.send("/admin/sign-in", key=shop.key)
    later = cells(admin.get(path).body)

    assert "None of these needs anybody." in early
    assert f"/admin/partners/{ada['id']}" in later
    assert '<td><span class="tag late">stuck</span></td><td>set up</td><td>2026-03-10</td>' in later
