"""
Stored counts of the outcomes of closed days: by the terms they were decided with, and by cohort.

Customers are of the month they were bound in, partners of the one they enrolled in. A cohort has a row for each closed
UTC day on which anything of it was counted, so a query reads a few cohorts with all of their days.
"""

from chalicelib.kit.dynamo.attributes import Instant
from chalicelib.kit.structured import Structured
from chalicelib.stats.counts import CohortKind, CountsByMonth, TermsOfOwner
from chalicelib.stats.table import Sheet, StatsRow, program_subject

MONTHS = "months"


class DayTerms(Sheet, discriminator="day_terms"):
    """Outcomes by partner, link and section of the day; of each tier, terms version, and new or known customers."""

    by_terms: Structured[dict[str, TermsOfOwner]] = Structured(dict[str, TermsOfOwner])


class CohortDay(StatsRow, discriminator="cohort_day"):
    """A cohort on a closed UTC day: what is counted of it, by the local month it is of (a day may be of two)."""

    months: Structured[CountsByMonth] = Structured(CountsByMonth)
    as_of = Instant()


class MemberMonths(StatsRow, discriminator="member_months"):
    """
    When a member of a cohort first appeared, and was first active in each month: the hour, and with whom.

    *first* has the earliest of all hours that were counted, in whatever order they were: so of one month, one day
    counts a member as active, also after any of its days was recounted.
    """

    first: Structured[dict[str, str]] = Structured(dict[str, str])


def by_terms_key(subject: str) -> str:
    """Return the partition of the outcomes of a program's closed days by what they were decided with."""
    return f"terms#{subject}"


def cohorts_key(kind: CohortKind, program_id: str) -> str:
    """Return the partition of the days of a program's cohorts."""
    return f"cohorts#{kind}#{program_subject(program_id)}"


def cohort_day(cohort: str, day: str) -> str:
    """Return the sort key of a cohort's day: the days of a cohort stand together."""
    return f"{cohort}#{day}"


def member_key(member: str) -> str:
    """Return the partition of a member's months: of a referral, or of a partner in a program."""
    return f"member#{member}"
