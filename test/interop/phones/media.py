# SPDX-License-Identifier: Apache-2.0
"""media.py GOSSIPPER baresip|linphone

Calls with encrypted media between gossipper and a phone without sound devices, on loopback, placed by either: both send a tone. One line a call: what
gossipper says of its stream, and whether the phone has heard the tone; exit code 1 if one did not go as it must."""
import glob
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import wave

from phones import HERE, LIMIT_S, Baresip, Linphone, free_ports, opened, wait_for, write

RATE = 8000
RTP = "m=audio [rtpstream_audio_port] RTP/AVP 0\n    a=rtpmap:0 PCMU/8000"
SDES = "m=audio [rtpstream_audio_port] RTP/SAVP 0\n    a=rtpmap:0 PCMU/8000\n    a=crypto:1 [cryptosuiteaescm128sha1801audio] inline:[cryptokeyparams1audio]"
DTLS = "m=audio [rtpstream_audio_port] UDP/TLS/RTP/SAVP 0\n    a=rtpmap:0 PCMU/8000\n    a=setup:[setup]\n    a=fingerprint:[fingerprint]\n    a=rtcp-mux"
SILENT = "m=audio [media_port] RTP/AVP 0\n    a=rtpmap:0 PCMU/8000\n    a=inactive"
TALK = """<nop><action><exec rtp_stream="tone.ulaw,-1,0"/></action></nop>
  <nop><action><rtpcheck direction="both" min_packets="@PACKETS@" codec="PCMU" max_loss="10" timeout="8000"/></action></nop>
  """


def tone(seconds):
    return [round(8000 * math.sin(2 * math.pi * 440 * i / RATE)) for i in range(RATE * seconds)]


def ulaw(sample):  # G.711
    sign, sample = (0x80, -sample) if sample < 0 else (0, sample)
    sample = min(sample, 32635) + 132
    exponent = sample.bit_length() - 8
    return ~(sign | exponent << 4 | sample >> exponent + 3 & 15) & 0xff


def write_tones(folder):
    samples = tone(10)
    with wave.open(os.path.join(folder, "tone.wav"), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    with open(os.path.join(folder, "tone.ulaw"), "wb") as file:
        file.write(bytes(map(ulaw, samples)))


def share_of_tone(path):
    """Of the energy that a recording has, the most in any tenth of a second: what is of 440 Hz."""
    with wave.open(path) as file:
        rate, data = file.getframerate(), file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(data) // 2}h", data[:len(data) // 2 * 2])
    best, window = 0.0, rate // 10
    for at in range(0, len(samples) - window + 1, window):
        part = samples[at:at + window]
        energy = sum(s * s for s in part)
        if energy < window * 100 * 100:
            continue  # silence
        wave_of = [sum(s * turn(2 * math.pi * 440 * i / rate) for i, s in enumerate(part)) for turn in (math.cos, math.sin)]
        best = max(best, 2 * sum(w * w for w in wave_of) / window / energy)
    return best


def scenario(folder, name, lines, packets=75):
    """caller.xml or callee.xml with media: `lines` are those of SDP; so many packets go and come before the call is hung up."""
    established = '<nop next="phone ends"'
    with open(os.path.join(HERE, f"{name}.xml"), encoding="utf-8") as file:
        text = file.read()
    assert SILENT in text and established in text
    return write(folder, f"{name}.xml", text.replace(SILENT, lines).replace(established, TALK.replace("@PACKETS@", str(packets)) + established))


def one_call(gossipper, folder, phone, phone_calls, lines):
    name = "callee" if phone_calls else "caller"
    port, record = free_ports(), os.path.join(folder, "record.jsonl")
    target = [] if phone_calls else [f"127.0.0.1:{phone.port}", "-s", "phone"]
    command = [gossipper, "sipp", "-sf", scenario(folder, name, lines), *target, "-i", "127.0.0.1", "-p", port, "-media_late_limit", 100, "-min_rtp_port", free_ports(20), "-m", 1,
               "-set", "ends", "gossipper", "-nostdin", "-timeout", LIMIT_S, "-recv_timeout", 10_000, "-call_records_jsonl", record, "-trace_err", "-error_file",
               os.path.join(folder, "errors"), "-trace_msg", "-message_file", os.path.join(folder, "messages")]
    process = subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if phone_calls:
            wait_for("gossipper's start", lambda: opened(port), process)
            phone.dial(f"sip:tester@127.0.0.1:{port}")
        code = process.wait(LIMIT_S + 10)
    finally:
        process.kill()
    with open(record, encoding="utf-8") as file:
        return code, json.loads(file.readline())["media"]["streams"][0]


def heard(phone):
    """The call has ended; the phone may still be writing."""
    def has_tone():
        recordings = phone.recordings()
        return bool(recordings) and max(map(share_of_tone, recordings)) > 0.9
    try:
        wait_for("a recording of the tone", has_tone, phone.process)
    except (RuntimeError, EOFError, wave.Error):
        return False
    return True


KINDS = {"baresip": (Baresip, [("srtp-mand", SDES), ("dtls_srtp", DTLS)]), "linphone": (Linphone, [("srtp", SDES), ("dtls", DTLS)])}


def main():
    gossipper, (kind, ways) = os.path.abspath(sys.argv[1]), KINDS[sys.argv[2]]
    if not shutil.which(kind.program):
        print(f"skipped: {kind.program} is not installed")
        return 0
    good = True
    for encryption, lines in ways:
        for phone_calls in (False, True):
            with tempfile.TemporaryDirectory(prefix="gossipper-media.") as folder:
                write_tones(folder)
                with kind(folder, encryption) as phone:
                    code, stream = one_call(gossipper, folder, phone, phone_calls, lines)
                    good_call = code == 0 and heard(phone)
                    who = ("gossipper", kind.program)
                    print(f"{encryption}: {who[phone_calls]} calls {who[not phone_calls]}: exit code {code}, {stream.get('srtp')}, handshake {stream.get('dtls')},",
                          f"silent {stream['packets_silent']}, {kind.program} heard the tone: {good_call}", flush=True)
                if not good_call:
                    good = False
                    for path in [phone.log.name, *sorted(glob.glob(os.path.join(folder, "errors"))), os.path.join(folder, "messages")]:
                        with open(path, encoding="utf-8", errors="replace") as log:
                            print("---", path, log.read(), sep="\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
