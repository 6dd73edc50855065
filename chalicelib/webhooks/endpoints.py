"""
Finds webhook endpoints of a program, and those of the whole deployment.

The webhook in a program's own row is one of them: it gives benefits. Its first change makes it
a row of its own, as all others are.
"""

import contextlib
from collections.abc import Iterable

from chalicelib.events.catalog import fits
from chalicelib.kit import ids
from chalicelib.kit.errors import NotFound
from chalicelib.kit.memory import Memory
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import DEPLOYMENT, Program, WebhookEndpoint, endpoint_key

ACTIVE, PAUSED, ASLEEP = "active", "paused", "asleep"
BENEFITS = ["benefit.due", "benefit.taken_back"]
EVERYTHING = "*"
# A program's id without its prefix, which an endpoint's begins with.
_CHARACTERS = 26
# Most programs have no endpoint, and are asked less often for it.
_none: Memory[bool] = Memory(seconds=120.0, most=1000)
_memory: Memory[tuple[WebhookEndpoint, ...]] = Memory(seconds=programs.REMEMBERED, most=1000)


class EndpointNotFound(NotFound):
    """There is no such webhook endpoint."""


def endpoints_of(stored: ProgramTerms) -> list[WebhookEndpoint]:
    """Return all endpoints of a program, oldest first; that in the program's own row among them."""
    own = own_endpoint(stored.program)
    return _sorted([*([own] if own is not None else []), *stored.endpoints])


def read_endpoints(program_id: str) -> list[WebhookEndpoint]:
    """Return all endpoints of a program, or of DEPLOYMENT, as they are stored now, oldest first."""
    if program_id == DEPLOYMENT:
        return _sorted(_query(DEPLOYMENT, consistent=True))
    return endpoints_of(programs.read(program_id))


def recall_endpoints(program_id: str) -> list[WebhookEndpoint]:
    """Return all endpoints of a program, or of DEPLOYMENT, up to half a minute old, or two where there was none."""
    if program_id == DEPLOYMENT:
        return list(remembered_endpoints(DEPLOYMENT))
    return endpoints_of(programs.find(program_id))


def giver_of(stored: ProgramTerms) -> WebhookEndpoint | None:
    """Return the endpoint that gives a program's benefits, if it has one that is called."""
    return next((one for one in endpoints_of(stored) if one.gives_benefits and one.state == ACTIVE), None)


def wants(endpoint: WebhookEndpoint, name: str) -> bool:
    """Return whether an endpoint asks for a type of event."""
    return selects(endpoint.types, name)


def selects(patterns: Iterable[str], name: str) -> bool:
    """Return whether a type is among these: types, families, or all."""
    return any(pattern == EVERYTHING or fits(name, pattern) for pattern in patterns)


def find_endpoint(identifier: str) -> tuple[Program | None, WebhookEndpoint]:
    """Return an endpoint as it is stored now, and its program, if it has one: an endpoint's id says that."""
    prefix, _, characters = identifier.partition("_")
    program: Program | None = None
    listed: list[WebhookEndpoint] = []
    if prefix == "end" and len(characters) > _CHARACTERS:
        with contextlib.suppress(programs.ProgramNotFound):
            stored = programs.read(f"prg_{characters[:_CHARACTERS]}")
            program, listed = stored.program, endpoints_of(stored)
    elif prefix == "end":
        listed = read_endpoints(DEPLOYMENT)
    for endpoint in listed:
        if endpoint.endpoint_id == identifier:
            return program, endpoint
    raise EndpointNotFound(f"There is no endpoint {identifier!r}.")


def remembered_endpoints(program_id: str) -> tuple[WebhookEndpoint, ...]:
    """
    Return the program's own endpoints, and those of DEPLOYMENT; cached as `recall_endpoints` says.

    Needed with every event: a program without an endpoint costs half a unit in two minutes.
    """
    if _none.peek(program_id):
        return ()

    stored = _memory.get(program_id, lambda: tuple(_query(program_id, consistent=False)))
    if not stored:
        _none.keep(program_id, True)
    return stored


def own_endpoint(program: Program) -> WebhookEndpoint | None:
    """Return the endpoint that a program has in its own row."""
    if program.webhook_url is None:
        return None
    return WebhookEndpoint(
        program.id,
        endpoint_key(id_of(program.id)),
        url=program.webhook_url,
        types=BENEFITS,
        gives_benefits=True,
        nonce=str(program.webhook_nonce),
        created_at=program.created_at,
    )


def is_own(program: Program, endpoint: WebhookEndpoint) -> bool:
    """Return whether an endpoint is the one in its program's own row."""
    return program.webhook_url is not None and endpoint.endpoint_id == id_of(program.id)


def _query(program_id: str, *, consistent: bool) -> Iterable[WebhookEndpoint]:
    return WebhookEndpoint.query(
        program_id, WebhookEndpoint.sort.startswith(endpoint_key("")), consistent_read=consistent
    )


def _sorted(endpoints: Iterable[WebhookEndpoint]) -> list[WebhookEndpoint]:
    return sorted(endpoints, key=lambda endpoint: (endpoint.created_at, endpoint.endpoint_id))


def id_of(program_id: str, *parts: str) -> str:
    """Return the one id that an endpoint has, which says its program if it has one: so two alike are one."""
    return f"end_{program_id.partition('_')[2]}{ids.derived('end', program_id, *parts)[-16:]}"
