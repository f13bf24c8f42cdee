// SPDX-License-Identifier: Apache-2.0
#include "test/sim/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "runtime/base/timer_wheel.h"

namespace gsp::test {

World::World(uint64_t seed, rt::SimLink link) : network(clock, seed, link) {
    for (int i = 0; i < 2; ++i) {
        addresses_[i].family = 4;
        addresses_[i].port = static_cast<uint16_t>(5060 + i);
        addresses_[i].ip[0] = 10;
        addresses_[i].ip[3] = static_cast<uint8_t>(i + 1);
        ends_[i].transport = std::move(*network.open(addresses_[i]));
        rt::RunConfig& config = i == 0 ? client_config : server_config;
        config.seed = seed + static_cast<uint64_t>(i);
        config.pid = static_cast<uint32_t>(100 + i);
        config.net.remote_host = rt::ip_text(addresses_[1 - i]);
    }
    network.filter = [this](const rt::Address& from, const rt::Address& to, std::string_view bytes) {
        sent.push_back({clock.now_ns / rt::kMillisecond, std::string(bytes), from == addresses_[0], to});
        return !passes || passes(sent.back());
    };
}

World::~World() = default;

void World::make_twins(uint64_t delay_ns, const std::string& client_name, const std::string& server_name) {
    twins_.emplace(clock, delay_ns);
    ends_[0].bus = &twins_->join(client_name);
    ends_[1].bus = &twins_->join(server_name);
}

void World::start(const gsp_program* client, const gsp_program* server) {
    const gsp_program* programs[] = {client, server};
    for (int i = 0; i < 2; ++i) {
        if (!programs[i]) continue;
        const rt::RunConfig& config = i == 0 ? client_config : server_config;
        End& end = ends_[i];
        rt::Address remote = i == 0 ? addresses_[1] : rt::Address{};
        end.text =
            std::make_unique<rt::RunText>(rt::RunText{config, addresses_[i], addresses_[i], remote, addresses_[i], 6000,
                                                      i == 1 ? server_sends_to : rt::Address{}});
        auto trace = rt::Trace::open(config, clock.epoch_ns());
        ASSERT_TRUE(trace.ok());
        end.trace = std::move(*trace);
        rt::Scenarios scenarios{*programs[i]};
        if (i == 0) scenarios.out_of_call = client_out_of_call, scenarios.rx = client_rx, scenarios.also = client_also;
        end.state = std::make_unique<rt::RunState>(config, scenarios);
        auto worker = rt::Worker::create(scenarios, config, *end.text, *end.state, {}, clock, *end.transport, *end.trace,
                                         end.bus);
        ASSERT_TRUE(worker.ok()) << worker.error().text;
        end.worker = std::move(*worker);
        if (end.bus) twins_->start(*end.bus, end.worker->twin_events());
    }
}

void World::turn() {
    if (twins_) twins_->deliver();
    for (End& end : ends_) {
        rt::RxPacket unread[16];
        if (end.worker)
            end.worker->turn();
        else
            while (end.transport->receive(unread, clock.now_ns)) {
            }
        if (end.bus && end.worker && end.worker->finished()) twins_->leave(*std::exchange(end.bus, nullptr));
    }
}

uint64_t World::next_event_ns() const {
    uint64_t next = network.next_arrival_ns();
    if (twins_) next = std::min(next, twins_->next_due_ns());
    for (const End& end : ends_)
        if (end.worker) next = std::min(next, end.worker->next_due_ns());
    return next;
}

void World::run_until(const std::function<bool()>& done, uint64_t limit_ns) {
    uint64_t limit = clock.now_ns + limit_ns;
    for (turn(); !done(); turn()) {
        uint64_t next = next_event_ns();
        ASSERT_LE(next, limit) << "nothing that happens makes the condition true";
        clock.now_ns = std::max(clock.now_ns, next);
    }
}

void World::run_for(uint64_t ns) {
    uint64_t end = clock.now_ns + ns;
    for (turn(); next_event_ns() <= end; turn()) clock.now_ns = std::max(clock.now_ns, next_event_ns());
    clock.now_ns = std::max(clock.now_ns, end);  // a filter may have let time pass
    turn();
}

void World::inject(bool to_client, const std::string& bytes) {
    rt::TxPacket packet{};
    packet.data = bytes.data();
    packet.len = static_cast<uint32_t>(bytes.size());
    packet.to = addresses_[to_client ? 0 : 1];
    ends_[to_client ? 1 : 0].transport->send({&packet, 1});
}

std::vector<uint64_t> World::times_of(const std::string& start, bool from_client) const {
    std::vector<uint64_t> times;
    for (const Sent& s : sent)
        if (s.from_client == from_client && s.bytes.rfind(start, 0) == 0) times.push_back(s.ms);
    return times;
}

}  // namespace gsp::test
