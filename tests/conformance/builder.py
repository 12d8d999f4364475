"""Makes statements from the specification alone. Every key comes from a label, so the vectors are the same on every run."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import keys
from strict_cbor import blake, decode, encode, net_id

NETWORK = "indaba"
NET = net_id(NETWORK)
DAY = 20_000  # 2024-10-04


class Signer:
    def __init__(self, label: str):
        self.seed = blake(b"conformance " + label.encode())
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.key = b"\x01" + self.private.public_key().public_bytes_raw()
        self.digest = keys.digest(self.key)

    def sign(self, type_: str, payload: bytes, net: bytes = NET) -> bytes:
        return self.private.sign(keys.signed_bytes(type_, net, payload))


def id_of(m: dict) -> bytes:
    return blake(encode(m))


def single(m: dict, signer: Signer) -> bytes:
    payload = encode(m)
    return encode([keys.PROTECTED, {}, payload, signer.sign(m["type"], payload, m["net"])])


def threshold(m: dict, signers=()) -> bytes:
    payload = encode(m)
    pairs = sorted([s.key, s.sign(m["type"], payload, m["net"])] for s in signers)
    return encode([payload, pairs])


def base(type_: str, **more) -> dict:
    return {"type": type_, "v": 1, "net": NET, "day": DAY} | more


class Institution:
    """Two of three root keys, two of three in reserve, one node key and one spare."""

    def __init__(self, label: str):
        self.label = label
        self.generation = 0
        self.node = Signer(f"{label} node")
        self.spare = Signer(f"{label} spare")
        self.founding = base("inception", **self.control())
        self.id = id_of(self.founding)
        self.states = []

    def roots(self, generation: int) -> list:
        return sorted((Signer(f"{self.label} root {generation}.{n}") for n in range(3)), key=lambda s: s.key)

    def control(self) -> dict:
        return {
            "roots": [s.key for s in self.roots(self.generation)],
            "threshold": 2,
            "next": sorted(s.digest for s in self.roots(self.generation + 1)),
            "next_threshold": 2,
            "recovery": None,
        }

    def inception(self) -> bytes:
        return threshold(self.founding, self.roots(0)[:2])

    def delegation(self, signer: Signer, **more) -> dict:
        return {"key": signer.key, "purpose": "sign", "scope": None, "expires": None} | more

    def next_state(self, **changes) -> dict:
        """The successor of the newest state: the same, but for the changes."""
        before = self.states[-1] if self.states else {}
        m = base(
            "state",
            inst=self.id,
            version=len(self.states) + 1,
            prev=id_of(before or self.founding),
            profile={"name": f"{self.label} (example)", "kind": "cso", "lang": "en", "listed": True},
            sealing=[],
            delegations=before.get("delegations", [self.delegation(self.node)]),
            cuts=before.get("cuts", []),
            succession=[],
            witnesses=None,
            **self.control(),
        )
        return m | changes

    def keep(self, m: dict) -> dict:
        self.states.append(m)
        return m

    def signed(self, m: dict, signers=None) -> bytes:
        return threshold(m, self.roots(self.generation)[:2] if signers is None else signers)

    def rotate(self) -> None:
        self.generation += 1

    def record(self, lanes, state=None, signer=None, **changes) -> dict:
        card, body = part(CARD), part(BODY)
        m = base(
            "record",
            inst=self.id,
            key=(signer or self.node).key,
            state=id_of(state or self.states[0]),
            kind="practice",
            lanes=lanes,
            links=[],
            lang="en",
            marking="clear",
            card=[blake(card), len(card)],
            body=[blake(body), len(body)],
        )
        return m | changes

    def chain(self, feed: str, count: int, state=None, **changes) -> list:
        """`count` records of the node key, one after the other in one lane."""
        records, prev = [], None
        for seq in range(1, count + 1):
            records.append(self.record([[feed, seq, prev]], state, day=DAY + seq, **changes))
            prev = id_of(records[-1])
        return records

    def head(self, beat: int, lanes, **changes) -> dict:
        m = base("head", inst=self.id, key=self.node.key, state=id_of(self.states[0]), beat=beat, lanes=lanes, due=DAY + 30)
        return m | changes

    def cut_list(self, about: bytes, entries: dict, adopted=(), **changes) -> dict:
        """`entries`: feed => (seq, last)."""
        feeds = sorted([blake(feed.encode()), seq, last] for feed, (seq, last) in entries.items())
        return base("cut-list", inst=self.id, key=about, feeds=feeds, adopted=sorted(adopted)) | changes


SALT = bytes(range(16))  # in the vectors the random bytes are fixed


def part(content: dict) -> bytes:
    return SALT + encode(content)


CARD = {"title": "Listening circles at water points", "summary": "Herders and farmers meet before the dry season."}
BODY = {
    "licence": "CC-BY-4.0",
    "attribution": "organisation",
    "sections": {"challenge": "Wells were shared without agreement.", "solution": "A calendar agreed each year."},
}


def equivocation(a: bytes, b: bytes) -> dict:
    """`a` and `b` in the order of their ids."""
    a, b = sorted((a, b), key=lambda raw: blake(decode(raw)[2]))
    m = base("equivocation", a=a, b=b)
    del m["day"]
    return m
