// SPDX-License-Identifier: Apache-2.0
// Reading XML: exact places, and one warning for each repair.
#include <chrono>

#include "frontend/xml_reader.h"
#include "test/unit/frontend/parsed.h"

namespace gsp {
namespace {

struct Read {
    explicit Read(std::string text) : file("t.xml", std::move(text)), diag(file), root(read_xml(file, diag)) {}
    Read(const Read&) = delete;

    Found found() const { return gsp::found(diag); }
    // <scenario><recv a=[1]/></scenario>
    std::string tree() const { return root ? show(*root) : "-"; }
    std::string show(const XmlElement& e) const {
        std::string out = "<" + std::string(file.text(e.name));
        for (const XmlAttr& a : e.attrs)
            out += ' ' + std::string(file.text(a.name)) + "=[" + std::string(file.text(a.value)) + ']';
        out += '>';
        if (e.cdata) out += "{" + std::string(file.text(*e.cdata)) + "}";
        for (const XmlElement& child : e.children) out += show(child);
        return out + "/";
    }

    SourceFile file;
    Diag diag;
    std::optional<XmlElement> root;
};

TEST(Xml, WellFormedFilesGiveNoWarnings) {
    const std::string files[] = {
        "<scenario/>",
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario><!-- a - b --></scenario>\n<!-- end -->",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE scenario SYSTEM \"sipp.dtd\" [ <!ENTITY a \"b>\"> "
        "]>\n<scenario>\n</scenario>\n",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><scenario name='\xe9'/>",
        "<scenario name='a \"quoted\" > &lt;&amp;&#64;&#x40; name'></scenario>",
    };
    for (const std::string& text : files) {
        const Read read(text);
        EXPECT_TRUE(read.root) << text;
        EXPECT_EQ(read.found(), Found{}) << text;
    }
}

TEST(Xml, PlacesAreExactWithEveryLineEnd) {
    for (const std::string eol : {"\n", "\r\n", "\r"}) {
        const Read read("<?xml version=\"1.0\"?>" + eol + "<scenario>" + eol + "  <send  retrans = '5&amp;'" + eol +
                        "  >" + eol + "<![CDATA[" + eol + "x]]></send>" + eol + "</scenario>" + eol);
        ASSERT_TRUE(read.root) << eol;
        EXPECT_EQ(read.found(), Found{});
        const XmlElement& send = read.root->children.at(0);
        const auto at = [&](SourceRange r) { return place(read.file, r) + ' ' + std::string(read.file.text(r)); };
        EXPECT_EQ(at(read.root->range), "2:1+10 <scenario>");
        EXPECT_EQ(at(send.name), "3:4+4 send");
        EXPECT_EQ(at(send.range),
                  "3:3+" + std::to_string(28 + eol.size()) + " <send  retrans = '5&amp;'" + eol + "  >");
        EXPECT_EQ(at(send.attrs.at(0).name), "3:10+7 retrans");
        EXPECT_EQ(at(send.attrs.at(0).value), "3:21+6 5&amp;");
        EXPECT_EQ(read.file.text(*send.cdata), eol + "x");
    }
}

TEST(Xml, Repairs) {
    const struct {
        const char *text, *tree;
        Found found;
    } rows[] = {
        // Taken by pugixml, although no strict parser would.
        {"<s><a v=\"<x>\"/></s>", "<s><a v=[<x>]>//", {"raw-lt-in-value 1:10+1"}},
        {"<s><a v=\"1\" v=\"2\"/></s>", "<s><a v=[1] v=[2]>//", {"duplicate-attribute 1:13+1"}},
        {"<s><a v=\"1&2&lt;&x;\"/></s>", "<s><a v=[1&2&lt;&x;]>//", {"bare-ampersand 1:11+1"}},
        {"<s><!-- a -- b --></s>", "<s>/", {"double-hyphen-in-comment 1:11+2"}},
        {"<s></s> tail", "<s>/", {"text-after-scenario 1:9+4"}},
        {"<s></s><t/><u/>", "<s>/", {"element-after-scenario 1:9+1"}},
        {"<s> oops <a/></s>", "<s><a>//", {"stray-text 1:5+4"}},
        {"lead <s/>", "<s>/", {"stray-text 1:1+4"}},
        {"\n<?xml version=\"1.0\"?><s/>", "<s>/", {"misplaced-declaration 2:1+5"}},
        {"<!-- x --><?xml version=\"1.0\"?><s/>", "<s>/", {"misplaced-declaration 1:11+5"}},
        {"<!-- <?xml ?> --><s/>", "<s>/", {}},
        {"<s v=\"\xe9\"/>", "<s v=[\xe9]>/", {"invalid-utf8 1:7+1"}},
        {"<s><![CDATA[1]]><![CDATA[2]]></s>", "<s>{1}/", {}},
        // Refused by pugixml.
        {"<s><a v=\"1\"w=\"2\"/></s>", "<s><a v=[1] w=[2]>//", {"missing-space 1:12+1"}},
        {"<s><a v=\"\\\"x\\\"\"/></s>", "<s><a v=[\\\"x\\\"]>//", {"escaped-quote 1:10+2"}},
        {"<s><a v=\"1\": w=\"2\"/></s>", "<s><a v=[1] w=[2]>//", {"junk-between-attributes 1:12+1"}},
        {"<s><a v=\"1\",\"2\" /></s>", "<s><a v=[1]>//", {"junk-between-attributes 1:12+4"}},
        {"<s><a v=1 w=\"2\"/></s>", "<s><a w=[2]>//", {"junk-between-attributes 1:7+3"}},
        {"<s><a v=\"1\"\n </a></s>", "<s><a v=[1]>//", {"missing-gt 1:12+0"}},
        {"<s><a></a</s>", "<s><a>//", {"missing-gt 1:10+0"}},
        {"<s><a v=\"1 w=\"2\"/></s>", "<s><a v=[1] w=[2]>//", {"missing-quote 1:11+0"}},
        {"<s><a/>", "<s><a>//", {"unclosed-at-end 1:2+1"}},
        {"<s><a><b/>", "<s><a><b>///", {"unclosed-at-end 1:5+1", "unclosed-at-end 1:2+1"}},
        {"<s><a/><!-- no </s>", "<s><a>//", {"unclosed-comment 1:8+4", "unclosed-at-end 1:2+1"}},
        {"<s><a/></t>", "<s><a>//", {"mismatched-end-tag 1:8+3"}},
        {"<s><a v=\"1\"w=\"2\"/></s> <!-- c --> tail",
         "<s><a v=[1] w=[2]>//",
         {"missing-space 1:12+1", "text-after-scenario 1:35+4"}},
        {"<!DOCTYPE s [<!ENTITY e \"]>\"> <!-- ]> -->]><?pi?><s><![CDATA[<x>]]><a", "-", {"unclosed-tag 1:69+1"}},
        {"<!DOCTYPE s [<!ENTITY e \"]>\"> <!-- ]> -->]><?pi?><s><![CDATA[<x>]]>",
         "<s>{<x>}/",
         {"unclosed-at-end 1:51+1"}},
        // Refused by both of SIPp's parsers.
        {"", "-", {"no-element 1:1+0"}},
        {"just text", "-", {"stray-text 1:1+9", "no-element 1:1+0"}},
        {"<s><a></s>", "-", {"unclosed-element 1:5+1"}},
        {"<s><a></b></s>", "-", {"unclosed-element 1:5+1"}},
        {"<s><1></s>", "-", {"bad-start-tag 1:4+1"}},
        {"<s><a v=\"1></s>", "-", {"unclosed-value 1:9+1"}},
        {"<s><![CDATA[ </s>", "-", {"unclosed-cdata 1:4+2"}},
        {"<?xml <s></s>", "-", {"unclosed-instruction 1:1+2"}},
        {"<!DOCTYPE [ <s></s>", "-", {"unclosed-instruction 1:1+2"}},
    };
    for (const auto& row : rows) {
        const Read read(row.text);
        EXPECT_EQ(read.tree(), row.tree) << row.text;
        EXPECT_EQ(read.found(), row.found) << row.text;
        EXPECT_EQ(read.root.has_value(), read.diag.ok()) << row.text;
    }
}

TEST(Xml, PlacesInARepairedFileAreThoseOfTheOriginal) {
    const Read read("<s>\r\n<a v=\"1\"w=\"2\"/>\r\n\t<b  c=\"\\\"&lt;\" /> tail </s>");
    ASSERT_TRUE(read.root);
    EXPECT_EQ(read.found(), (Found{"missing-space 2:9+1", "escaped-quote 3:9+2", "stray-text 3:20+4"}));
    const XmlElement& b = read.root->children.at(1);
    EXPECT_EQ(read.file.text(b.range), "<b  c=\"\\\"&lt;\" />");
    EXPECT_EQ(read.file.line_column(b.attrs.at(0).value.begin).column, 9u);
    EXPECT_EQ(read.file.line_column(b.attrs.at(0).value.begin).line, 3u);
}

TEST(Xml, RefusesNulBytes) {
    const Read read(std::string("<s>\0</s>", 8));
    EXPECT_EQ(read.found(), Found{"nul-byte 1:4+1"});
}

std::string repeated(const std::string& unit, size_t bytes) {
    std::string out;
    out.reserve(bytes + unit.size());
    while (out.size() < bytes) out += unit;
    return out;
}

TEST(Xml, LimitsOfDepthAndSize) {
    for (const std::string damage : {"", "<a b=\"\"c=\"\"/>"}) {  // for pugixml, and for the tolerant reader
        const Read deep("<s>" + damage + repeated("<a>", 3 * 64) + repeated("</a>", 4 * 64) + "</s>");
        EXPECT_EQ(deep.diag.errors(), 1);
        EXPECT_EQ(deep.found().back(), "nested-too-deep 1:" + std::to_string(4 + damage.size() + 63 * 3 + 1) + "+1");
        const Read fitting("<s>" + damage + repeated("<a>", 3 * 63) + repeated("</a>", 4 * 63) + "</s>");
        EXPECT_TRUE(fitting.root);
        const Read many("<s>" + damage + repeated("<a/>", 4 * 500'000) + "</s>");
        EXPECT_EQ(many.diag.errors(), 1);
        EXPECT_EQ(many.found().back().substr(0, 17), "too-many-elements");
    }
}

// Each of these would take minutes or gigabytes if some step were quadratic or unbounded.
TEST(Xml, HostileFilesEndSoon) {
    constexpr size_t kBytes = 4u << 20;
    const std::string files[] = {
        repeated("<a>", kBytes),
        "<scenario>" + repeated("<a>", kBytes),
        "<scenario>" + repeated("<a/>", kBytes),
        "<scenario>" + repeated("<nop b=\"\"c>", kBytes),
        "<scenario a=\"" + repeated("&#", kBytes),
        "<scenario a=\"" + repeated("\\\" b=\"c ", kBytes),
        "<scenario " + repeated("a=\"\" ", kBytes) + "/>",
        "<scenario " + repeated("x", kBytes) + "/>",
        "<scenario>" + repeated("<!--", kBytes),
        "<scenario><a b=\"\"c=\"\"/>" + repeated("--<!-- --->", kBytes),
        "<!DOCTYPE " + repeated("[<", kBytes),
        "<!DOCTYPE " + repeated("\"", kBytes),
        repeated("\r", kBytes),
        "<scenario>" + repeated("</a ", kBytes),
        send_of(repeated("[", kBytes)),
        send_of("X y\n" + repeated("[$a]", kBytes)),
        send_of("X y\n" + repeated(" \n", kBytes)),
        send_of("X y" + repeated(" ", kBytes) + "z"),
        send_of("X y\n" + repeated("[fill x", kBytes)),
        send_of("X y\n" + repeated("\\x", kBytes)),
    };
    for (const std::string& text : files) {
        const auto start = std::chrono::steady_clock::now();
        const Parsed parsed(text);
        render_text(parsed.diag, false);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        EXPECT_LT(took.count(), 30) << text.substr(0, 40);
    }
}

}  // namespace
}  // namespace gsp
