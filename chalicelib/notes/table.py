"""Notes, each under its digest."""

import hashlib
import secrets
from datetime import datetime

from pynamodb.models import Model

from chalicelib.kit import config
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text

_SALT_BYTES = 16


class Note(Model):
    """
    What a person wrote. The id is a digest of salt and words; an erased note has neither.

    Because of the salt, no one can guess an erased note's words from its id, or see that two are equal.
    """

    class Meta(rows.Table):
        table_name = config.table("notes")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="note")
    words = OptionalText()
    salt = OptionalText()
    created_at = Instant()
    erased_at = OptionalInstant()

    @property
    def intact(self) -> bool:
        """Return whether it is unchanged, or was erased."""
        if self.erased_at is not None:
            return self.words is None and self.salt is None
        return self.id == _id(self.salt or "", self.words or "")


def new_note(words: str, *, at: datetime) -> Note:
    """Return the row of a new note, to be written with what it is about."""
    salt = secrets.token_hex(_SALT_BYTES)
    return Note(_id(salt, words), words=words, salt=salt, created_at=at)


def _id(salt: str, words: str) -> str:
    digest = hashlib.sha256(f"{salt}\n{words}".encode())
    return f"nte_{digest.hexdigest()}"
