"""The admin pages of a program's return: line by line, with the forms of margin and costs, and the calculator."""

import re
from fractions import Fraction

import pytest

from chalicelib.kit.dynamo import wire
from tests.faults.world import built_once, world

MOST_CALLS = 30


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


def texts(answer):
    """Return the text of a page without its tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.body).split())


def once_of(page):
    return re.search(r'name="once" value="([^"]+)"', page.body)[1]


def etag_of(page):
    return re.search(r'name="etag" value="([^"]*)"', page.body)[1].replace("&#34;", '"').replace("&quot;", '"')


def cost(page, **changes):
    fields = {"month": "2026-03", "amount": "31.00", "kind": "running", "what": "Newsletter tool"}
    return fields | {"once": once_of(page)} | changes


@pytest.fixture
@built_once
def margin(shop, admin, business):
    """A program with a margin and a cost, set by the forms."""
    program, _, _ = business
    path = f"/admin/programs/{program['id']}"
    page = admin.get(f"{path}/roi")
    assert admin.send(f"{path}/margin", margin="40", etag=etag_of(page)).status == 303
    assert admin.send(f"{path}/costs", **cost(page)).status == 303
    return path


def test_a_program_without_a_margin_says_so_and_has_a_form_for_it(shop, admin, business):
    program, _, _ = business
    page = admin.get(f"/admin/programs/{program['id']}/roi")

    assert "No margin is set" in texts(page)
    assert "Being credited is not being the cause" in texts(page)


def test_the_page_shows_what_the_api_answers_line_by_line(shop, admin, margin):
    program = margin.rpartition("/")[2]
    view = shop.get(f"/v1/programs/{program}/roi?by=partner").json
    page = admin.get(f"{margin}/roi?by=partner")

    [returned] = re.findall(r"<dt>Return</dt><dd>([^<]+)</dd>", page.body)
    assert Fraction(returned.rstrip("%").replace(",", "")) == Fraction(view["roi"]["value"]) * 100
    assert f"${view['cost']['amount'] / 100:,.2f}" in texts(page)
    assert "Entered: $31.00 in March 2026, 10 of 31 days." in texts(page)
    assert "Shared: all other cost" in texts(page)
    assert view["query"]["margin_of"] == "program"


def test_a_reload_of_the_form_enters_no_second_cost(shop, admin, margin):
    page = admin.get(f"{margin}/costs")
    again = cost(page, what="Podcast")
    first, second = admin.send(f"{margin}/costs", **again), admin.send(f"{margin}/costs", **again)

    assert (first.status, second.status) == (303, 303)
    assert texts(admin.get(f"{margin}/costs")).count("Podcast") == 1


def test_a_refused_cost_keeps_what_was_typed(shop, admin, margin):
    page = admin.get(f"{margin}/costs")
    answer = admin.send(f"{margin}/costs", **cost(page, month="2027-01", what="Fair in January"))

    assert answer.status == 422
    assert 'value="Fair in January"' in answer.body
    assert "Month: the month has not begun." in texts(answer)


def test_a_cost_is_taken_back_after_a_page_that_says_what_that_does(shop, admin, margin):
    [address] = re.findall(r'href="([^"]+/costs/reverse\?cost=[^"]+)"', admin.get(f"{margin}/costs").body)
    ask = admin.get(address)
    assert "counts no more" in texts(ask)
    cost_id = address.rpartition("=")[2]
    assert admin.send(f"{margin}/costs/reverse", cost=cost_id, note="x" * 501).status == 422
    assert admin.send(f"{margin}/costs/reverse", cost=cost_id, note="twice").status == 303
    assert admin.send(f"{margin}/costs/reverse", cost=cost_id, note="twice").status == 303

    page = admin.get(f"{margin}/costs")
    assert "twice" in texts(page)
    assert "/costs/reverse?cost=" not in page.body
    assert "This cost was taken back." in texts(admin.get(address))


def test_a_margin_that_someone_else_changed_meanwhile_is_not_overwritten(shop, admin, margin):
    etag = etag_of(admin.get(f"{margin}/roi"))
    shop.patch(f"/v1/programs/{margin.rpartition('/')[2]}", {"margin_bp": 2500})
    answer = admin.send(f"{margin}/margin", margin="50", etag=etag)

    assert answer.status == 422
    assert "Now: 25" in texts(answer)
    assert 'value="50"' in answer.body


def test_an_empty_margin_removes_it(shop, admin, margin):
    admin.send(f"{margin}/margin", etag=etag_of(admin.get(f"{margin}/roi")))

    assert shop.get(f"/v1/programs/{margin.rpartition('/')[2]}").json["margin_bp"] is None


@pytest.mark.parametrize("query", ["margin=101", "margin=x", "from=yesterday", "by=country", "timezone=Mars"])
def test_wrong_fields_are_said_and_kept(shop, admin, margin, query):
    name, _, value = query.partition("=")
    answer = admin.get(f"{margin}/roi?{query}")

    assert answer.status == 422
    assert re.search(rf'name="{name}"[^>]*aria-invalid', answer.body)
    assert f'value="{value}"' in answer.body or name == "by"


def test_the_file_is_the_apis_csv(shop, admin, margin):
    program = margin.rpartition("/")[2]
    api = shop.get(f"/v1/programs/{program}/roi?by=channel&format=csv&locale=en").body

    assert admin.get(f"{margin}/roi?by=channel&format=csv").body == api


def test_the_calculator_begins_with_the_programs_own_numbers(shop, admin, margin):
    page = admin.get(f"{margin}/calculator")

    def value(name):
        return re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page.body)[1]

    assert (value("order"), value("margin"), value("running")) == ("19.99", "40", "31.00")
    assert (value("friends"), value("conversion")) == ("1", "100")
    assert texts(page).count("from the program's last 90 days") + page.body.count("last 90 days") >= 5
    assert "This is a plan, not a promise" in texts(page)


def test_the_calculator_shows_every_formula_with_its_numbers(shop, admin, margin):
    query = (
        "customers=1000&share=5&friends=4&conversion=10&order=50&margin=40&reward=5&gift=5"
        "&start=100&running=10&months=12"
    )
    page = texts(admin.get(f"{margin}/calculator?{query}"))

    for formula in (
        "1,000 × 5% 50",
        "50 × 4 200",
        "200 × 10% 20",
        "20 × $50.00 $1,000.00",
        "$1,000.00 × 40% $400.00",
        "20 × ($5.00 + $5.00) $200.00",
        "$10.00 × 12 $120.00",
        "$200.00 + $100.00 + $120.00 $420.00",
        "$400.00 − $420.00 -$20.00",
        "-$20.00 ÷ $420.00 -4.76%",
        "$420.00 ÷ 20 $21.00",
        "($100.00 + $120.00) ÷ ($50.00 × 40% − $5.00 − $5.00) 22",
    ):
        assert formula in page, formula


def test_the_calculator_divides_by_nothing_without_a_fault(shop, admin, margin):
    nothing = "&".join(f"{name}=0" for name in ("customers", "order", "reward", "gift"))
    page = texts(admin.get(f"{margin}/calculator?{nothing}&running=0&start=0"))

    assert "none: nothing is spent" in page
    assert "none: no one new comes" in page
    assert "never: a new customer brings no more than the rewards" in page
    assert "NaN" not in page


@pytest.mark.parametrize("query", ["share=101", "customers=-1", "order=1.999", "months=", "conversion=1e5"])
def test_the_calculator_says_which_number_is_none_and_keeps_it(shop, admin, margin, query):
    name, _, value = query.partition("=")
    answer = admin.get(f"{margin}/calculator?{query}")

    assert answer.status == 422
    assert re.search(rf'name="{name}"[^>]* value="{re.escape(value)}" aria-invalid', answer.body)


@pytest.mark.slow
def test_pages_of_many_partners_and_costs_take_a_bounded_number_of_calls(shop, admin, margin):
    program = {"id": margin.rpartition("/")[2], "currency": "USD"}
    for number in range(25):
        partner = shop.partner(program, name=f"P{number}", email=f"p{number}@mail.example")
        shop.sale(program, f"more-{number}", f"more-{number}", code=shop.link(program, partner)["code"])
        body = {"month": "2026-03", "kind": "other", "what": "x", "amount": {"amount": 1, "currency": "USD"}}
        taken = shop.post(f"/v1/programs/{program['id']}/costs", body).json["id"]
        shop.post(f"/v1/programs/{program['id']}/costs/reverse", {"cost": taken, "note": "x"})
    shop.settle()

    for path in ("roi?by=partner", "roi?by=channel", "costs", "calculator"):
        before = wire.calls_made()
        assert admin.get(f"{margin}/{path}").status == 200
        assert wire.calls_made() - before <= MOST_CALLS, path
