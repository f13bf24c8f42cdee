// SPDX-License-Identifier: Apache-2.0
// 3PCC in virtual time: commands between two runs, what happens when a call of one fails, and how they end.
#include <gtest/gtest.h>

#include "runtime/call/engine.h"
#include "test/sim/world.h"

namespace gsp::test {
namespace {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;

const std::string kCommand = "Call-ID: [call_id]\nX: y\n\n";

Action nothing() {
    return [](gsp_worker*, gsp_call*, const gsp_event*) -> uint32_t { return GSP_OK; };
}

// The client's end is A of classic 3PCC, the server's B; a command is ten milliseconds on its way.
struct Twins : World {
    Twins(std::vector<HandStep> a_steps, std::vector<HandStep> b_steps)
        : a(true, std::move(a_steps)), b(false, std::move(b_steps)) {
        for (rt::RunConfig* config : {&client_config, &server_config}) config->twin.address.host = "127.0.0.1";
        client_config.rate.max_calls = 3;
    }
    void start() {
        make_twins(10 * kMillisecond);
        World::start(&a, &b);
    }
    uint64_t ms() const { return clock.now_ns / kMillisecond; }
    HandProgram a, b;
};

TEST(Twins, CommandsGoThereAndBack) {
    std::string seen_by_b, seen_by_a;
    const auto see = [](std::string& into) {
        return [&into](gsp_worker* w, gsp_call*, const gsp_event* event) -> uint32_t {
            EXPECT_EQ(event->kind, uint32_t{GSP_EV_COMMAND});
            into = rt::engine(w).command;
            return GSP_OK;
        };
    };
    Twins world({send_cmd(kCommand), recv_cmd().does(see(seen_by_a))},
                {recv_cmd().does(see(seen_by_b)), pause(200 * kMillisecond), send_cmd("Call-ID: [call_id]\nback\n\n")});
    world.client_config.rate.max_calls = 1;
    world.start();
    world.run_to_end();
    EXPECT_GE(world.ms(), 220u);
    EXPECT_LE(world.ms(), 222u);  // the pause ends on a tick
    EXPECT_EQ(seen_by_b, "Call-ID: 1-100@10.0.0.1\r\nX: y");
    EXPECT_EQ(seen_by_a, "Call-ID: 1-100@10.0.0.1\r\nback");
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 1u);
    EXPECT_EQ(world.server_count(Counter::SuccessfulCall), 1u);
    EXPECT_EQ(world.server_count(Counter::OutgoingCall), 1u);
    EXPECT_EQ(world.server_count(Counter::IncomingCall), 0u);
}

TEST(Twins, CommandSkipsNopsAndOptionalSteps) {
    Twins world({send_cmd(kCommand), send_cmd(kCommand), recv_cmd()},
                {recv_cmd(), recv_response(180).optional(), nop(nothing()), recv_cmd(), send_cmd(kCommand)});
    world.start();
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 3u);
    EXPECT_EQ(world.server_count(Counter::SuccessfulCall), 3u);
}

TEST(Twins, CommandThatNobodyExpectsRejectsTheCall) {
    Twins world({send_cmd(kCommand), send_cmd(kCommand), pause(kSecond)}, {recv_cmd(), pause(500 * kMillisecond)});
    world.start();
    world.run_to_end();
    EXPECT_EQ(world.server_count(Counter::FailedCallRejected), 3u);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 3u);
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), 3u);
    EXPECT_TRUE(world.sent.empty());
}

TEST(Twins, FailureOfACallAbortsThatOfTheTwin) {
    Twins world({send_cmd(kCommand), recv_cmd()}, {recv_cmd(), pause(5 * kSecond), send_cmd(kCommand)});
    world.client_config.rate.max_calls = 1;
    world.client_config.behaviour.bye = false;  // no 200, which would reach B
    world.start();
    world.run_for(100 * kMillisecond);
    world.inject(true,
                 "BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\n"
                 "To: <sip:b>\r\nCall-ID: 1-100@10.0.0.1\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n");
    world.run_for(9 * kMillisecond);
    EXPECT_EQ(world.client_count(Counter::FailedUnexpectedMessage), 1u);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 0u);
    world.run_for(2 * kMillisecond);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 1u);
    EXPECT_EQ(world.server().statistics().current_calls, 0u);
}

TEST(Twins, CommandForAnEndedCallStartsNone) {
    Twins world({send_cmd(kCommand), pause(kSecond), send_cmd(kCommand),
                 send_cmd("Call-ID: [call_id]\ninternal-cmd: abort_call\n\n")},
                {recv_cmd()});
    world.client_config.rate.max_calls = 1;
    world.start();
    world.run_to_end();
    world.run_for(100 * kMillisecond);
    EXPECT_EQ(world.server_count(Counter::DeadCallMsgs), 2u);
    EXPECT_EQ(world.server_count(Counter::OutgoingCall), 1u);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 0u);
}

TEST(Twins, RecvTimeoutEndsTheWaitForACommand) {
    Twins world({send_cmd(kCommand), recv_cmd()}, {recv_cmd(), pause(60 * kSecond)});
    world.client_config.timeout.recv_ns = 2 * kSecond;
    world.client_config.rate.max_calls = 1;
    world.start();
    world.run_to_end();
    EXPECT_GE(world.ms(), 2000u);
    EXPECT_LE(world.ms(), 2002u);
    EXPECT_EQ(world.client_count(Counter::FailedCall), 1u);
}

TEST(Twins, CallsOfBEndSoonAfterA) {
    Twins world({send_cmd(kCommand), pause(kSecond)}, {recv_cmd(), pause(60 * kSecond)});
    world.client_config.rate.max_calls = 1;
    world.start();
    world.run_until([&] { return world.server().finished(); });
    EXPECT_GE(world.ms(), 1210u);  // after the news, and a fifth of a second for what is on its way
    EXPECT_LE(world.ms(), 1212u);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 1u);
    EXPECT_NE(world.last_warning(false).find("failed"), std::string::npos);
}

TEST(Twins, CallsOfBThatAreAboutToEndDoSo) {
    Twins world({send_cmd(kCommand), pause(kSecond)}, {recv_cmd(), pause(1100 * kMillisecond)});
    world.start();
    world.run_until([&] { return world.server().finished(); });
    EXPECT_EQ(world.server_count(Counter::SuccessfulCall), 3u);
    EXPECT_EQ(world.server_count(Counter::FailedCall), 0u);
}

TEST(Twins, AStartsNoMoreCallsWhenBHasEnded) {
    Twins world({send_cmd(kCommand), pause(kSecond)}, {recv_cmd()});
    world.client_config.rate.max_calls = 100;
    world.server_config.rate.max_calls = 3;
    world.start();
    world.run_to_end();
    EXPECT_LE(world.client_count(Counter::OutgoingCall), 4u);
    EXPECT_EQ(world.client_count(Counter::SuccessfulCall), world.client_count(Counter::OutgoingCall));
}

TEST(Twins, CommandWithoutTwinFailsTheCall) {
    HandProgram a(true, {send_cmd(kCommand)});
    World world;
    world.client_config.twin.address.host = "127.0.0.1";
    world.client_config.rate.max_calls = 1;
    world.make_twins(0);
    world.start(&a, nullptr);
    world.run_to_end();
    EXPECT_EQ(world.client_count(Counter::FailedCmdNotSent), 1u);
}

TEST(Twins, ExtendedChecksTheSender) {
    HandProgram master(true, {send_cmd("Call-ID: [call_id]\nFrom: m\n\n", "s"), recv_cmd("s")});
    for (const std::string sender : {"s", "other"}) {
        SCOPED_TRACE(sender);
        HandProgram slave(false, {recv_cmd("m"), send_cmd("Call-ID: [call_id]\nFrom: " + sender + "\n\n", "m")});
        World world;
        world.client_config.twin.peers = world.server_config.twin.peers = {{"m", {}}, {"s", {}}};
        world.client_config.twin.master = "m";
        world.server_config.twin.slave = "s";
        world.client_config.rate.max_calls = 2;
        world.make_twins(kMillisecond, "m", "s");
        world.start(&master, &slave);
        world.run_to_end();
        EXPECT_EQ(world.server_count(Counter::SuccessfulCall), 2u);
        EXPECT_EQ(world.client_count(Counter::SuccessfulCall), sender == "s" ? 2u : 0u);
        EXPECT_EQ(world.client_count(Counter::FailedCallRejected), sender == "s" ? 0u : 2u);
    }
}

}  // namespace
}  // namespace gsp::test
