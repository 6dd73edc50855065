"""Merges of partners, in a partition each: which duplicate was merged into whom."""

from chalicelib.kit.dynamo.attributes import Instant, Text
from chalicelib.partners.table import Partner, PartnerRow


class PartnerMerge(PartnerRow, discriminator="merge"):
    """That a duplicate was merged into another partner. Never edited; in a partition of its own."""

    partner_id = Text()
    into = Text()
    created_at = Instant()


def merge_key(duplicate_id: str) -> str:
    """Return the partition of the merge of a duplicate."""
    return f"merge#{duplicate_id}"


def find_merges(duplicate: Partner) -> list[PartnerMerge]:
    """Return the fact that a partner was merged into another one, if they were."""
    if duplicate.merged_into is None:
        return []
    return list(PartnerMerge.query(merge_key(duplicate.id), consistent_read=True))
