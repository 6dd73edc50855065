"""A language is added by a file: pages and emails are in it, with its plural forms, its money and its dates."""

import re

import pytest

from tests.emails import settle
from tests.forms import Browser

pytestmark = pytest.mark.engine

POLISH = r"""
msgid "join_title"
msgstr "Poleć {program}"

msgid "tier"
msgstr "Poziom „{name}”: {needed}."

msgid "tier_leads"
msgid_plural "tier_leads"
msgstr[0] "{number} znajomy"
msgstr[1] "{number} znajomi"
msgstr[2] "{number} znajomych"

msgid "nowhere"
msgstr "Ten link nie działa"

msgid "hello"
msgstr "Cześć"

msgid "gets_referrer"
msgstr "Dostajesz {what}."

msgid "lead_referrer"
msgstr "{what} za każdego znajomego, który się zarejestruje"

msgid "next_held"
msgstr "{amount} od {date}."

msgid "bad_payout_email"
msgstr "Podaj poprawny adres e-mail."

msgctxt "held"
msgid "subject"
msgstr "{{amount}} w {{program}}"

msgctxt "held"
msgid "text"
msgstr ""
"Cześć {{name}},\n"
"\n"
"do wypłaty {{date}}.\n"
"\n"
"[Zobacz]({{url}})"

msgctxt "digest"
msgid "subject"
msgid_plural "subject"
msgstr[0] "{{news}} nowość"
msgstr[1] "{{news}} nowości"
msgstr[2] "{{news}} nowości!"
"""


@pytest.fixture
def polish(new_language):
    new_language("pl", POLISH)


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_pages_are_in_it_with_all_of_its_plural_forms(polish, shop):
    tiers = [{"name": f"level{n}", "minimum_leads": n, "minimum_sales": 0} for n in (1, 2, 5, 22, 112)]
    program = shop.program(joining="open", tiers=tiers)

    terms = plain(shop.get(f"/terms/{program['id']}-1?lang=pl").body)
    join = shop.get(f"/join/{program['id']}", headers={"Accept-Language": "pl-PL, de;q=0.5"})

    for sentence in ("1 znajomy.", "2 znajomi.", "5 znajomych.", "22 znajomi.", "112 znajomych."):
        assert sentence in terms
    assert "<title>Poleć Tea Shop</title>" in join.body
    assert '<html lang="pl">' in join.body
    assert "Dostajesz 2,00 USD za każdego znajomego, który się zarejestruje" in plain(join.body)
    nowhere = shop.get("/nobodys", headers={"Accept-Language": "pl"}).body
    assert "<h1>Ten link nie działa</h1>" in nowhere
    # What it lacks is English.
    assert "It may have ended" in nowhere
    assert "Your email address" in join.body


def test_a_partner_who_reads_it_is_written_to_in_it(polish, shop):
    program = shop.program(hold_days=14)
    ada = shop.partner(program, locale="pl")
    shop.lead(program, code=shop.link(program, ada)["code"])
    settle(shop)

    page = plain(shop.get(ada["enrollments"][0]["share_url"].removeprefix("https://go.example")).body)
    [email] = [one for one in shop.mailbox.written if "2,00 USD" in one["Content"]["Simple"]["Subject"]["Data"]]

    assert "Cześć Ada" in page
    assert "2,00 USD od 24 mar 2026." in page
    assert email["Content"]["Simple"]["Subject"]["Data"] == "2,00 USD w Tea Shop"
    assert "do wypłaty 24 marca 2026." in email["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert '<html lang="pl"' in email["Content"]["Simple"]["Body"]["Html"]["Data"]


def test_it_is_offered_where_languages_are_chosen_and_errors_are_in_it(polish, shop):
    program = shop.program()
    shop.partner(program, locale="pl")
    settle(shop)
    browser = Browser(shop)
    browser.send("/portal/link", email="ada@mail.example")
    settle(shop)
    link = re.search(r"https://go\.example(/portal/sign-in/\S+)", str(shop.mailbox.written[-1]["Content"]))[1]
    browser.send(link.split("\\n")[0])

    settings = browser.get("/portal/settings").body
    refused = browser.send("/portal/settings", locale="pl", payout_email="nobody").body
    listed = shop.get(f"/v1/programs/{program['id']}/emails?language=pl").json["data"]

    assert '<option value="pl" lang="pl" selected>Polski</option>' in settings
    assert "Podaj poprawny adres e-mail." in refused
    held = next(one for one in listed if one["template"] == "held")
    assert (held["source"], held["subject"]) == ("built_in", "{{amount}} w {{program}}")
