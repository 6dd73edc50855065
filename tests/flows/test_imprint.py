"""Who is behind a program is shown below its pages and emails: imprint, privacy notice, contact and postal address."""

import pytest

from chalicelib.access.sessions import begin
from chalicelib.kit import memory
from chalicelib.portal.session import COOKIE, LASTING
from tests.emails import settle
from tests.flows.test_admin_changes import filled_in
from tests.forms import Browser
from tests.reading import read

IMPRINT = {
    "privacy_url": "https://tea.example/privacy",
    "imprint_url": "https://tea.example/imprint",
    "contact_email": "hello@tea.example",
    "postal_address": "Tea Shop Ltd\n1 Leaf Lane\nLondon",
}
NOTHING = dict.fromkeys(IMPRINT)
FORM = ("name", "landing_url", "hosts", "timezone", "joining", "consent", "origins", *IMPRINT, "etag")
ENGLISH, GERMAN = {"Accept-Language": "en"}, {"Accept-Language": "de"}


def change(shop, program, **fields):
    answer = shop.patch(f"/v1/programs/{program['id']}", fields)
    memory.forget_everything()
    return answer


def footer_of(page):
    """Return the last footer of a page; None if there is none."""
    return next(reversed(read(page.body).all("footer")), None)


def links_of(element):
    return {one.text: one.attributes["href"] for one in element.all("a")}


def portal_of(shop, partner):
    browser = Browser(shop)
    browser.cookies = {COOKIE: begin(partner["id"], lasting=LASTING, at=shop.at).cookie}
    return browser


def pages_of(shop, program, partner):
    """Return every page that shows an imprint, by its path."""
    share = partner["enrollments"][0]["share_url"].removeprefix("https://go.example")
    public = [f"/join/{program['id']}", share, f"/terms/{program['id']}-1"]
    portal = portal_of(shop, partner)
    signed_in = [f"/portal{path}" for path in ("", "/links", "/statement", "/payouts")]
    return {path: shop.get(path, headers=ENGLISH) for path in public} | {path: portal.get(path) for path in signed_in}


@pytest.fixture
def emails(shop):
    """Returns the texts and pages of all emails that are sent for a new partner."""

    def send(program, **partner):
        shop.partner(program, **partner)
        settle(shop)
        written = [one["Content"]["Simple"]["Body"] for one in shop.mailbox.written]
        assert written
        return [(one["Text"]["Data"], one["Html"]["Data"]) for one in written]

    return send


def test_an_imprint_is_below_the_join_share_and_terms_pages_and_the_portal(shop):
    program = shop.program(joining="open", **IMPRINT)
    pages = pages_of(shop, program, shop.partner(program))

    for path, page in pages.items():
        footer = footer_of(page)
        assert page.status == 200, path
        assert footer.text.startswith("Tea Shop Tea Shop Ltd 1 Leaf Lane London"), path
        assert links_of(footer) == {
            "Imprint": "https://tea.example/imprint",
            "Privacy notice": "https://tea.example/privacy",
            "hello@tea.example": "mailto:hello@tea.example",
        }


def test_a_closed_program_shows_its_imprint_where_one_would_join(shop):
    program = shop.program(joining="closed", **IMPRINT)

    assert "1 Leaf Lane" in footer_of(shop.get(f"/join/{program['id']}", headers=ENGLISH)).text


def test_without_an_imprint_pages_and_emails_are_as_before(shop, emails):
    program = shop.program(joining="open")
    pages = pages_of(shop, program, shop.partner(program))

    for path, page in pages.items():
        assert "mprint" not in page.body.split("</style>")[1], path
        assert "rivacy notice" not in page.body, path
    assert read(pages[f"/join/{program['id']}"].body).field("I agree to the terms, version 1.") is False
    for text, html in emails(program, email="bea@mail.example"):
        assert not any(word in part for part in (text, html) for word in ("Imprint", "Privacy notice"))


def test_the_portal_shows_the_imprint_of_each_program_of_its_reader_and_one_that_they_share_once(shop):
    one, same = shop.program(**IMPRINT), shop.program(name="Tea Club", **IMPRINT)
    other, without = shop.program(name="Coffee", postal_address="2 Bean Lane"), shop.program(name="Water")
    ada = shop.partner(one, programs=[program["id"] for program in (one, same, other, without)])

    text = footer_of(portal_of(shop, ada).get("/portal")).text

    assert text.count("1 Leaf Lane") == text.count("2 Bean Lane") == 1
    assert "Tea Club" in text
    assert "Coffee 2 Bean Lane" in text
    assert "Water" not in text


def test_whoever_joins_agrees_to_the_terms_and_has_read_the_privacy_notice_in_their_language(shop):
    program = shop.program(joining="open", **IMPRINT)
    sentences = {
        "I agree to the terms, version 1, and have read the privacy notice.": ENGLISH,
        "Ich stimme den Bedingungen (Version 1) zu und habe die Datenschutzhinweise gelesen.": GERMAN,
    }

    for sentence, headers in sentences.items():
        page = read(shop.get(f"/join/{program['id']}", headers=headers).body)
        [label] = [one for one in page.all("label") if one.attributes.get("for") == "agree"]
        assert label.text == sentence
        assert IMPRINT["privacy_url"] in links_of(label).values()
    assert set(links_of(footer_of(shop.get(f"/join/{program['id']}", headers=GERMAN)))) == {
        "Impressum",
        "Datenschutzhinweise",
        "hello@tea.example",
    }


@pytest.mark.engine
def test_every_email_of_a_program_ends_with_its_imprint_under_a_footer_of_its_own_too(shop, emails):
    program = shop.program(**IMPRINT)
    own = {"template": "footer", "language": "en", "subject": "Footer", "text": "From all of us at {{program}}."}
    assert shop.post(f"/v1/programs/{program['id']}/emails", own).status == 201

    for text, html in emails(program):
        assert text.endswith(
            "\n\n-- \nFrom all of us at Tea Shop.\n\nTea Shop Ltd, 1 Leaf Lane, London\n\n"
            "Imprint: https://tea.example/imprint\n\nPrivacy notice: https://tea.example/privacy\n\nhello@tea.example\n"
        )
        for url in (IMPRINT["imprint_url"], IMPRINT["privacy_url"]):
            assert f'href="{url}"' in html
        assert "Tea Shop Ltd, 1 Leaf Lane, London" in html


@pytest.mark.engine
def test_a_german_email_names_its_imprint_in_german(shop, emails):
    for text, _ in emails(shop.program(**IMPRINT), locale="de"):
        assert "Impressum: https://tea.example/imprint\n\nDatenschutzhinweise: https://tea.example/privacy" in text


def test_a_preview_of_an_email_has_the_imprint(shop):
    path = f"/v1/programs/{shop.program(**IMPRINT)['id']}/emails/preview"

    preview = shop.post(path, {"template": "monthly", "language": "en"}).json

    assert "Tea Shop Ltd, 1 Leaf Lane, London" in preview["text"]


@pytest.mark.engine
def test_whatever_an_address_holds_is_shown_as_text(shop, emails):
    hostile = "<script>alert(1)</script>\n{{stop_url}}\n[x](https://evil.example)"
    program = shop.program(joining="open", postal_address=hostile, contact_email="a?bcc=b&c@tea.example")
    ada = shop.partner(program)

    for page in pages_of(shop, program, ada).values():
        assert "&lt;script&gt;alert(1)" in page.body
        assert "<script>alert" not in page.body
        assert links_of(footer_of(page)) == {"a?bcc=b&c@tea.example": "mailto:a%3Fbcc%3Db%26c@tea.example"}
    for text, html in emails(program, email="bea@mail.example"):
        assert "<script>alert(1)</script>, {{stop_url}}, [x](https://evil.example)" in text
        assert "<script>alert" not in html
        assert 'href="https://evil' not in html


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"privacy_url": "http://tea.example/privacy"}, "/privacy_url"),
        ({"imprint_url": "http://localhost/imprint"}, "/imprint_url"),
        ({"imprint_url": "javascript:alert(1)"}, "/imprint_url"),
        ({"privacy_url": 'https://tea.example/"onclick="'}, "/privacy_url"),
        ({"contact_email": "nobody"}, "/contact_email"),
        ({"postal_address": " \n "}, "/postal_address"),
        ({"postal_address": "\n".join("abcdefghi")}, "/postal_address"),
        ({"postal_address": "a" * 501}, "/postal_address"),
        ({"postal_address": "a\x00"}, "/postal_address"),
    ],
)
def test_only_https_addresses_an_email_address_and_a_few_lines_are_taken(shop, fields, pointer):
    program = shop.program(**IMPRINT)

    refused = change(shop, program, **{"name": "Coffee Shop"} | fields)

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert shop.get(f"/v1/programs/{program['id']}").json == program


def test_an_imprint_is_kept_by_other_changes_and_taken_away_by_null(shop):
    program = shop.program()
    assert {name: program[name] for name in IMPRINT} == NOTHING

    changed = change(shop, program, **IMPRINT).json
    renamed = change(shop, program, name="Coffee Shop").json
    without = change(shop, program, **NOTHING).json

    assert changed == program | IMPRINT
    assert renamed == changed | {"name": "Coffee Shop"}
    assert without == program | {"name": "Coffee Shop"}


def test_a_postal_address_is_kept_in_lines_without_blank_ones_and_the_same_again_changes_nothing(shop):
    program = shop.program()
    etags = [change(shop, program, postal_address=" Tea Shop Ltd \n\n1 Leaf Lane\n").headers["ETag"] for _ in range(2)]

    assert shop.get(f"/v1/programs/{program['id']}").json["postal_address"] == "Tea Shop Ltd\n1 Leaf Lane"
    assert etags[0] == etags[1]


def test_an_imprint_that_was_changed_since_it_was_read_is_left_alone(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}"
    read_at = {"If-Match": shop.get(path).headers["ETag"]}
    first = shop.patch(path, IMPRINT, headers=read_at)

    second = shop.patch(path, {"postal_address": "2 Bean Lane"}, headers=read_at)

    assert (first.status, second.status, second.json["code"]) == (200, 412, "precondition_failed")
    assert shop.get(path).json["postal_address"] == IMPRINT["postal_address"]


def test_the_settings_page_shows_sets_and_empties_an_imprint(shop, admin):
    program = shop.program()
    path = f"/admin/programs/{program['id']}/settings"
    form = filled_in(read(admin.get(path).body), FORM)
    typed = IMPRINT | {"postal_address": "Tea Shop Ltd\r\n1 Leaf Lane\r\nLondon"}

    set_to = filled_in(read(admin.submit(path, **form | typed).body), FORM)
    memory.forget_everything()
    now = shop.get(f"/v1/programs/{program['id']}").json
    admin.submit(path, **set_to | dict.fromkeys(IMPRINT, ""))
    memory.forget_everything()

    assert set_to == form | IMPRINT | {"etag": '"1"'}
    assert now == program | IMPRINT
    assert shop.get(f"/v1/programs/{program['id']}").json == program
