# SPDX-License-Identifier: Apache-2.0
"""record.py CASE GOSSIPPER: recordings and captures of calls, read back."""
import json
import math
import pathlib
import re
import struct
import subprocess
import sys
import wave

from media import LIMIT_S, Peer, run
from reception import call, rtp



def samples(path):
    with wave.open(path) as file:
        raw = file.readframes(file.getnframes())
        values = struct.unpack(f"<{len(raw) // 2}h", raw)
        return file.getframerate(), [values[channel::file.getnchannels()] for channel in range(file.getnchannels())]


def runs(values):
    """Values that follow one another, each with how often."""
    out = []
    for value in values:
        if out and out[-1][0] == value:
            out[-1][1] += 1
        else:
            out.append([value, 1])
    return [tuple(run) for run in out]


def received(n, lost=(), begin=0.0):
    return [(begin + 0.02 * i, rtp(i, b"\x80" * 160)) for i in range(n) if i not in lost]


def case_wav(gossipper):
    """Both directions of all calls; and what is received between two orders, in a file that is named by a keyword. PCMU 0x80 is 32124, 0 is -32124."""
    pathlib.Path("low").write_bytes(bytes(1600))
    action = ('<nop><action><exec rtp_record="start,call_[call_number].wav"/><exec rtp_stream="low,1,0"/></action></nop><pause milliseconds="900"/>'
              '<nop><action><exec rtp_record="stop"/></action></nop><pause milliseconds="500"/>')
    code, _, _, _ = call(gossipper, received(60, (5, 6), 0.3), action)  # the recording has begun
    rate, (mono,) = samples("call_1.wav")
    shown = runs(mono)
    print("mono", rate, shown[:2], "ends", 20 * 160 < len(mono) < 59 * 160, "code", code)
    code, _, _, _ = call(gossipper, received(20, (5, 6)), '<nop><action><exec rtp_stream="low,1,0"/></action></nop><pause milliseconds="900"/>', "-record_wav", "wav/new")
    names = [path.name for path in pathlib.Path("wav/new").iterdir()]
    rate, (left, right) = samples(f"wav/new/{names[0]}")
    own, other = runs(left), runs(right)
    print("both", rate, [run for run in own if run[0]], [run for run in other if run[0] or run == (0, 320)], "names", [re.sub(r"\d+", "N", name) for name in names], "code", code)


def mu_law(sample):
    """ITU-T G.711."""
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~((0x80 if sample < 0 else 0) | exponent << 4 | magnitude >> exponent + 3 & 0x0f) & 0xff


def case_sox(gossipper):
    """A tone of 500 Hz is received, one of 250 Hz sent: what sox makes of the file."""
    def tone(hz, n):
        return bytes(mu_law(round(16384 * math.sin(2 * math.pi * hz * i / 8000))) for i in range(n))

    pathlib.Path("low").write_bytes(tone(250, 8000))
    high = tone(500, 8000)
    packets = [(0.02 * i, rtp(i, high[160 * i:160 * i + 160])) for i in range(50)]
    code, _, _, _ = call(gossipper, packets, '<nop><action><exec rtp_stream="low,1,0"/></action></nop><pause milliseconds="1300"/>', "-record_wav", "wav")
    path, = pathlib.Path("wav").iterdir()
    about = {option: subprocess.run(["sox", "--i", "-" + option, path], stdout=subprocess.PIPE, text=True, check=True).stdout.strip() for option in "rcbe"}
    print("file", about, "code", code)
    for channel, name in ((1, "sent"), (2, "received")):
        said = subprocess.run(["sox", path, "-n", "remix", str(channel), "trim", "0.1", "0.8", "stat"], stderr=subprocess.PIPE, text=True, check=True).stderr
        numbers = dict(re.findall(r"(\w[\w ]*\w):\s*([-\d.]+)", re.sub(" +", " ", said)))
        print(name, "frequency", round(int(numbers["Rough frequency"]), -1), "loudest", round(float(numbers["Maximum amplitude"]), 1), round(float(numbers["Minimum amplitude"]), 1))


def case_failed(gossipper):
    """A call whose media is checked and found wanting leaves a capture; one that succeeds leaves none."""
    pathlib.Path("tone").write_bytes(bytes(160))
    play = '<nop><action><exec rtp_stream="tone,-1,0"/></action></nop><pause milliseconds="700"/>'
    check = '<nop><action><exec rtpcheck="min_packets=500 timeout_ms=0"/></action></nop>'
    code, _, _, _ = call(gossipper, received(20), play, "-failed_pcap", "kept", "-rtcp")
    print("succeeded", code, list(pathlib.Path("kept").iterdir()))
    peer = Peer()
    code, stream, _, out = call(gossipper, received(20), play + check, "-failed_pcap", "kept", "-rtcp", peer=peer)
    record = json.loads(pathlib.Path("calls.jsonl").read_text(encoding="utf-8"))
    summary = json.loads(pathlib.Path("run.json").read_text(encoding="utf-8"))
    name = record["media_pcap"]
    print("failed", code, re.sub(r"\d+", "N", name), "told", f"its media: {name}" in out, summary["failures"][0]["example"]["media_pcap"] == name)
    ours = peer.offers[0]["audio"]
    shown = subprocess.run(["tshark", "-r", name, "-d", f"udp.port=={ours},rtp", "-d", f"udp.port=={ours + 1},rtcp", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
                            "-T", "fields", "-E", "separator=;", "-e", "ip.src", "-e", "udp.srcport", "-e", "udp.dstport", "-e", "rtp.seq", "-e", "rtcp.pt",
                            "-e", "frame.time_epoch", "-e", "_ws.malformed", "-e", "ip.checksum.status", "-e", "udp.checksum.status"],
                           stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True).stdout.splitlines()
    rows = [line.split(";") for line in shown]
    theirs = str(peer.port("audio"))
    sent = [row for row in rows if row[1:3] == [str(ours), theirs]]
    came = [row for row in rows if row[1:3] == [theirs, str(ours)]]
    reports = [row for row in rows if row[4]]
    gaps = [float(b[5]) - float(a[5]) for a, b in zip(came, came[1:])]
    print("sent", len(sent) == stream["packets_sent"], [int(row[3]) for row in sent] == list(range(len(sent))), "received", [int(row[3]) for row in came] == list(range(20)),
          "apart", 0.015 < sum(gaps) / len(gaps) < 0.025, "reports", {row[4] for row in reports}, "others", len(rows) - len(sent) - len(came) - len(reports))
    print("wrong", [row for row in rows if row[0] != "127.0.0.1" or row[6] or row[7:] != ["1", "1"]])


def case_faults(gossipper):
    code, _, _, out = call(gossipper, received(5), '<nop><action><exec rtp_record="start,absent/x.wav,duplex"/></action></nop><pause milliseconds="300"/>')
    counts = json.loads(pathlib.Path("run.json").read_text(encoding="utf-8"))["statistics"]
    print("absent folder: code", code, re.findall(r".*recordings of media.*", out), "failed", counts["MediaFilesFailed"], "dropped", counts["MediaRecordsDropped"])
    _, _, out = run(Peer(), gossipper, '<nop><action><exec rtp_record="begin"/></action></nop>')
    print("order:", re.findall(r"rtp_record=.*", out))


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](sys.argv[2])
