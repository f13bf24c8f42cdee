# SPDX-License-Identifier: Apache-2.0
"""receive_buffer.py GOSSIPPER: stops a server, fills its receive buffer with keep-alives, lets it go on and asks whether it is there. Prints what it
has counted. Wants a network of its own, in which nobody else loses anything."""
import json
import os
import signal
import socket
import subprocess
import sys

from sockets import bound

KEEP_ALIVES = 2000
asked = 0
ours = bound()
port = ours.getsockname()[1] - 1
server = subprocess.Popen([sys.argv[1], "sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-summary_json", "drops.json"],
                          stdout=subprocess.PIPE, text=True)
INVITE = (f"INVITE sip:a@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port + 1};branch=z9hG4bK%d\r\nFrom: <sip:b@x>;tag=1\r\nTo: <sip:a@x>\r\n"
          "Call-ID: %d@x\r\nCSeq: 1 INVITE\r\nContact: <sip:b@127.0.0.1>\r\nContent-Length: 0\r\n\r\n")


def answered(number):
    """Asked again and again: the server may not be there yet."""
    global asked
    ours.settimeout(0.1)
    for _ in range(300):
        ours.sendto((INVITE % (number, number)).encode(), ("127.0.0.1", port))
        asked += 1
        try:
            while f"Call-ID: {number}@x" not in ours.recv(65536).decode():
                pass
            return True
        except (TimeoutError, ConnectionRefusedError):
            pass
    return False


print("answers before:", answered(1))
server.send_signal(signal.SIGSTOP)
os.waitpid(server.pid, os.WUNTRACED)  # it stands still
for _ in range(KEEP_ALIVES):
    ours.sendto(b"\r\n\r\n", ("127.0.0.1", port))
server.send_signal(signal.SIGCONT)
print("answers after:", answered(2))
server.terminate()
server.communicate(timeout=60)
with open("drops.json", encoding="ascii") as file:
    summary = json.load(file)
drops = summary["load"]["kernel_drops"]
taken = summary["statistics"]["KeepAlives"]
print("taken some:", taken > 0, "dropped the others:", KEEP_ALIVES - taken, "and at most", asked, "more:", 0 < KEEP_ALIVES - taken <= drops <= KEEP_ALIVES - taken + asked)
machine = summary["verdict"]["machine_udp"]
print("all of them ours:", machine["receive_buffer_errors"] == drops, machine["by_others"])
print("told:", summary["verdict"]["text"])
