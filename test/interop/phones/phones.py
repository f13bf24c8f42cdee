# SPDX-License-Identifier: Apache-2.0
"""Phones without sound devices, on loopback."""
import glob
import json
import os
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from processes import LIMIT_S, Peer, free_ports, opened, wait_for, write  # noqa: F401  pylint: disable=wrong-import-position


class Phone(Peer):
    """Answers by itself; is told to dial and to hang up. `port` and the one after it are free when its files are written."""

    def __init__(self, folder, encryption=None):
        """`encryption`: how its media is encrypted, in its own words; it has media then: plays tone.wav, and keeps what it hears."""
        self.folder, self.encryption, self.port, self.control_port = folder, encryption, free_ports(2), free_ports()
        super().__init__(folder, self.prepare(), env={**os.environ, "HOME": folder}, stdin=subprocess.PIPE, text=True)


class Baresip(Phone):
    program = "baresip"
    modules = next(filter(os.path.isdir, ("/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules")), "")

    def prepare(self):  # TLS takes the port after that of SIP
        media = (f"audio_source aufile,{self.folder}/tone.wav\naudio_player aubridge,none\nsnd_path {self.folder}\nrtp_ports {free_ports(40)}-65000\n"
                 "module aufile.so\nmodule aubridge.so\nmodule sndfile.so\nmodule srtp.so\nmodule dtls_srtp.so\n") if self.encryption else ""
        write(self.folder, "config", f"sip_listen 127.0.0.1:{self.port}\nctrl_tcp_listen 127.0.0.1:{self.control_port}\nmodule_path {self.modules}\n"
              f"module g711.so\nmodule ctrl_tcp.so\nmodule_app account.so\nmodule_app menu.so\n{media}")
        encrypted = f";mediaenc={self.encryption};audio_codecs=pcmu" if self.encryption else ""
        write(self.folder, "accounts", f"<sip:phone@127.0.0.1:{self.port}>;regint=0;answermode=auto{encrypted}\n")
        write(self.folder, "contacts", "")
        return ["baresip", "-4", "-f", self.folder]

    def ready(self):
        return super().ready() and opened(self.control_port, ["tcp"])

    def tell(self, **command):
        text = json.dumps(command)
        with socket.create_connection(("127.0.0.1", self.control_port), LIMIT_S) as control:
            control.sendall(f"{len(text)}:{text},".encode())
            control.recv(1)  # it has been read

    def dial(self, uri):
        self.tell(command="dial", params=uri)

    def hang_up(self):
        self.tell(command="hangup")

    def recordings(self):
        return glob.glob(os.path.join(self.folder, "dump-*dec.wav"))


class Linphone(Phone):
    program = "linphonec"

    def prepare(self):
        os.makedirs(os.path.join(self.folder, ".local/share/linphone"))
        write(self.folder, "linphonerc", f"[sip]\nsip_port={self.port}\nsip_tcp_port=0\nsip_tls_port=0\nguess_hostname=0\n"
              "contact=sip:phone@127.0.0.1\n" + (f"media_encryption={self.encryption}\nuse_ipv6=0\nipv6_migration_done=1\n[rtp]\naudio_rtp_port={free_ports(2)}\n" if self.encryption else ""))
        return ["linphonec", "-a", "-c", os.path.join(self.folder, "linphonerc")]

    def __enter__(self):
        super().__enter__()
        if self.encryption:
            for command in ("soundcard use files", f"play {self.folder}/tone.wav", f"record {self.folder}/heard.wav"):
                self.tell(command)
        return self

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def dial(self, uri):
        self.tell(f"call {uri}")

    def hang_up(self):
        self.tell("terminate")

    def recordings(self):
        return glob.glob(os.path.join(self.folder, "heard.wav"))
