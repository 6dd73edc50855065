"""Receipts of calls with an Idempotency-Key: they repeat the answer, and hold nobody's name, address or words."""

import json

from tests.flows.test_joining import join

NAME, ADDRESS, WORDS = "Zebulon Quartz", "zebulon@mail.example", "Rather private words"


def test_no_receipt_holds_a_name_an_address_or_a_comment(shop):
    program = shop.program(joining="approval")
    for number in range(2):
        join(shop, program, name=NAME, email=f"{number}-{ADDRESS}")
    first, second = shop.get(f"/v1/applications?program={program['id']}").json["data"]
    partner = shop.partner(program)
    person = {"name": NAME, "email": ADDRESS}
    calls = [
        (f"/v1/applications/{first['id']}/approve", None),
        (f"/v1/applications/{second['id']}/refuse", {"note": WORDS}),
        ("/v1/partners", person | {"programs": [program["id"]]}),
        (f"/v1/partners/{partner['id']}/feedback", {"score": 3, "words": WORDS}),
        ("/v1/invitations", {"program": program["id"], "invitations": [person]}),
        (
            "/v1/conversions",
            {"program": program["id"], "type": "lead", "external_id": "1", "customer": person | {"external_id": "c"}},
        ),
    ]

    answers = [[shop.post(path, body, headers={"Idempotency-Key": path}) for _ in range(2)] for path, body in calls]

    for (path, _), (once, again) in zip(calls, answers, strict=True):
        assert (once.status, once.json) == (again.status, again.json), path
    receipts = json.dumps(shop.rows("idempotency"), default=str)
    assert first["id"] in receipts
    for text in (NAME, ADDRESS, WORDS):
        assert text not in receipts
