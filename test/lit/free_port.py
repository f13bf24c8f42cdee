# SPDX-License-Identifier: Apache-2.0
"""Prints a UDP port that is free on loopback."""
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])
