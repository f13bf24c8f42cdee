// SPDX-License-Identifier: Apache-2.0
// -explain_failures in whole runs: kinds, causes, and the events of the example.
#include <gtest/gtest.h>

#include "runtime/call/engine.h"
#include "test/sim/client_call.h"
#include "test/sim/peer.h"

namespace gsp::test {

using rt::Failure;
using rt::kMillisecond;
using rt::kSecond;

namespace {

struct FailedCall : ClientCall {
    FailedCall() : ClientCall(100 * kSecond) {}
    const std::vector<Failure>& kinds() { return world.client().failures(rt::Part::Main).kinds(); }
    // "sent 0 INVITE sip:…", one for each event.
    static std::vector<std::string> events_of(const Failure& failure) {
        std::vector<std::string> lines;
        for (const rt::LadderEvent& e : failure.example.ladder.events)
            lines.push_back(std::to_string((e.time_ns - failure.example.start_ns) / kMillisecond) + " " +
                            std::string(rt::ladder_name(e)) + " " + rt::ladder_text(e) + " " +
                            std::to_string(rt::ladder_cseq(e)));
        return lines;
    }
};
using Lines = std::vector<std::string>;

}  // namespace

TEST_F(FailedCall, UnexpectedFinalResponse) {
    start_client();
    world.inject(true, answer(world.sent[0].bytes, "100 Trying"));
    world.run_for(2 * kMillisecond);
    world.inject(true, answer(world.sent[0].bytes, "486 Busy Here"));
    world.run_to_end();
    ASSERT_EQ(kinds().size(), 1u);
    const Failure& failure = kinds()[0];
    EXPECT_EQ(failure.key, (rt::FailureKey{GSP_UNEXPECTED, 2, 486}));
    EXPECT_EQ(failure.count, 1u);
    EXPECT_EQ(failure.arrived, "486 Busy Here");
    EXPECT_EQ(failure.acceptable, (std::vector<uint32_t>{2, 3, 1}));
    EXPECT_EQ(failure.why, "none has the status 486");
    EXPECT_EQ(failure.example.number, 1u);
    EXPECT_EQ(failure.example.call_id, "1-100@10.0.0.1");
    EXPECT_EQ(events_of(failure),
              (Lines{"0 sent INVITE sip:service@10.0.0.2:5061 1", "1 received 100 Trying 1",
                     "3 unexpected 486 Busy Here 1", "3 sent_by_default ACK sip:service@10.0.0.2:5061 1"}));
}

TEST_F(FailedCall, NoAnswerToTheLastRetransmission) {
    world.client_config.retrans.max_invite = 2;
    start_client();
    world.run_to_end();
    ASSERT_EQ(kinds().size(), 1u);
    EXPECT_EQ(kinds()[0].key, (rt::FailureKey{GSP_MAX_RETRANS, 0, 0}));
    EXPECT_EQ(kinds()[0].why, "none came, although it was sent 3 times");
    const Lines events = events_of(kinds()[0]);
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[1], "500 sent_again INVITE sip:service@10.0.0.2:5061 1");
    EXPECT_EQ(events[3], "3500 gave_up  0");
}

TEST_F(FailedCall, UnexpectedByeIsOfAnotherKindThanUnexpectedResponse) {
    world.client_config.rate.max_calls = 2;
    start_client();
    world.inject(true, request("BYE", "1-100@10.0.0.1", 7));
    world.run_for(200 * kMillisecond);
    world.inject(true, answer(world.sent.back().bytes, "500 Oops"));
    world.run_to_end();
    ASSERT_EQ(kinds().size(), 2u);
    EXPECT_EQ(kinds()[0].arrived, "BYE");
    EXPECT_EQ(kinds()[0].why, "it is a request");
    EXPECT_EQ(events_of(kinds()[0]).back(), "1 sent_by_default 200 OK 7");
    EXPECT_EQ(kinds()[1].arrived, "500 Oops");
}

TEST_F(FailedCall, MessagesThatAreLostOnPurpose) {
    world.client_config.call.lost = 100;
    world.client_config.retrans.max_invite = 0;
    start_client();
    world.run_to_end();
    ASSERT_EQ(kinds().size(), 1u);
    EXPECT_EQ(events_of(kinds()[0]).front(), "0 sent_lost INVITE sip:service@10.0.0.2:5061 1");
}

TEST_F(FailedCall, OffMeansNothingIsKept) {
    world.client_config.report.failures = 0;
    world.client_config.retrans.max_invite = 0;
    start_client();
    world.run_to_end();
    EXPECT_EQ(world.client_count(rt::Counter::FailedCall), 1u);
    EXPECT_TRUE(kinds().empty());
}

TEST_F(FailedCall, ResetOfTheStatisticsForgetsThem) {
    world.client_config.retrans.max_invite = 0;
    start_client();
    world.run_to_end();
    ASSERT_EQ(kinds().size(), 1u);
    world.client().reset_statistics();
    EXPECT_TRUE(kinds().empty());
}

// The call goes on to its end, where it counts as failed; the step to blame is the one with the action.
TEST(Failures, OfAnActionBelongToItsStep) {
    HandProgram client(true, {nop([](auto*, auto*, auto*) { return uint32_t{GSP_OK}; }),
                              nop([](auto*, auto*, auto*) { return uint32_t{GSP_TEST_NO_MATCH}; }), pause(kSecond)});
    World world;
    world.client_config.rate.max_calls = 3;
    world.start(&client, nullptr);
    world.run_to_end();
    const std::vector<Failure>& kinds = world.client().failures(rt::Part::Main).kinds();
    ASSERT_EQ(kinds.size(), 1u);
    EXPECT_EQ(kinds[0].key, (rt::FailureKey{GSP_TEST_NO_MATCH, 1, 0}));
    EXPECT_EQ(kinds[0].count, 3u);
    EXPECT_TRUE(kinds[0].acceptable.empty());
}

}  // namespace gsp::test
