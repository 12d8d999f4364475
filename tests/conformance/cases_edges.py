"""Self-made cases for the bounds of sections 2, 4, 5, 6 and 11: each at its edge, and one over it."""

from builder import DAY, NETWORK, Institution, Signer, base, id_of, single, threshold
from fields import MAX_SAFE
from strict_cbor import blake, encode

FIRST_DAY, LAST_DAY = -719162, 2932896


def statement():
    cases = []

    def edge(name, good, bad, sign, code="field"):
        """Two payloads: at the edge, and one over."""
        for m, expect in ((good, "accept"), (bad, "invalid")):
            case = {"name": f"edge: {name}" if m is good else f"over the edge: {name}", "net": NETWORK, "bytes": sign(m).hex(), "expect": expect}
            if m is bad:
                case["code"] = code
            cases.append(case)

    org = Institution("Edge of the Plain")
    org.keep(org.next_state())
    node = lambda m: single(m, org.node)
    _authorities(edge, org)
    _states(edge, org)
    _lists(edge, org)
    _records(edge, org, node)
    _reached(edge, org, node)
    return cases


def _ids(count) -> list:
    return sorted(blake(bytes([n % 256, n // 256])) for n in range(count))


def _authorities(edge, org):
    everybody = sorted((Signer(f"edge root {n}") for n in range(17)), key=lambda s: s.key)

    def inception(roots=3, needed=2, **changes):
        return org.founding | {"roots": [s.key for s in everybody[:roots]], "threshold": needed} | changes

    sign = lambda m: threshold(m, [s for s in everybody if s.key in m["roots"]])
    edge("16 roots, and all must sign", inception(16, 16), inception(17, 16), sign)
    edge("a threshold of every root", inception(3, 3), inception(3, 4), sign)
    edge("16 digests", inception(next=_ids(16), next_threshold=16), inception(next=_ids(17), next_threshold=16), sign)
    edge("a threshold of every digest", inception(next=_ids(2), next_threshold=2), inception(next=_ids(2), next_threshold=3), sign)
    guarded = lambda count, k, jurisdictions: inception(recovery={"guardians": _ids(count), "k": k, "jurisdictions": jurisdictions})
    edge("32 guardians", guarded(32, 32, 32), guarded(33, 32, 32), sign)
    edge("as many guardians needed as there are", guarded(4, 4, 1), guarded(4, 5, 1), sign)
    edge("as many jurisdictions as guardians needed", guarded(4, 3, 3), guarded(4, 3, 4), sign)
    edge("the first day", inception(day=FIRST_DAY), inception(day=FIRST_DAY - 1), sign)
    edge("the last day", inception(day=LAST_DAY), inception(day=LAST_DAY + 1), sign)


def _states(edge, org):
    def state(**changes):
        return org.states[0] | changes

    edge("the highest version", state(version=MAX_SAFE), state(version=MAX_SAFE + 1), org.signed)
    delegated = lambda **changes: state(delegations=[org.delegation(org.node, **changes)])
    edge("a purpose of 32 characters", delegated(purpose="p" * 32), delegated(purpose="p" * 33), org.signed)
    for part in ("kinds", "feeds"):
        scope = lambda count: delegated(scope={part: [f"x{n:02}" for n in range(count)]})
        edge(f"32 {part} in a scope", scope(32), scope(33), org.signed)
        edge(f"one of {part} in a scope", scope(1), scope(0), org.signed)
    relation = lambda length: state(succession=[{"relation": "r" * length, "inst": None, "day": DAY}])
    edge("a relation of 32 characters", relation(32), relation(33), org.signed)
    edge("8 successions", state(succession=relation(7)["succession"] * 8), state(succession=relation(7)["succession"] * 9), org.signed)
    watched = lambda count, quorum: state(witnesses={"institutions": _ids(count), "quorum": quorum})
    edge("32 witnesses", watched(32, 32), watched(33, 32), org.signed)
    edge("a quorum of all", watched(2, 2), watched(2, 3), org.signed)
    edge("a quorum of one", watched(2, 1), watched(2, 0), org.signed)
    edge("4 sealing recipients of 2,560 bytes", state(sealing=["s" * 2_560] * 4), state(sealing=["s" * 2_560] * 3 + ["s" * 2_561]), org.signed)
    edge("4 sealing recipients", state(sealing=["s"] * 4), state(sealing=["s"] * 5), org.signed)
    wide = lambda size: state(profile=_padded(org.states[0]["profile"], size))
    edge("a profile of 8,192 bytes", wide(8_192), wide(8_193), org.signed)
    spare = sorted(Signer(f"edge key {n}").key for n in range(65))
    keys = lambda count: state(delegations=[{"key": key, "purpose": "sign", "scope": None, "expires": None} for key in spare[:count]])
    edge("64 delegations", keys(64), keys(65), org.signed)
    cuts = lambda count: state(cuts=[{"key": b"\x01" + id_, "reason": "retired", "list": None} for id_ in _ids(count)])
    edge("256 cuts", cuts(256), cuts(257), org.signed)


def _padded(profile: dict, size: int) -> dict:
    """The profile with a text that makes it so many bytes."""
    rest = size - len(encode(profile | {"pad": "x" * 256}))
    return profile | {"pad": "x" * (256 + rest)}


def _lists(edge, org):
    cut_list = lambda seq, adopted: org.cut_list(org.node.key, {"region:ecowas": (seq, blake(b"x"))}, _ids(adopted))
    edge("a cut at the last position", cut_list(MAX_SAFE, 0), cut_list(MAX_SAFE + 1, 0), threshold)
    edge("a cut at the first position", cut_list(1, 0), cut_list(0, 0), threshold)
    edge("512 adopted", cut_list(1, 512), cut_list(1, 513), threshold)
    # 34 bytes of hash and of id each, a position of one byte and the array: a list has no bound but the size of the statement.
    entries = lambda count, pad: org.cut_list(org.node.key, {}, feeds=[[id_, 1, id_] for id_ in _ids(count)], pad="x" * pad)
    rest = 61_440 - len(threshold(entries(800, 1_000)))
    edge("a cut list of 61,440 bytes", entries(800, 1_000 + rest), entries(800, 1_001 + rest), threshold, "too-large")


def _records(edge, org, node):
    def record(*lanes, **changes):
        return org.record(list(lanes) or [["region:ecowas", 1, None]], **changes)

    at = lambda seq: record(["region:ecowas", seq, blake(b"x")])
    edge("the last position", at(MAX_SAFE), at(MAX_SAFE + 1), node)
    feeds = lambda count: record(*([f"topic:{n}", 1, None] for n in range(count)))
    edge("8 lanes", feeds(8), feeds(9), node)
    named = lambda feed: record([feed, 1, None])
    edge("a feed of 48 bytes", named("topic:" + "x" * 42), named("topic:" + "x" * 43), node)
    edge("a prefix of 16 characters", named("t" * 16 + ":x"), named("t" * 17 + ":x"), node)
    edge("a rest of one character", named("topic:x"), named("topic:"), node)
    edge("a rest that begins with a digit", named("topic:0_"), named("topic:_0"), node)
    edge("a kind of 32 characters", record(kind="k" * 32), record(kind="k" * 33), node)
    edge("a kind of one character", record(kind="k"), record(kind=""), node)
    linked = lambda count: record(links=[["about", id_] for id_ in _ids(count)])
    edge("32 links", linked(32), linked(33), node)
    related = lambda length: record(links=[["r" * length, blake(b"x")]])
    edge("a link's relation of 32 characters", related(32), related(33), node)
    tagged = lambda lang: record(lang=lang)
    edge("a language of two letters", tagged("en"), tagged("e"), node)
    edge("a language of eight letters", tagged("abcdefgh"), tagged("abcdefghi"), node)
    edge("a subtag of eight", tagged("en-abcdefg1"), tagged("en-abcdefgh1"), node)
    edge("a language of 35 bytes", tagged("en-" + "abcdefgh-" * 3 + "abcde"), tagged("en-" + "abcdefgh-" * 3 + "abcdef"), node)
    for day, over in ((FIRST_DAY, FIRST_DAY - 1), (LAST_DAY, LAST_DAY + 1)):
        edge(f"the day {day}", record(day=day), record(day=over), node)
    parts = lambda card, body: record(card=[blake(b"c"), card], body=[blake(b"b"), body])
    edge("a card of 17 bytes", parts(17, 17), parts(16, 17), node)
    edge("a body of 17 bytes", parts(100, 17), parts(100, 16), node)
    edge("a card of 16,384 bytes", parts(16_384, 17), parts(16_385, 17), node)
    size = len(node(parts(17, 61_000)))
    edge("61,440 bytes with its parts", parts(17, 61_440 - size - 17), parts(17, 61_441 - size - 17), node)
    registry = lambda body: parts(17, body) | {"lanes": [["registry", 1, None]]}
    size = len(node(registry(16_000)))
    edge("16,384 bytes with its parts in registry", registry(16_384 - size - 17), registry(16_385 - size - 17), node)


def _reached(edge, org, node):
    ends = lambda count, seq=1: [[f"topic:{n:03}", seq, blake(b"x")] for n in range(count)]
    signed = {"inst": org.id, "key": org.node.key, "state": id_of(org.states[0])}
    edge("a head of 128 lanes", org.head(1, ends(128)), org.head(1, ends(129)), node)
    edge("a head at the last position", org.head(1, ends(1, MAX_SAFE)), org.head(1, ends(1, MAX_SAFE + 1)), node)
    edge("the last beat", org.head(MAX_SAFE, []), org.head(MAX_SAFE + 1, []), node)
    edge("the first beat", org.head(1, []), org.head(0, []), node)
    edge("due on its day", org.head(1, [], due=DAY), org.head(1, [], due=DAY - 1), node)
    alarm = lambda good: base("alarm", **signed, against=org.spare.key, good=good)
    edge("an alarm of 128 lanes", alarm(ends(128)), alarm(ends(129)), node)
    edge("an alarm at the last position", alarm(ends(1, MAX_SAFE)), alarm(ends(1, MAX_SAFE + 1)), node)
    hold = lambda count, seq=1: base("receipt", **signed, to=org.id, about=None, holds=[[org.node.key, *end] for end in ends(count, seq)])
    edge("a receipt of 240 lanes", hold(240), hold(241), node)
    edge("a receipt at the last position", hold(1, MAX_SAFE), hold(1, MAX_SAFE + 1), node)
    manifest = lambda **changes: base("manifest", **signed, role="want", root=blake(b"x"), frames=1, bytes=0, volumes=1, to=org.id) | changes
    edge("a manifest of no bytes", manifest(), manifest(bytes=-1), node)
    for part in ("frames", "volumes"):
        edge(f"a manifest, {part} 1", manifest(**{part: 1}), manifest(**{part: 0}), node)
    custody = lambda leg: base("custody", **signed, of=blake(b"x"), leg=leg)
    edge("the first leg", custody(1), custody(0), node)
