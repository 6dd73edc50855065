"""What the API takes and gives for batches of partners."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.conversions.shapes import BatchProblem
from chalicelib.kit import bodies
from chalicelib.kit.shapes import Email, ExternalId, Instant, Locale, Name, Reference, Url
from chalicelib.links.shapes import LinkView
from chalicelib.programs.terms import Category

# A new partner with a link takes eleven calls of the database: a hundred of them fit into the time of a call.
MOST = 100

BatchResult = Literal["created", "added", "unchanged", "refused", "not_reached"]


class BatchLink(Struct, forbid_unknown_fields=True):
    """A link for the partner of an item; without a code and an id of yours, there is one for each destination."""

    code: Annotated[str, Meta(max_length=50, description="a slug: 3-50 of a-z, 0-9 and hyphens")] | None = None
    destination: Url | None = None
    channel: Name | None = None
    external_id: ExternalId | None = None
    expires_at: Instant | None = None


class BatchPartner(Struct, forbid_unknown_fields=True):
    """
    A partner, known by `external_id` or else by `email`; their part in a program, and a link in it.

    Who is not known yet is added, and needs a name. Of who is, nothing is changed.
    """

    external_id: ExternalId | None = None
    email: Email | None = None
    name: Name | None = None
    category: Category | None = None
    locale: Locale | None = None
    program: Reference | None = None
    link: BatchLink | None = None


class NewPartners(Struct, forbid_unknown_fields=True):
    """Up to a hundred partners; each is read, added and answered by itself. A dry run writes nothing."""

    partners: Annotated[list[BatchPartner], Meta(min_length=1, max_length=MOST)]
    dry_run: bool = False


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """New partners as they are read: what is wrong with one of them refuses that one only."""

    partners: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MOST)]
    dry_run: bool = False


def read_batch(raw: bytes) -> Batch:
    """Return new partners, none of them read yet. Refuses what is no such list."""
    return bodies.read_body(raw, Batch)


class PartnerResult(Struct):
    """
    What became of one item of a batch, or in a dry run, what would.

    `added`: the partner was known, and got a part in the program, a link, or both. *ignored* are the fields that say
    something else than what is stored, *same_email* the other partners who have a new partner's address.
    """

    result: BatchResult
    partner: str | None = None
    share_url: str | None = None
    link: LinkView | None = None
    ignored: list[str] = []
    same_email: list[str] = []
    problem: BatchProblem | None = None


class PartnerResults(Struct):
    """The results of a batch, in its order."""

    dry_run: bool
    data: list[PartnerResult]
