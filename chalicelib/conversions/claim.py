"""Credits an unclaimed conversion to the partner its customer names afterwards, with the same question as before."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.conversions.change_shapes import NewCredit
from chalicelib.conversions.claim_links import is_open
from chalicelib.conversions.correct import credit
from chalicelib.conversions.shapes import ConversionQuery
from chalicelib.conversions.table import Conversion
from chalicelib.kit.errors import Refused
from chalicelib.partners.friend_name_shapes import Answer, FriendName
from chalicelib.partners.friend_names import identify
from chalicelib.programs import find as programs

_NOTE = "The customer named this partner when they were asked again who sent them."


class ClaimClosed(Refused):
    """Nothing can be said of this conversion any longer: it is credited, or more than 30 days old."""

    STATUS_CODE = 410


def claim(conversion: Conversion, typed: FriendName, *, visitor: str, actor: Actor, at: datetime) -> Answer:
    """
    Credit a conversion to the one partner whom its customer names, and return whether it was one, several or nobody.

    It is a correction by this page, with an audit entry: rewards follow as for one by hand. Refused: a conversion that
    is not open for it, and too many tries in an hour.
    """
    if not is_open(conversion, at=at):
        raise ClaimClosed("This sale is credited already, or more than 30 days old.")
    program = programs.find(conversion.program_id).program
    named = identify(typed, program, visitor=visitor, at=at)
    if named.answer == "found":
        correction = NewCredit(named.partner_id, "named_later", _NOTE)
        credit(conversion.id, ConversionQuery(), correction, actor=actor, at=at)
    return named.answer
