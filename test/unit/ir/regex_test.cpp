// SPDX-License-Identifier: Apache-2.0
#include "ir/regex.h"

#include <gtest/gtest.h>

namespace gsp::ir {
namespace {

struct Case {
    const char *posix, *pcre2;
};

TEST(Regex, WritesForPcre2) {
    const Case cases[] = {
        {"abc", "abc"},
        {"a.b*", "a.b*"},
        {"[0-9]{1,3}", "[0-9]{1,3}"},
        {"a{,3}", "a{0,3}"},
        {"a{2,}b{0,1}c{1,}", "a{2,}b?c+"},
        {"[[:digit:]]+", "[0-9]+"},
        {"[^[:space:];]", "[^\\x09-\\x0d ;]"},
        {"\\w\\W\\s\\S", "\\w\\W\\s\\S"},
        {"\\.", "\\."},
        {"\\d", "d"},
        {"[\\d]", "[\\\\d]"},
        {"[]a]", "[\\]a]"},
        {"[^]a]", "[^\\]a]"},
        {"[[]", "[\\[]"},
        {"[a-]", "[\\-a]"},
        {"[[.a.]-c]", "[a-c]"},
        {"a)", "a\\)"},
        {"(a)b", "(a)b"},
        {"\\`a\\'", "\\Aa\\z"},
        {"a#\n\x80", "a#\\x0a\\x80"},
        {"^a$", "^a$"},
        {"a**b+?c?*", "a*b*c*"},
        {"a{2}{3}", "(?=)(?:a{2}){3}"},
        {"m=audio ([0-9]{1,5}) RTP/AVP", "m=audio ([0-9]{1,5}) RTP/AVP"},
        {"<(sip|sips):([^@]+)@", "(?=)<(sip|sips):([^@]+)@"},
        {"a|b", "(?=)(?:a|b)"},
        {"(ab)?c(d)*", "(?=)(ab)?c(d)*"},
        {"(\\W|^)x(\\W|$)", "(?=)(\\W|^)x(\\W|$)"},
        {"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "(a)(b)(c)(d)(e)(f)(g)(h)(i)(?:j)"},  // nine groups are asked for
    };
    for (const Case& c : cases) {
        TranslatedRegex t = translate_regex(c.posix);
        EXPECT_EQ(t.error, "") << c.posix;
        EXPECT_FALSE(t.posix) << c.posix << ": " << t.why_posix;
        EXPECT_EQ(t.pattern, c.pcre2) << c.posix;
    }
}

TEST(Regex, LeavesWhatCouldDifferToTheCLibrary) {
    const struct {
        const char *posix, *why;
    } cases[] = {
        {"(a)\\1", "back-reference"},
        {"\\<a", "word boundary"},
        {"a\\b", "word boundary"},
        {"a|ab", "longest"},
        {"(sip:bob|sip:bob_two)", "longest"},
        {"(a|ab)(c)?", "longest"},
        {"(a?)*", "empty"},
        {"()+", "empty"},
        {"a{,2}{2}", "repetition of a repetition"},
        {"(ab|a|b){0,2}", "counted group"},
        {"(|a)b", "empty alternative"},
        {"a^b", "within"},
        {"a$b", "within"},
        {"(a$)*", "repeated ^ or $"},
        {".(.b*)?$|(b*)b", "groups can depend"},
        {"(.{100}){50}", "too large to prove"},
    };
    for (auto& c : cases) {
        TranslatedRegex t = translate_regex(c.posix);
        EXPECT_TRUE(t.posix) << c.posix << " became " << t.pattern;
        EXPECT_EQ(t.pattern, c.posix);
        EXPECT_NE(t.why_posix.find(c.why), std::string::npos) << c.posix << ": " << t.why_posix;
    }
}

TEST(Regex, WantsLess) {
    EXPECT_TRUE(translate_regex("(a?)*b|bc", kAllGroups).posix);
    EXPECT_EQ(translate_regex("(a?)*b|bc", 0).pattern, "(?=)(?:(?:a?)*b|bc)");  // whether it matches
    EXPECT_TRUE(translate_regex("(ab|a|b){0,2}", 2).posix);
    EXPECT_EQ(translate_regex("(a(b)|c)d", 2).pattern, "(?=)(a(?:b)|c)d");
    EXPECT_EQ(translate_regex("(a(b)|c)d", 1).pattern, "(?=)(?:a(?:b)|c)d");
    EXPECT_EQ(translate_regex("(a(b)|c)d", 1).groups, 2u);
}

TEST(Regex, RefusesWhatTheCLibraryRefuses) {
    for (const char* p :
         {"(", "[a", "*a", "a|*b", "^*", "a{2", "a{x}", "a{3,2}", "\\", "[[:nope:]]", "[z-a]", "\\1", "a{65536}"})
        EXPECT_NE(translate_regex(p).error, "") << p;
    // regcomp would need gigabytes or overflow the stack
    std::string stars(100000, '*'), pluses(40, '+'), open(100000, '('), close(100000, ')');
    for (const std::string& p : {std::string("((((a{999}){999}){999}){999}){999}"), "a" + stars, "a" + pluses,
                                 "a" + pluses + "{", open + "a" + close})
        EXPECT_EQ(translate_regex(p).error, "Regular expression too big");
    EXPECT_EQ(translate_regex(std::string_view("ab\0c", 4)).error_offset, 2u);
}

TEST(Regex, CountsGroups) {
    EXPECT_EQ(translate_regex("a").groups, 0u);
    EXPECT_EQ(translate_regex("(a(b))(c)").groups, 3u);
    EXPECT_EQ(translate_regex("\\(a[(]").groups, 0u);
}

TEST(Regex, SaysWhatIsHardlyMeant) {
    EXPECT_NE(translate_regex("\\d").dubious.find("`\\d`"), std::string::npos);
    EXPECT_NE(translate_regex("a=(.*?) b").dubious.find("lazy"), std::string::npos);
    EXPECT_NE(translate_regex("(a)\\1").dubious.find("back-reference"), std::string::npos);
    for (const char* fine : {"\\w", "\\.", "a?", "(a)?"}) EXPECT_EQ(translate_regex(fine).dubious, "") << fine;
}

}  // namespace
}  // namespace gsp::ir
