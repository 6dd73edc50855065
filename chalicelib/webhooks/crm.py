"""
What a CRM's own API takes: calls that update a contact, a lead or a deal of HubSpot or Salesforce.

A record is the one that the CRM's own id names, and only fields of ours are set, to what they are now: so a call that
comes late, or again, does no harm. No record is made, and nothing of the CRM's own is changed.

Pure: no I/O, no clock.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from chalicelib.kit.money import Money, decimal

HUBSPOT, SALESFORCE = "hubspot", "salesforce"
CRMS = (HUBSPOT, SALESFORCE)
# The types of events that a CRM has a record for.
TYPES = [
    "conversion.amended",
    "conversion.credited",
    "conversion.recorded",
    "conversion.refunded",
    "conversion.restored",
    "partner.enrolled",
    "partner.left",
    "partner.returned",
    "partner.tier_changed",
]
_HOSTS = {
    HUBSPOT: re.compile(r"api\.hubapi\.com"),
    SALESFORCE: re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.my\.salesforce\.com"),
}
_HOSTS_NAMED = {HUBSPOT: "https://api.hubapi.com", SALESFORCE: "https://MyDomainName.my.salesforce.com"}
_VERSION = "v63.0"
# The form of a record's id; its first characters say which object of Salesforce it is.
_HUBSPOT_ID = re.compile(r"[1-9][0-9]{0,18}")
_SALESFORCE_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_OBJECTS = {"contact": {"003": "Contact", "00Q": "Lead"}, "deal": {"006": "Opportunity"}}

Kind = Literal["contact", "deal"]
Value = str | Money | None


class CrmRecord(Struct, frozen=True):
    """A contact (or lead), or a deal (or opportunity), by its id in the CRM, and what our fields of it should say."""

    kind: Kind
    id: str
    values: dict[str, Value]


class CrmCall(Struct, frozen=True):
    """A call of a CRM's API; each is a PATCH of JSON."""

    url: str
    body: bytes


# A record that no CRM has, for trying whether it may be called.
SAMPLES = {
    HUBSPOT: CrmRecord("deal", "9" * 18, {}),
    SALESFORCE: CrmRecord("deal", "006000000000000AAA", {}),
}
SAMPLE_VALUES: dict[str, Value] = {
    "partner": "ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD",
    "link": "tea-with-ada",
    "status": "partly_refunded",
    "remaining": Money(1000, "USD"),
}


def check_base(form: str, url: str) -> str:
    """Return a CRM's address without a path. Raises ValueError for any other host: a token is for that CRM only."""
    parts = urlsplit(url)
    if _HOSTS[form].fullmatch(parts.hostname or "") is None or parts.path not in ("", "/") or parts.query:
        raise ValueError(f"calls of {form} go to {_HOSTS_NAMED[form]}, without a path")
    return f"https://{parts.hostname}"


def concerns(name: str, partner_id: str | None, data: Mapping[str, Any]) -> bool:
    """Return whether an event may have a CRM record: a partner, or a sign-up or sale credited to one."""
    is_other = name in ("conversion.recorded", "conversion.credited") and data.get("type") not in ("lead", "sale")
    return partner_id is not None and not is_other


def call_of(form: str, base: str, record: CrmRecord) -> CrmCall | None:
    """Return the call that updates a record; None if its id is none of the CRM's."""
    if form == HUBSPOT:
        if _HUBSPOT_ID.fullmatch(record.id) is None:
            return None
        properties = {f"goodword_{name}": _text(value) for name, value in record.values.items()}
        body = msgspec.json.encode({"properties": properties})
        return CrmCall(f"{base}/crm/v3/objects/{record.kind}s/{record.id}", body)
    name = _OBJECTS[record.kind].get(record.id[:3])
    if name is None or _SALESFORCE_ID.fullmatch(record.id) is None:
        return None
    fields = {f"Goodword_{name.capitalize()}__c": _json(value) for name, value in record.values.items()}
    return CrmCall(f"{base}/services/data/{_VERSION}/sobjects/{name}/{record.id}", msgspec.json.encode(fields))


def _text(value: Value) -> str:
    """Return a value as a property of HubSpot's: text; an empty one clears it."""
    return decimal(value.amount, value.currency) if isinstance(value, Money) else value or ""


def _json(value: Value) -> Any:
    """Return a value as a field of Salesforce's: money is a number, and null clears it."""
    return msgspec.Raw(decimal(value.amount, value.currency).encode()) if isinstance(value, Money) else value
