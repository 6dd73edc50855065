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
