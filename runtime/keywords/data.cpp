// SPDX-License-Identifier: Apache-2.0
// Keywords for time, numbers and filler.
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "runtime/call/engine.h"
#include "runtime/call/writer.h"
#include "runtime/stats/time_text.h"

using namespace gsp::rt;

namespace {

void write_padded(Writer& out, uint64_t number, int digits) {
    uint64_t unit = 1;
    for (int i = 1; i < digits; ++i) unit *= 10;
    for (; unit; unit /= 10) out << static_cast<char>('0' + number / unit % 10);
}

// YYYY-MM-DD
void write_date(Writer& out, const std::tm& t) {
    write_padded(out, static_cast<uint64_t>(t.tm_year) + 1900, 4);
    out << '-';
    write_padded(out, static_cast<uint64_t>(t.tm_mon) + 1, 2);
    out << '-';
    write_padded(out, static_cast<uint64_t>(t.tm_mday), 2);
}

void write_time(Writer& out, const std::tm& t) {
    write_padded(out, static_cast<uint64_t>(t.tm_hour), 2);
    out << ':';
    write_padded(out, static_cast<uint64_t>(t.tm_min), 2);
    out << ':';
    write_padded(out, static_cast<uint64_t>(t.tm_sec), 2);
}

}  // namespace

char* gsp_kw_timestamp(gsp_worker* w, gsp_call*, char* out, char* end, const gsp_arg*) noexcept {
    if (engine(w).config.trace.rfc3339) {
        Writer writer(out, end);
        writer << rfc3339_text(engine(w).clock.epoch_ns() + w->now_ns);
        return writer.end();
    }
    uint64_t us = (engine(w).clock.epoch_ns() + w->now_ns) / 1000;
    std::time_t seconds = static_cast<std::time_t>(us / 1'000'000);
    std::tm t{};
    localtime_r(&seconds, &t);
    Writer writer(out, end);
    write_date(writer, t);
    writer << '\t';
    write_time(writer, t);
    writer << '.';
    write_padded(writer, us % 1'000'000, 6);
    writer << '\t' << us / 1'000'000 << '.';
    write_padded(writer, us % 1'000'000, 6);
    return writer.end();
}

char* gsp_kw_date(gsp_worker* w, gsp_call*, char* out, char* end, const gsp_arg*) noexcept {
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat", kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::time_t seconds = static_cast<std::time_t>((engine(w).clock.epoch_ns() + w->now_ns) / kSecond);
    std::tm t{};
    gmtime_r(&seconds, &t);
    Writer writer(out, end);
    writer << kDays.substr(static_cast<size_t>(t.tm_wday) * 3, 3) << ", ";
    write_padded(writer, static_cast<uint64_t>(t.tm_mday), 2);
    writer << ' ' << kMonths.substr(static_cast<size_t>(t.tm_mon) * 3, 3) << ' ';
    write_padded(writer, static_cast<uint64_t>(t.tm_year) + 1900, 4);
    writer << ' ';
    write_time(writer, t);
    writer << " GMT";
    return writer.end();
}

char* gsp_kw_clock_tick(gsp_worker* w, gsp_call*, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << w->now_ns / kMillisecond).end();
}

char* gsp_kw_dynamic_id(gsp_worker* w, gsp_call*, char* out, char* end, const gsp_arg*) noexcept {
    return (Writer(out, end) << engine(w).shared.take_dynamic_id()).end();
}

// The text repeated, cut to as many bytes as the variable says.
char* gsp_kw_fill(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    enum { kText, kVariable };
    Engine& e = engine(w);
    const gsp_value& value = e.variable(frame(c), arg->args[kVariable]);
    double wanted = value.tag == GSP_NUM ? value.num : 0;
    if (!(wanted >= 1)) return out;
    if (wanted > static_cast<double>(end - out)) return nullptr;
    char room[1024];
    std::string_view text = "X";
    if (arg->args[kText] != GSP_NONE) text = e.render(frame(c), arg->args[kText], room);
    if (text.empty()) return out;
    char* const stop = out + static_cast<size_t>(wanted);
    for (size_t i = 0; out < stop; ++out, i = i + 1 == text.size() ? 0 : i + 1) *out = text[i];
    return out;
}

// SIPp: the file is read every time, and a run without it ends.
char* gsp_kw_file(gsp_worker* w, gsp_call* c, char* out, char* end, const gsp_arg* arg) noexcept {
    Engine& e = engine(w);
    char room[4096];
    const std::string name(e.render(frame(c), arg->args[0], room));
    std::FILE* file = std::fopen(name.c_str(), "rb");
    if (!file) {
        e.fail_run(system_error("cannot read `" + name + "` for [file] " + e.describe_step(c->step), errno).text);
        return out;
    }
    out += std::fread(out, 1, static_cast<size_t>(end - out), file);
    const bool all = std::fgetc(file) == EOF;
    std::fclose(file);
    return all ? out : nullptr;
}
