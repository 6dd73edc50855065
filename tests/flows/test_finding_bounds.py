"""How many calls of the database lists and searches take, however much there is: few, and the same."""

import os
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest

from bench.simulated import MIDNIGHT, metered
from chalicelib.conversions.table import Conversion, conversion_id, received_key
from chalicelib.events.conversion_events import conversion_events
from chalicelib.events.record import date
from chalicelib.events.table import insert
from chalicelib.kit import ids, memory
from chalicelib.kit.shapes import fold
from chalicelib.partners.table import Partner
from chalicelib.referrals.table import Customer, CustomerName, Referral, name_key, referral_key
from tests.faults.sampling import EVERYTHING

pytestmark = [pytest.mark.engine, pytest.mark.sweep]

PARTNERS, CONVERSIONS = (5_000, 100_000) if os.environ.get(EVERYTHING) else (60, 900)
# Every tenth is by a new customer whom a partner sent; the rest are those of strangers who come back.
CUSTOMERS = CONVERSIONS // 10
# The longer page takes more calls.
LIMITS = (50, 100) if os.environ.get(EVERYTHING) else (100,)
MOST_CALLS, MOST_CALLS_OF_A_SEARCH = 30, 3


def put(row):
    row.save()


@pytest.fixture(scope="module")
def crowd():
    """A program with many partners and conversions, one a second, as their rows and events are stored."""
    with metered(units=False) as (shop, meter):
        program = shop.program(external_id="tea")["id"]
        partners = []
        for number in range(PARTNERS):
            at = MIDNIGHT + timedelta(seconds=number)
            partner = Partner(
                ids.new("ptr", at),
                "partner",
                category="client",
                name=f"Partner {number}",
                name_key=fold(f"Partner {number}"),
                created_at=at,
            )
            put(partner)
            partners.append(partner.id)
        customers = [ids.new("cus", MIDNIGHT + timedelta(seconds=number)) for number in range(CUSTOMERS)]
        for number in range(CONVERSIONS):
            at = MIDNIGHT + timedelta(seconds=number)
            sent, customer = number % 10 == 0, customers[number // 10]
            partner = partners[number // 10 % PARTNERS] if sent else None
            conversion = Conversion(
                conversion_id(program, "sale", f"order-{number}"),
                "conversion",
                type="sale",
                program_id=program,
                external_id=f"order-{number}",
                customer_id=customer if sent else ids.new("cus", at),
                currency="USD",
                amount=1999,
                attribution="last_touch" if sent else "no_touch",
                considered=[],
                partner_id=partner,
                referral_id=ids.derived("ref", customer) if sent else None,
                code_key=f"code-{number}" if sent else None,
                number=1 if sent else 0,
                terms_version=1,
                binds=sent,
                metadata={},
                occurred_at=at,
                received_at=at,
                received_on=received_key(at, f"cnv_{number}"),
                fingerprint="",
            )
            put(conversion)
            for event in conversion_events(conversion):
                assert insert(date(event, at=at))
            if sent:
                words = {"external_id": f"customer-{number}", "email": f"c{number}@mail.example"}
                put(Customer(customer, "customer", search_key=words["email"], created_at=at, **words))
                put(CustomerName(name_key(words["external_id"]), "name", named=customer))
                put(
                    Referral(
                        customer,
                        referral_key(program),
                        id=str(conversion.referral_id),
                        program_id=program,
                        partner_id=str(partner),
                        code_key=str(conversion.code_key),
                        terms_version=1,
                        touched_at=at,
                        bound_at=at,
                    )
                )
        shop.at = MIDNIGHT + timedelta(seconds=CONVERSIONS, minutes=5)
        yield shop, meter, program, partners, customers


def ask(crowd, path):
    """Ask as a function does that has just started; return the answer and the calls it took, the key's among them."""
    shop, meter, *_ = crowd
    memory.forget_everything()
    meter.clear()
    answer = shop.get(path)
    assert answer.status == 200, answer.body
    return answer.json, sum(meter.counted.values())


FILTERS = [
    {},
    {"program": "ext_tea"},
    {"partner": "{partner}"},
    {"customer": "{customer}"},
    {"from": "2026-03-10T00:05:00Z", "to": "2026-03-10T00:10:00Z"},
]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/v1/conversions", "/v1/customers", "/v1/referrals", "/v1/rewards"])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("limit", LIMITS)
def test_a_page_of_a_list_takes_thirty_calls_at_most(crowd, path, filters, limit):
    *_, partners, customers = crowd
    if path == "/v1/customers" and "customer" in filters:
        pytest.skip("customers are not narrowed to one")
    names = {"partner": partners[0], "customer": customers[0]}
    query = {"limit": limit, **{name: value.format(**names) for name, value in filters.items()}}
    cursor, pages = None, 0
    while pages < 3:
        page, calls = ask(crowd, f"{path}?{urlencode({**query, **({'cursor': cursor} if cursor else {})})}")
        assert calls <= MOST_CALLS
        pages += 1
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
        if page["data"] and path != "/v1/rewards":
            assert len(page["data"]) == limit
    if page["previous_cursor"]:
        _, calls = ask(crowd, f"{path}?{urlencode({**query, 'cursor': page['previous_cursor']})}")
        assert calls <= MOST_CALLS


@pytest.mark.parametrize("limit", LIMITS)
def test_a_page_of_customers_without_a_referral_takes_thirty_calls_at_most_though_few_fit(crowd, limit):
    cursor = ""
    for _ in range(3):
        page, calls = ask(crowd, f"/v1/customers?referred=no&limit={limit}{cursor}")
        assert calls <= MOST_CALLS
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("path", ["/v1/conversions?program=ext_tea", "/v1/customers", "/v1/referrals"])
def test_all_pages_together_have_everything_once(crowd, path):
    if CONVERSIONS > 1000:
        pytest.skip("a sample does")
    listed, cursor = [], ""
    while True:
        page, _ = ask(crowd, f"{path}{'&' if '?' in path else '?'}limit=100{cursor}")
        listed += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(listed) == len(set(listed)) == (CONVERSIONS if "conversions" in path else CUSTOMERS)


@pytest.mark.parametrize(
    "text",
    ["order-7", "partner 1", "partner", "c10@mail.example", "c1", "customer-10", "code-0", "{partner}", "{customer}"],
)
def test_a_search_takes_three_calls_at_most(crowd, text):
    *_, partners, customers = crowd
    answer, calls = ask(crowd, f"/v1/search?q={quote(text.format(partner=partners[0], customer=customers[0]))}")

    # The first is the key's.
    assert calls - 1 <= MOST_CALLS_OF_A_SEARCH
    assert answer["data"] or text in ("c1", "code-0")
