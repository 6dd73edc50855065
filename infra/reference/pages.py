"""All pages of the reference, by the names of their files."""

from infra.reference import api, cli, errors, exports, functions, settings
from infra.reference.document import described

NOTE = "<!-- Written by `make reference` from the code; change that, and not this file. -->"


def pages() -> dict[str, str]:
    """Return every page: the same code gives the same text."""
    document = described()
    written = {
        "api.md": api.page(document),
        "errors.md": errors.page(document),
        "exports.md": exports.page(),
        "settings.md": settings.page(),
        "functions.md": functions.page(),
        "cli.md": cli.page(),
    }
    return {name: f"{NOTE}\n{text.rstrip()}\n" for name, text in written.items()}
