"""
Introductions: each with its history in a partition, and the line of those who introduced the same person.

A line has a partition for each program and key of a person; in it are the first one, and those that wait.
"""

from datetime import datetime

from msgspec import Struct
from pynamodb.models import Model

from chalicelib.introductions.index_table import (
    AwaitedWords,
    DueIntroductions,
    IntroductionsInState,
    IntroductionsOfCustomer,
    IntroductionsOfPartner,
    IntroductionsOfProgram,
    OwedWords,
    StepsByTime,
    StepsOfProgram,
    TalksInProgram,
    TalksToForget,
)
from chalicelib.introductions.people import Person, keys_of_contact
from chalicelib.introductions.states import State
from chalicelib.kit import config, instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import (
    Instant,
    Kind,
    OptionalInstant,
    OptionalText,
    OptionalWholeNumber,
    Text,
    WholeNumber,
)
from chalicelib.kit.ids import of_mode
from chalicelib.kit.money import Money
from chalicelib.kit.structured import Structured

INTRODUCTION, HEAD, TALKS, COUNT = "introduction", "first", "talks", "count"


class Consent(Struct, frozen=True, forbid_unknown_fields=True):
    """That the introduced person agreed: a digest of the words they agreed to, and when."""

    digest: str
    at: str


class IntroductionRow(Model):
    """Any row of the introductions table."""

    class Meta(rows.Table):
        table_name = config.table("introductions")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Introduction(IntroductionRow, discriminator="introduction"):
    """
    An introduction as it is now. `turn` counts its changes: each is written on the condition that there was no other.

    `in_state`, `due_in`, `due_at`, `word_in`, `word_at` and `owed_in` follow from the others (`steps.settle`).
    """

    program_id = Text()
    partner_id = Text()
    # None once it is erased, as are why, answers and words.
    person: Structured[Person | None] = Structured(Person | None, null=True)
    why = OptionalText()
    closeness = Text()
    sent_by = Text()
    consent: Structured[Consent | None] = Structured(Consent | None, null=True)
    expected_amount: Structured[Money | None] = Structured(Money | None, null=True)
    answers: Structured[dict[str, str] | None] = Structured(dict[str, str] | None, null=True)
    owner = OptionalText()
    state = Text()
    reason = OptionalText()
    words = OptionalText()
    created_at = Instant()
    # When it was received complete, which is its place in time; and when its state last changed.
    received_at = OptionalInstant()
    turned_at = Instant()
    protected_until = OptionalInstant()
    extended_at = OptionalInstant()
    # How often its partner has heard that the protection ends.
    reminders = WholeNumber(default=0)
    # 1 is first; that of who waits is of when they joined. Since when, and until when, the first one is protected.
    place_in_line = OptionalWholeNumber()
    first_since = OptionalInstant()
    first_until = OptionalInstant()
    # Since when it is first because the introduced person said so.
    claimed_at = OptionalInstant()
    respond_by = OptionalInstant()
    next_word_by = OptionalInstant()
    # Since when the owner owes the partner a word that was promised.
    owed_since = OptionalInstant()
    # The occasions for which thanks were due, each once.
    thanked: Structured[list[str]] = Structured(list[str], default=list)
    customer_id = OptionalText()
    conversion_id = OptionalText()
    # How many sales that it brought count now: it is won as long as there is one.
    sales = WholeNumber(default=0)
    ended_at = OptionalInstant()
    erased_at = OptionalInstant()
    # Since when nobody waits behind one that was won.
    line_closed_at = OptionalInstant()
    # The keys of the person, as its rows in lines have them.
    keys: Structured[list[str]] = Structured(list[str], default=list)
    steps = WholeNumber(default=0)
    turn = WholeNumber(default=0)
    in_state = OptionalText()
    due_in = OptionalText()
    due_at = OptionalText()
    word_in = OptionalText()
    word_at = OptionalText()
    owed_in = OptionalText()
    by_partner = IntroductionsOfPartner()
    by_program = IntroductionsOfProgram()
    by_state = IntroductionsInState()
    by_customer = IntroductionsOfCustomer()
    by_due = DueIntroductions()
    by_word = AwaitedWords()
    by_owed = OwedWords()


class Step(IntroductionRow, discriminator="step"):
    """
    A change of an introduction's state, or a word about it: never edited, but that words are erased.

    `number` counts them from 1. It repeats of the introduction what its event says, under names that no index reads.
    """

    number = WholeNumber()
    program_id = Text(attr_name="of_program")
    partner_id = Text(attr_name="of_partner")
    from_state = OptionalText()
    # Since when it was in that state.
    since = OptionalInstant()
    to_state = Text()
    reason = OptionalText()
    words = OptionalText()
    by = Text()
    actor = OptionalText()
    customer_id = OptionalText(attr_name="of_customer")
    conversion_id = OptionalText()
    until = OptionalInstant()
    # The introduction whose email the introduced person answered from.
    evidence = OptionalText()
    at = Instant()
    # Its place among all steps of its day.
    day_list = Text(attr_name="due_in")
    moment = Text(attr_name="due_at")
    by_time = StepsByTime()
    of_program = StepsOfProgram()


class FirstInLine(IntroductionRow, discriminator="first_in_line"):
    """Which introduction is first for a key of a person in a program. `joined` counts those that came behind it."""

    introduction_id = Text()
    partner_id = Text(attr_name="of_partner")
    since = Instant()
    joined = WholeNumber(default=0)


class WaitingInLine(IntroductionRow, discriminator="waiting_in_line"):
    """That an introduction waits behind the first one; the sort key is when it was received."""

    introduction_id = Text()
    partner_id = Text(attr_name="of_partner")


class Talks(IntroductionRow, discriminator="talks"):
    """That the business itself talks with a person, by one of their keys."""

    program_id = Text(attr_name="of_program")
    begun_at = Instant()
    listed_in = Text(attr_name="in_state")
    forgotten_in = Text(attr_name="due_in")
    forgotten_at = Text(attr_name="due_at")
    in_program = TalksInProgram()
    to_forget = TalksToForget()


class OfPerson(IntroductionRow, discriminator="of_person"):
    """That an introduction is of a person, by one of their keys, in any program."""


class OpenIntroductions(IntroductionRow, discriminator="open_introductions"):
    """How many open introductions a partner has in a program, and when the latest were made."""

    number = WholeNumber()
    latest: Structured[list[str]] = Structured(list[str], default=list)
    turn = WholeNumber(default=0)


def line_key(program_id: str, key: str) -> str:
    """Return the partition of a line, by a key of the person."""
    return f"line#{program_id}#{key}"


def lines_of(row: "Introduction") -> list[str]:
    """Return the partitions of the lines an introduction is in."""
    return [line_key(row.program_id, key) for key in row.keys]


def waiting_key(received_at: datetime, introduction_id: str) -> str:
    """Return the sort key of who waits in a line: those received first come first."""
    return f"waiting#{instants.text(received_at)}#{introduction_id}"


def person_key(key: str) -> str:
    """Return the partition of all introductions of a person."""
    return f"person#{key}"


def of_person(row: "Introduction") -> "list[OfPerson]":
    """Return the rows by which a new introduction is found by how its person is reached: a function's address, too."""
    return [OfPerson(person_key(forms[0]), row.id) for forms in _contact_of(row)]


def every_of_person(row: "Introduction") -> "list[OfPerson]":
    """Return all rows by which an introduction may be found so, also under keys of an earlier secret."""
    stored = [key for key in row.keys if key.startswith(("email#", "phone#"))]
    forms = dict.fromkeys([*stored, *(form for forms in _contact_of(row) for form in forms)])
    return [OfPerson(person_key(form), row.id) for form in forms]


def _contact_of(row: "Introduction") -> list[list[str]]:
    return keys_of_contact(row.person.email, row.person.phone) if row.person is not None else []


def open_key(program_id: str, partner_id: str) -> str:
    """Return the partition of the number of a partner's open introductions in a program."""
    return f"open#{program_id}#{partner_id}"


def step_key(number: int) -> str:
    """Return the sort key of the nth step."""
    return f"step#{number:06}"


def list_in_state(program_id: str, state: State) -> str:
    """Return under which name the index lists a program's introductions in a state."""
    return f"{program_id}#{state}"


def due_list(identifier: str) -> str:
    """Return under which name the index lists what is due: of the mode of an id."""
    return of_mode("due", identifier)


def word_list(identifier: str) -> str:
    """Return under which name the index lists who is to hear: of the mode of an id."""
    return of_mode("word", identifier)


def day_of_steps(at: datetime) -> str:
    """Return under which name the index lists the steps of a UTC day."""
    return f"steps#{instants.text(at)[:10]}"


def talks_of(program_id: str) -> str:
    """Return under which name the index lists a program's talks."""
    return f"talks#{program_id}"


def owed_list(program_id: str) -> str:
    """Return under which name the index lists introductions whose owner owes a word."""
    return f"owed#{program_id}"
