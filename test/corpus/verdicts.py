#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verdicts.py GOSSIPPER [FILE…]

Checks every scenario of the corpus (or those named) with `gossipper check`, with the options that the file needs, and compares
with what SIPp says of it: what SIPp loads must compile, to the steps that SIPp shows; what it refuses must give an error with
a position. Prints a table and every mismatch; exits with 1 if there is a mismatch that kExceptions does not explain.

The corpus lies outside of the project (environment variable GSP_CORPUS, else beside the source tree); without it nothing is done."""
import collections
import concurrent.futures
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

CORPUS = pathlib.Path(os.environ.get("GSP_CORPUS") or pathlib.Path(__file__).resolve().parents[3] / "shared/corpus")
SCENARIOS = CORPUS / "scenarios"
PARALLEL = 2
BATCH = 200  # files of one process: a crash costs no more than that

# Where gossipper says another thing than SIPp, on purpose: path, or folder with / at its end -> reason.
EXCEPTIONS = {}

# A line that every use of an injection file in the corpus can be served from, and how many fields it has.
DEFAULT_INJECTION = "SEQUENTIAL\n" + ";".join(f"value{i}" for i in range(40)) + "\n"
DEFAULT_NAME = "<default>"  # the file is not named: [field0] without file=
TWIN = "127.0.0.1:6060"


def options_of(row, folder):
    """The options of the column `needs`, each as a tuple of words; injection files that are missing are made in `folder`."""
    options = []
    for need in filter(None, (n.strip().removesuffix(" (?)") for n in row["needs"].split(";"))):
        option, _, value = need.partition(" ")
        if option == "-inf":
            beside = (SCENARIOS / row["path"]).parent / value
            made = folder / ("default.csv" if value == DEFAULT_NAME else value)
            if not beside.exists():
                made.write_text(DEFAULT_INJECTION, encoding="ascii")
            options.append((option, str(beside if beside.exists() else made)))
        elif option == "-key":
            options.append((option, value, "value"))
        elif option == "-3pcc":
            options.append((option, TWIN))
        elif not need.startswith("pcap"):
            sys.exit(f"verdicts.py: unknown need `{need}` of {row['path']}")
    return tuple(options)


def words(options):
    return [word for option in options for word in option]


def check(gossipper, options, paths):
    """{path: (errors, exit code)} of a batch; the errors as `line:column: text`, without a position as `text`."""
    command = [gossipper, "check", "--format=json", *words(options), *(str(SCENARIOS / p) for p in paths)]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    try:
        messages = json.loads(done.stdout)
    except ValueError:
        messages = None
    if messages is None or done.returncode not in (0, 1):
        if len(paths) > 1:  # which of them was it?
            return {k: v for p in paths for k, v in check(gossipper, options, [p]).items()}
        return {paths[0]: ([f"no result: exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()[:200]}"], done.returncode)}
    errors = {p: [] for p in paths}
    for message in messages:
        if message["severity"] == "error":
            path = os.path.relpath(message["file"], SCENARIOS)
            position = f"{message['line']}:{message['column']}: " if message.get("line") and message.get("column") else ""
            errors[path].append(f"{position}{message['text']} [{message['id']}]")
    return {p: (e, 1 if e else 0) for p, e in errors.items()}


def normal(line):
    """A step as words. The oracle was cut out of a screen: a number behind an arrow, the label of a server's messages, was taken
    for a counter, so it is left out here too; the mark of a timer may stand in its place."""
    step = line.translate(str.maketrans(":[]", "   ")).split()
    arrow = [w.startswith(("<-", "--")) for w in step]
    return [w for i, w in enumerate(step) if not w.startswith(("B-RTD", "E-RTD")) and not (i > 0 and w.isdecimal() and arrow[i - 1])]


def steps_difference(gossipper, options, path, oracles):
    """The first difference to the nearest of the oracles, or None."""
    command = [gossipper, "check", "--steps", *words(options), str(SCENARIOS / path)]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    ours = [normal(line) for line in done.stdout.decode(errors="replace").splitlines()]
    found = []
    for oracle in oracles:
        theirs = [normal(line) for line in oracle]
        if ours == theirs:
            return None
        at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
        show = [" ".join(s[at]) if at < len(s) else "nothing" for s in (theirs, ours)]
        found.append((at, f"step {at}: SIPp has `{show[0]}`, we `{show[1]}`"))
    return max(found)[1]


def excepted(path):
    return next((reason for key, reason in EXCEPTIONS.items() if path == key or (key.endswith("/") and path.startswith(key))), None)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not (CORPUS / "verdicts.csv").exists():
        print(f"skipped: no corpus in {CORPUS}")
        return 0
    gossipper, chosen = os.path.abspath(sys.argv[1]), set(sys.argv[2:])
    with open(CORPUS / "verdicts.csv", encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if not chosen or r["path"] in chosen]
    with open(CORPUS / "steps.jsonl", encoding="utf-8") as file:
        oracles = {o["path"]: [o[v] for v in ("v377", "master") if o[v] is not None] for o in map(json.loads, file)}
    mismatches, counts = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        needs = {r["path"]: options_of(r, pathlib.Path(folder)) for r in rows}
        alike = collections.defaultdict(list)
        for path, options in needs.items():
            alike[options].append(path)
        batches = [(options, paths[i:i + BATCH]) for options, paths in alike.items() for i in range(0, len(paths), BATCH)]
        results = {}
        for part in pool.map(lambda b: check(gossipper, *b), batches):
            results.update(part)
        compiled = []
        for row in rows:
            path, (errors, code) = row["path"], results[row["path"]]
            verdict = "crashed" if code not in (0, 1) else "rejected" if errors else "accepted"
            positioned = verdict != "rejected" or errors[0].split(":")[0].isdecimal()
            counts[row["verdict"], verdict] += 1
            if verdict != row["verdict"] or not positioned:
                mismatches.append((path, f"SIPp: {row['verdict']}, gossipper: {errors[0] if errors else verdict}"))
            elif verdict == "accepted" and oracles.get(path):
                compiled.append(path)
        for path, found in zip(compiled, pool.map(lambda p: steps_difference(gossipper, needs[p], p, oracles[p]), compiled)):
            counts["steps", "same" if found is None else "different"] += 1
            if found:
                mismatches.append((path, found))
    print(f"{len(rows)} scenarios\n\n{'SIPp':10}{'gossipper':12}{'files':>6}")
    for (theirs, ours), count in sorted(counts.items()):
        print(f"{theirs:10}{ours:12}{count:6}")
    unexplained = 0
    for path, text in mismatches:
        reason = excepted(path)
        unexplained += reason is None
        print(f"\n{path}\n    {text}" + (f"\n    allowed: {reason}" if reason else ""))
    print(f"\n{len(mismatches)} mismatches, {unexplained} of them not allowed")
    return 1 if unexplained else 0


sys.exit(main())
