"""What credits a conversion to the partner its customer is bound to; and whether that binding covers it."""

from datetime import datetime

from chalicelib.conversions.attribution import CLOCKS
from chalicelib.conversions.table import Conversion
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.referrals.table import Referral


def covers(referral: Referral, occurred_at: datetime) -> bool:
    """
    Say whether a customer had been sent when something happened, give or take what clocks differ.

    Of who was bound by a typed code, the moment of the report was once kept, in place of the one told:
    the conversion that bound them has that.
    """
    if occurred_at >= referral.touched_at - CLOCKS:
        return True
    if referral.conversion_id is None:
        return False
    binding = rows.find(Conversion, referral.conversion_id, "conversion")
    return binding is not None and occurred_at >= binding.occurred_at - CLOCKS


def credit(conversion: Conversion, referral: Referral) -> None:
    """Note on a conversion that it is credited to whoever sent its customer, on the terms that were promised then."""
    conversion.partner_id = referral.partner_id
    conversion.referral_id = referral.id
    conversion.referred_at = referral.bound_at
    conversion.terms_version = referral.terms_version


def count(referral: Referral, conversion: Conversion) -> Write:
    """Give the conversion its number; the condition puts parallel ones in order."""
    if conversion.type == "sale":
        conversion.number = referral.sales + 1
        return writes.update_if(
            referral, Referral.sales.set(conversion.number), condition=Referral.sales == referral.sales
        )
    if conversion.type == "lead":
        conversion.number = referral.leads + 1
        return writes.update_if(
            referral, Referral.leads.set(conversion.number), condition=Referral.leads == referral.leads
        )
    conversion.number = referral.others.get(conversion.type, 0) + 1
    counted = {**referral.others, conversion.type: conversion.number}
    return writes.update_if(referral, Referral.others.set(counted), condition=Referral.others == referral.others)
