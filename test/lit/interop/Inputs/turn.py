# SPDX-License-Identifier: Apache-2.0
"""turn.py CASE GOSSIPPER: calls through coturn."""
import binascii
import contextlib
import hashlib
import hmac
import os
import pathlib
import re
import selectors
import struct
import subprocess
import sys
import threading
import time

LIT = pathlib.Path(__file__).parents[2]
TLS = LIT.parent / "tls"
sys.path += [str(LIT), str(LIT / "run/Inputs/ice")]
import ice  # noqa: E402
from ice import HEARD, LIMIT_S, PLAY, SIDES, call_alone, calls, write_scenarios  # noqa: E402
from capture_file import Capture  # noqa: E402
from sockets import bound, free_port, free_ports  # noqa: E402

USER, PASSWORD = "user", "secret"


class Server:
    """coturn with one user; relays are on loopback too."""

    def __init__(self):
        self.port, self.tls_port, first = free_port(), free_port(), free_ports(200)
        self.relays = f"{first}-{first + 199}"
        self.process = subprocess.Popen(
            ["turnserver", "-n", "--listening-port", str(self.port), "--tls-listening-port", str(self.tls_port), "-L", "127.0.0.1", "-E", "127.0.0.1", "--min-port",
             str(first), "--max-port", str(first + 199), "-a", "-u", f"{USER}:{PASSWORD}", "-r", "example.org", "--allow-loopback-peers", "--no-cli", "--cert",
             str(TLS / "peer.pem"), "--pkey", str(TLS / "peer.key"), "--log-file", "stdout", "--pidfile", os.path.abspath("turn.pid"), "--userdb",
             os.path.abspath("turn.db"), "-v"], stdout=open("turn.log", "w", encoding="utf-8"), stderr=subprocess.STDOUT)
        self.wait_for(r"TLS.* listener opened on|IO method")
        deadline = time.monotonic() + LIMIT_S
        while not self.listens() and time.monotonic() < deadline:
            time.sleep(0.01)

    def listens(self):
        rows = pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        return all(any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A" for row in rows) for port in (self.port, self.tls_port))

    def log(self):
        return pathlib.Path("turn.log").read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern, times=1):
        deadline = time.monotonic() + LIMIT_S
        while len(re.findall(pattern, self.log())) < times and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(re.findall(pattern, self.log()))



@contextlib.contextmanager
def server():
    running = Server()
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def options(turn, *more, password=PASSWORD):
    return ["-turn_server", f"127.0.0.1:{turn.port}", "-turn_user", USER, "-turn_pass", password, *more]


def through_relays(name, gossipper, *more):
    """Nothing but relays on both sides: all goes through the server, whose allocations are freed when calls end."""
    with server() as turn:
        relay = options(turn, "-ice_relay_only", *more)
        if "tls" in more:
            relay[1] = f"127.0.0.1:{turn.tls_port}"
        for side, end in zip(SIDES, calls(gossipper, number=3, options=(relay, relay))):
            print(f"{name}:", side, end, "allocations", end.counts["TurnAllocations"], "failures", end.counts["TurnFailures"])
        print(f"{name}: freed", turn.wait_for(r"delete: realm=<example.org>, username=<user>", 6), "of",
              len(re.findall(r"ALLOCATE processed, success", turn.log())))


def case_udp(gossipper):
    through_relays("udp", gossipper)


def case_tcp(gossipper):
    through_relays("tcp", gossipper, "-turn_transport", "tcp")


def case_tls(gossipper):
    through_relays("tls", gossipper, "-turn_transport", "tls", "-tls_ca", str(TLS / "ca.pem"))


class ShortLives:
    """Between clients and coturn, which grants ten minutes and no less: tells clients of fewer seconds, and lets nothing of a client through any more if it has not
    refreshed its allocation by then. Messages stay genuine: it knows the password."""

    LIFETIME, INTEGRITY, FINGERPRINT = 0x000D, 0x0008, 0x8028
    KEY = hashlib.md5(f"{USER}:example.org:{PASSWORD}".encode()).digest()

    def __init__(self, server_port, seconds):
        self.seconds, self.server, self.socket = seconds, ("127.0.0.1", server_port), bound(None)
        self.port = self.socket.getsockname()[1]
        self.selector, self.ways, self.until, self.refreshed, self.dropped = selectors.DefaultSelector(), {}, {}, 0, 0
        self.selector.register(self.socket, selectors.EVENT_READ, None)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                datagram, source = key.fileobj.recvfrom(4096)
                if key.data is None:
                    self.from_client(datagram, source)
                else:
                    self.socket.sendto(self.from_server(datagram, key.data), key.data)

    def from_client(self, datagram, client):
        if client not in self.ways:
            self.ways[client] = bound(None)
            self.selector.register(self.ways[client], selectors.EVENT_READ, client)
        if time.monotonic() > self.until.get(client, float("inf")):
            self.dropped += 1
            return
        self.ways[client].sendto(datagram, self.server)

    def from_server(self, datagram, client):
        """Success of Allocate or Refresh."""
        kind = struct.unpack("!H", datagram[:2])[0]
        if kind not in (0x0103, 0x0104):
            return datagram
        attributes, at = [], 20
        while at < len(datagram):
            name, size = struct.unpack("!HH", datagram[at:at + 4])
            attributes.append((name, datagram[at + 4:at + 4 + size]))
            at += 4 + (size + 3) // 4 * 4
        granted = struct.unpack("!I", dict(attributes)[self.LIFETIME])[0]
        if not granted:
            return datagram
        self.refreshed += kind == 0x0104
        self.until[client] = time.monotonic() + self.seconds
        body = b""
        for name, value in attributes:
            if name == self.LIFETIME:
                value = struct.pack("!I", self.seconds)
            if name not in (self.INTEGRITY, self.FINGERPRINT):
                body += struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4)
        start = lambda more: datagram[:2] + struct.pack("!H", len(body) + more) + datagram[4:20]  # noqa: E731
        body += struct.pack("!HH", self.INTEGRITY, 20) + hmac.digest(self.KEY, start(24) + body, "sha1")
        if self.FINGERPRINT in dict(attributes):
            body += struct.pack("!HHI", self.FINGERPRINT, 4, binascii.crc32(start(8) + body) ^ 0x5354554E)
        return start(0) + body


def case_refreshed(gossipper):
    """Calls that are longer than their allocations live keep their audio."""
    with server() as turn:
        turn.port = (lives := ShortLives(turn.port, 4)).port
        relay = options(turn, "-ice_relay_only")
        hear = HEARD.replace("10000", "20000")
        actions = PLAY + hear.format(520), PLAY + hear.format(490)
        for side, end in zip(SIDES, calls(gossipper, options=(relay, relay), actions=actions)):
            print("refreshed:", side, end, end.failures)
        print("refreshed: twice", lives.refreshed >= 4, "dropped", lives.dropped)


def case_long(gossipper, seconds="680"):
    """The same in real time, and longer than permissions (5 minutes) and channels (10) live; docs/testing.md."""
    ice.LIMIT_S = int(seconds) + 60
    with server() as turn:
        relay = options(turn, "-ice_relay_only", "-timeout", str(ice.LIMIT_S))
        hear, packets = HEARD.replace("10000", str(1000 * ice.LIMIT_S)), 50 * int(seconds)
        actions = PLAY + hear.format(packets), PLAY + hear.format(packets - 30)
        for side, end in zip(SIDES, calls(gossipper, options=(relay, relay), actions=actions)):
            print("long:", side, end, end.failures)


def case_both(gossipper):
    """With candidates of both kinds the direct way is taken; a relay at one end is enough for calls."""
    with server() as turn:
        for side, end in zip(SIDES, calls(gossipper, options=(options(turn), ()))):
            print("both:", side, end, "allocations", end.counts["TurnAllocations"])
        for side, end in zip(SIDES, calls(gossipper, options=(options(turn, "-ice_relay_only"), ()))):
            print("one:", side, end, "allocations", end.counts["TurnAllocations"])


def refused(name, gossipper, turn, *more, password=PASSWORD):
    """A call that is not even placed."""
    write_scenarios()
    end = call_alone(gossipper, *options(turn, "-ice_relay_only", *more, password=password))
    print(f"{name}: code", end.code, end.failures, "failures", end.counts["TurnFailures"], "sent", end.counts["MessagesSent"])


def case_refused(gossipper):
    with server() as turn:
        refused("password", gossipper, turn, password="wrong")
        turn.port = turn.tls_port
        refused("certificate", gossipper, turn, "-turn_transport", "tls", "-tls_ca", str(TLS / "other.pem"))


def case_tshark(gossipper):
    media = free_ports(400)
    ports = f"udp portrange {media}-{media + 399}"
    seen = Capture("host.pcapng", ports)
    ends = calls(gossipper, number=3, media=media)
    seen.stop()
    print("host: codes", *(end.code for end in ends), "malformed", len(seen.fields("stun && (_ws.malformed || _ws.expert.severity==error)", "frame.number")))
    checked = "stun.type==0x0001 && stun.att.priority && stun.att.username && stun.att.hmac && stun.att.crc32"
    nominating = seen.fields(f"{checked} && stun.attribute==0x0025", "udp.srcport", "stun.attribute")
    controlled = {row[0] for row in seen.fields(f"{checked} && stun.attribute==0x8029", "udp.srcport")}
    print("host: binding requests", len(seen.fields(checked, "udp.srcport")) >= 6, "answered", len(seen.fields("stun.type==0x0101", "udp.srcport")) >= 6, "nominated",
          len({row[0] for row in nominating}) >= 3, "by one side only", not controlled & {row[0] for row in nominating})
    with server() as turn:
        seen = Capture("relay.pcapng", f"{ports} or udp portrange {turn.relays}")
        relay = options(turn, "-ice_relay_only")
        ends = calls(gossipper, options=(relay, relay), media=media)
        turn.wait_for(r"delete: realm=<example.org>, username=<user>", 2)
        seen.stop()
    print("relay: codes", *(end.code for end in ends), "malformed", len(seen.fields("stun && (_ws.malformed || _ws.expert.severity==error)", "frame.number")))
    names = {1: "Binding", 3: "Allocate", 4: "Refresh", 8: "CreatePermission", 9: "ChannelBind"}
    methods = {int(row[0], 0) for row in seen.fields("stun.type.class==0x00", "stun.type.method")}
    print("relay: methods", *sorted(names.get(method, str(method)) for method in methods))


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](*sys.argv[2:])
