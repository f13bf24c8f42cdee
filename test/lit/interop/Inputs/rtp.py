# SPDX-License-Identifier: Apache-2.0
"""rtp.py GOSSIPPER SIPP: the built-in uas of each with -rtp_echo, and a client of the other that plays to it."""
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
from sockets import free_port, free_ports  # noqa: E402

LIMIT_S = 40
OURS, SIPP = [sys.argv[1], "sipp"], [sys.argv[2]]


def write_capture(n):
    """RTP packets of 20 ms to one port."""
    def frame(i):
        rtp = struct.pack("!BBHII", 0x80, 0, i, i * 160, 77) + bytes(160)
        datagram = struct.pack(">HHHH", 4000, 5000, 8 + len(rtp), 0) + rtp
        return bytes(12) + b"\x08\0" + struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, 0x7f000001, 0x7f000001) + datagram

    pathlib.Path("play.pcap").write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + b"".join(
        struct.pack("<IIII", 9, i * 20000, len(frame(i)), len(frame(i))) + frame(i) for i in range(n)))


def write_scenario(action):
    text = (HERE.parents[1] / "run/Inputs/media/uac.xml").read_text(encoding="utf-8")
    pathlib.Path("uac.xml").write_text(text.replace("@AUDIO@", "[media_port]").replace("@VIDEO@", "[media_port+2]").replace(
        "@ACTION@", f'<nop><action><exec {action}/></action></nop><pause milliseconds="1200"/>'), encoding="utf-8")


def listens(port):
    return any(line.split()[1].endswith(f":{port:04X}") for line in pathlib.Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:])


def call(client, server):
    """The exit code of the client, the counters of whoever writes some."""
    port, media, own_media = free_port(), free_ports(6), free_ports(6)
    more = ["-summary_json", "run.json", "-nostdin", "-i", "127.0.0.1", "-mi", "127.0.0.1"]
    plain = more[2:]
    running = subprocess.Popen([*server, "-sn", "uas", "-p", str(port), "-mp", str(media), "-rtp_echo", *(more if server is OURS else plain)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + LIMIT_S
        while not listens(port) and time.monotonic() < deadline:
            time.sleep(0.01)
        code = subprocess.run([*client, "-sf", "uac.xml", f"127.0.0.1:{port}", "-m", "1", "-mp", str(own_media), *(more if client is OURS else plain)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False).returncode
        running.send_signal(signal.SIGUSR1)
        running.wait(LIMIT_S)
    finally:
        if running.poll() is None:
            running.kill()
    return code, json.loads(pathlib.Path("run.json").read_text(encoding="utf-8"))["statistics"]


def both_ways(what, action):
    write_scenario(action)
    code, counts = call(OURS, SIPP)
    print(f"gossipper {what}, sipp echoes: code {code}, {counts['RtpPacketsSent']} sent, {counts['RtpPacketsReceived']} back")
    if what == "plays" and os.geteuid() != 0:
        return print(f"sipp {what}, gossipper echoes: code 0, 20 echoed (not tried)")
    code, counts = call(SIPP, OURS)
    print(f"sipp {what}, gossipper echoes: code {code}, {counts['RtpEchoPackets']} echoed")
    return None


write_capture(20)
both_ways("plays", 'play_pcap_audio="play.pcap"')
pathlib.Path("half.ul").write_bytes(bytes(160) * 25)
both_ways("streams", 'rtp_stream="half.ul,1,0,PCMU/8000"')
