// SPDX-License-Identifier: Apache-2.0
// The SIP reader: what it takes, what it leaves out, and broken input in the spirit of RFC 4475.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "runtime/sip/message.h"
#include "runtime/sip/shapes.h"

// The fuzzer's entry point, so that its corpus is replayed here.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace gsp::rt::sip {
namespace {

struct Parsed {
    std::string text;
    Message message;
    ParseStatus status;
    explicit Parsed(std::string bytes) : text(std::move(bytes)), status(parse(text, message)) {}
};

std::unique_ptr<Parsed> parsed(std::string text) {
    return std::make_unique<Parsed>(std::move(text));
}

const char kInvite[] =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1\r\n"
    "Via: SIP/2.0/UDP 127.0.0.2:5062;branch=z9hG4bK-2\r\n"
    "From: \"A\" <sip:alice@example.com>;tag=a1\r\n"
    "To: <sip:bob@example.com>\r\n"
    "Call-ID: 1-4711@127.0.0.1\r\n"
    "CSeq: 17 INVITE\r\n"
    "X-Own: yes\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "v=0\n";

TEST(Parse, Request) {
    auto p = parsed(kInvite);
    const Message& m = p->message;
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_TRUE(m.is_request());
    EXPECT_EQ(m.method, Method_INVITE);
    EXPECT_EQ(m.method_text, "INVITE");
    EXPECT_EQ(m.request_uri, "sip:bob@example.com");
    EXPECT_EQ(m.call_id, "1-4711@127.0.0.1");
    EXPECT_EQ(m.cseq, 17u);
    EXPECT_EQ(m.cseq_method, Method_INVITE);
    EXPECT_EQ(m.n_headers, 8u);
    EXPECT_EQ(m.body_text(), "v=0\n");
    EXPECT_TRUE(m.has_body_separator);
    EXPECT_EQ(m.value_of(Header::Via), "SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1");
    EXPECT_EQ(m.value(m.headers[1]), "SIP/2.0/UDP 127.0.0.2:5062;branch=z9hG4bK-2");
    EXPECT_EQ(m.name(m.headers[6]), "X-Own");
    EXPECT_EQ(m.headers[6].id, Header::Unknown);
    EXPECT_EQ(m.find(Header::Contact), nullptr);
    EXPECT_EQ(m.value_of(Header::Contact), "");
}

TEST(Parse, Response) {
    auto p = parsed("SIP/2.0 180 Ringing now \r\nCall-ID: a\r\nCSeq: 4294967295 FANCY\r\n\r\n");
    const Message& m = p->message;
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(m.status, 180u);
    EXPECT_EQ(m.reason, "Ringing now");
    EXPECT_EQ(m.method, MethodNone);
    EXPECT_EQ(m.cseq, 4294967295u);
    EXPECT_EQ(m.cseq_method, MethodNone);
    EXPECT_EQ(m.cseq_method_text, "FANCY");
    EXPECT_EQ(m.body, m.len);
}

struct StartLine {
    const char *line, *method, *uri, *reason;
    uint32_t status;
};

class StartLines : public ::testing::TestWithParam<StartLine> {};

TEST_P(StartLines, AreReadLeniently) {
    const StartLine& want = GetParam();
    auto p = parsed(std::string(want.line) + "\r\nVia: SIP/2.0/UDP h\r\nCall-ID: a\r\n\r\n");
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(p->message.method_text, want.method);
    EXPECT_EQ(p->message.method, find_method(want.method));
    EXPECT_EQ(p->message.request_uri, want.uri);
    EXPECT_EQ(p->message.status, want.status);
    EXPECT_EQ(p->message.reason, want.reason);
}

INSTANTIATE_TEST_SUITE_P(
    Sip, StartLines,
    ::testing::Values(
        StartLine{"OPTIONS sip:a SIP/2.0", "OPTIONS", "sip:a", "", 0},
        StartLine{"OPTIONS  sip:a \t SIP/2.0  ", "OPTIONS", "sip:a", "", 0},
        StartLine{"NEWMETHOD <sip:a b;c> SIP/2.0", "NEWMETHOD", "<sip:a b;c>", "", 0},
        StartLine{"invite sip:a SIP/2.0", "invite", "sip:a", "", 0},
        StartLine{"BYE sip:a SIP/7.0", "BYE", "sip:a", "", 0}, StartLine{"BYE sip:a", "BYE", "sip:a", "", 0},
        StartLine{"BYE", "BYE", "", "", 0}, StartLine{"BYE SIP/2.0", "BYE", "", "", 0},
        StartLine{"HTTP/1.1 200 OK", "HTTP/1.1", "200 OK", "", 0}, StartLine{"SIP/2.0 200", "", "", "", 200},
        StartLine{"SIP/2.0 200 ", "", "", "", 200}, StartLine{"SIP/2.0\t  486\tBusy  Here", "", "", "Busy  Here", 486},
        StartLine{"SIP/2.0 4294967301999 overflow", "", "", "overflow", 4294967295},
        StartLine{"SIP/2.0 = 2**3 * 200", "SIP/2.0", "= 2**3 * 200", "", 0},
        StartLine{"SIP/2.0 000 zero", "SIP/2.0", "000 zero", "", 0}, StartLine{"SIP/2.0", "SIP/2.0", "", "", 0}));

struct Rejected {
    std::string text;
    ParseStatus status;
};

class Rejections : public ::testing::TestWithParam<Rejected> {};

TEST_P(Rejections, HaveTheRightReason) {
    EXPECT_EQ(parsed(GetParam().text)->status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Sip, Rejections,
    ::testing::Values(Rejected{"", ParseStatus::KeepAlive}, Rejected{"\r\n\r\n", ParseStatus::KeepAlive},
                      Rejected{"\n", ParseStatus::KeepAlive}, Rejected{std::string(4, '\0'), ParseStatus::KeepAlive},
                      Rejected{std::string("\r\n\0", 3), ParseStatus::KeepAlive},
                      Rejected{"hello", ParseStatus::NotSip},
                      Rejected{"INVITE sip:a SIP/3.0\r\nCall-ID: a\r\n\r\n", ParseStatus::NotSip},
                      Rejected{std::string("\0\0x", 3), ParseStatus::NotSip}, Rejected{" ", ParseStatus::NotSip},
                      Rejected{"INVITE sip:a SIP/2.0\r\nFrom: a\r\n\r\n", ParseStatus::NoCallId},
                      Rejected{"INVITE sip:a SIP/2.0\r\nCall-ID:  \r\n\r\n", ParseStatus::NoCallId},
                      Rejected{"INVITE sip:a SIP/2.0\r\nX: y\r\n\r\nCall-ID: in-the-body\r\n", ParseStatus::NoCallId},
                      Rejected{"INVITE sip:a SIP/2.0", ParseStatus::NoCallId},
                      Rejected{"SIP/2.0 200 OK\r\nCall-IDs: x\r\n", ParseStatus::NoCallId}));

// The message with these header lines.
class CallIds : public ::testing::TestWithParam<const char*> {};

TEST_P(CallIds, AreFoundInEveryForm) {
    auto p = parsed(std::string("OPTIONS sip:a SIP/2.0\r\n") + GetParam());
    EXPECT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(p->message.call_id, "id@host");
    EXPECT_EQ(p->message.value_of(Header::CallId), "id@host");
}

INSTANTIATE_TEST_SUITE_P(
    Sip, CallIds,
    ::testing::Values("Call-ID: id@host\r\n\r\n", "CALL-ID:id@host\r\n\r\n", "call-id  \t: id@host \t\r\n\r\n",
                      "i: id@host\r\n\r\n", "I:id@host\r\n\r\n", "Call-ID: id@host", "Call-ID: id@host\n\n",
                      "Call-ID: id@host\r\r", "Call-ID:\r\n id@host\r\n\r\n", "Call-ID:\n\t id@host\n",
                      "Call-ID: id@host\r\ni: second\r\n\r\n", "garbage line\r\nCall-ID: id@host\r\n\r\n",
                      ": nothing\r\nCall-ID: id@host\r\n\r\n", " continued start line\r\nCall-ID: id@host\r\n\r\n",
                      "Call-ID: id@host\r\n \r\nTo: b\r\n\r\n"));

TEST(Parse, LineEndsMayBeMixed) {
    for (const char* end : {"\r\n", "\n"}) {
        std::string e = end;
        auto p =
            parsed("BYE sip:a SIP/2.0" + e + "Via: v" + e + "Call-ID: c" + e + "CSeq: 2 BYE" + e + e + "body" + e + e);
        ASSERT_EQ(p->status, ParseStatus::Ok);
        EXPECT_EQ(p->message.n_headers, 3u);
        EXPECT_EQ(p->message.cseq_method, Method_BYE);
        EXPECT_TRUE(p->message.has_body_separator);
        EXPECT_EQ(p->message.body_text(), "body" + e + e);
    }
}

TEST(Parse, LeadingLineEndsAreSkipped) {
    auto p = parsed("\r\n\r\nBYE sip:a SIP/2.0\r\ni: c\r\n\r\n");
    EXPECT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(p->message.method, Method_BYE);
    EXPECT_EQ(p->message.name(p->message.headers[0]), "i");
}

TEST(Parse, ALoneCrAtTheEndIsAnEmptyLine) {
    auto p = parsed("BYE sip:a SIP/2.0\r\nCall-ID: c\r\n\r");
    EXPECT_TRUE(p->message.has_body_separator);
    EXPECT_EQ(p->message.body_text(), "");
}

TEST(Parse, WithoutSeparatorThereIsNoBody) {
    auto p = parsed("BYE sip:a SIP/2.0\r\nCall-ID: c\r\n");
    EXPECT_EQ(p->status, ParseStatus::Ok);
    EXPECT_FALSE(p->message.has_body_separator);
    EXPECT_EQ(p->message.body_text(), "");
}

TEST(Parse, FoldedValuesKeepTheirLineEnds) {
    auto p = parsed(
        "BYE sip:a SIP/2.0\r\nTo: <sip:b>\r\n ;tag=x  \r\n\t\r\nCSeq:\r\n 0009\r\n BYE\r\nSubject: plain\r\n "
        "\r\nCall-ID: c\r\n\r\n");
    const Message& m = p->message;
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(m.value_of(Header::To), "<sip:b>\r\n ;tag=x");
    EXPECT_TRUE(m.find(Header::To)->folded);
    EXPECT_EQ(parameter(m.value_of(Header::To), "tag"), "x");
    EXPECT_EQ(m.cseq, 9u);
    EXPECT_EQ(m.cseq_method, Method_BYE);
    EXPECT_EQ(m.value_of(Header::Subject), "plain");
    EXPECT_FALSE(m.find(Header::Subject)->folded);
}

struct CSeq {
    const char* value;
    uint32_t number;
    const char* method;
};

class CSeqs : public ::testing::TestWithParam<CSeq> {};

TEST_P(CSeqs, AreRead) {
    auto p = parsed(std::string("SIP/2.0 200 OK\r\nCall-ID: c\r\nCSeq: ") + GetParam().value + "\r\n\r\n");
    EXPECT_EQ(p->message.cseq, GetParam().number);
    EXPECT_EQ(p->message.cseq_method_text, GetParam().method);
    EXPECT_EQ(p->message.cseq_method, find_method(GetParam().method));
}

INSTANTIATE_TEST_SUITE_P(Sip, CSeqs,
                         ::testing::Values(CSeq{"1 INVITE", 1, "INVITE"}, CSeq{"1\t ACK x", 1, "ACK"},
                                           CSeq{"1BYE", 1, "BYE"}, CSeq{"7", 7, ""}, CSeq{"", 0, ""},
                                           CSeq{"INVITE", 0, "INVITE"},
                                           CSeq{"99999999999999999999999999 INVITE", 4294967295, "INVITE"},
                                           CSeq{"-1 INVITE", 0, "-1"}));

TEST(Parse, LinesBeyondTheIndexAreCounted) {
    std::string text = "BYE sip:a SIP/2.0\r\n";
    for (int i = 0; i < 200; ++i) text += "Route: <sip:h" + std::to_string(i) + ">\r\n";
    auto p = parsed(text + "Call-ID: late\r\nCSeq: 5 BYE\r\n\r\nbody");
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(p->message.n_headers, Message::kMaxHeaders);
    EXPECT_EQ(p->message.dropped_headers, 202 - Message::kMaxHeaders);
    EXPECT_EQ(p->message.call_id, "late");
    EXPECT_EQ(p->message.cseq, 5u);
    EXPECT_EQ(p->message.body_text(), "body");
}

TEST(Parse, LongValuesAndNamesAreClipped) {
    auto p = parsed("BYE sip:a SIP/2.0\r\nCall-ID: c\r\nSubject: " + std::string(70'000, 's') + "\r\n" +
                    std::string(70'000, 'n') + ": v\r\nTo: t\r\n\r\nbody");
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(p->message.value_of(Header::Subject).size(), 65'535u);
    EXPECT_EQ(p->message.name(p->message.headers[2]).size(), 65'535u);
    EXPECT_EQ(p->message.value_of(Header::To), "t");
    EXPECT_EQ(p->message.body_text(), "body");
}

TEST(Parse, ReusedMessageForgetsTheOneBefore) {
    Message m;
    std::string invite = kInvite, response = "SIP/2.0 404 No\r\nCall-ID: z";
    ASSERT_EQ(parse(invite, m), ParseStatus::Ok);
    ASSERT_EQ(parse(response, m), ParseStatus::Ok);
    EXPECT_EQ(m.find(Header::Via), nullptr);
    EXPECT_EQ(m.cseq, 0u);
    EXPECT_EQ(m.request_uri, "");
    EXPECT_EQ(m.n_headers, 1u);
    EXPECT_FALSE(m.has_body_separator);
    ASSERT_EQ(parse("junk", m), ParseStatus::NotSip);
    EXPECT_EQ(m.status, 0u);
    EXPECT_EQ(m.find(Header::CallId), nullptr);
}

void expect_equal(const Message& used, const Message& fresh, const std::string& what) {
    EXPECT_EQ(used.status, fresh.status) << what;
    EXPECT_EQ(used.method, fresh.method) << what;
    EXPECT_EQ(used.method_text, fresh.method_text) << what;
    EXPECT_EQ(used.request_uri, fresh.request_uri) << what;
    EXPECT_EQ(used.reason, fresh.reason) << what;
    EXPECT_EQ(used.cseq, fresh.cseq) << what;
    EXPECT_EQ(used.cseq_method, fresh.cseq_method) << what;
    EXPECT_EQ(used.cseq_method_text, fresh.cseq_method_text) << what;
    EXPECT_EQ(used.call_id, fresh.call_id) << what;
    EXPECT_EQ(used.text(), fresh.text()) << what;
    EXPECT_EQ(used.body_text(), fresh.body_text()) << what;
    EXPECT_EQ(used.has_body_separator, fresh.has_body_separator) << what;
    EXPECT_EQ(used.first, fresh.first) << what;
    ASSERT_EQ(used.n_headers, fresh.n_headers) << what;
    for (uint32_t i = 0; i < fresh.n_headers; ++i) {
        EXPECT_EQ(used.name(used.headers[i]), fresh.name(fresh.headers[i])) << what;
        EXPECT_EQ(used.value(used.headers[i]), fresh.value(fresh.headers[i])) << what;
        EXPECT_EQ(used.headers[i].id, fresh.headers[i].id) << what;
        EXPECT_EQ(used.headers[i].folded, fresh.headers[i].folded) << what;
    }
}

// Messages are known by those before: any two after each other.
TEST(Parse, MessagesMeanTheSameWhateverCameBefore) {
    const std::string lines[] = {"To: <sip:a@b>",
                                 "to: <sip:a@b>",
                                 "To:  <sip:a@b>",
                                 "To:<sip:a@b>",
                                 "To:\t<sip:a@b>",
                                 "To : <sip:a@b>",
                                 "T: <sip:a@b>",
                                 "Tos: <sip:a@b>",
                                 "To: ",
                                 "To: \r\n <sip:a@b>",
                                 "Content-Length: 0",
                                 "Content-Length:0",
                                 "Content-Lengthy: 0",
                                 "Content-Encoding: none",
                                 "X-Content-Length: 0",
                                 "Content-Length: 0\r ",
                                 "no colon in here",
                                 ": no name",
                                 "To",
                                 "X-Very-Long-Name-Of-Mine: x"};
    const auto message = [](const std::string& line) {
        return "SIP/2.0 200 OK\r\n" + line + "\r\nCall-ID: 1\r\nX: a value of some length\r\n\r\n";
    };
    for (const std::string& before : lines) {
        for (const std::string& line : lines) {
            const std::string first = message(before), second = message(line);
            Message fresh, used;
            parse(second, fresh);
            parse(first, used);
            parse(second, used);
            expect_equal(used, fresh, before + " | " + line);
        }
    }
}

// One byte changed in a message that is known: whichever it is, and whatever it becomes.
TEST(Parse, AByteChangedInAFamiliarMessageIsSeen) {
    const std::string texts[] = {kInvite,
                                 "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z\r\n v\r\nCSeq: 12 BYE\r\nTo: <sip:a>;tag=1\r\n"
                                 "cseq: 3 X\r\nCall-ID: 7-1@h\r\nno header\r\nX:\r\n\r\n",
                                 "FOO bar\r\nVia: SIP/2.0/UDP h\r\ni: c\r\nCSeq: INVITE\r\n\r\n",
                                 "BYE sip:SIP/2.0 a\r\ni: c\r\nTo: SIP/2.0/UDP hhhh\r\n\r\nbody"};
    for (const std::string& text : texts) {
        for (size_t at = 0; at < text.size(); ++at) {
            for (const char c : std::string_view("\0\t\n\r !7:;aI\x7f\xff", 14)) {
                std::string changed = text;
                changed[at] = c;
                Message fresh, used;
                const ParseStatus status = parse(changed, fresh);
                parse(text, used);
                ASSERT_EQ(parse(changed, used), status) << changed;
                if (status == ParseStatus::Ok) expect_equal(used, fresh, changed);
                if (HasFailure()) return;
            }
        }
    }
}

TEST(Shapes, EachWayOfComparingSeesEveryByte) {
    struct alignas(32) Text : std::array<char, 96> {};
    Text text, fixed;
    for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('A' + i % 26), fixed[i] = i % 3 ? '\xff' : '\0';
    for (const auto is_like : {is_like_by_16, is_like_by_32}) {
        if (is_like == is_like_by_32 && !__builtin_cpu_supports("avx2")) continue;
        for (size_t size = 32; size <= text.size(); ++size) {
            for (size_t at = 0; at < text.size(); ++at) {
                Text other = text;
                EXPECT_TRUE(is_like(other.data(), text.data(), fixed.data(), size));
                other[at] = '~';
                EXPECT_EQ(is_like(other.data(), text.data(), fixed.data(), size), at >= size || !fixed[at]);
                other[at] = ' ';
                EXPECT_EQ(is_like(other.data(), text.data(), fixed.data(), size), at >= size);
                other[at] = '\x80';
                EXPECT_EQ(is_like(other.data(), text.data(), fixed.data(), size), at >= size || !fixed[at]);
            }
        }
    }
}

TEST(Shapes, AreFoundAgainAndLearntAnewWhileThatIsOfUse) {
    const auto text = [](int i, const std::string& value = "1") {
        return "SIP/2.0 " + std::to_string(200 + i) + " OK\r\nTo: " + value + "\r\nFrom: 12345\r\n\r\n";
    };
    const auto varies = [](const std::string& message) { return std::string_view(message).substr(20, 1); };
    auto shapes = std::make_unique<Shapes>();
    for (int i = 0; i < 8; ++i) {  // there is room for as many
        const std::string one = text(i);
        const std::string_view value = varies(one);
        EXPECT_EQ(shapes->find(one), Shapes::kNone);
        EXPECT_EQ(shapes->learn(one, one.size(), {&value, 1}), static_cast<uint32_t>(i));
        EXPECT_EQ(shapes->find(text(i, "2")), static_cast<uint32_t>(i));
        EXPECT_EQ(shapes->find(text(i, " ")), Shapes::kNone);
        EXPECT_EQ(shapes->find(text(i, "12")), Shapes::kNone);
    }
    uint32_t learnt = 0;
    for (int i = 8; i < 500; ++i) learnt += shapes->learn(text(i), text(i).size(), {}) != Shapes::kNone;
    EXPECT_LE(learnt, 16u);  // what never comes again is learnt ever more seldom
    EXPECT_EQ(shapes->find("SIP/2.0 "), Shapes::kNone);
    EXPECT_EQ(shapes->learn("SIP/2.0 ", 8, {}), Shapes::kNone);
    EXPECT_EQ(shapes->learn(std::string(2000, 'x'), 2000, {}), Shapes::kNone);
}

TEST(Parse, BinaryBodiesAndOddBytesSurvive) {
    std::string body("\0\xff\r\n\r\n\x80", 7);
    auto p = parsed(
        std::string(
            "MESSAGE sip:a SIP/2.0\r\nSubject: \xe2\x82\xac\x01\x7f\r\nTo: \"\xc0\" <sip:a>\r\nCall-ID: c\r\n\r\n") +
        body);
    EXPECT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(p->message.body_text(), body);
    EXPECT_EQ(p->message.value_of(Header::Subject), "\xe2\x82\xac\x01\x7f");
}

// Valid but hard: odd spacing and case, quoted separators, parameters without a value, unknown schemes, several values
// in a line.
TEST(Parse, HardButValidRequest) {
    auto p = parsed(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
        "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
        "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n"
        "MaX-fOrWaRdS: 0068\r\n"
        "Call-ID: hard.ndaksdj@192.0.2.1\r\n"
        "Content-Length   : 3\r\n"
        "cseq: 0009\r\n  INVITE\r\n"
        "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
        "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
        "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
        "Content-Type: application/sdp\r\n"
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  "
        "192.168.255.111   ; branch= z9hG4bK30239\r\n"
        "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q "
        "= 0.33\r\n"
        "\r\nabc");
    const Message& m = p->message;
    ASSERT_EQ(p->status, ParseStatus::Ok);
    EXPECT_EQ(m.method, Method_INVITE);
    EXPECT_EQ(m.cseq, 9u);
    EXPECT_EQ(m.cseq_method, Method_INVITE);
    EXPECT_EQ(m.value_of(Header::MaxForwards), "0068");
    EXPECT_EQ(m.value_of(Header::ContentLength), "3");
    EXPECT_EQ(parameter(m.value_of(Header::To), "tag"), "1918181833n");
    EXPECT_EQ(parameter(m.value_of(Header::From), "TAG"), "98asjd8");
    EXPECT_EQ(uri_of(m.value_of(Header::From)), "sip:jdrosen@example.com");
    EXPECT_EQ(uri_of(m.value_of(Header::To)), "sip:vivekg@chair-dnrc.example.com");
    EXPECT_EQ(parameter(m.value_of(Header::Contact), "newparam"), "newvalue");
    EXPECT_EQ(parameter(m.value_of(Header::Contact), "q"), "0.33");
    EXPECT_EQ(parameter(m.value(m.headers[10]), "branch"), "z9hG4bK9ikj8");
    EXPECT_EQ(m.headers[10].id, Header::Via);
    EXPECT_EQ(m.n_headers, 12u);
}

TEST(Names, EveryHeaderInEveryCaseAndCompactForm) {
    for (int i = 0; i < static_cast<int>(Header::Count); ++i) {
        Header id = static_cast<Header>(i);
        std::string name(header_name(id)), upper, lower;
        for (char c : name) {
            upper += static_cast<char>(std::toupper(c));
            lower += static_cast<char>(std::tolower(c));
        }
        for (const std::string& form : {name, upper, lower}) EXPECT_EQ(find_header(form), id) << form;
        EXPECT_EQ(find_header(name + "x"), Header::Unknown);
        EXPECT_EQ(find_header(std::string(name.size(), name.back())), Header::Unknown);
        for (size_t at = 0; at < name.size(); ++at) {
            for (char flip : {'\x01', '\x20', '\x40'}) {
                std::string other = name;
                other[at] ^= flip;
                bool same = flip == '\x20' && std::isalpha(static_cast<unsigned char>(name[at]));
                EXPECT_EQ(find_header(other) == id, same) << other;
            }
        }
    }
    auto check_compact = [](Header id, char letter) {
        if (letter != 0) {
            EXPECT_EQ(find_header(std::string(1, letter)), id);
        }
    };
#define HEADER(id, name, compact) check_compact(Header::id, compact);
#include "runtime/abi/headers.def"
    for (const char* name : {"", "x", "Z", "@", "Call_ID", "Call-I", "Subscription-StateX-and-more-bytes"})
        EXPECT_EQ(find_header(name), Header::Unknown);
    EXPECT_EQ(header_name(Header::Unknown), "");
}

TEST(Names, EveryMethodInItsOwnCaseOnly) {
    for (uint32_t id = 1; id < MethodCount; ++id) {
        std::string name(method_name(id)), lower;
        for (char c : name) lower += static_cast<char>(std::tolower(c));
        EXPECT_EQ(find_method(name), id);
        EXPECT_EQ(find_method(lower), MethodNone);
        EXPECT_EQ(find_method(name + " "), MethodNone);
        EXPECT_EQ(find_method(name.substr(1)), MethodNone);
    }
    EXPECT_EQ(find_method(""), MethodNone);
    EXPECT_EQ(method_name(MethodNone), "");
    EXPECT_EQ(method_name(MethodCount), "");
}

struct Parameter {
    const char *value, *name, *result;
};

class Parameters : public ::testing::TestWithParam<Parameter> {};

TEST_P(Parameters, AreFoundOutsideBracketsAndQuotes) {
    EXPECT_EQ(parameter(GetParam().value, GetParam().name), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Sip, Parameters,
    ::testing::Values(Parameter{"<sip:a@b>;tag=x", "tag", "x"}, Parameter{"<sip:a@b;tag=no>;tag=x", "tag", "x"},
                      Parameter{"<sip:a@b;tag=no>", "tag", ""}, Parameter{"sip:a@b;tag=x;y=z", "tag", "x"},
                      Parameter{"sip:a@b;y=z;TaG = x ", "tag", "x"}, Parameter{"\"a;tag=1\" <sip:b>;tag=2", "tag", "2"},
                      Parameter{"\"a\\\";tag=1\" <sip:b>;tag=2", "tag", "2"}, Parameter{"a;xtag=1;tag=2", "tag", "2"},
                      Parameter{"a;b=\"c;d\\\"e\";f=g", "b", "c;d\\\"e"}, Parameter{"a;b=\"c;f=x\";f=g", "f", "g"},
                      Parameter{"a;lr;b=c", "lr", ""}, Parameter{"a;b=c=d", "b", "c=d"}, Parameter{"a;b", "c", ""},
                      Parameter{"a;b=1;b=2", "b", "1"}, Parameter{"<sip:a>, <sip:b>;x=1", "x", ""},
                      Parameter{"h;branch=1, h;branch=2", "branch", "1"}, Parameter{"", "tag", ""},
                      Parameter{";", "tag", ""}, Parameter{";tag=", "tag", ""}, Parameter{"<sip:a", "tag", ""},
                      Parameter{"\"a;tag=x", "tag", ""}, Parameter{"a;tag=\"open", "tag", "open"},
                      Parameter{"a;tag=\"", "tag", ""},
                      Parameter{"SIP/2.0/UDP [::1]:5060;rport;branch=z", "branch", "z"}));

TEST(Parameter, PresentWithoutValueDiffersFromAbsent) {
    EXPECT_NE(parameter("<sip:a>;lr", "lr").data(), nullptr);
    EXPECT_EQ(parameter("<sip:a>", "lr").data(), nullptr);
}

struct Uri {
    const char *value, *result;
};

class Uris : public ::testing::TestWithParam<Uri> {};

TEST_P(Uris, AreFound) {
    EXPECT_EQ(uri_of(GetParam().value), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(Sip, Uris,
                         ::testing::Values(Uri{"<sip:a@b;lr>;tag=x", "sip:a@b;lr"}, Uri{"sip:a@b;tag=x", "sip:a@b"},
                                           Uri{" sip:a@b ", "sip:a@b"}, Uri{"A B <sip:a>", "sip:a"},
                                           Uri{"\"<no>\" <sip:a>", "sip:a"}, Uri{"\"\\\"<no>\" <sip:a>", "sip:a"},
                                           Uri{"<sip:a", "sip:a"}, Uri{"<>", ""}, Uri{"", ""},
                                           Uri{"tel:+1;phone-context=x", "tel:+1"}));

TEST(Fuzz, CorpusIsReplayed) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(GSP_SIP_CORPUS)) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string text(std::istreambuf_iterator<char>(file), {});
        LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
        ++files;
    }
    EXPECT_GE(files, 10u);
}

}  // namespace
}  // namespace gsp::rt::sip
