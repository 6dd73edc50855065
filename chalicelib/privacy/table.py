"""Erasures that are not finished yet, in one partition beside the notes."""

import json
from typing import Any

from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text
from chalicelib.kit.structured import Structured

KEY = "erasing"


class Erasure(Model):
    """
    An erasure that is under way: how far its walk is, and the hashes of addresses it uses to find the rest.

    *round_at* is when the current walk began; *source* and *position* are where it continues. Deleted once it is
    finished: the person's own row says that they were erased.
    """

    class Meta(rows.Table):
        table_name = config.table("notes")

    partition = Text(hash_key=True, attr_name="pk", default=KEY)
    person_id = Text(range_key=True, attr_name="sk")
    address_keys: Structured[list[str]] = Structured(list[str], default=list)
    source = OptionalText()
    position = OptionalText()
    begun_at = Instant()
    round_at = Instant()

    @property
    def place(self) -> dict[str, Any] | None:
        """Return where its source continues."""
        return json.loads(self.position) if self.position is not None else None
