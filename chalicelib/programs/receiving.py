"""How a program receives introductions: who answers, by when, what it asks, its first words and its thanks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, field

from chalicelib.kit import urls
from chalicelib.kit.shapes import END, Email, ShortName
from chalicelib.programs.share_texts import Language

if TYPE_CHECKING:
    from chalicelib.programs.table import Program

Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f\x7f]+{END}")]
FirstWords = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=rf"^[^\x00-\x09\x0b-\x1f\x7f]+{END}")]
Day = Annotated[str, Meta(pattern=rf"^\d{{4}}-\d{{2}}-\d{{2}}{END}")]
Key = Annotated[str, Meta(pattern=rf"^[a-z_]{{1,40}}{END}")]
QuestionKind = Literal["text", "long_text", "number", "date", "country", "choice", "yes_no"]
# What a partner is thanked for, whatever becomes of the introduction; and how.
Occasion = Literal["received", "meeting", "won"]
ThanksKind = Literal["note", "call", "gift", "donation"]

_MOST_ANSWER = {"text": 200, "long_text": 1_000}
_FRIDAY = 4


class PartnerQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the partner about the person they introduce; *options* are for a choice only."""

    key: Key
    kind: QuestionKind
    words: Annotated[dict[Language, Line], Meta(min_length=1, max_length=20, description="the question, by language")]
    options: Annotated[list[ShortName], Meta(max_length=20)] = []
    required: bool = False


class Receiving(Struct, frozen=True, forbid_unknown_fields=True):
    """
    How a program receives introductions.

    `respond_within` counts business days: Monday to Friday in the program's time zone, but for those in `closed_on`.
    `thanks` says for which occasions a partner is thanked, and how. `most_open` and `most_a_day` are a partner's.
    """

    open: bool = False
    owner: Annotated[Email, Meta(description="a user's address; they answer introductions")] | None = None
    deputy: Annotated[Email, Meta(description="another user's address, for when the owner is late")] | None = None
    respond_within: Annotated[int, Meta(ge=1, le=10, description="business days until the first word")] = 2
    closed_on: Annotated[list[Day], Meta(max_length=60, description="holidays, which are no business days")] = []
    calendar_url: Annotated[str, Meta(max_length=2_048, description="where a meeting is booked")] | None = None
    questions: Annotated[list[PartnerQuestion], Meta(max_length=7)] = []
    first_words: Annotated[dict[Language, FirstWords], Meta(max_length=20, description="by language")] = {}
    thanks: dict[Occasion, ThanksKind] = field(default_factory=lambda: {"received": "note"})
    most_open: Annotated[int, Meta(ge=1, le=1_000, description="a partner's open introductions")] = 20
    most_a_day: Annotated[int, Meta(ge=1, le=100, description="a partner's introductions in 24 hours")] = 10
    protection_days: Annotated[int, Meta(ge=1, le=730, description="from when it is accepted")] = 90
    talks_days: Annotated[int, Meta(ge=0, le=730, description="how long talks of the business's own count")] = 180


def receiving_of(program: "Program") -> Receiving:
    """Return how a program receives introductions: its settings, or the defaults, with which it is not open."""
    return program.receiving or Receiving()


def respond_by(program: "Program", received_at: datetime) -> datetime:
    """Return until when the first word is promised: the end of the last of the program's business days for it."""
    receiving, calendar = receiving_of(program), program.calendar
    day = calendar.day_of(received_at)
    for _ in range(receiving.respond_within):
        day = next_business_day(day, receiving.closed_on)
    return calendar.midnight(day + timedelta(days=1))


def next_business_day(day: date, closed_on: Iterable[str] = ()) -> date:
    """
    Return the first day after this one that is neither a Saturday nor a Sunday, nor closed.

    >>> next_business_day(date(2026, 12, 24), ["2026-12-25"])
    datetime.date(2026, 12, 28)
    """
    closed = frozenset(closed_on)
    day += timedelta(days=1)
    while day.weekday() > _FRIDAY or day.isoformat() in closed:
        day += timedelta(days=1)
    return day


def languages_of(program: "Program") -> list[str]:
    """Return the languages a program speaks: those of its share texts; English, if it has none."""
    return sorted(program.share_texts) or ["en"]


def in_language(texts: Mapping[str, str], locale: str) -> str | None:
    """
    Return a text in the language of a locale; else in English, else in the first there is, else None.

    >>> in_language({"de": "Hallo", "en": "Hello"}, "de-AT")
    'Hallo'
    """
    return texts.get(locale[:2]) or texts.get("en") or next(iter(texts.values()), None)


def find_objections(receiving: Receiving) -> Iterator[tuple[str, str]]:
    """Yield everything that is wrong with the settings, as (pointer, sentence); whether owners exist is not checked."""
    if receiving.deputy is not None and receiving.deputy.lower() == (receiving.owner or "").lower():
        yield "/deputy", "The deputy is another person than the owner."
    if receiving.calendar_url is not None and (reason := urls.reason_against_page(receiving.calendar_url)):
        yield "/calendar_url", f"The address is refused: {reason}."
    for number, day in enumerate(receiving.closed_on):
        if not _is_day(day):
            yield f"/closed_on/{number}", "This is not a date of the calendar."
    keys = [question.key for question in receiving.questions]
    for number, question in enumerate(receiving.questions):
        if question.key in keys[:number]:
            yield f"/questions/{number}/key", f"The key {question.key!r} is there twice."
        if (question.kind == "choice") != bool(question.options):
            yield f"/questions/{number}/options", "A choice has options, and no other kind has."
        if len(set(question.options)) < len(question.options):
            yield f"/questions/{number}/options", "An option is there twice."


def find_wrong_answers(receiving: Receiving, answers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a partner's answers by the questions' keys, as (pointer, sentence)."""
    questions = {question.key: question for question in receiving.questions}
    for key in answers.keys() - questions.keys():
        yield f"/answers/{key}", "The program does not ask this."
    for key, question in questions.items():
        answer = answers.get(key, "").strip()
        if answer and (reason := _reason_against_answer(question, answer)):
            yield f"/answers/{key}", reason
        elif question.required and not answer:
            yield f"/answers/{key}", "An answer is required."


def _reason_against_answer(question: PartnerQuestion, answer: str) -> str | None:
    most = _MOST_ANSWER.get(question.kind, 200)
    if len(answer) > most:
        return f"An answer has at most {most} characters."
    if any(ord(one) < ord(" ") and one not in "\r\n\t" for one in answer):
        return "An answer has no control characters."
    match question.kind:
        case "number":
            is_right = answer.lstrip("-").replace(".", "", 1).isdecimal() and answer.isascii()
            return None if is_right else "This is not a number, such as `12` or `0.5`."
        case "date":
            return None if _is_day(answer) else "This is not a date, such as `2026-11-21`."
        case "country":
            is_right = len(answer) == len("DE") and answer.isascii() and answer.isupper()
            return None if is_right else "A country is written by its code of ISO 3166, such as `DE`."
        case "choice":
            return None if answer in question.options else "This is none of the options."
        case "yes_no":
            return None if answer in ("yes", "no") else "The answer is `yes` or `no`."
        case "text" | "long_text":
            return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
