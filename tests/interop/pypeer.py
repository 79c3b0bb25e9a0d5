# SPDX-License-Identifier: Apache-2.0
"""A peer that speaks the juki channel with dissononce: another implementation of Noise that shares
no code with ours or with flynn/noise.  The same command line as gopeer and the same conversation,
but no rekey (dissononce's own starts the nonce again, which Noise does not), so keep it below 65536
records.

usage: pypeer.py dial|serve KEYS HOST:PORT ROLE:CODE:UNIT [messages=N] [sizes=A,B,...]
"""
import socket
import struct
import sys
import threading
import time

from dissononce.cipher.chachapoly import ChaChaPolyCipher
from dissononce.dh.keypair import KeyPair
from dissononce.dh.x25519.private import PrivateKey
from dissononce.dh.x25519.public import PublicKey
from dissononce.dh.x25519.x25519 import X25519DH
from dissononce.hash.blake2b import Blake2bHash
from dissononce.processing.handshakepatterns.interactive.XX import XXHandshakePattern
from dissononce.processing.impl.cipherstate import CipherState
from dissononce.processing.impl.handshakestate import HandshakeState
from dissononce.processing.impl.symmetricstate import SymmetricState

CERTIFICATE_SIZE = 176
PAYLOAD_SIZE = 512
PLAIN_MAX = 4096
HELLO, MESSAGE, ACK, NACK, CLOSE = 1, 2, 3, 4, 5
FIRST, LAST = 1, 2
HEAD = struct.Struct(">BBQQ")


def content(from_dialler, number, size):
    side = 0 if from_dialler else 101
    return bytes((number * 7 + i * 13 + (i >> 8) * 31 + side) & 0xFF for i in range(size))


def read_file(folder, name):
    with open(f"{folder}/{name}", "rb") as file:
        return file.read()


class Channel:
    def __init__(self, link, dial, keys, peer):
        self.link = link
        self.dial = dial
        self.peer = peer
        self.sent = self.received = 0
        secret = read_file(keys, "channel.key")
        self.static = KeyPair(PublicKey(secret[40:72]), PrivateKey(secret[8:40]))
        self.certificates = read_file(keys, "node.cert") + read_file(keys, "channel.cert")
        self.name = self.certificates[2:3] + self.certificates[4:12]

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.link.recv(size - len(data))
            if not part:
                raise EOFError("the connection ended")
            data += part
        return data

    def write_step(self, state, payload, size):
        message = bytearray()
        ciphers = state.write_message(payload, message)
        if len(message) != size:
            raise ValueError(f"a handshake message of {len(message)} bytes")
        self.link.sendall(message)
        return ciphers

    def read_step(self, state, size):
        payload = bytearray()
        ciphers = state.read_message(self.read(size), payload)
        return bytes(payload), ciphers

    def check(self, payload, state):
        channel = payload[CERTIFICATE_SIZE:2 * CERTIFICATE_SIZE]
        if len(payload) != PAYLOAD_SIZE or payload[2:3] + payload[4:12] != self.peer:
            raise ValueError("a certificate of another node")
        if channel[40:72] != state.rs.data:
            raise ValueError("a certificate of another key")

    def handshake(self):
        target = self.peer if self.dial else self.name
        preamble = b"JUKI\x01\x01\x00" + target + bytes(16)
        if self.dial:
            self.link.sendall(preamble)
        elif self.read(32) != preamble:
            raise ValueError("another preamble")
        state = HandshakeState(
            SymmetricState(CipherState(ChaChaPolyCipher()), Blake2bHash()), X25519DH())
        prologue = b"juki/1/channel" + preamble
        state.initialize(XXHandshakePattern(), self.dial, prologue, s=self.static)
        own = self.certificates + bytes(PAYLOAD_SIZE - len(self.certificates))
        if self.dial:
            self.write_step(state, b"", 32)
            payload, _ = self.read_step(state, 608)
            self.check(payload, state)
            self.out, self.inward = self.write_step(state, own, 576)
        else:
            self.read_step(state, 32)
            self.write_step(state, own, 608)
            payload, (self.inward, self.out) = self.read_step(state, 576)
            self.check(payload, state)

    def send(self, plain):
        sealed = self.out.encrypt_with_ad(b"", plain)
        self.link.sendall(struct.pack(">H", len(sealed)) + sealed)
        self.sent += 1

    def send_control(self, kind, epoch, data):
        self.send(HEAD.pack(kind, FIRST | LAST, epoch, 0) + data)

    def send_message(self, sequence, data):
        at, size = 0, PLAIN_MAX - HEAD.size
        while at < len(data):
            flags = (FIRST if at == 0 else 0) | (LAST if at + size >= len(data) else 0)
            head = bytes([MESSAGE, flags])
            if at == 0:
                head = HEAD.pack(MESSAGE, flags, 1, sequence)
            self.send(head + data[at:at + size])
            at, size = at + size, PLAIN_MAX - 2

    def receive(self):
        """One whole message or control record: kind, epoch, sequence, data."""
        data, first, last = b"", True, False
        while not last:
            sealed = self.read(struct.unpack(">H", self.read(2))[0])
            plain = self.inward.decrypt_with_ad(b"", sealed)
            self.received += 1
            if bool(plain[1] & FIRST) != first:
                raise ValueError("a record out of order")
            if first:
                kind, _, epoch, sequence = HEAD.unpack_from(plain)
            data += plain[HEAD.size if first else 2:]
            first, last = False, bool(plain[1] & LAST)
        return kind, epoch, sequence, data

    def expect(self, what, *expected):
        if self.receive() != expected:
            raise ValueError(f"not the expected {what}")


def converse(channel, messages, sizes):
    hello = struct.pack(">QQQQQQHH", 1, 0, 1, 0, 0, int(time.time()), 1, 1)
    channel.send_control(HELLO, 0, hello)
    kind, _, _, data = channel.receive()
    if kind != HELLO or len(data) != 52 or data[:8] != hello[:8] or data[48:] != hello[48:]:
        raise ValueError("not the expected HELLO")

    def say():
        for i in range(1, messages + 1):
            channel.send_message(i, content(channel.dial, i, sizes[(i - 1) % len(sizes)]))

    writer = threading.Thread(target=say)
    writer.start()
    for i in range(1, messages + 1):
        size = sizes[(i - 1) % len(sizes)]
        channel.expect("message", MESSAGE, 1, i, content(not channel.dial, i, size))
    writer.join()
    channel.send_control(NACK, 1, struct.pack(">QH", 1, 101))
    channel.send_control(ACK, 1, struct.pack(">QI", messages + 1, 64))
    channel.expect("NACK", NACK, 1, 0, struct.pack(">QH", 1, 101))
    channel.expect("ACK", ACK, 1, 0, struct.pack(">QI", messages + 1, 64))
    if channel.dial:
        channel.send_control(CLOSE, 0, b"")
    else:
        channel.expect("CLOSE", CLOSE, 0, 0, b"")


def main(words):
    if len(words) < 4 or words[0] not in ("dial", "serve"):
        sys.exit(__doc__)
    dial = words[0] == "dial"
    host, port = words[2].rsplit(":", 1)
    role, code, unit = words[3].split(":")
    peer = bytes([int(role)]) + code.encode() + struct.pack(">H", int(unit))
    named = dict(word.split("=", 1) for word in words[4:])
    if dial:
        link = socket.create_connection((host, int(port)), timeout=60)
    else:
        listener = socket.create_server((host, int(port)))
        print("port", listener.getsockname()[1], flush=True)
        link, _ = listener.accept()
        link.settimeout(60)
    channel = Channel(link, dial, words[1], peer)
    channel.handshake()
    converse(channel, int(named.get("messages", "0")),
             [int(size) for size in named.get("sizes", "20").split(",")])
    print(f"0: done records_sent={channel.sent} records_received={channel.received} rekeys=0,0")


main(sys.argv[1:])
