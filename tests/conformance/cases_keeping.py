"""Self-made cases for what is held besides what is good, and what is relayed: sections 6, 7 and 8."""

from builder import DAY, NETWORK, Institution, Signer, base, equivocation, id_of, single, threshold
from strict_cbor import blake

FEED, OTHER = "topic:water-points", "region:ecowas"


class Scene:
    """One institution with two node keys, its states, and what else is offered."""

    def __init__(self, label="Market Elders", **first):
        self.org = org = Institution(label)
        self.delegations = sorted((org.delegation(org.node), org.delegation(org.spare)), key=lambda d: d["key"])
        self.signers = {s.key: s for s in (org.node, org.spare)}
        self.states, self.others, self.lists = [], [], []
        self.pin(**({"delegations": self.delegations} | first))

    def pin(self, **changes):
        m = self.org.keep(self.org.next_state(**changes))
        self.states.append(self.org.signed(m))
        return m

    def say(self, m):
        """Signs and offers a payload of a node key."""
        self.others.append(single(m, self.signers[m["key"]]))
        return m

    def record(self, *lanes, **changes):
        return self.say(self.org.record(sorted(map(list, lanes)), **changes))

    def by_spare(self, *lanes, **changes):
        return self.record(*lanes, signer=self.org.spare, **changes)

    def lane(self, count, **changes):
        return [self.say(m) for m in self.org.chain(FEED, count, **changes)]

    def cut(self, entries=None, adopted=(), held=True, key=None, **changes):
        """The next state cuts the first key: by a list if entries are given; `held` tells whether the list is offered."""
        org, key = self.org, key or self.org.node.key
        listed = None
        if entries is not None:
            cut_list = org.cut_list(key, entries, adopted)
            listed = id_of(cut_list)
            if held:
                self.others.append(threshold(cut_list))
                self.lists.append(cut_list)
        cuts = [c for c in org.states[-1]["cuts"] if c["key"] != key] + [{"key": key, "reason": "compromised", "list": listed}]
        left = [d for d in org.states[-1]["delegations"] if d["key"] != key]
        return self.pin(delegations=left, cuts=sorted(cuts, key=lambda c: c["key"]), **changes)

    def alarm(self, good, signer=None, against=None, **changes):
        """By the second key about the first unless said otherwise; `good`: feed => seq."""
        org = self.org
        ends = [[feed, seq, blake(b"an end")] for feed, seq in sorted(good.items())]
        m = base("alarm", inst=org.id, key=(signer or org.spare).key, state=id_of(org.states[0]), against=against or org.node.key, good=ends)
        return self.say(m | changes)

    def case(self, name, verdicts=(), accepted=True, followed=(FEED,), heard=False, vouched=False, states=None, **asked):
        """`verdicts`, `leads` and `disputed` are pairs of a payload and the answer, `kept` payloads,
        `effects` (by, of, answer), `relayed` (payload, feed, answer).
        """
        mine = [self.org.id.hex()]
        made = {
            "name": name,
            "net": NETWORK,
            "statements": [raw.hex() for raw in (self.org.inception(), *(states or self.states), *self.others)],
            "accepted": mine if accepted else [],
            "followed": list(followed),
            "verdicts": _by_id(verdicts),
        }
        made |= {"heard": mine} if heard else {}
        made |= {"vouched": mine} if vouched else {}
        for part in ("leads", "disputed"):
            if part in asked:
                made[part] = _by_id(asked[part])
        if "kept" in asked:
            made["kept"] = sorted(id_of(m).hex() for m in asked["kept"])
        if "effects" in asked:
            made["effects"] = [[id_of(by).hex(), id_of(of).hex(), answer] for by, of, answer in asked["effects"]]
        if "relayed" in asked:
            made["relayed"] = [[id_of(m).hex(), feed, answer] for m, feed, answer in asked["relayed"]]
        return made


def _by_id(pairs) -> dict:
    return {id_of(m).hex(): answer for m, answer in pairs}


def cases():
    return [*_ways(), *_ways_of_several_cuts(), *_thirds(), *_alarms(), *_heads(), *_facts()]


# --- section 7: what a lane leads through ---


def _ways():
    def scene(seq=3):
        """A lane of four whose second record is also posted to a feed that the cut list does not name."""
        s = Scene()
        one = s.record([FEED, 1, None])
        two = s.record([FEED, 2, id_of(one)], [OTHER, 1, None])
        three = s.record([FEED, 3, id_of(two)])
        four = s.record([FEED, 4, id_of(three)])
        r = [one, two, three, four]
        s.cut({FEED: (seq, id_of(r[seq - 1]))})
        return s, r

    s, r = scene()
    fork = s.record([FEED, 2, id_of(r[0])], day=DAY + 9)
    yield s.case(
        "led: void for another feed, and on the way", [(r[0], "VALID"), (r[1], "VOID:cut"), (r[2], "VALID"), (r[3], "VOID:cut"), (fork, "VOID:cut")],
        leads=[(r[1], "yes"), (r[3], "no"), (fork, "no")],
        relayed=[(r[1], FEED, True), (r[1], OTHER, True), (r[1], "registry", False), (r[3], FEED, False), (fork, FEED, False), (r[0], FEED, True)],
    )
    yield s.case("led: and both feeds are followed", [(r[0], "VALID"), (r[1], "VOID:cut")], followed=(FEED, OTHER), leads=[(r[1], "yes")], relayed=[(r[1], OTHER, True)])
    yield s.case("led: in a feed not followed nothing is", [(r[1], "VOID:cut")], followed=(), leads=[(r[1], "no")], relayed=[(r[1], FEED, False)])
    yield s.case("led: by a feed not followed nothing is", [(r[1], "VOID:cut")], followed=(OTHER,), leads=[(r[1], "no")], relayed=[(r[1], OTHER, False)])
    yield s.case("led: not accepted, so not relayed", [(r[1], "VOID:cut"), (r[0], "QUARANTINED")], accepted=False, leads=[(r[1], "yes")], relayed=[(r[1], FEED, False)])
    s, r = scene()
    s.others.remove(single(r[1], s.org.node))
    yield s.case("led: without it nobody can judge what stands before", [(r[0], "PENDING:ancestry"), (r[2], "VALID")], relayed=[(r[0], FEED, False)])
    s, r = scene(4)
    s.others.remove(single(r[2], s.org.node))
    yield s.case(
        "led: open while a header on the way is not held", [(r[1], "VOID:cut"), (r[3], "VALID")],
        leads=[(r[1], "open"), (r[0], "open")], relayed=[(r[1], FEED, False)],
    )
    s, r = scene(2)
    yield s.case("led: the last record itself", [(r[0], "VALID"), (r[1], "VOID:cut")], leads=[(r[1], "yes")], relayed=[(r[1], FEED, True)])
    s = Scene()
    r = s.lane(3)
    s.cut({FEED: (3, id_of(r[2]))}, held=False)
    yield s.case("led: open while the list is not held", [(r[1], "PENDING:cut-list")], leads=[(r[1], "open")], relayed=[(r[1], FEED, False)])
    s = Scene()
    r = s.lane(3)
    s.cut()
    yield s.case("led: nothing by a cut without a list", [(r[1], "VOID:cut")], leads=[(r[1], "no")], relayed=[(r[1], FEED, False)])
    s = Scene()
    r = s.lane(3)
    s.cut({FEED: (2, id_of(r[1]))}, adopted=[id_of(r[2])])
    yield s.case("led: not through what is adopted, which is relayed all the same", [(r[2], "ADOPTED")], leads=[(r[2], "no")], relayed=[(r[2], FEED, True)])
    s = Scene()
    r = s.lane(2)
    foreign = s.by_spare([FEED, 3, id_of(r[1])])
    s.cut({FEED: (3, id_of(foreign))})
    yield s.case("led: not over a header of another key", [(r[1], "VOID:cut"), (foreign, "VALID")], leads=[(r[1], "no")], relayed=[(r[1], FEED, False)])
    s = Scene()
    r = s.lane(3)
    s.cut({FEED: (4, id_of(r[2]))})
    yield s.case("led: not from a last record at another position", [(r[1], "VOID:cut")], leads=[(r[1], "no"), (r[2], "no")])
    s = Scene()
    one = s.record(["registry", 1, None])
    two = s.record(["registry", 2, id_of(one)], day=DAY + 1)
    s.cut({"registry": (2, id_of(two))}, adopted=[])
    s.cut()
    yield s.case("led: in registry, which everybody follows", [(one, "VOID:cut")], followed=(), leads=[(one, "yes"), (two, "yes")], relayed=[(one, "registry", True)])
    s = Scene()
    both = s.record([FEED, 2, blake(b"x")], [OTHER, 1, None])
    s.cut({FEED: (3, blake(b"not held")), OTHER: (1, id_of(both))})
    yield s.case("led: one lane is enough while another is open", [(both, "PENDING:ancestry")], followed=(FEED, OTHER), leads=[(both, "yes")], relayed=[(both, FEED, False)])


def _ways_of_several_cuts():
    def lists(r):
        return {FEED: (2, id_of(r[1]))}, {FEED: (4, id_of(r[3]))}

    s = Scene()
    r = s.lane(5)
    tight, wide = lists(r)
    s.cut(tight)
    s.cut(wide)
    yield s.case(
        "led: by the later and wider of two lists", [(r[1], "VALID"), (r[2], "VOID:cut"), (r[3], "VOID:cut"), (r[4], "VOID:cut")],
        leads=[(r[2], "yes"), (r[3], "yes"), (r[4], "no")], relayed=[(r[2], FEED, True), (r[3], FEED, True), (r[4], FEED, False)],
    )
    s.cut()
    yield s.case("led: by lists that a cut without one follows", [(r[1], "VOID:cut"), (r[3], "VOID:cut")], leads=[(r[1], "yes"), (r[3], "yes"), (r[4], "no")])
    s = Scene()
    r = s.lane(5)
    s.cut()
    s.cut(wide)
    yield s.case("led: by a list that came after a cut without one", [(r[2], "VOID:cut")], leads=[(r[2], "yes"), (r[4], "no")], relayed=[(r[2], FEED, True)])
    s = Scene()
    r = s.lane(5)
    s.cut(tight, held=False)
    s.cut(wide)
    yield s.case("led: one list that leads is enough", [(r[2], "PENDING:cut-list"), (r[4], "VOID:cut")], leads=[(r[2], "yes"), (r[4], "open")], relayed=[(r[2], FEED, False), (r[4], FEED, False)])
    s = Scene()
    r = s.lane(5)
    s.cut(wide)
    old = s.org.roots(0)
    s.org.rotate()
    rotation = s.org.keep(s.org.next_state(cuts=[{"key": s.org.node.key, "reason": "compromised", "list": None}]))
    s.states.append(threshold(rotation, old[:2] + s.org.roots(1)[:2]))
    yield s.case("led: not by a list from before the rotation", [(r[2], "VOID:cut")], leads=[(r[2], "no")], relayed=[(r[2], FEED, False)])


# --- section 7: more than two records at one position ---


def _thirds():
    def three(s, prev, seq=2, count=3):
        return [s.record([FEED, seq, prev], day=DAY + 10 + n) for n in range(count)]

    for count in (3, 5):
        s = Scene()
        one = s.record([FEED, 1, None])
        several = three(s, id_of(one), count=count)
        yield s.case(
            f"one position: {count} records are {count} times contested", [(one, "VALID"), *((m, "CONTESTED") for m in several)],
            relayed=[(m, FEED, True) for m in several],
        )
    for n in range(3):
        s = Scene()
        one = s.record([FEED, 1, None])
        several = three(s, id_of(one))
        four = s.record([FEED, 3, id_of(several[n])])
        s.cut({FEED: (3, id_of(four))})
        yield s.case(
            f"one position: of three the cut says which, {n}", [(one, "VALID"), (four, "VALID"), *((m, "VALID" if m is several[n] else "VOID:cut") for m in several)],
            leads=[(m, "yes" if m is several[n] else "no") for m in several],
            relayed=[(m, FEED, m is several[n]) for m in several],
        )
    s = Scene()
    one = s.record([FEED, 1, None])
    several = three(s, id_of(one))
    s.cut({FEED: (1, id_of(one))}, adopted=[id_of(m) for m in several[1:]])
    yield s.case("one position: two of three are adopted", [(one, "VALID"), (several[0], "VOID:cut"), (several[1], "ADOPTED"), (several[2], "ADOPTED")])
    s = Scene()
    several = three(s, None, seq=1)
    unheld = s.record([FEED, 1, None], state=s.org.founding, day=DAY + 50)
    yield s.case("one position: three, and a fourth that is not held", [*((m, "CONTESTED") for m in several), (unheld, "VOID:not-delegated")])
    s = Scene()
    a = s.record([FEED, 1, None])
    b = s.record([FEED, 1, None], [OTHER, 1, None])
    c = s.record([OTHER, 1, None])
    yield s.case("one position: two feeds, three records", [(a, "CONTESTED"), (b, "CONTESTED"), (c, "CONTESTED")], followed=(FEED, OTHER))
    s = Scene()
    a, b, c = three(s, None, seq=1)
    proof = threshold(equivocation(single(a, s.org.node), single(b, s.org.node)))
    s.others = [proof, single(c, s.org.node)]
    yield s.case("one position: a proof of two, and only the third is held", [(c, "CONTESTED")], relayed=[(c, FEED, True)])


# --- section 6: alarms ---


def _alarms():
    def scene(**first):
        s = Scene(**first)
        return s, s.lane(4)

    by_id = lambda alarms: sorted(alarms, key=id_of)
    s, r = scene()
    alarm = s.alarm({FEED: 2})
    own = s.by_spare([FEED, 9, blake(b"x")])
    disputed = [(r[0], False), (r[1], False), (r[2], True), (r[3], True), (own, False)]
    yield s.case(
        "alarm: what lies beyond what it calls good", [(alarm, "VALID"), (r[3], "VALID")], kept=[alarm], disputed=disputed,
        relayed=[(alarm, "registry", True), (alarm, FEED, False), (r[3], FEED, True)],
    )
    yield s.case("alarm: of an institution not accepted", [(alarm, "QUARANTINED")], accepted=False, disputed=[(r[3], False)], relayed=[(alarm, "registry", False)])
    yield s.case("alarm: of an institution that is heard", [(alarm, "QUARANTINED")], accepted=False, heard=True, disputed=[(r[3], False)], relayed=[(alarm, "registry", False)])
    s, r = scene()
    alarm = s.alarm({OTHER: 9})
    yield s.case("alarm: a feed it does not name", [], kept=[alarm], disputed=[(r[0], True)])
    s, r = scene()
    alarm = s.alarm({})
    yield s.case("alarm: nothing is good", [], kept=[alarm], disputed=[(r[0], True)])
    s, r = scene()
    two = s.record([FEED, 5, id_of(r[3])], [OTHER, 2, blake(b"x")])
    alarm = s.alarm({FEED: 5, OTHER: 1})
    yield s.case("alarm: beyond in one of two feeds", [], kept=[alarm], disputed=[(two, True), (r[3], False)])

    # The smallest id of several; each is made so that the answer differs with the choice.
    for count in (2, 3, 4):
        s, r = scene()
        alarms = by_id([s.alarm({FEED: n}, day=DAY + n) for n in range(1, count + 1)])
        reach = alarms[0]["good"][0][1]
        yield s.case(f"alarm: of {count} the smallest id", [], kept=alarms[:1], disputed=[(m, n + 1 > reach) for n, m in enumerate(r)])
    market, third = Institution("Market Elders"), Signer("third")
    everybody = sorted(map(market.delegation, (market.node, market.spare, third)), key=lambda d: d["key"])
    s, r = scene(delegations=everybody)
    s.signers[third.key] = third
    one, two = s.alarm({FEED: 3}), s.alarm({FEED: 1}, signer=third)
    other = s.alarm({}, against=third.key)
    yield s.case("alarm: one of each key about each", [], kept=[one, two, other], disputed=[(r[0], False), (r[1], True), (r[3], True)])
    s.cut(key=third.key)
    yield s.case(
        "alarm: under a key that was cut", [(one, "VALID"), (two, "VOID:cut")], disputed=[(r[0], False), (r[1], False), (r[3], True)],
        relayed=[(two, "registry", False), (one, "registry", True)],
    )
    s, r = scene()
    alarm = s.alarm({FEED: 1})
    s.cut({FEED: (3, id_of(r[2]))})
    yield s.case("alarm: settled by a cut", [(alarm, "VALID"), (r[2], "VALID"), (r[3], "VOID:cut")], disputed=[(r[2], False), (r[3], False)], relayed=[(alarm, "registry", True)])
    s, r = scene()
    alarm = s.alarm({FEED: 1})
    s.cut()
    yield s.case("alarm: settled by a cut without a list", [(r[0], "VOID:cut")], disputed=[(r[0], False), (r[3], False)])

    # What steps 1 and 2 do not let pass does not take the place of what they do, be its id smaller.
    ways = {
        "its state is not held": ("PENDING:state", lambda s, d: s.alarm({}, day=d, state=blake(b"later"))),
        "its state is a rival": ("VOID:rival-state", lambda s, d: s.alarm({}, day=d, state=id_of(_rival(s)))),
        "its state is the inception": ("VOID:not-delegated", lambda s, d: s.alarm({}, day=d, state=s.org.id)),
    }
    for name, (verdict, make) in ways.items():
        s, r = scene()
        s.states.append(s.org.signed(_rival(s)))
        good = s.alarm({FEED: 2})
        bad = make(s, DAY)
        day = DAY
        while id_of(bad) > id_of(good):
            s.others.pop()
            day += 1
            bad = make(s, day)
        yield s.case(f"alarm: a smaller id, but {name}", [(good, "VALID"), (bad, verdict)], kept=[good], disputed=[(r[1], False), (r[2], True)], relayed=[(bad, "registry", False)])
    s = Scene()
    narrow = [s.org.delegation(s.org.node), s.org.delegation(s.org.spare, scope={"feeds": [OTHER], "kinds": ["lesson"]})]
    s = Scene(delegations=sorted(narrow, key=lambda d: d["key"]))
    r, alarm, head = s.lane(2), s.alarm({FEED: 1}), s.say(s.org.head(1, []) | {"key": s.org.spare.key})
    yield s.case("alarm: a scope limits neither alarms nor heads", [(alarm, "VALID"), (head, "VALID")], kept=[alarm, head], disputed=[(r[1], True)], relayed=[(head, "registry", True)])


def _rival(s):
    return s.org.states[0] | {"day": DAY + 1}


# --- sections 6 and 7: heads and what is not gossiped ---


def _heads():
    s = Scene()
    r = s.lane(2)
    heads = [s.say(s.org.head(beat, [[FEED, min(beat, 2), id_of(r[min(beat, 2) - 1])]])) for beat in (1, 3, 2)]
    elsewhere = s.say(s.org.head(1, []) | {"key": s.org.spare.key})
    undelegated = s.say(s.org.head(9, []) | {"state": s.org.id})
    early = s.say(s.org.head(8, []) | {"state": blake(b"later")})
    yield s.case(
        "head: the highest beat of each key", [(heads[1], "VALID"), (undelegated, "VOID:not-delegated"), (early, "PENDING:state")], kept=[heads[1], elsewhere],
        relayed=[(heads[1], "registry", True), (heads[1], FEED, False), (undelegated, "registry", False), (early, "registry", False)],
    )
    s.cut({FEED: (2, id_of(r[1]))})
    yield s.case("head: of a key that was cut", [(heads[1], "VOID:cut"), (elsewhere, "VALID"), (r[1], "VALID")], relayed=[(heads[1], "registry", False), (elsewhere, "registry", True)])
    s = Scene()
    signed = {"inst": s.org.id, "key": s.org.node.key, "state": id_of(s.org.states[0])}
    manifest = s.say(base("manifest", **signed, role="bundle", root=blake(b"root"), frames=1, bytes=9, volumes=1, to=None))
    custody = s.say(base("custody", **signed, of=id_of(manifest), leg=1))
    receipt = s.say(base("receipt", **signed, to=blake(b"to"), about=None, holds=[]))
    three = [manifest, custody, receipt]
    never = [(m, "registry", False) for m in three]
    yield s.case("air gap: valid and never relayed", [(m, "VALID") for m in three], relayed=never)
    yield s.case("air gap: not accepted", [(m, "QUARANTINED") for m in three], accepted=False, relayed=never)
    s.cut({})
    yield s.case("air gap: under a key that was cut", [(m, "VOID:cut") for m in three], relayed=never)


# --- section 8: what is not signed by a node key ---


def _facts():
    s = Scene()
    s.lane(2)
    s.cut({FEED: (1, blake(b"x"))})
    founding, first, second, cut_list = s.org.founding, *s.org.states, s.lists[0]
    everything = (founding, first, second, cut_list)
    yield s.case("facts: accepted", relayed=[(m, "registry", True) for m in everything] + [(m, FEED, False) for m in everything])
    yield s.case("facts: heard", accepted=False, heard=True, relayed=[(m, "registry", True) for m in everything])
    yield s.case("facts: an accepted vouch names it", accepted=False, vouched=True, relayed=[(m, "registry", m is not cut_list) for m in everything])
    yield s.case("facts: nobody knows it", accepted=False, relayed=[(m, "registry", False) for m in everything])
    s = Scene()
    rivals = sorted((s.org.states[0] | {"day": DAY + n} for n in (1, 2)), key=id_of)
    ahead = s.org.next_state() | {"version": 3}
    refused = s.org.next_state() | {"prev": blake(b"x")}
    s.states += [s.org.signed(m) for m in (*rivals, ahead, refused)]
    yield s.case(
        "facts: of states the pinned ones and the rivals that are kept",
        relayed=[(s.org.states[0], "registry", True), (rivals[0], "registry", True), (rivals[1], "registry", False), (ahead, "registry", False), (refused, "registry", False)],
    )
    s = Scene()
    unnamed = s.org.cut_list(s.org.node.key, {})
    s.others.append(threshold(unnamed))
    yield s.case("facts: a cut list that no state names", relayed=[(unnamed, "registry", False)])
    other_key = s.org.cut_list(s.org.spare.key, {})
    s.others.append(threshold(other_key))
    cuts = [{"key": s.org.node.key, "reason": "retired", "list": id_of(other_key)}]
    s.pin(delegations=[s.org.delegation(s.org.spare)], cuts=cuts)
    yield s.case("facts: a cut list that a cut of another key names", relayed=[(other_key, "registry", False)])
    s = Scene()
    of_rival = s.org.cut_list(s.org.node.key, {})
    s.others.append(threshold(of_rival))
    s.pin()
    cutting = s.org.states[1] | {"delegations": [s.org.delegation(s.org.spare)], "cuts": [{"key": s.org.node.key, "reason": "retired", "list": id_of(of_rival)}]}
    s.states.append(s.org.signed(cutting))
    yield s.case("facts: a cut list that only a rival state names", relayed=[(of_rival, "registry", False), (cutting, "registry", True)])
    for name, signer, first_state, then, answer in (
        ("of a delegated key", "node", {}, None, True),
        ("of a key that was delegated once", "node", {}, "cut", True),
        ("of a key that never was", "stranger", {}, None, False),
        ("of a key delegated for another purpose", "node", "witness", None, False),
    ):
        s = Scene()
        if first_state:
            s = Scene(delegations=[s.org.delegation(s.org.node, purpose=first_state)])
        by = s.org.node if signer == "node" else Signer("a stranger to all")
        two = [single(s.org.record([[FEED, 1, None]], signer=by, day=DAY + n), by) for n in (0, 1)]
        proof = equivocation(*two)
        s.others.append(threshold(proof))
        if then:
            s.cut()
        yield s.case(f"facts: a proof {name}", relayed=[(proof, "registry", answer), (proof, FEED, False)])
        yield s.case(f"facts: a proof {name}, of an institution that is heard", accepted=False, heard=True, relayed=[(proof, "registry", answer)])
        yield s.case(f"facts: a proof {name}, of an institution that is not", accepted=False, vouched=True, relayed=[(proof, "registry", False)])
