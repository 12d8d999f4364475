"""Section 15.2 to 15.6: whom a node accepts, from its policy and the words that count.

Paths are judged by the definition, set by set, not by the matching that the section mentions: slower, and another way to the answer.
"""

from dataclasses import dataclass, field

ALWAYS = ("revision", "withdrawal")  # kinds that every list of kinds names
FROM_HEARD = ("vouch", "response", "revision", "withdrawal")
ANY = None  # the matter in which scopes are not looked at; other matters are pairs of a kind and a feed
EVERYTHING = (None, None)  # whatever the kind and the feed: only a scope without lists covers it
NO_SCOPE = {}


@dataclass(frozen=True)
class Vouch:
    voucher: bytes
    subject: bytes
    level: str
    introduces: bool
    scope: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Charter:
    id: bytes
    signer: bytes
    scope: dict = field(hash=False)
    stewards: frozenset = frozenset()
    threshold: int = 0
    state: int = 0
    cso: int = 0


@dataclass
class Words:
    """What counts: `cosigns` are pairs of an institution and a charter, `state_bodies` what the newest profiles say, if anything."""

    vouches: list = field(default_factory=list)
    charters: list = field(default_factory=list)
    cosigns: set = field(default_factory=set)
    state_bodies: dict = field(default_factory=dict)


@dataclass
class Policy:
    anchors: dict = field(default_factory=dict)  # id -> (trust, scope)
    threshold: int = 2
    direct: int = 1
    depth: int = 2
    levels: frozenset = frozenset({"identity", "known"})
    charters: dict = field(default_factory=dict)  # id -> scope
    refused: frozenset = frozenset()

    def is_sound(self) -> bool:
        return (
            len(self.anchors) <= 256
            and 2 <= self.threshold <= 16
            and 0 <= self.direct <= self.threshold
            and 1 <= self.depth <= 2
            and len(self.charters) <= 64
            and len(self.refused) <= 4_096
        )


def covers(scope: dict, matter) -> bool:
    if matter is ANY:
        return True
    if matter is EVERYTHING:
        return not scope
    kind, feed = matter
    if "feeds" in scope and not any(matches(name, feed) for name in scope["feeds"]):
        return False
    return "kinds" not in scope or kind in ALWAYS or kind in scope["kinds"]


def matches(name: str, feed: str) -> bool:
    return feed.startswith(name[:-1]) if name.endswith("*") else feed == name


def matters_of(kind: str, feeds) -> list:
    if "registry" in feeds:
        return [ANY]
    regions = [feed for feed in feeds if feed.startswith("region:")]
    return [(kind, feed) for feed in regions or feeds]


class Trust:
    def __init__(self, policy: Policy, words: Words):
        self.policy, self.words = policy, words

    def speaking(self, matter) -> list:
        """Vouches that speak in the matter, without those of institutions that are refused."""
        return [
            v
            for v in self.words.vouches
            if v.voucher != v.subject
            and v.voucher not in self.policy.refused
            and v.level in self.policy.levels
            and covers(v.scope, matter)
        ]

    def heard_anchors(self, matter) -> set:
        return {a for a, (_, scope) in self.policy.anchors.items() if a not in self.policy.refused and covers(scope, matter)}

    def paths(self, s, matter) -> list:
        """Tuples of institutions from the anchor to the last before `s`."""
        speaking, anchors = self.speaking(matter), self.heard_anchors(matter)
        for_s = {v.voucher for v in speaking if v.subject == s}
        found = {(a,) for a in anchors & for_s}
        if self.policy.depth == 2:
            found |= {
                (v.voucher, v.subject)
                for v in speaking
                if v.introduces and v.voucher in anchors and v.subject in for_s and v.voucher != s and v.subject != s
            }
        return sorted(found, key=lambda path: (len(path), path))

    def by_paths(self, s, matter) -> bool:
        paths = self.paths(s, matter)
        if any(len(path) == 1 and self.policy.anchors[path[0]][0] == "full" for path in paths):
            return True
        # A larger set holds one of exactly `threshold` paths with as many direct ones as are asked for.
        return _some_set(paths, self.policy.threshold, self.policy.direct, frozenset())

    def in_force(self, charter: Charter) -> bool:
        agreed = {charter.signer} | {who for who, what in self.words.cosigns if what == charter.id}
        agreed = (agreed & charter.stewards) - self.policy.refused
        return charter.id in self.policy.charters and reached(len(agreed), charter.threshold, charter)

    def by_charter(self, s, matter) -> bool:
        for charter in self.words.charters:
            if not self.in_force(charter):
                continue
            if not (covers(charter.scope, matter) and covers(self.policy.charters[charter.id], matter)):
                continue
            if s in charter.stewards:
                return True
            vouching = {v.voucher for v in self.speaking(matter) if v.subject == s} & charter.stewards - {s}
            state_body = self.words.state_bodies.get(s)
            needed = [charter.state] if state_body else [charter.cso] if state_body is False else [charter.state, charter.cso]
            if all(reached(len(vouching), number, charter) for number in needed):
                return True
        return False

    def accepted(self, s, matter) -> bool:
        if s in self.policy.refused:
            return False
        return s in self.policy.anchors or self.by_paths(s, matter) or self.by_charter(s, matter)

    def heard(self, s) -> bool:
        if s in self.policy.refused or self.accepted(s, ANY):
            return False
        anchors = self.heard_anchors(ANY)
        if self.policy.depth == 2 and any(v.introduces and v.subject == s and v.voucher in anchors for v in self.speaking(ANY)):
            return True
        return any(s in charter.stewards for charter in self.words.charters if charter.id in self.policy.charters)

    def standing(self, s) -> str:
        return "accepted" if self.accepted(s, ANY) else "heard" if self.heard(s) else "none"

    def accepts_record(self, s, kind, feeds) -> bool:
        if "registry" in feeds and kind in FROM_HEARD and self.heard(s):
            return True
        return all(self.accepted(s, matter) for matter in matters_of(kind, feeds))


def reached(count: int, number: int, charter: Charter) -> bool:
    return 1 <= number <= len(charter.stewards) and count >= number


def _some_set(paths, wanted, direct, used) -> bool:
    """Whether `wanted` of these paths, `direct` of them direct, share no institution with each other or with `used`."""
    if wanted <= 0:
        return direct <= 0
    if len(paths) < wanted:
        return False
    first, rest = paths[0], paths[1:]
    if used.isdisjoint(first):
        if _some_set(rest, wanted - 1, direct - (len(first) == 1), used | set(first)):
            return True
    return _some_set(rest, wanted, direct, used)
