# SPDX-License-Identifier: Apache-2.0
"""What two runs of the same calls may differ in, taken out of a message: process ids, ports, clocks, random numbers. All else
stays as it is, to the byte."""
import dataclasses
import hashlib
import re

MEDIA_PORTS = 6  # from the media port on


@dataclasses.dataclass
class Names:
    """The numbers of a run and what stands for them; the passwords with which digests are checked."""
    numbers: dict
    passwords: set

    def __post_init__(self):
        self.pattern = re.compile(r"(?<!\d)(?:" + "|".join(map(re.escape, sorted(self.numbers, key=len, reverse=True))) + r")(?!\d)")


CLOCKS = [
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"), "<date>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T\t ]\d\d:\d\d:\d\d\.\d+(?:\t\d+\.\d+|Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"^(User-Agent|Server): SIPp.*", re.M | re.I), r"\1: <SIPp>"),
]


def digest_parameters(value):
    return {k.lower(): q or t for k, q, t in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))', value)}


def digest_response(p, method, body, password):
    """RFC 2617 3.2.2, RFC 7616 3.4."""
    algorithm = hashlib.sha256 if p.get("algorithm", "MD5").upper().startswith("SHA-256") else hashlib.md5
    def h(text):
        return algorithm(text.encode("latin-1")).hexdigest()
    a1 = h(f"{p.get('username')}:{p.get('realm')}:{password}")
    a2 = h(f"{method}:{p.get('uri')}" + (f":{h(body)}" if p.get("qop") == "auth-int" else ""))
    middle = f"{p['nonce']}:{p.get('nc')}:{p.get('cnonce')}:{p['qop']}" if "qop" in p else p.get("nonce")
    return h(f"{a1}:{middle}:{a2}")


def without_digest(line, method, body, names):
    p = digest_parameters(line)
    valid = any(digest_response(p, method, body, password) == p.get("response") for password in names.passwords)
    line = re.sub(r'cnonce="[^"]*"', 'cnonce="<random>"', line)
    return re.sub(r'response="[^"]*"', 'response="<valid>"', line) if valid else line


def normal(data, names):
    text = data.decode("latin-1")
    head, blank, body = text.partition("\r\n\r\n")
    method = head.split(" ")[0]
    head = re.sub(r"^(?:Proxy-)?Authorization: Digest.*", lambda m: without_digest(m[0], method, body, names), head, flags=re.M)
    def clean(part):
        part = names.pattern.sub(lambda m: names.numbers[m[0]], part)
        for pattern, replacement in CLOCKS:
            part = pattern.sub(replacement, part)
        return part
    head, clean_body = clean(head), clean(body)
    shrunk = len(body) - len(clean_body)  # the length counts what stood there before
    def length(match):
        return f"{match[1]}{int(match[2]) - shrunk:{len(match[2])}}" if shrunk else match[0]
    head = re.sub(r"^((?:Content-Length|l): *?)( *\d+)", length, head, flags=re.M | re.I)
    return head + blank + clean_body
