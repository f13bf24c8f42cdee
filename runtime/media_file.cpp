// SPDX-License-Identifier: Apache-2.0
#include "runtime/media_file.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

namespace gsp::rt {

namespace {

std::string home_of(const std::string& user) {
    if (const char* home = std::getenv("HOME"); user.empty() && home) return home;
    const passwd* entry = user.empty() ? getpwuid(getuid()) : getpwnam(user.c_str());
    return entry ? entry->pw_dir : "";
}

}  // namespace

std::string find_media_file(const std::string& scenario, const std::string& name) {
    const auto readable = [](const std::string& path) { return access(path.c_str(), R_OK) == 0; };
    if (name.starts_with('~')) {
        const size_t slash = std::min(name.find('/'), name.size());
        const std::string path = home_of(name.substr(1, slash - 1)) + name.substr(slash);
        return readable(path) ? path : "";
    }
    if (!name.starts_with('/')) {
        const std::string beside = scenario.substr(0, scenario.rfind('/') + 1) + name;
        if (readable(beside)) return beside;
    }
    return readable(name) ? name : "";
}

}  // namespace gsp::rt
