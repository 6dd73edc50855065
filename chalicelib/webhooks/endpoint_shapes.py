"""What the API takes and gives for webhook endpoints."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from chalicelib.events.shapes import Moment, TypePattern
from chalicelib.kit import instants
from chalicelib.kit.shapes import Instant, ListQuery, Reference, Url
from chalicelib.outbox.shapes import Status
from chalicelib.outbox.table import Message
from chalicelib.programs.table import WebhookEndpoint

Format = Literal["native", "cloudevents", "hubspot", "salesforce"]
Secret = Annotated[str, Meta(min_length=1, max_length=1000)]
State = Literal["active", "paused", "asleep"]
Types = Annotated[
    list[Annotated[str, Meta(max_length=60)]],
    Meta(min_length=1, max_length=40, description="types of events, families such as `reward.*`, or `*` for all"),
]


class Credentials(Struct, forbid_unknown_fields=True):
    """
    The credentials for calls of a CRM: the token of a private HubSpot app, or a client's id and secret of Salesforce.

    Never shown again.
    """

    token: Secret | None = None
    client_id: Secret | None = None
    client_secret: Secret | None = None

    @property
    def by_name(self) -> dict[str, str | None]:
        """Return each by its name."""
        return {"token": self.token, "client_id": self.client_id, "client_secret": self.client_secret}


class NewCredentials(Struct, forbid_unknown_fields=True):
    """What a CRM is called with from now on."""

    credentials: Credentials


class NewEndpoint(Struct, forbid_unknown_fields=True):
    """
    Where events of a program are sent. One that gives benefits is called for those, and its 2xx says: given.

    Without `program` it is of the whole deployment: every program's events are sent to it, and those of no program.

    In the format `hubspot` or `salesforce`, the CRM's own API is called at its address, with its credentials; only of
    types that it has records for, which the answer lists.
    """

    url: Url
    program: Reference | None = None
    types: Types | None = None
    format: Format = "native"
    gives_benefits: bool = False
    credentials: Credentials | None = None


class EndpointChange(Struct, forbid_unknown_fields=True):
    """Whether an endpoint is called."""

    state: Literal["active", "paused"]


class Rotation(Struct, forbid_unknown_fields=True):
    """How long calls are signed with the old secret too."""

    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24


class SampleRequest(Struct, forbid_unknown_fields=True):
    """The type of the sample to send."""

    type: TypePattern = "conversion.recorded"


class EndpointsQuery(Struct, forbid_unknown_fields=True):
    """
    Which endpoints of a program: those of an address, and those that ask for a type.

    Without `program`, those of the whole deployment.
    """

    program: Reference | None = None
    url: Annotated[str, Meta(max_length=600, description="those with this address")] | None = None
    type: Annotated[str, Meta(max_length=60, description="a type: those that ask for it")] | None = None


class DeliveriesQuery(ListQuery, forbid_unknown_fields=True):
    """Which deliveries: of a status, or all."""

    status: Status | None = None


class Replay(Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    The events to send again: those written from a moment up to another, optionally of some types only.

    `cursor` is from the answer to the previous call: it continues the same replay.
    """

    from_: Moment
    to: Moment
    types: Types | None = None
    cursor: Annotated[str, Meta(max_length=8_000)] | None = None


class EndpointView(Struct):
    """
    Where events of a program, or without one of the whole deployment, are sent: which types, in which form.

    It is `asleep` since it only failed for five days, or answered 410: nothing is sent to it until it is set to
    `active`. While `previous_secret_until` has not passed, calls carry signatures by the old secret, too.
    """

    id: str
    object: Literal["endpoint"]
    program: str | None
    url: str
    types: list[str]
    format: Format
    gives_benefits: bool
    state: State
    changed_at: Instant | None
    failing_since: Instant | None
    previous_secret_until: Instant | None
    created_at: Instant

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "EndpointView":
        return cls(
            id=endpoint.endpoint_id,
            object="endpoint",
            program=endpoint.program_id,
            url=endpoint.url,
            types=endpoint.types,
            format=endpoint.format,  # type: ignore[arg-type]
            gives_benefits=bool(endpoint.gives_benefits),
            state=endpoint.state,  # type: ignore[arg-type]
            changed_at=_moment(endpoint.changed_at),
            failing_since=_moment(endpoint.failing_since),
            previous_secret_until=_moment(endpoint.previous_until),
            created_at=instants.text(endpoint.created_at),
        )


class NewEndpointView(Struct):
    """An endpoint, and its secret, shown this once; null if the endpoint was there before, or is a CRM."""

    endpoint: EndpointView
    secret: str | None


class EndpointList(Struct):
    """The endpoints of a program, or of the whole deployment: twenty at most."""

    data: list[EndpointView]


class SampleResult(Struct):
    """What came back of a sample: a status, or what went wrong; the first 500 bytes; and how long it took."""

    object: Literal["sample"]
    type: str
    delivered: bool
    status_code: int | None
    reason: str | None
    answer: str | None
    milliseconds: int


class DeliveryView(Struct):
    """
    The delivery of an event to an endpoint, and its result. `message` is the id to retry.

    `status_code`, `answer` (its first 500 bytes) and `milliseconds` are of the last call; `calls` counts all.
    """

    message: str
    object: Literal["delivery"]
    event: str
    status: Status
    reason: str | None
    calls: int
    status_code: int | None
    answer: str | None
    milliseconds: int | None
    replay: str | None
    created_at: Instant
    sent_at: Instant | None
    retry_at: Instant | None

    @classmethod
    def of(cls, message: Message) -> "DeliveryView":
        return cls(
            message=message.id,
            object="delivery",
            event=message.subject_id,
            status=message.status,  # type: ignore[arg-type]
            reason=message.reason,
            calls=message.calls or 0,
            status_code=message.answer_status,
            answer=message.answer_text,
            milliseconds=message.answer_milliseconds,
            replay=message.sort.partition("#")[2] or None,
            created_at=instants.text(message.created_at),
            sent_at=_moment(message.sent_at),
            retry_at=_moment(message.retry_at),
        )


class ReplayView(Struct):
    """
    The number of events that this call queued, as part of a replay.

    With a `next_cursor` there are more: send the same call again with it. The replay then continues, each event once.
    """

    object: Literal["replay"]
    id: str
    queued: int
    has_more: bool
    next_cursor: str | None


def _moment(at: Any) -> str | None:
    return instants.text(at) if at is not None else None
