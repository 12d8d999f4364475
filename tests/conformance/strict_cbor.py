"""Section 1: strict CBOR, hashes and network ids.

The decision is made the way the specification states it: decode to the generic form with a standard library, look at the
types, encode again, compare.
"""

import re

import cbor2
from blake3 import blake3

MAX_DEPTH = 8
MIN_INT, MAX_INT = -(2**63), 2**63 - 1
NETWORK_NAME = re.compile(r"[a-z][a-z0-9.-]{0,63}\Z")


class NotCanonical(Exception):
    """The bytes are not strict CBOR."""


def blake(data: bytes) -> bytes:
    return blake3(data).digest()


def net_id(name: str) -> bytes:
    if not NETWORK_NAME.match(name):
        raise ValueError(f"not a network name: {name!r}")
    return blake(name.encode())


def encode(value) -> bytes:
    """The one encoding of a generic value."""
    return cbor2.dumps(value, canonical=True)


def _look(value, depth: int) -> None:
    # `type(...) is`, not isinstance: bool is an int in Python, and the library has subclasses for what CBOR allows beyond us.
    if value is None or type(value) in (bool, str, bytes):
        return
    if type(value) is int:
        if not MIN_INT <= value <= MAX_INT:
            raise NotCanonical(f"integer out of range: {value}")
        return
    if depth >= MAX_DEPTH:
        raise NotCanonical("nested deeper than 8")
    if type(value) is list:
        for item in value:
            _look(item, depth + 1)
    elif type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise NotCanonical("a map key is not text")
            _look(item, depth + 1)
    else:
        raise NotCanonical(f"a {type(value).__name__} is not allowed")


def decode(data: bytes):
    """The generic value, or NotCanonical."""
    try:
        value = cbor2.loads(data)
    except Exception as why:  # whatever the library says about foreign bytes, the answer is the same
        raise NotCanonical(str(why)) from None
    _look(value, 0)
    if encode(value) != data:
        raise NotCanonical("not the deterministic encoding")
    return value
