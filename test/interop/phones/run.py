# SPDX-License-Identifier: Apache-2.0
"""run.py GOSSIPPER baresip|linphone

Calls between gossipper and a phone without sound devices, on loopback: placed by either, hung up by either. One line a call; exit code 1 if one did not
go as it must."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from processes import LIMIT_S, free_ports, opened, wait_for, write  # pylint: disable=wrong-import-position


class Phone:
    """Answers by itself; is told to dial and to hang up. `port` and the one after it are free when its files are written."""

    def __init__(self, folder):
        self.folder, self.port, self.control_port = folder, free_ports(2), free_ports()
        self.log = open(os.path.join(folder, "phone.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(self.prepare(), cwd=folder, env={**os.environ, "HOME": folder}, stdin=subprocess.PIPE, stdout=self.log,
                                        stderr=self.log, text=True)

    def __enter__(self):
        try:
            wait_for("the phone's start", self.ready, self.process)
        except RuntimeError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def ready(self):
        return opened(self.port)


class Baresip(Phone):
    program = "baresip"
    modules = next(filter(os.path.isdir, ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")), "")

    def prepare(self):  # TLS takes the port after that of SIP
        write(self.folder, "config", f"sip_listen 127.0.0.1:{self.port}\nctrl_tcp_listen 127.0.0.1:{self.control_port}\nmodule_path {self.modules}\n"
              "module g711.so\nmodule ctrl_tcp.so\nmodule_app account.so\nmodule_app menu.so\n")
        write(self.folder, "accounts", f"<sip:phone@127.0.0.1:{self.port}>;regint=0;answermode=auto\n")
        write(self.folder, "contacts", "")
        return ["baresip", "-4", "-f", self.folder]

    def ready(self):
        return super().ready() and opened(self.control_port, ["tcp"])

    def tell(self, **command):
        text = json.dumps(command)
        with socket.create_connection(("127.0.0.1", self.control_port), LIMIT_S) as control:
            control.sendall(f"{len(text)}:{text},".encode())
            control.recv(1)  # it has been read

    def dial(self, uri):
        self.tell(command="dial", params=uri)

    def hang_up(self):
        self.tell(command="hangup")


class Linphone(Phone):
    program = "linphonec"

    def prepare(self):
        os.makedirs(os.path.join(self.folder, ".local/share/linphone"))
        write(self.folder, "linphonerc", f"[sip]\nsip_port={self.port}\nsip_tcp_port=0\nsip_tls_port=0\nguess_hostname=0\n"
              "contact=sip:phone@127.0.0.1\n")
        return ["linphonec", "-a", "-c", os.path.join(self.folder, "linphonerc")]

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def dial(self, uri):
        self.tell(f"call {uri}")

    def hang_up(self):
        self.tell("terminate")


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
