// SPDX-License-Identifier: Apache-2.0
// One pass when it is opened, which does not touch the mapping.
#include "runtime/inject/injection_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace gsp::rt {

namespace {

Result<std::vector<char>> read_all(int fd, const std::string& path) {
    std::vector<char> bytes(64 << 10);
    size_t size = 0;
    for (;;) {
        if (size == bytes.size()) bytes.resize(size * 2);
        const ssize_t n = ::read(fd, bytes.data() + size, bytes.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error("cannot read " + path, errno);
        if (n == 0) break;
        size += static_cast<size_t>(n);
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace

InjectionFile::Descriptor::~Descriptor() {
    if (fd >= 0) close(fd);
}

void InjectionFile::Unmap::operator()(const char* data) const {
    munmap(const_cast<char*>(data), size);
}

Result<InjectionFile> InjectionFile::open(const std::string& path) {
    InjectionFile file;
    file.path_ = path;
    file.descriptor_.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status = {};
    if (file.descriptor_.fd < 0 || fstat(file.descriptor_.fd, &status) < 0)
        return system_error("cannot open " + path, errno);
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
        const size_t size = static_cast<size_t>(status.st_size);
        void* data = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.descriptor_.fd, 0);
        if (data == MAP_FAILED) return system_error("cannot map " + path, errno);
        file.mapping_ = {static_cast<const char*>(data), Unmap{size}};
        file.bytes_ = {file.mapping_.get(), size};
    } else {
        auto bytes = read_all(file.descriptor_.fd, path);
        if (!bytes) return bytes.error();
        file.copy_ = std::move(*bytes);
        file.bytes_ = {file.copy_.data(), file.copy_.size()};
    }
    if (auto done = file.read(kMaxStarts); !done) return done.error();
    if (file.mapping_ && file.order_ != LineOrder::Sequential)
        madvise(const_cast<char*>(file.bytes_.data()), file.bytes_.size(), MADV_RANDOM);
    return file;
}

Result<InjectionFile> InjectionFile::from_bytes(std::string path, std::string_view bytes, size_t max_starts) {
    InjectionFile file;
    file.path_ = std::move(path);
    file.bytes_ = bytes;
    if (auto done = file.read(max_starts); !done) return done.error();
    return file;
}

LineReader InjectionFile::reader() const {
    return mapping_ ? LineReader(descriptor_.fd, bytes_.size()) : LineReader(bytes_);
}

std::string_view InjectionFile::name() const {
    return std::string_view(path_).substr(path_.rfind('/') + 1);
}

Error InjectionFile::error_at(uint64_t line, std::string_view text) const {
    return {path_ + ":" + std::to_string(line) + ": " + std::string(text)};
}

Result<void> InjectionFile::read(size_t max_starts) {
    LineReader lines = reader();
    lines.next();
    auto done = read_first_line(lines.text());
    if (!done && !lines.error()) return done;
    while (lines.next_fields()) {
        if (n_stored_ == kMaxLines) return error_at(lines.number(), "too many lines");
        if (is_printf() && !is_printf_text(lines.text()))
            return error_at(lines.number(),
                            "only `%d`, with 0, -, width and precision, and `%%` may stand in a PRINTF file");
        add_line(lines.offset(), max_starts);
    }
    if (lines.error()) return system_error("cannot read " + path_, lines.error());
    if (n_stored_ == 0) return error_at(lines.number(), "no line of fields");
    return {};
}

Result<void> InjectionFile::read_first_line(std::string_view line) {
    static constexpr std::pair<std::string_view, LineOrder> kOrders[] = {
        {"RANDOM", LineOrder::Random}, {"SEQUENTIAL", LineOrder::Sequential}, {"USER", LineOrder::User}};
    const auto* order = std::find_if(std::begin(kOrders), std::end(kOrders),
                                     [&](const auto& row) { return line.find(row.first) != std::string_view::npos; });
    if (order == std::end(kOrders)) return error_at(1, "the first line must name SEQUENTIAL, RANDOM or USER");
    order_ = order->second;
    auto range = read_printf_range(line);
    if (!range) return error_at(1, range.error().text);
    printf_ = *range;
    return {};
}

void InjectionFile::add_line(uint64_t offset, size_t max_starts) {
    if (n_stored_ % stride_ == 0) {
        if (starts_.size() == max_starts) {
            for (size_t i = 0; i < max_starts / 2; ++i) starts_[i] = starts_[i * 2];
            starts_.resize(max_starts / 2);
            stride_ *= 2;
        }
        starts_.push_back(offset);
    }
    ++n_stored_;
}

std::string_view InjectionFile::line(uint32_t i, LineHint& hint) const {
    if (is_printf()) i %= n_stored_;
    if (!hint.known || hint.line > i || i - hint.line >= i % stride_)
        hint = {starts_[i / stride_], i - i % stride_, true};
    auto end = [&] { return std::min(bytes_.find('\n', hint.at), bytes_.size()); };
    for (; hint.line < i; ++hint.line) {
        do hint.at = end() + 1;
        while (hint.at < bytes_.size() && bytes_[hint.at] == '#');
    }
    if (hint.at >= bytes_.size()) return {};  // someone wrote into the file meanwhile
    std::string_view text = bytes_.substr(hint.at, end() - hint.at);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

}  // namespace gsp::rt
