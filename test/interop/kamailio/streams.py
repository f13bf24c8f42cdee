# SPDX-License-Identifier: Apache-2.0
"""streams.py GOSSIPPER: OPTIONS to kamailio in each mode with connections. One line a mode: the exit code, and what kamailio says it got them over."""
import collections
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from processes import LIMIT_S, Kamailio  # pylint: disable=wrong-import-position

PLAIN, SECURE = ("t1", "tn", "w1", "wn"), ("l1", "ln", "ws1", "wsn")
CALLS = 100


def run(gossipper, mode, port, folder):
    log = os.path.join(folder, f"{mode}.log")
    command = [gossipper, "sipp", "-sf", os.path.join(HERE, "options.xml"), f"127.0.0.1:{port}", "-t", mode, "-i", "127.0.0.1", "-m", str(CALLS), "-r", "500",
               "-tls_ca", os.path.join(HERE, "../../tls/ca.pem"), "-nostdin", "-timeout", str(LIMIT_S), "-recv_timeout", "10000", "-trace_logs", "-log_file", log]
    code = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode
    with open(log, encoding="utf-8") as lines:
        return code, collections.Counter(line.strip() for line in lines)


def main():
    gossipper, tls = os.path.abspath(sys.argv[1]), os.path.join(HERE, "../../tls")
    with tempfile.TemporaryDirectory(prefix="gossipper-kamailio.") as folder, \
            Kamailio(folder, "streams.cfg", ("tcp", "tls"), CERTIFICATE=f'"{tls}/peer.pem"', KEY=f'"{tls}/peer.key"') as proxy:
        for mode in PLAIN + SECURE:
            code, answers = run(gossipper, mode, proxy.port + (mode in SECURE), folder)
            if code:
                with open(os.path.join(folder, "kamailio.log"), encoding="utf-8") as lines:
                    sys.stderr.writelines(line for line in lines if "ERROR" in line or "CRITICAL" in line)
            print(f"{mode}: exit code {code}, " + ", ".join(f"{n} {text}" for text, n in answers.items()), flush=True)


main()
