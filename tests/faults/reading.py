"""The rows of a shop, as plain values."""

_KINDS = {"S": str, "N": int, "BOOL": bool}


def plain(row):
    return {name: _KINDS[kind](value) for name, one in row.items() for kind, value in one.items() if kind in _KINDS}


def table(shop, name):
    return [plain(row) for row in shop.rows(name)]
