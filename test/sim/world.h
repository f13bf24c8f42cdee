// SPDX-License-Identifier: Apache-2.0
// Workers on an in-memory network in virtual time: steps from event to event until a condition holds, so virtual hours
// take milliseconds.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/threepcc/memory_bus.h"
#include "runtime/transport/sim.h"
#include "runtime/worker/worker.h"
#include "test/sim/hand_program.h"

namespace gsp::test {

struct Sent {
    uint64_t ms;
    std::string bytes;
    bool from_client;
    rt::Address to;
    std::string first_line() const { return bytes.substr(0, bytes.find('\r')); }
};

class World {
public:
    explicit World(uint64_t seed = 1, rt::SimLink link = {});
    ~World();

    // Before start(): the two are twins (3PCC). One that has ended leaves the other.
    void make_twins(uint64_t delay_ns, const std::string& client_name = {}, const std::string& server_name = {});
    // Both get each other's address. Configurations may be changed before; the programs must outlive the world.
    void start(const gsp_program* client, const gsp_program* server);
    void run_until(const std::function<bool()>& done, uint64_t limit_ns = 600 * rt::kSecond);
    void run_for(uint64_t ns);
    void run_to_end() {  // of the client
        run_until([this] { return client().finished(); });
    }
    // A datagram from the server's side to the client, or the other way round, without a worker.
    void inject(bool to_client, const std::string& bytes);

    rt::Worker& client() { return *ends_[0].worker; }
    rt::Worker& server() { return *ends_[1].worker; }
    uint64_t client_count(rt::Counter c) { return client().statistics().counters[c]; }
    uint64_t server_count(rt::Counter c) { return server().statistics().counters[c]; }
    std::vector<uint64_t> times_of(const std::string& start, bool from_client) const;  // ms
    std::string last_warning(bool of_client) const {
        return std::string(ends_[of_client ? 0 : 1].trace->last_warning());
    }

    rt::ManualClock clock;
    rt::SimNetwork network;
    rt::RunConfig client_config, server_config;
    rt::Address server_sends_to;                                            // -rsa
    const gsp_program *client_out_of_call = nullptr, *client_rx = nullptr;  // beside the client's main scenario
    std::vector<rt::Scenarios::Weighted> client_also;
    std::vector<Sent> sent;
    std::function<bool(const Sent&)> passes;  // false: the network drops it

private:
    struct End {
        std::unique_ptr<rt::Transport> transport;
        std::unique_ptr<rt::RunText> text;
        std::unique_ptr<rt::Trace> trace;
        std::unique_ptr<rt::RunState> state;
        rt::CommandBus* bus = nullptr;  // to its twin, as long as it runs
        std::unique_ptr<rt::Worker> worker;
    };
    void turn();
    uint64_t next_event_ns() const;

    std::optional<rt::MemoryBus> twins_;
    End ends_[2];
    rt::Address addresses_[2];
};

}  // namespace gsp::test
