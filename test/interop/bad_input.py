# SPDX-License-Identifier: Apache-2.0
"""bad_input.py GOSSIPPER uac|uas|caller [--messages N] [--seed N]

Throws broken SIP messages at a client or a server while the two place real calls, all traces on. Exit code 1 unless every real call succeeded, both
ended as they must, and what the victim counted as received is what was sent to it, less what its socket had no room for. The caller is a client whose
calls get nothing but answers and requests of which most are broken: it has to survive that, and to count. N is 4,000, or what GSP_BAD_INPUT says; the
same seed gives the same messages."""
import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from processes import LIMIT_S, free_ports, opened, wait_for  # pylint: disable=wrong-import-position

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("gossipper", type=os.path.abspath)
parser.add_argument("victim", choices=("uac", "uas", "caller"))
parser.add_argument("--messages", type=int, default=int(os.environ.get("GSP_BAD_INPUT", 4000)))
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()

LONGEST = 65507  # a datagram
HEADERS = """Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-{n}-1
From: "Bad \\" input" <sip:bad@127.0.0.1>;tag=b{n}
To: <sip:service@127.0.0.1>{tag}
Call-ID: bad-{call}@127.0.0.1
CSeq: {cseq} {method}
Contact: <sip:bad@127.0.0.1:9>
Max-Forwards: 70
{more}Content-Length: {length}

{body}"""
SDP = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n"
CHALLENGE = 'Proxy-Authenticate: Digest realm="bad", nonce="n", qop="auth,auth-int", algorithm=MD5\n'
REQUESTS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER")
RESPONSES = ("100 Trying", "180 Ringing", "200 OK", "407 Proxy Authentication Required", "503 Service Unavailable")
BAD_LENGTHS = (b"-1", b"0", b"99999999999999999999", b"65536", b"1e9", b"", b"abc")
BAD_CSEQS = (b"4294967296 INVITE", b"-5 BYE", b"INVITE", b"1", b"", b"99999999999999999999 X")


def template(rng, n):
    """Some of a call's messages after the other, so that later ones meet calls that the first have made."""
    call = max(0, n - rng.randrange(6))
    body = rng.choice(("", SDP))
    method = rng.choice(REQUESTS)
    start = f"{method} sip:service@127.0.0.1 SIP/2.0\n" if rng.random() < 0.6 else f"SIP/2.0 {rng.choice(RESPONSES)}\n"
    text = start + HEADERS.format(n=n, call=call, method=method, cseq=rng.randrange(1, 4), tag=rng.choice(("", ";tag=x")), body=body,
                                  length=len(body) + body.count("\n"), more=CHALLENGE if "407" in start else "")
    return text.replace("\n", "\r\n").encode()


def line_of(rng, data):
    """(lines, the number of one of the header fields)"""
    lines = data.split(b"\r\n")
    return lines, rng.randrange(1, max(2, lines.index(b"") if b"" in lines else len(lines)))  # may be past the end: then nothing is changed


def flip_bits(rng, data):
    out = bytearray(data)
    for _ in range(rng.randrange(1, 9)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def truncate(rng, data):
    return data[:rng.randrange(len(data))]


def repeat_header(rng, data):
    lines, at = line_of(rng, data)
    return b"\r\n".join(lines[:at] + lines[at:at + 1] * rng.choice((2, 3, 200)) + lines[at + 1:])


def remove_header(rng, data):
    lines, at = line_of(rng, data)
    return b"\r\n".join(lines[:at] + lines[at + 1:])


def lengthen_header(rng, data):
    lines, at = line_of(rng, data)
    lines[at:at + 1] = [line + rng.choice((b"x", b";a=", b",", b"\r\n ", b'"', b"<")) * rng.choice((100, 3000)) for line in lines[at:at + 1]]
    return b"\r\n".join(lines)


def empty_header(rng, data):
    lines, at = line_of(rng, data)
    lines[at:at + 1] = [line.partition(b":")[0] + b":" for line in lines[at:at + 1]]
    return b"\r\n".join(lines)


def replace_value(data, name, value):
    return b"\r\n".join(name + b": " + value if line.startswith(name + b":") else line for line in data.split(b"\r\n"))


def wrong_length(rng, data):
    return replace_value(data, b"Content-Length", rng.choice(BAD_LENGTHS))


def wrong_cseq(rng, data):
    return replace_value(data, b"CSeq", rng.choice(BAD_CSEQS))


def wrong_call_id(rng, data):
    return replace_value(data, b"Call-ID", rng.choice((b"a///b///c", b"///", b"x" * 5000, b"\xff\xfe", b"bad-1@127.0.0.1 trailing")))


def wrong_branch(rng, data):
    return replace_value(data, b"Via", rng.choice((b"SIP/2.0/UDP", b"SIP/2.0/UDP h;branch=", b'SIP/2.0/UDP h;branch="', b"x;;;,,,;branch=z9hG4bK-1-1-1", b"")))


def insert_nuls(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + b"\0" * rng.choice((1, 4, 100)) + data[at:]


def other_line_ends(rng, data):
    return data.replace(b"\r\n", rng.choice((b"\n", b"\r", b"\r\n\r\n", b"\n\r")))


def huge(rng, data):
    return (data + rng.choice((b"\0", b"x", b"\r\n", b"a: b\r\n", b";")) * LONGEST)[:LONGEST]


def nothing(rng, data):  # pylint: disable=unused-argument
    return rng.choice((b"", b"\r\n\r\n", b"\0\0\0\0", b" ", b"\r\n" * 1000))


def noise(rng, data):
    return rng.randbytes(len(data))


COMMON = (flip_bits, truncate, repeat_header, remove_header, lengthen_header, empty_header, wrong_length, wrong_cseq, wrong_call_id, wrong_branch, insert_nuls,
          other_line_ends)


def answer(rng, n, request):
    """Something that belongs to the call of this request."""
    lines = request.decode("latin-1").split("\r\n")
    own = {name: next((line for line in lines if line.startswith(name)), name) for name in ("Via:", "From:", "To:", "Call-ID:", "CSeq:")}
    start = f"SIP/2.0 {rng.choice(RESPONSES)}" if rng.random() < 0.8 else f"{rng.choice(REQUESTS)} sip:bad@127.0.0.1 SIP/2.0"
    own["To:"] += f";tag=b{n}"
    return "\r\n".join((start, *own.values(), "Contact: <sip:bad@127.0.0.1:9>", CHALLENGE.strip(), "Content-Length: 0", "", "")).encode("latin-1")


def broken(rng, data):
    if rng.random() < 0.06:
        return rng.choice((huge, nothing, noise))(rng, data)
    for mutation in rng.choices(COMMON, k=rng.randrange(1, 4)):
        data = mutation(rng, data or b"x")
    return data[:LONGEST]


TRACES = [f"-trace_{kind}" for kind in ("msg", "shortmsg", "err", "logs", "calldebug", "stat", "counts", "error_codes", "rtt", "screen")]


class Side:
    def __init__(self, folder, name, *words):
        self.port, self.summary = free_ports(), os.path.join(folder, name + ".json")
        self.said = open(os.path.join(folder, name + ".txt"), "w+", encoding="utf-8")
        command = [options.gossipper, "sipp", "-sn", name, *words, "-i", "127.0.0.1", "-p", self.port, "-nostdin", *TRACES, "-ringbuffer_size", 10_000_000,
                   "-ringbuffer_files", 1, "-buff_size", 4 << 20, "-summary_json", self.summary, "-seed", options.seed]
        self.process = subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)
        wait_for(f"the start of {name}", lambda: opened(self.port), self.process)

    def unread(self):
        """Bytes in its socket."""
        with open("/proc/net/udp", encoding="ascii") as table:
            rows = [line.split() for line in table]
        return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{self.port:04X}"))

    def wait_for_room(self):
        """Else most is lost: the kernel may give less room than -buff_size asks for."""
        while self.unread() > 1 << 16:
            time.sleep(0.001)

    def end(self):
        self.process.send_signal(signal.SIGUSR1)
        self.code = self.process.wait(LIMIT_S)
        with open(self.summary, encoding="utf-8") as file:
            self.result = json.load(file)

    def counted(self, name):
        return self.result["statistics"][name]


def throw(victim):
    """Returns how many were sent."""
    rng, sent = random.Random(options.seed), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thrower:
        for n in range(options.messages):
            sent += thrower.sendto(broken(rng, template(rng, n)), ("127.0.0.1", victim.port)) >= 0
            if n % 4 == 0:
                victim.wait_for_room()
        wait_for("reading", lambda: victim.unread() == 0, victim.process)
    return sent


def answer_calls(thrower, victim):
    """The same for a caller of this socket."""
    rng, sent = random.Random(options.seed), 0
    while sent < options.messages:
        request, caller = thrower.recvfrom(65536)
        victim.wait_for_room()
        for _ in range(rng.randrange(1, 5)):
            data = answer(rng, sent, request)
            sent += thrower.sendto(broken(rng, data) if rng.random() < 0.8 else data, caller) >= 0
    wait_for("reading", lambda: victim.unread() == 0, victim.process)
    return sent


def counts_of(side, due):
    """(what, holds)"""
    kinds = [side.counted(name) for name in ("MessagesReceived", "MalformedMessages", "KeepAlives")]
    due -= side.result["load"]["kernel_drops"]
    return "{} messages, {} malformed ones, {} keep-alives; ".format(*kinds) + f"together {sum(kinds)} of {due}", sum(kinds) == due


def checks(victim, uac, uas, sent):
    """(what, holds)"""
    calls, failed = uac.counted("SuccessfulCall"), uac.counted("FailedCall")
    yield f"{calls} real calls succeeded, {failed} failed, exit code {uac.code}", calls > 0 and (failed, uac.code) == (0, 0)
    taken, broken = uas.counted("SuccessfulCall"), uas.counted("FailedCall")
    yield f"the server took {taken}, {broken} broken ones failed, exit code {uas.code}", taken >= calls and uas.code == (1 if broken else 0)
    yield counts_of(victim, (uas if victim is uac else uac).counted("MessagesSent") + sent)
    if victim is uac:  # what a server under fire sends goes to the thrower too
        yield counts_of(uas, uac.counted("MessagesSent"))


def run_pair(folder, sides):
    uas = Side(folder, "uas", "-recv_timeout", 3000)
    sides.append(uas)
    uac = Side(folder, "uac", f"127.0.0.1:{uas.port}", "-r", 100, "-cid_str", "real-%u")
    sides.append(uac)
    victim = uac if options.victim == "uac" else uas
    sent = throw(victim)
    uac.end()
    uas.end()
    return list(checks(victim, uac, uas, sent))


def run_caller(folder, sides):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thrower:
        thrower.bind(("127.0.0.1", 0))
        thrower.settimeout(LIMIT_S)
        uac = Side(folder, "uac", f"127.0.0.1:{thrower.getsockname()[1]}", "-r", 500, "-recv_timeout", 1000)
        sides.append(uac)
        sent = answer_calls(thrower, uac)
        uac.end()
    calls, failed = uac.counted("SuccessfulCall"), uac.counted("FailedCall")
    return [(f"{calls} calls succeeded, {failed} failed, exit code {uac.code}", failed > 0 and uac.code == 1), counts_of(uac, sent)]


def main():
    with tempfile.TemporaryDirectory(prefix="gossipper-bad.") as folder:
        sides = []
        try:
            results = (run_caller if options.victim == "caller" else run_pair)(folder, sides)
        finally:
            for side in sides:
                side.process.kill()
                side.process.wait()
        good = all(holds for _, holds in results)
        for what, holds in results:
            print(("ok      " if holds else "FAILED  ") + what)
        for side in sides:
            side.said.seek(0)
            text = side.said.read()
            if not good or "Sanitizer" in text or "runtime error" in text:
                print(text[-20_000:])
                good = False
        return 0 if good else 1


sys.exit(main())
