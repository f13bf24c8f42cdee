# SPDX-License-Identifier: Apache-2.0
"""The files of one failed OPTIONS call against a server that wants an INVITE."""
import glob
import json
import sys


def only(pattern):
    names = glob.glob(f"{sys.argv[1]}/client_*_{pattern}")
    assert len(names) == 1, (pattern, names)
    with open(names[0], encoding="utf-8", newline="") as file:
        return file.read()


rows = [line.split(";") for line in only(".csv").splitlines()]
assert len(rows) == 4, rows  # header, start, two at the end
assert rows[0][11] == "OutgoingCall(C)" and [r[11] for r in rows[1:]] == ["0", "1", "1"], rows
assert rows[0][10] == "OutgoingCall(P)" and [r[10] for r in rows[1:]] == ["0", "1", "0"], rows
assert all(len(r) == len(rows[0]) and r[-1] == "" for r in rows)
assert "ResponseTimeping(P)" in rows[0] and "answers(C)" in rows[0] and "ResponseTimeRepartitionping_<10" in rows[0], rows[0]

messages = only("messages.log")
assert messages.startswith("-" * 47 + " 20") and "UDP message sent [" in messages, messages
assert "X-Colour: red\r\n" in messages, messages

errors = only("errors.log")
assert errors.startswith("The following events occurred:\n20"), errors
screen = only("screen.log")
assert all(f"{name} Screen" in screen for name in ("Scenario", "Statistics", "Repartition")), screen
assert " B-RTD1 " in screen, screen

with open(f"{sys.argv[1]}/run.json", encoding="utf-8") as file:
    summary = json.load(file)
assert (summary["scenario"], summary["total_calls"], summary["failed_calls"], summary["exit_code"]) == ("client", 1, 1, 1), summary
assert summary["seed"] != 0 and [s["label"] for s in summary["steps"]] == ["OPTIONS", "200"], summary
