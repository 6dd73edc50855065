"""The replay: its sources are read right, its story is the same each time, its books are its own."""

from collections import Counter
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from infra.replay import books, cohorts, facts, introduced, reports, returns, sources, steps, story, visits

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


@pytest.fixture
def history():
    """A friend who came by a link and bought twice, of which something was refunded; and a partner who bought."""
    bought = [
        sources.Purchase(1, "friend", date(1997, 1, 31), 1001),
        sources.Purchase(2, "friend", date(1998, 2, 1), 0),
        sources.Purchase(3, "ada", date(1997, 1, 5), 7),
    ]
    visit = story.Visit(date(1997, 1, 30), "ada", "browser", ["bot", "bot"])
    friend = story.Customer("friend", "link", "ada", [visit], date(1997, 1, 31), visit.day, bought[:2])
    customers = {"friend": friend, "ada": story.Customer("ada", "partner", purchases=bought[2:])}
    refunds = {date(1997, 2, 3): [story.Refund("r-1", 1, 1)], date(1997, 2, 6): [story.Refund("r-2", 1, 1000)]}
    return story.Story(["ada"], customers, refunds, [visit.day])


def test_the_facts_of_a_story_add_up_to_its_books_by_any_dimension(history):
    book, counted = books.keep(history), facts.facts_of(history, {"browser": "mobile"})

    for one in reports.comparisons({"ada": "ptr_1"}, facts.channels_of(history)):
        if one.metrics != ("hits",):
            whole = sum(reports.summed_by(counted, one).values(), start=Counter())
            assert (whole["sales"], whole["leads"], whole["refunds"]) == (book.sales, book.leads, book.refunds), one.by
            assert (whole["referrer_earned"], whole["referrer_reversed"]) == (book.earned, book.reversed) == (126, 126)
            assert (whole["revenue"], whole["refunded"]) == (book.revenue, book.refunded)
            assert (whole["hits"], whole["human_clicks"]) == (book.people + book.machines, book.people)
    by_month = reports.summed_by(counted, reports.comparisons({"ada": "ptr_1"}, facts.channels_of(history))[0])
    assert {name: numbers["net_revenue"] for (name,), numbers in by_month.items()} == {
        "1997-01": 1008,
        "1997-02": -1001,
        "1998-02": 0,
    }


class Service:
    """Answers each report as if nothing but these rows had ever been counted."""

    def __init__(self, **rows):
        self.rows = rows

    def api(self, _method, path):
        query = dict(parse_qsl(urlsplit(path).query))
        rows = self.rows if query["from"] <= "1997-01-30" <= query["to"] else {}
        metrics = dict.fromkeys(query["metrics"].split(","), 0)
        listed = [{"by": {query["by"]: name}, "metrics": metrics | {"hits": hits}} for name, hits in rows.items()]
        return {"complete": True, "rows": listed}


def test_a_report_that_differs_from_the_input_is_named_with_both_numbers(history):
    counted = facts.facts_of(history, {"browser": "mobile"})
    [by_device] = [one for one in reports.comparisons({"ada": "ptr_1"}, {"ada": None}) if one.by == "device"]

    right, wrong = reports.Checks(), reports.Checks()
    reports.check_reports(right, Service(mobile=1), "prg_1", counted, [by_device])
    reports.check_reports(wrong, Service(mobile=2, tablet=1), "prg_1", counted, [by_device])

    assert (right.wrong, right.compared) == ([], 1)
    assert wrong.wrong == [
        "report by device, mobile, hits: the service says 2, the input 1",
        "report by device, tablet, hits: the service says 1, the input 0",
    ]


def test_of_a_log_the_hosts_with_most_requests_are_named_for_each_link_and_day(tmp_path, monkeypatch):
    monkeypatch.setattr(visits, "_MOST_HOSTS", 1)
    line = '1.2.3.4 - - [17/May/2015:{}:00:00 +0200] "GET {} HTTP/1.1" 200 1 "{}" "x"\n'
    hosts = [("01", "https://b.example/1"), ("01", "https://a.example/1"), ("03", "https://b.example/"), ("03", "-")]
    (tmp_path / "access.log").write_text("".join(line.format(hour, "/tea", host) for hour, host in hosts))

    counted = visits.facts_of(sources.requests(tmp_path / "access.log"), {"/tea": "TEA"})

    # In the first hour, it was still the day before.
    assert sorted((fact.day.day, fact.hour, fact.host or "") for fact in counted) == [
        (16, "23", "a.example"),
        (16, "23", "other"),
        (17, "01", ""),
        (17, "01", "b.example"),
    ]


class NothingReturned:
    """Says of each year that it brought nothing, and cost nothing but a cent."""

    def api(self, _method, path):
        nothing = dict.fromkeys(("revenue", "refunded", "net_revenue", "sales"), 0)
        exact = [{"numerator": number, "denominator": "1"} for number in ("0", "1", "-1")]
        lines = [{"name": name, "amount": exact[0]} for name in ("referrer_rewards", "referee_rewards")]
        lines += [{"name": "service", "amount": exact[1]}]
        whole = {"complete": "by=partner" in path, "unattributed": nothing, "lines": lines, "rows": [], "customers": 0}
        return nothing | whole | {"value": exact[0], "cost": exact[1], "roi": exact[2]}


def test_a_return_that_differs_from_the_input_is_named_with_both_numbers(history):
    checks = reports.Checks()
    returns.check_returns(
        checks, NothingReturned(), "prg_1", facts.facts_of(history, {"browser": "mobile"}), {"ada": "ptr_1"}
    )

    # In 1997 the friend's purchase was refunded whole; in 1998 they got something for nothing.
    assert checks.wrong == [
        "return of 1997, revenue: the service says 0, the input 1001",
        "return of 1997, refunded: the service says 0, the input 1001",
        "return of 1997, customers: the service says 0, the input 1",
        "return of 1997, unattributed revenue: the service says 0, the input 7",
        "return of 1997, unattributed net_revenue: the service says 0, the input 7",
        "return of 1997, unattributed sales: the service says 0, the input 1",
        "return of 1997, referee_rewards: the service says 0, the input 500",
        "return of 1997, ada, revenue: the service says 0, the input 1001",
        "return of 1997, ada, refunded: the service says 0, the input 1001",
        "return of 1997, ada, referee_rewards: the service says 0, the input 500",
        "return of 1997, ada, customers: the service says 0, the input 1",
    ]


class NobodyCame:
    """Says of each year that nobody took any step."""

    def api(self, _method, _path):
        names = ("hits", "human_clicks", "signed_up", "bought", "bought_again", "became_partner")
        customers = dict.fromkeys(("customers", "orders", "revenue", "refunded", "net_revenue"), 0)
        listed = [{"step": name, "count": 0, "in_period": 0} for name in names]
        return {"complete": True, "steps": listed, "customers": customers}


def test_a_funnel_that_differs_from_the_input_is_named_with_both_numbers(history):
    checks = reports.Checks()
    steps.check_funnels(checks, NobodyCame(), "prg_1", history, facts.facts_of(history, {"browser": "mobile"}))

    # What the friend got in 1998, they got for nothing.
    assert checks.wrong == [
        "funnel of 1997, hits: the service says 0, the input 3",
        "funnel of 1997, human_clicks: the service says 0, the input 1",
        "funnel of 1997, signed_up in the period: the service says 0, the input 1",
        "funnel of 1997, signed_up: the service says 0, the input 1",
        "funnel of 1997, bought in the period: the service says 0, the input 1",
        "funnel of 1997, bought: the service says 0, the input 1",
        "funnel of 1997, new customers: the service says 0, the input 1",
        "funnel of 1997, orders of new customers: the service says 0, the input 1",
        "funnel of 1997, revenue of new customers: the service says 0, the input 1001",
        "funnel of 1997, refunded of new customers: the service says 0, the input 1001",
    ]


class NobodyStayed:
    """Says of each month's customers that they bought once and for all."""

    def api(self, _method, path):
        query = dict(parse_qsl(urlsplit(path).query))
        zeros = dict.fromkeys(query["metrics"].split(","), 0)
        once = zeros | {"active": 1, "customers": 1, "sales": 1, "revenue": 1001, "net_revenue": 1001}
        months = [{"since": n, "month": f"1997-0{n + 1}", "metrics": once if n == 0 else zeros} for n in range(2)]
        rows = [{"cohort": "1997-01", "members": 1, "months": months, "to_date": {"net_revenue": 1001}}]
        totals = {"members": 1, "to_date": {"net_revenue": 1001}}
        return {"complete": True, "cohorts": rows, "months": [], "totals": totals}


def test_a_cohort_that_differs_from_the_input_is_named_with_both_numbers(history):
    checks, counted = reports.Checks(), facts.facts_of(history, {"browser": "mobile"})
    until_february = [fact for fact in counted if fact.month <= "1997-02"]
    cohorts.check_cohorts(checks, NobodyStayed(), "prg_1", history, until_february)

    assert checks.wrong == [
        "cohort 1997-01 in 1997-01, rewards_net: the service says 0, the input 626",
        "cohort 1997-01 in 1997-02, refunded: the service says 0, the input 1001",
        "cohort 1997-01 in 1997-02, net_revenue: the service says 0, the input -1001",
        "cohort 1997-01 in 1997-02, rewards_net: the service says 0, the input -126",
        "cohort 1997-01 to date, net_revenue: the service says 1001, the input 0",
        "cohorts: the service says ['1997-01'], the input ['1997-01', '1997-02']",
        "all cohorts to date, net_revenue: the service says 1001, the input 0",
    ]


def direct(name, *cents):
    day = date(1997, 3, 1)
    bought = [sources.Purchase(int(name) * 10 + n, name, day, amount) for n, amount in enumerate(cents)]
    return story.Customer(name, "direct", signs_up=day, purchases=bought)


def test_some_who_come_by_themselves_are_introduced_and_pay_who_introduced_them():
    customers = {str(n): direct(str(n), 1000) for n in range(40)}
    history = story.Story(["ada"], customers, {}, [date(1997, 3, 1)])

    introduced.introduce_some(history, seed=7)

    some = [one for one in customers.values() if one.way == "introduced"]
    assert 0 < len(some) < len(customers)
    assert {one.partner for one in some} == {"ada"}
    assert {one.touched for one in some} < set(history.days)
    assert books.keep(history).balances == {"ada": 125 * len(some)}
    # They came by no link, so that no channel has them.
    channels = reports.comparisons({"ada": "ptr_1"}, {"ada": "Newsletter"})[2]
    sums = reports.summed_by(facts.facts_of(history, {}), channels)
    assert (channels.by, sums[None,]["sales"], sums[None,]["referrer_earned"]) == ("channel", 40, 125 * len(some))


def test_an_introduction_is_won_as_long_as_anything_of_a_purchase_is_left():
    customers = {"1": direct("1", 100, 50), "2": direct("2", 100), "3": direct("3", 0)}
    for customer in customers.values():
        customer.way = "introduced"
    refunds = [story.Refund(f"r-{line}", line, 100) for line in (10, 20)]

    states = introduced.states_of(story.Story(["ada"], customers, {date(1997, 3, 2): refunds}, []))

    assert states == {"1": "won", "2": "lost", "3": None}
