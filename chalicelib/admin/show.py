"""Shows programs, partners, terms, messages and feedback: for each page, the values its template takes."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from chalicelib.admin import codes, funnel
from chalicelib.admin.english import LOCALE, day, minute, money, number
from chalicelib.dead_letters import find as dead_letters
from chalicelib.dead_letters.shapes import DeadLetterView
from chalicelib.kit import cursors
from chalicelib.kit.digests import without_empty
from chalicelib.language.texts import texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.find import account_states
from chalicelib.ledger.shapes import view_entries
from chalicelib.links import find as link_search
from chalicelib.links.shapes import make_url
from chalicelib.notes.note import NoteView, view_notes
from chalicelib.onboarding import progress
from chalicelib.onboarding.check_ins import gather_facts
from chalicelib.outbox import find as outbox
from chalicelib.outbox.find import Position
from chalicelib.outbox.shapes import MessageView
from chalicelib.partners import find as partner_search
from chalicelib.partners import share
from chalicelib.partners.feedback import list_feedback
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment, StandingChange
from chalicelib.programs import find as programs
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import Program, TermsVersion
from chalicelib.programs.terms import TermsBody
from chalicelib.rewards.impact_preview import preview_impact
from chalicelib.rewards.shapes import AffectedView
from chalicelib.stats.rank import rank
from chalicelib.stats.report import partner_report, program_report
from chalicelib.stats.shapes import Metrics, PartnerStatsQuery, RankedView, RankingQuery, StatsQuery

_PAGE, _FEW = 25, 10
_SPANS = (7, 30, 90)
# A ranking reads more than anything else on its page; the API may take longer over it.
_SECONDS = 3.0
_MOST_ENTRIES = 30
_DAYS_OF_LINKS = timedelta(days=89)


class View(NamedTuple):
    """A page's name, the section it is in, what is shown on it, and whether charts are."""

    name: str
    section: str
    title: str
    values: dict[str, Any]
    charts: bool = False


def overview(cursor: str | None, *, at: datetime) -> View:
    """Show all programs, and what the last 30 days came to in each."""
    page, position = programs.list_page(limit=_FEW, position=cursors.read(cursor, of="admin programs"))
    rows = []
    for program in page:
        totals = program_report(program.id, StatsQuery(), at=at).totals
        rows.append({"id": program.id, "name": program.name, "currency": program.currency, **_metrics_row(totals)})
    values = {"programs": rows, "dead_letters": dead_letters.count(), **_rest(position, "admin programs")}
    return View("overview", "programs", "Programs", values)


def program(reference: str, days: str | None, *, at: datetime) -> View:
    """Show what a program came to: totals, a funnel, days, and who and what brought most."""
    span = next((one for one in _SPANS if str(one) == days), 30)
    program_terms = programs.find(reference)
    since = (at - timedelta(days=span - 1)).date().isoformat()
    stats = program_report(program_terms.program.id, StatsQuery(from_=since), at=at)
    totals = stats.totals
    ranked_since = (at - timedelta(days=min(span, 31) - 1)).date().isoformat()
    ranking = rank(program_terms.program.id, RankingQuery(from_=ranked_since), at=at, most_seconds=_SECONDS)
    referred = totals.leads - totals.unattributed.leads
    steps = [("Clicks", totals.clicks.human), ("Referred sign-ups", referred), ("New customers", totals.customers)]
    values = {
        "program": program_terms.program,
        "span": span,
        "spans": _SPANS,
        "as_of": stats.as_of,
        "totals": _metrics_row(totals),
        "funnel": funnel.steps(steps),
        "days": [{"date": day.date, **_metrics_row(day.metrics)} for day in reversed(stats.days)],
        "partners": [{"id": one.name, "name": _name_of(one), **_metrics_row(one.metrics)} for one in ranking.partners],
        "channels": [{"name": one.name, **_metrics_row(one.metrics)} for one in ranking.channels],
        "ranked_from": ranking.from_,
        "complete": ranking.complete,
    }
    return View("program", "programs", program_terms.program.name, values, charts=True)


def partners(reference: str, cursor: str | None, *, at: datetime) -> View:
    """Show one page of a program's partners: how they stand, and what they are owed."""
    program_terms = programs.find(reference)
    currency = program_terms.program.currency
    named = f"admin partners of {program_terms.program.id}"
    page, position = partner_search.list_enrolled(
        program_terms.program.id, limit=_PAGE, position=cursors.read(cursor, of=named)
    )
    profiles = partner_search.find_all(one.id for one in page)
    owed = account_states([account_of(one, currency) for one in profiles]) if profiles else {}
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
                "far": codes.name_of(_far(profile, enrollment, at=at)) if enrollment else "",
                "since": day(enrollment.enrolled_at) if enrollment else "",
                "left": day(enrollment.left_at) if enrollment and enrollment.left_at else "",
                "held": money(account.held, currency),
                "due": money(account.due, currency),
                "paid": money(account.paid, currency),
            }
        )
    values = {"program": program_terms.program, "partners": rows, **_rest(position, named)}
    return View("partners", "programs", f"Partners of {program_terms.program.name}", values)


def _far(profile: PartnerProfile, enrollment: Enrollment, *, at: datetime) -> str:
    """Return the furthest step a partner has taken. It reads their links and clicks: a page's partners, no more."""
    taken = [step.name for step in progress.derive_steps(gather_facts(profile, enrollment), at=at) if step.at]
    return taken[-1] if taken else ""


def partner(reference: str, *, at: datetime) -> View:
    """Show a partner: programs, links, accounts with their latest entries, and how their standing changed."""
    profile = partner_search.find(reference)
    identifier = profile.partner.id
    program_of = {one.program_id: programs.find(one.program_id).program for one in profile.enrollments}
    links, _ = link_search.list_page(identifier, limit=100)
    accounts = []
    for currency in sorted({program.currency for program in program_of.values()}):
        state = ledger.account_state(account_of(identifier, currency))
        amounts = {part: money(getattr(state, part), currency) for part in ("held", "due", "frozen", "paid")}
        latest = view_entries(ledger.latest(identifier, currency, limit=_MOST_ENTRIES), texts(LOCALE))
        accounts.append({"currency": currency, "amounts": amounts, "entries": latest})
    enrollments = [
        {
            "program": program_of[one.program_id],
            "tier": codes.name_of(profile.standing(one.program_id, at).tier),
            "share": share.make_url(one),
            "since": day(one.enrolled_at),
            "left": day(one.left_at) if one.left_at else "",
            "steps": progress.derive_steps(gather_facts(profile, one), at=at),
        }
        for one in profile.enrollments
    ]
    changes = sorted(profile.changes, key=lambda change: -change.number)
    since = (at - _DAYS_OF_LINKS).date().isoformat()
    metrics_by_link = {
        one.link: one.metrics
        for program_id in program_of
        for one in partner_report(identifier, PartnerStatsQuery(from_=since, program=program_id), at=at).links
    }
    values = {
        "partner": profile.partner,
        "category": codes.name_of(profile.standing("", at).category),
        "enrollments": enrollments,
        "links": [
            {
                "url": make_url(link.code),
                "channel": link.channel,
                "live": link_search.is_live(link, at),
                **_metrics_row(metrics_by_link[link.id]),
            }
            for link in links
            if link.id in metrics_by_link
        ],
        "accounts": accounts,
        "changes": [_change(one, note, program_of) for one, note in zip(changes, view_notes(changes), strict=True)],
        "kinds": codes.KINDS,
    }
    return View("partner", "programs", profile.partner.name, values)


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


def messages(status: str, cursor: str | None, dead_cursor: str | None = None, *, at: datetime) -> View:
    """Show one page of the messages of a status, newest first, and one of what functions gave up on."""
    named = f"admin messages {status}"
    after = cursors.read(cursor, of=named)
    position = msgspec.convert(after, Position) if after else Position()
    page, following = outbox.page(status, limit=_PAGE, position=position, at=at)
    rest = msgspec.to_builtins(following) if following else None
    views = [MessageView.of(one) for one in page]
    names = {row.id: row.name for row in partner_search.find_rows(one.recipient for one in views).values()}
    values = {"status": status, "messages": views, "names": names, **_rest(rest, named)}
    return View("messages", "messages", "Messages", {**values, **_dead(dead_cursor)})


def _dead(cursor: str | None) -> dict[str, Any]:
    start = cursors.read(cursor, of="admin dead letters")
    page, after = dead_letters.list_page(limit=_PAGE, after=start["after"] if start else None)
    rest = {"after": after} if after is not None else None
    views = sorted((DeadLetterView.of(one) for one in page), key=lambda view: view.given_up_at)
    return {"dead_letters": views, "following_dead": cursors.write(rest, of="admin dead letters")}


def feedback(cursor: str | None) -> View:
    """Show one page of what partners said."""
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
    return View("feedback", "feedback", "Feedback", {"feedback": rows, **_rest(position, "admin feedback")})


def terms(reference: str, *, at: datetime, published: str = "", withdrawn: str = "", **more: Any) -> View:
    """
    Show the terms in force, those before and to come, and a form to try or publish others.

    *published* and *withdrawn* are numbers of versions: that it is so is read, not believed. *more* is what was typed,
    and what came of a dry run.
    """
    program_terms = programs.read(programs.find(reference).program.id)
    now = program_terms.in_force(at)
    numbered = {str(one.version): one for one in program_terms.versions}
    new, gone = numbered.get(published), numbered.get(withdrawn)
    values = {
        "program": program_terms.program,
        "versions": [_version(one, program_terms, at=at) for one in reversed(program_terms.versions)],
        "draft": _as_json(now),
        "from_": f"{at - timedelta(days=30):%Y-%m-%d}T00:00:00Z",
        "to": f"{at:%Y-%m-%dT%H:%M}:00Z",
        "tried": None,
        "changed": AffectedView.of(preview_impact(program_terms, new)) if new and not new.withdrawn_at else None,
        "withdrawn": gone.version if gone and gone.withdrawn_at else None,
        **more,
    }
    return View("terms", "programs", f"Terms of {program_terms.program.name}", values)


def _version(one: TermsVersion, program_terms: ProgramTerms, *, at: datetime) -> dict[str, Any]:
    currency = program_terms.program.currency
    state = "upcoming" if one.effective_from > at else "ended"
    if one.withdrawn_at is not None:
        state = "withdrawn"
    if one.version == program_terms.in_force(at).version:
        state = "in force"
    return {
        "number": one.version,
        "from_": minute(one.effective_from),
        "state": state,
        "json": _as_json(one),
        "you": sentences.in_full(one, "referrer", currency, texts(LOCALE)),
        "friend": sentences.in_full(one, "referee", currency, texts(LOCALE)),
        "bounds": sentences.bounds(one, currency, texts(LOCALE)),
    }


def _as_json(terms: TermsVersion) -> str:
    """Return what a version says as the API takes it, without what it leaves open."""
    body = {name: getattr(terms, name, None) for name in TermsBody.__struct_fields__}
    return msgspec.json.format(msgspec.json.encode(without_empty(msgspec.to_builtins(body))), indent=2).decode()


def _metrics_row(metrics: Metrics) -> dict[str, Any]:
    currency = metrics.revenue.currency
    return {
        "clicks": number(metrics.clicks.human),
        "leads": number(metrics.leads),
        "sales": number(metrics.sales),
        "customers": number(metrics.customers),
        "revenue": money(metrics.revenue.amount - metrics.refunded.amount, currency),
        "rewards": money(metrics.referrer_rewards.net + metrics.referee_rewards.net, currency),
    }


def _name_of(ranked: RankedView) -> str:
    profile = partner_search.recall_all([str(ranked.name)]).get(str(ranked.name))
    return profile.partner.name if profile else str(ranked.name)


def _rest(position: dict[str, Any] | None, named: str) -> dict[str, Any]:
    return {"following": cursors.write(position, of=named)}
