"""What is optional stops no money: a field that cannot be read is left out, and named in the answer."""

import json

import pytest

from chalicelib.referrals import find as referrals

READ = [
    ({"name": "", "email": "", "locale": ""}, (None, None, None), []),
    ({"name": "  Grace ", "email": " grace@mail.example "}, ("Grace", "grace@mail.example", None), []),
    ({"email": "grace@müller.example"}, (None, "grace@xn--mller-kva.example", None), []),
    ({"email": "größe@mail.example"}, (None, None, None), ["/customer/email"]),
    ({"email": "not an address", "name": "Grace"}, ("Grace", None, None), ["/customer/email"]),
    ({"email": "a@" + "ü" * 80 + ".example"}, (None, None, None), ["/customer/email"]),
    ({"name": "Gra\x00ce"}, (None, None, None), ["/customer/name"]),
    ({"name": "x" * 101}, (None, None, None), ["/customer/name"]),
    ({"locale": "en_US"}, (None, None, "en-US"), []),
    ({"locale": "de-at"}, (None, None, "de-AT"), []),
    ({"locale": "es-419"}, (None, None, "es"), []),
    ({"locale": "zh-Hant-TW"}, (None, None, "zh-TW"), []),
    ({"locale": "en_US.UTF-8"}, (None, None, "en-US"), []),
    ({"locale": "auto"}, (None, None, None), ["/customer/locale"]),
    ({"locale": "deu", "email": "x", "name": "\n"}, (None, None, None), ["/customer/email", "/customer/locale"]),
]


@pytest.mark.parametrize(("reported", "read", "ignored"), READ, ids=[json.dumps(one[0])[:40] for one in READ])
def test_an_optional_field_that_cannot_be_read_stops_no_sale_and_is_named(shop, reported, read, ignored):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    body = {"program": program["id"], "type": "sale", "external_id": "1", "code": code}
    body |= {"amount": {"amount": 1000, "currency": "USD"}, "customer": {"external_id": "c"} | reported}

    first = shop.post("/v1/conversions", body)
    again = shop.post("/v1/conversions", body)
    shop.settle()

    assert (first.status, first.json["ignored"]) == (201, ignored)
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    customer = referrals.find_by_external_id("c").customer
    assert (customer.name, customer.email, customer.locale) == read
    assert shop.balance(ada)["due"] == 100
    # What could not be read is a person's word all the same, and stays with nobody.
    assert not any(value in json.dumps(shop.rows("conversions")) for value in reported.values() if len(value) > 3)


def test_another_word_under_the_same_id_is_another_report(shop):
    program = shop.program()
    answers = [
        shop.post(
            "/v1/conversions",
            {
                "program": program["id"],
                "type": "lead",
                "external_id": "1",
                "customer": {"external_id": "c", "name": name},
            },
        )
        for name in ("Gra\x00ce", "Grace")
    ]

    assert [answer.status for answer in answers] == [201, 409]


def test_what_is_needed_is_refused_as_ever(shop):
    program = shop.program()
    for changes, pointer in (
        ({"customer": {"external_id": ""}}, "/customer/external_id"),
        ({"amount": {"amount": -1, "currency": "USD"}}, "/amount/amount"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
    ):
        body = {"program": program["id"], "type": "sale", "external_id": "1", "customer": {"external_id": "c"}}
        answer = shop.post("/v1/conversions", body | {"amount": {"amount": 1, "currency": "USD"}} | changes)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
