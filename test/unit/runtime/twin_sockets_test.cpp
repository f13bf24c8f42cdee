// SPDX-License-Identifier: Apache-2.0
// 3PCC over TCP on loopback: roles, order of starting, framing, ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "runtime/threepcc/twin_sockets.h"

namespace gsp::rt {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A program of commands only: ">name" sends, "<name" receives.
struct Program : gsp_program {
    explicit Program(const std::vector<std::string>& commands) : gsp_program{}, names(commands) {
        flags = GSP_PROGRAM_COMMANDS;
        if (names[0][0] == '>') flags |= GSP_PROGRAM_COMMAND_FIRST | GSP_PROGRAM_CLIENT;
        for (const std::string& command : names) {
            gsp_step step{};
            step.kind = command[0] == '>' ? GSP_STEP_SEND_CMD : GSP_STEP_RECV_CMD;
            step.peer = {command.data() + 1, static_cast<uint32_t>(command.size() - 1)};
            all.push_back(step);
        }
        steps = all.data();
        n_steps = n_all_steps = static_cast<uint32_t>(all.size());
    }
    std::vector<std::string> names;
    std::vector<gsp_step> all;
};

TwinConfig classic(uint16_t port) {
    TwinConfig config;
    config.address = {"127.0.0.1", port};
    return config;
}

struct Events {
    std::vector<std::string> commands, warnings, failures;
    int gone = 0;
    TwinEvents bind() {
        return {[this](std::string_view command) { commands.emplace_back(command); }, [this] { ++gone; },
                [this](std::string_view text) { warnings.emplace_back(text); },
                [this](std::string why) { failures.push_back(std::move(why)); }};
    }
};

class TwinSocketsTest : public testing::Test {
protected:
    std::unique_ptr<TwinSockets> open(const Program& program, const TwinConfig& config) {
        auto opened = TwinSockets::open(io_, program, config);
        EXPECT_TRUE(opened.ok()) << opened.error().text;
        return opened ? std::move(*opened) : nullptr;
    }
    void run_until(const std::function<bool()>& done) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!done()) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit) << "what is waited for does not happen";
            if (io_.stopped()) io_.restart();
            io_.run_one_for(std::chrono::milliseconds(100));
        }
    }
    tcp::socket connect(uint16_t port) {
        tcp::socket socket(io_);
        socket.connect({asio::ip::address_v4::loopback(), port});
        return socket;
    }
    static std::string read(tcp::socket& socket, size_t n) {
        std::string bytes(n, '\0');
        asio::read(socket, asio::buffer(bytes));
        return bytes;
    }

    asio::io_context io_;
    const Program a_{{">", "<"}}, b_{{"<", ">"}};
};

TEST_F(TwinSocketsTest, ClassicBothWaysInOrder) {
    Events at_a, at_b;
    auto b = open(b_, classic(0));
    ASSERT_NE(b->port(), 0);
    EXPECT_FALSE(b->send("", "nobody is there yet"));
    auto a = open(a_, classic(b->port()));
    EXPECT_EQ(a->port(), 0);
    EXPECT_TRUE(a->send("", "before the start"));
    b->start(at_b.bind());
    a->start(at_a.bind());
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(a->send("", std::to_string(i)));
    run_until([&] { return at_b.commands.size() == 101; });
    EXPECT_EQ(at_b.commands[0], "before the start");
    for (size_t i = 0; i < 100; ++i) EXPECT_EQ(at_b.commands[i + 1], std::to_string(i));
    EXPECT_TRUE(b->send("", "back"));
    run_until([&] { return at_a.commands.size() == 1; });
    EXPECT_EQ(at_a.commands[0], "back");

    EXPECT_TRUE(a->send("", "last words"));
    a.reset();
    run_until([&] { return at_b.gone == 1; });
    EXPECT_EQ(at_b.commands.back(), "last words");
    EXPECT_FALSE(b->send("", "into the void"));
    EXPECT_TRUE(at_a.warnings.empty() && at_b.warnings.empty());
}

TEST_F(TwinSocketsTest, LaterConnectionReplacesTheOneOfB) {
    Events events;
    auto b = open(b_, classic(0));
    b->start(events.bind());
    tcp::socket first = connect(b->port());
    asio::write(first, asio::buffer(std::string("1\x1b")));
    run_until([&] { return events.commands.size() == 1; });
    tcp::socket second = connect(b->port());
    asio::write(second, asio::buffer(std::string("2\x1b")));
    run_until([&] { return events.commands.size() == 2; });
    EXPECT_TRUE(b->send("", "to the second"));
    EXPECT_EQ(read(second, 14), "to the second\x1b");
    char byte;
    boost::system::error_code error;
    asio::read(first, asio::buffer(&byte, 1), error);
    EXPECT_EQ(error, asio::error::eof);
    EXPECT_EQ(events.gone, 0);
}

TEST_F(TwinSocketsTest, PiecesAndTooMuch) {
    Events events;
    auto b = open(b_, classic(0));
    b->start(events.bind());
    tcp::socket socket = connect(b->port());
    asio::write(socket, asio::buffer(std::string("one\x1b"
                                                 "two\x1bth")));
    run_until([&] { return events.commands.size() == 2; });
    asio::write(socket, asio::buffer(std::string("ree\x1b")));
    run_until([&] { return events.commands.size() == 3; });
    EXPECT_EQ(events.commands, (std::vector<std::string>{"one", "two", "three"}));
    asio::write(socket, asio::buffer(std::string(GSP_MAX_MESSAGE + 1, 'x')));
    run_until([&] { return events.gone == 1; });
    ASSERT_EQ(events.warnings.size(), 1u);
    EXPECT_NE(events.warnings[0].find("longer than 65536 bytes"), std::string::npos);
}

TEST_F(TwinSocketsTest, QueueIsBounded) {
    tcp::acceptor idle(io_, {asio::ip::address_v4::loopback(), 0});
    auto a = open(a_, classic(idle.local_endpoint().port()));
    Events events;
    a->start(events.bind());
    const std::string command(60000, 'x');
    size_t taken = 0;
    while (taken < 10000 && a->send("", command)) ++taken;
    EXPECT_GE(taken, 100u);
    EXPECT_LT(taken, 1000u);  // 16 MiB and what the sockets take

    tcp::socket reader = idle.accept();
    std::string bytes(taken * (command.size() + 1), '\0');
    asio::async_read(reader, asio::buffer(bytes), [](auto, size_t) {});
    run_until([&] { return bytes.back() == '\x1b'; });
    EXPECT_EQ(static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\x1b')), taken);
    EXPECT_TRUE(a->send("", command));
}

TEST_F(TwinSocketsTest, WhatCannotBeSetUp) {
    uint16_t free_port;
    {
        tcp::acceptor probe(io_, {asio::ip::address_v4::loopback(), 0});
        free_port = probe.local_endpoint().port();
        probe.close();
        auto refused = TwinSockets::open(io_, a_, classic(free_port));
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().system_code, ECONNREFUSED);
        EXPECT_EQ(refused.error().text,
                  "cannot connect to the twin at 127.0.0.1:" + std::to_string(free_port) + ": Connection refused");
    }
    auto b = open(b_, classic(0));
    auto taken = TwinSockets::open(io_, b_, classic(b->port()));
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.error().system_code, EADDRINUSE);

    TwinConfig config;
    config.master = "m";
    config.peers = {{"m", {"127.0.0.1", 0}}};
    auto unknown = TwinSockets::open(io_, Program({">s"}), config);
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().text, "sendCmd: 's' is no name in the file of -slave_cfg");
}

TEST_F(TwinSocketsTest, MasterConnectsAtStart) {
    tcp::acceptor slave(io_, {asio::ip::address_v4::loopback(), 0});
    TwinConfig config;
    config.master = "m";
    config.peers = {{"m", {"127.0.0.1", 0}}, {"s", {"127.0.0.1", slave.local_endpoint().port()}}};
    auto master = open(Program({">s", "<s", ">s"}), config);
    tcp::socket to_slave = slave.accept();
    Events events;
    master->start(events.bind());
    EXPECT_TRUE(master->send("s", "hello"));
    EXPECT_FALSE(master->send("x", "hello"));
    EXPECT_EQ(read(to_slave, 6), "hello\x1b");
    tcp::socket from_slave = connect(master->port());
    asio::write(from_slave, asio::buffer(std::string("answer\x1b")));
    run_until([&] { return events.commands.size() == 1; });
    EXPECT_EQ(events.commands[0], "answer");
    from_slave.close();
    run_until([&] { return events.gone == 1; });
}

TEST_F(TwinSocketsTest, SlaveConnectsWhenItIsConnectedTo) {
    tcp::acceptor master(io_, {asio::ip::address_v4::loopback(), 0});
    TwinConfig config;
    config.slave = "s";
    config.peers = {{"m", {"127.0.0.1", master.local_endpoint().port()}}, {"s", {"127.0.0.1", 0}}};
    auto slave = open(Program({"<m", ">m"}), config);
    Events events;
    slave->start(events.bind());
    EXPECT_FALSE(slave->send("m", "too early"));
    std::vector<tcp::socket> sockets;
    sockets.push_back(connect(slave->port()));
    run_until([&] { return slave->send("m", "hello"); });  // waits until the connection is there
    tcp::socket from_slave = master.accept();
    run_until([&] { return from_slave.available() >= 6; });
    EXPECT_EQ(read(from_slave, 6), "hello\x1b");

    while (sockets.size() < 11) sockets.push_back(connect(slave->port()));
    run_until([&] { return !events.warnings.empty(); });
    EXPECT_EQ(events.warnings[0], "a connection of an eleventh twin was closed, ten are the most");
    for (size_t i = 0; i < 10; ++i) asio::write(sockets[i], asio::buffer(std::string("c\x1b")));
    run_until([&] { return events.commands.size() == 10; });
    EXPECT_EQ(events.gone, 0);
}

TEST_F(TwinSocketsTest, SlaveThatCannotConnectFails) {
    tcp::acceptor master(io_, {asio::ip::address_v4::loopback(), 0});
    TwinConfig config;
    config.slave = "s";
    config.peers = {{"m", {"127.0.0.1", master.local_endpoint().port()}}, {"s", {"127.0.0.1", 0}}};
    auto slave = open(Program({"<m", ">m"}), config);
    master.close();
    Events events;
    slave->start(events.bind());
    tcp::socket to_slave = connect(slave->port());
    run_until([&] { return !events.failures.empty(); });
    EXPECT_NE(events.failures[0].find("Connection refused"), std::string::npos);
    EXPECT_EQ(events.gone, 0);
}

}  // namespace
}  // namespace gsp::rt
