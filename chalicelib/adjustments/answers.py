"""The answers about a partner's adjustments: one that is requested, and the list."""

from chalicelib.access.endpoint import Call, Replayed
from chalicelib.adjustments.shapes import AdjustmentView, NewAdjustment, view_adjustments
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.shapes import ListQuery, NoQuery
from chalicelib.partners import find as partners


def create(call: Call[NewAdjustment, NoQuery], reference: str) -> AdjustmentView | Replayed:
    """Request an adjustment of a partner's account; requested again, it is answered as it is now."""
    # No start of the API waits for it.
    from chalicelib.adjustments.adjust import adjust

    accepted = adjust(reference, call.body, actor=call.actor, at=call.at)
    answer = AdjustmentView.of(accepted.row)
    return answer if accepted.first else Replayed(answer)


def list_of_partner(call: Call[None, ListQuery], reference: str) -> Page[AdjustmentView]:
    """Return one page of a partner's adjustments, newest first."""
    from chalicelib.adjustments.find import list_page

    partner_id = partners.find(reference).partner.id
    list_name = f"adjustments of {partner_id}"
    position = cursors.read(call.query.cursor, of=list_name)
    page, position = list_page(partner_id, limit=call.query.limit, position=position)
    return Page(view_adjustments(page), position is not None, cursors.write(position, of=list_name))
