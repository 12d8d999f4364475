"""Section 7: verdicts, a pure function of a set of statements, pinned chains, feeds and policy."""

from chain import Chain
from statements import positions
from strict_cbor import blake

LINK = {"withdrawal": "withdraws", "revision": "revises"}
GOOD, FAILS, NO_LIST, NO_ANCESTRY = "good", "fails", "cut-list", "ancestry"


class World:
    """What one node holds and believes."""

    def __init__(self, statements, accepted, followed, heard=(), vouched=(), charters=(), aside=()):
        self.charters = set(charters)
        self.aside = set(aside)
        self.accepted = set(accepted)
        self.heard = set(heard)
        self.vouched = set(vouched)
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

    def verdict(self, statement) -> str:
        return self._of_record(statement) if statement.type == "record" else self._of_signer(statement)

    def accepts_record(self, record) -> bool:
        """Section 15: an institution may be accepted in some matters only, and a charter whoever signed it."""
        if record.id in self.aside:
            return False
        return record.map["inst"] in self.accepted or any(self._is_or_speaks_of(record, charter) for charter in self.accepted_charters())

    def accepted_charters(self) -> list:
        """Those that are held."""
        held = (self.records.get(id_) for id_ in self.charters)
        return [charter for charter in held if charter and charter.map["kind"] == "charter"]

    @staticmethod
    def _is_or_speaks_of(record, charter) -> bool:
        rel = LINK.get(record.map["kind"])
        return record.id == charter.id or (record.map["inst"] == charter.map["inst"] and [rel, charter.id] in record.map["links"])

    def knows_chain_of(self, institution) -> bool:
        """Whether it is accepted or heard, or signed a charter that the policy accepts."""
        signed = (charter.map["inst"] for charter in self.accepted_charters())
        return institution in self.accepted | self.heard or institution in signed

    def passes(self, statement) -> bool:
        """Whether steps 1 and 2 let it pass."""
        return (self._by_delegation(statement) if statement.type == "record" else self._by_key(statement)[1]) is None

    def _of_signer(self, statement) -> str:
        """The verdict on a head, an alarm, a manifest, a custody statement or a receipt."""
        refused = self._by_key(statement)[1]
        if refused:
            return refused
        m = statement.map
        if self.is_cut(m["inst"], m["key"]):
            return "VOID:cut"
        return "VALID" if m["inst"] in self.accepted else "QUARANTINED"

    def is_cut(self, institution, key) -> bool:
        """Whether the newest pinned state cuts the key."""
        return any(cut["key"] == key for cut in self.chains[institution].pinned[-1].map.get("cuts", []))

    def _cuts(self, record) -> list:
        """C of step 3."""
        m = record.map
        states = self.chains[m["inst"]].since_rotation()
        return [cut for state in states for cut in state.map.get("cuts", []) if cut["key"] == m["key"]]

    def _of_record(self, record) -> str:
        refused = self._by_delegation(record)
        if refused:
            return refused
        m = record.map
        chain = self.chains[m["inst"]]
        cuts = self._cuts(record)
        result = "VALID"
        if cuts:
            result = self._judge_cuts(chain, cuts, record)
            if result.startswith(("PENDING", "VOID")):
                return result
        if not self.accepts_record(record):
            return "QUARANTINED"
        if not cuts and self._contested(record):
            return "CONTESTED"
        return result

    def _by_key(self, statement):
        """Steps 1 and 2 without the scope: the delegation, and the verdict they end with, or None."""
        m = statement.map
        chain = self.chains.get(m["inst"])
        state = chain and chain.find(m["state"])
        if not state:
            if chain and any(rival.id == m["state"] for rival in chain.rivals.values()):
                return None, "VOID:rival-state"
            return None, "PENDING:state"
        delegation = next((d for d in state.map.get("delegations", []) if d["key"] == m["key"]), None)
        if delegation is None or delegation["purpose"] != "sign":
            return None, "VOID:not-delegated"
        return delegation, None

    def _by_delegation(self, record):
        """Steps 1 and 2: the verdict they end with, or None."""
        m = record.map
        delegation, refused = self._by_key(record)
        if refused:
            return refused
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

    def leads_through(self, record) -> str:
        """Whether a lane leads through a record that a cut voids: "yes", "no", or "open" while that cannot be told."""
        institution, open_ = record.map["inst"], False
        for cut in self._cuts(record):
            if cut["list"] is None:
                continue
            cut_list = self._authentic(institution, cut)
            if cut_list is None:
                open_ = True
                continue
            entries = {feed: (seq, last) for feed, seq, last in cut_list.map["feeds"]}
            for lane in record.map["lanes"]:
                found = self._lane(lane, entries, record) if lane[0] in self.followed else FAILS
                if found == GOOD:
                    return "yes"
                open_ |= found == NO_ANCESTRY
        return "open" if open_ else "no"

    def _contested(self, record) -> bool:
        places = [self._place(record, position) for position in positions(record)]
        return any(place in self.proven or len(self.at[place] | {record.id}) > 1 for place in places)


def in_scope(feed: str, allowed: list) -> bool:
    return any(feed.startswith(a[:-1]) if a.endswith("*") else feed == a for a in allowed)
