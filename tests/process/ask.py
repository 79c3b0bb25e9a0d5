# SPDX-License-Identifier: Apache-2.0
"""Sends raw bytes to a node's Unix socket: each argument is one line ("\\x00" and the like are escapes,
"@N" stands for N letters); prints the lines that come back, then "closed" if the node hung up."""
import re
import socket
import sys

link = socket.socket(socket.AF_UNIX)
link.settimeout(10)
link.connect(sys.argv[1])
lines = [re.sub(r"@(\d+)", lambda m: "a" * int(m[1]), text) for text in sys.argv[2:]]
link.sendall("".join(line + "\n" for line in lines).encode().decode("unicode_escape").encode("latin1"))
answers = b""
try:
    while answers.count(b"\n") < len(lines):
        part = link.recv(65536)
        if not part:
            break
        answers += part
except ConnectionError:
    pass
sys.stdout.write(answers.decode())
if answers.count(b"\n") < len(lines):
    print("closed")
