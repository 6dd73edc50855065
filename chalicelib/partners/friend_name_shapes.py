"""What the API takes and gives for "Who sent you?"."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Answer = Literal["found", "which", "nobody"]
# Characters of a hint; and of what somebody types into "Who sent you?".
HINT, MOST_TYPED = 2, 200


class FriendName(Struct, frozen=True, forbid_unknown_fields=True):
    """A name as a visitor typed it; and the first two letters of that friend's email address, if they were asked."""

    name: Annotated[str, Meta(min_length=1, max_length=MOST_TYPED, description="who sent the visitor, as typed")]
    hint: (
        Annotated[str, Meta(min_length=HINT, max_length=HINT, description="the first two letters of their address")]
        | None
    ) = None


class FriendNameView(Struct):
    """
    Whether one partner shares that name, several, or none; never who they are.

    Report the conversion with the *token* as a touch, whatever the answer is: after `found`, it counts as a code does;
    after an unanswered `which`, the sale is `unclaimed`, and nothing is paid.
    """

    object: Literal["friend_name"]
    program: str
    answer: Answer
    token: str
