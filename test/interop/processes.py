# SPDX-License-Identifier: Apache-2.0
"""What the scripts of this folder need to run programs on loopback."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lit"))
from sockets import free_ports  # noqa: E402, F401  for those who use this module too

LIMIT_S = 60


def opened(port, tables=("udp", "udp6")):
    for table in tables:
        with open(f"/proc/net/{table}", encoding="ascii") as lines:
            if any(line.split()[1].endswith(f":{port:04X}") for line in list(lines)[1:]):
                return True
    return False


def wait_for(what, holds, process):
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not happen; exit code {process.poll()}")
        time.sleep(0.01)  # for a table of the kernel or a log: nothing to wait on


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Peer:
    """Another program beside the runs, from `with` to its end: `program`, whose output is in `log`. What it is given and when it is ready, subclasses know."""

    def __init__(self, folder, command, **more):
        self.log = open(os.path.join(folder, f"{self.program}.log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log, **{"stdin": subprocess.DEVNULL, **more})

    def __enter__(self):
        try:
            wait_for(f"the start of {self.program}", self.ready, self.process)
        except RuntimeError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.end()
        self.process.wait(LIMIT_S)
        self.log.close()

    def ready(self):
        return opened(self.port)

    def end(self):
        self.process.kill()


class Kamailio(Peer):
    """In the foreground, in its own session: it signals its whole process group when it ends. `config` is a file in kamailio/,
    `protocols` what it listens for, each at a port of its own from `port` on, `values` the names that the file uses."""

    program = "kamailio"

    def __init__(self, folder, config, protocols=("udp",), **values):
        self.port = free_ports(len(protocols))
        self.tables = [("udp" if p == "udp" else "tcp", self.port + i) for i, p in enumerate(protocols)]
        here = os.path.dirname(os.path.abspath(__file__))
        listens = [word for i, p in enumerate(protocols) for word in ("-l", f"{p}:127.0.0.1:{self.port + i}")]
        named = [word for name, value in values.items() for word in ("-A", f"{name}={value}")]
        super().__init__(folder, [shutil.which("kamailio"), "-DD", "-E", "-f", os.path.join(here, "kamailio", config), *listens, "-Y", folder, "-w", folder, "-m", "256", "-M", "4",
                                  *named], start_new_session=True)

    def ready(self):
        return all(opened(port, (table,)) for table, port in self.tables)

    def end(self):
        self.process.terminate()
