// SPDX-License-Identifier: Apache-2.0
#include "driver/cli/values.h"

#include <gtest/gtest.h>

namespace gsp::driver {
namespace {

constexpr uint64_t kMs = 1'000'000;

TEST(Values, TimesHaveSuffixesAndTheOptionsOwnUnit) {
    struct Case {
        const char* text;
        uint64_t unit, ms;
    };
    for (const Case& c : {Case{"5", kMs, 5},
                          {"5", 1000 * kMs, 5000},
                          {"1.5s", kMs, 1500},
                          {"2m", kMs, 120'000},
                          {"1h", kMs, 3'600'000},
                          {"250ms", 1000 * kMs, 250},
                          {"0.0019s", kMs, 1},
                          {"0", kMs, 0}}) {
        uint64_t ns = 99;
        EXPECT_EQ(read_time(c.text, c.unit, ns), "") << c.text;
        EXPECT_EQ(ns, c.ms * kMs) << c.text;
    }
}

TEST(Values, BadTimesAreNamedAndChangeNothing) {
    for (const char* text : {"", "s", "-1", "1x", "1:30", "1e3", "0x10", "1.2.3", ".5", "99999999999999h"}) {
        uint64_t ns = 7;
        EXPECT_NE(read_time(text, kMs, ns).find(std::string("'") + text + "'"), std::string::npos) << text;
        EXPECT_EQ(ns, 7u) << text;
    }
}

TEST(Values, IntegersAreReadInCSyntax) {
    uint32_t value = 0;
    EXPECT_EQ(read_int("10", value), "");
    EXPECT_EQ(value, 10u);
    EXPECT_EQ(read_int("0x1f", value), "");
    EXPECT_EQ(value, 31u);
    EXPECT_EQ(read_int("010", value), "");
    EXPECT_EQ(value, 8u);
    for (const char* text : {"", "10x", "1.5", "abc", "-1", "4294967296", "99999999999999999999"}) {
        EXPECT_NE(read_int(text, value), "") << text;
        EXPECT_EQ(value, 8u) << text;
    }
}

TEST(Values, NumbersAndBooleans) {
    double number = 0;
    EXPECT_EQ(read_number("2.5", 0, 10, number), "");
    EXPECT_EQ(number, 2.5);
    for (const char* text : {"", "2.5x", "11", "-1", "nan", "inf"})
        EXPECT_NE(read_number(text, 0, 10, number), "") << text;
    EXPECT_EQ(number, 2.5);

    bool truth = false;
    for (const char* text : {"true", "TRUE", "1", "-3"}) {
        truth = false;
        EXPECT_EQ(read_bool(text, truth), "") << text;
        EXPECT_TRUE(truth) << text;
    }
    for (const char* text : {"false", "False", "0"}) {
        truth = true;
        EXPECT_EQ(read_bool(text, truth), "") << text;
        EXPECT_FALSE(truth) << text;
    }
    EXPECT_NE(read_bool("yes", truth), "");
}

TEST(Values, HostsWithAndWithoutPort) {
    struct Case {
        const char *text, *host;
        int port;
    };
    for (const Case& c : {Case{"example.com", "example.com", 0},
                          {"127.0.0.1:5070", "127.0.0.1", 5070},
                          {"[::1]:5070", "::1", 5070},
                          {"[::1]", "::1", 0},
                          {"fe80::1", "fe80::1", 0}}) {
        std::string host;
        std::optional<uint16_t> port;
        EXPECT_EQ(read_host(c.text, host, port), "") << c.text;
        EXPECT_EQ(host, c.host) << c.text;
        EXPECT_EQ(port.value_or(0), c.port) << c.text;
    }
    for (const char* text :
         {"host:", "host:x", "host:0", "host:65536", "[::1", "[::1]x", "[::1]:", "[]", ":5060", ""}) {
        std::string host = "kept";
        std::optional<uint16_t> port;
        EXPECT_NE(read_host(text, host, port), "") << text;
        EXPECT_EQ(host, "kept") << text;
    }
}

TEST(Values, ScenarioNamesLoseFoldersAndOneEnding) {
    EXPECT_EQ(scenario_base_name("a/b/my.call.xml"), "my.call");
    EXPECT_EQ(scenario_base_name("my.so"), "my");
    EXPECT_EQ(scenario_base_name("my.txt"), "my.txt");
    EXPECT_EQ(scenario_base_name(".xml"), ".xml");
}

}  // namespace
}  // namespace gsp::driver
