"""Shows a partner what there is: for each page, the values its template takes."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.kit import cursors
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.errors import InvalidValue
from chalicelib.language import formats
from chalicelib.language.texts import Texts, languages, texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger import statement as statements
from chalicelib.ledger.accounts import calendar_of
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.shapes import say_why
from chalicelib.ledger.table import Entry
from chalicelib.links import find as link_search
from chalicelib.links.first_link import is_of_share_page
from chalicelib.onboarding import progress
from chalicelib.onboarding.check_ins import gather_facts
from chalicelib.partners import share
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.preferences import TOPICS
from chalicelib.partners.table import Enrollment
from chalicelib.portal import prompt
from chalicelib.portal.page import PortalPage
from chalicelib.portal.unread import list_unread
from chalicelib.programs import end_sentences
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import Imprint, imprints_of
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.shapes import ProgramSummary, TermsView
from chalicelib.rewards.find import benefits
from chalicelib.stats.counts import Counts
from chalicelib.stats.partner_counts import count_links, read_counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery
from chalicelib.web import activity
from chalicelib.web.shared_links import shared_url

_DAYS = timedelta(days=89)
_LATELY = timedelta(days=29)
_PARTS = ("held", "due", "frozen", "paid")
_MONTHS, _FEW = 24, 10
_MOST_LINKS, _MOST_ENTRIES, _MOST_WALKED = 20, 100, 1000
_PAYOUTS = ("payout_prepared", "payout_paid", "payout_failed", "payout_returned")


def overview(profile: PartnerProfile, t: Texts, *, at: datetime) -> PortalPage:
    """Show what is owed in each currency, and each program's results of 90 days and latest benefits."""
    accounts = []
    for currency in _currencies(profile):
        standing = ledger.account_state(account_of(profile.partner.id, currency))
        amounts = {part: formats.money(getattr(standing, part), currency, t.locale) for part in _PARTS}
        accounts.append({"currency": currency, **amounts})
    program_cards = []
    own = link_search.list_all(profile.partner.id)
    for enrollment in profile.enrollments:
        program_terms = programs.find(enrollment.program_id)
        program = program_terms.program
        counts = read_counts(profile.partner.id, program, at=at)
        span = Span(StatsQuery(from_=(at - _DAYS).date().isoformat()), program, at=at)
        totals = counts.total(span.begin, span.end)
        tier = profile.standing(enrollment.program_id, at).tier
        program_cards.append(
            {
                "id": program.id,
                "name": program.name,
                "unread": [] if enrollment.left_at else list_unread(profile, program, t, at=at),
                "end": [] if enrollment.left_at else end_sentences.of_end(program, t, at=at),
                "back": _way_back(program_terms, t, at=at) if enrollment.left_at else {},
                "left": t("left", date=formats.day(enrollment.left_at, t.locale)) if enrollment.left_at else "",
                "share": share.make_url(enrollment),
                "has_leaderboard": program.leaderboard is not None and program.leaderboard.shows != "off",
                "takes_introductions": receiving_of(program).open and program.takes_touch(at),
                "prompt": prompt.sentences(program, t, at=at),
                "tier": t("tier_now", name=formats.name_from(tier)) if tier else "",
                "steps": []
                if enrollment.left_at or not program.takes_touch(at)
                else _steps(enrollment, gather_facts(enrollment, own, counts), t, at=at),
                "clicks": formats.number(totals.human, t.locale),
                "joined": formats.number(totals.leads, t.locale),
                "bought": formats.number(totals.sales, t.locale),
                "given": activity.list_activity(
                    [], {}, benefits(profile.partner.id, enrollment.program_id, limit=_FEW), t, most=_FEW
                ),
            }
        )
    values = {"name": profile.partner.name, "accounts": accounts, "programs": program_cards}
    awaited = profile.partner.payee_awaited_since is not None
    return PortalPage("overview", {**values, "payee_awaited": awaited, "imprints": _imprints(profile.enrollments, t)})


def _way_back(program_terms: ProgramTerms, t: Texts, *, at: datetime) -> dict[str, Any]:
    """Return how a partner who has left a program can rejoin."""
    program, terms = program_terms.program, program_terms.in_force(at)
    return {
        "way": program.joining if program.takes_touch(at) else "ended",
        "version": terms.version,
        "terms_url": f"{TermsView.of(terms).url}?lang={t.locale}",
        "terms_name": t("join_terms", version=str(terms.version)),
        "apply_url": ProgramSummary.of(program).join_url,
    }


def _steps(enrollment: Enrollment, facts: progress.OnboardingFacts, t: Texts, *, at: datetime) -> list[dict[str, str]]:
    """Return how far a partner has got in a program, each step with its date."""
    taken = progress.derive_steps(facts, at=at)
    return [
        {
            "what": activity.name_step(one.name, enrollment, t),
            "date": formats.day(one.at, t.locale) if one.at else t["step_to_come"],
        }
        for one in taken
    ]


def links(profile: PartnerProfile, t: Texts, cursor: str | None, *, at: datetime) -> PortalPage:
    """Show one page of a partner's links, newest first, with results, and the form for a new one."""
    named = f"portal links of {profile.partner.id}"
    position = cursors.read(cursor, of=named)
    page, following = link_search.list_page(profile.partner.id, limit=_MOST_LINKS, position=position)
    since = (at - _LATELY).date()
    rows = [
        {
            "spans": [
                (t["so_far"], _numbers(counted.ever, t)),
                (t["days_30"], _numbers(counted.lately, t)),
            ],
            "unseen": not counted.ever.human,
            "channel": link.channel or t["own_link" if is_of_share_page(link) else "no_label"],
            "code": link.code,
            "url": shared_url(link.code, programs.find(link.program_id).program),
            "live": link_search.is_live(link, at),
            "program": programs.find(link.program_id).program.name,
            "date": formats.day(link.created_at, t.locale),
        }
        for link, counted in zip(page, count_links(page, since=since, at=at), strict=True)
    ]
    values = {
        "links": rows,
        "as_of": f"{formats.day(at, t.locale)}, {at:%H:%M} UTC",
        "programs": [one for one in _taken_part_in(profile) if programs.find(one[0]).program.takes_touch(at)],
        "imprints": _imprints((one for one in profile.enrollments if one.left_at is None), t),
        "following": cursors.write(following, of=named),
    }
    return PortalPage("links", values)


def _numbers(counts: Counts, t: Texts) -> dict[str, str]:
    numbers = {"clicks": counts.human, "joined": counts.leads, "bought": counts.sales}
    return {name: formats.number(number, t.locale) for name, number in numbers.items()}


def statement(profile: PartnerProfile, t: Texts, query: dict[str, str], *, at: datetime) -> PortalPage:
    """Show one page of a month's statement."""
    currencies = _currencies(profile) or ["USD"]
    currency, month = _chosen(profile, query, at=at)
    begin, end = _bounds(month, calendar_of(profile, currency))
    named = f"portal statement of {profile.partner.id} {currency} {month}"
    start = cursors.read(query.get("cursor"), of=named) or {}
    span = tuple(start["span"]) if start else None
    made = statements.statement(
        profile.partner.id,
        currency,
        begin=begin,
        end=end,
        limit=_MOST_ENTRIES,
        position=start.get("position"),
        span=span,
    )
    rest = {"position": made.position, "span": made.span} if made.position is not None else None
    entries = [
        {
            "date": formats.day(entry.at, t.locale),
            "what": t[entry.name],
            "program": programs.find(entry.program_id).program.name if entry.program_id else "",
            "amounts": [
                formats.quantity(getattr(entry, part), currency, t.locale) if getattr(entry, part) else ""
                for part in _PARTS
            ],
        }
        for entry in made.movements
    ]
    values = {
        "currencies": currencies,
        "currency": currency,
        "months": [(one, formats.month(date.fromisoformat(f"{one}-01"), t.locale)) for one in _months(at)],
        "month": month,
        "opening": [] if start else [formats.quantity(made.opening[part], currency, t.locale) for part in _PARTS],
        "closing": [] if rest else [formats.quantity(made.closing[part], currency, t.locale) for part in _PARTS],
        "entries": entries,
        "following": cursors.write(rest, of=named),
        "imprints": _imprints(profile.enrollments, t),
    }
    return PortalPage("statement", values)


def statement_csv(profile: PartnerProfile, query: dict[str, str], *, at: datetime) -> tuple[str, str]:
    """Return a whole month's statement as CSV, and the file's name."""
    currency, month = _chosen(profile, query, at=at)
    begin, end = _bounds(month, calendar_of(profile, currency))
    say = partial(say_why, t=texts(profile.partner.locale))
    dialect = formats.spreadsheet_of(profile.partner.locale)
    text = statements.as_csv(profile.partner.id, currency, begin=begin, end=end, say=say, dialect=dialect)
    return text, f"statement-{month}-{currency}.csv"


def payouts(profile: PartnerProfile, t: Texts) -> PortalPage:
    """Show the latest payouts, each once, with its result: from the last thousand movements of each account."""
    entries: list[Entry] = []
    for currency in _currencies(profile):
        latest: dict[str, Entry] = {}
        for entry in ledger.latest(profile.partner.id, currency, limit=_MOST_WALKED):
            if entry.kind in _PAYOUTS:
                latest.setdefault(entry.source_id, entry)
        entries += latest.values()
    rows = [
        {
            "date": formats.day(entry.at, t.locale),
            "what": t[entry.kind],
            "amount": formats.money(max(abs(entry.frozen), abs(entry.paid)), entry.currency, t.locale),
        }
        for entry in sorted(entries, key=lambda entry: entry.at, reverse=True)
    ]
    return PortalPage("payouts", {"payouts": rows, "imprints": _imprints(profile.enrollments, t)})


def settings(profile: PartnerProfile, *, at: datetime) -> PortalPage:
    """Show a partner's language, and their payee."""
    waits_until = profile.partner.payee_waits_until(at)
    locale = profile.partner.locale
    t = texts(locale)
    # A locale such as de-AT stays what it is when something else is changed.
    own_locale = {t.language: locale} if t.locale == locale else {}
    choices = [(own_locale.get(tag, tag), tag, name) for tag, name in languages()]
    if not own_locale:
        choices.append((locale, locale, locale))
    subscribed = [topic for topic in TOPICS if topic not in profile.partner.emails.off]
    values = {
        "locale": locale,
        "languages": choices,
        "partner": profile.partner,
        "payee_waits_until": formats.day(waits_until, t.locale) if waits_until else "",
        "topics": TOPICS,
        "wanted": subscribed,
    }
    return PortalPage("settings", values)


def leaving(profile: PartnerProfile) -> PortalPage:
    """Show which programs can be left."""
    return PortalPage("leave", {"programs": _taken_part_in(profile)})


def _taken_part_in(profile: PartnerProfile) -> list[tuple[str, str]]:
    taken = [one.program_id for one in profile.enrollments if one.left_at is None]
    return [(program_id, programs.find(program_id).program.name) for program_id in taken]


def _imprints(enrollments: Iterable[Enrollment], t: Texts) -> list[Imprint]:
    """Return the imprints of programs that the page has read anyway; other pages have none, and read no program."""
    return imprints_of((programs.find(one.program_id).program for one in enrollments), t.locale)


def _currencies(profile: PartnerProfile) -> list[str]:
    return sorted({programs.find(one.program_id).program.currency for one in profile.enrollments})


def _chosen(profile: PartnerProfile, query: dict[str, str], *, at: datetime) -> tuple[str, str]:
    currencies = _currencies(profile) or ["USD"]
    currency = query.get("currency", currencies[0])
    if currency not in currencies:
        raise InvalidValue("You have no account in this currency.", pointer="/currency")
    month = query.get("month", f"{at:%Y-%m}")
    if not re.fullmatch(r"(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])", month):
        raise InvalidValue("A month is written as 2026-03.", pointer="/month")
    return currency, month


def _bounds(month: str, calendar: Calendar) -> tuple[datetime, datetime]:
    first = date.fromisoformat(f"{month}-01")
    return calendar.midnight(first), calendar.midnight((first + timedelta(days=31)).replace(day=1))


def _months(at: datetime) -> list[str]:
    number = at.year * 12 + at.month - 1
    return [f"{one // 12}-{one % 12 + 1:02}" for one in range(number, number - _MONTHS, -1)]
