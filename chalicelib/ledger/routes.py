"""The ledger's proof, over HTTP."""

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.kit import cursors
from chalicelib.ledger.shapes import (
    VerificationView,
    VerifyQuery,
)
from chalicelib.ledger.verify import Progress, verify

routes = Blueprint(__name__)


@routes.route("/v1/ledger/verify", methods=["GET"])
@endpoint(routes, scope="stats:read", query=VerifyQuery, answer=VerificationView)
def verify_ledger(call: Call[None, VerifyQuery]) -> VerificationView:
    """Walk the whole ledger, some seconds a call, and name the first row that does not follow from the others."""
    seen = cursors.read(call.query.cursor, of="verify")
    walked = verify(msgspec.convert(seen, Progress) if seen else Progress())
    rest = None if walked.done or walked.bad else msgspec.to_builtins(walked.progress)
    return VerificationView(
        object="verification",
        accounts=walked.progress.accounts,
        entries=walked.progress.entries,
        bad=walked.bad,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of="verify"),
    )
