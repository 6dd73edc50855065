"""Moments, what is known of a customer for asking, the counts, and what friends came to: all in one table."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute, TTLAttribute
from pynamodb.expressions.operand import Path
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config, ids
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import (
    Instant,
    Kind,
    OptionalInstant,
    OptionalText,
    Text,
    WholeNumber,
)
from chalicelib.kit.ids import is_test, of_mode
from chalicelib.kit.structured import Structured

MOMENT, NUMBERS_SHARDS = "moment", 4
# Of those who joined, and by whose links nobody came yet: live and test.
_JOINED = "joined_moments"
JOINED_LISTS = (_JOINED, f"test_{_JOINED}")


class MomentsOfProgram(GlobalSecondaryIndex["Moment"]):
    """A program's moments, sorted by their time-sorted ids."""

    class Meta:
        index_name = "by_program"
        projection = AllProjection()

    program_list = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class MomentsOfCustomer(GlobalSecondaryIndex["Moment"]):
    """A customer's moments in all programs, sorted by their time-sorted ids."""

    class Meta:
        index_name = "by_customer"
        projection = AllProjection()

    customer_id = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class MomentRow(Model):
    """Any row of the moments table."""

    class Meta(rows.Table):
        table_name = config.table("moments")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Moment(rows.Revised, MomentRow, discriminator="moment"):
    """
    Why a customer is asked to tell a friend, from when on, and what became of it. Its id is made of event and rule.

    *held_out* says that they are not asked, so that the others can be compared with them: what would have been asked
    is noted as *asked_at*, too, in the state `skipped`.
    """

    # Only of one who joined, until somebody comes by their link: the index lists those that are looked after.
    object = OptionalText()
    program_id = Text()
    # The program, under the name by which its moments are listed: other rows have one, too.
    program_list = Text()
    customer_id = Text()
    rule = Text()
    event_id = Text()
    # What the event is about, such as a conversion.
    subject_id = Text()
    by = Text()
    state = Text()
    # Why nobody was asked, once that is final; and when they want to be asked again, if they said so: `ever` is never.
    because = OptionalText()
    declined_until = OptionalText()
    held_out = BooleanAttribute(default=False)
    due_at = Instant()
    # Up to when it can be asked; and since it was asked, up to when its link leads anywhere.
    good_until = Instant()
    asked_at = OptionalInstant()
    # By what it was asked: `page` or `email`; and when a page showed it.
    asked_by = OptionalText()
    shown_at = OptionalInstant()
    # Who they became by it, and the friends whom they brought within the time that is compared.
    partner_id = OptionalText()
    friends: Structured[list[str]] = Structured(list[str], default=list)
    revenue = WholeNumber(default=0)
    reward_cost = WholeNumber(default=0)
    created_at = Instant()
    expires = TTLAttribute()
    listed: rows.Listed["Moment"] = rows.Listed()
    of_program = MomentsOfProgram()
    of_customer = MomentsOfCustomer()

    @property
    def is_asked(self) -> bool:
        """Return whether it was asked; what is held out never is."""
        return self.asked_at is not None and not self.held_out


class Ask(Struct, frozen=True):
    """That a customer was asked, or would have been: by which moment, and when."""

    moment: str
    at: str
    held_out: bool = False


class Asks(MomentRow, discriminator="asks"):
    """
    What is known of a customer in a program for asking, under the customer's id: any two changes are in an order.

    *sales* are their first sales since the program asks at all; *asks* those of the last year, the earliest first.
    """

    program_id = Text()
    sales: Structured[list[str]] = Structured(list[str], default=list)
    asks: Structured[list[Ask]] = Structured(list[Ask], default=list)
    unhappy_at = OptionalInstant()
    refunded_at = OptionalInstant()
    restored_at = OptionalInstant()
    declined_until = OptionalText()
    partner_id = OptionalText()
    version = WholeNumber(default=0)


class Numbers(MomentRow, discriminator="numbers"):
    """
    How many moments of a rule came how far, by the month in which they were made: added up with each move.

    *compared* and *compared_brought* are those held out that would have been asked, and who brought a friend anyway.
    """

    month = Text()
    rule = Text()
    due = WholeNumber(default=0)
    held_out = WholeNumber(default=0)
    asks = WholeNumber(default=0)
    shown_times = WholeNumber(default=0, attr_name="shown")
    sent = WholeNumber(default=0)
    opened = WholeNumber(default=0)
    joined = WholeNumber(default=0)
    shared = WholeNumber(default=0)
    brought = WholeNumber(default=0)
    friends = WholeNumber(default=0)
    skipped = WholeNumber(default=0)
    declined = WholeNumber(default=0)
    compared = WholeNumber(default=0)
    compared_brought = WholeNumber(default=0)
    revenue = WholeNumber(default=0)
    reward_cost = WholeNumber(default=0)


class Heard(MomentRow, discriminator="heard"):
    """The last UTC day on which an event of a type was recorded in a program."""

    day = Text()


class Result(MomentRow, discriminator="result"):
    """What a sale or a reward of a friend comes to now: under the moment that brought them."""

    program_id = Text()
    revenue = WholeNumber(default=0)
    reward_cost = WholeNumber(default=0)
    version = WholeNumber(default=0)
    expires = TTLAttribute()


def moment_id(event_id: str, rule: str, program_id: str, *, written_at: datetime) -> str:
    """Return the id of the one moment of an event and a rule: it sorts by when the event was written."""
    unique = ids.derived("mom", event_id, rule)
    identifier = f"mom_{ids.first_of(written_at)}{unique[-16:]}"
    return ids.as_test(identifier) if is_test(program_id) else identifier


def asks_key(program_id: str) -> str:
    """Return the sort key of what is known of a customer for asking in a program."""
    return f"asks#{program_id}"


def numbers_key(program_id: str) -> str:
    """Return the partition of a program's counts."""
    return f"numbers#{program_id}"


def heard_key(program_id: str) -> str:
    """Return the partition of when events of each type were last recorded in a program."""
    return f"heard#{program_id}"


def joined_list(identifier: str) -> str:
    """Return under which name the index lists moments of those who joined, and by whose links nobody came yet."""
    return of_mode(_JOINED, identifier)


def all_of(values: dict[str, str | None], allowed: list[str] | None) -> Any:
    """Return the condition that attributes have these values, but for None; in some programs, if these are given."""
    condition: Any = None
    for name, value in values.items():
        if value is not None:
            condition = Path(name) == value if condition is None else condition & (Path(name) == value)
    if allowed is not None:
        mine = Path("program_id").is_in(*allowed[:100])
        condition = mine if condition is None else condition & mine
    return condition


def query_page(
    index: str, name: str, condition: Any, *, between: tuple[str, str], newest_first: bool
) -> tuple[list[Moment], str | None]:
    """Return the moments of a list that match, between two ids, that one call reads; and where that stopped."""
    page = Moment._get_connection().query(
        name,
        range_key_condition=Path("pk").between(*between),
        filter_condition=condition,
        index_name=index,
        scan_index_forward=not newest_first,
    )
    key = page.get("LastEvaluatedKey")
    return [Moment.from_raw_data(item) for item in page["Items"]], key["pk"]["S"] if key else None
