// SPDX-License-Identifier: Apache-2.0
// Recordings of calls: what is asked for, and what the files are called.
#include <filesystem>
#include <string>
#include <utility>

#include "runtime/media/media_order.h"

namespace gsp::rt {

namespace {

using Kind = MediaCommand::Kind;

MediaCommand record_order(Kind kind, Media::CallNumber call, std::string path = {}) {
    MediaCommand made = command(kind, stream_number(call, 0));
    made.record = std::make_unique<MediaCommand::Record>();
    made.record->path = std::move(path);
    return made;
}

}  // namespace

Result<void> Media::make_folders() const {
    for (const std::string& folder : {config_.media.record_dir, config_.media.failed_pcap_dir}) {
        std::error_code error;
        if (!folder.empty()) std::filesystem::create_directories(folder, error);
        if (error) return system_error("cannot make the folder '" + folder + "'", error.value());
    }
    return {};
}

std::string Media::file_of_call(CallNumber call, const std::string& folder, const char* ending) const {
    return folder + "/" + config_.scenario_name + "_" + std::to_string(config_.pid) + "_" +
           std::to_string(calls_[call - 1].name) + ending;
}

void Media::begin_records(CallNumber call) {
    if (const std::string& folder = config_.media.record_dir; !folder.empty()) {
        MediaCommand order = record_order(Kind::Record, call, file_of_call(call, folder, ".wav"));
        order.on = true;
        [[maybe_unused]] const Result<void> pushed = push(std::move(order));
    }
    if (config_.media.failed_pcap_dir.empty()) return;
    MediaCommand order = record_order(Kind::Keep, call);
    has_store_.resize(calls_.size());
    if (!has_store_[call - 1]) order.record->store = std::make_unique<PacketStore>(config_.media.failed_pcap_bytes);
    has_store_[call - 1] = push(std::move(order)).ok();
}

std::string Media::save_packets(CallNumber call) {
    if (config_.media.failed_pcap_dir.empty()) return {};
    ReportsOfCall room;
    bool any = false;
    for (const StreamReport& stream : reports(call, room))
        any = any || stream[StreamValue::PacketsSent] || stream[StreamValue::PacketsReceived] ||
              stream[StreamValue::RtcpReceived] || stream[StreamValue::ReceiverReports] ||
              stream.dtls != DtlsOutcome::None;
    if (!any) return {};
    std::string path = file_of_call(call, config_.media.failed_pcap_dir, ".pcap");
    if (!push(record_order(Kind::Save, call, path))) return {};
    has_store_[call - 1] = false;  // it goes to the thread that writes
    return path;
}

Result<void> Media::record(CallNumber call, std::string_view value) {
    const std::optional<RecordRequest> request = parse_record_request(value);
    if (!request) return Error{"rtp_record=\"" + std::string(value) + "\": neither start,FILE[,duplex] nor stop"};
    if (!request->starts) {
        tell(record_order(Kind::StopRecord, call));
        return {};
    }
    MediaCommand order = record_order(Kind::Record, call, std::string(request->file));
    order.on = request->duplex;
    return push(std::move(order));
}

Result<void> Media::record_problems() const {
    Recorder::Problems problems;
    uint64_t dropped = 0;
    for (const Lane& lane : lanes_) {
        dropped += lane.counts[Counter::MediaRecordsDropped];
        if (!lane.thread) continue;
        const Recorder::Problems& more = lane.thread->record_problems();
        problems.files += more.files;
        if (problems.first.empty()) problems.first = more.first;
    }
    std::string told;
    if (problems.files)
        told = std::to_string(problems.files) + " recordings of media could not be written: " + problems.first;
    if (dropped)
        told += (told.empty() ? "" : "; ") + std::to_string(dropped) +
                " packets of recordings were dropped: the disk was too slow";
    if (told.empty()) return {};
    return Error{told};
}

}  // namespace gsp::rt
