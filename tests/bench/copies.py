"""Copies all that happened to some partners, row by row, until there are thousands: far faster than calls."""

import json
import re
from collections import defaultdict

from chalicelib.audit.entries import hash_of as hash_of_audit
from chalicelib.audit.table import AuditEntry
from chalicelib.conversions.table import conversion_id
from chalicelib.kit import ids
from chalicelib.kit.chains import GENESIS, HEAD, sort_of
from chalicelib.ledger.entries import hash_of
from chalicelib.ledger.table import Entry, shard_of
from chalicelib.onboarding.applications import ids_of
from chalicelib.partners.table import address_keys
from infra.local import ministack

# Programs and keys are the same in all copies.
_IDS = re.compile(r"\b(?!prg|key)[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}\b")
# Names, codes and numbers of orders have these, which differ in each copy; so have the addresses.
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])([xX])(\d+)(?=[xX](?![0-9A-Za-z]))")
_ADDRESSES = re.compile(r"\bemail#[0-9a-f]{64}\b")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Not copied: who acts for the business, what is kept for a day or for all, and what adds up all partners.
_TABLES_OF_ALL = {"access", "audit", "idempotency", "programs", "reconciliation", "users"}
_ROWS_OF_ALL = re.compile(r"salt#|matured|program#|(days|hours|unique|sums|origins)#program#")
_REWARDED = ("lead_referrer", "sale_referrer", "sale_referee")


class Originals:
    """
    The rows that came into a shop after *before*: those of some partners and what happened to them.

    Every name, code, order and address among them has a number below *numbers*, between two letters x.
    """

    def __init__(self, shop, before, *, numbers):
        self.shop, self.numbers = shop, numbers
        new = {
            table: [row for row in rows if _key(row) not in before[table] and not _ROWS_OF_ALL.match(row["pk"]["S"])]
            for table, rows in all_rows(shop).items()
            if table not in _TABLES_OF_ALL
        }
        self.parts = {table: [_parts(row) for row in rows] for table, rows in new.items()}
        self.ids = {one for rows in self.parts.values() for _, text in rows for one in _IDS.findall(text)}
        owned = [*new["partners"], *new["referrals"]]
        self.emails = {
            key: row["email"]["S"] for row in owned if "email" in row for key in address_keys(row["email"]["S"])
        }
        self.conversions = [row for row in new["conversions"] if row["kind"]["S"] == "conversion"]
        applied = [row for row in new["partners"] if row["pk"]["S"].startswith("apl_") and "email" in row]
        self.applications = {row["pk"]["S"]: row for row in applied}
        self.entries = [row for row in new["ledger"] if row["sk"]["S"] != HEAD]
        self.entered = [
            row for row in shop.rows("audit") if _key(row) not in before["audit"] and row["row"]["S"] == "entry"
        ]

    def copy(self, number):
        """Add everything once more, as if it had happened at the same times to others; *number* is 1 and up."""
        names = self._names(number)
        for table, rows in self.parts.items():
            # What is the same in all copies is the same object: the engine changes no row, it replaces it.
            copied = [{**same, **json.loads(self._renamed(text, names, number))} for same, text in rows]
            if table == "ledger":
                for entries in _chains(copied):
                    _link(entries, Entry, hash_of)
            self._put(table, copied)

    def copy_audit(self, copies):
        """Continue the chains of the audit trail with what so many copies would have entered."""
        heads = {row["pk"]["S"]: row for row in self.shop.rows("audit") if row["row"]["S"] == HEAD}
        for number in range(1, copies + 1):
            names = self._names(number)
            for row in json.loads(self._renamed(json.dumps(self.entered), names, number)):
                head = heads[row["pk"]["S"]]
                seq = int(head["seq"]["N"]) + 1
                row |= {"sk": {"S": sort_of(seq)}, "seq": {"N": str(seq)}, "at": head["at"]}
                row["id"] = {"S": ids.ordered("aud", self.shop.at, seq)}
                _link([row], AuditEntry, hash_of_audit, previous=head["hash"]["S"])
                head |= {"seq": row["seq"], "hash": row["hash"]}
                self._put("audit", [row])
        self._put("audit", heads.values())

    def _put(self, table, rows):
        """Store rows as the engine's own `set_item` does, but without a copy of each."""
        with self.shop.engine._account:
            for row in rows:
                ministack.dynamodb()._set_item(self.shop.engine._tables[table], *_key(row), row)

    def _names(self, number):
        """Return what each id is called in a copy: what is derived from other names is derived from the new ones."""
        end = "".join(_ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))
        names = {one: one[:-4] + end for one in self.ids}
        for row in self.conversions:
            old, external = row["pk"]["S"], self._renumbered(row["external_id"]["S"], number)
            names[old] = new = conversion_id(row["program_id"]["S"], row["type"]["S"], external)
            for rule in _REWARDED:
                names[ids.derived("rwd", old, rule)] = ids.derived("rwd", new, rule)
        for row in self.entries:
            owner, _, currency = row["pk"]["S"].partition("#")
            names[row["id"]["S"]] = ids.derived("led", f"{names[owner]}#{currency}", row["seq"]["N"])
        for old, row in self.applications.items():
            names[old] = ids_of(row["program_id"]["S"], self._renumbered(row["email"]["S"], number))[0]
        for key, email in self.emails.items():
            names[key] = address_keys(self._renumbered(email, number))[0]
        return names

    def _renamed(self, text, names, number):
        text = _IDS.sub(lambda one: names.get(one[0], one[0]), text)
        return self._renumbered(_ADDRESSES.sub(lambda one: names.get(one[0], one[0]), text), number)

    def _renumbered(self, text, number):
        return _NUMBERS.sub(lambda one: f"{one[1]}{int(one[2]) + number * self.numbers}", text)


def _parts(row):
    """Return what is the same in all copies of a row, and the rest as a text in which names are replaced."""
    rest = {name: value for name, value in row.items() if _differs(json.dumps(value))}
    return {name: value for name, value in row.items() if name not in rest}, json.dumps(rest)


def _differs(text):
    return any(names.search(text) for names in (_IDS, _ADDRESSES, _NUMBERS))


def all_rows(shop):
    """Return the rows of each table by their keys' tables."""
    return {table: shop.rows(table) for table in shop.engine._tables}


def keys_of(rows):
    return {table: {_key(row) for row in some} for table, some in rows.items()}


def _key(row):
    return row["pk"]["S"], row["sk"]["S"]


def _chains(rows):
    """Return the rows of each account: its entries in order, and its head last."""
    chains = defaultdict(list)
    for row in rows:
        chains[row["pk"]["S"]].append(row)
    return [sorted(chain, key=_key) for chain in chains.values()]


def _link(rows, model, hash_of_line, previous=GENESIS):
    """Give each entry of a chain the hash of the one before it, and the head that of the last."""
    for row in rows:
        if row["sk"]["S"] != HEAD:
            row["previous"] = {"S": previous}
            previous = hash_of_line(model.from_raw_data(row).line)
        elif model is Entry:
            row["shard"] = {"S": shard_of(row["pk"]["S"])}
        row["hash"] = {"S": previous}
