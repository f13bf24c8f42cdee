// SPDX-License-Identifier: Apache-2.0
// Commands between twins as bytes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/threepcc/command_text.h"

// The fuzzer's entry point, so that its corpus is replayed here.
extern "C" int command_fuzz_one_input(const uint8_t* data, size_t size);

namespace gsp::rt {
namespace {

TEST(CommandText, Lines) {
    const struct {
        const char *text, *call_id, *from;
    } rows[] = {
        {"Call-ID: 1-2@h\r\nContent-Type: x\r\n\r\nbody", "1-2@h", ""},
        {"From: master\r\nCall-ID: a\r\n", "a", "master"},
        {"Call-ID: a\r\nFrom:m \r\n", "a", "m"},
        {"call-id : a \nFROM\t:\tm x", "a", "m x"},
        {"i: a", "a", ""},
        {"x\r\nCall-ID: a\r\nCall-ID: b\r\n", "a", ""},
        {"Call-ID: x///a///b", "a///b", ""},
        {"Call-ID: x/// \ta \r\n", "a", ""},
        {"X-Call-ID: a\r\nCall-IDs: b\r\nCall-ID\r\n", "", ""},
        {"Call-ID:\r\nCall-ID: b", "b", ""},
        {"", "", ""},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.text);
        const CommandText read = read_command(row.text);
        EXPECT_EQ(read.call_id, row.call_id);
        EXPECT_EQ(read.from, row.from);
        EXPECT_FALSE(read.aborts);
    }
    EXPECT_TRUE(read_command("call-id: a\r\ninternal-cmd: abort_call\r\n\r\n").aborts);
}

struct Framed {
    std::vector<std::string> commands;
    CommandFramer framer;
    bool feed(std::string_view bytes) {
        return framer.feed(bytes, [this](std::string_view command) { commands.emplace_back(command); });
    }
};

TEST(CommandFramer, SplitsAndJoins) {
    Framed f;
    EXPECT_TRUE(f.feed("on"));
    EXPECT_TRUE(f.feed("e"));
    EXPECT_TRUE(f.commands.empty());
    EXPECT_TRUE(f.feed("\x1btwo\x1bth"));
    EXPECT_TRUE(f.feed("ree\x1b"));
    EXPECT_EQ(f.commands, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(CommandFramer, LongestCommand) {
    const std::string longest(GSP_MAX_MESSAGE, 'x');
    Framed whole, joined, endless;
    EXPECT_TRUE(whole.feed(longest + kCommandEnd));
    EXPECT_FALSE(whole.feed(longest + 'x' + kCommandEnd));
    EXPECT_EQ(whole.commands, std::vector<std::string>{longest});
    EXPECT_TRUE(joined.feed(longest));
    EXPECT_FALSE(joined.feed("x\x1b"));
    EXPECT_TRUE(joined.commands.empty());
    EXPECT_TRUE(endless.feed(longest));
    EXPECT_FALSE(endless.feed("x"));
}

TEST(CommandFuzz, SeedsAndTheirBeginnings) {
    size_t n = 0;
    for (const auto& entry : std::filesystem::directory_iterator(GSP_COMMAND_CORPUS)) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string seed(std::istreambuf_iterator<char>(stream), {});
        for (size_t size = 0; size <= seed.size(); ++size)
            command_fuzz_one_input(reinterpret_cast<const uint8_t*>(seed.data()), size);
        ++n;
    }
    EXPECT_GE(n, 5u);
}

}  // namespace
}  // namespace gsp::rt
