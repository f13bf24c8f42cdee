// SPDX-License-Identifier: Apache-2.0
// How Media makes orders for its threads. For the files of Media alone.
#pragma once
#include "runtime/media/media.h"
#include "runtime/transport/sockaddr.h"

namespace gsp::rt {

// Of a run; threads have numbers of their own.
inline uint32_t stream_number(Media::CallNumber call, uint32_t which) {
    return (call - 1) * kStreamsOfCall + which;
}

inline MediaCommand command(MediaCommand::Kind kind, uint32_t stream) {
    MediaCommand made;
    made.kind = kind;
    made.stream = stream;
    return made;
}

// 0.0.0.0 and :: are where nothing goes (RFC 3264 8.4).
inline Address or_none(const Address& target) {
    return is_wildcard(target) ? Address{} : target;
}

}  // namespace gsp::rt
