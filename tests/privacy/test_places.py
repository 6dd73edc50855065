"""The data map: whatever is stored is classified, and what is new has to be."""

import re
from typing import get_args

from msgspec import structs
from pynamodb.models import Model

from chalicelib.clicks.table import Click
from chalicelib.events.catalog import CATALOG
from chalicelib.kit import modules
from chalicelib.privacy.impersonal import DELETED_WITH, IMPERSONAL
from chalicelib.privacy.places import PLACES
from chalicelib.referrals.personal_shapes import RecordKind

# Of clicks: nothing that says who clicked. The hash of a visitor is made with a salt that is gone after two days.
CLICK = {
    *("partition", "sort", "program_id", "partner_id", "kind", "reason", "device", "browser", "country"),
    *("referrer_host", "visitor", "expires", "announces"),
}
# What the data of events say of somebody, in their own words or the website's number for them; an erasure takes it out.
PERSONAL_IN_EVENTS = {"external_id", "channel", "destination", "reference"}
IMPERSONAL_IN_EVENTS = {
    *(
        "accounts",
        "agreed_version",
        "amendment",
        "amount",
        "applied",
        "attribution",
        "before",
        "benefit",
        "by",
        "change",
        "earned",
    ),
    *(
        "code",
        "conversion",
        "currency",
        "due_at",
        "effective_from",
        "enrolled_at",
        "entry",
        "erased_at",
        "hand_over",
        "into",
        "invited",
    ),
    *("adjustment", "binds", "by_admin", "correction", "expires_at", "partner_before"),
    *("kind", "moved", "number", "occurred_at", "owner", "paid", "payout", "pinned_until", "reason", "recipient"),
    *("referral", "refund", "remaining", "restore", "returned", "review_reason", "round", "rule", "seq"),
    *("digest", "must_read", "title", "version"),
    *("tells_former", "template", "terms_version", "to", "total", "type", "unaccompanied"),
    *("state", "until", "was"),
}


def models(kind=Model):
    for one in kind.__subclasses__():
        if one.__module__.startswith("chalicelib."):
            yield one
        yield from models(one)


def name_of(model):
    return f"{model.__module__.split('.')[1]}.{model.__name__}"


def attributes_of(model):
    """Return the attributes of a class of rows; of counts, one a slot of an hour, without those."""
    return sorted(name for name in model.get_attributes() if not re.fullmatch(r"[lm]\d\d", name))


def test_every_attribute_of_every_table_is_said_to_be_personal_or_not():
    modules.import_everything()
    stored = {name_of(model): attributes_of(model) for model in models()}

    classified = {name_of(model): sorted(place.attributes) for model, place in PLACES.items()}
    classified |= {name: sorted(attributes.split()) for name, attributes in IMPERSONAL.items()}

    assert classified == stored
    assert not {name_of(model) for model in PLACES} & set(IMPERSONAL)
    assert set(DELETED_WITH) <= set(IMPERSONAL)


def test_an_attribute_is_one_of_the_three_and_not_two():
    for place in PLACES.values():
        assert len(place.attributes) == len(set(place.attributes)), place.name
    assert len({place.name for place in PLACES.values()}) == len(PLACES)


def test_what_a_click_stores_and_what_events_say_is_classified_too():
    in_data = {field.name for kind in CATALOG.values() for field in structs.fields(kind.data)}

    assert set(Click._fields) == CLICK
    assert in_data == PERSONAL_IN_EVENTS | IMPERSONAL_IN_EVENTS


def test_a_record_is_called_what_the_reference_says():
    assert {place.name for place in PLACES.values()} == set(get_args(RecordKind))
