"""Values for examples about whom a program asks, and when."""

from typing import Any

_CHARACTERS = "01KB4Z8V3HMXQ2T7N5R9C6J0FD"
_DAY = "2026-11-28"
OF_ASKING: dict[str, Any] = {
    "ask.ask": True,
    "ask.because": None,
    "ask.join_url": f"https://go.example.com/ask/{_CHARACTERS}h3v0mXJq2yWb8Kd5Lr7TnA?lang=en",
    "ask.rule": "happy",
    "ask.token": f"{_CHARACTERS}h3v0mXJq2yWb8Kd5Lr7TnA",
    "ask.until": "2026-12-28T12:00:00Z",
    "ask.words": "You gave us a ten. Whom should we meet?",
    "ask_rule.name": "happy",
    "ask_rule.on": "score",
    "ask_rule.words": {"en": "You gave us a ten. Whom should we meet?"},
    "ask_when.metadata": {"score": ["9", "10"]},
    "ask_when.minimum_amount": None,
    "ask_when.number": None,
    "ask_words.decline": "Not now",
    "ask_words.join": "Get my link",
    "ask_words.join_url": f"https://go.example.com/ask/{_CHARACTERS}h3v0mXJq2yWb8Kd5Lr7TnA?lang=en",
    "ask_words.words": "You gave us a ten. Whom should we meet?",
    "moment.because": None,
    "moment.declined_until": None,
    "moment.friends": 1,
    "moment.held_out": False,
    "moment.rule": "happy",
    "moment.state": "brought",
    "moment.subject": f"cnv_{_CHARACTERS}",
    "numbers.from": "2026-01",
    "numbers.to": "2026-12",
    "rule_numbers.rule": "happy",
    "silent_rule.last": _DAY,
    "silent_rule.on": "renewal",
    "silent_rule.rule": "renewal",
}
