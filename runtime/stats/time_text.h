// SPDX-License-Identifier: Apache-2.0
// How files and screens write times. Wall-clock arguments are nanoseconds since 1970 and come out in local time. Pure
// functions, any thread.
#pragma once
#include <cstdint>
#include <string>

namespace gsp::rt {

std::string timestamp_text(uint64_t epoch_ns);           // [timestamp]: date, time and seconds since 1970, between tabs
std::string rfc3339_text(uint64_t epoch_ns);             // 2026-01-31T12:00:00.123456+01:00, Z for UTC
std::string rfc3339_nano_text(uint64_t epoch_ns);        // … with nine digits
std::string date_text(uint64_t epoch_ns, bool rfc3339);  // one of the first two, as -rfc3339 says
std::string hms_text(uint64_t ns);                       // HH:MM:SS
std::string hms_micro_text(uint64_t ns);                 // HH:MM:SS:uuuuuu
std::string fixed_text(double value, int decimals);

}  // namespace gsp::rt
