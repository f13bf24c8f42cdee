# SPDX-License-Identifier: Apache-2.0
"""A peer on loopback that does what a script says, right or wrong, over UDP or TCP. A script is a list of words:

?INVITE ?200 ?*    waits for the next message of that method or code, or for any
~50                waits so many milliseconds
180                sends that response to the newest request but ACK
BYE                sends that request within the dialog
again again:200    sends the last of its messages once more, or the last of that method or code
stop               lets the program end, which would not by itself

Over TCP also, of the newest connection:
close reset        ends it in order, or with a reset; half-close: sends no more; leave: closes it and listens no longer
connect            opens one to the program, as the first message does if there is none
nobody somebody    as the first word: nobody listens; from now on somebody does

Behind a message, `:name=value` and `:name` change it:
cseq=BYE           the method in the CSeq; n=7 the number
of=INVITE          the response is one to the newest INVITE
tag=x branch=x     its own tag, its branch; via=copy: a request has the Via of the newest request
call=x             the Call-ID, `%` in it being the right one; new: a request of no known call
without=To         lacks that header field; add=Name=value has one more
cut=30             only its first bytes; x3 sends it so often; raw=text sends that text
pieces=7           (TCP) in pieces of so many bytes; hold: together with the next message; on=1: on the first connection
"""
import re
import time

from relay import HOST
from wires import PONG, Datagrams, Streams, Stuck

GAP_S = 0.02  # before each message: SIPp must have got to its next step
PATIENCE_S = 6  # for a message of the program
END = "\r\n"


def kind(text):
    """Method or code."""
    first, _, rest = text.partition(" ")
    return rest[:3] if first == "SIP/2.0" else first


def field(text, name):
    match = re.search(rf"^{name}:[ \t]*(.*?)\r?$", text, re.M | re.I)
    return match[1] if match else ""


class Peer:
    """Of the program on that port. One thread."""

    def __init__(self, program_port, over_tcp, script):
        self.wire = Streams(program_port, not script.startswith("nobody")) if over_tcp else Datagrams(program_port)
        self.port = self.wire.port
        self.program = (HOST, program_port)
        self.received, self.taken = [], 0  # all texts; how many of them the script has waited for
        self.sent = []
        self.cseq = self.branches = 0

    def play(self, script, process):
        for word in script.split():
            if word.startswith("?"):
                self.wait_for(word[1:], process)
            elif word.startswith("~"):
                self.listen(time.monotonic() + int(word[1:]) / 1000, lambda: False)
            else:
                self.listen(time.monotonic() + GAP_S, lambda: False)
                action = {"stop": process.terminate, **self.wire.actions()}.get(word)
                action() if action else self.send(word)

    def listen(self, until, enough):
        while not enough() and (left := until - time.monotonic()) > 0:
            self.received += [m.decode("latin-1") for m in self.wire.receive(min(left, 0.02))]  # `enough` looks at more than the wire

    def wait_for(self, wanted, process):
        until = time.monotonic() + PATIENCE_S
        while True:
            self.listen(until, lambda: self.taken < len(self.received) or process.poll() is not None)
            self.drain()  # the last message may have come with the end
            if self.taken == len(self.received):
                raise Stuck(wanted)
            self.taken += 1
            if wanted in ("*", kind(self.received[self.taken - 1])):
                return

    def send(self, word):
        what, *changes = word.split(":")
        changes = dict(c.partition("=")[::2] for c in changes)
        if what == "again":
            text = next(t for t in reversed(self.sent) if not set(changes) & {kind(t) for t in self.sent} or kind(t) in changes)
            text = re.sub(r"branch=[^;\r]*", f"branch={changes['branch']}", text) if "branch" in changes else text
        elif "raw" in changes:
            text = changes["raw"].replace("_", " ").replace("|", END)
        else:
            text = (self.response if what.isdecimal() else self.request)(what, changes)
        text = text[:int(changes.get("cut", len(text)))]
        self.sent.append(text)
        for _ in range(next((int(c[1:]) for c in changes if re.fullmatch(r"x\d+", c)), 1)):
            self.wire.send(text.encode("latin-1"), changes)

    def newest(self, method=None):
        """The newest request of the program, '' if there is none."""
        return next((t for t in reversed(self.received) if not t.startswith("SIP/2.0") and kind(t) in ([method] if method else {kind(t)} - {"ACK", PONG.decode()})), "")

    def response(self, code, changes):
        request = self.newest(changes.get("of"))
        to = field(request, "To")
        if code != "100" and "tag=" not in to:
            to += f";tag={changes.get('tag', 'peer')}"
        number, method = field(request, "CSeq").split(" ")
        return self.message(f"SIP/2.0 {code} Reason", field(request, "Via"), field(request, "From"), to, field(request, "Call-ID"), number, method, changes)

    def request(self, method, changes):
        invite, answer = self.newest("INVITE"), next((t for t in reversed(self.received) if t.startswith("SIP/2.0")), "")
        own = f"<sip:peer@{HOST}:{self.port}>;tag={changes.get('tag', 'peer')}"
        if invite:
            sender, receiver, call = field(invite, "To") + f";tag={changes.get('tag', 'peer')}", field(invite, "From"), field(invite, "Call-ID")
        else:
            sender, receiver, call = own, field(answer, "To") or f"<sip:program@{HOST}:{self.program[1]}>", "1@peer"
        if "new" in changes:
            call = f"new-{len(self.sent)}@peer"
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
            self.branches += 1
        elif method == "ACK":
            self.branches += 1
        via = field(self.newest(), "Via") if changes.get("via") == "copy" else f"SIP/2.0/{self.wire.name} {HOST}:{self.port};branch=z9hG4bK-peer-{self.branches}"
        return self.message(f"{method} sip:program@{HOST}:{self.program[1]} SIP/2.0", via, sender, receiver, call, str(self.cseq), method, changes)

    def message(self, start, via, sender, receiver, call, number, method, changes):
        if "branch" in changes:
            via = re.sub(r"branch=[^;]*", f"branch={changes['branch']}", via)
        if "call" in changes:
            call = changes["call"].replace("%", call)
        fields = [("Via", via), ("From", sender), ("To", receiver), ("Call-ID", call),
                  ("CSeq", f"{changes.get('n', number)} {changes.get('cseq', method)}"), ("Contact", f"<sip:peer@{HOST}:{self.port}>"),
                  ("Max-Forwards", "70"), ("Content-Length", "0")]
        if "add" in changes:
            fields.append(changes["add"].split("=", 1))
        lines = [f"{name}: {value}" for name, value in fields if name != changes.get("without")]
        return END.join([start, *lines, "", ""])

    def drain(self):
        """Takes what is there already."""
        self.listen(time.monotonic() + 0.001, lambda: False)

    def close(self):
        self.wire.close()
