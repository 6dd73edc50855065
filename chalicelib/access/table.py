"""API keys as stored: never the secret itself."""

from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.kit import config, rows
from chalicelib.kit.attributes import Instant, OptionalInstant, OptionalText, Text
from chalicelib.kit.structured import Structured


class ListedKeys(GlobalSecondaryIndex["ApiKey"]):
    """All keys, oldest first."""

    class Meta:
        index_name = "listed"
        projection = AllProjection()

    object = Text(hash_key=True)
    id = Text(range_key=True, attr_name="pk")


class ApiKey(Model):
    """A key of the API: what it may do, and the hash of its secret."""

    class Meta(rows.Table):
        table_name = config.table("access")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk", default="key")
    object = Text(default="key")
    name = Text()
    secret_hash = Text()
    last_four = Text()
    scopes: Structured[list[str]] = Structured(list[str])
    # A publishable key is of one programme.
    program_id = OptionalText()
    created_at = Instant()
    revoked_at = OptionalInstant()
    listed = ListedKeys()
