"""What reports say of a business, held to what its raw rows say."""

from datetime import timedelta
from urllib.parse import urlencode

from chalicelib.kit import memory
from chalicelib.stats.shapes import MOST_DAYS
from tests.faults.recount import ORIGINS, TERMS, RecountOfFacts
from tests.reports import closed_days
from tests.reports.histories import NUMBERS, RATIOS, is_nothing

# By which dimensions, and by the days of which zone.
QUERIES = [
    *(((), "UTC"), (("day",), "UTC"), (("week",), "Europe/Berlin"), (("month",), "Asia/Kathmandu")),
    *((("weekday",), "America/St_Johns"), (("hour",), "Australia/Lord_Howe"), (("partner",), "UTC")),
    *((("category",), "UTC"), (("link",), "UTC"), (("channel",), "UTC"), (("click_class",), "Europe/Berlin")),
    *((("day", "partner"), "UTC"), (("hour", "link"), "Europe/Berlin"), (("channel", "weekday"), "Asia/Kathmandu")),
    *((("click_class", "partner"), "UTC"), (("day", "hour"), "America/St_Johns")),
]
# Where clicks came from, and by which terms what was decided, is counted once their day is closed.
QUERIES_OF_CLOSED_DAYS = [
    *(((name,), "UTC") for name in ORIGINS),
    *((("tier",), "UTC"), (("terms_version",), "UTC"), (("customer",), "UTC"), (("customer", "partner"), "UTC")),
    *((("day", "terms_version"), "UTC"), (("customer", "link"), "UTC"), (("customer", "terms_version"), "UTC")),
    *((("country", "day"), "UTC"), (("partner", "referrer_host"), "UTC"), (("device", "link"), "UTC")),
]
OF_CLICKS = ("hits", "clicks", "human_clicks")
# A report of several partners spans so many days, where the time of the day matters, and by days of other zones.
_MOST_DAYS_OF_MANY = 31
_OF_MANY = {"partner", "category", "link", "channel"}


def check_reports(business, queries):
    """Check that reports say what the rows say, and that their rows add up to their totals."""
    memory.forget_everything()
    recounts = {zone: RecountOfFacts(business, zone) for zone in sorted({zone for _, zone in queries})}
    for by, zone in queries:
        _check_report(business, by, recounts[zone], zone)


def check_some_reports(business, number):
    """Check so many of the reports: others after each fault."""
    begin = len(business.shop.line.calls)
    check_reports(business, [QUERIES[(begin + place) % len(QUERIES)] for place in range(number)])


def _check_report(business, by, recount, zone):
    metrics = OF_CLICKS if {"click_class", *ORIGINS} & {*by} else (*NUMBERS, *RATIOS)
    if {*TERMS} & {*by}:
        metrics = [name for name in NUMBERS if name not in OF_CLICKS]
    first, last = _span(business, by, zone)
    answer = report_of(business, by, metrics, first, last, zone)
    expected, totals = recount.report(by, metrics, first, last)
    assert answer["complete"], (by, answer["query"], answer["warnings"])
    assert answer["totals"] == totals, (by, zone, _different(answer["totals"], totals))
    rows = {tuple(row["by"].values()): row["metrics"] for row in answer["rows"]}
    assert len(rows) == len(answer["rows"]), by
    for key in rows.keys() | expected.keys():
        one, other = _something(rows.get(key, {})), _something(expected.get(key, {}))
        assert one == other, (by, zone, key, _different(one, other))
    for name in metrics:
        if name in NUMBERS:
            assert sum(row[name] for row in rows.values()) == totals[name], (by, name)


def _span(business, by, zone):
    """Return the first and the last day of a report: all there are, or as many as it may span."""
    of_closed_days = {*by} & {*ORIGINS, *TERMS}
    first = business.versions[0].begins.date() - timedelta(days=not of_closed_days)
    last = business.shop.at.date() + timedelta(days=-1 if of_closed_days else 1)
    if {*by} & _OF_MANY and (zone != "UTC" or "hour" in by):
        first = max(first, last - timedelta(days=_MOST_DAYS_OF_MANY - 1))
    return first.isoformat(), last.isoformat()


def span_of_origins(business):
    """Return the first and the last day of what is counted once a day is closed."""
    return _span(business, ORIGINS, "UTC")


def report_of(business, by, metrics, first, last, zone):
    """Return a report of the business's program."""
    query = {"metrics": ",".join(metrics), "from": first, "to": last, "timezone": zone}
    query |= {"by": ",".join(by)} if by else {}
    answer = business.shop.get(f"/v1/programs/{business.program['id']}/report?{urlencode(query)}")
    assert answer.status == 200, (by, answer.body)
    return answer.json


def check_closed_days(business):
    """
    Check the same once all days are closed; and where clicks came from, and by how many visitors they were.

    The same query gives the same bytes then.
    """
    business.shop.wait(days=1, hours=1)
    business.schedule("roll_up")
    check_reports(business, [*QUERIES, *QUERIES_OF_CLOSED_DAYS])
    first, last = span_of_origins(business)
    once, again = (report_of(business, ("day",), ("unique_visitors", "hits"), first, last, "UTC") for _ in range(2))
    assert once == again
    assert once["totals"]["unique_visitors"] == RecountOfFacts(business, "UTC").visitors(first, last)


def check_terms_and_cohorts(business):
    """Check what closed days have by tier, terms and customer, and by cohort, in the program's own days."""
    program = business.program
    closed_days.check_closed_days(business.shop, program, program["timezone"])


def check_links(business):
    """Check that the statistics of each link say what the rows say, whoever its results are credited to."""
    last = business.shop.at.date()
    days = ((last - timedelta(days=MOST_DAYS - 1)).isoformat(), last.isoformat())
    recount = RecountOfFacts(business, "UTC")
    for link in business.links:
        totals = business.shop.stats("links", link, **dict(zip(("from", "to"), days, strict=True)))["totals"]
        _, expected = recount.report((), NUMBERS, *days, link=link["code"].lower())
        actual = {
            **{name: totals[name] for name in ("leads", "sales", "refunds", "customers")},
            **{name: totals[name]["amount"] for name in ("revenue", "refunded")},
            "human_clicks": totals["clicks"]["human"],
            "referrer_net": totals["referrer_rewards"]["net"],
        }
        assert actual == {name: expected[name] for name in actual}, (link["code"], actual, expected)


def _something(metrics):
    return {name: value for name, value in metrics.items() if not is_nothing(value)}


def _different(one, other):
    """Return the metrics that differ, each as the report has it and as it was counted anew."""
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return {name: (one.get(name), other.get(name)) for name in names}
