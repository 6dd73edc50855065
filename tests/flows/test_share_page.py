"""The share page: what a partner opens on a phone."""

import base64
import hashlib
import re
from html.parser import HTMLParser

from chalicelib.kit import memory


def path_of(partner):
    return partner["enrolments"][0]["share_url"].removeprefix("https://go.example")


def test_the_page_has_link_code_qr_messages_numbers_and_rewards(shop):
    program = shop.program()
    ada = shop.partner(program)
    link = shop.link(program, ada)
    shop.lead(program, click_id=shop.click_id(link))
    shop.streams.run()

    page = shop.get(path_of(ada))

    assert page.status == 200
    for shown in (link["url"], link["code"], "<svg", "https://wa.me/?text=", "sms:?&amp;body=", "mailto:?subject="):
        assert shown in page.body
    assert "You get 2.00 USD for every friend who signs up and 15\u00a0% of what your friends buy." in page.body
    assert "Your friend gets 5.00 USD for every purchase." in page.body
    assert "<dd>2.00 USD</dd>" in page.body
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
    assert not re.search(r'(?:src|href)="(?!https://go\.example|https://wa\.me|https://t\.me|sms:|mailto:)', page.body)


def test_a_partner_without_a_link_gets_one_by_a_button(shop):
    program = shop.program()
    ada = shop.partner(program)

    before = shop.get(path_of(ada))
    answer = shop.post(path_of(ada), b"", headers={"Content-Type": "application/x-www-form-urlencoded"})
    again = shop.post(path_of(ada), b"", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert "Get my link" in before.body
    assert (answer.status, again.status) == (303, 303)
    assert answer.headers["Location"] == ada["enrolments"][0]["share_url"]
    assert len(shop.get(f"/v1/links?partner={ada['id']}").json["data"]) == 1


def test_a_name_is_shown_as_text_whatever_it_holds(shop):
    program = shop.program(name='</title><script>alert(1)</script>"{{7*7}}')
    ada = shop.partner(program, name="<img src=x onerror=alert(1)>\u202e{{config}}")
    shop.link(program, ada)

    body = shop.get(path_of(ada)).body

    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.found = []

        def handle_starttag(self, tag, attrs):
            self.found.append(tag)

    tags = Tags()
    tags.feed(body)
    assert tags.found.count("script") == 1
    assert "img" not in tags.found
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
    program = shop.program()
    ada = shop.partner(program, locale="de-AT")
    shop.lead(program, code=shop.link(program, ada)["code"])
    shop.streams.run()
    memory.forget_everything()

    assert "Ihr Link" in shop.get(path_of(ada)).body
    assert ("Jemand ist durch Sie zu Tea Shop gekommen", "Ada <ada@mail.example>") in shop.letters()


def test_a_qr_code_is_there_for_whoever_knows_the_code(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))

    svg = shop.get(f"/v1/qr/{link['code']}.svg")
    png = shop.get(f"/v1/qr/{link['code']}.png", headers={"Accept": "image/*"})

    assert (svg.status, svg.headers["Content-Type"], svg.body[:4]) == (200, "image/svg+xml", "<svg")
    assert (png.status, png.body[:8] if isinstance(png.body, bytes) else None) == (200, b"\x89PNG\r\n\x1a\n")
    assert shop.get("/v1/qr/nobodys.svg").status == 404
    assert shop.get(f"/v1/qr/{link['code']}.gif").status == 404
