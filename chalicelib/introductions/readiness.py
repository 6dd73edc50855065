"""Whether a program is ready to receive introductions: nine checks, each with what is missing and where to mend it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from chalicelib.introductions.trials import GOOD_FOR, Trial, find_trial
from chalicelib.kit.errors import Refused
from chalicelib.materials.find import count_by_language
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.receiving import Receiving, languages_of, receiving_of
from chalicelib.programs.table import Program
from chalicelib.programs.terms import Agreement
from chalicelib.users import find as users
from chalicelib.users.table import User

CheckName = Literal[
    "owner", "deputy", "first_words", "calendar", "thanks", "reward", "materials", "terms", "test_introduction"
]
_SETTINGS, _TERMS, _MATERIALS = "receiving", "terms/edit", "materials"
_UP_TO_A_MINUTE = timedelta(minutes=1) - timedelta.resolution


class ReadinessCheck(Struct, frozen=True):
    """One thing that a program needs to receive introductions: what is missing, and the admin page to mend it on."""

    name: CheckName
    met: bool
    missing: str | None
    page: str


class NotReady(Refused):
    """The program is not ready to receive introductions; `checks` says what is missing."""

    STATUS_CODE = 409


def check_readiness(terms: ProgramTerms, receiving: Receiving | None = None, *, at: datetime) -> list[ReadinessCheck]:
    """
    Return the nine checks of a program: of its settings, or of those that it is to have.

    At most eight reads, and no more for a program with more partners.
    """
    program, chosen = terms.program, receiving or receiving_of(terms.program)
    people = _people(chosen)
    checks: list[tuple[CheckName, str | None, str]] = [
        ("owner", _lacks_person(chosen.owner, "owner", people, program), f"{_SETTINGS}#owner"),
        ("deputy", _lacks_person(chosen.deputy, "deputy", people, program), f"{_SETTINGS}#deputy"),
        ("first_words", _lacks_words(chosen, program), f"{_SETTINGS}#first_words"),
        ("calendar", _lacks(chosen.calendar_url, "Say where a meeting is booked."), f"{_SETTINGS}#calendar_url"),
        (
            "thanks",
            _lacks("received" in chosen.thanks, "Say how partners are thanked for an introduction."),
            f"{_SETTINGS}#thanks",
        ),
        (
            "reward",
            _lacks(_rewards_a_sale(terms.in_force(at)), "No rule of the terms rewards a partner for a sale."),
            _TERMS,
        ),
        ("materials", _lacks_materials(program), _MATERIALS),
        ("terms", _lacks_terms(terms, at=at), _TERMS),
        ("test_introduction", _lacks_trial(chosen, find_trial(program.id), at=at), f"{_SETTINGS}#test"),
    ]
    root = f"/admin/programs/{program.id}"
    return [ReadinessCheck(name, missing is None, missing, f"{root}/{page}") for name, missing, page in checks]


def unmet(checks: Iterable[ReadinessCheck]) -> list[ReadinessCheck]:
    """Return the checks that are not met."""
    return [check for check in checks if not check.met]


def _lacks(has: object, sentence: str) -> str | None:
    return None if has else sentence


def _people(receiving: Receiving) -> dict[str, User]:
    """Return the users who are owner and deputy, by their addresses."""
    addresses = [one for one in (receiving.owner, receiving.deputy) if one is not None]
    ids = {address: users.find_id_by_address(address) for address in addresses}
    stored = users.find_rows(one for one in ids.values() if one is not None)
    return {
        address: stored[identifier]
        for address, identifier in ids.items()
        if identifier in stored and stored[identifier].removed_at is None
    }


def _lacks_person(address: str | None, part: str, people: dict[str, User], program: Program) -> str | None:
    if address is None:
        return f"Choose the {part} of introductions."
    if address not in people:
        return f"{address} is not a person who can sign in to the admin pages."
    if not people[address].rights.may("introductions:write", [program.id]):
        return f"{address} may not answer introductions: give them a role that allows it."
    return None


def _lacks_words(receiving: Receiving, program: Program) -> str | None:
    missing = [language for language in languages_of(program) if language not in receiving.first_words]
    return f"There are no first words in {_listed(missing)}." if missing else None


def _lacks_materials(program: Program) -> str | None:
    there = count_by_language(program.id)
    missing = [language for language in languages_of(program) if language not in there]
    return f"Partners have no materials in {_listed(missing)} to introduce you with." if missing else None


def _listed(languages: Iterable[str]) -> str:
    return ", ".join(f"`{language}`" for language in languages)


def _rewards_a_sale(terms: Agreement) -> bool:
    """Return whether a rule rewards the partner for a customer's first sale."""
    return any(
        rule.on == "sale" and rule.to == "referrer" and (rule.when.number_from or 1) == 1 for rule in terms.rules
    )


def _lacks_terms(terms: ProgramTerms, *, at: datetime) -> str | None:
    """Return that no terms in force say whose introduction counts, and since when others will."""
    if terms.in_force(at).introductions is not None:
        return None
    lack = "The terms do not say whose introduction of a person counts."
    coming = [one.effective_from for one in terms.promised if one.effective_from > at and one.introductions is not None]
    if not coming:
        return lack
    # Rounded up: at the minute that is named, they are in force.
    begins = (min(coming) + _UP_TO_A_MINUTE).astimezone(ZoneInfo(terms.program.calendar.zone_at(at)))
    return f"{lack} They do from {begins:%Y-%m-%d %H:%M %Z} on."


def _lacks_trial(receiving: Receiving, trial: Trial | None, *, at: datetime) -> str | None:
    if trial is None or receiving.owner is None or trial.sent_to != receiving.owner:
        return "Send the owner a test introduction."
    if trial.arrived_at is None:
        return f"The test introduction to {trial.sent_to} was not confirmed yet."
    if trial.arrived_at < at - GOOD_FOR:
        return f"The last test introduction arrived more than {GOOD_FOR.days} days ago: send another."
    return None
