"""Section 5: on what a revision or a withdrawal takes effect, its own verdict apart."""

from verdict import LINK, in_scope


def takes_effect(world, by, target) -> bool:
    rel = LINK.get(by.map["kind"])
    if rel is None or [rel, target.id] not in by.map["links"] or by.map["inst"] != target.map["inst"]:
        return False
    if not feeds(target) <= feeds(by):
        return False
    state = world.chains[by.map["inst"]].find(by.map["state"])
    delegations = state.map.get("delegations", []) if state else []
    delegation = next((d for d in delegations if d["key"] == by.map["key"] and d["purpose"] == "sign"), None)
    if delegation is None:
        return False
    scope = delegation["scope"] or {}
    if "kinds" in scope and target.map["kind"] not in scope["kinds"]:
        return False
    return "feeds" not in scope or all(in_scope(feed, scope["feeds"]) for feed in feeds(target))


def feeds(record) -> set:
    return {feed for feed, _, _ in record.map["lanes"]}
