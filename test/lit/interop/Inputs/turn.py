# SPDX-License-Identifier: Apache-2.0
"""turn.py CASE GOSSIPPER: calls through coturn."""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import time

LIT = pathlib.Path(__file__).parents[2]
TLS = LIT.parent / "tls"
sys.path += [str(LIT), str(LIT / "run/Inputs/ice")]
from ice import LIMIT_S, SIDES, call_alone, calls, write_scenarios  # noqa: E402
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


class Capture:
    """The UDP packets of these ports on loopback, until it has seen one of its own at the end."""

    def __init__(self, path, *ports):
        self.path, self.end = path, bound()
        which = " or ".join(["udp port " + str(self.end.getsockname()[1])] + ["udp portrange " + each for each in ports])
        self.process = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", which, "-B", "64", "-a", "duration:60", "-w", path], stderr=subprocess.PIPE, text=True)
        while "File:" not in self.process.stderr.readline():
            pass

    def stop(self):
        port = self.end.getsockname()[1]
        deadline = time.monotonic() + LIMIT_S
        while not self.fields(f"udp.dstport=={port}", "udp.dstport") and time.monotonic() < deadline:
            self.end.sendto(b"end", ("127.0.0.1", port))
        self.process.terminate()
        self.process.wait(LIMIT_S)

    def fields(self, which, *names):
        """Rows of packets: their fields."""
        wanted = [word for name in names for word in ("-e", name)]
        out = subprocess.run(["tshark", "-r", self.path, "-Y", which, "-T", "fields", "-E", "separator=;", "-E", "occurrence=f", *wanted],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=LIMIT_S, check=False).stdout
        return [line.split(";") for line in out.splitlines()]


def case_tshark(gossipper):
    media = free_ports(400)
    ports = f"{media}-{media + 399}"
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
        seen = Capture("relay.pcapng", ports, turn.relays)
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
