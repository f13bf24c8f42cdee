# SPDX-License-Identifier: Apache-2.0
"""Packets on loopback, for tshark."""
import subprocess
import time

from sockets import bound

LIMIT_S = 60
BY_CONTENT = "-o", "udp.try_heuristic_first:TRUE"  # for tshark: ports are anybody's, some are known as those of other protocols


class Capture:
    """Captures what a filter of pcap wants, in a file, from when it is made to stop(): then until it has seen a packet of its own, as the kernel hands packets over in bunches."""

    def __init__(self, path, which):
        self.path, self.end = path, bound()
        mine = f"udp port {self.end.getsockname()[1]} or ({which})"
        self.process = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", mine, "-B", "64", "-a", "duration:60", "-w", path], stderr=subprocess.PIPE, text=True)
        while "File:" not in self.process.stderr.readline():
            pass

    def stop(self):
        port = self.end.getsockname()[1]
        deadline = time.monotonic() + LIMIT_S
        while not self.fields(f"udp.dstport=={port}", "udp.dstport") and time.monotonic() < deadline:
            self.end.sendto(b"end", ("127.0.0.1", port))
        self.process.terminate()
        self.process.wait(LIMIT_S)

    def fields(self, which, *names):
        """Rows of packets: their fields."""
        wanted = [word for name in names for word in ("-e", name)]
        out = subprocess.run(["tshark", *BY_CONTENT, "-r", self.path, "-Y", which, "-T", "fields", "-E", "separator=;", "-E", "occurrence=f", *wanted],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=LIMIT_S, check=False).stdout
        return [line.split(";") for line in out.splitlines()]
