"""A state machine over the ways of people: in, out, refused, back, to another address; each looked at from outside."""

import random

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from chalicelib.partners import find as partners
from chalicelib.partners import share
from chalicelib.partners.share import ShareLinkNotFound
from tests.faults.line import CrashAfter, CrashBefore, Lost
from tests.faults.reading import table
from tests.faults.society import MAILBOXES, Profile, Society
from tests.forms import Browser
from tests.reading import read

PICKS = st.integers(0, 1000)


class People(Society):
    """Nobody is locked out, nobody becomes two, and nothing owed is out of reach."""

    # What people do.

    @rule(mailbox=st.sampled_from(MAILBOXES), way=st.sampled_from(["open", "approval", "closed"]), who=PICKS)
    def join(self, mailbox, way, who):
        """Send the join form with an address: whoever has it, or somebody else."""
        program, path = self.programs[way], f"/join/{self.programs[way]}"
        page = self._answered(lambda: self.shop.get(path))
        if way == "closed":
            assert "<form" not in page.body
            return
        answer = self._send_form(path, page, mailbox, f"Person {who}")
        if way == "approval":
            assert answer.status == 200, answer.body
            if not self._live(mailbox, program):
                self.pending.add((program, mailbox))
            assert {one["email"].lower() for one in self._applications()} == {one for _, one in self.pending}
            return
        token = answer.headers["Location"].rpartition("/s/")[2]
        identifier = f"ptr_{token[:26]}"
        assert identifier not in self.profiles
        self.profiles[identifier] = Profile(identifier, mailbox, private=False, takes_part={program: True})
        self.form_tokens.append((identifier, token))

    @precondition(lambda self: self.pending)
    @rule(pick=PICKS, yes=st.booleans())
    def decide(self, pick, yes):
        self._decide(self._pick(self._applications(), pick), yes=yes)

    def _decide(self, application, *, yes):
        program, mailbox = self.programs["approval"], application["email"].lower()
        path = f"/v1/applications/{application['id']}/{'approve' if yes else 'refuse'}"
        answer = self._answered(lambda: self.shop.post(path, None if yes else {"note": "no"}))
        assert answer.status == 200, answer.body
        self.pending.remove((program, mailbox))
        if yes:
            self._came_in(mailbox, program, answer.json["partner"])

    @rule(mailbox=st.sampled_from(MAILBOXES), way=st.sampled_from(["open", "approval", "closed"]))
    def invite(self, mailbox, way):
        program = self.programs[way]
        key, takes_part = (program, mailbox), bool(self._live(mailbox, program))
        open_before = key in self.invitations and not self._is_out(key)
        people = [{"email": mailbox.upper() if takes_part else mailbox}]
        answer = self._answered(lambda: self.shop.post("/v1/invitations", {"program": program, "invitations": people}))
        [one] = answer.json["data"]
        if takes_part:
            assert one["result"] == "partner_already"
        elif open_before:
            assert one["result"] == "invited_before"
        else:
            # A call that was answered late has been done before it is sent again.
            assert one["result"] == "invited" or self.was_hit
            self.invitations[key] = None

    @precondition(lambda self: self._open_invitations())
    @rule(pick=PICKS)
    def accept(self, pick):
        """Follow the link of an invitation that was sent, and join by the address it was sent to."""
        self._accept(*self._pick(self._open_invitations(), pick))

    def _accept(self, program, mailbox):
        path = self._last(mailbox, rf"https://go\.example(/join/{program}\?invited=\S+)")
        page = self._answered(lambda: self.shop.get(path))
        answer = self._send_form(path, page, mailbox, "Person")
        assert answer.status == 303, answer.body
        identifier = f"ptr_{answer.headers['Location'].rpartition('/s/')[2][:26]}"
        self.invitations[program, mailbox] = identifier
        self._came_in(mailbox, program, identifier)

    @precondition(lambda self: self._taking_part(True))
    @rule(pick=PICKS)
    def leave(self, pick):
        profile, program = self._pick(self._taking_part(True), pick)
        path = f"/v1/partners/{profile.id}/leave"
        assert self._answered(lambda: self.shop.post(path, {"program": program})).status == 200
        profile.takes_part[program] = False

    @precondition(lambda self: self._taking_part(True))
    @rule(pick=PICKS, refused=st.booleans())
    def leave_and_ask_again(self, pick, refused):
        """Leave with a link, and come in again as somebody new would; where one applies, perhaps at the second try."""
        profile, program = self._pick(self._taking_part(True), pick)
        self.make_link(pick)
        self.leave(pick)
        way = next(way for way, one in self.programs.items() if one == program)
        if way == "approval":
            for yes in [False, True] if refused else [True]:
                self.join(profile.mailbox, way, pick)
                for application in self._applications():
                    if application["email"].lower() == profile.mailbox:
                        self._decide(application, yes=yes)
            return
        self.invite(profile.mailbox, way)
        if (program, profile.mailbox) in self._open_invitations():
            self._accept(program, profile.mailbox)

    @precondition(lambda self: self._taking_part(False))
    @rule(pick=PICKS, by_portal=st.booleans())
    def come_back(self, pick, by_portal):
        profile, program = self._pick(self._taking_part(False), pick)
        if by_portal:
            browser = self._open(profile)
            fields = {"program": program, "version": "1"}
            answer = self._answered(lambda: browser.send("/portal/come-back", **fields))
            assert answer.status == (303 if program == self.programs["open"] else 422), answer.body
            profile.takes_part[program] = answer.status == 303
            return
        path = f"/v1/partners/{profile.id}/enrollments"
        assert self._answered(lambda: self.shop.post(path, {"program": program})).status == 201
        profile.takes_part[program] = True

    @precondition(lambda self: self.profiles)
    @rule(pick=PICKS, mailbox=st.sampled_from(MAILBOXES), by_admin=st.booleans())
    def change_address(self, pick, mailbox, by_admin):
        """Move a profile to another mailbox, perhaps one that has profiles: by an admin, or confirmed there."""
        profile = self._pick(list(self.profiles.values()), pick)
        if profile.mailbox == mailbox:
            return
        before = [row.share_nonce and share.make_token(row) for row in partners.find(profile.id).enrollments]
        if by_admin:
            path = f"/v1/partners/{profile.id}"
            assert self._answered(lambda: self.shop.patch(path, {"email": mailbox})).status == 200
        else:
            browser = self._open(profile)
            answer = self._answered(lambda: browser.send("/portal/identity", name="Person", email=mailbox))
            assert answer.status == 303, answer.body
            path = self._last(mailbox, r"https://go\.example(/portal/confirm/\S+)")
            # Where the answer is lost, the link is used up: they sign in by the new address.
            assert self._answered(lambda: Browser(self.shop).send(path)).status in (303, 410)
        old, profile.mailbox, profile.private = profile.mailbox, mailbox, True
        self.dead_tokens += before
        self._deliver()
        assert any("was changed" in subject for subject, to in self.shop.emails() if old in to.lower())
        if not by_admin:
            self._sign_in(mailbox)

    @precondition(lambda self: self.profiles)
    @rule(pick=PICKS)
    def sign_in(self, pick):
        """Sign in by a mailbox that has profiles: all of them are there, and nobody else has a link of one any more."""
        mailboxes = sorted({one.mailbox for one in self.profiles.values()})
        self._sign_in(mailboxes[pick % len(mailboxes)])

    @precondition(lambda self: self._taking_part(True))
    @rule(pick=PICKS)
    def make_link(self, pick):
        profile, program = self._pick(self._taking_part(True), pick)
        body = {"program": program, "partner": profile.id}
        answer = self._answered(lambda: self.shop.post("/v1/links", body))
        assert answer.status == 201, answer.body
        profile.links[answer.json["id"]] = (program, False)

    @precondition(lambda self: self._all_links())
    @rule(pick=PICKS)
    def end_link(self, pick):
        profile, link = self._pick(self._all_links(), pick)
        program, _ = profile.links[link]
        if profile.takes_part[program]:
            assert self._answered(lambda: self.shop.post(f"/v1/links/{link}/disable")).status == 200
            profile.links[link] = (program, True)

    @precondition(lambda self: self._all_links())
    @rule(pick=PICKS)
    def earn(self, pick):
        """Have somebody buy by one of the links, whether it still leads on or not."""
        _, link = self._pick(self._all_links(), pick)
        code = self.shop.get(f"/v1/links/{link}").json["code"]
        self.sold += 1
        program = next(row["program_id"] for row in table(self.shop, "links") if row.get("id") == link)
        sale = {
            "program": program,
            "type": "sale",
            "external_id": f"order-{self.sold}",
            "customer": {"external_id": f"customer-{self.sold}"},
            "amount": {"amount": 1999, "currency": "USD"},
            "code": code,
        }
        assert self._answered(lambda: self.shop.post("/v1/conversions", sale)).status == 201

    @rule(seed=PICKS)
    def crash(self, seed):
        """Have the next thing that somebody does crash at one of its calls, or the answer to one be lost."""
        chance = random.Random(seed)
        self.next_fault = chance.choice([CrashBefore, CrashAfter, Lost]), chance.randrange(25)

    # What must hold.

    @invariant()
    def everything_holds(self):
        type(self).steps += 1
        self._deliver()
        self.shop.wait(minutes=20)
        rows = [row for row in table(self.shop, "partners") if row["kind"] == "partner"]
        assert {row["pk"]: row["email"].lower() for row in rows} == {
            one.id: one.mailbox for one in self.profiles.values()
        }, "somebody became two, or is somewhere else"
        for mailbox in MAILBOXES:
            expected = {one.id for one in self.profiles.values() if one.mailbox == mailbox}
            assert set(partners.find_ids_by_address(mailbox)) == expected, "somebody is locked out"
        for profile in self.profiles.values():
            self._check(profile, partners.find(profile.id))
        for identifier, token in self.form_tokens:
            assert self._leads_on(token) != self.profiles[identifier].private, "a form's link"
        assert not any(map(self._leads_on, self.dead_tokens)), "what an old mailbox was sent"
        owed = [row["pk"].partition("#")[0] for row in table(self.shop, "ledger") if row["sk"] == "head"]
        assert {one for one in owed if one.startswith("ptr_")} <= self.profiles.keys(), "owed to nobody"

    def teardown(self):
        try:
            self.next_fault = None
            for mailbox in sorted({one.mailbox for one in self.profiles.values()}):
                self.shop.wait(hours=1)
                self._sign_in(mailbox)
                for profile in [one for one in self.profiles.values() if one.mailbox == mailbox]:
                    due = self.shop.balance({"id": profile.id})["due"]
                    page = read(self._open(profile).get("/portal").body)
                    assert page.tile("Ready for payout") == f"${due / 100:,.2f}"
                    self.shop.wait(hours=1)
        finally:
            self.opened.close()

    def _check(self, profile, stored):
        assert {one.program_id: one.left_at is None for one in stored.enrollments} == profile.takes_part
        assert stored.has_form_link != profile.private
        rows = {row["id"]: row for row in table(self.shop, "links") if row["kind"] == "link"}
        for link, (program, by_hand) in profile.links.items():
            leads_on = "disabled_at" not in rows[link]
            assert leads_on == (profile.takes_part[program] and not by_hand), (link, program)

    def _leads_on(self, token):
        try:
            share.find_holder(token)
        except ShareLinkNotFound:
            return False
        return True
