# SPDX-License-Identifier: Apache-2.0
"""media.py CASE GOSSIPPER: a run against a peer of SIP and RTP that lives here; prints what arrived, in words that do not depend on time."""
import audioop
import json
import math
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import wave

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
from sockets import bound, free_ports  # noqa: E402

LIMIT_S = 40


class Peer:
    """Answers INVITE, UPDATE and BYE, notes each datagram of media with where it came from, and sends it back through `change`. `sdp`: a text with {audio} and
    {video}, or a function of how many INVITE and UPDATE there have been, that gives Content-Type and text. `until`: conditions on this peer; when one holds, in
    their order, an INFO says so: the scenario waits for that (GOES_ON) instead of hoping that some time will do."""

    def __init__(self, change=None, sdp=None, until=()):
        self.sip, self.audio, self.video = bound(), bound(), bound()
        self.change, self.sdp, self.until = change, sdp, list(until)
        self.offers, self.media, self.stop = [], {"audio": [], "video": []}, False
        self.invites, self.seen = [], []  # and how many datagrams of media had come then
        self.threads = [threading.Thread(target=self.answer), *(threading.Thread(target=self.listen, args=(kind,)) for kind in self.media)]
        for s in (self.sip, self.audio, self.video):
            s.settimeout(0.05)
        for thread in self.threads:
            thread.start()

    def got(self, kind="audio"):
        return [data for _, data in self.media[kind]]

    def port(self, name):
        return getattr(self, name).getsockname()[1]

    def tell(self, to):
        headers = dict(line.split(": ", 1) for line in self.invites[0].split("\r\n\r\n")[0].split("\r\n")[1:])
        self.sip.sendto(f"INFO sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port('sip')};branch=z9hG4bK-{len(self.until)}\r\nFrom: {headers['To']};tag=p\r\n"
                        f"To: {headers['From']}\r\nCall-ID: {headers['Call-ID']}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n".encode(), to)

    def answer(self):
        caller = None
        while not self.stop:
            if caller and self.until and self.until[0](self):
                self.until.pop(0)
                self.tell(caller)
            try:
                data, source = self.sip.recvfrom(65536)
            except TimeoutError:
                continue
            text = data.decode()
            if text.startswith("ACK"):
                caller = source
            method = text.split()[0]
            if method in ("INVITE", "UPDATE"):
                self.seen.append({kind: len(datagrams) for kind, datagrams in self.media.items()})
                self.invites.append(text)
                self.offers.append({kind: int(port) for kind, port in re.findall(r"m=(\w+) (\d+)", text)})
            if method in ("INVITE", "UPDATE", "BYE"):
                kept = "".join(re.findall(r"^(?:Via|From|Call-ID|CSeq|To):.*\r\n", text, re.M)).replace("\r\nCall-ID", ";tag=p\r\nCall-ID", 1)
                content, sdp = self.sdp(len(self.invites)) if callable(self.sdp) else ("application/sdp", self.sdp)
                body = (sdp or "v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0\r\nm=video {video} RTP/AVP 99\r\n").format(
                    audio=self.port("audio"), video=self.port("video")) if method != "BYE" else ""
                kind = f"Content-Type: {content}\r\n" if body else ""
                self.sip.sendto(f"SIP/2.0 200 OK\r\n{kept}{kind}Contact: <sip:127.0.0.1:{self.port('sip')}>\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode(),
                                source)

    def listen(self, kind):
        s = getattr(self, kind)
        while not self.stop:
            try:
                data, source = s.recvfrom(65536)
            except TimeoutError:
                continue
            self.media[kind].append((source[1], data))
            if self.change:
                s.sendto(self.change(data), source)

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join()


def run(peer, gossipper, action, *more, audio="[rtpstream_audio_port]", video="[rtpstream_video_port]", change=lambda text: text, meanwhile=lambda process: None, late_limit="100"):
    """The exit code, the counters of the summary, what was printed. `change`: of the scenario's text, before all else; `meanwhile`: while it runs.
    A busy machine may send late, or keep the run waiting: neither fails a call nor is told."""
    text = change((HERE / "uac.xml").read_text(encoding="utf-8"))
    pathlib.Path("media.xml").write_text(text.replace("@AUDIO@", audio).replace("@VIDEO@", video).replace("@ACTION@", action), encoding="utf-8")
    done = subprocess.Popen([gossipper, "sipp", "-sf", "media.xml", f"127.0.0.1:{peer.port('sip')}", "-i", "127.0.0.1", "-m", "1", "-nostdin",
                             "-summary_json", "run.json", "-media_late_limit", late_limit, "-watchdog_interval", "0", "-min_rtp_port", str(free_ports(20)), *more],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    meanwhile(done)
    out, _ = done.communicate(timeout=LIMIT_S)
    peer.end()
    summary = json.loads(pathlib.Path("run.json").read_text(encoding="utf-8")) if pathlib.Path("run.json").exists() else {"statistics": {}}
    return done.returncode, summary["statistics"], out


GOES_ON = '<recv request="INFO" timeout="30000"/>'


def come_back(least, kind="audio"):
    return f'<nop><action><rtpcheck direction="in" media="{kind}" min_packets="{least}" timeout="30000"/></action></nop>'


def played(value, then, attribute="rtp_stream"):
    """`then`: steps, or a pause in milliseconds."""
    return f'<nop><action><exec {attribute}="{value}"/></action></nop>' + (f'<pause milliseconds="{then}"/>' if isinstance(then, int) else then)


def packets(least, kind="audio"):
    """For `until`."""
    return lambda peer: len(peer.media[kind]) >= least


def describe(packets):
    """RTP packets: how many, types, payload lengths, steps of sequence and timestamp, SSRCs."""
    rows = [struct.unpack("!BBHII", data[:12]) for _, data in packets]

    def steps(column, bits):
        return sorted({(b[column] - a[column]) % 2**bits for a, b in zip(rows, rows[1:])})

    return (f"{len(rows)} packets, types {sorted({r[1] for r in rows})}, payloads of {sorted({len(d) - 12 for _, d in packets})}, first sequence {rows[0][2]}, "
            f"sequence +{steps(2, 16)}, timestamp +{steps(3, 32)}, ssrc {sorted({f'{r[4]:08x}' for r in rows})}") if rows else "nothing"


def case_file(gossipper):
    payload = bytes(i * 7 & 255 for i in range(160 * 5 + 30))
    pathlib.Path("tone.wav").write_bytes(b"RIFF" + struct.pack("<I", 36 + len(payload)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 7, 1, 8000, 8000, 1, 8) +
                                         b"data" + struct.pack("<I", len(payload)) + payload)
    peer = Peer(until=[packets(11)])
    code, counts, _ = run(peer, gossipper, played("tone.wav,2,0,PCMU/8000", GOES_ON))
    audio = peer.media["audio"]
    print("file:", describe(audio))
    print("file: bytes", b"".join(d[12:] for _, d in audio) == (payload * 3)[:160 * 11], "port", {s for s, _ in audio} == {peer.offers[0]["audio"]}, "code", code)
    print("file: counted", counts["RtpPacketsSent"], counts["RtpBytesSent"], counts["RtpSendErrors"])


def case_pause(gossipper):
    def gaps(peer):
        times = [struct.unpack("!I", data[4:8])[0] // 8 for data in peer.got()]
        return [b - a for a, b in zip(times, times[1:])]

    pathlib.Path("g729").write_bytes(bytes(20))
    peer = Peer(until=[packets(5), lambda p: max(gaps(p)[:-3], default=0) > 20])
    action = played("g729,-1,18", GOES_ON) + played("pause", 300) + played("resume", GOES_ON)
    code, _, _ = run(peer, gossipper, action)
    print("pause: gaps of 20 ms but one", sum(gap != 20 for gap in gaps(peer)) == 1, "which is of the pause", max(gaps(peer)) >= 280, "code", code)


def case_patterns(gossipper):
    peer = Peer(change=lambda data: data)
    action = played("apattern,2,0", played("vpattern,6,99,H264/90000", come_back(10) + come_back(10, "video")))
    code, counts, _ = run(peer, gossipper, action)
    audio, video = peer.media["audio"], peer.media["video"]
    print("patterns: audio", describe(audio).split(", ", 1)[1])
    print("patterns: video", describe(video).split(", ", 1)[1])
    print("patterns: bytes", {d[12:] for _, d in audio} == {b"\xbb" * 160}, {d[12:] for _, d in video} == {b"\xff" * 1280}, "code", code)
    print("patterns: received", counts["RtpPacketsReceived"] >= 20)


def case_check(gossipper):
    peer = Peer(until=[packets(5)])  # nothing comes back
    code, _, out = run(peer, gossipper, played("apattern", GOES_ON))
    print("check: silent", code, "did not come back" in out)
    for change, tolerance in ((lambda d: d[:-1] + b"x", "1"), (lambda d: d, "0.5")):
        peer = Peer(change=change)
        code, _, _ = run(peer, gossipper, played("apattern", come_back(25)), "-audiotolerance", tolerance, "-rtpcheck_debug")
        told = re.sub("[0-9]+ packets", "N packets", pathlib.Path("debugafile").read_text(encoding="ascii").strip())
        print("check: back", code, re.sub(", [0-9]{2,} came", ", nearly all came", told))


def loudness(samples, hz):
    """Of a tone among linear samples, 8000 a second; 1: full scale."""
    turns = [2 * math.pi * hz * i / 8000 for i in range(len(samples))]
    return 2 / len(samples) / 32768 * abs(complex(sum(s * math.cos(t) for s, t in zip(samples, turns)), sum(s * math.sin(t) for s, t in zip(samples, turns))))


def case_sound(gossipper):
    with wave.open("stereo.wav", "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", ""))
        out.writeframes(b"".join(struct.pack("<hh", s, s) for s in (round(8192 * math.sin(2 * math.pi * 1000 * i / 44100)) for i in range(22050))))
    for value, hz, decode in (("stereo.wav,codec=PCMA/8000", 1000, audioop.alaw2lin), ("synthetic,dur_ms=500", 425, audioop.ulaw2lin)):
        peer = Peer(until=[packets(25)])
        code, _, _ = run(peer, gossipper, played(value, GOES_ON))
        audio = peer.media["audio"]
        linear = decode(b"".join(d[12:] for _, d in audio), 2)
        samples = struct.unpack(f"<{len(linear) // 2}h", linear)
        print("sound:", describe(audio).split(", first")[0], "of", hz, "Hz", abs(loudness(samples, hz) - 0.25) < 0.02, "code", code)


def case_mic(gossipper):
    """With something in the place of ALSA's recorder: one that hears a tone, one that finds no device, and none at all."""
    def heard(peer):
        """A tone in all of the last 25 packets: at first, and when the recorder is late, there is silence."""
        linear = audioop.alaw2lin(b"".join(data[12:] for data in peer.got()[-25:]), 2)
        return len(linear) == 25 * 320 and loudness(struct.unpack("<4000h", linear), 1000) > 0.2

    pathlib.Path("bin").mkdir(exist_ok=True)
    recorder, path = pathlib.Path("bin/arecord"), os.environ["PATH"]
    os.environ["PATH"] = f"{os.getcwd()}/bin"
    hears = (f"#!{sys.executable}\nimport math, struct, sys, time\nassert sys.argv[-2:] == ['-D', 'plughw:1,0'] and 'S16_LE' in sys.argv and '8000' in sys.argv\n"
             "start, n = time.monotonic(), 0\nwhile True:\n    sys.stdout.buffer.write(b''.join(struct.pack('<h', round(8192 * math.sin(2 * math.pi * 1000 * (n + i) / 8000)))"
             " for i in range(320)))\n    sys.stdout.buffer.flush()\n    n += 320\n    time.sleep(max(0, start + n / 8000 - time.monotonic()))\n")
    for text in (hears, f"#!{sys.executable}\nimport sys\nsys.exit('arecord: main:831: audio open error: No such file or directory')\n", None):
        recorder.unlink(missing_ok=True)
        if text:
            recorder.write_text(text, encoding="ascii")
            recorder.chmod(0o755)
        peer = Peer(until=[heard])
        code, _, out = run(peer, gossipper, played("mic,plughw:1,0,pt=8", GOES_ON))
        print("mic: code", code, "heard", heard(peer), *re.findall("cannot play.*|cannot open.*", out))
    os.environ["PATH"] = path


def case_echo(gossipper):
    """rtp_stream="echo": what comes to the call's port goes back; after "stop" no more."""
    packet = bytes([0x80, 0]) + bytes(170)

    def echoes(peer, wait_s):
        before = len(peer.got())
        peer.audio.sendto(packet, ("127.0.0.1", peer.offers[0]["audio"]))
        time.sleep(wait_s)
        return len(peer.got()) > before

    peer = Peer(until=[lambda p: echoes(p, 0.02) and len(p.got()) > 5, lambda p: not echoes(p, 0.2)])
    code, counts, _ = run(peer, gossipper, played("echo", GOES_ON) + played("stop", GOES_ON))
    back = peer.got()
    print("echo: as it was", set(back) == {packet}, "of all that came", counts["RtpPacketsReceived"] >= len(back), "code", code)


def write_capture(name, packets):
    """Of UDP payloads, 20 ms apart, to port 5000."""
    def frame(port, payload):
        datagram = struct.pack(">HHHH", 4000, port, 8 + len(payload), 0) + payload
        return bytes(12) + b"\x08\0" + struct.pack(">BBHHHBBH8x", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0) + datagram

    frames = [frame(5000, data) for data in packets]
    pathlib.Path(name).write_bytes(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) +
                                   b"".join(struct.pack("<IIII", 9, i * 20000, len(f), len(f)) + f for i, f in enumerate(frames)))


def case_capture(gossipper):
    rtp = [bytes([0x80, 0 if i else 0x80, 0, i]) + struct.pack("!II", i * 160, 77) + bytes([i]) * 160 for i in range(10)]
    write_capture("ten.pcap", rtp)
    for attribute, kind in (("play_pcap_audio", "audio"), ("play_pcap_video", "video")):
        peer = Peer(until=[packets(10, kind)])
        code, counts, _ = run(peer, gossipper, played("ten.pcap", GOES_ON, attribute), audio="[media_port]", video="[media_port+2]")
        got = peer.media[kind]
        print(f"capture: {kind} as captured", [d for _, d in got] == rtp, "port", {s for s, _ in got} == {peer.offers[0][kind]}, "code", code,
              "counted", counts["RtpPacketsSent"])
    peer = Peer(sdp="v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image {audio} udptl t38\r\n", until=[packets(10)])
    code, _, _ = run(peer, gossipper, played("ten.pcap", GOES_ON, "play_pcap_image"), audio="[media_port]", video="[media_port+2]")
    print("capture: image", [d for _, d in peer.media["audio"]] == rtp, "code", code)


def case_dtmf(gossipper):
    def fillers(peer):
        return sum(d[1] == 97 for d in peer.got())

    def events_of(peer):
        return [d for d in peer.got() if d[1] & 127 == 96]

    peer = Peer(until=[lambda p: fillers(p) >= 20 and sum(d[13] >> 7 for d in events_of(p)) >= 6])
    action = '<nop><action><assignstr assign_to="d" value="4#"/><exec play_dtmf="[$d],100"/></action></nop>' + GOES_ON
    code, _, _ = run(peer, gossipper, action, audio="[media_port]", video="[media_port+2]")
    got, events = peer.got(), events_of(peer)
    print("dtmf: fillers", fillers(peer), "first sequence", struct.unpack("!H", got[0][2:4])[0], "markers", sum(d[1] >> 7 for d in events),
          "code", code)
    print("dtmf: digits", [digit for digit, before in zip([d[12] for d in events], [None, *(d[12] for d in events)]) if digit != before], "ends", sum(
        d[13] >> 7 for d in events), "longest", max(struct.unpack("!H", d[14:16])[0] for d in events))


def case_send_dtmf(gossipper):
    """Digits in the stream that plays, with the type that the peer's SDP says."""
    peer = Peer(sdp="v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0 110\r\na=rtpmap:110 telephone-event/8000\r\n", until=[packets(5), packets(100)])
    code, _, _ = run(peer, gossipper, played("synthetic,dur_ms=2000", GOES_ON) + '<nop><action><exec send_dtmf="[dtmf_digits],100"/></action></nop>' + GOES_ON, "-key", "dtmf_digits", "4#",
                     change=lambda text: text.replace("\n    m=video", "\n    a=rtpmap:101 telephone-event/8000\n    m=video"))
    got = [d for _, d in peer.media["audio"]]
    events = [d for d in got if d[1] & 127 == 110]
    print("send_dtmf:", describe(peer.media["audio"]).split(", payloads")[0], "sequence", {b - a for a, b in zip(*[[struct.unpack("!H", d[2:4])[0] for d in got[i:]] for i in (0, 1)])},
          "ssrcs", len({d[8:12] for d in got}), "code", code)
    for digit in (4, 11):
        of_digit = [d for d in events if d[12] == digit]
        print("send_dtmf: digit", digit, "durations", [struct.unpack("!H", d[14:16])[0] for d in of_digit], "ends", [d[13] >> 7 for d in of_digit], "markers",
              [d[1] >> 7 for d in of_digit], "times", len({d[4:8] for d in of_digit}))


def send(gossipper, *options):
    """-rtp_send to a socket of ours: what arrived, what it printed."""
    with bound() as audio:
        audio.settimeout(0.5)
        sender = subprocess.Popen([gossipper, "sipp", "-rtp_send", "-rtp_addr", f"127.0.0.1:{audio.getsockname()[1]}", "-min_rtp_port", str(free_ports(20)), *options],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        got = []
        while sender.poll() is None or got:
            try:
                data, source = audio.recvfrom(2048)
            except TimeoutError:
                if sender.poll() is not None:
                    break
                continue
            got.append((source[1], data))
        return got, sender.communicate()[0], sender.returncode


def case_rtp_send(gossipper):
    got, out, code = send(gossipper, "-rtp_codec", "PCMA/8000", "-rtp_freq", "30", "-rtp_dur", "600")
    print("rtp_send:", describe(got).split(", ssrc")[0], "as the exit code says", ("bottleneck" in out) == (code == 1))  # a busy machine may be late
    print("rtp_send:", re.sub(r"(127.0.0.1):\d+", r"\1:PORT", out.splitlines()[0]), "|", re.sub(" late.*", "", out.splitlines()[1]))
    got, out, code = send(gossipper, "-rtp_codec", "opus/48000/2", "-rtp_pt", "99", "-rtp_ch", "2", "-rtp_dur", "200", "-rtp_streams", "6", "-media_threads", "2")
    print("rtp_send: ports", len({port for port, _ in got}), "ssrcs", len({data[8:12] for _, data in got}), "types", {data[1] for _, data in got}, "|",
          re.sub(" late.*", "", out.splitlines()[1]), "code", code in (0, 1))
    _, out, code = send(gossipper, "-timeout", "300ms")
    print("rtp_send: by -timeout", int(re.search(r"done sent=(\d+)", out)[1]) > 0, "code", code in (0, 1))


def case_tshark(gossipper):
    pathlib.Path("g729").write_bytes(bytes(200))
    peer = Peer()
    run(peer, gossipper, played("g729,1,18", 700) + played("5,60", 1400, "play_dtmf"))
    dissect(peer, 96)
    peer = Peer()
    run(peer, gossipper, played("synthetic,dur_ms=600", 100) + played("5,60", 700, "send_dtmf"))
    dissect(peer, 101)


def dissect(peer, event_type):
    """What tshark says of the audio that the peer got, kind by kind."""
    write_capture("seen.pcap", [data for _, data in peer.media["audio"]])
    shown = subprocess.run(["tshark", "-r", "seen.pcap", "-d", "udp.port==5000,rtp", "-o", f"rtpevent.event_payload_type_value:{event_type}", "-T", "fields", "-E",
                            "separator=,", "-e", "rtp.version", "-e", "rtp.p_type", "-e", "rtpevent.event_id", "-e", "rtpevent.end_of_event", "-e", "_ws.malformed"],
                           stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True).stdout.splitlines()
    for line in sorted(set(shown)):
        print("tshark:", shown.count(line), "x", line)


def case_stopped(gossipper):
    """A process that is stopped for a while sends late, and says that its media was not in time: its call has failed, if that is asked for."""
    for limit in ("1", "100"):
        peer = Peer()

        def stop(process, media=peer.media):
            while not media["audio"]:
                time.sleep(0.01)
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.6)
            process.send_signal(signal.SIGCONT)

        code, counts, out = run(peer, gossipper, played("synthetic,-1", 3000), "-trace_err", "-call_records_jsonl", "late.jsonl", meanwhile=stop, late_limit=limit)
        print("stopped: code", code, "late", counts["RtpPacketsLate"] >= 25, "a little", counts["RtpPacketsLateBy2ms"] >= counts["RtpPacketsLate"], "too late",
              25 <= counts["RtpPacketsTooLate"] <= counts["RtpPacketsLate"])
        print("stopped:", re.search("bottleneck from .* s on:\\s+media\\s+thread", out) is not None, re.search(r"\d+\s+RTP\s+packets\s+late", out) is not None,
              "late", counts["CallsMediaLate"], "failed", counts["FailedMediaLate"], counts["FailedCall"])
        record = json.loads(pathlib.Path("late.jsonl").read_text(encoding="utf-8"))
        print("stopped: record", record["error"], record["media"]["streams"][0]["packets_sent_too_late"] == counts["RtpPacketsTooLate"],
              record["media"]["streams"][0]["packets_missed"])
        print(*(f"stopped: {line}" for line in re.findall(r"(?:Exit code|.*\bcalls? failed: media|.*: its media was sent|.*left more).*", out)), sep="\n")


def case_fatal(gossipper):
    for action, sdp in (("nothing,1,55", None), ("apattern", "v=0\r\nm=audio {audio} RTP/AVP 0\r\n")):
        peer = Peer(sdp=sdp)
        pathlib.Path("nothing").write_bytes(b"x")
        code, _, out = run(peer, gossipper, played(action, 100))
        print("fatal:", code, re.findall(r"rtp_stream=.*|SDP without.*", out)[0])


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](sys.argv[2])
