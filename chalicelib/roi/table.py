"""Costs that people enter, and what takes one back: a partition of each kind a program, in the order of the months."""

from chalicelib.kit.dynamo.attributes import Instant, Text, WholeNumber
from chalicelib.programs.table import ProgramRow


class Cost(ProgramRow, discriminator="cost"):
    """What a program cost in a month, for one purpose. Written once, never changed."""

    month = Text()
    purpose = Text()
    what = Text()
    amount = WholeNumber()
    currency = Text()
    entered_by = Text()
    created_at = Instant()

    @property
    def cost_id(self) -> str:
        return str(self.sort).partition("#")[2]

    @property
    def program_id(self) -> str:
        return self.id.partition("#")[2]


class CostPlace(ProgramRow, discriminator="cost_place"):
    """Which program and month a cost is of, under its id: a caller who has only that finds the cost by it."""

    program_id = Text()
    place = Text()


class CostReversal(ProgramRow, discriminator="cost_reversal"):
    """That a cost is taken back, and why: its key is the cost's, so that there is one at most."""

    note = Text()
    reversed_by = Text()
    created_at = Instant()

    @property
    def words(self) -> None:
        """Return no words: what people said is in notes."""


PLACE = "place"


def costs_key(program_id: str) -> str:
    """Return the partition of a program's costs."""
    return f"costs#{program_id}"


def reversals_key(program_id: str) -> str:
    """Return the partition of what takes back a program's costs."""
    return f"cost_reversals#{program_id}"


def sort_of(month: str, cost_id: str) -> str:
    """Return the place of a cost, and of what takes it back: by month, then in the order they were entered."""
    return f"{month}#{cost_id}"
