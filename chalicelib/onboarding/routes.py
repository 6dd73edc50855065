"""Invitations, applications, and how far partners have got, over HTTP."""

from chalice.app import Blueprint

from chalicelib.access.endpoint import Call, endpoint
from chalicelib.emails.suppressions import unsubscribed_from_invitations
from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.shapes import NoQuery
from chalicelib.onboarding import find, progress
from chalicelib.onboarding import review as reviewed
from chalicelib.onboarding.check_in import check_in
from chalicelib.onboarding.invite import invite
from chalicelib.onboarding.retrace import retrace
from chalicelib.onboarding.shapes import (
    ApplicationsQuery,
    ApplicationView,
    CheckInQuery,
    CheckInView,
    InvitationsQuery,
    InvitationView,
    Invited,
    InvitedList,
    Invitee,
    NewInvitations,
    OnboardingQuery,
    OnboardingView,
    ProgramQuery,
    Refusal,
    StepView,
    read_invitees,
)
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs

routes = Blueprint(__name__)


def _answer(program: str, invitees: list[Invitee], call: Call) -> InvitedList:  # type: ignore[type-arg]
    done = invite(program, invitees, at=call.at)
    return InvitedList([Invited(result, InvitationView.of(one) if one else None) for result, one in done])  # type: ignore[arg-type]


@routes.route("/v1/invitations", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewInvitations, answer=InvitedList, replays=False)
def create_invitations(call: Call[NewInvitations, NoQuery]) -> InvitedList:
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
    answer=InvitedList,
    replays=False,
)
def upload_invitations(call: Call[list[Invitee], ProgramQuery]) -> InvitedList:
    """Invite the people a CSV file names, up to 500: email, and perhaps name and locale."""
    return _answer(call.query.program, call.body, call)


@routes.route("/v1/invitations", methods=["GET"])
@endpoint(routes, scope="partners:write", query=InvitationsQuery, answer=Page[InvitationView])
def list_invitations(call: Call[None, InvitationsQuery]) -> Page[InvitationView]:
    """List a program's invitations, and who came of them."""
    program = programs.find(call.query.program).program
    named = f"invitations of {program.id}"
    position = cursors.read(call.query.cursor, of=named)
    found, position = find.invitations(program.id, limit=call.query.limit, position=position)
    since = unsubscribed_from_invitations(one.email for one in found)
    data = [InvitationView.of(one, since.get(one.email)) for one in found]
    return Page(data, position is not None, cursors.write(position, of=named))


@routes.route("/v1/applications", methods=["GET"])
@endpoint(routes, scope="partners:write", query=ApplicationsQuery, answer=Page[ApplicationView])
def list_applications(call: Call[None, ApplicationsQuery]) -> Page[ApplicationView]:
    """List who asked to take part in a program: by default those who wait for an answer."""
    program = programs.find(call.query.program).program
    named = f"{call.query.status} applications of {program.id}"
    position = cursors.read(call.query.cursor, of=named)
    found, position = find.applications(program.id, call.query.status, limit=call.query.limit, position=position)
    return Page([ApplicationView.of(one) for one in found], position is not None, cursors.write(position, of=named))


@routes.route("/v1/applications/{id}/approve", methods=["POST"])
@endpoint(routes, scope="partners:write", answer=ApplicationView)
def approve_application(call: Call[None, NoQuery], id: str) -> ApplicationView:
    """Make them a partner, and send them the link of their page."""
    return ApplicationView.of(reviewed.approve(id, at=call.at, receipt=call.receipt_of(ApplicationView.of)))


@routes.route("/v1/applications/{id}/refuse", methods=["POST"])
@endpoint(routes, scope="partners:write", body=Refusal, answer=ApplicationView)
def refuse_application(call: Call[Refusal, NoQuery], id: str) -> ApplicationView:
    """Refuse an application, with a reason that is kept and not sent."""
    reason = call.body.reason
    return ApplicationView.of(reviewed.refuse(id, reason, at=call.at, receipt=call.receipt_of(ApplicationView.of)))


@routes.route("/v1/partners/{id}/onboarding", methods=["GET"])
@endpoint(routes, scope="stats:read", query=OnboardingQuery, answer=OnboardingView)
def get_onboarding(call: Call[None, OnboardingQuery], id: str) -> OnboardingView:
    """Show how far a partner has got in a program, with dates."""
    member = partners.find(id)
    program_ids = [one.program_id for one in member.enrollments]
    if call.query.program is not None:
        program_ids = [programs.find(call.query.program).program.id]
    enrollment = member.enrollment(program_ids[0]) if len(program_ids) == 1 else None
    if enrollment is None:
        raise InvalidValue("Say which `program`, of those the partner is in.", pointer="/program")
    taken = progress.steps(retrace(member, enrollment), at=call.at)
    return OnboardingView(
        object="onboarding",
        partner=member.partner.id,
        program=enrollment.program_id,
        steps=[StepView(step.name, instants.text(step.at) if step.at else None) for step in taken],
        next=progress.next_step(taken),
        agreed_version=enrollment.agreed_version,
        agreed_hash=enrollment.agreed_hash,
        as_of=instants.text(call.at),
    )


@routes.route("/v1/programs/{id}/check-ins", methods=["GET"])
@endpoint(routes, scope="stats:read", query=CheckInQuery, answer=Page[CheckInView])
def list_check_ins(call: Call[None, CheckInQuery], id: str) -> Page[CheckInView]:
    """List partners who are stuck, or have gone quiet; a page looks at so many, and may name none of them."""
    program = programs.find(id).program
    named = f"check-ins of {program.id}"
    found, position = check_in(
        program.id,
        stuck_days=call.query.stuck_days,
        quiet_days=call.query.quiet_days,
        limit=call.query.limit,
        position=cursors.read(call.query.cursor, of=named),
        at=call.at,
    )
    data = [
        CheckInView("check_in", partner_id, program.id, about.why, about.step, instants.text(about.since))
        for partner_id, about in found
    ]
    return Page(data, position is not None, cursors.write(position, of=named))
