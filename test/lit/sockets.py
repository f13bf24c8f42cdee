# SPDX-License-Identifier: Apache-2.0
"""UDP on loopback for the scripts of tests. As a program: prints a free port."""
import socket


def bound(timeout=30):
    """A socket on a port that the kernel chose."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(timeout)
    return s


def free_port():
    """Free until somebody takes it."""
    with bound() as probe:
        return probe.getsockname()[1]


if __name__ == "__main__":
    print(free_port())
