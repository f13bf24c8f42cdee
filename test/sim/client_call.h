// SPDX-License-Identifier: Apache-2.0
// One call of a client, without a server: the test is the peer.
#pragma once
#include <gtest/gtest.h>

#include "test/sim/world.h"

namespace gsp::test {

struct ClientCall : ::testing::Test {
    explicit ClientCall(uint64_t pause_ns) : uac(true, uac_steps(pause_ns)) {
        world.client_config.rate.max_calls = 1;
        uac.set_rtds(1);
        uac.finish();
    }
    void start_client() {
        world.start(&uac, nullptr);
        world.run_for(rt::kMillisecond);
    }

    HandProgram uac;
    World world;
};

}  // namespace gsp::test
