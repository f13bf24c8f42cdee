# SPDX-License-Identifier: Apache-2.0
"""run.py GOSSIPPER baresip|linphone

Calls between gossipper and a phone without sound devices, on loopback: placed by either, hung up by either. One line a call; exit code 1 if one did not
go as it must."""
import os
import shutil
import subprocess
import sys
import tempfile

from phones import HERE, LIMIT_S, Baresip, Linphone, free_ports, opened, wait_for


class Call:
    """A run of gossipper, one call."""

    def __init__(self, gossipper, folder, scenario, ends, *words):
        self.port, self.log = free_ports(), os.path.join(folder, f"{scenario}-{ends}.log")
        command = [gossipper, "sipp", "-sf", os.path.join(HERE, f"{scenario}.xml"), *words, "-i", "127.0.0.1", "-p", self.port, "-set", "ends", ends, "-m", 1,
                   "-nostdin", "-timeout", LIMIT_S, "-recv_timeout", 10_000, "-trace_logs", "-log_file", self.log]
        self.process = subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def established(self):
        return os.path.exists(self.log) and os.path.getsize(self.log) > 0

    def end(self):
        try:
            return self.process.communicate(timeout=LIMIT_S + 10)[0]
        finally:
            self.process.kill()


def one_call(gossipper, folder, phone, phone_calls, phone_ends):
    ends = "phone" if phone_ends else "gossipper"
    if phone_calls:
        call = Call(gossipper, folder, "callee", ends)
        wait_for("gossipper's start", lambda: opened(call.port), call.process)
        phone.dial(f"sip:tester@127.0.0.1:{call.port}")
    else:
        call = Call(gossipper, folder, "caller", ends, f"127.0.0.1:{phone.port}", "-s", "phone")
    try:
        if phone_ends:
            wait_for("the call", call.established, call.process)
            phone.hang_up()
    finally:
        text = call.end()
    return call.process.returncode, text


def main():
    gossipper, kind = os.path.abspath(sys.argv[1]), {"baresip": Baresip, "linphone": Linphone}[sys.argv[2]]
    if not shutil.which(kind.program):
        print(f"skipped: {kind.program} is not installed")
        return 0
    good = True
    with tempfile.TemporaryDirectory(prefix="gossipper-phone.") as folder, kind(folder) as phone:
        for phone_calls in (False, True):
            for phone_ends in (False, True):
                code, text = one_call(gossipper, folder, phone, phone_calls, phone_ends)
                who = ("gossipper", kind.program)
                print(f"{who[phone_calls]} calls {who[not phone_calls]}, {who[phone_ends]} hangs up: exit code {code}", flush=True)
                if code != 0:
                    good = False
                    with open(phone.log.name, encoding="utf-8", errors="replace") as log:
                        print(text, log.read(), sep="\n---\n")
    return 0 if good else 1


sys.exit(main())
