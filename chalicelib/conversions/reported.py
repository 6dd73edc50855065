"""What is reported, as it is attributed: with its program, the customer it is of, and the partner it names."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from chalicelib.conversions.shapes import NewConversion
from chalicelib.conversions.trace import has_touches
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotEnrolled
from chalicelib.partners.table import Partner, PartnerName, PartnerRow, name_key
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals import find as referrals
from chalicelib.referrals.find import CustomerProfile


class Reported(Struct, frozen=True):
    """
    A report with its program, the ids of conversion and customer, its times, the caller, and a named partner.

    *same_id* is the name of the partner who has the customer's id, or None; unset, if it was not read yet.
    """

    report: NewConversion
    program_terms: ProgramTerms
    conversion_id: str
    customer_id: str
    occurred_at: datetime
    at: datetime
    by_page: bool = False
    partner: Partner | None = None
    same_id: PartnerName | UnsetType | None = UNSET


def find_customer(
    report: NewConversion, program_id: str
) -> tuple[CustomerProfile | None, PartnerName | UnsetType | None]:
    """
    Return the customer of a report, if known, and the name of the partner who has their id, if it was read.

    A report with touches is of a new customer, most of the time: all that may name one is read by one call. Any other
    is of a known one, and needs no partner.
    """
    external_id = report.customer.external_id
    if not has_touches(report):
        return referrals.find_reported(external_id, program_id), UNSET
    names = referrals.reported_keys(external_id, program_id)
    stored = rows.find_anywhere([*names, (PartnerRow, name_key(external_id), "name")])
    return referrals.find_by_names(stored), next((one for one in stored if isinstance(one, PartnerName)), None)


def find_named(report: NewConversion, program_terms: ProgramTerms, *, at: datetime) -> Partner | None:
    """Return the partner a report names, to be credited by hand. Refuses one who is not in the program, or erased."""
    if report.partner is None:
        return None
    profile = partners.find_to_change(report.partner)
    program = program_terms.program
    if not profile.takes_part(program.id):
        raise PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {program.id}.", pointer="/partner")
    if not program.takes_touch(at):
        raise InvalidValue("The program has ended: no customer can be credited to a partner anew.", pointer="/partner")
    return profile.partner
