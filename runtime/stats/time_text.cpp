// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/time_text.h"

#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "runtime/base/clock.h"

namespace gsp::rt {

namespace {

template <class... Args>
std::string print(const char* format, Args... args) {
    char text[96];
    const int length = std::snprintf(text, sizeof text, format, args...);
    return std::string(text, length < 0 ? 0 : static_cast<size_t>(length));
}

struct WallTime {
    std::tm parts;
    uint64_t seconds, microseconds;
};

WallTime wall_time(uint64_t epoch_ns) {
    WallTime t{{}, epoch_ns / kSecond, epoch_ns % kSecond / 1000};
    const auto seconds = static_cast<std::time_t>(t.seconds);
    localtime_r(&seconds, &t.parts);
    return t;
}

}  // namespace

std::string timestamp_text(uint64_t epoch_ns) {
    const WallTime t = wall_time(epoch_ns);
    return print("%04d-%02d-%02d\t%02d:%02d:%02d.%06" PRIu64 "\t%" PRIu64 ".%06" PRIu64, t.parts.tm_year + 1900,
                 t.parts.tm_mon + 1, t.parts.tm_mday, t.parts.tm_hour, t.parts.tm_min, t.parts.tm_sec, t.microseconds,
                 t.seconds, t.microseconds);
}

namespace {

std::string internet_date(uint64_t epoch_ns, const char* fraction_format, uint64_t fraction) {
    const WallTime t = wall_time(epoch_ns);
    const std::string text = print("%04d-%02d-%02dT%02d:%02d:%02d.", t.parts.tm_year + 1900, t.parts.tm_mon + 1,
                                   t.parts.tm_mday, t.parts.tm_hour, t.parts.tm_min, t.parts.tm_sec) +
                             print(fraction_format, fraction);
    const long offset = t.parts.tm_gmtoff;
    if (offset == 0) return text + "Z";
    const long minutes = (offset < 0 ? -offset : offset) / 60;
    return text + print("%c%02ld:%02ld", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace

std::string rfc3339_text(uint64_t epoch_ns) {
    return internet_date(epoch_ns, "%06" PRIu64, epoch_ns % kSecond / 1000);
}

std::string rfc3339_nano_text(uint64_t epoch_ns) {
    return internet_date(epoch_ns, "%09" PRIu64, epoch_ns % kSecond);
}

std::string date_text(uint64_t epoch_ns, bool rfc3339) {
    return rfc3339 ? rfc3339_text(epoch_ns) : timestamp_text(epoch_ns);
}

std::string hms_text(uint64_t ns) {
    const uint64_t s = ns / kSecond;
    return print("%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600, s / 60 % 60, s % 60);
}

std::string hms_micro_text(uint64_t ns) {
    return hms_text(ns) + print(":%06" PRIu64, ns % kSecond / 1000);
}

std::string fixed_text(double value, int decimals) {
    return print("%.*f", decimals, value);
}

}  // namespace gsp::rt
