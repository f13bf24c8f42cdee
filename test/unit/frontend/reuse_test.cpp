// SPDX-License-Identifier: Apache-2.0
// Included files and templates: what the scenario becomes, and where mistakes in them are told.
#include <cerrno>
#include <functional>
#include <map>

#include "test/unit/frontend/parsed.h"

namespace gsp {
namespace {

using Files = std::map<std::string, std::string>;

// A scenario and the files that can be included.
struct Reused {
    Reused(std::string name, std::string text, const Files& files = {})
        : file(std::move(name), std::move(text)), diag(file) {
        const FileReader read = [&](const std::string& path) -> std::optional<std::string> {
            ++opened[path];
            const auto found = files.find(path);
            errno = ENOENT;
            return found == files.end() ? std::nullopt : std::optional(found->second);
        };
        scenario = parse_scenario(file, diag, {{"own"}, read});
    }
    Reused(const Reused&) = delete;

    // "id file:line:column < file:line:column": each diagnostic with the way to the main file
    Found found() const {
        Found out;
        for (const Diagnostic& d : diag.all()) {
            std::string line = diag_info(d.id).name;
            for (SourceRange at = d.range;; at = file.origin(at.begin).at) {
                line += (at.begin == d.range.begin ? " " : " < ") + file.place(at.begin);
                if (file.origin(at.begin).way == SourceFile::Way::Main) break;
            }
            out.push_back(line);
        }
        return out;
    }
    // "nop label recv(log,log)"
    std::string elements() const {
        std::string out;
        for (const ast::Element& e : scenario->children) {
            out += (out.empty() ? "" : " ") + std::string(e.spec->name);
            for (const ast::Element& a : e.actions)
                out += (&a == &e.actions.front() ? '(' : ',') + std::string(a.spec->name);
            if (!e.actions.empty()) out += ')';
        }
        return out;
    }
    // "text{keyword}text" of a message or text
    static std::string show(const ast::Text& text) {
        std::string out;
        for (const ast::Part& p : text.parts)
            out += p.is_literal() ? p.text : '{' + std::string(p.keyword ? p.keyword->name : "key") + p.text + '}';
        return out;
    }
    std::string message(size_t index = 0) const {
        for (const ast::Element& e : scenario->children)
            if (e.message && index-- == 0) return show(*e.message);
        return "-";
    }

    SourceFile file;
    Diag diag;
    std::map<std::string, int> opened;
    std::optional<ast::Scenario> scenario;
};

std::string scenario_of(const std::string& body) {
    return "<scenario>\n" + body + "\n</scenario>\n";
}
std::string include_of(const std::string& href) {
    return "<xi:include href='" + href + "'/>";
}

TEST(Include, ElementsOfTheFileStandInPlace) {
    const struct {
        const char* what;
        std::string body, part, elements;
    } rows[] = {
        {"a scenario", include_of("p.xml"),
         "<?xml version='1.0'?>\n<scenario name='x'><recv/><label id='1'/></scenario>", "nop recv label nop"},
        {"a fragment", include_of("p.xml"), "<recv/>\n<!-- c -->\n<label id='1'/>", "nop recv label nop"},
        {"one element", include_of("p.xml"), "<recv/>", "nop recv nop"},
        {"a file that is not well-formed", include_of("p.xml"), "<recv timeout='1'lost='2'/><pause/>",
         "nop recv pause nop"},
        {"actions", "<recv><action><log message='a'/>" + include_of("p.xml") + "</action></recv>",
         "<action><warning message='b'/><log message='c'/></action>", "nop recv(log,warning,log) nop"},
        {"actions as a fragment", "<recv><action>" + include_of("p.xml") + "</action></recv>",
         "<warning message='b'/><log message='c'/>", "nop recv(warning,log) nop"},
        {"the element action", "<recv>" + include_of("p.xml") + "</recv>", "<action><log message='c'/></action>",
         "nop recv(log) nop"},
        {"a declared namespace", "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' parse='xml' href='p.xml'/>",
         "<recv xmlns='x'/>", "nop recv nop"},
        {"twice", include_of("p.xml") + include_of("p.xml"), "<recv/>", "nop recv recv nop"},
        {"a fallback that is not needed", "<xi:include href='p.xml'><xi:fallback><pause/></xi:fallback></xi:include>",
         "<recv/>", "nop recv nop"},
        {"a fallback that is",
         "<xi:include href='gone.xml'><xi:fallback><pause/>" + include_of("p.xml") + "</xi:fallback></xi:include>",
         "<recv/>", "nop pause recv nop"},
        {"an empty fallback", "<xi:include href='gone.xml'><xi:fallback/></xi:include>", "", "nop nop"},
        {"an entity in the name", include_of("&#112;.xml"), "<recv/>", "nop recv nop"},
    };
    for (const auto& row : rows) {
        const Reused r("main.xml", scenario_of("<nop/>" + row.body + "<nop/>"), {{"p.xml", row.part}});
        ASSERT_TRUE(r.scenario) << row.what;
        EXPECT_TRUE(r.diag.ok() && r.scenario->complete) << row.what << '\n' << render_text(r.diag, false);
        EXPECT_EQ(r.elements(), row.elements) << row.what;
    }
}

TEST(Include, PathsAreRelativeToTheIncludingFile) {
    const Files files = {{"dir/a.xml", include_of("sub/b.xml")},
                         {"dir/sub/b.xml", include_of("../c.xml") + include_of("/abs.xml")},
                         {"dir/sub/../c.xml", "<recv/>"},
                         {"/abs.xml", "<pause/>"},
                         {"./-", "<nop/>"}};
    EXPECT_EQ(Reused("dir/main.xml", scenario_of(include_of("a.xml")), files).elements(), "recv pause");
    EXPECT_EQ(Reused("<stdin>", scenario_of(include_of("dir/a.xml")), files).elements(), "recv pause");
    EXPECT_EQ(Reused("main.xml", scenario_of(include_of("-")), files).elements(), "nop");
}

TEST(Include, EachFileIsReadOnce) {
    const Reused r("main.xml",
                   scenario_of(include_of("a.xml") + include_of("a.xml") + include_of("b.xml") + include_of("b.xml")),
                   {{"a.xml", "<nop/>"}});
    EXPECT_EQ(r.opened, (std::map<std::string, int>{{"a.xml", 1}, {"b.xml", 1}}));
    ASSERT_EQ(r.scenario->includes.size(), 2u);
    EXPECT_EQ(r.file.text(*r.scenario->includes[0].bytes), "<nop/>");
    EXPECT_FALSE(r.scenario->includes[1].bytes);
    EXPECT_EQ(r.scenario->includes[1].error, ENOENT);
}

TEST(Include, Diagnostics) {
    const struct {
        std::string body;
        Files files;
        Found found;
        bool complete;
    } rows[] = {
        {include_of("p.xml"), {}, {"include-failed 2:19"}, false},
        {include_of("main.xml"), {}, {"include-cycle 2:19"}, false},
        {include_of("./x/../main.xml"), {}, {"include-cycle 2:19"}, false},
        {include_of("p.xml"), {{"p.xml", "\n" + include_of("p.xml")}}, {"include-cycle p.xml:2:19 < 2:1"}, false},
        {include_of("p.xml"),
         {{"p.xml", include_of("q.xml")}, {"q.xml", "<nop/> " + include_of("p.xml")}},
         {"include-cycle q.xml:1:26 < p.xml:1:1 < 2:1"},
         false},
        {"<xi:include/>", {}, {"missing-attribute 2:2"}, false},
        {"<xi:include href='p.xml' parse='text'/>", {{"p.xml", ""}}, {"bad-word 2:33"}, false},
        {"<xi:include href='p.xml' xpointer='x'/>", {{"p.xml", ""}}, {"include-part 2:26"}, false},
        {"<xi:include href='p.xml' encoding='x'/>", {{"p.xml", "<nop/>"}}, {"unknown-attribute 2:26"}, true},
        {"<xi:include href='p.xml'><nop/></xi:include>", {{"p.xml", "<nop/>"}}, {"misplaced-element 2:27"}, true},
        {include_of("p.xml"), {{"p.xml", ""}}, {"no-element p.xml:1:1 < 2:1"}, false},
        {include_of("p.xml"), {{"p.xml", "<nop/>\n<recv"}}, {"unclosed-tag p.xml:2:2 < 2:1"}, false},
        {include_of("p.xml"), {{"p.xml", "<nop/>\n<recv>"}}, {"unclosed-at-end p.xml:2:2 < 2:1"}, true},
        {include_of("p.xml"),
         {{"p.xml", "<nop/>\n <sned/> x"}},
         {"stray-text p.xml:2:10 < 2:1", "unknown-element p.xml:2:3 < 2:1"},
         true},
        {include_of("p.xml"),
         {{"p.xml", "<nop/>\n\xff"}},
         {"invalid-utf8 p.xml:2:1 < 2:1", "stray-text p.xml:2:1 < 2:1"},
         true},
        {include_of("p.xml"), {{"p.xml", std::string("<nop/>\n\0", 8)}}, {"nul-byte p.xml:2:1 < 2:1"}, false},
        {include_of("p.xml"), {{"p.xml", "<nop/> <?xml?><?xml version='1.0'?>"}}, {}, true},
        {include_of("p.xml"),
         {{"p.xml", "\n<?xml version='1.0'?><nop/>"}},
         {"misplaced-declaration p.xml:2:1 < 2:1"},
         true},
        {include_of("p.xml"), {{"p.xml", "<scenario><![CDATA[x]]></scenario>"}}, {"stray-text p.xml:1:20 < 2:1"}, true},
        {include_of("p.xml"), {{"p.xml", "<scenario/><nop/>"}}, {"unknown-element p.xml:1:2 < 2:1"}, true},
        {"<nop><action>" + include_of("p.xml") + "</action></nop>",
         {{"p.xml", "<action>\n<lgo/></action>"}},
         {"unknown-action p.xml:2:2 < 2:14"},
         true},
        {"<xi:fallback/>", {}, {"unknown-element 2:2"}, true},
        {"<include href='p.xml'/>", {}, {"unknown-element 2:2"}, true},
    };
    for (const auto& row : rows) {
        const Reused r("main.xml", scenario_of(row.body), row.files);
        EXPECT_EQ(r.found(), row.found) << row.body;
        ASSERT_TRUE(r.scenario) << row.body;
        EXPECT_EQ(r.scenario->complete, row.complete) << row.body;
    }
}

TEST(Include, TheWayIsShownInEveryForm) {
    const Reused r("dir/main.xml", scenario_of("  " + include_of("p.xml")), {{"dir/p.xml", "<nop/>\n<sned/>"}});
    EXPECT_EQ(render_text(r.diag, false),
              "dir/p.xml:2:2: error: unknown element `<sned>` [unknown-element]\n"
              "      <sned/>\n       ^~~~\n"
              "dir/p.xml:2:2: note: did you mean `<send>`?\n"
              "dir/main.xml:2:3: note: included from here\n"
              "        <xi:include href='p.xml'/>\n"
              "        ^~~~~~~~~~~~~~~~~~~~~~~~~~\n");
    const std::string json = render_json({&r.diag});
    EXPECT_NE(json.find("{\"file\":\"dir/"
                        "p.xml\",\"line\":2,\"column\":2,\"end_line\":2,\"end_column\":6,\"offset\":8,\"length\":4,"),
              json.npos);
    EXPECT_NE(json.find("{\"file\":\"dir/main.xml\",\"line\":2,\"column\":3,"), json.npos);
    const std::string sarif = render_sarif({&r.diag}, "1");
    EXPECT_NE(sarif.find("\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"dir/"
                         "p.xml\"},\"region\":{\"startLine\":2,"),
              sarif.npos);
    EXPECT_NE(
        sarif.find(
            "\"uri\":\"dir/main.xml\"},\"region\":{\"startLine\":2,\"startColumn\":3,\"endLine\":2,\"endColumn\":29}},"
            "\"message\":{\"text\":\"included from here\"}"),
        sarif.npos);
}

TEST(Include, AMistakeInAFileThatIsIncludedTwiceIsToldOnce) {
    const Reused r("main.xml", scenario_of(include_of("p.xml") + "\n" + include_of("p.xml")),
                   {{"p.xml", "<sned/><nop nxt='1'/>"}});
    EXPECT_EQ(r.found(), (Found{"unknown-element p.xml:1:2 < 2:1", "unknown-attribute p.xml:1:13 < 2:1"}));
    EXPECT_EQ(r.diag.errors(), 2);
    EXPECT_EQ(render_text(r.diag, false).find("not shown"), std::string::npos);
}

TEST(Include, Limits) {
    Files files;
    for (int i = 1; i <= 20; ++i) files[std::to_string(i)] = "<nop/>" + include_of(std::to_string(i + 1));
    const Reused deep("main.xml", scenario_of(include_of("1")), files);
    ASSERT_EQ(deep.diag.all().size(), 1u);
    EXPECT_EQ(deep.diag.all()[0].text, "includes go beyond the limit of 16 files inside one another");
    EXPECT_EQ(deep.file.place(deep.diag.all()[0].range.begin), "16:1:25");
    EXPECT_EQ(deep.scenario->children.size(), 16u);

    // Every file includes the next one twice.
    for (int i = 1; i <= 15; ++i)
        files[std::to_string(i)] = include_of(std::to_string(i + 1)) + include_of(std::to_string(i + 1));
    files["16"] = "<nop/>";
    const Reused many("main.xml", scenario_of(include_of("1")), files);
    ASSERT_FALSE(many.diag.all().empty());
    EXPECT_EQ(many.diag.all()[0].text, "includes go beyond the limit of 1000 files");
    EXPECT_LE(many.scenario->children.size(), 1000u);

    const Reused large("main.xml", scenario_of(include_of("p") + include_of("p") + include_of("p")),
                       {{"p", "<nop/><!--" + std::string(7 << 20, 'x') + "-->"}});
    EXPECT_EQ(large.found(), Found{"include-limit 2:63"});
    EXPECT_EQ(large.diag.all()[0].text, "includes go beyond the limit of 16 MiB");

    std::string nops;
    for (int i = 0; i < 300'000; ++i) nops += "<nop/>";
    const Reused elements("main.xml", scenario_of(include_of("p") + include_of("p")), {{"p", nops}});
    EXPECT_EQ(elements.found().at(0).substr(0, 17), "too-many-elements");
    EXPECT_EQ(elements.scenario->children.size(), 500'000u);
}

std::string template_of(const std::string& name, const std::string& text) {
    return "<template name='" + name + "'><![CDATA[" + text + "]]></template>\n";
}

TEST(Template, StandsForItsText) {
    const struct {
        const char* what;
        std::string templates, message, result;
    } rows[] = {
        {"a line", template_of("t", "X: [call_id]"), "A b\n[template name=t]\nY: z", "A b\nX: {call_id}\nY: z\n\n"},
        {"part of a line", template_of("t", "b"), "A [template name=t]c", "A bc\n\n"},
        {"several lines, indented and surrounded", template_of("t", "\n   X: 1\r\n\n   Y: 2\n   "),
         "A b\n  [template name=\"t\"]\n  Z: 3\n", "A b\nX: 1\n\nY: 2\nZ: 3\n"},
        {"the start line", template_of("t", "  A sip:b SIP/2.0\nX: 1"), "[template name=t]\n",
         "A sip:b SIP/2.0\nX: 1\n\n"},
        {"a body", template_of("sdp", "\n  v=0\n  m=audio 1\n  "), "A b\nX: y\n\n[template name=sdp]\n",
         "A b\nX: y\n\nv=0\nm=audio 1\n"},
        {"an argument", template_of("t", "m=[codec] [codec]"), "A [template name=t codec=\"8 0\"]", "A m=8 0 8 0\n\n"},
        {"quotes in an argument", template_of("t", "[x]"), "A [template name=t x=\"a\\\"\\\\]b\"]", "A a\"\\]b\n\n"},
        {"a keyword as an argument", template_of("t", "<[x]>"),
         "A [template name=t x=[call_id]][template x=\"[$v] \" name=t]", "A <{call_id}><{$v} >\n\n"},
        {"an argument inside of a keyword", template_of("t", "[fill text=\"[x]\" variable=[v]]"),
         "A [template name=t x=ab v=n]", "A {fill}\n\n"},
        {"an argument hides a keyword", template_of("t", "[call_id]"), "A [template name=t call_id=1] [call_id]",
         "A 1 {call_id}\n\n"},
        {"an empty argument", template_of("t", "<[x]>"), "A [template name=t x=\"\"]", "A <>\n\n"},
        {"one template in another", template_of("t", "([template name=u y=[x]])") + template_of("u", "<[y]>"),
         "A [template name=t x=1]", "A (<1>)\n\n"},
        {"arguments belong to their template", template_of("t", "[template name=u x=2][x]") + template_of("u", "[x]"),
         "A [template name=t x=1]", "A 21\n\n"},
        {"a template as an argument", template_of("t", "<[x]>"), "A [template name=t x=[template name=t x=1]]",
         "A <<1>>\n\n"},
        {"a template named by an argument", template_of("t", "[template name=[n]]") + template_of("u", "x"),
         "A [template name=t n=u]", "A x\n\n"},
        {"arguments on two lines", template_of("t", "[x]"), "A [template name=t\n   x=1]", "A 1\n\n"},
        {"not a use", template_of("t", "\\x5bx] [own]"), "A [template name=t] [own]", "A [x] {keyown} {keyown}\n\n"},
    };
    for (const auto& row : rows) {
        const Reused r("main.xml", scenario_of(row.templates + "<send><![CDATA[" + row.message + "]]></send>"));
        ASSERT_TRUE(r.scenario) << row.what;
        EXPECT_EQ(r.found(), Found{}) << row.what << '\n' << render_text(r.diag, false);
        EXPECT_EQ(r.message(), row.result) << row.what;
    }
}

TEST(Template, StandsInTextsOfActionsToo) {
    const Reused r(
        "main.xml",
        scenario_of("<nop><action><log message='a [template name=&quot;t&quot; x=\"1 \"] b'/></action></nop>" +
                    template_of("t", "[call_id][x]")));
    EXPECT_EQ(r.found(), Found{});
    EXPECT_EQ(Reused::show(*r.scenario->children.at(0).actions.at(0).find("message")->text), "a {call_id}1  b");
}

TEST(Template, MayComeFromAnIncludedFile) {
    const Files files = {{"lib.xml", template_of("t", "\nX: [brnach]") + template_of("unused", "x")},
                         {"part.xml", include_of("lib.xml") + "<send><![CDATA[A b\n[template name=t]]]></send>"}};
    const Reused r(
        "main.xml",
        scenario_of(include_of("lib.xml") + include_of("part.xml") + "<send><![CDATA[B c\n[template name=t]]]></send>"),
        files);
    EXPECT_EQ(r.found(), Found{"unknown-keyword lib.xml:2:4 < part.xml:2:1 < 2:29"})
        << "told once, unused ones of libraries not at all";
    EXPECT_EQ(r.message(0), "A b\nX: \n\n");
    EXPECT_EQ(r.message(1), "B c\nX: \n\n");
}

TEST(Template, Diagnostics) {
    const struct {
        std::string templates, text;  // the text starts in column 16 of the line after the templates'
        Found found;
    } rows[] = {
        {template_of("t", "x"), "A b", {"unused-template 2:17"}},
        {"", "A b[template name=t]", {"unknown-template 2:34"}},
        {"", "A b[template name=\"[x]\"]", {"unknown-template 2:35"}},
        {template_of("t", "x"), "A b[template name=t][template codec=8]", {"missing-keyword-parameter 3:36"}},
        {template_of("t", "x"), "A b[template name=t][template t]", {"bad-keyword-parameter 3:46"}},
        {template_of("t", "x"), "A b[template name=t y=1]", {"unknown-keyword-parameter 3:36"}},
        {template_of("t", "[y]"), "A b[template name=t y=1 y=2]", {"duplicate-attribute 3:40"}},
        {template_of("t", "x"), "A b[template name=t][template]", {"unknown-keyword 3:36"}},
        {template_of("t", "x"), "A b[template name=t][template name=t", {"unclosed-keyword 3:36"}},
        {template_of("t", "x\ny[foo]"), "A b[template name=t]", {"unknown-keyword 3:2 < 4:19"}},
        {template_of("t", "[x][y]"),
         "A b[template name=t x=1][template name=t y=1 x=[foo]]",
         {"unknown-keyword 2:32 < 3:19", "unknown-keyword 3:63"}},
        {template_of("t", "a[template name=t]"), "A b[template name=t]", {"template-cycle 2:30 < 3:19"}},
        {template_of("t", "[template name=u]") + template_of("u", "[template name=t]"),
         "A b[template name=t]",
         {"template-cycle 3:29 < 2:29 < 4:19"}},
        {template_of("t", "x") + template_of("t", "y"), "A b[template name=t]", {"duplicate-template 3:17"}},
        {"<template><![CDATA[x]]></template>\n", "A b", {"missing-attribute 2:2"}},
        {"<template name='t'/>\n", "A b[template name=t]", {"missing-message 2:2"}},
        {"<template name='t'>x</template>\n", "A b[template name=t]", {"stray-text 2:20", "missing-message 2:2"}},
        {template_of("t", " \n "), "A b[template name=t]", {"empty-message 2:2"}},
        {template_of("t", "b"), "[template name=t]", {"bad-start-line 2:29 < 3:16"}},
        {"", "[template name=t]", {"unknown-template 2:31"}},
        {"<template name='t' x='1'><nop/><![CDATA[y]]></template>",
         "A b[template name=t]",
         {"unknown-attribute 2:20", "misplaced-element 2:27"}},
    };
    for (const auto& row : rows) {
        const Reused r("main.xml", scenario_of(row.templates + "<send><![CDATA[" + row.text + "]]></send>"));
        EXPECT_EQ(r.found(), row.found) << row.templates << row.text;
    }
}

TEST(Template, TheUseIsShown) {
    const Reused r("main.xml", scenario_of(template_of("t", "\n  X: [brnach]\n") +
                                           "<send><![CDATA[\n  A b\n  [template name=t]\n]]></send>"));
    EXPECT_EQ(render_text(r.diag, false),
              "main.xml:3:6: error: unknown keyword `[brnach]` [unknown-keyword]\n"
              "        X: [brnach]\n           ^~~~~~~~\n"
              "main.xml:3:6: note: did you mean `[branch]`?\n"
              "main.xml:7:3: note: used here\n"
              "        [template name=t]\n        ^~~~~~~~~~~~~~~~~\n");
}

TEST(Template, Suggestions) {
    const Reused r("main.xml",
                   scenario_of(template_of("headers", "x") + "<send><![CDATA[A b[template name=haeders]]]></send>"));
    ASSERT_EQ(r.found().at(0), "unknown-template 3:34");
    ASSERT_EQ(r.diag.all()[0].notes.size(), 1u);
    EXPECT_EQ(r.diag.all()[0].notes[0].text, "did you mean `headers`?");
}

TEST(Template, Limits) {
    std::string chain;
    for (int i = 1; i <= 20; ++i)
        chain += template_of(std::to_string(i), "[template name=" + std::to_string(i + 1) + "]");
    const Reused deep("main.xml", scenario_of(chain + "<send><![CDATA[A b[template name=1]]]></send>"));
    EXPECT_EQ(deep.found().at(0).substr(0, 14), "template-limit");
    EXPECT_EQ(deep.diag.all().at(0).text, "templates go beyond the limit of 16 templates inside one another");

    // Ten uses of the next one each: ten to the fifteenth.
    std::string bomb = template_of("16", "[x]");
    for (int i = 1; i <= 15; ++i) {
        std::string text;
        for (int k = 0; k < 10; ++k) text += "[template name=" + std::to_string(i + 1) + " x=[x]]";
        bomb += template_of(std::to_string(i), text);
    }
    const Reused large("main.xml", scenario_of(bomb + "<send><![CDATA[A b[template name=1 x=\"\"]]]></send>"));
    EXPECT_EQ(large.diag.all().at(0).text, "templates go beyond the limit of 16 MiB");

    // Brackets in brackets, as deep as a file can hold them.
    std::string nested;
    for (int i = 0; i < 100'000; ++i) nested += "[template x=";
    EXPECT_FALSE(Reused("main.xml", send_of("A " + nested)).diag.ok());
    std::string closed = "1";
    for (int i = 0; i < 200; ++i) closed = "[template x=" + closed + "]";
    const Reused arguments("main.xml", send_of("A " + closed));
    EXPECT_EQ(arguments.diag.all().at(0).text, "templates go beyond the limit of 16 templates inside one another");
}

TEST(Template, PlacesStayInTheirSegment) {
    const Reused r("main.xml",
                   scenario_of(template_of("t", "aa[call_id]bb") + "<send><![CDATA[A b[template name=t]cc]]></send>"));
    ASSERT_EQ(r.found(), Found{});
    for (const ast::Part& p : r.scenario->children.at(1).message->parts) {
        EXPECT_TRUE(r.file.same_segment(p.range.begin, p.range.end())) << p.text;
        EXPECT_LE(r.file.offset_in_file(p.range.end()), r.file.text().size());
    }
}

}  // namespace
}  // namespace gsp
