"""The rule a public key must meet: edwards25519 points, read strictly (RFC 8032 §5.1).

OpenSSL accepts public keys that have a small-order component. Under such a key one signature can
be valid for many messages, or valid to one verifier and not to another, so that an agency could
disown what it signed. Enrolment therefore refuses every key but one that is

1. 32 bytes long,
2. canonical: y below p, and no sign bit on x = 0 (RFC 8032 §5.1.3),
3. a point of the curve,
4. not of small order,
5. in the prime-order subgroup: L·A is the identity, so no torsion component is mixed in.

Plain integers, not constant in time: it only ever sees public keys.
"""

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T with T = XY/Z
IDENTITY: Point = (0, 1, 1, 0)


def add(a: Point, b: Point) -> Point:
    """Return a + b (RFC 8032 §5.1.4; complete, so it also doubles)."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    aa = (y1 - x1) * (y2 - x2) % P
    bb = (y1 + x1) * (y2 + x2) % P
    cc = 2 * t1 * t2 * D % P
    dd = 2 * z1 * z2 % P
    e, f, g, h = bb - aa, dd - cc, dd + cc, bb + aa
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    """Return scalar · point."""
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def is_identity(point: Point) -> bool:
    """Return whether the point is the neutral element."""
    x, y, z, _ = point
    return x % P == 0 and (y - z) % P == 0


def decompress(raw: bytes) -> Point | None:
    """Return the point that 32 bytes encode, or None if they encode none canonically.

    RFC 8032 §5.1.3, whose step 4 refuses a sign bit on x = 0 and step 1 a y of p or more.
    """
    if len(raw) != 32:
        return None
    encoded = int.from_bytes(raw, "little")
    sign, y = encoded >> 255, encoded & (2**255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * SQRT_MINUS_ONE % P
    elif v * x * x % P != u:
        return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def weakness_of(raw: bytes) -> str | None:
    """Return why `raw` must not be anyone's public key, or None if it may be."""
    if len(raw) != 32:
        return f"it is {len(raw)} bytes long, not 32"
    point = decompress(raw)
    if point is None:
        return "it is not the canonical encoding of a point of the curve"
    if is_identity(multiply(8, point)):
        return "it is of small order"
    if not is_identity(multiply(L, point)):
        return "it has a small-order component"
    return None
