"""The cases of verdicts.json, section 14: reading them, and answering what they ask."""

import strict_cbor
from effect import takes_effect
from relay import Facts, is_relayed
from statements import read
from verdict import World


def read_all(case) -> list:
    net = strict_cbor.net_id(case["net"])
    return [read(bytes.fromhex(data), net) for data in case["statements"]]


def answer(case, world_of=World, facts_of=Facts, relayed_by=is_relayed, effect_of=takes_effect):
    """Asked in every turn of the statements that are no states, and backwards: order must not matter."""
    statements = read_all(case)
    pinned = [s for s in statements if s.type in ("inception", "state")]
    others = [s for s in statements if s.type not in ("inception", "state")]
    expected = {name: case[name] for name in ASKED if name in case}
    results = []
    for order in (others[::-1], *(others[n:] + others[:n] for n in range(max(len(others), 1)))):
        ids = {name: [bytes.fromhex(x) for x in case.get(name, [])] for name in SAID}
        world = world_of(pinned + order, ids["accepted"], case["followed"], *(ids[name] for name in SAID[1:]))
        found = _answers(case, {s.id.hex(): s for s in statements}, world, facts_of(world, order), relayed_by, effect_of)
        if found not in results:
            results.append(found)
    if len(results) > 1:
        return f"depends on order: {results}", expected
    return results[0], expected


SAID = ("accepted", "heard", "vouched", "charters", "aside")
ASKED = ("verdicts", "leads", "kept", "disputed", "effects", "relayed")


def _answers(case, by_id, world, facts, relayed_by, effect_of) -> dict:
    """What the case asks, answered in its own form."""
    found = {"verdicts": {id_: world.verdict(by_id[id_]) for id_ in case["verdicts"]}}
    if "leads" in case:
        found["leads"] = {id_: world.leads_through(by_id[id_]) for id_ in case["leads"]}
    if "kept" in case:
        found["kept"] = [id_.hex() for id_ in facts.kept()]
    if "disputed" in case:
        found["disputed"] = {id_: facts.is_disputed(by_id[id_]) for id_ in case["disputed"]}
    if "effects" in case:
        found["effects"] = [[by, of, effect_of(world, by_id[by], by_id[of])] for by, of, _ in case["effects"]]
    if "relayed" in case:
        found["relayed"] = [[id_, feed, relayed_by(world, by_id[id_], feed)] for id_, feed, _ in case["relayed"]]
    return found
