// SPDX-License-Identifier: Apache-2.0
// The Call-ID of a message that is not otherwise read: for those that only have to know whose it is.
#pragma once
#include <string_view>

namespace gsp::rt::sip {

// Of the first Call-ID header field, or its compact form; without the blanks around it. Empty: there is none.
std::string_view find_call_id(std::string_view message);

// SIPp: `xyz///id` belongs to call `id`, unless told otherwise (-callid_slash_ign).
inline std::string_view call_of(std::string_view call_id, bool whole) {
    const size_t slash = call_id.find('/');  // nearly all have none
    if (whole || slash == std::string_view::npos) return call_id;
    const size_t slashes = call_id.find("///", slash);
    return slashes == std::string_view::npos ? call_id : call_id.substr(slashes + 3);
}

}  // namespace gsp::rt::sip
