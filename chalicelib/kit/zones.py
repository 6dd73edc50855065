"""The names of the time zones that people choose from: of each country its own, without their older names."""

from functools import cache
from importlib import resources


@cache
def zone_names() -> list[str]:
    """Return the IANA names of the zones in which people live, in alphabetical order, and UTC."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return [*sorted(name for _country, _place, name, *_ in lines), "UTC"]
