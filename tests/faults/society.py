"""What a model of people and their mailboxes knows, and how they do things, whatever crashes meanwhile."""

import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

from hypothesis.stateful import RuleBasedStateMachine

from tests.faults.drawing import drawn_from
from tests.faults.line import Crash, Fault
from tests.faults.world import world
from tests.forms import Browser
from tests.reading import read

MAILBOXES = [f"{name}@mail.example" for name in ("ada", "bea")]
TRIES = 12


@dataclass
class Profile:
    """What a partner must be: whose mailbox it is, where they take part, and which links lead on."""

    id: str
    mailbox: str
    # Whether nobody but the mailbox has a link of its page.
    private: bool
    # By program: whether they take part, or have left it.
    takes_part: dict[str, bool] = field(default_factory=dict)
    # By link: its program, and whether it was ended by hand.
    links: dict[str, tuple[str, bool]] = field(default_factory=dict)


class Society(RuleBasedStateMachine):
    """Programs and mailboxes, the profiles that there must be, and the calls that somebody makes."""

    steps = 0

    def __init__(self):
        super().__init__()
        self.opened = ExitStack()
        self.drawn = self.opened.enter_context(drawn_from(1))
        self.shop = self.opened.enter_context(world())
        self.programs = {way: self.shop.program(joining=way)["id"] for way in ("open", "approval", "closed")}
        self.profiles: dict[str, Profile] = {}
        # By program and mailbox: the application that is pending, and who came of an invitation, None while it is open.
        self.pending: set[tuple[str, str]] = set()
        self.invitations: dict[tuple[str, str], str | None] = {}
        # Links of pages that a form led to, by profile; and those that no mailbox is to see anything by any more.
        self.form_tokens: list[tuple[str, str]] = []
        self.dead_tokens: list[str] = []
        self.sold = 0
        # What is to go wrong with the next thing that somebody does; and whether it did with the last.
        self.next_fault = None
        self.was_hit = False

    def _answered(self, action):
        """Do something until it is answered, as its caller would."""
        kind, place = self.next_fault or (Fault, 0)
        fault = self.shop.line.fault = kind(len(self.shop.line.calls) + place)
        self.next_fault = None
        try:
            for _ in range(TRIES):
                try:
                    answer = action()
                except Crash:
                    continue
                if answer.status < 500:
                    return answer
            raise AssertionError("it was never answered")
        finally:
            self.was_hit, self.shop.line.fault = fault.hit, Fault()

    def _deliver(self):
        """Let everything follow; what crashes here is for the other machine."""
        assert self.shop.streams.run() == []

    def _send_form(self, path, page, mailbox, name):
        fields = {"form": read(page.body).hidden("form"), "name": name, "email": mailbox.capitalize(), "agree": "1"}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._answered(lambda: self.shop.post(path, urlencode(fields).encode(), headers=headers))

    def _came_in(self, mailbox, program, identifier):
        """Expect who takes part now: who did, who had left, who has a profile; somebody new only if there is nobody."""
        profiles = [one for one in self.profiles.values() if one.mailbox == mailbox]
        live = self._live(mailbox, program)
        left = [one for one in profiles if program in one.takes_part]
        expected = live or left or profiles
        if expected:
            assert identifier in {one.id for one in expected}, "somebody became two"
        else:
            assert identifier not in self.profiles
            self.profiles[identifier] = Profile(identifier, mailbox, private=True)
        self.profiles[identifier].takes_part[program] = self.profiles[identifier].private = True

    def _sign_in(self, mailbox):
        browser = Browser(self.shop)
        for _ in range(TRIES):
            self.shop.wait(minutes=15)
            self._answered(lambda: browser.send("/portal/link", email=mailbox))
            path = self._last(mailbox, r"https://go\.example(/portal/sign-in/\S+)")
            # Where the answer was lost, the link is used up, and they ask for another.
            if self._answered(partial(browser.send, path)).status == 303:
                break
        expected = {one.id for one in self.profiles.values() if one.mailbox == mailbox}
        page = browser.get("/portal").body
        assert "Hello" in read(page).text, "locked out"
        offered = set(re.findall(r'<option value="(ptr_\w+)"', page))
        assert (offered or expected) == expected, "a profile is not offered"
        assert len(expected) == 1 or offered
        for one in expected:
            self.profiles[one].private = True
        return browser

    def _open(self, profile):
        browser = self._sign_in(profile.mailbox)
        browser.send("/portal/profile", profile=profile.id)
        return browser

    def _last(self, mailbox, pattern):
        """Return what the last email to a mailbox has that is like this."""
        self._deliver()
        texts = [
            one["Content"]["Simple"]["Body"]["Text"]["Data"]
            for one in self.shop.mailbox.written
            if mailbox in one["Destination"]["ToAddresses"][0].lower()
        ]
        return next(match[1] for text in reversed(texts) if (match := re.search(pattern, text)))

    def _live(self, mailbox, program):
        return [one for one in self.profiles.values() if one.mailbox == mailbox and one.takes_part.get(program)]

    def _is_out(self, key):
        accepted = self.profiles.get(self.invitations[key] or "")
        return accepted is not None and not accepted.takes_part.get(key[0])

    def _open_invitations(self):
        return sorted(key for key, accepted in self.invitations.items() if accepted is None)

    def _taking_part(self, takes_part):
        return [
            (profile, program)
            for profile in self.profiles.values()
            for program, live in sorted(profile.takes_part.items())
            if live == takes_part
        ]

    def _all_links(self):
        return [(profile, link) for profile in self.profiles.values() for link in profile.links]

    def _applications(self):
        return self.shop.get(f"/v1/applications?program={self.programs['approval']}").json["data"]

    def _pick(self, choices, pick):
        return choices[pick % len(choices)]
