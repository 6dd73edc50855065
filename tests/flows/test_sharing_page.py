"""The page on which an admin writes the messages that partners send: by language and channel, previewed first."""

import pytest

from tests.faults.world import built_once
from tests.flows.test_audit import entries
from tests.reading import read

pytestmark = pytest.mark.engine
FRIEND = {"on": "sale", "to": "referee", "flat": {"amount": 500, "currency": "USD"}}


@pytest.fixture
@built_once
def program(shop):
    return shop.program(name="Tea", rules=[FRIEND], share_texts={"de": {"message": "Tee?"}})


def path_of(program, language="en"):
    return f"/admin/programs/{program['id']}/sharing?language={language}"


def opened(admin, program, language="en"):
    page = read(admin.get(path_of(program, language)).body)
    return page, {"language": language, "etag": page.hidden("etag")}


def test_a_message_is_previewed_filled_in_then_saved_and_then_sent_by_partners(shop, admin, program):
    look = read(admin.get(f"/admin/programs/{program['id']}/look").body)
    assert path_of(program).startswith(look.link("Write your own messages to share"))
    before, hidden = opened(admin, program)
    assert "You get $5.00" in before.section("What partners send").text
    typed = {"message": "{{name}} says: {{program}}!\r\n{{friend_gets}}", "sms": "Code {{code}}: {{link}}"}

    previewed = read(admin.send(path_of(program), step="check", **hidden, **typed).body)

    assert "Nothing is saved yet." in previewed.text
    preview = previewed.section("What partners would send").text
    assert "Ada Lovelace says: Tea! You get $5.00 for every purchase. https://go.example/ada-lovelace" in preview
    assert "Code ADA-LOVELACE: https://go.example/ada-lovelace" in preview
    assert previewed.field("SMS") == "Code {{code}}: {{link}}"
    assert shop.get(f"/v1/programs/{program['id']}").json["share_texts"] == program["share_texts"]

    saved = admin.send(path_of(program), step="save", etag=previewed.hidden("etag"), language="en", **typed)
    assert saved.status == 303
    assert "Saved." in read(admin.get(saved.headers["Location"]).body).text
    stored = shop.get(f"/v1/programs/{program['id']}").json["share_texts"]
    assert {name: text for name, text in stored["en"].items() if text} == {
        "message": "{{name}} says: {{program}}!\n{{friend_gets}}",
        "sms": "Code {{code}}: {{link}}",
    }
    # Those of the other language stay.
    assert stored["de"]["message"] == "Tee?"
    bea = shop.partner(program, name="Bea")
    shop.link(program, bea, code="tea-with-bea")
    share = shop.get(bea["enrollments"][0]["share_url"].removeprefix("https://go.example"))
    assert "Bea says: Tea!" in share.body
    assert "program.settings_changed" in [one["action"] for one in entries(shop, subject=program["id"])]


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("message", "Try {link}", "Message: write {{link}}, with two braces, not {link}."),
        ("email_text", "{{password}}", "Email: there is no name 'password'."),
        ("sms", "x" * 501, "SMS: "),
    ],
)
def test_a_message_that_could_not_be_sent_is_refused_at_its_field_and_kept(shop, admin, program, field, text, sentence):
    _, hidden = opened(admin, program)
    for step in ("check", "save"):
        answer = admin.send(path_of(program), step=step, **hidden | {field: text})
        page = read(answer.body)
        assert answer.status == 422
        assert sentence in page.text
        [marked] = [one.attributes["name"] for one in page.all("input", "textarea") if "aria-invalid" in one.attributes]
        assert marked == field
        assert text in page.text
    assert shop.get(f"/v1/programs/{program['id']}").json["share_texts"] == program["share_texts"]


def test_what_is_emptied_is_ours_again_and_two_windows_do_not_overwrite_each_other(shop, admin, program):
    page, hidden = opened(admin, program, "de")
    assert page.field("Message") == "Tee?"
    _, other = opened(admin, program, "de")

    assert admin.send(path_of(program, "de"), step="save", **hidden).status == 303
    stale = admin.send(path_of(program, "de"), step="save", message="Kaffee?", **other)

    assert shop.get(f"/v1/programs/{program['id']}").json["share_texts"] == {}
    assert stale.status == 422
    assert "Someone else saved this page" in read(stale.body).text
    assert read(stale.body).field("Message") == "Kaffee?"
    assert admin.get(path_of(program, "xx")).status == 422
    assert admin.send(path_of(program), step="save", language="xx", etag=other["etag"]).status == 422
