// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_ring.h"

#include <cstring>
#include <tuple>

namespace gsp::rt {

namespace {

struct Head {  // of a record in the ring; its texts follow
    TraceFile file;
    TraceKind kind;
    uint64_t time_ns, call, value;
    std::array<uint32_t, std::tuple_size_v<decltype(TraceRecord::text)>> length;
};

}  // namespace

bool TraceRing::push(const TraceRecord& record) noexcept {
    size_t size = sizeof(Head);
    for (const std::string_view text : record.text) size += text.size();
    char* out = ring_.reserve(size);
    if (!out) return false;
    Head& head = *new (out) Head{record.file, record.kind, record.time_ns, record.call, record.value, {}};
    out += sizeof head;
    for (size_t i = 0; i < record.text.size(); ++i) {
        head.length[i] = static_cast<uint32_t>(record.text[i].size());
        if (head.length[i]) std::memcpy(out, record.text[i].data(), head.length[i]);
        out += head.length[i];
    }
    ring_.commit();
    return true;
}

bool TraceRing::pop(TraceRecord& record) noexcept {
    const char* in = ring_.next();
    if (!in) return false;
    const Head& head = *reinterpret_cast<const Head*>(in);
    in += sizeof head;
    record = {head.file, head.kind, head.time_ns, head.call, head.value, {}};
    for (size_t i = 0; i < record.text.size(); ++i) {
        record.text[i] = {in, head.length[i]};
        in += head.length[i];
    }
    return true;
}

}  // namespace gsp::rt
