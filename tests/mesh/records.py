"""Records to publish: drafts as the control socket takes them."""

import random


def cbor(value):
    """Strict CBOR of texts, lists and maps: the shortest heads, keys sorted by length and then by bytes."""
    if isinstance(value, str):
        data = value.encode()
        return head(3, len(data)) + data
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    pairs = sorted((cbor(key), cbor(item)) for key, item in value.items())
    return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for code, size in ((24, 1), (25, 2), (26, 4)):
        if n < 1 << 8 * size:
            return bytes([major << 5 | code]) + n.to_bytes(size, "big")
    raise ValueError(f"{n} is too long for a record")


def draft(feed, number, size=2048, seed=0):
    """A practice whose statement, card and body travel in about `size` bytes; no two are alike, and none compresses well."""
    words = random.Random(seed * 1_000_003 + number)
    # 620 bytes are header, signature, card and the names of the body's fields.
    text = "".join(words.choice("abcdefghijklmnopqrstuvwxyz      ") for _ in range(max(64, size - 620)))
    return {
        "kind": "practice",
        "feeds": [feed],
        "links": [],
        "lang": "en",
        "marking": "clear",
        "day": "2026-11-23",
        "card": cbor({"title": f"Record {seed}/{number} (example)", "summary": "Made to be measured."}).hex(),
        "body": cbor({"licence": "CC0-1.0", "attribution": "organisation",
                      "sections": {"challenge": "To know what a record costs.", "solution": text.strip() or "-"}}).hex(),
        "source": f"record {number}",
    }
