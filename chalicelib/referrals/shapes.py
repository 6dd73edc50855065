"""What the API takes for customers."""

from msgspec import Struct

from chalicelib.kit.shapes import Email, ExternalId, Locale, Name


class CustomerReport(Struct, frozen=True, forbid_unknown_fields=True):
    """The customer, as the website knows them. Without an email address they get no emails."""

    external_id: ExternalId
    email: Email | None = None
    name: Name | None = None
    locale: Locale | None = None
