# SPDX-License-Identifier: Apache-2.0
"""dtls.py CASE GOSSIPPER: DTLS-SRTP between two gossippers. One sends a pattern, the other echoes it; a re-INVITE in the middle."""
import hashlib
import json
import pathlib
import re
import ssl
import subprocess
import sys

from capture_file import BY_CONTENT, Capture
from media import HERE, LIMIT_S, Peer, played, run
from sockets import free_port, free_ports

DTLS = "\n    a=setup:[setup]\n    a=fingerprint:[fingerprint]"


def record(name):
    """Of the one call: what became of its handshake, the suite, and the counters of the run."""
    line = pathlib.Path(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[0]
    stream = json.loads(line)["media"]["streams"][0]
    counts = json.loads(pathlib.Path(f"{name}.json").read_text(encoding="utf-8"))["statistics"]
    return stream.get("dtls"), stream.get("srtp"), counts


def pair(gossipper, uac=DTLS, uas=DTLS, common=(), client_words=(), server_words=(), around=None, patience_ms=20000):
    """Exit codes. `uac`, `uas`: lines of SDP below m=. `around`: a function of the ports of media that gives a context. `patience_ms`: how long media is waited for."""
    for name, lines in (("uac", uac), ("uas", uas)):
        pathlib.Path(f"{name}.err").unlink(missing_ok=True)
        text = (HERE / f"srtp_{name}.xml").read_text(encoding="utf-8").replace("@CRYPTO@", lines).replace("RTP/SAVP", "UDP/TLS/RTP/SAVP")
        pathlib.Path(f"{name}.xml").write_text(text.replace('timeout="5000"', f'timeout="{patience_ms}"'), encoding="utf-8")
    port, media = free_port(), free_ports(40)

    def words(name):
        return ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "30", "-summary_json", f"{name}.json", "-call_records_jsonl", f"{name}.jsonl",
                "-trace_err", "-error_file", f"{name}.err", *common]

    watch = around(media) if around else None
    server = subprocess.Popen([gossipper, "sipp", "-sf", "uas.xml", "-p", str(port), "-media_late_limit", "100", "-min_rtp_port", str(media), *words("uas"), *server_words],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = subprocess.run([gossipper, "sipp", "-sf", "uac.xml", f"127.0.0.1:{port}", "-media_late_limit", "100", "-min_rtp_port", str(media + 20), *words("uac"), *client_words],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=LIMIT_S, check=False)
        return client.returncode, server.wait(LIMIT_S)
    finally:
        if server.poll() is None:
            server.kill()
        if watch:
            watch()


def tell(title, codes):
    sides = [record(name) for name in ("uac", "uas")]
    print(title, "codes", *codes, *(word for dtls, srtp, _ in sides for word in (dtls, srtp)), "handshakes",
          *(counts["DtlsHandshakes"] for _, _, counts in sides), "failures", *(counts["DtlsFailures"] for _, _, counts in sides), flush=True)


def case_roles(gossipper):
    """Who begins is for SDP to say; what both say is kept by the re-INVITE."""
    for offer, answer in (("[setup]", "[setup]"), ("active", "passive"), ("passive", "active"), ("actpass", "passive")):
        lines = [DTLS.replace("[setup]", setup) for setup in (offer, answer)]
        tell(f"{offer} {answer}:", pair(gossipper, *lines))


def case_profiles(gossipper):
    for profile in ("SRTP_AES128_CM_SHA1_80", "SRTP_AES128_CM_SHA1_32", "SRTP_AEAD_AES_256_GCM"):
        tell(f"{profile}:", pair(gossipper, client_words=("-dtls_profiles", profile)))
    hashes = [DTLS.replace("[fingerprint]", f'[fingerprint hash="{name}"]') for name in ("sha-512", "sha-384")]
    tell("sha-512, sha-384:", pair(gossipper, *hashes))


def case_certificate(gossipper):
    """From files, for the fingerprint and for the handshake; and what is wrong with others is said at once."""
    tls = HERE.parents[3] / "tls"
    certificate = ssl.PEM_cert_to_DER_cert((tls / "peer.pem").read_text(encoding="ascii"))
    words = ("-dtls_cert", str(tls / "peer.pem"), "-dtls_key", str(tls / "peer.key"))
    tell("certificate:", pair(gossipper, server_words=(*words, "-trace_msg", "-message_file", "messages")))
    said = re.findall(r"a=fingerprint:sha-256 (\S+)", pathlib.Path("messages").read_text(encoding="utf-8"))
    print("fingerprint", hashlib.sha256(certificate).hexdigest().upper() in [text.replace(":", "") for text in said])
    for words in (("-dtls_cert", "nothing.pem"), ("-dtls_key", "nothing.pem"), ("-dtls_cert", str(tls / "ca.pem"), "-dtls_key", str(tls / "peer.key")),
                  ("-dtls_profiles", "SRTP_NOTHING")):
        done = subprocess.run([gossipper, "sipp", "-sf", "uac.xml", "127.0.0.1:9", "-i", "127.0.0.1", "-m", "1", "-nostdin", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False)
        print("code", done.returncode, [line.replace(str(tls), "TLS") for line in done.stdout.splitlines() if "dtls" in line or "is not that of" in line])


def case_rtcp(gossipper):
    """With reports: at one port, and with a second association at the port above."""
    for mux in ("\n    a=rtcp-mux", ""):
        done = pair(gossipper, DTLS + mux, DTLS + mux, common=("-rtcp",))
        tell("mux:" if mux else "two ports:", done)
        print("reports sent", all(record(name)[2]["RtcpSenderReports"] + record(name)[2]["RtcpReceiverReports"] > 0 for name in ("uac", "uas")), "errors",
              *(record(name)[2]["SrtpErrors"] for name in ("uac", "uas")))


def case_mistakes(gossipper):
    other = ":".join(["AB"] * 32)
    wrong = DTLS.replace("[fingerprint]", f"sha-256 {other}")
    for title, lines in (("wrong fingerprint", (DTLS, wrong)), ("both active", (DTLS.replace("[setup]", "active"),) * 2),
                         ("another hash", (DTLS, DTLS.replace("[fingerprint]", "md5 AB:CD")))):
        tell(f"{title}:", pair(gossipper, *lines, patience_ms=4000))
        for name in ("uac", "uas"):
            errors = pathlib.Path(f"{name}.err")
            said = errors.read_text(encoding="utf-8") if errors.exists() else ""
            print(name, "sent", record(name)[2]["RtpPacketsSent"], "says", *sorted(set(re.findall(r"DTLS-SRTP: (.*)", said))))


def case_reject(gossipper):
    for proto, words in (("UDP/TLS/RTP/SAVP", ("-media_reject_srtp",)), ("RTP/AVP", ("-media_reject_srtp",)), ("RTP/SAVP", ("-media_reject_srtp", "-media_srtp"))):
        peer = Peer(sdp=f"v=0\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {{audio}} {proto} 0\r\n")
        code, counts, _ = run(peer, gossipper, played("apattern,1,0", 200), *words, "-audiotolerance", "1", "-call_records_jsonl", "run.jsonl")
        said = json.loads(pathlib.Path("run.jsonl").read_text(encoding="utf-8").splitlines()[0])["error"]
        print(proto, *words, "code", code, "sent", counts["RtpPacketsSent"] > 0, said)


def case_tshark(gossipper):
    tell("call:", pair(gossipper, around=lambda first: Capture("seen.pcapng", f"udp portrange {first}-{first + 39}").stop))

    def shown(wanted, *fields):
        words = [word for field in fields for word in ("-e", field)]
        return subprocess.run(["tshark", *BY_CONTENT, "-r", "seen.pcapng", "-Y", wanted, "-T", "fields", *words], stdout=subprocess.PIPE, text=True, timeout=LIMIT_S,
                              check=True).stdout.splitlines()
    types = {word for line in shown("dtls.handshake", "dtls.handshake.type") for word in line.split(",")}
    print("handshake messages", *sorted(types & {"1", "2", "11", "12", "14", "16"}, key=int), "| profiles",
          *sorted(set(",".join(shown("dtls.handshake.type == 2", "dtls.use_srtp.protection_profile")).split(","))), "| alerts", len(shown("dtls.alert_message.level", "frame.number")))
    print("malformed", len(shown("_ws.malformed || _ws.expert.severity == error", "frame.number")))


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](sys.argv[2])
