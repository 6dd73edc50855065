"""
Which emails a partner wants.

Pure: no I/O, no clock.
"""

from typing import Literal

from msgspec import Struct

# What emails can be turned off; those about money that moved cannot.
Topic = Literal["tips", "friends", "rewards", "summaries"]
TOPICS: tuple[Topic, ...] = ("tips", "friends", "rewards", "summaries")


class Preferences(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The topics a partner turned off, and whether news comes as one email a day.

    `tips`: first steps and reminders. `friends`: a friend joined, a tier was reached. `rewards`: earned, and due.
    `summaries`: the email about a month, and success stories.
    """

    off: list[Topic] = []
    daily: bool = False

    def without(self, topics: tuple[Topic, ...]) -> "Preferences":
        """Return them with these topics turned off."""
        return Preferences([topic for topic in TOPICS if topic in topics or topic in self.off], self.daily)

    def with_again(self, topics: tuple[Topic, ...]) -> "Preferences":
        """Return them with these topics turned on again."""
        return Preferences([topic for topic in TOPICS if topic in self.off and topic not in topics], self.daily)
