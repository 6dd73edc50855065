"""Terms: what may be promised, and from when."""

import pytest

USD = {"amount": 500, "currency": "USD"}


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        pytest.param([{"on": "sale", "to": "referrer"}], "/rules/0", id="a rule that pays nothing"),
        pytest.param([{"on": "sale", "to": "referrer", "flat": USD, "rate_bp": 1}], "/rules/0", id="flat and rate"),
        pytest.param([{"on": "lead", "to": "referrer", "rate_bp": 1}], "/rules/0/rate_bp", id="a rate of a sign-up"),
        pytest.param([{"on": "sale", "to": "referrer", "rate_bp": 10_001}], "/rules/0/rate_bp", id="more than all"),
        pytest.param([{"on": "sale", "to": "referrer", "rate_bp": 1.5}], "/rules/0/rate_bp", id="a fraction"),
        pytest.param([{"on": "sale", "to": "house", "rate_bp": 1}], "/rules/0/to", id="a third side"),
        pytest.param(
            [{"on": "sale", "to": "referrer", "flat": {"amount": 1, "currency": "EUR"}}],
            "/rules/0/flat/currency",
            id="another currency",
        ),
        pytest.param(
            [{"on": "sale", "to": "referrer", "flat": {"amount": 0, "currency": "USD"}}],
            "/rules/0/flat/amount",
            id="nothing at all",
        ),
        pytest.param([{"on": "sale", "to": "referrer", "rate_bp": 1}] * 2, "/rules/1", id="the same promise twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_promised_is_refused_where_it_stands(shop, rules, pointer):
    body = {"name": "x", "landing_url": "https://tea.example/", "currency": "USD", "rules": rules}

    answer = shop.post("/v1/programs", body)

    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        pytest.param({"currency": "XXX"}, "/currency", id="no currency"),
        pytest.param({"currency": "usd"}, "/currency", id="small letters"),
        pytest.param({"landing_url": "http://tea.example/"}, "/landing_url", id="not https"),
        pytest.param({"hosts": ["other.example"]}, "/landing_url", id="a landing page elsewhere"),
        pytest.param({"hosts": ["*.tea.example"]}, "/hosts/0", id="a wildcard"),
        pytest.param({"window_days": 0}, "/window_days", id="no window"),
        pytest.param({"name": "a\nb"}, "/name", id="two lines"),
        pytest.param({"naem": "x"}, "/naem", id="a typo"),
    ],
)
def test_a_program_that_cannot_be_is_refused(shop, change, pointer):
    body = {"name": "x", "landing_url": "https://tea.example/", "currency": "USD", "rules": []}

    answer = shop.post("/v1/programs", body | change)

    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


def test_new_terms_begin_in_the_future_and_one_after_the_other(shop):
    program = shop.program()
    path = f"/v1/programs/{program['id']}/terms"

    def begin(at):
        return shop.post(path, {"rules": [], "effective_from": at})

    assert begin("2026-03-10T12:00:59Z").status == 422
    assert begin("2026-03-10").status == 422
    assert begin("2026-04-01T00:00:00+02:00").json["effective_from"] == "2026-03-31T22:00:00.000Z"
    assert begin("2026-03-31T22:00:00Z").json["errors"][0]["pointer"] == "/effective_from"
    assert [terms["version"] for terms in shop.get(path).json["data"]] == [2, 1]
    assert shop.get(f"/v1/programs/{program['id']}").json["terms"]["version"] == 1


def test_the_callers_own_id_is_unique_and_usable_as_an_id(shop):
    program = shop.program(external_id="tea")
    shop.partner(program, external_id="ada", programs=["ext_tea"])

    again = shop.post("/v1/partners", {"name": "Eve", "external_id": "ada"})

    assert (again.status, again.json["code"]) == (409, "external_id_taken")
    assert shop.get("/v1/programs/ext_tea").json["id"] == program["id"]
    assert shop.get("/v1/partners/ext_ada").json["enrollments"][0]["program"] == program["id"]
    assert shop.get("/v1/partners/ext_nobody").json["code"] == "partner_not_found"
