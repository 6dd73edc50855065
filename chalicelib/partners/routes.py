"""Partners, over HTTP."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.access.api_keys import Forbidden, allows
from chalicelib.access.endpoint import Call, Tagged, endpoint
from chalicelib.kit import cursors
from chalicelib.kit.cursors import ListPage, Page
from chalicelib.kit.shapes import ListQuery, NoQuery, OrderedQuery
from chalicelib.links.disable import enroll_again
from chalicelib.links.disable import leave_program as leave
from chalicelib.notes.note import view_note, view_notes
from chalicelib.notes.table import new_note
from chalicelib.onboarding.check_ins import show_onboarding
from chalicelib.onboarding.shapes import OnboardingQuery, OnboardingView
from chalicelib.partners import find, settings, share
from chalicelib.partners.answer import show, show_again, show_tagged
from chalicelib.partners.change_standing import change_standing
from chalicelib.partners.enrollment import renew_share_link
from chalicelib.partners.feedback import give_feedback
from chalicelib.partners.hand_over_shapes import NewHandOver, NewPayee
from chalicelib.partners.identity import create
from chalicelib.partners.preferences import Preferences
from chalicelib.partners.shapes import (
    EnrollmentView,
    FeedbackView,
    NewCategory,
    NewEnrollment,
    NewFeedback,
    NewPartner,
    NewPartnerMerge,
    NewReactivation,
    NewSuspension,
    NewTier,
    PartnerChange,
    PartnersQuery,
    PartnerSummary,
    PartnerView,
    PreferencesView,
    StandingView,
    enrollment_view,
)
from chalicelib.partners.table import StandingChange
from chalicelib.programs import find as programs
from chalicelib.referrals.personal_shapes import ErasureView, NewPartnerErasure, PersonalDataQuery, PersonalDataView
from chalicelib.stats.report import partner_report
from chalicelib.stats.shapes import PartnerStatsQuery, PartnerStatsView

routes = Blueprint(__name__)


@routes.route("/v1/partners", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewPartner, answer=PartnerView, status=201, again=show_again)
def create_partner(call: Call[NewPartner, NoQuery]) -> PartnerView:
    """Add a partner, enrolled in the programs named."""
    return show(create(call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(show)))


@routes.route("/v1/partners", methods=["GET"])
@endpoint(routes, scope="partners:read", query=PartnersQuery, answer=ListPage[PartnerSummary])
def list_partners(call: Call[None, PartnersQuery]) -> ListPage[PartnerSummary]:
    """List partners, newest first, by program, state and category. Each one's programs are at its own path."""
    from chalicelib.search import partners

    return partners.list_partners(call.query, at=call.at)


@routes.route("/v1/partners/{id}", methods=["GET"])
@endpoint(routes, scope="partners:read", answer=PartnerView, tagged=True)
def get_partner(call: Call[None, NoQuery], id: str) -> Tagged:
    """Show a partner, with the programs they take part in."""
    return show_tagged(find.find(id))


@routes.route("/v1/partners/{id}", methods=["PATCH"])
@endpoint(routes, scope="partners:write", body=PartnerChange, answer=PartnerView, tagged=True)
def change_partner(call: Call[PartnerChange, NoQuery], id: str) -> Tagged:
    """Change a partner; fields that are not sent stay. Name, address, category and your own id take `admin`."""
    # Imported late: few calls change one.
    from chalicelib.partners import change

    field = change.needs_admin(call.body)
    if field is not None and not allows(call.scopes, "admin"):
        raise Forbidden(f"To change `{field}`, this needs the scope `admin`.", pointer=f"/{field}")
    return show_tagged(change.change_partner(id, call.body, if_match=call.if_match, actor=call.actor, at=call.at))


@routes.route("/v1/partners/{id}/enrollments", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewEnrollment, answer=PartnerView, status=201, again=show_again)
def enroll_partner(call: Call[NewEnrollment, NoQuery], id: str) -> PartnerView:
    """Enroll a partner in a program; a second time changes nothing. Who had left is back, with their links."""
    return show(enroll_again(id, call.body.program, actor=call.actor, at=call.at, receipt=call.receipt_of(show)))


@routes.route("/v1/partners/{id}/feedback", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewFeedback, answer=FeedbackView, status=201, replays=False)
def create_feedback(call: Call[NewFeedback, NoQuery], id: str) -> FeedbackView:
    """Store a partner's feedback; it replaces earlier feedback of the same UTC day."""
    # No start of the API waits for what only this call needs.
    from chalicelib.targets.from_feedback import react

    feedback = give_feedback(id, call.body, actor=call.actor, at=call.at)
    react(find.find_to_change(id), feedback, actor=call.actor, at=call.at)
    return FeedbackView.of(feedback)


@routes.route("/v1/feedback", methods=["GET"])
@endpoint(routes, scope="admin", query=OrderedQuery, answer=ListPage[FeedbackView])
def list_feedback(call: Call[None, OrderedQuery]) -> ListPage[FeedbackView]:
    """List all feedback, newest day first."""
    from chalicelib.search import business

    return business.list_feedback(call.query, lambda page: [FeedbackView.of(one) for one in page])


@routes.route("/v1/partners/{id}/category", methods=["POST"])
@endpoint(routes, scope="admin", body=NewCategory, answer=StandingView, status=201)
def change_partner_category(call: Call[NewCategory, NoQuery], id: str) -> StandingView:
    """Put a partner into another category, from a minute from now on."""
    return _change_standing(call, id, what="category", to=call.body.category)


@routes.route("/v1/partners/{id}/tier", methods=["POST"])
@endpoint(routes, scope="admin", body=NewTier, answer=StandingView, status=201)
def change_partner_tier(call: Call[NewTier, NoQuery], id: str) -> StandingView:
    """Put a partner into a tier of a program by hand, from a minute from now on."""
    facts = {"program": call.body.program, "to": call.body.tier, "pinned_until": call.body.pinned_until}
    return _change_standing(call, id, what="tier", **facts)


def _change_standing(call: Call[Any, NoQuery], identifier: str, **facts: Any) -> StandingView:
    note = new_note(call.body.note, at=call.at)

    def view(change: StandingChange) -> StandingView:
        return StandingView.of(change, view_note(change, new=note))

    receipt = call.receipt_of(view)
    return view(
        change_standing(identifier, by="admin", note=note, actor=call.actor, at=call.at, receipt=receipt, **facts)
    )


@routes.route("/v1/partners/{id}/merge", methods=["POST"])
@endpoint(routes, scope="admin", body=NewPartnerMerge, answer=PartnerView, replays=False)
def merge_partner(call: Call[NewPartnerMerge, NoQuery], id: str) -> PartnerView:
    """Merge a duplicate into the partner they turned out to be, who earns by its links from then on."""
    from chalicelib.partners.merge import merge

    return show(merge(id, call.body.into, actor=call.actor, at=call.at))


@routes.route("/v1/partners/{id}/hand-over", methods=["POST"])
@endpoint(routes, scope="admin", body=NewHandOver, answer=PartnerView, again=show_again)
def hand_over_partner(call: Call[NewHandOver, NoQuery], id: str) -> PartnerView:
    """Hand a partner's account over to an heir, a buyer or a successor, who confirms the payee."""
    from chalicelib.partners.hand_over import hand_over

    return show(hand_over(id, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(show)))


@routes.route("/v1/partners/{id}/payee", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewPayee, answer=PartnerView, replays=False)
def confirm_partner_payee(call: Call[NewPayee, NoQuery], id: str) -> PartnerView:
    """Confirm the payee of an account's new holder: payouts wait for it."""
    from chalicelib.partners.hand_over import confirm_payee

    return show(confirm_payee(id, call.body, actor=call.actor, at=call.at))


@routes.route("/v1/partners/{id}/suspend", methods=["POST"])
@endpoint(routes, scope="admin", body=NewSuspension, answer=PartnerView, again=show_again)
def suspend_partner(call: Call[NewSuspension, NoQuery], id: str) -> PartnerView:
    """Suspend a partner: what is received from a minute from now on earns them nothing."""
    from chalicelib.partners.suspend import suspend

    return show(suspend(id, "suspended", call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(show)))


@routes.route("/v1/partners/{id}/ban", methods=["POST"])
@endpoint(routes, scope="admin", body=NewSuspension, answer=PartnerView, again=show_again)
def ban_partner(call: Call[NewSuspension, NoQuery], id: str) -> PartnerView:
    """Ban a partner: they earn nothing from a minute from now on, and their email address cannot join again."""
    from chalicelib.partners.suspend import suspend

    return show(suspend(id, "banned", call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(show)))


@routes.route("/v1/partners/{id}/reactivate", methods=["POST"])
@endpoint(routes, scope="admin", body=NewReactivation, answer=PartnerView, again=show_again)
def reactivate_partner(call: Call[NewReactivation, NoQuery], id: str) -> PartnerView:
    """Reactivate a suspended or banned partner: they earn again from a minute from now on."""
    from chalicelib.partners.suspend import reactivate

    return show(reactivate(id, call.body, actor=call.actor, at=call.at, receipt=call.receipt_of(show)))


@routes.route("/v1/partners/{id}/standing", methods=["GET"])
@endpoint(routes, scope="stats:read", query=ListQuery, answer=Page[StandingView])
def list_standing_changes(call: Call[None, ListQuery], id: str) -> Page[StandingView]:
    """List the changes of a partner's category and tiers, with what reached each or its note, newest first."""
    profile = find.find(id)
    list_name = f"standing of {profile.partner.id}, newest first"
    position = cursors.read(call.query.cursor, of=list_name)
    changes, position = find.list_standing_page(profile, limit=call.query.limit, position=position)
    data = [StandingView.of(change, note) for change, note in zip(changes, view_notes(changes), strict=True)]
    return Page(data, position is not None, cursors.write(position, of=list_name))


@routes.route("/v1/partners/{id}/emails", methods=["GET"])
@endpoint(routes, scope="partners:read", answer=PreferencesView)
def get_email_preferences(call: Call[None, NoQuery], id: str) -> PreferencesView:
    """Show which emails a partner wants."""
    return PreferencesView.of(find.find(id).partner)


@routes.route("/v1/partners/{id}/emails", methods=["POST"])
@endpoint(routes, scope="partners:write", body=Preferences, answer=PreferencesView, replays=False)
def change_email_preferences(call: Call[Preferences, NoQuery], id: str) -> PreferencesView:
    """Set which emails a partner gets; those about payments are always sent."""
    return PreferencesView.of(settings.set_preferences(id, call.body, actor=call.actor, at=call.at).partner)


@routes.route("/v1/partners/{id}/leave", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewEnrollment, answer=EnrollmentView, replays=False)
def leave_program(call: Call[NewEnrollment, NoQuery], id: str) -> EnrollmentView:
    """End a partner's part in a program, and their links in it; what they are owed stays owed."""
    profile = leave(id, call.body.program, actor=call.actor, at=call.at)
    program_id = programs.find(call.body.program).program.id
    enrollment = profile.enrollment(program_id)
    if enrollment is None:
        raise find.PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {program_id}.", pointer="/program")
    return enrollment_view(enrollment, share.make_url(enrollment), profile.standing(program_id, call.at).tier)


@routes.route("/v1/partners/{id}/share-link", methods=["POST"])
@endpoint(routes, scope="partners:write", body=NewEnrollment, answer=EnrollmentView, replays=False)
def renew_partner_share_link(call: Call[NewEnrollment, NoQuery], id: str) -> EnrollmentView:
    """End the address of a partner's share page, wherever it was shared, and give the page a new one."""
    profile = renew_share_link(id, call.body.program, actor=call.actor, at=call.at)
    program_id = programs.find(call.body.program).program.id
    enrollment = profile.enrollment(program_id)
    assert enrollment is not None, "nobody else's link is renewed"
    return enrollment_view(enrollment, share.make_url(enrollment), profile.standing(program_id, call.at).tier)


@routes.route("/v1/partners/{id}/onboarding", methods=["GET"])
@endpoint(routes, scope="stats:read", query=OnboardingQuery, answer=OnboardingView)
def get_onboarding(call: Call[None, OnboardingQuery], id: str) -> OnboardingView:
    """Show how far a partner has got in a program, with dates."""
    return show_onboarding(find.find(id), call.query, at=call.at)


@routes.route("/v1/partners/{id}/stats", methods=["GET"])
@endpoint(routes, scope="stats:read", query=PartnerStatsQuery, answer=PartnerStatsView)
def get_partner_stats(call: Call[None, PartnerStatsQuery], id: str) -> PartnerStatsView:
    """Sum up a partner: clicks, leads, sales, revenue and rewards, in total and per local day."""
    return partner_report(find.find(id), call.query, at=call.at)


@routes.route("/v1/partners/{id}/data", methods=["GET"])
@endpoint(routes, scope="admin", query=PersonalDataQuery, answer=PersonalDataView)
def get_partner_data(call: Call[None, PersonalDataQuery], id: str) -> PersonalDataView:
    """Copy all that is kept about a partner, page by page."""
    # Rare calls: no start of the API waits for what they alone need.
    from chalicelib.privacy.export import show_data

    return show_data("partner", id, call)


@routes.route("/v1/partners/{id}/erase", methods=["POST"])
@endpoint(routes, scope="admin", body=NewPartnerErasure, answer=ErasureView, replays=False)
def erase_partner(call: Call[NewPartnerErasure, NoQuery], id: str) -> ErasureView:
    """Erase a partner permanently, and the books stay as they are; or only who held their account before."""
    from chalicelib.privacy.erase import erase
    from chalicelib.privacy.erase_former import erase_former

    if call.body.former:
        return ErasureView.of(*erase_former(id, actor=call.actor, at=call.at))
    return ErasureView.of(*erase("partner", id, gives_up=call.body.gives_up, actor=call.actor, at=call.at))
