# SPDX-License-Identifier: Apache-2.0
"""netem.py GOSSIPPER CASE...: in a network namespace of its own (`unshare -rn`), ten calls whose media a qdisc of the kernel impairs, and what both sides measured of it. CASE: `plain`,
or what netem is asked for, as `loss=5%`, `delay=40ms_30ms`."""
import json
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "lit"))
from answers import ok, ok_with_sdp  # noqa: E402

CALLS, CALL_S, LIMIT_S = 10, 10, 60
FIRST_PORTS = {"uac": 20480, "uas": 22528}  # nothing else is in this namespace; both in 0x5000/0xf000
SDP = """v=0
o=b 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0
"""
UAS = f"""<scenario name="uas">
<recv request="INVITE"/>
{ok_with_sdp(SDP)}<recv request="ACK"/>
<recv request="BYE"/>
{ok()}</scenario>
"""


def command(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


def impair(case):
    """Media alone: SIP's ports are others."""
    subprocess.run(["tc", "qdisc", "delete", "dev", "lo", "root"], stderr=subprocess.DEVNULL, check=False)  # its counts too
    command("tc", "qdisc", "replace", "dev", "lo", "root", "handle", "1:", "prio", "priomap", *["0"] * 16)
    command("tc", "qdisc", "replace", "dev", "lo", "parent", "1:3", "handle", "3:", "netem", "limit", "100000", *case.replace("=", " ").replace("_", " ").split())
    command("tc", "filter", "replace", "dev", "lo", "parent", "1:", "protocol", "ip", "prio", "1", "u32", "match", "ip", "protocol", "17", "0xff", "match", "ip", "dport", "0x5000", "0xf000",
            "flowid", "1:3")


def dropped():
    return sum(q.get("drops", 0) for q in json.loads(command("tc", "-s", "-j", "qdisc", "show", "dev", "lo")) if q["kind"] == "netem")


def side(name, gossipper, scenario, *more):
    return [gossipper, "sipp", "-sf", scenario, "-i", "127.0.0.1", "-nostdin", "-m", str(CALLS), "-media_late_limit", "100", "-min_rtp_port", str(FIRST_PORTS[name]), "-rtcp", "-summary_json", f"{name}.json",
            "-timeout", str(LIMIT_S), *more]


def run(gossipper, case):
    if case != "plain":
        impair(case)
    text = (HERE / "../lit/run/Inputs/media/uac.xml").read_text(encoding="utf-8").replace("@AUDIO@", "[rtpstream_audio_port]").replace("m=video @VIDEO@ RTP/AVP 99\n", "")
    play = f'<nop><action><exec rtp_stream="sound,-1,0"/></action></nop><pause milliseconds="{1000 * CALL_S}"/><nop><action><exec rtp_stream="pause"/></action></nop><pause milliseconds="500"/>'
    pathlib.Path("uac.xml").write_text(re.sub(r" *m=video.*\n", "", text).replace("@ACTION@", play), encoding="utf-8")
    pathlib.Path("uas.xml").write_text(UAS, encoding="utf-8")
    pathlib.Path("sound").write_bytes(bytes(range(16, 176)))
    with open("uas.txt", "w", encoding="utf-8") as out:
        server = subprocess.Popen(side("uas", gossipper, "uas.xml", "-p", "5070"), stdout=out, stderr=out)
    try:
        while not any(":13CE" in line for line in open("/proc/net/udp", encoding="ascii")):  # 5070
            time.sleep(0.01)
        codes = [subprocess.run(side("uac", gossipper, "uac.xml", "-r", "10", "127.0.0.1:5070"), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, timeout=2 * LIMIT_S, check=False).returncode,
                 server.wait(LIMIT_S)]
    finally:
        if server.poll() is None:
            server.kill()
    sent, heard = (json.loads(pathlib.Path(f"{name}.json").read_text(encoding="utf-8"))["media"] for name in ("uac", "uas"))
    return codes, sent, heard["streams"]


def main(gossipper, cases):
    command("ip", "link", "set", "lo", "up")
    for case in cases:
        codes, uac, heard = run(gossipper, case)
        sent, reported = uac["rtp_packets_sent"], uac["streams"]["remote_mos"]  # by extended reports
        lost = dropped() if case != "plain" else 0
        twice = max(0, heard["packets_received"] - (sent - lost))

        def share(n, of=sent):
            return 100 * n / of

        measured = {"loss": share(heard["packets_lost"]), "duplicates": share(heard["packets_duplicate"])}
        applied = {"loss": share(lost), "duplicates": share(twice)}
        near = {name: abs(value - applied[name]) < 0.2 for name, value in measured.items()}
        print(f"{case}: codes {codes} packets {sent >= 0.98 * CALLS * CALL_S * 50}", *(f"{name} {ok}" for name, ok in near.items()), *() if all(near.values()) else (measured, applied),
              "reported", abs(reported["p50"] - heard["mos"]["p50"]) < 0.4, "reordered", heard["packets_reordered"] > 0, "jitter", heard["jitter"]["average"] > 5e6)


main(sys.argv[1], sys.argv[2:])
