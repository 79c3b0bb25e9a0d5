# SPDX-License-Identifier: Apache-2.0
"""Two peers talk through a proxy that flips one bit of what it carries, another one for each
connection.

usage: flips.py WHERE STEP RESPONDER INITIATOR KEYS_RESPONDER KEYS_INITIATOR [NAME=VALUE ...]
  WHERE   preamble, 1, 2 or 3: which part of the conversation; every STEP-th bit of it is flipped
  RESPONDER, INITIATOR   programs (peer.c, gopeer); the names are 1:141003:0 and 1:131016:0

A flip counts as found when the handshake fails: nobody is proven, but for a flip in message 3,
where the responder has been proven before it; then the initiator must not get past HELLO.  The
first and the last connection are carried as they are and must succeed.  Prints "N of M"; exit 0
only when all were found and both controls succeeded.
"""
import re
import select
import socket
import subprocess
import sys

# Where each part stands in the stream: does the initiator send it, first byte, number of bytes.
PARTS = {
    "preamble": (True, 0, 32),
    "1": (True, 32, 32),
    "2": (False, 0, 608),
    "3": (True, 64, 576),
}
SECONDS = 30  # longer than every deadline of the peers


def carry(left, right, flip):
    """Carries bytes until both ends are closed; flip is (from the left, byte, bit) or None."""
    other = {left: right, right: left}
    done = {left: 0, right: 0}
    reading = [left, right]
    while reading:
        ready, _, _ = select.select(reading, [], [], SECONDS)
        if not ready:
            sys.exit("flips.py: the peers wait for each other")
        for link in ready:
            try:
                data = bytearray(link.recv(65536))
            except ConnectionResetError:
                data = bytearray()
            if flip is not None and flip[0] == (link is left):
                at = flip[1] - done[link]
                if 0 <= at < len(data):
                    data[at] ^= 1 << flip[2]
            done[link] += len(data)
            try:
                if data:
                    other[link].sendall(data)
                else:
                    reading.remove(link)
                    other[link].shutdown(socket.SHUT_WR)
            except OSError:
                pass  # that side has gone already; the other one will hear it


def start(program, words):
    return subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True)


def outcome(line, number):
    """"done", or the stage at which the connection was closed."""
    match = re.fullmatch(rf"{number}: (done .*|closed at=(\w+) .*)\n", line)
    if match is None:
        sys.exit(f"flips.py: {line!r} is not what a peer says of connection {number}")
    return match[2] or "done"


def main(where, step, responder, initiator, responder_keys, initiator_keys, *more):
    from_left, first, size = PARTS[where]
    bits = range(0, size * 8, int(step))
    plan = [None, *((from_left, first + bit // 8, bit % 8) for bit in bits), None]
    times = f"times={len(plan)}"
    door = socket.create_server(("127.0.0.1", 0))
    door.settimeout(SECONDS)
    server = start(responder,
                   ["serve", responder_keys, "127.0.0.1:0", "1:131016:0", times, *more])
    port = int(server.stdout.readline().split()[1])
    client = start(initiator, ["dial", initiator_keys, f"127.0.0.1:{door.getsockname()[1]}",
                               "1:141003:0", times, *more])
    before = ("preamble", "handshake")
    found = controls = 0
    missed = []
    for number, flip in enumerate(plan):
        left, _ = door.accept()
        right = socket.create_connection(("127.0.0.1", port))
        carry(left, right, flip)
        left.close()
        right.close()
        dialled = outcome(client.stdout.readline(), number)
        served = outcome(server.stdout.readline(), number)
        if flip is None:
            controls += (dialled, served) == ("done", "done")
        elif served in before and dialled in (before if where != "3" else (*before, "hello")):
            found += 1
        else:
            missed.append(f"byte {flip[1]} bit {flip[2]}: initiator {dialled}, responder {served}")
    client.wait()
    server.wait()
    print(f"{found} of {len(bits)} handshakes fail, controls {controls} of 2 succeed")
    for line in missed[:5]:
        print(line)
    sys.exit(0 if found == len(bits) and controls == 2 else 1)


main(*sys.argv[1:])
