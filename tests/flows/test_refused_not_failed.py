"""What tools of others sent, drawn from the OpenAPI document: it is refused with a reason, and fails nothing."""

import pytest

NAMES = ["ncfp", "joine", "footer_"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_email_has_is_refused_wherever_one_is_asked_for(shop, name):
    path = f"/v1/programs/{shop.program()['id']}/emails"
    own = {"template": name, "language": "en", "subject": "Hello", "text": "Hello."}

    for answer in (
        shop.post(f"{path}/preview", {"template": name}),
        shop.post(f"{path}/preview", own),
        shop.post(path, own),
        shop.post(f"{path}/restore", {"template": name, "language": "en"}),
    ):
        assert (answer.status, answer.json["code"]) == (404, "email_not_found")


@pytest.mark.parametrize("language", ["", "e", "EN", "en-AT", "\x00\x00", "\ud83c\udf75"])
def test_a_key_of_another_form_is_refused_with_the_form_it_should_have(shop, language):
    program = shop.program()

    answer = shop.patch(f"/v1/programs/{program['id']}", {"share_texts": {language: {"message": "Tea?"}}})

    assert (answer.status, answer.json["code"]) == (422, "invalid_value")
    assert answer.json["errors"][0]["pointer"] == "/share_texts"
    assert answer.json["detail"] == "Expected two small letters, such as `en`"


@pytest.mark.parametrize("cursor", ["x", "a.b", "%F3%AD%80%87", "-" * 8000, "-" * 8001])
@pytest.mark.parametrize("path", ["/v1/ledger/verify?", "/v1/liability?currency=USD&", "/v1/partners?"])
def test_a_cursor_that_is_none_of_ours_is_refused(shop, path, cursor):
    answer = shop.get(f"{path}cursor={cursor}")

    assert answer.status == 422
    assert answer.json["code"] == ("invalid_value" if len(cursor) > 8000 else "cursor_mismatch")
