"""What the API takes and gives for moments: asking a customer, what became of it, and what it brought."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import Instant, ListQuery, Reference
from chalicelib.moments.states import Because, State
from chalicelib.programs.asking import Asking, AskRule, NotBefore, RuleName, Way
from chalicelib.programs.table import Program

# No start of the API waits for the rows.
if TYPE_CHECKING:
    from chalicelib.moments.table import Moment

Month = Annotated[str, Meta(pattern=r"^(2\d{3}|19[7-9]\d)-(0[1-9]|1[0-2])$(?!\n)")]


class AskQuery(Struct, forbid_unknown_fields=True):
    """For which program a customer is asked; and in which language, if not in theirs."""

    program: Reference
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$(?!\n)")] | None = None


class AskView(Struct):
    """
    Whether a customer is asked now. If so, by which moment and in which words, and where the link leads.

    Otherwise *because* says why not. A customer who is unknown, or was erased, is answered in the same shape.
    """

    object: Literal["ask"]
    ask: bool
    because: Because | None
    moment: str | None
    rule: str | None
    words: str | None
    join_url: str | None
    token: Annotated[str | None, Meta(description="for `goodword.ask` on the customer's own page")]
    until: Instant | None


class AskWordsQuery(Struct, forbid_unknown_fields=True):
    """In which language a page asks."""

    language: Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$(?!\n)")] = "en"


class AskWords(Struct):
    """What a page shows to a customer who is asked: words, and the texts of a link and of a button beside it."""

    object: Literal["ask_words"]
    words: str
    join: str
    decline: str
    join_url: str
    language: str


class AskAnswer(Struct):
    """What became of an ask, as its page sees it."""

    object: Literal["ask_answer"]
    state: State

    @classmethod
    def of(cls, moment: "Moment") -> "AskAnswer":
        return cls("ask_answer", moment.state)  # type: ignore[arg-type]


class AskDeclined(Struct, frozen=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    """For how long a customer does not want to be asked: until the program's limits allow it, or for ever."""

    for_: Literal["now", "ever"] = "now"


class MomentsQuery(ListQuery, forbid_unknown_fields=True):
    """Which moments, newest first: of a program or a customer, in a state, of a rule."""

    program: Reference | None = None
    customer: Reference | None = None
    state: State | None = None
    rule: RuleName | None = None


class MomentView(Struct):
    """A moment: why a customer is asked or not, and what became of it."""

    id: str
    object: Literal["moment"]
    program: str
    customer: str
    rule: str
    event: str
    subject: str
    by: Way
    state: State
    because: Because | None
    held_out: bool
    due_at: Instant
    until: Instant
    asked_at: Instant | None
    asked_by: Literal["page", "email"] | None
    shown_at: Instant | None
    declined_until: str | None
    partner: str | None
    friends: int
    revenue: int
    reward_cost: int
    created_at: Instant

    @classmethod
    def of(cls, moment: "Moment") -> "MomentView":
        return cls(
            id=moment.id,
            object="moment",
            program=moment.program_id,
            customer=moment.customer_id,
            rule=moment.rule,
            event=moment.event_id,
            subject=moment.subject_id,
            by=moment.by,  # type: ignore[arg-type]
            state=moment.state,  # type: ignore[arg-type]
            because=moment.because,  # type: ignore[arg-type]
            held_out=moment.held_out,
            due_at=instants.text(moment.due_at),
            until=instants.text(moment.good_until),
            asked_at=instants.text(moment.asked_at) if moment.asked_at else None,
            asked_by=moment.asked_by,  # type: ignore[arg-type]
            shown_at=instants.text(moment.shown_at) if moment.shown_at else None,
            declined_until=moment.declined_until,
            partner=moment.partner_id,
            friends=len(moment.friends),
            revenue=moment.revenue,
            reward_cost=moment.reward_cost,
            created_at=instants.text(moment.created_at),
        )


class SilentRule(Struct):
    """A rule that is on, although nobody reports its event; and the last day on which somebody did."""

    rule: str
    on: str
    last: str | None


class AskingView(Struct):
    """When a program asks its customers, and how often at most. *silent* rules wait for what nobody reports."""

    object: Literal["asking"]
    program: str
    rules: list[AskRule]
    not_before: NotBefore
    quiet_days: int
    most_a_year: int
    hold_out_bp: int
    silent: list[SilentRule]

    @classmethod
    def of(cls, program: Program, silent: list[SilentRule]) -> "AskingView":
        asking = program.asking or Asking()
        return cls(
            "asking",
            program.id,
            asking.rules,
            asking.not_before,
            asking.quiet_days,
            asking.most_a_year,
            asking.hold_out_bp,
            silent,
        )


class NumbersQuery(Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Of which months, by when moments were made; by default the last twelve. As JSON, or as CSV."""

    from_: Month | None = None
    to: Month | None = None
    format: Literal["json", "csv"] = "json"


class LiftView(Struct, rename={"asks": "asked"}):
    """
    How many more of a thousand customers brought a friend within 90 days because they were asked.

    *low* and *high* are its 95 percent interval. *compared* are the held-out who would have been asked.
    """

    per_1000: float
    low: float
    high: float
    asks: int
    compared: int


class RuleNumbers(Struct, rename={"asks": "asked", "shown_times": "shown"}):
    """How many moments of a rule came how far; money in minor units of the program's currency."""

    rule: str | None
    due: int
    held_out: int
    asks: int
    shown_times: int
    sent: int
    opened: int
    declined: int
    joined: int
    shared: int
    brought: int
    friends: int
    compared: int
    compared_brought: int
    revenue: int
    reward_cost: int
    lift: LiftView | None


class NumbersView(Struct, rename={"from_": "from"}):
    """What asking brought, by rule, and in total; *lift* is null until both have somebody."""

    object: Literal["ask_numbers"]
    program: str
    currency: str
    from_: str
    to: str
    total: RuleNumbers
    rules: list[RuleNumbers]
