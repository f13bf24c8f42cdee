// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "compile.h"
#include "ir/print.h"

namespace gsp {
namespace {

using test::client;
using test::compile;
using Lines = std::vector<std::string>;

// Every program that tests look at is a valid one.
std::string printed(const std::string& xml) {
    auto c = compile(xml);
    if (!c.program) return render_text(*c.diag, false);
    EXPECT_EQ(ir::verify(*c.program), "");
    return ir::print(*c.program);
}

TEST(Lower, WindowIsForwardToTheFirstMandatoryThenBackOverOptionals) {
    auto c = compile(client("<recv response=\"100\" optional=\"true\"/><recv response=\"180\" optional=\"true\"/>"));
    ASSERT_TRUE(c.program);
    auto window = [&](size_t step) { return c.program->steps[step].window.steps; };
    EXPECT_EQ(window(1), (std::vector<uint32_t>{1, 2, 3}));
    EXPECT_EQ(window(2), (std::vector<uint32_t>{2, 3, 1}));
    EXPECT_EQ(window(3), (std::vector<uint32_t>{3, 2, 1}));
    EXPECT_TRUE(window(0).empty());
}

TEST(Lower, ResponsesMayNameTheMethodsOfAllRequestsAbove) {
    auto c =
        compile(client("<recv response=\"100\" optional=\"true\"/><recv response=\"202\"/><send><![CDATA[\nXFOO sip:a "
                       "SIP/2.0\n]]></send>"));
    ASSERT_TRUE(c.program);
    EXPECT_EQ(c.program->steps[1].cseq_methods, (std::vector<uint32_t>{6}));
    EXPECT_EQ(c.program->steps[4].cseq_methods, (std::vector<uint32_t>{6, GSP_METHOD_FIRST_OWN}));
    EXPECT_EQ(c.program->methods, (std::vector<std::string>{"XFOO"}));
}

TEST(Lower, LateAnswersMakeTheAckGoOutAgain) {
    auto c = compile(
        "<scenario><send><![CDATA[\nINVITE sip:a SIP/2.0\n]]></send><recv response=\"200\"/><send><![CDATA[\nACK sip:a "
        "SIP/2.0\n]]></send>"
        "<recv request=\"INFO\" optional=\"global\"/><recv request=\"BYE\"/></scenario>");
    ASSERT_TRUE(c.program);
    ASSERT_EQ(c.program->late.size(), 2u);
    EXPECT_EQ(c.program->late[0].step, 1u);
    EXPECT_EQ(c.program->late[0].resend, 2u);
    EXPECT_EQ(c.program->late[1].step, 3u);
    EXPECT_EQ(c.program->late[1].resend, ir::kNone);
}

TEST(Lower, RunBoundKeywordsMergeWithTheTextAroundThem) {
    std::string ir = printed(client("", "To: <sip:[service]@[remote_ip]:[remote_port+1]>\n"));
    EXPECT_NE(ir.find("\\r\\nCSeq: 1 OPTIONS\\r\\nTo: <sip:\" [service] \"@\" [remote_ip] \":\" [remote_port+1] "
                      "\">\\r\\n\\r\\n\""),
              std::string::npos)
        << ir;
}

TEST(Lower, TextBehindAValueLosesBlanksOnAnEmptyLine) {
    std::string ir = printed(client("", "[last_Record-Route:]\nX: [branch]\n"));
    EXPECT_NE(ir.find("kw last_Record-Route: @message\n  run after value \"\\r\\nX: \""), std::string::npos) << ir;
}

TEST(Lower, LenSearchesFromItselfUnlessABlankLineMayStandBefore) {
    EXPECT_NE(printed(client("", "Content-Length: [len]\n\nbody")).find("  len\n"), std::string::npos);
    EXPECT_NE(printed(client("", "X: 1\n\nbody [len-2]")).find("  len-2 from start\n"), std::string::npos);
}

TEST(Lower, KeepsOnlyHeadersThatCanStillBeRead) {
    std::string server =
        "<scenario><recv request=\"OPTIONS\"/><send><![CDATA[\nSIP/2.0 200 "
        "OK\n[last_v:]\n[last_X-Own:]\n[last_call-id:]\n]]></send></scenario>";
    EXPECT_NE(printed(server).find("\nkeep Via Call-ID X-Own\n"), std::string::npos);
    EXPECT_NE(printed(client("")).find("\nkeep Via From To CSeq\n"), std::string::npos);
}

TEST(Lower, NextWithTestAndChanceFallsThrough) {
    std::string ir =
        printed(client("<nop next=\"end\" test=\"v\" chance=\"0.5\"><action><assign assign_to=\"v\" "
                       "value=\"1\"/></action></nop><pause/><label id=\"end\"/>"));
    EXPECT_NE(ir.find("is_set $v"), std::string::npos) << ir;
    EXPECT_NE(ir.find("chance 0.5"), std::string::npos) << ir;
    EXPECT_NE(ir.find("enter 3"), std::string::npos) << ir;
    EXPECT_NE(ir.find("enter 2"), std::string::npos) << ir;
}

TEST(Lower, ALabelBehindTheLastStepIsTheEnd) {
    std::string ir = printed("<scenario><recv request=\"OPTIONS\" next=\"end\"/><label id=\"end\"/></scenario>");
    EXPECT_NE(ir.find("enter end"), std::string::npos) << ir;
}

TEST(Lower, OptionalReceptionWithAFalseTestStays) {
    std::string ir =
        printed(client("<recv response=\"180\" optional=\"true\" next=\"l\" test=\"v\"><action><ereg regexp=\"x\" "
                       "assign_to=\"v\"/></action></recv><label id=\"l\"/>"));
    EXPECT_NE(ir.find("    stay\n"), std::string::npos) << ir;
}

TEST(Lower, ASendWaitsForTheCandidatesInIt) {
    const std::string audio = printed(client("", "X: 1\n\nv=0\na=ice-lite\na=ice-pwd:[ice_pwd]\n"));
    EXPECT_NE(audio.find("ice_wait 0 5\n"), std::string::npos) << audio;  // GSP_ICE_AUDIO, GSP_ICE_LITE
    EXPECT_NE(printed(client("", "[ice_audio_candidates]\n[ice_video_candidates]\n")).find("ice_wait 0 3\n"),
              std::string::npos);
    EXPECT_EQ(printed(client("", "a=ice-lite\n")).find("ice_wait"), std::string::npos);
}

TEST(Fold, ArithmeticOnKnownNumbersBecomesAStore) {
    std::string ir =
        printed(client("<nop next=\"l\" test=\"v\"><action><assign assign_to=\"v\" value=\"1\"/><add assign_to=\"v\" "
                       "value=\"41\"/><multiply assign_to=\"v\" value=\"2\"/></action></nop><label id=\"l\"/>"));
    EXPECT_NE(ir.find("= const_num 84\n    store_num $v"), std::string::npos) << ir;
    EXPECT_EQ(ir.find("= mul"), std::string::npos) << ir;
}

TEST(Fold, DecidedChecksLeaveNoBranch) {
    std::string ir = printed(
        client("<nop><action><assign assign_to=\"v\" value=\"3\"/><test assign_to=\"b\" variable=\"v\" "
               "compare=\"greater_than\" value=\"2\" check_it=\"true\"/></action></nop><Reference variables=\"b\"/>"));
    EXPECT_EQ(ir.find("fail TEST_NO_MATCH"), std::string::npos) << ir;
}

TEST(Fold, TheMessageThatEndsTheCallIsNotKept) {
    std::string ir = printed(client("<recv response=\"100\" optional=\"true\"/>"));
    EXPECT_NE(ir.find("recv_commit 1"), std::string::npos) << ir;
    EXPECT_EQ(ir.find("recv_commit 2"), std::string::npos) << ir;
}

TEST(Fold, DivisionByZeroAtRunTimeKeepsItsWarning) {
    std::string ir =
        printed(client("<nop><action><assign assign_to=\"z\" value=\"0\"/><assign assign_to=\"v\" value=\"3\"/><divide "
                       "assign_to=\"v\" variable=\"z\"/></action></nop>"));
    EXPECT_NE(ir.find("= div"), std::string::npos) << ir;
}

struct Case {
    const char* xml;
    Lines diagnostics;
};

TEST(Check, EachMistakeAtItsPlace) {
    const Case cases[] = {
        {"<scenario>\n<label id=\"a\"/><label id=\"a\"/>\n<recv request=\"A\"/></scenario>", {"2:27 duplicate-label"}},
        {"<scenario>\n<recv request=\"A\" next=\"b\"/></scenario>", {"2:25 undefined-label"}},
        {"<scenario>\n</scenario>", {"1:1 no-steps"}},
        {"<scenario>\n<pause/></scenario>", {"1:1 no-mode"}},
        {"<scenario>\n<recv request=\"A\" optional=\"true\"/>\n<pause/></scenario>",
         {"2:2 optional-without-mandatory"}},
        {"<scenario>\n<recv request=\"A\"/>\n<timewait/><pause/></scenario>", {"3:2 after-timewait"}},
        {"<scenario>\n<recv request=\"A\"/><label id=\"x\"/>\n<timewait next=\"x\"/></scenario>",
         {"3:11 timewait-next"}},
        {"<scenario>\n<recv request=\"A\" advance_state=\"false\"/></scenario>", {"2:19 advance-state-mandatory"}},
        {"<scenario>\n<recv/></scenario>", {"2:2 recv-nothing"}},
        {"<scenario>\n<recv request=\"A\" response=\"200\"/></scenario>", {"2:19 recv-both"}},
        {"<scenario>\n<recv response=\"20\"/></scenario>", {"2:17 bad-response-code"}},
        {"<scenario>\n<recv request=\"A\" next=\"l\" chance=\"1.5\"/><label id=\"l\"/></scenario>",
         {"2:36 chance-range"}},
        {"<scenario>\n<recv request=\"A\" chance=\"0.5\"/></scenario>", {"2:19 ignored-without-next"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"x\" assign_to=\"v\"/></action></recv></scenario>",
         {"2:55 variable-used-once"}},
        {"<scenario>\n<recv request=\"A\"/>\n<Reference variables=\"nope\"/></scenario>", {"3:23 unknown-variable"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><log message=\"[$v][$v]\"/></action></nop></scenario>",
         {"2:47 never-set-variable"}},
        {"<scenario>\n<recv request=\"A\" repeat_rtd=\"true\"/></scenario>", {"2:19 repeat-rtd-alone"}},
        {"<scenario>\n<recv request=\"A\" start_rtd=\"t\"/></scenario>", {"2:2 timer-never-stopped"}},
        {"<scenario>\n<recv request=\"A\" next=\"l\"/>\n<pause/>\n<label id=\"l\"/></scenario>",
         {"3:2 unreachable-step"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"(x\" assign_to=\"_\"/></action></recv></scenario>",
         {"2:41 bad-regex"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"\\d+\" assign_to=\"_\"/></action></recv></scenario>",
         {"2:41 dubious-regex"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"(x)\" "
         "assign_to=\"_,_,_\"/></action></recv></scenario>",
         {"2:57 regex-group-count"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"x\" search_in=\"hdr\" "
         "assign_to=\"_\"/></action></recv></scenario>",
         {"2:28 missing-for-search"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><ereg regexp=\"x\" assign_to=\"_\"/></action></nop></scenario>",
         {"2:34 no-message-here"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><assign assign_to=\"_\" value=\"1\" "
         "variable=\"_\"/></action></nop></scenario>",
         {"2:65 both-operands"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><assign assign_to=\"_\"/></action></nop></scenario>",
         {"2:34 no-operand"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><divide assign_to=\"_\" "
         "value=\"0\"/></action></nop></scenario>",
         {"2:62 divide-by-zero"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><gettimeofday assign_to=\"_\"/></action></nop></scenario>",
         {"2:58 two-names"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><jump value=\"7\"/></action></nop></scenario>",
         {"2:46 jump-out-of-range"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><jump value=\"1\"/></action></nop></scenario>",
         {"2:46 jump-to-itself"}},
        {"<scenario>\n<recv request=\"A\"><action><jump value=\"1\"/></action></recv><pause/></scenario>",
         {"2:33 jump-in-recv"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><exec int_cmd=\"halt\"/></action></nop></scenario>",
         {"2:48 unknown-int-cmd"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><exec/></action></nop></scenario>", {"2:34 exec-nothing"}},
        {"<scenario>\n<recv request=\"A\"><action><rtpcheck/></action></recv></scenario>", {"2:28 rtp-check-place"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><rtpcheck/><exec rtpcheck=\"1\"/></action></nop></scenario>",
         {"2:45 second-rtp-check", "2:60 media-without-sdp"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><rtpcheck max_loss=\"x\" direction=\"up\" codec=\"[service]\"/>"
         "</action></nop></scenario>",
         {"2:53 bad-rtp-check", "2:67 bad-rtp-check"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><exec "
         "rtpcheck=\"max_los=1;packets=-1\"/></action></nop></scenario>",
         {"2:49 unknown-rtp-check", "2:49 bad-rtp-check", "2:49 media-without-sdp"}},
        {"<scenario>\n<recv request=\"A\"/><pause distribution=\"normal\" mean=\"1\"/></scenario>",
         {"2:41 missing-parameter"}},
        {"<scenario>\n<recv request=\"A\"/><pause distribution=\"uniform\" min=\"2\" max=\"1\"/></scenario>",
         {"2:41 bad-distribution"}},
        {"<scenario>\n<recv request=\"A\"/><pause min=\"2\" max=\"1\"/></scenario>", {"2:21 bad-distribution"}},
        {"<scenario>\n<recv request=\"A\"/><pause normal=\"1\" mean=\"1\"/></scenario>", {"2:27 missing-parameter"}},
        {"<scenario>\n<recv request=\"A\"/><pause distribution=\"fixed\" value=\"1e10\"/></scenario>",
         {"2:21 pause-too-long"}},
        {"<scenario>\n<recv request=\"A\"/><pause distribution=\"fixed\" value=\"1e10\""
         " sanity_check=\"false\"/></scenario>",
         {}},
        {"<scenario>\n<send start_txn=\"t\"><![CDATA[\nSIP/2.0 200 OK\n[routes]\n]]></send><recv response=\"200\" "
         "response_txn=\"t\"/></scenario>",
         {"2:7 txn-misplaced"}},
        {"<scenario>\n<send ><![CDATA[\nINVITE a b\n[routes]\n]]></send><recv request=\"A\" "
         "response_txn=\"t\"/></scenario>",
         {"5:29 txn-misplaced", "5:43 txn-never-started"}},
        {"<scenario>\n<send ack_txn=\"t\"><![CDATA[\nINVITE a b\n[routes]\n]]></send></scenario>",
         {"2:7 txn-misplaced", "2:16 txn-never-started"}},
        {"<scenario>\n<send ><![CDATA[\nINVITE a b\n[routes]\n]]></send><recv response=\"200\" "
         "response_txn=\"t\"/></scenario>",
         {"5:46 txn-never-started"}},
        {"<scenario>\n<send start_txn=\"t\"><![CDATA[\nINVITE a b\n[routes]\n]]></send><recv "
         "response=\"200\"/></scenario>",
         {"2:18 txn-no-response", "5:12 response-to-nothing"}},
        {"<scenario>\n<send start_txn=\"t\"><![CDATA[\nINVITE a b\n[routes]\n]]></send><recv response=\"200\" "
         "response_txn=\"t\"/></scenario>",
         {"2:18 txn-no-ack"}},
        {"<scenario>\n<send start_txn=\"t\"><![CDATA[\nBYE a b\n[routes]\n]]></send><recv response=\"200\" "
         "response_txn=\"t\"/><send ack_txn=\"t\"><![CDATA[\nACK a b\n[routes]\n]]></send></scenario>",
         {"2:18 txn-ack-of-non-invite"}},
        {"<scenario>\n<send start_txn=\"t\"><![CDATA[\nBYE a b\n[routes]\n]]></send><recv response=\"200\" "
         "response_txn=\"t\"/></scenario>",
         {}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><verifyauth assign_to=\"_\" username=\"u\" "
         "password=\"p\"/></action></nop></scenario>",
         {"2:56 no-message-here"}},
        {"<scenario>\n<send><![CDATA[\nA b SIP/2.0\n[authentication]\n[authentication]\n]]></send></scenario>",
         {"5:1 authentication-place"}},
        {"<scenario>\n<send><![CDATA[\nA b SIP/2.0\n[routes]\n\n[authentication]\n]]></send></scenario>",
         {"6:1 authentication-place"}},
        {"<scenario>\n<send><![CDATA[\nA [last_message] SIP/2.0\n[authentication]\n]]></send></scenario>", {}},
        {"<scenario>\n<recv request=\"A\"/><CallLengthRepartition value=\"1,x\"/></scenario>", {"2:52 bad-border"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"x\" assign_to=\"v\"/><add assign_to=\"w\" "
         "variable=\"v\"/></action></recv><Reference variables=\"w\"/></scenario>",
         {"2:88 text-as-number"}},
        {"<scenario>\n<recv request=\"A\"/><nop><action><assign assign_to=\"a$b\" "
         "value=\"1\"/></action></nop></scenario>",
         {"2:52 bad-variable-name"}},
        {"<scenario>\n<recv request=\"A\"/><Global variables=\"a$b\"/></scenario>", {"2:39 bad-variable-name"}},
        {"<scenario>\n<recv request=\"A\"/><Global variables=\"a, b\"/><Reference variables=\"a, b\"/></scenario>",
         {"2:41 blank-in-variable-name"}},
        {"<scenario>\n<recv request=\"A\"><action><ereg regexp=\"x\" check_it=\"true\" check_it_inverse=\"true\" "
         "assign_to=\"_\"/></action></recv></scenario>",
         {"2:60 both-checks"}},
    };
    for (const Case& c : cases) EXPECT_EQ(compile(c.xml).diagnostics(), c.diagnostics) << c.xml;
}

// What a scenario asks of its run.
TEST(Check, NeedsOfTheRun) {
    using Twin = ir::LowerOptions::Twin;
    const std::string twins =
        "<scenario>\n<recv request=\"A\"/>\n<recvCmd src=\"b\"/><sendCmd><![CDATA[x\n]]></sendCmd></scenario>";
    const std::string fields =
        "<scenario>\n<recv request=\"A\"/><nop><action><log message=\"[field0]\"/><log message=\"[field1 "
        "file=a.csv]\"/>"
        "<lookup assign_to=\"_\" file=\"b.csv\" key=\"k\"/></action></nop></scenario>";
    using Names = std::vector<std::string>;
    const auto found = [](const std::string& xml, Twin twin, const Names& peers, std::optional<Names> files) {
        ir::LowerOptions options;
        options.twin = twin;
        options.peers = peers;
        options.files = std::move(files);
        return compile(xml, options).diagnostics();
    };
    using Found = std::vector<std::string>;
    EXPECT_EQ(found(twins, Twin::Unknown, {}, {}), Found{});
    EXPECT_EQ(found(twins, Twin::Classic, {}, {}), Found{});
    EXPECT_EQ(found(twins, Twin::None, {}, {}), (Found{"3:2 no-twin", "3:20 no-twin"}));
    EXPECT_EQ(found(twins, Twin::Extended, {"a"}, {}), (Found{"3:15 unknown-peer", "3:20 missing-peer"}));
    EXPECT_EQ(found(fields, Twin::Unknown, {}, {}), Found{});
    EXPECT_EQ(found(fields, Twin::Unknown, {}, Names{"a.csv", "b.csv"}), Found{});
    EXPECT_EQ(found(fields, Twin::Unknown, {}, Names{"a.csv"}), (Found{"2:122 unknown-injection-file"}));
    EXPECT_EQ(found(fields, Twin::Unknown, {}, Names{}),
              (Found{"2:47 no-injection-file", "2:72 no-injection-file", "2:122 no-injection-file"}));
}

// What a peer could not make sense of; each message is otherwise whole.
TEST(Check, Messages) {
    using Found = std::vector<std::string>;
    const auto send = [](const std::string& start, const std::string& via, const std::string& cseq,
                         const std::string& more = "") {
        return "<send><![CDATA[\n" + start + "\n" + via + "\nCall-ID: [call_id]\nCSeq: " + cseq +
               "\nContent-Length: [len]\n\n" + more + "]]></send>\n";
    };
    const std::string via = "Via: SIP/2.0/UDP a;branch=[branch]";
    const auto found = [](const std::string& steps) {
        return compile("<scenario>\n" + steps + "</scenario>").diagnostics();
    };
    const std::string invite = send("INVITE a b", via, "1 INVITE"), ok = "<recv response=\"200\"/>";
    EXPECT_EQ(found(invite + ok + send("ACK a b", via, "1 ACK")), Found{});
    EXPECT_EQ(found(invite + ok + send("ACK a b", "[last_Via:]", "1 ACK")), Found{"12:1 ack-branch"});
    EXPECT_EQ(found(invite + ok + send("ACK a b", "Via: a;branch=[branch-2]", "1 ACK")), Found{"11:1 ack-branch"});
    EXPECT_EQ(found(invite + "<recv response=\"486\"/>" + send("ACK a b", "[last_Via:]", "1 ACK")), Found{});
    EXPECT_EQ(found(invite + ok + send("ACK a b", via, "2 ACK")), Found{"10:24 cseq-of-invite"});
    EXPECT_EQ(found(send("BYE a b", via, "1 INVITE")), Found{"2:2 cseq-method"});
    EXPECT_EQ(found(send("BYE a b", "Via: SIP/2.0/UDP a", "1 BYE")).size(), 1u);
    EXPECT_NE(found(send("BYE a b", "Via: SIP/2.0/UDP a", "1 BYE"))[0].find("no-branch"), std::string::npos);
    EXPECT_EQ(found("<send><![CDATA[\nBYE a b\nVia: a;branch=[branch]\n[last_Call-ID:]\n]]></send>"),
              (Found{"2:2 missing-header", "2:2 missing-header"}));
    EXPECT_EQ(found("<send><![CDATA[\nBYE a b\n[$headers]\n]]></send><Global variables=\"headers\"/>"), Found{});
    EXPECT_EQ(found("<recv request=\"A\"/><recv response=\"200\"/>"), Found{"2:21 response-to-nothing"});
    const std::string play = "<nop><action><exec rtp_stream=\"apattern\"/></action></nop>";
    EXPECT_EQ(found(invite + ok + play), Found{"10:54 media-without-sdp"});
    EXPECT_EQ(found(send("INVITE a b", via, "1 INVITE", "v=0\nm=audio 1 RTP/AVP 0\n") + ok + play), Found{});
}

TEST(Check, VariablesAlongPaths) {
    using Found = std::vector<std::string>;
    const auto found = [](const std::string& steps) {
        return compile("<scenario>\n<recv request=\"A\"/>\n" + steps + "</scenario>").diagnostics();
    };
    const std::string set = "<nop><action><assign assign_to=\"v\" value=\"1\"/></action></nop>\n";
    const std::string read = "<nop><action><log message=\"[$v]\"/></action></nop>\n";
    EXPECT_EQ(found(set + read), Found{});
    EXPECT_EQ(found(read + set), Found{"3:28 unset-on-path"});
    EXPECT_EQ(found("<label id=\"again\"/>" + read +
                    "<nop next=\"again\"><action><assign assign_to=\"v\" value=\"1\"/></action></nop>"),
              Found{});
    EXPECT_EQ(found("<nop><action><log message=\"[$v]\"/><assign assign_to=\"v\" value=\"1\"/></action></nop>"),
              Found{"3:28 unset-on-path"});
    EXPECT_EQ(found(set + set), Found{"3:33 never-read-variable"});
    EXPECT_EQ(found(set + "<Reference variables=\"v\"/>"), Found{});
}

TEST(Lower, InitIsBehindTheEnd) {
    const auto c = compile(
        "<scenario><init><nop next=\"e\"><action><index assign_to=\"_\"/></action></nop><nop/><label id=\"e\"/></init>"
        "<recv request=\"A\" next=\"e\"/><label id=\"e\"/></scenario>");
    ASSERT_TRUE(c.program) << render_text(*c.diag, false);
    EXPECT_EQ(c.program->n_steps, 1u);
    ASSERT_EQ(c.program->steps.size(), 4u);
    EXPECT_EQ(c.program->steps[1].kind, GSP_STEP_END);
    const std::string text = ir::print(*c.program);
    EXPECT_NE(text.find("store_num $_ %1\n    br b1\n  b1 leave:\n    enter end"), std::string::npos) << text;
}

TEST(Lower, CommandsPassOverNopsAndOptionalSteps) {
    const auto c = compile(
        "<scenario><recv request=\"A\"/><nop/><recv request=\"B\" "
        "optional=\"true\"/><recvCmd/><pause/><recvCmd/></scenario>");
    ASSERT_TRUE(c.program) << render_text(*c.diag, false);
    std::vector<uint32_t> commands;
    for (const ir::Step& s : c.program->steps) commands.push_back(s.command);
    EXPECT_EQ(commands, (std::vector<uint32_t>{ir::kNone, 3, 3, 3, ir::kNone, 5}));
    EXPECT_EQ(c.program->flags, uint32_t{GSP_PROGRAM_COMMANDS});
}

TEST(Lower, LateResponsesOfTransactions) {
    const auto c = compile(
        "<scenario><send start_txn=\"i\"><![CDATA[\nINVITE a b\n]]></send><recv response=\"200\" response_txn=\"i\"/>"
        "<send ack_txn=\"i\"><![CDATA[\nACK a b\n]]></send><recv request=\"BYE\" optional=\"global\"/><recv "
        "request=\"X\"/></scenario>");
    ASSERT_TRUE(c.program) << render_text(*c.diag, false);
    ASSERT_EQ(c.program->late.size(), 2u);
    EXPECT_EQ(c.program->late[0].kind, GSP_LATE_TXN);
    EXPECT_EQ(c.program->late[0].resend, 2u);
    EXPECT_EQ(c.program->late[1].kind, GSP_LATE_ACCEPT);
    EXPECT_TRUE(c.program->steps[1].cseq_methods.empty());
}

TEST(Check, TooManyOwnMethods) {
    std::string xml = "<scenario>";
    for (int i = 0; i <= 1000; ++i) xml += "<recv request=\"M" + std::to_string(i) + "\"/>";
    EXPECT_EQ(compile(xml + "</scenario>").diagnostics(),
              (Lines{"1:" + std::to_string(xml.rfind("recv") + 1) + " too-many-methods"}));
}

}  // namespace
}  // namespace gsp
