// SPDX-License-Identifier: Apache-2.0
// The language server without its stream; test/lit/lsp has it with one.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "driver/lsp/completion.h"
#include "driver/lsp/framing.h"
#include "driver/lsp/names.h"
#include "driver/lsp/navigation.h"
#include "driver/lsp/server.h"

namespace gsp::driver::lsp {
namespace {

// A document with the place that `|` marks.
struct Marked {
    explicit Marked(std::string text)
        : offset(static_cast<uint32_t>(text.find('|'))), document("t.xml", text.erase(offset, 1)) {}
    uint32_t offset;
    Document document;
};

std::string place(const Document& document, uint32_t offset) {
    const Position p = document.position(offset);
    return std::to_string(p.line) + ':' + std::to_string(p.character);
}

TEST(LspDocument, PositionsAreUtf16) {
    const Document document("t.xml", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z\r\n\xff!\rx\n");
    const struct {
        uint32_t offset;
        const char* position;
    } rows[] = {{0, "0:0"},  {1, "0:1"},  {3, "0:2"},  {6, "0:3"},  {10, "0:5"},
                {11, "0:6"}, {13, "1:0"}, {14, "1:1"}, {16, "2:0"}, {18, "3:0"}};
    for (const auto& row : rows) {
        EXPECT_EQ(place(document, row.offset), row.position);
        EXPECT_EQ(document.offset(document.position(row.offset)), row.offset);
    }
    EXPECT_EQ(document.offset({0, 99}), 11u);  // the end of the line
    EXPECT_EQ(document.offset({99, 0}), 18u);
    EXPECT_EQ(Document("t.xml", "").offset({0, 5}), 0u);
    EXPECT_EQ(valid_utf8("a\xff\xc3\xa9\xe2\x82"), "a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd");
}

// The labels, and what is replaced in brackets: "recv response= [re]".
std::string completed(const std::string& text, size_t most = 4) {
    const Marked marked(text);
    const Completions found = complete(marked.document, marked.offset, {"own"});
    std::string out;
    for (const Completion& c : found.items) {
        if (most-- == 0) break;
        out += c.label + ' ';
    }
    return out + '[' + std::string(marked.document.text(found.range)) + ']';
}

bool offers(const std::string& text, std::string_view label) {
    const Marked marked(text);
    const Completions found = complete(marked.document, marked.offset, {"own"});
    return std::any_of(found.items.begin(), found.items.end(), [&](const Completion& c) { return c.label == label; });
}

TEST(LspCompletion, Elements) {
    EXPECT_EQ(completed("<|", 2), "scenario send []");  // a file to be included may begin with anything
    EXPECT_EQ(completed("<scenario>\n  <re|", 2), "send recv [re]");
    EXPECT_TRUE(offers("<scenario><|\n<recv response=\"200\"/></scenario>", "timewait"));
    EXPECT_FALSE(offers("<scenario><|", "log"));
    EXPECT_EQ(completed("<scenario><recv><|"), "action xi:include []");
    EXPECT_EQ(completed("<scenario><send><a|"), "action ![CDATA[ xi:include [a]");
    EXPECT_TRUE(offers("<scenario><nop><action><l|", "log"));
    EXPECT_FALSE(offers("<scenario><nop><action><l|", "recv"));
    EXPECT_EQ(completed("<scenario><nop><action></|"), "action []");
    EXPECT_EQ(completed("<scenario><nop></n|"), "nop [n]");
    EXPECT_EQ(completed("<scenario><init><|"), "nop label xi:include []");
    EXPECT_EQ(completed("<scenario><template><|"), "![CDATA[ []");
    EXPECT_EQ(completed("<scenario>|"), "[]");
    EXPECT_EQ(completed("<scenario><!-- <|"), "[]");
    EXPECT_EQ(completed("<other><|"), "[]");
}

TEST(LspCompletion, Attributes) {
    EXPECT_TRUE(offers("<scenario><recv |/>", "response"));
    EXPECT_FALSE(offers("<scenario><recv response=\"1\" |/>", "response"));
    EXPECT_FALSE(offers("<scenario><recv | response=\"1\"/>", "response"));
    EXPECT_TRUE(offers("<scenario><recv response|=\"1\"/>", "response"));
    EXPECT_FALSE(offers("<scenario><recv |", "retrans"));
    EXPECT_TRUE(offers("<scenario><nop><action><ereg |", "regexp"));
    EXPECT_EQ(completed("<scenario><label |"), "id []");
    EXPECT_EQ(completed("<scenario><label id=|"), "[]");
    EXPECT_EQ(completed("<scenario><label id=\"1\"|"), "[]");
    EXPECT_EQ(completed("<scenario><unknown |"), "[]");
    const Marked marked("<scenario><label i|");
    EXPECT_EQ(complete(marked.document, marked.offset, {}).items.at(0).insert, "id=\"$1\"");
}

TEST(LspCompletion, Values) {
    EXPECT_EQ(completed("<scenario><recv optional=\"t|"), "true false global [t]");
    EXPECT_EQ(completed("<scenario><recv rrs='|' /></scenario>"), "true false []");
    const std::string names =
        "<label id=\"one\"/><nop next=\"one\" rtd=\"t1\" counter=\"c\"/><nop><action><assign assign_to=\"x\" "
        "value=\"1\"/><log "
        "message=\"[$y]\"/></action></nop>";
    EXPECT_EQ(completed("<scenario>" + names + "<nop next=\"|\"/><label id=\"two\"/>"), "one two []");
    EXPECT_EQ(completed("<scenario>" + names + "<nop rtd=\"|"), "t1 []");
    EXPECT_EQ(completed("<scenario>" + names + "<nop counter=\"|"), "c []");
    EXPECT_EQ(completed("<scenario>" + names + "<nop test=\"|"), "x y []");
    EXPECT_EQ(completed("<scenario>" + names + "<Global variables=\"y,z|\""), "x y [z]");
    EXPECT_EQ(completed("<scenario>" + names + "<recv request=\"|"), "[]");
}

TEST(LspCompletion, Keywords) {
    const std::string send = "<scenario><send><![CDATA[\nINVITE sip:[$callee] SIP/2.0\n";
    EXPECT_TRUE(offers(send + "Via: [br|", "branch"));
    EXPECT_TRUE(offers(send + "Via: [|]\n]]></send></scenario>", "own"));
    EXPECT_TRUE(offers(send + "To: [$|", "$callee"));
    EXPECT_EQ(completed(send + "To: [$ca|", 0), "[$ca]");
    EXPECT_EQ(completed(send + "To: [call_id] |"), "[]");
    EXPECT_EQ(completed(send + "To: [a\n|"), "[]");
    EXPECT_EQ(completed(send + "[fill |"), "text variable []");
    EXPECT_EQ(completed(send + "[fill text=\"x\" v|"), "text variable [v]");
    EXPECT_EQ(completed(send + "[fill variable=|"), "callee []");
    EXPECT_EQ(completed("<scenario><template name=\"sdp\"/><send><![CDATA[ [template name=\"s|"), "sdp [s]");
    EXPECT_TRUE(offers(send + "[crypto|", "cryptotag1audio"));
    EXPECT_TRUE(offers(send + "[te|", "template"));
    EXPECT_TRUE(offers("<scenario><nop><action><log message=\"[l|", "len"));
    EXPECT_EQ(completed("<scenario><nop><action><log message=\"[len] |"), "[]");
}

// The first line and the range.
std::string hovered(const std::string& text) {
    const Marked marked(text);
    const std::optional<Hover> found = hover(marked.document, marked.offset);
    if (!found) return "-";
    return found->markdown.substr(0, found->markdown.find('\n')) + ' ' +
           std::string(marked.document.text(found->range));
}

TEST(LspHover, Words) {
    EXPECT_EQ(hovered("<scenario><re|cv response=\"200\"/>"), "`<recv>` recv");
    EXPECT_EQ(hovered("<scenario><recv resp|onse=\"200\"/>"), "`response=\"text\"` response");
    EXPECT_EQ(hovered("<scenario><recv><action><log mess|age=\"x\"/>"), "`message=\"text\"`, required message");
    EXPECT_EQ(hovered("<scenario><recv><ac|tion>"), "`<action>` action");
    EXPECT_EQ(hovered("<scenario><recv><action><lo|g message=\"x\"/>"), "`<log>` log");
    EXPECT_EQ(hovered("<scenario><recv><action><log message=\"a [l|en] b\"/>"), "`[len+n]` [len]");
    EXPECT_EQ(hovered("<scenario><recv><action><log message=\"a| [len] b\"/>"), "-");
    const std::string send = "<scenario><send><![CDATA[\nINVITE ";
    EXPECT_EQ(hovered(send + "[bran|ch-2] "), "`[branch+n]` [branch-2]");
    EXPECT_EQ(hovered(send + "[last_V|ia:]\n"), "`[last_\u2026]` [last_Via:]");
    EXPECT_EQ(hovered(send + "[fill text=\"[$|x]\" variable=y]\n"), "`[$\u2026]` [$x]");
    EXPECT_EQ(hovered(send + "[fi|ll text=\"[$x]\" variable=y]\n"),
              "`[fill name=value]` [fill text=\"[$x]\" variable=y]");
    EXPECT_EQ(hovered(send + "[fie|ld0 file=x]\n"), "`[fieldn name=value]` [field0 file=x]");
    EXPECT_EQ(hovered(send + "[templ|ate name=x]\n"), "`[template name=value]` [template name=x]");
    EXPECT_EQ(hovered("<scenario><xi:inc|lude href=\"x\"/>"), "`<xi:include>` xi:include");
    EXPECT_EQ(hovered("<scenario><xi:include hr|ef=\"x\"/>").substr(0, 4), "Path");
    EXPECT_EQ(hovered(send + "[unkn|own]\n"), "-");
    EXPECT_EQ(hovered("<unk|nown/>"), "-");
    EXPECT_EQ(hovered("<scenario>|\n</scenario>"), "-");
    const Marked marked("<scenario><send><![CDATA[ [fi|ll] ]]>");
    EXPECT_NE(hover(marked.document, marked.offset)->markdown.find("\n- `variable`: "), std::string::npos);
}

std::string defined(const std::string& text) {
    const Marked marked(text);
    const std::optional<Definition> found = definition(marked.document, marked.offset);
    if (!found) return "-";
    if (!found->path.empty()) return found->path;
    return std::string(marked.document.text(found->range)) + " @" + place(marked.document, found->range.begin);
}

TEST(LspDefinition, LabelsAndVariables) {
    EXPECT_EQ(defined("<scenario>\n<nop next=\"a|b\"/>\n<label id=\"ab\"/>\n"), "ab @2:11");
    EXPECT_EQ(defined("<scenario>\n<nop next=\"a|b\"/>\n"), "-");
    const std::string ereg = "<scenario><nop><action>\n<ereg assign_to=\"a,bc\"/>\n";
    EXPECT_EQ(defined(ereg + "<log message=\"[$b|c]\"/>"), "bc @1:19");
    EXPECT_EQ(defined(ereg + "<strcmp variable2=\"b|c\"/>"), "bc @1:19");
    EXPECT_EQ(defined(ereg + "</action></nop><send><![CDATA[ [$|a"), "-");
    EXPECT_EQ(defined(ereg + "</action></nop><send><![CDATA[ [$|a] <"), "a @1:17");
    EXPECT_EQ(defined(ereg + "</action></nop><recv rtd=\"bc\" start_rtd=\"b|c\""), "bc @2:26");
    EXPECT_EQ(defined("<scenario>|"), "-");
    EXPECT_EQ(defined(ereg + "</action></nop><send><![CDATA[ [fill variable=b|c] <"), "bc @1:19");
}

TEST(LspDefinition, TemplatesAndIncludes) {
    const std::string use = "<scenario><send><![CDATA[ [template x=1 name=\"s|dp\"] ]]></send>\n";
    EXPECT_EQ(defined(use + "<template name=\"sdp\"/>"), "sdp @1:16");
    EXPECT_EQ(defined(use), "-");
    EXPECT_EQ(defined("<scenario><xi:include href=\"../l|ib/a&amp;b.xml\"/>"), "../lib/a&b.xml");
}

TEST(LspSymbols, StepsOfADamagedScenario) {
    const Document document(
        "t.xml",
        "<scenario name=\"x\">\n<send><![CDATA[\n  INVITE sip:a SIP/2.0\n]]></send>\n<recv response=\"100\" "
        "optional=\"true\">\n<recv response=\"200\"\n<action><log message=\"\"></recv>\n<label id=\"1\"/>\n"
        "<pause milliseconds=\"5\"/><nop>\n<send><![CDATA[SIP/2.0 200 OK]]></send><recv requ");
    std::string out;
    for (const Symbol& s : symbols(document))
        out += s.name + (s.detail.empty() ? "" : " (" + s.detail + ")") + ' ' + place(document, s.range.begin) + '-' +
               place(document, s.range.end()) + '\n';
    EXPECT_EQ(
        out,
        "send INVITE 1:0-3:10\nrecv 100 (optional) 4:0-5:0\nrecv 200 5:0-6:31\nlabel 1 7:0-7:15\npause 5 8:0-8:25\n"
        "nop 8:25-9:0\nsend 200 OK 9:0-9:39\nrecv 9:39-9:49\n");
}

// A session: what is sent and what comes back, as JSON values.
class Session {
public:
    Session() { request("initialize", {{"capabilities", boost::json::object{}}}); }

    boost::json::array send(const boost::json::value& message) {
        boost::json::array out;
        for (const std::string& body : server_.handle(boost::json::serialize(message)))
            out.push_back(boost::json::parse(body));
        return out;
    }
    boost::json::value request(std::string_view method, boost::json::object params) {
        return send({{"jsonrpc", "2.0"}, {"id", 7}, {"method", method}, {"params", std::move(params)}}).at(0);
    }
    boost::json::array notify(std::string_view method, boost::json::object params) {
        return send({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
    }
    boost::json::array open(std::string_view text) {
        return notify("textDocument/didOpen",
                      {{"textDocument", boost::json::object{{"uri", "file:///a%20b.xml"}, {"text", text}}}});
    }
    boost::json::value at(std::string_view method, int line, int character) {
        return request(method, {{"textDocument", boost::json::object{{"uri", "file:///a%20b.xml"}}},
                                {"position", boost::json::object{{"line", line}, {"character", character}}}});
    }
    Server& server() { return server_; }

private:
    Server server_{{}};
};

int error_code(const boost::json::value& answer) {
    return static_cast<int>(answer.at("error").at("code").as_int64());
}

TEST(LspServer, Diagnostics) {
    Session session;
    const auto sent = session.open(
        "<scenario>\n<nop f=\"\xc3\xa9\xf0\x9f\x98\x80\" nxt=\"1\"/>\n<label id=\"1\"/><label id=\"1\"/>\n</scenario>");
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].at("method").as_string(), "textDocument/publishDiagnostics");
    EXPECT_EQ(sent[0].at("params").at("uri").as_string(), "file:///a%20b.xml");
    boost::json::value attribute, label;
    for (const auto& d : sent[0].at("params").at("diagnostics").as_array()) {
        if (d.at("code").as_string() == "unknown-attribute") attribute = d;
        if (d.at("code").as_string() == "duplicate-label") label = d;
    }
    EXPECT_EQ(attribute.at("severity").as_int64(), 2);
    EXPECT_EQ(boost::json::serialize(attribute.at("range")),
              R"({"start":{"line":1,"character":13},"end":{"line":1,"character":16}})");
    EXPECT_EQ(attribute.at("relatedInformation").at(0).at("message").as_string(), "did you mean `next`?");
    EXPECT_EQ(label.at("severity").as_int64(), 1);
    EXPECT_EQ(label.at("source").as_string(), "gossipper");
    EXPECT_FALSE(label.as_object().contains("relatedInformation"));
    EXPECT_EQ(attribute.at("relatedInformation").at(0).at("location").at("range"), attribute.at("range"));

    const auto changed = session.notify(
        "textDocument/didChange",
        {{"textDocument", boost::json::object{{"uri", "file:///a%20b.xml"}}},
         {"contentChanges",
          boost::json::array{boost::json::object{{"text", "x"}},
                             boost::json::object{{"text", "<scenario><recv request=\"A\"/></scenario>"}}}}});
    EXPECT_TRUE(changed.at(0).at("params").at("diagnostics").as_array().empty()) << boost::json::serialize(changed);
    const auto closed =
        session.notify("textDocument/didClose", {{"textDocument", boost::json::object{{"uri", "file:///a%20b.xml"}}}});
    EXPECT_TRUE(closed.at(0).at("params").at("diagnostics").as_array().empty());
    EXPECT_EQ(error_code(session.at("textDocument/hover", 0, 0)), -32602);
}

TEST(LspServer, Features) {
    Session session;
    session.open("<scenario>\n<label id=\"l\"/>\n<recv request=\"INVITE\" next=\"l\"/>\n</scenario>");
    EXPECT_EQ(session.at("textDocument/definition", 2, 29).at("result").at("range").at("start").at("line").as_int64(),
              1);
    EXPECT_TRUE(session.at("textDocument/definition", 2, 1).at("result").is_null());
    EXPECT_EQ(session.at("textDocument/hover", 2, 2).at("result").at("contents").at("kind").as_string(), "markdown");
    EXPECT_TRUE(session.at("textDocument/hover", 0, 10).at("result").is_null());
    const auto items = session.at("textDocument/completion", 2, 29).at("result").as_array();
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0].at("textEdit").at("newText").as_string(), "l");
    EXPECT_EQ(session.at("textDocument/completion", 2, 6).at("result").at(0).at("textEdit").at("newText").as_string(),
              "test=\"\"");
    const boost::json::object document{{"textDocument", boost::json::object{{"uri", "file:///a%20b.xml"}}}};
    EXPECT_EQ(session.request("textDocument/documentSymbol", document).at("result").at(1).at("name").as_string(),
              "recv INVITE");
    const auto edits = session.request("textDocument/formatting", document).at("result").as_array();
    ASSERT_EQ(edits.size(), 1u);
    EXPECT_EQ(edits[0].at("newText").as_string(),
              "<scenario>\n  <label id=\"l\"/>\n  <recv request=\"INVITE\" next=\"l\"/>\n</scenario>\n");
    EXPECT_EQ(edits[0].at("range").at("end").at("line").as_int64(), 3);
    session.open(edits[0].at("newText").as_string());
    EXPECT_TRUE(session.request("textDocument/formatting", document).at("result").as_array().empty());
    session.open("<scenario>");
    session.open("<scenario/><nop/>");
    EXPECT_EQ(error_code(session.request("textDocument/formatting", document)), -32803);
}

// What is open counts, not what is on the disk; a mistake in a part shows where it is included, and in the part.
TEST(LspServer, IncludedFiles) {
    Session session;
    const auto open = [&](std::string_view uri, std::string_view text) {
        return session.notify("textDocument/didOpen",
                              {{"textDocument", boost::json::object{{"uri", uri}, {"text", text}}}});
    };
    EXPECT_TRUE(open("file:///nowhere/part.xml", "<recv request=\"A\"/>\n<nop/>")
                    .at(0)
                    .at("params")
                    .at("diagnostics")
                    .as_array()
                    .empty());
    const auto opened = open("file:///nowhere/x%20y.xml", "<scenario>\n <xi:include href=\"part.xml\"/>\n</scenario>");
    ASSERT_EQ(opened.size(), 1u);
    EXPECT_TRUE(opened[0].at("params").at("diagnostics").as_array().empty()) << boost::json::serialize(opened);

    const auto changed = session.notify(
        "textDocument/didChange",
        {{"textDocument", boost::json::object{{"uri", "file:///nowhere/part.xml"}}},
         {"contentChanges",
          boost::json::array{boost::json::object{{"text", "<recv request=\"A\"/>\n <recv requst=\"B\"/>"}}}}});
    ASSERT_EQ(changed.size(), 2u);
    EXPECT_EQ(changed[1].at("params").at("uri").as_string(), "file:///nowhere/x%20y.xml");
    boost::json::value found;
    for (const auto& d : changed[1].at("params").at("diagnostics").as_array())
        if (d.at("code").as_string() == "unknown-attribute") found = d;
    EXPECT_EQ(boost::json::serialize(found.at("range")),
              R"({"start":{"line":1,"character":1},"end":{"line":1,"character":30}})");
    EXPECT_EQ(found.at("message").as_string().find("/nowhere/part.xml:2:8: "), 0u) << found.at("message");
    const auto& place = found.at("relatedInformation").at(0).at("location");
    EXPECT_EQ(place.at("uri").as_string(), "file:///nowhere/part.xml");
    EXPECT_EQ(boost::json::serialize(place.at("range")),
              R"({"start":{"line":1,"character":7},"end":{"line":1,"character":13}})");

    const auto definition = session.request(
        "textDocument/definition", {{"textDocument", boost::json::object{{"uri", "file:///nowhere/x%20y.xml"}}},
                                    {"position", boost::json::object{{"line", 1}, {"character", 22}}}});
    EXPECT_EQ(definition.at("result").at("uri").as_string(), "file:///nowhere/part.xml");
    const auto closed = session.notify("textDocument/didClose",
                                       {{"textDocument", boost::json::object{{"uri", "file:///nowhere/part.xml"}}}});
    ASSERT_EQ(closed.size(), 2u);
    EXPECT_EQ(closed[1].at("params").at("diagnostics").at(0).at("code").as_string(), "include-failed");
}

TEST(LspServer, InitializationOptions) {
    Server server({});
    server.handle(R"({"id":1,"method":"initialize","params":{"initializationOptions":{"keys":["colour",3]},
        "capabilities":{"textDocument":{"completion":{"completionItem":{"snippetSupport":true}}}}}})");
    const std::string text =
        R"(<scenario><send><![CDATA[OPTIONS sip:[colour] SIP/2.0]]></send><recv response='200'/></scenario>)";
    const auto published = server.handle(
        R"({"method":"textDocument/didOpen","params":{"textDocument":{"uri":"u:x","text":")" + text + "\"}}}");
    EXPECT_EQ(published.at(0).find("unknown-keyword"), std::string::npos);
    const auto answer = server.handle(
        R"({"id":"a","method":"textDocument/completion","params":{"textDocument":{"uri":"u:x"},"position":{"line":0,"character":73}}})");
    EXPECT_NE(answer.at(0).find(R"(=\"$1\""},"insertTextFormat":2)"), std::string::npos) << answer.at(0);
    EXPECT_NE(answer.at(0).find(R"("id":"a")"), std::string::npos);
}

TEST(LspServer, WrongMessages) {
    Server server({});
    const auto code = [&](std::string_view message) {
        const auto answers = server.handle(message);
        return answers.size() == 1 ? error_code(boost::json::parse(answers[0])) : 0;
    };
    EXPECT_EQ(code("{"), -32700);
    EXPECT_EQ(code(""), -32700);
    EXPECT_EQ(code("{\"a\":\"\xff\"}"), -32700);
    EXPECT_EQ(code(std::string(10000, '[')), -32700);
    EXPECT_EQ(code("[]"), -32600);
    EXPECT_EQ(code("3"), -32600);
    EXPECT_EQ(code("{}"), -32600);
    EXPECT_EQ(code(R"({"id":1,"method":5})"), -32600);
    EXPECT_EQ(code(R"({"id":{},"method":"shutdown"})"), -32600);
    EXPECT_EQ(code(R"({"id":1,"method":"shutdown"})"), -32002);
    EXPECT_EQ(code(R"({"id":1,"method":"textDocument/hover","params":{}})"), -32002);
    EXPECT_EQ(code(R"({"method":"textDocument/didOpen"})"), 0);
    EXPECT_EQ(server.code_at_end_of_input(), 1);
    server.handle(R"({"id":1,"method":"initialize"})");
    EXPECT_EQ(code(R"({"id":1,"method":"initialize"})"), -32600);
    EXPECT_EQ(code(R"({"id":1,"method":"$/unknown"})"), -32601);
    EXPECT_EQ(code(R"({"method":"$/unknown"})"), 0);
    EXPECT_EQ(code(R"({"id":1,"method":"initialized"})"), -32601);
    for (const char* method : {"completion", "hover", "definition", "documentSymbol", "formatting"}) {
        const std::string head = std::string(R"({"id":1,"method":"textDocument/)") + method + '"';
        for (const char* params :
             {"", R"(,"params":null)", R"(,"params":[1])", R"(,"params":{"textDocument":{"uri":5}})",
              R"(,"params":{"textDocument":{"uri":"u:x"},"position":{"line":-1,"character":0.5}})"})
            EXPECT_EQ(code(head + params + "}"), -32602) << method << params;
    }
    for (const char* params :
         {"{}", "[]", R"({"textDocument":{"uri":"u:x"}})", R"({"textDocument":{"uri":"u:x","text":1}})",
          R"({"textDocument":{"uri":"u:x"},"contentChanges":[{}]})", R"({"contentChanges":[]})"})
        for (const char* method : {"didOpen", "didChange", "didClose"})
            EXPECT_TRUE(
                server.handle(std::string(R"({"method":"textDocument/)") + method + R"(","params":)" + params + "}")
                    .empty());
    EXPECT_EQ(code(R"({"id":2,"result":null})"), 0);  // an answer to nothing
    server.handle(R"({"id":1,"method":"shutdown"})");
    EXPECT_EQ(code(R"({"id":1,"method":"textDocument/hover"})"), -32600);
    EXPECT_FALSE(server.exit_code());
    server.handle(R"({"method":"exit"})");
    EXPECT_EQ(server.exit_code(), 0);
}

// Every beginning of a scenario, at every place: answers that lie inside the text, no crash.
TEST(LspServer, UnfinishedDocuments) {
    const std::string text =
        "<?xml version='1.0'?><scenario><send c=\"[$\xc3\xa9]\" x><![CDATA[\nA [fill text=\"[$a]\" variable=b] "
        "[len+1]\n]]><action><ereg "
        "assign_to=\"a,b\" regexp=\"\\\"\"/></action></send><!-- --><recv next='l'><label id=\"l\"/></scenario>";
    for (size_t end = 0; end <= text.size(); ++end) {
        const Document document("t.xml", text.substr(0, end));
        symbols(document);
        for (uint32_t at = 0; at <= end; ++at) {
            ASSERT_LE(complete(document, at, {}).range.end(), end);
            if (const auto found = hover(document, at)) {
                ASSERT_LE(found->range.end(), end);
            }
            if (const auto found = definition(document, at)) {
                ASSERT_LE(found->range.end(), end);
            }
        }
    }
}

TEST(LspFraming, Frames) {
    const std::string stream =
        "Content-Length: 2\r\n\r\n{}content-length:3\nContent-Type: x\n\nabcX-Other: 1\r\n\r\nContent-Length: "
        "1x\r\n\r\nContent-Length: 99999999999999999999\r\n\r\nContent-Length: 0\r\n\r\n" +
        std::string(10000, 'y') + ": z\r\nContent-Length: 1\r\n\r\n5Content-Length: 10\r\n\r\nshort";
    std::FILE* in = fmemopen(const_cast<char*>(stream.data()), stream.size(), "r");
    ASSERT_TRUE(in);
    std::string out;
    while (const auto frame = read_frame(in)) out += frame->body + '|' + frame->error + '\n';
    std::fclose(in);
    EXPECT_EQ(out,
              "{}|\nabc|\n|a header without Content-Length\n|Content-Length is not a number\n|Content-Length is not a "
              "number\n|\n5|\n");
}

}  // namespace
}  // namespace gsp::driver::lsp
