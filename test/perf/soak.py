# SPDX-License-Identifier: Apache-2.0
"""soak.py GOSSIPPER [--calls N] [--rate CALLS_PER_SECOND] [--every SECONDS]

N basic calls of one client process with one server process on loopback, alone in a network namespace of their own (root, or the right to make user
namespaces). Prints memory and open files of both every few seconds. Exit code 0 only if
  - every call succeeded, on both sides;
  - resident memory grew by less than 1 MB after the warm-up, and the number of open files did not change;
  - what each side counts as sent is what the other one received, and the sum is what the kernel's UDP counted.
The kernel counts a joined buffer as one datagram, on both ends. With `-gro false` it cuts buffers up before it counts what it delivers, so
InDatagrams is the number of messages, while they are still sent in joined buffers; OutDatagrams is only printed."""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

INSIDE = "GOSSIPPER_SOAK_NAMESPACE"
PORT = 5070  # the namespace is ours alone
GROWTH_KB = 1024

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("gossipper")
parser.add_argument("--calls", type=int, default=100_000)
parser.add_argument("--rate", type=int, default=5_000)
parser.add_argument("--every", type=float, default=1)
options = parser.parse_args()

if INSIDE not in os.environ:
    how = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    os.execvpe(how[0], [*how, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

seconds = options.calls / options.rate
if seconds < 10:
    parser.error("it has to last 10 s")
# Memory grows until the first calls are forgotten: the server keeps them for 4 s (its timewait), both remember for up to 33 s which have ended.
remembered = min(33, seconds / 10)
warm_up = 4 + remembered + 3


def kernel():
    """UDP's counters of this namespace."""
    with open("/proc/net/snmp", encoding="ascii") as table:
        names, values = (line.split()[1:] for line in table if line.startswith("Udp:"))
    return dict(zip(names, map(int, values)))


class Side:
    def __init__(self, folder, name, *words):
        self.name, self.summary, self.samples = name, os.path.join(folder, name + ".json"), []
        command = [os.path.abspath(options.gossipper), "sipp", *words, "-i", "127.0.0.1", "-nostdin", "-gro", "false", "-buff_size", 4 << 20,
                   "-deadcall_wait", int(remembered * 1000), "-timeout", int(seconds * 3 + 60), "-summary_json", self.summary]
        self.process = subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def sample(self):
        """(resident kB, open files); None when the process has ended."""
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
            return resident, len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except (OSError, StopIteration):
            return None

    def end(self):
        self.code = self.process.wait(120)
        with open(self.summary, encoding="utf-8") as file:
            self.result = json.load(file)

    def counted(self, name):
        return self.result["statistics"][name]

    def received(self):
        return self.counted("MessagesReceived") + self.counted("MalformedMessages")

    def drops(self):
        return self.result["load"]["kernel_drops"]


def watch(sides, client, begin):
    """Samples until the client has ended."""
    while client.process.poll() is None:
        age = time.monotonic() - begin
        found = [side.sample() for side in sides]
        if None not in found:
            for side, (resident, files) in zip(sides, found):
                side.samples.append((age, resident, files))
            print(f"{age:7.0f} s  " + "  ".join(f"{s.name}: {r} kB, {f} files" for s, (r, f) in zip(sides, found)), flush=True)
        try:
            client.process.wait(options.every)
        except subprocess.TimeoutExpired:
            pass


def checks(client, server, before, after):
    """(what, holds)"""
    for side in (client, server):
        done, failed = side.result["success_calls"], side.result["failed_calls"]
        yield f"{side.name}: {done} calls succeeded, {failed} failed, exit code {side.code}", (done, failed, side.code) == (options.calls, 0, 0)
        warm = [(resident, files) for age, resident, files in side.samples if age >= warm_up]
        growth = max(resident for resident, _ in warm) - warm[0][0]
        yield f"{side.name}: memory grew by {growth} kB after {warm_up:.0f} s", growth < GROWTH_KB
        yield f"{side.name}: {sorted({files for _, files in warm})} open files", len({files for _, files in warm}) == 1
    for sender, receiver in ((client, server), (server, client)):
        sent, received, lost = sender.counted("MessagesSent"), receiver.received(), receiver.drops()
        yield f"{sender.name} sent {sent}, {receiver.name} received {received}, its socket had no room for {lost}", sent == received + lost
    delivered = after["InDatagrams"] - before["InDatagrams"]
    total = client.received() + server.received()
    yield f"kernel delivered {delivered} datagrams, {total} were received", delivered == total
    dropped, lost = after["InErrors"] - before["InErrors"], client.drops() + server.drops()
    yield f"kernel dropped {dropped}, {lost} are known", dropped == lost


def main():
    with tempfile.TemporaryDirectory(prefix="gossipper-soak.") as folder:
        before, begin, sides = kernel(), time.monotonic(), []
        try:
            server = Side(folder, "server", "-sn", "uas", "-p", PORT)
            sides.append(server)
            with open("/proc/net/udp", encoding="ascii") as table:
                while f":{PORT:04X} " not in table.read():
                    if server.process.poll() is not None:
                        sys.exit("the server did not start")
                    time.sleep(0.01)  # nothing to wait on
                    table.seek(0)
            client = Side(folder, "client", "-sn", "uac", f"127.0.0.1:{PORT}", "-r", options.rate, "-m", options.calls)
            sides.append(client)
            watch(sides, client, begin)
            client.end()
            server.process.send_signal(signal.SIGUSR1)
            server.end()
        finally:
            for side in sides:
                side.process.kill()
        after = kernel()
        print(f"client: {client.counted('Retransmissions')} retransmissions, {client.counted('CallsLate')} late calls; "
              f"kernel: OutDatagrams {after['OutDatagrams'] - before['OutDatagrams']} (joined buffers count once)")
        good = True
        for what, holds in checks(client, server, before, after):
            good &= holds
            print(("ok      " if holds else "FAILED  ") + what)
        return 0 if good else 1


sys.exit(main())
