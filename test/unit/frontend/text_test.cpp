// SPDX-License-Identifier: Apache-2.0
// Messages and texts: white space, escapes and keywords, and where each of them stands in the file.
#include "frontend/text.h"

#include "frontend/decode.h"
#include "test/unit/frontend/parsed.h"

namespace gsp {
namespace {

MappedText whole(const SourceFile& file) {
    return decode_attribute(file, {0, static_cast<uint32_t>(file.text().size())}, false);
}

TEST(Decode, AttributeValues) {
    const struct {
        const char *raw, *once, *twice;
    } rows[] = {
        {"a b", "a b", "a b"},
        {"a\tb\nc\r\nd\re", "a b c d e", "a b c d e"},
        {"&lt;&gt;&amp;&quot;&apos;", "<>&\"'", "<>&\"'"},
        {"&#65;&#x42;&#xe9;&#x20ac;&#x1f600;", "AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
         "AB\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"&#10;", "\n", "\n"},
        {"&#0;&#;&#x;&#x110000;&#99999999999;&#65", "&#0;&#;&#x;&#x110000;&#99999999999;&#65",
         "&#0;&#;&#x;&#x110000;&#99999999999;&#65"},
        {"&foo; & &amp", "&foo; & &amp", "&foo; & &amp"},
        {"&amp;lt;", "&lt;", "<"},
        {"\\\\ \\\" \\n \\t \\r \\. \\d \\", "\\ \" \n \t \r \\. \\d \\", "\\ \" \n \t \r \\. \\d \\"},
        {"\\\\.", "\\.", "\\."},
        {"&#92;n", "\n", "\n"},
    };
    for (const auto& row : rows) {
        const SourceFile file("f", row.raw);
        const SourceRange range{0, static_cast<uint32_t>(file.text().size())};
        EXPECT_EQ(decode_attribute(file, range, false).bytes, row.once) << row.raw;
        EXPECT_EQ(decode_attribute(file, range, true).bytes, row.twice) << row.raw;
    }
}

TEST(Decode, BytesKnowWhereTheyComeFrom) {
    const SourceFile file("f", "a&amp;lt;b\\nc\r\nd");
    const MappedText text = decode_attribute(file, {0, static_cast<uint32_t>(file.text().size())}, true);
    ASSERT_EQ(text.bytes, "a<b\nc d");
    EXPECT_EQ(file.text(text.range(1, 2)), "&amp;lt;");
    EXPECT_EQ(file.text(text.range(3, 4)), "\\n");
    EXPECT_EQ(file.text(text.range(5, 6)), "\r\n");
    EXPECT_EQ(file.text(text.range(2, 5)), "b\\nc");
    EXPECT_EQ(text.range(7, 7).begin, file.text().size());
}

TEST(Decode, Utf8) {
    EXPECT_EQ(utf8_length("a"), 1u);
    EXPECT_EQ(utf8_length("\xc3\xa9x"), 2u);
    EXPECT_EQ(utf8_length("\xe2\x82\xac"), 3u);
    EXPECT_EQ(utf8_length("\xf0\x9f\x98\x80"), 4u);
    for (const char* bad :
         {"\xe9", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80"})
        EXPECT_EQ(utf8_length(bad), 0u);
}

// As SIPp normalises them
TEST(Decode, MessageWhiteSpace) {
    const struct {
        const char *cdata, *normalised;
    } rows[] = {
        {"\n  A b\n  C: d\n\n  ", "A b\nC: d\n\n"},  // no blank line inside: one is added
        {"A b", "A b\n\n"},
        {"\n\n  A b\n  C: d\n\n  body\n  ", "A b\nC: d\n\nbody\n"},  // a trailing line end stripped: one comes back
        {"A b\nC: d\n\nbody", "A b\nC: d\n\nbody"},                  // none stripped: none added
        {"A b\nC: d\n\nbody  \t", "A b\nC: d\n\nbody"},
        {"A b \t\n \t C: d\n   \n\t body \n\n\n", "A b\nC: d\n\nbody\n"},
        {"A b\r\nC: d\r\n\r\nx\r\n", "A b\nC: d\n\nx\n"},
        {"A b\rC: d\r\rx", "A b\nC: d\n\nx"},
        {"A  b\tc\n\n\nx", "A  b\tc\n\n\nx"},  // inside a line nothing changes
        {" \t\n ", ""},
        {"", ""},
    };
    for (const auto& row : rows) {
        const SourceFile file("f", row.cdata);
        EXPECT_EQ(normalise_message(plain_text(file, {0, static_cast<uint32_t>(file.text().size())}), true).bytes,
                  row.normalised)
            << row.cdata;
    }
}

// Readable form of a text: literals in quotes, keywords in angle brackets.
std::string shown(const ast::Text& text) {
    std::string out;
    for (const ast::Part& p : text.parts) {
        if (p.is_literal()) {
            out += '\'' + p.text + '\'';
            continue;
        }
        out += p.user_key ? "<key " + p.text : std::string("<") + p.keyword->name;
        if (!p.user_key && !p.text.empty()) out += ' ' + p.text;
        if (p.has_offset) out += " @" + std::to_string(p.offset);
        for (const ast::KeywordArg& a : p.args) out += ' ' + a.key + '=' + a.value;
        out += '>';
    }
    return out;
}

TEST(Text, Keywords) {
    const struct {
        std::string text, parts;
        Found found;
    } rows[] = {
        {"", "", {}},
        {"plain ]", "'plain ]'", {}},
        {"a[call_id]b[pid]", "'a'<call_id>'b'<pid>", {}},
        {"[cseq+2][cseq-1][cseq+][branch-12]", "<cseq @2><cseq @-1><branch @-12>", {"unknown-keyword 1:17+7"}},
        {"[cseq++2]", "", {"unknown-keyword 1:1+9"}},
        {"[local_ip+1]", "<local_ip>", {"keyword-takes-no-offset 1:10+2"}},
        {"[last_Via:][last_via][last_P-3GPP-X:][last_cseq_number+1][last_Request_URI]",
         "<last_ Via:><last_ via><last_ P-3GPP-X:><last_cseq_number @1><last_Request_URI>",
         {}},
        {"[$a][$NUM-3][$a b]", "<$ a><$ NUM-3><$ a b>", {}},
        {"[$][last_][last_:]", "", {"empty-keyword 1:1+3", "empty-keyword 1:4+7", "empty-keyword 1:11+8"}},
        {"[fill variable=n text=\"a ]\\\\\\\"b\"]", "<fill variable=n text=a ]\"b>", {}},
        {"[fill text=0x414243 variable=\"n\"]", "<fill text=ABC variable=n>", {}},
        {"[fill]", "<fill>", {"missing-keyword-parameter 1:1+6"}},
        {"[fill txt=X variable=n]", "<fill txt=X variable=n>", {"unknown-keyword-parameter 1:7+5"}},
        {"[fill variable]", "<fill>", {"bad-keyword-parameter 1:7+8"}},
        {"[call_id x]", "", {"keyword-takes-no-parameters 1:10+1"}},
        {"[brnach]", "", {"unknown-keyword 1:1+8"}},
        {"[]", "", {"unknown-keyword 1:1+2"}},
        {"[::1]", "", {"unknown-keyword 1:1+5"}},
        {"[my][my-1][your+1]", "<key my>", {"unknown-keyword 1:5+6", "unknown-keyword 1:11+8"}},
        {"[field0 file=\"a-1.csv\" line=[$n]] x", "<field file=a-1.csv line=[$n]>' x'", {}},
        {"[fieldx][field]", "<field><field>", {"bad-field-number 1:7+1", "bad-field-number 1:15+0"}},
        {"[authentication username=[service] password=\"]\"]", "<authentication username=[service] password=]>", {}},
        {"[authentication username=[nobody]]", "<authentication username=[nobody]>", {"unknown-keyword 1:26+8"}},
        {"[cryptotag2video][cryptokeyparams1audio-1]", "<cryptotag><cryptokeyparams @-1>", {}},
        {"[cryptotag3video]", "", {"unknown-keyword 1:1+17"}},
        {"[file]", "<file>", {"missing-keyword-parameter 1:1+6"}},
        {"x[call_id", "'x[call_id'", {"unclosed-keyword 1:2+1"}},
        {"[a[call_id]", "'[a'<call_id>", {"nested-keyword 1:3+1"}},
        {"\\x5b::1\\x5D \\x4 \\xzq\\x", "'[::1] \x04 q'", {"bad-hex-escape 1:17+3", "bad-hex-escape 1:21+2"}},
        {"[" + std::string(256, 'a') + "]", "", {"unknown-keyword 1:1+258"}},
        {"[" + std::string(257, 'a') + "]", "'[" + std::string(257, 'a') + "]'", {"keyword-too-long 1:1+1"}},
    };
    for (const auto& row : rows) {
        const SourceFile file("f", row.text);
        Diag diag(file);
        const std::string parts = shown(parse_text(whole(file), diag, {"my"}));
        EXPECT_EQ(parts, row.parts) << row.text;
        EXPECT_EQ(found(diag), row.found) << row.text;
    }
}

// One row of keywords.def, one keyword that is recognised.
TEST(Text, EveryKeywordRowIsRecognised) {
    for (const KeywordSpec& spec : keyword_specs()) {
        std::string text = std::string("[") + spec.name;
        if (spec.shape == KeywordShape::Prefix) text += "x";
        if (spec.shape == KeywordShape::Number) text += "7";
        if (spec.shape == KeywordShape::Family) text += split_words(spec.endings()).back();
        for (const AttrSpec& arg : spec.args()) text += std::string(" ") + arg.name + "=v";
        text += "]";
        const SourceFile file("f", text);
        Diag diag(file);
        const ast::Text parsed = parse_text(whole(file), diag, {});
        EXPECT_TRUE(diag.all().empty()) << text;
        ASSERT_EQ(parsed.parts.size(), 1u) << text;
        EXPECT_EQ(parsed.parts[0].keyword, &spec);
        EXPECT_EQ(parsed.parts[0].args.size(), spec.args().size());
    }
}

TEST(Text, UnknownKeywordHints) {
    const Parsed typo(send_of("X y\nVia: [brnach]"));
    EXPECT_EQ(typo.diag.all().at(0).notes.at(0).text, "did you mean `[branch]`?");
    const Parsed address(send_of("X y\nVia: [2001:db8::1]"));
    EXPECT_NE(address.diag.all().at(0).notes.at(0).text.find("\\x5b"), std::string::npos);
    const Parsed own(send_of("X y\nVia: [custmer]"), {{"customer"}});
    EXPECT_EQ(own.diag.all().at(0).notes.at(0).text, "did you mean `[customer]`?");
}

TEST(Text, PlacesInsideAMessage) {
    for (const std::string eol : {"\n", "\r\n", "\r"}) {
        const Parsed parsed("<scenario>" + eol + "<send><![CDATA[" + eol + "    BYE [service] x" + eol +
                            "    Via: a[branch-1];q  " + eol + "    " + eol + "]]></send></scenario>");
        ASSERT_TRUE(parsed.scenario) << render_text(parsed.diag, false);
        const ast::Text& message = *parsed.scenario->children.at(0).message;
        EXPECT_EQ(shown(message), "'BYE '<service>' x\nVia: a'<branch @-1>';q\n\n'");
        EXPECT_EQ(parsed.place(message.parts.at(0).range), "3:5+4");
        EXPECT_EQ(parsed.place(message.parts.at(1).range), "3:9+9");
        EXPECT_EQ(parsed.source(message.parts.at(1).range), "[service]");
        EXPECT_EQ(parsed.place(message.parts.at(3).range), "4:11+10");
        EXPECT_EQ(parsed.source(message.parts.at(3).range), "[branch-1]");
    }
}

TEST(Text, PlacesInsideAnAttributeAndInARepairedFile) {
    const std::string attribute = "<log message=\"&lt;x&gt; \\\"[call_id]\\\"\"/>";
    for (const std::string damage : {"", "w=\"1\""}) {  // without a blank before it: for the tolerant reader
        const Parsed parsed("<scenario>\n<nop hide=\"1\"" + damage + "><action>" + attribute +
                            "</action></nop></scenario>");
        ASSERT_TRUE(parsed.scenario) << render_text(parsed.diag, false);
        const ast::Attr& message = parsed.scenario->children.at(0).actions.at(0).attrs.at(0);
        ASSERT_TRUE(message.text);
        EXPECT_EQ(shown(*message.text), "'<x> \"'<call_id>'\"'");
        EXPECT_EQ(parsed.source(message.text->parts.at(0).range), "&lt;x&gt; \\\"");
        EXPECT_EQ(parsed.source(message.text->parts.at(1).range), "[call_id]");
        EXPECT_EQ(message.value, "<x> \"[call_id]\"");
    }
}

}  // namespace
}  // namespace gsp
