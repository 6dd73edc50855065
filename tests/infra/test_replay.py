"""The replay: its sources are read right, its story is the same each time, its books are its own."""

from datetime import date
from pathlib import Path

import pytest

from infra.replay import books, sources, story

SHARED = Path(__file__).parents[3] / "shared" / "data"
PURCHASES = """\
 00004 0001 19970101  2   29.33
 00004 0001 19970118  2   29.73
 00021 0002 19970101  3    0.00
 00050 0003 19970101  1    6.79
 00050 0003 19970101  1    6.79
"""
LOG = """\
1.2.3.4 - - [17/May/2015:10:05:03 +0200] "GET /a?b HTTP/1.1" 200 203023 "http://x.example/" "Mozilla/5.0 (\\"quoted\\")"
not a line of any log
5.6.7.8 - - [17/May/2015:08:05:02 +0000] "HEAD /c HTTP/1.1" 200 - "-" "-"
"""


def test_purchases_are_read_to_the_cent_and_keyed_by_their_line(tmp_path):
    (tmp_path / "bought.txt").write_text(PURCHASES)

    bought = sources.purchases(tmp_path / "bought.txt")

    assert [(one.line, one.customer, one.cents) for one in bought if one.day == date(1997, 1, 1)] == [
        (1, "00004", 2933),
        (3, "00021", 0),
        (4, "00050", 679),
        (5, "00050", 679),
    ]


def test_a_line_that_names_the_columns_is_passed_over_and_any_other_that_is_no_purchase_is_named(tmp_path):
    (tmp_path / "named.txt").write_text("customer_id date pieces dollars\n" + PURCHASES)
    (tmp_path / "broken.txt").write_text(PURCHASES + "00051 19970199 1 6.79\n")

    assert sources.purchases(tmp_path / "named.txt")[0].line == 2
    with pytest.raises(SystemExit, match="line 6 is not a purchase"):
        sources.purchases(tmp_path / "broken.txt")


def test_a_log_is_read_in_the_order_of_its_requests(tmp_path):
    (tmp_path / "access.log").write_text(LOG)

    requests = list(sources.requests(tmp_path / "access.log"))

    assert [(one.method, one.path, one.address) for one in requests] == [
        ("HEAD", "/c", "5.6.7.8"),
        ("GET", "/a?b", "1.2.3.4"),
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="real files are not at hand")
def test_real_files_are_read_whole():
    bought = sources.purchases(SHARED / "purchases-cdnow-sample.txt")

    assert (len(bought), len({one.customer for one in bought})) == (6919, 2357)
    assert len(list(sources.requests(SHARED / "web-requests.log"))) == 5000


def test_the_same_seed_tells_the_same_story(tmp_path):
    (tmp_path / "bought.txt").write_text(PURCHASES)
    bought = sources.purchases(tmp_path / "bought.txt")

    stories = [story.tell(bought, bots=["bot"], browsers=["browser"], seed=7) for _ in range(2)]

    assert stories[0] == stories[1]


def test_the_books_round_once_a_sale_and_up():
    bought = [sources.Purchase(1, "friend", date(1997, 1, 1), 1001), sources.Purchase(2, "ada", date(1997, 1, 1), 5)]
    friend = story.Customer("friend", "code", partner="ada", signs_up=date(1997, 1, 1), purchases=bought[:1])
    ada = story.Customer("ada", "partner", purchases=bought[1:])
    refund = story.Refund("refund-1-1", 1, 1)
    history = story.Story(["ada"], {"friend": friend, "ada": ada}, {date(1997, 1, 2): [refund]}, [date(1997, 1, 1)])

    book = books.keep(history)

    assert (book.balances, book.earned, book.reversed) == ({"ada": 125}, 126, 1)


def test_the_books_count_a_purchase_of_nothing_as_no_sale():
    bought = [sources.Purchase(1, "ada", date(1997, 1, 1), 0), sources.Purchase(2, "ada", date(1997, 1, 1), 1)]
    ada = story.Customer("ada", "partner", purchases=bought)

    book = books.keep(story.Story(["ada"], {"ada": ada}, {}, [date(1997, 1, 1)]))

    assert (book.sales, book.revenue) == (1, 1)
