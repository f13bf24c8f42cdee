# SPDX-License-Identifier: Apache-2.0
"""dns_server.py PORT [--truncate] [--silent TYPE]... [--lie HOW TYPE]... RECORD...

A name server on loopback, over UDP and TCP, for the RECORDs, e.g. `a.example A 127.0.0.1`, `_sip._udp.x.example SRV 10 0 5070 a.example`,
`x.example NAPTR 10 20 s SIP+D2U _sip._udp.x.example`. Names that have no record are NXDOMAIN. --truncate: answers in datagrams are empty and truncated.
--silent: questions of that type get no answer. --lie: their answer has a wrong id (id), belongs to another question (other), ends in the middle (cut), or
has a name that never ends (loop)."""
import socket
import struct
import sys
import threading

TYPES = {"A": 1, "CNAME": 5, "AAAA": 28, "SRV": 33, "NAPTR": 35}


def wire_name(name):
    labels = [label for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def character_string(text):
    return bytes([len(text)]) + text.encode()


def wire_data(kind, words):
    if kind == "A":
        return socket.inet_aton(words[0])
    if kind == "AAAA":
        return socket.inet_pton(socket.AF_INET6, words[0])
    if kind == "SRV":
        return struct.pack("!HHH", *map(int, words[:3])) + wire_name(words[3])
    if kind == "NAPTR":
        return struct.pack("!HH", *map(int, words[:2])) + character_string(words[2]) + character_string(words[3]) + b"\0" + wire_name(words[4])
    return wire_name(words[0])


def question_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels).lower(), struct.unpack("!H", query[at + 1:at + 3])[0], query[12:at + 5]


def answer_to(query, in_datagram):
    """None: silence."""
    name, kind, question = question_of(query)
    how = lies.get(kind)
    if kind in silent:
        return None
    if how == "other":
        question = wire_name("other.example") + question[-4:]
    answers = [wire_name(name) + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for owner, its_kind, data in records if (owner, its_kind) == (name, kind)]
    if how == "loop":
        answers = [b"\xc0" + bytes([12 + len(question)]) + struct.pack("!HHIH", kind, 1, 60, 0)]
    known = any(owner == name for owner, _, _ in records)
    flags = 0x8180 | (0 if known or how else 3)
    if truncates and in_datagram and answers:
        answers, flags = [], flags | 0x0200
    number = struct.unpack("!H", query[:2])[0] ^ (1 if how == "id" else 0)
    reply = struct.pack("!HHHHHH", number, flags, 1, len(answers), 0, 0) + question + b"".join(answers)
    return reply[:-5] if how == "cut" else reply


def serve_streams(listener):
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            while length := stream.read(2):
                reply = answer_to(stream.read(struct.unpack("!H", length)[0]), False)
                if reply:
                    stream.write(struct.pack("!H", len(reply)) + reply)
                    stream.flush()


port, words = int(sys.argv[1]), sys.argv[2:]
truncates, silent, lies = False, set(), {}
while words[0].startswith("--"):
    if words[0] == "--truncate":
        truncates, words = True, words[1:]
    elif words[0] == "--silent":
        silent, words = silent | {TYPES[words[1]]}, words[2:]
    else:
        lies, words = {**lies, TYPES[words[2]]: words[1]}, words[3:]
records = []
for record in words:
    owner, kind, *data = record.split()
    records.append((owner.lower(), TYPES[kind], wire_data(kind, data)))
streams = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
streams.bind(("127.0.0.1", port))
streams.listen()
threading.Thread(target=serve_streams, args=(streams,), daemon=True).start()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", port))
while True:
    asked, peer = datagrams.recvfrom(65536)
    told = answer_to(asked, True)
    if told:
        datagrams.sendto(told, peer)
