# SPDX-License-Identifier: Apache-2.0
"""A node that says what the test wants: listens at the Unix socket of the first argument and answers the
n-th line of every connection with the n-th of the other arguments, the last one from there on; an empty one
hangs up.  Ends with its parent's SIGTERM."""
import os
import socket
import sys

answers = sys.argv[2:]
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1] + ".new")
server.listen()
os.rename(sys.argv[1] + ".new", sys.argv[1])  # who sees it can connect
while True:
    link, _ = server.accept()
    number = 0
    with link, link.makefile("r") as lines:
        for _ in lines:
            answer = answers[min(number, len(answers) - 1)]
            number += 1
            if not answer:
                break
            try:
                link.sendall((answer + "\n").encode())
            except OSError:
                break
