"""Several people by a table: checked first, each with its result, once for each form, and nothing that a file runs."""

import re

import pytest

from tests.flows.test_introduction_portal import ada, signed_in, tea  # noqa: F401
from tests.introduced import introduce, open_for_introductions

HEAD = "Name;E-Mail;Company;Why;Closeness"
ROWS = [
    "Grace Hopper;grace@navy.example;Navy;They need tea.;colleague",
    "Mary Shelley;mary@books.example;;She writes at night.;friend",
]


@pytest.fixture
def browser(shop, ada):  # noqa: F811
    return signed_in(shop, ada)


def filled(program, *rows, **fields):
    return {"program": program["id"], "once": "form-1", "csv": "\r\n".join([HEAD, *rows]), **fields}


def listed(shop, partner):
    return shop.get(f"/v1/introductions?partner={partner['id']}").json["data"]


def results(answer):
    assert answer.status == 200, answer.body
    table = answer.body.partition('<tbody role="rowgroup">')[2].partition("</tbody>")[0]
    return [re.sub(r"\s*(?:<[^>]+>\s*)+", "|", row).strip("|") for row in table.split("</tr>")[:-1]]


def test_a_check_says_of_each_line_what_would_be_and_stores_nothing(shop, tea, ada, browser):  # noqa: F811
    rows = [
        *ROWS,
        "Nobody;;;No address.;friend",
        "Ada;ada@mail.example;;Me.;friend",
        "Grace;grace@navy.example;;Again.;friend",
    ]
    answer = browser.send("/portal/introduce-several", **filled(tea, *rows, action="check"))
    lines = results(answer)
    assert [line.split("|")[2] for line in lines] == ["Ready", "Ready", "Not saved", "Not saved", "Not saved"]
    assert "Enter an email address, a phone number or a company." in lines[2]
    assert "This is your own address." in lines[3]
    assert "You introduced this person before" in lines[4]
    assert listed(shop, ada) == []


def test_each_line_is_introduced_by_itself_and_a_form_that_is_sent_twice_does_it_once(shop, tea, ada, browser):  # noqa: F811
    form = filled(tea, *ROWS, "Nobody;;;No address.;friend", action="do")
    answers = [browser.send("/portal/introduce-several", **form) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    lines = results(browser.get(answers[0].headers["Location"]))
    assert [line.split("|")[1] for line in lines[:2]] == ["Grace Hopper", "Mary Shelley"]
    assert ["Saved" in line for line in lines] == [True, True, False]
    assert sorted(one["state"] for one in listed(shop, ada)) == ["received", "received"]


def test_each_line_of_the_file_has_its_result_and_a_refused_one_its_number_reason_and_initials(shop, tea, ada, browser):  # noqa: F811
    introduce(shop, tea, shop.partner(tea, external_id="bob", email="bob@mail.example"))
    assert shop.post("/v1/talks", {"program": tea["id"], "email": "joan@books.example"}).status == 200
    rows = [
        *ROWS,
        "Nobody At All Reachable;;;No address.;friend",
        "Mary;mary@books.example;;Again.;friend",
        "Joan Clarke;joan@books.example;;She does sums.;friend",
        "Édith;edith@books.example;;She sings.;Edith@Sings.example",
    ]
    form = filled(tea, *rows, action="do")
    answer = browser.send("/portal/introduce-several", **form)
    for _ in range(2):
        page = browser.get(answer.headers["Location"])
        assert [line.split("|")[:3] for line in results(page)] == [
            ["Line 2", "Grace Hopper", "Saved, second in line"],
            ["Line 3", "Mary Shelley", "Saved"],
            ["Line 4", "N. A. R.", "Not saved"],
            ["Line 5", "M.", "Not saved"],
            ["Line 6", "Joan Clarke", "Declined"],
            ["Line 7", "É.", "Not saved"],
        ]
        remarks = [line.split("|")[3] for line in results(page)[2:]]
        assert remarks[0].startswith("Enter an email address, a phone number or a company.")
        assert remarks[1] == "You introduced this person before."
        assert "talk" in remarks[2]
        assert remarks[3]
    mary = next(one for one in listed(shop, ada) if one["person"]["name"] == "Mary Shelley")
    assert (
        f'<a href="/portal/introductions/{mary["id"]}" aria-label="Show the earlier introduction: Line 5">' in page.body
    )
    file = browser.get(f"/portal/introductions.csv?result={form['once']}").body
    assert ["N. A. R." in file, "Joan Clarke" in file] == [True, True]
    # Of whom it did not introduce, nothing else is kept.
    receipts = str(shop.rows("idempotency"))
    assert [word in receipts for word in ("Nobody", "Mary", "Grace", "@", "sings")] == [False] * 5


def test_lines_whose_results_were_lost_in_a_crash_lead_to_what_was_saved(shop, tea, ada, browser, monkeypatch):  # noqa: F811
    form = filled(tea, *ROWS, action="do")
    with monkeypatch.context() as broken:
        broken.setattr("chalicelib.portal.introduction_file.idempotency.receipt", lambda *_, **__: 1 / 0)
        assert browser.send("/portal/introduce-several", **form).status == 500
    answer = browser.send("/portal/introduce-several", **form)
    page = browser.get(answer.headers["Location"])
    assert [line.split("|")[:3] for line in results(page)] == [
        ["Line 2", "G. H.", "Not saved"],
        ["Line 3", "M. S.", "Not saved"],
    ]
    assert [f'href="/portal/introductions/{one["id"]}"' in page.body for one in listed(shop, ada)] == [True, True]


def test_who_was_introduced_before_by_someone_else_is_second_in_line_in_the_results(shop, tea, ada, browser):  # noqa: F811
    bob = shop.partner(tea, external_id="bob", email="bob@mail.example")
    introduce(shop, tea, bob)
    answer = browser.send("/portal/introduce-several", **filled(tea, *ROWS, action="do"))
    lines = results(browser.get(answer.headers["Location"]))
    assert "Saved, second in line" in lines[0]
    assert bob["id"] not in "".join(lines)


def test_the_results_file_runs_nothing_and_the_page_shows_text_only(shop, tea, ada, browser):  # noqa: F811
    rows = ["=HYPERLINK(1);calc@navy.example;;@SUM(1);friend", "<script>alert(1)</script>;x@navy.example;;Tea.;friend"]
    form = filled(tea, *rows, action="do")
    answer = browser.send("/portal/introduce-several", **form)
    page = browser.get(answer.headers["Location"]).body
    assert "<script>alert(1)" not in page
    file = browser.get(f"/portal/introductions.csv?result={form['once']}").body
    assert '"\'=HYPERLINK(1)"' in file
    assert '"=HYPERLINK' not in file


def test_a_file_is_read_as_spreadsheets_save_it(shop, tea, ada, browser):  # noqa: F811
    content = "\r\n".join([HEAD, *ROWS]).encode("utf-16")
    answer = browser.upload("/portal/introduce-several", {"file": content}, program=tea["id"], once="f", action="check")
    assert [line.split("|")[2] for line in results(answer)] == ["Ready", "Ready"]
    # What was in the file is in the form now, to be sent.
    assert "They need tea." in answer.body


@pytest.mark.parametrize(
    ("csv", "sentence"),
    [
        ("x", "Paste 1 to 50 lines below a first line"),
        ("Name,Phone\nAda,+49301234567", "Paste 1 to 50 lines below a first line"),
        (HEAD, "Paste 1 to 50 lines below a first line"),
        ("\n".join([HEAD, *ROWS * 26]), "Paste 1 to 50 lines below a first line"),
        (HEAD + '\n"unclosed;x', "Paste 1 to 50 lines below a first line"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence_and_stays_in_the_form(shop, tea, browser, csv, sentence):  # noqa: F811
    answer = browser.send("/portal/introduce-several", program=tea["id"], once="x", action="check", csv=csv)
    assert (answer.status, sentence in answer.body) == (422, True)
    assert re.search(r'name="csv" aria-invalid="true"', answer.body)


def test_a_check_counts_how_many_a_partner_may_have(shop):
    program = open_for_introductions(shop.program(name="Few", external_id="few"), most_open=1)
    ada = shop.partner(program, email="ada@mail.example")  # noqa: F811
    answer = signed_in(shop, ada).send("/portal/introduce-several", **filled(program, *ROWS, action="check"))
    assert ["as many open introductions as" in line for line in results(answer)] == [False, True]


def test_a_check_counts_how_many_a_partner_may_make_in_a_day(shop):
    program = open_for_introductions(shop.program(name="Few", external_id="few"), most_a_day=1)
    ada = shop.partner(program, email="ada@mail.example")  # noqa: F811
    browser = signed_in(shop, ada)
    for action in ("check", "do"):
        answer = browser.send("/portal/introduce-several", **filled(program, *ROWS, action=action))
        answer = browser.get(answer.headers["Location"]) if action == "do" else answer
        assert ["as are possible in a day" in line for line in results(answer)] == [False, True]
