#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""When calls go wrong, gossipper sends what SIPp sends: plays the cases of failures.txt with both, against the same scripted peer
(scripted_peer.py), and compares every message, all counts, and how the run ends. Without `sipp` nothing is done."""
import argparse
import collections
import concurrent.futures
import csv
import dataclasses
import difflib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import steps
from differential import Programs
from exchange import ATTEMPTS, COUNTERS, is_listening
from normal import Names, normal
from relay import HOST, free_port
from scripted_peer import Peer
from wires import Stuck

LIST = pathlib.Path(__file__).resolve().parent / "failures.txt"
LIMIT_S = 15  # of a run


@dataclasses.dataclass
class Case:
    """A row of failures.txt, whose head explains the columns."""
    name: str
    scenario: str
    options: list
    script: str
    difference: str = ""  # why gossipper is different on purpose, and what it does

    def over_tcp(self):
        return "-t" in self.options and self.options[self.options.index("-t") + 1].startswith("t")


def read(path):
    scenarios, cases = {}, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("="):
            name, _, text = line[1:].strip().partition(" ")
            scenarios[name] = steps.scenario(text)
        elif line and not line.startswith("#"):
            name, scenario, options, script, *difference = (c.strip() for c in re.split(r" \|(?= |$)", line))
            cases.append(Case(name, scenarios[scenario], options.split(), script, *difference))
    return cases


@dataclasses.dataclass
class Outcome:
    messages: list
    results: list  # lines: how it ended, counters, counts of each step, log
    stuck: str = ""  # the message that the script waited for in vain

    def lines(self):
        return [line for text in self.messages for line in [*text.split("\r\n"), ""]] + self.results

    def killed(self):
        return self.results[0] == "killed"

    def brief(self):
        """As a difference on purpose is written down."""
        return ", ".join([" ".join(" ".join(t.split(" ")[1:2] if t.startswith("SIP/2.0") else t.split(" ")[:1]) for t in self.messages)]
                         + [line for line in self.results if not line.startswith("step ")])


def rows(folder, pattern):
    """Of a statistics file: the names and the last values."""
    files = list(folder.glob(pattern))
    table = [row for row in csv.reader(files[0].read_text(encoding="latin-1").splitlines(), delimiter=";")] if files else []
    return list(zip(table[0], table[-1])) if len(table) > 1 else []


def results(process, killed, folder, names):
    lines = ["killed" if killed else f"exit code {process.returncode}"]
    stat = dict(rows(folder, "stat.csv"))
    lines += [f"{c} {stat[c + '(C)']}" for c in COUNTERS if stat.get(c + "(C)", "0") != "0"]
    lines += [f"step {name} {value}" for name, value in rows(folder, "*_counts.csv")[2:] if value not in ("", "0")]
    log = folder / "logs.log"
    return lines + ["log: " + normal(line, names) for line in (log.read_bytes().splitlines() if log.exists() else [])]


def options_for(case, program):
    """SIPp 3.6.1 does not check the CSeq of an ACK and knows no behaviour of that name."""
    at = next((i + 1 for i, o in enumerate(case.options) if o == "-default_behaviors"), None)
    if at is None or program[0] == "sipp":
        return case.options
    return [*case.options[:at], case.options[at] + ",-cseq", *case.options[at + 1:]]


def run_once(case, program, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "scenario.xml").write_text(case.scenario, encoding="latin-1")
    port = free_port(socket.SOCK_STREAM if case.over_tcp() else socket.SOCK_DGRAM)
    peer, stuck, killed = Peer(port, case.over_tcp(), case.script), "", False
    command = [*program, "-sf", "scenario.xml", f"{HOST}:{peer.port}", "-i", HOST, "-p", str(port), "-m", "1", "-l", "1", "-nostdin",
               "-trace_stat", "-stf", "stat.csv", "-trace_counts", "-fd", "3600", "-trace_err", "-trace_logs", "-log_file", "logs.log", *options_for(case, program)]
    with open(folder / "output.txt", "wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + LIMIT_S
        while process.poll() is None and not is_listening("tcp" if case.over_tcp() else "udp", port) and time.monotonic() < deadline:
            time.sleep(0.01)  # for the kernel's tables: there is nothing to wait on
        try:
            peer.play(case.script, process)
        except Stuck as wanted:
            stuck, deadline = str(wanted), 0
        peer.listen(deadline, lambda: process.poll() is not None)
        peer.drain()
    finally:
        if process.poll() is None:
            killed = True
            process.kill()
            process.wait()
        peer.close()
    names = Names({str(process.pid): "<pid>", str(port): "<port>", str(peer.port): "<peer-port>", **{str(p): "<port>" for p in peer.wire.program_ports}}, set())
    ends = results(process, killed, folder, names) + [f"connections {len(peer.wire.program_ports)}"] * bool(peer.wire.program_ports)
    return Outcome([normal(t.encode("latin-1"), names) for t in peer.received], ends, stuck), process.returncode == 254


def run(case, program, folder):
    for _ in range(ATTEMPTS):
        outcome, port_lost = run_once(case, program, folder)
        if not port_lost:
            break
    return outcome


REQUEST = re.compile(r"(?:BYE|CANCEL|ACK) sip:program@(?s:.*)")
ENDS = re.compile(r"^([A-Z]+) \S+(?s:(.*))\r\nFrom: (.*?)\r\nTo: (.*?)(?=\r\n)")


def right_way_round(text):
    """Of a request that a run sends of its own accord after a request of the peer, SIPp's has its ends the wrong way round."""
    return ENDS.sub(r"\1 sip:peer@127.0.0.1:<peer-port>\2\r\nFrom: \4\r\nTo: \3", text) if REQUEST.match(text) else text


def compare(case, programs, folder):
    """The verdict, and lines that say why."""
    sipps, ours = run(case, programs.sipp, folder / "sipp"), run(case, programs.gossipper, folder / "gossipper")
    if (sipps.stuck or sipps.killed()) and not case.difference:
        return "stuck", [f"SIPp never sent {sipps.stuck}" if sipps.stuck else "SIPp did not end", *sipps.lines()]
    if sipps.lines() == ours.lines():
        return ("different", ["no difference any more"]) if case.difference else ("same", [])
    sipps.messages = [right_way_round(text) for text in sipps.messages]
    if sipps.lines() == ours.lines():
        return "allowed", ["From and To of a request of its own are the right way round"]
    _, _, expected = case.difference.rpartition(" -> ")
    if case.difference and expected == ours.brief():
        return "allowed", []
    return "different", [*difflib.unified_diff(sipps.lines(), ours.lines(), "SIPp", "gossipper", lineterm="", n=1), f"brief: {ours.brief()}"]


def all_verdicts(cases, programs, root, parallel):
    """What differs is tried again with less at a time, as the machine may have been too busy."""
    for attempt, at_a_time in enumerate((parallel, 2, 1)):
        again = []
        with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
            work = [(case, pool.submit(compare, case, programs, root / str(attempt) / case.name.replace("/", "|"))) for case in cases]
            for case, future in work:
                verdict, lines = future.result()
                if attempt < 2 and verdict in ("different", "stuck"):
                    again.append(case)
                else:
                    yield case, attempt, verdict, lines
        cases = again


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gossipper")
    parser.add_argument("--only", default="", metavar="REGEX", help="the cases whose names match")
    parser.add_argument("--parallel", type=int, default=12, help="cases at a time (12: they mostly wait)")
    parser.add_argument("--keep", metavar="FOLDER", help="keep scenarios, logs and outputs there")
    options = parser.parse_args()
    if not shutil.which("sipp"):
        print("skipped: no sipp")
        return 0
    cases = [case for case in read(LIST) if re.search(options.only, case.name)]
    if not cases:
        sys.exit("no case chosen")
    counts, started = collections.Counter(), time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        for case, attempt, verdict, lines in all_verdicts(cases, Programs(options.gossipper), pathlib.Path(options.keep or temporary), options.parallel):
            counts[verdict] += 1
            print(f"{verdict:10}{attempt} {case.name}" + (f"  ({case.difference})" if case.difference else ""))
            print("".join(f"          {line}\n" for line in lines), end="", flush=True)
    bad = counts["different"] + counts["stuck"]
    print(f"\n{len(cases)} failure cases: {bad} different ({counts['same']} same, {counts['allowed']} allowed, {time.monotonic() - started:.0f} s)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
