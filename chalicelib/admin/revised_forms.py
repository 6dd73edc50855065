"""Forms that change a row which another person may change meanwhile."""

from collections.abc import Mapping
from typing import Any

from chalicelib.kit.dynamo.rows import Revised
from chalicelib.kit.errors import Refused
from chalicelib.kit.revisions import PreconditionFailed, etag_of

Fields = Mapping[str, str]
# The message of a form that was opened before another person's change.
STALE = (
    "Someone else saved this page after you opened it, so nothing was saved. Their values are shown below the fields"
    " that differ. Save again to replace them."
)


def form_values(row: Revised, stored: Fields, typed: Fields | None, refusal: Refused | None) -> dict[str, Any]:
    """
    Return the values of a form: the fields to show, and for a stale form the stored values, too.

    A stale form gets the current ETag: sent again, it replaces values that its sender has seen. Others keep theirs.
    """
    stale = isinstance(refusal, PreconditionFailed)
    fields = {name: (typed or {}).get(name, "") for name in stored} if typed is not None else dict(stored)
    etag = etag_of(row) if stale or typed is None else typed.get("etag", "*")
    return {
        "fields": fields,
        "etag": etag,
        "now": {
            name: value for name, value in stored.items() if stale and value.splitlines() != fields[name].splitlines()
        },
    }


def in_words(refusal: Refused) -> Refused:
    """Return a refusal in the words of the page: a stale form says what to do."""
    return PreconditionFailed(STALE) if isinstance(refusal, PreconditionFailed) else refusal
