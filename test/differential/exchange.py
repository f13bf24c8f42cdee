# SPDX-License-Identifier: Apache-2.0
"""One run: SIPp or gossipper on both sides of a relay, in the 3PCC case twice, with the twins' connection through a relay too. What
passed and what each side counts, in a form that two runs can be compared in."""
import csv
import dataclasses
import functools
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import time

from normal import MEDIA_PORTS, Names, normal
from relay import HOST, CommandRelay, Relay, free_port

DEADLINE_S = 30  # of a run, as -timeout
GRACE_S = 2  # for the others when the first side has ended, beyond its pauses
ATTEMPTS = 3  # ports can be lost to others between the moment they are found and the start

COUNTERS = ("IncomingCall", "OutgoingCall", "SuccessfulCall", "FailedCall", "FailedCannotSendMessage", "FailedMaxUDPRetrans",
            "FailedUnexpectedMessage", "FailedCallRejected", "FailedCmdNotSent", "FailedRegexpDoesntMatch", "FailedRegexpShouldntMatch",
            "FailedRegexpHdrNotFound", "FailedOutboundCongestion", "FailedTimeoutOnRecv", "FailedTimeoutOnSend", "FailedTestDoesntMatch",
            "FailedTestShouldntMatch", "FailedStrcmpDoesntMatch", "FailedStrcmpShouldntMatch", "OutOfCallMsgs", "DeadCallMsgs",
            "FailedTcpConnect", "FailedTcpClosed", "Retransmissions", "AutoAnswered")


@dataclasses.dataclass
class Side:
    name: str
    program: list
    file: pathlib.Path
    options: list
    scenario: object  # scenario.Scenario
    is_client: bool  # begins the calls of its relay
    twin: str = ""  # listens or connects

    def order(self):
        """Of the start: who is spoken to first, and the twin that connects behind the one that listens."""
        if self.twin:
            return 1 if self.twin == "listens" else 2
        return 3 if self.is_client else 0


@dataclasses.dataclass
class Outcome:
    messages: list  # (sender, text)
    results: dict  # name of the side -> lines: how it ended, exit code, counters, log
    refusal: str = ""  # the output of a side that did not start


def is_listening(table, port):
    """Whether the kernel knows a socket of this local port that is not connected."""
    with open(f"/proc/net/{table}", encoding="ascii") as lines:
        return any(f[1].endswith(f":{port:04X}") and f[3] in ("07", "0A") for f in (line.split() for line in list(lines)[1:]))


@functools.cache
def version(program):
    """As [sipp_version] gives it."""
    output = subprocess.run([program, "-v"], capture_output=True, text=True, check=False).stdout
    return re.search(r"v(\d+\.\d+(?:\.\d+)?)", output)[1]


class Process:
    """A side, in a folder of its own."""

    def __init__(self, side, folder, port, peer, more, avoid):
        self.name, self.side, self.port, self.stopped = side.name, side, port, ""
        self.folder = folder / side.name
        self.folder.mkdir(parents=True)
        self.media = random.randrange(10000, 30000, 10)
        command = [*side.program, "-sf", str(side.file), f"{HOST}:{peer}", "-i", HOST, "-p", str(port), "-mp", str(self.media), *more, "-l", "1",
                   "-nostdin", "-timeout", str(DEADLINE_S), "-trace_stat", "-stf", "stat.csv", "-fd", "3600", "-trace_err",
                   "-error_file", "errors.log", "-trace_logs", "-log_file", "logs.log", *side.options]
        for _ in range(5):
            with open(self.folder / "output.txt", "wb") as output:
                self.process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            if not re.search(rf"(?<!\d){self.process.pid}(?!\d)", avoid):
                break
            self.kill()  # a number that also stands in the texts could not be told from them

    def text(self, file):
        path = self.folder / file
        return path.read_text(encoding="latin-1") if path.exists() else ""

    def is_running(self):
        return self.process.poll() is None

    def wait_until(self, condition):
        """For the kernel's tables: there is nothing to wait on."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition() and self.is_running() and time.monotonic() < deadline:
            time.sleep(0.01)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Without an end to its calls, which SIPp 3.6.1 does not count."""
        self.stopped = "stopped"
        for number, wait in ((signal.SIGUSR1, 0.3), (signal.SIGTERM, 1)):
            self.process.send_signal(number)
            try:
                self.process.wait(wait)
                return
            except subprocess.TimeoutExpired:
                pass
        self.stopped = "killed"
        self.kill()

    def result(self, names):
        lines = [self.stopped or "ended", f"exit code {self.process.returncode}"]
        rows = list(csv.reader(self.text("stat.csv").splitlines(), delimiter=";"))
        if len(rows) > 1:
            row = dict(zip(rows[0], rows[-1]))
            lines += [f"{c} {row[c + '(C)']}" for c in COUNTERS if row.get(c + "(C)", "0") != "0"]
        return lines + ["log: " + normal(line.encode("latin-1"), names) for line in self.text("logs.log").splitlines()]


def wait_for_end(processes):
    deadline = time.monotonic() + DEADLINE_S + GRACE_S
    while (running := [p for p in processes if p.is_running()]):
        if len(running) < len(processes):
            deadline = min(deadline, time.monotonic() + GRACE_S + sum(p.side.scenario.pauses_ms() for p in running) / 1000)
        if time.monotonic() > deadline:
            for p in running:
                p.stop()
            return
        time.sleep(0.01)  # several processes, no event for all


def passwords(texts):
    return {"password"} | {p for t in texts for p in re.findall(r'password\s*=\s*"?([^\s"\]]+)', t)}


def names_of(processes, relays, sides, texts):
    numbers = {str(port): "<relay-port>" for relay in relays for port in (relay.client_port, relay.server_port)}
    for p in processes:
        numbers |= {str(p.process.pid): f"<{p.name}-pid>", str(p.port): f"<{p.name}-port>"}
        numbers |= {str(p.media + i): f"<{p.name}-media+{i}>" for i in range(MEDIA_PORTS)}
    if any("[sipp_version]" in text for text in texts):
        numbers |= {version(side.program[0]): "<version>" for side in sides}
    return Names(numbers, passwords(texts))


def run_once(pairs, faults, calls, folder):
    shutil.rmtree(folder, ignore_errors=True)
    sides = [side for pair in pairs for side in pair]
    texts = [s.scenario.source for s in sides]
    texts += [pathlib.Path(o).read_text(encoding="latin-1") for s in sides for o in s.options if o.endswith(".csv")]
    relays, ports, peers = [], {}, {}
    twin_port = free_port(socket.SOCK_STREAM)
    commands = CommandRelay(twin_port) if any(s.twin for s in sides) else None
    processes = []
    try:
        for pair in pairs:
            relay = Relay(*faults)
            relays.append(relay)
            for side in pair:
                ports[side.name] = free_port(socket.SOCK_DGRAM)
                peers[side.name] = relay.client_port if side.is_client else relay.server_port
            client, server = (next(s for s in pair if s.is_client is wanted) for wanted in (True, False))
            relay.start((client.name, ports[client.name]), (server.name, ports[server.name]))
        for side in sorted(sides, key=Side.order):
            more = ["-m", str(calls)]
            if side.twin:
                more += ["-3pcc", f"{HOST}:{twin_port if side.twin == 'listens' else commands.port}"]
            p = Process(side, folder, ports[side.name], peers[side.name], more, "\n".join(texts))
            processes.append(p)
            p.wait_until(lambda p=p: is_listening("udp", p.port))
            if side.twin == "listens":
                p.wait_until(lambda: is_listening("tcp", twin_port))
            if not p.is_running():
                break
        wait_for_end(processes)
    finally:
        for p in processes:
            if p.is_running():
                p.kill()
        for relay in relays + ([commands] if commands else []):
            relay.stop()
    names = names_of(processes, relays, sides, texts)
    messages = [(m.sender, normal(m.data, names)) for relay in relays + ([commands] if commands else []) for m in relay.in_order()]
    refusal = next((p.text("output.txt").strip() for p in processes if not p.text("stat.csv") and p.process.returncode not in (0, 254)), "")
    if not refusal and len(processes) < len(sides):
        refusal = f"{processes[-1].name} ended before the rest was started: " + processes[-1].text("output.txt").strip()
    return Outcome(messages, {p.name: p.result(names) for p in processes}, refusal), any(p.process.returncode == 254 for p in processes)


def exchange(pairs, faults, calls, folder):
    """`pairs`: the two sides of each relay; `faults`: the numbers of the messages to drop and to double."""
    for _ in range(ATTEMPTS):
        outcome, port_lost = run_once(pairs, faults, calls, folder)
        if not port_lost:
            break
    return outcome
