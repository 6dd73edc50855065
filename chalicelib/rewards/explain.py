"""Explains a conversion: why it is credited to a partner, and what it paid."""

from chalicelib.conversions.credits import changes_of, credit_in_force, credited
from chalicelib.conversions.table import CREDIT, Change, Conversion, Correction, Credit
from chalicelib.kit.dynamo import rows
from chalicelib.notes.note import view_notes
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.rewards.changes_explained import CorrectionExplained
from chalicelib.rewards.explanation import ExplanationView, ReferralExplained
from chalicelib.rewards.find import decisions_of

_MOST_CHANGES = 100
# The conversion, its possible late credit, and one more change, which shows that there are more.
_ROWS_BESIDES = 3


def explain(reported: Conversion) -> ExplanationView:
    """Return why a conversion paid or did not, as far as it is decided: by its current credit, and by earlier ones."""
    conversion = credited(reported)
    program_terms = programs.find_with_version(conversion.program_id, conversion.terms_version)
    changes = changes_of(conversion.id, most=_MOST_CHANGES + _ROWS_BESIDES)
    has_more_changes, changes = len(changes) > _MOST_CHANGES, changes[:_MOST_CHANGES]
    before = _credited_before(reported, changes)
    deciding = [conversion.decided_as, *before.values(), *(change.change_id for change in changes)]
    decisions = decisions_of(dict.fromkeys(deciding))
    corrections = [one for one in changes if isinstance(one, Correction)]
    return ExplanationView.of(
        conversion,
        _referral(conversion),
        decisions.get(conversion.decided_as),
        program_terms.version(conversion.terms_version),
        [(change, decisions.get(change.change_id)) for change in changes],
        [
            CorrectionExplained.of(one, note, decisions.get(before[one.change_id]), decisions.get(one.change_id))
            for one, note in zip(corrections, view_notes(corrections), strict=True)
        ],
        has_more_changes=has_more_changes,
    )


def _credited_before(reported: Conversion, changes: list[Change]) -> dict[str, str]:
    """Return by what a conversion was decided before each correction of it, by the correction's id."""
    if reported.corrected is None:
        return {}
    late = rows.find(Credit, reported.id, CREDIT) if reported.partner_id is None else None
    corrections = [one for one in changes if isinstance(one, Correction)]
    return {one.change_id: credit_in_force(one, reported, late, changes).decided_as for one in corrections}


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
