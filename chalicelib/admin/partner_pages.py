"""Shows partners and their feedback: for each page, the values for its template."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.admin import codes
from chalicelib.admin.english import LOCALE, day, money
from chalicelib.admin.page import AdminPage, rest_of
from chalicelib.admin.program_pages import metrics_row
from chalicelib.kit import cursors
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.entries import AccountState, account_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.shapes import view_entries
from chalicelib.links import find as link_search
from chalicelib.links.shapes import make_url
from chalicelib.notes.note import NoteView, view_notes
from chalicelib.onboarding import progress
from chalicelib.onboarding.check_ins import gather_facts, read_facts_of_page
from chalicelib.partners import find as partner_search
from chalicelib.partners import share
from chalicelib.partners.feedback import list_feedback
from chalicelib.partners.table import StandingChange
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.counts import Counts
from chalicelib.stats.partner_counts import read_counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery, metrics
from chalicelib.users.roles import Rights

_PAGE = 25
_MOST_ENTRIES, _MOST_LINKS = 30, 100
_DAYS_OF_LINKS = timedelta(days=89)


def partners(reference: str, cursor: str | None, *, at: datetime) -> AdminPage:
    """Show one page of a program's partners: their standing, and what they are owed."""
    program_terms = programs.find(reference)
    currency = program_terms.program.currency
    named = f"admin partners of {program_terms.program.id}"
    page, position = partner_search.list_enrolled(
        program_terms.program.id, limit=_PAGE, position=cursors.read(cursor, of=named)
    )
    profiles = partner_search.find_all(one.id for one in page)
    owed = account_states([account_of(one, currency) for one in profiles]) if profiles else {}
    facts_of = read_facts_of_page(page, at=at)
    rows = []
    for identifier, profile in profiles.items():
        standing, account = profile.standing(program_terms.program.id, at), owed[account_of(identifier, currency)]
        enrollment = profile.enrollment(program_terms.program.id)
        rows.append(
            {
                "id": identifier,
                "name": profile.partner.name,
                "category": codes.name_of(standing.category),
                "tier": codes.name_of(standing.tier),
                "far": codes.name_of(_far(facts_of[identifier], at=at)),
                "since": day(enrollment.enrolled_at) if enrollment else "",
                "left": day(enrollment.left_at) if enrollment and enrollment.left_at else "",
                "held": money(account.held, currency),
                "due": money(account.due, currency),
                "paid": money(account.paid, currency),
            }
        )
    values = {"program": program_terms.program, "partners": rows, **rest_of(position, named, cursor)}
    return AdminPage("partners", "programs", f"Partners of {program_terms.program.name}", values)


def _far(facts: progress.OnboardingFacts, *, at: datetime) -> str:
    """Return the furthest step a partner has taken."""
    taken = [step.name for step in progress.derive_steps(facts, at=at) if step.at]
    return taken[-1] if taken else ""


def partner(
    reference: str, rights: Rights, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime
) -> AdminPage:
    """
    Show a partner: programs, links, accounts with their latest entries, and how their standing changed.

    Only the programs that *rights* open; accounts, which are of all of a partner's programs, only with all of them.
    *done* is what was done; *typed* is a form that was refused, to be mended.
    """
    profile = partner_search.find(reference)
    identifier = profile.partner.id
    visible = [one for one in profile.enrollments if rights.may("stats:read", [one.program_id])]
    program_of = {one.program_id: programs.find(one.program_id).program for one in visible}
    links = link_search.list_all(identifier)
    counts_of = {program_id: read_counts(identifier, program, at=at) for program_id, program in program_of.items()}
    accounts = []
    currencies = {program.currency for program in program_of.values()}
    for currency in sorted(currencies) if len(visible) == len(profile.enrollments) else ():
        head, entries = ledger.head_with_latest(identifier, currency, limit=_MOST_ENTRIES)
        state = head.state if head else AccountState()
        amounts = {part: money(getattr(state, part), currency) for part in ("held", "due", "frozen", "paid")}
        latest = view_entries(entries, texts(LOCALE))
        accounts.append({"currency": currency, "amounts": amounts, "entries": latest})
    enrollments = [
        {
            "program": program_of[one.program_id],
            "tier": codes.name_of(profile.standing(one.program_id, at).tier),
            "share": share.make_url(one),
            "since": day(one.enrolled_at),
            "left": day(one.left_at) if one.left_at else "",
            "steps": progress.derive_steps(gather_facts(one, links, counts_of[one.program_id]), at=at),
        }
        for one in visible
    ]
    changes = sorted(profile.changes, key=lambda change: -change.number)
    has_earlier = bool(changes) and len(changes) < changes[0].number
    changes = [one for one in changes if not one.program_id or one.program_id in program_of]
    by_link = {}
    for program_id, program in program_of.items():
        since = (program.calendar.day_of(at) - _DAYS_OF_LINKS).isoformat()
        span = Span(StatsQuery(from_=since), program, at=at)
        by_link[program_id] = counts_of[program_id].by_link(span.begin, span.end)
    values = {
        "partner": profile.partner,
        "done": done,
        "typed": typed or {},
        "category": codes.name_of(profile.standing("", at).category),
        "stopped": _stopped(profile),
        "stopped_to": profile.stopped.to if profile.stopped else None,
        "enrollments": enrollments,
        "links": [
            {
                "id": link.id,
                "url": make_url(link.code),
                "channel": link.channel,
                "live": link_search.is_live(link, at),
                **metrics_row(
                    metrics(
                        by_link[link.program_id].get(link.key, Counts()),
                        unique=None,
                        currency=program_of[link.program_id].currency,
                    )
                ),
            }
            for link in links[: -_MOST_LINKS - 1 : -1]
            if link.program_id in program_of
        ],
        "accounts": accounts,
        # All but the latest are a list of the API's.
        "has_earlier_changes": has_earlier,
        "changes": [_change(one, note, program_of) for one, note in zip(changes, view_notes(changes), strict=True)],
        "kinds": codes.KINDS,
    }
    return AdminPage("partner", "programs", profile.partner.name, values)


def _change(change: StandingChange, note: NoteView | None, program_of: dict[str, Program]) -> dict[str, Any]:
    """Return a change of a partner's standing; tiers are of programs that they take part in."""
    program = program_of.get(change.program_id or "")
    return {
        "from": change.effective_from,
        "what": change.what,
        "to": change.to,
        "by": change.by,
        "reached": codes.reached(change.reached, program.currency) if program else "",
        "note": note,
    }


def feedback(cursor: str | None) -> AdminPage:
    """Show one page of feedback."""
    page, position = list_feedback(limit=_PAGE, position=cursors.read(cursor, of="admin feedback"))
    profiles = partner_search.find_all(one.partner_id for one in page)
    rows = [
        {
            "id": one.partner_id,
            "name": profiles[one.partner_id].partner.name if one.partner_id in profiles else "(deleted partner)",
            "score": one.score,
            "words": one.words or "",
            "date": day(one.created_at),
        }
        for one in page
    ]
    return AdminPage(
        "feedback", "feedback", "Feedback", {"feedback": rows, **rest_of(position, "admin feedback", cursor)}
    )


def _stopped(profile: partner_search.PartnerProfile) -> str:
    """Return that a partner is suspended or banned, and why; empty if they are not."""
    change = profile.stopped
    if change is None:
        return ""
    held = " Payouts leave out what they earned before." if change.withholds else ""
    return f"{codes.name_of(change.to)}: {codes.name_of_stop(change.reason or '').lower()}.{held}"
