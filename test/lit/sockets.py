# SPDX-License-Identifier: Apache-2.0
"""Sockets on loopback for the scripts of tests. As a program: prints a free port."""
import random
import socket

CHUNK = 10  # so many neighbouring ports are reserved together
RESERVED = []  # sockets that nobody connects to, whose names say which, until this process ends


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


def reservation(chunk):
    """Nothing if a process in this network namespace has it, be it this one."""
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mark.bind(f"\0gossipper test ports {chunk}")
    except OSError:
        mark.close()
        return None
    return mark


def free_ports(count=1):
    """The first of `count` neighbouring ports, an even one, that are free for UDP and TCP, and that no other test is given while this process lives. Outside
    the range from which the kernel takes ports for whoever asks for any."""
    while True:
        first = random.randrange(10000, 32768 - count, CHUNK)
        marks = [reservation(chunk) for chunk in range(first // CHUNK, (first + count - 1) // CHUNK + 1)]
        if all(marks) and all(map(is_free, range(first, first + count))):
            RESERVED.extend(marks)
            return first
        for mark in filter(None, marks):
            mark.close()


def free_port():
    return free_ports()


if __name__ == "__main__":
    print(free_port())
