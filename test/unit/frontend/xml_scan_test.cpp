// SPDX-License-Identifier: Apache-2.0
// The scanner: every byte in one token, whatever the text; the readers' tests cover the flaws it reports.
#include "frontend/xml_scan.h"

#include <gtest/gtest.h>

namespace gsp {
namespace {

std::string show(std::string_view text, XmlScanner::Quotes quotes = XmlScanner::Quotes::Escapable) {
    constexpr const char* kNames[] = {"text", "comment", "cdata", "instruction", "doctype", "start", "end"};
    XmlScanner scanner(text, quotes);
    std::string out;
    while (const auto token = scanner.next()) {
        out += kNames[static_cast<size_t>(token->kind)];
        if (token->name.length > 0) out += ' ' + std::string(text.substr(token->name.begin, token->name.length));
        if (token->content.length > 0)
            out += " {" + std::string(text.substr(token->content.begin, token->content.length)) + '}';
        for (const XmlAttr& a : token->attrs)
            out += ' ' + std::string(text.substr(a.name.begin, a.name.length)) + "=[" +
                   std::string(text.substr(a.value.begin, a.value.length)) + ']';
        if (token->is_empty) out += " /";
        if (!token->is_closed) out += " …";
        for (const XmlFlaw& flaw : token->flaws) out += std::string(" !") + diag_info(flaw.id).name;
        out += "\n";
    }
    return out;
}

TEST(XmlScan, Tokens) {
    EXPECT_EQ(show("\xef\xbb\xbf<?xml version='1.0'?><!DOCTYPE s [<!ENTITY e \">\">]> <!-- a --><s b = '1' c=\"2\"><t/>"
                   "<![CDATA[<x>]]></s >"),
              "instruction {xml version='1.0'}\ndoctype\ntext\ncomment { a }\nstart s b=[1] c=[2]\nstart t /\n"
              "cdata {<x>}\nend s\n");
}

TEST(XmlScan, UnfinishedTokensReachToTheEnd) {
    EXPECT_EQ(show("<"), "text !bad-start-tag\n");
    EXPECT_EQ(show("</"), "end !missing-gt\n");
    EXPECT_EQ(show("<recv"), "start recv … !unclosed-tag\n");
    EXPECT_EQ(show("<recv req"), "start recv … !junk-between-attributes !unclosed-tag\n");
    EXPECT_EQ(show("<recv request=\"IN"), "start recv request=[IN] … !unclosed-value\n");
    EXPECT_EQ(show("<![CDATA[ [br"), "cdata { [br} … !unclosed-cdata\n");
    EXPECT_EQ(show("<!-- a"), "comment { a} … !unclosed-comment\n");
    EXPECT_EQ(show("<?p a"), "instruction {p a} … !unclosed-instruction\n");
    EXPECT_EQ(show("<!D [>"), "doctype … !unclosed-instruction\n");
}

TEST(XmlScan, BackslashBeforeAQuote) {
    constexpr std::string_view kText = "<s a=\"C:\\\" b=\"\\\"\">";
    EXPECT_EQ(show(kText, XmlScanner::Quotes::Plain), "start s a=[C:\\] b=[\\] !junk-between-attributes\n");
    EXPECT_EQ(show(kText), "start s a=[C:\\\"] b=[\\\"] !missing-quote !escaped-quote !escaped-quote\n");
}

TEST(XmlScan, EveryByteOnce) {
    constexpr std::string_view kText = "<?x?><!D a><s a=\"1\"b='\\'' c=2 d=\"3 e=\"4\"><![CDATA[x]]><!-- y --></t </s>";
    for (size_t begin = 0; begin < kText.size(); ++begin) {
        for (size_t end = begin; end <= kText.size(); ++end) {
            const std::string_view text = kText.substr(begin, end - begin);
            XmlScanner scanner(text);
            uint32_t at = 0;
            while (const auto token = scanner.next()) {
                ASSERT_EQ(token->range.begin, at) << text;
                ASSERT_GT(token->range.length, 0u) << text;
                at = token->range.end();
                ASSERT_EQ(at, scanner.position()) << text;
            }
            ASSERT_EQ(at, text.size()) << text;
        }
    }
}

}  // namespace
}  // namespace gsp
