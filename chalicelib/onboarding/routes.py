"""Invitations, applications, and how far partners have got, over HTTP."""

from collections.abc import Callable

from chalice.app import Blueprint

from chalicelib.access.api_keys import Forbidden, allows
from chalicelib.access.endpoint import Call, endpoint
from chalicelib.emails.suppressions import unsubscribed_from_invitations
from chalicelib.kit.cursors import ListPage
from chalicelib.kit.shapes import NoQuery
from chalicelib.notes.note import view_note, view_notes
from chalicelib.notes.table import Note, new_note
from chalicelib.onboarding.batch_shapes import Batch, NewPartners, PartnerResults, read_batch
from chalicelib.onboarding.shapes import (
    ApplicationsQuery,
    ApplicationView,
    InvitationResult,
    InvitationResults,
    InvitationsQuery,
    InvitationView,
    Invitee,
    NewInvitations,
    ProgramQuery,
    Refusal,
    read_invitees,
)
from chalicelib.partners.joining_table import Application, Invitation

routes = Blueprint(__name__)

# What does the work is imported late: no start of the API waits for what few calls need.


def _answer(program: str, invitees: list[Invitee], call: Call) -> InvitationResults:  # type: ignore[type-arg]
    from chalicelib.onboarding import invitations

    results = invitations.invite(program, invitees, actor=call.actor, at=call.at)
    views = [(result, InvitationView.of(invitation) if invitation else None) for result, invitation in results]
    return InvitationResults([InvitationResult(result, view) for result, view in views])  # type: ignore[arg-type]


@routes.route("/v1/partners/batch", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewPartners, read=read_batch, answer=PartnerResults, replays=False)
def create_partner_batch(call: Call[Batch, NoQuery]) -> PartnerResults:
    """Add many partners, each with its own result; the same batch may be sent again. Links need `links:write`."""
    from chalicelib.onboarding.batch import add_all

    if any("link" in item for item in call.body.partners) and not allows(call.scopes, "links:write"):
        raise Forbidden("To create links, this needs the scope `links:write`.")
    return PartnerResults(
        call.body.dry_run, add_all(call.body.partners, dry_run=call.body.dry_run, actor=call.actor, at=call.at)
    )


@routes.route("/v1/invitations", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewInvitations, answer=InvitationResults, replays=False)
def create_invitations(call: Call[NewInvitations, NoQuery]) -> InvitationResults:
    """Invite people by email; who was invited before, takes part, or stopped invitations, is not written to again."""
    return _answer(call.body.program, call.body.invitations, call)


@routes.route("/v1/invitations/csv", methods=["POST"], content_types=["text/csv"])
@endpoint(
    routes,
    scope="partners:write",
    body=list[Invitee],
    read=read_invitees,
    takes="text/csv",
    query=ProgramQuery,
    answer=InvitationResults,
    replays=False,
)
def import_invitations(call: Call[list[Invitee], ProgramQuery]) -> InvitationResults:
    """Invite the people a CSV file names, up to 500: email, and perhaps name and locale."""
    return _answer(call.query.program, call.body, call)


@routes.route("/v1/invitations", methods=["GET"])
@endpoint(routes, scope="partners:read", query=InvitationsQuery, answer=ListPage[InvitationView])
def list_invitations(call: Call[None, InvitationsQuery]) -> ListPage[InvitationView]:
    """List a program's invitations, newest first, and the partners who accepted them."""
    from chalicelib.search.by_moment import find_invitations

    def view(page: list[Invitation]) -> list[InvitationView]:
        unsubscribed = unsubscribed_from_invitations(one.email for one in page)
        return [InvitationView.of(one, unsubscribed.get(one.email)) for one in page]

    return find_invitations(call.query, view)


@routes.route("/v1/applications", methods=["GET"])
@endpoint(routes, scope="partners:read", query=ApplicationsQuery, answer=ListPage[ApplicationView])
def list_applications(call: Call[None, ApplicationsQuery]) -> ListPage[ApplicationView]:
    """List a program's applications, newest first: by default those that are not decided."""
    from chalicelib.search.by_moment import find_applications

    def view(page: list[Application]) -> list[ApplicationView]:
        return [ApplicationView.of(one, note) for one, note in zip(page, view_notes(page), strict=True)]

    return find_applications(call.query, view)


def _application_again(identifier: str) -> ApplicationView:
    from chalicelib.onboarding import applications

    application = applications.find(identifier)
    return ApplicationView.of(application, view_note(application))


@routes.route("/v1/applications/{id}/approve", methods=["POST"])
@endpoint(routes, scope="partners:write", answer=ApplicationView, again=_application_again)
def approve_application(call: Call[None, NoQuery], id: str) -> ApplicationView:
    """Make them a partner, and send them the link of their page."""
    from chalicelib.onboarding import applications

    view = _application_with(None)
    return view(applications.approve(id, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


@routes.route("/v1/applications/{id}/refuse", methods=["POST"])
@endpoint(routes, scope="partners:write", body=Refusal, answer=ApplicationView, again=_application_again)
def refuse_application(call: Call[Refusal, NoQuery], id: str) -> ApplicationView:
    """Refuse an application, with a note that is not sent."""
    from chalicelib.onboarding import applications

    note = new_note(call.body.note, at=call.at)
    view = _application_with(note)
    return view(applications.refuse(id, note, actor=call.actor, at=call.at, receipt=call.receipt_of(view)))


def _application_with(note: Note | None) -> Callable[[Application], ApplicationView]:
    return lambda application: ApplicationView.of(application, view_note(application, new=note))
