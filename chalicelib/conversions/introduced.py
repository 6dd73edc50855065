"""Traces introductions as touches: those that a report names, and the one that is first in line for its customer."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.conversions.attribution import Ineligible, Touch
from chalicelib.conversions.shapes import TouchReport
from chalicelib.conversions.trace import Person, self_referral
from chalicelib.introductions.people import keys_of_contact
from chalicelib.introductions.states import FIRST, PROTECTED
from chalicelib.introductions.table import HEAD, INTRODUCTION, FirstInLine, Introduction, line_key
from chalicelib.kit.dynamo import rows
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import recall_survivor_id
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals.find import find_rows


def trace_introductions(
    touches: Iterable[TouchReport],
    program_terms: ProgramTerms,
    person: Person,
    emails: Sequence[str] | None,
    *,
    reported_at: datetime,
) -> dict[str, Touch]:
    """
    Return the introductions that a report names, and behind them the first one of whoever has these emails, by id.

    The second is looked up by one read, and only in programs that receive introductions; if there is one, another read
    takes it with the named ones. Without *emails* it is a page's report: there the named ones do
    not count, because anyone could bind any customer by them.
    """
    program = program_terms.program
    named = [touch.introduction for touch in touches if touch.introduction is not None]
    first = _first_in_line(program.id, emails) if program.receiving is not None and emails else []
    identifiers = list(dict.fromkeys([*named, *first]))
    stored = rows.find_all(Introduction, [(identifier, INTRODUCTION) for identifier in identifiers])
    traced = {
        one: _trace(one, stored.get((one, INTRODUCTION)), program_terms, person, reported_at=reported_at)
        for one in identifiers
    }
    for one in named:
        if emails is None and traced[one].ineligible_because is None:
            traced[one] = replace(traced[one], ineligible_because="named_by_page")
    # Whoever is first may have been declined since; only a report that names it hears of that.
    by_address = {
        one: _by_address(touch, stored[one, INTRODUCTION], person)
        for one, touch in traced.items()
        if one not in named and touch.ineligible_because is None
    }
    return {one: touch for one, touch in traced.items() if one in named} | by_address


def _by_address(touch: Touch, row: Introduction, person: Person) -> Touch:
    """
    Return an introduction that nobody named: not of who was a customer before, and firm once it is accepted.

    Addresses can be guessed. A report that names it is the business's own word about this customer, like a credit by
    hand, and needs neither.
    """
    if _is_known(person, touch.at):
        return replace(touch, ineligible_because="existing_customer")
    return replace(touch, yields=not _is_accepted(row))


def _is_known(person: Person, at: datetime) -> bool:
    """Return whether the website's server had reported a customer by a moment, or a guest who was merged into them."""
    if person.known_since is not None and person.known_since <= at:
        return True
    return any(not guest.by_page and guest.created_at <= at for guest in find_rows(person.guests).values())


def _is_accepted(row: Introduction) -> bool:
    """Return whether the business accepted an introduction; one that was won before that still has to be answered."""
    return row.state in PROTECTED or (row.state in ("won", "lapsed") and row.respond_by is None)


def _first_in_line(program_id: str, emails: Sequence[str]) -> list[str]:
    """Return the introductions that are first in line for these addresses: by one read of their keys, in all forms."""
    forms = [form for email in emails for key in keys_of_contact(email) for form in key]
    heads = rows.find_all(FirstInLine, [(line_key(program_id, form), HEAD) for form in forms])
    return [head.introduction_id for head in heads.values()]


def _trace(
    identifier: str, row: Introduction | None, program_terms: ProgramTerms, person: Person, *, reported_at: datetime
) -> Touch:
    """Return an introduction with its context; an unknown one, which never counts, has the moment of the report."""
    at = (row.received_at or row.created_at) if row is not None else reported_at
    survivor_id = recall_survivor_id(row.partner_id) if row is not None else ""
    profile = partners.recall_all([survivor_id]).get(survivor_id) if row is not None else None
    partner = profile.partner if profile is not None else None
    terms = program_terms.in_force(at)
    return Touch(
        token=identifier,
        by="introduction",
        at=at,
        claimed_at=at,
        ineligible_because=_ineligible_because(row, program_terms, is_known=partner is not None),
        self_referral=self_referral(partner, person) if partner is not None else None,
        partner_id=survivor_id,
        terms_version=terms.version,
        window_days=terms.window_days,
        until=row.protected_until if row is not None else None,
    )


def _ineligible_because(row: Introduction | None, program_terms: ProgramTerms, *, is_known: bool) -> Ineligible | None:
    """Return the reason against an introduction, apart from its protection, or None."""
    if row is None:
        return "unknown_introduction"
    if row.program_id != program_terms.program.id:
        return "other_program"
    if row.state == "second_in_line":
        return "second_in_line"
    if row.received_at is None or not _was_open(row):
        return "introduction_not_open"
    if not program_terms.program.takes_touch(row.received_at):
        return "program_ended"
    return None if is_known else "partner_unknown"


def _was_open(row: Introduction) -> bool:
    """Return whether an introduction is open, or was as long as it was protected: what happened then still counts."""
    return row.state in FIRST or (row.state == "lapsed" and row.reason == "protection_over")
