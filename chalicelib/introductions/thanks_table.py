"""Rows of thanks: by rule in the partition of their introduction, once for each occasion; by hand in their own."""

from typing import TYPE_CHECKING, Literal

from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.introductions.table import IntroductionRow
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber

# No schedule waits for what the API takes and gives.
if TYPE_CHECKING:
    from chalicelib.introductions.thanks_shapes import ThanksFor

# What thanks are for that no rule made.
BY_HAND: Literal["by_hand"] = "by_hand"


class ThanksInState(GlobalSecondaryIndex["Thanks"]):
    """A program's thanks in one state: due ones by the day they are due, others by the day they were settled."""

    class Meta:
        index_name = "thanks_in_state"
        projection = AllProjection()

    thanks_in = Text(hash_key=True)
    thanks_day = Text(range_key=True)


class ThanksOfPartner(GlobalSecondaryIndex["Thanks"]):
    """The thanks to a partner, by the same days."""

    class Meta:
        index_name = "thanks_of_partner"
        projection = AllProjection()

    thanks_of = Text(hash_key=True)
    thanks_day = Text(range_key=True)


class Thanks(IntroductionRow, discriminator="thanks"):
    """
    That a partner is to be thanked, how, and until which of the program's days; and what became of it.

    What it is for is a part of its key. `thanks_in`, `thanks_of` and `thanks_day` list it, and change with its state.
    """

    thanks_in = Text()
    thanks_of = Text()
    thanks_day = Text()
    program_id = Text(attr_name="of_program")
    # As it is planned, then as it was done.
    means = Text()
    cost = WholeNumber(default=0)
    currency = Text()
    state = Text(default="due")
    due_on = Text()
    # Of thanks by hand: which introduction they are for, if any, and why the partner is thanked.
    introduction_id = OptionalText()
    why = OptionalText()
    reason = OptionalText()
    note = OptionalText()
    created_at = Instant()
    settled_at = OptionalInstant()
    settled_by = OptionalText()
    in_state = ThanksInState()
    of_partner = ThanksOfPartner()

    @property
    def thanks_id(self) -> str:
        """Return its id: by rule, that of its introduction is in it."""
        return self.id if self.thanks_for == BY_HAND else f"thk_{self.id.partition('_')[2]}_{self.thanks_for}"

    @property
    def thanks_for(self) -> "ThanksFor":
        return self.sort.partition("#")[2]  # type: ignore[return-value]

    @property
    def introduction(self) -> str | None:
        """Return the id of the introduction that a partner is thanked for; None if it is for something else."""
        return self.introduction_id if self.thanks_for == BY_HAND else self.id

    @property
    def partner_id(self) -> str:
        return self.thanks_of

    @property
    def words(self) -> None:
        """Return no words: what people wrote is in notes."""


def thanks_key(thanks_for: "ThanksFor") -> str:
    """Return the sort key of the thanks for an occasion, or by hand."""
    return f"thanks#{thanks_for}"


def list_of(state: str, program_id: str) -> str:
    """Return under which name the index lists a program's thanks in a state."""
    return f"{state}#{program_id}"


def key_of(thanks_id: str) -> tuple[str, str] | None:
    """
    Return the key of the thanks with an id; None if it is none.

    >>> key_of("thk_01KB4Z8V3HMXQ2T7N5R9C6J0FD_won")
    ('itr_01KB4Z8V3HMXQ2T7N5R9C6J0FD', 'thanks#won')
    >>> key_of("thk_01KB4Z8V3HMXQ2T7N5R9C6J0FD")
    ('thk_01KB4Z8V3HMXQ2T7N5R9C6J0FD', 'thanks#by_hand')
    """
    prefix, _, rest = thanks_id.partition("_")
    if prefix == "thk" and rest and "_" not in rest:
        return thanks_id, thanks_key(BY_HAND)
    introduction, _, occasion = rest.partition("_")
    return (f"itr_{introduction}", f"thanks#{occasion}") if prefix == "thk" and introduction and occasion else None
