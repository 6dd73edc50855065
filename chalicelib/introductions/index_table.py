"""
The indexes of introductions: by partner, program, state and customer, by what is due, and of what is beside them.

Steps and talks are listed by attributes of their own, under the names that indexes of introductions have.
"""

from typing import TYPE_CHECKING

from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.kit.dynamo.attributes import Instant, Text

if TYPE_CHECKING:
    from chalicelib.introductions.table import Introduction as Introduction
    from chalicelib.introductions.table import Step as Step
    from chalicelib.introductions.table import Talks as Talks


class IntroductionsOfPartner(GlobalSecondaryIndex["Introduction"]):
    """A partner's introductions, sorted by time."""

    class Meta:
        index_name = "by_partner"
        projection = AllProjection()

    partner_id = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class IntroductionsOfProgram(GlobalSecondaryIndex["Introduction"]):
    """A program's introductions, sorted by time."""

    class Meta:
        index_name = "by_program"
        projection = AllProjection()

    program_id = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class IntroductionsInState(GlobalSecondaryIndex["Introduction"]):
    """A program's introductions in one state, sorted by time."""

    class Meta:
        index_name = "by_state"
        projection = AllProjection()

    in_state = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class IntroductionsOfCustomer(GlobalSecondaryIndex["Introduction"]):
    """The introductions that a customer's sales won."""

    class Meta:
        index_name = "by_customer"
        projection = AllProjection()

    customer_id = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class DueIntroductions(GlobalSecondaryIndex["Introduction"]):
    """What time does next to introductions, the soonest first."""

    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    due_in = Text(hash_key=True)
    due_at = Text(range_key=True)


class StepsByTime(GlobalSecondaryIndex["Step"]):
    """The steps of all introductions of a UTC day, as they were made."""

    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    day_list = Text(hash_key=True, attr_name="due_in")
    moment = Text(range_key=True, attr_name="due_at")


class TalksInProgram(GlobalSecondaryIndex["Talks"]):
    """A program's talks of its own."""

    class Meta:
        index_name = "by_state"
        projection = AllProjection()

    listed_in = Text(hash_key=True, attr_name="in_state")
    id = Text(range_key=True, attr_name="pk")


class TalksToForget(GlobalSecondaryIndex["Talks"]):
    """Talks, by when they are too long ago to matter."""

    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    forgotten_in = Text(hash_key=True, attr_name="due_in")
    forgotten_at = Text(range_key=True, attr_name="due_at")


class AwaitedWords(GlobalSecondaryIndex["Introduction"]):
    """By when each partner hears next of an open introduction, the soonest first."""

    class Meta:
        index_name = "by_word"
        projection = AllProjection()

    word_in = Text(hash_key=True)
    word_at = Text(range_key=True)


class OwedWords(GlobalSecondaryIndex["Introduction"]):
    """A program's introductions whose owner owes a word that was promised, the longest first."""

    class Meta:
        index_name = "by_owed"
        projection = AllProjection()

    owed_in = Text(hash_key=True)
    owed_since = Text(range_key=True)


class StepsOfProgram(GlobalSecondaryIndex["Step"]):
    """All steps of a program's introductions, sorted by time."""

    class Meta:
        index_name = "steps_of_program"
        projection = AllProjection()

    program_id = Text(hash_key=True, attr_name="of_program")
    at = Instant(range_key=True)
