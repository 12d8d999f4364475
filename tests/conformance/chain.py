"""Section 4: accepting states on a pinned chain."""

import keys
from strict_cbor import encode

ROTATING = ("roots", "threshold", "next", "next_threshold", "recovery")


def is_rotation(before, after) -> bool:
    """Whether any of the five fields differs, in any byte."""
    return any(encode(before.map[name]) != encode(after.map[name]) for name in ROTATING)


def judge(pinned: list, state):
    """The code of the first row of the table that `state` breaks after the last of `pinned`; its institution is theirs."""
    before, after = pinned[-1].map, state.map
    signers = set(state.signers)
    if after["prev"] != pinned[-1].id:
        return "chain-prev"
    if signers - set(before["roots"]) - set(after["roots"]):
        return "chain-signer"
    if len(signers & set(before["roots"])) < before["threshold"]:
        return "chain-threshold"
    if is_rotation(pinned[-1], state):
        revealed = [key for key in signers & set(after["roots"]) if keys.digest(key) in before["next"]]
        if len(revealed) < before["next_threshold"]:
            return "chain-next"
    was = {d["key"]: encode(d) for d in before.get("delegations", [])}
    now = {d["key"]: encode(d) for d in after["delegations"]}
    was_cut = {c["key"] for c in before.get("cuts", [])}
    now_cut = {c["key"] for c in after["cuts"]}
    if any(now.get(key) != delegation and key not in now_cut for key, delegation in was.items()):
        return "chain-delegation"
    if was_cut & now.keys():
        return "chain-delegation"
    if was_cut - now_cut:
        return "chain-cut"
    if (now_cut - was_cut) - was.keys():
        return "chain-cut"
    return None


class Chain:
    """One institution: the pinned versions (the inception is version 0) and one rival per version.

    A state ahead of the chain is answered `waiting` and not kept: the vectors offer it again when its turn has come.
    """

    def __init__(self, inception):
        self.institution = inception.id
        self.pinned = [inception]
        self.rivals = {}

    def offer(self, state) -> str:
        version = state.map["version"]
        if state.map["inst"] != self.institution:
            return "refused:chain-institution"
        if version > len(self.pinned):
            return "waiting"
        if version < len(self.pinned) and self.pinned[version].id == state.id:
            return "held"
        if version in self.rivals and self.rivals[version].id == state.id:
            return "held"
        code = judge(self.pinned[:version], state)
        if code:
            return f"refused:{code}"
        if version < len(self.pinned):
            kept = self.rivals.get(version, state)
            self.rivals[version] = min(kept, state, key=lambda rival: rival.id)
            return "rival"
        self.pinned.append(state)
        return "accepted"

    def find(self, id_: bytes):
        return next((s for s in self.pinned if s.id == id_), None)

    def since_rotation(self) -> list:
        """The pinned versions from the newest rotation, or the inception, to the newest."""
        start = 0
        for n in range(1, len(self.pinned)):
            if is_rotation(self.pinned[n - 1], self.pinned[n]):
                start = n
        return self.pinned[start:]
