# SPDX-License-Identifier: Apache-2.0
"""search.py COMMAND...: the peer of search.xml. Says what it gets for each message that it sends, then the counts of the steps."""
import re
import subprocess
import sys

from sockets import bound


def header(message, name):
    return re.search(rf"^{name}: *(.*?)\r$", message, re.M)[1]


def sent(text):
    """The first words of what comes back, within a moment; SIPp takes a step a millisecond."""
    peer.settimeout(0.2)
    got = []
    try:
        while True:
            message = peer.recv(65536).decode()
            got.append(" ".join(message.split("\r\n")[0].split()[:2]) + (" for " + header(message, "X-For").removeprefix("X-Number:").strip() if "X-For" in message else ""))
    except TimeoutError:
        print(f"{text}: {', '.join(got) or 'nothing'}")
    return got


def say(first_line, cseq, number):
    to, origin = header(invite, "To") + ";tag=peer", header(invite, "From")
    if first_line.startswith("SIP"):
        ends = f"Via: {header(invite, 'Via')}\r\nFrom: {origin}\r\nTo: {to}"
    else:
        ends = f"Via: SIP/2.0/UDP 127.0.0.1:{peer.getsockname()[1]};branch=z9hG4bK{number}\r\nFrom: {to}\r\nTo: {origin}"
    peer.sendto(f"{first_line}\r\n{ends}\r\nCall-ID: {header(invite, 'Call-ID')}\r\nCSeq: {cseq}\r\nX-Number: {number}\r\nContent-Length: 0\r\n\r\n".encode(), client)
    return sent(f"{first_line.removeprefix('SIP/2.0 ')} ({number})")


with bound() as peer:
    run = subprocess.Popen([*sys.argv[1:], f"127.0.0.1:{peer.getsockname()[1]}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        data, client = peer.recvfrom(65536)
        invite = data.decode()
        say("SIP/2.0 180 Ringing", "1 INVITE", 1)
        say("SIP/2.0 100 Trying", "1 INVITE", 2)   # back to an optional step that adjoins
        say("SIP/2.0 180 Ringing", "1 INVITE", 3)  # … and forward again
        say("SIP/2.0 183 Progress", "1 INVITE", 4)
        say("SIP/2.0 200 OK", "1 INVITE", 5)
        say("SIP/2.0 200 OK", "1 INVITE", 6)       # late: the ACK behind its step is sent again
        say("INFO sip:us SIP/2.0", "7 INFO", 7)    # global: back to the step behind it
        say("SIP/2.0 200 OK", "1 INVITE", 8)       # … whose steps are taken once more
        say("BYE sip:us SIP/2.0", "9 BYE", 9)
        output, errors = run.communicate(timeout=30)
    finally:
        run.kill()
for line in output.splitlines():
    if re.match(r"\d+ ?:", line):
        print(" ".join(line.split()))
    elif "Test Terminated" in line:
        break
print("exit code", run.returncode)
