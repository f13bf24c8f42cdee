# SPDX-License-Identifier: Apache-2.0
"""run.py GOSSIPPER

Calls between two gossippers through rtpengine on loopback, which takes media of one kind and gives media of another. This script is the proxy: it passes on
SIP, and has rtpengine write the SDP of each direction anew (its ng protocol). One line a call; exit code 1 if one did not go as it must."""
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.dirname(HERE), os.path.join(os.path.dirname(HERE), "phones")]
from media import DTLS, RTP, SDES, scenario, write_tones  # noqa: E402  pylint: disable=wrong-import-position
from processes import LIMIT_S, Peer, free_ports, opened, wait_for  # noqa: E402  pylint: disable=wrong-import-position

PORTS = 40
OTHER_SUITES = ("AEAD_AES_256_GCM", "AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32", "AES_192_CM_HMAC_SHA1_80",
                "AES_192_CM_HMAC_SHA1_32")  # than the callee's, and in front of it
LINES = {"RTP/AVP": RTP, "RTP/SAVP": SDES, "UDP/TLS/RTP/SAVP": DTLS, "AES-256": SDES.replace("aescm128sha180", "aescm256sha180"),
         "AES-192": SDES.replace("aescm128sha180", "aescm192sha180")}


def encoded(value):
    if isinstance(value, dict):
        return b"d" + b"".join(encoded(key) + encoded(value[key]) for key in sorted(value)) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(encoded, value)) + b"e"
    return f"{len(value.encode())}:{value}".encode()


def decoded(data, at=0):
    """A value, and where the next one begins."""
    if data[at:at + 1] == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if data[at:at + 1] in (b"d", b"l"):
        items, is_dict, at = [], data[at:at + 1] == b"d", at + 1
        while data[at:at + 1] != b"e":
            item, at = decoded(data, at)
            items.append(item)
        return (dict(zip(items[::2], items[1::2])) if is_dict else items), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end].decode(), end


class Rtpengine(Peer):
    program = "rtpengine"

    def __init__(self, folder):
        self.port, first = free_ports(), free_ports(PORTS)
        super().__init__(folder, ["rtpengine", "--table=-1", "--foreground", "--log-stderr", "--interface=127.0.0.1", f"--listen-ng=127.0.0.1:{self.port}",
                                  f"--port-min={first}", f"--port-max={first + PORTS - 1}", "--num-threads=1", f"--pidfile={folder}/rtpengine.pid"])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(LIMIT_S)

    def __exit__(self, *_):
        super().__exit__()
        self.socket.close()

    def ask(self, **order):
        cookie = secrets.token_hex(8)
        self.socket.sendto(cookie.encode() + b" " + encoded({key.replace("_", "-"): value for key, value in order.items()}), ("127.0.0.1", self.port))
        while True:
            data = self.socket.recv(65536)
            if data.startswith(cookie.encode()):
                answer = decoded(data, len(cookie) + 1)[0]
                if answer["result"] != "ok":
                    raise RuntimeError(str(answer))
                return answer


class Proxy:
    """Passes what comes from the callee to the caller, and the other way round."""

    def __init__(self, engine, callee_port, wanted):
        self.engine, self.callee, self.caller, self.wanted, self.stop = engine, callee_port, None, wanted, False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        self.thread.join()
        self.socket.close()

    def port(self):
        return self.socket.getsockname()[1]

    def run(self):
        while not self.stop:
            try:
                data, source = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            if source[1] != self.callee:
                self.caller = source[1]
            self.socket.sendto(self.rewritten(data.decode()).encode(), ("127.0.0.1", self.caller if source[1] == self.callee else self.callee))

    def rewritten(self, text):
        head, _, body = text.partition("\r\n\r\n")
        if not body:
            return text

        def tag(name):
            return re.search(rf"^{name}:.*;tag=([^;\s]+)", head, re.M)[1]
        about = {"call_id": re.search(r"^Call-ID: (\S+)", head, re.M)[1], "from_tag": tag("From"), "sdp": body, "replace": ["origin", "session-connection"],
                 "ICE": "remove"}
        if text.startswith("INVITE"):
            body = self.engine.ask(command="offer", transport_protocol=self.wanted, SDES=[f"no-{suite}" for suite in OTHER_SUITES if self.wanted == "RTP/SAVP"], **about)["sdp"]
        else:
            body = self.engine.ask(command="answer", to_tag=tag("To"), **about)["sdp"]
        return re.sub(r"^Content-Length:.*", f"Content-Length: {len(body)}", head, flags=re.M) + "\r\n\r\n" + body


def one_call(gossipper, folder, engine, offered, wanted):
    """Exit codes of caller and callee, and their streams."""
    port = free_ports()
    common = ["-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", str(LIMIT_S), "-recv_timeout", "20000"]

    def command(name, *words):
        return [gossipper, "sipp", "-sf", os.path.join(folder, f"{name}.xml"), *words, "-media_late_limit", "100", "-min_rtp_port", str(free_ports(20)), "-call_records_jsonl",
                os.path.join(folder, f"{name}.jsonl"), "-trace_msg", "-message_file", os.path.join(folder, f"{name}.messages"), *common]
    scenario(folder, "callee", LINES[wanted], 50)
    scenario(folder, "caller", LINES[offered], 100)
    callee = subprocess.Popen(command("callee", "-p", str(port), "-set", "ends", "phone"), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        wait_for("the callee's start", lambda: opened(port), callee)
        with Proxy(engine, port, wanted) as proxy:
            caller = subprocess.run(command("caller", f"127.0.0.1:{proxy.port()}", "-s", "phone", "-set", "ends", "gossipper"), cwd=folder,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=2 * LIMIT_S, check=False)
            codes = caller.returncode, callee.wait(LIMIT_S)
    finally:
        callee.kill()
    streams = []
    for name in ("caller", "callee"):
        with open(os.path.join(folder, f"{name}.jsonl"), encoding="utf-8") as file:
            streams.append(json.loads(file.readline())["media"]["streams"][0])
    return codes, streams


def main():
    gossipper, good = os.path.abspath(sys.argv[1]), True
    if not shutil.which("rtpengine"):
        print("skipped: rtpengine is not installed")
        return 0
    with tempfile.TemporaryDirectory(prefix="gossipper-rtpengine.") as folder, Rtpengine(folder) as engine:
        write_tones(folder)
        for offered, wanted in (("RTP/AVP", "RTP/AVP"), ("RTP/SAVP", "RTP/AVP"), ("RTP/AVP", "RTP/SAVP"), ("UDP/TLS/RTP/SAVP", "RTP/SAVP"), ("RTP/SAVP", "UDP/TLS/RTP/SAVP"),
                                ("UDP/TLS/RTP/SAVP", "RTP/AVP"), ("AES-256", "RTP/AVP"), ("AES-192", "RTP/AVP")):
            codes, streams = one_call(gossipper, folder, engine, offered, wanted)
            print(f"{offered} to {wanted}: exit codes", *codes, *(f"| {s.get('srtp')} {s.get('dtls')} silent {s['packets_silent']}" for s in streams), flush=True)
            if codes != (0, 0):
                good = False
                for name in ("rtpengine.log", "caller.messages"):
                    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as log:
                        print("---", name, log.read(), sep="\n")
    return 0 if good else 1


sys.exit(main())
