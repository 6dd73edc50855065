"""What must hold of the audit trail, looked at in the rows themselves."""

from collections import Counter, defaultdict

from chalicelib.audit.entries import AuditLine, AuditState, apply
from tests.faults.reading import table

# Of these there is an entry for each row, or for what a row says.
_ENTERED = (
    *("program.created", "terms.added", "partner.created", "partner.joined", "application.approved"),
    *("partner.suspended", "partner.banned", "partner.reactivated", "partner.merged"),
    "customer.merged",
    *("partner.standing_changed", "invitation.sent", "link.created", "link.disabled"),
    *("conversion.credited", "conversion.voided"),
    *("conversion.refunded", "conversion.restored", "conversion.amended"),
    *("payout.created", "payout.prepared", "payout.item_paid", "payout.item_failed", "payout.item_returned"),
    *("adjustment.posted", "adjustment.requested", "adjustment.approved", "adjustment.refused"),
)


def audited(shop):
    """Each change that somebody decided has its one entry, each entry its change, and the chains follow."""
    rows = table(shop, "audit")
    heads = {row["pk"]: row for row in rows if row["sk"] == "head"}
    chains, entered = defaultdict(list), Counter()
    for row in rows:
        if row["sk"] != "head":
            chains[row["pk"]].append(row)
            entered[row["action"], row["subject"], row.get("part")] += 1
    assert set(heads) == set(chains)
    for chain, entries in chains.items():
        state = AuditState()
        for row in sorted(entries, key=lambda row: row["seq"]):
            fields = {name: row.get(name) for name in AuditLine.__struct_fields__} | {"chain": chain}
            state = apply(state, AuditLine(**fields))
            assert row["hash"] == state.hash, row
        head = heads[chain]
        assert (head["seq"], head["hash"], head["at"]) == (state.seq, state.hash, state.at), chain
    decided = _decided(shop, entered)
    actions = {action for action, _, _ in decided} | set(_ENTERED)
    assert Counter({one: count for one, count in entered.items() if one[0] in actions}) == decided


def _decided(shop, entered):
    """Return what must have been entered, by the rows that there are."""
    decided = Counter()
    for row in table(shop, "programs"):
        if row["sk"] == "program":
            decided["program.created", row["pk"], None] += 1
        elif row["sk"].startswith("terms#") and row["version"] > 1:
            decided["terms.added", row["pk"], str(row["version"])] += 1
    for row in table(shop, "links"):
        if row.get("kind", row.get("row")) == "link":
            decided["link.created", row["id"], None] += 1
            decided.update([("link.disabled", row["id"], None)] if "disabled_at" in row else [])
    decided.update(_decided_of_conversions(table(shop, "conversions")))
    for row in table(shop, "payouts"):
        decided.update(_decided_of_payout(row))
    for row in table(shop, "referrals"):
        decided.update([("customer.merged", row["merged_into"], row["pk"])] if "merged_at" in row else [])
    for row in table(shop, "partners"):
        decided.update(_decided_of_partner(row, entered))
    return decided


def _decided_of_conversions(rows):
    actions = {"credit": "conversion.credited", "void": "conversion.voided"}
    changes = {"refund": "refunded", "restore": "restored", "amendment": "amended"}
    return [
        *((actions[row["what"]], row["pk"], row.get("partner_id")) for row in rows if row["kind"] == "correction"),
        *(
            (f"conversion.{changes[kind]}", row["pk"], row[f"{kind}_id"])
            for row in rows
            if (kind := row["kind"]) in changes
        ),
    ]


def _decided_of_payout(row):
    if row["kind"] == "payout":
        prepared = [("payout.prepared", row["pk"], None)] if row["status"] != "preparing" else []
        return [("payout.created", row["pk"], None), *prepared]
    if row["kind"] != "item":
        return _decided_of_adjustment(row) if row["kind"] == "adjustment" else []
    was = {"frozen": [], "paid": ["paid"], "failed": ["failed"], "returned": ["paid", "returned"]}[row["status"]]
    return [(f"payout.item_{one}", row["pk"], row["owner_id"]) for one in was]


def _decided_of_adjustment(row):
    """Return that it was posted at once; or requested, and how that was decided, if it was."""
    if row["status"] == "posted" and "decided_by" not in row:
        return [("adjustment.posted", row["pk"], row["partner_id"])]
    decided = {"pending": [], "posted": ["approved"], "refused": ["refused"]}[row["status"]]
    return [(f"adjustment.{one}", row["pk"], row["partner_id"]) for one in ["requested", *decided]]


def _decided_of_partner(row, entered):
    if row["kind"] == "partner":
        # Somebody added them, or they came in by themselves.
        came_in = [one for one in entered if one[0] == "partner.joined" and one[1] == row["pk"]]
        approved = [one for one in entered if one[0] == "application.approved" and one[2] == row["pk"]]
        return came_in or approved or [("partner.created", row["pk"], None)]
    if row["kind"] == "merge":
        return [("partner.merged", row["into"], row["partner_id"])]
    if row["kind"] in ("standing", "earlier_standing") and row["what"] == "state":
        return [(f"partner.{row.get('to', 'reactivated')}", row["pk"].removeprefix("standing#"), None)]
    if row["kind"] in ("standing", "earlier_standing"):
        return [("partner.standing_changed", row["pk"].removeprefix("standing#"), row.get("program_id"))]
    return [("invitation.sent", row["pk"], row["program_id"])] if row["kind"] == "invitation" else []
