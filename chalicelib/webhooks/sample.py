"""Sends a sample to an endpoint, at once, and says what came back. Nothing is stored, and nothing has happened."""

from datetime import datetime

import msgspec

from chalicelib.events.catalog import CATALOG
from chalicelib.events.data import BenefitData
from chalicelib.events.view import sample_of
from chalicelib.kit import config
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs.table import WebhookEndpoint
from chalicelib.webhooks.bodies import event_body
from chalicelib.webhooks.call import crm_request, sign
from chalicelib.webhooks.crm import CRMS, SAMPLE_VALUES, SAMPLES
from chalicelib.webhooks.endpoints import BENEFITS, wants
from chalicelib.webhooks.post import Answered, try_post
from chalicelib.webhooks.shapes import BenefitCall, BenefitToFulfill


def send_sample(endpoint: WebhookEndpoint, name: str, *, at: datetime) -> Answered:
    """Call an endpoint with a sample of a type, signed as any other call, and marked as a test."""
    if name not in CATALOG:
        raise InvalidValue(f"There is no event type {name!r}; GET /v1/event-types lists them.", pointer="/type")
    if not wants(endpoint, name):
        raise InvalidValue(f"The endpoint does not receive {name!r}.", pointer="/type")
    if endpoint.format in CRMS:
        # The record does not exist, so nothing changes: a 404 shows that the credentials are valid.
        request = crm_request(endpoint, msgspec.structs.replace(SAMPLES[endpoint.format], values=SAMPLE_VALUES))
        assert request is not None, "a sample has a valid id"
        return try_post(request)
    sample = sample_of(name, CATALOG[name])
    if sample.program is not None and endpoint.program_id is not None:
        sample = msgspec.structs.replace(sample, program=endpoint.program_id)
    if not endpoint.gives_benefits:
        body, kind = event_body(sample, endpoint.format, source=config.public_url(), is_test=True)
        return try_post(sign(endpoint, sample.id, body, kind, at=at))
    data = msgspec.convert(sample.data, BenefitData)
    benefit = BenefitToFulfill(
        sample.subject, endpoint.id, str(data.conversion), "referee", data.owner, None, "sale_referee", data.benefit
    )
    body = msgspec.json.encode(BenefitCall(sample.id, name, sample.created_at, benefit, test=True))  # type: ignore[arg-type]
    return try_post(sign(endpoint, sample.id, body, "application/json", at=at))


def sample_types(endpoint: WebhookEndpoint) -> list[str]:
    """Return the types that an endpoint can be sent a sample of."""
    return BENEFITS if endpoint.gives_benefits else [name for name in CATALOG if wants(endpoint, name)]
