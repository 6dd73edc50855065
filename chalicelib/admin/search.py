"""Finds the subject of a question: a partner, a customer, or a report about one."""

from contextlib import suppress

from chalicelib.conversions.table import Conversion, conversion_id, page_lead_id
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerNotFound
from chalicelib.programs import find as programs
from chalicelib.referrals import find as referrals
from chalicelib.rewards.table import REWARD, Reward

# An order's number is unique in a program only, so each is asked.
_MOST_PROGRAMS = 25
_MOST_CHARACTERS = 254


def search(text: str) -> list[str]:
    """
    Return the ids of what a text names: by our id, by the website's own with or without `ext_`, or by an address.

    Several may have the same id of the website's: a partner, a customer, and conversions of each type and program.
    """
    external_id = text.removeprefix("ext_")
    if not 0 < len(external_id) <= _MOST_CHARACTERS:
        raise InvalidValue("Enter an ID or a partner's email address.", pointer="/find")
    page, more = programs.list_page(limit=_MOST_PROGRAMS, position=None)
    matches = _ours(text) or [*_people(external_id), *_conversions(external_id, [program.id for program in page])]
    if not matches:
        looked = f" Only orders of the {_MOST_PROGRAMS} newest programs were searched." if more else ""
        raise InvalidValue(f"No partner, customer, order or reward matches {text!r}.{looked}", pointer="/find")
    return matches


def _ours(text: str) -> list[str]:
    stored: object = None
    match text[:4]:
        case "ptr_":
            stored = partners.find_rows([text])
        case "cus_":
            stored = referrals.find_rows([text])
        case "cnv_":
            stored = rows.find(Conversion, text, "conversion")
        case "rwd_":
            stored = rows.find(Reward, text, REWARD)
    return [text] if stored else []


def _people(external_id: str) -> list[str]:
    identifiers = partners.find_ids_by_address(external_id) if "@" in external_id else []
    with suppress(PartnerNotFound):
        identifiers.append(partners.find(f"ext_{external_id}").partner.id)
    customer = referrals.find_by_external_id(external_id)
    if customer is not None:
        identifiers.append(customer.customer.customer_id)
    return list(dict.fromkeys(identifiers))


def _conversions(external_id: str, program_ids: list[str]) -> list[str]:
    identifiers: list[str] = []
    for program_id in program_ids:
        own = {rule.on for terms in programs.find(program_id).versions for rule in terms.rules}
        identifiers += [conversion_id(program_id, type_, external_id) for type_ in sorted({"lead", "sale", *own})]
        identifiers.append(page_lead_id(program_id, external_id))
    stored = rows.find_all(Conversion, [(one, "conversion") for one in identifiers])
    return [one for one in identifiers if (one, "conversion") in stored]
