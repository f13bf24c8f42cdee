# SPDX-License-Identifier: Apache-2.0
"""ice.py CASE GOSSIPPER: two gossippers whose audio takes the way that ICE finds."""
import json
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))
from answers import ok  # noqa: E402
from sockets import bound, free_port, free_ports  # noqa: E402

LIMIT_S = 60
PLAY = '<nop><action><exec rtp_stream="apattern,3,0"/></action></nop>'
HEARD = '<nop><action><rtpcheck direction="in" min_packets="{}" max_loss="0" codec="PCMU" timeout="10000"/></action></nop>'
ACTIONS = PLAY + HEARD.format(25), PLAY + HEARD.format(10)
CONNECTED = '<nop><action><exec rtpcheck="min_packets=10 direction=in timeout_ms=10000"/></action></nop>'
CHECK = re.compile(r"<nop><action><rtpcheck.*?</nop>")
SIDES = ("client", "server")


def same(text):
    return text


class Ended:
    def __init__(self, name, code, output):
        summary = json.loads(pathlib.Path(f"{name}.json").read_text(encoding="utf-8"))
        self.code, self.output, self.summary, self.counts = code, output, summary, summary["statistics"]
        self.failures = [failure.get("why", failure["reason"]) for failure in summary.get("failures", [])]

    def __str__(self):
        of = self.counts
        return (f"code {self.code} completed {of['IceCompleted']} relayed {of['IceRelayed']} failed {of['IceFailed']} lost {of['IceConsentLost']} "
                f"heard {of['RtpPacketsReceived'] > 0}")


def command(gossipper, i, number, media, *options):
    """Of the i-th side."""
    return [gossipper, "sipp", "-sf", ("uac.xml", "uas.xml")[i], "-i", "127.0.0.1", "-m", str(number), "-nostdin", "-timeout", "40", "-media_late_limit", "100", "-min_rtp_port", str(media),
            "-max_rtp_port", str(media + 199), "-summary_json", f"{SIDES[i]}.json", *options]


def write_scenarios(client=same, server=same, actions=ACTIONS):
    """Who is called checks what was heard when the BYE has come, and answers it then: one that comes during a check would fail the call."""
    behind = "".join(CHECK.findall(actions[1]))
    for name, change, action in ("uac", client, actions[0]), ("uas", server, CHECK.sub("", actions[1])):
        text = (HERE / f"{name}.xml").read_text(encoding="utf-8").replace("@ACTION@", action).replace("@CHECK@", behind)
        pathlib.Path(f"{name}.xml").write_text(change(text).replace("@SESSION@", ""), encoding="utf-8")


def call_alone(gossipper, *options):
    """To where nobody is."""
    calling = subprocess.run([*command(gossipper, 0, 1, free_ports(200), *options), f"127.0.0.1:{free_port()}"], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False)
    return Ended("client", calling.returncode, calling.stdout)


def calls(gossipper, client=same, server=same, number=1, options=((), ()), actions=ACTIONS, media=None):
    """Two ends, each with a change of its scenario and options of its own."""
    write_scenarios(client, server, actions)
    port, media = free_port(), media or free_ports(400)
    answering = subprocess.Popen([*command(gossipper, 1, number, media + 200, *options[1]), "-p", str(port)], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
    try:
        calling = subprocess.run([*command(gossipper, 0, number, media, *options[0]), f"127.0.0.1:{port}"], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False)
        out, _ = answering.communicate(timeout=LIMIT_S)
    finally:
        answering.kill()
    return Ended("client", calling.returncode, calling.stdout), Ended("server", answering.returncode, out)


def case_host(gossipper):
    for side, end in zip(SIDES, calls(gossipper, number=10)):
        print("host:", side, end)


def video(text):
    return text.replace("    [ice_audio_candidates]\n", """    [ice_audio_candidates]
    m=video [rtpstream_video_port] RTP/AVP 99
    c=IN IP[ice_video_ip_type] [ice_video_ip]
    a=ice-ufrag:[ice_ufrag]
    a=ice-pwd:[ice_pwd]
    a=rtcp-mux
    [ice_video_candidates]
""").replace(PLAY, PLAY + PLAY.replace("apattern,3,0", "vpattern,4,99,H264/90000"))


def case_video(gossipper):
    heard = PLAY + HEARD.format(8).replace(' codec="PCMU"', ' media="video"')
    for side, end in zip(SIDES, calls(gossipper, video, video, actions=(heard, heard.replace("\"8\"", "\"4\"")))):
        print("video:", side, end)


def bundled(text):
    """Video goes over the port of audio; packets say by their mid which of them they are."""
    mid = "    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n"
    return text.replace("    t=0 0@SESSION@", "    t=0 0\n    a=group:BUNDLE a v").replace("    a=rtcp-mux\n", "    a=rtcp-mux\n    a=mid:a\n" + mid).replace(
        "    [ice_audio_candidates]\n", """    [ice_audio_candidates]
    m=video [rtpstream_audio_port] RTP/AVP 99
    a=mid:v
    a=rtcp-mux
""" + mid).replace(PLAY, PLAY + PLAY.replace("apattern,3,0", "vpattern,4,99,H264/90000"))


def case_bundle(gossipper):
    """With ICE, and without."""
    heard = PLAY + HEARD.format(8).replace(' codec="PCMU"', ' media="video"')
    for name, change in ("ice", bundled), ("plain", lambda text: plain(bundled(text))):
        for side, end in zip(SIDES, calls(gossipper, change, change, actions=(heard, heard.replace('"8"', '"4"')))):
            media = end.summary["media"]["streams"]
            print(f"bundle {name}:", side, end, "streams", end.counts["RtpStreamsReceived"], "SSRCs that changed", media["ssrc_changes"], "lost", media["packets_lost"])


def with_dtls(text):
    """SRTP, whose keys come by DTLS over the pair that ICE finds."""
    return text.replace("    a=rtcp-mux\n", "    a=rtcp-mux\n    a=setup:[setup]\n    a=fingerprint:[fingerprint]\n").replace("RTP/AVP", "UDP/TLS/RTP/SAVP")


def case_dtls(gossipper):
    """Audio; then video too, over the same port and with the same handshake."""
    heard = PLAY + HEARD.format(8).replace(' codec="PCMU"', ' media="video"')
    both = heard, heard.replace('"8"', '"4"')
    for name, change, actions in ("audio", with_dtls, ACTIONS), ("bundle", lambda text: with_dtls(bundled(text)), both):
        for side, end in zip(SIDES, calls(gossipper, change, change, actions=actions)):
            print(f"dtls {name}:", side, end, "handshakes", end.counts["DtlsHandshakes"], "errors", end.counts["SrtpErrors"] + end.counts["DtlsFailures"])


def lite(text):
    return text.replace("@SESSION@", "\n    a=ice-lite")


def case_lite(gossipper):
    for name, client, server in ("server", same, lite), ("client", lite, same):
        for side, end in zip(SIDES, calls(gossipper, client, server)):
            print(f"lite {name}:", side, end)


def case_password(gossipper):
    """The password in SDP is not the one that the other side has."""
    wrong = lambda text: text.replace("[ice_pwd]", "thisisnotthepassword0000")  # noqa: E731
    for side, end in zip(SIDES, calls(gossipper, server=wrong, actions=(PLAY + HEARD.format(1).replace("10000", "30000"), PLAY))):
        print("password:", side, end, end.failures)


def plain(text):
    """Without ICE."""
    lines = [line for line in text.splitlines() if "ice-" not in line and "ice_audio_candidates" not in line]
    return "\n".join(lines).replace("ice_audio_ip", "media_ip")


def case_plain(gossipper):
    for name, client, server in ("server", same, plain), ("client", plain, same):
        for side, end in zip(SIDES, calls(gossipper, client, server)):
            print(f"plain {name}:", side, end)


INFO = """<send><![CDATA[
    INFO sip:a@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: b <sip:b@[local_ip]>;tag=[pid]b[call_number]
    To:[$caller]
    Call-ID: [call_id]
    CSeq: 1 INFO
    Content-Type: application/trickle-ice-sdpfrag
    Content-Length: [len]

    a=ice-ufrag:[ice_ufrag]
    a=ice-pwd:[ice_pwd]
    m=audio 9 RTP/AVP 0
    [ice_audio_candidates]
    a=end-of-candidates

  ]]></send>
  <recv response="200"/>
  """


def late(text):
    """Lite, so it sends no check from which an address could be learnt; its candidates come in an INFO."""
    text = lite(text).replace("    [ice_audio_candidates]\n", "    a=ice-options:trickle\n")
    return text.replace('<recv request="INVITE"/>', """<recv request="INVITE"><action>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action></recv>""")


def case_trickle(gossipper):
    actions = '<recv request="INFO"/>' + ok() + ACTIONS[0], INFO + ACTIONS[1]
    for side, end in zip(SIDES, calls(gossipper, server=late, actions=actions)):
        print("trickle:", side, end)


def description(name):
    return re.search(r"    v=0.*?\[ice_audio_candidates]\n", (HERE / f"{name}.xml").read_text(encoding="utf-8"), re.S)[0]


def restart(asking, answering):
    """Actions of who restarts ICE by a re-INVITE, and of who answers, or refuses: media goes on, and nothing of it is lost."""
    again = f"""<nop><action><exec ice="restart"/></action></nop>
  <send retrans="500"><![CDATA[
    INVITE sip:x@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    @ENDS@
    Call-ID: [call_id]
    CSeq: 2 INVITE
    Contact: <sip:x@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

{description(asking)}
  ]]></send>
  <recv response="200"/>
  <send><![CDATA[
    ACK sip:x@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    @ENDS@
    Call-ID: [call_id]
    CSeq: 2 ACK
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  """
    answer = '<recv request="INVITE"/>' + ok("Contact: <sip:x@[local_ip]:[local_port]>", "Content-Type: application/sdp", body=description(answering)) + '<recv request="ACK"/>'
    refused = again.replace('<recv response="200"/>', '<recv response="488"/>') + '<nop><action><exec ice="rollback"/></action></nop>'
    refuse = '<recv request="INVITE" ignoresdp="true"/>' + ok().replace("200 OK", "488 Not Acceptable Here") + '<recv request="ACK"/>'
    return (again, answer), (refused, refuse)


def case_restart(gossipper):
    """By either side: with another user, and over a pair that was checked anew; or refused, and with the old ones."""
    ends = {"client": "From: a <sip:a@[local_ip]>;tag=[call_number]\n    To: b <sip:b@[remote_ip]>[peer_tag_param]",
            "server": "From: b <sip:b@[local_ip]>;tag=[pid]b[call_number]\n    To:[$caller]"}
    remember = lambda text: text.replace('<recv request="INVITE"/>', """<recv request="INVITE"><action>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action></recv>""", 1)  # noqa: E731
    kinds = [(name, what, pair) for name, files in (("client", ("uac", "uas")), ("server", ("uas", "uac")))
             for what, pair in zip(("answered", "refused"), restart(*files))]
    for name, what, (again, answer) in kinds:
        again = again.replace("@ENDS@", ends[name])
        client, server = (again, answer) if name == "client" else (answer, again)
        begin = {name: PLAY + CONNECTED}  # who answers waits for the re-INVITE
        heard = 330 if (name, what) == ("server", "refused") else 60  # who is controlled waits for a check of the other side, five seconds at most
        actions = begin.get("client", PLAY) + client + HEARD.format(heard), begin.get("server", PLAY) + server + HEARD.format(heard - 20)
        later = lambda text: text.replace("CSeq: 2 BYE", "CSeq: 3 BYE")  # noqa: E731
        trace = "-trace_msg", "-message_file", "messages"
        for side, end in zip(SIDES, calls(gossipper, later, remember if name == "server" else same, options=(trace, ()), actions=actions)):
            print(f"restart {name} {what}:", side, end, "restarts", end.counts["IceRestarts"], "warnings", end.counts["Warnings"], end.failures)
        users = re.findall(r"a=ice-ufrag:(\S+)", pathlib.Path("messages").read_text("utf-8"))
        print(f"restart {name} {what}: users", len(set(users)))


def case_restart_early(gossipper):
    """Of a call that has no ICE yet."""
    early = lambda text: text.replace('<send retrans="500">', '<nop><action><exec ice="restart"/></action></nop><send retrans="500">', 1)  # noqa: E731
    client, _ = calls(gossipper, early, options=(("-trace_err", "-error_file", "errors"), ()))
    print("restart early: code", client.code, "warnings", client.counts["Warnings"], re.findall("there is no ICE yet.*", pathlib.Path("errors").read_text("utf-8")))


def stun_server(answering, address):
    """Answers binding requests, as libnice sends them to servers (RFC 3489), with an address of its own mind."""
    while True:
        request, source = answering.recvfrom(2048)
        answering.sendto(struct.pack("!HH", 0x0101, 12) + request[4:20] + struct.pack("!HHBBH", 1, 8, 0, 1, address[1]) + socket.inet_aton(address[0]), source)


def case_srflx(gossipper):
    """What a STUN server says is a candidate too."""
    answering = bound(None)
    threading.Thread(target=stun_server, args=(answering, ("192.0.2.7", 4444)), daemon=True).start()
    stun = "-stun_server", f"127.0.0.1:{answering.getsockname()[1]}", "-trace_msg", "-message_file", "messages"
    for side, end in zip(SIDES, calls(gossipper, options=(stun, ()))):
        print("srflx:", side, end)
    print("srflx:", re.findall(r"a=candidate:\S+ 1 UDP \d+ (192.0.2.7 4444 typ srflx raddr 127.0.0.1) rport \d+\r?\n", pathlib.Path("messages").read_text("utf-8")))


if __name__ == "__main__":
    globals()["case_" + sys.argv[1]](*sys.argv[2:])
