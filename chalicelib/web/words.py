"""The language a browser would rather read."""

from chalicelib.language import FALLBACK


def asked_for(header: str) -> str:
    """Return the language we know that a browser would rather read, by its `Accept-Language`; English if none."""
    from chalicelib.language.catalogs import languages

    wanted: list[tuple[float, int, str]] = []
    for part in header[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        if name[:2].lower() in languages():
            wanted.append((-_weight(weight), len(wanted), name[:2].lower()))
    return min(wanted)[2] if wanted else FALLBACK


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
