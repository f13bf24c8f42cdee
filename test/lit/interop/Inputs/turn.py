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
from sockets import free_port, free_ports  # noqa: E402

USER, PASSWORD = "user", "secret"


class Server:
    """coturn with one user; relays are on loopback too."""

    def __init__(self):
        self.port, self.tls_port, first = free_port(), free_port(), free_ports(200)
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


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](*sys.argv[2:])
