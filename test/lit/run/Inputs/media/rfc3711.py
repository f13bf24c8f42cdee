# SPDX-License-Identifier: Apache-2.0
"""SRTP with AES-CM-128 and HMAC-SHA1, from RFC 3711 and FIPS 197 alone: a second opinion for tests. Sequence numbers that have not gone over yet."""
import base64
import hashlib
import hmac
import struct


def make_sbox():
    table, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1 & 0xff) ^ (0x1b if p & 0x80 else 0)
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xff
        if q & 0x80:
            q ^= 0x09
        x = q
        for i in range(1, 5):
            x ^= (q << i | q >> (8 - i)) & 0xff
        table[p] = x ^ 0x63
        if p == 1:
            table[0] = 0x63
            return table


SBOX = make_sbox()


def double(x):
    return (x << 1 & 0xff) ^ (0x1b if x & 0x80 else 0)


class Aes128:
    def __init__(self, key):
        words, rcon = [list(key[i:i + 4]) for i in range(0, 16, 4)], 1
        while len(words) < 44:
            word = list(words[-1])
            if len(words) % 4 == 0:
                word = [SBOX[b] for b in word[1:] + word[:1]]
                word[0] ^= rcon
                rcon = double(rcon)
            words.append([a ^ b for a, b in zip(word, words[-4])])
        self.rounds = [sum(words[i:i + 4], []) for i in range(0, 44, 4)]

    def block(self, data):
        state = [a ^ b for a, b in zip(data, self.rounds[0])]
        for n, keys in enumerate(self.rounds[1:], 1):
            state = [SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
            if n < 10:
                mixed = []
                for c in range(0, 16, 4):
                    a = state[c:c + 4]
                    mixed += [double(a[i]) ^ double(a[(i + 1) % 4]) ^ a[(i + 1) % 4] ^ a[(i + 2) % 4] ^ a[(i + 3) % 4] for i in range(4)]
                state = mixed
            state = [a ^ b for a, b in zip(state, keys)]
        return bytes(state)


def key_stream(key, start, size):
    """4.1.1: the counter begins with `start`, a number of 128 bits whose last 16 are 0."""
    aes, out = Aes128(key), b""
    while len(out) < size:
        out += aes.block((start + len(out) // 16).to_bytes(16, "big"))
    return out[:size]


class Session:
    """One direction. `tag`: its bytes."""

    def __init__(self, key_and_salt, tag):
        raw = base64.b64decode(key_and_salt)
        key, salt = raw[:16], int.from_bytes(raw[16:30], "big")
        self.tag = tag
        self.key, self.auth, self.salt = (key_stream(key, (salt ^ label << 48) << 16, size) for label, size in ((0, 16), (1, 20), (2, 14)))

    def apply(self, packet):
        ssrc, index = struct.unpack("!I", packet[8:12])[0], struct.unpack("!H", packet[2:4])[0]
        start = int.from_bytes(self.salt, "big") << 16 ^ ssrc << 64 ^ index << 16
        return packet[:12] + bytes(a ^ b for a, b in zip(packet[12:], key_stream(self.key, start, len(packet) - 12)))

    def tag_of(self, packet):
        return hmac.new(self.auth, packet + bytes(4), hashlib.sha1).digest()[:self.tag]

    def seal(self, packet):
        sealed = self.apply(packet)
        return sealed + self.tag_of(sealed)

    def open(self, packet):
        """None: forged."""
        sealed, tag = packet[:-self.tag], packet[-self.tag:]
        return self.apply(sealed) if tag == self.tag_of(sealed) else None


def check_vectors():
    """RFC 3711 B.2, B.3."""
    key, salt = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"), int("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000", 16)
    assert key_stream(key, salt, 16).hex().upper() == "E03EAD0935C95E80E166B16DD92B4EB4"
    master = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6")
    session = Session(base64.b64encode(master), 10)
    assert session.key.hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert session.salt.hex().upper() == "30CBBC08863D8C85D49DB34A9AE1"
    assert session.auth.hex().upper() == "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"
