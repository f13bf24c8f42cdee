# SPDX-License-Identifier: Apache-2.0
"""vanishing_address.py GOSSIPPER ADDRESS: a run over TCP from ADDRESS, which is taken away from this network as soon as the peer has reset the connection. Exits with
the code of the run. Wants a network of its own."""
import socket
import struct
import subprocess
import sys

address = sys.argv[2]
subprocess.run(["ip", "address", "add", address + "/32", "dev", "lo"], check=True)
listener = socket.create_server(("127.0.0.1", 0))
run = subprocess.Popen([sys.argv[1], "sipp", "-sn", "uac", "-t", "t1", f"127.0.0.1:{listener.getsockname()[1]}", "-i", address, "-m", "1000", "-r", "5", "-nostdin",
                        "-max_reconnect", "1", "-reconnect_sleep", "2000", "-trace_err", "-error_file", "vanished.err", "-summary_json", "vanished.json"])
connection, peer = listener.accept()
assert peer[0] == address
connection.recv(65536)  # the first call is there
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
subprocess.run(["ip", "address", "del", address + "/32", "dev", "lo"], check=True)  # sooner than -reconnect_sleep ends
sys.exit(run.wait(timeout=60))
