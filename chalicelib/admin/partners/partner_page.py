"""Shows a partner: all about them, what can be done, and one of their programs in detail."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args

from chalicelib.admin import codes
from chalicelib.admin.actions.action_list import show_items
from chalicelib.admin.english import day
from chalicelib.admin.history.event_pages import list_latest
from chalicelib.admin.page import AdminPage
from chalicelib.admin.partners import hand_over_pages, merge_pages, partner_account
from chalicelib.admin.programs.program_pages import metrics_row
from chalicelib.admin.revised_forms import form_values
from chalicelib.kit import ids
from chalicelib.kit.errors import Refused
from chalicelib.language.texts import languages
from chalicelib.links import find as link_search
from chalicelib.links.shapes import make_url
from chalicelib.links.table import Link
from chalicelib.notes.note import NoteView, view_notes
from chalicelib.notes.table import Note
from chalicelib.onboarding import progress
from chalicelib.onboarding.check_ins import gather_facts
from chalicelib.partners import find as partner_search
from chalicelib.partners import share
from chalicelib.partners.feedback import list_feedback_of
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.preferences import TOPICS, Topic
from chalicelib.partners.table import Enrollment, Partner, StandingChange
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import Program
from chalicelib.programs.terms import Category
from chalicelib.stats.counts import Counts
from chalicelib.stats.partner_counts import PartnerCounts, read_counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery, metrics
from chalicelib.targets.find import list_open_of
from chalicelib.users.roles import Rights

_TOPICS: dict[Topic, str] = {
    "tips": "First steps and reminders",
    "friends": "A friend joined, or a tier was reached",
    "rewards": "New rewards",
    "summaries": "Monthly summary and milestones",
}
_MOST_LINKS, _MOST_EVENTS, _MOST_PROGRAMS = 100, 10, 100
_DAYS_OF_LINKS = timedelta(days=89)


class RefusedForm(NamedTuple):
    """A form of the page that was refused: its name, what was typed, and why."""

    name: str
    typed: Mapping[str, str]
    refusal: Refused


class _Detail(NamedTuple):
    """The program that is shown in detail, the partner's part in it, and what came of it."""

    terms: ProgramTerms
    enrollment: Enrollment
    counts: PartnerCounts

    @property
    def program(self) -> Program:
        return self.terms.program


def partner(
    reference: str,
    rights: Rights,
    *,
    chosen: str = "",
    done: str = "",
    refused: RefusedForm | None = None,
    at: datetime,
) -> AdminPage:
    """
    Show a partner, and of the programs that *rights* open the *chosen* one in detail: many take as many reads as one.

    Accounts, which are of all of a partner's programs, are shown only to who may see all of them.
    """
    profile = partner_search.find(reference)
    visible = [one for one in profile.enrollments if rights.may("stats:read", [one.program_id])]
    newest, _ = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    by_id = _read_programs([one.program_id for one in visible], newest)
    detail = _detail(profile, visible, chosen, at=at)
    own = link_search.list_all(profile.partner.id)
    accounts = _accounts(profile, visible, by_id, detail)
    edited = refused if refused is not None and refused.name == "edit" else None
    values = {
        "partner": profile.partner,
        "done": done,
        "refused": refused.name if refused else "",
        "typed": refused.typed if refused else {},
        "once": ids.ulid(at),
        **form_values(
            profile.partner,
            fields_of_partner(profile.partner),
            edited.typed if edited else None,
            edited.refusal if edited else None,
        ),
        "typed_into": "",
        **merge_pages.of_duplicates(profile),
        **hand_over_pages.of_hand_overs(profile.partner),
        "payee_from": profile.partner.payee_waits_until(at),
        "languages": _languages(profile.partner.locale),
        "categories": [(one, codes.name_of(one)) for one in get_args(Category)],
        "category": profile.standing("", at).category,
        "topics": [(topic, _TOPICS[topic]) for topic in TOPICS],
        "stopped": _stopped(profile),
        "stopped_to": profile.stopped.to if profile.stopped else None,
        "enrollments": [_enrollment(one, profile, by_id, at=at) for one in visible],
        "detail": _show_detail(profile, detail, own, at=at) if detail else None,
        "links": _links(own, by_id, detail, at=at),
        "elsewhere": _programs_to_join(profile, newest, rights),
        "link_programs": [
            (one.program_id, by_id[one.program_id].name)
            for one in visible
            if one.left_at is None and rights.may("links:write", [one.program_id])
        ],
        "actions": show_items(
            list_open_of(profile.partner.id, by_id),
            {},
            names={profile.partner.id: profile.partner.name},
            of_programs=by_id,
        ),
        **accounts,
        **_changes(profile, by_id, accounts["notes"]),
        "events": list_latest(profile.partner.id, limit=_MOST_EVENTS, at=at) if rights.may("stats:read") else [],
        "feedback": [
            {"score": one.score, "words": one.words or "", "date": day(one.created_at)}
            for one in (list_feedback_of(profile.partner.id, at=at) if rights.may("partners:write") else [])
        ],
    }
    return AdminPage("partner", "partners", profile.partner.name, values)


def fields_of_partner(partner: Partner) -> dict[str, str]:
    """Return what a partner's form has: of metadata, one a line, as `name: value`."""
    metadata = partner.metadata or {}
    return {
        "name": partner.name,
        "email": partner.email or "",
        "locale": partner.locale,
        "external_id": partner.external_id or "",
        "payout_name": partner.payout_name or "",
        "payout_email": partner.payout_email or "",
        "friend_name": partner.friend_name or "",
        "display_name": partner.display_name or "",
        "metadata": "\n".join(f"{name}: {metadata[name]}" for name in sorted(metadata)),
    }


def _read_programs(identifiers: list[str], newest: list[Program]) -> dict[str, Program]:
    """Return these programs, by id: those that are not among the newest, a hundred a read."""
    by_id = {one.id: one for one in newest if one.id in identifiers}
    return by_id | programs.find_rows(one for one in identifiers if one not in by_id)


def _detail(profile: PartnerProfile, visible: list[Enrollment], chosen: str, *, at: datetime) -> _Detail | None:
    """Return the program that is chosen; or the latest one they take part in, or else the latest one."""
    latest_last = sorted(visible, key=lambda one: (one.program_id == chosen, one.left_at is None, one.enrolled_at))
    if not latest_last:
        return None
    enrollment = latest_last[-1]
    terms = programs.find(enrollment.program_id)
    return _Detail(terms, enrollment, read_counts(profile.partner.id, terms.program, at=at))


def _enrollment(
    enrollment: Enrollment, profile: PartnerProfile, by_id: dict[str, Program], *, at: datetime
) -> dict[str, Any]:
    shared = profile.shared_name(enrollment.program_id)
    return {
        "program": by_id[enrollment.program_id],
        "tier": codes.name_of(profile.standing(enrollment.program_id, at).tier),
        "since": day(enrollment.enrolled_at),
        "left": day(enrollment.left_at) if enrollment.left_at else "",
        "shared_name": shared.name if shared is not None else "",
    }


def _show_detail(profile: PartnerProfile, detail: _Detail, own: list[Link], *, at: datetime) -> dict[str, Any]:
    enrollment = detail.enrollment
    return {
        "program": detail.program,
        "share": share.make_url(enrollment),
        "takes_part": enrollment.left_at is None,
        "steps": progress.derive_steps(gather_facts(enrollment, own, detail.counts), at=at),
        "tier": profile.standing(enrollment.program_id, at).tier or "",
        "tiers": list(dict.fromkeys(tier.name for terms in detail.terms.versions for tier in terms.tiers)),
    }


def _links(own: list[Link], by_id: dict[str, Program], detail: _Detail | None, *, at: datetime) -> list[dict[str, Any]]:
    """Return the newest links, with the results of the last 90 days of those of the program shown in detail."""
    by_link: dict[str, Counts] = {}
    if detail is not None:
        since = (detail.program.calendar.day_of(at) - _DAYS_OF_LINKS).isoformat()
        span = Span(StatsQuery(from_=since), detail.program, at=at)
        by_link = detail.counts.by_link(span.begin, span.end)
    detailed = detail.program.id if detail is not None else ""
    newest = [one for one in reversed(own) if one.program_id in by_id]
    newest.sort(key=lambda one: one.program_id != detailed)
    return [
        {
            "id": link.id,
            "url": make_url(link.code),
            "channel": link.channel,
            "program": by_id[link.program_id].name,
            "live": link_search.is_live(link, at),
            "results": metrics_row(
                metrics(by_link.get(link.key, Counts()), unique=None, currency=by_id[link.program_id].currency)
            )
            if link.program_id == detailed
            else None,
        }
        for link in newest[:_MOST_LINKS]
    ]


def _programs_to_join(profile: PartnerProfile, newest: list[Program], rights: Rights) -> list[tuple[str, str]]:
    """Return the programs that they can be enrolled in: those they are not in, or have left."""
    return [
        (one.id, one.name)
        for one in newest
        if not profile.takes_part(one.id) and rights.may("partners:write", [one.id])
    ]


def _accounts(
    profile: PartnerProfile,
    visible: list[Enrollment],
    by_id: dict[str, Program],
    detail: _Detail | None,
) -> dict[str, Any]:
    if detail is None or len(visible) < len(profile.enrollments):
        return {"accounts": [], "account": None, "notes": {}}
    currencies = {by_id[one.program_id].currency for one in visible}
    return partner_account.accounts(profile.partner.id, currencies, detail.program.currency, beside=profile.changes)


def _changes(profile: PartnerProfile, by_id: dict[str, Program], notes: dict[str, Note]) -> dict[str, Any]:
    """Return how their standing changed lately, newest first; all but the latest are a list of the API's."""
    changes = sorted(profile.changes, key=lambda change: -change.number)
    has_earlier = bool(changes) and len(changes) < changes[0].number
    listed = [one for one in changes if not one.program_id or one.program_id in by_id]
    return {
        "changes": [
            _change(one, note, by_id) for one, note in zip(listed, view_notes(listed, new=notes.values()), strict=True)
        ],
        "has_earlier_changes": has_earlier,
    }


def _change(change: StandingChange, note: NoteView | None, by_id: dict[str, Program]) -> dict[str, Any]:
    program = by_id.get(change.program_id or "")
    return {
        "from": change.effective_from,
        "what": change.what,
        "program": program.name if program else "",
        "to": change.to,
        "until": change.pinned_until,
        "by": change.by,
        "reached": codes.reached(change.reached, program.currency) if program else "",
        "note": note,
    }


def _languages(locale: str) -> list[tuple[str, str]]:
    """Return the languages to choose from; a locale such as `de-AT` stays what it is."""
    offered = list(languages())
    return offered if locale in dict(offered) else [(locale, locale), *offered]


def _stopped(profile: PartnerProfile) -> str:
    """Return that a partner is suspended or banned, and why; empty if they are not."""
    change = profile.stopped
    if change is None:
        return ""
    held = " Payouts leave out what they earned before." if change.withholds else ""
    return f"{codes.name_of(change.to)}: {codes.name_of_stop(change.reason or '').lower()}.{held}"
