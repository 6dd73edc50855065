"""Erasures that are not finished yet, in one partition beside the notes."""

import json
from typing import Any

from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text
from chalicelib.kit.structured import Structured

KEY = "erasing"
_FORMER = "#former"


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
    # Of the former holders of a partner's account: what was stored up to then is theirs.
    before = OptionalInstant()
    round_at = Instant()

    @property
    def owner_id(self) -> str:
        """Return the id of the person, or of the partner whose former holders are erased."""
        return self.person_id.removesuffix(_FORMER)

    @property
    def place(self) -> dict[str, Any] | None:
        """Return where its source continues."""
        return json.loads(self.position) if self.position is not None else None


def former_key(partner_id: str) -> str:
    """Return the sort key of the erasure of the former holders of a partner's account."""
    return f"{partner_id}{_FORMER}"
