"""The share page: what a partner opens on a phone."""

import base64
import hashlib
import html
import re
from html.parser import HTMLParser

import pytest

from chalicelib.audit.actor import Actor
from chalicelib.kit import memory
from chalicelib.links.disable import leave_program
from tests.flows.test_joining import join, share_path
from tests.forms import Browser
from tests.reading import read
from tests.world import NOON


def path_of(partner):
    return partner["enrollments"][0]["share_url"].removeprefix("https://go.example")


def test_the_page_has_link_code_qr_messages_numbers_and_rewards(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    shop.lead(program, click_id=shop.click_id(link))
    shop.streams.run()

    page = shop.get(path_of(ada))

    assert page.status == 200
    for text in (link["url"], link["code"], "<svg", "https://wa.me/?text=", "sms:?&amp;body=", "mailto:?subject="):
        assert text in page.body
    assert "You get $2.00 for every friend who signs up and 15% of what your friends buy." in page.body
    assert "Your friend gets $5.00 for every purchase." in page.body
    assert read(page.body).tile("Ready for payout") == "$2.00"
    assert ">Copy link</button>" in page.body
    assert "object at 0x" not in page.body


def test_the_page_is_small_and_runs_nothing_but_its_own_script(shop):
    program = shop.program()
    ada = shop.partner(program)
    shop.link(program, ada)

    page = shop.get(path_of(ada))

    assert len(page.body.encode()) < 20_000
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page.body, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    ours = r"/favicon\.ico\"|https://go\.example|https://wa\.me|https://t\.me|sms:|mailto:"
    assert not re.search(rf'(?:src|href)="(?!{ours})', page.body)


def test_a_partner_without_a_link_gets_one_by_a_button(shop):
    program = shop.program()
    ada = shop.partner(program)

    before = shop.get(path_of(ada))
    answer = shop.post(path_of(ada), b"", headers={"Content-Type": "application/x-www-form-urlencoded"})
    again = shop.post(path_of(ada), b"", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert "Get my link" in before.body
    assert (answer.status, again.status) == (303, 303)
    assert answer.headers["Location"] == ada["enrollments"][0]["share_url"]
    assert len(shop.get(f"/v1/links?partner={ada['id']}").json["data"]) == 1


def test_the_page_shows_no_link_of_somebody_else_whatever_it_is_called(shop):
    program = shop.program()
    ada, eve = shop.partner(program), shop.partner(program, name="Eve", email="eve@mail.example")
    eves = shop.link(program, eve, external_id=f"share-page:{ada['id']}:{program['id']}")

    before = shop.get(path_of(ada)).body
    shop.post(path_of(ada), b"", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert "Get my link" in before
    for page in (before, shop.get(path_of(ada)).body):
        assert eves["url"] not in page


def main_of(shop, partner):
    """Return what a share page says, as people read it: without tags, and with plain spaces."""
    body = shop.get(path_of(partner)).body.split("<main")[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def a_benefit(name="a month of premium", **changes):
    return {"on": "sale", "to": "referrer", "benefit": {"kind": "access", "name": name}} | changes


def test_benefits_are_in_the_history_with_their_dates_and_states(shop):
    program = shop.program(rules=[a_benefit()], hold_days=14)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    sale = shop.sale(program, code=code).json
    assert shop.streams.run() == []

    held = main_of(shop, ada)
    shop.wait(days=14)
    shop.settle()
    due = main_of(shop, ada)
    shop.wait(days=1)
    shop.post(f"/v1/rewards/{shop.reward(sale)['id']}/fulfill", {"reference": "K-7"})
    fulfilled = main_of(shop, ada)
    shop.wait(days=1)
    shop.refund(sale, 1999)
    assert shop.streams.run() == []
    taken = main_of(shop, ada)

    assert "a month of premium Mar 10, 2026 · pending until Mar 24, 2026 Access" in held
    assert "On Mar 24, 2026 you get: a month of premium." in held
    assert "a month of premium Mar 10, 2026 · on its way to you since Mar 24, 2026 Access" in due
    assert "On its way to you: a month of premium." in due
    assert "a month of premium Mar 10, 2026 · received on Mar 25, 2026 Access" in fulfilled
    assert "On its way" not in fulfilled
    assert "a month of premium Mar 10, 2026 · reversed on Mar 26, 2026 Access" in taken
    # Who is promised no money reads of none.
    assert all("USD" not in page and "No rewards yet" not in page for page in (held, due, fulfilled, taken))


def test_a_benefit_that_is_looked_at_or_refused_says_so(shop):
    program = shop.program(rules=[a_benefit()], hold_days=14)
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    assert shop.streams.run() == []
    path = f"/v1/rewards/{shop.reward(sale)['id']}"

    shop.post(f"{path}/hold", {"note": "odd"})
    looked_at = main_of(shop, ada)
    shop.post(f"{path}/refuse", {"note": "a friend of a friend"})
    refused = main_of(shop, ada)

    assert "a month of premium Mar 10, 2026 · under review Access" in looked_at
    assert "you get: a month of premium" not in looked_at
    assert "a month of premium Mar 10, 2026 · not approved Access" in refused
    assert "friend of a friend" not in refused


def test_money_and_benefits_stand_together_newest_first_and_each_program_has_its_own(shop):
    money = {"on": "lead", "to": "referrer", "flat": {"amount": 200, "currency": "USD"}}
    coupon = a_benefit("5 off", benefit={"kind": "coupon", "name": "5 off", "quantity": 2})
    program, other = shop.program(rules=[money, coupon]), shop.program(rules=[a_benefit("a secret")])
    ada = shop.partner(program, programs=[program["id"], other["id"]])
    code = shop.link(program, ada)["code"]
    for report in (lambda: shop.lead(program, code=code), lambda: shop.sale(program)):
        report()
        assert shop.streams.run() == []
        shop.wait(days=1)
    shop.lead(program, "signup-2", "customer-2", code=code)
    shop.sale(other, "order-2", "customer-3", code=shop.link(other, ada)["code"])
    assert shop.streams.run() == []

    page = main_of(shop, ada)

    order = [
        page.index(text) for text in ("signed up Mar 12, 2026", "2 × 5 off Mar 11, 2026", "signed up Mar 10, 2026")
    ]
    assert order == sorted(order)
    assert "ready for payout $2.00" in page
    assert "Coupon" in page
    assert "a secret" not in page


def test_how_far_it_is_to_a_benefit_is_said_in_friends(shop):
    premium = {"on": "lead", "to": "referrer", "benefit": {"kind": "access", "name": "premium"}}
    program = shop.program(
        rules=[{**premium, "when": {"tiers": ["premium"]}}], tiers=[{"name": "premium", "minimum_leads": 3}]
    )
    ada, bea = shop.partner(program), shop.partner(program, name="Bea", email="bea@mail.example", locale="de")
    code, german = (shop.link(program, one)["code"] for one in (ada, bea))
    for number in range(2):
        shop.lead(program, f"signup-{number}", f"customer-{number}", code=code)
    shop.lead(program, "signup-9", "customer-9", code=german)
    shop.settle()

    on_the_way, in_german = main_of(shop, ada), main_of(shop, bea)
    shop.lead(program, "signup-3", "customer-3", code=code)
    shop.settle()
    shop.wait(minutes=2)
    shop.lead(program, "signup-4", "customer-4", code=code)
    shop.settle()
    there = main_of(shop, ada)

    assert "2 of 3 friends signed up: 1 more to reach “Premium”." in on_the_way
    assert "From then on you get premium for every friend who signs up." in on_the_way
    assert "1 von 3 Freunden angemeldet: noch 2 bis „Premium“." in in_german
    assert "Von da an bekommen Sie premium für jede Anmeldung Ihrer Freunde." in in_german
    assert "You are in the “Premium” tier." in there
    assert "more to reach" not in there
    assert "On its way to you: premium." in there


def test_benefits_are_told_in_german_too(shop):
    program = shop.program(rules=[a_benefit("ein Monat Premium")], hold_days=14)
    bea = shop.partner(program, locale="de")
    shop.sale(program, code=shop.link(program, bea)["code"])
    assert shop.streams.run() == []

    page = main_of(shop, bea)

    assert "ein Monat Premium 10. März 2026 · vorgemerkt bis 24. März 2026 Zugang" in page
    assert "Am 24. März 2026 bekommen Sie: ein Monat Premium." in page


def test_a_name_is_shown_as_text_whatever_it_holds(shop):
    program = shop.program(name='</title><script>alert(1)</script>"{{7*7}}')
    ada = shop.partner(program, name="<img src=x onerror=alert(1)>\u202e{{config}}")
    shop.link(program, ada)

    body = shop.get(path_of(ada)).body

    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.started = []

        def handle_starttag(self, tag, attrs):
            self.started.append(tag)

    tags = Tags()
    tags.feed(body)
    assert tags.started.count("script") == 1
    assert "img" not in tags.started
    assert "49" not in re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", body, flags=re.DOTALL).split("</title>")[0]


def test_only_the_very_link_opens_the_page(shop):
    program = shop.program()
    ada, bob = shop.partner(program), shop.partner(program, name="Bob")
    token, other = path_of(ada)[3:], path_of(bob)[3:]
    forged = [token[:-1], token + "A", token[:52] + other[52:], "x", token.lower(), "%00", token[:-1] + "é"]

    answers = [shop.get(f"/s/{one}") for one in forged]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1


def test_the_page_speaks_the_partners_language(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    ada = shop.partner(program, locale="de-AT")
    shop.lead(program, code=shop.link(program, ada)["code"])
    shop.streams.run()
    memory.forget_everything()

    assert "Ihr Link" in shop.get(path_of(ada)).body
    assert ("Jemand ist durch Sie zu Tea Shop gekommen", "Ada <ada@mail.example>") in shop.emails()


def test_a_qr_code_is_there_for_whoever_knows_the_code(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))

    svg = shop.get(f"/v1/qr/{link['code']}.svg")
    png = shop.get(f"/v1/qr/{link['code']}.png", headers={"Accept": "image/*"})

    assert (svg.status, svg.headers["Content-Type"], svg.body[:4]) == (200, "image/svg+xml", "<svg")
    assert (png.status, png.body[:8] if isinstance(png.body, bytes) else None) == (200, b"\x89PNG\r\n\x1a\n")
    assert shop.get("/v1/qr/nobodys.svg").status == 404
    assert shop.get(f"/v1/qr/{link['code']}.gif").status == 404


def test_whoever_left_reads_so_and_is_not_asked_to_share(shop):
    program = shop.program()
    ada = shop.partner(program)
    shop.sale(program, code=shop.link(program, ada)["code"])
    assert shop.streams.run() == []
    leave_program(ada["id"], program["id"], actor=Actor("operator", "test"), at=NOON)

    page = shop.get(path_of(ada)).body
    text = main_of(shop, ada)

    assert "You left on Mar 10, 2026. What you have earned stays yours" in text
    assert "$3.00 is ready" in text
    assert "<form" not in page
    for call in ("Get my link", "You get", "Send your link", "until", "Share your link"):
        assert call not in text


def test_the_terms_in_force_can_be_read_and_those_that_were_agreed_to_are_named(shop):
    program = shop.program(joining="open")
    page = shop.get(f"/join/{program['id']}")
    form = read(page.body).hidden("form")
    joined = Browser(shop).send(f"/join/{program['id']}", name="Bea", email="b@mail.example", agree="1", form=form)
    path = joined.headers["Location"].removeprefix("https://go.example")
    at_first = shop.get(path).body
    shop.post(f"/v1/programs/{program['id']}/terms", {"rules": []})
    shop.wait(days=1)

    later = read(shop.get(path).body)

    address = f"https://go.example/terms/{program['id']}"
    assert at_first.count(address) == 1
    assert later.link("Terms") == f"{address}-2?lang=en-US"
    assert later.link("You agreed to version 1 on Mar 10, 2026.") == f"{address}-1?lang=en-US"


def test_the_portal_is_one_tap_away(shop):
    ada, bea = (shop.partner(shop.program(), name=name, locale=name) for name in ("en", "de"))

    for partner, label in (
        (ada, "Payout details, statement, settings"),
        (bea, "Auszahlungsdaten, Kontoauszug, Einstellungen"),
    ):
        assert read(shop.get(path_of(partner)).body).link(label) == "https://go.example/portal"


@pytest.mark.parametrize("path", ["/s/unknown", "/join/unknown", "/terms/unknown", "/u/unknown"])
def test_a_page_that_is_not_known_says_so_in_the_visitors_language_and_shows_a_way_on(shop, path):
    english, german = (shop.get(path, headers={"Accept-Language": language}) for language in ("en", "de-AT,de;q=0.9"))

    assert (english.status, german.status) == (404, 404)
    assert '<h1 id="h-notice">We can&#39;t find this page</h1>' in english.body
    assert '<html lang="de">' in german.body
    assert "Wir finden diese Seite nicht" in german.body
    assert all('href="https://go.example/portal"' in one.body for one in (english, german))
    assert all("prefers-color-scheme:dark" in one.body for one in (english, german))


def test_a_reward_is_one_row_that_says_what_for_and_where_it_is(shop):
    program = shop.program(hold_days=14)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.lead(program, code=code)
    sale = shop.sale(program).json
    assert shop.streams.run() == []
    history = "Rewards and payouts, newest first"

    held = main_of(shop, ada).split(history)[1]
    shop.wait(days=14)
    shop.settle()
    shop.refund(sale, 999)
    assert shop.streams.run() == []
    shop.post(f"/v1/payouts/{shop.pay_out()['id']}/confirm", {"note": "sent"})
    assert shop.streams.run() == []
    paid = main_of(shop, ada).split(history)[1]

    assert held.count("$3.00") == 1
    assert "For a friend's purchase Mar 10, 2026 · pending until Mar 24, 2026 $3.00" in held
    assert "For a friend who signed up Mar 10, 2026 · pending until Mar 24, 2026 $2.00" in held
    assert "For a friend's purchase Mar 10, 2026 · paid · $1.50 reversed after a refund $1.50" in paid
    assert "For a friend who signed up Mar 10, 2026 · paid $2.00" in paid
    assert "Paid out Mar 24, 2026 $3.50" in paid
    assert paid.count("$") == 4
    assert "In the next payout" not in paid


def test_what_was_reversed_or_refused_counts_nothing_so_that_the_list_adds_up(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    whole, part, none = [shop.sale(program, f"order-{one}", amount=2000, code=code).json for one in range(3)]
    shop.settle()
    shop.refund(whole, 2000)
    shop.refund(part, 1000, "refund-2")
    shop.post(f"/v1/rewards/{shop.reward(none)['id']}/refuse", {"note": "own order"})
    shop.settle()

    page = read(shop.get(path_of(ada)).body)

    assert {one for one in page.items if one.startswith("For a friend's purchase")} == {
        "For a friend's purchase Mar 10, 2026 · $3.00 reversed after a refund $0.00",
        "For a friend's purchase Mar 10, 2026 · ready for payout · $1.50 reversed after a refund $1.50",
        "For a friend's purchase Mar 10, 2026 · not approved $0.00",
    }
    assert page.tile("Ready for payout") == "$1.50"


def test_amounts_are_written_as_the_reader_writes_them(shop):
    program = shop.program()
    bea = shop.partner(program, locale="de")
    shop.lead(program, code=shop.link(program, bea)["code"])
    assert shop.streams.run() == []

    page = main_of(shop, bea)

    assert "Sie bekommen 2,00 $ für jede Anmeldung Ihrer Freunde" in page
    assert "Für eine Anmeldung durch Ihre Empfehlung 10. März 2026 · auszahlbar 2,00 $" in page
    assert "$2.00" not in page


def test_texts_that_were_changed_here_are_seen_at_once(shop):
    program = shop.program()
    ada = shop.partner(program)
    shop.link(program, ada)
    shop.get(path_of(ada))

    shop.patch(f"/v1/programs/{program['id']}", {"share_texts": {"en": {"message": "A tea for you."}}})

    assert "A tea for you." in main_of(shop, ada)


def test_whoever_the_server_added_is_said_to_have_been_added_and_who_joined_to_have_agreed(shop):
    program = shop.program(joining="open")
    added = shop.partner(program)
    joined = share_path(join(shop, program, email="bea@mail.example", name="Bea"))

    pages = [shop.get(path).body for path in (path_of(added), joined)]

    assert ["You were added" in page for page in pages] == [True, False]
    assert ["You agreed to the terms" in page for page in pages] == [False, True]


def test_a_partners_own_link_is_there_to_be_copied_and_not_to_be_followed(shop):
    program = shop.program()
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]

    page = shop.get(path_of(ada)).body

    assert f'<p class="link">https://go.example/{code}</p>' in page
    assert f'href="https://go.example/{code}"' not in page


def test_whoever_left_is_promised_no_first_friend(shop):
    program = shop.program()
    ada = shop.partner(program)
    before = shop.get(path_of(ada)).body
    assert shop.post(f"/v1/partners/{ada['id']}/leave", {"program": program["id"]}).status == 200
    memory.forget_everything()
    after = shop.get(path_of(ada)).body

    assert ["No rewards yet" in page for page in (before, after)] == [True, False]
    assert "No rewards." in after
