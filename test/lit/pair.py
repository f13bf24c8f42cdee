# SPDX-License-Identifier: Apache-2.0
"""pair.py [--stop SIGNAL] SERVER... -- CLIENT...

Runs a server until the client has ended; @PORT@ in either command is a free UDP port, for which the client waits. Prints what the server
wrote, each line after `server: `, and its exit code; the client's output stays as it is. Exits with the client's code."""
import argparse
import signal
import socket
import subprocess
import sys
import time

LIMIT_S = 60


def listening(port):
    with open("/proc/net/udp", encoding="ascii") as table:
        return any(line.split()[1].endswith(f":{port:04X}") for line in list(table)[1:])


parser = argparse.ArgumentParser()
parser.add_argument("--stop", default="SIGTERM")
options, words = parser.parse_known_args()
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
words = [w.replace("@PORT@", str(port)) for w in words]
split = words.index("--")
server = subprocess.Popen(words[:split], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    deadline = time.monotonic() + LIMIT_S
    while not listening(port) and server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)  # for the kernel's table: nothing to wait on
    code = subprocess.run(words[split + 1:], stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False).returncode
    sys.stdout.flush()
    server.send_signal(getattr(signal, options.stop))
    output, _ = server.communicate(timeout=LIMIT_S)
finally:
    server.kill()
for line in output.splitlines():
    print("server:", line)
print("server exit code", server.returncode)
sys.exit(code)
