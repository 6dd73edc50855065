"""What partners were thanked with in a year is summed up for taxes: with all their ids, whole or not at all."""

import csv
import io
from itertools import count

import pytest

from chalicelib.introductions import thanks_sums
from chalicelib.introductions.thanks_table import BY_HAND, Thanks, list_of, thanks_key
from chalicelib.kit import memory
from tests.reading import read


@pytest.fixture
def tea(shop):
    return shop.program(external_id="tea")


@pytest.fixture
def ada(shop, tea):
    return shop.partner(tea, external_id="ada", name="Ada")


@pytest.fixture
def path(tea):
    return f"/admin/programs/{tea['id']}/thanks/sums"


_NUMBERS = count(1)


def give(shop, tea, partner, kind="gift", cost=1000, day=None, why=None):
    """Store thanks that were done on a day, as settling stores them."""
    day = day or shop.at.date().isoformat()
    number = f"thk_{next(_NUMBERS):026}"
    Thanks(
        number,
        thanks_key(BY_HAND),
        thanks_in=list_of("done", tea["id"]),
        thanks_of=partner if isinstance(partner, str) else partner["id"],
        thanks_day=day,
        program_id=tea["id"],
        means=kind,
        cost=cost,
        currency="USD",
        state="done",
        due_on=day,
        why=why,
        created_at=shop.at,
    ).save()
    return number


def sums(shop, tea, **query):
    text = "".join(f"&{name}={value}" for name, value in query.items())
    return shop.get(f"/v1/thanks/sums?program={tea['id']}&year={shop.at.year}{text}").json


def merge(shop, duplicate, ada):
    assert shop.post(f"/v1/partners/{duplicate['id']}/merge", {"into": ada["id"]}).status == 200
    memory.forget_everything()


@pytest.fixture
def duplicate(shop, tea):
    return shop.partner(tea, external_id="ada-2", name="Ada L.", email="ada@home.example")


@pytest.mark.moto
def test_what_went_to_a_duplicate_adds_up_with_the_partner_who_stays(shop, tea, ada, duplicate):
    bob = shop.partner(tea, external_id="bob", email="bob@mail.example")
    give(shop, tea, ada, "gift", 500)
    give(shop, tea, duplicate, "donation", 3000)
    give(shop, tea, duplicate, "note", 0)
    give(shop, tea, bob, "gift", 2000)
    merge(shop, duplicate, ada)

    of_ada = {"partner": ada["id"], "number": 3, "cost": 3500, "gifts": 500, "donations": 3000}
    of_bob = {"partner": bob["id"], "number": 1, "cost": 2000, "gifts": 2000, "donations": 0}
    view = sums(shop, tea)
    assert view["data"] == [of_ada, of_bob]
    assert view["total"] == {"number": 4, "cost": 5500, "gifts": 2500, "donations": 3000}
    for name in (ada["id"], duplicate["id"], "ext_ada-2"):
        assert sums(shop, tea, partner=name)["data"] == [of_ada]
    pages = [sums(shop, tea, limit=1)]
    while pages[-1]["has_more"]:
        pages.append(sums(shop, tea, limit=1, cursor=pages[-1]["next_cursor"]))
    assert [one for page in pages for one in page["data"]] == [of_ada, of_bob]
    assert {page["total"]["cost"] for page in pages} == {5500}


def test_a_page_of_duplicates_only_has_the_totals_the_file_and_the_way_back(shop, admin, tea, ada, duplicate, path):
    others = [f"ptr_{one:026}" for one in range(49)]
    for number, to in enumerate([duplicate["id"], *others, ada["id"]]):
        give(shop, tea, to, cost=1000 - number)
    merge(shop, duplicate, ada)

    last = admin.get(read(admin.get(path).body).link("More"))

    assert "No thanks were done in this year." not in last.body
    assert "<table" not in last.body
    page = read(last.body)
    assert "<dd>51</dd>" in last.body
    assert page.link("First page")
    lines = admin.get(page.link("Save as CSV")).body.strip().splitlines()
    assert len(lines) == 51


def test_the_file_has_the_highest_cost_first_also_of_who_has_several_ids(shop, admin, tea, ada, duplicate, path):
    for number in range(100):
        give(shop, tea, f"ptr_{number:026}", cost=1000)
    for to in (ada, duplicate):
        give(shop, tea, to, cost=900)
    merge(shop, duplicate, ada)

    assert sums(shop, tea, limit=100)["data"][0]["cost"] == 1000
    text = admin.get(f"{path}?format=csv").body.removeprefix("\ufeff")
    costs = [float(line["cost"]) for line in csv.DictReader(io.StringIO(text))]
    assert costs == [18.0, *[10.0] * 100]


def test_a_file_that_would_take_too_long_is_refused_in_time(shop, admin, tea, ada, path, monkeypatch):
    give(shop, tea, ada)
    # The time is over as soon as the year was read.
    monkeypatch.setattr(thanks_sums, "_MOST_SECONDS", 0.0)

    assert admin.get(path).status == 200
    answer = admin.get(f"{path}?format=csv")
    assert (answer.status, "more partners than fit into one file" in answer.body) == (422, True)


@pytest.mark.moto
def test_thanks_to_either_id_are_listed_under_the_partner_who_stays_page_by_page(shop, tea, ada, duplicate):
    days = {f"2026-03-0{number}": (ada, duplicate)[number % 2] for number in range(1, 8)}
    stored = {day: give(shop, tea, to, day=day) for day, to in days.items()}
    # Two of a day, one with each of the ids.
    same = [give(shop, tea, to, day="2026-03-04") for to in (ada, duplicate)]
    merge(shop, duplicate, ada)

    listed, query = [], f"/v1/thanks?partner={ada['id']}&limit=2"
    page = shop.get(query).json
    while True:
        listed += page["data"]
        if not page["has_more"]:
            break
        page = shop.get(f"{query}&cursor={page['next_cursor']}").json

    assert len(listed) == 9
    assert {one["id"] for one in listed} == {*stored.values(), *same}
    assert [one["due_on"] for one in listed] == sorted((one["due_on"] for one in listed), reverse=True)
    own = shop.get(f"/v1/thanks?partner={duplicate['id']}").json["data"]
    assert {one["to"] for one in own} == {duplicate["id"]}


def test_the_page_of_thanks_names_the_partner_who_stays(shop, admin, tea, ada, duplicate):
    body = {"program": tea["id"], "partner": duplicate["id"], "kind": "call"}
    assert shop.post("/v1/thanks", body).status == 201
    merge(shop, duplicate, ada)

    page = read(admin.get(f"/admin/programs/{tea['id']}/thanks").body)

    assert page.link("Ada").startswith(f"/admin/partners/{ada['id']}")
    assert shop.post("/v1/thanks", body).json["to"] == ada["id"]


def test_only_what_was_done_in_the_year_and_the_program_is_in_its_sum(shop, tea, ada):
    year, other = shop.at.year, shop.program(name="Coffee")
    for day in (f"{year - 1}-12-31", f"{year}-01-01", f"{year}-12-31", f"{year + 1}-01-01"):
        give(shop, tea, ada, cost=100, day=day)
    give(shop, other, ada, cost=10_000)
    shop.post("/v1/thanks", {"program": tea["id"], "partner": ada["id"], "kind": "gift"})

    assert [one["number"] for one in sums(shop, tea)["data"]] == [2]
    assert [one["cost"] for one in sums(shop, tea, partner="ext_ada")["data"]] == [200]


def test_a_year_that_cannot_be_read_whole_is_refused_and_never_summed_in_part(shop, admin, tea, ada, path, monkeypatch):
    # More than a call of the database reads.
    for _ in range(3):
        give(shop, tea, ada, why="x" * 390_000)
    assert sums(shop, tea)["total"]["cost"] == 3000
    monkeypatch.setattr(thanks_sums, "_MOST_CALLS", 1)

    refused = sums(shop, tea)
    assert (refused["code"], "name a partner" in refused["detail"]) == ("too_many_thanks", True)
    refused = sums(shop, tea, partner=ada["id"])
    assert (refused["code"], "name a partner" in refused["detail"]) == ("too_many_thanks", False)
    for query in ("", "?format=csv"):
        answer = admin.get(f"{path}{query}")
        assert (answer.status, "$30.00" in answer.body) == (422, False)
        assert "more thanks than can be summed at once" in answer.body


def test_the_page_sums_up_the_chosen_year_with_a_file_of_it(shop, admin, tea, ada, duplicate, path):
    give(shop, tea, ada, "gift", 2550)
    give(shop, tea, duplicate, "donation", 1000)
    give(shop, tea, ada, "gift", 700, day=f"{shop.at.year - 1}-05-05")
    merge(shop, duplicate, ada)

    page = read(admin.get(path).body)
    [row] = page.table("Thanks by partner")
    assert row == {"Partner": "Ada", "Thanks": "2", "Gifts": "$25.50", "Donations": "$10.00", "Cost": "$35.50"}
    assert "$7.00" in admin.get(f"{path}?year={shop.at.year - 1}").body
    assert "No thanks were done in this year." in admin.get(f"{path}?year=2020").body

    file = admin.get(page.link("Save as CSV"))
    assert file.headers["Content-Disposition"].endswith(f'"thanks-{shop.at.year}.csv"')
    text = file.body.decode() if isinstance(file.body, bytes) else file.body
    [line] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert line == {
        "year": str(shop.at.year),
        "partner": ada["id"],
        "external_id": "ada",
        "name": "Ada",
        "number": "2",
        "currency": "USD",
        "gifts": "25.50",
        "donations": "10.00",
        "cost": "35.50",
    }


@pytest.mark.parametrize("year", ["never", "99", "1999", "2026-01"])
def test_a_year_that_is_none_is_refused_where_it_was_typed(admin, path, year):
    answer = admin.get(f"{path}?year={year}")

    assert answer.status == 422
    [marked] = [one for one in read(answer.body).all("select") if one.attributes.get("aria-invalid") == "true"]
    assert marked.attributes["name"] == "year"


def test_a_page_takes_thirty_calls_at_most_however_many_partners_were_thanked(shop, admin, tea, ada, duplicate, path):
    for number, to in enumerate([ada, duplicate, *(f"ptr_{one:026}" for one in range(119))]):
        give(shop, tea, to, cost=number)
    merge(shop, duplicate, ada)
    file, listed = f"{path}?format=csv", 0
    while path:
        before = len(shop.line.calls)
        answer = admin.get(path)
        assert answer.status == 200
        assert len(shop.line.calls) - before <= 30
        page = read(answer.body)
        listed += len(page.table("Thanks by partner"))
        path = page.link("More") if "More</a>" in answer.body else ""
    assert listed == 120
    text = admin.get(file).body
    assert len(text.strip().splitlines()) == 121
