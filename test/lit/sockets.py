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


def is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        try:
            udp.bind(("", port))
            tcp.bind(("", port))
        except OSError:
            return False
    return True


def free_ports(count=1, taken=()):
    """The first of `count` neighbouring ports, an even one, that are free for UDP and TCP until somebody takes them. Outside the range from which the
    kernel takes ports for whoever asks for any."""
    while True:
        first = random.randrange(10000, 32768 - count, 2)
        if all(port not in taken and is_free(port) for port in range(first, first + count)):
            return first


def free_port(taken=()):
    return free_ports(1, taken)


if __name__ == "__main__":
    print(free_port())
