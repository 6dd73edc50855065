"""Explains a conversion: why it is credited to a partner, and what it paid."""

from chalicelib.conversions.find import changes_of, credited
from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import rows
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.rewards.explanation import ExplanationView, ReferralExplained
from chalicelib.rewards.find import decisions_of

_MOST_CHANGES = 100
# The conversion, what may have credited it late, and one more change, by which it shows that there is more.
_ROWS_BESIDES = 3


def explain(conversion: Conversion) -> ExplanationView:
    """Return why a conversion paid, or did not, as far as it is decided; of one credited late, its credit."""
    conversion = credited(conversion)
    program_terms = programs.find_with_version(conversion.program_id, conversion.terms_version)
    reported = changes_of(conversion.id, most=_MOST_CHANGES + _ROWS_BESIDES)
    changes = reported[:_MOST_CHANGES]
    decisions = decisions_of([conversion.decided_as, *(change.change_id for change in changes)])
    return ExplanationView.of(
        conversion,
        _referral(conversion),
        decisions.get(conversion.decided_as),
        program_terms.version(conversion.terms_version),
        [(change, decisions.get(change.change_id)) for change in changes],
        has_more_changes=len(reported) > _MOST_CHANGES,
    )


def _referral(conversion: Conversion) -> ReferralExplained | None:
    """Return the referral that credits a conversion, or that was made too late for it."""
    if conversion.referral_id is None and conversion.attribution != "before_referral":
        return None
    customer = referrals.find_by_id(conversion.customer_id)
    referral = customer.referral(conversion.program_id) if customer else None
    if referral is None or conversion.referral_id not in (None, referral.id):
        return None
    binding = conversion if conversion.binds else None
    if binding is None and referral.conversion_id is not None:
        binding = rows.find(Conversion, referral.conversion_id, "conversion")
    return ReferralExplained.of(referral, binding)
