"""How a program receives introductions, as the fields of a form; and the fields of a form as that."""

import re
from collections.abc import Mapping
from typing import Any, get_args

from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.language.texts import languages
from chalicelib.programs.receiving import Occasion, PartnerQuestion, Receiving

Form = Mapping[str, str]
MOST_QUESTIONS = 7
LANGUAGES: tuple[str, ...] = tuple(tag for tag, _ in languages())
OCCASIONS: tuple[Occasion, ...] = get_args(Occasion)
NUMBERS = ("respond_within", "most_open", "most_a_day", "protection_days", "talks_days")
_TEXTS = ("owner", "deputy", "calendar_url")


def _of_question(number: int) -> tuple[str, ...]:
    words = (f"question_{number}_{language}" for language in LANGUAGES)
    return (*words, *(f"question_{number}_{part}" for part in ("key", "kind", "options", "required")))


FIELDS: tuple[str, ...] = (
    *_TEXTS,
    *NUMBERS,
    "closed_on",
    *(f"first_words_{language}" for language in LANGUAGES),
    *(f"thanks_{occasion}" for occasion in OCCASIONS),
    *(name for number in range(MOST_QUESTIONS) for name in _of_question(number)),
)
_BETWEEN_WORDS = re.compile(r"[^a-z]+")


def fields_of(receiving: Receiving) -> dict[str, str]:
    """Return settings as the form has them; texts in languages that it does not have are left out."""
    fields = dict.fromkeys(FIELDS, "")
    fields |= {name: getattr(receiving, name) or "" for name in _TEXTS}
    fields |= {name: str(getattr(receiving, name)) for name in NUMBERS}
    fields["closed_on"] = "\n".join(receiving.closed_on)
    for language in LANGUAGES:
        fields[f"first_words_{language}"] = receiving.first_words.get(language, "")
    for occasion in OCCASIONS:
        fields[f"thanks_{occasion}"] = receiving.thanks.get(occasion, "")
    for number, question in enumerate(receiving.questions):
        own = {"key": question.key, "kind": question.kind, "options": "\n".join(question.options)}
        own |= {language: question.words.get(language, "") for language in LANGUAGES}
        own["required"] = "on" if question.required else ""
        fields |= {f"question_{number}_{name}": text for name, text in own.items()}
    return fields


def read_receiving(form: Form, before: Receiving) -> Receiving:
    """
    Return the settings that a form says; whether the program is open stays, and so do texts in other languages.

    Refuses what cannot be read: `at_fields` says where in the form that is.
    """
    others = {language: text for language, text in before.first_words.items() if language not in LANGUAGES}
    numbers = [number for number in range(MOST_QUESTIONS) if _is_there(form, number)]
    body: dict[str, Any] = {
        "open": before.open,
        **{name: form[name] for name in _TEXTS if name in form},
        **{name: _number(form.get(name, ""), name) for name in NUMBERS},
        "closed_on": form.get("closed_on", "").split(),
        "first_words": others | _by_language(form, "first_words"),
        "thanks": {one: form[f"thanks_{one}"] for one in OCCASIONS if f"thanks_{one}" in form},
        "questions": _questions(form, numbers, before),
    }
    return bodies.typed(body, Receiving, strict=True)


def at_fields(refusal: InvalidValue, form: Form) -> None:
    """Have a refusal of settings point to the fields of the form that they came from."""
    numbers = [number for number in range(MOST_QUESTIONS) if _is_there(form, number)]
    for one in (refusal, *refusal.others):
        one.pointer = f"/{_field_of((one.pointer or '').strip('/').split('/'), numbers)}"


def _field_of(parts: list[str], numbers: list[int]) -> str:
    """Return the field of the form that a pointer's parts lead to."""
    first, *rest = parts
    if first in ("first_words", "thanks") and rest:
        return f"{first}_{rest[0]}"
    if first == "questions" and rest and rest[0].isdigit() and int(rest[0]) < len(numbers):
        number, part = numbers[int(rest[0])], rest[1] if len(rest) > 1 else "kind"
        language = rest[2] if len(rest) > 2 and rest[2] in LANGUAGES else LANGUAGES[0]
        return f"question_{number}_{language if part in ('words', 'key') else part}"
    return first


def _is_there(form: Form, number: int) -> bool:
    """Return whether a form has a question at a place: its words, in any language."""
    return any(f"question_{number}_{language}" in form for language in LANGUAGES)


def _questions(form: Form, numbers: list[int], before: Receiving) -> list[dict[str, Any]]:
    stored = {question.key: question for question in before.questions}
    questions: list[dict[str, Any]] = []
    for number in numbers:
        words = _by_language(form, f"question_{number}")
        taken = {question["key"] for question in questions}
        key = form.get(f"question_{number}_key") or _key_of(next(iter(words.values())), taken | stored.keys())
        questions.append(
            {
                "key": key,
                "kind": form.get(f"question_{number}_kind", "text"),
                "words": _others(stored.get(key)) | words,
                "options": [
                    one.strip() for one in form.get(f"question_{number}_options", "").splitlines() if one.strip()
                ],
                "required": f"question_{number}_required" in form,
            }
        )
    return questions


def _others(question: PartnerQuestion | None) -> dict[str, str]:
    """Return a stored question's words in languages that the form does not have."""
    words = question.words if question is not None else {}
    return {language: text for language, text in words.items() if language not in LANGUAGES}


def _by_language(form: Form, name: str) -> dict[str, str]:
    # Browsers end lines with CR and LF.
    fields = {language: f"{name}_{language}" for language in LANGUAGES}
    return {language: form[field].replace("\r\n", "\n") for language, field in fields.items() if field in form}


def _key_of(words: str, taken: set[str]) -> str:
    """
    Return a key for a new question, made of its words, that no other one has.

    >>> _key_of("How many people?", {"how_many_people"})
    'how_many_people_b'
    """
    key = _BETWEEN_WORDS.sub("_", words.lower()).strip("_")[:30].rstrip("_") or "question"
    for suffix in ("", *"bcdefghijklmnopqrstuvwxyz"):
        one = f"{key}_{suffix}" if suffix else key
        if one not in taken:
            return one
    return key


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise InvalidValue("Enter a whole number, such as 3.", pointer=f"/{name}")
    return int(text)
