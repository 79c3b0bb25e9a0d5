#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of src/reconcile a second time, from its definitions and with big integers.

Prints what vectors.c prints.  With an argument (a word of WRONG) one definition is changed, so that
the comparison must fail: its control.
"""
import hashlib
import math
import sys

WRONG = {"prime", "mapping", "place", "value", "digest", "mark"}
wrong = sys.argv[1] if len(sys.argv) > 1 else ""
if wrong and wrong not in WRONG:
    sys.exit("usage: vectors.py [" + "|".join(sorted(WRONG)) + "]")

M64 = (1 << 64) - 1
P = (1 << 61) - (3 if wrong == "prime" else 1)
state = 1


def draw():
    global state
    state = (state + 0x9E3779B97F4A7C15) & M64
    z = state
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & M64
    return z ^ z >> 31


def siphash(key, data):
    """SipHash-2-4, as its paper says."""
    k0, k1 = (int.from_bytes(key[i:i + 8], "little") for i in (0, 8))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261,
         k1 ^ 0x7465646279746573]

    def turn(x, by):
        return (x << by | x >> 64 - by) & M64

    def rounds(count):
        for _ in range(count):
            v[0] = v[0] + v[1] & M64
            v[2] = v[2] + v[3] & M64
            v[1] = turn(v[1], 13) ^ v[0]
            v[3] = turn(v[3], 16) ^ v[2]
            v[0] = turn(v[0], 32)
            v[2] = v[2] + v[1] & M64
            v[0] = v[0] + v[3] & M64
            v[1] = turn(v[1], 17) ^ v[2]
            v[3] = turn(v[3], 21) ^ v[0]
            v[2] = turn(v[2], 32)

    whole = len(data) // 8 * 8
    last = data[whole:].ljust(7, b"\0") + bytes([len(data) & 255])
    for at in range(0, whole, 8):
        word = int.from_bytes(data[at:at + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    word = int.from_bytes(last, "little")
    v[3] ^= word
    rounds(2)
    v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")


ROOTS = [((math.isqrt((1 << 70) // (64 + i))) + 1) // 2 for i in range(193)]


def cells_of(place, end):
    """The cells of an element, from the table of roots by linear interpolation."""
    at, found = 0, []
    while at < end:
        found.append(at)
        place = (place * 0xD1342543DE82EF95 + 0x9E3779B97F4A7C15) & M64
        u = place | 1 << 43
        shift = 0
        while u << 2 * shift < 1 << 62:
            shift += 1
        w = u << 2 * shift
        slot = (w >> 56) - 64
        root = ROOTS[slot] - ((ROOTS[slot] - ROOTS[slot + 1]) * (w >> 24 & 0xFFFFFFFF) >> 32)
        # The least j with j + 1.5 >= (at + 1.5) * root / 2^30 * 2^shift, but beyond `at`.
        top = (2 * at + 3) * (root << shift) - (3 << 30)
        j = -(-top // (1 << 31))
        if wrong == "mapping" and at == 5:
            j += 1
        at = max(j, at + 1)
    return found


def main():
    for i in range(2000):
        a = draw() % P
        b = P - 1 - i if i % 7 == 0 else draw() % P
        print("field", (a + b) % P, (a - b) % P, a * b % P, pow(a, P - 2, P),
              (a * 8 + 7 & M64) % P)
    for _ in range(300):
        print("mapping", *cells_of(draw(), 1 << 20))

    epoch_key = bytes([7]) + bytes(31)

    def derive(label, size):
        return hashlib.blake2b(label.encode().ljust(24, b"\0"), digest_size=size,
                               key=epoch_key).digest()

    digest_key = derive("juki reconcile digest", 32)
    place_key = derive("juki reconcile place", 16)
    factors = [int.from_bytes(derive("juki reconcile value " + part, 64)[at:at + 8], "big") % P
               for part in "ab" for at in range(0, 64, 8)]
    print("id", int.from_bytes(derive("juki reconcile id", 16)[:8], "big"))
    cells = [[0, 0] for _ in range(96)]
    marks = [0] * 384
    for i in range(100):
        code = 1 + draw() % 99999999999
        episode = 1 + draw() % 9
        key = code * 65536 + episode
        head = (b"\1" + b"%011d" % code + episode.to_bytes(8, "big") + i.to_bytes(8, "big")
                + (i - 50 & M64).to_bytes(8, "big") + (101 if i % 5 else 0).to_bytes(2, "big")
                + (201 if i % 2 else 0).to_bytes(2, "big") + bytes([1 + i % 2]) + (i + 1).to_bytes(2, "big"))
        person = b"juki record" if wrong != "digest" else b"juki records"
        digest = hashlib.blake2b(head + bytes([i]) * (i + 1), digest_size=32, key=digest_key,
                                 person=person).digest()
        key_bytes = key.to_bytes(8, "little" if wrong == "place" else "big")
        place = int.from_bytes(siphash(place_key, key_bytes), "big")
        words = digest + key.to_bytes(8, "big")
        f = factors[10] + (wrong == "value") + sum(
            factors[j] * int.from_bytes(words[4 * j:4 * j + 4], "big") for j in range(10))
        f %= P
        for cell in cells_of(place, 96):
            cells[cell][0] = (cells[cell][0] + f) % P
            cells[cell][1] = (cells[cell][1] + key * f) % P
        x = (place ^ place >> 32) * 0x9FB21C651E98DF25 & M64
        x ^= x >> 28
        level = min(64 - x.bit_length(), 15)
        mark = level * 24 + ((x & 0xFFFFFFFF) * 24 >> 32)
        marks[mark] = (marks[mark] + f * (2 if wrong == "mark" else 1)) % P
        print("record", "%011d" % code, episode, f, digest.hex())
    print("".join("%016x%016x" % (s, m) for s, m in cells))
    print("".join("%02x" % (m >> 20 & 255) for m in marks))


main()
