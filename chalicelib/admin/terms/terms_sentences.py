"""
Terms as partners will read them, in each language, beside what they read now; and what changed, as they read it.

Pure: no I/O, no clock.
"""

from typing import Any

from chalicelib.language.texts import texts
from chalicelib.programs import sentences
from chalicelib.programs.terms import Agreement

_LANGUAGES = (("en", "English"), ("de", "Deutsch"))


def in_languages(terms: Agreement, currency: str, *, before: Agreement | None = None) -> list[dict[str, Any]]:
    """Return the sentences of terms in each language; with terms *before*, which are new, and which are gone."""
    return [{"tag": tag, "name": name, **_in_language(terms, currency, before, tag)} for tag, name in _LANGUAGES]


def changes_in_languages(before: Agreement, after: Agreement, currency: str) -> list[dict[str, Any]]:
    """Return what people read now and did not *before*, and what they read no more, in each language."""
    return [{"tag": tag, "name": name, **_changes(before, after, currency, tag)} for tag, name in _LANGUAGES]


def _changes(before: Agreement, after: Agreement, currency: str, tag: str) -> dict[str, list[str]]:
    t, now = texts(tag), _in_language(after, currency, before, tag)
    begins = [sentence for _, some in now["parts"] for sentence, is_new in some if is_new]
    if before.words != after.words:
        begins.append(t["terms_words_changed"])
    # Such as the name of a rule, or whether refunds make room below a cap.
    return {"begins": begins or ([] if now["ends"] else [t["terms_same_sentences"]]), "ends": now["ends"]}


def _in_language(terms: Agreement, currency: str, before: Agreement | None, tag: str) -> dict[str, Any]:
    old = [sentence for _, some in _parts(before, currency, tag) for sentence in some] if before else []
    parts = _parts(terms, currency, tag)
    every = {sentence for _, some in parts for sentence in some}
    marked = [(heading, [(one, before is not None and one not in old) for one in some]) for heading, some in parts]
    ends = [one for one in old if one not in every]
    return {"parts": marked, "ends": ends, "nothing": texts(tag)["nothing"]}


def _parts(terms: Agreement, currency: str, tag: str) -> list[tuple[str, list[str]]]:
    """Return the parts of the page that shows terms: their headings and sentences."""
    t = texts(tag)
    return [
        (t["for_you"], sentences.in_full(terms, "referrer", currency, t)),
        (t["for_friends"], sentences.in_full(terms, "referee", currency, t)),
        (t["how"], sentences.bounds(terms, currency, t)),
    ]
