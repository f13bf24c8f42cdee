# SPDX-License-Identifier: Apache-2.0
"""Relays on loopback between two sides, which record what passes. Each side takes the relay for its peer."""
import dataclasses
import heapq
import select
import socket
import threading
import time

DELAY_S = 0.01  # of each message: enough that neither side is surprised by an answer while it still executes what follows its own message
HOST = "127.0.0.1"
END_OF_COMMAND = b"\x1b"


@dataclasses.dataclass
class Message:
    sender: str
    data: bytes
    arrived: float
    left: float  # also for what was dropped


def bound_socket(kind):
    sock = socket.socket(socket.AF_INET, kind)
    sock.bind((HOST, 0))
    return sock


def free_port(kind):
    with bound_socket(kind) as sock:
        return sock.getsockname()[1]


def in_order(messages, first_sender):
    """The messages so that each stands behind those that had reached its sender. Of two that crossed, that of `first_sender` comes
    first: which of them the relay saw first is chance."""
    ours = [m for m in messages if m.sender == first_sender]
    others = [m for m in messages if m.sender != first_sender]
    ordered = []
    while ours and others:
        ordered.append((others if others[0].left <= ours[0].arrived else ours).pop(0))
    return ordered + ours + others


class Thread:
    """A thread that runs `run` until it is told to stop."""

    def __init__(self):
        self.wake, self.stopped = socket.socketpair()
        self.thread = None
        self.messages = []

    def start_thread(self, *arguments):
        self.thread = threading.Thread(target=self.run, args=arguments, daemon=True)
        self.thread.start()

    def stop_thread(self, sockets):
        self.wake.send(b"x")
        if self.thread:
            self.thread.join()
        for sock in (*sockets, self.wake, self.stopped):
            sock.close()


class Relay(Thread):
    """Of SIP over UDP. `drop` and `double` are numbers of messages, counted from 1 in the order in which they arrive."""

    def __init__(self, drop=(), double=()):
        super().__init__()
        self.to_client, self.to_server = bound_socket(socket.SOCK_DGRAM), bound_socket(socket.SOCK_DGRAM)
        self.client_port, self.server_port = (sock.getsockname()[1] for sock in (self.to_client, self.to_server))
        self.drop, self.double = drop, double
        self.client = ""

    def start(self, client, server):
        """Both as (name, port)."""
        self.client = client[0]
        self.start_thread(client, server)

    def run(self, client, server):
        routes = {self.to_client: (self.to_server, (HOST, server[1]), client[0]), self.to_server: (self.to_client, (HOST, client[1]), server[0])}
        waiting, serial = [], 0
        while True:
            timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
            ready, _, _ = select.select([*routes, self.stopped], [], [], timeout)
            if self.stopped in ready:
                return
            now = time.monotonic()
            for sock in ready:
                try:
                    data = sock.recv(65536)
                except OSError:
                    continue  # what ICMP said of an earlier message
                out, address, sender = routes[sock]
                self.messages.append(Message(sender, data, now, now + DELAY_S))
                number = len(self.messages)
                for _ in range(0 if number in self.drop else 2 if number in self.double else 1):
                    serial += 1
                    heapq.heappush(waiting, (now + DELAY_S, serial, out, data, address))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, out, data, address = heapq.heappop(waiting)
                try:
                    out.sendto(data, address)
                except OSError:
                    pass  # the peer has ended

    def stop(self):
        self.stop_thread((self.to_client, self.to_server))

    def in_order(self):
        return in_order(self.messages, self.client)


class CommandRelay(Thread):
    """Of the commands between the twins of 3PCC: one TCP connection, commands end with a byte of their own."""

    def __init__(self, port):
        super().__init__()
        self.listener = bound_socket(socket.SOCK_STREAM)
        self.listener.listen(1)
        self.port = self.listener.getsockname()[1]
        self.start_thread(port)

    def run(self, port):
        ready, _, _ = select.select([self.listener, self.stopped], [], [])
        if self.stopped in ready:
            return
        near = self.listener.accept()[0]
        with near, socket.create_connection((HOST, port)) as far:
            routes = {near: (far, "connecting twin", bytearray()), far: (near, "listening twin", bytearray())}
            while routes:
                ready, _, _ = select.select([*routes, self.stopped], [], [])
                if self.stopped in ready:
                    return
                for sock in ready:
                    out, sender, pending = routes[sock]
                    try:
                        data = sock.recv(65536)
                        if data:
                            out.sendall(data)
                        else:
                            out.shutdown(socket.SHUT_WR)
                    except OSError:
                        data = b""
                    if not data:
                        del routes[sock]
                    pending += data
                    while END_OF_COMMAND in pending:
                        command, _, rest = bytes(pending).partition(END_OF_COMMAND)
                        pending[:] = rest
                        self.messages.append(Message(sender, command, time.monotonic(), time.monotonic()))

    def stop(self):
        self.stop_thread((self.listener,))

    def in_order(self):
        return in_order(self.messages, "connecting twin")
