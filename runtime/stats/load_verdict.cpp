// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/load_verdict.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/stats/time_text.h"

namespace gsp::rt {

namespace {

struct Row {
    std::string_view name, text;
};
constexpr Row kRows[] = {
#define BOTTLENECK(id, json, text) {json, text},
#include "runtime/stats/bottlenecks.def"
};

// Counts of a LoadSample; what else is in it is no sum.
constexpr uint64_t LoadSample::*kCounts[] = {
    &LoadSample::time_ns,    &LoadSample::cpu_ns,     &LoadSample::offered,      &LoadSample::started,
    &LoadSample::late,       &LoadSample::refused,    &LoadSample::dropped,      &LoadSample::received,
    &LoadSample::sent,       &LoadSample::congestion, &LoadSample::kernel_drops, &LoadSample::late_turns,
    &LoadSample::media_sent, &LoadSample::media_late, &LoadSample::media_unsent};

double cpu_share(const LoadSample& d) {
    return d.time_ns ? static_cast<double>(d.cpu_ns) / static_cast<double>(d.time_ns) : 0;
}

bool above_a_hundredth(uint64_t part, uint64_t all) {
    return part * 100 > all;
}

std::string percent(double share) {
    return fixed_text(share * 100, 0) + "%";
}

}  // namespace

LoadSample operator-(const LoadSample& now, const LoadSample& before) {
    LoadSample d;
    for (const auto count : kCounts) d.*count = now.*count - before.*count;
    d.overdue = now.overdue;
    return d;
}

void LoadSample::add(const LoadSample& other) {
    const uint64_t time = std::max(time_ns, other.time_ns), cpu = std::max(cpu_ns, other.cpu_ns);
    for (const auto count : kCounts) this->*count += other.*count;
    time_ns = time;
    cpu_ns = cpu;
    overdue |= other.overdue;
}

Bottleneck judge(const LoadSample& d) {
    constexpr double kBusy = 0.9, kFull = 0.97;
    constexpr uint64_t kTellsOfCpu = kSecond / 2;  // in less, any work at all fills it
    const bool late = above_a_hundredth(d.late, d.started) || d.overdue;
    const bool congested = above_a_hundredth(d.congestion, d.sent);
    const bool behind = late || congested || d.refused || d.kernel_drops;
    if (d.time_ns >= kTellsOfCpu && cpu_share(d) >= (behind ? kBusy : kFull)) return Bottleneck::Cpu;
    if (d.kernel_drops) return Bottleneck::ReceiveBuffer;
    if (congested) return Bottleneck::SendBuffer;
    if (d.refused) return Bottleneck::Limit;
    if (above_a_hundredth(d.media_late + d.media_unsent, d.media_sent)) return Bottleneck::Media;
    return late ? Bottleneck::StartLag : Bottleneck::Count;
}

std::string_view bottleneck_name(Bottleneck b) {
    return kRows[static_cast<size_t>(b)].name;
}
std::string_view bottleneck_text(Bottleneck b) {
    return kRows[static_cast<size_t>(b)].text;
}

LoadWatch::LoadWatch(const LoadSample& now) : last_(now), due_ns_(now.time_ns + kSecond) {}

void LoadWatch::note(const LoadSample& now) {
    const LoadSample d = now - last_;
    const uint64_t started_ns = last_.time_ns;
    last_ = now;
    due_ns_ = now.time_ns + kSecond;
    if (!d.offered && !d.received && !d.overdue && !d.media_sent && !d.media_unsent) {
        was_behind_ = false;
        return;
    }
    ++seconds_;
    busiest_ = std::max(busiest_, cpu_share(d));
    const Bottleneck cause = judge(d);
    const bool behind = cause != Bottleneck::Count;
    if (behind) {
        if (!behind_) first_ns_ = started_ns;
        if (was_behind_ && !pair_) pair_ = true, first_pair_ns_ = before_ns_;
        before_ns_ = started_ns;
        ++behind_;
        causes_[static_cast<size_t>(cause)] += d.offered + 1;
        for (const auto count : kCounts) behind_sum_.*count += d.*count;
    }
    was_behind_ = behind;
}

LoadVerdict LoadWatch::verdict() const {
    LoadVerdict v;
    v.seconds = seconds_;
    v.behind = behind_;
    v.evidence = behind_sum_;
    v.kept_up = !pair_ && behind_ * 10 <= seconds_;
    v.cpu_share = v.kept_up ? busiest_ : cpu_share(behind_sum_);
    if (v.kept_up) return v;
    v.cause = static_cast<Bottleneck>(std::max_element(causes_.begin(), causes_.end()) - causes_.begin());
    v.from_ns = pair_ ? first_pair_ns_ : first_ns_;
    return v;
}

LoadVerdict combine(const std::vector<LoadVerdict>& workers) {
    const auto worse = [](const LoadVerdict& a, const LoadVerdict& b) {
        if (a.kept_up != b.kept_up) return a.kept_up;
        return a.behind != b.behind ? a.behind < b.behind : a.cpu_share < b.cpu_share;
    };
    LoadVerdict all = *std::max_element(workers.begin(), workers.end(), worse);
    all.total = {};
    for (const LoadVerdict& worker : workers) {
        all.total.add(worker.total);
        all.seconds = std::max(all.seconds, worker.seconds);
    }
    return all;
}

// Losses show whether it is this run that was too slow, or somebody else on this machine, perhaps the peer.
std::string LoadVerdict::machine_text() const {
    if (!machine.all()) return {};
    const uint64_t lost = std::max(machine.all(), total.kernel_drops);
    return ", " + std::to_string(lost) + " UDP datagrams lost on this machine, " + std::to_string(total.kernel_drops) +
           " of them by this run";
}

std::string LoadVerdict::text() const {
    if (!seconds) return "no load to judge by";
    const std::string lag = "start lag p99 " +
                            fixed_text(static_cast<double>(start_lag_p99_ns) / static_cast<double>(kMillisecond), 2) +
                            " ms";
    const std::string of = std::to_string(behind) + " of " + std::to_string(seconds) + " s behind";
    if (kept_up) return "kept up: " + of + ", " + lag + ", CPU at most " + percent(cpu_share) + machine_text();
    std::string all = "was the bottleneck from " + fixed_text(static_cast<double>(from_ns) / kSecond, 1) +
                      " s on: " + std::string(bottleneck_text(cause)) + "; " + of + ", CPU " + percent(cpu_share) +
                      ", " + lag;
    const auto add = [&](uint64_t count, const char* what) {
        if (count) all += ", " + std::to_string(count) + " " + what;
    };
    add(evidence.late, "calls late");
    add(evidence.refused, "refused by limit");
    add(evidence.late_turns, "late turns");
    add(evidence.congestion, "sends that waited");
    add(evidence.kernel_drops, "datagrams dropped");
    add(evidence.media_late, "RTP packets late");
    add(evidence.media_unsent, "not sent");
    return all + machine_text();
}

}  // namespace gsp::rt
