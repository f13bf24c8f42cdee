// SPDX-License-Identifier: Apache-2.0
#include "runtime/run_network.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace gsp::rt {
namespace {

NetConfig towards(const std::string& host) {
    NetConfig net;
    net.remote_host = host;
    net.remote_port = 9;
    return net;
}

TEST(RunNetwork, LocalAddressIsTheOneTowardsTheRemoteHost) {
    SystemClock clock;
    auto network = open_network(towards("127.0.0.1"), clock);
    ASSERT_TRUE(network.ok()) << network.error().text;
    EXPECT_EQ(ip_text(network->remote), "127.0.0.1");
    EXPECT_EQ(network->remote.port, 9);
    EXPECT_EQ(ip_text(network->local), "127.0.0.1");
    EXPECT_NE(network->local.port, 0);
    EXPECT_EQ(ip_text(network->transport->local()), "0.0.0.0");  // bound to all without -i and -bind_local
    EXPECT_EQ(ip_text(network->media), "127.0.0.1");
    EXPECT_EQ(network->media.port, 6000);
}

TEST(RunNetwork, TwoRunsTakeDifferentPorts) {
    SystemClock clock;
    auto first = open_network(towards("127.0.0.1"), clock), second = open_network(towards("127.0.0.1"), clock);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_NE(first->local.port, second->local.port);
}

TEST(RunNetwork, GivenAddressesAreBoundAndShown) {
    SystemClock clock;
    NetConfig net = towards("127.0.0.1");
    net.local_ip = "127.0.0.2";
    net.media_ip = "127.0.0.3";
    net.media_port = 7000;
    auto network = open_network(net, clock);
    ASSERT_TRUE(network.ok()) << network.error().text;
    EXPECT_EQ(ip_text(network->transport->local()), "127.0.0.2");
    EXPECT_EQ(ip_text(network->local), "127.0.0.2");
    EXPECT_EQ(ip_text(network->media), "127.0.0.3");
    EXPECT_EQ(network->media.port, 7000);

    NetConfig found_out = towards("127.0.0.1");
    found_out.bind_local = true;
    auto bound = open_network(found_out, clock);
    ASSERT_TRUE(bound.ok()) << bound.error().text;
    EXPECT_EQ(ip_text(bound->transport->local()), "127.0.0.1");
}

TEST(RunNetwork, ATakenPortIsAddressInUse) {
    SystemClock clock;
    NetConfig net = towards("127.0.0.1");
    net.local_ip = "127.0.0.1";
    auto first = open_network(net, clock);
    ASSERT_TRUE(first.ok());
    net.local_port = first->local.port;
    auto second = open_network(net, clock);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().system_code, EADDRINUSE);
    EXPECT_NE(second.error().text.find(std::to_string(net.local_port)), std::string::npos);
}

TEST(RunNetwork, WithoutRemoteHostThereIsNone) {
    SystemClock clock;
    auto network = open_network({}, clock);
    ASSERT_TRUE(network.ok()) << network.error().text;
    EXPECT_EQ(network->remote.family, 0);
    EXPECT_NE(network->local.family, 0);
}

TEST(RunNetwork, AnAddressOfTheWrongFamilyIsRefused) {
    SystemClock clock;
    NetConfig net = towards("127.0.0.1");
    net.local_ip = "::1";
    EXPECT_FALSE(open_network(net, clock).ok());
}

}  // namespace
}  // namespace gsp::rt
