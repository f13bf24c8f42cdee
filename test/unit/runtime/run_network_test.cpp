// SPDX-License-Identifier: Apache-2.0
#include "runtime/run_network.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>

namespace gsp::rt {
namespace {

NetConfig towards(const std::string& host) {
    NetConfig net;
    net.remote_host = host;
    net.remote_port = 9;
    return net;
}

// Of a scenario that places calls.
class RunNetwork : public ::testing::Test {
protected:
    Result<Network> open_network(const NetConfig& net) {
        config_.net = net;
        program_.flags = GSP_PROGRAM_CLIENT;
        return rt::open_network(config_, program_, clock_, {&io_});
    }

    RunConfig config_;
    gsp_program program_{};
    SystemClock clock_;
    boost::asio::io_context io_;  // outlives the networks
};

TEST_F(RunNetwork, LocalAddressIsTheOneTowardsTheRemoteHost) {
    auto network = open_network(towards("127.0.0.1"));
    ASSERT_TRUE(network.ok()) << network.error().text;
    EXPECT_EQ(ip_text(network->remote), "127.0.0.1");
    EXPECT_EQ(network->remote.port, 9);
    EXPECT_EQ(ip_text(network->local), "127.0.0.1");
    EXPECT_NE(network->local.port, 0);
    EXPECT_EQ(ip_text(network->transports[0]->local()), "0.0.0.0");  // bound to all without -i and -bind_local
    EXPECT_EQ(ip_text(network->media), "127.0.0.1");
    EXPECT_EQ(network->media.port, 6000);
}

TEST_F(RunNetwork, TwoRunsTakeDifferentPorts) {
    auto first = open_network(towards("127.0.0.1")), second = open_network(towards("127.0.0.1"));
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_NE(first->local.port, second->local.port);
}

TEST_F(RunNetwork, GivenAddressesAreBoundAndShown) {
    NetConfig net = towards("127.0.0.1");
    net.local_ip = "127.0.0.2";
    net.media_ip = "127.0.0.3";
    net.media_port = 7000;
    auto network = open_network(net);
    ASSERT_TRUE(network.ok()) << network.error().text;
    EXPECT_EQ(ip_text(network->transports[0]->local()), "127.0.0.2");
    EXPECT_EQ(ip_text(network->local), "127.0.0.2");
    EXPECT_EQ(ip_text(network->media), "127.0.0.3");
    EXPECT_EQ(network->media.port, 7000);

    NetConfig found_out = towards("127.0.0.1");
    found_out.bind_local = true;
    auto bound = open_network(found_out);
    ASSERT_TRUE(bound.ok()) << bound.error().text;
    EXPECT_EQ(ip_text(bound->transports[0]->local()), "127.0.0.1");
}

TEST_F(RunNetwork, ATakenPortIsAddressInUse) {
    NetConfig net = towards("127.0.0.1");
    net.local_ip = "127.0.0.1";
    auto first = open_network(net);
    ASSERT_TRUE(first.ok());
    net.local_port = first->local.port;
    auto second = open_network(net);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().system_code, EADDRINUSE);
    EXPECT_NE(second.error().text.find(std::to_string(net.local_port)), std::string::npos);
}

TEST_F(RunNetwork, WithoutRemoteHostThereIsNone) {
    auto network = open_network({});
    ASSERT_TRUE(network.ok()) << network.error().text;
    EXPECT_EQ(network->remote.family, 0);
    EXPECT_NE(network->local.family, 0);
}

TEST_F(RunNetwork, AnAddressOfTheWrongFamilyIsRefused) {
    NetConfig net = towards("127.0.0.1");
    net.local_ip = "::1";
    EXPECT_FALSE(open_network(net).ok());
}

}  // namespace
}  // namespace gsp::rt
