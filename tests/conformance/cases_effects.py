"""Self-made cases for section 5: on what a revision or a withdrawal takes effect."""

from builder import Institution, id_of
from cases_keeping import FEED, OTHER, Scene
from strict_cbor import blake


def cases():
    for kind, rel in (("withdrawal", "withdraws"), ("revision", "revises")):
        yield from _of(kind, rel)
    s = Scene("Correcting Office")
    r = s.record([FEED, 1, None])
    w = s.record([FEED, 2, id_of(r)], kind="withdrawal", links=[["withdraws", id_of(r)]])
    s.cut({FEED: (1, id_of(r))})
    yield s.case("effect: whether it takes effect is apart from its verdict", [(r, "VALID"), (w, "VOID:cut")], effects=[(w, r, True)])
    s = Scene("Correcting Office")
    r = s.record([FEED, 1, None])
    one = s.record([FEED, 2, id_of(r)], kind="revision", links=[["revises", id_of(r)]])
    two = s.by_spare([FEED, 1, None], kind="revision", links=[["revises", id_of(r)]])
    both = s.record([FEED, 3, id_of(one)], kind="revision", links=sorted([["revises", id_of(one)], ["revises", id_of(two)]]))
    yield s.case(
        "effect: two revisions side by side, and a third that names both", [(r, "VALID"), (one, "VALID"), (two, "VALID"), (both, "VALID")],
        effects=[(one, r, True), (two, r, True), (both, one, True), (both, two, True), (both, r, False), (one, two, False)],
    )


def _of(kind, rel):
    def case(name, effects, targets=(FEED,), by=(FEED,), links=None, signer=None, like=kind, scope=None, target_kind="practice"):
        s = Scene("Correcting Office")
        if scope is not None:
            s = Scene("Correcting Office", delegations=sorted((s.org.delegation(s.org.node), s.org.delegation(s.org.spare, scope=scope)), key=lambda d: d["key"]))
        r = s.record(*([feed, 1, None] for feed in targets), kind=target_kind)
        named = [[rel, id_of(r)]] if links is None else links(id_of(r))
        w = s.by_spare(*([feed, 1, None] for feed in by), kind=like, links=sorted(named))
        return s.case(f"effect of a {kind}: {name}", effects=[(w, r, effects)])

    yield case("by another key of the institution", True)
    yield case("it lists more feeds than the record", True, by=(FEED, OTHER))
    yield case("it lists every feed of the record", True, targets=(FEED, OTHER), by=(FEED, OTHER))
    yield case("it lists one of two feeds", False, targets=(FEED, OTHER))
    yield case("it lists another feed", False, by=(OTHER,))
    yield case("it names another record", False, links=lambda r: [[rel, blake(b"x")]])
    yield case("it names the record by another relation", False, links=lambda r: [[rel, blake(b"x")], ["about", r]])
    yield case("it names another record besides, which is not held", True, links=lambda r: [[rel, blake(b"x")], [rel, r]])
    yield case("another kind with such a link", False, like="practice")
    yield case("the key may sign the record's kind", True, scope={"kinds": sorted(["practice", kind])})
    yield case("the key may not sign the record's kind", False, scope={"kinds": [kind]})
    yield case("the key may post to the record's feeds", True, scope={"feeds": [FEED]})
    yield case("of a kind that is not known", True, target_kind="note")

    s, foreign = Scene("Correcting Office"), Scene("Somebody Else")
    r = s.record([FEED, 1, None])
    w = foreign.record([FEED, 1, None], kind=kind, links=[[rel, id_of(r)]])
    made = s.case(f"effect of a {kind}: by another institution", effects=[(w, r, False)])
    made["statements"] += [raw.hex() for raw in (foreign.org.inception(), *foreign.states, *foreign.others)]
    yield made
    own = Institution("Correcting Office")
    s = Scene("Correcting Office", delegations=[own.delegation(own.node)])
    r = s.record([FEED, 1, None])
    s.pin(delegations=sorted((own.delegation(own.node), own.delegation(own.spare)), key=lambda d: d["key"]))
    w = s.by_spare([FEED, 1, None], kind=kind, links=[[rel, id_of(r)]], state=s.org.states[1])
    yield s.case(f"effect of a {kind}: by a key that was delegated later", effects=[(w, r, True)])
