"""Section 3: keys and signatures. Strict Ed25519 in plain integers, after RFC 8032; clarity over speed.

The equation is checked without the cofactor; that is why no library's verdict is used alone. For `single` statements a
library (pycose over OpenSSL) is asked as well: what is strictly valid must be valid there too.
"""

import hashlib

from pycose.headers import Algorithm  # noqa: F401  (registers the header the message decoder needs)
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

from strict_cbor import blake, decode, encode

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
PROTECTED = bytes.fromhex("a10127")
IDENTITY = (0, 1, 1, 0)  # extended coordinates X, Y, Z, T


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar: int, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(p, q) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def compress(point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def decompress(data: bytes):
    """The point, or None when the bytes are not the canonical encoding of one."""
    if len(data) != 32:
        return None
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P:
        return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decompress(bytes.fromhex("58" + "66" * 31))


def small_order(point) -> bool:
    return same(multiply(8, point), IDENTITY)


def key_is_good(key: bytes) -> bool:
    """`key` is the 33 bytes: the algorithm and a public key that may be used."""
    if len(key) != 33 or key[0] != 1:
        return False
    point = decompress(key[1:])
    return point is not None and not small_order(point)


def digest(key: bytes) -> bytes:
    return blake(key)


def external_aad(type_: str, net: bytes) -> bytes:
    return b"indaba/" + type_.encode() + b"/v1\x00" + net


def signed_bytes(type_: str, net: bytes, payload: bytes) -> bytes:
    return encode(["Signature1", PROTECTED, external_aad(type_, net), payload])


def challenge(r: bytes, a: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def signature_is_good(key: bytes, message: bytes, signature: bytes) -> bool:
    """The strict, cofactorless verification. `key` has passed `key_is_good`."""
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    r = decompress(r_bytes)
    if s >= L or r is None or small_order(r):
        return False
    k = challenge(r_bytes, key[1:], message)
    return same(multiply(s, BASE), add(r, multiply(k, decompress(key[1:]))))


def library_agrees(statement: bytes, key: bytes, type_: str, net: bytes) -> bool:
    """The verdict of an ordinary COSE library on a `single` statement, an untagged COSE_Sign1."""
    message = Sign1Message.from_cose_obj(decode(statement), True)
    message.external_aad = external_aad(type_, net)
    message.key = OKPKey(crv=Ed25519, x=key[1:])
    return message.verify_signature()
