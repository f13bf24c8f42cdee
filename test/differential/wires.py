# SPDX-License-Identifier: Apache-2.0
"""What carries the messages between a program and the scripted peer: UDP, or TCP connections that either may open."""
import re
import select
import socket
import struct
import time

from relay import HOST, bound_socket

CONTENT_LENGTH = re.compile(rb"^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)", re.M | re.I)
PONG = b"(CRLF)"  # stands for the answer to a keep-alive
PIECE_GAP_S = 0.02  # so that the program reads the pieces one by one
CLOSE_IN_ORDER, RESET = struct.pack("ii", 0, 0), struct.pack("ii", 1, 0)


class Stuck(Exception):
    """A message did not come, or a connection could not be opened."""


class Datagrams:
    name = "UDP"

    def __init__(self, program_port):
        self.socket = bound_socket(socket.SOCK_DGRAM)
        self.port = self.socket.getsockname()[1]
        self.program = (HOST, program_port)
        self.program_ports = []

    @staticmethod
    def actions():
        """Words of scripts that are about connections."""
        return {}

    def receive(self, seconds):
        """Messages that come within that time; returns as soon as there are any."""
        self.socket.settimeout(seconds)
        try:
            return [self.socket.recv(65536)]
        except OSError:
            return []  # the time is over, or what ICMP said

    def send(self, data, _changes):
        self.socket.sendto(data, self.program)

    def close(self):
        self.socket.close()


class Streams:
    """Takes connections from the beginning, unless the script begins with `nobody`. Sends on the newest one; opens one if there has been none."""
    name = "TCP"

    def __init__(self, program_port, listens):
        self.listener = bound_socket(socket.SOCK_STREAM)
        self.port = self.listener.getsockname()[1]
        self.program = (HOST, program_port)
        self.connections, self.pending, self.held = [], {}, b""
        self.program_ports = []  # of the connections that the program has opened
        if listens:
            self.listener.listen()

    def actions(self):
        return {"nobody": lambda: None, "somebody": self.listener.listen, "close": lambda: self.end(CLOSE_IN_ORDER), "reset": lambda: self.end(RESET),
                "half-close": lambda: self.connections[-1].shutdown(socket.SHUT_WR), "leave": self.leave, "connect": self.connect}

    def leave(self):
        """For good: nobody listens any more."""
        self.listener.close()
        self.end(CLOSE_IN_ORDER)

    def end(self, linger):
        self.connections[-1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.pending.pop(self.connections[-1], None)
        self.connections[-1].close()

    def connect(self):
        try:
            self.keep(socket.create_connection(self.program))
        except OSError as refused:
            raise Stuck("nor took a connection") from refused

    def keep(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections.append(connection)
        self.pending[connection] = b""

    def receive(self, seconds):
        listening = [self.listener] if self.listener.fileno() >= 0 and self.listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else []
        ready, _, _ = select.select([*listening, *self.pending], [], [], seconds)
        messages = []
        for each in ready:
            if each is self.listener:
                connection, (_, port) = self.listener.accept()
                self.program_ports.append(port)
                self.keep(connection)
            else:
                messages += self.read(each)
        return messages

    def read(self, connection):
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""  # a reset
        if not data:
            del self.pending[connection]
            return []
        data, messages = self.pending[connection] + data, []
        while data:
            if data.startswith(b"\r\n"):
                messages.append(PONG)
                data = data[2:]
                continue
            if b"\r\n\r\n" not in data:
                break
            head = data.partition(b"\r\n\r\n")[0]
            length = len(head) + 4 + int((CONTENT_LENGTH.search(head) or [0, 0])[1])
            if len(data) < length:
                break
            messages.append(data[:length])
            data = data[length:]
        self.pending[connection] = data
        return messages

    def send(self, data, changes):
        self.held += data
        if "hold" in changes:
            return
        data, self.held = self.held, b""
        if not self.connections:
            self.connect()
        connection = self.connections[int(changes["on"]) - 1 if "on" in changes else -1]
        step = int(changes.get("pieces", len(data)))
        for at in range(0, len(data), step):
            if at:
                time.sleep(PIECE_GAP_S)
            try:
                connection.sendall(data[at:at + step])
            except OSError:
                return  # the program has closed it

    def close(self):
        for each in (self.listener, *self.connections):
            each.close()
