"""Self-made cases in which more than one rule of sections 4 and 7 has something to say: which one decides."""

from builder import DAY, Institution, Signer, id_of, single, threshold
from cases_keeping import FEED, OTHER, Scene
from strict_cbor import blake


def chains(case):
    """States that break two rows of the table: the first one decides. `case` is that of cases_states."""

    def org_of():
        org = Institution("Coastal Forum")
        org.keep(org.next_state())
        return org

    stranger, thief = Signer("passer-by"), Signer("thief of the coast")
    other = blake(b"another")
    cut = {"key": stranger.key, "reason": "retired", "list": None}
    broken = (
        ("institution", {"inst": other}, ()),
        ("prev", {"prev": other}, ()),
        ("signer", {}, (stranger,)),
        ("threshold", {}, "one"),
        ("next", {"next": [thief.digest], "next_threshold": 1}, ()),
        ("delegation", {"delegations": []}, ()),
        ("cut", {"cuts": [cut]}, ()),
    )
    for at, (first, changes, signers) in enumerate(broken):
        for second, more, others in broken[at + 1 :]:
            org = org_of()
            m = org.next_state(**(changes | more))
            # One of the old roots only, and a new one to meet the state's own threshold.
            roots = org.roots(0)[:2]
            if "one" in (signers, others):
                kept = [org.roots(0)[0], *org.roots(1)[:2]]
                m |= {"roots": sorted(s.key for s in kept)}
                roots = [kept[0], kept[1]]
                if second != "next" and "next" not in changes:
                    m |= {"threshold": 2}
            extra = [s for who in (signers, others) if who != "one" for s in who]
            case(
                f"two rows broken: {first} before {second}", org, (org.signed(org.states[0]), "accepted"),
                (threshold(m, [*roots, *extra]), f"refused:chain-{first}"),
            )


def verdicts():
    s = Scene("Two Rules")
    r = s.lane(4)
    s.cut({FEED: (4, id_of(r[3]))})
    s.others.remove(single(r[2], s.org.node))
    s.cut({FEED: (3, id_of(r[2]))}, held=False)
    yield s.case("open twice: the cut list is named before ancestry", [(r[1], "PENDING:cut-list"), (r[3], "PENDING:cut-list")])

    s = Scene("Two Rules")
    r = s.lane(2)
    s.cut({FEED: (1, id_of(r[0]))}, held=False)
    s.cut()
    yield s.case("failing outweighs open among cuts, and the newest has no list", [(r[0], "VOID:cut")])

    def through(name, make, mine="VOID:cut"):
        """A lane of which the header before the last is not what it should be: what stands before it cannot be reached."""
        s = Scene("Two Rules")
        one = s.record([FEED, 1, None])
        middle = make(s, one)
        last = s.record([FEED, 3, id_of(middle)])
        s.cut({FEED: (3, id_of(last))})
        return s.case(f"on the way: {name}", [(one, mine), (last, "VALID")], leads=[(one, "no" if mine != "VALID" else "yes")])

    yield through("the record it should be", lambda s, one: s.record([FEED, 2, id_of(one)]), "VALID")
    yield through("a record at another position", lambda s, one: s.record([FEED, 5, id_of(one)]))
    yield through("a record that is not in the feed", lambda s, one: s.record([OTHER, 2, id_of(one)]))
    yield through("a record of another key", lambda s, one: s.by_spare([FEED, 2, id_of(one)]))
    yield through("a record that leads to another one", lambda s, one: s.record([FEED, 2, id_of(s.record([FEED, 1, None], day=DAY + 5))]))

    s, foreign = Scene("Two Rules"), Scene("Somebody Else")
    one = s.record([FEED, 1, None])
    middle = foreign.record([FEED, 2, id_of(one)])
    last = s.record([FEED, 3, id_of(middle)])
    s.cut({FEED: (3, id_of(last))})
    case = s.case("on the way: a record of another institution", [(one, "VOID:cut"), (last, "VALID")], leads=[(one, "no")])
    case["statements"] += [raw.hex() for raw in (foreign.org.inception(), *foreign.states, *foreign.others)]
    yield case

    s = Scene("Two Rules")
    later = s.pin(profile=s.org.states[0]["profile"] | {"lang": "fr"})
    early, late = s.record([FEED, 1, None]), s.record([FEED, 2, blake(b"x")], state=later)
    yield s.case("a state is any of the pinned ones", [(early, "VALID"), (late, "VALID")])

    s = Scene("Two Rules", delegations=[Institution("Two Rules").delegation(Institution("Two Rules").node, scope={"kinds": ["practice"]})])
    wide = s.record([FEED, 1, None], kind="lesson")
    s.cut()
    yield s.case("the scope is judged before the cut", [(wide, "VOID:scope")], accepted=False)
