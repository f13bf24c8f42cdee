# SPDX-License-Identifier: Apache-2.0
"""traces.py FOLDER: the files of a client in FOLDER/sipp and FOLDER/gossipper, byte for byte but for what no two runs have in common: times,
process ids, ports, hashes. The order in which calls overlap does not count."""
import glob
import re
import sys

NOT_COMMON = [
    (r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\.\d{6}\t\d+\.\d{6}", "DATE"),
    (r"\b\d\d:\d\d:\d\d:\d{6}\b", "ELAPSED"),
    (r"(?m)^[\d.]+;[\d.]+;", "RTT;RTT;"),
    (r"\b\d+@127\.0\.0\.1", "PID@127.0.0.1"),
    (r"127\.0\.0\.1:\d+", "HOST:PORT"),
    (r"(z9hG4bK-|tag=)\d+", r"\1PID"),
    (r"(hash|Hash:) \d+", "HASH"),
    (r" at \d+\.$", " at MS."),
    (r"^DATE Processing message \d+ of type 3 .*\n", ""),  # SIPp gets to a <recv> later, at times after its message
    (r"m=audio \d+", "m=audio PORT"),
]


def content(tool, kind):
    names = glob.glob(f"{sys.argv[1]}/{tool}/*_{kind}")
    assert len(names) == 1, (tool, kind, names)
    with open(names[0], encoding="utf-8", newline="") as file:
        text = file.read()
    for pattern, name in NOT_COMMON:
        text = re.sub(pattern, name, text, flags=re.M)
    return text


def parts(kind, text):
    if kind == "calldebug.log":
        return text.split("-" * 79 + "\n")
    return text.splitlines(keepends=True)


for kind in sys.argv[2:]:
    sipp, ours = (parts(kind, content(tool, kind)) for tool in ("sipp", "gossipper"))
    if kind == "shortmessages.log":
        sipp, ours = sorted(sipp), sorted(ours)
    assert len(sipp) > 1 and sipp == ours, (kind, *next(pair for pair in [*zip(sipp, ours), (sipp[-1], ours[-1])] if pair[0] != pair[1]))
    print(kind, "is the same")
