# SPDX-License-Identifier: Apache-2.0
"""The natural counterpart of a scenario, as a SIPp scenario: it sends what the scenario receives and receives what the scenario
sends, along the path that the scenario takes when nothing special happens."""
import collections
import dataclasses
import html
import re

import example
from scenario import duration_ms

MARGIN_MS = 300  # by which the counterpart lets a pause of the scenario pass
GAP_MS = 60  # between two messages that the counterpart sends in a row
MAX_STEPS = 120
TAG = "[pid]MirrorTag[call_number]"

REASONS = {100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 183: "Session Progress", 200: "OK", 202: "Accepted",
           302: "Moved Temporarily", 401: "Unauthorized", 404: "Not Found", 407: "Proxy Authentication Required", 486: "Busy Here",
           487: "Request Terminated", 603: "Decline"}

SDP = ("v=0\no=mirror 53655765 2353687637 IN IP[local_ip_type] [local_ip]\ns=-\nc=IN IP[media_ip_type] [media_ip]\nt=0 0\n"
       "m=audio [media_port] RTP/AVP 0 8 101\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\n")
BODIES = {"INVITE": ("application/sdp", SDP), "UPDATE": ("application/sdp", SDP), "MESSAGE": ("text/plain", "Hello\n"),
          "INFO": ("application/dtmf-relay", "Signal=5\nDuration=160\n"),
          "NOTIFY": ("application/simple-message-summary", "Messages-Waiting: yes\nVoice-Message: 2/8\n")}
REQUEST_HEADERS = {
    "REGISTER": ["Expires: 3600"], "SUBSCRIBE": ["Event: presence", "Expires: 3600"],
    "PUBLISH": ["Event: presence", "Expires: 3600"], "NOTIFY": ["Event: message-summary", "Subscription-State: active;expires=3600"],
    "REFER": ["Refer-To: <sip:target@[local_ip]:[local_port]>", "Referred-By: <sip:mirror@[local_ip]:[local_port]>"],
    "PRACK": ["RAck: 1 1 INVITE"], "INFO": [], "MESSAGE": [],
}
SAMPLE = {"local_ip": "127.0.0.1", "remote_ip": "127.0.0.1", "media_ip": "127.0.0.1", "local_port": "35060", "remote_port": "35061",
          "media_port": "6000", "transport": "UDP", "call_id": "1-4711@127.0.0.1", "call_number": "1", "pid": "4711", "service": "service",
          "branch": "z9hG4bK-4711-1-0", "cseq": "1", "len": "  100", "local_ip_type": "4", "media_ip_type": "4", "peer_tag_param": ";tag=1"}
IDENTITY = ("via", "from", "to", "call-id", "cseq", "max-forwards", "content-length", "content-type")


class Unsuitable(Exception):
    """Why a scenario has no counterpart."""


@dataclasses.dataclass
class Variant:
    """What the counterpart of a scenario does beyond the necessary."""
    optional: bool = False  # sends optional provisional responses too
    branch: bool = False  # the scenario takes each `next` that depends on a test
    reject: int = 0  # answers the first request with this code
    retrans: bool = False  # sends its requests and final answers again when they are lost


@dataclasses.dataclass
class Received:
    """A request that the scenario sent, as the counterpart has it."""
    index: int
    method: str
    headers: dict
    kept: set = dataclasses.field(default_factory=set)


def headers_of(text):
    found = {}
    for line in text.split("\n\n")[0].split("\n")[1:]:
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), value.strip())
    return found


def sample(text):
    """A message text as it may look on the wire, good enough to try regular expressions on."""
    return re.sub(r"\[([^\]\s]+)[^\]]*\]", lambda m: SAMPLE.get(m[1].rstrip(":"), "x1"), text)


def path(scenario, variant):
    """The steps in the order in which they are executed."""
    at, visits = 0, collections.Counter()
    while at < len(scenario.steps):
        step = scenario.steps[at]
        visits[at] += 1
        if sum(visits.values()) > MAX_STEPS:
            raise Unsuitable("does not end")
        optional = step.get("optional", "false") not in ("false", "")
        yield step, optional
        label = step.get("next")
        if label is not None and not optional:
            if step.get("chance") not in (None, "1"):
                raise Unsuitable("left to chance")
            if step.get("test") is None or (variant.branch and visits[at] == 1):
                if label not in scenario.labels:
                    raise Unsuitable(f"no label {label}")
                at = scenario.labels[label]
                continue
        at += 1


def begins_calls(scenario):
    """Whether the first message of its calls is one that it sends."""
    return next((s.name == "send" for s in scenario.steps if s.name in ("send", "recv")), False)


class Mirror:
    def __init__(self, scenario, variant):
        self.scenario, self.variant = scenario, variant
        self.out = []  # [element, attributes, text, actions]
        self.received = []
        self.unanswered = []  # requests of the scenario
        self.last = None  # the request that was received last
        self.cseq = 0
        self.mine = []  # [method, index of its send, cseq, final code] of each request sent
        self.tagged = False
        self.quiet_ms = 0
        self.challenged = False
        self.prack = any(s.text.startswith("PRACK") for s in scenario.steps)
        self.recorded = any(s.is_true("rrs") for s in scenario.steps)

    def run(self):
        self.is_server = begins_calls(self.scenario)
        for step, optional in path(self.scenario, self.variant):
            if step.name in ("pause", "timewait"):
                self.quiet_ms += duration_ms(step)
            elif step.name == "send":
                self.quiet_ms = 0
                self.receive(step)
            elif step.name == "recv" and not (optional and not self.takes_optional(step)):
                self.let_pass()
                self.send(step)
                if self.variant.reject and self.is_server:
                    break
        return self.xml()

    def takes_optional(self, step):
        code = step.get("response", "")
        return self.variant.optional and code.isdecimal() and int(code) < 200 and step.get("next") is None and bool(self.unanswered)

    def let_pass(self):
        """A message must not come while the scenario pauses, nor two at once."""
        after_send = bool(self.out) and self.out[-1][0] == "send"
        wait = self.quiet_ms + MARGIN_MS if self.quiet_ms else GAP_MS if after_send else 0
        self.quiet_ms = 0
        if wait and self.out:
            self.out.append(["pause", {"milliseconds": str(wait)}, "", []])

    # What the scenario sends.

    def receive(self, step):
        start = step.text.split("\n")[0].split(" ")
        if start[0] == "SIP/2.0":
            attributes = {"response": start[1]}
            if start[1] in ("401", "407") and re.search("-authenticate", step.text, re.I):
                attributes["auth"] = "true"
                self.challenged = True
            code = int(start[1])
            if code >= 200:
                method = headers_of(step.text).get("cseq", "").split(" ")[-1]
                for request in reversed(self.mine):
                    if request[3] == 0 and (request[0] == method or not method.isalpha()):
                        request[3] = code
                        break
        else:
            attributes = {"request": start[0]}
            request = Received(len(self.received), start[0], headers_of(step.text))
            self.received.append(request)
            if start[0] != "ACK":
                self.unanswered.append(request)
            self.last = request
        self.out.append(["recv", attributes, "", []])
        if "request" in attributes:
            request.element = self.out[-1]

    # What the scenario receives.

    def send(self, step):
        if step.get("request"):
            methods = [step.get("request")] if not step.is_true("regexp_match") else [
                m for m in ("INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "MESSAGE", "BYE") if re.search(step.get("request"), m)]
            if not methods or not re.fullmatch(r"[A-Za-z]+", methods[0]):
                raise Unsuitable("receives no known method")
            self.send_request(methods[0], step)
        elif step.get("response"):
            codes = [c for c in (200, 180, 183, 302, 404, 486, 500) if re.search(step.get("response"), str(c))] if step.is_true("regexp_match") else [
                step.get("response")]
            if not codes or not str(codes[0]).isdecimal():
                raise Unsuitable("receives no known response")
            self.send_response(self.variant.reject or int(codes[0]), step)
        else:
            raise Unsuitable("receives neither request nor response")

    def kept(self, request, name):
        """A header field of the request: from the last message or, when that is another one, from a variable."""
        if request is self.last:
            return f"[last_{name}:]"
        request.kept.add(name)
        return f"{name}:[${self.variable(request, name)}]"

    @staticmethod
    def variable(request, name):
        return f"{name.replace('-', '').lower()}{request.index}"

    def answers(self, code):
        if not self.received:
            raise Unsuitable("receives a response before it sends a request")
        wanted = "INVITE" if code == 487 else None
        candidates = [r for r in self.unanswered if wanted in (None, r.method)] or self.unanswered or [
            r for r in self.received if r.method != "ACK"]
        if not candidates:
            raise Unsuitable("receives a response to an ACK")
        return candidates[-1]

    def send_response(self, code, step):
        request = self.answers(code)
        if code >= 200 and request in self.unanswered:
            self.unanswered.remove(request)
        to = self.kept(request, "To")
        own = request.headers.get("to", "")
        has_tag = "tag=" in own or (self.tagged and re.search(r"tag|\[\$|\[last_", own, re.I))
        if code > 100 and not has_tag:
            to += f";tag={TAG}"
            self.tagged = True
        lines = [f"SIP/2.0 {code} {REASONS.get(code, 'Reason')}", self.kept(request, "Via")]
        if self.recorded and 100 < code < 300:
            lines.append("Record-Route: <sip:[local_ip]:[local_port];lr;n=2>, <sip:[local_ip]:[local_port];lr;n=1>")
        lines += [self.kept(request, "From"), to, self.kept(request, "Call-ID"), self.kept(request, "CSeq")]
        lines.append("Contact: <sip:mirror@[local_ip]:[local_port];transport=[transport]>")
        if code in (401, 407):
            qop = ',qop="auth"' if len(self.scenario.source) % 2 else ""
            lines.append(("WWW" if code == 401 else "Proxy") + f'-Authenticate: Digest realm="mirror.example",nonce="4f6d3c7a9b",algorithm=MD5{qop}')
        if self.prack and 100 < code < 200:
            lines += ["Require: 100rel", "RSeq: 1"]
        if code < 300 and request.method in ("REGISTER", "SUBSCRIBE", "PUBLISH"):
            lines.append("Expires: 3600")
        if request.method == "PUBLISH":
            lines.append("SIP-ETag: 7f6e5d")
        body = BODIES["INVITE"] if request.method == "INVITE" and (code == 183 or code == 200) else None
        again = self.variant.retrans and request.method == "INVITE" and 200 <= code
        self.emit_send(lines, body, step, request, again)

    def send_request(self, method, step):
        invite = next((r for r in reversed(self.mine) if r[0] == "INVITE"), None)
        if method in ("ACK", "CANCEL") and invite:
            number, back = invite[2], len(self.out) - invite[1]
            same = method == "CANCEL" or invite[3] >= 300
        else:
            self.cseq += 1
            number, same = self.cseq, False
        branch = f"[branch-{back}]" if same else "[branch]"
        if self.is_server:
            first = self.received[0] if self.received else None
            if first is None:
                raise Unsuitable("receives a request before it sends one")
            sender, receiver = self.kept_value(first, "To"), self.kept_value(first, "From")
            sender = f"From:{sender}" + ("" if "tag=" in first.headers.get("to", "") else f";tag={TAG}")
            receiver = f"To:{receiver}"
        else:
            sender = f"From: mirror <sip:mirror@[local_ip]:[local_port]>;tag={TAG}"
            receiver = "To: scenario <sip:[service]@[remote_ip]:[remote_port]>" + ("" if method == "CANCEL" else "[peer_tag_param]")
        lines = [f"{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0", f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}"]
        if self.recorded and method == "INVITE":
            lines.append("Record-Route: <sip:[local_ip]:[local_port];lr;n=1>, <sip:[local_ip]:[local_port];lr;n=2>")
        lines += [sender, receiver, "Call-ID: [call_id]", f"CSeq: {number} {method}",
                  "Contact: <sip:mirror@[local_ip]:[local_port];transport=[transport]>", "Max-Forwards: 70"]
        lines += REQUEST_HEADERS.get(method, [])
        if self.challenged and method not in ("ACK", "CANCEL"):
            lines.append(f"[authentication username={self.credential('username', 'mirror')} password={self.credential('password', 'secret')}]")
        if method not in ("ACK", "CANCEL"):
            self.mine.append([method, len(self.out), number, 0])
        self.emit_send(lines, BODIES.get(method), step, None, self.variant.retrans and method != "ACK")

    def credential(self, name, default):
        for step in self.scenario.steps:
            for action in step.actions:
                value = action.get(name) if action.name == "verifyauth" else None
                if value and "[" not in value:
                    return value
        return default

    def kept_value(self, request, name):
        request.kept.add(name)
        return f"[${self.variable(request, name)}]"

    def emit_send(self, lines, body, step, request, again):
        content, body = body or (None, "")
        for action in step.actions:
            if action.name == "ereg":
                body = self.satisfy(action, lines, body, request)
        if body:
            lines.append(f"Content-Type: {content or 'application/sdp'}")
        lines.append("Content-Length: [len]")
        text = "\n".join(lines) + "\n\n" + body
        self.out.append(["send", {"retrans": "500"} if again else {}, text, []])

    def satisfy(self, action, lines, body, request):
        """Adds what a regular expression of the scenario looks for, so that it matches; returns the body."""
        pattern = example.compiled(action.get("regexp", ""), action.is_true("case_indep"))
        if pattern is None:
            return body
        def seen(line):
            match = re.match(r"\[last_(.+?):\]", line)
            return f"{match[1]}: {sample(request.headers.get(match[1].lower(), ''))}{line[match.end():]}" if match and request else sample(line)
        shown = [seen(line) for line in lines]
        where, text = action.get("search_in", "msg"), example.text_of(action.get("regexp", ""))
        wanted = "\n" not in text and "\r" not in text
        if where == "hdr":
            header = action.get("header", "")
            line = next((i for i, l in enumerate(shown) if header.lower() in l.lower()), None)
            if line is not None and pattern.search(shown[line][shown[line].lower().index(header.lower()) + len(header):]):
                return body
            name = header.split(":")[0].strip()
            if wanted and name.lower() not in IDENTITY and re.fullmatch(r"[\w-]+", name):
                text = f"{name}: {header.partition(':')[2]}{text}".replace(":  ", ": ")
                lines[line if line is not None else len(lines):][:1] = []
                if line is not None:
                    lines[line] = text
                else:
                    lines.append(text)
        elif where == "body":
            if not pattern.search(sample(body)) and wanted:
                body += text + "\n"
        elif where == "msg":
            if not pattern.search("\r\n".join(shown) + "\r\n\r\n" + sample(body)) and wanted:
                lines.append(text if re.match(r"[A-Za-z][\w-]*:", text) else f"X-Example: {text}")
        return body

    def xml(self):
        for request in self.received:
            request.element[3] = [
                ("ereg", {"regexp": ".*", "search_in": "hdr", "header": f"{name}:", "start_line": "true", "assign_to": self.variable(request, name)})
                for name in sorted(request.kept)]
        def tag(name, attributes, end):
            return f"<{name}" + "".join(f' {k}="{html.escape(v)}"' for k, v in attributes.items()) + end
        parts = ['<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="counterpart">\n']
        for name, attributes, text, actions in self.out:
            if text:
                parts.append(tag(name, attributes, "><![CDATA[\n") + text + "]]></send>\n")
            elif actions:
                parts.append(tag(name, attributes, "><action>\n") + "".join(tag(n, a, "/>\n") for n, a in actions) + "</action></recv>\n")
            else:
                parts.append(tag(name, attributes, "/>\n"))
        return "".join(parts) + "</scenario>\n"


def counterpart(scenario, variant):
    return Mirror(scenario, variant).run()
