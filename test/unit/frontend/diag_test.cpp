// SPDX-License-Identifier: Apache-2.0
#include "frontend/diag.h"

#include <gtest/gtest.h>

#include <set>

namespace gsp {
namespace {

TEST(Diag, NamesAreUniqueAndKebabCase) {
    std::set<std::string> names;
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
#define DIAG(id, kebab, severity, text)                                            \
    EXPECT_TRUE(names.insert(kebab).second) << kebab;                              \
    EXPECT_EQ(std::string_view(kebab).find_first_not_of(kLetters), kLetters.npos); \
    EXPECT_STREQ(diag_info(D::id).name, kebab);
#include "frontend/diagnostics.def"
}

TEST(Diag, TextWithCaretNoteAndTabs) {
    const SourceFile file("my.xml", "one\n\tVia: [brnach]\n");
    Diag diag(file);
    diag.emit(D::UnknownKeyword, {10, 8}, {"brnach"}).note("did you mean `[branch]`?", {10, 8});
    EXPECT_EQ(render_text(diag, false),
              "my.xml:2:7: error: unknown keyword `[brnach]` [unknown-keyword]\n"
              "      \tVia: [brnach]\n"
              "      \t     ^~~~~~~~\n"
              "my.xml:2:7: note: did you mean `[branch]`?\n");
    EXPECT_NE(render_text(diag, true).find("\x1b["), std::string::npos);
}

TEST(Diag, NoteElsewhereShowsItsOwnLine) {
    const SourceFile file("f", "ab\ncd\n");
    Diag diag(file);
    diag.emit(D::DuplicateAttribute, {3, 1}, {"x"}).note("the first one counts", {1, 1});
    EXPECT_EQ(render_text(diag, false),
              "f:2:1: warning: attribute `x` is given twice [duplicate-attribute]\n      cd\n      ^\n"
              "f:1:2: note: the first one counts\n      ab\n       ^\n");
}

TEST(Diag, CaretCountsCharactersNotBytesAndStopsAtTheLineEnd) {
    const SourceFile file("f",
                          "\xc3\xa9\xc3\xa9"
                          "ab\nnext\n");
    Diag diag(file);
    diag.emit(D::StrayText, {4, 6});
    EXPECT_EQ(render_text(diag, false),
              "f:1:5: warning: text outside of a CDATA section is ignored [stray-text]\n"
              "      \xc3\xa9\xc3\xa9"
              "ab\n        ^~\n");
}

TEST(Diag, ControlBytesOfTheFileDoNotReachTheTerminal) {
    const SourceFile file("f", "a\x1b[31mb");
    Diag diag(file);
    diag.emit(D::UnknownElement, {1, 1}, {"\x1b[31m"});
    EXPECT_EQ(render_text(diag, false).find('\x1b'), std::string::npos);
}

TEST(Diag, SortedByPositionAndLongLinesAreCut) {
    const SourceFile file("f", std::string(100'000, 'x') + "\n");
    Diag diag(file);
    diag.emit(D::StrayText, {50'000, 3});
    diag.emit(D::StrayText, {10, 1});
    const std::string text = render_text(diag, false);
    EXPECT_LT(text.find("f:1:11:"), text.find("f:1:50001:"));
    EXPECT_LT(text.size(), 2000u);
    EXPECT_NE(text.find("^~~"), std::string::npos);
}

TEST(Diag, WarningsAsErrorsAndSuppression) {
    const SourceFile file("f", "x");
    Diag strict(file, {true, {}});
    strict.emit(D::StrayText, {0, 1});
    EXPECT_EQ(strict.errors(), 1);
    EXPECT_FALSE(strict.ok());
    EXPECT_EQ(strict.all()[0].severity, Severity::Error);

    Diag quiet(file, {true, {"stray-text", "unknown-keyword"}});
    quiet.emit(D::StrayText, {0, 1}).note("is dropped too");
    EXPECT_TRUE(quiet.ok());
    EXPECT_TRUE(quiet.all().empty());
    quiet.emit(D::UnknownKeyword, {0, 1}, {"x"});
    EXPECT_EQ(quiet.errors(), 1) << "errors cannot be suppressed";
}

TEST(Diag, FloodIsCountedButNotKept) {
    const SourceFile file("f", "x");
    Diag diag(file);
    for (int i = 0; i < 5000; ++i) diag.emit(D::StrayText, {0, 1}).note("n");
    diag.emit(D::UnknownKeyword, {0, 1}, {"x"});
    EXPECT_EQ(diag.warnings(), 5000);
    EXPECT_EQ(diag.errors(), 1);
    EXPECT_EQ(diag.all().back().severity, Severity::Error) << "a flood of warnings must not hide an error";
    EXPECT_NE(render_text(diag, false).find("f: 4000 more diagnostics not shown\n"), std::string::npos);
}

TEST(Diag, Json) {
    const SourceFile file("a\"b", "x\xff\ny");
    Diag diag(file);
    diag.emit(D::UnknownElement, {0, 2}, {"\xff\x01"}).note("plain").note("here", {3, 1});
    EXPECT_EQ(
        render_json({&diag}),
        "[\n{\"file\":\"a\\\"b\",\"line\":1,\"column\":1,\"end_line\":1,\"end_column\":3,\"offset\":0,\"length\":2,"
        "\"severity\":\"error\",\"id\":\"unknown-element\",\"text\":\"unknown element `<\\ufffd\\u0001>`\","
        "\"notes\":[{\"text\":\"plain\"},{\"file\":\"a\\\"b\",\"line\":2,\"column\":1,\"end_line\":2,\"end_column\":2,"
        "\"offset\":3,\"length\":1,\"text\":\"here\"}]}\n]\n");
    EXPECT_EQ(render_json({}), "[\n]\n");
}

TEST(Diag, Sarif) {
    const SourceFile file("s.xml", "\xc3\xa9x\n");
    Diag diag(file);
    diag.emit(D::StrayText, {2, 1}).note("seen here", {0, 2});
    const std::string out = render_sarif({&diag}, "1.2");
    EXPECT_NE(out.find("\"version\":\"2.1.0\""), std::string::npos);
    EXPECT_NE(out.find("\"name\":\"gossipper\",\"version\":\"1.2\",\"rules\":[{\"id\":\"stray-text\""),
              std::string::npos);
    EXPECT_NE(out.find("\"ruleId\":\"stray-text\",\"level\":\"warning\""), std::string::npos);
    EXPECT_NE(out.find("\"region\":{\"startLine\":1,\"startColumn\":2,\"endLine\":1,\"endColumn\":3}"),
              std::string::npos);
    EXPECT_NE(out.find("\"relatedLocations\":[{\"physicalLocation\""), std::string::npos);
}

TEST(Diag, Nearest) {
    const std::vector<std::string_view> words = {"branch", "cseq", "len", "local_ip", "local_port", "call_id", "pid"};
    const struct {
        std::string_view word, expected;
    } rows[] = {
        {"brnach", "branch"},   // swap
        {"branchh", "branch"},  // one too many
        {"banch", "branch"},    // one missing
        {"local_prot", "local_port"},
        {"lcoal_pi", "local_ip"},  // two swaps
        {"lne", "len"},
        {"Call_ID", ""},  // three letters differ: too far for seven
        {"cal_id", "call_id"},
        {"contact", ""},
        {"", ""},
        {"x", ""},
    };
    for (const auto& row : rows) EXPECT_EQ(nearest(row.word, words), row.expected) << row.word;
    EXPECT_EQ(nearest(std::string(5000, 'a'), words), "");
    EXPECT_EQ(nearest("a", {}), "");
}

}  // namespace
}  // namespace gsp
