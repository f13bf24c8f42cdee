# SPDX-License-Identifier: Apache-2.0
"""pair.py [--stop SIGNAL] [--file NAME=TEXT]... SERVER... [-- SERVER...]... -- CLIENT...

Runs one or more servers until the client has ended. @PORT@, @PORT2@, @PORT3@ … in the commands and in the TEXT of files are free ports; before the
next command starts, those that a server is the first to name must be open (UDP) or listened on (TCP). Words of a server that are for us:
+@PORT2@ says that it opens that port, +end that it ends by itself; the others get the signal. Prints what the servers wrote, each line after
`server: ` (`server2: ` …), and their exit codes; the client's output stays as it is. Exits with the client's code."""
import re
import signal
import subprocess
import sys
import time

from sockets import free_port

LIMIT_S = 60
MARK = re.compile(r"@(PORT\d*)@")


def listening(port):
    """Nothing can be waited for: the kernel's tables have to be read again and again."""
    for table in ("udp", "udp6", "tcp", "tcp6"):
        with open(f"/proc/net/{table}", encoding="ascii") as lines:
            rows = [line.split() for line in list(lines)[1:]]
        if any(row[1].endswith(f":{port:04X}") and (table.startswith("udp") or row[3] == "0A") for row in rows):
            return True
    return False


def with_ports(text):
    for name in MARK.findall(text):
        if name not in ports:
            ports[name] = free_port()
    return MARK.sub(lambda mark: str(ports[mark[1]]), text)


stop, files, ports, words = "SIGTERM", [], {}, sys.argv[1:]
while words[0] in ("--stop", "--file"):
    if words[0] == "--stop":
        stop = words[1]
    else:
        files.append(words[1])
    words = words[2:]
commands = [[]]
for word in words:
    if word == "--":
        commands.append([])
    else:
        commands[-1].append(word)
for name, _, text in (file.partition("=") for file in files):
    with open(name, "w", encoding="ascii") as out:
        out.write(with_ports(text).replace("\\n", "\n"))
*servers, client = commands
running, named = [], set()
try:
    for server in servers:
        opened = set(MARK.findall(" ".join(server))) - named
        named |= opened
        command = [with_ports(word) for word in server]
        running.append(subprocess.Popen([word for word in command if not word.startswith("+")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace"))
        deadline = time.monotonic() + LIMIT_S
        while not all(listening(ports[name]) for name in opened) and running[-1].poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
    code = subprocess.run([with_ports(word) for word in client], stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False).returncode
    sys.stdout.flush()
    for server, process in zip(servers, running):
        if "+end" not in server:
            process.send_signal(getattr(signal, stop))
    outputs = [process.communicate(timeout=LIMIT_S)[0] for process in running]
finally:
    for process in running:
        process.kill()
for number, (process, output) in enumerate(zip(running, outputs), 1):
    name = "server" + (str(number) if number > 1 else "")
    for line in output.splitlines():
        print(f"{name}:", line)
    print(f"{name} exit code", process.returncode)
sys.exit(code)
