"""The pages of a program's emails: what is sent is read, edited, previewed, tested and restored there."""

import json
import re

import pytest

from chalicelib.emails import suppressions
from tests.emails import settle
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.reading import read

BOUNCE = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "gone@mail.example"}]}


@pytest.fixture
def program(shop):
    return shop.program()


def path_of(program, template="joined", language="en"):
    return f"/admin/programs/{program['id']}/email?template={template}&language={language}"


def form_of(browser, program, **changes):
    """Return the fields of the form as a browser has them."""
    body = browser.get(path_of(program)).body
    replaces = body.partition('name="replaces" value="')[2].partition('"')[0]
    return {"template": "joined", "language": "en", "replaces": replaces, "action": "save"} | changes


def test_an_owner_edits_an_email_and_partners_get_their_text_from_then_on(shop, admin, program):
    own = form_of(admin, program, subject="Hello from {{program}}", text="Dear {{name}},\r\n\r\nthank you!")

    saved = admin.send(f"/admin/programs/{program['id']}/email", **own)
    page = admin.get(saved.headers["Location"].removeprefix("https://go.example"))

    assert saved.status == 303
    assert "Saved, in effect within half a minute." in page.body
    assert "Your own text" in page.body
    [stored] = [
        one for one in shop.get(f"/v1/programs/{program['id']}/emails").json["data"] if one["template"] == "joined"
    ]
    assert (stored["source"], stored["subject"]) == ("custom", "Hello from {{program}}")
    assert stored["text"] == "Dear {{name}},\n\nthank you!"
    rows = read(admin.get(f"/admin/programs/{program['id']}/emails").body).table("Emails")
    assert [one["Text"] for one in rows].count("your own") == 1

    restored = admin.send(f"/admin/programs/{program['id']}/email", template="joined", language="en", action="restore")
    assert restored.status == 303
    assert "Built-in text" in admin.get(path_of(program)).body


def test_an_email_with_an_unknown_value_is_refused_marked_and_kept_as_typed(shop, admin, program):
    own = form_of(admin, program, subject="Hi", text="Dear {{nmae}},")

    refused = admin.send(f"/admin/programs/{program['id']}/email", **own)

    assert refused.status == 422
    assert "Dear {{nmae}}," in read(refused.body).text or "Dear {{nmae}}," in refused.body
    assert 'aria-invalid="true"' in refused.body


def test_two_who_edit_one_email_lose_nothing_the_second_sees_the_firsts_text(shop, admin, program):
    first, second = (form_of(admin, program, subject=one, text=f"Text of {one}.") for one in ("First", "Second"))
    path = f"/admin/programs/{program['id']}/email"
    assert admin.send(path, **first).status == 303

    stale = admin.send(path, **second)

    assert stale.status == 422
    assert "Text of Second." in stale.body
    assert "Text of First." in stale.body
    again = stale.body.partition('name="replaces" value="')[2].partition('"')[0]
    assert admin.send(path, **(second | {"replaces": again})).status == 303


def test_a_preview_shows_what_was_typed_in_both_modes_and_stores_nothing(shop, admin, program):
    path = f"/admin/programs/{program['id']}/email-preview"
    before = len(shop.rows("audit"))
    typed = {"template": "joined", "language": "de", "subject": "Hallo", "text": "Hallo {{name}}, <b>danke</b>!"}

    light, dark = (admin.send(path, **typed, mode=mode) for mode in ("light", "dark"))
    stored = admin.get(f"{path}?template=joined&language=de")

    assert "Hallo Ada Lovelace, &lt;b&gt;danke&lt;/b&gt;!" in light.body
    assert light.body != dark.body
    assert "sandbox" in light.headers["Content-Security-Policy"]
    assert stored.status == 200
    assert "danke" not in stored.body
    assert "nope" in admin.send(path, **(typed | {"text": "{{nope}}"})).body
    assert len(shop.rows("audit")) == before


@pytest.mark.engine
def test_a_person_sends_a_test_to_themselves_and_a_reload_sends_no_second_one(shop, sent, program):  # noqa: F811
    invited(shop, "eve@mail.example", [{"role": "owner", "program": None}])
    eve = entered(shop, sent, "eve@mail.example")
    body = eve.get(path_of(program)).body
    once = body.partition('name="once" value="')[2].partition('"')[0]
    form = {"template": "joined", "language": "en", "action": "test", "once": once}

    answers = [eve.send(f"/admin/programs/{program['id']}/email", **form) for _ in range(2)]
    settle(shop)

    assert [one.status for one in answers] == [303, 303]
    assert len([one for one, _ in shop.emails() if one.startswith("[Test]")]) == 1
    [message] = [one for one in shop.get("/v1/messages?status=sent").json["data"] if one["template"] == "test_email"]
    assert "[Test]" in eve.get(f"/admin/messages/{message['id']}").body


def test_a_session_by_key_has_no_address_for_a_test_and_is_told_so(admin, program):
    assert "Sign in with your email address" in admin.get(path_of(program)).body
    refused = admin.send(
        f"/admin/programs/{program['id']}/email", template="joined", language="en", action="test", once="A1"
    )
    assert refused.status == 422


def test_the_sender_is_set_and_removed_on_the_page(shop, admin, program):
    path = f"/admin/programs/{program['id']}/emails"

    saved = admin.send(path, sender_email="tea@tea.example", sender_name="Tea Shop", reply_to="help@tea.example")
    refused = admin.send(path, sender_name="Tea Shop")

    assert saved.status == 303
    assert shop.get(f"/v1/programs/{program['id']}/sender").json["email"] == "tea@tea.example"
    assert refused.status == 422
    assert admin.send(path).status == 303
    assert shop.get(f"/v1/programs/{program['id']}/sender").json["email"] is None


def test_a_suppressed_address_is_looked_up_and_gets_emails_again(shop, admin):
    suppressions.suppress(json.dumps({"eventType": "Bounce", "bounce": BOUNCE}), at=shop.at)

    before = admin.send("/admin/suppressions", email="gone@mail.example", action="find")
    lifted = admin.send("/admin/suppressions", email="gone@mail.example", action="lift")
    after = admin.send("/admin/suppressions", email="gone@mail.example", action="find")

    assert "bounced permanently" in before.body
    assert lifted.status == 303
    assert "is not suppressed" in after.body
    assert admin.send("/admin/suppressions", email="nonsense", action="find").status == 422


def test_a_preview_shows_money_in_the_programs_currency(shop, admin):
    program = shop.program(currency="EUR", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])

    page = admin.get(f"/admin/programs/{program['id']}/email-preview?template=earned&language=de")

    assert re.search("25,00\\W+€", page.body), re.findall("25.{0,12}", page.body)
    assert "$" not in page.body
