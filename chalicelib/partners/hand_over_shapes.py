"""What the API takes to hand a partner's account over, and to confirm a payee after that."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from chalicelib.kit.shapes import Email, ExternalId, Locale, Name, ShortName, Words

HandOverReason = Literal["inheritance", "sale", "reorganization", "change_of_person", "other"]


class NewHandOver(Struct, forbid_unknown_fields=True):
    """
    The person who takes a partner's account over, and why.

    Fields that are not sent stay, but for `friend_name`: friends see the new name if they saw one before.
    """

    name: Name
    email: Email
    reason: HandOverReason
    note: Words | None = None
    locale: Locale | UnsetType = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    friend_name: ShortName | UnsetType | None = UNSET


class NewPayee(Struct, forbid_unknown_fields=True):
    """The payee of an account's new holder; without a name or an address, their own is used."""

    payout_name: Name | None = None
    payout_email: Email | None = None
