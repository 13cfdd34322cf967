"""Files changed at random: their bytes, or what a sealed file says, its checksum made right."""

import copy
import hashlib
import json
import random
import struct

VALUES = [
    None, True, False, 0, -1, 1, 2, 3, 255, 2**31, 2**53 + 1, 2**64, -(2**63), 0.0, -0.5, 1e308,
    5e-324, "", "a", "\x1b[31m\u202e", "float32", "../x", "\ud83d\ude00", "0" * 300, [], {}, [[]],
    [1], [0.5, 0.5], [None], {"a": 1}, {"": {}}, ["array", "x"], ["integer", "9" * 30],
]  # fmt: skip
BYTES = [0, 1, 0x7F, 0x80, 0xFF, 0x0A, 0x2C, 0x22]


def changed_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with some changed, left out, repeated or inserted."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        at = rng.randrange(len(changed)) if changed else 0
        size = rng.choice([1, 1, 2, 4, 8, 64])
        match rng.randrange(7):
            case 0:
                changed[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                changed[at : at + 1] = bytes([rng.choice(BYTES)])
            case 2 if changed:
                changed[at] ^= 1 << rng.randrange(8)
            case 3:
                del changed[at : at + size]
            case 4:
                changed[at:at] = changed[at : at + size] * rng.choice([1, 2, 50])
            case 5:
                changed[at:at] = rng.randbytes(size)
            case _:
                number = rng.choice([0, 1, 2**31 - 1, 2**32 - 1, rng.randrange(2**32)])
                changed[at : at + 4] = struct.pack(rng.choice("<>") + "I", number)
    if rng.random() < 0.1:
        del changed[rng.randrange(len(changed) + 1) :]
    return bytes(changed)


def changed_value(value: object, rng: random.Random) -> object:
    """Return a JSON value with one place within it changed; the value given is changed too."""
    places: list[tuple[object, object]] = []

    def walk(node: object) -> None:
        entries = node.items() if isinstance(node, dict) else enumerate(node)
        for key, inner in entries:
            places.append((node, key))
            if isinstance(inner, dict | list):
                walk(inner)

    if not isinstance(value, dict | list):
        return copy.deepcopy(rng.choice(VALUES))
    walk(value)
    if not places:
        return copy.deepcopy(rng.choice(VALUES))
    node, key = rng.choice(places)
    match rng.randrange(7):
        case 0:
            del node[key]
        case 1:
            other, place = rng.choice(places)
            node[key] = copy.deepcopy(other[place]) if place in _keys(other) else None
        case 2 if isinstance(node, list):
            node[key:key] = copy.deepcopy(node[key : key + 1]) * rng.choice([1, 3, 200])
        case 2:
            node[f"{key}x"] = node[key]
        case 3 if isinstance(node[key], int | float):
            node[key] = rng.choice([-node[key], node[key] + 1, node[key] * 2, float(node[key])])
        case _:
            node[key] = copy.deepcopy(rng.choice(VALUES))
    return value


def _keys(node: object) -> object:
    return node if isinstance(node, dict) else range(len(node))


def sealed(header: dict, body: bytes) -> bytes:
    """Return the bytes of a sealed file with this header, its checksum right."""
    header["__metadata__"]["sha256"] = "0" * 64
    text = json.dumps(header, separators=(",", ":")).encode()
    data = struct.pack("<Q", len(text)) + text + body
    digest = hashlib.sha256(data).hexdigest().encode()
    return data.replace(b"0" * 64, digest, 1)


def changed_file(data: bytes, rng: random.Random) -> bytes:
    """Return a sealed file with its document, its table of arrays or its numbers changed."""
    end = 8 + int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8:end]), bytearray(data[end:])
    if rng.random() < 0.02:
        return changed_bytes(data, rng)
    document = json.loads(header["__metadata__"]["document"])
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        kind = rng.random()
        if kind < 0.6:
            document = changed_value(document, rng)
        elif kind < 0.8:
            table = {name: entry for name, entry in header.items() if name != "__metadata__"}
            changed = changed_value(table, rng)
            if isinstance(changed, dict):
                header = {"__metadata__": header["__metadata__"], **changed}
        elif body:
            at = rng.randrange(len(body)) // 8 * 8
            number = rng.choice([0.0, -1.0, 1e300, float("nan"), float("inf")])
            body[at : at + 8] = rng.choice([struct.pack("<d", number), rng.randbytes(8)])
    header["__metadata__"]["document"] = json.dumps(document)
    return sealed(header, bytes(body))
