# SPDX-License-Identifier: Apache-2.0
"""Steers a client through its control socket; the callee is this script, which answers nothing."""
import pathlib
import signal
import subprocess
import sys
import time

from sockets import bound, free_port

LIMIT_S = 30
SCREENS = pathlib.Path("control_screen.log")


def invite(callee):
    while True:
        data = callee.recv(65536)
        if data.startswith(b"INVITE"):
            return data


def start(rate, callee, control_port):
    return subprocess.Popen([sys.argv[1], "sipp", f"127.0.0.1:{callee.getsockname()[1]}", "-i", "127.0.0.1", "-r", rate, "-nr", "-nostdin",
                             "-ci", "127.0.0.1", "-cp", str(control_port), "-m", "100000", "-trace_screen", "-screen_file", str(SCREENS)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def screens():  # in the file
    return SCREENS.read_text(encoding="utf-8").count("Scenario Screen") if SCREENS.exists() else 0


SCREENS.unlink(missing_ok=True)
control_port = free_port()
with bound() as callee:
    to_control = bound()
    steer = lambda text: to_control.sendto(text, ("127.0.0.1", control_port))
    run = start("0.001", callee, control_port)
    try:
        invite(callee)  # the one at the start, after which it listens; the next would come in a quarter of an hour
        steer(b"cset rate 200\n")
        invite(callee)
        steer(b"cset nonsense 5")
        run.send_signal(signal.SIGUSR2)
        deadline = time.monotonic() + LIMIT_S
        while screens() < 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        steer(b"q")
        steer(b"Q")  # the calls that nobody answers
        output, errors = run.communicate(timeout=LIMIT_S)
    finally:
        run.kill()
assert run.returncode == 1, (run.returncode, output, errors)
assert "Exit code 1: " in output and "Test Terminated" in output, output
assert "unknown command" in errors or "There were more errors" in errors, errors
assert screens() == 2  # SIGUSR2 and the end
