"""An introduction as its partner reads it: its state, why, what comes next and by when, on pages and in emails."""

from datetime import datetime, timedelta

from chalicelib.introductions.states import ENDED, PROTECTED
from chalicelib.introductions.steps import DRAFT
from chalicelib.introductions.table import Introduction, Step
from chalicelib.language import formats
from chalicelib.language.texts import Texts
from chalicelib.programs.table import Program

_A_MOMENT = timedelta(milliseconds=1)
_TONES = {"won": " good", "accepted": " good", "needs_more": " late", "offered": " late", "declined": " bad"}


def label(state: str, t: Texts) -> str:
    """Return a state's short name."""
    return t[f"intro_is_{state}"]


def tone(state: str) -> str:
    """Return the color of a state's tag, as a class of it."""
    return _TONES.get(state, "")


def name_of(introduction: Introduction, t: Texts) -> str:
    """Return the introduced person's name; once it is erased, that it is deleted."""
    return introduction.person.name if introduction.person is not None else t["intro_no_name"]


def last_day(until: datetime, program: Program, t: Texts) -> str:
    """Return the last day before a moment, in the program's zone: what ends at midnight ends on the day before."""
    return formats.day(program.calendar.day_of(until - _A_MOMENT), t.locale)


def state_sentence(introduction: Introduction, program: Program, t: Texts, *, at: datetime) -> str:
    """Return an introduction's state in a sentence; of one whose answer is late, that it is."""
    until = introduction.respond_by if introduction.state == "received" else drafted_until(introduction)
    values = _values(introduction, program, t) | {"date": last_day(until, program, t) if until else "–"}
    return _sentence(f"intro_says_{_answer_state(introduction, at=at)}", introduction, t, values)


def _answer_state(introduction: Introduction, *, at: datetime) -> str:
    """Return the state; of an answer that did not come in time: late, or later, once the business said by when."""
    until, word = introduction.respond_by, introduction.next_word_by
    if introduction.state != "received" or until is None or until > at:
        return introduction.state
    return "late" if introduction.owed_since is not None or word is None or word <= at else "later"


def reason_sentence(introduction: Introduction, program: Program, t: Texts, reason: str | None = None) -> str:
    """Return why an introduction is as it is, in a sentence; empty without a reason."""
    code = reason or introduction.reason
    return _sentence(f"intro_because_{code}", introduction, t, _values(introduction, program, t)) if code else ""


def sentences(introduction: Introduction, program: Program, t: Texts, *, at: datetime) -> list[str]:
    """Return what a partner reads of an introduction: its state, why, the business's words, and what comes by when."""
    state = introduction.state
    # Those of an introduction that is received are the partner's own answer.
    words = introduction.words if state != "received" else None
    business_words = f"{t('intro_words_from', program=program.name)}: {words}" if words else ""
    # Of one that is second in line, the state says why.
    reason = reason_sentence(introduction, program, t) if state != "second_in_line" else ""
    lines = [state_sentence(introduction, program, t, at=at), reason, business_words]
    if state == "second_in_line" and introduction.place_in_line:
        place = formats.number(introduction.place_in_line, t.locale)
        until = introduction.first_until
        lines.append(
            t("intro_place", place=place, date=last_day(until, program, t))
            if until
            else t("intro_place_only", place=place)
        )
    lines += protection_sentences(introduction, program, t)
    word = introduction.next_word_by
    # One that waits for its answer has that as its next word, unless the business said something since.
    awaits_answer = state == "received" and (word == introduction.respond_by or introduction.owed_since is not None)
    if state not in ENDED and state != "offered" and not awaits_answer and word is not None and word > at:
        lines.append(t("intro_next_word_by", date=last_day(word, program, t)))
    return [line for line in lines if line]


def protection_sentences(introduction: Introduction, program: Program, t: Texts) -> list[str]:
    """Return until when an introduction is its partner's alone; nothing of one that is not protected."""
    if introduction.state not in PROTECTED or introduction.protected_until is None:
        return []
    date = last_day(introduction.protected_until, program, t)
    return [t("intro_protected", date=date, **_values(introduction, program, t))]


def step_sentence(step: Step, introduction: Introduction, program: Program, t: Texts) -> str:
    """Return a change of an introduction in a sentence: the state it came to, and why."""
    if step.to_state == "offered":
        return t["intro_step_offered"]
    if step.to_state == "second_in_line":
        return still_second_sentence(step, program, t) or label(step.to_state, t)
    reason = reason_sentence(introduction, program, t, step.reason) if step.reason else ""
    return f"{label(step.to_state, t)}. {reason}".strip() if reason else label(step.to_state, t)


def still_second_sentence(step: Step, program: Program, t: Texts) -> str:
    """Return until when the introduction before one is protected now, if a step is about that; else nothing."""
    is_still = step.to_state == "second_in_line" == step.from_state and step.reason == "introduced_before"
    return t("intro_first_until", date=last_day(step.until, program, t)) if is_still and step.until is not None else ""


def drafted_until(introduction: Introduction) -> datetime:
    """Return until when a draft is kept."""
    return introduction.created_at + DRAFT


def _values(introduction: Introduction, program: Program, t: Texts) -> dict[str, str]:
    name = introduction.person.name if introduction.person is not None else t["intro_the_person"]
    return {"person": name, "program": program.name}


def _sentence(key: str, introduction: Introduction, t: Texts, values: dict[str, str]) -> str:
    """Return a sentence; one that begins with the words in place of an erased name begins in upper case."""
    sentence = t(key, **values)
    return sentence if introduction.person is not None else sentence[:1].upper() + sentence[1:]
