# SPDX-License-Identifier: Apache-2.0
"""Speaks the Language Server Protocol to `gossipper lsp`: session.py GOSSIPPER SCENARIOS."""
import json
import pathlib
import subprocess
import sys

GOSSIPPER, SCENARIOS = sys.argv[1], pathlib.Path(sys.argv[2])


class Client:
    def __init__(self, *options):
        self.process = subprocess.Popen([GOSSIPPER, "lsp", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last_id = 0
        self.diagnostics = {}

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def receive(self):
        length = 0
        while (line := self.process.stdout.readline().strip()):
            name, value = line.split(b":")
            assert name == b"Content-Length", line
            length = int(value)
        assert length, "the server has gone"
        return json.loads(self.process.stdout.read(length))

    def answer(self, message_id):
        """Of a request; what is published before it is kept."""
        while "id" not in (message := self.receive()):
            assert message["method"] == "textDocument/publishDiagnostics", message
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        assert message["id"] == message_id, message
        return message

    def request(self, method, **params):
        self.last_id += 1
        self.send(id=self.last_id, method=method, params=params)
        return self.answer(self.last_id)

    def result(self, method, **params):
        answer = self.request(method, **params)
        assert "error" not in answer, answer
        return answer["result"]

    def notify(self, method, **params):
        self.send(method=method, params=params)

    def at(self, method, uri, line, character):
        return self.result("textDocument/" + method, textDocument={"uri": uri}, position={"line": line, "character": character})

    def end(self):
        self.notify("exit")
        self.process.stdin.close()
        return self.process.wait(timeout=60)


def place(text, needle, into=0):
    """Line and character of `needle`, as the protocol counts."""
    before = text[: text.index(needle) + into]
    last = before.rsplit("\n", 1)[-1]
    return before.count("\n"), len(last.encode("utf-16-le")) // 2


client = Client("-key", "colour", "red")
result = client.result("initialize", processId=None, rootUri=None, capabilities={})
assert result["serverInfo"]["name"] == "gossipper" and result["capabilities"]["hoverProvider"], result
client.notify("initialized")

# A scenario of our own is free of mistakes; typing breaks it, and everything still works.
uri = "file:///uac.xml"
text = (SCENARIOS / "uac.xml").read_text(encoding="utf-8")
client.notify("textDocument/didOpen", textDocument={"uri": uri, "languageId": "xml", "version": 1, "text": text})
names = [s["name"] for s in client.result("textDocument/documentSymbol", textDocument={"uri": uri})]
assert names[:3] == ["send INVITE", "recv 100", "recv 180"] and names[-1].startswith("CallLengthRepartition 10"), names
assert client.diagnostics == {uri: []}, client.diagnostics
assert client.result("textDocument/formatting", textDocument={"uri": uri}, options={"tabSize": 8, "insertSpaces": False}) == []

broken = text.replace('<recv response="180" optional="true"/>', '<!-- \U0001f600 --> <recv response="180" optional="').replace("[pid]", "[pdi]", 1)
client.notify("textDocument/didChange", textDocument={"uri": uri, "version": 2}, contentChanges=[{"text": broken}])
items = client.at("completion", uri, *place(broken, 'optional="\n', 10))
assert [i["label"] for i in items] == ["true", "false", "global"], items
assert client.diagnostics[uri], "a broken document has a diagnostic"
assert "branch" in client.at("hover", uri, *place(broken, "[branch]", 3))["contents"]["value"]

wrong = text.replace("[pid]", "\U0001f600[pdi]", 1).replace("[call_id]", "[colour]", 1)
client.notify("textDocument/didChange", textDocument={"uri": uri, "version": 3}, contentChanges=[{"text": wrong}])
items = client.at("completion", uri, *place(wrong, "[pdi]", 1))
assert {"pid", "colour", "last_"} <= {i["label"] for i in items}, items
[diagnostic] = client.diagnostics[uri]
line, character = place(wrong, "[pdi]")
assert diagnostic["range"] == {"start": {"line": line, "character": character}, "end": {"line": line, "character": character + 5}}, diagnostic
assert (diagnostic["code"], diagnostic["severity"]) == ("unknown-keyword", 1), diagnostic

# What is no message, and what asks for nothing we have.
client.raw(b"Content-Type: nothing\r\n\r\n")
assert client.answer(None)["error"]["code"] == -32700
client.raw(b"Content-Length: 7\r\n\r\n{\"id\":1")
assert client.answer(None)["error"]["code"] == -32700
client.raw(b"Content-Length: 2\r\n\r\n[]")
assert client.answer(None)["error"]["code"] == -32600
assert client.request("textDocument/rename")["error"]["code"] == -32601
assert client.request("textDocument/hover", textDocument={"uri": "file:///other.xml"})["error"]["code"] == -32602

client.notify("textDocument/didClose", textDocument={"uri": uri})
assert client.result("shutdown") is None
assert client.diagnostics[uri] == []
assert client.end() == 0

assert Client().end() == 1  # exit without shutdown
