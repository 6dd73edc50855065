"""Calls of DynamoDB by chance: on few rows, so that conditions meet what they ask for, and some with mistakes."""

PREFIX = "goodword-local-"
# The tables, and the keys of their indexes.
INDEXES = {
    "partners": {"listed": ("object", "pk"), "enrolled": ("enrolled_in", "pk")},
    "messages": {"listed": ("listed_in", "id")},
    "rewards": {"waiting": ("waits", "pk"), "benefits": ("benefit_of", "created_at")},
    "stats": {"by_program_day": ("program_day", "pk"), "by_partner": ("program_day", "partner")},
}
CONDITIONS = [
    "attribute_exists(pk)",
    "attribute_not_exists(pk)",
    "n > :1",
    "n = :1 OR attribute_not_exists(n)",
    "NOT contains(s, :x) AND size(s) < :5",
    "begins_with(s, :x)",
    "n BETWEEN :1 AND :5",
    "s IN (:x, :y)",
    "attribute_type(n, :N) AND #m.a >= :1",
    "l[0] = :1",
]
CHANGES = [
    "SET n = :1",
    "SET n = n + :1",
    "SET n = if_not_exists(n, :1) + :5, s = :x REMOVE t",
    "ADD n :5",
    "ADD t :set",
    "DELETE t :set",
    "REMOVE n, s",
    "SET l[0] = l[0] + :1",
    "SET l = list_append(if_not_exists(l, :list), :list)",
    "SET #m = :map",
    "SET #m.a = :5 REMOVE #m.b",
    "REMOVE l[1]",
]
VALUES = {
    ":1": {"N": "1"},
    ":5": {"N": "5"},
    ":x": {"S": "x"},
    ":y": {"S": "xyz"},
    ":N": {"S": "N"},
    ":set": {"SS": ["one", "two"]},
    ":list": {"L": [{"N": "1"}, {"N": "2"}]},
    ":map": {"M": {"a": {"N": "1"}, "b": {"BOOL": True}}},
}
NAMES = {"#m": "m"}
# Each is wrong in its own way; on the right there is what is changed about a right call.
MISTAKES = [
    ("GetItem", {"TableName": f"{PREFIX}nowhere"}),
    ("GetItem", {"Key": {"pk": {"S": "a"}}}),
    ("GetItem", {"Key": {"pk": {"N": "1"}, "sk": {"S": "1"}}}),
    ("GetItem", {"Key": {"pk": {"S": ""}, "sk": {"S": "1"}}}),
    ("GetItem", {"ProjectionExpression": "size"}),
    ("PutItem", {"Item": {"sk": {"S": "1"}}}),
    ("PutItem", {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}, "n": {"N": "many"}}}),
    ("PutItem", {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}, "t": {"SS": []}}}),
    ("PutItem", {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}, "s": {"S": "x" * 410_000}}}),
    ("PutItem", {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}}, "ReturnValues": "UPDATED_NEW"}),
    ("PutItem", {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}}, "ConditionExpression": "n = :missing"}),
    ("PutItem", {"Item": {"pk": {"S": "a"}, "sk": {"S": "1"}}, "ConditionExpression": "n = = n"}),
    ("UpdateItem", {"UpdateExpression": "SET"}),
    ("UpdateItem", {"UpdateExpression": "SET pk = :1", "ExpressionAttributeValues": {":1": {"S": "b"}}}),
    ("UpdateItem", {"UpdateExpression": "SET n = :1, n = :1", "ExpressionAttributeValues": {":1": {"N": "1"}}}),
    ("UpdateItem", {"UpdateExpression": "PUT n = :1", "ExpressionAttributeValues": {":1": {"N": "1"}}}),
    ("UpdateItem", {"UpdateExpression": "SET n = :1", "ExpressionAttributeValues": {":2": {"N": "1"}}}),
    ("Query", {"KeyConditionExpression": "sk = :1", "ExpressionAttributeValues": {":1": {"S": "1"}}}),
    (
        "Query",
        {"KeyConditionExpression": "pk = :1", "ExpressionAttributeValues": {":1": {"S": "1"}}, "IndexName": "no"},
    ),
    ("Query", {"KeyConditionExpression": "pk = :1", "ExpressionAttributeValues": {":1": {"S": "1"}}, "Limit": 0}),
    ("TransactWriteItems", {"TransactItems": []}),
    ("BatchGetItem", {"RequestItems": {}}),
    ("DropItem", {}),
]


class Calls:
    """Draws calls, one after the other; what was answered leads to some of those that follow."""

    def __init__(self, chance):
        self._chance = chance
        self._mistakes = []
        self._rest = []
        self._transactions = []

    def draw(self):
        """Return an operation and its parameters."""
        if self._rest and self._chance.random() < 0.7:
            return self._rest.pop()
        if self._chance.random() < 0.1:
            return self._mistake()
        kinds = [self._put, self._update, self._update, self._delete, self._get, self._query, self._transaction]
        kinds += [self._transaction, self._batch_get, self._batch_write, self._scan, self._transact_get]
        return self._chance.choice(kinds)()

    def heard(self, operation, parameters, answer):
        """Take note of an answer: a page that is not the last is followed by the next."""
        if "LastEvaluatedKey" in answer:
            self._rest.append((operation, {**parameters, "ExclusiveStartKey": answer["LastEvaluatedKey"]}))

    def _maybe(self, likely, **parameters):
        return parameters if self._chance.random() < likely else {}

    def _table(self):
        return self._chance.choice(sorted(INDEXES))

    def _key(self):
        return {"pk": {"S": self._chance.choice("abc")}, "sk": {"S": self._chance.choice("12345")}}

    def _item(self, table):
        item = self._key()
        for part in sorted({part for keys in INDEXES[table].values() for part in keys} - {"pk"}):
            item |= self._maybe(0.7, **{part: {"S": self._chance.choice("xyz")}})
        item |= self._maybe(0.6, n={"N": str(self._chance.choice([0, 1, -3, 5, "1.50", "1e3"]))})
        item |= self._maybe(0.5, s={"S": self._chance.choice(["x", "xyz", "", "Grüße"])})
        item |= self._maybe(0.3, t={"SS": ["one", "three"]})
        item |= self._maybe(0.3, l={"L": [{"N": "1"}, {"S": "x"}, {"NULL": True}]})
        item |= self._maybe(0.3, m={"M": {"a": {"N": "2"}, "b": {"L": []}, "c": {"B": "AP8="}}})
        return item | self._maybe(0.5, row={"S": "row"}, kind={"BOOL": True})

    def _expressions(self, **expressions):
        """Return expressions, with the values and the names that are in them."""
        text = " ".join(expressions.values())
        values = {
            name: value for name, value in VALUES.items() if name in text.replace(",", " ").replace(")", " ").split()
        }
        names = {name: value for name, value in NAMES.items() if name in text}
        return {
            **expressions,
            **({"ExpressionAttributeValues": values} if values else {}),
            **({"ExpressionAttributeNames": names} if names else {}),
        }

    def _condition(self, likely):
        chosen = self._chance.choice(CONDITIONS)
        return {"ConditionExpression": chosen} if self._chance.random() < likely else {}

    def _old_if_refused(self):
        return self._maybe(0.5, ReturnValuesOnConditionCheckFailure="ALL_OLD")

    def _put(self):
        table = self._table()
        return "PutItem", {
            "TableName": PREFIX + table,
            "Item": self._item(table),
            **self._expressions(**self._condition(0.5)),
            **self._old_if_refused(),
            **self._maybe(0.3, ReturnValues="ALL_OLD"),
        }

    def _update(self):
        returned = self._chance.choice(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
        return "UpdateItem", {
            "TableName": PREFIX + self._table(),
            "Key": self._key(),
            **self._expressions(UpdateExpression=self._chance.choice(CHANGES), **self._condition(0.4)),
            **self._old_if_refused(),
            "ReturnValues": returned,
        }

    def _delete(self):
        return "DeleteItem", {
            "TableName": PREFIX + self._table(),
            "Key": self._key(),
            **self._expressions(**self._condition(0.5)),
            **self._old_if_refused(),
            **self._maybe(0.5, ReturnValues="ALL_OLD"),
        }

    def _get(self):
        return "GetItem", {
            "TableName": PREFIX + self._table(),
            "Key": self._key(),
            **self._maybe(0.3, ProjectionExpression="pk, n, l[0]"),
            **self._maybe(0.3, ReturnConsumedCapacity="TOTAL"),
            "ConsistentRead": self._chance.choice([True, False]),
        }

    def _query(self):
        table = self._table()
        page = {
            "TableName": PREFIX + table,
            "ScanIndexForward": self._chance.choice([True, False]),
            **self._maybe(0.6, Limit=self._chance.choice([1, 2, 3])),
            **self._maybe(0.1, Select="COUNT"),
        }
        if self._chance.random() < 0.5:
            index = self._chance.choice(sorted(INDEXES[table]))
            hash_key, _ = INDEXES[table][index]
            value = {":v": {"S": self._chance.choice("xyz")}}
            page |= {"IndexName": index, "KeyConditionExpression": f"{hash_key} = :v"}
            return "Query", {**page, "ExpressionAttributeValues": value}
        ranges = ["", " AND sk BETWEEN :f AND :t", " AND sk >= :f", " AND begins_with(sk, :f)", " AND sk < :t"]
        condition = "pk = :v" + self._chance.choice(ranges)
        values = {":v": {"S": self._chance.choice("abc")}, ":f": {"S": "2"}, ":t": {"S": "4"}, ":one": {"N": "1"}}
        page |= self._maybe(0.3, FilterExpression="n >= :one OR attribute_not_exists(n)")
        text = condition + page.get("FilterExpression", "")
        used = {name: value for name, value in values.items() if name in text}
        return "Query", {**page, "KeyConditionExpression": condition, "ExpressionAttributeValues": used}

    def _scan(self):
        return "Scan", {"TableName": PREFIX + self._table(), "Limit": self._chance.choice([2, 5, 100])}

    def _batch_get(self):
        tables = self._chance.sample(sorted(INDEXES), 2)
        keys = {table: [self._key() for _ in range(self._chance.randint(1, 4))] for table in tables}
        return "BatchGetItem", {"RequestItems": {PREFIX + table: {"Keys": keys[table]} for table in tables}}

    def _batch_write(self):
        table = self._table()
        puts = [{"PutRequest": {"Item": self._item(table)}} for _ in range(self._chance.randint(1, 3))]
        return "BatchWriteItem", {"RequestItems": {PREFIX + table: [*puts, {"DeleteRequest": {"Key": self._key()}}]}}

    def _transact_get(self):
        gets = [{"Get": {"TableName": PREFIX + self._table(), "Key": self._key()}} for _ in range(3)]
        return "TransactGetItems", {"TransactItems": gets}

    def _transaction(self):
        if self._transactions and self._chance.random() < 0.3:
            # One that was sent before, with its token; or its token with something else.
            again = self._chance.choice(self._transactions)
            return "TransactWriteItems", {**again, **self._maybe(0.3, TransactItems=[self._part()])}
        parts = [self._part() for _ in range(self._chance.randint(1, 4))]
        sent = {"TransactItems": parts, **self._maybe(0.7, ClientRequestToken=f"{self._chance.getrandbits(64):x}")}
        self._transactions += [sent] if "ClientRequestToken" in sent else []
        return "TransactWriteItems", sent

    def _part(self):
        operation, parameters = self._chance.choice([self._put, self._update, self._delete])()
        parameters.pop("ReturnValues", None)
        if operation == "DeleteItem" and "ConditionExpression" in parameters and self._chance.random() < 0.5:
            return {"ConditionCheck": parameters}
        return {operation.removesuffix("Item"): parameters}

    def _mistake(self):
        self._mistakes = self._mistakes or self._chance.sample(MISTAKES, len(MISTAKES))
        operation, wrong = self._mistakes.pop()
        right = {"TableName": PREFIX + self._table()} if not operation.startswith(("Batch", "Transact")) else {}
        if operation in ("GetItem", "UpdateItem"):
            right["Key"] = self._key()
        return operation, {**right, **wrong}
