"""Screening: machines are told from people, on real user agents of both."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

import crawleruseragents
import pytest

from chalicelib.clicks.devices import device_of
from chalicelib.clicks.screening import screen

SHARED = Path(__file__).parents[3] / "shared" / "data" / "web-requests.log"
# People in the browsers of their apps, whose names hold words that crawlers use too.
PEOPLE = """
Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9 Build/TP1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21A329 [FBAN/FBIOS;FBAV/440.0.0.28.112;FBDV/iPhone14,5]
Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36 Instagram 312.0 Android (34/14; 420dpi; Google/google; Pixel 8)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Snapchat/12.60.0.30 (like Safari/8617, panda)
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.29.3085
Mozilla/5.0 (Linux; Android 13; SM-G991B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36 trill_320403 BytedanceWebview/d8a21c6
Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36 WebAppManager
Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/298.0.595 Mobile/15E148 Safari/604.1
Mozilla/5.0 (Linux; Android 12; SM-S908N) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 NAVER(inapp; search; 1000; 12.4.3)
Mozilla/5.0 (Linux; U; Android 4.0.4; en-US; MT25i) AppleWebKit/528.5+ (KHTML, like Gecko) Version/3.1.2 Mobile Safari/525.20.1 UCBrowser/8.6
Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)
""".strip().splitlines()


def kind(user_agent):
    return screen("GET", {"user-agent": user_agent}).kind


def test_at_least_999_in_1000_real_crawlers_are_not_taken_for_people():
    listed = json.loads(files(crawleruseragents).joinpath("crawler-user-agents.json").read_text())
    crawlers = [agent for entry in listed for agent in entry.get("instances", [])]

    taken = [agent for agent in crawlers if kind(agent) == "human"]

    assert len(crawlers) > 2000
    assert len(taken) * 1000 <= len(crawlers), taken


def test_at_most_1_in_1000_real_browsers_is_taken_for_a_machine():
    lines = files("fake_useragent").joinpath("data/browsers.jsonl").read_text().splitlines()
    browsers = [json.loads(line)["useragent"] for line in lines]

    taken = [agent for agent in browsers if kind(agent) != "human"]

    assert len(browsers) > 5000
    assert len(taken) * 1000 <= len(browsers), taken


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_people_in_apps_are_people(user_agent):
    assert kind(user_agent) == "human"


@pytest.mark.skipif(not SHARED.exists(), reason="a real log is not at hand")
def test_a_real_log_has_people_and_machines():
    agents = [line.split('"')[5] for line in SHARED.read_text(errors="replace").splitlines()]

    counted = Counter(map(kind, agents))

    assert counted["human"] > 3000
    assert counted["bot"] > 500


@pytest.mark.parametrize(
    ("user_agent", "device", "browser"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1", "mobile", "Safari"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0", "desktop", "Edge"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X200) Chrome/120.0 Safari/537.36", "tablet", "Chrome"),
        ("Mozilla/5.0 (Linux; Android 13; SM-G991B) SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36", "mobile", "Samsung Internet"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "desktop", "Firefox"),
        ("curl/8.1", "other", "other"),
    ],
)  # fmt: skip
def test_a_user_agent_says_device_and_browser(user_agent, device, browser):
    assert device_of(user_agent) == (device, browser)
