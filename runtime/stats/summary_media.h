// SPDX-License-Identifier: Apache-2.0
// `media` of the JSON summary. Pure function.
#pragma once
#include "runtime/stats/counters.h"
#include "runtime/stats/json_writer.h"

namespace gsp::rt {

void write_media(JsonWriter&, const Statistics&);

}  // namespace gsp::rt
