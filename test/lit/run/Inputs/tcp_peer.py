# SPDX-License-Identifier: Apache-2.0
"""tcp_peer.py PORT reset|close|half: a server that answers the calls of the built-in uac over TCP, but ends its first connection at the fifth INVITE: by a
reset, in order, or in order after half of a response. Later connections stay."""
import socket
import struct
import sys

port, how = int(sys.argv[1]), sys.argv[2]


def response(request, status):
    kept = [line for line in request.split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
    kept = [line + ";tag=peer" if line.startswith("To:") and "tag=" not in line else line for line in kept]
    return "\r\n".join([f"SIP/2.0 {status}", *kept, "Content-Length: 0", "", ""]).encode()


def messages(connection):
    pending = b""
    while data := connection.recv(65536):
        pending += data
        while b"\r\n\r\n" in pending:
            header, _, rest = pending.partition(b"\r\n\r\n")
            length = int(next((line.split(b":")[1] for line in header.split(b"\r\n") if line.startswith(b"Content-Length")), b"0"))
            if len(rest) < length:
                break
            pending = rest[length:]
            yield header.decode()


listener = socket.create_server(("127.0.0.1", port))
for number in range(1000):
    connection, _ = listener.accept()
    invites = 0
    for message in messages(connection):
        method = message.split(" ")[0]
        invites += method == "INVITE"
        if number == 0 and invites == 5:
            if how == "half":
                connection.sendall(response(message, "200 OK")[:40])
            if how == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            break
        if method in ("INVITE", "BYE"):
            connection.sendall(response(message, "200 OK"))
    connection.close()
