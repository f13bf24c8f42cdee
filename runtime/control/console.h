// SPDX-License-Identifier: Apache-2.0
// Keys and commands that steer a run, from the terminal and from the control socket alike. One thread (the loop's).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/config.h"
#include "runtime/scenarios.h"

namespace gsp::rt {

// What can be steered; the run implements it, tests have their own.
class Steerable {
public:
    virtual ~Steerable() = default;
    virtual double rate() const = 0;  // calls per period
    virtual void set_rate(double) = 0;
    virtual bool users_mode() const = 0;
    virtual uint32_t users() const = 0;
    virtual void set_users(uint32_t) = 0;
    virtual void set_limit(uint32_t) = 0;
    virtual bool paused() const = 0;
    virtual void set_paused(bool) = 0;
    virtual void soft_quit() = 0;  // a second one forces
    virtual void force_quit() = 0;
    virtual void show_screen(int key) = 0;
    virtual bool show_part(Part) = 0;    // on the screens, and for the exit code; false: the run has no such scenario
    virtual void honour_hide(bool) = 0;  // leave steps with `hide` out
    virtual void write_screens() = 0;    // to the screen file
    virtual void reset_statistics() = 0;
    virtual void dump_calls() = 0;  // as warnings
    virtual void dump_variables() = 0;
    virtual void set_trace(TraceFile, bool on) = 0;
    virtual void warn(const std::string&) = 0;
};

class Console {
public:
    Console(Steerable& run, double rate_scale) : run_(run), rate_scale_(rate_scale) {}
    // Bytes from the terminal: each one a key; `c` opens a command line that ends with a newline.
    void terminal_input(std::string_view bytes);
    // A datagram: its first byte is a key; if that is `c`, the rest is a command.
    void datagram(std::string_view bytes);
    void command(std::string_view text);
    double rate_scale() const { return rate_scale_; }
    void set_rate_scale(double scale) { rate_scale_ = scale; }
    Steerable& run() { return run_; }
    const std::string& command_line() const { return line_; }  // being typed, with its leading `c`; empty: none

private:
    void key(char);
    void adjust(double steps);

    Steerable& run_;
    double rate_scale_;
    std::string line_;
};

}  // namespace gsp::rt
