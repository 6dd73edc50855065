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
