"""Explains a conversion: why it is credited to a partner, and what it paid."""

from msgspec import Struct

from chalicelib.conversions.credits import changes_of, credit_in_force, credited
from chalicelib.conversions.table import CREDIT, Change, Conversion, Correction, Credit
from chalicelib.kit.dynamo import rows
from chalicelib.notes.note import NoteView, view_notes
from chalicelib.programs import find as programs
from chalicelib.programs.table import TermsVersion
from chalicelib.referrals import find as referrals
from chalicelib.referrals.table import Referral
from chalicelib.rewards.changes_explained import CorrectionExplained
from chalicelib.rewards.explanation import ExplanationView, ReferralExplained
from chalicelib.rewards.find import decisions_of
from chalicelib.rewards.table import Decision

_MOST_CHANGES = 100
# The conversion, its possible late credit, and one more change, which shows that there are more.
_ROWS_BESIDES = 3


class Evidence(Struct, frozen=True):
    """
    All that an explanation is made of.

    *conversion* is the *reported* one with its current credit. *before* has the id of the decision that each correction
    replaced, by the correction's id. *referral* credits the conversion or came too late for it; *binding* made it.
    """

    reported: Conversion
    conversion: Conversion
    terms: TermsVersion
    changes: list[Change]
    has_more_changes: bool
    before: dict[str, str]
    decisions: dict[str, Decision]
    notes: dict[str, NoteView | None]
    referral: Referral | None
    binding: Conversion | None

    def view(self) -> ExplanationView:
        """Return what it says, as the API gives it."""
        conversion, decisions = self.conversion, self.decisions
        return ExplanationView.of(
            conversion,
            ReferralExplained.of(self.referral, self.binding) if self.referral is not None else None,
            decisions.get(conversion.decided_as),
            self.terms,
            [(one, self.notes[one.change_id], decisions.get(one.change_id)) for one in self.changes],
            [
                CorrectionExplained.of(
                    one,
                    self.notes[one.change_id],
                    decisions.get(self.before[one.change_id]),
                    decisions.get(one.change_id),
                )
                for one in self.changes
                if isinstance(one, Correction)
            ],
            has_more_changes=self.has_more_changes,
        )


def explain(reported: Conversion) -> ExplanationView:
    """Return why a conversion paid or did not, as far as it is decided: by its current credit, and by earlier ones."""
    return gather(reported).view()


def gather(reported: Conversion) -> Evidence:
    """Read all that explains a conversion."""
    conversion = credited(reported)
    program_terms = programs.find_with_version(conversion.program_id, conversion.terms_version)
    changes = changes_of(conversion.id, most=_MOST_CHANGES + _ROWS_BESIDES)
    has_more_changes, changes = len(changes) > _MOST_CHANGES, changes[:_MOST_CHANGES]
    before = _credited_before(reported, changes)
    deciding = [conversion.decided_as, *before.values(), *(change.change_id for change in changes)]
    referral = _referral(conversion)
    return Evidence(
        reported=reported,
        conversion=conversion,
        terms=program_terms.version(conversion.terms_version),
        changes=changes,
        has_more_changes=has_more_changes,
        before=before,
        decisions=decisions_of(dict.fromkeys(deciding)),
        notes=dict(zip([one.change_id for one in changes], view_notes(changes), strict=True)),
        referral=referral,
        binding=_binding(conversion, referral) if referral is not None else None,
    )


def _credited_before(reported: Conversion, changes: list[Change]) -> dict[str, str]:
    """Return by what a conversion was decided before each correction of it, by the correction's id."""
    if reported.corrected is None:
        return {}
    late = rows.find(Credit, reported.id, CREDIT) if reported.partner_id is None else None
    corrections = [one for one in changes if isinstance(one, Correction)]
    return {one.change_id: credit_in_force(one, reported, late, changes).decided_as for one in corrections}


def _referral(conversion: Conversion) -> Referral | None:
    """Return the referral that credits a conversion, or that was made too late for it."""
    if conversion.referral_id is None and conversion.attribution != "before_referral":
        return None
    customer = referrals.find_by_id(conversion.customer_id)
    referral = customer.referral(conversion.program_id) if customer else None
    return referral if referral is not None and conversion.referral_id in (None, referral.id) else None


def _binding(conversion: Conversion, referral: Referral) -> Conversion | None:
    """Return the conversion that bound a customer, if that was kept."""
    if conversion.binds:
        return conversion
    return rows.find(Conversion, referral.conversion_id, "conversion") if referral.conversion_id is not None else None
