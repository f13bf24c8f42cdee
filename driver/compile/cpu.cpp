// SPDX-License-Identifier: Apache-2.0
#include "driver/compile/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#include <sys/utsname.h>
#endif

namespace gsp::driver {

#if defined(__x86_64__)

// From the processor itself: /proc/cpuinfo takes milliseconds on machines with many cores.
std::string cpu_identity() {
    std::string text;
    const auto add = [&text](unsigned value) { text += std::to_string(value) + " "; };
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d)) add(a), add(c), add(d);  // b holds the number of the core we happen to run on
    for (const unsigned subleaf : {0u, 1u}) {
        if (__get_cpuid_count(7, subleaf, &a, &b, &c, &d)) add(subleaf ? a : 0), add(b), add(c), add(d);
    }
    if (__get_cpuid(0x80000001, &a, &b, &c, &d)) add(c), add(d);
    return text;
}

#else

std::string cpu_identity() {
    utsname name{};
    uname(&name);
    return std::string(name.machine) + " " + std::to_string(getauxval(AT_HWCAP)) + " " +
           std::to_string(getauxval(AT_HWCAP2));
}

#endif

}  // namespace gsp::driver
