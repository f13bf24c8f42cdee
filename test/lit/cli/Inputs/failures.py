# SPDX-License-Identifier: Apache-2.0
"""Summary and call records of two calls that a 486 has ended."""
import json
import sys

with open(f"{sys.argv[1]}/run.json", encoding="utf-8") as file:
    summary = json.load(file)
(failure,) = summary["failures"]
assert (failure["count"], failure["step"], failure["arrived"], failure["line"]) == (2, 2, "486 Busy Here", 30), failure
assert [step["label"] for step in failure["acceptable"]] == ["180", "183", "200", "100"], failure
events = [(event["what"], event["text"].split()[0], event.get("step")) for event in failure["example"]["events"]]
assert events == [("sent", "INVITE", 0), ("received", "100", 1), ("unexpected", "486", 2), ("sent_by_default", "ACK", None)], events
assert summary["failure_classes"]["unexpected_sip"] == 2 and summary["other_scenarios"] == [] and "health" not in summary, summary

with open(f"{sys.argv[1]}/calls.jsonl", encoding="utf-8") as file:
    calls = [json.loads(line) for line in file]
assert sorted(call["call_number"] for call in calls) == [1, 2], calls
assert all(call["schema_version"] == "gossipper_call_record_v1" and not call["success"] for call in calls), calls
assert all(call["error"] == "unexpected message" and call["duration_ms"] >= 200 for call in calls), calls
