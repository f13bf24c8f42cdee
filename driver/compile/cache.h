// SPDX-License-Identifier: Apache-2.0
// Compiled scenarios on disk. An entry is `<key>.so`, followed by a checksum, and `<key>.txt` with the compiler's
// warnings if it had any. What a scenario includes cannot be told before it is parsed, so the scenario's own key leads
// to
// `<key>.dep`, the paths that it included when it was compiled last, and their present contents make the entry's key.
// All are written to a temporary name and renamed, so other processes see whole entries only. Whatever does not work
// here means compiling anew, never an error. Bounded in number and size, oldest use first out.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/load.h"

namespace gsp::driver {

struct CacheKeyParts {
    std::string_view scenario;  // its bytes
    std::string path;           // in messages and debug information
    std::string options;        // all that changes code or warnings
    std::string build;          // build_identity()
};

// A file that a scenario includes. `bytes`: nothing if it could not be read.
struct CacheInclude {
    CacheInclude(std::string path, std::optional<std::string_view> bytes);
    std::string path, digest;
};

class CompileCache {
public:
    // `folder` empty: $XDG_CACHE_HOME/gossipper or ~/.cache/gossipper; no cache if neither is set.
    explicit CompileCache(std::string folder = {});

    struct Hit {
        std::unique_ptr<rt::SharedProgram> program;
        std::string warnings;
    };
    static std::string key(const CacheKeyParts&);
    Hit load(const std::string& key) const;  // program null: not there (anymore)
    // `includes` are all files that the scenario included. `link` writes the shared object to the path it is given and
    // returns an error text.
    void store(const std::string& key, const std::vector<CacheInclude>& includes, const std::string& warnings,
               const std::function<std::string(const std::string& path)>& link) const;

    static constexpr size_t kMaxEntries = 256;
    static constexpr uint64_t kMaxBytes = 64 << 20;

private:
    std::string path(const std::string& key, const char* ending) const { return folder_ + "/" + key + ending; }
    std::string entry_key(const std::string& key) const;  // with the present contents of what was included
    void remove(const std::string& key) const;
    void prune() const;

    std::string folder_;  // empty: no cache
};

}  // namespace gsp::driver
