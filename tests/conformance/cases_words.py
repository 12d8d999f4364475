"""Self-made cases for section 15.1: which records count, told by signed records with their bodies."""

from builder import CARD, DAY, NETWORK, Institution, id_of, part, single, threshold
from strict_cbor import blake, encode

SUBJECT = "s"
S = blake(SUBJECT.encode())
NULL = object()  # in changes: the field is null; None takes it away


class Scene:
    """One institution, two node keys, what was published, and what is asked about it."""

    def __init__(self, label="Dry Season Council", spare_scope=None, **profile):
        self.org = Institution(label)
        org = self.org
        self.delegations = sorted(
            (org.delegation(org.node), org.delegation(org.spare, scope=spare_scope)), key=lambda d: d["key"]
        )
        first = org.next_state(delegations=self.delegations)
        org.keep(first | {"profile": first["profile"] | profile})
        self.items = [encode([org.inception(), None, None]), encode([org.signed(org.states[0]), None, None])]
        self.ends = {}
        self.many = None

    def publish(self, kind, body, links=(), feed="registry", signer=None, held=True, raw=None, at=None, **changes):
        """A record at the end of its signer's lane, or at the position `at`; its id."""
        signer = signer or self.org.node
        seq, prev = at or self.ends.get((signer.key, feed), (1, None))
        card, sealed = part(CARD), part(body) if raw is None else raw
        m = self.org.record([[feed, seq, prev]], signer=signer, kind=kind, links=sorted(map(list, links)))
        m |= {"card": [blake(card), len(card)], "body": [blake(sealed), len(sealed)]} | changes
        self.ends[signer.key, feed] = (seq + 1, id_of(m))
        self.items.append(encode([single(m, signer), card, sealed if held else None]))
        return id_of(m)

    def vouch(self, changes=None, **how):
        body = {"subject": S, "level": "identity", "depth": 0} | (changes or {})
        return self.publish("vouch", _changed(body), **how)

    def charter(self, changes=None, **how):
        body = {
            "licence": "CC-BY-4.0",
            "attribution": "organisation",
            "region": "ecowas",
            "stewards": [self.org.id],
            "threshold": 1,
            "admission": {"state": 1, "cso": 1},
        }
        return self.publish("charter", _changed(body | (changes or {})), **how)

    def withdraw(self, *targets, **how):
        return self.publish("withdrawal", {"reason": "error"}, [("withdraws", t) for t in targets], **how)

    def revise(self, target, kind, body, **how):
        return self.publish("revision", {"revised_kind": kind, "reason": "A fault."} | body, [("revises", target)], **how)

    def cut(self, signer, adopted=None, entries=None):
        """The next state, which cuts the key, with a cut list if anything is said of one."""
        org, named = self.org, None
        if adopted is not None or entries is not None:
            cut_list = org.cut_list(signer.key, entries or {}, adopted or ())
            self.items.append(encode([threshold(cut_list), None, None]))
            named = id_of(cut_list)
        cut = {"key": signer.key, "reason": "compromised", "list": named}
        state = org.next_state(delegations=[d for d in self.delegations if d["key"] != signer.key], cuts=[cut])
        org.keep(state)
        self.items.append(encode([org.signed(state), None, None]))

    def fill(self, count, kind="vouch"):
        """Many records of the second key, far from each other's positions; their ids."""
        m = self.org.record([["registry", 2, blake(b"before")]], signer=self.org.spare, kind=kind)
        m |= {"links": [["responds-to", blake(b"x")], ["revises", blake(b"x")]]}
        self.many = {"seed": self.org.spare.seed.hex(), "record": encode(m).hex(), "count": count}
        return [id_of(m | {"lanes": [["registry", 2 + n, blake(b"before")]]}) for n in range(count)]

    def case(self, name, counts, standing=None, records=(), **policy):
        anchor = {self.org.id.hex(): {"trust": "full", "scope": {}}}
        return {
            "name": f"words: {name}",
            "net": NETWORK,
            "items": [item.hex() for item in self.items],
            **({"many": self.many} if self.many else {}),
            "policy": {"anchors": anchor} | policy,
            "counts": {id_.hex(): answer for id_, answer in counts.items()},
            "standing": standing or {},
            "records": [list(r) for r in records],
        }


def _changed(body: dict) -> dict:
    return {k: None if v is NULL else v for k, v in body.items() if v is not None}


def cases():
    return [*_places(), *_taken_away(), *_cuts(), *_bodies(), *_charters(), *_too_many()]


def _places():
    yes, no = {SUBJECT: "accepted"}, {SUBJECT: "none"}
    w = Scene()
    yield w.case("a vouch", {w.vouch(): True}, yes)
    w = Scene()
    yield w.case("a vouch beside registry", {w.vouch(feed="region:ecowas"): False}, no)
    w = Scene()
    yield w.case("a vouch under a state that is not known", {w.vouch(state=blake(b"x")): False}, no)
    w = Scene(spare_scope={"kinds": ["practice"]})
    yield w.case("a key that may not vouch", {w.vouch(signer=w.org.spare): False}, no)
    w = Scene()
    one, two = w.vouch(at=(1, None)), w.vouch({"subject": blake(b"t")}, at=(1, None))
    yield w.case("two words at one position", {one: False, two: False}, no | {"t": "none"})
    w = Scene()
    yield w.case("two vouches for one institution", {w.vouch(): True, w.vouch({"level": "known"}): True}, yes)
    w = Scene()
    yield w.case("a body that is not held", {w.vouch(held=False): False}, no)
    w = Scene()
    yield w.case("a body that is no map", {w.vouch(raw=bytes(16) + encode(["vouch"])): False}, no)
    w = Scene()
    yield w.case("a body that is no strict CBOR", {w.vouch(raw=bytes(16) + b"\xa1\x18"): False}, no)


def _taken_away():
    yes, no = {SUBJECT: "accepted"}, {SUBJECT: "none"}
    w = Scene()
    r = w.vouch()
    w.withdraw(r)
    yield w.case("a vouch that was withdrawn", {r: False}, no)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, signer=w.org.spare)
    yield w.case("withdrawn with the other key", {r: False}, no)
    for name, scope, ends in (
        ("may withdraw vouches", {"kinds": ["vouch", "withdrawal"]}, True),
        ("may withdraw but not vouch", {"kinds": ["withdrawal"]}, False),
        ("is limited to registry", {"feeds": ["registry"]}, True),
    ):
        w = Scene(spare_scope=scope)
        r = w.vouch()
        w.withdraw(r, signer=w.org.spare)
        yield w.case(f"a withdrawal by a key that {name}", {r: not ends}, no if ends else yes)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, feed="region:ecowas")
    yield w.case("a withdrawal that is not posted where the vouch is", {r: True}, yes)
    w = Scene()
    r = w.vouch()
    w.publish("withdrawal", {"reason": "error"}, [("withdraws", blake(b"x")), ("about", r)])
    yield w.case("a withdrawal that names it by another relation", {r: True}, yes)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, blake(b"x"))
    yield w.case("a withdrawal of what is held and of what is not", {r: False}, no)
    w = Scene()
    r, other = w.vouch(), w.publish("practice", {}, feed="region:ecowas")
    w.withdraw(r, other)
    yield w.case("a withdrawal that names a record of a feed it does not list besides", {r: False}, no)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, held=False)
    yield w.case("a withdrawal whose body is not held", {r: False}, no)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, at=(2, r))
    w.vouch({"subject": blake(b"t")}, at=(2, r))
    yield w.case("a contested withdrawal", {r: False}, no | {"t": "none"})
    w = Scene()
    r = w.vouch()
    w.withdraw(r, state=blake(b"x"))
    yield w.case("a withdrawal under a state that is not known", {r: True}, yes)
    w = Scene()
    r = w.vouch()
    w.withdraw(w.withdraw(r))
    yield w.case("a withdrawal that was withdrawn", {r: False}, no)
    w = Scene()
    r = w.vouch()
    new = w.revise(r, "vouch", {"subject": blake(b"t"), "level": "known", "depth": 0})
    yield w.case("a vouch revised", {r: False, new: True}, no | {"t": "accepted"})
    w = Scene()
    r = w.vouch()
    new = w.revise(r, "vouch", {"subject": blake(b"t"), "level": "known", "depth": 0})
    w.withdraw(new)
    yield w.case("a revision withdrawn", {r: False, new: False}, no | {"t": "none"})
    w = Scene()
    r = w.vouch()
    new = w.revise(r, "vouch", {"subject": blake(b"t")})
    yield w.case("a revision that does not read ends what it revises", {r: False, new: False}, no | {"t": "none"})
    w = Scene()
    r = w.vouch()
    new = w.revise(r, "vouch", {"subject": S, "level": "known", "depth": 1, "reason": 7})
    yield w.case("a revision with a fault that does not matter", {r: False, new: True}, yes)
    w = Scene()
    r = w.publish("practice", {}, feed="region:ecowas")
    new = w.revise(r, "vouch", {"subject": S, "level": "known", "depth": 0})
    yield w.case("a revision without effect is a vouch all the same", {new: True}, yes)
    w = Scene()
    old = w.charter()
    new = w.revise(old, "charter", {"network": "wells", "stewards": [w.org.id, S], "threshold": 1, "admission": {"state": 1, "cso": 1}})
    yield w.case("a charter revised is another charter", {old: False, new: True}, no, charters={old.hex(): {}})
    yield w.case("the revised charter accepted", {old: False, new: True}, yes, [("s", "practice", ["region:sadc"], True)], charters={new.hex(): {}})


def _cuts():
    yes, no = {SUBJECT: "accepted"}, {SUBJECT: "none"}
    w = Scene()
    r = w.vouch(signer=w.org.spare)
    w.cut(w.org.spare)
    yield w.case("a vouch that a cut voids", {r: False}, no)
    w = Scene()
    r = w.vouch(signer=w.org.spare)
    w.cut(w.org.spare, adopted=[r])
    yield w.case("a vouch that a cut list adopts", {r: True}, yes)
    w = Scene()
    r = w.vouch(signer=w.org.spare)
    w.cut(w.org.spare, entries={"registry": (1, r)})
    yield w.case("a vouch before the cut", {r: True}, yes)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, signer=w.org.spare)
    w.cut(w.org.spare)
    yield w.case("a withdrawal that a cut voids", {r: True}, yes)
    w = Scene()
    r = w.vouch()
    w.cut(w.org.spare, adopted=[w.withdraw(r, signer=w.org.spare)])
    yield w.case("a withdrawal that a cut list adopts", {r: False}, no)
    w = Scene()
    r = w.vouch()
    w.withdraw(r, signer=w.org.spare)
    w.cut(w.org.spare, adopted=[])
    w.items = [item for item in w.items if b"cut-list" not in item]
    yield w.case("a withdrawal whose cut list is not held", {r: True}, yes)


def _bodies():
    for name, changes, counts in (
        ("no subject", {"subject": None}, False),
        ("a subject of 31 bytes", {"subject": bytes(31)}, False),
        ("a level not of the list", {"level": "friend"}, False),
        ("no level", {"level": None}, False),
        ("depth 2", {"depth": 2}, False),
        ("no depth", {"depth": None}, False),
        ("depth true", {"depth": True}, False),
        ("a scope that is a list", {"scope": []}, False),
        ("a scope that is null", {"scope": NULL}, False),
        ("regions that are null", {"scope": {"regions": None}}, False),
        ("an empty scope", {"scope": {}}, True),
        ("regions that are a text", {"scope": {"regions": "ecowas"}}, False),
        ("a region twice", {"scope": {"regions": ["ecowas", "ecowas"]}}, False),
        ("a region with capitals", {"scope": {"regions": ["ECOWAS"]}}, False),
        ("a region with a star", {"scope": {"regions": ["e*"]}}, False),
        ("17 regions", {"scope": {"regions": [f"r{n:02}" for n in range(17)]}}, False),
        ("16 regions", {"scope": {"regions": [f"r{n:02}" for n in range(16)]}}, True),
        ("a kind with capitals", {"scope": {"kinds": ["Practice"]}}, False),
        ("a kind twice", {"scope": {"kinds": ["practice", "practice"]}}, False),
        ("a scope with an unknown member", {"scope": {"days": 7}}, True),
        ("faults in other fields", {"expires": "never", "evidence": 7, "themes": "all", "countries": ["gh"]}, True),
        ("a day of its own choice long past", {"expires": "1997-12-31"}, True),
    ):
        w = Scene()
        yield w.case(name, {w.vouch(changes): counts}, {SUBJECT: "accepted" if counts else "none"})
    w = Scene()
    r = w.vouch({"scope": {"regions": ["ecowas"], "kinds": ["practice"]}})
    yield w.case(
        "regions are feeds",
        {r: True},
        {SUBJECT: "accepted"},
        [("s", "practice", ["region:ecowas"], True), ("s", "lesson", ["region:ecowas"], False)],
    )
    w = Scene()
    yield w.case("a scope that names nothing", {w.vouch({"scope": {"regions": []}}): True}, {SUBJECT: "accepted"}, [("s", "practice", ["region:ecowas"], False)])
    w = Scene()
    r = w.vouch({"depth": 1})
    w.publish("vouch", {"subject": w.org.id, "level": "identity", "depth": 1})
    yield w.case("who is let introduce is heard", {r: True}, {SUBJECT: "heard"}, anchors={w.org.id.hex(): {"trust": "partial", "scope": {}}})


def _charters():
    for name, changes, counts in (
        ("a charter", {}, True),
        ("a region that is null", {"region": NULL, "network": "wells"}, False),
        ("of a network", {"region": None, "network": "wells"}, True),
        ("of neither", {"region": None}, False),
        ("of both, the region does not read", {"region": 7, "network": "wells"}, False),
        ("of both, the network does not read", {"network": 7}, True),
        ("a region with a star", {"region": "e*"}, False),
        ("a region that is no code", {"region": "West Africa"}, False),
        ("a network by a name of two lines", {"region": None, "network": "wells\nand herds"}, True),
        ("a network without letters", {"region": None, "network": ""}, True),
        ("no steward", {"stewards": []}, False),
        ("a steward twice", {"stewards": [S, S]}, False),
        ("65 stewards", {"stewards": [blake(bytes([n])) for n in range(65)]}, False),
        ("64 stewards", {"stewards": [blake(bytes([n])) for n in range(64)]}, True),
        ("a negative threshold", {"threshold": -1}, False),
        ("no threshold", {"threshold": None}, False),
        ("a threshold of 0", {"threshold": 0}, True),
        ("a threshold above its stewards", {"threshold": 3}, True),
        ("no admission", {"admission": None}, False),
        ("admission of state bodies only", {"admission": {"state": 1}}, False),
        ("faults in other fields", {"licence": 7, "attribution": None, "sections": []}, True),
    ):
        w = Scene()
        c = w.charter(changes)
        yield w.case(f"charter: {name}", {c: counts}, charters={c.hex(): {}})
    region = [("s", "practice", ["region:ecowas"], True), ("s", "practice", ["region:sadc"], False)]
    w = Scene()
    c = w.charter({"network": "wells", "stewards": [w.org.id, S]})
    yield w.case("charter: of both, the region counts", {c: True}, {"s": "accepted"}, region, charters={c.hex(): {}})
    w = Scene()
    c = w.charter({"stewards": [w.org.id, S], "threshold": 2})
    yield w.case("charter: one of two agreed", {c: True}, {"s": "heard"}, charters={c.hex(): {}})
    w = Scene()
    c, d = w.charter({"stewards": [w.org.id, S]}, day=DAY), blake(b"another")
    r = w.publish("response", {"stance": "cosign"}, [("responds-to", c), ("responds-to", d)])
    yield w.case("cosigning two records at once", {c: True, r: True}, charters={c.hex(): {}})
    yield from _agreement()


def _agreement():
    """A charter of another's: it is in force only if this institution's cosignature counts."""
    for name, body, feed, withdrawn, agreed in (
        ("a cosignature", {"stance": "cosign"}, "registry", False, True),
        ("an endorsement", {"stance": "endorse"}, "registry", False, False),
        ("a response without a stance", {}, "registry", False, False),
        ("a cosignature beside registry", {"stance": "cosign"}, "topic:wells", False, False),
        ("a cosignature withdrawn", {"stance": "cosign"}, "registry", True, False),
    ):
        w, author = Scene(), Scene("Wells Forum")
        c = author.charter({"stewards": [w.org.id, S]})
        w.items += author.items
        r = w.publish("response", body, [("responds-to", c)], feed=feed)
        if withdrawn:
            w.withdraw(r)
        counts = {c: True} | ({r: agreed} if "stance" in body and body["stance"] == "cosign" else {})
        yield w.case(f"charter: {name}", counts, {"s": "accepted" if agreed else "heard"}, charters={c.hex(): {}})
    for says, standing in ((True, "none"), (False, "accepted"), (None, "none")):
        w, candidate = Scene(), Scene("Wells Forum", **({} if says is None else {"state_body": says}))
        c = w.charter({"stewards": [w.org.id, S], "admission": {"state": 2, "cso": 1}})
        w.items += candidate.items
        r = w.vouch({"subject": candidate.org.id})
        name = f"charter: a profile whose state_body is {says}"
        yield w.case(name, {c: True, r: True}, {candidate.org.id.hex(): standing}, charters={c.hex(): {}}, anchors={})
    w, stranger = Scene(), Scene("Wells Forum")
    r = w.vouch()
    w.items += stranger.items
    stranger.items.clear()
    stranger.withdraw(r)
    w.items += stranger.items
    yield w.case("a withdrawal by another institution", {r: True}, {SUBJECT: "accepted"})


MOST = 4_096


def _too_many():
    """Rule 5: of the records of one institution the 4,096 with the smallest ids."""
    yes, no = {SUBJECT: "accepted"}, {SUBJECT: "none"}

    def scene(count, wanted, kind="vouch", label="Dry Season Council"):
        """So many records, and a vouch whose id is as wanted among theirs."""
        w = Scene(label)
        ids, day = w.fill(count, kind), DAY
        while True:
            r = w.vouch(day=day, at=(1, None))
            if wanted(r, ids):
                return w, r
            w.items.pop()
            day += 1

    def largest(r, ids):
        return r > max(ids)

    def last_but_one(r, ids):
        return sum(r < other for other in ids) == 1

    w, r = scene(MOST - 1, largest)
    yield w.case("many: the largest id of 4,096", {r: True}, yes)
    w, r = scene(MOST, largest)
    yield w.case("many: the largest id of 4,097", {r: False}, no)
    w.withdraw(r)
    yield w.case("many: what does not count may be withdrawn, and counts no more for it", {r: False}, no)
    w, r = scene(MOST, last_but_one)
    yield w.case("many: the last but one of 4,097", {r: True}, yes)
    for kind in ("charter", "response", "revision"):
        w, r = scene(MOST, largest, kind)
        yield w.case(f"many: 4,096 of kind {kind} before it", {r: False}, no)
    for kind in ("practice", "withdrawal"):
        w = Scene()
        m = w.org.record([["registry", 2, blake(b"before")]], signer=w.org.spare, kind=kind)
        m |= {"links": [["withdraws", blake(b"x")]]}
        w.many = {"seed": w.org.spare.seed.hex(), "record": encode(m).hex(), "count": 2 * MOST}
        yield w.case(f"many: records of kind {kind} are not among them", {w.vouch(): True}, yes)
    w, r = scene(MOST, largest)
    w.cut(w.org.spare)
    yield w.case("many: those that a cut voids are among them", {r: False}, no)
    w, r = scene(MOST, largest)
    m = w.org.record([["topic:wells", 2, blake(b"before")]], signer=w.org.spare, kind="vouch")
    w.many = {"seed": w.org.spare.seed.hex(), "record": encode(m).hex(), "count": MOST}
    yield w.case("many: those beside registry are not among them", {r: True}, yes)
    w, other = Scene("Wells Forum"), Scene()
    other.fill(MOST)
    w.items, w.many = other.items + w.items, other.many
    yield w.case("many: those of another institution are not among them", {w.vouch(): True}, yes)
