"""The time zones that forms offer: each is one, and places have one."""

from chalicelib.kit import instants
from chalicelib.kit.zones import zone_names


def test_every_zone_offered_is_one_and_no_name_is_there_twice_or_out_of_use():
    names = zone_names()

    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"} <= set(names)
    assert not {"US/Eastern", "Asia/Calcutta", "GMT+0"} & set(names)
    assert len(names) == len(set(names)) > 400
    assert [one for one in names if not instants.is_zone(one) or len(one) > 64] == []
