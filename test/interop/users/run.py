# SPDX-License-Identifier: Apache-2.0
"""run.py GOSSIPPER kamailio|gossipper [--users N] [--calls N] [--expires SECONDS]

The users of scenarios/users: each registers, calls the next one, takes calls and registers again, all on one socket of one process. Their registrar and
proxy is kamailio, or gossipper with proxy.xml. Prints the counts; exit code 1 if a placed call failed, something was stray, or
nobody registered again."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIOS = os.path.join(HERE, "../../../scenarios/users")
sys.path.insert(0, os.path.dirname(HERE))
from processes import LIMIT_S, Kamailio, free_ports, opened, wait_for, write  # pylint: disable=wrong-import-position

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("gossipper", type=os.path.abspath)
parser.add_argument("proxy", choices=("kamailio", "gossipper"))
parser.add_argument("--users", type=int, default=20)
parser.add_argument("--calls", type=int, default=80)
parser.add_argument("--expires", type=int, default=3)
options = parser.parse_args()

FILES = ("-inf", "users.csv", "-infindex", "users.csv", 0)


def gossipper(folder, scenario, *words):
    command = [options.gossipper, "sipp", "-sf", scenario, *words, *FILES, "-i", "127.0.0.1", "-nostdin", "-timeout", LIMIT_S, "-buff_size", 1 << 20]
    return subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class OwnProxy:
    def __init__(self, folder):
        self.port = free_ports()
        self.process = gossipper(folder, os.path.join(HERE, "proxy.xml"), "-p", self.port, "-callid_slash_ign")

    def __enter__(self):
        wait_for("the proxy's start", lambda: opened(self.port), self.process)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        print("proxy:", *[line for line in self.process.communicate()[0].splitlines() if line.startswith("Exit code")])


def main():
    if options.proxy == "kamailio" and not shutil.which("kamailio"):
        print("skipped: kamailio is not installed")
        return 0
    with tempfile.TemporaryDirectory(prefix="gossipper-users.") as folder:
        names = [f"user{i}" for i in range(options.users)]
        write(folder, "users.csv", "USER\n" + "".join(f"{name};secret{name[4:]};{other}\n" for name, other in zip(names, names[1:] + names[:1])))
        with Kamailio(folder, "kamailio.cfg", ALGORITHM='"MD5"', USERS=options.users) if options.proxy == "kamailio" else OwnProxy(folder) as proxy:
            users = gossipper(folder, os.path.join(SCENARIOS, "calls.xml"), "-rxsf", os.path.join(SCENARIOS, "answer.xml"), f"127.0.0.1:{proxy.port}",
                              "-p", free_ports(), "-users", options.users, "-m", options.calls, "-d", 100, "-key", "expires", options.expires,
                              "-trace_screen", "-screen_file", "screen", "-summary_json", "summary.json")
            output = users.communicate(timeout=LIMIT_S + 10)[0]
        with open(os.path.join(folder, "summary.json"), encoding="utf-8") as file:
            summary = json.load(file)
        placed, failed, registrations = summary["success_calls"], summary["failed_calls"], summary["counters"]["registrations"]
        stray = summary["statistics"]["OutOfCallMsgs"] + summary["statistics"]["Warnings"]
        good = (placed, failed, users.returncode, stray) == (options.calls, 0, 0, 0) and registrations > options.users
        print(f"{placed} calls succeeded, {failed} failed, {stray} stray messages and warnings, exit code {users.returncode}")
        print(f"{'more' if registrations > options.users else 'not more'} registrations than users")
        if not good:
            print(output)
        return 0 if good else 1


sys.exit(main())
