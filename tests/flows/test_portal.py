"""The portal: a partner signs in by a link from an email, sees what is theirs, and changes what is theirs to change."""

import re
from datetime import timedelta

import boto3
import pytest
from botocore.client import BaseClient
from chalice.local import LambdaEventConverter

from chalicelib.access.rate_limit import limit
from chalicelib.access.sessions import begin
from chalicelib.kit import memory
from chalicelib.kit.dynamo import wire, writes
from chalicelib.language.texts import texts
from chalicelib.ledger import statement
from chalicelib.portal.session import COOKIE, LASTING
from chalicelib.web.sign_in_link import MOST_AN_HOUR, MOST_OF_AN_ADDRESS
from tests.forms import Browser, read_cookie
from tests.reading import read
from tests.world import NOON

HOSTILE = '</title><script>alert(1)</script>"{{7*7}}'


@pytest.fixture
def sent(monkeypatch):
    """Every email to sign in by that was handed over: to whom, and its text."""
    from chalicelib.emails import deliver

    emails = []
    hand_over = deliver.send

    def send(email, envelope):
        if "/portal/sign-in/" in email.text:
            emails.append((envelope.to, email.text))
        return hand_over(email, envelope)

    monkeypatch.setattr(deliver, "send", send)
    return emails


def link_for(shop, sent, address, browser):
    answer = browser.send("/portal/link", email=address)
    assert answer.status == 200, answer.body
    assert shop.streams.run() == []
    text = next(text for to, text in reversed(sent) if to == address)
    return re.search(r"https://go\.example(/portal/sign-in/\S+)", text)[1]


@pytest.fixture
def ada(shop, sent):
    """A partner with a link and something earned, signed in."""
    program = shop.program()
    partner = shop.partner(program)
    link = shop.link(program, partner, channel="Newsletter")
    shop.sale(program, click_id=shop.click_id(link))
    assert shop.streams.run() == []
    browser = Browser(shop)
    entered = browser.send(link_for(shop, sent, "ada@mail.example", browser))
    assert entered.status == 303
    browser.program, browser.partner = program, partner
    return browser


def signed_in_again(shop, browser):
    """Return a browser with a session of today, of the same partner."""
    again = Browser(shop)
    token = begin(browser.partner["id"], lasting=LASTING, at=shop.at)
    again.cookies = {COOKIE: token.cookie}
    return again


def test_a_link_from_an_email_signs_in_once_and_only_by_its_button(shop, sent):
    shop.partner(shop.program())
    browser = Browser(shop)
    path = link_for(shop, sent, "ada@mail.example", browser)

    for method in ("HEAD", "GET", "GET"):
        assert shop.call(method, path).status == 200
    entered = browser.send(path)
    again = Browser(shop).send(path)

    assert (entered.status, entered.headers["Location"]) == (303, "/portal")
    name, value, attributes = read_cookie(entered.headers["Set-Cookie"])
    assert (name, re.fullmatch(r"[\w.-]+", value) is not None) == ("__Host-goodword", True)
    assert attributes == {"Max-Age=2592000", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    assert again.status == 410
    assert "Set-Cookie" not in again.headers
    assert shop.call("GET", path).status == 410
    assert "Hello Ada" in read(browser.get("/portal").body).text


def test_a_link_is_good_for_fifteen_minutes_and_cannot_be_guessed(shop, sent):
    shop.partner(shop.program())
    path = link_for(shop, sent, "ada@mail.example", Browser(shop))
    wrong = "/portal/sign-in/"

    for forged in (path[:-1], path[:-1] + ("A" if path[-1] != "A" else "B"), wrong + "x", wrong + "%00", wrong + "é"):
        assert Browser(shop).send(forged).status == 410
    shop.wait(minutes=15)

    assert Browser(shop).send(path).status == 410


def test_no_one_learns_whether_an_address_is_known(shop, sent):
    shop.partner(shop.program())
    answers = [Browser(shop).send("/portal/link", email=one) for one in ("ada@mail.example", "eve@mail.example")]
    assert shop.streams.run() == []

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert [to for to, _ in sent] == ["ada@mail.example"]


def test_known_or_not_the_same_calls_are_made(shop, monkeypatch):
    shop.partner(shop.program())
    made = []
    call = BaseClient._make_api_call
    monkeypatch.setattr(
        BaseClient,
        "_make_api_call",
        lambda self, name, parameters: (made.append(name), call(self, name, parameters))[1],
    )
    monkeypatch.setattr(wire.dynamodb(), "listeners", [lambda name, parameters: made.append(name)])
    patterns = []
    for address in ("ada@mail.example", "eve@mail.example", "ADA@mail.example", "EVE@mail.example"):
        made.clear()
        Browser(shop).send("/portal/link", email=address)
        patterns.append(tuple(made))

    assert len(set(patterns)) == 1
    assert "TransactWriteItems" in patterns[0]


def test_an_address_gets_so_many_links_an_hour(shop, sent):
    shop.partner(shop.program())
    bodies = {Browser(shop).send("/portal/link", email="ada@mail.example").body for _ in range(MOST_AN_HOUR + 3)}
    bodies.add(Browser(shop).send("/portal/link", email="Ada@Mail.example").body)
    assert shop.streams.run() == []
    assert len(sent) == MOST_AN_HOUR

    shop.wait(hours=1)
    link_for(shop, sent, "ada@mail.example", Browser(shop))

    assert len(bodies) == 1
    assert len(sent) == MOST_AN_HOUR + 1


def test_requests_of_others_for_links_never_block_the_owner(shop, sent, monkeypatch):
    shop.partner(shop.program())

    def ask_from(address, times):
        monkeypatch.setattr(LambdaEventConverter, "LOCAL_SOURCE_IP", address)
        for _ in range(times):
            Browser(shop).send("/portal/link", email="ada@mail.example")
        assert shop.streams.run() == []

    ask_from("203.0.113.1", 50)
    before = len(sent)
    shop.wait(minutes=16)
    ask_from("203.0.113.2", 1)
    assert (before, len(sent)) == (MOST_AN_HOUR, MOST_AN_HOUR + 1)

    # However many ask, a mailbox is not flooded.
    for number in range(3, 20):
        ask_from(f"203.0.113.{number}", 5)
    assert len(sent) == MOST_OF_AN_ADDRESS


def test_rows_hold_neither_the_link_nor_the_cookie(shop, ada, sent):
    rows = str(boto3.client("dynamodb").scan(TableName="goodword-test-access")["Items"])
    link = re.search(r"sign-in/(\S+)", sent[-1][1])[1]
    secret = ada.cookies["__Host-goodword"].rpartition(".")[2]

    assert link[26:] not in rows
    assert secret not in rows
    assert "ada@" not in rows
    assert "ses_" in rows


def test_an_email_that_comes_too_late_is_not_sent(shop, sent):
    shop.partner(shop.program())
    Browser(shop).send("/portal/link", email="ada@mail.example")
    shop.wait(minutes=16)

    assert shop.streams.run() == []

    assert sent == []
    skipped = shop.get("/v1/messages?status=skipped").json["data"]
    assert [one["reason"] for one in skipped if one["template"] == "sign_in"] == ["too_late"]


def test_a_form_from_elsewhere_is_refused(shop, ada):
    elsewhere = Browser(shop, site="cross-site")
    elsewhere.cookies = ada.cookies
    subdomain = Browser(shop, site="same-site")
    subdomain.cookies = ada.cookies

    for stranger in (elsewhere, subdomain):
        for path in ("settings", "leave", "feedback", "links", "sign-out", "sign-out-everywhere", "link"):
            assert stranger.send(f"/portal/{path}", locale="de").status == 403
    bare = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"__Host-goodword={ada.cookies['__Host-goodword']}",
    }
    for origin, status in (({}, 403), ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403)):
        assert shop.call("POST", "/portal/settings", b"locale=de", headers={**bare, **origin}).status == status
    own = {**bare, "Origin": "https://go.example"}
    assert shop.call("POST", "/portal/settings", b"locale=de", headers=own).status == 303


def test_what_is_theirs_is_shown(shop, ada):
    overview, links = ada.get("/portal"), ada.get("/portal/links")
    statement, saved = ada.get("/portal/statement"), ada.get("/portal/statement.csv?currency=USD&month=2026-03")

    assert read(overview.body).tile("Ready for payout") == "$3.00"
    assert read(links.body).section("Newsletter").tile("Clicks") == "1"
    entries = {row["Activity"]: row["Ready for payout"] for row in read(statement.body).table("Statement")}
    assert entries["Closing balance"] == "3.00"
    assert saved.headers["Content-Disposition"] == 'attachment; filename="statement-2026-03-USD.csv"'
    lines = saved.body.strip().split("\r\n")
    assert [line.split(",")[2] for line in lines] == ['"what"', '"opening balance"', '"reward"', '"closing balance"']
    api = shop.get(f"/v1/partners/{ada.partner['id']}/statement?currency=USD&from=2026-03-01&to=2026-03-31&format=csv")
    assert saved.body == api.body


def test_benefits_are_shown_with_the_program_that_gave_them(shop, ada):
    gift = {"on": "lead", "to": "referrer", "benefit": {"kind": "gift", "name": "a teapot"}}
    other = shop.program(name="Pots", rules=[gift], hold_days=14)
    shop.post(f"/v1/partners/{ada.partner['id']}/enrollments", {"program": other["id"]})
    memory.forget_everything()
    assert "a teapot" not in ada.get("/portal").body

    shop.lead(other, "signup-9", "customer-9", code=shop.link(other, ada.partner)["code"])
    assert shop.streams.run() == []
    pots = read(ada.get("/portal").body).section("Pots")

    assert "a teapot (Gift) Mar 10, 2026 · pending until Mar 24, 2026" in pots.items


@pytest.mark.parametrize(
    ("path", "fields", "label", "title"),
    [
        ("settings", {"locale": "en", "payout_email": "nobody"}, "payout_email", "Settings"),
        ("identity", {"name": "Ada", "email": "nobody"}, "email", "Settings"),
        ("links", {"channel": "x" * 101, "code": ""}, "channel", "Links"),
        ("feedback", {"score": "9", "words": "x" * 2001}, "words", "Feedback"),
    ],
)
def test_a_form_that_was_refused_says_so_in_its_title_and_at_the_field_at_fault(ada, path, fields, label, title):
    program = {"program": ada.program["id"]} if path == "links" else {}
    before = read(ada.get(f"/portal/{title.lower()}").body)
    after = ada.send(f"/portal/{path}", **fields, **program)
    page = read(after.body)

    assert after.status == 422
    assert [one.text for one in page.all("title")] == [f"That did not work: {title} – Partner portal"]
    assert [one.text for one in before.all("title")] == [f"{title} – Partner portal"]
    marked = {one.attributes["id"]: one.attributes["aria-describedby"] for one in fields_at_fault(page)}
    assert list(marked) == [label]
    assert "notice" in marked[label].split()
    assert [one.attributes["id"] for one in page.all("p") if "notice bad" in one.attributes.get("class", "")] == [
        "notice"
    ]
    assert fields_at_fault(before) == []


def fields_at_fault(page):
    return [one for one in page.all("input", "textarea") if "aria-invalid" in one.attributes]


def test_a_month_too_long_for_one_file_is_refused_and_never_cut(shop, ada, monkeypatch):
    monkeypatch.setattr(statement, "MOST_MOVEMENTS", 0)

    refused = ada.get("/portal/statement.csv?currency=USD&month=2026-03")

    assert refused.status == 422
    assert "more activity than" in refused.body.replace("\u00a0", " ")
    assert "Content-Disposition" not in refused.headers


def test_how_far_they_have_got_is_shown_with_dates_and_so_is_their_tier(shop, ada):
    before = ada.get("/portal").body
    shop.post(
        f"/v1/programs/{ada.program['id']}/terms",
        {"rules": [], "tiers": [{"name": "gold", "minimum_sales": 9}]},
    )
    shop.wait(days=1)
    raised = shop.post(
        f"/v1/partners/{ada.partner['id']}/tier", {"program": ada.program["id"], "tier": "gold", "note": "kind"}
    )
    assert raised.status in (200, 201), raised.body
    shop.wait(days=1)
    memory.forget_everything()
    after = ada.get("/portal").body

    assert "You have a link Mar 10, 2026" in read(before).items
    assert "You are in the “" not in before
    assert "You are in the “Gold” tier." in after


def test_a_payout_is_shown_once_it_is_on_its_way(shop, ada):
    assert "No payouts yet" in ada.get("/portal/payouts").body
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "bank statement 7"})

    [paid] = read(ada.get("/portal/payouts").body).table("Payouts")

    assert (paid["Activity"], paid["Amount"]) == ("Paid out", "$3.00")


def test_a_payout_is_listed_once_with_what_became_of_it(shop, ada):
    listed = []
    for actions in (["fail"], ["confirm", "return"]):
        payout = shop.pay_out()
        listed.append([row["Activity"] for row in read(ada.get("/portal/payouts").body).table("Payouts")])
        for action in actions:
            body = {"note": "statement 7", **({"owners": [ada.partner["id"]]} if action == "return" else {})}
            assert shop.post(f"/v1/payouts/{payout['id']}/{action}", body).status == 200
        shop.wait(days=1)

    after = read(ada.get("/portal/payouts").body).table("Payouts")

    assert listed == [["Set aside for payout"], ["Set aside for payout", "Payout failed; still ready"]]
    assert [row["Activity"] for row in after] == ["Payout returned; ready again", "Payout failed; still ready"]


def test_to_read_what_a_form_did_anew_repeats_nothing(shop, ada):
    program = ada.program["id"]
    forms = {
        "/portal/links": ({"program": program, "channel": "Instagram"}, "Link created."),
        "/portal/settings": ({"locale": "en", "payout_name": "Ada L."}, "Saved."),
        "/portal/emails": ({"tips": "on"}, "Saved."),
        "/portal/feedback": ({"score": "9"}, "Thank you. A person reads this."),
        "/portal/leave": ({"program": program}, "You have left Tea Shop. What you have earned stays yours."),
    }
    for path, (fields, message) in forms.items():
        answer = ada.send(path, **fields)
        assert (answer.status, answer.body) == (303, "")

        before = len(shop.line.calls)
        pages = [ada.get(answer.headers["Location"]) for _ in range(2)]
        operations = {operation for operation, _ in shop.line.calls[before:]}

        assert [page.status for page in pages] == [200, 200]
        assert [notices(page) for page in pages] == [[message], [message]]
        assert operations <= {"Query", "GetItem", "BatchGetItem"}


def test_a_page_says_only_what_was_written_for_its_reader_and_for_it(shop, ada):
    bob = shop.partner(ada.program, name="Bob", email="bob@mail.example")
    stranger = Browser(shop)
    stranger.cookies = {COOKIE: begin(bob["id"], lasting=LASTING, at=shop.at).cookie}
    done = ada.send("/portal/leave", program=ada.program["id"]).headers["Location"]
    note = done.partition("?")[2]

    assert notices(stranger.get(done)) == []
    for path in (f"/portal/settings?{note}", f"{done}x", "/portal/leave?done=x", "/portal/leave?done="):
        answer = ada.get(path)
        assert (answer.status, notices(answer)) == (200, [])


def notices(answer):
    return [one.text for one in read(answer.body) if one.attributes.get("role") == "status"]


def test_a_link_for_a_channel_is_made_and_a_taken_code_is_told(shop, ada):
    shop.wait(minutes=1)
    made = ada.send("/portal/links", program=ada.program["id"], channel="Instagram", code="ada-insta")
    taken = ada.send("/portal/links", program=ada.program["id"], channel="Other", code="ada-insta")

    assert made.status == 303
    assert taken.status == 422
    assert "belongs to another link" in taken.body
    form = read(taken.body).section("New link for a channel")
    assert [form.field(label) for label in ("Label", "Custom ending")] == ["Other", "ada-insta"]
    page = ada.get("/portal/links").body
    # The newest link comes first.
    assert page.index("https://go.example/ada-insta") == page.index("https://go.example/")


def test_that_a_link_was_made_is_said_above_the_links(shop, ada):
    page = ada.submit("/portal/links", program=ada.program["id"], channel="Instagram", code="ada-insta")

    assert notices(page) == ["Link created."]
    assert page.body.index("Link created.") < page.body.index("https://go.example/ada-insta")


def test_links_without_a_label_are_no_landmarks_of_one_name(shop, ada):
    for code in ("ada-one", "ada-two"):
        shop.link(ada.program, ada.partner, code=code)

    page = ada.get("/portal/links").body

    assert page.count("Without a label") == 2
    assert 'aria-labelledby="l-' not in page


def read_clicks(page):
    """Return what the links page says of each link: its channel, all clicks, and those of the last 30 days."""
    return {name: (int(ever["Clicks"]), int(lately["Clicks"])) for name, (ever, lately) in numbers_on(page).items()}


def numbers_on(page):
    """Return the same with sign-ups and sales, by their names."""
    cards = [one for one in read(page.body).all("section") if one.all("dl")]
    for card in cards:
        assert [one.text for one in card.all("h3")] == ["So far", "Last 30 days"]
    names = ("Clicks", "Signed up", "Bought")
    return {
        card.all("h2")[0].text: tuple({name: one.tile(name) for name in names} for one in card.all("dl"))
        for card in cards
    }


def test_each_link_says_how_often_people_followed_it(shop, ada):
    email = shop.get(f"/v1/links?partner={ada.partner['id']}").json["data"][0]
    insta = shop.link(ada.program, ada.partner, channel="Instagram")
    shop.link(ada.program, ada.partner, channel="Podcast")
    shop.click(insta)
    shop.click(insta, user_agent="curl/8.5.0")
    shop.settle()
    fresh = ada.get("/portal/links")

    for _ in range(3):
        shop.wait(days=10)
        shop.click(email)
        shop.settle()
    later = signed_in_again(shop, ada).get("/portal/links")
    shop.wait(days=300)
    shop.settle()
    years_end = signed_in_again(shop, ada).get("/portal/links")

    assert read_clicks(fresh) == {"Newsletter": (1, 1), "Instagram": (1, 1), "Podcast": (0, 0)}
    assert fresh.body.count("No one has clicked it yet") == 1
    assert "As of Mar\u00a010,\u00a02026, 12:00 UTC" in fresh.body
    # The first day, 30 days ago, is out of the last 30; it is over, and was rolled up.
    assert read_clicks(later) == {"Newsletter": (4, 3), "Instagram": (1, 0), "Podcast": (0, 0)}
    assert read_clicks(years_end) == {"Newsletter": (4, 0), "Instagram": (1, 0), "Podcast": (0, 0)}


def test_each_link_says_how_many_signed_up_and_bought_who_were_sent_by_it_on_closed_days_and_open_ones(shop, ada):
    insta = shop.link(ada.program, ada.partner, channel="Instagram")
    shop.link(ada.program, ada.partner, channel="Podcast")
    shop.lead(ada.program, "s-insta", "c-insta", click_id=shop.click_id(insta))
    shop.sale(ada.program, "o-insta-1", "c-insta")
    shop.settle()
    fresh = numbers_on(ada.get("/portal/links"))

    shop.wait(days=31)
    shop.settle()
    # Bound to the link, though nobody follows it any more.
    shop.sale(ada.program, "o-insta-2", "c-insta")
    shop.settle()
    shop.wait(days=2)
    shop.settle()
    later = numbers_on(signed_in_again(shop, ada).get("/portal/links"))

    def spans(numbers, name):
        return [tuple(int(one) for one in span.values()) for span in numbers[name]]

    assert (spans(fresh, "Instagram"), spans(fresh, "Podcast")) == ([(1, 1, 1)] * 2, [(0, 0, 0)] * 2)
    assert spans(later, "Instagram") == [(1, 1, 2), (0, 0, 1)]
    assert spans(later, "Newsletter")[0] == spans(fresh, "Newsletter")[0]


def test_the_link_of_the_share_page_is_called_that(shop, sent):
    partner = shop.partner(shop.program())
    shop.post(
        partner["enrollments"][0]["share_url"].removeprefix("https://go.example"),
        b"",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    browser = Browser(shop)
    browser.send(link_for(shop, sent, "ada@mail.example", browser))

    assert read(browser.get("/portal/links").body).section("From your share page").tile("Clicks") == "0"


def test_nobody_makes_links_for_somebody_else(shop, ada):
    bob = shop.partner(ada.program, name="Bob", email="bob@mail.example")

    ada.send("/portal/links", program=ada.program["id"], channel="x", code="not-bobs", partner=bob["id"])

    assert shop.get("/v1/links/not-bobs").json["partner"] == ada.partner["id"]


def test_a_partner_chooses_what_the_form_asks_for_and_nothing_else_of_a_link(shop, ada):
    bob = shop.partner(ada.program, name="Bob", email="bob@mail.example")
    bobs = f"share-page:{bob['id']}:{ada.program['id']}"

    made = ada.send(
        "/portal/links",
        program=ada.program["id"],
        channel="x",
        code="adas-own",
        external_id=bobs,
        destination="https://shop.example/elsewhere",
        expires_at="2026-03-11T00:00:00Z",
    )

    link = shop.get("/v1/links/adas-own").json
    assert made.status == 303
    assert (link["external_id"], link["expires_at"]) == (None, None)
    assert link["destination"] == shop.get(f"/v1/programs/{ada.program['id']}").json["landing_url"]


def test_settings_are_those_of_the_exports_and_of_the_language(shop, ada):
    page = ada.submit("/portal/settings", locale="de", payout_name="Ada L.", payout_email="pay@mail.example")
    wrong = ada.send("/portal/settings", locale="de", payout_email="nonsense")
    memory.forget_everything()

    assert "Gespeichert." in page.body
    assert wrong.status == 422
    assert "Einstellungen" in ada.get("/portal/settings").body
    # A new payee waits, and the page says until when.
    assert "Die neuen Angaben gelten ab dem 13.\xa0März\xa02026." in ada.get("/portal/settings").body
    shop.wait(days=3)
    payout = shop.pay_out()
    exported = shop.get(f"/v1/payouts/{payout['id']}/export?format=wise").body
    assert '"Ada L.","pay@mail.example"' in exported
    ada.send("/portal/settings", locale="en")
    # What was frozen pays whom it was frozen for, and the next one whom it is now.
    assert '"Ada L.","pay@mail.example"' in shop.get(f"/v1/payouts/{payout['id']}/export?format=wise").body
    shop.post(f"/v1/payouts/{payout['id']}/fail", {"note": "not sent"})
    shop.wait(days=3)
    payout = shop.pay_out()
    assert '"Ada","ada@mail.example"' in shop.get(f"/v1/payouts/{payout['id']}/export?format=wise").body


def test_emails_that_are_not_ticked_are_not_sent(shop, ada):
    page = ada.submit("/portal/emails", tips="on", rewards="on", summaries="on", daily="on").body
    code = shop.get(f"/v1/links?partner={ada.partner['id']}").json["data"][0]["code"]

    shop.lead(ada.program, "signup-9", "customer-9", code=code)
    assert shop.streams.run() == []

    assert shop.get(f"/v1/partners/{ada.partner['id']}/emails").json["off"] == ["friends"]
    assert page.count(" checked>") == 4
    skipped = shop.get("/v1/messages?status=skipped").json["data"]
    reasons = {(one["template"], one["reason"]) for one in skipped if one["recipient"] == ada.partner["id"]}
    assert ("joined", "unsubscribed") in reasons


def test_feedback_is_stored_once_a_day_and_listed(shop, ada):
    ada.send("/portal/feedback", score="3", words="slow")
    ada.send("/portal/feedback", score="9", words="better <b>now</b>")
    shop.wait(days=1)
    ada.send("/portal/feedback", score="10")
    refused = [ada.send("/portal/feedback", score=one).status for one in ("11", "-1", "x", "")]

    listed = shop.get("/v1/feedback").json["data"]

    assert [(one["score"], one["words"]) for one in listed] == [(10, None), (9, "better <b>now</b>")]
    assert {one["partner"] for one in listed} == {ada.partner["id"]}
    assert refused == [422] * 4


def test_leaving_ends_the_links_and_what_is_owed_stays_owed(shop, ada):
    code = shop.get(f"/v1/links?partner={ada.partner['id']}").json["data"][0]["code"]
    page = ada.get("/portal/leave").body
    balance = shop.balance(ada.partner)

    left = ada.submit("/portal/leave", program=ada.program["id"])
    shop.wait(seconds=31)
    memory.forget_everything()

    assert "What you have earned stays yours" in page
    assert "You have left Tea Shop" in left.body
    assert shop.balance(ada.partner) == balance
    assert shop.get(f"/{code}").status == 404
    assert shop.get(f"/v1/partners/{ada.partner['id']}").json["enrollments"][0]["left_at"]
    refused = shop.post("/v1/links", {"program": ada.program["id"], "partner": ada.partner["id"]})
    assert refused.json["code"] == "partner_not_enrolled"
    # What was promised to her before is kept.
    shop.sale(ada.program, "order-2")
    assert shop.streams.run() == []
    assert shop.balance(ada.partner)["due"] == balance["due"] + 300


def test_whoever_left_may_come_back(shop, ada):
    ada.send("/portal/leave", program=ada.program["id"])

    back = shop.post(f"/v1/partners/{ada.partner['id']}/enrollments", {"program": ada.program["id"]})

    assert back.json["enrollments"][0]["left_at"] is None
    assert ada.send("/portal/links", program=ada.program["id"], channel="again").status == 303


def test_whoever_comes_back_has_their_links_again_but_for_those_they_had_ended_before(shop, ada):
    card, ended = (shop.link(ada.program, ada.partner, code=code) for code in ("ada-card", "ada-old"))
    shop.post(f"/v1/links/{ended['id']}/disable")
    shop.wait(minutes=1)
    ada.send("/portal/leave", program=ada.program["id"])
    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"]
    shop.wait(minutes=1)

    for _ in range(2):
        shop.post(f"/v1/partners/{ada.partner['id']}/enrollments", {"program": ada.program["id"]})
    memory.forget_everything()

    assert shop.get(f"/v1/links/{card['id']}").json["disabled_at"] is None
    assert shop.get(f"/v1/links/{ended['id']}").json["disabled_at"]
    assert shop.sale(ada.program, "order-9", "new", code="ada-card").json["partner"] == ada.partner["id"]


def test_signing_out_ends_this_session_and_everywhere_all_of_them(shop, ada, sent):
    phone = Browser(shop)
    phone.send(link_for(shop, sent, "ada@mail.example", phone))
    stolen = Browser(shop)
    stolen.cookies = dict(phone.cookies)

    phone.send("/portal/sign-out")
    assert "Your email address" in stolen.get("/portal").body
    assert "Hello" in ada.get("/portal").body

    tablet = Browser(shop)
    tablet.send(link_for(shop, sent, "ada@mail.example", tablet))
    shop.wait(seconds=1)
    cookies = dict(ada.cookies)
    ada.send("/portal/sign-out-everywhere")
    ada.cookies = cookies
    assert all("Your email address" in one.get("/portal").body for one in (ada, tablet))

    shop.wait(seconds=1)
    anew = Browser(shop)
    anew.send(link_for(shop, sent, "ada@mail.example", anew))
    assert "Hello" in anew.get("/portal").body


def test_a_session_ends_after_thirty_days(shop, ada):
    shop.wait(days=29)
    assert "Hello" in ada.get("/portal").body
    shop.wait(days=1)

    assert "Your email address" in ada.get("/portal").body


def test_a_forged_cookie_opens_nothing(shop, ada):
    holder, session, secret = ada.cookies["__Host-goodword"].split(".")
    other = shop.partner(ada.program, name="Bob", email="bob@mail.example")["id"]
    forged = [f"{other}.{session}.{secret}", f"{holder}.{session}.{'A' * 43}", "x", "", f"{holder}.{session}", "é" * 9]

    for value in forged:
        stranger = Browser(shop)
        stranger.cookies = {"__Host-goodword": value}
        assert "Your email address" in stranger.get("/portal").body
        assert stranger.send("/portal/settings", locale="de").status == 303


def test_hostile_names_are_text_on_every_page(shop, sent):
    program = shop.program(name=HOSTILE[:100])
    partner = shop.partner(program, name="<img src=x onerror=alert(1)>\u202e" + "x" * 60)
    shop.link(program, partner, channel="<svg onload=alert(1)>")
    browser = Browser(shop)
    browser.send(link_for(shop, sent, "ada@mail.example", browser))

    for page in ("", "/links", "/statement", "/payouts", "/settings", "/feedback", "/leave"):
        answer = browser.get(f"/portal{page}")
        assert answer.status == 200
        assert not re.search(r"<(script|img src=x|svg onload)", answer.body)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert not re.search(r'(?:src|href|action)="(?!https://go\.example|/|#)', answer.body)


def test_huge_and_broken_forms_are_refused(shop, ada):
    assert ada.send("/portal/feedback", score="9", words="x" * 70_000).status == 413
    assert ada.send("/portal/feedback", score="9", words="x" * 2001).status == 422
    assert ada.send("/portal/settings", **{f"f{number}": "x" for number in range(200)}).status == 400
    assert ada.send("/portal/link", email="nobody").status == 422
    assert ada.send("/portal/link").status == 422


def test_a_language_alone_is_written_as_in_the_region_of_who_reads_it(shop, ada):
    british, austrian = Browser(shop, language="en-GB,en;q=0.9"), Browser(shop, language="de-AT")
    british.cookies = austrian.cookies = ada.cookies

    assert read(british.get("/portal").body).tile("Ready for payout") == "US$3.00"
    assert "You have a link 10 Mar 2026" in read(british.get("/portal").body).items
    # It is her language that counts: a browser that would rather read another says nothing about it.
    assert read(austrian.get("/portal").body).tile("Ready for payout") == "$3.00"
    british.submit("/portal/settings", locale="en-CA")
    assert read(british.get("/portal").body).tile("Ready for payout") == "US$3.00"
    assert "You have a link Mar 10, 2026" in read(british.get("/portal").body).items


def test_the_portal_speaks_german(shop, sent):
    shop.partner(shop.program(), locale="de")
    browser = Browser(shop)
    browser.send(link_for(shop, sent, "ada@mail.example", browser))

    assert "Übersicht" in browser.get("/portal").body
    assert "Guten Tag, Ada" in sent[-1][1]


def test_what_is_wrong_is_said_in_the_readers_language_and_nothing_they_wrote_is_lost(shop, sent):
    program = shop.program()
    shop.partner(program, locale="de")
    browser = Browser(shop)
    browser.send(link_for(shop, sent, "ada@mail.example", browser))
    browser.send("/portal/links", program=program["id"], channel="x", code="mine")

    wrong = {
        "für Auszahlungen eine gültige E-Mail-Adresse": browser.send(
            "/portal/settings", locale="en", payout_name="A. L.", payout_email="a@bank"
        ),
        "gehört schon zu einem anderen": browser.send("/portal/links", program=program["id"], channel="y", code="mine"),
        "hat 3 bis 50 Zeichen": browser.send("/portal/links", program=program["id"], channel="z", code="-"),
        "von 0 bis 10": browser.send("/portal/feedback", score="11", words="Gut."),
        "höchstens 2000": browser.send("/portal/feedback", score="7", words="x" * 2001),
    }

    assert {answer.status for answer in wrong.values()} == {422}
    for sentence, answer in wrong.items():
        [notice] = [one.text for one in read(answer.body) if one.attributes.get("role") == "status"]
        assert sentence in notice
    settings, *_, feedback = wrong.values()
    typed, t = read(settings.body), texts("de")
    labels = [t[key] for key in ("language_label", "payout_name", "payout_email")]
    assert [typed.field(label) for label in labels] == ["English", "A. L.", "a@bank"]
    assert read(feedback.body).field("7")
    assert read(feedback.body).field("Was gefällt Ihnen") == "x" * 2001
    form = read(browser.send("/portal/link", email="not-an-address").body)
    assert form.field("Your email address") == "not-an-address"
    assert "Unbekannter Monat." in browser.get("/portal/statement?month=x").body


def allow(what, whose, **bounds):
    return not writes.commit(limit(what, whose, **bounds))


def test_so_much_is_allowed_an_hour(shop):
    assert [allow("x", "y", most=2, at=NOON) for _ in range(3)] == [True, True, False]
    assert allow("x", "z", most=2, at=NOON)
    assert allow("x", "y", most=2, at=NOON + timedelta(hours=1))
