"""Exports: everything for a spreadsheet or a warehouse, in bounded parts, each row once, CSV and JSON Lines alike."""

import csv
import io
import json
import shutil
import subprocess
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import RECEIVED_SHARDS
from chalicelib.exports import export as exporting
from chalicelib.exports import received, sources
from chalicelib.exports.columns import COLUMNS
from chalicelib.kit import csv_text
from tests.faults.world import built_once, world

FORMULA = '=HYPERLINK("http://evil.example")'
EXPORTS = tuple(COLUMNS)


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
@built_once
def month(shop):
    """Two partners, one with a name like a formula; clicks, sales, a refund, and a payout of which half is paid."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    ada = shop.partner(program, external_id="ada", metadata={"team": "north, south"})
    eve = shop.partner(program, name=FORMULA, email="eve@mail.example", external_id="eve")
    for number, partner in enumerate((ada, eve)):
        link = shop.link(program, partner, code=f"tea-{number}")
        for one in range(3):
            shop.wait(minutes=20)
            clicked = shop.click_id(link)
            sale = shop.sale(
                program, f"order-{number}{one}", f"c-{number}{one}", amount=1999 + one, click_id=clicked
            ).json
            shop.streams.run()
    shop.wait(minutes=20)
    shop.sale(program, "order-of-nobody", "stranger", amount=5)
    shop.refund(sale, 1)
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent", "owners": [ada["id"]]})
    shop.wait(minutes=20)
    return program


def part(shop, name, program, **query):
    of_program = {"program": program["id"]} if name != "payouts" else {}
    answer = shop.get(f"/v1/exports/{name}?{urlencode(of_program | query)}")
    assert answer.status == 200, answer.body
    return answer


def walked(shop, name, program, **query):
    """Return all parts of an export."""
    parts = [part(shop, name, program, **query)]
    while (cursor := parts[-1].headers.get("Goodword-Next-Cursor")) is not None:
        parts.append(part(shop, name, program, **query, cursor=cursor))
        assert len(parts) < 100
    return parts


def records(parts):
    return [json.loads(line) for one in parts for line in one.body.splitlines()]


def table(text, **form):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), **form))


@pytest.mark.parametrize("name", EXPORTS)
def test_csv_and_json_lines_have_the_same_columns_and_values(shop, month, name):
    as_json = records([part(shop, name, month, format="jsonl")])
    header, *lines = table(part(shop, name, month).body)

    assert as_json, "there is something to export"
    assert header == list(as_json[0]) == [column.name for column in COLUMNS[name]]
    for record, line in zip(as_json, lines, strict=True):
        spelled = [
            ""
            if value is None
            else str(value).lower()
            if isinstance(value, bool)
            else value
            if column.kind == "amount"
            else table(csv_text.written(None, [[value]]))[0][0]
            for column, value in zip(COLUMNS[name], record.values(), strict=True)
        ]
        assert line == spelled


@pytest.mark.parametrize("name", EXPORTS)
def test_parts_of_any_size_join_to_the_same_rows_in_the_same_order(shop, month, name):
    whole = records([part(shop, name, month, format="jsonl")])
    by_one = walked(shop, name, month, format="jsonl", limit=1)
    joined = "".join(
        one.body for one in [part(shop, name, month, limit=2), *walked(shop, name, month, limit=2, header="false")[1:]]
    )

    assert records(by_one) == whole
    assert all(len(one.body.splitlines()) <= 1 for one in by_one)
    assert joined == part(shop, name, month).body


def test_what_is_written_while_someone_walks_is_in_the_next_export_and_everything_is_in_one_of_them_once(shop, month):
    for name in ("conversions", "rewards", "clicks", "partners"):
        first = [part(shop, name, month, format="jsonl", limit=2)]
        link = shop.get("/v1/links?partner=ext_ada").json["data"][0]
        shop.sale(month, f"late-{name}", f"late-{name}", click_id=shop.click_id(link))
        shop.partner(month, name=f"Late {name}", email=f"late-{name}@mail.example")
        shop.streams.run()
        shop.wait(minutes=20)
        while (cursor := first[-1].headers.get("Goodword-Next-Cursor")) is not None:
            first.append(part(shop, name, month, format="jsonl", limit=2, cursor=cursor))
        until = {one.headers["Goodword-Complete-Until"] for one in first}
        second = walked(shop, name, month, **{"format": "jsonl", "from": until.pop()})

        whole = [one["id"] for one in records([part(shop, name, month, format="jsonl")])]
        assert (until, len(records(second))) == (set(), 1), name
        assert sorted(one["id"] for one in [*records(first), *records(second)]) == sorted(whole), name


def test_spans_that_meet_have_each_row_once(shop, month):
    whole = records([part(shop, "conversions", month, format="jsonl")])
    middle = whole[3]["received_at"]

    before = records([part(shop, "conversions", month, format="jsonl", to=middle)])
    after = records([part(shop, "conversions", month, **{"format": "jsonl", "from": middle})])

    assert before
    assert after
    assert before + after == whole


def test_amounts_are_exact_decimals_and_say_their_currency_and_its_exponent(shop):
    yen = shop.program(currency="JPY", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    code = shop.link(yen, shop.partner(yen))["code"]
    shop.sale(yen, "order-1", "c-1", amount=9_007_199_254_740_991, code=code)
    dinar = shop.program(currency="KWD", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    shop.sale(dinar, "order-2", "c-2", amount=1)
    shop.settle()
    shop.wait(minutes=2)

    big, small = (records([part(shop, "conversions", one, format="jsonl")])[0] for one in (yen, dinar))

    assert (big["amount"], big["currency"], big["exponent"]) == ("9007199254740991", "JPY", 0)
    assert (small["amount"], small["currency"], small["exponent"]) == ("0.001", "KWD", 3)
    assert '"9007199254740991","","0","9007199254740991","JPY","0"' in part(shop, "conversions", yen).body


def test_a_name_that_is_a_formula_is_text_in_csv_and_itself_in_json_lines(shop, month):
    assert f'"\'{FORMULA}"'.replace('("', '(""').replace('")"', '"")"') in part(shop, "partners", month).body
    assert FORMULA in [one["name"] for one in records([part(shop, "partners", month, format="jsonl")])]


def test_a_mark_comes_only_where_asked_and_before_the_header_only(shop, month):
    plain, marked = part(shop, "partners", month), part(shop, "partners", month, bom="1")
    rest = part(shop, "partners", month, bom="1", header="0")
    german = part(shop, "conversions", month, locale="de").body

    assert marked.body == "\ufeff" + plain.body
    assert rest.body == plain.body.partition("\r\n")[2]
    assert table(german, delimiter=";")[1][7] == "19,99"


def test_rewards_name_the_conversion_that_earned_them_also_after_its_credit_was_moved(shop, month):
    sale = shop.get("/v1/conversions?partner=ext_ada").json["data"][0]
    moved = shop.post(
        f"/v1/conversions/{sale['id']}/credit", {"partner": "ext_eve", "reason": "wrong_partner", "note": "so they say"}
    )
    assert moved.status < 300, moved.body
    shop.settle()
    shop.wait(minutes=2)

    rewards = records([part(shop, "rewards", month, format="jsonl")])
    conversions = {one["id"] for one in records([part(shop, "conversions", month, format="jsonl")])}

    assert len([one for one in rewards if one["conversion"] == sale["id"]]) == 2
    assert {one["conversion"] for one in rewards} < conversions


def test_each_export_needs_the_scope_of_its_list_and_shows_no_more_than_that_list(shop, month):
    def status_and_text(name, *scopes):
        key = shop.post("/v1/keys", {"name": name, "scopes": ["stats:read", *scopes]}).json["secret"]
        query = "" if name == "payouts" else f"?program={month['id']}"
        answer = shop.get(f"/v1/exports/{name}{query}", key=key)
        return answer.status, answer.body

    for name in ("conversions", "partners", "payouts"):
        assert status_and_text(name, f"{name}:read")[0] == 200
        assert status_and_text(name)[0] == 403
    assert "@mail.example" in status_and_text("partners", "partners:read")[1]
    for name, *scopes in (
        ("clicks",),
        ("rewards",),
        ("conversions", "conversions:read"),
        ("payouts", "payouts:read"),
    ):
        status, text = status_and_text(name, *scopes)
        assert (status, "@mail.example" in text) == (200, False)


def test_erased_people_are_in_no_export_by_name_or_address(shop, month):
    shop.partner(month, name="Zoë", email="zoe@mail.example", external_id="zoe-17", metadata={"team": "alps"})
    assert shop.post("/v1/partners/ext_zoe-17/erase", {}).status == 200
    shop.streams.run()
    shop.wait(minutes=2)

    partners = part(shop, "partners", month, format="jsonl")

    assert not [word for word in ("Zoë", "zoe", "alps") if word in partners.body]
    assert [one["erased_at"] is None for one in records([partners])] == [True, True, False]


def test_a_part_ends_before_it_is_too_large_for_an_answer(shop, month, monkeypatch):
    monkeypatch.setattr(exporting, "_MOST_CHARACTERS", 1500)

    parts = walked(shop, "conversions", month, format="jsonl")

    assert len(parts) > 2
    assert [one["external_id"] for one in records(parts)][-1] == "order-of-nobody"
    assert len({one["id"] for one in records(parts)}) == len(records(parts)) == 7


def test_a_cursor_of_another_export_is_refused_and_so_is_an_empty_span(shop, month):
    cursor = part(shop, "conversions", month, limit=1).headers["Goodword-Next-Cursor"]
    program = month["id"]

    other = shop.get(f"/v1/exports/rewards?program={program}&cursor={cursor}")
    empty = shop.get(f"/v1/exports/rewards?program={program}&from=2026-11-02&to=2026-11-01")
    future = shop.get(f"/v1/exports/rewards?program={program}&from=2999-01-01")

    assert (other.status, other.json["code"]) == (422, "cursor_mismatch")
    assert (empty.status, empty.json["errors"][0]["pointer"]) == (422, "/from")
    assert (future.status, len(future.body.splitlines())) == (200, 1)


def test_what_there_is_no_export_of_is_refused_by_name(shop, month):
    unknown = shop.get("/v1/exports/secrets")
    of_all = shop.get("/v1/exports/clicks")
    of_one = shop.get(f"/v1/exports/payouts?program={month['id']}")

    assert (unknown.status, unknown.json["code"]) == (404, "export_not_found")
    assert [(one.status, one.json["errors"][0]["pointer"]) for one in (of_all, of_one)] == [(422, "/program")] * 2


def test_libreoffice_opens_the_csv_with_the_same_cells(shop, month, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    saved = part(shop, "partners", month, bom="1")
    (tmp_path / "partners.csv").write_text(saved.body, encoding="utf-8", newline="")

    subprocess.run(
        [
            office,
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            tmp_path,
            tmp_path / "partners.csv",
        ],
        check=True,
        timeout=120,
    )
    subprocess.run(
        [
            office,
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76",
            "--outdir",
            tmp_path / "out",
            tmp_path / "partners.xlsx",
        ],
        check=True,
        timeout=120,
    )

    assert table((tmp_path / "out" / "partners.csv").read_text(encoding="utf-8")) == table(saved.body)


def test_a_reward_is_listed_once_though_its_sale_was_amended_before_it_was_decided(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    link = shop.link(program, shop.partner(program))
    sale = shop.sale(program, amount=1000, click_id=shop.click_id(link)).json
    assert shop.amend(sale, 3000).status == 201
    shop.streams.run()
    shop.wait(minutes=20)

    listed = shop.get(f"/v1/rewards?program={program['id']}").json["data"]

    assert [(one["granted"]["amount"], one["remaining"]["amount"]) for one in listed] == [(300, 300)]
    assert records(walked(shop, "rewards", program, format="jsonl", limit=1)) == records(
        [part(shop, "rewards", program, format="jsonl")]
    )


def test_a_reward_that_a_restored_refund_was_the_first_to_give_is_listed(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    link = shop.link(program, shop.partner(program))
    clicked = shop.click_id(link)
    shop.wait(minutes=10)
    sale = shop.sale(program, amount=1000).json
    assert shop.refund(sale, 1000).status == 201
    shop.streams.run()
    assert shop.lead(program, click_id=clicked, occurred_at=sale["occurred_at"]).json["partner"]
    shop.streams.run()
    shop.wait(minutes=1)
    assert shop.restore(sale).status == 201
    shop.streams.run()
    shop.wait(minutes=20)

    [listed] = shop.get(f"/v1/rewards?program={program['id']}").json["data"]
    [exported] = records(walked(shop, "rewards", program, format="jsonl", limit=1))

    assert (listed["remaining"]["amount"], exported["remaining"]) == (100, "1.00")
    assert exported["conversion"] == sale["id"]


@pytest.fixture
@built_once
def years(shop):
    """A sale every fifty days, each with a reward; one is refunded in part, another's amount is corrected."""
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    link = shop.link(program, shop.partner(program))
    for number in range(10):
        sale = shop.sale(program, f"order-{number}", f"c-{number}", amount=2000, click_id=shop.click_id(link)).json
        shop.wait(days=1)
        if number == 2:
            shop.refund(sale, 500)
        if number == 3:
            shop.amend(sale, 3000)
        shop.streams.run()
        shop.wait(days=49)
    return program


@pytest.mark.slow
def test_an_export_of_years_has_what_events_no_longer_list(shop, years):
    for name in ("conversions", "rewards"):
        of_years = records(walked(shop, name, years, format="jsonl", limit=4))

        assert len(shop.get(f"/v1/{name}?program={years['id']}&limit=100").json["data"]) == 8, name
        assert len(of_years) == len({one["id"] for one in of_years}) == 10, name
        assert [one["remaining"] for one in of_years[2:4]] == [["15.00", "30.00"], ["1.50", "3.00"]][name == "rewards"]
        assert of_years == records(walked(shop, name, years, format="jsonl", limit=1)), name


def test_spans_of_long_ago_that_meet_have_each_row_once(shop, years):
    whole = records(walked(shop, "conversions", years, format="jsonl"))
    bound = whole[4]["received_at"]

    before = records(walked(shop, "conversions", years, format="jsonl", to=bound))
    after = records(walked(shop, "conversions", years, **{"format": "jsonl", "from": bound}))

    assert (len(before), before + after) == (4, whole)


def test_all_parts_of_an_export_read_the_same_lists_while_time_goes_on(shop):
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    for number in range(4):
        shop.sale(program, f"order-{number}", f"c-{number}")
    shop.streams.run()
    shop.wait(days=399)
    first = part(shop, "conversions", program, format="jsonl", limit=2)
    shop.wait(days=30)
    more = records([part(shop, "conversions", program, format="jsonl", cursor=first.headers["Goodword-Next-Cursor"])])

    # The events are gone by then: a new export has all, and the one that was begun says that it ends.
    assert len(records([first])) == 2
    assert more == []
    assert len(records(walked(shop, "conversions", program, format="jsonl"))) == 4


def test_without_a_program_an_export_is_of_all_live_ones_however_many(shop):
    of_test = shop.program(mode="test", name="Trial")
    several = [shop.program(name=f"Program {number}") for number in range(6)]
    for number, program in enumerate([of_test, *several]):
        shop.sale(program, f"order-{number}", f"c-{number}")
        shop.wait(hours=30)
    shop.streams.run()
    shop.wait(minutes=20)

    answer = shop.get("/v1/exports/conversions?format=jsonl")

    assert [one["program"] for one in records([answer])] == [one["id"] for one in several]
    assert [one["program"] for one in records(walked(shop, "conversions", of_test, format="jsonl"))] == [of_test["id"]]


@pytest.mark.slow
def test_what_many_reported_at_the_same_moment_is_whole_in_parts_of_any_size(shop, monkeypatch):
    monkeypatch.setattr(sources, "RETENTION", timedelta(0))
    monkeypatch.setattr(received, "_TOGETHER", RECEIVED_SHARDS)
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    link = shop.link(program, shop.partner(program))
    for moment in range(3):
        clicks = [shop.click_id(link) for _ in range(20)]
        for number, clicked in enumerate(clicks):
            shop.sale(program, f"order-{moment}-{number}", f"c-{moment}-{number}", click_id=clicked)
        shop.wait(minutes=1)
    shop.streams.run()
    shop.wait(minutes=20)

    for name in ("conversions", "rewards"):
        whole = [one["id"] for one in records(walked(shop, name, program, format="jsonl"))]
        in_parts = [one["id"] for one in records(walked(shop, name, program, format="jsonl", limit=7))]

        assert len(set(whole)) == 60, name
        assert in_parts == whole, name


def test_a_part_of_an_export_of_years_takes_a_bounded_number_of_reads(shop, years, monkeypatch):
    reads = []
    monkeypatch.setattr(
        received, "received_on", lambda day, *args, **rest: reads.append(day) or received_on(day, *args, **rest)
    )

    answer = part(shop, "conversions", years, format="jsonl")

    assert answer.headers["Goodword-Next-Cursor"]
    assert len(records([answer])) == 2
    assert (len(reads), len(set(reads))) == (960, 60)
