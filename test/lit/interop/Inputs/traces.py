# SPDX-License-Identifier: Apache-2.0
"""traces.py FOLDER KIND...: the files of a client in FOLDER/sipp and FOLDER/gossipper, byte for byte but for what no two runs have in common: times,
process ids, ports, hashes (KINDS says how each kind is looked at). The order in which calls overlap does not count."""
import csv
import glob
import re
import sys

NOT_COMMON = [
    (r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\.\d{6}\t\d+\.\d{6}", "DATE"),
    (r"\b\d\d:\d\d:\d\d:\d{6}\b", "ELAPSED"),
    (r"\b\d+@127\.0\.0\.1", "PID@127.0.0.1"),
    (r"127\.0\.0\.1:\d+", "HOST:PORT"),
    (r"(z9hG4bK-|tag=)\d+", r"\1PID"),
]
CALL_DEBUG = [
    (r"(hash|Hash:) \d+", "HASH"),
    (r" at \d+\.$", " at MS."),
    (r"^DATE Processing message \d+ of type 3 .*\n", ""),  # SIPp gets to a <recv> later, at times after its message
    (r"m=audio \d+", "m=audio PORT"),
]
SCREEN = [
    (r"[ \t]+$", ""),
    (r"^-+ Test Terminated -+\n|^-+ Waiting for active calls .*\n|^Last Error: .*\n", ""),  # texts of our own; 3.6.1's footer is another
    (r"^.*(open sockets|Running,|offered =).*\n", ""),
    (r"^(    (Failed|Warnings|ms:)|  Start lag).*\n", ""),  # lines beyond SIPp's
    (r"^(\d+ *:)? +", ""),  # newer SIPps number the steps
    (r" +Messages", " Messages"),
    (r"[\d.]+\(.*\)/[\d.]+s +\d+ +[\d.]+ s", "RATE PORT TIME"),
    (r"[\d.]+ s period +\d+ ms scheduler", "PERIOD"),
    (r"after \d+ s", "after TIME"),
    (r"^(Call Rate|Elapsed Time) .*", "TIMES"),
    (r"^([^|\n]*\|) +\d+ +(\|)", r"\1 PERIODIC \2"),  # since the last second
]


OURS = "CallsOffered(P)"  # the first one of our own columns


def lines(text):
    return text.splitlines(keepends=True)


def sorted_lines(text):
    return sorted(lines(text))


def debug_blocks(text):
    return text.split("-" * 79 + "\n")


def statistics(text):
    """All names of SIPp's, behind which ours stand; of each row the counts, that is what is no time, no rate."""
    names, *rows = csv.reader(text.splitlines(), delimiter=";")
    names = names[:names.index(OURS if OURS in names else "")]
    return [names] + [[(n, v) for n, v in zip(names, row) if not re.search(r"Time|Rate|CallLength(StDev)?\(", n)] for row in rows]


def calls_of_errors(text):
    """The head, and the calls that entries are about: their texts are our own."""
    head, *entries = re.split("(?=DATE: )", text)
    return [head] + [re.search(r"\d+-PID@127\.0\.0\.1", entry)[0] for entry in entries]


# What is masked beyond NOT_COMMON, and what of it is compared.
KINDS = {
    ".csv": ([], statistics),
    "rtt.csv": ([(r"(?m)^[\d.]+;[\d.]+;", "RTT;RTT;")], lines),
    "counts.csv": ([], lines),
    "error_codes.csv": ([], lines),
    "shortmessages.log": ([], sorted_lines),
    "calldebug.log": (CALL_DEBUG, debug_blocks),
    "screen.log": (SCREEN, lines),
    "errors.log": ([], calls_of_errors),
    "logs.log": ([], lines),
}


def content(tool, kind):
    masks, parts = KINDS[kind]
    names = [name for name in glob.glob(f"{sys.argv[1]}/{tool}/*_{kind}") if re.search(rf"_\d+_{re.escape(kind)}$", name)]
    assert len(names) == 1, (tool, kind, names)
    with open(names[0], encoding="utf-8", newline="") as file:
        text = file.read()
    for pattern, name in NOT_COMMON + masks:
        text = re.sub(pattern, name, text, flags=re.M)
    return parts(text)


def file_kinds(tool):
    return sorted(re.sub(r"\d+", "PID", name.rpartition("/")[2]) for name in glob.glob(f"{sys.argv[1]}/{tool}/*_*"))


for kind in sys.argv[2:]:
    sipp, ours = content("sipp", kind), content("gossipper", kind)
    assert len(sipp) > 1 and sipp == ours, (kind, *next(pair for pair in [*zip(sipp, ours), (sipp[-1], ours[-1])] if pair[0] != pair[1]))
    print(kind, "is the same")
assert file_kinds("sipp") == file_kinds("gossipper"), (file_kinds("sipp"), file_kinds("gossipper"))
