# SPDX-License-Identifier: Apache-2.0
"""Reads as much of a SIPp scenario as is needed to make its counterpart: steps, attributes, texts, actions. Not an XML parser: it
takes what SIPp takes, in the order in which it stands, and looks at nothing else."""
import dataclasses
import html
import re

STEPS = ("send", "recv", "pause", "timewait", "nop", "sendCmd", "recvCmd")

TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<[?!][^>]*>|<(?P<close>/)?(?P<name>[A-Za-z][\w:.-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^>\"'])*)>", re.S)
ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.S)


@dataclasses.dataclass
class Element:
    name: str
    attributes: dict
    text: str = ""
    actions: list = dataclasses.field(default_factory=list)

    def get(self, name, default=None):
        return self.attributes.get(name, default)

    def is_true(self, name):
        return self.get(name, "").lower() == "true"


@dataclasses.dataclass
class Scenario:
    source: str
    steps: list
    labels: dict  # id -> index of the step behind it

    def has_commands(self):
        return any(s.name in ("sendCmd", "recvCmd") for s in self.steps)

    def listens_for_twin(self):
        """3PCC: whether its first command is one that comes."""
        return next((s.name == "recvCmd" for s in self.steps if s.name in ("sendCmd", "recvCmd")), False)

    def pauses_ms(self):
        return sum(duration_ms(s) for s in self.steps)


def duration_ms(step):
    if step.name not in ("pause", "timewait"):
        return 0
    for name in ("milliseconds", "max", "value", "mean"):
        try:
            return int(float(step.get(name, "")))
        except ValueError:
            pass
    return 0


def cdata_text(text):
    """The lines of a message without their indentation, empty line at the end of the header."""
    return re.sub(r"[ \t]*\n[ \t]*", "\n", text.replace("\r", "").strip(" \t\n")) + "\n"


def read(path):
    with open(path, encoding="latin-1", newline="") as file:
        source = file.read()
    steps, labels, open_step, in_action = [], {}, None, False
    for token in TOKEN.finditer(source):
        name = token["name"]
        if token["cdata"] is not None:
            if open_step and not in_action and not open_step.text:
                open_step.text = cdata_text(token["cdata"])
        elif name is None:
            continue
        elif token["close"]:
            open_step = None if name in STEPS else open_step
            in_action = in_action and name != "action"
        else:
            attributes = {}
            for key, double, single in ATTRIBUTE.findall(token["attributes"]):
                attributes.setdefault(key, html.unescape(double or single))
            element = Element(name, attributes)
            closed = token["attributes"].rstrip().endswith("/")
            if name in STEPS and not in_action:
                steps.append(element)
                open_step = None if closed else element
            elif name == "label":
                labels[attributes.get("id")] = len(steps)
            elif name == "action":
                in_action = not closed
            elif in_action and open_step:
                open_step.actions.append(element)
    return Scenario(source, steps, labels)
