// SPDX-License-Identifier: Apache-2.0
// What the translated expressions find, through the runtime that runs them, against the C library's regexec: the whole
// match and nine groups, to the byte. Expressions come from a seeded generator and, where it is there, from the corpus;
// subjects are strings made to match, mutations of these, random ones, and SIP messages.
//   GSP_REGEX_PATTERNS: how many random expressions (default 12000, with 20 subjects each)
//   GSP_REGEX_SEED: other ones (default 1)
#include <gtest/gtest.h>
#include <regex.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "frontend/parse.h"
#include "ir/regex.h"
#include "ir/regex_parse.h"
#include "runtime/actions/regex.h"

namespace gsp::ir {
namespace {

unsigned number_from_environment(const char* name, unsigned otherwise) {
    const char* text = std::getenv(name);
    return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    size_t below(size_t n) { return engine_() % n; }
    bool one_in(size_t n) { return below(n) == 0; }
    template <class T>
    const auto& of(const T& things) {
        return things[below(std::size(things))];
    }

private:
    std::mt19937 engine_;
};

const std::string kBrackets[] = {
    "[ab]",        "[^a]",  "[a-c]", "[]a]",         "[^]a]",         "[a-]",
    "[-a]",        "[a^]",  "[[]",   "[[:alpha:]_]", "[^[:space:]]",  "[[:digit:][:upper:]]",
    "[\\d]",       "[\\]",  "[a\\]", "[[.a.]-c]",    "[[=a=]b]",      "[+--]",
    "[.*]",        "[(|)]", "[{}]",  "[^\n]",        "[\x80-\xff]",   "[^a-z0-9 ]",
    "[[:punct:]]", "[^;>]", "[$]",   "[[.hyphen.]]", "[z-a]",         "[[:nope:]]",
    "[0-9]",       "[a-a]", "[^^]",  "[]-a]",        "[[:alpha:]-z]", "[#-\\w]"};
const std::string kEscapes[] = {"\\w", "\\W", "\\s", "\\S", "\\d", "\\.", "\\*", "\\(",  "\\)",
                                "\\[", "\\]", "\\{", "\\}", "\\|", "\\^", "\\$", "\\\\", "\\/",
                                "\\n", "\\0", "\\-", "\\a", "\\Q", "\\E", "\\K"};
const std::string kPlaces[] = {"^", "$", "\\b", "\\B", "\\<", "\\>", "\\`", "\\'"};
const std::string kRepeats[] = {"*",   "+",   "?",     "*",    "+",     "?",   "{2}", "{1,2}", "{,2}", "{0,3}", "{2,}",
                                "{0}", "{1}", "{1,3}", "{0,}", "{2,4}", "{,}", "{x",  "{3,2}", "*?",   "+*",    "??"};
const std::string kLetters[] = {"a", "b", "c",  "ab",   "aab", "1",    " ", ";", "A",
                                "_", "-", "\n", "\xe9", "=",   "sip:", "}", "#", "<"};

// Expressions, most of them valid.
class Generator {
public:
    Generator(Dice& dice) : dice_(dice) {}

    std::string expression() {
        letters_ = 2 + dice_.below(dice_.one_in(2) ? 2 : std::size(kLetters) - 1);
        wild_ = dice_.one_in(3);
        groups_ = 0;
        std::string out = alternatives(1 + dice_.below(4));
        if (dice_.one_in(12)) out.insert(0, 1, '^');
        if (dice_.one_in(8)) out += '$';
        return out;
    }

private:
    std::string alternatives(size_t depth) {
        std::string out = branch(depth);
        while (dice_.one_in(4)) out += "|" + branch(depth);
        return out;
    }

    std::string branch(size_t depth) {
        std::string out;
        if (dice_.one_in(20)) return out;
        size_t n = 1 + dice_.below(4);
        for (size_t i = 0; i < n; ++i) {
            if (dice_.one_in(wild_ ? 12 : 40)) {
                out += dice_.of(kPlaces);
                continue;
            }
            out += atom(depth);
            if (dice_.one_in(3)) out += wild_ ? dice_.of(kRepeats) : kRepeats[dice_.below(10)];
        }
        if (dice_.one_in(500)) out += "*)({[\\|"[dice_.below(7)];
        return out;
    }

    std::string atom(size_t depth) {
        if (depth > 0 && dice_.one_in(3)) {
            size_t n = dice_.one_in(30) ? 0 : depth - 1;
            std::string out = n || !dice_.one_in(20) ? "(" + alternatives(n) + ")" : "()";
            ++groups_;
            return out;
        }
        if (wild_ && dice_.one_in(4)) return dice_.of(kBrackets);
        if (wild_ && dice_.one_in(6)) return dice_.of(kEscapes);
        if (groups_ && dice_.one_in(60)) return "\\" + std::to_string(1 + dice_.below(groups_));
        if (dice_.one_in(10)) return ".";
        if (dice_.one_in(10)) return kBrackets[dice_.below(3)];
        return kLetters[dice_.below(letters_)];
    }

    Dice& dice_;
    size_t letters_ = 2, groups_ = 0;
    bool wild_ = false;
};

// A string that the expression matches, if its places allow it.
void sample(const regex::Node& n, Dice& dice, std::string& out) {
    switch (n.kind) {
    case regex::Kind::Bytes: {
        std::string bytes;
        for (const char* common = "ab1 ;c>"; *common; ++common)
            if (n.bytes[static_cast<unsigned char>(*common)]) bytes += *common;
        if (bytes.empty() || dice.one_in(8))
            for (size_t i = 1; i < 256; ++i)
                if (n.bytes[i]) bytes += static_cast<char>(i);
        if (!bytes.empty()) out += dice.of(bytes);
        return;
    }
    case regex::Kind::Alt: return sample(dice.of(n.children), dice, out);
    case regex::Kind::Repeat: {
        size_t most = std::min<size_t>(n.max, n.min + 3);
        for (size_t i = n.min + dice.below(most - n.min + 1); i > 0; --i) sample(n.children[0], dice, out);
        return;
    }
    default:
        for (const regex::Node& child : n.children) sample(child, dice, out);
    }
}

void mutate(std::string& s, Dice& dice) {
    for (size_t n = dice.below(3); n > 0; --n) {
        size_t at = dice.below(s.size() + 1), length = dice.below(3);
        switch (dice.below(4)) {
        case 0: s.insert(at, s.substr(dice.below(s.size() + 1), length)); break;
        case 1: s.erase(at, length); break;
        case 2: s.insert(at, dice.of(kLetters)); break;
        default: s = s.substr(at) + s.substr(0, at);
        }
    }
}

const std::string kMessages[] = {
    "INVITE sip:bob@127.0.0.1:5060;transport=udp SIP/2.0\r\nVia: SIP/2.0/UDP "
    "127.0.0.2:5061;branch=z9hG4bK-1-0;rport\r\n"
    "Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@127.0.0.2:5061>;tag=a1b2.c3\r\nTo: <sip:bob@127.0.0.1:5060>\r\n"
    "Call-ID: 1-77@127.0.0.2\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@127.0.0.2:5061;ob>;expires=55\r\n"
    "Supported: 100rel, timer\r\nContent-Type: application/sdp\r\nContent-Length: 180\r\n\r\nv=0\r\n"
    "o=alice 53655765 2353687637 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 6000 RTP/AVP 9 0 8 "
    "101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\nm=video 6002 RTP/AVP 34 99\r\na=sendrecv\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.2:5061;branch=z9hG4bK-1-0;received=127.0.0.2;rport=5061\r\n"
    "Record-Route: <sip:127.0.0.1:5062;lr>,<sip:127.0.0.3;lr>\r\nFrom: <sip:alice@127.0.0.2>;tag=a1\r\n"
    "To: \"Bob\" <sip:bob_two@[::1]:5066>;tag=b7;x=\"y\"\r\nCall-ID: 1-77@127.0.0.2\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:carol-office@127.0.0.2:5062>;expires=15\r\nContent-Length: 0\r\n\r\n",
    "NOTIFY sip:a@b SIP/2.0\r\nFrom: <sips:j\xc3\xb6rg@b>;tag=1\r\nEvent: message-summary\r\nCSeq: 2 NOTIFY\r\n"
    "Subscription-State: active;expires=59\r\nAuthorization: Digest "
    "username=\"star\",realm=\"r\",nonce=\"47eb\",response=\"f2\"\r\n"
    "\r\nMessages-Waiting: yes\r\nVoice-Message: 1/2 (0/0)\r\n<?xml "
    "version=\"1.0\"?><status><basic>open</basic></status>\r\n",
    "486 Busy Here",
    "603",
    "",
    "\"Alice\" <sip:alice@127.0.0.2:5061>;tag=a1b2.c3",
    "sip:+15551000001@example.org;user=phone"};

std::vector<std::string> subjects_for(const std::string& pattern, size_t count, Dice& dice) {
    regex::Parsed parsed = regex::parse(pattern);
    std::vector<std::string> out;
    while (out.size() < count) {
        std::string s;
        if (dice.one_in(4))
            for (size_t n = dice.below(9); n > 0; --n)
                s += kLetters[dice.below(dice.one_in(3) ? std::size(kLetters) : 4)];
        else
            sample(parsed.root, dice, s);
        if (s.size() > 4000) continue;
        mutate(s, dice);
        if (dice.one_in(10)) {
            std::string message = dice.of(kMessages);
            s = message.insert(dice.below(message.size() + 1), s);
        }
        if (dice.one_in(50)) s.insert(dice.below(s.size() + 1), 1, '\0');
        out.push_back(std::move(s));
    }
    return out;
}

std::string printable(std::string_view s) {
    std::string out;
    for (char c : s) {
        char text[8];
        bool plain = c >= ' ' && c <= '~';
        snprintf(text, sizeof text, plain ? "%c" : "\\x%02x", static_cast<unsigned char>(c));
        out += text;
    }
    return out;
}

using Groups = std::vector<std::pair<long, long>>;  // begin and end; -1: took no part; empty: no match

std::string printable(const Groups& groups) {
    std::string out = groups.empty() ? "no match" : "";
    for (auto [begin, end] : groups) out += "(" + std::to_string(begin) + "," + std::to_string(end) + ")";
    return out;
}

// One expression, in the C library and in three translations: for all groups, for the match, for whether there is one.
class Differential {
public:
    bool with_posix = false;  // those that are left to the C library run, too
    unsigned pairs = 0, differences = 0, invalid = 0, expressions = 0;
    std::map<std::string, unsigned> fallbacks;

    void add(std::string pattern, std::vector<std::string> subjects) {
        cases_.push_back({std::move(pattern), std::move(subjects)});
        if (cases_.size() == 200) run();
    }

    void run() {
        std::vector<gsp_regex> regexes;
        for (Case& c : cases_) {
            for (unsigned wanted : kWanted) c.translated[wanted] = translate_regex(c.pattern, wanted);
            const TranslatedRegex& t = c.translated[kAllGroups];
            ++expressions;
            invalid += !t.error.empty();
            if (t.posix) ++fallbacks[t.why_posix];
            for (unsigned wanted : kWanted) {
                const std::string& text = c.translated[wanted].pattern;
                gsp_text source{c.pattern.c_str(), static_cast<uint32_t>(c.pattern.size())};
                if (takes_part(c.translated[wanted]))
                    regexes.push_back({source,
                                       {text.c_str(), static_cast<uint32_t>(text.size())},
                                       c.translated[wanted].posix,
                                       0,
                                       0,
                                       0,
                                       {}});
            }
        }
        gsp_program program{};
        program.regexes = regexes.data();
        program.n_regexes = static_cast<uint32_t>(regexes.size());
        auto compiled = rt::Regexes::compile(program);
        ASSERT_TRUE(compiled) << compiled.error().text;
        uint32_t next = 0;
        for (const Case& c : cases_) compare(c, *compiled, next);
        cases_.clear();
    }

    std::string summary() const {
        std::string out = std::to_string(expressions) + " expressions, " + std::to_string(invalid) + " invalid, " +
                          std::to_string(pairs) + " pairs with subjects\n";
        for (auto& [why, n] : fallbacks) out += "  left to the C library: " + std::to_string(n) + " " + why + "\n";
        return out;
    }

private:
    static constexpr unsigned kWanted[] = {kAllGroups, 1, 0};
    struct Case {
        std::string pattern;
        std::vector<std::string> subjects;
        std::map<unsigned, TranslatedRegex> translated{};
    };

    bool takes_part(const TranslatedRegex& t) const { return t.error.empty() && (with_posix || !t.posix); }

    // SIPp compiles with REG_NOSUB where it only asks whether there is a match.
    void compare(const Case& c, rt::Regexes& regexes, uint32_t& next) {
        regex_t posix, without_groups;
        int code = regcomp(&posix, c.pattern.c_str(), REG_EXTENDED);
        for (auto& [wanted, t] : c.translated) EXPECT_EQ(t.error.empty(), code == 0) << printable(c.pattern) << t.error;
        if (code != 0) return;
        ASSERT_EQ(regcomp(&without_groups, c.pattern.c_str(), REG_EXTENDED | REG_NOSUB), 0);
        for (unsigned wanted : kWanted) {
            const TranslatedRegex& t = c.translated.at(wanted);
            EXPECT_EQ(t.groups, posix.re_nsub) << printable(c.pattern);
            if (!takes_part(t)) continue;
            uint32_t index = next++;
            for (const std::string& subject : c.subjects) {
                ++pairs;
                if (wanted == 0) {
                    bool expected = regexec(&without_groups, subject.c_str(), 0, nullptr, 0) == 0;
                    if (regexes.matches(index, subject) != expected)
                        report(c, t, subject, expected ? "match" : "no match", expected ? "no match" : "match");
                    continue;
                }
                Groups expected = run_regexec(posix, subject), found = run_pcre2(regexes, index, subject);
                if (expected.size() > wanted) expected.resize(wanted), found.resize(wanted, {-2, -2});
                if (found != expected) report(c, t, subject, printable(expected), printable(found));
            }
        }
        regfree(&posix);
        regfree(&without_groups);
    }

    static Groups run_regexec(const regex_t& posix, const std::string& subject) {
        regmatch_t groups[kAllGroups];
        Groups out;
        if (regexec(&posix, subject.c_str(), kAllGroups, groups, 0) == 0)
            for (const regmatch_t& g : groups) out.emplace_back(g.rm_so, g.rm_eo);
        return out;
    }

    static Groups run_pcre2(rt::Regexes& regexes, uint32_t index, const std::string& subject) {
        rt::Regexes::Match match;
        regexes.match(index, subject, match);
        Groups out;
        if (!match.matched) return out;
        for (std::string_view g : match.groups) {
            long begin = g.data() ? g.data() - subject.data() : -1;
            out.emplace_back(begin, g.data() ? begin + static_cast<long>(g.size()) : -1);
        }
        return out;
    }

    void report(const Case& c, const TranslatedRegex& t, const std::string& subject, const std::string& expected,
                const std::string& found) {
        if (++differences > 20) return;
        ADD_FAILURE() << "expression " << printable(c.pattern) << "\nPCRE2      " << printable(t.pattern)
                      << "\nsubject    " << printable(subject) << "\nregexec    " << expected << "\nPCRE2      "
                      << found;
    }

    std::vector<Case> cases_;
};

TEST(RegexDifferential, RandomExpressions) {
    Dice dice(number_from_environment("GSP_REGEX_SEED", 1));
    Differential differential;
    for (unsigned n = number_from_environment("GSP_REGEX_PATTERNS", 12000); n > 0; --n) {
        std::string pattern = Generator(dice).expression();
        differential.add(pattern, subjects_for(pattern, 20, dice));
    }
    differential.run();
    std::cout << differential.summary();
    EXPECT_EQ(differential.differences, 0u);
}

// What was found by the test above, or by reading: faults of the C library that SIPp's users see, and of PCRE2's JIT.
TEST(RegexDifferential, KnownTraps) {
    const std::pair<const char*, const char*> traps[] = {
        // the longest match, not the first
        {"a|ab", "ab"},
        {"(a|ab)(c|bcd)(d*)", "abcd"},
        {"a?(ab)?", "ab"},
        {"(sip:bob|sip:bob_two)", "<sip:bob_two@b>"},
        // PCRE2's JIT 10.42 loses matches
        {"(1|)b*1", "1"},
        {"(aabaabb|)ab+ab()", "aabaabbabb"},
        // an inner ^ or $ at a newline, and one that is forgotten in a copy
        {"([\\]\n{2,4}^-)", "\\\n\n-"},
        {"a$\nb", "a\nb"},
        {"a?(c.(($aa|bbb)*b(a.?cc)b){0,3})a?", "acbbaccbbaccbbbbaabbbbabccba"},
        {"(\\'\\Bab){,2}\\|", "ab|"},
        // word boundaries
        {"(\\<b[ab].{2}){2}(aaa){2}", "bb abb>baaaaaaa"},
        {".+(\\bb*)", ";bb"},
        {"[a-c]{,2}(.{2})\\>", "b;>"},
        {"[a^]*\\B", "ca"},
        // $ in alternatives
        {"((\\| ;|A{0};).*$)|.[a-c](abab).", ";cabab;"},
        {".(.(.{,2}a?.))?$|(b?(ba+ab?|bb*[a-c]b?))b", "bbbbb"},
        {"(^|;)tag=([^;]*)(;|$)", "x;tag=a1"},
        // counts before texts
        {"(ab|a|b){0,2}", "ab"},
        {"(.b|a|b){,3}c", "abbc"},
        // empty alternatives and empty repetitions
        {"(|a)(a?)", "a"},
        {"(||a)(a?)b", "ab"},
        {"(a*)*", "b"},
        {"(a*)+b", "b"},
        {"((a*)?b)*", "abb"},
        {"(()|a)*b", "aab"},
        // groups of earlier repetitions
        {"((a)|b)*", "ab"},
        {"((a)|(b))*c", "abc"},
        {"(a(b)?)+", "aba"},
        // many steps
        {"([^a]+c{0,3})*[a]", "SIP/2.0 200 OK\r\nVi: SIP/2.0/UDP 127.0.0.2:5061;brnch=z9hG4bK-1-0;rport=5061\r\n\r\n"},
        {"(x+x+)+[yz]", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"},
        // bytes beyond ASCII
        {"\xc3[^a]\\W\\S", "\xc3\xb6\xe9\xff"},
        {"[\x80-\xff]+$", "j\xc3\xb6\xc3\xbc"},
        {"[[:alpha:]]+", "\xc3\xb6r"},
        {"(.)(.)\\2\\1", "xabbay"},
        {"", "abc"},
        {"()", ""},
        {"x*", "abc"},
        {"$", "abc\n"},
        {"^", "\n"},
        {".$", "a\n"},
    };
    Differential differential;
    differential.with_posix = true;
    for (auto [pattern, subject] : traps) {
        std::string with_nul = std::string(subject) + '\0' + subject;
        differential.add(pattern, {subject, with_nul, "", "\n" + std::string(subject) + "\n"});
    }
    differential.run();
    EXPECT_EQ(differential.invalid, 0u);
    EXPECT_EQ(differential.differences, 0u);
}

void collect(const ast::Element& e, std::multiset<std::string>& out) {
    std::string_view name = e.spec->name;
    if (const ast::Attr* regexp = e.find("regexp"); regexp && name == "ereg") out.insert(regexp->value);
    if (const ast::Attr* flag = e.find("regexp_match"); flag && flag->value == "true")
        for (const char* what : {"request", "response"})
            if (const ast::Attr* attr = e.find(what)) out.insert(attr->value);
    for (const ast::Element& action : e.actions) collect(action, out);
}

TEST(RegexDifferential, Corpus) {
    const char* dir = std::getenv("GSP_CORPUS");
    std::filesystem::path corpus(dir ? dir : GSP_CORPUS_DIR);
    if (!std::filesystem::exists(corpus)) GTEST_SKIP() << "no corpus in " << corpus;
    std::multiset<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus / "scenarios")) {
        if (entry.path().extension() != ".xml") continue;
        auto file = SourceFile::read(entry.path());
        Diag diag(*file);
        if (auto scenario = parse_scenario(*file, diag))
            for (const ast::Element& step : scenario->children) collect(step, all);
    }
    Dice dice(1);
    Differential differential;
    size_t posix = 0;
    for (auto at = all.begin(); at != all.end(); at = all.upper_bound(*at)) {
        if (translate_regex(*at).posix) posix += all.count(*at);
        std::vector<std::string> subjects = subjects_for(*at, 60, dice);
        subjects.insert(subjects.end(), std::begin(kMessages), std::end(kMessages));
        differential.add(*at, std::move(subjects));
    }
    differential.run();
    std::cout << all.size() << " expressions, " << posix
              << " left to the C library; different ones: " << differential.summary();
    EXPECT_GT(all.size(), 2000u);
    EXPECT_EQ(differential.invalid, 0u);
    EXPECT_EQ(differential.differences, 0u);
    EXPECT_LT(posix * 100, all.size());
}

}  // namespace
}  // namespace gsp::ir
