"""Step 9 of section 2: the fields of each type, from sections 4, 5, 6 and 11."""

import re

from strict_cbor import encode

MAX_SAFE = 2**53 - 1
CODE = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")
LANG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z")
FEED = re.compile(r"[a-z][a-z0-9-]{0,15}:[a-z0-9][a-z0-9.:_-]*\Z")
CIRCLE = re.compile(r"circle:[0-9a-f]{64}\Z")
NEEDED_LINK = {
    "revision": "revises",
    "withdrawal": "withdraws",
    "adaptation": "adapts",
    "translation": "translates",
    "response": "responds-to",
    "outcome": "outcome-of",
}


class Invalid(Exception):
    def __init__(self, code: str, detail: str = ""):
        super().__init__(f"{code} ({detail})" if detail else code)
        self.code = code


class Unsupported(Exception):
    pass


def need(condition, what: str) -> None:
    if not condition:
        raise Invalid("field", what)


def is_uint(x, low: int = 0, high: int = 2**63 - 1) -> bool:
    return type(x) is int and low <= x <= high


def is_bytes(x, size: int) -> bool:
    return type(x) is bytes and len(x) == size


def is_day(x) -> bool:
    return type(x) is int and -719162 <= x <= 2932896


def is_lang(x) -> bool:
    return type(x) is str and len(x.encode()) <= 35 and LANG.match(x) is not None


def is_code(x) -> bool:
    return type(x) is str and CODE.match(x) is not None


def is_public_feed(x) -> bool:
    if type(x) is not str or x.startswith("circle:"):
        return False
    return x == "registry" or (len(x.encode()) <= 48 and FEED.match(x) is not None)


def is_circle(x) -> bool:
    return type(x) is str and CIRCLE.match(x) is not None


def ascending(values) -> bool:
    """Sorted and distinct."""
    values = list(values)
    return all(a < b for a, b in zip(values, values[1:]))


def array(m, name, low, high, what=lambda _: True) -> list:
    values = m.get(name)
    need(type(values) is list and low <= len(values) <= high and all(what(v) for v in values), name)
    return values


def is_id(x) -> bool:
    return is_bytes(x, 32)


def is_key(x) -> bool:
    return is_bytes(x, 33)


def is_array(x, *parts) -> bool:
    return type(x) is list and len(x) == len(parts) and all(check(v) for v, check in zip(x, parts))


def either_null(check):
    return lambda x: x is None or check(x)


def is_seq(x) -> bool:
    return is_uint(x, 1, MAX_SAFE)


def one(m, name, check) -> None:
    need(name in m and check(m[name]), name)


UNBOUNDED = 61_440  # an array whose only bound is the size of the statement


# --- section 4 ---


def roots_and_reserve(m) -> None:
    for keys, threshold, check in (("roots", "threshold", is_key), ("next", "next_threshold", is_id)):
        values = array(m, keys, 1, 16, check)
        need(ascending(values), keys)
        one(m, threshold, lambda x: is_uint(x, 1, len(values)))
    one(m, "recovery", either_null(is_recovery))


def is_recovery(r) -> bool:
    if type(r) is not dict:
        return False
    guardians = array(r, "guardians", 1, 32, is_id)
    return (
        ascending(guardians)
        and is_uint(r.get("k"), 1, len(guardians))
        and is_uint(r.get("jurisdictions"), 1, r["k"])
    )


def inception(m, _size) -> None:
    roots_and_reserve(m)
    one(m, "day", is_day)


def is_scope(s) -> bool:
    if type(s) is not dict:
        return False
    for name in ("kinds", "feeds"):
        if name in s:
            values = array(s, name, 1, 32, lambda x: type(x) is str)
            if not ascending(v.encode() for v in values):
                return False
    return True


def is_delegation(d) -> bool:
    return (
        type(d) is dict
        and is_key(d.get("key"))
        and is_code(d.get("purpose"))
        and "scope" in d
        and (d["scope"] is None or is_scope(d["scope"]))
        and "expires" in d
        and (d["expires"] is None or is_day(d["expires"]))
    )


def is_cut(c) -> bool:
    return (
        type(c) is dict
        and is_key(c.get("key"))
        and c.get("reason") in ("retired", "superseded", "compromised")
        and "list" in c
        and (c["list"] is None or is_id(c["list"]))
    )


def is_succession(s) -> bool:
    return (
        type(s) is dict
        and is_code(s.get("relation"))
        and "inst" in s
        and (s["inst"] is None or is_id(s["inst"]))
        and is_day(s.get("day"))
    )


def is_witnesses(w) -> bool:
    if type(w) is not dict:
        return False
    institutions = array(w, "institutions", 1, 32, is_id)
    return ascending(institutions) and is_uint(w.get("quorum"), 1, len(institutions))


def is_profile(p) -> bool:
    return (
        type(p) is dict
        and len(encode(p)) <= 8_192
        and all(type(p.get(name)) is str for name in ("name", "kind", "lang"))
        and type(p.get("listed")) is bool
    )


def state(m, _size) -> None:
    one(m, "inst", is_id)
    one(m, "version", is_seq)
    one(m, "prev", is_id)
    roots_and_reserve(m)
    one(m, "profile", is_profile)
    array(m, "sealing", 0, 4, lambda x: type(x) is str and len(x.encode()) <= 2_560)
    delegated = [d["key"] for d in array(m, "delegations", 0, 64, is_delegation)]
    need(ascending(delegated), "delegations")
    need(not set(delegated) & set(m["roots"]), "a root key is delegated")
    cut = [c["key"] for c in array(m, "cuts", 0, 256, is_cut)]
    need(ascending(cut), "cuts")
    need(not set(cut) & set(delegated), "a key is cut and delegated")
    array(m, "succession", 0, 8, is_succession)
    one(m, "witnesses", either_null(is_witnesses))
    one(m, "day", is_day)


def cut_list(m, _size) -> None:
    one(m, "inst", is_id)
    one(m, "key", is_key)
    entries = array(m, "feeds", 0, UNBOUNDED, lambda x: is_array(x, is_id, is_seq, is_id))
    need(ascending(e[0] for e in entries), "feeds")
    need(ascending(array(m, "adopted", 0, 512, is_id)), "adopted")
    one(m, "day", is_day)


# --- section 5 ---


def signer(m) -> None:
    one(m, "inst", is_id)
    one(m, "key", is_key)
    one(m, "state", is_id)


def is_lane(x) -> bool:
    return (
        is_array(x, lambda f: is_public_feed(f) or is_circle(f), is_seq, either_null(is_id))
        and (x[2] is None) == (x[1] == 1)
    )


def record(m, size) -> None:
    signer(m)
    one(m, "kind", is_code)
    lanes = array(m, "lanes", 1, 8, is_lane)
    need(ascending(lane[0].encode() for lane in lanes), "lanes")
    links = array(m, "links", 0, 32, lambda x: is_array(x, is_code, is_id))
    need(ascending((rel.encode(), target) for rel, target in links), "links")
    one(m, "lang", is_lang)
    one(m, "marking", lambda x: type(x) is str)
    one(m, "day", either_null(is_day))
    for name in ("card", "body"):
        one(m, name, lambda x: is_array(x, is_id, lambda n: is_uint(n, 17)))
    need(m["card"][1] <= 16_384, "card")
    total = size + m["card"][1] + m["body"][1]
    need(total <= 61_440, "size of header, card and body")
    feeds = [lane[0] for lane in lanes]
    if "registry" in feeds:
        need(len(feeds) == 1, "registry beside another feed")
        need(total <= 16_384, "size of a registry record")
    if m["kind"] in NEEDED_LINK:
        need(any(rel == NEEDED_LINK[m["kind"]] for rel, _ in links), f"link {NEEDED_LINK[m['kind']]}")
    if any(is_circle(feed) for feed in feeds) or "enc" in m or m["marking"] not in ("clear", "green"):
        raise Unsupported("circle, enc or marking")


# --- section 6 ---


def reached(m, name) -> None:
    lanes = array(m, name, 0, 128, lambda x: is_array(x, is_public_feed, is_seq, is_id))
    need(ascending(lane[0].encode() for lane in lanes), name)


def head(m, _size) -> None:
    signer(m)
    one(m, "beat", is_seq)
    reached(m, "lanes")
    one(m, "day", is_day)
    one(m, "due", is_day)
    need(m["due"] >= m["day"], "due")


def alarm(m, _size) -> None:
    signer(m)
    one(m, "against", is_key)
    need(m["against"] != m["key"], "against its own key")
    reached(m, "good")
    one(m, "day", is_day)


# --- section 11 ---


def manifest(m, _size) -> None:
    signer(m)
    one(m, "role", lambda x: x in ("bundle", "want"))
    one(m, "root", is_id)
    one(m, "frames", lambda x: is_uint(x, 1))
    one(m, "bytes", is_uint)
    one(m, "volumes", lambda x: is_uint(x, 1))
    one(m, "to", either_null(is_id))
    one(m, "day", is_day)


def custody(m, _size) -> None:
    signer(m)
    one(m, "of", is_id)
    one(m, "leg", lambda x: is_uint(x, 1))
    one(m, "day", is_day)


def receipt(m, _size) -> None:
    signer(m)
    one(m, "to", is_id)
    one(m, "about", either_null(is_id))
    holds = array(m, "holds", 0, 240, lambda x: is_array(x, is_key, is_public_feed, is_seq, is_id))
    need(ascending((key, feed.encode()) for key, feed, _, _ in holds), "holds")
    one(m, "day", is_day)


CHECKS = {
    "inception": inception,
    "state": state,
    "cut-list": cut_list,
    "record": record,
    "head": head,
    "alarm": alarm,
    "manifest": manifest,
    "custody": custody,
    "receipt": receipt,
}
