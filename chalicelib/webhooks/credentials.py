"""
The credentials for calls of a CRM: a token, or a client's id and secret that tokens are requested with.

Kept in a partition of their own, which is only read to call the CRM: listing programs or endpoints never returns
them. DynamoDB encrypts them at rest. They are never shown, logged, or written to the audit trail.
"""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, structs

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.memory import Memory
from chalicelib.programs.table import CREDENTIALS, EndpointCredentials
from chalicelib.webhooks.crm import HUBSPOT
from chalicelib.webhooks.post import Request, TokenRefused, post

_stored: Memory[EndpointCredentials | None] = Memory(seconds=30.0, most=1000)
# Salesforce's last for two hours and more, unless its session is ended.
_tokens: Memory[str] = Memory(seconds=600.0, most=1000)
_MOST_BYTES = 16_000
_IN_A_HEADER = re.compile(r"[!-~]+")


class _Grant(Struct):
    access_token: str


def new_credentials(endpoint_id: str, form: str, values: dict[str, str | None]) -> EndpointCredentials:
    """Return the row of an endpoint's credentials. Refuses others than its CRM asks for."""
    needed = {"token"} if form == HUBSPOT else {"client_id", "client_secret"}
    if {name for name, value in values.items() if value} != needed:
        names = " and ".join(f"`{name}`" for name in sorted(needed))
        raise InvalidValue(f"{form.capitalize()} is called with {names}.", pointer="/credentials")
    for name in needed:
        if _IN_A_HEADER.fullmatch(values[name] or "") is None:
            raise InvalidValue("This is printable ASCII without spaces.", pointer=f"/credentials/{name}")
    row = EndpointCredentials(endpoint_id, CREDENTIALS)
    row.token, row.client_id, row.client_secret = (values.get(name) for name in ("token", "client_id", "client_secret"))
    return row


def has_credentials(endpoint_id: str, form: str, values: dict[str, str | None]) -> bool:
    """Return whether an endpoint is called with these credentials. Refuses others than its CRM asks for."""
    row = new_credentials(endpoint_id, form, values)
    stored = rows.find(EndpointCredentials, endpoint_id, CREDENTIALS)
    return stored is not None and stored.serialize() == row.serialize()


def bearer_of(endpoint_id: str, base: str) -> Callable[[], str]:
    """Return what gives the token of a call, when it is made: one that is kept, or one that Salesforce grants."""
    stored = _stored.get(endpoint_id, lambda: rows.find(EndpointCredentials, endpoint_id, CREDENTIALS))
    if stored is not None and stored.token is not None:
        return partial(str, stored.token)
    return partial(_tokens.get, f"{endpoint_id}#{stored and stored.client_id}", partial(_ask_for_token, base, stored))


def forget(endpoint_id: str) -> None:
    """Forget the token of an endpoint, as it was refused: the next call reads, or asks for, another."""
    _stored.forget(endpoint_id)
    _tokens.forget(f"{endpoint_id}#")


def _ask_for_token(base: str, stored: EndpointCredentials | None) -> str:
    """Ask Salesforce for a token, by OAuth's client credentials."""
    if stored is None:
        raise TokenRefused("no token: its credentials were deleted")
    grant = {"grant_type": "client_credentials", "client_id": stored.client_id, "client_secret": stored.client_secret}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Request(f"{base}/services/oauth2/token", urlencode(grant).encode(), kind)
    answered = post(structs.replace(request, most_bytes=_MOST_BYTES))
    if not answered.is_success:
        raise TokenRefused(f"no token: {answered.reason}")
    try:
        token = msgspec.json.decode(answered.text or "", type=_Grant).access_token
    except msgspec.MsgspecError:
        raise TokenRefused("no token: the answer has none") from None
    if _IN_A_HEADER.fullmatch(token) is None:
        # The HTTP client's own error would contain it.
        raise TokenRefused("no token: the answer has one that no header can hold")
    return token
