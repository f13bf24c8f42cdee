// SPDX-License-Identifier: Apache-2.0
#include "runtime/actions/regex.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace gsp::rt {
namespace {

gsp_regex regex_of(const char* source, bool posix) {
    gsp_text text{source, static_cast<uint32_t>(strlen(source))};
    return {text, posix ? gsp_text{} : text, posix, 0, 7, {}};
}

Result<Regexes> compiled(std::vector<gsp_regex> regexes) {
    gsp_program program{};
    program.regexes = regexes.data();
    program.n_regexes = static_cast<uint32_t>(regexes.size());
    return Regexes::compile(program);
}

// Both libraries; the expressions mean the same in both.
class RegexesOf : public testing::TestWithParam<bool> {
protected:
    Regexes::Match find(const char* source, std::string_view subject) {
        sources_ = {regex_of(source, GetParam())};
        gsp_program program{};
        program.regexes = sources_.data();
        program.n_regexes = 1;
        regexes_ = std::move(*Regexes::compile(program));
        Regexes::Match out;
        regexes_.match(0, subject, out);
        EXPECT_EQ(regexes_.matches(0, subject), out.matched) << source;
        return out;
    }

private:
    std::vector<gsp_regex> sources_;
    Regexes regexes_;
};

TEST_P(RegexesOf, Groups) {
    Regexes::Match m = find("(a)(x)?(b*)", "zacbb");
    ASSERT_TRUE(m.matched);
    EXPECT_EQ(m.groups[0], "a");
    EXPECT_EQ(m.groups[1], "a");
    EXPECT_EQ(m.groups[2].data(), nullptr);  // took no part
    EXPECT_NE(m.groups[3].data(), nullptr);  // took part, and is empty
    EXPECT_EQ(m.groups[3], "");
    EXPECT_EQ(m.groups[4].data(), nullptr);
    m = find("(1)(2)(3)(4)(5)(6)(7)(8)(9)(A)(B)", "0123456789ABC");
    ASSERT_TRUE(m.matched);
    EXPECT_EQ(m.groups[0], "123456789AB");
    EXPECT_EQ(m.groups[9], "9");
}

TEST_P(RegexesOf, SubjectsEndAtNul) {
    using namespace std::string_view_literals;
    EXPECT_EQ(find("b.*$", "abc\0d"sv).groups[0], "bc");
    EXPECT_FALSE(find("d", "abc\0d"sv).matched);
    EXPECT_TRUE(find("^$", "\0d"sv).matched);
    EXPECT_TRUE(find("^$", {}).matched);
}

TEST_P(RegexesOf, LinesAndBytes) {
    EXPECT_EQ(find("a.c", "a\nc").groups[0], "a\nc");
    EXPECT_FALSE(find("a$", "a\n").matched);
    EXPECT_FALSE(find("^b", "a\nb").matched);
    EXPECT_EQ(find("\\W+", "\xc3\xb6").groups[0], "\xc3\xb6");
    EXPECT_FALSE(find("ab", "AB").matched);
}

TEST_P(RegexesOf, StepLimitIsNoLimitToTheAnswer) {
    std::string subject(60, 'x');
    EXPECT_FALSE(find("(x+x+)+[yz]", subject).matched);
    EXPECT_TRUE(find("(x+x+)+[yz]", subject + "z").matched);
    EXPECT_TRUE(find("(x|y)*[^xy]", std::string(200'000, 'x') + "z").matched);  // far more stack than there is
}

INSTANTIATE_TEST_SUITE_P(Library, RegexesOf, testing::Bool(),
                         [](auto& test) { return std::string(test.param ? "posix" : "pcre2"); });

TEST(Regexes, SayWhichDoesNotCompile) {
    for (bool posix : {false, true}) {
        auto result = compiled({regex_of("a", posix), regex_of("(b", posix)});
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().text.find("line 7: cannot compile the regular expression `(b`: "), 0u);
    }
}

}  // namespace
}  // namespace gsp::rt
