"""Makes a program ready to receive introductions, by the API, and opens it."""

OWNER, DEPUTY = "owner@shop.example", "deputy@shop.example"
RULE = {"on": "sale", "to": "referrer", "rate_bp": 1000}
SETTINGS = {
    "owner": OWNER,
    "deputy": DEPUTY,
    "calendar_url": "https://calendar.example/shop",
    "first_words": {"en": "We are glad to meet you."},
}


def have_people(shop):
    for address in (OWNER, DEPUTY):
        shop.post("/v1/users", {"email": address, "name": address, "roles": [{"role": "manager"}]})


def make_ready(shop, program, **settings):
    """Do everything that readiness asks for but opening; the program then speaks English only."""
    have_people(shop)
    path = f"/v1/programs/{program['id']}"
    shop.post(f"{path}/terms", {"rules": [RULE], "introductions": "first_received"})
    shop.wait(minutes=2)
    assert shop.post(f"{path}/receiving", SETTINGS | settings).status == 200
    for step in ("send", "arrived"):
        assert shop.post(f"{path}/readiness/test", {"step": step}).status == 200
    return program


def open_program(shop, program, **settings):
    """Make a program ready, and open it for introductions."""
    make_ready(shop, program, **settings)
    opened = shop.post(f"/v1/programs/{program['id']}/receiving", SETTINGS | settings | {"open": True})
    assert opened.status == 200, opened.json
    return program


def decide_all(shop, program):
    """Do once whatever the API decides about receiving introductions, and about thanks for two of them."""
    path = f"/v1/programs/{program['id']}"
    user = shop.post("/v1/users", {"email": OWNER, "name": "Ada", "roles": [{"role": "manager"}]}).json
    done, skipped, *_ = shop.get(f"/v1/thanks?program={program['id']}").json["data"]
    answers = [
        shop.post(f"{path}/receiving", SETTINGS),
        shop.post(f"{path}/readiness/test", {"step": "send"}),
        shop.post(f"{path}/readiness/test", {"step": "arrived"}),
        shop.post(f"/v1/thanks/{done['id']}/settle", {"state": "done", "kind": "call"}),
        shop.post(f"/v1/thanks/{skipped['id']}/settle", {"state": "skipped", "reason": "other", "words": "Moved."}),
        shop.post("/v1/thanks", {"program": program["id"], "partner": done["to"], "kind": "call"}),
        shop.call("DELETE", f"/v1/users/{user['id']}"),
    ]
    assert {answer.status for answer in answers} <= {200, 201, 204}, [answer.json for answer in answers]
