"""The cases of trust.json, section 14: reading them, and answering what they ask."""

import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import fields
import strict_cbor
from statements import Statement, read_item
from trust import Charter, Policy, Trust, Vouch, Words
from words import Archive

ID = re.compile(r"[0-9a-f]{64}\Z")


def id_of_name(name: str) -> bytes:
    """64 hexadecimal digits stand for themselves, any other name for its hash."""
    return bytes.fromhex(name) if ID.match(name) else strict_cbor.blake(name.encode())


def policy_of(said: dict) -> Policy:
    made = Policy()
    for name in ("threshold", "direct", "depth"):
        setattr(made, name, said.get(name, getattr(made, name)))
    made.levels = frozenset(said.get("levels", made.levels))
    made.refused = frozenset(map(id_of_name, said.get("refused", [])))
    made.charters = {id_of_name(name): scope for name, scope in said.get("charters", {}).items()}
    made.anchors = {id_of_name(name): (a["trust"], a["scope"]) for name, a in said.get("anchors", {}).items()}
    return made


def words_of(said: dict) -> Words:
    return Words(
        [Vouch(id_of_name(a), id_of_name(b), level, depth == 1, scope) for a, b, level, depth, scope in said["vouches"]],
        [
            Charter(
                id_of_name(name),
                id_of_name(c["signer"]),
                c["scope"],
                frozenset(map(id_of_name, c["stewards"])),
                c["threshold"],
                c["admission"]["state"],
                c["admission"]["cso"],
            )
            for name, c in said["charters"].items()
        ],
        {(id_of_name(who), id_of_name(what)) for who, what in said["cosigns"]},
        {id_of_name(name): says for name, says in said["state_bodies"].items()},
    )


def many(said: dict):
    """Records that differ in their position only. Whoever makes them signs them, so there is no signature to check."""
    payload = strict_cbor.decode(bytes.fromhex(said["record"]))
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(said["seed"]))
    if payload["key"] != b"\x01" + private.public_key().public_bytes_raw():
        raise ValueError("the seed is that of another key")
    [[feed, first, prev]] = payload["lanes"]
    for n in range(said["count"]):
        made = payload | {"lanes": [[feed, first + n, prev]]}
        encoded = strict_cbor.encode(made)
        fields.CHECKS["record"](made, len(encoded))
        yield Statement(b"", "record", strict_cbor.blake(encoded), encoded, made)


def archive_of(case: dict, kind=Archive) -> Archive:
    statements, bodies = list(many(case["many"])) if "many" in case else [], {}
    for item in case["items"]:
        raw = bytes.fromhex(item)
        statement = read_item(raw, strict_cbor.net_id(case["net"]))
        statements.append(statement)
        body = strict_cbor.decode(raw)[2]
        if body is not None:
            bodies[statement.id] = body
    return kind(statements, bodies)


def answer(case: dict, kind=Archive):
    """What this implementation finds, and what the case expects."""
    policy = policy_of(case.get("policy", {}))
    if "sound" in case or not policy.is_sound():
        return policy.is_sound(), case.get("sound", True)
    got, expected = {}, {name: case[name] for name in ("counts", "standing", "records") if name in case}
    if "items" in case:
        archive = archive_of(case, kind)
        words = archive.words()
        got["counts"] = {id_: archive.counts(bytes.fromhex(id_)) for id_ in case["counts"]}
    else:
        words = words_of(case["words"])
    trust = Trust(policy, words)
    got["standing"] = {name: trust.standing(id_of_name(name)) for name in case["standing"]}
    got["records"] = [
        [name, kind, feeds, trust.accepts_record(id_of_name(name), kind, feeds)] for name, kind, feeds, _ in case["records"]
    ]
    return got, expected
