"""The audit trail, over HTTP."""

import msgspec
from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.audit.shapes import AuditEntryView, AuditQuery, AuditVerificationView, AuditVerifyQuery
from chalicelib.kit import cursors
from chalicelib.kit.cursors import ListPage

routes = Blueprint(__name__)


@routes.route("/v1/audit", methods=["GET"])
@endpoint(routes, scope="admin", query=AuditQuery, answer=ListPage[AuditEntryView])
def list_audit(call: Call[None, AuditQuery]) -> ListPage[AuditEntryView]:
    """List who did what, newest first; a page may be a short one, and what came this second may be missing."""
    # Only who asks for it waits for what finds and walks.
    from chalicelib.audit.find import filters_of, list_entries

    query = call.query
    return list_entries(
        filters_of(query),
        lambda entries: [AuditEntryView.of(one) for one in entries],
        limit=query.limit,
        order=query.order,
        cursor=query.cursor,
    )


@routes.route("/v1/audit/verify", methods=["GET"])
@endpoint(routes, scope="audit:read", query=AuditVerifyQuery, answer=AuditVerificationView)
def verify_audit(call: Call[None, AuditVerifyQuery]) -> AuditVerificationView:
    """Verify the hash chains of the whole audit trail, some seconds a call; reports the first invalid entry."""
    from chalicelib.audit.verify import verify
    from chalicelib.kit.dynamo.chained import ChainProgress

    cursor = cursors.read(call.query.cursor, of="verify audit")
    progress = msgspec.convert(cursor, ChainProgress) if cursor else ChainProgress()
    verified = verify(progress)
    rest = None if verified.done or verified.bad else msgspec.to_builtins(progress)
    return AuditVerificationView(
        object="audit_verification",
        chains=progress.chains,
        entries=progress.entries,
        bad=verified.bad,
        has_more=rest is not None,
        next_cursor=cursors.write(rest, of="verify audit"),
    )
