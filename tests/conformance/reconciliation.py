"""Section 16: comparing sets. Short ids, cells, roots, recovering, lists and messages, from the page alone."""

import math
import struct

from blake3 import blake3

import strict_cbor

MASK = 2**64 - 1
WIDE, LEAST, PREFIX, BITS = 64, 16, 4_096, 48
ROOT_KEY = b"indaba/compare/root/v1" + bytes(10)
MAX_MESSAGE, MAX_IDS, MAX_RUNGS = 36_864, 4_096, 14


def _rotl(x: int, by: int) -> int:
    return (x << by | x >> (64 - by)) & MASK


def siphash(key: bytes, data: bytes) -> int:
    """SipHash-2-4 (Aumasson, Bernstein 2012)."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rounds(n: int) -> None:
        for _ in range(n):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = _rotl(v[1], 13) ^ v[0]
            v[0] = _rotl(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = _rotl(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = _rotl(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = _rotl(v[1], 17) ^ v[2]
            v[2] = _rotl(v[2], 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def short_id(feed: str, id_: bytes, salt: bytes = b"") -> int:
    tier = b"salted" if salt else b"cached"
    key = strict_cbor.blake(b"indaba/compare/" + tier + b"/v1\0" + strict_cbor.blake(feed.encode()) + salt)
    return siphash(key[:16], id_)


def checksum(short: int, salt: bytes = b"") -> int:
    (c,) = struct.unpack("<Q", strict_cbor.blake(b"indaba/compare/check/v1\0" + salt)[:8])
    z = short ^ c
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return (z ^ z >> 31) >> 32


def places(short: int, below: int) -> list[int]:
    found, at, r = [], 0, short
    while at < below:
        found.append(at)
        r = r * 0xDA942042E4DD58B5 & MASK
        at += max(1, math.ceil((float(at) + 1.5) * (4294967296.0 / math.sqrt(float(r) + 1.0) - 1.0)))
    return found


def root(elements) -> bytes:
    lanes = [0] * 1_024
    for feed, id_ in elements:
        more = blake3(strict_cbor.blake(feed.encode()) + id_, key=ROOT_KEY).digest(length=2_048)
        lanes = [(a + b) & 0xFFFF for a, b in zip(lanes, struct.unpack("<1024H", more))]
    return strict_cbor.blake(struct.pack("<1024H", *lanes))[:16]


def sketch(shorts, count: int, salt: bytes = b"") -> list[list[int]]:
    cells = [[0, 0, 0] for _ in range(count)]
    for short in shorts:
        check = checksum(short, salt)
        for place in places(short, count):
            cell = cells[place]
            cells[place] = [cell[0] ^ short, cell[1] ^ check, cell[2] + 1]
    return cells


def write_cells(cells) -> bytes:
    return b"".join(
        struct.pack(">QI", ids, checks) + (struct.pack(">H", n % 2**16) if i < WIDE else bytes([n % 2**8]))
        for i, (ids, checks, n) in enumerate(cells)
    )


def _count(index: int, count: int) -> int:
    width = 2**16 if index < WIDE else 2**8
    count %= width
    return count - width if count >= width // 2 else count


def recover(a, b, salt: bytes = b""):
    """The short ids that only `a` and only `b` has, sorted; None when the cells leave something unexplained."""
    cells = [[x[0] ^ y[0], x[1] ^ y[1], x[2] - y[2]] for x, y in zip(a, b)]
    found, queue = {}, list(range(len(cells)))
    while queue:
        index = queue.pop()
        ids, checks, n = cells[index]
        sign = _count(index, n)
        if abs(sign) != 1 or checksum(ids, salt) != checks or ids in found:
            continue
        found[ids] = sign
        for place in places(ids, len(cells)):
            cells[place][0] ^= ids
            cells[place][1] ^= checks
            cells[place][2] -= sign
            queue.append(place)
    if len(cells) < LEAST or any(ids or checks or _count(i, n) for i, (ids, checks, n) in enumerate(cells)):
        return None
    return sorted(s for s in found if found[s] == 1), sorted(s for s in found if found[s] == -1)


def write_list(parameter: int, before, ids) -> bytes:
    bits, next_ = "", 0 if before is None else before + 1
    for id_ in ids:
        gap = id_ - next_
        bits += "1" * (gap >> parameter) + "0"
        bits += f"{gap & (1 << parameter) - 1:0{parameter}b}" if parameter else ""
        next_ = id_ + 1
    bits += "1" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def read_list(parameter: int, before, count: int, data: bytes):
    if parameter > BITS:
        return None
    bits = "".join(f"{byte:08b}" for byte in data)
    at, ids, next_ = 0, [], 0 if before is None else before + 1
    for _ in range(count):
        stop = bits.find("0", at)
        low = bits[stop + 1 : stop + 1 + parameter]
        if stop < 0 or len(low) < parameter:
            return None
        next_ += (stop - at << parameter) + (int(low, 2) if low else 0)
        if next_ >> BITS:
            return None
        ids.append(next_)
        next_, at = next_ + 1, stop + 1 + parameter
    rest = bits[at:]
    return ids if len(rest) < 8 and "0" not in rest else None


# Messages: a check for each field, in order.


def _uint(value) -> bool:
    return type(value) is int and value >= 0


def _bytes(length=None):
    return lambda value: type(value) is bytes and length in (None, len(value))


def _or_null(check):
    return lambda value: value is None or check(value)


def _bool(value) -> bool:
    return type(value) is bool


def _cursor(value) -> bool:
    return type(value) is list and len(value) == 2 and all(map(_uint, value)) and value[0] < 2**32


def _ids(value) -> bool:
    return type(value) is bytes and len(value) % 8 == 0 and len(value) <= 8 * MAX_IDS


def _shorts(value) -> bool:
    if not _ids(value):
        return False
    ids = [value[i : i + 8] for i in range(0, len(value), 8)]
    return ids == sorted(set(ids))


def _cells(value) -> bool:
    if type(value) is not bytes:
        return False
    over = len(value) - 14 * WIDE
    return (over % 13 if over > 0 else len(value) % 14) == 0


def _rungs(value) -> bool:
    if type(value) is not bytes or len(value) % 20 or len(value) > 20 * MAX_RUNGS:
        return False
    days = [value[i : i + 4] for i in range(0, len(value), 20)]
    return days == sorted(set(days), reverse=True)


def _plan(value) -> bool:
    if type(value) is not list or not value or type(value[0]) is not int:
        return False
    return value in ([0], [1], [3]) or (value[0] == 2 and len(value) == 2 and _uint(value[1]) and value[1] < 2**32)


def _text(value) -> bool:
    return type(value) is str


MESSAGES = {
    0: [_uint, _bytes(8), _uint, _bytes(16), _or_null(_cursor), _cells, _rungs],
    1: [_cursor],
    2: [_uint, _cursor],
    3: [_cursor, _shorts, _shorts],
    4: [_uint, _cursor, _or_null(_bytes(16)), _plan, _shorts],
    5: [_ids],
    6: [_uint, _bytes()],
    7: [lambda value: _uint(value) and value < 2**32, _uint, _bytes(), _bool],
    8: [_bytes(16), _uint, _shorts, _bool],
    9: [_shorts, _shorts, _bool],
    10: [_text],
}


def message_is_good(data: bytes) -> bool:
    if len(data) > MAX_MESSAGE:
        return False
    try:
        value = strict_cbor.decode(data)
    except strict_cbor.NotCanonical:
        return False
    if type(value) is not list or not value or type(value[0]) is not int or value[0] not in MESSAGES:
        return False
    checks = MESSAGES[value[0]]
    return len(value) == 1 + len(checks) and all(check(field) for check, field in zip(checks, value[1:]))


# Cases of reconciliation.json, section 14.


def _elements(pairs):
    return [(feed, bytes.fromhex(id_)) for feed, id_ in pairs]


def _sketch_of(pairs, count: int, salt: bytes):
    return sketch([short_id(feed, id_, salt) for feed, id_ in _elements(pairs)], count, salt)


def _hex(numbers):
    return [f"{number:016x}" for number in numbers]


def answer(case):
    """What is found, and what the case says."""
    salt = bytes.fromhex(case.get("salt", ""))
    if case["do"] == "short":
        short = short_id(case["feed"], bytes.fromhex(case["id"]), salt)
        found = {"short": f"{short:016x}", "check": f"{checksum(short, salt):08x}", "places": places(short, PREFIX)}
        return found, {name: case[name] for name in found}
    if case["do"] == "sketch":
        size = len(case["cells"]) // 2
        count = size // 14 if size <= 14 * WIDE else WIDE + (size - 14 * WIDE) // 13
        found = {
            "root": root(_elements(case["elements"])).hex(),
            "cells": write_cells(_sketch_of(case["elements"], count, b"")).hex(),
        }
        return found, {name: case[name] for name in found}
    if case["do"] == "difference":
        sides = [_sketch_of(case[side], case["cells"], salt) for side in "ab"]
        found = recover(*sides, salt)
        if found is None:
            return "left", case["expect"]
        return ["recovered", *map(_hex, found)], [case["expect"], case.get("ours"), case.get("theirs")]
    if case["do"] == "list":
        before = None if case["before"] is None else int(case["before"], 16)
        data = bytes.fromhex(case["bytes"])
        ids = read_list(case["parameter"], before, case["count"], data)
        if ids is None:
            return "refused", case["expect"]
        again = write_list(case["parameter"], before, ids).hex()
        return ["accept", [f"{id_:012x}" for id_ in ids], again], [case["expect"], case["ids"], case["bytes"]]
    if case["do"] == "message":
        return "accept" if message_is_good(bytes.fromhex(case["bytes"])) else "refused", case["expect"]
    return "unknown", case["do"]
