// SPDX-License-Identifier: Apache-2.0
#include "driver/compile/cache.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "driver/compile/cpu.h"
#include "frontend/source.h"

namespace gsp::driver {

namespace fs = std::filesystem;

namespace {

constexpr size_t kChecksumBytes = 32;

std::string sha256(std::string_view bytes) {
    unsigned char digest[kChecksumBytes] = {};
    EVP_Digest(bytes.data(), bytes.size(), digest, nullptr, EVP_sha256(), nullptr);
    return std::string(reinterpret_cast<const char*>(digest), sizeof digest);
}

std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return text;
}

std::optional<std::string> read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return std::move(bytes).str();
}

bool write_file(const std::string& path, std::string_view bytes, std::ios::openmode mode) {
    std::ofstream out(path, std::ios::binary | mode);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    return out.good();
}

// Other processes see the whole file or none.
bool replace_file(const std::string& path, std::string_view bytes) {
    const std::string temporary = path + ".tmp" + std::to_string(getpid());
    std::error_code error;
    if (!write_file(temporary, bytes, std::ios::trunc)) return false;
    fs::rename(temporary, path, error);
    return !error;
}

std::string default_folder() {
    if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg == '/') return std::string(xdg) + "/gossipper";
    if (const char* home = std::getenv("HOME"); home && *home) return std::string(home) + "/.cache/gossipper";
    return {};
}

std::string with_includes(const std::string& key, const std::vector<CacheInclude>& includes) {
    if (includes.empty()) return key;
    std::string all = key;
    for (const CacheInclude& include : includes)
        all += std::to_string(include.path.size()) + ":" + include.path + include.digest;
    return hex(sha256(all));
}

// A checksum behind the object: dlopen of a file cut short would kill the process.
bool checksum_fits(std::string_view bytes) {
    if (bytes.size() <= kChecksumBytes) return false;
    const size_t size = bytes.size() - kChecksumBytes;
    return sha256(bytes.substr(0, size)) == bytes.substr(size);
}

}  // namespace

CacheInclude::CacheInclude(std::string path_, std::optional<std::string_view> bytes)
    : path(std::move(path_)), digest(bytes ? sha256(*bytes) : "-") {}

CompileCache::CompileCache(std::string folder) : folder_(folder.empty() ? default_folder() : std::move(folder)) {}

std::string CompileCache::key(const CacheKeyParts& parts) {
    std::string all;
    const std::string abi = std::to_string(GSP_ABI_MAJOR) + "." + std::to_string(rt::abi_frame_hash());
    for (const std::string_view part : {parts.scenario, std::string_view(parts.path), std::string_view(parts.options),
                                        std::string_view(parts.build), std::string_view(abi)}) {
        all += std::to_string(part.size()) + ":";
        all += part;
    }
    all += cpu_identity();
    return hex(sha256(all));
}

std::string CompileCache::entry_key(const std::string& key) const {
    const std::string list = path(key, ".dep");
    const std::optional<std::string> paths = read_file(list);
    if (!paths) return key;
    std::vector<CacheInclude> includes;
    for (size_t begin = 0, end; (end = paths->find('\0', begin)) != paths->npos; begin = end + 1) {
        const std::string include = paths->substr(begin, end - begin);
        const std::optional<std::string> bytes = read_source_bytes(include);
        includes.emplace_back(include, bytes);
    }
    utimensat(AT_FDCWD, list.c_str(), nullptr, 0);  // last use, for prune()
    return with_includes(key, includes);
}

CompileCache::Hit CompileCache::load(const std::string& scenario_key) const {
    if (folder_.empty()) return {};
    const std::string key = entry_key(scenario_key);
    const std::string object = path(key, ".so");
    const std::optional<std::string> bytes = read_file(object);
    if (!bytes) return {};
    if (!checksum_fits(*bytes)) {
        remove(key);
        return {};
    }
    auto program = rt::SharedProgram::load(object);
    if (!program) {
        remove(key);
        return {};
    }
    utimensat(AT_FDCWD, object.c_str(), nullptr, 0);  // last use, for prune()
    return {std::move(*program), read_file(path(key, ".txt")).value_or("")};
}

void CompileCache::remove(const std::string& key) const {
    std::error_code ignored;
    fs::remove(path(key, ".so"), ignored);
    fs::remove(path(key, ".txt"), ignored);
    fs::remove(path(key, ".dep"), ignored);
}

void CompileCache::store(const std::string& scenario_key, const std::vector<CacheInclude>& includes,
                         const std::string& warnings,
                         const std::function<std::string(const std::string& path)>& link) const {
    if (folder_.empty()) return;
    std::error_code error;
    fs::create_directories(fs::path(folder_).parent_path(), error);
    if (mkdir(folder_.c_str(), 0700) != 0 && !fs::is_directory(folder_, error))
        return;  // private: what is in it will be executed

    const std::string key = with_includes(scenario_key, includes);
    const std::string temporary = path(key, ".tmp") + std::to_string(getpid());
    bool stored = false;
    if (link(temporary).empty()) {
        const std::optional<std::string> object = read_file(temporary);
        stored = object && write_file(temporary, sha256(*object), std::ios::app);
    }
    // The object last: once it is there, the entry counts.
    if (stored && !warnings.empty()) stored = replace_file(path(key, ".txt"), warnings);
    if (stored && !includes.empty()) {
        std::string paths;
        for (const CacheInclude& include : includes) (paths += include.path) += '\0';
        stored = replace_file(path(scenario_key, ".dep"), paths);
    }
    if (stored) fs::rename(temporary, path(key, ".so"), error);
    if (!stored || error) fs::remove(temporary, error);
    prune();
}

void CompileCache::prune() const {
    struct Entry {
        fs::file_time_type used;
        uint64_t bytes;
        std::string key;
    };
    std::vector<Entry> entries;
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder_, error)) {
        if (file.path().extension() != ".so" && file.path().extension() != ".dep") continue;
        std::error_code gone;  // another process prunes too
        const Entry entry{file.last_write_time(gone), file.file_size(gone), file.path().stem().string()};
        if (!gone) entries.push_back(entry);
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used > b.used; });
    uint64_t bytes = 0;
    for (size_t i = 0; i < entries.size(); ++i) {
        bytes += entries[i].bytes;
        if (i >= kMaxEntries || bytes > kMaxBytes) remove(entries[i].key);
    }
}

}  // namespace gsp::driver
