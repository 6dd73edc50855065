"""Shows whether a program is ready to receive introductions, how fast it answers, and the form for all settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from chalicelib.admin.english import moment
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import receiving_form
from chalicelib.admin.programs.receiving_form import LANGUAGES, MOST_QUESTIONS, OCCASIONS
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.introductions.readiness import CheckName, check_readiness, unmet
from chalicelib.introductions.trials import Trial, find_trial
from chalicelib.kit.errors import Refused
from chalicelib.language.texts import languages
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import Occasion, QuestionKind, ThanksKind, receiving_of
from chalicelib.programs.table import Program
from chalicelib.reports.pipeline import pipeline
from chalicelib.reports.pipeline_shapes import FirstWord
from chalicelib.stats.shapes import StatsQuery
from chalicelib.users import find as users

_MOST_PEOPLE = 100
_EMPTY_QUESTIONS = 2
# Longer waits are in days.
_MOST_HOURS = 48
CHECKS: Mapping[CheckName, str] = {
    "owner": "An owner",
    "deputy": "A deputy",
    "first_words": "First words in each language",
    "calendar": "A calendar",
    "thanks": "Thanks for each introduction",
    "reward": "A reward for a sale",
    "materials": "Materials for partners",
    "terms": "Terms that say whose introduction counts",
    "test_introduction": "A test introduction in the last 90 days",
}
KINDS: Mapping[QuestionKind, str] = {
    "text": "A line",
    "long_text": "Some lines",
    "number": "A number",
    "date": "A date",
    "country": "A country",
    "choice": "A choice",
    "yes_no": "Yes or no",
}
THANKS: Mapping[ThanksKind, str] = {"note": "A note", "call": "A call", "gift": "A gift", "donation": "A donation"}
_FOR: Mapping[Occasion, str] = {
    "received": "For each introduction",
    "meeting": "For the first meeting",
    "won": "For a sale",
}


def receiving(
    reference: str, *, done: str = "", typed: Fields | None = None, refusal: Refused | None = None, at: datetime
) -> AdminPage:
    """Show a program's checks, numbers and settings; *typed* is a form that was refused."""
    terms = programs.read(programs.find(reference).program.id)
    program, settings = terms.program, receiving_of(terms.program)
    checks, trial = check_readiness(terms, at=at), find_trial(terms.program.id)
    form = form_values(program, receiving_form.fields_of(settings), typed, refusal)
    values: dict[str, Any] = {
        **form,
        "program": program,
        "settings": settings,
        "checks": [(CHECKS[one.name], (one.missing or "").replace("`", ""), one.page) for one in checks],
        "missing": len(unmet(checks)),
        "trial": _trial(trial, program) if trial is not None else None,
        "number": trial.number if trial is not None else 0,
        "first_word": _first_word(pipeline(program, StatsQuery(), at=at).first_word),
        "people": _people(form["fields"]),
        "languages": languages(),
        "occasions": [(f"thanks_{one}", _FOR[one]) for one in OCCASIONS],
        "thanks": THANKS,
        "kinds": KINDS,
        "questions": _questions(form["fields"]),
        "done": done,
    }
    return AdminPage("receiving", "programs", f"Receiving introductions: {program.name}", values)


def _people(fields: Fields) -> list[tuple[str, str]]:
    """Return whom introductions can be given to: addresses and names, and who was chosen before in any case."""
    page = users.list_page(limit=_MOST_PEOPLE, position=None)[0]
    people = {user.email: f"{user.name} ({user.email})" for user in page}
    chosen = (fields["owner"], fields["deputy"])
    return list({**people, **{one: one for one in chosen if one and one not in people}}.items())


def _questions(fields: Fields) -> list[int]:
    """Return the places of questions to show: those that are filled in, and two more."""
    filled = [
        number
        for number in range(MOST_QUESTIONS)
        if any(fields.get(f"question_{number}_{language}") for language in LANGUAGES)
    ]
    return list(range(min(max(filled, default=-1) + 1 + _EMPTY_QUESTIONS, MOST_QUESTIONS)))


def _trial(trial: Trial, program: Program) -> dict[str, str]:
    zone = ZoneInfo(program.timezone)
    return {
        "to": trial.sent_to,
        "sent": moment(trial.sent_at, zone),
        "arrived": moment(trial.arrived_at, zone) if trial.arrived_at else "",
    }


def _first_word(word: FirstWord) -> list[tuple[str, str]]:
    """Return how soon partners heard first in the last 30 days, as names and values."""
    if word.share is None:
        return []
    within = f"{word.within} of {word.within + word.late}"
    waits = (("Half of them within", word.median), ("Nine tenths within", word.p90))
    times = [(name, _duration(float(hours))) for name, hours in waits if hours is not None]
    return [("Within the promise", within), *times]


def _duration(hours: float) -> str:
    """
    Return a time of waiting in words: in hours up to two days, then in days.

    >>> _duration(1.0), _duration(26.5), _duration(144.0), _duration(60.0)
    ('1 hour', '26.5 hours', '6 days', '2.5 days')
    """
    count, unit = (hours, "hour") if hours < _MOST_HOURS else (hours / 24, "day")
    text = f"{count:.1f}".removesuffix(".0")
    return f"{text} {unit}{'' if text == '1' else 's'}"


assert set(CHECKS) == set(get_args(CheckName)), "each check has a name"
assert set(KINDS) == set(get_args(QuestionKind)), "each kind of question has a name"
assert set(THANKS) == set(get_args(ThanksKind)), "each kind of thanks has a name"
