"""The page that imports partners: a table is checked line by line, imported once, and its results are saved."""

import csv
import io

import pytest

from chalicelib.admin.partners.import_reading import MOST
from chalicelib.kit import memory
from chalicelib.onboarding import batch
from tests.flows.test_people import entered, invited, sent  # noqa: F401
from tests.flows.test_terms_form import fields_of
from tests.reading import read

TABLE = """Email;Name;External ID;Code;Language;Category;Phone
ada@mail.example;Ada;ada;TEA-ADA;de;Influencer;1
;;;;;;
bea@mail.example;Bea;bea;api;en;client;2
cyd@mail.example;;cyd;;;;3
old@mail.example;Old;old;;;;4
dan@mail.example;Dan;dan;tea-ada;;;5
"""


def page_of(program):
    return f"/admin/programs/{program['id']}/import"


def checked(admin, program, table=TABLE):
    answer = admin.send(page_of(program), action="check", csv=table.replace("\n", "\r\n"))
    assert answer.status == 200, answer.body
    return answer


def lines(page):
    return [(row["Line"], row["Partner"], row["Result"], row["Remarks"]) for row in read(page.body).table("Lines")]


def names(shop):
    return sorted(one["name"] for one in shop.get("/v1/partners").json["data"])


def test_a_table_is_checked_line_by_line_and_nothing_is_written_before_it_is_imported(shop, admin):
    program = shop.program()
    shop.partner(program, name="Old one", external_id="old", email="other@mail.example")
    start = read(admin.get(f"/admin/programs/{program['id']}/partners").body)
    assert start.link("Import partners") == page_of(program)
    tables = ("partners", "links", "audit", "idempotency")
    before = {table: shop.rows(table) for table in tables}

    page = checked(admin, program)

    assert {table: shop.rows(table) for table in tables} == before
    assert lines(page) == [
        ("2", "Ada", "New", ""),
        ("4", "Bea", "Refused", "code: api is reserved: the API and what describes it."),
        ("5", "cyd@mail.example", "Refused", "name: A new partner needs a name."),
        ("6", "Old", "Nothing to do", "Stays as it is, though the line says something else: name, email."),
        ("7", "Dan", "Refused", "code: The code 'tea-ada' belongs to another link, or one that was ended."),
    ]
    text = read(page.body).text
    assert "These columns are not used: Phone" in text
    assert [(read(page.body).tile(label)) for label in ("New", "Nothing to do", "Refused")] == ["1", "1", "3"]
    back = admin.send(page_of(program), **fields_of(page.body, "Back to the form") | {"action": "form"})
    assert read(back.body).field("CSV text") == TABLE.strip()


def test_lines_are_imported_once_and_the_results_can_be_read_again_and_saved(shop, admin):
    program = shop.program()
    form = fields_of(checked(admin, program).body, "Import 2 lines")

    answers = [admin.send(page_of(program), action="import", **form) for _ in range(2)]

    [address] = {one.headers["Location"] for one in answers}
    page = admin.get(address)
    assert [(line, result) for line, _, result, _ in lines(page)] == [
        ("2", "New"),
        ("4", "Refused"),
        ("5", "Refused"),
        ("6", "New"),
        ("7", "Refused"),
    ]
    assert names(shop) == ["Ada", "Old"]
    ada = shop.get("/v1/partners/ext_ada").json
    assert (ada["category"], ada["locale"]) == ("influencer", "de")
    assert shop.get("/v1/links/tea-ada").json["partner"] == ada["id"]
    assert read(page.body).link("Ada") == f"/admin/partners/{ada['id']}"
    saved = admin.get(read(page.body).link("Save the results as CSV"))
    assert 'filename="import.csv"' in saved.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(saved.body.removeprefix("\ufeff"))))
    assert [(one["line"], one["result"], one["external_id"]) for one in rows][:2] == [
        ("2", "New", "ada"),
        ("4", "Refused", ""),
    ]
    assert (rows[0]["partner"], rows[0]["link"]) == (ada["id"], "https://go.example/tea-ada")
    assert rows[0]["page"] == ada["enrollments"][0]["share_url"]
    shop.wait(hours=49)
    admin.send("/admin/sign-in", key=shop.key)
    assert admin.get(address).status == 404


def test_the_same_table_again_creates_nobody_twice(shop, admin):
    program = shop.program()
    for expected in ("New", "Nothing to do"):
        form = fields_of(checked(admin, program).body, "Back to the form")
        page = admin.submit(page_of(program), **form | {"action": "import"})
        assert {result for _, _, result, _ in lines(page)} == {expected, "Refused"}
    assert names(shop) == ["Ada", "Old"]


def test_links_are_created_in_bulk_for_partners_who_are_known(shop, admin):
    program = shop.program()
    for key in ("ada", "bea"):
        shop.partner(program, name=key, external_id=key)
    table = (
        "external_id\tcode\tchannel\tdestination\nada\twinter-ada\tflyer\t\nbea\twinter-bea\t\thttps://tea.example/w"
    )

    form = fields_of(checked(admin, program, table).body, "Import 2 lines")
    page = admin.submit(page_of(program), action="import", **form)

    assert [row["Link"] for row in read(page.body).table("Lines")] == [
        "https://go.example/winter-ada",
        "https://go.example/winter-bea",
    ]
    assert shop.get("/v1/links/winter-ada").json["channel"] == "flyer"
    assert shop.get("/v1/links/winter-bea").json["destination"] == "https://tea.example/w"


WRONG = {
    "": "must name the columns",
    "name\nAda": "one of them must be email or external_id",
    "email,E-Mail\na@b.example,c": "names the column email twice",
    "email": "Paste 1 to",
    "email\n" + "a@mail.example\n" * (MOST + 1): f"Paste 1 to {MOST} lines",
    "email\na@mail.example,b": "Line 2 has more cells",
    'email\n"a': "cannot be read",
}


@pytest.mark.parametrize("table", WRONG, ids=WRONG.values())
def test_what_is_no_table_is_refused_and_kept_in_the_form(shop, admin, table):
    program = shop.program()

    answer = admin.send(page_of(program), action="check", csv=table)

    page = read(answer.body)
    assert (answer.status, page.field("CSV text")) == (422, table.strip())
    assert WRONG[table].lower() in page.text.lower()


def test_what_time_did_not_suffice_for_is_imported_by_the_same_table(shop, admin, monkeypatch):
    program = shop.program()
    table = "external_id,name\na,Ada\nb,Bea"
    form = fields_of(checked(admin, program, table).body, "Import 2 lines")
    monkeypatch.setattr(batch, "_MOST_SECONDS", 0.0)

    page = admin.submit(page_of(program), action="import", **form)

    assert [result for _, _, result, _ in lines(page)] == ["New", "Not reached"]
    assert "paste the same text again" in read(page.body).text
    # Its check reaches no more.
    again = fields_of(checked(admin, program, table).body, "Import 1 line")
    monkeypatch.setattr(batch, "_MOST_SECONDS", 8.0)
    page = admin.submit(page_of(program), action="import", **again)
    assert [result for _, _, result, _ in lines(page)] == ["Nothing to do", "New"]


def test_the_results_are_for_who_imported_and_hold_nothing_of_the_lines(shop, admin, sent):  # noqa: F811
    program = shop.program()
    form = fields_of(checked(admin, program).body, "Import 2 lines")
    address = admin.send(page_of(program), action="import", **form).headers["Location"]
    invited(shop, "eve@mail.example", [{"role": "owner"}])
    eve = entered(shop, sent, "eve@mail.example")

    assert admin.get(address).status == 200
    assert eve.get(address).status == 404
    assert not [row for row in shop.rows("idempotency") if "mail.example" in str(row) or "Ada" in str(row)]


@pytest.mark.engine
def test_the_page_of_an_import_of_any_size_takes_few_calls(shop, admin):
    program = shop.program()
    taken = []
    for number in (2, 150):
        table = "external_id,name\n" + "\n".join(f"p{one},Partner {one}" for one in range(number))
        form = fields_of(checked(admin, program, table).body, f"Import {number if number == 2 else number - 2} lines")
        address = admin.send(page_of(program), action="import", **form).headers["Location"]
        memory.forget_everything()
        shop.line.calls.clear()
        for path in (address, address.replace("import?", "import/export?")):
            assert admin.get(path).status == 200
        taken.append(len(shop.line.calls))
    assert max(taken) <= 30
