"""Self-made cases for section 15.2 to 15.6: written by hand, then some of chance whose answers are this implementation's."""

import random

import cases_words
from trust_format import answer

REGION = "region:ecowas"


def v(voucher, subject, level="identity", depth=0, **scope):
    return [voucher, subject, level, depth, scope]


def anchors(*partial, full=(), **scoped):
    said = {name: {"trust": "partial", "scope": scoped.get(name, {})} for name in partial}
    return said | {name: {"trust": "full", "scope": scoped.get(name, {})} for name in full}


def charter(signer, stewards, threshold=1, state=1, cso=1, **scope):
    return {
        "signer": signer,
        "scope": scope,
        "stewards": list(stewards),
        "threshold": threshold,
        "admission": {"state": state, "cso": cso},
    }


def words(vouches=(), charters=None, cosigns=(), state_bodies=None):
    return {
        "vouches": list(vouches),
        "charters": charters or {},
        "cosigns": [list(pair) for pair in cosigns],
        "state_bodies": state_bodies or {},
    }


def case(name, policy, said, standing, records=()):
    return {"name": name, "policy": policy, "words": said, "standing": standing, "records": [list(r) for r in records]}


def by_hand():
    two = anchors("a", "b")
    yes, no = {"s": "accepted"}, {"s": "none"}
    both = words([v("a", "s"), v("b", "s")])
    out = []

    def one(name, policy, vouches, standing, records=(), **more):
        out.append(case(name, {"anchors": two} | policy, words(vouches, **more), standing, records))

    # 15.2
    for name, policy in {
        "threshold 1": {"threshold": 1},
        "threshold 17": {"threshold": 17},
        "direct above threshold": {"threshold": 3, "direct": 4},
        "depth 0": {"depth": 0},
        "depth 3": {"depth": 3},
        "257 anchors": {"anchors": anchors(*(f"a{n}" for n in range(257)))},
        "65 charters": {"charters": {f"c{n}": {} for n in range(65)}},
        "4,097 refused": {"refused": [f"r{n}" for n in range(4_097)]},
    }.items():
        out.append({"name": f"policy: {name}", "policy": policy, "sound": False})
    for name, policy in {
        "threshold 16, all direct": {"threshold": 16, "direct": 16},
        "direct 0, depth 1, no level": {"direct": 0, "depth": 1, "levels": []},
        "256 anchors": {"anchors": anchors(*(f"a{n}" for n in range(256)))},
        "64 charters": {"charters": {f"c{n}": {} for n in range(64)}},
        "4,096 refused": {"refused": [f"r{n}" for n in range(4_096)]},
    }.items():
        out.append({"name": f"policy: {name}", "policy": policy, "sound": True})
    one("a refused anchor is none", {"refused": ["a"]}, both["vouches"], no | {"a": "none", "b": "accepted"})
    one("a refused subject", {"refused": ["s"]}, both["vouches"], no)
    one("refusing goes before a full anchor", {"anchors": anchors(full=["a"]), "refused": ["a"]}, [v("a", "s")], no | {"a": "none"})
    one("a level that is not listed", {}, [v("a", "s"), v("b", "s", "observer")], no)
    one("a level that is listed", {"levels": ["observer", "known"]}, [v("a", "s", "known"), v("b", "s", "observer")], yes)
    one("no level is listed", {"levels": []}, both["vouches"], no | {"a": "accepted"})

    # 15.3
    anywhere = [("s", "practice", [REGION], True), ("s", "lesson", ["topic:wells"], True), ("s", "practice", ["registry"], True)]
    one("without scopes", {}, both["vouches"], yes, anywhere)
    scoped = [v("a", "s", feeds=["region:*", "topic:wells"], kinds=["practice"]), v("b", "s")]
    one(
        "a vouch with feeds and kinds",
        {},
        scoped,
        yes,
        [
            ("s", "practice", [REGION], True),
            ("s", "practice", ["region:sadc"], True),
            ("s", "lesson", [REGION], False),
            ("s", "practice", ["topic:wells"], True),
            ("s", "practice", ["topic:wells.deep"], False),
            ("s", "practice", ["theme:trj"], False),
            ("s", "practice", [REGION, "theme:trj"], True),
            ("s", "practice", ["theme:trj", "topic:wells"], False),
            ("s", "revision", [REGION], True),
            ("s", "withdrawal", [REGION], True),
            ("s", "withdrawal", ["theme:trj"], False),
            ("s", "lesson", ["registry"], True),
        ],
    )
    one(
        "each of its regions must be covered",
        {},
        [v("a", "s", feeds=[REGION]), v("b", "s", feeds=["region:sadc", REGION])],
        yes,
        [("s", "practice", [REGION], True), ("s", "practice", [REGION, "region:sadc"], False)],
    )
    one(
        "an empty list of feeds covers nothing but any",
        {},
        [v("a", "s", feeds=[]), v("b", "s")],
        yes,
        [("s", "practice", [REGION], False), ("s", "revision", [REGION], False), ("s", "practice", ["registry"], True)],
    )
    one(
        "an empty list of kinds names the two that every list names",
        {},
        [v("a", "s", kinds=[]), v("b", "s")],
        yes,
        [("s", "practice", [REGION], False), ("s", "revision", [REGION], True), ("s", "withdrawal", [REGION], True)],
    )
    one("a star alone is every feed", {}, [v("a", "s", feeds=["*"]), v("b", "s")], yes, anywhere)
    one("a star is no pattern for kinds", {}, [v("a", "s", kinds=["*"]), v("b", "s")], yes, [("s", "practice", [REGION], False)])
    limited = {"anchors": anchors("a", "b", a={"kinds": ["practice"]})}
    one(
        "an anchor's scope limits its word, not itself",
        limited,
        both["vouches"],
        yes | {"a": "accepted"},
        [("s", "practice", [REGION], True), ("s", "lesson", [REGION], False), ("a", "lesson", [REGION], True)],
    )

    # 15.4
    one("one anchor of two", {}, [v("a", "s")], no)
    one("twice the same anchor", {}, [v("a", "s"), v("a", "s", "known")], no)
    one("a fully trusted anchor", {"anchors": anchors("b", full=["a"])}, [v("a", "s")], yes)
    one("a fully trusted anchor does not introduce alone", {"anchors": anchors("b", full=["a"])}, [v("a", "i", depth=1), v("i", "s")], no | {"i": "accepted"})
    introduced = [v("a", "s"), v("b", "i", depth=1), v("i", "s")]
    one("a direct path and an introduced one", {}, introduced, yes | {"i": "heard"})
    one("depth 1 knows no introducers", {"depth": 1}, introduced, no | {"i": "none"})
    one("not let introduce", {}, [v("a", "s"), v("b", "i"), v("i", "s")], no | {"i": "none"})
    one("an introducer that is refused", {"refused": ["i"]}, introduced, no | {"i": "none"})
    one("an introducer's vouch for an introducer goes no further", {}, [v("a", "s"), v("b", "i", depth=1), v("i", "j", depth=1), v("j", "s")], no | {"j": "none"})
    one("the same anchor directly and by an introducer", {}, [v("a", "s"), v("a", "i", depth=1), v("i", "s")], no)
    one("an anchor introduced by another", {}, [v("a", "b", depth=1), v("b", "s")], no)
    crossed = [v("a", "i", depth=1), v("b", "j", depth=1), v("a", "j", depth=1), v("i", "s"), v("j", "s")]
    one("two introducers, none direct", {}, crossed, no)
    one("two introducers, none asked to be direct", {"direct": 0}, crossed, yes)
    one("two anchors, one introducer", {"direct": 0}, [v("a", "i", depth=1), v("b", "i", depth=1), v("i", "s")], no)
    one("one anchor, two introducers", {"direct": 0}, [v("a", "i", depth=1), v("a", "j", depth=1), v("i", "s"), v("j", "s")], no)
    one("both paths must be direct", {"direct": 2}, introduced, no)
    one("the subject does not introduce itself", {"direct": 0}, [v("a", "s", depth=1), v("s", "s"), v("b", "i", depth=1), v("i", "s")], yes)
    one("a vouch for oneself", {"direct": 0}, [v("a", "s", depth=1), v("s", "s")], {"s": "heard"})
    greedy = [v("a", "i", depth=1), v("a", "j", depth=1), v("b", "i", depth=1), v("c", "j", depth=1), v("c", "k", depth=1), v("i", "s"), v("j", "s"), v("k", "s")]
    out.append(case("three paths that a greedy choice misses", {"anchors": anchors("a", "b", "c"), "threshold": 3, "direct": 0}, words(greedy), yes))
    out.append(case("of these, four are too many", {"anchors": anchors("a", "b", "c", "d"), "threshold": 4, "direct": 0}, words(greedy), no))
    one(
        "scopes of both vouches of a path",
        {},
        [v("a", "s"), v("b", "i", depth=1, feeds=[REGION]), v("i", "s", kinds=["practice"])],
        yes,
        [("s", "practice", [REGION], True), ("s", "lesson", [REGION], False), ("s", "practice", ["region:sadc"], False)],
    )

    # 15.5
    def by_charter(name, stated, policy, standing, records=(), vouches=(), cosigns=(), state_bodies=None):
        said = words(vouches, {"c": stated}, cosigns, state_bodies)
        out.append(case(name, {"charters": {"c": {}}} | policy, said, standing, records))

    pq, ok = charter("p", "pqr"), {"p": "accepted", "q": "accepted"}
    by_charter("stewards of a charter in force", pq, {}, ok | {"s": "none"})
    by_charter("a charter that is not accepted", pq, {"charters": {}}, {"p": "none", "q": "none"})
    by_charter("a charter short of agreement: its stewards are heard", pq | {"threshold": 2}, {}, {"p": "heard", "q": "heard"}, [("p", "vouch", ["registry"], True), ("p", "charter", ["registry"], False), ("p", "response", ["registry"], True), ("p", "response", [REGION], False)])
    by_charter("signed twice is agreed once", pq | {"threshold": 2}, {}, {"p": "heard"}, cosigns=[("p", "c")])
    by_charter("a cosignature makes the number", pq | {"threshold": 2}, {}, ok, cosigns=[("q", "c")])
    by_charter("who is no steward agrees for nobody", pq | {"threshold": 2}, {}, {"p": "heard", "x": "none"}, cosigns=[("x", "c")])
    by_charter("a signer that is no steward", charter("x", "pq"), {}, {"p": "heard", "x": "none"})
    by_charter("a refused steward's agreement", pq | {"threshold": 2}, {"refused": ["q"]}, {"p": "heard", "q": "none"}, cosigns=[("q", "c")])
    by_charter("a cosignature of another charter", pq | {"threshold": 2}, {}, {"p": "heard"}, cosigns=[("q", "d")])
    by_charter("threshold 0 is never in force", pq | {"threshold": 0}, {}, {"p": "heard"}, cosigns=[("q", "c"), ("r", "c")])
    by_charter("threshold above the stewards", pq | {"threshold": 4}, {}, {"p": "heard"}, cosigns=[("q", "c"), ("r", "c"), ("x", "c")])
    admits = charter("p", "pqr", state=2, cso=1)
    for name, said, count, standing in (
        ("a state body needs two", True, 1, "none"),
        ("a state body has two", True, 2, "accepted"),
        ("another needs one", False, 1, "accepted"),
        ("unknown needs the larger", None, 1, "none"),
        ("unknown has the larger", None, 2, "accepted"),
    ):
        bodies = {} if said is None else {"s": said}
        by_charter(f"admission: {name}", admits, {}, {"s": standing}, vouches=[v("q", "s"), v("r", "s")][:count], state_bodies=bodies)
    three = [v("p", "s"), v("q", "s"), v("r", "s")]
    for state, cso, said, standing in ((0, 1, True, "none"), (0, 1, False, "accepted"), (0, 1, None, "none"), (4, 1, True, "none"), (4, 1, None, "none"), (3, 0, None, "none"), (1, 3, None, "accepted")):
        bodies = {} if said is None else {"s": said}
        by_charter(f"admission of {state} and {cso}, state body {said}", charter("p", "pqr", state=state, cso=cso), {}, {"s": standing}, vouches=three, state_bodies=bodies)
    by_charter("a steward refused does not admit", charter("p", "pq"), {"refused": ["q"]}, {"s": "none"}, vouches=[v("q", "s")])
    by_charter("a steward's vouch of a level not listed", charter("p", "pq"), {}, {"s": "none"}, vouches=[v("q", "s", "observer")])
    by_charter("vouches of who is no steward", charter("p", "pq"), {}, {"s": "none"}, vouches=[v("x", "s")])
    by_charter("two vouches of one steward are one", charter("p", "pq", cso=2, state=2), {}, {"s": "none"}, vouches=[v("q", "s"), v("q", "s", "known")])
    by_charter("a steward that is refused is not accepted", pq, {"refused": ["q"]}, {"q": "none", "p": "accepted"})
    regional = charter("p", "pq", feeds=[REGION])
    by_charter(
        "as far as the charter and the policy reach",
        regional,
        {"charters": {"c": {"kinds": ["practice"]}}},
        {"s": "accepted", "q": "accepted"},
        [("s", "practice", [REGION], True), ("s", "lesson", [REGION], False), ("q", "practice", ["region:sadc"], False), ("q", "practice", [REGION], True), ("q", "practice", ["topic:wells"], False), ("q", "charter", ["registry"], True)],
        vouches=[v("q", "s")],
    )
    by_charter("a steward's vouch with a scope", charter("p", "pq"), {}, {"s": "accepted"}, [("s", "practice", [REGION], True), ("s", "practice", ["region:sadc"], False)], vouches=[v("q", "s", feeds=[REGION])])
    out.append(case("no charter undoes what another accepts", {"charters": {"c": {}, "d": {}}}, words([v("q", "s")], {"c": charter("p", "p", state=1, cso=0), "d": charter("q", "q", cso=1)}, state_bodies={"s": False}), yes))
    out.append(case("stewards of a charter do not add to an anchor", {"anchors": anchors("a"), "charters": {"c": {}}}, words([v("a", "s"), v("p", "s")], {"c": charter("p", "pq", cso=2, state=2)}), no))

    # 15.6
    out.append(case("heard says its words and no more", {"anchors": two}, words([v("a", "i", depth=1)]), {"i": "heard"}, [("i", kind, feeds, answer) for kind, feeds, answer in (("vouch", ["registry"], True), ("response", ["registry"], True), ("revision", ["registry"], True), ("withdrawal", ["registry"], True), ("charter", ["registry"], False), ("practice", ["registry"], False), ("vouch", [REGION], False), ("revision", [REGION], False))]))
    out.append(case("heard whatever the scope of the vouch and of the anchor", {"anchors": anchors("a", a={"kinds": ["lesson"]})}, words([v("a", "i", depth=1, feeds=[])]), {"i": "heard"}))
    out.append(case("not heard by a level not listed", {"anchors": two}, words([v("a", "i", "observer", depth=1)]), {"i": "none"}))
    out.append(case("not heard by who is no anchor", {"anchors": two}, words([v("a", "i", depth=1), v("i", "j", depth=1)]), {"j": "none"}))
    out.append(case("not heard by a refused anchor", {"anchors": two, "refused": ["a"]}, words([v("a", "i", depth=1)]), {"i": "none"}))
    out.append(case("refused is not heard", {"anchors": two, "refused": ["i"]}, words([v("a", "i", depth=1)]), {"i": "none"}))
    out.append(case("nobody and nothing", {}, words(), {"s": "none"}, [("s", "vouch", ["registry"], False)]))
    return out


class Chance:
    """Draws from a seed; `random()` alone is promised to stay the same from one Python to the next."""

    def __init__(self, seed):
        self.source = random.Random(seed)

    def one_in(self, n):
        return self.source.random() < 1 / n

    def among(self, values):
        return values[int(self.source.random() * len(values))]

    def some(self, values, one_in):
        return [value for value in values if self.one_in(one_in)]


FEEDS = [REGION, "region:sadc", "topic:wells", "theme:trj"]
KINDS = ["practice", "lesson", "revision"]


def _scope(chance):
    scope = {}
    if chance.one_in(4):
        scope["feeds"] = chance.some([*FEEDS, "region:*", "topic:*"], 2)
    if chance.one_in(5):
        scope["kinds"] = chance.some(["practice", "lesson"], 1.3) 
    return scope


def by_chance(seed):
    chance = Chance(seed)
    names = list("abcdefghij")[: chance.among([5, 6, 7, 8, 9])]
    anchored = names[: chance.among([1, 2, 3, 3, 4])]
    threshold = chance.among([2, 2, 2, 3, 3, 4])
    policy = {
        "anchors": {a: {"trust": "full" if chance.one_in(7) else "partial", "scope": _scope(chance)} for a in anchored},
        "threshold": threshold,
        "direct": min(threshold, chance.among([0, 0, 0, 1, 1, 2])),
        "depth": 1 if chance.one_in(6) else 2,
        "levels": ["identity", "known"] if chance.one_in(1.2) else ["known"],
        "charters": {},
        "refused": chance.some(names, 14),
    }
    dense = chance.among([2, 3, 4])
    vouches = [
        [a, b, chance.among(["identity", "known", "known", "observer"]), int(chance.one_in(1.5)), _scope(chance)]
        for a in names
        for b in names
        if chance.one_in(dense)
    ]
    charters = {}
    for name in chance.some(["k", "l"], 2):
        stewards = chance.some(names, 2) or [names[0]]
        charters[name] = charter(chance.among(stewards), stewards, chance.among([0, 1, 2, 2, 3]), chance.among([0, 1, 2, 3]), chance.among([0, 1, 2, 3]))
        charters[name]["scope"] = {"feeds": [chance.among(FEEDS[:2])]} if chance.one_in(2) else {}
        if chance.one_in(1.2):
            policy["charters"][name] = _scope(chance)
    cosigns = [[who, name] for name in charters for who in chance.some(names, 3)]
    state_bodies = {name: chance.one_in(2) for name in chance.some(names, 2)}
    feeds = [["registry"], [REGION], ["topic:wells"], ["region:sadc", "theme:trj"], [REGION, "region:sadc"], ["theme:trj", "topic:wells"]]
    asked = [[name, chance.among(KINDS), chance.among(feeds), False] for name in names]
    asked += [[name, chance.among(["vouch", "charter"]), ["registry"], False] for name in chance.some(names, 3)]
    made = case(f"chance {seed}", policy, words(vouches, charters, cosigns, state_bodies), dict.fromkeys(names, ""), asked)
    found, _ = answer(made)
    return made | found


def trust():
    return [*by_hand(), *cases_words.cases(), *(by_chance(seed) for seed in range(1, 201))]
