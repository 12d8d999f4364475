"""Self-made cases of section 16. Where a number is computed, it comes from this reading; the answers of what is recovered, read and refused are written by hand."""

import hashlib

import reconciliation as made
from strict_cbor import encode


def _id(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _set(name: str, count: int, feed: str = "theme:trj"):
    return [[feed, _id(f"{name} {n}")] for n in range(count)]


def _short(name: str, feed: str, id_: str, salt: str = ""):
    short = made.short_id(feed, bytes.fromhex(id_), bytes.fromhex(salt))
    case = {"name": name, "do": "short", "feed": feed, "id": id_, "short": f"{short:016x}"}
    case |= {"check": f"{made.checksum(short, bytes.fromhex(salt)):08x}", "places": made.places(short, made.PREFIX)}
    return case | ({"salt": salt} if salt else {})


def _sketch(name: str, elements, count: int):
    pairs = [(feed, bytes.fromhex(id_)) for feed, id_ in elements]
    cells = made.sketch([made.short_id(feed, id_) for feed, id_ in pairs], count)
    found = {"root": made.root(pairs).hex(), "cells": made.write_cells(cells).hex()}
    return {"name": name, "do": "sketch", "elements": elements} | found


def _difference(name: str, common: int, ours: int, theirs: int, cells: int, salt: str = "", expect: str = "recovered"):
    both, a, b = _set("both", common), _set("a", ours), _set("b", theirs, "country:gha")
    case = {"name": name, "do": "difference", "a": both + a, "b": both + b, "cells": cells, "expect": expect}
    if expect == "recovered":
        for side, elements in (("ours", a), ("theirs", b)):
            shorts = sorted(made.short_id(feed, bytes.fromhex(id_), bytes.fromhex(salt)) for feed, id_ in elements)
            case[side] = [f"{short:016x}" for short in shorts]
    return case | ({"salt": salt} if salt else {})


def _list(name: str, parameter: int, before, ids, data: str, expect: str):
    return {
        "name": name,
        "do": "list",
        "parameter": parameter,
        "before": None if before is None else f"{before:012x}",
        "count": len(ids),
        "ids": [f"{i:012x}" for i in ids],
        "bytes": data,
        "expect": expect,
    }


def _message(name: str, value, expect: str = "accept"):
    return {"name": name, "do": "message", "bytes": encode(value).hex(), "expect": expect}


def reconciliation():
    salt = hashlib.sha256(b"salt").hexdigest()
    two = bytes(7) + b"\x01" + bytes(7) + b"\x02"
    cursor = [1, 2]
    return [
        _short("a short id", "theme:trj", _id("one")),
        _short("in another feed", "registry", _id("one")),
        _short("under a salt", "theme:trj", _id("one"), salt),
        _sketch("one element, four cells", _set("one", 1), 4),
        _sketch("forty elements, a hundred cells", _set("x", 40), 100),
        _difference("equal sets", 9, 0, 0, 16),
        _difference("equal sets in too few cells to say so", 9, 0, 0, 15, expect="left"),
        _difference("three and two", 9, 3, 2, 32),
        _difference("three and two, salted", 9, 3, 2, 32, salt),
        _difference("sixty of one side", 0, 60, 0, 140),
        _difference("a hundred in sixteen cells", 0, 100, 0, 16, expect="left"),
        _list("gaps of nothing, no bits kept", 0, None, [0, 1, 2], "1f", "accept"),
        _list("a gap of three", 0, None, [3], "ef", "accept"),
        _list("two bits kept", 2, None, [3], "7f", "accept"),
        _list("goes on after four", 1, 4, [5], "3f", "accept"),
        _list("nothing", 5, None, [], "", "accept"),
        _list("nothing, with a byte", 5, None, [], "ff", "refused"),
        _list("no zero ends the ones", 0, None, [8], "ff", "refused"),
        _message("equal", [1, cursor]),
        _message("equal with a negative place", [1, [1, -1]], "refused"),
        _message("equal with a cursor of three", [1, [1, 2, 3]], "refused"),
        _message("everything", [2, 5, cursor]),
        _message("found", [3, cursor, two, b""]),
        _message("found, nine bytes", [3, cursor, two + b"\0", b""], "refused"),
        _message("ids need no order", [5, two[8:] + two[:8]]),
        _message("an unknown plan", [4, 5, cursor, None, [4], b""], "refused"),
        _message("a plan without its day", [4, 5, cursor, None, [2], b""], "refused"),
        _message("a salt of fifteen bytes", [4, 5, cursor, bytes(15), [0], b""], "refused"),
        _message("a truth that is a number", [9, two, b"", 1], "refused"),
        _message("text for a number", ["9", two, b"", True], "refused"),
        _message("refused for a reason of a later version", [10, "tomorrow"]),
        _message("too many short ids", [5, bytes(8 * 4_097)], "refused"),
    ]
