"""Section 7: the verdict on a record, a pure function of a set of statements, pinned chains, feeds and policy."""

from chain import Chain
from statements import positions
from strict_cbor import blake

GOOD, FAILS, NO_LIST, NO_ANCESTRY = "good", "fails", "cut-list", "ancestry"


class World:
    """What one node holds and believes."""

    def __init__(self, statements, accepted, followed):
        self.accepted = set(accepted)
        self.followed = set(followed) | {"registry"}
        self.chains = {}
        self.records = {}
        self.cut_lists = {}
        self.at = {}
        self.proven = set()
        records = []
        for s in statements:
            if s.type == "inception":
                self.chains.setdefault(s.id, Chain(s))
            elif s.type == "record":
                records.append(s)
            elif s.type == "cut-list":
                self.cut_lists[s.id] = s
            elif s.type == "equivocation" and s.proof[0].type == "record":
                a, b = s.proof
                self.proven |= {self._place(a, position) for position in positions(a) & positions(b)}
        for s in statements:
            if s.type == "state" and s.map["inst"] in self.chains:
                self.chains[s.map["inst"]].offer(s)
        for record in records:
            # What steps 1 and 2 do not let pass is not held: it neither contests a position nor bridges a lane.
            if self._by_delegation(record) is not None:
                continue
            self.records[record.id] = record
            for position in positions(record):
                self.at.setdefault(self._place(record, position), set()).add(record.id)

    @staticmethod
    def _place(record, position):
        return (record.map["inst"], record.map["key"], *position)

    def verdict(self, record) -> str:
        refused = self._by_delegation(record)
        if refused:
            return refused
        m = record.map
        chain = self.chains[m["inst"]]
        cuts = [c for s in chain.since_rotation() for c in s.map.get("cuts", []) if c["key"] == m["key"]]
        result = "VALID"
        if cuts:
            result = self._judge_cuts(chain, cuts, record)
            if result.startswith(("PENDING", "VOID")):
                return result
        if m["inst"] not in self.accepted:
            return "QUARANTINED"
        if not cuts and self._contested(record):
            return "CONTESTED"
        return result

    def _by_delegation(self, record):
        """Steps 1 and 2: the verdict they end with, or None."""
        m = record.map
        chain = self.chains.get(m["inst"])
        state = chain and chain.find(m["state"])
        if not state:
            if chain and any(rival.id == m["state"] for rival in chain.rivals.values()):
                return "VOID:rival-state"
            return "PENDING:state"
        delegation = next((d for d in state.map.get("delegations", []) if d["key"] == m["key"]), None)
        if delegation is None or delegation["purpose"] != "sign":
            return "VOID:not-delegated"
        scope = delegation["scope"] or {}
        if "kinds" in scope and m["kind"] not in scope["kinds"]:
            return "VOID:scope"
        if "feeds" in scope and not all(in_scope(lane[0], scope["feeds"]) for lane in m["lanes"]):
            return "VOID:scope"
        return None

    def _judge_cuts(self, chain, cuts, record) -> str:
        results = {self._cut(chain.institution, cut, record) for cut in cuts}
        if FAILS in results:
            newest = next(c for c in chain.pinned[-1].map["cuts"] if c["key"] == record.map["key"])
            if newest["list"] is not None:
                cut_list = self._authentic(chain.institution, newest)
                if cut_list is None:
                    return "PENDING:cut-list"
                if record.id in cut_list.map["adopted"]:
                    return "ADOPTED"
            return "VOID:cut"
        if NO_LIST in results:
            return "PENDING:cut-list"
        if NO_ANCESTRY in results:
            return "PENDING:ancestry"
        return "VALID"

    def _authentic(self, institution, cut):
        found = self.cut_lists.get(cut["list"])
        if found and found.map["inst"] == institution and found.map["key"] == cut["key"]:
            return found
        return None

    def _cut(self, institution, cut, record) -> str:
        if cut["list"] is None:
            return FAILS
        cut_list = self._authentic(institution, cut)
        if cut_list is None:
            return NO_LIST
        entries = {feed: (seq, last) for feed, seq, last in cut_list.map["feeds"]}
        results = {self._lane(lane, entries, record) for lane in record.map["lanes"]}
        return FAILS if FAILS in results else NO_ANCESTRY if NO_ANCESTRY in results else GOOD

    def _lane(self, lane, entries, record) -> str:
        feed, seq, _ = lane
        entry = entries.get(blake(feed.encode()))
        if entry is None or seq > entry[0]:
            return FAILS
        if feed not in self.followed:
            return GOOD
        at, id_ = entry
        while at > seq:
            found = self.records.get(id_)
            if found is None:
                return NO_ANCESTRY
            step = next((x for x in found.map["lanes"] if x[0] == feed and x[1] == at), None)
            if step is None or any(found.map[name] != record.map[name] for name in ("inst", "key")):
                return FAILS
            at, id_ = at - 1, step[2]
        return GOOD if id_ == record.id else FAILS

    def _contested(self, record) -> bool:
        places = [self._place(record, position) for position in positions(record)]
        return any(place in self.proven or self.at.get(place, set()) - {record.id} for place in places)


def in_scope(feed: str, allowed: list) -> bool:
    return any(feed.startswith(a[:-1]) if a.endswith("*") else feed == a for a in allowed)
