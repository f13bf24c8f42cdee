# SPDX-License-Identifier: Apache-2.0
"""Sockets on loopback for the scripts of tests. As a program: prints a free port."""
import random
import socket


def bound(timeout=30):
    """A socket on a port that the kernel chose."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(timeout)
    return s


def free_port(taken=()):
    """Free for UDP and TCP until somebody takes it. Outside the range from which the kernel takes ports for whoever asks for any."""
    while True:
        port = random.randrange(10000, 32768)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            try:
                udp.bind(("", port))
                tcp.bind(("", port))
            except OSError:
                continue
            if port not in taken:
                return port


if __name__ == "__main__":
    print(free_port())
