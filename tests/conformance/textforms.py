"""Section 11: the text forms of ids, fingerprints and invitations."""

import base64
import re

import fields
from strict_cbor import NETWORK_NAME, blake, decode

ID_HEADER = bytes.fromhex("01711e20")
MAX_INVITATION = 2_048


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")


def unbase32(text: str) -> bytes:
    """The bytes; ValueError for anything that is not the one form of some bytes."""
    if text != text.lower():
        raise ValueError("upper case")
    data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    if base32(data) != text:
        raise ValueError("not the one base32 form")
    return data


def id_text(id_: bytes) -> str:
    return "b" + base32(ID_HEADER + id_)


def id_from_text(text: str) -> bytes:
    data = unbase32(text[1:])
    if text[:1] != "b" or data[:4] != ID_HEADER or len(data) != 36:
        raise ValueError("not an id")
    return data[4:]


def luhn(digits: str) -> int:
    """The digit that, appended, makes the sum of section 11's check a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def fingerprint(id_: bytes) -> str:
    digits = f"{int.from_bytes(id_[:16], 'big'):039d}"
    digits += str(luhn(digits))
    return " ".join(digits[n : n + 5] for n in range(0, 40, 5))


def id_from_fingerprint(text: str) -> bytes:
    """The first 16 bytes of the id."""
    digits = text.replace(" ", "")
    if not re.fullmatch(r"[0-9]{5}( [0-9]{5}){7}", text) or luhn(digits[:39]) != int(digits[39]):
        raise ValueError("not a fingerprint")
    number = int(digits[:39])
    if number >= 2**128:
        raise ValueError("more than 16 bytes")
    return number.to_bytes(16, "big")


def check_invitation(m) -> None:
    if type(m) is not dict or type(m.get("net")) is not str or not NETWORK_NAME.match(m["net"]):
        raise ValueError("net")
    if not fields.is_id(m.get("inst")) or type(m.get("name")) is not str:
        raise ValueError("inst, name")
    peers = m.get("peers")
    if type(peers) is not list or len(peers) > 8:
        raise ValueError("peers")
    for peer in peers:
        if type(peer) is not list or len(peer) != 2 or type(peer[0]) is not str or type(peer[1]) is not list:
            raise ValueError("a peer")
        if len(peer[1]) > 8 or any(type(address) is not str for address in peer[1]):
            raise ValueError("addresses")


def invitation(map_bytes: bytes) -> str:
    check_invitation(decode(map_bytes))
    text = "indaba1" + base32(map_bytes + blake(map_bytes)[:4])
    if len(text) > MAX_INVITATION:
        raise ValueError("longer than 2,048 characters")
    return text


def invitation_from_text(text: str) -> bytes:
    if len(text) > MAX_INVITATION or not text.startswith("indaba1"):
        raise ValueError("not an invitation")
    data = unbase32(text[len("indaba1") :])
    if len(data) < 5:
        raise ValueError("too short")
    map_bytes, check = data[:-4], data[-4:]
    if blake(map_bytes)[:4] != check:
        raise ValueError("the check does not match")
    check_invitation(decode(map_bytes))
    return map_bytes

