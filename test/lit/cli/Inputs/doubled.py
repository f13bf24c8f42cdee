# SPDX-License-Identifier: Apache-2.0
"""doubled.py GOSSIPPER: the last message of a run, repeated, is counted as one for an ended call."""
import json
import socket
import subprocess
import sys

from sockets import bound, free_port

UDP_SEGMENT = 103  # linux/udp.h

with open("doubled.xml", "w", encoding="ascii") as scenario:
    scenario.write("""<scenario><recv request="OPTIONS"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>""")
address = ("127.0.0.1", free_port())
with bound(timeout=0.05) as peer:
    options = (f"OPTIONS sip:us SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{peer.getsockname()[1]};branch=z9hG4bK1\r\nFrom: <sip:peer>;tag=1\r\n"
               "To: <sip:us>\r\nCall-ID: one\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode()
    peer.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(options))  # two datagrams at the same moment
    run = subprocess.Popen([sys.argv[1], "sipp", "-sf", "doubled.xml", "-i", address[0], "-p", str(address[1]), "-m", "1", "-nostdin", "-summary_json",
                            "doubled.json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        answer = b""
        while not answer and run.poll() is None:  # what comes before it listens is lost
            peer.sendto(options + options, address)
            try:
                answer = peer.recv(65536)
            except (TimeoutError, ConnectionError):
                pass
        run.wait(timeout=30)
    finally:
        run.kill()
with open("doubled.json", encoding="utf-8") as summary:
    counters = json.load(summary)["statistics"]
assert counters["SuccessfulCall"] == 1 and counters["DeadCallMsgs"] >= 1, counters
