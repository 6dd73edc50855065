"""
Which language to write in, and as in which region, by what a browser sends.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Iterable, Iterator

from chalicelib.language import FALLBACK

_MOST_CHARACTERS = 500
_UNREADABLE = 0.001
_REGION = re.compile(r"[a-z]{2}")


def preferred(accept_language: str, languages: Iterable[str]) -> str:
    """Return the offered language that an `Accept-Language` weighs most (RFC 9110, 12.5.4); English if none."""
    by_tag = {language.lower(): language for language in languages}
    weights: dict[str, float] = {}
    for tag, weight in _weighed(accept_language):
        language = by_tag.get(tag) or by_tag.get(tag.partition("-")[0])
        if language is not None:
            # If a language has several forms, such as de-AT and de, the highest weight counts.
            weights[language] = max(weight, weights.get(language, 0.0))
    # For equal weights, max returns the first one; a weight of 0 refuses a language.
    return max((one for one in weights if weights[one]), key=weights.__getitem__, default=FALLBACK)


def with_region(locale: str, accept_language: str) -> str:
    """Return a locale that names a region: its own, or the one an `Accept-Language` weighs most for its language."""
    weights: dict[str, float] = {}
    for tag, weight in _weighed(accept_language):
        language, _, region = tag.partition("-")
        if language == locale and _REGION.fullmatch(region):
            weights[region] = max(weight, weights.get(region, 0.0))
    region = max((one for one in weights if weights[one]), key=weights.__getitem__, default="")
    return f"{locale}-{region.upper()}" if region else locale


def _weighed(accept_language: str) -> Iterator[tuple[str, float]]:
    for part in accept_language[:_MOST_CHARACTERS].split(","):
        tag, _, parameter = part.partition(";")
        yield tag.strip().lower(), _weight(parameter)


def _weight(parameter: str) -> float:
    """Return what `q=0.7` weighs: 1 if it is left out, and next to nothing if it cannot be read."""
    if not parameter.strip():
        return 1.0
    name, _, value = parameter.partition("=")
    try:
        weight = float(value) if name.strip().lower() == "q" else _UNREADABLE
    except ValueError:
        return _UNREADABLE
    return weight if 0 <= weight <= 1 else _UNREADABLE
