"""What partners said of us, a row a partner and UTC day, in the partners table."""

from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalText, Text, WholeNumber
from chalicelib.partners.table import PartnerRow


class Feedback(PartnerRow, discriminator="feedback"):
    """A partner's feedback of one UTC day: how likely they are to recommend us, and why."""

    object = Text(default="feedback")
    partner_id = Text()
    score = WholeNumber()
    words = OptionalText()
    created_at = Instant()
    listed: rows.Listed["Feedback"] = rows.Listed()


def feedback_key(day: str, partner_id: str) -> str:
    """Return the partition of a partner's feedback of a day: once more, it replaces the earlier."""
    return f"feedback#{day}#{partner_id}"
