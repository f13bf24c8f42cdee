# SPDX-License-Identifier: Apache-2.0
"""reception.py CASE GOSSIPPER: what a run tells of RTP that is sent to it, beside what was sent and what tshark makes of it."""
import json
import pathlib
import re
import struct
import subprocess
import sys
import threading
import time

from capture_file import Capture
from media import LIMIT_S, Peer, come_back, run, write_capture
from sockets import bound


def rtp(sequence, payload, kind=0, ssrc=0x1234, timestamp=None, marker=0):
    return struct.pack("!BBHII", 0x80, kind | marker << 7, sequence & 0xffff, (160 * sequence if timestamp is None else timestamp) & 0xffffffff, ssrc) + payload


def send(peer, packets, media="audio"):
    """Packets with the times at which they leave, in seconds, once the offer has come."""
    def work():
        deadline = time.monotonic() + LIMIT_S
        while not peer.offers and time.monotonic() < deadline:
            time.sleep(0.01)
        begin = time.monotonic()
        for at, data in packets:
            time.sleep(max(0, begin + at - time.monotonic()))
            getattr(peer, media).sendto(data, ("127.0.0.1", peer.offers[0][media]))

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def call(gossipper, packets, action=None, *more, peer=None, media="audio", all_streams=False, **changes):
    """Exit code, the first stream of the call's record or all of them, the media of the summary, what was printed. Without an action the call waits for all packets."""
    action = action or come_back(len(packets), media)
    peer = peer or Peer()
    sender = send(peer, packets, media)
    code, _, out = run(peer, gossipper, action, "-call_records_jsonl", "calls.jsonl", *more, **changes)
    sender.join()
    record = json.loads(pathlib.Path("calls.jsonl").read_text(encoding="utf-8").splitlines()[0])
    streams = record["media"].get("streams", [{}])
    return code, streams if all_streams else streams[0], json.loads(pathlib.Path("run.json").read_text(encoding="utf-8"))["media"], out


def steady(n):
    return [(0.02 * i, rtp(i, b"\x10" * 160)) for i in range(n)]


def case_numbers(gossipper):
    """Ten packets of silence, one lost, one twice, two in the wrong order, two digits, another source, another type."""
    packets = [(0.02 * i, rtp(i, b"\xff" * 160)) for i in (0, 1, 2, 4, 5, 7, 6, 8, 8, 9)]
    packets.sort(key=lambda p: p[0])
    order = [data for _, data in packets]
    order[5], order[6] = order[6], order[5]
    packets = [(0.02 * i, data) for i, data in enumerate(order)]
    for digit, begin, first in ((1, 1600, 10), (11, 4000, 16)):
        events = [(0, ticks) for ticks in (0, 160, 320)] + [(0x80, 480)] * 3
        packets += [(0.3 + begin / 8000, rtp(first + i, struct.pack("!BBH", digit, end | 10, ticks), 101, 0x1234, begin)) for i, (end, ticks) in
                    enumerate(events)]
    packets += [(1.2, rtp(0, b"\x10" * 160, 8, 0x77)), (1.22, rtp(1, b"\x10" * 160, 8, 0x77))]
    code, stream, media, out = call(gossipper, packets)
    shown = ("packets_received", "packets_lost", "packets_reordered", "packets_duplicate", "packets_pcm", "packets_silent", "ssrc_changes", "payload_type_changes",
             "payload_type", "codec", "dtmf", "dtmf_ms")
    print("code", code, *(f"{name} {stream[name]}" for name in shown))
    print("mos", 1 < stream["mos"] < 4.4, "first", 0 <= stream["first_packet_delay_ms"] < 1000, "streams", media["streams"]["count"], "digits", media["streams"]["dtmf_digits"],
          "loss", media["streams"]["loss"]["max"] > 0, "rated", media["streams"]["rated"])
    print(re.findall(r"RTP streams received.*", out)[0])


def case_workers(gossipper):
    """A second scenario, which has no media, and a second worker, which gets no call."""
    code, stream, media, out = call(gossipper, steady(20), None, "-workers", "2", "-oocsn", "ooc_default")
    print("code", code, "packets_received", stream["packets_received"], "streams", media["streams"]["count"])
    print(re.findall(r"RTP streams received.*", out)[0])


def case_check(gossipper):
    """rtpcheck: what it waits for, what it fills in, what it fails for."""
    def said(what, action, packets, *more):
        code, _, media, out = call(gossipper, packets, action, "-trace_logs", "-log_file", "log", *more)
        why = re.findall(r"rtpcheck asks in step.*\n +(.*)", out)
        print(what, "code", code, *why, "log", pathlib.Path("log").read_text(encoding="utf-8").split())

    check = ('<nop><action><rtpcheck {} packets_to="n" loss_to="loss" jitter_to="jitter" mos_to="mos" digits_to="digits"/>'
             '<log message="after [$n] [$loss] [$jitter] [$mos] [$digits]"/></action></nop>')
    said("waits:", '<nop><action><log message="once"/><rtpcheck min_packets="10" direction="in" timeout="5000"/><log message="met"/></action></nop>', steady(12))
    said("few:", '<nop><action><exec rtpcheck="min_packets=50 timeout_ms=300"/><log message="not reached"/></action></nop>', steady(5))
    said("none:", check.format('max_loss="5" media="video" min_packets="0" timeout="0"') , steady(1))
    lossy = [packet for i, packet in enumerate(steady(50)) if i % 5 != 3]
    said("loss:", come_back(len(lossy)) + check.format('max_loss="5" timeout="0"').replace("after", "unreached"), lossy)
    said("variable:", '<nop><action><assignstr assign_to="most" value="30"/></action></nop>' + come_back(len(lossy)) +
         '<nop><action><rtpcheck max_loss="[$most]" max_jitter="200" max_gap="900" min_mos="2.4" codec="pcmu" packets_to="n" loss_to="loss"/><log message="[$n] [$loss]"/></action></nop>', lossy)

    digit = [(0.02 * i, rtp(i, struct.pack("!BBH", 5, 0x80 * (i > 3) | 10, 160 * min(i, 4)), 101, timestamp=0)) for i in range(7)]
    said("digits:", '<nop><action><rtpcheck digits="5" digits_to="d" timeout="5000"/><log message="[$d]"/></action></nop>', digit)


def seen_by_tshark(gossipper, name, kind, tick, ms, payload, media="audio"):
    """60 packets, five of which are lost and two change places, sent unevenly: the stream of the call's record, and tshark's row on it. SIP is captured too: it says what the types are."""
    late = [0, 3, 0, 9, 1, 0, 14, 2, 0, 5]
    packets = [(ms * i / 1000 + late[i % 10] / 1000, rtp(65500 + i, payload, kind, timestamp=tick * i)) for i in range(60) if i not in (7, 20, 21, 22, 41)]
    packets[30], packets[31] = (packets[30][0], packets[31][1]), (packets[31][0], packets[30][1])
    peer = Peer()
    peer.sdp = f"v=0\r\no=p 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {{audio}} RTP/AVP 0 {kind}\r\na=rtpmap:{kind} {name}\r\n"
    peer.sdp += f"m=video {{video}} RTP/AVP {kind}\r\na=rtpmap:{kind} {name}\r\n" if media == "video" else ""
    capture = Capture("seen.pcapng", f"udp and (port {peer.port('sip')} or src port {peer.port(media)})")
    try:
        ours = re.compile(rf"(m={media} .*)\n")
        code, streams, _, _ = call(gossipper, packets, come_back(len(packets), media) + '<pause milliseconds="500"/>', "-rtcp", peer=peer, media=media, all_streams=True,
                                   change=lambda text: ours.sub(rf"\1 {kind}\n    a=rtpmap:{kind} {name}\n", text))
    finally:
        capture.stop()
    options = ["-d", f"udp.port=={peer.port('sip')},sip", "-d", f"udp.port=={peer.port(media)},rtp"]
    table = subprocess.run(["tshark", "-r", "seen.pcapng", *options, "-q", "-z", "rtp,streams"], stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True).stdout
    return code, [stream for stream in streams if stream["media"] == media][0], table


def case_tshark(gossipper):
    """The same packets seen by tshark: counts are equal, times are nearly so."""
    for name, kind, tick, ms, size, media in (("PCMU/8000", 0, 160, 20, 160, "audio"), ("G729/8000", 18, 160, 20, 20, "audio"), ("iLBC/8000", 97, 240, 30, 50, "audio"),
                                              ("G722/8000", 9, 160, 20, 160, "audio"), ("H264/90000", 99, 1800, 20, 900, "video")):
        code, stream, table = seen_by_tshark(gossipper, name, kind, tick, ms, b"\x20" * size, media)
        row = [line for line in table.splitlines() if "0x00001234" in line][0]
        numbers = re.search(r"0x00001234\s+(.*?)\s+(\d+)\s+(-?\d+) \(.*?\)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)", row)
        theirs = {"packets_received": int(numbers[2]), "packets_lost": int(numbers[3])}
        times = {"longest_gap_ms": float(numbers[6]), "jitter_mean_ms": float(numbers[8]), "jitter_max_ms": float(numbers[9])}
        differ = [f"{what} is {stream[what]}, tshark says {value}\n{table}" for what, value in times.items() if abs(stream[what] - value) >= 0.5]
        print(f"{name}: code", code, "codec", numbers[1], stream["codec"], "counts", all(stream[what] == value for what, value in theirs.items()), stream["packets_received"],
              stream["packets_lost"], "reordered", stream["packets_reordered"], "times", differ or "agree")


class Reports:
    """Where a call's RTCP goes: `seen` is what came. `answer` makes of the first, and of how long it waited, in 1/65536 s, what is sent back after some 0.1 s."""

    def __init__(self, answer):
        self.socket, self.answer, self.seen, self.ended = bound(), answer, [], threading.Event()
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def port(self):
        return self.socket.getsockname()[1]

    def listen(self):
        while True:
            try:
                data, source = self.socket.recvfrom(2048)
            except TimeoutError:
                if self.ended.is_set():
                    return
                continue
            came = time.monotonic()
            self.seen.append(data)
            if len(self.seen) == 1:
                time.sleep(0.1)
                self.socket.sendto(self.answer(data, round(65536 * (time.monotonic() - came))), source)

    def end(self):
        """The run has closed its streams."""
        self.ended.set()
        self.thread.join()


def case_rtcp(gossipper):
    """Reports of a call that sends and receives, to the port that a=rtcp names; one comes back. tshark takes them apart."""
    def answer(data, waited):  # of a sender report
        ssrc, ntp = struct.unpack("!IQ", data[4:16])
        return struct.pack("!BBHIIIIIII", 0x81, 201, 7, 9, ssrc, 64 << 24 | 5, 1000, 80, ntp >> 16 & 0xffffffff, waited)

    peer, reports = Peer(), Reports(answer)
    peer.sdp = f"v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {{audio}} RTP/AVP 0\r\na=rtcp:{reports.port()}\r\n"
    pathlib.Path("tone").write_bytes(bytes(160))
    code, stream, media, _ = call(gossipper, [(0.02 * i, rtp(i, b"a" * 160)) for i in range(20) if i != 3],
                                  '<nop><action><exec rtp_stream="tone,-1,0"/></action></nop><pause milliseconds="3600"/>', "-rtcp", peer=peer)
    reports.end()
    write_capture("rtcp.pcap", reports.seen)
    shown = subprocess.run(["tshark", "-r", "rtcp.pcap", "-d", "udp.port==5000,rtcp", "-T", "fields", "-E", "separator=;", "-e", "rtcp.pt", "-e", "rtcp.ssrc.cum_nr",
                            "-e", "rtcp.ssrc.ext_high", "-e", "_ws.malformed", "-e", "rtcp.length_check.bad"], stdout=subprocess.PIPE, text=True, timeout=LIMIT_S,
                           check=True).stdout.splitlines()
    print("first", shown[0], "last", shown[-1])
    print("code", code, "sent", media["rtcp_sender_reports"] == len(reports.seen), "received", stream["rtcp_received"], "remote", stream["remote_lost"],
          stream["remote_fraction_lost"], stream["remote_jitter"], "round trip", 0 <= stream["round_trip_ms"] < 50, "fraction", media["rtcp_max_fraction_lost"])


def case_xr(gossipper):
    """A call that only receives: extended reports with its reference time, statistics, VoIP metrics. One that comes back answers the time and says how audio is heard."""
    answers = []

    def answer(data, waited):
        ssrc, at = struct.unpack("!I", data[4:8])[0], data.index(struct.pack("!BBH", 4, 0, 2)) + 4
        ntp = struct.unpack("!Q", data[at:at + 8])[0]
        xr = (struct.pack("!BBHIII", 5, 0, 3, ssrc, ntp >> 16 & 0xffffffff, waited) +
              struct.pack("!BBHIBBBBHHHHBBBBBBBBBBHHH", 7, 0, 8, ssrc, 5, 6, 70, 8, 300, 4000, 40, 20, 127, 127, 127, 16, 81, 127, 41, 40, 0xe0, 0, 40, 60, 80))
        answers.append(struct.pack("!BBHI", 0x80, 201, 1, 9) + struct.pack("!BBHI", 0x80, 207, 1 + len(xr) // 4, 9) + xr)
        return answers[0]

    peer, reports = Peer(), Reports(answer)
    peer.sdp = f"v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {{audio}} RTP/AVP 0\r\na=rtcp:{reports.port()}\r\n"
    packets = [(0.02 * i, rtp(i, b"a" * 160)) for i in range(40) if i != 3]
    packets.append(packets[-1])
    # With this seed the first report is due after 2.5 s, when all packets have come.
    code, stream, media, _ = call(gossipper, packets, '<pause milliseconds="3600"/>', "-rtcp", "-seed", "2", peer=peer)
    reports.end()
    seen = reports.seen[:1] + answers + reports.seen[1:]
    write_capture("xr.pcap", seen)
    fields = ["rtcp.pt", "rtcp.xr.bt", "rtcp.xr.lrr", "rtcp.xr.stats.lost", "rtcp.xr.stats.dups", "rtcp.xr.voipmetrics.rfactor", "rtcp.xr.voipmetrics.moslq",
              "_ws.malformed", "rtcp.length_check.bad"]
    shown = subprocess.run(["tshark", "-r", "xr.pcap", "-d", "udp.port==5000,rtcp", "-T", "fields", "-E", "separator=;", *(part for f in fields for part in ("-e", f))],
                           stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True).stdout.splitlines()
    print("first", shown[0])
    print("answer", shown[1])
    print("wrong", [line for line in shown if not line.endswith(";;")], "packets", len(shown) == len(seen))
    print("code", code, "received", stream["rtcp_xr_received"], "sent", stream["rtcp_xr_sent"] >= 1, "mos", stream["remote_mos_lq"], stream["remote_mos_cq"], "r", stream["remote_r_factor"],
          "bursts", stream["remote_burst_density"], stream["remote_burst_ms"], "discarded", stream["remote_fraction_discarded"], "round trip", 0 <= stream["round_trip_ms"] < 50,
          "summary", round(media["streams"]["remote_mos"]["p50"], 1))


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](sys.argv[2])
