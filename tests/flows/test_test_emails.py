"""A test of an email goes to a person who administers: as it is stored, with a sample's values, once a form."""

import pytest

from tests.emails import settle
from tests.flows.test_people import entered, invited, sent  # noqa: F401

OWNER = [{"role": "owner", "program": None}]


@pytest.fixture
def owner(shop):
    return invited(shop, "eve@mail.example", OWNER)["id"]


def sent_to(shop, address):
    return [subject for subject, to in shop.emails() if address in to and subject.startswith("[Test]")]


def test_a_test_email_is_the_stored_one_with_a_samples_values_and_goes_to_the_person_who_asks(shop, owner):
    program = shop.program()
    own = {"template": "joined", "language": "en", "subject": "A friend for {{name}}", "text": "Hello {{name}}!"}
    shop.post(f"/v1/programs/{program['id']}/emails", own)

    answer = shop.post(f"/v1/programs/{program['id']}/emails/test", {"template": "joined", "user": owner})
    settle(shop)

    assert (answer.status, answer.json["object"]) == (201, "test_email")
    assert sent_to(shop, "eve@mail.example") == ["[Test] A friend for Ada Lovelace"]
    [message] = [one for one in shop.get("/v1/messages?status=sent").json["data"] if one["template"] == "test_email"]
    assert message["id"] == answer.json["message"]


def test_a_test_goes_to_a_person_who_administers_and_to_no_one_else(shop, owner):
    program = shop.program()
    partner = shop.partner(program)
    path = f"/v1/programs/{program['id']}/emails/test"

    assert shop.post(path, {"template": "joined", "user": partner["id"]}).status == 404
    assert shop.post(path, {"template": "nonsense", "user": owner}).status == 404
    assert shop.call("DELETE", f"/v1/users/{owner}").status in (200, 409)
    settle(shop)

    assert not [one for one in shop.emails() if one[0].startswith("[Test]")]


@pytest.mark.slow
def test_a_test_of_every_email_in_every_language_can_be_sent(shop, owner):
    program = shop.program()
    listed = shop.get(f"/v1/programs/{program['id']}/emails").json["data"]
    for one in listed:
        for language in ("en", "de"):
            body = {"template": one["template"], "language": language, "user": owner}
            assert shop.post(f"/v1/programs/{program['id']}/emails/test", body).status == 201
    settle(shop)

    assert len(sent_to(shop, "eve@mail.example")) == 2 * len(listed)
