# SPDX-License-Identifier: Apache-2.0
"""Scenarios in a line: words that become the elements of a SIPp scenario, with plain messages.

>INVITE >200      sends that request, or that response to the last message
<200 <BYE <100?   receives; `?`: optionally
pause:60 timewait:100
@name             a label; (ACTION…) a nop with these actions; {XML} anything else, `~` in both being a blank

Attributes follow as `:name=value`. `-2` behind an ACK or CANCEL: it has the branch of the element that many before it.
As a program: prints the scenario of its argument."""
import re
import sys

WORD = re.compile(r"\{(?P<xml>[^}]*)\}|\((?P<actions>[^)]*)\)|@(?P<label>\S+)|(?P<way>[<>])?(?P<what>\w+)(?P<optional>\?)?(?P<back>-\d+)?(?P<attributes>(?::\S+)?)")

REQUEST = """{what} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{back}]
From: <sip:program@[local_ip]:[local_port]>;tag=[pid]Program[call_number]
To: <sip:peer@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: [cseq] {what}
Contact: <sip:program@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

"""
RESPONSE = """SIP/2.0 {what} Reason
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:program@[local_ip]:[local_port]>
Content-Length: 0

"""
TAG = ";tag=[pid]Program[call_number]"


def element(word, tagged):
    """`tagged`: the dialog has its tags."""
    if word["xml"] is not None:
        return word["xml"].replace("~", " ")
    if word["actions"] is not None:
        return f"<nop><action>{word['actions'].replace('~', ' ')}</action></nop>"
    if word["label"]:
        return f'<label id="{word["label"]}"/>'
    what, given = word["what"], word["attributes"].split(":")[1:]
    if not word["way"]:
        return f"<{what}" + "".join(f' milliseconds="{ms}"' for ms in given) + "/>"
    attributes = "".join(' {}="{}"'.format(*a.partition("=")[::2]) for a in given)
    if word["way"] == "<":
        optional = ' optional="true"' if word["optional"] else ""
        return f'<recv {"response" if what.isdecimal() else "request"}="{what}"{optional}{attributes}/>'
    text = RESPONSE.format(what=what, tag="" if tagged or what == "100" else TAG) if what.isdecimal() else REQUEST.format(what=what, back=word["back"] or "")
    return f"<send{attributes}><![CDATA[\n{text}]]></send>"


def scenario(steps):
    lines, tagged = ['<?xml version="1.0"?>', '<scenario name="failure">'], False
    for word in WORD.finditer(steps):
        lines.append(element(word, tagged))
        tagged = tagged or (word["way"] == "<" and word["what"] == "ACK")
    return "\n".join([*lines, "</scenario>", ""])


if __name__ == "__main__":
    print(scenario(sys.argv[1]), end="")
