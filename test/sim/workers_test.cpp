// SPDX-License-Identifier: Apache-2.0
// Several workers that place the calls of one plan: -m, -l, users, numbers and injection files mean what they mean with
// one.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "runtime/transport/sim.h"
#include "runtime/worker/worker.h"
#include "test/sim/hand_program.h"

namespace gsp::test {

using rt::Counter;
using rt::kMillisecond;
using rt::kSecond;

namespace {

rt::Address address(uint8_t host, uint16_t port) {
    return {4, 0, port, {10, 0, 0, host}};
}

// Clients at 10.0.0.1, each worker with a port of its own, and a server.
class Workers : public ::testing::Test {
protected:
    Workers() : network(clock, 1, {}) {
        config.net.remote_host = "10.0.0.2";
        config.seed = 7;
        network.filter = [this](const rt::Address& from, const rt::Address&, std::string_view bytes) {
            if (from.ip[3] == 1 && bytes.starts_with("INVITE")) {
                invites.push_back({clock.now_ns, std::string(bytes)});
                most_open = std::max(most_open, state->open.load());
            }
            return true;
        };
    }

    struct End {
        std::unique_ptr<rt::Transport> transport;
        std::unique_ptr<rt::RunText> text;
        std::unique_ptr<rt::Trace> trace;
        std::unique_ptr<rt::Worker> worker;
    };
    void add(std::vector<End>& to, const gsp_program& program, const rt::RunConfig& settings, rt::RunState& common,
             rt::Seat seat, const rt::Address& own, const rt::Address& remote) {
        End end;
        end.transport = std::move(*network.open(own));
        end.text = std::make_unique<rt::RunText>(rt::RunText{settings, own, own, remote, own, 6000});
        end.trace = std::move(*rt::Trace::open(settings, 0));
        auto worker = rt::Worker::create(rt::Scenarios{program}, settings, *end.text, common, seat, clock,
                                         *end.transport, *end.trace);
        ASSERT_TRUE(worker.ok()) << worker.error().text;
        end.worker = std::move(*worker);
        to.push_back(std::move(end));
    }
    void start(uint32_t n, HandProgram& uac, HandProgram& uas) {
        for (HandProgram* program : {&uac, &uas}) program->set_rtds(1), program->finish();
        state.emplace(config, rt::Scenarios{uac}, n);
        server_state.emplace(server_config, rt::Scenarios{uas});
        add(servers, uas, server_config, *server_state, {}, address(2, 5060), {});
        for (uint32_t i = 0; i < n; ++i)
            add(clients, uac, config, *state, {i, n}, address(1, static_cast<uint16_t>(5060 + i)), address(2, 5060));
        for (End& end : clients) end.worker->begin_plan(0);
    }
    void turn() {
        for (auto* ends : {&clients, &servers})
            for (End& end : *ends) end.worker->turn();
    }
    void run_until(const std::function<bool()>& done) {
        for (turn(); !done(); turn()) {
            uint64_t next = network.next_arrival_ns();
            for (auto* ends : {&clients, &servers})
                for (End& end : *ends) next = std::min(next, end.worker->next_due_ns());
            ASSERT_LE(next, 600 * kSecond);
            clock.now_ns = std::max(clock.now_ns, next);
        }
    }
    void run_to_end() {
        run_until([this] { return std::ranges::all_of(clients, [](End& end) { return end.worker->finished(); }); });
    }
    uint64_t count(Counter c) {
        return std::accumulate(clients.begin(), clients.end(), uint64_t{0}, [c](uint64_t sum, End& end) {
            return sum + end.worker->statistics().counters[c];
        });
    }

    struct Invite {
        uint64_t ns;
        std::string bytes;
    };
    rt::ManualClock clock;
    rt::SimNetwork network;
    rt::RunConfig config, server_config;
    std::optional<rt::RunState> state, server_state;
    std::vector<End> clients, servers;
    std::vector<Invite> invites;
    uint64_t most_open = 0;
};

std::string value_of(const std::string& message, const std::string& name) {
    const size_t begin = message.find(name + ": ") + name.size() + 2;
    return message.substr(begin, message.find('\r', begin) - begin);
}

}  // namespace

TEST_F(Workers, ShareTheCallsOfAPlan) {
    HandProgram uac(true, uac_steps()), uas(false, uas_steps(kSecond));
    config.rate.rate = 100;
    config.rate.max_calls = 50;
    start(3, uac, uas);
    run_to_end();
    ASSERT_EQ(invites.size(), 50u);
    std::vector<uint64_t> numbers;
    for (size_t i = 0; i < invites.size(); ++i) {
        EXPECT_EQ(invites[i].ns, i * 10 * kMillisecond);  // as of one worker
        numbers.push_back(std::stoull(value_of(invites[i].bytes, "Call-ID")));
    }
    std::ranges::sort(numbers);
    for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i + 1);
    EXPECT_EQ(count(Counter::SuccessfulCall), 50u);
    EXPECT_EQ(count(Counter::CallsOffered), 50u);
    for (End& end : clients) EXPECT_GE(end.worker->statistics().counters[Counter::SuccessfulCall], 16u);
}

TEST_F(Workers, ALimitHoldsForAllOfThem) {
    HandProgram uac(true, uac_steps(200 * kMillisecond)), uas(false, uas_steps(kSecond));
    config.rate.rate = 100;
    config.rate.limit = 3;
    config.rate.max_calls = 30;
    start(2, uac, uas);
    run_to_end();
    EXPECT_EQ(most_open, 3u);
    EXPECT_EQ(count(Counter::SuccessfulCall), 30u);
    EXPECT_GT(count(Counter::CallsRefusedLimit), 0u);
    EXPECT_EQ(count(Counter::CallsOffered), 30 + count(Counter::CallsRefusedLimit));
    for (End& end : clients) EXPECT_LE(end.worker->statistics().peak_calls, 3u);
}

TEST_F(Workers, OneCallAfterTheOther) {
    HandProgram uac(true, uac_steps(20 * kMillisecond)), uas(false, uas_steps(kSecond));
    config.rate.rate = 1000;
    config.rate.limit = 1;
    config.rate.max_calls = 10;
    start(4, uac, uas);
    run_to_end();
    EXPECT_EQ(most_open, 1u);
    EXPECT_EQ(count(Counter::SuccessfulCall), 10u);
}

TEST_F(Workers, UsersArePartOfOneOfThem) {
    HandProgram uac(true, uac_steps(50 * kMillisecond)), uas(false, uas_steps(kSecond));
    config.rate.users = 5;
    config.rate.max_calls = 20;
    start(2, uac, uas);
    run_until([this] { return invites.size() >= 5; });
    EXPECT_EQ(clients[0].worker->statistics().current_calls, 3u);
    EXPECT_EQ(clients[1].worker->statistics().current_calls, 2u);
    for (End& end : clients) end.worker->set_users(1);
    run_to_end();
    EXPECT_EQ(count(Counter::SuccessfulCall), 20u);
}

TEST_F(Workers, AQuitOfOneIsOfItAloneUntilTheOthersAreTold) {
    HandProgram uac(true, uac_steps()), uas(false, uas_steps(kSecond));
    config.rate.rate = 100;
    start(2, uac, uas);
    clients[0].worker->quit(rt::Quit::Soft);
    run_until([this] { return invites.size() >= 10; });
    EXPECT_FALSE(clients[0].worker->finished());  // what comes for a call of another may come to it
    clients[1].worker->quit(rt::Quit::Soft);
    run_to_end();
    EXPECT_EQ(clients[0].worker->statistics().counters[Counter::OutgoingCall], 0u);
}

}  // namespace gsp::test
