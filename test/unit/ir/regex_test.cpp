// SPDX-License-Identifier: Apache-2.0
#include "ir/regex.h"

#include <gtest/gtest.h>

namespace gsp::ir {
namespace {

struct Case {
    const char *posix, *pcre2;
};

TEST(Regex, TranslatesWhatPosixAndPcre2WriteDifferently) {
    const Case cases[] = {
        {"abc", "abc"},
        {"a.b*", "a.b*"},
        {"[0-9]{1,3}", "[0-9]{1,3}"},
        {"a{,3}", "a{0,3}"},
        {"[[:digit:]]+", "[[:digit:]]+"},
        {"\\w\\s", "\\w\\s"},
        {"\\.", "\\."},
        {"\\d", "d"},
        {"[\\d]", "[\\\\d]"},
        {"[]a]", "[\\]a]"},
        {"[^]a]", "[^\\]a]"},
        {"[[]", "[\\[]"},
        {"a)", "a\\)"},
        {"(a)b", "(a)b"},
        {"\\<a\\>", "\\b(?=\\w)a\\b(?<=\\w)"},
        {"\\`a\\'", "\\Aa\\z"},
        {"a#b", "a\\#b"},
        {"^a$", "^a$"},
        {"m=audio ([0-9]{1,5}) RTP/AVP", "m=audio ([0-9]{1,5}) RTP/AVP"},
    };
    for (const Case& c : cases) {
        TranslatedRegex t = translate_regex(c.posix, false);
        EXPECT_EQ(t.error, "") << c.posix;
        EXPECT_FALSE(t.posix) << c.posix << ": " << t.why_posix;
        EXPECT_EQ(t.pattern, c.pcre2) << c.posix;
    }
}

TEST(Regex, LeavesWhatCouldDifferToTheCLibrary) {
    for (const char* p : {"a|ab", "(a?)*", "(ab)?c", "a+?", "(a)\\1", "[[.a.]]", "a**"}) {
        TranslatedRegex t = translate_regex(p, false);
        EXPECT_TRUE(t.posix) << p;
        EXPECT_EQ(t.pattern, p);
        EXPECT_NE(t.why_posix, "") << p;
    }
}

TEST(Regex, RefusesWhatTheCLibraryRefuses) {
    for (const char* p : {"(", "[a", "*a", "a{2", "a{3,2}", "\\", "[[:nope:]]"})
        EXPECT_NE(translate_regex(p, false).error, "") << p;
}

TEST(Regex, CountsGroups) {
    EXPECT_EQ(translate_regex("a", false).groups, 0u);
    EXPECT_EQ(translate_regex("(a(b))(c)", false).groups, 3u);
    EXPECT_EQ(translate_regex("\\(a[(]", false).groups, 0u);
}

TEST(Regex, SaysWhatIsHardlyMeant) {
    EXPECT_NE(translate_regex("\\d", false).dubious.find("`\\d`"), std::string::npos);
    EXPECT_EQ(translate_regex("\\w", false).dubious, "");
}

}  // namespace
}  // namespace gsp::ir
