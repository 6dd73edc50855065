"""The ledger's proof, over HTTP."""

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.ledger.shapes import BadEntry, VerificationView, VerifyQuery

routes = Blueprint(__name__)


@routes.route("/v1/ledger/verify", methods=["GET"])
@endpoint(routes, scope="audit:read", query=VerifyQuery, answer=VerificationView)
def verify_ledger(call: Call[None, VerifyQuery]) -> VerificationView:
    """Verify the hash chain of the whole ledger, some seconds a call; reports the first invalid entry."""
    # Only who asks for it waits for what walks.
    from chalicelib.ledger.verify import VerificationProgress, verify

    cursor = cursors.read(call.query.cursor, of="verify")
    progress = msgspec.convert(cursor, VerificationProgress) if cursor else VerificationProgress()
    verified = verify(progress)
    bad = BadEntry(verified.bad.chain, verified.bad.row, verified.bad.what) if verified.bad else None
    rest = None if verified.done or bad else msgspec.to_builtins(progress)
    return VerificationView(
        object="verification",
        accounts=progress.chains,
        entries=progress.entries,
        notes_erased=progress.notes_erased,
        bad=bad,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of="verify"),
    )
