"""A pack of git's, and its index: one file for all objects, so that copies of a repository are cheap."""

import bisect
import hashlib
import struct
import zlib

KINDS = {b"commit": 1, b"tree": 2, b"blob": 3, b"tag": 4}


def write(folder, objects):
    """Writes objects by hash, each with git's own header in front."""
    body, places = [struct.pack(">4sII", b"PACK", 2, len(objects))], {}
    offset = len(body[0])
    for oid, data in objects.items():
        header, _, content = data.partition(b"\0")
        entry = head(KINDS[header.split()[0]], len(content)) + zlib.compress(content, 1)
        places[oid] = (offset, zlib.crc32(entry))
        body.append(entry)
        offset += len(entry)
    packed = b"".join(body)
    check = hashlib.sha1(packed).digest()
    name = f"pack-{check.hex()}"
    (folder / f"{name}.pack").write_bytes(packed + check)
    (folder / f"{name}.idx").write_bytes(index(places, check))


def head(kind, size):
    """Kind and size, seven bits a byte after the first four."""
    found = [kind << 4 | size & 15]
    size >>= 4
    while size:
        found[-1] |= 128
        found.append(size & 127)
        size >>= 7
    return bytes(found)


def index(places, check):
    order = sorted(places)
    counts = [bisect.bisect_left(order, f"{first + 1:02x}") if first < 255 else len(order) for first in range(256)]
    parts = [b"\377tOc", struct.pack(">I", 2), struct.pack(">256I", *counts), *(bytes.fromhex(oid) for oid in order),
             *(struct.pack(">I", places[oid][1]) for oid in order), *(struct.pack(">I", places[oid][0]) for oid in order), check]
    data = b"".join(parts)
    return data + hashlib.sha1(data).digest()
