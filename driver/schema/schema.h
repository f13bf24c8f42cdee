// SPDX-License-Identifier: Apache-2.0
// `gossipper schema`: the language of scenario files as a W3C XML Schema 1.0 or as RELAX NG, from the tables of
// frontend/. Stricter than SIPp, which ignores attributes it does not know; what a schema cannot say (labels exist, a
// recv has a request or a response …) is left to `gossipper check`. Main thread.
#pragma once
#include <span>
#include <string>

namespace gsp::driver {

std::string schema_xsd();
std::string schema_rng();

int schema_command(std::span<const std::string> arguments);

}  // namespace gsp::driver
