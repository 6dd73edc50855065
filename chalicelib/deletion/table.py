"""Deletions of test programs: those under way in one partition, those that are done in another, beside the programs."""

from typing import NamedTuple

from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.programs.table import ProgramRow

DELETING, DELETED = "deleting", "deleted"


class Deletion(ProgramRow, discriminator="deletion"):
    """
    That a test program is being deleted, or was: the sort key is its id.

    What is left of a deleted program, with its audit entries: so a repeated call is answered as the first one was.
    """

    begun_at = Instant()
    finished_at = OptionalInstant()


class ClickKey(NamedTuple):
    """The key of a click: clicks are written, counted and deleted without a model."""

    partition: str
    sort: str


# What is deleted.
Stored = AnyRow | ClickKey
