// SPDX-License-Identifier: Apache-2.0
#include "runtime/abi/gsp_abi.h"
#include "runtime/media/dtmf.h"
#include "runtime/media/event_sender.h"
#include "runtime/media/stream_request.h"
#include "runtime/media_file.h"

namespace gsp::rt {

namespace {

template <class T>
Result<void> only_error_of(const Result<T>& result) {
    if (!result) return result.error();
    return {};
}

}  // namespace

Result<void> check_media_value(uint32_t exec, std::string_view value) {
    constexpr uint8_t kPcma = 8;  // what -rtp_payload says if nobody says anything
    uint16_t sequence = kFirstDtmfSequence;
    switch (exec) {
    case GSP_EXEC_rtp_stream: return only_error_of(parse_stream_request(value, kPcma, a_type_for_each_codec()));
    case GSP_EXEC_play_dtmf: return only_error_of(make_dtmf(value, 0, sequence));
    case GSP_EXEC_send_dtmf: return only_error_of(parse_event_order(value));
    default: return {};
    }
}

}  // namespace gsp::rt
