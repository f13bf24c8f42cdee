# SPDX-License-Identifier: Apache-2.0
"""reads_nothing.py PORT: a server that takes connections and never reads from them."""
import socket
import sys

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
connections = []
while True:
    connections.append(listener.accept())
