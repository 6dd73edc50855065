"""Ends sessions: this one, or all of a holder's."""

from datetime import datetime

from chalicelib.access.sessions import Token
from chalicelib.access.table import Session, SignedOut, session_key
from chalicelib.kit.dynamo import writes


def end(token: Token, *, at: datetime) -> None:
    """End the session of a resumed token, at once and for good; the second time changes nothing."""
    row = Session(token.holder_id, session_key(token.session_id))
    writes.commit(writes.update_if(row, Session.ended_at.set(at), condition=Session.ended_at.does_not_exist()))


def end_all(holder_id: str, *, at: datetime) -> None:
    """End every session a holder has begun so far, wherever, at once and for good."""
    later = SignedOut.at.does_not_exist() | (SignedOut.at < at)
    writes.commit(writes.put_if(SignedOut(holder_id, "signed_out", at=at), later))
