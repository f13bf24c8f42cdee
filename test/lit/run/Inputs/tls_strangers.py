# SPDX-License-Identifier: Apache-2.0
"""tls_strangers.py PORT PROGRAM...: fifty clients connect to a TLS server and leave in the middle of their first message, in order or with a reset;
then the program runs."""
import socket
import struct
import subprocess
import sys

# A record of 200 bytes that begins a ClientHello (RFC 8446 4.1.2), then zeros.
HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(192)

for i in range(50):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection:
        connection.sendall(HELLO[:i * 4])
        if i % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
sys.exit(subprocess.run(sys.argv[2:], check=False).returncode)
