"""Self-made cases for section 4 (chains) and section 7 (verdicts)."""

import cases_orders
from builder import DAY, NETWORK, Institution, Signer, equivocation, id_of, single, threshold
from strict_cbor import blake

FEED, OTHER = "topic:water-points", "region:ecowas"


def chains():
    cases = []

    def case(name, org, *steps):
        cases.append(
            {
                "name": name,
                "net": NETWORK,
                "statements": [raw.hex() for raw in (org.inception(), *(raw for raw, _ in steps))],
                "expect": ["accepted", *(expect for _, expect in steps)],
            }
        )

    def founded(*more):
        org = Institution("Lagoon Archive")
        org.keep(org.next_state(delegations=delegated(org, org.node, *more)))
        return org

    def delegated(org, *signers):
        return sorted((org.delegation(s) for s in signers), key=lambda d: d["key"])

    def cut(signer, **more):
        return {"key": signer.key, "reason": "retired", "list": None} | more

    def update(name, expect, make, **how):
        """State 1, then the state that `make` changes."""
        org = founded()
        first = org.signed(org.states[0])
        second = org.next_state(**make(org))
        case(name, org, (first, "accepted"), (org.signed(second, **how), expect))

    org = founded()
    first = org.signed(org.states[0])
    case("state 1", org, (first, "accepted"))
    case("the same state again", org, (first, "held"), (first, "held"))
    cases[-1]["expect"][1] = "accepted"
    case("the same state with another pair of signatures", org, (first, "accepted"), (org.signed(org.states[0], org.roots(0)[1:]), "held"))
    case("another institution's", org, (org.signed(org.next_state(version=1, prev=org.id, inst=blake(b"x"))), "refused:chain-institution"))
    case("prev is not the inception", org, (org.signed(org.states[0] | {"prev": blake(b"x")}), "refused:chain-prev"))
    ahead = org.signed(org.next_state())
    case("a state ahead waits, and is accepted in its turn", org, (ahead, "waiting"), (first, "accepted"), (ahead, "accepted"))
    case("state 3 after state 1", org, (first, "accepted"), (org.signed(org.next_state(version=3)), "waiting"))
    case("a stranger signs as well", org, (org.signed(org.states[0], org.roots(0)[:2] + [org.node]), "refused:chain-signer"))

    update("an update of the profile", "accepted", lambda o: {"profile": o.states[0]["profile"] | {"lang": "fr"}})
    update("a second key", "accepted", lambda o: {"delegations": delegated(o, o.node, o.spare)})
    update("a key retired", "accepted", lambda o: {"delegations": [], "cuts": [cut(o.node)]})
    update("a delegation dropped without a cut", "refused:chain-delegation", lambda o: {"delegations": []})
    update("a delegation changed", "refused:chain-delegation", lambda o: {"delegations": [o.delegation(o.node, expires=DAY)]})
    update("a delegation with a new unknown field", "refused:chain-delegation", lambda o: {"delegations": [o.delegation(o.node, note="x")]})
    update("a key cut that was never delegated", "refused:chain-cut", lambda o: {"cuts": [cut(o.spare)]})
    update("the threshold lowered without the reserve", "refused:chain-next", lambda o: {"threshold": 1})
    update("the reserve replaced without the reserve", "refused:chain-next", lambda o: {"next": [Signer("thief").digest], "next_threshold": 1})
    update("guardians named without the reserve", "refused:chain-next", lambda o: {"recovery": {"guardians": [blake(b"g")], "k": 1, "jurisdictions": 1}})

    org = founded()
    first = org.signed(org.states[0])
    old, new = org.roots(0), org.roots(1)
    org.rotate()
    rotation = org.next_state()
    everyone = old[:2] + new[:2]
    case("rotation", org, (first, "accepted"), (threshold(rotation, everyone), "accepted"))
    case("rotation with all six", org, (first, "accepted"), (threshold(rotation, old + new), "accepted"))
    case("rotation: one old root", org, (first, "accepted"), (threshold(rotation, old[:1] + new), "refused:chain-threshold"))
    case("rotation: only new roots", org, (first, "accepted"), (threshold(rotation, new), "refused:chain-threshold"))
    thief = [Signer(f"thief {n}") for n in range(3)]
    stolen = rotation | {"roots": sorted(s.key for s in thief)}
    case("rotation to keys outside the reserve", org, (first, "accepted"), (threshold(stolen, old[:2] + thief), "refused:chain-next"))
    mixed = [new[0], *thief[:2]]
    half = rotation | {"roots": sorted(s.key for s in mixed)}
    case("rotation: one of two reserve keys", org, (first, "accepted"), (threshold(half, old[:2] + mixed), "refused:chain-next"))
    lost = [*new[:2], thief[0]]
    renewed = rotation | {"roots": sorted(s.key for s in lost)}
    case("rotation after one reserve key was lost", org, (first, "accepted"), (threshold(renewed, old[:2] + new[:2]), "accepted"))
    org.keep(rotation)
    after = org.next_state(profile=rotation["profile"] | {"lang": "ha"})
    done = threshold(rotation, everyone)
    case("an update by the new roots", org, (first, "accepted"), (done, "accepted"), (org.signed(after), "accepted"))
    case(
        "an old root signs an update after the rotation", org,
        (first, "accepted"), (done, "accepted"), (threshold(after, new[:2] + old[:1]), "refused:chain-signer"),
    )
    early = threshold(org.next_state(version=1, prev=org.id), old[:2] + new[:2])
    case("rotation in state 1", org, (early, "accepted"))

    org = founded()
    first = org.signed(org.states[0])
    rival = org.signed(org.states[0] | {"day": DAY + 1})
    third = org.signed(org.states[0] | {"day": DAY + 2})
    case("a rival, and another", org, (first, "accepted"), (rival, "rival"), (third, "rival"))
    case("the order of rivals decides who is pinned", org, (rival, "accepted"), (first, "rival"))
    second = org.next_state()
    case(
        "a rival of an older version", org,
        (first, "accepted"), (org.signed(second), "accepted"), (rival, "rival"), (org.signed(second | {"day": DAY + 1}), "rival"),
    )
    bad = org.signed(org.states[0] | {"day": DAY + 1, "cuts": [cut(org.spare)]})
    case("a different state 1 that breaks a rule is no rival", org, (first, "accepted"), (org.signed(second), "accepted"), (bad, "refused:chain-cut"))

    org = founded(Signer("Lagoon Archive spare"))
    first = org.signed(org.states[0])
    without = org.next_state(delegations=delegated(org, org.spare), cuts=[cut(org.node)])
    org.keep(without)
    steps = [(first, "accepted"), (org.signed(without), "accepted")]
    case("a cut is dropped", org, *steps, (org.signed(org.next_state(cuts=[])), "refused:chain-cut"))
    relisted = org.next_state(cuts=[cut(org.node, reason="compromised", list=blake(b"list"))])
    case("a cut gets another reason and a list", org, *steps, (org.signed(relisted), "accepted"))
    again = org.next_state(delegations=delegated(org, org.node, org.spare), cuts=[])
    case("a cut key is delegated again", org, *steps, (org.signed(again), "refused:chain-delegation"))
    cases_orders.chains(case)
    return cases


def verdicts():
    cases = []

    def case(name, org, states, statements, expected, accepted=True, followed=(FEED,)):
        """`states`: the signed states in the order of pinning; `expected`: pairs of a record's map and its verdict."""
        cases.append(
            {
                "name": name,
                "net": NETWORK,
                "statements": [raw.hex() for raw in (org.inception(), *states, *statements)],
                "accepted": [org.id.hex()] if accepted else [],
                "followed": list(followed),
                "verdicts": {id_of(m).hex(): verdict for m, verdict in expected},
            }
        )

    def founded(**changes):
        org = Institution("Hill Mediators")
        org.keep(org.next_state(**changes))
        return org, org.signed(org.states[0])

    org, first = founded()
    lane = org.chain(FEED, 5)
    sign = lambda m: single(m, org.node)
    signed = [sign(m) for m in lane]
    r = lane[0]
    case("valid", org, [first], signed[:2], [(lane[0], "VALID"), (lane[1], "VALID")])
    case("a gap does not make a record pending", org, [first], signed[4:], [(lane[4], "VALID")])
    case("not accepted", org, [first], signed[:1], [(r, "QUARANTINED")], accepted=False)
    case("the state is not known", org, [], signed[:1], [(r, "PENDING:state")])
    under = org.record([[FEED, 1, None]], org.founding)
    case("under the inception, which delegates nobody", org, [first], [sign(under)], [(under, "VOID:not-delegated")])
    foreign = org.record([[FEED, 1, None]], signer=org.spare)
    case("a key nobody delegated", org, [first], [single(foreign, org.spare)], [(foreign, "VOID:not-delegated")])
    rival = org.states[0] | {"day": DAY + 1}
    third = org.states[0] | {"day": DAY + 2}
    kept, dropped = sorted((rival, third), key=id_of)
    on = lambda state: org.record([[FEED, 1, None]], state)
    case("under a rival state", org, [first, org.signed(rival)], [sign(on(rival))], [(on(rival), "VOID:rival-state")])
    for name, order in (("smaller id first", (kept, dropped)), ("smaller id last", (dropped, kept))):
        case(
            f"of two rivals the smaller id is kept: {name}", org, [first, *map(org.signed, order)],
            [sign(on(kept)), sign(on(dropped))], [(on(kept), "VOID:rival-state"), (on(dropped), "PENDING:state")],
        )
    fork = lane[2] | {"day": DAY + 50}
    case("two records at one position", org, [first], [*signed[:4], sign(fork)], [
        (lane[1], "VALID"), (lane[2], "CONTESTED"), (fork, "CONTESTED"), (lane[3], "VALID")])
    case("contested but not accepted", org, [first], [signed[2], sign(fork)], [(fork, "QUARANTINED")], accepted=False)
    proof = threshold(equivocation(signed[2], sign(fork)))
    case("a proof without the records", org, [first], [proof, signed[2], signed[3]], [(lane[2], "CONTESTED"), (lane[3], "VALID")])
    third_way = lane[2] | {"day": DAY + 60}
    case("a proof names the position of a third record", org, [first], [proof, sign(third_way)], [(third_way, "CONTESTED")])
    a, b = org.record([[FEED, 1, None]]), org.record([[OTHER, 1, None]])
    case("one position number, two feeds", org, [first], [sign(a), sign(b)], [(a, "VALID"), (b, "VALID")])

    org, first = founded(delegations=[org.delegation(org.node, purpose="witness")])
    m = org.record([[FEED, 1, None]])
    case("delegated for another purpose", org, [first], [sign(m)], [(m, "VOID:not-delegated")])
    org, first = founded(delegations=[org.delegation(org.node, scope={"kinds": ["lesson"], "feeds": ["region:ecowas", "topic:*"]})])
    scoped = lambda feeds, kind="lesson": org.record([[f, 1, None] for f in feeds], kind=kind, day=len(feeds))
    inside, outside, kind = scoped([FEED]), scoped([FEED, "country:gha"][::-1]), scoped([OTHER], "practice")
    longer = scoped(["region:ecowas-north"])
    case("scope", org, [first], [sign(m) for m in (inside, outside, kind, longer)], [
        (inside, "VALID"), (outside, "VOID:scope"), (kind, "VOID:scope"), (longer, "VOID:scope")])
    case("a record outside its scope is not held and contests nothing", org, [first], [sign(scoped([FEED])), sign(scoped([FEED], "practice"))], [
        (scoped([FEED]), "VALID"), (scoped([FEED], "practice"), "VOID:scope")])

    # --- cuts ---
    def cutting(entries, adopted=(), **changes):
        """State 1 delegates the key, state 2 cuts it by a list of the given entries."""
        org, first = founded()
        cut_list = org.cut_list(org.node.key, entries, adopted, **changes)
        org.keep(org.next_state(delegations=[], cuts=[cut(id_of(cut_list))]))
        return org, [first, org.signed(org.states[1])], cut_list

    def cut(list_):
        return {"key": org.node.key, "reason": "compromised", "list": list_}

    ids = [id_of(m) for m in lane]
    bad = lane[3] | {"day": DAY + 70}  # made by the thief at position 4
    after_bad = org.record([[FEED, 5, id_of(bad)]], day=DAY + 71)
    org, states, listed = cutting({FEED: (3, ids[2])})
    listed = threshold(listed)
    all_held = [listed, *signed, sign(bad)]
    case("cut after position 3", org, states, all_held, [
        (lane[0], "VALID"), (lane[1], "VALID"), (lane[2], "VALID"), (lane[3], "VOID:cut"), (bad, "VOID:cut")])
    case("not accepted, and void stays void", org, states, all_held, [(lane[0], "QUARANTINED"), (lane[3], "VOID:cut")], accepted=False)
    case("the cut list is not held", org, states, signed, [(m, "PENDING:cut-list") for m in lane])
    case("the last good record is not held", org, states, [listed, *signed[:2]], [(lane[0], "PENDING:ancestry"), (lane[1], "PENDING:ancestry")])
    case("a header on the way is not held", org, states, [listed, signed[0], signed[2]], [(lane[0], "PENDING:ancestry"), (lane[2], "VALID")])
    case("the last good record needs no ancestry", org, states, [listed, signed[2]], [(lane[2], "VALID")])
    forged = lane[1] | {"day": DAY + 80}
    case("a back-dated record in an old position", org, states, [*all_held, sign(forged)], [(forged, "VOID:cut"), (lane[1], "VALID")])
    backdated_last = lane[2] | {"day": DAY + 81}
    case("another record at the last good position", org, states, [listed, sign(backdated_last)], [(backdated_last, "VOID:cut")])
    case("the feed is not followed", org, states, [listed, *signed, sign(forged)], [
        (forged, "VALID"), (lane[1], "VALID"), (lane[3], "VOID:cut")], followed=())
    elsewhere = org.record([[OTHER, 1, None]])
    case("a feed the list does not name", org, states, [listed, sign(elsewhere)], [(elsewhere, "VOID:cut")])
    both = org.record([[OTHER, 1, None], [FEED, 1, None]])
    case("one lane fails, another is open", org, states, [listed, sign(both)], [(both, "VOID:cut")])
    proof = threshold(equivocation(signed[1], sign(forged)))
    case("a cut settles what was contested", org, states, [listed, *signed[:3], sign(forged), proof], [(lane[1], "VALID"), (forged, "VOID:cut")])
    case("the headers inside a proof are not held", org, states, [listed, signed[0], signed[2], proof], [(lane[0], "PENDING:ancestry")])

    org, states, listed = cutting({FEED: (3, ids[2])}, adopted=[id_of(bad), ids[4]])
    listed = threshold(listed)
    case("adopted after the cut", org, states, [listed, *signed, sign(bad)], [(bad, "ADOPTED"), (lane[4], "ADOPTED"), (lane[3], "VOID:cut"), (lane[1], "VALID")])
    case("adopted but not accepted", org, states, [listed, sign(bad)], [(bad, "QUARANTINED")], accepted=False)

    org, states, listed = cutting({FEED: (5, ids[2])})
    case("the last record stands at another position", org, states, [threshold(listed), *signed], [(lane[0], "VOID:cut"), (lane[4], "VOID:cut")])
    org, states, listed = cutting({FEED: (3, id_of(foreign))})
    case("the last record is another key's and not delegated", org, states, [threshold(listed), single(foreign, org.spare), signed[0]], [(lane[0], "PENDING:ancestry")])
    org, states, listed = cutting({FEED: (3, ids[2])}, key=org.spare.key)
    case("a list about another key", org, states, [threshold(listed), *signed], [(lane[0], "PENDING:cut-list")])
    org, states, listed = cutting({FEED: (3, ids[2])}, inst=blake(b"x"))
    case("a list of another institution", org, states, [threshold(listed), *signed], [(lane[0], "PENDING:cut-list")])
    registry = org.record([["registry", 2, blake(b"r")]])
    org, states, listed = cutting({"registry": (3, blake(b"last"))})
    case("the registry is always followed", org, states, [threshold(listed), sign(registry)], [(registry, "PENDING:ancestry")], followed=())

    org, first = founded()
    org.keep(org.next_state(delegations=[], cuts=[cut(None)]))
    second = org.signed(org.states[1])
    case("a cut without a list", org, [first, second], signed, [(m, "VOID:cut") for m in lane])
    better = org.cut_list(org.node.key, {FEED: (3, ids[2])}, [ids[1]])
    org.keep(org.next_state(cuts=[cut(id_of(better))]))
    third = org.signed(org.states[2])
    healed = [(lane[0], "VOID:cut"), (lane[1], "ADOPTED")]
    case("a list by an update does not heal, except what it adopts", org, [first, second, third], [threshold(better), *signed], healed)
    case("failing outweighs open until the newest list is held", org, [first, second, third], signed, [(lane[0], "PENDING:cut-list")])
    org.states.pop()
    old = org.roots(0)
    org.rotate()
    org.keep(org.next_state(cuts=[cut(id_of(better))]))
    rotation = threshold(org.states[2], old[:2] + org.roots(1)[:2])
    case("a list by a rotation starts anew", org, [first, second, rotation], [threshold(better), *signed], [(lane[0], "VALID"), (lane[1], "VALID"), (lane[3], "VOID:cut")])
    cases.extend(cases_orders.verdicts())
    return cases
