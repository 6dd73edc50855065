"""Whether a webhook endpoint answers: since when it only fails, and that it sleeps then."""

import logging
from datetime import datetime, timedelta

from chalicelib.kit.dynamo import writes
from chalicelib.programs.table import WebhookEndpoint
from chalicelib.webhooks.endpoints import ACTIVE, ASLEEP

log = logging.getLogger(__name__)

# An endpoint that has only failed for this long falls asleep.
PATIENCE = timedelta(days=5)


def note_health(endpoint: WebhookEndpoint, *, succeeded: bool, gone: bool, at: datetime) -> None:
    """
    Note how calls of an endpoint went. It falls asleep when it only failed for five days, or says that it is gone.

    Written only where something changes by it. Who gives benefits never sleeps: those calls wait for a person.
    """
    if endpoint.gives_benefits:
        return
    since = endpoint.failing_since
    is_active = WebhookEndpoint.state == ACTIVE
    if succeeded:
        if since is not None:
            writes.commit(writes.update_if(endpoint, WebhookEndpoint.failing_since.remove(), condition=is_active))
            endpoint.failing_since = None
        return
    if gone or (since is not None and since <= at - PATIENCE):
        asleep = [WebhookEndpoint.state.set(ASLEEP), WebhookEndpoint.changed_at.set(at)]
        unchanged = is_active & (
            WebhookEndpoint.failing_since == since if since and not gone else WebhookEndpoint.nonce == endpoint.nonce
        )
        if not writes.commit(writes.update_if(endpoint, *asleep, condition=unchanged)):
            # An alarm reads the number.
            log.error("endpoint_asleep %s %s", endpoint.endpoint_id, endpoint.url, extra={"asleep": 1})
        endpoint.state = ASLEEP
    elif since is None:
        first = is_active & WebhookEndpoint.failing_since.does_not_exist()
        writes.commit(writes.update_if(endpoint, WebhookEndpoint.failing_since.set(at), condition=first))
        endpoint.failing_since = at
