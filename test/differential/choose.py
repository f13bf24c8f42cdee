#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""choose.py [REGEX]: finds scenarios of the corpus that are fit for scenarios.txt and prints their lines, each behind the seconds
that a run takes and how the scenario's call ends: those that SIPp plays against their counterparts, or against each other, twice
with the same messages and results. Needs no gossipper."""
import concurrent.futures
import csv
import os
import pathlib
import re
import sys
import tempfile
import time

import mirror
import scenario as scenarios
from differential import CORPUS, Case, Programs, run

MAX_PAUSES_MS = 5000
PARALLEL = 8
VARIANTS = (["optional"], [], ["branch"])
# What would run commands, is left to chance, leaves the relay, or needs other processes.
UNFIT = re.compile(r"exec\s+command|<setdest|chance=|\blost=|<closecon|rtp_echo=")
KEYS = {"host_ip": "127.0.0.1", "custom_media_port": "16384", "expires": "60", "dest": "127.0.0.1"}
HALVES = [("uac", "uas"), ("UAC", "UAS"), ("caller", "callee"), ("client", "server"), ("alice", "bob"), ("-a.", "-b."), ("_a.", "_b.")]


def options_for(row):
    """None when the file needs what a run here cannot give."""
    options = []
    for need in filter(None, (n.strip().removesuffix(" (?)") for n in row["needs"].split(";"))):
        option, _, value = need.partition(" ")
        if option == "-inf":
            options += [option, "default.csv" if value == "<default>" else value]
        elif option == "-key":
            options += [option, value, KEYS.get(value, value)]
        elif option != "-3pcc":
            return None
    return options


def twins_of(scenario, path, paths):
    """The scenarios beside that wait for the twin's commands."""
    if scenario.listens_for_twin() or not scenario.has_commands():
        return []
    return [p for p in paths if os.path.dirname(p) == os.path.dirname(path) and scenarios.read(CORPUS / "scenarios" / p).listens_for_twin()]


def candidates(rows):
    needed = {r["path"]: options_for(r) for r in rows}
    for row in rows:
        scenario = scenarios.read(CORPUS / "scenarios" / row["path"])
        options = needed[row["path"]]
        if options is None or " " in row["path"] or UNFIT.search(scenario.source) or scenario.pauses_ms() > MAX_PAUSES_MS:
            continue
        for twin in twins_of(scenario, row["path"], needed):
            yield [Case.read(" ".join([row["path"], f"twin={twin}", *v, *options])) for v in VARIANTS]
        if scenario.has_commands():
            continue
        calls = ["calls=2"] if "-inf" in options else []
        if mirror.begins_calls(scenario):
            for peer in (p for a, b in HALVES if (p := row["path"].replace(a, b)) != row["path"] and needed.get(p) is not None):
                yield [Case.read(" ".join([row["path"], f"peer={peer}", *calls, *options, *needed[peer]]))]
        if row["cluster_lead"] == "1":
            yield [Case.read(" ".join([row["path"], *v, *calls, *options])) for v in VARIANTS]


def probe(alternatives, programs, folder):
    """The best of some cases: one whose calls succeed, else one that is at least the same each time."""
    best, seen = "", set()
    for i, case in enumerate(alternatives):
        try:
            if "peer" not in case.words:
                text = mirror.counterpart(scenarios.read(CORPUS / "scenarios" / case.path), case.variant())
                if text in seen:
                    continue
                seen.add(text)
            started = time.monotonic()
            one = run(case, programs, None, folder / f"{i}a")
            seconds = time.monotonic() - started
            if one.refusal:
                return f"#refused {case}: {one.refusal[:200]!r}"
            calm = all(lines[0] == "ended" for lines in one.results.values()) and one.messages and seconds < 12
            other = run(case, programs, None, folder / f"{i}b") if calm else None
        except mirror.Unsuitable as reason:
            best = best or f"#unsuitable {case}: {reason}"
            continue
        good = all(f"SuccessfulCall {case.calls()}" in lines for lines in one.results.values())
        if not calm:
            best = best or f"#unfit {case}: {seconds:.0f} s, {len(one.messages)} messages, {one.results}"
        elif one != other:
            best = best or f"#unsteady {case}"
        elif good:
            return f"{seconds:5.1f} good {case}"
        elif not best or best.startswith("#"):
            best = f"{seconds:5.1f} bad {case}"
    return best


def main():
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    with open(CORPUS / "verdicts.csv", encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["verdict"] == r["sipp_3_6_1"] == "accepted" and re.search(only, r["path"])]
    programs = Programs("")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        work = [pool.submit(probe, c, programs, pathlib.Path(folder) / str(i)) for i, c in enumerate(candidates(rows))]
        for future in work:
            print(future.result(), flush=True)


if __name__ == "__main__":
    main()
