// SPDX-License-Identifier: Apache-2.0
// The few files of a run are searched one after the other; scenarios look names up when they are loaded.
#include "runtime/inject/injection_files.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace gsp::rt {

Result<void> InjectionFiles::add(const std::string& path, bool may_be_default) {
    auto opened = InjectionFile::open(path);
    if (!opened) return opened.error();
    auto file = std::make_shared<const InjectionFile>(std::move(*opened));
    if (const uint32_t other = find(file->name()); other != kNoFile)
        return Error{"injection files " + files_[other].file().path() + " and " + path + " have the same base name"};
    if (may_be_default && default_file_ == kNoFile) default_file_ = size();
    files_.emplace_back(std::move(file));
    return {};
}

Result<void> InjectionFiles::build_index(std::string_view name, uint32_t field, uint64_t seed) {
    const uint32_t file = find(name);
    if (file == kNoFile) return Error{"no injection file has the base name " + std::string(name)};
    return files_[file].build_index(field, seed);
}

uint32_t InjectionFiles::find(std::string_view base_name) const {
    const auto found = std::find_if(files_.begin(), files_.end(),
                                    [&](const InjectionLines& lines) { return lines.file().name() == base_name; });
    return found == files_.end() ? kNoFile : static_cast<uint32_t>(found - files_.begin());
}

const InjectionLines* InjectionFiles::choose_lines(std::span<uint32_t> out, uint32_t user, Rng& rng) {
    const InjectionLines* too_short = nullptr;
    for (uint32_t i = 0; i < size(); ++i) {
        out[i] = files_[i].choose(user, rng);
        if (out[i] == InjectionLines::kNoLine && user > 0 && !too_short) too_short = &files_[i];
    }
    return too_short;
}

}  // namespace gsp::rt
