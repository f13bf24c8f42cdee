# SPDX-License-Identifier: Apache-2.0
"""srtp.py CASE GOSSIPPER: SRTP with keys in SDP, against a second implementation and against another gossipper."""
import base64
import os
import pathlib
import re
import subprocess
import sys

from media import GOES_ON, HERE, LIMIT_S, Peer, come_back, played, run
from rfc3711 import Session, check_vectors
from sockets import free_port, free_ports

OFFER = ("\n    a=crypto:[cryptotag1audio] [cryptosuiteaescm128sha1801audio] inline:[cryptokeyparams1audio]"
         "\n    a=crypto:[cryptotag2audio] [cryptosuiteaescm128sha1322audio] inline:[cryptokeyparams2audio]")
SUITES = ("aescm128sha180", "aescm128sha132", "nullsha180", "nullsha132", "aescm256sha180", "aescm256sha132", "aeadaes128gcm", "aeadaes256gcm",
          "aescm192sha180", "aescm192sha132")
PEER_KEY = base64.b64encode(bytes(range(30))).decode()
TAGS = {"80": 10, "32": 4}


def scenario_with(offer):
    return lambda text: text.replace("m=audio @AUDIO@ RTP/AVP 0", "m=audio @AUDIO@ RTP/SAVP 0" + offer)


def call(gossipper, tag, suite, forge=False, more=(), then=come_back(12)):
    """A pattern to a peer that opens it, checks it, and sends it back with a key of its own. `then`: what the scenario waits for."""
    seen = {"good": 0, "bad": 0, "bytes": set()}

    def back(data):
        own = re.search(rf"a=crypto:{tag} \S+ inline:(\S+)", peer.invites[0])[1]  # without one nothing comes
        plain = Session(own, TAGS[suite]).open(data)
        seen["good" if plain else "bad"] += 1
        seen["bytes"] |= set((plain or b"")[12:])
        sealed = Session(PEER_KEY, TAGS[suite]).seal(plain or data)
        return sealed[:-1] + bytes([sealed[-1] ^ 1]) if forge else sealed

    peer = Peer(change=back, sdp="v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/SAVP 0\r\n"
                f"a=crypto:{tag} AES_CM_128_HMAC_SHA1_{suite} inline:{PEER_KEY}|2^20\r\n", until=[lambda _: seen["good"] >= 25])
    code, counts, out = run(peer, gossipper, played("apattern,1,0", then), *more, change=scenario_with(OFFER))
    return code, counts, seen, out


def case_peer(gossipper):
    check_vectors()
    for tag, suite in (1, "80"), (2, "32"):
        code, counts, seen, _ = call(gossipper, tag, suite)
        print(f"suite {suite}: code", code, "opened", seen["good"] > 10, "forged", seen["bad"], "bytes", seen["bytes"] == {0xaa}, "came back",
              counts["RtpPacketsReceived"] > 10, "errors", counts["SrtpErrors"])
    code, counts, _, _ = call(gossipper, 1, "80", forge=True, then=GOES_ON)
    print("forged: code", code, "errors", counts["SrtpErrors"] > 10, "received", counts["RtpStreamsReceived"])
    code, counts, seen, out = call(gossipper, 7, "80", then=400)
    print("no common line: code", code, "arrived", seen["good"] + seen["bad"], "sent", counts["RtpPacketsSent"], re.findall(r"SDP answers .*offered.*", out))
    call(gossipper, 1, "80", more=("-srtpcheck_debug",))
    told = pathlib.Path("srtpctxdebugfile_uac").read_text(encoding="ascii")
    print("debug:", re.sub(r"inline:[A-Za-z0-9+/]{40},", "inline:OWN,", told).strip())


def case_pair(gossipper):
    """gossipper sends a pattern, gossipper echoes it, with each suite; both have new keys from the middle of the call on."""
    in_turn = "|20|1:4;inline:[cryptokeyparams1audio]|2^31|2:4"  # the first key is for twenty packets
    for suite, more in [(suite, "") for suite in SUITES] + [("aescm128sha180", in_turn), ("aeadaes256gcm", in_turn)]:
        line = f"\n    a=crypto:[cryptotag1audio] [cryptosuite{suite}1audio] inline:[cryptokeyparams1audio]{more}"
        for name in ("uac", "uas"):
            text = (HERE / f"srtp_{name}.xml").read_text(encoding="utf-8")
            pathlib.Path(f"{name}.xml").write_text(text.replace("@CRYPTO@", line), encoding="utf-8")
        port, media = free_port(), free_ports(40)
        common = ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "30"]
        server = subprocess.Popen([gossipper, "sipp", "-sf", "uas.xml", "-p", str(port), "-media_late_limit", "100", "-min_rtp_port", str(media), *common], stdout=subprocess.DEVNULL)
        try:
            client = subprocess.run([gossipper, "sipp", "-sf", "uac.xml", f"127.0.0.1:{port}", "-media_late_limit", "100", "-min_rtp_port", str(media + 20), "-audiotolerance", "0.5",
                                     "-trace_logs", "-log_file", "log", *common], stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
            print(suite + more[:7], "codes", client.returncode, server.wait(LIMIT_S), pathlib.Path("log").read_text(encoding="utf-8").strip())
        finally:
            if server.poll() is None:
                server.kill()


def case_corpus(gossipper):
    """SIPp's own scenarios with SRTP, gossipper on both sides: audio and video patterns that come back, with each of its suites, and new keys."""
    folder = pathlib.Path(os.environ["GSP_CORPUS"]) / "scenarios/SIPp+sipp/sipp_scenarios"
    running = []
    for path in sorted(folder.glob("pfca_uac_bpattern_crypto_simple*.xml")):
        port, media = free_port(), free_ports(40)
        common = ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "60"]
        server = subprocess.Popen([gossipper, "sipp", "-sf", str(folder / path.name.replace("uac_bpattern", "uas_both")), "-p", str(port), "-media_late_limit", "100", "-min_rtp_port", str(media),
                                   *common], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client = subprocess.Popen([gossipper, "sipp", "-sf", str(path), f"127.0.0.1:{port}", "-media_late_limit", "100", "-min_rtp_port", str(media + 20), "-audiotolerance", "0.3",
                                   "-videotolerance", "0.3", *common], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append((path.stem, client, server))
        if len(running) % 4 == 0:
            client.wait(2 * LIMIT_S)
    for name, client, server in running:
        try:
            print(name, client.wait(2 * LIMIT_S), server.wait(LIMIT_S))
        finally:
            for process in (client, server):
                if process.poll() is None:
                    process.kill()


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](sys.argv[2])
