"""Sections 6 and 8: which heads and alarms are kept, what an alarm disputes, and what is relayed."""

SIGNED_BY_A_NODE = ("head", "alarm")


class Facts:
    """The heads and alarms a node keeps, beside what it holds."""

    def __init__(self, world, statements):
        self.world = world
        self.heads, self.alarms = {}, {}
        for s in statements:
            if s.type in SIGNED_BY_A_NODE and world.passes(s):
                self._keep_head(s) if s.type == "head" else self._keep_alarm(s)

    def _keep_head(self, head) -> None:
        """The highest beat."""
        place = (head.map["inst"], head.map["key"])
        self.heads[place] = max(self.heads.get(place, head), head, key=lambda one: one.map["beat"])

    def _keep_alarm(self, alarm) -> None:
        """The smallest id."""
        place = (alarm.map["inst"], alarm.map["key"], alarm.map["against"])
        self.alarms[place] = min(self.alarms.get(place, alarm), alarm, key=lambda one: one.id)

    def kept(self) -> list:
        return sorted(s.id for s in (*self.heads.values(), *self.alarms.values()))

    def is_disputed(self, record) -> bool:
        """Whether an alarm says so: rival states and contests are another matter."""
        return any(self._disputes(alarm, record) for alarm in self.alarms.values())

    def _disputes(self, alarm, record) -> bool:
        if [alarm.map["inst"], alarm.map["against"]] != [record.map["inst"], record.map["key"]]:
            return False
        if self.world.verdict(alarm) != "VALID" or self.world.is_cut(alarm.map["inst"], alarm.map["against"]):
            return False
        good = {feed: seq for feed, seq, _ in alarm.map["good"]}
        return any(seq > good.get(feed, 0) for feed, seq, _ in record.map["lanes"])


def is_relayed(world, statement, feed: str) -> bool:
    """The table of section 8, about a statement that came on the topic of `feed`."""
    if statement.type == "record":
        return any(lane[0] == feed for lane in statement.map["lanes"]) and _record(world, statement)
    return feed == "registry" and ROWS[statement.type](world, statement)


def _record(world, record) -> bool:
    verdict = world.verdict(record)
    if verdict == "VOID:cut":
        return world.accepts_record(record) and world.leads_through(record) == "yes"
    return verdict in ("VALID", "ADOPTED", "CONTESTED")


def _signed(world, statement) -> bool:
    return world.verdict(statement) == "VALID"


def _inception(world, inception) -> bool:
    return world.knows_chain_of(inception.id) or inception.id in world.vouched


def _state(world, state) -> bool:
    institution = state.map["inst"]
    chain = world.chains.get(institution)
    if chain is None or not any(one.id == state.id for one in (*chain.pinned, *chain.rivals.values())):
        return False
    return world.knows_chain_of(institution) or institution in world.vouched


def _cut_list(world, cut_list) -> bool:
    m = cut_list.map
    chain = world.chains.get(m["inst"])
    cuts = [cut for state in chain.pinned for cut in state.map.get("cuts", [])] if chain else []
    return world.knows_chain_of(m["inst"]) and any((cut["key"], cut["list"]) == (m["key"], cut_list.id) for cut in cuts)


def _equivocation(world, proof) -> bool:
    m = proof.proof[0].map
    chain = world.chains.get(m["inst"])
    delegations = [d for state in chain.pinned for d in state.map.get("delegations", [])] if chain else []
    return world.knows_chain_of(m["inst"]) and any((d["key"], d["purpose"]) == (m["key"], "sign") for d in delegations)


def _never(_world, _statement) -> bool:
    return False


ROWS = {
    "head": _signed,
    "alarm": _signed,
    "inception": _inception,
    "state": _state,
    "cut-list": _cut_list,
    "equivocation": _equivocation,
    "manifest": _never,
    "custody": _never,
    "receipt": _never,
}
