"""The API's responses for dead letters."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from chalicelib.dead_letters.find import Opened
from chalicelib.kit import instants
from chalicelib.kit.shapes import Instant


class DeadLetterView(Struct):
    """
    The records that a function gave up on together. Ids only: no name, no address.

    `function` is its name in app.py. `condition` and `error` are Lambda's words for why: an `error` of null
    means that the function answered, and named records as failed; its log says more. `subjects` are the
    ids in the keys of the rows, the first twenty. `unreadable` says why a dead letter cannot be delivered.
    """

    id: str
    object: Literal["dead_letter"]
    function: str | None
    given_up_at: Instant
    records: int | None
    tries: int | None
    condition: str | None
    error: str | None
    subjects: list[str]
    unreadable: str | None
    redriven_at: Instant | None

    @classmethod
    def of(cls, opened: Opened, *, redriven_at: datetime | None = None) -> "DeadLetterView":
        dead_letter, content = opened.dead_letter, opened.content
        return cls(
            id=dead_letter.id,
            object="dead_letter",
            function=content.reaction if content else None,
            given_up_at=instants.text((content and content.at) or dead_letter.at),
            records=len(content.records) if content else None,
            tries=content.tries if content else None,
            condition=content.condition if content else None,
            error=content.error if content else None,
            subjects=content.subjects if content else [],
            unreadable=opened.unreadable,
            redriven_at=instants.text(redriven_at) if redriven_at else None,
        )
