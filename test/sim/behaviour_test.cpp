// SPDX-License-Identifier: Apache-2.0
// What happens off the happy path: unexpected messages, dead calls, time-outs, limits, users, actions and texts.
#include <gtest/gtest.h>

#include "runtime/call/engine.h"
#include "test/sim/client_call.h"
#include "test/sim/peer.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;

namespace {

struct OneCall : ClientCall {
    OneCall() : ClientCall(100 * kSecond) {}
    std::vector<std::string> client_lines() const {
        std::vector<std::string> lines;
        for (const Sent& s : world.sent)
            if (s.from_client) lines.push_back(s.first_line().substr(0, s.first_line().find(' ')));
        return lines;
    }
};
using Lines = std::vector<std::string>;

}  // namespace

TEST_F(OneCall, RepartitionsBeginAnewOnlyWithPeriodicRtd) {
    for (const bool periodic : {false, true}) {
        World each;
        each.client_config.rate.max_calls = 1;
        each.client_config.trace.periodic_rtd = periodic;
        each.start(&uac, nullptr);
        each.run_for(kMillisecond);
        each.client().quit(rt::Quit::Force);
        each.run_to_end();
        EXPECT_EQ(each.client().statistics().call_length.classes, std::vector<uint64_t>{1});
        each.client().clear_period();  // a row was written
        EXPECT_EQ(each.client().statistics().call_length.classes, std::vector<uint64_t>{periodic ? 0u : 1u});
    }
}

TEST_F(OneCall, UnexpectedProvisionalCancels) {
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "183 Progress"));
    world.run_to_end();
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "CANCEL"}));
    EXPECT_EQ(world.sent.back().bytes,
              "CANCEL sip:service@10.0.0.2:5061 SIP/2.0\r\n"
              "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-100-1-0\r\n"
              "From: sipp <sip:sipp@10.0.0.1:5060>;tag=100SIPpTag001\r\n"
              "To: service <sip:service@10.0.0.2:5061>;tag=peer\r\n"
              "Call-ID: 1-100@10.0.0.1\r\nCSeq: 1 CANCEL\r\nMax-Forwards: 70\r\n"
              "Contact: <sip:sipp@10.0.0.1:5060;transport=UDP>\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(world.client_count(Counter::FailedUnexpectedMessage), 1u);
    EXPECT_EQ(world.client().statistics().steps[1].unexpected, 1u);
    EXPECT_EQ(world.last_warning(true),
              "call 1-100@10.0.0.1: unexpected message in step 1 (`100`, line 20): SIP/2.0 183 Progress; "
              "acceptable are `100` (line 20), `180` (line 30), `200` (line 40): none has the status 183");
}

TEST_F(OneCall, UnexpectedFinalIsAcknowledged) {
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "486 Busy Here"));
    world.run_to_end();
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "ACK"}));
}

TEST_F(OneCall, UnexpectedInDialogSaysBye) {
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_for(kMillisecond);
    world.inject(true, answer(world.sent[0].bytes, "500 Oops"));
    world.run_to_end();
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "ACK", "BYE"}));
    EXPECT_NE(world.sent.back().bytes.find("CSeq: 2 BYE\r\nMax-Forwards: 70\r\nContact: "), std::string::npos);
}

TEST_F(OneCall, UnexpectedByeIsAnsweredAndFails) {
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_for(kMillisecond);
    world.inject(true, request("BYE", "1-100@10.0.0.1", 7));
    world.run_to_end();
    EXPECT_EQ(world.sent.back().first_line(), "SIP/2.0 200 OK");
    EXPECT_NE(world.sent.back().bytes.find("CSeq: 7 BYE\r\nContact: <sip:10.0.0.1:5060;transport=UDP>\r\n"),
              std::string::npos);
    EXPECT_EQ(world.client_count(Counter::FailedUnexpectedMessage), 1u);
    world.inject(true, request("BYE", "1-100@10.0.0.1", 7));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.client_count(Counter::OutOfCallMsgs), 1u);  // no dead call is left
}

// Each response brings the tag anew, also when it ends as the former one did (forking: RFC 3261 12.1.2).
TEST_F(OneCall, TagOfTheLastResponse) {
    start_client();
    std::string ringing = answer(world.sent[0].bytes, "180 Ringing");
    world.inject(true, ringing.replace(ringing.find("tag=peer"), 8, "tag=r"));
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_for(kMillisecond);
    ASSERT_EQ(client_lines(), (Lines{"INVITE", "ACK"}));
    EXPECT_NE(world.sent.back().bytes.find(";tag=peer\r\n"), std::string::npos) << world.sent.back().bytes;
}

TEST_F(OneCall, DefaultBehavioursCanBeOff) {
    world.client_config.behaviour = {false, false, false, false};
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "183 Progress"));
    world.inject(true, request("PING", "1-100@10.0.0.1", 7));
    world.run_for(kMillisecond);
    EXPECT_EQ(client_lines(), (Lines{"INVITE"}));
    EXPECT_EQ(world.client_count(Counter::FailedCall), 0u);
    EXPECT_EQ(world.client().statistics().current_calls, 1u);
}

TEST_F(OneCall, PingIsAnsweredAndTheCallGoesOn) {
    start_client();
    world.inject(true, request("PING", "1-100@10.0.0.1", 7));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.sent.back().first_line(), "SIP/2.0 200 OK");
    EXPECT_EQ(world.client_count(Counter::AutoAnswered), 1u);
    EXPECT_EQ(world.client().statistics().current_calls, 1u);
}

TEST_F(OneCall, RepeatedFinalGetsTheAckAgain) {
    start_client();
    std::string ok = answer(world.sent[0].bytes, "200 OK");
    for (int i = 0; i < 3; ++i) {
        world.inject(true, ok);
        world.run_for(kMillisecond);
    }
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "ACK", "ACK", "ACK"}));
    EXPECT_EQ(world.client().statistics().steps[3].retrans, 2u);
    EXPECT_EQ(world.client().statistics().steps[4].retrans, 2u);
    EXPECT_EQ(world.client_count(Counter::Retransmissions), 2u);
    EXPECT_EQ(world.client_count(Counter::FailedCall), 0u);
}

TEST_F(OneCall, DeadCallsAreRecognisedForSomeTime) {
    start_client();
    std::string ok = answer(world.sent[0].bytes, "486 Busy Here");
    world.inject(true, ok);
    world.run_to_end();
    for (int i = 0; i < 3; ++i) {  // each late message starts the time again
        world.run_for(30 * kSecond);
        world.inject(true, ok);
        world.run_for(kMillisecond);
    }
    EXPECT_EQ(world.client_count(Counter::DeadCallMsgs), 3u);
    world.run_for(34 * kSecond);
    world.inject(true, ok);
    world.run_for(kMillisecond);
    EXPECT_EQ(world.client_count(Counter::DeadCallMsgs), 3u);
    EXPECT_EQ(world.client_count(Counter::OutOfCallMsgs), 1u);
}

TEST_F(OneCall, RecvTimeoutFailsWithBye) {
    std::vector<HandStep> steps = uac_steps();
    steps[7].timeout(2 * kSecond);
    steps[6].retrans(0);
    HandProgram program(true, steps);
    program.set_rtds(1);
    program.finish();
    world.start(&program, nullptr);
    world.run_for(kMillisecond);
    world.inject(true, answer(world.sent[0].bytes, "200 OK"));
    world.run_to_end();
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "ACK", "BYE", "BYE"}));  // the scenario's and the runtime's
    EXPECT_EQ(world.client_count(Counter::FailedTimeoutOnRecv), 1u);
    EXPECT_EQ(world.client().statistics().steps[7].timeouts, 1u);
}

TEST_F(OneCall, ForcedQuitEndsEveryCall) {
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "180 Ringing"));
    world.run_for(kMillisecond);
    world.client().quit(rt::Quit::Force);
    world.run_to_end();
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "CANCEL"}));
    EXPECT_EQ(world.client_count(Counter::FailedCall), 1u);
}

TEST_F(OneCall, AutoAnswer) {
    world.client_config.call.auto_answer = true;
    start_client();
    world.inject(true, request("OPTIONS", "1-100@10.0.0.1", 3));
    world.inject(true, request("OPTIONS", "unknown", 3));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.client_count(Counter::AutoAnswered), 2u);
    EXPECT_EQ(client_lines(), (Lines{"INVITE", "SIP/2.0", "SIP/2.0"}));
}

TEST(Server, RepeatedInviteGetsTheLastAnswerAgain) {
    HandProgram uas(false, uas_steps(kSecond));
    World world;
    world.start(nullptr, &uas);
    for (int i = 0; i < 2; ++i) {
        world.inject(false, request("INVITE", "abc///real@id", 1));
        world.run_for(kMillisecond);
    }
    ASSERT_EQ(world.sent.size(), 5u);  // INVITE 180 200, INVITE 200
    EXPECT_EQ(world.sent[4].bytes, world.sent[2].bytes);
    EXPECT_EQ(world.sent[4].bytes,
              "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9\r\nFrom: <sip:a@10.0.0.1>;tag=1\r\n"
              "To: <sip:s@10.0.0.2>;tag=101SIPpTag011\r\nCall-ID: abc///real@id\r\nCSeq: 1 INVITE\r\n"
              "Contact: <sip:10.0.0.2:5061;transport=UDP>\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 1u);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 0u);
}

TEST(Server, AckMustHaveTheCseqOfTheInvite) {
    HandProgram uas(false, uas_steps(kSecond));
    World world;
    world.start(nullptr, &uas);
    world.inject(false, request("INVITE", "id", 5));
    world.run_for(kMillisecond);
    world.inject(false, request("ACK", "id", 6));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 1u);
    EXPECT_EQ(world.server().statistics().current_calls, 0u);
}

TEST(Server, RefusesNewCallsWhenQuitting) {
    HandProgram uas(false, uas_steps(kSecond));
    World world;
    world.start(nullptr, &uas);
    world.server().quit(rt::Quit::Soft);
    world.inject(false, request("INVITE", "id", 5));
    world.inject(false, "nonsense");
    world.inject(false, "\r\n\r\n");
    world.run_for(kMillisecond);
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 0u);
    EXPECT_EQ(world.server_count(Counter::OutOfCallMsgs), 1u);
    EXPECT_EQ(world.server_count(Counter::MalformedMessages), 1u);
    EXPECT_EQ(world.server_count(Counter::KeepAlives), 1u);
    EXPECT_TRUE(world.server().finished());
}

TEST(Server, RouteSetOfARequestKeepsItsOrder) {
    std::vector<HandStep> steps{recv_request("INVITE").rrs(), send("SIP/2.0 200 OK\n[routes]\n[next_url]\n\n")};
    HandProgram uas(false, steps);
    World world;
    world.start(nullptr, &uas);
    world.inject(false, request("INVITE", "1", 5, "Record-Route: <sip:a;lr>, <sip:b;lr>\r\nContact: <sip:me@x>\r\n"));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.sent.back().bytes, "SIP/2.0 200 OK\r\nRoute: <sip:a;lr>, <sip:b;lr>\r\nsip:me@x\r\n\r\n");
    world.inject(false, request("INVITE", "2", 5, "Record-Route: <sip:a>\r\nContact: <sip:me@x>\r\n"));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.sent.back().bytes, "SIP/2.0 200 OK\r\nRoute: <sip:me@x>\r\nsip:a\r\n\r\n");
    world.inject(false, request("INVITE", "3", 5));
    world.run_for(kMillisecond);
    EXPECT_EQ(world.sent.back().bytes,
              "SIP/2.0 200 OK\r\nsip:s@10.0.0.2\r\n\r\n");  // no empty line where [routes] printed nothing
}

TEST(Pacing, LimitRefusesAndCounts) {
    HandProgram uac(true, {pause(kSecond)});
    World world;
    world.client_config.rate.rate = 100;
    world.client_config.rate.limit = 10;
    world.client_config.rate.max_calls = 30;
    world.start(&uac, nullptr);
    world.run_to_end();
    EXPECT_EQ(world.client().statistics().peak_calls, 10u);
    EXPECT_EQ(world.client_count(Counter::OutgoingCall), 30u);
    EXPECT_EQ(world.client_count(Counter::CallsOffered), world.client_count(Counter::CallsRefusedLimit) + 30);
    EXPECT_EQ(world.client_count(Counter::CallsRefusedLimit), 180u);  // 90 in each of the two seconds before call 30
}

TEST(Pacing, DefaultLimitFollowsTheRate) {
    HandProgram uac(true, {pause(5 * kSecond)});
    World world;
    world.client_config.rate.rate = 2;
    world.start(&uac, nullptr);
    EXPECT_EQ(world.client().limit(), 30u);
    world.client().set_rate(10, world.clock.now_ns);
    EXPECT_EQ(world.client().limit(), 150u);
    world.run_for(10 * kSecond);
    EXPECT_EQ(world.client_count(Counter::OutgoingCall), 101u);
    world.client().set_paused(true);
    world.run_for(kSecond);
    EXPECT_EQ(world.client_count(Counter::OutgoingCall), 101u);
    world.client().quit(rt::Quit::Soft);
    world.run_to_end();
}

TEST(Pacing, NothingDueIsLost) {
    HandProgram uac(true, {pause(kMillisecond)});
    World world;
    world.client_config.rate.rate = 1000;
    world.client_config.rate.limit = 0;
    world.client_config.rate.max_sched_loops = 7;
    world.start(&uac, nullptr);
    world.run_for(kMillisecond);
    world.clock.now_ns += 50 * kMillisecond;  // the process was held up
    world.run_for(0);
    EXPECT_EQ(world.client_count(Counter::OutgoingCall), 52u);
    EXPECT_EQ(world.client_count(Counter::CallsLate), 39u);  // those planned for 2 to 40 ms, at 51 ms
    world.clock.now_ns += 10 * kMillisecond;
    world.client().quit(rt::Quit::Soft);
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::CallsDropped), 10u);
    EXPECT_EQ(world.client_count(Counter::CallsOffered), 62u);
}

TEST(Pacing, UsersKeepTheirNumberAndVariables) {
    std::vector<std::string> ids;
    HandProgram uac(true, {nop([&](gsp_worker* w, gsp_call* c, const gsp_event*) -> uint32_t {
                               gsp_value* visits = &rt::engine(w).variable(rt::frame(c), GSP_SCOPE_USER);
                               gsp_var_set_num(w, c, GSP_SCOPE_USER, (visits->tag == GSP_NUM ? visits->num : 0) + 1);
                               ids.push_back(std::to_string(rt::frame(c).user) + ":" +
                                             std::to_string(static_cast<int>(visits->num)));
                               return GSP_OK;
                           }),
                           pause(kSecond)});
    uac.set_vars(0, 1, 0);
    World world;
    world.client_config.rate.users = 3;
    world.client_config.rate.max_calls = 7;
    world.start(&uac, nullptr);
    world.run_to_end();
    EXPECT_EQ(ids, (Lines{"3:1", "2:1", "1:1", "3:2", "2:2", "1:2", "3:3"}));
    EXPECT_EQ(world.client().statistics().peak_calls, 3u);
}

// Fewer users: they retire as their calls end. More again: the retired ones come back first.
TEST(Pacing, UsersRetireAndComeBack) {
    std::vector<uint32_t> users;
    HandProgram uac(true, {nop([&](gsp_worker*, gsp_call* c, const gsp_event*) -> uint32_t {
                               users.push_back(rt::frame(c).user);
                               return GSP_OK;
                           }),
                           pause(kSecond)});
    uac.set_vars(0, 1, 0);
    World world;
    world.client_config.rate.users = 3;
    world.start(&uac, nullptr);
    const auto started_within = [&](uint64_t ns) {
        users.clear();
        world.run_for(ns);
        return users;
    };
    using Users = std::vector<uint32_t>;
    EXPECT_EQ(started_within(500 * kMillisecond), (Users{3, 2, 1}));
    world.client().set_users(1);
    EXPECT_EQ(world.client().statistics().current_calls, 3u);  // none is cut off
    EXPECT_EQ(started_within(kSecond), (Users{1}));
    EXPECT_EQ(world.client().statistics().current_calls, 1u);
    world.client().set_users(4);
    EXPECT_EQ(started_within(100 * kMillisecond), (Users{2, 3, 4}));
    EXPECT_EQ(world.client().statistics().current_calls, 4u);
    world.client().set_users(0);
    EXPECT_EQ(started_within(5 * kSecond), Users{});
    EXPECT_EQ(world.client().statistics().current_calls, 0u);
    world.client().set_users(2);
    EXPECT_EQ(started_within(100 * kMillisecond).size(), 2u);
}

TEST(Fuel, ALoopLeavesRoomForOthersAndMayEndByStop) {
    int rounds = 0;
    std::vector<HandStep> steps{nop([&](gsp_worker*, gsp_call*, const gsp_event*) -> uint32_t {
                                    return ++rounds == 2500 ? GSP_STOPPED : GSP_OK;
                                }),
                                nop(nullptr).go_to(0)};
    HandProgram uac(true, steps);
    World world;
    world.client_config.rate.max_calls = 1;
    world.start(&uac, nullptr);
    world.client().turn();
    EXPECT_LT(rounds, 1100);
    world.run_to_end();
    EXPECT_EQ(rounds, 2500);
    EXPECT_EQ(world.client_count(Counter::FailedCallRejected), 1u);
    EXPECT_EQ(world.client().statistics().current_calls, 0u);
}

}  // namespace gsp::test
