# SPDX-License-Identifier: Apache-2.0
"""mistakes.py CASE GOSSIPPER: media that cannot be as the scenario wants it; prints what became of the calls and what was told."""
import json
import pathlib
import re
import subprocess
import sys

from media import HERE, LIMIT_S, Peer, played
from sockets import free_ports


def run(peer, gossipper, action, *more, limits=""):
    """The exit code, the counters of the summary, what was printed. `limits`: for the shell, before the run."""
    text = (HERE / "uac.xml").read_text(encoding="utf-8").replace("@AUDIO@", "[rtpstream_audio_port]").replace("@VIDEO@", "0")
    pathlib.Path("media.xml").write_text(text.replace("@ACTION@", action), encoding="utf-8")
    summary = pathlib.Path("mistakes.json")
    summary.unlink(missing_ok=True)
    done = subprocess.run(["sh", "-c", limits + 'exec "$@"', "sh", gossipper, "sipp", "-sf", "media.xml", f"127.0.0.1:{peer.port('sip')}", "-i", "127.0.0.1",
                           "-nostdin", "-trace_err", "-error_file", "mistakes.err", "-summary_json", str(summary), *more],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False)
    peer.end()
    counts = json.loads(summary.read_text(encoding="utf-8"))["statistics"] if summary.exists() else {}
    errors = pathlib.Path("mistakes.err")
    told = errors.read_text(encoding="utf-8") if errors.exists() else ""
    errors.unlink(missing_ok=True)
    return done.returncode, counts, done.stdout + told


def ran_out(name, gossipper, why, *more, limits=""):
    """Sixty calls at a time, two hundred in all: some find no port, others do."""
    code, counts, out = run(Peer(), gossipper, played("synthetic", 200), "-m", "200", "-r", "300", "-l", "60", *more, limits=limits)
    good, bad = counts["SuccessfulCall"], counts["FailedCall"]
    print(f"{name}: code {code}, all ended {good + bad == 200}, many succeeded {good >= 6}, some failed {bad > 0}, as not sent",
          counts["FailedCannotSendMessage"] == bad, "told", bool(re.search(why, out)))


def case_ports(gossipper):
    first = free_ports(6)
    ran_out("ports", gossipper, r"call \d+-\S+: no free RTP port from \d+ to \d+: Address already in use",
            "-min_rtp_port", str(first), "-max_rtp_port", str(first + 5))


def case_descriptors(gossipper):
    ran_out("descriptors", gossipper, r"call \d+-\S+: cannot open a UDP socket for media: Too many open files",
            "-min_rtp_port", str(free_ports(200)), limits="ulimit -n 40; ")


def case_start(gossipper):
    """Nothing is asked of the peer."""
    for value in ("synthetic,pt=300", "apattern,9", "x.g711,1,0", "x.g711,lop=2"):
        pathlib.Path("x.g711").write_bytes(b"x" * 20)
        peer = Peer()
        code, _, out = run(peer, gossipper, played(value, 100), "-m", "1")
        print("start:", code, len(peer.offers), re.findall("rtp_stream=.*|cannot play.*", out)[0])


def case_nowhere(gossipper):
    for sdp in ("v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0\r\n", "v=0\r\nc=IN IP4 host.example\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0\r\n"):
        action = played("vpattern,1,99,H264/90000", 100) + played("synthetic", 100)
        code, counts, out = run(Peer(sdp=sdp), gossipper, action, "-m", "1", "-min_rtp_port", str(free_ports(4)))
        print("nowhere: code", code, "never sent", counts["RtpStreamsUnaimed"], "sent", counts["RtpPacketsSent"] > 0, "|",
              " | ".join(re.findall(r"\d streams were never sent: .*|SDP without .*", out)))


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](sys.argv[2])
