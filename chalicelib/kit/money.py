"""
Money: whole minor units of one currency. No float comes near it.

Pure: no I/O, no clock.
"""

from typing import Annotated

from msgspec import Meta, Struct

MOST = 2**53 - 1
_WITHOUT_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_TEN_THOUSANDTHS = "CLF UYW"
_HUNDREDTHS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""
EXPONENTS = {
    currency: exponent
    for exponent, listed in enumerate((_WITHOUT_MINOR_UNIT, "", _HUNDREDTHS, _THOUSANDTHS, _TEN_THOUSANDTHS))
    for currency in listed.split()
}

MinorUnits = Annotated[int, Meta(ge=0, le=MOST, description="whole minor units, such as cents")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217 code")]


class Money(Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in whole minor units and its currency: 1999 and USD are $19.99."""

    amount: MinorUnits
    currency: Currency


def decimal(amount: int, currency: str) -> str:
    """Return the amount as a decimal number, such as `1999.00`; exact at any size."""
    exponent = EXPONENTS[currency]
    sign = "-" if amount < 0 else ""
    digits = str(abs(amount)).rjust(exponent + 1, "0")
    whole, part = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    return f"{sign}{whole}{'.' if part else ''}{part}"


def minor_units(text: str, currency: str) -> int | None:
    """
    Return the minor units of an amount as a person types it, with a point or a comma; None if it is none.

    >>> minor_units("25", "USD"), minor_units("25,5", "EUR"), minor_units("25.00", "JPY"), minor_units("1,000", "USD")
    (2500, 2550, None, None)
    """
    whole, _, part = text.strip().replace(",", ".").partition(".")
    exponent = EXPONENTS.get(currency)
    digits = whole.isascii() and whole.isdigit() and (not part or (part.isascii() and part.isdigit()))
    if exponent is None or not digits or len(part) > exponent or text.strip()[-1:] in (".", ","):
        return None
    amount = int(whole + part.ljust(exponent, "0"))
    return amount if amount <= MOST else None
