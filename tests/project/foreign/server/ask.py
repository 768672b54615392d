# SPDX-License-Identifier: GPL-3.0-or-later
"""ask.py PORT N: asks N times, and says how often it was answered."""
import socket, sys

port, n, done = int(sys.argv[1]), int(sys.argv[2]), 0
for _ in range(n):
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        text = b""
        while chunk := s.recv(4096):
            text += chunk
        done += text.startswith(b"HTTP/1.0 200")
print(f"answered {done}")
