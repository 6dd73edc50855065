"""A note stands where it was written down; from there, an owner opens it and erases what it says."""

import pytest

from tests.flows.test_audit import entries
from tests.reading import read

pytestmark = pytest.mark.engine
WORDS = "Her husband's card: <b>4111</b>"


def test_a_note_leads_to_its_page_where_what_it_says_is_erased_for_good(shop, admin):
    program = shop.program()
    ada = shop.partner(program)
    shop.post(f"/v1/partners/{ada['id']}/category", {"category": "influencer", "note": WORDS})
    partner = f"/admin/partners/{ada['id']}"
    path = read(admin.get(partner).body).link(WORDS)
    identifier = path.rpartition("/")[2]

    page = read(admin.get(path).body)
    assert WORDS in page.text
    assert "The ledger and the audit trail still verify." in page.text
    assert WORDS in read(admin.get(partner).body).text
    answers = [admin.send(path) for _ in range(2)]

    assert [one.status for one in answers] == [303, 303]
    after = read(admin.get(answers[0].headers["Location"]).body)
    assert "The note was erased." in after.text
    assert "What it said was erased on" in after.text
    assert after.buttons[-1:] != ["Erase the note"]
    erased = read(admin.get(partner).body)
    assert "Note erased" in erased.text
    assert WORDS not in erased.text
    assert shop.get(f"/v1/notes/{identifier}").json == {"id": identifier, "words": None, "state": "erased"}
    assert [one["action"] for one in entries(shop, subject=identifier)] == ["note.erased"]
    assert shop.verified() is None


def test_notes_of_rewards_orders_and_applications_lead_there_too(shop, admin):
    program = shop.program(joining="approval", hold_days=14)
    ada = shop.partner(program)
    sale = shop.sale(program, code=shop.link(program, ada)["code"]).json
    shop.settle()
    reward = shop.reward(sale)["id"]
    shop.post(f"/v1/rewards/{reward}/hold", {"note": "looks odd"})
    shop.post(f"/v1/conversions/{sale['id']}/void", {"reason": "test", "note": "our own"})
    shop.settle()

    for path, words in ((f"/admin/conversions/{sale['id']}", "our own"), (f"/admin/rewards/{reward}", "looks odd")):
        assert read(admin.get(path).body).link(words).startswith("/admin/notes/nte_")


def test_a_note_that_is_none_or_was_tampered_with_says_so(shop, admin):
    ada = shop.partner(shop.program())
    shop.post(f"/v1/partners/{ada['id']}/category", {"category": "influencer", "note": "as written"})
    [row] = shop.rows("notes")
    shop.put_row("notes", row | {"words": {"S": "not as written"}})

    page = read(admin.get(f"/admin/notes/{row['pk']['S']}").body)

    assert "not as written" not in page.text
    assert "What is stored is not what was written." in page.text
    for identifier in ("nte_none", "ptr_none", "x" * 300):
        assert admin.get(f"/admin/notes/{identifier}").status == 404
        assert admin.send(f"/admin/notes/{identifier}").status == 404
