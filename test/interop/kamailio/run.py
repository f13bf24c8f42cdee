# SPDX-License-Identifier: Apache-2.0
"""run.py GOSSIPPER [--users N] [--pairs N]

Against kamailio, once with each digest algorithm: registers users from an injection file, lets one with a wrong password fail, and places calls between
registered users through the proxy, which either end. One line a step; exit code 1 if a step did not end as it must."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from processes import LIMIT_S, Kamailio, free_ports, wait_for, write  # pylint: disable=wrong-import-position

ALGORITHMS = ("MD5", "SHA-256")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("gossipper")
parser.add_argument("--users", type=int, default=1000)
parser.add_argument("--pairs", type=int, default=50)
options = parser.parse_args()
options.gossipper = os.path.abspath(options.gossipper)


class Run:
    """A run of gossipper with a scenario of this folder."""

    number = 0

    def __init__(self, folder, proxy, name, users, calls, *more):
        Run.number += 1
        self.summary, self.log, self.errors = (os.path.join(folder, f"{Run.number}-{name}.{kind}") for kind in ("json", "log", "err"))
        command = [options.gossipper, "sipp", "-sf", os.path.join(HERE, f"{name}.xml"), f"127.0.0.1:{proxy.port}", "-i", "127.0.0.1", "-p", free_ports(),
                   "-inf", users, "-m", calls, "-nostdin", "-timeout", LIMIT_S, "-summary_json", self.summary,
                   "-trace_logs", "-log_file", self.log, "-trace_err", "-error_file", self.errors, *more]
        self.process = subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def counts(self):
        code = self.process.wait(LIMIT_S + 10)
        if not os.path.exists(self.summary):
            sys.exit(f"no summary; exit code {code}")
        with open(self.summary, encoding="utf-8") as file:
            summary = json.load(file)
        return summary["success_calls"], summary["failed_calls"], code

    def logged(self):
        if not os.path.exists(self.log):
            return 0
        with open(self.log, encoding="utf-8") as file:
            return len(file.readlines())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def write_users(folder, name, rows):
    return write(folder, name, "".join(";".join(row) + "\n" for row in (("SEQUENTIAL",), *rows)))


def user(number):
    return f"user{number}", f"secret{number}"


def steps(folder, algorithm):
    """(what, counts found, counts expected)"""
    everyone = write_users(folder, "users.csv", map(user, range(options.users)))
    liar = write_users(folder, "liar.csv", [("user0", "guess")])
    pairs = write_users(folder, "pairs.csv", ((*user(i), *user(options.pairs + i)) for i in range(options.pairs)))
    with Kamailio(folder, "kamailio.cfg", ALGORITHM=f'"{algorithm}"', USERS=options.users) as proxy:
        yield "users registered", Run(folder, proxy, "register", everyone, options.users, "-r", 200).counts(), (options.users, 0, 0)
        yield "wrong password refused", Run(folder, proxy, "register", liar, 1).counts(), (0, 1, 1)
        for ends in ("caller", "callee"):
            same_calls = ("-cid_str", f"{ends}-%u", "-set", "ends", ends, "-l", options.pairs, "-r", 200)
            callee = Run(folder, proxy, "callee", pairs, options.pairs, *same_calls)
            try:
                wait_for("the callees' registration", lambda run=callee: run.logged() == options.pairs, callee.process)
                caller = Run(folder, proxy, "caller", pairs, options.pairs, *same_calls)
                yield f"calls placed, {ends} hangs up", caller.counts(), (options.pairs, 0, 0)
                yield "calls taken", callee.counts(), (options.pairs, 0, 0)
            finally:
                callee.kill()


def main():
    if not shutil.which("kamailio"):
        print("skipped: kamailio is not installed")
        return 0
    good = True
    for algorithm in ALGORITHMS:
        with tempfile.TemporaryDirectory(prefix="gossipper-kamailio.") as folder:
            for what, found, expected in steps(folder, algorithm):
                print(f"{algorithm}: {what}: {found[0]} successful, {found[1]} failed, exit code {found[2]}", flush=True)
                if found != expected:
                    good = False
                    print(f"expected {expected}; logs:")
                    for name in sorted(os.listdir(folder)):
                        if name.endswith((".err", ".log")):
                            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                                print(f"--- {name}\n" + "".join(file.readlines()[-20:]))
    return 0 if good else 1


sys.exit(main())
