// SPDX-License-Identifier: Apache-2.0
// Runs of several scenarios: out-of-call requests and mixed mode. The peer is the test.
#include <gtest/gtest.h>

#include "test/sim/peer.h"
#include "test/sim/world.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;
using rt::Part;

namespace {

std::vector<HandStep> answering_steps() {
    const std::string ok =
        "SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:];tag=own\n[last_Call-ID:]\n[last_CSeq:]\n"
        "X-Number: [call_number]\nContent-Length: 0\n\n";
    HandStep timewait = pause(4 * kSecond);
    timewait.step.kind = GSP_STEP_TIMEWAIT;
    return {recv_request("OPTIONS"), send(ok), timewait};
}

struct Parts : ::testing::Test {
    Parts() {
        world.client_config.rate.max_calls = 1;
        uac.set_rtds(1), uas.set_rtds(1);
        uac.finish(), uas.finish();
    }
    void start() {
        world.start(&uac, nullptr);
        world.run_for(kMillisecond);
    }
    void receive(const std::string& bytes) {
        world.inject(true, bytes);
        world.run_for(kMillisecond);
    }
    const rt::Statistics& of(Part part) { return world.client().statistics(part); }

    HandProgram uac{true, uac_steps(10 * kSecond)}, answering{false, answering_steps()}, uas{false, uas_steps(kSecond)};
    World world;
};

}  // namespace

TEST_F(Parts, ARequestOutOfCallHasItsOwnScenario) {
    world.client_out_of_call = &answering;
    start();
    receive(request("OPTIONS", "stranger", 3));
    EXPECT_EQ(world.sent.back().first_line(), "SIP/2.0 200 OK");
    EXPECT_NE(world.sent.back().bytes.find("Call-ID: stranger\r\nCSeq: 3 OPTIONS\r\n"), std::string::npos);
    EXPECT_EQ(of(Part::OutOfCall).counters[Counter::IncomingCall], 1u);
    EXPECT_EQ(of(Part::OutOfCall).steps[1].done, 1u);
    EXPECT_EQ(of(Part::Main).counters[Counter::IncomingCall], 0u);
    EXPECT_EQ(of(Part::Main).counters[Counter::AutoAnswered], 1u);
    EXPECT_EQ(of(Part::Main).current_calls, 1u);
    EXPECT_NE(world.last_warning(true).find("goes to the out-of-call scenario: OPTIONS "), std::string::npos);
    receive(request("OPTIONS", "stranger", 3));  // the timewait answers it again
    EXPECT_EQ(of(Part::OutOfCall).steps[1].retrans, 1u);
    EXPECT_EQ(of(Part::Main).counters[Counter::MessagesSent], 3u);  // INVITE, 200, 200
}

TEST_F(Parts, AResponseOutOfCallHasNone) {
    world.client_out_of_call = &answering;
    start();
    std::string stray = answer(world.sent[0].bytes, "200 OK");
    receive(stray.replace(stray.find("1-100@"), 6, "other@"));
    EXPECT_EQ(of(Part::OutOfCall).counters[Counter::IncomingCall], 0u);
    EXPECT_EQ(of(Part::Main).counters[Counter::OutOfCallMsgs], 1u);
}

// … its calls do not hold up the end, and do not count for it.
TEST_F(Parts, TheRunEndsWithItsMainScenario) {
    world.client_out_of_call = &answering;
    start();
    receive(request("OPTIONS", "stranger", 3));
    receive(answer(world.sent[0].bytes, "200 OK"));
    world.run_for(10 * kSecond);
    receive(request("OPTIONS", "another", 1));
    const std::string bye = [&] {
        for (const Sent& s : world.sent)
            if (s.first_line().starts_with("BYE")) return s.bytes;
        return std::string();
    }();
    EXPECT_EQ(of(Part::OutOfCall).current_calls, 1u);  // in its timewait
    receive(answer(bye, "200 OK"));
    EXPECT_TRUE(world.client().finished());
    EXPECT_EQ(of(Part::Main).counters[Counter::SuccessfulCall], 1u);
    EXPECT_EQ(of(Part::OutOfCall).counters[Counter::SuccessfulCall], 2u);
    EXPECT_EQ(of(Part::OutOfCall).current_calls, 0u);
}

TEST_F(Parts, UnexpectedOutOfCallFailsThereOnly) {
    world.client_out_of_call = &answering;
    start();
    receive(request("INVITE", "stranger", 3));
    EXPECT_EQ(of(Part::OutOfCall).counters[Counter::FailedUnexpectedMessage], 1u);
    EXPECT_EQ(of(Part::Main).counters[Counter::FailedCall], 0u);
}

TEST_F(Parts, MixedModeTakesIncomingCalls) {
    world.client_rx = &uas;
    world.client_config.rate.max_calls = 2;
    start();
    receive(request("INVITE", "incoming", 1));
    EXPECT_EQ(world.sent.back().first_line(), "SIP/2.0 200 OK");
    EXPECT_EQ(of(Part::Rx).counters[Counter::IncomingCall], 1u);
    EXPECT_EQ(of(Part::Rx).current_calls, 1u);
    receive(request("ACK", "incoming", 1));
    receive(request("BYE", "incoming", 2));
    EXPECT_NE(world.sent.back().bytes.find("CSeq: 2 BYE"), std::string::npos);
    world.run_for(2 * kSecond);  // the timewait; the second call starts
    EXPECT_EQ(of(Part::Rx).counters[Counter::SuccessfulCall], 1u);
    EXPECT_EQ(of(Part::Main).counters[Counter::OutgoingCall], 2u);
    EXPECT_EQ(world.client().statistics().counters[Counter::OutOfCallMsgs], 0u);
}

// [call_number] goes on over all scenarios, so that Call-IDs and tags stay apart.
// A proxy sends a call of the run on to the run itself: one Call-ID, two calls. Vias tell them apart.
struct BothEnds : Parts {
    BothEnds() {
        world.client_rx = &callee;
        callee.set_rtds(1);
        callee.finish();
        start();
        receive(forwarded(world.sent[0].bytes));
        receive(returned(world.sent.back().bytes));   // 200
        receive(forwarded(world.sent.back().bytes));  // ACK
    }
    static std::string forwarded(std::string request) {
        return request.insert(request.find("Via:"), "Via: " + kProxy + "\r\n");
    }
    static std::string returned(std::string response) {  // [last_Via:] has both in one line
        return response.erase(response.find(kProxy), kProxy.size() + 2);
    }
    static std::vector<HandStep> callee_steps() {
        std::vector<HandStep> steps = uas_steps(kSecond);
        steps.back().step.kind = GSP_STEP_TIMEWAIT;
        return steps;
    }
    inline static const std::string kProxy = "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKproxy";
    HandProgram callee{false, callee_steps()};
};

TEST_F(BothEnds, OfACallMayBeInOneRun) {
    EXPECT_EQ(of(Part::Rx).steps[3].done, 1u);
    world.run_for(10 * kSecond);
    receive(forwarded(world.sent.back().bytes));  // BYE
    receive(returned(world.sent.back().bytes));
    EXPECT_EQ(of(Part::Main).counters[Counter::SuccessfulCall], 1u);
    EXPECT_EQ(of(Part::Rx).counters[Counter::IncomingCall], 1u);
    EXPECT_EQ(of(Part::Rx).counters[Counter::SuccessfulCall], 1u);
    EXPECT_EQ(of(Part::Main).counters[Counter::Warnings], 0u);
}

TEST_F(BothEnds, GetRequestsOfEachOther) {
    std::string bye = forwarded(request("BYE", "1-100@10.0.0.1", 5));
    receive(bye.replace(bye.find("branch=z9\r"), 9, "branch=z9hG4bK-100-2-6"));  // of call 2, the callee
    EXPECT_EQ(of(Part::Main).counters[Counter::FailedUnexpectedMessage], 1u);
    EXPECT_EQ(of(Part::Rx).steps[4].done, 0u);
}

TEST_F(Parts, ScenariosShareTheNumbersOfCalls) {
    world.client_rx = &answering;
    start();
    receive(request("OPTIONS", "incoming", 1));
    EXPECT_NE(world.sent.back().bytes.find("X-Number: 2\r\n"), std::string::npos) << world.sent.back().bytes;
}

TEST_F(Parts, MixedModeTakesCallsWhileQuitting) {
    world.client_rx = &uas;
    start();  // -m 1 is reached
    ASSERT_EQ(world.client().quitting(), rt::Quit::Soft);
    receive(request("INVITE", "incoming", 1));
    EXPECT_EQ(of(Part::Rx).current_calls, 1u);
    world.client().quit(rt::Quit::Force);
    world.run_for(kMillisecond);
    EXPECT_EQ(of(Part::Rx).counters[Counter::FailedCall], 1u);
    EXPECT_TRUE(world.client().finished());
}

TEST_F(Parts, ResetSetsAllCountsToZeroAndCallsGoOn) {
    world.client_rx = &uas;
    start();
    receive(request("INVITE", "incoming", 1));
    world.client().reset_statistics();
    EXPECT_EQ(of(Part::Main).counters[Counter::OutgoingCall], 0u);
    EXPECT_EQ(of(Part::Main).steps[0].done, 0u);
    EXPECT_EQ(of(Part::Main).current_calls, 1u);
    EXPECT_EQ(of(Part::Rx).counters[Counter::IncomingCall], 0u);
    receive(answer(world.sent[0].bytes, "200 OK"));
    EXPECT_EQ(of(Part::Main).steps[4].done, 1u);
    world.run_for(5 * kSecond);
    EXPECT_EQ(of(Part::Main).counters[Counter::OutgoingCall], 0u);  // -m counts from the start
}

TEST_F(Parts, CallsAndVariablesInWords) {
    uac.set_vars(0, 0, 1);
    uac.add_global("limit", 0);
    uac.finish();
    world.client_config.call.sets = {{"limit", "seven"}};
    start();
    std::string said;
    world.client().describe_calls([&](const std::string& line) { said += line + "\n"; });
    world.client().describe_variables([&](const std::string& line) { said += line + "\n"; });
    EXPECT_EQ(said,
              "call 1-100@10.0.0.1 in step 1 (`100`, line 20), retransmission 1 in 499 ms\nglobal $limit 'seven'\n");
}

}  // namespace gsp::test
