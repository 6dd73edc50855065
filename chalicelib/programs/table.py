"""Programs and the versions of their terms, in one partition each."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct
from pynamodb.attributes import BooleanAttribute
from pynamodb.models import Model

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
from chalicelib.kit.ids import Mode, mode_of
from chalicelib.kit.shapes import END
from chalicelib.kit.shapes import Instant as Moment
from chalicelib.kit.structured import Structured
from chalicelib.programs.asking import Asking
from chalicelib.programs.receiving import Receiving
from chalicelib.programs.share_texts import ShareTexts, Sharing
from chalicelib.programs.terms import Cap, Part, Rule, TermsBody, Tier

if TYPE_CHECKING:
    from chalicelib.kit.calendars import Calendar

# The partition of webhook endpoints that are of no program.
DEPLOYMENT = "deployment"
CREDENTIALS = "credentials"
# The lists of programs, by mode; and what takes a program out of them.
LISTS: dict[Mode, str] = {"live": "program", "test": "test_program"}
DELETED = "deleted_program"


class Look(Struct, frozen=True, forbid_unknown_fields=True):
    """How a program's public pages and emails look; null for the service's own color."""

    color: Annotated[str, Meta(pattern=rf"^#[0-9a-f]{{6}}{END}")] | None = None


LeaderboardShows = Literal["off", "ranks", "names"]
LeaderboardBy = Literal["sales", "customers", "leads", "clicks"]


class Leaderboard(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What partners see of a program's leaderboard, and by what they are ranked: never by money.

    With `ranks`, their own place; with `names`, also the first ten, each by the display name they chose, if they did.
    """

    shows: LeaderboardShows = "off"
    by: LeaderboardBy = "sales"


class Logo(Struct, frozen=True):
    """A program's logo: the name it is served under, which says which bytes it has, and its size in pixels."""

    name: str
    width: int
    height: int

    @property
    def url(self) -> str:
        return f"{config.public_url()}/look/{self.name}"


class End(Struct, frozen=True, forbid_unknown_fields=True):
    """
    When a program ends: touches from *touches_until* on bind no one, what happens from *sales_until* on earns nothing.

    *payout_note* tells partners when and how the last payout is made.
    """

    touches_until: Moment
    sales_until: Moment
    payout_note: Annotated[str, Meta(min_length=1, max_length=500, pattern=rf"^[^\x00-\x1f\x7f]+{END}")] | None = None


class ProgramRow(Model):
    """Any row of the programs table."""

    class Meta(rows.Table):
        table_name = config.table("programs")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Program(rows.Revised, ProgramRow, discriminator="program"):
    """A program: where its links lead and in which currency it pays."""

    # Test programs are listed apart, and those that are being deleted in no list (see `LISTS`).
    object = Text(default="program")
    name = Text()
    landing_url = Text()
    hosts: Structured[list[str]] = Structured(list[str])
    currency = Text()
    # The newest zone; until its day begins, the last of the previous ones counts.
    timezone = Text(default="UTC")
    former_zones: Structured[list[tuple[str, str]]] = Structured(list[tuple[str, str]], default=list, null=True)
    # Where benefits are asked to be fulfilled; its secret is made from the nonce.
    webhook_url = OptionalText()
    webhook_nonce = OptionalText()
    # The sender of its emails, and where answers go; the deployment's own if empty.
    sender_name = OptionalText()
    sender_email = OptionalText()
    reply_to = OptionalText()
    # Who may join: only partners who were added or invited, also approved ones, or everyone.
    joining = Text(default="closed")
    # Whether visitors of its website are asked before anything is stored in their browser.
    consent = OptionalText()
    # The websites whose pages may report leads with a publishable key.
    origins: Structured[list[str]] = Structured(list[str], default=list)
    share_texts: Structured[dict[str, ShareTexts]] = Structured(dict[str, ShareTexts], default=dict)
    # What its pages and emails look like, if it was ever decided.
    look: Structured[Look | None] = Structured(Look, null=True)
    logo: Structured[Logo | None] = Structured(Logo, null=True)
    # How it is shared, what partners see of its leaderboard, and how it receives introductions, if it was ever decided.
    sharing: Structured[Sharing | None] = Structured(Sharing, null=True)
    leaderboard: Structured[Leaderboard | None] = Structured(Leaderboard, null=True)
    receiving: Structured[Receiving | None] = Structured(Receiving, null=True)
    # Its imprint, below pages and emails.
    privacy_url = OptionalText()
    imprint_url = OptionalText()
    contact_email = OptionalText()
    postal_address = OptionalText()
    # The share of its revenue that is margin, in basis points, if it was ever set.
    margin_bp = OptionalWholeNumber()
    asking: Structured[Asking | None] = Structured(Asking, null=True)  # when its customers are asked
    # Its end, if it has one: see `programs.end`.
    end: Structured[End | None] = Structured(End, null=True)
    external_id = OptionalText()
    created_at = Instant()
    listed: rows.Listed["Program"] = rows.Listed()

    @property
    def mode(self) -> Mode:
        """Return whether it is a live program, or a test program, which nothing counts; its id says so for ever."""
        return mode_of(self.id)

    @property
    def is_deleted(self) -> bool:
        """Return whether its deletion was begun, after which nothing new becomes part of it."""
        return self.object == DELETED

    def takes_touch(self, at: datetime) -> bool:
        """Return whether a click or a code of that moment can still bind a customer."""
        return self.end is None or at < instants.parse(self.end.touches_until)

    def pays_for(self, occurred_at: datetime) -> bool:
        """Return whether what happened at that moment can still earn something, whenever it is reported."""
        return self.end is None or occurred_at < instants.parse(self.end.sales_until)

    @property
    def calendar(self) -> "Calendar":
        """Return the calendar of its days, by its time zones."""
        # Imported late: most functions that know programs ask for no day of theirs.
        from chalicelib.kit.calendars import Calendar

        return Calendar(self.timezone, tuple(self.former_zones or ()))

    @property
    def timezone_from(self) -> datetime | None:
        """Return from when on its newest zone counts; None if it always has."""
        return instants.parse(self.former_zones[-1][1]) if self.former_zones else None


class TermsVersion(ProgramRow, discriminator="terms"):
    """One version of a program's terms. Written once, never changed; it may be withdrawn before its date."""

    version = WholeNumber()
    effective_from = Instant()
    window_days = WholeNumber()
    touch = Text()
    hold_days = WholeNumber(default=0)
    base_without: Structured[list[Part]] = Structured(list[Part], default=list)
    rules: Structured[list[Rule]] = Structured(list[Rule])
    caps: Structured[list[Cap]] = Structured(list[Cap], default=list)
    tiers: Structured[list[Tier]] = Structured(list[Tier], default=list)
    minimum_payout = WholeNumber(default=0)
    minimum_payout_referee = OptionalWholeNumber()
    introductions = OptionalText()
    # What the business says beside the rules, in its own words.
    words = OptionalText()
    created_at = Instant()
    withdrawn_at = OptionalInstant()


class WebhookEndpoint(ProgramRow, discriminator="endpoint"):
    """
    Where a program's events are sent: which types, in which form, and whether they are at the moment.

    In the partition DEPLOYMENT are those that are sent every program's events, and those of none.
    Its secret is made from the nonce; for a while after a rotation, a second one is made from that before.
    """

    url = Text()
    types: Structured[list[str]] = Structured(list[str])
    format = Text(default="native")
    # Its 2xx says that a benefit was given. A program has one of these at most.
    gives_benefits = BooleanAttribute(default=False)
    nonce = Text()
    previous_nonce = OptionalText()
    previous_until = OptionalInstant()
    # `active`, `paused` by a person, or `asleep` since calls only failed, or it answered that it is gone.
    state = Text(default="active")
    changed_at = OptionalInstant()
    # The first of the failures after which no call has succeeded.
    failing_since = OptionalInstant()
    created_at = Instant()

    @property
    def endpoint_id(self) -> str:
        """Return its id, which begins with its program's."""
        return self.sort.partition("#")[2]

    @property
    def program_id(self) -> str | None:
        """Return its program's id; None if it is of the whole deployment."""
        return None if self.id == DEPLOYMENT else self.id


class EndpointCredentials(ProgramRow, discriminator="credentials"):
    """
    The credentials for calls of a CRM: a token, or those that tokens are requested with.

    In a partition of its own: reading a program, or listing its endpoints, does not read it.
    """

    token = OptionalText()
    client_id = OptionalText()
    client_secret = OptionalText()


class LogoFile(ProgramRow, discriminator="logo"):
    """
    The bytes of a logo, in Base64, under their hash. Written once, never changed.

    In a partition of its own: reading a program does not read its pictures.
    """

    content = Text()
    media_type = Text()
    width = WholeNumber()
    height = WholeNumber()
    created_at = Instant()


class ProgramName(ProgramRow, discriminator="name"):
    """The caller's own id for a program, and ours."""

    program_id = Text()


def new_version(
    program_id: str, terms_body: TermsBody, *, version: int, effective_from: datetime, at: datetime
) -> TermsVersion:
    """Return the row of a terms version."""
    return TermsVersion(
        program_id,
        terms_key(version),
        version=version,
        effective_from=effective_from,
        **{name: getattr(terms_body, name) for name in TermsBody.__struct_fields__},
        created_at=at,
    )


def terms_key(version: int) -> str:
    """Return the sort key of a version; keys sort as versions do."""
    return f"terms#{version:06}"


def endpoint_key(endpoint_id: str) -> str:
    """Return the sort key of a webhook endpoint."""
    return f"endpoint#{endpoint_id}"


def logo_key(program_id: str) -> str:
    """Return the partition of a program's logos."""
    return f"{program_id}#logo"


def name_key(external_id: str) -> str:
    """Return the partition a caller's own id has; no id of ours looks like it."""
    return f"ext#{external_id}"
