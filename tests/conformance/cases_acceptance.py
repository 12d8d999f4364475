"""Self-made cases for records that are accepted though their institution is not, and the other way round: sections 7, 8 and 15.6."""

from builder import DAY, equivocation, id_of, single, threshold
from cases_keeping import FEED, OTHER, Scene
from strict_cbor import blake

REGISTRY = "registry"


def cases():
    return [*_charters(), *_words_about_a_charter(), *_in_part()]


def _with(case, **said):
    """What the policy says of single records."""
    return case | {name: [m.hex() if isinstance(m, bytes) else id_of(m).hex() for m in ids] for name, ids in said.items()}


def _charters():
    def scene():
        s = Scene("Assembly of Wards")
        charter = s.record([REGISTRY, 1, None], kind="charter")
        other = s.record([REGISTRY, 2, id_of(charter)], kind="charter", day=DAY + 1)
        lesson = s.record([FEED, 1, None], kind="lesson")
        head = s.say(s.org.head(1, []))
        alarm = s.alarm({})
        fork = s.org.record([[REGISTRY, 2, id_of(charter)]], kind="charter", day=DAY + 2)
        proof = equivocation(single(other, s.org.node), single(fork, s.org.node))
        s.others.append(threshold(proof))
        return s, charter, other, lesson, head, alarm, proof

    def case(name, said, accepts, **more):
        s, charter, other, lesson, head, alarm, proof = scene()
        made = s.case(
            name,
            [(charter, "VALID" if accepts else "QUARANTINED"), *((m, "QUARANTINED") for m in (lesson, head, alarm))],
            accepted=False,
            relayed=[
                (s.org.founding, REGISTRY, accepts or bool(more)), (s.org.states[0], REGISTRY, accepts or bool(more)), (charter, REGISTRY, accepts), (lesson, FEED, False),
                (head, REGISTRY, False), (alarm, REGISTRY, False), (proof, REGISTRY, accepts or "heard" in more),
            ],
            **more,
        )
        return _with(made, charters=said(charter, lesson))

    yield case("charter: accepted by the policy, its signer by nobody", lambda c, l: [c], True)
    yield case("charter: accepted nowhere", lambda c, l: [], False)
    yield case("charter: another one is accepted, which did not come", lambda c, l: [blake(b"not held")], False)
    yield case("charter: a record that is none cannot be accepted as one", lambda c, l: [l], False)
    yield case("charter: accepted nowhere, its signer is heard", lambda c, l: [], False, heard=True)
    yield case("charter: accepted, and its signer is vouched for", lambda c, l: [c], True, vouched=True)

    # What its signer does under a key that was cut.
    s = Scene("Assembly of Wards")
    charter = s.record([REGISTRY, 1, None], kind="charter")
    beyond = s.record([REGISTRY, 2, id_of(charter)], kind="charter", day=DAY + 1)
    s.cut({REGISTRY: (1, id_of(charter))})
    made = s.case(
        "charter: good by a cut, whose list is relayed", [(charter, "VALID"), (beyond, "VOID:cut")], accepted=False,
        relayed=[(charter, REGISTRY, True), (beyond, REGISTRY, False), (s.lists[0], REGISTRY, True), (s.org.states[1], REGISTRY, True)],
    )
    yield _with(made, charters=[charter])
    made = s.case("charter: the list of a stranger is not relayed", [(charter, "QUARANTINED")], accepted=False, relayed=[(s.lists[0], REGISTRY, False)])
    yield made
    made = s.case("charter: one beyond a cut is not accepted", [(beyond, "VOID:cut")], accepted=False, relayed=[(beyond, REGISTRY, False)])
    yield _with(made, charters=[beyond])


def _words_about_a_charter():
    for kind, rel in (("withdrawal", "withdraws"), ("revision", "revises"), ("response", "responds-to")):
        s = Scene("Assembly of Wards")
        charter = s.record([REGISTRY, 1, None], kind="charter")
        other = s.record([REGISTRY, 2, id_of(charter)], kind="charter", day=DAY + 1)
        about = s.record([REGISTRY, 3, id_of(other)], kind=kind, links=[[rel, id_of(charter)]])
        elsewhere = s.record([REGISTRY, 4, id_of(about)], kind=kind, links=[[rel, id_of(other)]])
        wrong = s.record([REGISTRY, 5, id_of(elsewhere)], kind=kind, links=sorted([[rel, id_of(other)], ["see-also", id_of(charter)]], key=str))
        by_spare = s.by_spare([REGISTRY, 1, None], kind=kind, links=[[rel, id_of(charter)]])
        good = kind != "response"
        word = "VALID" if good else "QUARANTINED"
        made = s.case(
            f"charter: a {kind} by its signer", [(about, word), (elsewhere, "QUARANTINED"), (wrong, "QUARANTINED"), (by_spare, word)], accepted=False,
            relayed=[(about, REGISTRY, good), (elsewhere, REGISTRY, False), (by_spare, REGISTRY, good)],
        )
        yield _with(made, charters=[charter])
        stranger = Scene("Somebody else")
        theirs = stranger.record([REGISTRY, 1, None], kind=kind, links=[[rel, id_of(charter)]])
        s.others.extend([stranger.org.inception(), *stranger.states, *stranger.others])
        made = s.case(f"charter: a {kind} by another institution", [(charter, "VALID"), (theirs, "QUARANTINED")], accepted=False, relayed=[(theirs, REGISTRY, False)])
        yield _with(made, charters=[charter])


def _in_part():
    def pair(s, prev=None, seq=1):
        return [s.record([FEED, seq, prev], day=DAY + n) for n in (1, 2)]

    s = Scene()
    here, there = pair(s)
    made = s.case("aside: at the place of one that is accepted", [(here, "CONTESTED"), (there, "QUARANTINED")], relayed=[(here, FEED, True), (there, FEED, False)])
    yield _with(made, aside=[there])
    made = s.case("aside: both of a place", [(here, "QUARANTINED"), (there, "QUARANTINED")], relayed=[(here, FEED, False)])
    yield _with(made, aside=[here, there])
    s = Scene()
    one = s.record([FEED, 1, None])
    two = s.record([FEED, 2, id_of(one)])
    three = s.record([FEED, 3, id_of(two)], [OTHER, 1, None])
    made = s.case("aside: beside the others of its lane", [(one, "VALID"), (two, "QUARANTINED"), (three, "VALID")], relayed=[(two, FEED, False), (three, FEED, True)])
    yield _with(made, aside=[two])
    # Kept aside it is held all the same, so a lane goes over it.
    s.cut({FEED: (3, id_of(three)), OTHER: (1, id_of(three))})
    made = s.case("aside: on the way from the last good one", [(one, "VALID"), (two, "QUARANTINED"), (three, "VALID")], followed=(FEED, OTHER))
    yield _with(made, aside=[two])
    for kept_aside in (False, True):
        s = Scene()
        one = s.record([FEED, 1, None])
        two = s.record([FEED, 2, id_of(one)], [OTHER, 1, None])
        s.cut({FEED: (2, id_of(two))})
        name = f"aside: void with a lane through it, and {'' if kept_aside else 'not '}aside"
        made = s.case(name, [(one, "VALID"), (two, "VOID:cut")], leads=[(two, "yes")], relayed=[(two, FEED, not kept_aside)])
        yield _with(made, aside=[two] if kept_aside else [])
    s = Scene()
    one = s.record([FEED, 1, None])
    s.cut({}, adopted=[id_of(one)])
    made = s.case("aside: adopted", [(one, "QUARANTINED")], relayed=[(one, FEED, False)])
    yield _with(made, aside=[one])
