"""Section 15.1: which records count as words, and what they say."""

import content
from effect import feeds, takes_effect
from strict_cbor import NotCanonical, decode
from trust import Charter, Vouch, Words
from verdict import World

OF_INTEREST = ("vouch", "charter", "response", "revision")
MOST = 4_096


class Archive:
    """What a node holds, and the bodies of its records, by the id of the record."""

    def __init__(self, statements, bodies):
        institutions = [s.id for s in statements if s.type == "inception"]
        self.world = World(statements, institutions, ["registry"])
        self.bodies = bodies
        self.verdicts = {id_: self.world.verdict(record) for id_, record in self.world.records.items()}
        self.first = set()
        for institution in institutions:
            ids = [r.id for r in self.world.records.values() if r.map["inst"] == institution and self._is_of_interest(r)]
            self.first |= self._looked_at(ids)

    def _is_of_interest(self, record) -> bool:
        return _in_registry(record) and record.map["kind"] in OF_INTEREST

    def _looked_at(self, ids) -> set:
        """Of the records of one institution."""
        return set(sorted(ids)[:MOST])

    def counts(self, id_) -> bool:
        record = self.world.records.get(id_)
        if record is None or not _in_registry(record) or record.id not in self.first:
            return False
        if self.verdicts[id_] not in ("VALID", "ADOPTED"):
            return False
        if self.said(record) is None:
            return False
        return not any(self._takes_away(other, record) for other in self.world.records.values())

    def _takes_away(self, other, target) -> bool:
        return takes_effect(self.world, other, target) and self.verdicts[other.id] in ("VALID", "ADOPTED", "CONTESTED")

    def said(self, record):
        """A Vouch, a Charter, or the list of what is cosigned; None for what is no word or does not read."""
        body = self._body(record)
        if body is None:
            return None
        kind = record.map["kind"]
        if kind == "revision":
            kind = body.get("revised_kind")
        if kind not in ("vouch", "charter", "response") or type(kind) is not str:
            return None
        return {"vouch": _vouch, "charter": _charter, "response": _cosignature}[kind](record, body)

    def _body(self, record):
        part = self.bodies.get(record.id)
        if part is None:
            return None
        try:
            body = decode(part[16:])
        except NotCanonical:
            return None
        return body if type(body) is dict else None

    def words(self) -> Words:
        words = Words()
        for id_, record in self.world.records.items():
            if not self.counts(id_):
                continue
            said = self.said(record)
            if type(said) is Vouch:
                words.vouches.append(said)
            elif type(said) is Charter:
                words.charters.append(said)
            else:
                words.cosigns |= {(record.map["inst"], charter) for charter in said}
        for institution, chain in self.world.chains.items():
            says = chain.pinned[-1].map.get("profile", {}).get("state_body")
            if type(says) is bool:
                words.state_bodies[institution] = says
        return words


def _in_registry(record) -> bool:
    return "registry" in feeds(record)


def _sound(kind, body, *names) -> bool:
    return all(name in body and content.BY_KIND[kind][name](body[name]) for name in names)


def _vouch(record, body):
    if not _sound("vouch", body, "subject", "level", "depth") or ("scope" in body and not _sound("vouch", body, "scope")):
        return None
    said, scope = body.get("scope", {}), {}
    if "regions" in said:
        scope["feeds"] = [f"region:{code}" for code in said["regions"]]
    if "kinds" in said:
        scope["kinds"] = said["kinds"]
    return Vouch(record.map["inst"], body["subject"], body["level"], body["depth"] == 1, scope)


def _charter(record, body):
    place = "region" if "region" in body else "network"
    good = content.REGION if place == "region" else (lambda x: type(x) is str)
    if not good(body.get(place)) or not _sound("charter", body, "stewards", "threshold", "admission"):
        return None
    scope = {"feeds": [f"region:{body['region']}"]} if place == "region" else {}
    asked = body["admission"]
    return Charter(
        record.id, record.map["inst"], scope, frozenset(body["stewards"]), body["threshold"], asked["state"], asked["cso"]
    )


def _cosignature(record, body):
    if body.get("stance") != "cosign":
        return None
    return [target for rel, target in record.map["links"] if rel == "responds-to"]
