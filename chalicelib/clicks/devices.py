"""
The device and the browser of a user agent: enough for a chart, no fingerprint.

Pure: no I/O, no clock.
"""

import re
from functools import lru_cache
from typing import NamedTuple

# The first that matches counts: browsers name the ones they descend from after their own.
_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"OPR/|Opera|OPiOS/")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/")),
    ("Firefox", re.compile(r"Firefox/|FxiOS/")),
    ("Internet Explorer", re.compile(r"MSIE |Trident/")),
    ("In-app", re.compile(r"FBAN|FBAV|Instagram|; wv\)|MicroMessenger|Snapchat|LinkedInApp|Bytedance|Pinterest/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("Safari", re.compile(r"Safari/|iPhone|iPad")),
)
_TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk/|Android(?!.*Mobile)")
_MOBILE = re.compile(r"Mobi|iPhone|iPod|Android|Windows Phone|Opera Mini")
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11|CrOS|Windows 9")


class Device(NamedTuple):
    """The kind of device and the family of the browser."""

    device: str
    browser: str


@lru_cache(maxsize=4096)
def device_of(user_agent: str) -> Device:
    """Return device and browser of a user agent; `other` if it does not name one."""
    browser = next((name for name, pattern in _BROWSERS if pattern.search(user_agent)), "other")
    if _TABLET.search(user_agent):
        return Device("tablet", browser)
    if _MOBILE.search(user_agent):
        return Device("mobile", browser)
    return Device("desktop" if _DESKTOP.search(user_agent) else "other", browser)
