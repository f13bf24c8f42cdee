# SPDX-License-Identifier: Apache-2.0
"""echo.py PROGRAM...: -rtp_echo of a server, of which the first media port is taken; prints what comes back."""
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
from sockets import bound, free_port, free_ports  # noqa: E402

LIMIT_S = 30


sip, rtp, taken = bound(LIMIT_S), bound(LIMIT_S), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
media, port = free_ports(6), free_port()
taken.bind(("127.0.0.1", media))
server = subprocess.Popen([*sys.argv[1:], "-sf", str(HERE / "echo.xml"), "-i", "127.0.0.1", "-mi", "127.0.0.1", "-p", str(port), "-mp", str(media), "-rtp_echo",
                           "-mb", "1000", "-nostdin", "-summary_json", "run.json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def rows(of):
    """The kernel's rows of this UDP port: their receive queues."""
    lines = pathlib.Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]
    return [int(line.split()[4].split(":")[1], 16) for line in lines if line.split()[1].endswith(f":{of:04X}")]


def wait(until):
    deadline = time.monotonic() + LIMIT_S
    while not until() and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def request(method, cseq):
    sip.sendto(f"{method} sip:s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{sip.getsockname()[1]};branch=z9hG4bK{cseq}\r\nFrom: <sip:a@a>;tag=a\r\n"
               f"To: <sip:s@s>{';tag=1' if cseq > 1 else ''}\r\nCall-ID: echo\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n".encode(), ("127.0.0.1", port))
    return sip.recv(65536).decode()


def echoed(size, to):
    rtp.sendto(bytes(size), ("127.0.0.1", to))
    data, source = rtp.recvfrom(65536)
    return f"{len(data)} of {size}, from {source[1] - media:+d}"


try:
    wait(lambda: all(map(rows, (port, media + 2, media + 4))))
    print("echo:", echoed(200, media + 2), "and", echoed(300, media + 4), "and", echoed(1500, media + 2))
    print("offered:", f"{int(re.search(r'm=audio (.*) RTP', request('INVITE', 1))[1]) - media:+d}")
    rtp.sendto(b"off", ("127.0.0.1", media + 2))
    wait(lambda: rows(media + 2) == [0])  # taken, and not sent back
    request("BYE", 2)
    print("on again:", echoed(50, media + 2))
finally:
    server.send_signal(signal.SIGUSR1)
    out = server.communicate(timeout=LIMIT_S)[0]
    if server.poll() is None:
        server.kill()
print(out)
counts = json.loads(pathlib.Path("run.json").read_text(encoding="utf-8"))["statistics"]
print("counted:", *(counts[f"RtpEcho{what}"] for what in ("Packets", "Bytes", "PacketsSecond", "BytesSecond")))
