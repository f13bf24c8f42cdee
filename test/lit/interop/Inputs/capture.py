# SPDX-License-Identifier: Apache-2.0
"""capture.py FILE PORT COMMAND… -- runs the command while the UDP traffic of the port is captured on loopback. A last message, an OPTIONS from here,
tells when the capture has seen everything. Exits with the command's code."""
import socket
import subprocess
import sys
import threading

path, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
END = (f"OPTIONS sip:end@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-end\r\nFrom: <sip:capture@127.0.0.1>;tag=1\r\n"
       "To: <sip:end@127.0.0.1>\r\nCall-ID: end-of-capture\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()
capture = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", f"udp port {port}", "-B", "64", "-a", "duration:60", "-w", "-"],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
seen = threading.Event()
data = bytearray()


def read():
    while chunk := capture.stdout.read1(65536):
        data.extend(chunk)
        if END in data[-2 * 65536:]:
            seen.set()


def mark():  # until the capture shows it
    seen.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while not seen.wait(0.05) and capture.poll() is None:
            sender.sendto(END, ("127.0.0.1", port))


threading.Thread(target=read, daemon=True).start()
mark()  # the capture has begun
code = subprocess.run(command, check=False).returncode
mark()
capture.terminate()
capture.wait(timeout=30)
with open(path, "wb") as file:
    file.write(data)
sys.exit(code)
