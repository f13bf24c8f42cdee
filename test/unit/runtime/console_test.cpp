// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/console.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace gsp::rt {
namespace {

class FakeRun final : public Steerable {
public:
    double rate() const override { return rate_; }
    void set_rate(double r) override { rate_ = r; }
    bool users_mode() const override { return users_mode_; }
    uint32_t users() const override { return users_; }
    void set_users(uint32_t n) override { users_ = n; }
    void set_limit(uint32_t n) override { limit_ = n; }
    bool paused() const override { return paused_; }
    void set_paused(bool p) override { paused_ = p; }
    void soft_quit() override { ++soft_; }
    void force_quit() override { ++force_; }
    void show_screen(int key) override { screen_ = key; }
    bool show_part(Part part) override {
        if (part == Part::Rx) return false;  // there is none
        part_ = part;
        return true;
    }
    void honour_hide(bool on) override { hides_ = on; }
    void write_screens() override { ++written_; }
    void reset_statistics() override { ++reset_; }
    void dump_calls() override { dumped_ += 'c'; }
    void dump_variables() override { dumped_ += 'v'; }
    void set_trace(TraceFile file, bool on) override { traces_.emplace_back(file, on); }
    void warn(const std::string& text) override { warning_ = text; }

    double rate_ = 10;
    bool users_mode_ = false, paused_ = false;
    uint32_t users_ = 3, limit_ = 0;
    int soft_ = 0, force_ = 0, screen_ = 0;
    Part part_ = Part::Main;
    bool hides_ = true;
    int written_ = 0, reset_ = 0;
    std::string dumped_, warning_;
    std::vector<std::pair<TraceFile, bool>> traces_;
};

struct ConsoleTest : testing::Test {
    FakeRun run;
    Console console{run, 2};
};

TEST_F(ConsoleTest, KeysChangeTheRateByTheScale) {
    console.terminal_input("+");
    EXPECT_EQ(run.rate_, 12);
    console.terminal_input("*");
    EXPECT_EQ(run.rate_, 32);
    console.terminal_input("-");
    EXPECT_EQ(run.rate_, 30);
    console.terminal_input("//");
    EXPECT_EQ(run.rate_, 0);  // never below
}

TEST_F(ConsoleTest, KeysChangeTheUsersInTheirMode) {
    run.users_mode_ = true;
    console.terminal_input("+");
    EXPECT_EQ(run.users_, 5u);
    console.terminal_input("/");
    EXPECT_EQ(run.users_, 0u);
    EXPECT_EQ(run.rate_, 10);
}

TEST_F(ConsoleTest, PauseQuitAndScreens) {
    console.terminal_input("p");
    EXPECT_TRUE(run.paused_);
    console.terminal_input("pq3Q");
    EXPECT_FALSE(run.paused_);
    EXPECT_EQ(run.soft_, 1);
    EXPECT_EQ(run.force_, 1);
    EXPECT_EQ(run.screen_, 3);
    console.terminal_input("0x\x1b");
    EXPECT_EQ(run.screen_, 3);
}

TEST_F(ConsoleTest, ACommandLineEndsWithNewline) {
    console.terminal_input("cset rate 2");
    EXPECT_EQ(run.rate_, 10);
    EXPECT_EQ(console.command_line(), "cset rate 2");
    console.terminal_input(
        "9\x7f"
        "5\n+");
    EXPECT_EQ(run.rate_, 27);  // 25, then one key
    EXPECT_EQ(console.command_line(), "");
}

TEST_F(ConsoleTest, DatagramsAreAKeyOrACommand) {
    console.datagram("q");
    EXPECT_EQ(run.soft_, 1);
    console.datagram("cset limit 40\n");
    EXPECT_EQ(run.limit_, 40u);
    console.datagram("cset rate-scale 5");
    console.datagram("+ignored");
    EXPECT_EQ(run.rate_, 15);
    console.datagram("");
    EXPECT_EQ(run.warning_, "");
}

TEST_F(ConsoleTest, EveryCommand) {
    for (const char* text : {"set rate  7", " set\tlimit 9 ", "set rate-scale 3", "set display ooc", "set hide false",
                             "dump tasks", "dump variables", "reset stats"})
        console.command(text);
    EXPECT_EQ(run.warning_, "");
    EXPECT_EQ(run.rate_, 7);
    EXPECT_EQ(run.limit_, 9u);
    EXPECT_EQ(console.rate_scale(), 3);
    EXPECT_EQ(run.part_, Part::OutOfCall);
    console.command("set display 3");
    EXPECT_EQ(run.part_, also(1));
    console.command("set display 1");
    EXPECT_EQ(run.part_, Part::Main);
    EXPECT_FALSE(run.hides_);
    EXPECT_EQ(run.dumped_, "cv");
    EXPECT_EQ(run.reset_, 1);
    console.terminal_input("s");
    EXPECT_EQ(run.written_, 1);
}

TEST_F(ConsoleTest, TracesAreSwitched) {
    for (const char* text : {"trace error on", "trace logs off", "trace messages true", "trace shortmessages false"})
        console.command(text);
    EXPECT_EQ(run.traces_, (std::vector<std::pair<TraceFile, bool>>{{TraceFile::Errors, true},
                                                                    {TraceFile::Logs, false},
                                                                    {TraceFile::Messages, true},
                                                                    {TraceFile::ShortMessages, false}}));
    console.command("trace logs maybe");
    EXPECT_EQ(run.warning_, "command 'trace logs maybe': a trace is switched on or off");
}

TEST_F(ConsoleTest, BadCommandsAreNamed) {
    const auto warning = [this](const char* text) {
        run.warning_.clear();
        console.command(text);
        return run.warning_;
    };
    EXPECT_EQ(warning("set rte 5"), "command 'set rte 5': unknown command");
    EXPECT_EQ(warning(""), "command '': unknown command");
    EXPECT_EQ(warning("set"), "command 'set': unknown command");
    EXPECT_EQ(warning("set rates 5"), "command 'set rates 5': unknown command");
    EXPECT_EQ(warning("set rate"), "command 'set rate': a rate is a number from 0");
    EXPECT_EQ(warning("set display 33"),
              "command 'set display 33': one of main, ooc, rx is shown, or a number of the scenarios that place calls");
    EXPECT_EQ(
        warning("set display all"),
        "command 'set display all': one of main, ooc, rx is shown, or a number of the scenarios that place calls");
    EXPECT_EQ(warning("set display rx"), "command 'set display rx': the run has no rx scenario");
    EXPECT_EQ(warning("set hide maybe"), "command 'set hide maybe': true or false");
    EXPECT_EQ(warning("reset stats now"), "command 'reset stats now': it takes no value");
    for (const char* text : {"set rate x", "set rate -1", "set rate nan", "set rate-scale 0", "set limit -1",
                             "set limit 1.5", "set users 3"}) {
        EXPECT_NE(warning(text), "") << text;
    }
    EXPECT_EQ(run.rate_, 10);
    run.users_mode_ = true;
    EXPECT_NE(warning("set rate 5"), "");
    EXPECT_NE(warning("set limit 5"), "");
    EXPECT_EQ(warning("set users 8"), "");
    EXPECT_EQ(run.users_, 8u);
}

}  // namespace
}  // namespace gsp::rt
