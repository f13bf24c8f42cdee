# SPDX-License-Identifier: Apache-2.0
"""traces.py CASE FOLDER [COMMAND...]: what the runs of traces.test have written."""
import glob
import json
import os
import re
import signal
import subprocess
import sys

from sockets import bound, free_port

case, folder, command = sys.argv[1], sys.argv[2], sys.argv[3:]
os.chdir(folder)


def read(name):
    with open(name, encoding="utf-8", newline="") as file:
        return file.read()


def ring():
    old = sorted(glob.glob("uac_*_messages_*.log"), key=os.path.getmtime)
    assert len(old) == 3 and all(re.fullmatch(r"uac_\d+_messages_\d{10}(\.\d+)?\.log", name) for name in old), old
    assert all(5000 < os.path.getsize(name) < 7000 for name in old) and os.path.getsize("m.log") <= 5000, old
    for name in old:  # whole messages
        assert read(name).startswith("-" * 47 + " 2") and read(name).endswith("\r\n\n"), name


def maximum():
    lines = read("s.log").splitlines(keepends=True)
    assert lines[0] == "before\n" and all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\S+\t[SR]\t", line) for line in lines[1:]), lines
    size = len("".join(lines[1:]))
    assert 3000 < size <= 3000 + len(lines[-1]), size


def ours():
    rows = {kind: read(f"run_{kind}.log").splitlines() for kind in ("stats", "rtt", "screen", "counts", "shortmessages", "error_codes")}
    assert {kind: len(lines) for kind, lines in rows.items()} == {"stats": 2, "rtt": 21, "screen": 2, "counts": 2, "shortmessages": 121, "error_codes": 1}, rows
    for lines in rows.values():
        assert lines[0].startswith("timestamp,") and all(line.count(",") == lines[0].count(",") for line in lines), lines
    stats = dict(zip(*(line.split(",") for line in rows["stats"])))
    assert (stats["total_calls"], stats["success_calls"], stats["delta_success_calls"], stats["success_ratio"]) == ("20", "20", "20", "1.000000"), stats


class Callee:
    """Answers INVITE and BYE; `ended` counts the BYEs."""

    def __init__(self):
        self.socket = bound()
        self.ended = set()

    def serve_until(self, done):
        while not done():
            request, peer = self.socket.recvfrom(65536)
            lines = request.decode().split("\r\n")
            if lines[0].startswith("ACK"):
                continue
            copied = [line + (";tag=1" if line.startswith("To:") and "tag=" not in line else "") for line in lines
                      if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))]
            self.socket.sendto("\r\n".join(["SIP/2.0 200 OK", *copied, "Content-Length: 0", "", ""]).encode(), peer)
            if lines[0].startswith("BYE"):
                self.ended.add(next(line for line in lines if line.startswith("Call-ID:")))


def start(callee, *options):
    return subprocess.Popen([*command, "sipp", "-sn", "uac", f"127.0.0.1:{callee.socket.getsockname()[1]}", "-i", "127.0.0.1", "-nostdin", *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def slow():
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    callee = Callee()
    run = start(callee, *"-m 200 -r 1000 -trace_msg -message_file pipe -trace_buffer 4096 -summary_json run.json".split())
    try:
        callee.serve_until(lambda: len(callee.ended) == 200)  # nobody has read what they wrote
        os.set_blocking(reader, True)
        with os.fdopen(reader, encoding="utf-8") as pipe:
            written = pipe.read().count("-" * 47 + " 2")
        output, errors = run.communicate(timeout=30)
    finally:
        run.kill()
    assert run.returncode == 0 and "trace records were dropped" in errors and "TraceRecordsDropped" in output, (run.returncode, output, errors)
    summary = json.loads(read("run.json"))
    dropped = summary["statistics"]["TraceRecordsDropped"]
    assert summary["success_calls"] == 200 and dropped > 0, summary
    assert written + dropped == summary["messages_sent"] + summary["messages_received"], (written, summary)


def steer():
    control_port = free_port()
    callee = Callee()
    run = start(callee, *f"-r 100 -trace_rtt -rtt_freq 1000000 -ci 127.0.0.1 -cp {control_port}".split())
    with_content = lambda kind: any(os.path.getsize(name) for name in glob.glob(f"uac_*_{kind}"))
    try:
        callee.serve_until(lambda: callee.ended)
        assert not with_content("*"), glob.glob("uac_*")  # that of the response times may have been opened
        callee.socket.sendto(b"ctrace messages on", ("127.0.0.1", control_port))
        callee.serve_until(lambda: with_content("messages.log"))
        run.send_signal(signal.SIGUSR2)
        callee.serve_until(lambda: with_content("screen.log") and with_content("rtt.csv"))
        callee.socket.sendto(b"Q", ("127.0.0.1", control_port))
        run.communicate(timeout=30)
    finally:
        run.kill()
    assert read(*glob.glob("uac_*_messages.log")).startswith("-" * 47 + " 2")
    assert read(*glob.glob("uac_*_screen.log")).count("Scenario Screen") == 1
    times = read(*glob.glob("uac_*_rtt.csv")).splitlines()
    assert times[0] == "Date_ms;response_time_ms;rtd_no" and len(times) >= len(callee.ended), times


{"ring": ring, "max": maximum, "ours": ours, "slow": slow, "steer": steer}[case]()
