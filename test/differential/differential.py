#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same messages as SIPp: runs scenarios that strangers wrote (scenarios.txt) against their counterparts, on loopback through a
relay: once with SIPp on all sides, then with gossipper in the place of the scenario, then in that of the counterpart (or, in the
3PCC case, of the twin). What passed, in both directions and in order, and what all sides count must be the same.

The corpus lies outside of the project (environment variable GSP_CORPUS, else beside the source tree). Without it, or without `sipp`,
nothing is done."""
import argparse
import collections
import concurrent.futures
import dataclasses
import difflib
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import mirror
import scenario as scenarios
from exchange import Side, exchange

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = pathlib.Path(os.environ.get("GSP_CORPUS") or HERE.parents[2] / "shared/corpus")
LIST, EXCEPTIONS = HERE / "scenarios.txt", HERE / "exceptions.txt"

DEFAULT_INJECTION = "SEQUENTIAL\n" + "".join(";".join(f"value{line}{field}" for field in range(40)) + "\n" for line in "ab")

HEADER_NAME, REQUEST_URI = re.compile(r"^([A-Za-z-]+):[ \t]*", re.M), re.compile(r"^([A-Z]+) \S* SIP/")


def fields(text):
    return HEADER_NAME.sub(lambda m: m[1].lower() + ": ", text)


# Where gossipper differs on purpose (docs/sipp_differences.md): what makes a message of SIPp 3.6.1 and ours alike.
RULES = [
    ("[last_X:] copies the line, not the field", lambda sipps, ours: (fields(sipps), fields(ours))),
    ("[next_url] is empty without rrs", lambda sipps, ours: (sipps, REQUEST_URI.sub(r"\1  SIP/", ours) if "  SIP/" in sipps[:40] else ours)),
    ("[len] outside the last header cuts the message", lambda sipps, ours: (sipps, sipps if "\0" in sipps else ours)),
]


@dataclasses.dataclass
class Case:
    """A line of scenarios.txt: PATH [WORD…] [-option value…]. Its head explains the words."""
    path: str
    words: dict
    options: list

    @staticmethod
    def read(line):
        path, *rest = line.split()
        at = next((i for i, w in enumerate(rest) if w.startswith("-")), len(rest))
        return Case(path, dict((w.partition("=")[::2]) for w in rest[:at]), rest[at:])

    def __str__(self):
        return " ".join([self.path, *(f"{k}={v}" if v else k for k, v in self.words.items()), *self.options])

    def numbers(self, name):
        return [int(n) for n in self.words.get(name, "").split(",") if n]

    def variant(self):
        return mirror.Variant("optional" in self.words, "branch" in self.words, int(self.words.get("reject", 0)), "drop" in self.words)

    def calls(self):
        return int(self.words.get("calls", 1))

    def places(self):
        """Of gossipper."""
        return ["scenario", "twin" if "twin" in self.words else "counterpart"]


def injected(case, folder):
    """The options, injection files as they lie beside the scenario, else made."""
    options = list(case.options)
    for i, option in enumerate(options):
        if option == "-inf":
            beside = (CORPUS / "scenarios" / case.path).parent / options[i + 1]
            made = folder / options[i + 1]
            if not beside.exists():
                made.write_text(DEFAULT_INJECTION, encoding="ascii")
            options[i + 1] = str(beside if beside.exists() else made)
    return options


class Programs:
    """SIPp 3.6.1 does not check the CSeq of an ACK."""

    def __init__(self, gossipper):
        self.sipp, self.gossipper = ["sipp"], [os.path.abspath(gossipper), "sipp", "-no_cache", "-default_behaviors", "all,-cseq"]


def pair_of(case, path, name, program, folder):
    """A scenario and its counterpart."""
    file = CORPUS / "scenarios" / path
    scenario, options = scenarios.read(file), injected(case, folder)
    if "peer" in case.words:
        peer_file, peer_options = CORPUS / "scenarios" / case.words["peer"], options
    else:
        peer_file, peer_options = folder / f"{name}-counterpart.xml", []
        peer_file.write_text(mirror.counterpart(scenario, case.variant()), encoding="latin-1")
    begins = mirror.begins_calls(scenario)
    other = "counterpart" if name == "scenario" else f"{name}-counterpart"
    twin = ("listens" if scenario.listens_for_twin() else "connects") if "twin" in case.words else ""
    return (Side(name, program(name), file, options, scenario, begins, twin),
            Side(other, program(other), peer_file, peer_options, scenarios.read(peer_file), not begins))


def run(case, programs, place, folder):
    """With gossipper in one place, or nowhere."""
    folder.mkdir(parents=True, exist_ok=True)
    def program(name):
        return programs.gossipper if name == place else programs.sipp
    pairs = [pair_of(case, path, name, program, folder) for name, path in (("scenario", case.path), ("twin", case.words.get("twin"))) if path]
    return exchange(pairs, (case.numbers("drop"), case.numbers("double")), case.calls(), folder / "run")


def alike(expected, found):
    """The reasons of the rules that make two lists of texts the same; None if they stay different."""
    if len(expected) != len(found):
        return None
    reasons = {}  # in order
    for sipps, ours in zip(expected, found):
        for reason, rule in RULES:
            if sipps != ours:
                before, (sipps, ours) = (sipps, ours), rule(sipps, ours)
                if before != (sipps, ours):
                    reasons[reason] = True
        if sipps != ours:
            return None
    return reasons


def without_dead_calls(results):
    return {name: [line for line in lines if not line.startswith("DeadCallMsgs ")] for name, lines in results.items()}


def rule_for(expected, found):
    """Why a difference is meant, if rules say so. Both may send at once, then the order between the two does not count."""
    reasons = {}
    if expected.results != found.results:
        if without_dead_calls(expected.results) != without_dead_calls(found.results):
            return None
        reasons["a message that comes with the last one is counted"] = True
    for sender in sorted({sender for sender, _ in expected.messages + found.messages}):
        of_sender = alike(*([text for who, text in outcome.messages if who == sender] for outcome in (expected, found)))
        if of_sender is None:
            return None
        reasons |= of_sender
    if [sender for sender, _ in expected.messages] != [sender for sender, _ in found.messages]:
        reasons["steps that do not wait are executed at once"] = True
    return "; ".join(reasons)


def difference(expected, found):
    """Lines that say what is different first; none if all is the same."""
    def diff(one, other):
        return [line for line in difflib.unified_diff(one, other, "SIPp", "gossipper", lineterm="", n=0) if not line.startswith("@@")]
    for number, (a, b) in enumerate(zip(expected.messages, found.messages), 1):
        if a != b:
            return [f"message {number}:", *(repr(line)[1:-1] for line in diff(*([f"from {m[0]}", *m[1].split("\r\n")] for m in (a, b))))]
    lines = []
    for more, less, who in ((expected, found, "only SIPp"), (found, expected, "only gossipper")):
        if len(more.messages) > len(less.messages):
            sender, text = more.messages[len(less.messages)]
            lines.append(f"message {len(less.messages) + 1}: {who} has, from {sender}: {text.strip().partition(chr(13))[0]}")
    for name, result in expected.results.items():
        if result != found.results.get(name):
            lines += [f"{name}:", *diff(result, found.results.get(name, []))]
    return lines


@dataclasses.dataclass
class Result:
    case: Case
    place: str
    lines: list  # of difference
    reason: str  # why it is allowed, or None
    refused: bool
    seconds: float


def compare(case, places, programs, folder, allowed):
    """The results of gossipper in some places of a case."""
    reference = run(case, programs, None, folder / "reference")
    results = []
    for place in places:
        started = time.monotonic()
        ours = run(case, programs, place, folder / place)
        seconds = time.monotonic() - started
        refused = bool(ours.refusal and not reference.refusal)
        lines = [ours.refusal[:300]] if refused else difference(reference, ours)
        reason = (rule_for(reference, ours) or allowed.get((str(case), place))) if lines else None
        results.append(Result(case, place, lines, reason, refused, seconds))
    return results


def all_results(chosen, programs, root, allowed, parallel):
    """Results as they become known; what differs is tried again with less at a time, as the machine may have been too busy."""
    todo = {i: (case, case.places()) for i, case in enumerate(chosen)}
    for attempt, at_a_time in enumerate((parallel, 2, 1)):
        again = {}
        with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
            work = {i: pool.submit(compare, case, places, programs, root / f"{i}.{attempt}", allowed) for i, (case, places) in todo.items()}
            for i, future in work.items():
                for result in future.result():
                    if attempt < 2 and result.lines and not result.reason:
                        again.setdefault(i, (result.case, []))[1].append(result.place)
                    else:
                        yield i, attempt, result
        todo = again


def exceptions():
    """{(case, place): reason}, of lines `PLACE | REASON | CASE`, PLACE being that of gossipper."""
    lines = EXCEPTIONS.read_text(encoding="utf-8").splitlines()
    return {(case, place): reason for place, reason, case in (line.split(" | ") for line in lines if line and not line.startswith("#"))}


def cases(options):
    for line in options.list.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            case = Case.read(line)
            if (not options.quick or "quick" in case.words) and re.search(options.only, line):
                yield case


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gossipper")
    parser.add_argument("--quick", action="store_true", help="the scenarios marked `quick`")
    parser.add_argument("--list", type=pathlib.Path, default=LIST, metavar="FILE", help="instead of scenarios.txt")
    parser.add_argument("--only", default="", metavar="REGEX", help="the lines of scenarios.txt that match")
    parser.add_argument("--parallel", type=int, default=8, help="scenarios at a time (8: they mostly wait)")
    parser.add_argument("--keep", metavar="FOLDER", help="keep counterparts, logs and outputs there")
    options = parser.parse_args()
    for missing, what in ((not (CORPUS / "verdicts.csv").exists(), f"no corpus in {CORPUS}"), (not shutil.which("sipp"), "no sipp")):
        if missing:
            print(f"skipped: {what}")
            return 0
    programs, chosen = Programs(options.gossipper), list(cases(options))
    if not chosen:
        sys.exit("no scenario chosen")
    counts, started = collections.Counter(), time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(options.keep or temporary)
        for number, attempt, result in all_results(chosen, programs, root, exceptions(), options.parallel):
            verdict = "same" if not result.lines else "allowed" if result.reason else "refused" if result.refused else "different"
            counts[verdict] += 1
            print(f"{verdict:10}{result.place:12}{number:4}.{attempt} {result.seconds:5.1f} s  {result.case}" + (f"  ({result.reason})" if result.reason else ""))
            if verdict in ("different", "refused"):
                print("".join(f"          {line}\n" for line in result.lines), end="")
            sys.stdout.flush()
    print(f"\n{len(chosen)} scenarios in {time.monotonic() - started:.0f} s: " + ", ".join(f"{v} {k}" for k, v in sorted(counts.items())))
    return 1 if counts["different"] or counts["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())
