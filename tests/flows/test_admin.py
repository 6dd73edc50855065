"""The admin pages: signed in with a key, everything the API does for those who look after a program."""

import html
import re

from chalicelib.kit import memory
from chalicelib.payouts import export as exports
from chalicelib.payouts import table as payouts
from tests.forms import Browser, read_cookie
from tests.reading import read

HOSTILE = '</title><script>alert(1)</script>"{{7*7}}'


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
    name, value, attributes = read_cookie(cookie)
    assert (name, re.fullmatch(r"[\w.-]+", value) is not None) == ("__Host-goodword-admin", True)
    assert attributes == {"Max-Age=43200", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    assert shop.key.rpartition("_")[2] not in cookie
    assert shop.key not in browser.get("/admin").body


def test_a_revoked_key_ends_its_sessions_and_so_do_time_and_signing_out(shop):
    secret = shop.post("/v1/keys", {"name": "eve", "scopes": ["admin"]}).json
    eve, other = Browser(shop), Browser(shop)
    eve.send("/admin/sign-in", key=secret["secret"])
    assert "Programs" in eve.get("/admin").body

    shop.post(f"/v1/keys/{secret['key']['id']}/revoke")
    shop.wait(seconds=31)
    memory.forget_everything()
    assert "API key" in eve.get("/admin").body

    other.send("/admin/sign-in", key=shop.key)
    cookies = dict(other.cookies)
    other.send("/admin/sign-out")
    other.cookies = cookies
    assert "API key" in other.get("/admin").body
    other.send("/admin/sign-in", key=shop.key)
    shop.wait(hours=12)
    assert "API key" in other.get("/admin").body


def test_a_partners_session_opens_no_admin_page_and_the_other_way_round(shop, admin):
    partner = Browser(shop)
    partner.cookies = {"__Host-goodword": admin.cookies["__Host-goodword-admin"]}

    assert "Your email address" in partner.get("/portal").body


def test_nothing_is_seen_or_done_without_signing_in_or_from_elsewhere(shop, admin, business):
    program, ada, _ = business
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
        refused = stranger.send(f"/admin{form}", currency="USD")
        assert (refused.status, "Nothing was saved" in refused.body) == (401, True)
        assert elsewhere.send(f"/admin{form}", currency="USD").status == 403
    assert elsewhere.send("/admin/sign-in", key=shop.key).status == 403
    assert shop.get("/v1/payouts").json["data"] == []


def test_a_program_is_shown_with_charts_and_tables_that_agree_with_the_api(shop, admin, business):
    program, ada, _ = business

    overview = read(admin.get("/admin/programs").body)
    body = admin.get(f"/admin/programs/{program['id']}?period=7").body
    page = read(body)

    stats = shop.stats("programs", program)["totals"]
    assert overview.link("Tea Shop") == f"/admin/programs/{program['id']}"
    assert page.tile("Clicks") == str(stats["clicks"]["human"]) == "1"
    assert page.tile("Revenue, net") == "$19.99"
    assert page.tile("Rewards, net") == "$8.00"
    days = page.table("Day by day")
    assert [(day["Day"], day["Clicks"]) for day in days[:2]] == [("Mar 10, 2026", "1"), ("Mar 9, 2026", "0")]
    # By these, charts know which day is which.
    assert re.findall('data-day="([^"]+)"', body)[:2] == ["2026-03-10", "2026-03-09"]
    assert body.count('class="beside') == body.count('class="charts" hidden') == len(page.all("table")) == 4
    assert page.link("Ada") == f"/admin/partners/{ada['id']}"
    assert page.table("Top channels") == [
        {
            "Channel": "Newsletter",
            "Clicks": "1",
            "Sign-ups": "0",
            "Sales": "1",
            "Revenue, net": "$19.99",
            "Change of revenue": "none before",
        }
    ]


def test_a_partners_page_and_the_channels_of_a_program_say_what_came_of_each_link(shop, admin, business):
    program, ada, _ = business
    shop.link(program, ada, channel="Podcast")

    links = {row["Channel"]: row for row in read(admin.get(f"/admin/partners/{ada['id']}").body).table("Links")}
    [channel] = read(admin.get(f"/admin/programs/{program['id']}").body).table("Top channels")

    numbers = ("Clicks", "Sign-ups", "Sales", "Rewards")
    assert [links["Newsletter"][name] for name in numbers] == ["1", "0", "1", "$8.00"]
    assert [links["Podcast"][name] for name in numbers] == ["0", "0", "0", "$0.00"]
    assert [channel[name] for name in ("Channel", "Clicks", "Sales", "Revenue, net")] == [
        "Newsletter",
        "1",
        "1",
        "$19.99",
    ]


def test_partners_are_listed_page_by_page_with_how_they_stand(shop, admin):
    program = shop.program()
    for number in range(26):
        shop.partner(program, name=f"P{number:02}", email=f"p{number}@mail.example")

    first = read(admin.get(f"/admin/programs/{program['id']}/partners").body)
    second = read(admin.get(first.link("Older")).body)

    listed = [[one["Partner"] for one in page.table("Partners")] for page in (first, second)]
    assert [len(names) for names in listed] == [20, 6]
    assert {*listed[0], *listed[1]} == {f"P{number:02}" for number in range(26)}


def test_a_reward_is_looked_at_with_its_evidence_and_held_released_or_refused(shop, admin, business):
    _, ada, sale = business
    reward = shop.reward(sale)
    path = f"/admin/rewards/{reward['id']}"

    assert admin.get(f"/admin/rewards?id={reward['id']}").headers["Location"] == path
    assert admin.send(path, action="hold", note="looks odd").status == 303
    page, listed = admin.get(path).body, admin.get("/admin/rewards?waits=review").body
    assert reward["id"] in listed
    for text in ("looks odd", "under review", "click", "$19.99", "15%"):
        assert text in page
    assert admin.send(path, action="release").status == 422
    assert admin.send(path, action="steal", note="x").status == 422
    assert admin.send(path, action="release", note="all is well").status == 303
    assert shop.balance(ada)["due"] == 300
    assert admin.send(path, action="refuse", note="own order").status == 303
    assert shop.balance(ada)["due"] == 0
    assert admin.send(path, action="release", note="again").status == 409
    assert shop.verified() is None


def test_a_payout_is_prepared_once_downloaded_and_confirmed(shop, admin, business):
    _, ada, _ = business
    once = read(admin.get("/admin/liability?currency=USD").body).hidden("once")

    begun = [admin.send("/admin/payouts", currency="USD", once=once) for _ in range(2)]
    assert len({answer.headers["Location"] for answer in begun}) == 1
    assert len(shop.get("/v1/payouts").json["data"]) == 1
    path = begun[0].headers["Location"]
    assert read(admin.get(path).body).tile("Total") == "$8.00"
    saved = admin.get(f"{path}/export?format=generic")
    assert saved.body == shop.get(f"/v1/payouts/{path.rpartition('/')[2]}/export?format=generic").body
    assert admin.get(f"{path}/export?format=gold").status == 422

    assert admin.send(path, action="confirm").status == 422
    assert admin.send(path, action="confirm", owner=ada["id"], note="statement 7").status == 303
    assert shop.balance(ada)["paid"] == 300
    assert admin.send(path, action="fail", note="came back").status == 303
    page = read(admin.get(path).body)
    assert [page.tile(name) for name in ("Status", "Paid", "Returned", "Open")] == [
        "Partly paid",
        "$3.00 (1)",
        "$5.00 (1)",
        "$0.00 (0)",
    ]
    assert admin.send(path, action="return", note="account closed").status == 422
    assert admin.send(path, action="return", owner=ada["id"], note="account closed").status == 303
    assert (shop.balance(ada)["due"], shop.balance(ada)["paid"]) == (300, 0)
    assert read(admin.get(path).body).tile("Status") == "Failed"
    assert shop.verified() is None


def test_a_list_of_several_files_is_downloaded_part_by_part(shop, admin, business, monkeypatch):
    for module in (payouts, exports):
        monkeypatch.setattr(module, "MOST_OF_A_FILE", 1)
    path = f"/admin/payouts/{shop.pay_out()['id']}"

    links = re.findall(r'href="([^"]+format=generic[^"]*)">([^<]+)<', admin.get(path).body)

    assert [label for _, label in links] == ["CSV, part 1 of 2", "CSV, part 2 of 2"]
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


def test_hostile_names_are_text_on_every_page(shop, admin):
    program = shop.program(name=HOSTILE)
    ada = shop.partner(program, name="<img src=x onerror=alert(1)>\u202e")
    link = shop.link(program, ada, channel="<svg onload=alert(1)>")
    sale = shop.sale(program, click_id=shop.click_id(link)).json
    shop.post(f"/v1/partners/{ada['id']}/feedback", {"score": 4, "words": HOSTILE})
    reward = shop.settle() or shop.reward(sale)
    shop.post(f"/v1/rewards/{reward['id']}/hold", {"note": HOSTILE})
    begun = admin.send("/admin/payouts", currency="USD", once="x").headers["Location"]
    paths = ["", "/rewards", "/payouts", "/messages?status=sent", "/feedback", f"/rewards/{reward['id']}", begun[6:]]
    paths += [f"/programs/{program['id']}{rest}" for rest in ("", "/partners", "/terms", "/terms/edit", "/settings")]
    paths += [f"/partners/{ada['id']}", f"/links/{link['id']}"]

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
    token = read(shop.get(path).body).hidden("form")
    answer = Browser(shop).send(path, form=token, name=name, email=email, agree="1")
    assert answer.status == 200, answer.body


def test_who_asked_to_take_part_is_approved_or_refused_with_a_reason(shop, admin):
    program = shop.program(joining="approval")
    apply(shop, program, "Bea", "bea@mail.example")
    apply(shop, program, "Eve <b>", "eve@mail.example")
    path = f"/admin/programs/{program['id']}/joining"
    pending = read(admin.get(path).body)
    ids = {name: pending.section(name).hidden("application") for name in ("Bea", "Eve <b>")}

    approved = admin.submit(path, action="approve", application=ids["Bea"])
    silent = admin.send(path, action="refuse", application=ids["Eve <b>"])
    refused = admin.submit(path, action="refuse", application=ids["Eve <b>"], note="no customer of ours")
    late = admin.send(path, action="approve", application=ids["Eve <b>"])
    assert shop.streams.run() == []

    assert "Bea was approved" in approved.body
    assert (silent.status, "Note: this cannot be empty." in silent.body) == (422, True)
    assert "was refused and gets an email. The note is kept on record and not sent." in refused.body
    assert (late.status, "The application was already refused." in late.body) == (422, True)
    after = read(admin.get(path).body)
    assert "No applications to answer." in after.text
    assert {(one["Answer"], one["Note"]) for one in after.table("Answered applications")} == {
        ("Refused", "no customer of ours"),
        ("Approved", "–"),
    }
    assert ("You were accepted: welcome to Tea Shop", "Bea <bea@mail.example>") in shop.emails()
    [application] = shop.get(f"/v1/applications?program={program['id']}&status=refused").json["data"]
    assert application["note"]["words"] == "no customer of ours"


def test_people_are_invited_one_by_one_or_by_a_file(shop, admin):
    program = shop.program()
    shop.partner(program)
    path = f"/admin/programs/{program['id']}/joining"

    one = admin.submit(path, action="invite", email="bea@mail.example", name="Bea", locale="de")
    many = admin.submit(
        path, action="invite_all", csv="email,name\r\nbea@mail.example,Bea\r\nada@mail.example,\r\neve@mail.example,"
    )
    wrong = admin.send(path, action="invite_all", csv="email\nnobody")
    nothing = admin.send(path, action="dance")
    assert shop.streams.run() == []

    assert "1 invited." in one.body
    assert "1 invited, 1 already invited, 1 already in the program." in many.body
    message = "Line 2, email address: must be an email address without accents, such as ada@mail.example."
    assert (wrong.status, message in wrong.body) == (422, True)
    assert nothing.status == 422
    assert {to for subject, to in shop.emails() if "Ada" not in to} == {"Bea <bea@mail.example>", "eve@mail.example"}
    page = read(admin.get(path).body)
    assert [(one["Invited"], one["Joined"]) for one in page.table("Invited")] == [("Mar 10, 2026", "–")] * 2
    assert "Only invited people may join" in page.text


def test_to_read_who_was_invited_or_approved_anew_invites_and_approves_nobody(shop, admin):
    program = shop.program(joining="approval")
    apply(shop, program, "Bea", "bea@mail.example")
    path = f"/admin/programs/{program['id']}/joining"
    application = read(admin.get(path).body).section("Bea").hidden("application")
    forms = [
        (
            {"action": "approve", "application": application},
            "Bea was approved and gets an email with the link to their page.",
        ),
        ({"action": "invite", "email": "eve@mail.example"}, "1 invited."),
    ]

    for fields, message in forms:
        answer = admin.send(path, **fields)
        before = len(shop.line.calls)
        pages = [read(admin.get(answer.headers["Location"]).body) for _ in range(2)]
        operations = {operation for operation, _ in shop.line.calls[before:]}

        assert (answer.status, answer.body) == (303, "")
        assert [[one.text for one in page if one.attributes.get("role") == "status"] for page in pages] == [
            [message]
        ] * 2
        assert operations <= {"Query", "GetItem", "BatchGetItem"}


def test_who_is_stuck_is_listed_with_the_step_and_since_when(shop, admin):
    program = shop.program()
    ada = shop.partner(program)
    path = f"/admin/programs/{program['id']}/check-ins"

    shop.run_schedule("check_partners")
    early = admin.get(path).body
    shop.wait(days=8)
    shop.run_schedule("check_partners")
    admin.send("/admin/sign-in", key=shop.key)
    later = read(admin.get(path).body)

    assert "No partner needs attention." in early
    assert later.link("Ada") == f"/admin/partners/{ada['id']}?program={program['id']}"
    [row] = later.table("Partners who need attention")
    assert (row["Partner"], row["Why"], row["Next step"], row["Since"]) == (
        *("Ada", "Stuck", "Link created", "Mar 10, 2026"),
    )
