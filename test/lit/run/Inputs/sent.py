# SPDX-License-Identifier: Apache-2.0
"""Prints what a message log says was sent, call by call, with ports and process id replaced by names."""
import re
import sys

data = open(sys.argv[1], "rb").read().decode()
parts = re.split(r"-{47} [^\n]*\n", data)[1:]
calls = {}
for part in parts:
    head, message = part.split("\n\n", 1)
    if "sent" not in head:
        continue
    call = re.search(r"Call-ID: (\S+)", message).group(1)
    message = re.sub(r"(Via: SIP/2.0/UDP 127.0.0.1:)\d+", r"\1LPORT", message)
    message = re.sub(r"(sipp@127.0.0.1:)\d+", r"\1LPORT", message)
    message = re.sub(r"(service@127.0.0.1:)\d+", r"\1RPORT", message)
    message = re.sub(r"z9hG4bK-\d+-", "z9hG4bK-PID-", message)
    message = re.sub(r"tag=\d+SIPpTag", "tag=PIDSIPpTag", message)
    calls.setdefault(call, []).append(message.replace("\r\n", "\n"))
for call in sorted(calls):
    print("".join(calls[call]))
