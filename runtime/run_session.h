// SPDX-License-Identifier: Apache-2.0
// A run in progress: ties its workers and the control loop to screens, files, signals, keys and the control socket. Lives in run(), one
// thread.
#pragma once
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "runtime/control/console.h"
#include "runtime/control/terminal.h"
#include "runtime/run_network.h"
#include "runtime/stats/periodic_files.h"
#include "runtime/stats/screen.h"
#include "runtime/stats/summary.h"
#include "runtime/worker/crew.h"

namespace gsp::rt {

class Session final : private Steerable {
public:
    Session(const RunConfig&, Clock&, const RunText&, Trace&, Crew&, Loop& control);

    Result<void> open();  // files and control socket
    void run();           // until the scenario, a signal or a time-out ends it
    SummaryEnd finish();  // last rows, screens, summary

private:
    double rate() const override { return crew_.rate(); }
    void set_rate(double rate) override { crew_.set_rate(rate); }
    bool users_mode() const override { return config_.rate.users != 0; }
    uint32_t users() const override { return crew_.users(); }
    void set_users(uint32_t users) override { crew_.set_users(users); }
    void set_limit(uint32_t limit) override { crew_.set_limit(limit); }
    bool paused() const override { return crew_.paused(); }
    void set_paused(bool paused) override { crew_.set_paused(paused); }
    void soft_quit() override;
    void force_quit() override { crew_.quit(Quit::Force); }
    void show_screen(int key) override;
    bool show_part(Part) override;
    void honour_hide(bool on) override { hides_steps_ = on; }
    void write_screens() override;
    void reset_statistics() override;
    void dump_calls() override;
    void dump_variables() override;
    void warn(const std::string&) override;
    void set_trace(TraceFile, bool on) override;

    void on_signal(int signal);
    void on_timeout();
    void statistics_row();
    void refresh_screen();
    void draw();
    void begin_screen_period();
    void finish_files();
    void write_summary(const SummaryEnd&, const Health&);
    void say_progress();
    ScreenSource screen(bool ended);
    SummaryEnd verdict(const Health&);
    Health health();
    LoadVerdict load_verdict();
    std::vector<SummaryPart> parts();  // all scenarios, the main one first

    const RunConfig& config_;
    Clock& clock_;
    const RunText& text_;
    Trace& trace_;
    Crew& crew_;
    Loop& loop_;
    Console console_;
    std::optional<KeyInput> keys_;
    UdpLossWatch losses_;
    PeriodicFiles periodic_;
    ScreenPeriod period_;
    int shown_screen_ = 1;
    Part shown_part_ = Part::Main;
    bool hides_steps_ = true;
    const bool live_screen_;
    bool timed_out_ = false;
    bool asked_to_quit_ = false;  // by a key or SIGUSR1
    const char* interrupted_by_ = nullptr;
};

}  // namespace gsp::rt
