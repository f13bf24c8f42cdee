# SPDX-License-Identifier: Apache-2.0
"""Runs that are asked for more than they can do, or for little: what they say must agree with itself."""
import json
import subprocess
import sys

sys.path.insert(0, f"{sys.argv[0].rsplit('/', 3)[0]}")
from sockets import free_port  # noqa: E402

GOSSIPPER = sys.argv[1]


def run(profile, *options):
    """All calls of the plan, in three ways to end; the exit code is what the verdict says."""
    with open("profile.csv", "w", encoding="ascii") as file:
        file.write(profile)
    port = free_port()
    with subprocess.Popen([GOSSIPPER, "sipp", "-sn", "uas", "-i", "127.0.0.1", "-p", str(port), "-nostdin"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            client = subprocess.run([GOSSIPPER, "sipp", "-sn", "uac", f"127.0.0.1:{port}", "-i", "127.0.0.1", "-nostdin", "-rate_profile", "profile.csv",
                                     "-summary_json", "run.json", "-health_generator", "-timeout", "20", *options], capture_output=True, text=True, check=False)
        finally:
            server.terminate()
    with open("run.json", encoding="utf-8") as file:
        verdict = json.load(file)["verdict"]
    total = verdict["total"]
    assert total["offered"] == total["started"] + total["refused_by_limit"] + total["dropped"], verdict
    assert f"Generator {' '.join(verdict['text'].split()[:2])}" in client.stdout, client.stdout
    assert client.returncode == (0 if verdict["generator"] == "kept_up" else 2), (client.returncode, verdict)
    assert max(map(len, client.stdout.split("Exit code")[0].splitlines())) <= 80, client.stdout
    return verdict


# A limit that allows a third of it: 10 calls of half a second.
limited = run("0,60\n3,60\n", "-l", "10", "-d", "500")
assert (limited["generator"], limited["cause"]) == ("bottleneck", "limit") and limited["from"] < 5e8, limited
assert limited["total"]["offered"] == 180 and 90 <= limited["total"]["refused_by_limit"] <= 140, limited

# More than any processor can do.
busy = run("0,2000000\n2,2000000\n", "-l", "200")
assert busy["generator"] == "bottleneck" and busy["total"]["offered"] == 4_000_000, busy

# Little. A busy machine may make even this late, so the verdict is only compared with the exit code.
assert run("0,0\n2,40\n")["total"]["offered"] == 39
