"""The API's answer about a partner."""

from chalicelib.access.endpoint import Tagged
from chalicelib.kit import clock
from chalicelib.partners import find, share
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.shapes import PartnerView, enrollment_view


def show(profile: PartnerProfile) -> PartnerView:
    """Return a partner with the programs they take part in, and how they stand there now."""
    at = clock.now()
    standings = {one.program_id: profile.standing(one.program_id, at) for one in profile.enrollments}
    views = [enrollment_view(one, share.make_url(one), standings[one.program_id].tier) for one in profile.enrollments]
    others = find.find_others_by_address(profile.partner)
    category = profile.standing("", at).category
    return PartnerView.with_enrollments(profile.partner, views, category, same_email=others, stopped=profile.stopped)


def show_again(identifier: str) -> PartnerView:
    """Return a partner as they are by now, for a call that is sent again."""
    return show(find.find(identifier))


def show_tagged(profile: PartnerProfile) -> Tagged:
    """Return a partner with the revision of their row."""
    return Tagged.of(show(profile), profile.partner)
