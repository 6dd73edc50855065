"""What closed days have stored by terms and by cohort, held to the decisions."""

from collections import Counter, defaultdict
from datetime import datetime

from msgspec.structs import asdict

from chalicelib.kit.calendars import Calendar
from chalicelib.stats.counts import Counts
from chalicelib.stats.outcome_table import CohortDay, DayTerms, by_terms_key, cohorts_key
from chalicelib.stats.table import program_subject
from tests.reports.long_histories import NUMBERS, Decisions


def by_terms(program, zone):
    """Return what the sheets have, by partner, link, local day, tier, terms version and kind of customer."""
    calendar, sums = Calendar(zone), defaultdict(Counter)
    for sheet in DayTerms.query(by_terms_key(program_subject(program["id"]))):
        for owner, links in sheet.by_terms.items():
            partner = owner if owner.startswith("ptr_") else None
            for code, sections in links.items():
                for since, several in sections.items():
                    day = calendar.day_of(datetime.fromisoformat(f"{sheet.sk[:10]}T{since}:00+00:00")).isoformat()
                    for one in several:
                        key = (partner, code or None, day, one.tier, str(one.terms_version), one.customer)
                        counts = asdict(Counts(*one.numbers))
                        sums[key].update(counts | {"customers": counts["first_sales"]})
    return {key: numbers for key, one in sums.items() if (numbers := {n: one[n] for n in NUMBERS if one[n]})}


def by_cohort(program, kind):
    """Return what the days of cohorts have, by cohort and month."""
    sums = defaultdict(Counter)
    for row in CohortDay.query(cohorts_key(kind, program["id"])):
        for month, counts in row.months.items():
            sums[row.sk[:7], month].update(asdict(counts))
    return {key: numbers for key, one in sums.items() if (numbers := {n: v for n, v in one.items() if v})}


def check_closed_days(shop, program, zone):
    """Check what is stored, in the days of the program's zone; return the decisions."""
    decisions = Decisions(shop, program, zone)
    assert by_terms(program, zone) == decisions.by("partner", "link", "day", "tier", "terms_version", "customer")
    for kind in ("customers", "partners"):
        assert by_cohort(program, kind) == decisions.cohorts(kind)
    return decisions
