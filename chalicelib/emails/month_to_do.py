"""What a partner can do, in the email about their month: the action items that are their own."""

from chalicelib.emails.monthly import MonthlyFigures
from chalicelib.emails.recipients import Recipient
from chalicelib.language.formats import listed, money, name_from
from chalicelib.language.texts import texts


def values_to_do(figures: MonthlyFigures, recipient: Recipient, currency: str, locale: str) -> dict[str, str | int]:
    """Return what a partner can do, unless they want no tips."""
    if "tips" in recipient.preferences.off:
        return {"next_tier": "", "missing": "", "unused_links": ""}
    t = texts(locale)
    counts = (("missing_sales", figures.missing_sales), ("missing_leads", figures.missing_leads))
    missing = [t(name, number=count) for name, count in counts if count]
    if figures.missing_revenue:
        missing.append(t("missing_revenue", amount=money(figures.missing_revenue, currency, locale)))
    return {
        "next_tier": name_from(figures.next_tier) if figures.next_tier else "",
        "missing": listed(missing, locale),
        "unused_links": figures.unused_links or "",
    }
