"""Screening: machines are told from people, on real user agents of both."""

import re
from collections import Counter
from pathlib import Path

import pytest

from chalicelib.clicks import screening
from chalicelib.clicks.devices import device_of
from chalicelib.clicks.screening import read_patterns
from tests.clicks import rates
from tests.clicks.rates import kind

PATTERNS_FILE = Path(screening.__file__).with_name("patterns.txt")
SHARED = Path(__file__).parents[3] / "shared" / "data" / "web-requests.log"
# People whom other lists lack: on a phone named like a machine, in a web view of a television, in an old browser.
MORE_PEOPLE = """
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
Mozilla/5.0 (Linux; Android 14; SM-S901U; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.134 Mobile Safari/537.36 YaSearchBrowser/25.66.1 BroPP/1.0 YaSearchApp/25.66.1 webOmni SA/3
[FBAN/FBIOS;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.0;FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]
UCWEB/2.0 (MIDP-2.0; U; Adr 5.1; en-US; Redmi_Note_2) U2/1.0.0 UCBrowser/9.7.0.520 U2/1.0.0 Mobile
MQQBrowser/26 Mozilla/5.0 (Linux; U; Android 2.3.7; zh-cn; MB200 Build/GRJ22) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1
Nokia6280/2.0 (03.60) Profile/MIDP-2.0 Configuration/CLDC-1.1
Opera/9.80 (Android; Opera Mini/12.0.1987/37.7327; U; pl) Presto/2.12.423 Version/12.16
Mozilla/5.0 (Linux; Android 14; SM-S908N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36 BingSapphire/31.2.430619002
""".strip().splitlines()
# What a maker may call a phone: words that are in the names of machines.
NAMES = [
    "M bot 60",
    "Spider 5G",
    "CUBOT NOTE 50",
    "Robot X",
    "Crawler",
    "java",
    "Phantom X2",
    "Cloud Q11",
    "google Pixel 2",
]

CRAWLERS = rates.crawlers()
BROWSERS = rates.browsers()
IN_APP = rates.read(rates.AGENTS / "in_app.txt")
PHONES = rates.read(rates.AGENTS / "phones.txt")
# Known, and not in the list of crawlers.
MORE_PREVIEWS = ["Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)"]
PATTERNS = read_patterns()
PEOPLE = [*BROWSERS, *IN_APP, *PHONES, *MORE_PEOPLE]
AGENTS = {
    "preview": [*CRAWLERS, *MORE_PREVIEWS],
    "mark": CRAWLERS,
    "machine": CRAWLERS,
    "person": PEOPLE,
    "browser": PEOPLE,
}


def test_at_least_999_in_1000_real_crawlers_are_not_taken_for_people():
    taken = rates.taken_for_people(CRAWLERS)

    assert len(CRAWLERS) > 2000
    assert len(taken) * 1000 <= len(CRAWLERS), taken


def test_at_most_1_in_1000_real_browsers_is_taken_for_a_machine():
    taken = rates.taken_for_machines(BROWSERS)

    assert len(BROWSERS) > 5000
    assert len(taken) * 1000 <= len(BROWSERS), taken


def test_nobody_in_an_app_or_on_a_phone_is_taken_for_a_machine():
    assert len({*IN_APP, *PHONES}) > 600
    assert rates.taken_for_machines([*IN_APP, *PHONES]) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_may_be_called_anything(name):
    threads = (
        f"Barcelona 415.0.0.36.77 Android (36/16; 480dpi; 1080x2340; Xiaomi/Redmi; {name}; {name}; qcom; en_US; 1)"
    )
    webkit = "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/144.0.7559.59 Mobile Safari/537.36"

    assert kind(f"Mozilla/5.0 (Linux; Android 16; {name} Build/BP2A.250605; wv) {webkit}") == "human"
    assert kind(f"Mozilla/5.0 (Linux; U; Android 7.0; en-us; {name} (2016) Build/NRD90M) {webkit}") == "human"
    assert kind(f"Mozilla/5.0 (Linux; Android 16; {name}; wv) {webkit} {threads}") == "human"


@pytest.mark.parametrize(
    "mark", ["(compatible; Somebot/1.0)", "+https://some.example/why", "Some-Crawler", "someone@mail.example"]
)
def test_a_machine_that_says_so_behind_a_phones_name_is_one(mark):
    assert (
        kind(f"Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144 {mark}")
        == "bot"
    )


@pytest.mark.parametrize(("section", "line"), [(section, line) for section in PATTERNS for line in PATTERNS[section]])
def test_each_line_of_patterns_alone_matches_an_agent_that_is_known(section, line):
    pattern = re.compile(line)
    others = re.compile("|".join(other for other in PATTERNS[section] if other != line))

    alone = [agent for agent in map(str.lower, AGENTS[section]) if pattern.search(agent) and not others.search(agent)]

    assert alone


@pytest.mark.parametrize(("section", "line"), [(section, line) for section in PATTERNS for line in PATTERNS[section]])
def test_each_line_of_patterns_is_in_lower_case_and_says_what_it_is_for(section, line):
    described = [
        written.partition("  ")[2].strip()
        for written in PATTERNS_FILE.read_text().splitlines()
        if written.partition("  ")[0] == line
    ]

    assert re.sub(r"\\.", "", line) == re.sub(r"\\.", "", line).lower()
    assert len(described) == 1
    assert described[0]


@pytest.mark.slow
def test_no_line_for_machines_matches_a_browser_of_people():
    people = re.compile("|".join(PATTERNS["person"]))
    others = [agent for agent in map(str.lower, BROWSERS) if not people.search(agent)]
    for line in PATTERNS["preview"] + PATTERNS["mark"] + PATTERNS["machine"]:
        pattern = re.compile(line)

        assert [agent for agent in others if pattern.search(agent)] == [], line


@pytest.mark.parametrize("user_agent", MORE_PEOPLE)
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
