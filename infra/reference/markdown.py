"""What Markdown is written with."""

import re
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table, or nothing if it has no rows."""
    lines = [_row(row) for row in rows]
    return "\n".join([_row(header), "|---" * len(header) + "|", *lines]) + "\n" if lines else ""


def codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def slug(heading: str) -> str:
    """Return what a heading can be linked by, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(re.sub(r"\s*\n\s*", " ", str(cell)).replace("|", "\\|") for cell in cells) + " |"
