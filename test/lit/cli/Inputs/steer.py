# SPDX-License-Identifier: Apache-2.0
"""steer.py GOSSIPPER: every command of the control socket, a mixed run, and what its exit code refers to."""
import subprocess
import sys

from sockets import bound, free_port


def receive(start):
    while True:
        data, sender = peer.recvfrom(65536)
        if data.startswith(start):
            return data.decode(), sender


def options(call_id):
    return (f"OPTIONS sip:us SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-{call_id}\r\nFrom: <sip:peer>;tag=1\r\nTo: <sip:us>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode()


control_port = free_port()
with bound() as peer, bound() as to_control:
    run = subprocess.Popen([sys.argv[1], "sipp", f"127.0.0.1:{peer.getsockname()[1]}", "-oocsn", "ooc_default", "-i", "127.0.0.1", "-r", "0.001", "-nr",
                            "-nostdin", "-trace_err", "-error_file", "steer_errors.log", "-ci", "127.0.0.1", "-cp", str(control_port), "-trace_screen",
                            "-screen_file", "steer_screen.log"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        ours = receive(b"INVITE ")[1]
        peer.sendto(options("stranger"), ours)
        assert "Call-ID: stranger" in receive(b"SIP/2.0 200 ")[0]
        for command in (b"cdump tasks", b"cdump variables", b"cset display rx", b"cset hide false", b"cset rate-scale 2", b"cset limit 7", b"creset stats",
                        b"cset users 3", b"s", b"cset display ooc", b"s"):
            to_control.sendto(command, ("127.0.0.1", control_port))
        to_control.sendto(b"Q", ("127.0.0.1", control_port))
        output, errors = run.communicate(timeout=30)
    finally:
        run.kill()
# The scenario that is shown decides: its call is aborted too.
screens = output.partition(" Failures ")[0]
assert run.returncode == 1 and "----------> .*" in screens and "INVITE" not in screens, (run.returncode, output, errors)
with open("steer_errors.log", encoding="utf-8") as file:
    told = file.read()
for text in ("goes to the out-of-call scenario: OPTIONS sip:us", "call 1-", "in step 1 (`100`", "'set display rx': the run has no rx scenario",
             "'set users 3': users can be set only with -users"):
    assert text in told, (text, told)
with open("steer_screen.log", encoding="utf-8") as file:
    screens = file.read()
assert screens.count("Scenario Screen") == 3 and "INVITE ---------->" in screens and "limit 7" in screens, screens
