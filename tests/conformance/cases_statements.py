"""Self-made cases for sections 1, 2, 3, 5, 6 and 11. Every refusing case breaks one rule."""

import keys
from builder import BODY, CARD, DAY, NET, NETWORK, Institution, Signer, base, equivocation, id_of, part, single, threshold
from strict_cbor import blake, encode, net_id

CBOR = [
    ("empty map", "a0", True),
    ("integers of every length", "85001818190100 1a00010000 1b0000000100000000", True),
    ("largest integer", "1b7fffffffffffffff", True),
    ("smallest integer", "3b7fffffffffffffff", True),
    ("eight levels", "81" * 7 + "80", True),
    ("keys shorter first", "a2616201626161 02", True),
    ("nothing at all", "", False),
    ("two items", "0000", False),
    ("integer above the range", "1b8000000000000000", False),
    ("integer below the range", "3b8000000000000000", False),
    ("integer not shortest", "1817", False),
    ("length not shortest", "5800", False),
    ("indefinite array", "9fff", False),
    ("indefinite text", "7f6161ff", False),
    ("half float", "f90000", False),
    ("double float", "fb3ff0000000000000", False),
    ("undefined", "f7", False),
    ("simple value 32", "f820", False),
    ("tag", "c100", False),
    ("bignum", "c24101", False),
    ("self-described", "d9d9f700", False),
    ("integer key", "a10001", False),
    ("repeated key", "a2616101616102", False),
    ("keys unsorted", "a2616201616102", False),
    ("longer key first", "a262616101616202", False),
    ("text not UTF-8", "61ff", False),
    ("text with a surrogate", "63eda080", False),
    ("nine levels", "81" * 8 + "80", False),
    ("array cut short", "8201", False),
    ("break alone", "ff", False),
]


def cbor():
    return [
        {"name": name, "bytes": data.replace(" ", ""), "expect": "accept" if good else "not-canonical"}
        for name, data, good in CBOR
    ]


def torsion():
    """A point of order eight: any point, freed of its part of the large order."""
    y = 2
    while True:
        point = keys.decompress(y.to_bytes(32, "little"))
        y += 1
        if point:
            point = keys.multiply(keys.L, point)
            if not keys.same(keys.multiply(4, point), keys.IDENTITY):
                return point


TORSION = torsion()


def mixed_key():
    """A key that is sound but not of the prime order, and its secret scalar."""
    scalar = int.from_bytes(blake(b"conformance mixed"), "little") % keys.L
    return b"\x01" + keys.compress(keys.add(keys.multiply(scalar, keys.BASE), TORSION)), scalar


def key():
    good = Signer("a").key
    cases = [("ordinary", good, True), ("of mixed order", mixed_key()[0], True)]
    for n in range(8):
        point = keys.multiply(n, TORSION)
        cases.append((f"small order, multiple {n} of a point of order eight", b"\x01" + keys.compress(point), False))
    y = next(y for y in range(19) if keys.decompress(y.to_bytes(32, "little")) and y > 1)
    cases += [
        ("y not reduced", b"\x01" + (y + keys.P).to_bytes(32, "little"), False),
        ("negative zero", b"\x01" + (1 | 1 << 255).to_bytes(32, "little"), False),
        ("not on the curve", b"\x01" + (2).to_bytes(32, "little"), False),
        ("unknown algorithm", b"\x02" + good[1:], False),
        ("short", good[:-1], False),
        ("long", good + b"\0", False),
    ]
    return [{"name": n, "key": k.hex(), "expect": "accept" if ok else "key"} for n, k, ok in cases]


class Cases:
    def __init__(self):
        self.all = []

    def good(self, name, raw, m):
        self.all.append(self._case(name, raw, "accept") | {"type": m["type"], "id": id_of(m).hex()})

    def unsupported(self, name, raw):
        self.all.append(self._case(name, raw, "unsupported"))

    def bad(self, name, code, raw):
        self.all.append(self._case(f"{code}: {name}", raw, "invalid") | {"code": code})

    @staticmethod
    def _case(name, raw, expect):
        return {"name": name, "net": NETWORK, "bytes": raw.hex(), "expect": expect}


def statement():
    org = Institution("Savanna Dialogue")
    state = org.keep(org.next_state())
    cases = Cases()
    _records(cases, org)
    _envelopes(cases, org)
    _signatures(cases, org)
    _institutions(cases, org, state)
    _heads_and_proofs(cases, org)
    _air_gap(cases, org)
    _missing(cases, org, state)
    return cases.all


FEED = "topic:water-points"
X, Y = blake(b"some statement"), blake(b"another statement")


def _records(cases, org):
    r = org.record([[FEED, 1, None]])
    one = lambda **changes: single(r | changes, org.node)
    cases.good("record", one(), r)
    many = r | {
        "lanes": [["region:ecowas", 9, X], [FEED, 2**53 - 1, Y]],
        "links": sorted([["adapts", X], ["adapts", Y], ["see", X]]),
        "day": None,
        "marking": "green",
        "lang": "pt-BR",
        "later": {"kept": True},
    }
    cases.good("record in two feeds, with links and an unknown field", single(many, org.node), many)
    registry = r | {"lanes": [["registry", 1, None]], "kind": "vouch"}
    cases.good("record in the registry", single(registry, org.node), registry)
    long_feed = r | {"lanes": [["topic:" + "w" * 42, 1, None]]}
    cases.good("feed name of 48 bytes", single(long_feed, org.node), long_feed)
    circle = "circle:" + "0a" * 32
    cases.unsupported("circle feed", one(lanes=[[circle, 1, None]]))
    cases.unsupported("field enc", one(enc=None))
    cases.unsupported("marking red", one(marking="red"))
    cases.unsupported("marking red and a forged signature", single(r | {"marking": "red"}, org.node)[:-1] + b"\0")
    for name, changes in {
        "feed with capitals": {"lanes": [["topic:Water", 1, None]]},
        "feed without prefix": {"lanes": [["water", 1, None]]},
        "feed name of 49 bytes": {"lanes": [["topic:" + "w" * 43, 1, None]]},
        "circle name with 63 digits": {"lanes": [[circle[:-1], 1, None]]},
        "first position with a predecessor": {"lanes": [[FEED, 1, X]]},
        "second position without a predecessor": {"lanes": [[FEED, 2, None]]},
        "position zero": {"lanes": [[FEED, 0, None]]},
        "position 2^53": {"lanes": [[FEED, 2**53, X]]},
        "no lanes": {"lanes": []},
        "nine lanes": {"lanes": [[f"topic:{n}", 1, None] for n in range(9)]},
        "lanes unsorted": {"lanes": [["topic:b", 1, None], ["topic:a", 1, None]]},
        "feed twice": {"lanes": [["topic:a", 1, None], ["topic:a", 2, X]]},
        "registry beside another feed": {"lanes": [["registry", 1, None], [FEED, 1, None]]},
        "registry record too large": {"lanes": [["registry", 1, None]], "body": [X, 16_000]},
        "links unsorted": {"links": [["see", X], ["adapts", X]]},
        "link twice": {"links": [["see", X], ["see", X]]},
        "33 links": {"links": sorted(["a", blake(bytes([n]))] for n in range(33))},
        "relation with a capital": {"links": [["Adapts", X]]},
        "kind of 33 characters": {"kind": "k" * 33},
        "language with an underscore": {"lang": "pt_BR"},
        "language of 36 bytes": {"lang": "en-abcdefgh-abcdefgh-abcdefgh-abcdef"},
        "day out of range": {"day": 2_932_897},
        "marking not text": {"marking": None},
        "part of 16 bytes": {"card": [X, 16]},
        "card of 16,385 bytes": {"card": [X, 16_385]},
        "all together over 61,440 bytes": {"body": [X, 61_000]},
        "revision without its link": {"kind": "revision"},
        "withdrawal with another link": {"kind": "withdrawal", "links": [["revises", X]]},
        "key of 32 bytes": {"key": org.node.key[:-1]},
        "inst null": {"inst": None},
    }.items():
        cases.bad(name, "field", single(r | changes, org.node))
    exact = r | {"body": [X, 0x8000]}
    exact["body"] = [X, 61_440 - len(single(exact, org.node)) - r["card"][1]]
    cases.good("header, card and body of 61,440 bytes together", single(exact, org.node), exact)
    exact = exact | {"body": [X, exact["body"][1] + 1]}
    cases.bad("header, card and body of 61,441 bytes together", "field", single(exact, org.node))


def _envelopes(cases, org):
    r = org.record([[FEED, 1, None]])
    payload = encode(r)
    signature = org.node.sign("record", payload)
    raw = lambda p=keys.PROTECTED, u={}, b=payload, s=signature: encode([p, u, b, s])
    cases.bad("tagged COSE_Sign1", "not-canonical", b"\xd2" + raw())
    cases.bad("a byte too many", "not-canonical", raw() + b"\0")
    cases.bad("an unknown type over all bounds", "too-large", single(base("novel", pad=b"\0" * 61_440), org.node))
    cases.bad("three elements", "envelope", encode([keys.PROTECTED, {}, payload]))
    cases.bad("not an array", "envelope", encode({"payload": payload}))
    cases.bad("signature of 63 bytes", "envelope", raw(s=signature[:-1]))
    cases.bad("unprotected is null", "envelope", raw(u=None))
    cases.bad("another algorithm", "header", raw(p=bytes.fromhex("a10126")))
    cases.bad("protected empty", "header", raw(p=b""))
    cases.bad("unprotected not empty", "header", raw(u={"alg": 1}))
    cases.bad("payload with a float", "payload", raw(b=b"\xf9\x00\x00"))
    cases.bad("payload an array", "payload", raw(b=encode([])))
    for name, changes in {"v negative": {"v": -1}, "type not text": {"type": 1}, "net of 31 bytes": {"net": NET[:-1]}}.items():
        cases.bad(name, "payload", raw(b=encode(r | changes)))
    cases.bad("payload nine levels deep", "payload", raw(b=encode(r | {"x": [[[[[[[[]]]]]]]]})))
    deep = r | {"x": [[[[[[[]]]]]]]}
    cases.good("payload eight levels deep", single(deep, org.node), deep)
    cases.bad("another network", "network", single(r | {"net": net_id("elsewhere")}, org.node))
    cases.unsupported("unknown type", single(base("novel"), org.node))
    cases.unsupported("reserved type", single(base("cosignature"), org.node))
    cases.unsupported("version 2", single(r | {"v": 2}, org.node))
    cases.bad("record in a threshold envelope", "envelope", threshold(r, [org.node]))
    cases.bad("inception in a single envelope", "envelope", single(org.founding, org.node))
    cases.bad("record of 2,049 bytes", "too-large", single(_padded(r, org, 2_049), org.node))
    full = _padded(r, org, 2_048)
    cases.good("record of 2,048 bytes", single(full, org.node), full)


def _padded(m, org, size):
    m = m | {"pad": b"\0" * 1_000}
    m["pad"] = b"\0" * (1_000 + size - len(single(m, org.node)))
    return m


def _signatures(cases, org):
    r = org.record([[FEED, 1, None]])
    payload = encode(r)
    raw = lambda s, b=payload: encode([keys.PROTECTED, {}, b, s])
    good = org.node.sign("record", payload)
    cases.bad("another key's", "signature", raw(org.spare.sign("record", payload)))
    cases.bad("made for a head", "signature", raw(org.node.sign("head", payload)))
    cases.bad("made for another network", "signature", raw(org.node.sign("record", payload, net_id("elsewhere"))))
    cases.bad("over the bare payload", "signature", raw(org.node.private.sign(payload)))
    s = int.from_bytes(good[32:], "little") + keys.L
    cases.bad("S not reduced", "signature", raw(good[:32] + s.to_bytes(32, "little")))
    cases.bad("unknown algorithm", "key", single(r | {"key": b"\x02" + org.node.key[1:]}, org.node))
    cases.bad("small order", "key", single(r | {"key": b"\x01" + keys.compress(TORSION)}, org.node))
    key, scalar = mixed_key()
    seen = set()
    for n in range(200):
        m = r | {"key": key, "nonce": n}
        message = keys.signed_bytes("record", NET, encode(m))
        nonce = int.from_bytes(blake(b"nonce" + bytes([n])), "little") % keys.L
        r_bytes = keys.compress(keys.multiply(nonce, keys.BASE))
        k = keys.challenge(r_bytes, key[1:], message)
        made = raw(r_bytes + ((nonce + k * scalar) % keys.L).to_bytes(32, "little"), encode(m))
        if k % 8 == 0 and "good" not in seen:
            seen.add("good")
            cases.good("key of mixed order, the equation holds without the cofactor", made, m)
        elif k % 8 and "bad" not in seen:
            seen.add("bad")
            cases.bad("the equation holds only with the cofactor", "signature", made)
    assert seen == {"good", "bad"}
    # R is the neutral point: S = k * a makes the equation hold, yet R is of small order.
    scalar = int.from_bytes(blake(b"conformance plain"), "little") % keys.L
    m = r | {"key": b"\x01" + keys.compress(keys.multiply(scalar, keys.BASE))}
    r_bytes = keys.compress(keys.IDENTITY)
    k = keys.challenge(r_bytes, m["key"][1:], keys.signed_bytes("record", NET, encode(m)))
    cases.bad("R of small order", "signature", raw(r_bytes + (k * scalar % keys.L).to_bytes(32, "little"), encode(m)))


def _institutions(cases, org, state):
    i, roots = org.founding, org.roots(0)
    cases.good("inception, two of three", org.inception(), i)
    cases.good("inception, all three", threshold(i, roots), i)
    guarded = i | {"recovery": {"guardians": sorted([X, Y]), "k": 2, "jurisdictions": 1}}
    cases.good("inception with guardians", threshold(guarded, roots[:2]), guarded)
    cases.bad("one of two signatures", "threshold", threshold(i, roots[:1]))
    cases.bad("a stranger signs too", "signature", threshold(i, roots[:2] + [org.node]))
    pairs = sorted([s.key, s.sign("inception", encode(i))] for s in roots[:2])
    cases.bad("signatures unsorted", "envelope", encode([encode(i), pairs[::-1]]))
    cases.bad("a signer twice", "envelope", encode([encode(i), [pairs[0], pairs[0]]]))
    cases.bad("one signature forged", "signature", encode([encode(i), [pairs[0], [pairs[1][0], pairs[0][1]]]]))
    small = b"\x01" + keys.compress(TORSION)
    cases.bad("a root key of small order", "key", threshold(i | {"roots": sorted([*i["roots"][:2], small])}, roots[:2]))
    for name, changes in {
        "roots unsorted": {"roots": i["roots"][::-1]},
        "root twice": {"roots": [i["roots"][0], *i["roots"][:2]]},
        "threshold zero": {"threshold": 0},
        "threshold above the roots": {"threshold": 4},
        "reserve empty": {"next": []},
        "reserve threshold above the reserve": {"next_threshold": 4},
        "guardians unsorted": {"recovery": {"guardians": sorted([X, Y])[::-1], "k": 1, "jurisdictions": 1}},
        "more guardians needed than there are": {"recovery": {"guardians": [X], "k": 2, "jurisdictions": 1}},
        "more jurisdictions than guardians needed": {"recovery": {"guardians": sorted([X, Y]), "k": 1, "jurisdictions": 2}},
        "seventeen roots": {"roots": sorted(Signer(f"root {n}").key for n in range(15)) + i["roots"][-2:]},
    }.items():
        m = i | changes
        if name == "seventeen roots":
            m["roots"] = sorted({*m["roots"], *i["roots"][:2]})[:17]
        cases.bad(f"inception: {name}", "field", threshold(m, roots[:2]))
    signed = lambda m: threshold(m, roots[:2])
    cases.good("state 1", signed(state), state)
    other = Signer("other node")
    full = state | {
        "delegations": sorted(
            [org.delegation(org.node, scope={"feeds": ["theme:*"], "kinds": ["lesson", "practice"]}), org.delegation(other, expires=DAY)],
            key=lambda d: d["key"],
        ),
        "cuts": [{"key": b"\xff" * 33, "reason": "retired", "list": X}],
        "sealing": ["age1example"],
        "succession": [{"relation": "renamed", "inst": None, "day": DAY}],
        "witnesses": {"institutions": [X], "quorum": 1},
        "profile": state["profile"] | {"acronym": 7},
    }
    cases.good("state with everything; a cut names any 33 bytes; a profile's fault is content", signed(full), full)
    d = org.delegation(org.node)
    cut = {"key": other.key, "reason": "retired", "list": None}
    for name, changes in {
        "version zero": {"version": 0},
        "version 2^53": {"version": 2**53},
        "a root key is delegated": {"delegations": [d | {"key": i["roots"][2]}]},
        "delegated and cut": {"cuts": [cut | {"key": org.node.key}]},
        "delegated twice": {"delegations": [d, d]},
        "purpose with a capital": {"delegations": [d | {"purpose": "Sign"}]},
        "scope of kinds empty": {"delegations": [d | {"scope": {"kinds": []}}]},
        "scope of feeds unsorted": {"delegations": [d | {"scope": {"feeds": ["b:b", "a:a"]}}]},
        "expires missing": {"delegations": [{k: v for k, v in d.items() if k != "expires"}]},
        "unknown reason of a cut": {"cuts": [cut | {"reason": "bored"}]},
        "cut twice": {"cuts": [cut, cut]},
        "five sealing recipients": {"sealing": ["a"] * 5},
        "sealing recipient of 2,561 bytes": {"sealing": ["a" * 2_561]},
        "nine successions": {"succession": [{"relation": "renamed", "inst": None, "day": DAY}] * 9},
        "quorum above the witnesses": {"witnesses": {"institutions": [X], "quorum": 2}},
        "profile without listed": {"profile": {"name": "Savanna (example)", "kind": "cso", "lang": "en"}},
        "profile of more than 8,192 bytes": {"profile": state["profile"] | {"x": "y" * 8_192}},
        "65 delegations": {"delegations": sorted((org.delegation(Signer(f"d{n}")) for n in range(65)), key=lambda d: d["key"])},
    }.items():
        cases.bad(f"state: {name}", "field", signed(state | changes))
    cases.bad("a delegated key of small order", "key", signed(state | {"delegations": [d | {"key": small}]}))
    cases.bad("state signed by one root", "threshold", threshold(state, roots[:1]))
    cases.bad("state with a forged signature beside enough good ones", "signature", _forged_third(state, roots))
    cut_list = org.cut_list(org.node.key, {FEED: (3, X), "registry": (1, Y)}, [X])
    cases.good("cut list", threshold(cut_list), cut_list)
    cases.bad("signed cut list", "envelope", threshold(cut_list, roots[:1]))
    for name, changes in {
        "feeds unsorted": {"feeds": cut_list["feeds"][::-1]},
        "adopted twice": {"adopted": [X, X]},
        "513 adopted": {"adopted": sorted(blake(n.to_bytes(2, "big")) for n in range(513))},
        "position zero": {"feeds": [[X, 0, X]]},
    }.items():
        cases.bad(f"cut list: {name}", "field", threshold(cut_list | changes))


def _forged_third(m, roots):
    payload = encode(m)
    pairs = [[s.key, s.sign("state", payload)] for s in roots]
    pairs[2][1] = pairs[1][1]
    return encode([payload, sorted(pairs)])


def _heads_and_proofs(cases, org):
    h = org.head(5, [["region:ecowas", 2, X], [FEED, 7, Y]])
    cases.good("head", single(h, org.node), h)
    empty = org.head(1, [], due=DAY)
    cases.good("first head, no lanes, due at once", single(empty, org.node), empty)
    for name, changes in {
        "beat zero": {"beat": 0},
        "due before its day": {"due": DAY - 1},
        "lanes unsorted": {"lanes": h["lanes"][::-1]},
        "circle feed": {"lanes": [["circle:" + "0a" * 32, 1, X]]},
        "position zero": {"lanes": [[FEED, 0, X]]},
        "129 lanes": {"lanes": [[f"topic:{n:03}", 1, X] for n in range(129)]},
    }.items():
        cases.bad(f"head: {name}", "field", single(h | changes, org.node))
    a = org.record([[FEED, 3, X]])
    b = a | {"day": DAY + 1}
    sa, sb = single(a, org.node), single(b, org.node)
    proof = equivocation(sa, sb)
    cases.good("two records at one position", threshold(proof), proof)
    swapped = proof | {"a": proof["b"], "b": proof["a"]}
    cases.bad("proof: ids in the wrong order", "field", threshold(swapped))
    cases.bad("proof: the same statement twice", "field", threshold(proof | {"b": proof["a"]}))
    bad_pair = lambda name, x, y: cases.bad(f"proof: {name}", "field", threshold(equivocation(x, y)))
    bad_pair("two positions", sa, single(a | {"lanes": [[FEED, 4, X]]}, org.node))
    bad_pair("two feeds", sa, single(a | {"lanes": [["topic:wells", 3, X]]}, org.node))
    bad_pair("two keys", sa, single(b | {"key": org.spare.key}, org.spare))
    bad_pair("two institutions", sa, single(b | {"inst": X}, org.node))
    bad_pair("one forged", sa, single(b, org.spare))
    bad_pair("one unsupported", sa, single(b | {"marking": "red"}, org.node))
    bad_pair("a record and a head", sa, single(h, org.node))
    cases.bad("proof: more than 4,608 bytes for two records", "field", threshold(proof | {"pad": b"\0" * 4_608}))
    cases.bad("signed proof", "envelope", threshold(proof, [org.node]))
    for name, other, good in (
        ("two heads with one beat", {"day": DAY + 1}, True),
        ("a later head lacks a feed", {"beat": 6, "lanes": h["lanes"][:1]}, True),
        ("a later head goes back", {"beat": 6, "lanes": [h["lanes"][0], [FEED, 6, X]]}, True),
        ("a later head ends the same position elsewhere", {"beat": 6, "lanes": [h["lanes"][0], [FEED, 7, X]]}, True),
        ("a later head goes on", {"beat": 6, "lanes": [h["lanes"][0], [FEED, 8, X]]}, False),
        ("a later head repeats", {"beat": 6}, False),
    ):
        p = equivocation(single(h, org.node), single(h | other, org.node))
        cases.good(name, threshold(p), p) if good else cases.bad(f"proof: {name}", "field", threshold(p))
    alarm = base("alarm", inst=org.id, key=org.node.key, state=X, against=org.spare.key, good=[[FEED, 3, X]])
    cases.good("alarm", single(alarm, org.node), alarm)
    cases.bad("alarm against itself", "field", single(alarm | {"against": org.node.key}, org.node))
    cases.bad("alarm: circle feed", "field", single(alarm | {"good": [["circle:" + "0a" * 32, 1, X]]}, org.node))


def _air_gap(cases, org):
    common = {"inst": org.id, "key": org.node.key, "state": X}
    m = base("manifest", **common, role="bundle", root=Y, frames=3, bytes=9_000, volumes=1, to=None)
    cases.good("manifest", single(m, org.node), m)
    for name, changes in {"role": {"role": "gift"}, "no volume": {"volumes": 0}, "no frame": {"frames": 0}}.items():
        cases.bad(f"manifest: {name}", "field", single(m | changes, org.node))
    m = base("custody", **common, of=Y, leg=1)
    cases.good("custody", single(m, org.node), m)
    cases.bad("custody: leg zero", "field", single(m | {"leg": 0}, org.node))
    holds = [[b"\xff" * 33, "registry", 4, X], [b"\xff" * 33, FEED, 2**53 - 1, Y]]
    m = base("receipt", **common, to=Y, about=None, holds=holds)
    cases.good("receipt; it names any 33 bytes as a key", single(m, org.node), m)
    cases.bad("receipt: unsorted", "field", single(m | {"holds": holds[::-1]}, org.node))
    cases.bad("receipt: addressed to nobody", "field", single(m | {"to": None}, org.node))
    many = [[b"\xff" * 33, f"topic:{n:03}", 1, X] for n in range(241)]
    cases.bad("receipt: 241 lanes", "field", single(m | {"holds": many}, org.node))


def _missing(cases, org, state):
    """Every required field of every type, taken away in turn."""
    common = {"inst": org.id, "key": org.node.key, "state": X}
    record = org.record([[FEED, 1, None]])
    proof = equivocation(single(record, org.node), single(record | {"day": 0}, org.node))
    unsigned = lambda m: threshold(m)
    by_roots = lambda m: threshold(m, org.roots(0)[:2])
    by_node = lambda m: single(m, org.node)
    for m, sign in (
        (org.founding, by_roots),
        (state, by_roots),
        (org.cut_list(org.node.key, {}), unsigned),
        (record, by_node),
        (org.head(1, []), by_node),
        (proof, unsigned),
        (base("alarm", **common, against=org.spare.key, good=[]), by_node),
        (base("manifest", **common, role="want", root=Y, frames=1, bytes=1, volumes=1, to=None), by_node),
        (base("custody", **common, of=Y, leg=1), by_node),
        (base("receipt", **common, to=Y, about=None, holds=[]), by_node),
    ):
        cases.good(f"{m['type']} with every field", sign(m), m)
        for name in m:
            if name not in ("type", "v", "net"):
                cases.bad(f"{m['type']} without {name}", "field", sign({k: v for k, v in m.items() if k != name}))
    payload = encode(org.founding)
    pairs = sorted([s.key, s.sign("inception", payload)] for s in org.roots(0)[:2])
    cases.bad("payload is text", "envelope", encode(["payload", pairs]))
    cases.bad("signatures are null", "envelope", encode([payload, None]))
    cases.bad("33 signatures", "envelope", encode([payload, sorted([Signer(f"many {n}").key, bytes(64)] for n in range(33))]))
    cases.bad("three in a pair", "envelope", encode([payload, [[*pairs[0], b""]]]))
    cases.bad("key of 32 bytes in a pair", "envelope", encode([payload, [[pairs[0][0][:-1], pairs[0][1]], pairs[1]]]))
    cases.bad("signature of 65 bytes in a pair", "envelope", encode([payload, [pairs[0], [pairs[1][0], pairs[1][1] + b"\0"]]]))


def parts():
    org = Institution("Savanna Dialogue")
    org.keep(org.next_state())
    r = single(org.record([[FEED, 1, None]]), org.node)
    card, body = part(CARD), part(BODY)
    raw = bytes(17)
    loose = single(org.record([[FEED, 1, None]], card=[blake(raw), 17]), org.node)
    longer = single(org.record([[FEED, 1, None]], card=[blake(card), len(card) + 1]), org.node)
    head = single(org.head(1, []), org.node)
    red = single(org.record([[FEED, 1, None]], marking="red"), org.node)
    cases = [
        ("both parts", encode([r, card, body]), "accept"),
        ("no part", encode([r, None, None]), "accept"),
        ("body alone", encode([r, None, body]), "accept"),
        ("a part whose content is no map", encode([loose, raw, None]), "accept"),
        ("head", encode([head, None, None]), "accept"),
        ("unsupported record", encode([red, card, body]), "unsupported"),
        ("parts exchanged", encode([r, body, card]), "part"),
        ("one bit of a part", encode([r, card[:-1] + bytes([card[-1] ^ 1]), None]), "part"),
        ("length differs", encode([longer, card, None]), "part"),
        ("a part beside a head", encode([head, card, None]), "envelope"),
        ("two elements", encode([r, card]), "envelope"),
        ("part is text", encode([r, "card", None]), "envelope"),
        ("a byte too many", encode([r, card, body]) + b"\0", "not-canonical"),
        ("more than 65,536 bytes", encode([r, card, bytes(65_536)]), "too-large"),
        ("forged record", encode([single(org.record([[FEED, 1, None]]), org.spare), card, body]), "signature"),
    ]
    plain = ("accept", "unsupported")
    return [
        {"name": name, "net": NETWORK, "item": item.hex()}
        | ({"expect": expect} if expect in plain else {"expect": "invalid", "code": expect})
        for name, item, expect in cases
    ]
