# SPDX-License-Identifier: Apache-2.0
"""Scenarios that bench.py makes: long ones, one that waits for nothing, and such that play RTP."""
from answers import ok_with_sdp


def message(start_line, cseq, more="", body=""):
    return f"""<![CDATA[
{start_line} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: caller <sip:caller@[local_ip]:[local_port]>;tag=[pid]-caller-[call_number]
To: [service] <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {cseq} {start_line}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Subject: dialog {cseq}
{more}Content-Length: [len]

{body}]]>"""


SDP = """v=0
o=caller 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""


def long_scenario(actions):
    """286 dialogs, one after the other, in one call; `actions` of each run on its 200."""
    dialogs = []
    for i in range(1, 287):
        dialogs.append(f"""<send retrans="500">{message("INVITE", 2 * i - 1, "Content-Type: application/sdp" + chr(10), SDP)}</send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rtd="true">{actions.format(i=i, group=i % 20)}</recv>
<send>{message("ACK", 2 * i - 1)}</send>
<send retrans="500">{message("BYE", 2 * i)}</send>
<recv response="200"/>
""")
    return "<scenario name='long'>\n" + "".join(dialogs) + "</scenario>\n"


def sized_scenario(size):
    """A basic call whose INVITE has about that many bytes: a body with so many lines more."""
    about = len(message("INVITE", 1, "Content-Type: application/sdp" + chr(10), SDP)) + 100  # keywords grow
    row = "a=fmtp:0 " + "x" * 40 + chr(10)
    body = SDP + row * max(0, round((size - about) / (len(row) + 1)))
    return f"""<scenario name="sized">
<send retrans="500">{message("INVITE", 1, "Content-Type: application/sdp" + chr(10), body)}</send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rtd="true"/>
<send>{message("ACK", 1)}</send>
<pause/>
<send retrans="500">{message("BYE", 2)}</send>
<recv response="200"/>
</scenario>
"""


ACTIONS = """<action>
<ereg regexp="sip:([^;>]*)" search_in="hdr" header="Contact:" assign_to="whole{group},host{group}"/>
<assignstr assign_to="text{group}" value="[$whole{group}] [$host{group}] {i}"/>
<test assign_to="same" variable="number" compare="equal" value="{i}"/>
<assign assign_to="number" value="{i}"/>
<log message="[$text{group}] [$same]"/>
</action>"""


UNANSWERED = f"""<scenario name="unanswered">
<send>{message("INVITE", 1)}</send>
<send>{message("BYE", 2)}</send>
</scenario>
"""
KEYS = "a=crypto:[cryptotag1audio] [cryptosuiteaescm128sha1801audio] inline:[cryptokeyparams1audio]\n"


def two_way_scenarios(secure):
    """Caller and called side of a call in which both play a tone without end; with SRTP or without."""
    sdp = SDP.replace("[media_port]", "[rtpstream_audio_port]")
    if secure:
        sdp = sdp.replace("RTP/AVP", "RTP/SAVP") + KEYS
    play = '<nop><action><exec rtp_stream="synthetic"/></action></nop><pause milliseconds="600000"/>'
    caller = f"""<send retrans="500">{message("INVITE", 1, "Content-Type: application/sdp" + chr(10), sdp)}</send><recv response="200"/><send>{message("ACK", 1)}</send>"""
    called = f"""<recv request="INVITE"/>{ok_with_sdp(sdp)}<recv request="ACK"/>"""
    return [f"<scenario>{side}{play}</scenario>" for side in (caller, called)]


def stream_scenario(tone):
    """A call that plays the file `tone`, G.711, without end."""
    sdp = SDP.replace("[media_port]", "[rtpstream_audio_port]")
    return f"""<?xml version="1.0"?>
<scenario name="stream">
<send retrans="500">{message("INVITE", 1, "Content-Type: application/sdp" + chr(10), sdp)}</send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200"/>
<send>{message("ACK", 1)}</send>
<nop><action><exec rtp_stream="{tone},-1,0,PCMU/8000"/></action></nop>
<pause milliseconds="600000"/>
</scenario>
"""
