"""What is known about a partner can be changed by one call; nothing that is out, owed or promised is lost by it."""

import pytest

from chalicelib.kit import memory

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]


@pytest.fixture
def ada(shop):
    return shop.partner(shop.program(rules=RULES), external_id="crm-1", metadata={"shirt": "M"})


def path_of(partner):
    return f"/v1/partners/{partner['id']}"


def changed(shop, partner, **fields):
    answer = shop.patch(path_of(partner), fields)
    assert answer.status == 200, answer.body
    memory.forget_everything()
    return answer


def key_with(shop, *scopes):
    return shop.post("/v1/keys", {"name": "site", "scopes": list(scopes)}).json["secret"]


def test_every_field_changes_and_what_is_not_sent_stays(shop, ada):
    new = {
        "name": "Ada King",
        "email": "ada@new.example",
        "locale": "de",
        "payout_name": "A. King",
        "payout_email": "bank@mail.example",
        "friend_name": "Ada K.",
        "external_id": "crm-2",
        "metadata": {"shirt": "L", "birthday": "12-10"},
    }

    answer = changed(shop, ada, **new)

    # Another mailbox gets another share page, and a new payee waits.
    differs = {"enrollments": answer.json["enrollments"], "payee_from": "2026-03-13T12:00:00.000Z"}
    assert answer.json == ada | new | differs
    assert shop.get(path_of(ada)).json == answer.json


@pytest.mark.parametrize("field", ["payout_name", "payout_email", "friend_name", "external_id"])
def test_what_may_be_missing_is_taken_away_by_null(shop, ada, field):
    changed(shop, ada, payout_name="A. King", payout_email="bank@mail.example", friend_name="Ada K.")

    assert changed(shop, ada, **{field: None}).json[field] is None


def test_metadata_are_replaced_as_a_whole(shop, ada):
    assert changed(shop, ada, metadata={"size": "L"}).json["metadata"] == {"size": "L"}
    assert changed(shop, ada, metadata={}).json["metadata"] == {}


@pytest.mark.parametrize(
    "metadata",
    [
        {"": "x"},
        {"x" * 41: "x"},
        {"Shirt size": "x"},
        {"x": "y" * 501},
        {"x": "a\nb"},
        {"x": 1},
        {f"n{n}": "x" for n in range(51)},
        None,
    ],
)
def test_metadata_are_a_small_map_of_texts(shop, ada, metadata):
    refused = shop.patch(path_of(ada), {"metadata": metadata, "name": "Eve"})

    assert refused.status == 422
    assert shop.get(path_of(ada)).json["name"] == "Ada"


def test_a_changed_address_is_used_by_the_next_email_and_links_that_are_out_still_work(shop, ada):
    link = shop.link({"id": ada["enrollments"][0]["program"]}, ada)
    changed(shop, ada, email="ada@new.example")
    assert shop.streams.run() == []
    shop.mailbox.written.clear()

    program = {"id": ada["enrollments"][0]["program"], "currency": "USD"}
    shop.sale(program, click_id=shop.click_id(link), customer="grace")
    shop.settle()

    recipients = {one["Destination"]["ToAddresses"][0] for one in shop.mailbox.written}
    assert any("ada@new.example" in one for one in recipients)
    assert not any("ada@mail.example" in one for one in recipients)
    [account] = shop.get(f"{path_of(ada)}/balances").json["balances"]
    assert account["held"] + account["due"] > 0


def test_another_id_of_the_callers_leads_to_the_partner_and_the_one_before_is_free(shop, ada):
    changed(shop, ada, external_id="crm-2")

    assert shop.get("/v1/partners/ext_crm-2").json["id"] == ada["id"]
    assert shop.get("/v1/partners/ext_crm-1").status == 404
    assert shop.post("/v1/partners", {"name": "Bob", "external_id": "crm-1"}).status == 201


def test_an_id_that_another_partner_has_is_refused_and_nothing_is_changed(shop, ada):
    shop.partner(shop.program(), name="Bob", external_id="crm-2")

    refused = shop.patch(path_of(ada), {"external_id": "crm-2", "name": "Eve"})

    assert (refused.status, refused.json["code"]) == (409, "external_id_taken")
    assert shop.get("/v1/partners/ext_crm-1").json["name"] == "Ada"


def test_who_changes_what_somebody_changed_in_between_is_refused(shop, ada):
    read = shop.get(path_of(ada)).headers["ETag"]
    first = shop.patch(path_of(ada), {"name": "Mine"}, headers={"If-Match": read})
    second = shop.patch(path_of(ada), {"name": "Yours"}, headers={"If-Match": read})
    repeated = shop.patch(path_of(ada), {"name": "Mine"}, headers={"If-Match": read})
    anew = shop.patch(path_of(ada), {"name": "Yours"}, headers={"If-Match": first.headers["ETag"]})

    assert (second.status, second.json["code"]) == (412, "precondition_failed")
    assert [one.status for one in (first, repeated, anew)] == [200] * 3
    assert shop.get(path_of(ada)).json["name"] == "Yours"


def test_a_category_that_somebody_changed_in_between_counts_and_email_preferences_do_not(shop, ada):
    read = shop.get(path_of(ada)).headers["ETag"]
    shop.post(f"{path_of(ada)}/emails", {"off": ["tips"]})
    assert shop.get(path_of(ada)).headers["ETag"] == read

    shop.post(f"{path_of(ada)}/category", {"category": "influencer", "note": "Grew up"})

    assert shop.patch(path_of(ada), {"name": "Eve"}, headers={"If-Match": read}).status == 412


def test_a_category_begins_a_minute_later_and_is_in_the_partners_history_once(shop, ada):
    before = changed(shop, ada, category="influencer").json["category"]
    changed(shop, ada, category="influencer")
    shop.wait(minutes=1)

    [change] = shop.get(f"{path_of(ada)}/standing").json["data"]
    assert (change["what"], change["to"], change["note"]) == ("category", "influencer", None)
    assert (before, shop.get(path_of(ada)).json["category"]) == ("client", "influencer")


def test_all_that_one_call_changes_is_one_entry_of_the_audit_trail(shop, ada):
    changed(shop, ada, name="Ada King", email="ada@new.example", category="influencer", external_id="crm-2")
    changed(shop, ada, name="Ada King")

    [entry] = shop.get(f"/v1/audit?subject={ada['id']}&action=partner.changed").json["data"]
    assert entry["before"] != entry["after"]
    assert None not in (entry["before"], entry["after"])


@pytest.mark.parametrize(
    "fields", [{"name": "Eve"}, {"email": "eve@mail.example"}, {"category": "influencer"}, {"external_id": "x"}]
)
def test_who_a_partner_is_takes_an_admin_key(shop, ada, fields):
    key = key_with(shop, "partners:write")

    refused = shop.patch(path_of(ada), fields | {"locale": "de"}, key=key)

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert shop.get(path_of(ada)).json["locale"] == "en"
    assert shop.patch(path_of(ada), fields | {"locale": "de"}).status == 200


def test_their_settings_take_a_key_that_writes_partners(shop, ada):
    key = key_with(shop, "partners:write")

    settings = {"locale": "de", "payout_name": "A. King", "payout_email": "bank@mail.example", "metadata": {"a": "b"}}

    assert shop.patch(path_of(ada), settings, key=key).status == 200
    assert shop.patch(path_of(ada), settings, key=key_with(shop, "partners:read")).status == 403


def test_an_address_cannot_be_taken_away(shop, ada):
    assert shop.patch(path_of(ada), {"email": None}).status == 422
