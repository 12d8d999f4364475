"""Section 2: reading a statement, step by step. The fields of each type are in fields.py."""

from dataclasses import dataclass, field as dataclass_field
from functools import cache

import fields
import keys
from fields import Invalid, Unsupported, is_uint
from strict_cbor import NotCanonical, blake, decode

LARGEST = 61_440
MAX_SIGNATURES = 32


@dataclass(frozen=True)
class Type:
    envelope: str
    size: int
    signed: bool = True


TYPES = {
    "inception": Type("threshold", 6_144),
    "state": Type("threshold", 61_440),
    "cut-list": Type("threshold", 61_440, signed=False),
    "record": Type("single", 2_048),
    "head": Type("single", 16_384),
    "equivocation": Type("threshold", 33_792, signed=False),
    "alarm": Type("single", 16_384),
    "manifest": Type("single", 2_048),
    "custody": Type("single", 2_048),
    "receipt": Type("single", 32_768),
}


@dataclass(frozen=True)
class Statement:
    raw: bytes
    type: str
    id: bytes
    payload: bytes
    map: dict
    signers: tuple = ()  # of a threshold statement: the keys that signed
    proof: tuple = dataclass_field(default=())  # of an equivocation: the two statements


def envelope(raw: bytes):
    """Steps 2 to 4: (envelope's name, payload, [(key, signature)]); a single's key is not known yet and is None."""
    try:
        outer = decode(raw)
    except NotCanonical as why:
        raise Invalid("not-canonical", str(why)) from None
    if type(outer) is not list or len(outer) not in (2, 4):
        raise Invalid("envelope", "not an array of four or two")
    if len(outer) == 4:
        protected, unprotected, payload, signature = outer
        if [type(x) for x in outer] != [bytes, dict, bytes, bytes] or len(signature) != 64:
            raise Invalid("envelope", "elements of a single")
        if protected != keys.PROTECTED or unprotected:
            raise Invalid("header")
        return "single", payload, [(None, signature)]
    payload, pairs = outer
    if type(payload) is not bytes or type(pairs) is not list:
        raise Invalid("envelope", "elements of a threshold")
    if len(pairs) > MAX_SIGNATURES:
        raise Invalid("envelope", "more than 32 signatures")
    for pair in pairs:
        if type(pair) is not list or len(pair) != 2 or [type(x) for x in pair] != [bytes, bytes]:
            raise Invalid("envelope", "not a pair")
        if len(pair[0]) != 33 or len(pair[1]) != 64:
            raise Invalid("envelope", "lengths of a pair")
    order = [pair[0] for pair in pairs]
    if order != sorted(set(order)):
        raise Invalid("envelope", "signatures unsorted or repeated")
    return "threshold", payload, [tuple(pair) for pair in pairs]


@cache
def read(raw: bytes, net: bytes) -> Statement:
    """The statement; or Invalid with the code, or Unsupported. `net` is the network's id.

    Remembered, since it depends on nothing else and the same statements stand in many cases.
    """
    if len(raw) > LARGEST:
        raise Invalid("too-large")
    name, payload, pairs = envelope(raw)
    try:
        m = decode(payload)
    except NotCanonical as why:
        raise Invalid("payload", str(why)) from None
    if type(m) is not dict or type(m.get("type")) is not str or not is_uint(m.get("v")):
        raise Invalid("payload", "type, v")
    if type(m.get("net")) is not bytes or len(m["net"]) != 32:
        raise Invalid("payload", "net")
    if m["net"] != net:
        raise Invalid("network")
    kind = TYPES.get(m["type"])
    if kind is None or m["v"] != 1:
        raise Unsupported(f"{m['type']} v{m['v']}")
    if name != kind.envelope or (not kind.signed and pairs):
        raise Invalid("envelope", "not that of the type")
    if len(raw) > kind.size:
        raise Invalid("too-large")
    proof = ()
    if m["type"] == "equivocation":
        proof = _equivocation(m, raw, net)
    else:
        fields.CHECKS[m["type"]](m, len(raw))
    _keys_and_signatures(m, raw, payload, name, pairs, net)
    return Statement(raw, m["type"], blake(payload), payload, m, tuple(k for k, _ in pairs if k), proof)


def _keys_and_signatures(m, raw, payload, name, pairs, net) -> None:
    """Step 10."""
    if name == "single":
        pairs = [(m["key"], pairs[0][1])]
    used = [key for key, _ in pairs] + m.get("roots", []) + [d["key"] for d in m.get("delegations", [])]
    for key in used:
        if not keys.key_is_good(key):
            raise Invalid("key", key.hex())
    message = keys.signed_bytes(m["type"], net, payload)
    for key, signature in pairs:
        if not keys.signature_is_good(key, message, signature):
            raise Invalid("signature", key.hex())
    if name == "single" and not keys.library_agrees(raw, pairs[0][0], m["type"], net):
        raise AssertionError("a strictly valid signature was refused by the COSE library")
    if m["type"] in ("inception", "state"):
        signers = {key for key, _ in pairs}
        if m["type"] == "inception" and signers - set(m["roots"]):
            raise Invalid("signature", "a signer that is not a root key")
        if len(signers & set(m["roots"])) < m["threshold"]:
            raise Invalid("threshold")


def _equivocation(m, raw, net) -> tuple:
    """Section 6. Everything that is not a proof is INVALID `field`."""
    fields.need(type(m.get("a")) is bytes and type(m.get("b")) is bytes, "a, b")
    two = []
    for name in ("a", "b"):
        try:
            two.append(read(m[name], net))
        except (Invalid, Unsupported) as why:
            raise Invalid("field", f"{name}: {why}") from None
    a, b = two
    fields.need(a.id < b.id, "ids of a and b")
    fields.need(a.type == b.type and a.type in ("record", "head"), "types of a and b")
    fields.need(a.map["key"] == b.map["key"] and a.map["inst"] == b.map["inst"], "signer")
    if a.type == "record":
        fields.need(len(raw) <= 4_608, "size of a proof of records")
        fields.need(positions(a) & positions(b), "no position in common")
    else:
        fields.need(heads_contradict(a.map, b.map), "heads do not contradict")
    return (a, b)


def positions(record: Statement) -> set:
    return {(feed, seq) for feed, seq, _ in record.map["lanes"]}


def heads_contradict(a: dict, b: dict) -> bool:
    if a["beat"] == b["beat"]:
        return True
    low, high = sorted((a, b), key=lambda head: head["beat"])
    reached = {feed: (seq, last) for feed, seq, last in high["lanes"]}
    for feed, seq, last in low["lanes"]:
        above = reached.get(feed)
        if above is None or above[0] < seq or (above[0] == seq and above[1] != last):
            return True
    return False


ITEM_SIZE = 65_536


def read_item(raw: bytes, net: bytes) -> Statement:
    """Section 10: an item, and the parts of section 5 beside the header they belong to."""
    if len(raw) > ITEM_SIZE:
        raise Invalid("too-large")
    try:
        item = decode(raw)
    except NotCanonical as why:
        raise Invalid("not-canonical", str(why)) from None
    if type(item) is not list or len(item) != 3 or type(item[0]) is not bytes:
        raise Invalid("envelope", "not an item")
    if any(part is not None and type(part) is not bytes for part in item[1:]):
        raise Invalid("envelope", "not an item")
    statement = read(item[0], net)
    if statement.type != "record" and item[1:] != [None, None]:
        raise Invalid("envelope", "a part beside a statement that is no record")
    for name, part in zip(("card", "body"), item[1:]):
        if part is not None and statement.map[name] != [blake(part), len(part)]:
            raise Invalid("part", name)
    return statement
