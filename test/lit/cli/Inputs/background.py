# SPDX-License-Identifier: Apache-2.0
"""-bg: the parent tells the process id of the child and ends with 99; the child calls us and ends by itself."""
import json
import os
import re
import select
import subprocess
import sys

from sockets import bound

with bound() as callee:
    address = f"127.0.0.1:{callee.getsockname()[1]}"
    options = ["-bg", "-i", "127.0.0.1", "-m", "1", "-nr", "-recv_timeout", "50ms", "-summary_json", "background.json"]
    parent = subprocess.run([sys.argv[1], "sipp", address, *options], capture_output=True, text=True, timeout=30, check=False)
    assert parent.returncode == 99, parent
    pid = re.fullmatch(r"Background mode - PID=\[(\d+)\]\n", parent.stdout)[1]
    invite = callee.recv(65536).decode()
    assert invite.startswith("INVITE ") and f"tag={pid}" not in invite  # [pid] is that of the parent
try:
    child = os.pidfd_open(int(pid))
except ProcessLookupError:
    pass  # it was quick
else:
    select.select([child], [], [], 30)
with open("background.json", encoding="utf-8") as summary:
    assert json.load(summary)["exit_code"] == 1
