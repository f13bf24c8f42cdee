# SPDX-License-Identifier: Apache-2.0
"""closes.py PORT CALLS: a caller over one TCP connection, who closes it when all calls have been answered."""
import socket
import sys

port, calls = map(int, sys.argv[1:])
with socket.create_connection(("127.0.0.1", port), 30) as connection:
    for i in range(calls):
        connection.sendall(f"INVITE sip:s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{i}\r\nFrom: <sip:a@a>;tag=a\r\nTo: <sip:s@s>\r\nCall-ID: {i}\r\n"
                           "CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1>\r\nContent-Length: 0\r\n\r\n".encode())
    answers = ""
    while answers.count("SIP/2.0 200 ") < calls:
        answers += connection.recv(65536).decode()
