"""
The data map: of each kind of row about a person, what each attribute is.

`personal` is in a copy of the data, and gone after an erasure; `facts` are in a copy, and stay, under ids; what is
`internal` is in neither: keys, digests, nonces. Of a row that is *deleted* nothing stays. What is in no other kind of
row about a person is listed in `impersonal`; a test compares both with the tables, so that nothing is forgotten.
"""

from collections.abc import Mapping

from msgspec import Struct

from chalicelib.adjustments.table import Adjustment
from chalicelib.conversions.table import Conversion, Correction, Credit
from chalicelib.events.table import EventRow
from chalicelib.introductions.table import Introduction, Step
from chalicelib.introductions.thanks_table import Thanks
from chalicelib.kit.dynamo.writes import AnyRow
from chalicelib.ledger.table import Entry
from chalicelib.links.table import Link
from chalicelib.materials.table import Read
from chalicelib.moments.table import Asks, Moment
from chalicelib.notes.table import Note
from chalicelib.outbox.table import Message
from chalicelib.partners.feedback_table import Feedback
from chalicelib.partners.hand_over_table import HandOver
from chalicelib.partners.joining_table import Application, Invitation
from chalicelib.partners.shared_name_table import SharedName
from chalicelib.partners.table import (
    EarlierStandingChange,
    EmailChange,
    EmailRequest,
    Enrollment,
    Partner,
    PayeeChange,
    StandingChange,
)
from chalicelib.payouts.table import Item
from chalicelib.referrals.personal_shapes import RecordKind
from chalicelib.referrals.table import Customer, Referral
from chalicelib.rewards.table import Fulfillment, Reward
from chalicelib.targets.table import ActionItem


class Place(Struct, frozen=True):
    """The attributes of a kind of row, by name; and the name of the kind in a copy of the data."""

    name: RecordKind
    personal: str = ""
    facts: str = ""
    internal: str = ""
    deleted: bool = False

    @property
    def copied(self) -> list[str]:
        """Return the attributes that are in a copy of the data."""
        return [*self.personal.split(), *self.facts.split()]

    @property
    def attributes(self) -> list[str]:
        return [*self.copied, *self.internal.split()]


_CONVERSION = (
    "id type program_id customer_id currency amount breakdown products refunded itemized amended number attribution "
    "partner_id referral_id code_key introduction_id referred_at terms_version binds newcomer self_referral ignored "
    "occurred_at received_at"
)
_STANDING = "number what program_id to reached note by effective_from pinned_until reason withholds created_at"
PLACES: Mapping[type[AnyRow], Place] = {
    Partner: Place(
        "partner",
        "name name_key email locale external_id metadata emails payout_name payout_email former_payee friend_name "
        "display_name other_emails customer_id",
        "id category latest_category created_at erased_at merged_into merged_at duplicates handed_over_at "
        "payee_awaited_since",
        "sort kind object revision",
    ),
    Enrollment: Place(
        "enrollment",
        facts="id program_id enrolled_at left_at left_before returned_at agreed_version agreed_hash agreed_at "
        "invited_at unaccompanied applied_at",
        internal="sort kind enrolled_in share_nonce form_nonce",
    ),
    SharedName: Place(
        "shared_name",
        "name",
        "id program_id since consented_at language",
        "sort kind digest words_hash former",
        deleted=True,
    ),
    StandingChange: Place("standing_change", "words", f"id {_STANDING}", "sort kind"),
    EarlierStandingChange: Place("earlier_standing_change", "words", _STANDING, "id sort kind"),
    Application: Place(
        "application",
        "name email locale words",
        "id program_id agreed_version agreed_hash created_at status note decided_at partner_id",
        "sort kind enrolled_in form_id",
        deleted=True,
    ),
    Invitation: Place(
        "invitation",
        "name email locale",
        "id program_id created_at partner_id accepted_at",
        "sort kind enrolled_in form_id",
        deleted=True,
    ),
    EmailRequest: Place(
        "email_request",
        "email_before email",
        "partner_id good_until confirmed_at created_at",
        "id sort kind nonce",
        deleted=True,
    ),
    EmailChange: Place("email_change", "email_before email", "partner_id created_at", "id sort kind", deleted=True),
    HandOver: Place("hand_over", "former", "partner_id reason note former_erased_at created_at", "id sort kind"),
    PayeeChange: Place(
        "payee_change",
        "name_end email_end",
        "partner_id effective_from tells_former created_at",
        "id sort kind",
        deleted=True,
    ),
    # Of an agreement, that they accepted it: who, which words, and when.
    Read: Place(
        "material_read",
        facts="id program_id material_id sort_of title version digest read_at",
        internal="sort kind object",
    ),
    Feedback: Place("feedback", "words", "partner_id score created_at", "id sort kind object"),
    Link: Place(
        "link",
        "destination channel external_id",
        "id code program_id partner_id expires_at disabled_at restored_at created_at changed_at",
        "key sort kind revision",
    ),
    Customer: Place(
        "customer",
        "external_id email name search_key locale introduced_as other_ids",
        "customer_id may_contact unsubscribed_at first_conversion created_at erased_at guests merged_into merged_at",
        "sort kind revision test_program",
    ),
    Referral: Place(
        "referral",
        facts="id customer_id program_id partner_id code_key introduction_id terms_version touched_at bound_at "
        "conversion_id began_at by_page self_referral leads sales others merged_into",
        internal="sort kind",
    ),
    Conversion: Place(
        "conversion",
        "external_id metadata considered",
        f"{_CONVERSION} sale_of corrected voided_at",
        "sort kind turns fingerprint was_by_page received_on",
    ),
    Credit: Place(
        "credit",
        "external_id metadata considered",
        f"{_CONVERSION} sale_of given_back credited_at corrected voided_at",
        "sort kind turns fingerprint was_by_page received_on",
    ),
    # Why is in a note.
    Correction: Place(
        "correction",
        facts="id what program_id customer_id partner_before partner_id number referral_id introduction_id "
        "referred_at binds self_referral terms_version reason note received_at",
        internal="sort kind correction_id by before turn received_on",
    ),
    EventRow: Place(
        "event",
        "data",
        "id type version program_id partner_id customer_id subject_id occurred_at",
        "sort listed_in position expires",
    ),
    Entry: Place(
        "ledger_entry",
        # Words of before there were notes are under the hash of their entry, and cannot be erased.
        facts="id seq currency kind held due frozen paid held_after due_after frozen_after paid_after source_id "
        "reward_id program_id reason reason_text note at",
        internal="account sort row shard owner_id expense expense_after previous hash",
    ),
    Reward: Place(
        "reward",
        "words",
        "pk decision_id program_id partner_id customer_id code_key to rule level terms_version currency granted "
        "remaining benefit state review_reason due_at promised_by reversed_from rounds note created_at",
        "sk row hold_queue benefit_of owner_id seq granted_seq moved_seq restored_caps",
    ),
    Fulfillment: Place(
        "benefit",
        "reference code instructions",
        "pk program_id partner_id customer_id conversion_id what benefit fulfilled_at code_given_at created_at",
        "sk row hold_queue benefit_of owner_id",
    ),
    Item: Place("payout_item", "words", "id amount seq status note", "sort kind owner_id account ledger_hash payee"),
    Adjustment: Place(
        "adjustment",
        facts="id type amount currency reason note status created_at decided_at decision_note seq",
        internal="sort kind object external_id fingerprint partner_id requested_by decided_by",
    ),
    ActionItem: Place(
        "action_item",
        facts="id program_id target_id rule figures worth state due_on reason note created_at closed_at",
        internal="sort kind object program_list partner_id owner closed_by revision",
    ),
    # Friends are other people, under their ids.
    Moment: Place(
        "moment",
        facts="id program_id customer_id rule event_id subject_id by state because declined_until held_out due_at "
        "good_until asked_at asked_by shown_at partner_id friends revenue reward_cost created_at",
        internal="sort kind object program_list revision expires",
    ),
    Asks: Place(
        "asking",
        facts="id program_id sales asks unhappy_at refunded_at restored_at declined_until partner_id",
        internal="sort kind version",
    ),
    # Of those who introduced and were introduced: an erasure ends it, with all that its history says in words.
    Introduction: Place(
        "introduction",
        "person why answers words",
        "id program_id partner_id closeness sent_by consent expected_amount state reason created_at received_at "
        "turned_at protected_until extended_at reminders place_in_line first_since first_until claimed_at respond_by "
        "next_word_by customer_id conversion_id sales ended_at erased_at",
        "sort kind owner line_closed_at keys steps turn in_state due_in due_at word_in word_at "
        "owed_in owed_since thanked",
    ),
    Step: Place(
        "introduction_step",
        "words",
        "id number program_id partner_id from_state to_state reason by customer_id conversion_id until at",
        "sort kind since actor evidence day_list moment",
    ),
    Thanks: Place(
        "thanks",
        "why",
        "id sort program_id introduction_id means cost currency state due_on reason note created_at settled_at",
        "kind thanks_in thanks_of thanks_day settled_by",
    ),
    Note: Place("note", "words", "id created_at erased_at", "sort salt"),
    # For a benefit: the endpoint's answer may repeat the recipient's name.
    Message: Place(
        "message",
        "answer_text",
        "id template program_id reward_id benefit status sent_at created_at",
        "key sort recipient_id subject_id partner_id channel conversion_id payout_id amount currency figures day "
        "reason attempts claim_token leased_until requeued requeued_at retry_at retries send_at digest_id listed_in "
        "endpoint_id answer_status answer_milliseconds calls expires",
    ),
}
